use std::sync::Arc;

use llb::{Platform, State};

use super::{ImageConfig, Setting};

/// What an expression stands for.
#[derive(Clone, Debug, Default)]
pub enum Value {
    Fs(Arc<Fs>),
    String(Arc<str>),
    Int(i64),
    Bool(bool),
    Options(Vec<Setting>),
    /// The filesystems of a pipeline, in the order of its stages.
    Pipeline(Vec<Vec<Arc<Fs>>>),
    /// What a variadic parameter was given.
    Variadic(Vec<Value>),
    /// Already reported as wrong, or waiting for an answer: accepted in silence everywhere.
    #[default]
    Unknown,
}

/// A filesystem and what goes with it.
///
/// `env`, `dir` and `user` are what the next `run` starts from; `image` is what an image made from it says. They
/// differ where a mount's output becomes a filesystem: it has the input's configuration and none of its state.
#[derive(Clone, Debug)]
pub struct Fs {
    /// Scratch has no vertex.
    pub state: State,
    /// In order of definition; a variable that is set again moves to the end.
    pub env: Vec<(String, String)>,
    /// Absolute.
    pub dir: String,
    pub user: Option<String>,
    pub platform: Platform,
    pub image: ImageConfig,
    /// Whether the program itself set `cmd`, so that `entrypoint` keeps it.
    pub own_cmd: bool,
}

impl Value {
    /// The stages of a pipeline; of anything else, none.
    pub fn stages(&self) -> &[Vec<Arc<Fs>>] {
        match self {
            Self::Pipeline(stages) => stages,
            _ => &[],
        }
    }

    /// The text of a value in an interpolation; `None` if it has none.
    pub fn text(&self) -> Option<Arc<str>> {
        Some(match self {
            Self::String(text) => text.clone(),
            Self::Int(value) => value.to_string().into(),
            Self::Bool(value) => value.to_string().into(),
            Self::Variadic(values) => {
                values.iter().map(Self::text).collect::<Option<Vec<_>>>()?.join(" ").into()
            }
            Self::Fs(_) | Self::Options(_) | Self::Pipeline(_) | Self::Unknown => return None,
        })
    }
}

impl Fs {
    /// The empty filesystem.
    pub fn scratch(platform: &Platform) -> Self {
        Self {
            state: State::Scratch,
            env: Vec::new(),
            dir: "/".to_owned(),
            user: None,
            platform: platform.clone(),
            image: ImageConfig::default(),
            own_cmd: false,
        }
    }

    /// This filesystem with another output, everything else kept.
    pub fn with_state(&self, state: State) -> Self {
        Self { state, ..self.clone() }
    }

    /// Sets a variable for the next `run`s.
    pub fn set_env(&mut self, key: &str, value: &str) {
        self.env.retain(|(name, _)| name != key);
        self.env.push((key.to_owned(), value.to_owned()));
    }

    /// A path of this filesystem: cleaned, and joined to the working directory if it is relative.
    pub fn path(&self, path: &str) -> String {
        join(&self.dir, path)
    }
}

/// Joins `path` to `dir` unless it is absolute, and cleans the result as Go's `path.Clean` does.
pub fn join(dir: &str, path: &str) -> String {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{dir}/{path}") };
    let mut parts = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn paths_are_joined_and_cleaned() {
        assert_eq!(join("/srv", "app"), "/srv/app");
        assert_eq!(join("/srv", "/app/"), "/app");
        assert_eq!(join("/srv", "../../x/./y"), "/x/y");
        assert_eq!(join("/", "."), "/");
    }
}
