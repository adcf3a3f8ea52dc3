use std::borrow::Cow;
use std::fmt;

use hlb_syntax::diagnostic::Diagnostic;

use super::{ArgSite, Kind};

/// How a program calls a builtin, and its documentation.
///
/// Two are equal if their kinds and names are: the table has none twice.
#[derive(Debug)]
pub struct Signature {
    /// The kind of its result: the kind of a block in which it is a statement.
    pub kind: Kind,
    pub name: &'static str,
    pub params: &'static [Param],
    /// What `as` can bind.
    pub effects: &'static [Effect],
    /// Markdown; the first sentence is the summary.
    pub doc: &'static str,
    pub origin: Origin,
    pub dockerfile: Option<Equivalent>,
    pub flow: Flow,
    /// Of an option: how it changes what an argument of its call may be.
    pub judges: Option<Judgment>,
}

/// What an option has an argument of its call mean, such as a path that it makes a pattern.
#[derive(Clone, Copy, Debug)]
pub struct Judgment {
    /// The parameter of the call.
    pub param: &'static str,
    pub check: TextCheck,
}

/// What a statement of kind `fs` does with the filesystem that its block has made so far; of an option, what it has its
/// call do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It continues from that.
    Continues,
    /// It continues from that, and changes the configuration only.
    Configures,
    /// An option: the filesystem stays what it is.
    Keeps,
    /// An option: what the command makes is not taken from the cache for ever.
    Expires,
    /// It discards that and starts from something else.
    Starts,
    /// It discards that and starts from an empty filesystem.
    StartsEmpty,
    /// It starts from something else, which has a configuration, such as an image.
    StartsConfigured,
    /// It continues from that, and exports it.
    Exports,
}

/// Where a builtin comes from, which decides whether its name is reserved (language spec, section 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// One of the Go implementation's: no declaration of a module may have its name.
    Language,
    /// Newer: a declaration of that name in a module is preferred.
    Extension,
}

/// What stands in a Dockerfile for a builtin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Equivalent {
    /// An instruction, by its name; a program that has it is shown the builtin.
    Instruction(&'static str),
    /// Markdown: a flag, or whatever else comes to the same.
    Other(&'static str),
}

#[derive(Debug)]
pub struct Param {
    pub name: &'static str,
    pub kind: Kind,
    pub takes: Takes,
    pub doc: &'static str,
    pub meaning: Meaning,
    /// Judges an argument that is a literal string; evaluation judges the others, in the same way.
    pub check: Option<TextCheck>,
    /// The same for a literal number.
    pub int_check: Option<IntCheck>,
}

/// How many arguments a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    One,
    /// One or none; only ever the last parameter.
    Optional,
    /// Any number; only ever the last parameter.
    Any,
}

/// Checks the text of an argument.
pub type TextCheck = fn(&str, &ArgSite) -> Result<(), Diagnostic>;

/// Checks the number that an argument is.
pub type IntCheck = fn(i64, &ArgSite) -> Result<(), Diagnostic>;

/// What an argument is about, for lints, which do not evaluate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing that a lint needs to know.
    Plain,
    /// One argument alone is a line for a shell, several are the words of a command.
    Command,
    /// The same, of a command that is run in containers of the image, and not in the build.
    ContainerCommand,
    /// The name of what is recorded next.
    Name,
    /// The same, of a variable that the commands after it see.
    Variable,
    /// A text that everyone with the image, or with the record of its build, can read.
    Recorded,
    /// The working directory of the statements that follow.
    Directory,
    /// A path of the build context.
    ContextPath,
    /// The name of another context.
    ContextName,
    /// A pattern as in a `.dockerignore`.
    Pattern,
    /// Permission bits.
    Mode,
    /// A port of a container.
    Port,
    /// Where something is mounted.
    MountPoint,
    /// Where a secret is mounted.
    SecretMountPoint,
    /// The id of a secret; without a mount point it is at `/run/secrets/` and the id.
    SecretId,
    /// Where a cache is mounted; it is the cache's id too, unless it is given another.
    CacheMountPoint,
    CacheId,
    /// A part of a cache's id.
    CacheScope,
    CacheSharing,
    /// A build cache: a filesystem, where an image alone is the name of one in a registry, and is not pulled.
    BuildCache,
}

/// A named extra result, which `as` gives an alias.
#[derive(Debug, PartialEq)]
pub struct Effect {
    pub name: &'static str,
    pub kind: Kind,
    pub doc: &'static str,
}

impl PartialEq for Signature {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.kind == other.kind
    }
}

impl Param {
    pub const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        let (takes, meaning) = (Takes::One, Meaning::Plain);
        Self { name, kind, takes, doc, meaning, check: None, int_check: None }
    }

    pub const fn variadic(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        let mut param = Self::new(name, kind, doc);
        param.takes = Takes::Any;
        param
    }

    /// A parameter that may be left out.
    pub const fn optional(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        let mut param = Self::new(name, kind, doc);
        param.takes = Takes::Optional;
        param
    }

    pub fn is_variadic(&self) -> bool {
        self.takes == Takes::Any
    }

    /// The same parameter, whose arguments are judged before anything is evaluated.
    pub const fn checked_by(mut self, check: TextCheck) -> Self {
        self.check = Some(check);
        self
    }

    /// The same parameter, whose arguments are judged before anything is evaluated if they are numbers.
    pub const fn ints_checked_by(mut self, check: IntCheck) -> Self {
        self.int_check = Some(check);
        self
    }

    /// The same parameter, with what its argument is about.
    pub const fn about(mut self, meaning: Meaning) -> Self {
        self.meaning = meaning;
        self
    }
}

impl Effect {
    pub const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, kind, doc }
    }
}

impl Signature {
    /// A signature without effects, of the language's own.
    pub const fn new(
        kind: Kind,
        name: &'static str,
        params: &'static [Param],
        doc: &'static str,
    ) -> Self {
        let (origin, flow) = (Origin::Language, Flow::Continues);
        Self { kind, name, params, effects: &[], doc, origin, dockerfile: None, flow, judges: None }
    }

    /// The instruction of a Dockerfile that does the same.
    pub fn instruction(&self) -> Option<&'static str> {
        match self.dockerfile {
            Some(Equivalent::Instruction(name)) => Some(name),
            _ => None,
        }
    }

    /// The same signature, with what `as` can bind.
    pub const fn with_effects(mut self, effects: &'static [Effect]) -> Self {
        self.effects = effects;
        self
    }

    /// The same signature, with what a statement does to the chain.
    pub const fn with_flow(mut self, flow: Flow) -> Self {
        self.flow = flow;
        self
    }

    /// The same signature of an option, which judges an argument of its call too.
    pub const fn judging(mut self, param: &'static str, check: TextCheck) -> Self {
        self.judges = Some(Judgment { param, check });
        self
    }

    /// What stands for it in a Dockerfile, as Markdown.
    pub fn equivalent(&self) -> Option<Cow<'static, str>> {
        Some(match self.dockerfile? {
            Equivalent::Instruction(name) => format!("`{name}`").into(),
            Equivalent::Other(text) => text.into(),
        })
    }

    /// The parameter that an argument goes to, counted from 0.
    pub fn param_of_arg(&self, arg: usize) -> Option<&'static Param> {
        let last = self.params.last().filter(|last| last.is_variadic());
        self.params.get(arg).or(last)
    }

    /// How many arguments a call must have at least, and how many it may have (`None`: any number).
    pub fn arity(&self) -> (usize, Option<usize>) {
        let all = self.params.len();
        match self.params.split_last() {
            Some((Param { takes: Takes::Any, .. }, fixed)) => (fixed.len(), None),
            Some((Param { takes: Takes::Optional, .. }, fixed)) => (fixed.len(), Some(all)),
            _ => (all, Some(all)),
        }
    }
}

/// As a declaration would have it.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, name, params, effects, .. } = self;
        write!(f, "{kind} {name}({})", Listed(params))?;
        match effects {
            [] => Ok(()),
            effects => write!(f, " binds ({})", Listed(effects)),
        }
    }
}

impl fmt::Display for Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, name, .. } = self;
        match self.takes {
            Takes::One => write!(f, "{kind} {name}"),
            Takes::Optional => write!(f, "{kind} {name} = …"),
            Takes::Any => write!(f, "variadic {kind} {name}"),
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

struct Listed<'s, T>(&'s [T]);

impl<T: fmt::Display> fmt::Display for Listed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, one) in self.0.iter().enumerate() {
            write!(f, "{}{one}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
