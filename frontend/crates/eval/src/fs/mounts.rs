//! What a `run` mounts, whatever it is.

use std::sync::Arc;

use hlb_program::builtin::ArgSite;
use hlb_program::program::AliasId;
use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use llb::{KeyText, Mount, SecretEnv, State};

use super::cache_seed::PortableCache;
use super::{cache_mount, expansion, mount, mountpoint, secret, socket, tool_cache};
use crate::needs::Needed;
use crate::{Call, Cx, Fs, Variables};

/// Two mounts at one path.
pub static DUPLICATE_MOUNT: Code = Code::error("HLB0356", "duplicate-mount");
/// A mount over the filesystem that a command runs in.
pub static ROOT_MOUNT: Code = Code::error("HLB0357", "root-mount");

/// The mounts of a `run`.
#[derive(Default)]
pub struct Mounts {
    /// The filesystem that the command runs in. One over scratch hides nothing.
    root: State,
    mounts: Vec<Mount>,
    /// Where the program says each of `mounts`.
    spans: Vec<Span>,
    pub bound: Vec<Bound>,
    pub portable: Vec<PortableCache>,
    pub secret_env: Vec<SecretEnv>,
    /// What of them changes the cache key alone.
    pub key_only: Vec<KeyText>,
    /// What the client must give.
    pub needed: Vec<Needed>,
    /// Variables that are for what is mounted, where nobody else sets them.
    pub env: Vec<(&'static str, String)>,
    /// The first agent's socket.
    pub agent: Option<String>,
}

/// The process that a `run` starts, as far as its mounts depend on it.
pub struct Process<'p> {
    /// Its working directory, which is absolute.
    pub dir: &'p str,
    /// `USER` or `USER:GROUP`, each a name or an id.
    pub user: Option<&'p str>,
    /// What the program and the image set.
    pub env: &'p Variables,
}

/// A mount whose content an alias names.
pub struct Bound {
    /// Its place among the mounts.
    pub index: usize,
    pub alias: AliasId,
    pub input: Arc<Fs>,
}

impl Mounts {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.mounts.len()
    }

    /// Adds a mount that the program has at a span.
    pub fn push(&mut self, mount: Mount, span: Span) -> Result<(), Diagnostic> {
        let path = &mount.dest;
        if path == "/" && self.root.edge().is_some() {
            return Err(ROOT_MOUNT
                .at(span, "a mount at `/` would hide the filesystem that the command runs in")
                .help("start the chain with it instead, or mount it at another path"));
        }
        let others = self.mounts.iter().zip(&self.spans);
        if let Some((_, first)) = others.into_iter().find(|(other, _)| other.dest == *path) {
            return Err(DUPLICATE_MOUNT
                .at(span, format!("two mounts at `{path}`"))
                .label(*first, "the first one is here")
                .help("give each mount a path of its own"));
        }
        self.mounts.push(mount);
        self.spans.push(span);
        Ok(())
    }

    /// Whether something is mounted at a path.
    pub fn has(&self, path: &str) -> bool {
        self.mounts.iter().any(|mount| mount.dest == path)
    }

    /// The mounts, with what they need to be mounted upon; `bound` has their places.
    pub fn lay_out(&mut self, cx: &mut Cx<'_>, call: &Call) -> Vec<Mount> {
        let mut mounts = std::mem::take(&mut self.mounts);
        mountpoint::make(cx, call, &mut mounts);
        mounts
    }
}

/// Collects what a `run` mounts, in the order of its options: a program may mix them in any order.
pub fn mounts(
    cx: &mut Cx<'_>,
    fs: &Fs,
    call: &Call,
    process: &Process<'_>,
) -> Result<Mounts, Diagnostic> {
    let mut all = Mounts { root: fs.state.clone(), ..Mounts::default() };
    let mut sockets = 0;
    for setting in call.options.iter() {
        if setting.builtin.is(&mount::MOUNT) {
            mount::bind(cx, setting, process, &mut all)?;
        } else if setting.builtin.is(&cache_mount::CACHE_MOUNT) {
            cache_mount::bind(cx, setting, process, &mut all)?;
        } else if setting.builtin.is(&tool_cache::TOOL_CACHE) {
            tool_cache::bind(cx, setting, process, &mut all)?;
        } else if setting.builtin.is(&secret::SECRET) {
            secret::secret(cx, setting, process.dir, &mut all)?;
        } else if let Some(socket) = socket::Socket::of(setting) {
            socket::mount(cx, setting, socket, process.dir, sockets, &mut all)?;
            sockets += 1;
        }
    }
    Ok(all)
}

/// Whether a text can be where something is mounted.
pub fn check_mount_point(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    match text.is_empty() {
        true => Err(site.invalid("expected a path, found an empty string")),
        false => expansion::check(text, site),
    }
}
