use llb::{Detail, summary};

use super::Product;

/// Describes what a target comes to, for eyes: the definition of its result, after those of what is built besides.
pub fn describe(product: &Product, detail: Detail) -> String {
    if product.work.roots().is_empty() {
        return summary(&product.result.state.definition(), detail);
    }
    let outputs = product.outputs().into_iter();
    outputs.map(|(name, it)| format!("{name}\n{}", summary(&it.definition(), detail))).collect()
}
