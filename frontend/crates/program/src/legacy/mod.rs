//! The scopes that evaluation resolves names in, until it reads the checked program.

mod alias;
mod function;
mod resolve;
mod scope;

pub use alias::Alias;
pub use function::Function;
pub use resolve::{Expected, Place, Resolved};
pub use scope::{Item, Scope, Scopes};
