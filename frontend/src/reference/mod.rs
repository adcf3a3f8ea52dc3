//! The reference of the builtins, which their rows are: for eyes and for programs.
//!
//! In: the table of `hlb-eval`. Out: text and JSON, for a subrequest and for the command line; a test prints
//! `docs/builtins.md` from the same [`Entry`]s. Start at [`entries`].

mod json;
mod text;

use gateway_proto::caps::Cap;
use hlb_eval::{Builtin, Lower, Need, registry};
use hlb_program::builtin::{Kind, Signature};

pub use json::json;
pub use text::text;

/// A builtin with its options, which may have options themselves.
pub struct Entry {
    pub builtin: &'static Builtin,
    pub options: Vec<Entry>,
}

/// What a program calls by itself, in the order of the reference.
const KINDS: [Kind; 3] = [Kind::Fs, Kind::String, Kind::Pipeline];

/// All builtins, by kind and name.
pub fn entries() -> Vec<Entry> {
    KINDS.iter().flat_map(of_kind).collect()
}

/// The builtins and options of a name, and of any other if it is `None`; an `Err` has all names.
pub fn find(name: Option<&str>) -> Result<Vec<Entry>, Vec<&'static str>> {
    let Some(name) = name else { return Ok(entries()) };
    let signatures = || registry().builtins.iter();
    let found: Vec<Entry> = signatures().filter(|it| it.name == name).filter_map(entry).collect();
    match found.is_empty() {
        false => Ok(found),
        true => Err(signatures().map(|it| it.name).collect()),
    }
}

fn of_kind(kind: &Kind) -> Vec<Entry> {
    let signatures = registry().builtins.iter().filter(|it| it.kind == *kind);
    signatures.filter_map(entry).collect()
}

fn entry(signature: &'static Signature) -> Option<Entry> {
    let builtin = registry().row(signature)?;
    // Only options have kinds of this form, so the options of an option of the same name would be itself.
    let of = Kind::option(signature.name);
    let options = if signature.kind == of { Vec::new() } else { of_kind(&of) };
    Some(Entry { builtin, options })
}

impl Entry {
    pub fn signature(&self) -> &'static Signature {
        &self.builtin.signature
    }

    /// Whether a build can use it.
    pub fn is_supported(&self) -> bool {
        !matches!(self.builtin.lower, Lower::Unsupported)
    }

    /// What it needs of the daemon, as Markdown.
    pub fn needs(&self) -> Option<String> {
        let (cap, when) = self.capability()?;
        let when = when.map(|when| format!(" {when}")).unwrap_or_default();
        Some(format!("BuildKit {} or later (`{}`){when}", cap.since, cap.id))
    }

    /// The capability that it needs, and in which uses, unless in all.
    pub fn capability(&self) -> Option<(Cap, Option<&'static str>)> {
        Some(match self.builtin.needs? {
            Need::Always(cap) => (cap, None),
            Need::Sometimes(cap, when) => (cap, Some(when)),
        })
    }
}
