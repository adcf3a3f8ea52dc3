use llb::Sharing;

/// A tool that keeps files, and how several builds may use them.
pub struct Tool {
    /// The name of its command.
    pub name: &'static str,
    pub directories: &'static [Directory],
    /// Who may use them at the same time.
    pub sharing: Sharing,
    pub projects: Projects,
    /// Variables that it is run with besides those of its directories, unless the program sets them.
    pub env: &'static [(&'static str, &'static str)],
    /// Files of its configuration that it is run with.
    pub files: &'static [File],
}

/// A directory of a tool.
pub struct Directory {
    /// What it is called in an id that the program gives, if there are several.
    pub name: &'static str,
    /// Variables that say where it is, each with the path below its value; the first that is set counts.
    pub variables: &'static [(&'static str, &'static str)],
    /// Where it is if none is set.
    pub default: Default,
}

/// Where a directory is without a variable that says so.
#[derive(Clone, Copy)]
pub enum Default {
    /// At a path of the system.
    At(&'static str),
    /// Below the home directory, where the tool looks by itself.
    Home(&'static str),
    /// The same, and the variables without a path below are set to it. They can say any other place where the home directory is
    /// not known.
    Settable(&'static str),
    /// It has none.
    Nowhere,
}

/// Whether projects may have one cache.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Projects {
    /// What is in it is found by its content, or has one name everywhere.
    Share,
    /// A project would find what another one made.
    KeepApart,
}

/// A file that a tool reads.
pub struct File {
    pub path: &'static str,
    pub content: &'static str,
}

impl Tool {
    /// A tool whose files projects may share.
    pub const fn new(
        name: &'static str,
        sharing: Sharing,
        directories: &'static [Directory],
    ) -> Self {
        Self { name, directories, sharing, projects: Projects::Share, env: &[], files: &[] }
    }
}

impl Directory {
    pub const fn new(
        name: &'static str,
        variables: &'static [(&'static str, &'static str)],
        default: Default,
    ) -> Self {
        Self { name, variables, default }
    }

    /// One of the system, whatever the environment.
    pub const fn at(name: &'static str, path: &'static str) -> Self {
        Self::new(name, &[], Default::At(path))
    }
}
