use llb::{Detail, summary};

use super::Value;

/// Describes what a target comes to, for eyes: the definition of its filesystem, or of each of a pipeline's.
pub fn describe(value: &Value, detail: Detail) -> String {
    match value {
        Value::Fs(fs) => summary(&fs.state.definition(), detail),
        Value::Pipeline(stages) => {
            let numbered = stages.iter().zip(1..);
            let numbered =
                numbered.flat_map(|(stage, number)| stage.0.iter().map(move |fs| (number, fs)));
            let one = |(number, fs): (usize, &std::sync::Arc<super::Fs>)| {
                format!("stage {number}\n{}", summary(&fs.state.definition(), detail))
            };
            numbered.map(one).collect()
        }
        _ => "nothing\n".to_owned(),
    }
}
