mod codes;
pub mod diff;

pub use codes::codes;
