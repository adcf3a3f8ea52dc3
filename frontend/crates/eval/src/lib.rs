//! Evaluation: from a checked program to filesystems, each an edge of one LLB graph.
//!
//! In: a program that the checker found right, and the name of a target. Out: a [`Product`], which is what the
//! build gives back and what is built besides, and the sections of the build. Pure: what only the daemon knows is asked for through [`Resolver`]. Builtins
//! are rows, each in a file beside its lowering. Start at [`Evaluation`]; everything turns around [`Value`].

mod builtin;
mod call;
mod call_path;
mod candidate;
mod capability;
mod codes;
mod cx;
mod describe;
mod evaluate;
mod evaluator;
mod export;
mod filter;
mod frame;
mod fs;
mod host;
mod image_config;
mod import;
mod limit;
mod needs;
mod offline;
mod origin;
mod output;
mod own_program;
mod pipeline;
mod product;
mod registry;
mod resolver;
mod source_map;
mod statement;
mod string;
mod target;
mod unused_argument;
mod value;

pub use builtin::{Builtin, Lower, Need};
pub use call::{Arg, Call, OptionCall};
pub use candidate::{AbsentSource, Choice, Taken};
pub use codes::CODES;
pub use cx::Cx;
pub use describe::describe;
pub use evaluate::{Evaluated, Evaluation, Pending, Rejected, Round};
pub use export::{Archive, ArchivedImage, Contents, Export};
pub use filter::{Filter, unknown_filters};
pub use frame::Frame;
pub use fs::{
    ABOUT, About, CacheDirectory, Normalized, Primed, Priming, Projects, SectionImage, Snapshot,
    TOOLS, Tool, ToolDefault, ToolDirectory, ToolFile, section_config,
};
pub use host::{EvalSettings, Host};
pub use image_config::{GoJsonError, Healthcheck, History, ImageConfig, RunConfig};
pub use limit::MAX_EVALUATION_BYTES;
pub use needs::{ClientNeed, Needed, Needs};
pub use offline::Unresolved;
pub use origin::Origins;
pub use output::Output;
pub use own_program::OWN_PROGRAM_HELP;
pub use product::Product;
pub use registry::{Registry, registry};
pub use resolver::{
    Absence, AbsenceReason, Answer, FileContent, Finding, Fingerprint, Frontend, FrontendBuild,
    Image, ImageRecord, MAX_CONTENT_BYTES, Resolver, SECRET_KEY, Source,
};
pub use statement::redacted;
pub use target::{Arguments, MISSING_ARGUMENT, Parameter, declared};
pub use unused_argument::unused_arguments;
pub use value::{
    Chain, Checks, Fs, Options, Part, PartKind, Pipeline, Stage, Value, Variables, join,
};

#[cfg(test)]
mod tests;
