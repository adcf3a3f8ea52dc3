use std::path::Path;
use std::sync::Arc;

use llb::{Platform, State};

use super::{Checks, Reset, Variables};
use crate::{Image, ImageConfig};

/// A filesystem and what goes with it.
///
/// `env`, `dir` and `user` are what the next `run` starts from; `image` is what an image made from it says. They
/// differ where a mount's output becomes a filesystem: it has the input's configuration and none of its state.
#[derive(Clone, Debug)]
pub struct Fs {
    /// Scratch has no vertex.
    pub state: State,
    /// A variable that is set again moves to the end.
    pub env: Variables,
    /// Absolute.
    pub dir: Arc<str>,
    pub user: Option<Arc<str>>,
    pub platform: Arc<Platform>,
    pub image: ImageConfig,
    /// Whether the program itself set `cmd`, so that `entrypoint` keeps it.
    pub own_cmd: bool,
    /// What must succeed for this to be used.
    pub checks: Checks,
}

impl Fs {
    /// The empty filesystem.
    pub fn scratch(platform: &Arc<Platform>) -> Self {
        Self {
            state: State::Scratch,
            env: Variables::default(),
            dir: "/".into(),
            user: None,
            platform: platform.clone(),
            image: ImageConfig::empty(platform),
            own_cmd: false,
            checks: Checks::default(),
        }
    }

    /// An image, with what its configuration gives to the next `run`.
    pub fn of_image(image: Image, platform: &Arc<Platform>) -> Self {
        let mut fs = Self::scratch(platform);
        for (key, value) in image.config.config.env.iter() {
            fs.set_env(key, value);
        }
        fs.dir = fs.path(&image.config.config.working_dir).into();
        fs.state = image.state;
        fs.image = image.config;
        fs
    }

    /// This filesystem with another output, everything else kept.
    pub fn with_state(&self, state: State) -> Self {
        Self { state, ..self.clone() }
    }

    /// Sets a variable for the next `run`s.
    pub fn set_env(&mut self, key: &str, value: &str) {
        self.env.set(key, value, Reset::Moves);
    }

    /// A path of this filesystem: cleaned, and joined to the working directory if it is relative.
    pub fn path(&self, path: &str) -> String {
        join(&self.dir, path)
    }
}

/// Joins `path` to `dir` unless it is absolute, and cleans the result as Go's `path.Clean` does.
pub fn join(dir: &str, path: &str) -> String {
    if is_clean(path) {
        return path.to_owned();
    }
    let whole = Path::new("/").join(dir).join(path);
    path_clean::clean(whole).display().to_string()
}

/// Whether a path is absolute, and for certain one that cleaning does not change. Most are, and cleaning takes a while.
fn is_clean(path: &str) -> bool {
    let mut pairs = path.as_bytes().windows(2);
    path.starts_with('/')
        && (path == "/" || !path.ends_with('/'))
        && !pairs.any(|pair| matches!(pair, [b'/', b'/' | b'.']))
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
        assert_eq!(join("", "//x//y/"), "/x/y");
        for (path, clean) in [("/", "/"), ("/a", "/a"), ("/a/", "/a"), ("/a//b", "/a/b")] {
            assert_eq!(join("/srv", path), clean);
        }
        assert_eq!(join("/srv", "/a/../.b/."), "/.b");
    }
}
