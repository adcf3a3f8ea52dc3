//! Capabilities: what a daemon offers, by the names that `Ping` answers with.
//!
//! In: a [`PongResponse`]. Out: [`Caps`], which says whether a [`Cap`] may be used and, if not, why. Each capability is
//! one constant here, such as [`FILE_BASE`], with the first BuildKit release that has it.
//!
//! Deliberately absent: `exec.meta.removemountstubs.recursive` and `file.copy.modestring`. BuildKit declares both names
//! and registers neither, so a definition that lists one is refused by every daemon (BuildKit 0.32,
//! `solver/pb/caps.go`). What the second would stand for came with [`EXEC_VALIDEXITCODE`].

mod bridge;
mod llb;

use std::collections::BTreeMap;
use std::fmt;

use crate::apicaps::ApiCap;
use crate::frontend::PongResponse;

pub use bridge::*;
pub use llb::*;

/// What one daemon offers.
#[derive(Clone, Debug)]
pub struct Caps {
    bridge: Set,
    llb: Set,
}

/// A capability that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cap {
    /// Its name on the wire.
    pub id: &'static str,
    /// The first BuildKit release that registers it, such as `0.17`.
    pub since: &'static str,
    pub list: List,
}

/// The two lists of a `Pong`; only ids of [`List::Llb`] may stand in `OpMetadata.caps`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum List {
    /// What `LLBBridge` does.
    Bridge,
    /// What a definition may hold, and what belongs to it.
    Llb,
}

/// Why a capability may not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    pub id: String,
    /// The first BuildKit release that has it, if that is known here.
    pub since: Option<&'static str>,
    pub why: Why,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The daemon does not name it, so it is older or another program.
    Absent,
    /// The daemon knows it, and it is switched off; the text is the daemon's reason and may be empty.
    Disabled(String),
}

/// By id, whether it is enabled or else the reason why not.
type Set = BTreeMap<String, Result<(), String>>;

impl Caps {
    /// Reads the answer to `Ping`.
    pub fn of(pong: &PongResponse) -> Self {
        Self::new(&pong.frontend_api_caps, &pong.llb_caps)
    }

    /// Reads the two lists of a `Pong`.
    ///
    /// An empty list is that of a daemon older than capabilities; it stands for what all of those had (BuildKit 0.32,
    /// `frontend/gateway/grpcclient/client.go`, `defaultCaps` and `defaultLLBCaps`).
    pub fn new(bridge: &[ApiCap], llb: &[ApiCap]) -> Self {
        Self { bridge: set(bridge, BRIDGE_MINIMUM), llb: set(llb, LLB_MINIMUM) }
    }

    /// A daemon that has every capability of the tables, as for work without a daemon.
    pub fn all() -> Self {
        Self { bridge: assumed(BRIDGE_CAPS), llb: assumed(LLB_CAPS) }
    }

    pub fn supports(&self, cap: Cap) -> bool {
        self.check(cap).is_ok()
    }

    /// Whether a capability may be used, which it may if the daemon names it *and* has it enabled.
    pub fn check(&self, cap: Cap) -> Result<(), Unsupported> {
        self.check_id(cap.list, cap.id)
    }

    /// The same for an id that somebody else wrote, such as one of a definition's metadata.
    pub fn check_id(&self, list: List, id: &str) -> Result<(), Unsupported> {
        let set = match list {
            List::Bridge => &self.bridge,
            List::Llb => &self.llb,
        };
        let why = match set.get(id) {
            Some(Ok(())) => return Ok(()),
            Some(Err(reason)) => Why::Disabled(reason.clone()),
            None => Why::Absent,
        };
        Err(Unsupported { id: id.to_owned(), since: find(list, id).map(|cap| cap.since), why })
    }
}

/// See [`Caps::all`].
impl Default for Caps {
    fn default() -> Self {
        Self::all()
    }
}

/// The capability of that name, if it is known here.
pub fn find(list: List, id: &str) -> Option<Cap> {
    let caps = match list {
        List::Bridge => BRIDGE_CAPS,
        List::Llb => LLB_CAPS,
    };
    caps.iter().find(|cap| cap.id == id).copied()
}

fn set(caps: &[ApiCap], minimum: &[Cap]) -> Set {
    if caps.is_empty() {
        return assumed(minimum);
    }
    caps.iter().map(|cap| (cap.id.clone(), state(cap))).collect()
}

fn assumed(caps: &[Cap]) -> Set {
    caps.iter().map(|cap| (cap.id.to_owned(), Ok(()))).collect()
}

fn state(cap: &ApiCap) -> Result<(), String> {
    match cap.enabled {
        true => Ok(()),
        false if cap.disabled_reason_msg.is_empty() => Err(cap.disabled_reason.clone()),
        false => Err(cap.disabled_reason_msg.clone()),
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = &self.id;
        match (&self.why, self.since) {
            (Why::Disabled(reason), _) if reason.is_empty() => {
                write!(f, "`{id}` has been disabled on the build server")
            }
            (Why::Disabled(reason), _) => {
                write!(f, "`{id}` has been disabled on the build server: {reason}")
            }
            (Why::Absent, Some(since)) => {
                write!(
                    f,
                    "`{id}` is not supported by the build server: it needs BuildKit {since} or later"
                )
            }
            (Why::Absent, None) => write!(f, "`{id}` is not supported by the build server"),
        }
    }
}

impl std::error::Error for Unsupported {}

/// Makes one constant and one row of a table from each line, so that neither can lack what the other has.
macro_rules! rows {
    ($list:ident, $table:ident: $($(#[$doc:meta])* $name:ident $id:literal $since:literal;)*) => {
        $($(#[$doc])* pub const $name: $crate::caps::Cap =
            $crate::caps::Cap { id: $id, since: $since, list: $crate::caps::List::$list };)*

        /// Every capability of this list, in the order of BuildKit's own.
        pub static $table: &[$crate::caps::Cap] = &[$($name),*];
    };
}
use rows;

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(id: &str, enabled: bool, reason: &str) -> ApiCap {
        let disabled_reason_msg = reason.to_owned();
        ApiCap { id: id.to_owned(), enabled, disabled_reason_msg, ..Default::default() }
    }

    #[test]
    fn a_capability_counts_if_named_and_enabled() {
        let llb =
            [listed("mergeop", false, "the engine has graph drivers"), listed("diffop", false, "")];
        let caps = Caps::new(&[listed("readdir", true, "")], &llb);
        assert!(caps.supports(READDIR));
        let text = |cap| caps.check(cap).unwrap_err().to_string();
        assert_eq!(
            text(MERGEOP),
            "`mergeop` has been disabled on the build server: the engine has graph drivers"
        );
        assert_eq!(text(DIFFOP), "`diffop` has been disabled on the build server");
        assert_eq!(
            text(EXEC_VALIDEXITCODE),
            "`exec.validexitcode` is not supported by the build server: it needs BuildKit 0.17 or later"
        );
    }

    #[test]
    fn the_lists_do_not_stand_in_for_each_other() {
        let caps = Caps::new(&[listed("file.base", true, "")], &[listed("readdir", true, "")]);
        assert!(!caps.supports(FILE_BASE));
        assert!(!caps.supports(READDIR));
    }

    #[test]
    fn a_daemon_without_lists_has_what_all_old_ones_had() {
        let caps = Caps::of(&PongResponse::default());
        assert!(caps.supports(SOLVE_BASE) && caps.supports(SOURCE_HTTP_UIDGID));
        assert!(!caps.supports(STATFILE) && !caps.supports(FILE_BASE));
        // One list says nothing about the other.
        let caps = Caps::new(&[], &[listed("file.base", true, "")]);
        assert!(caps.supports(READFILE) && caps.supports(FILE_BASE));
        assert!(!caps.supports(SOURCE_IMAGE));
    }

    #[test]
    fn an_id_that_nobody_knows_has_no_release() {
        let unsupported = Caps::all().check_id(List::Llb, "no.such").unwrap_err();
        assert_eq!(unsupported.since, None);
        assert_eq!(unsupported.to_string(), "`no.such` is not supported by the build server");
    }

    #[test]
    fn what_buildkit_declares_and_never_registers_is_not_listed() {
        assert_eq!(find(List::Llb, "exec.meta.removemountstubs.recursive"), None);
        assert_eq!(find(List::Llb, "file.copy.modestring"), None);
        assert_eq!(find(List::Llb, "file.symlink.create"), Some(FILE_SYMLINK_CREATE));
    }

    #[test]
    fn no_id_stands_twice() {
        let mut ids: Vec<_> = BRIDGE_CAPS.iter().chain(LLB_CAPS).map(|cap| cap.id).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
