use llb::{Detail, State, summary};

use super::Product;

/// Describes what a target comes to, for eyes: the definition of its result, after those of what is built besides.
pub fn describe(product: &Product, detail: Detail) -> String {
    let Product { result, work } = product;
    let roots = work.roots();
    let mut text: String = roots
        .iter()
        .map(|root| format!("{}\n{}", root.name, summary(&root.output.definition(), detail)))
        .collect();
    if roots.is_empty() {
        text += &summary(&result.state.definition(), detail);
    } else if result.state != State::Scratch && roots.iter().all(|root| root.output != result.state)
    {
        text += &format!("exports\n{}", summary(&result.state.definition(), detail));
    }
    text
}
