//! Evaluation: from checked modules to filesystems, each an edge of one LLB graph.
//!
//! In: modules that the checker found right, and the name of a target. Out: its filesystem with image config, and the
//! sections of the build that it names. Pure: what only the daemon knows is asked for through [`Resolver`]. Builtins
//! are rows, each in a file beside its lowering. Start at [`evaluate`]; everything turns around [`Value`].

mod call;
mod codes;
mod cx;
mod describe;
mod evaluate;
mod evaluator;
mod fs;
mod image_config;
mod import;
mod memo;
mod offline;
mod pipeline;
mod registry;
mod resolver;
mod source_map;
mod statement;
mod string;
mod target;
mod value;

pub use call::{Arg, Builtin, Call, INVALID_ARGUMENT, Lower, Setting};
pub use codes::CODES;
pub use cx::{Cx, Settings};
pub use describe::describe;
pub use evaluate::{Evaluated, evaluate, evaluate_import, evaluate_parameters};
pub use evaluator::Program;
pub use image_config::{History, ImageConfig, RunConfig};
pub use offline::Unresolved;
pub use registry::{Registry, registry};
pub use resolver::{Answer, Image, Resolver};
pub use target::{Arguments, Parameter};
pub use value::{Fs, Value, join};

#[cfg(test)]
mod tests;
