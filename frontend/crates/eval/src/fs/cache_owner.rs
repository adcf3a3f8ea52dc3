//! Whom the directory of a cache belongs to when it is new.
//!
//! A cache mount has no field for an owner: the directory is a copy of the mount's input. Both frontends make that input in
//! one way, so a Dockerfile with the same owner and mode has the same directory. Each owner and mode has a directory of its
//! own, and one that exists is left as it is.

use hlb_program::builtin::{Kind, Param, Signature};
use hlb_syntax::diagnostic::Diagnostic;
use llb::{FileAction, Metadata, Mkdir, Owner, State, User};

use super::mode::{MOUNT_MODE, Of};
use super::secret::{ID, mode, owner_id};
use crate::{Builtin, Lower, OptionCall};

/// The options of a builtin that mounts a cache, about its directory.
pub struct OwnerRows {
    pub uid: Builtin,
    pub gid: Builtin,
    pub mode: Builtin,
}

/// The owner and the permissions of a new directory.
pub struct NewDirectory {
    uid: u32,
    gid: u32,
    mode: u32,
}

impl OwnerRows {
    /// Those of `builtin`.
    pub const fn of(builtin: &'static str) -> Self {
        const fn row(
            of: &'static str,
            name: &'static str,
            params: &'static [Param],
            doc: &'static str,
        ) -> Builtin {
            Builtin::extension(Signature::new(Kind::option(of), name, params, doc), Lower::Option)
        }
        Self {
            uid: row(
                builtin,
                "uid",
                const { &[ID] },
                "Sets the owner of the directory when it is new. Without it, that is the user of the command if that \
                 is a number, and root otherwise. Each owner has a directory of its own.",
            )
            .in_dockerfile("`RUN --mount=type=cache,uid=ID`"),
            gid: row(
                builtin,
                "gid",
                const { &[ID] },
                "Sets the group of the directory when it is new. Without it, that is the group of the command's user if \
                 both are numbers and there is no `uid`, and root otherwise.",
            )
            .in_dockerfile("`RUN --mount=type=cache,gid=ID`"),
            mode: row(
                builtin,
                "mode",
                const { &[MOUNT_MODE] },
                "Sets the permissions of the directory when it is new. Without it, these are `0o755`. Each mode has a \
                 directory of its own.",
            )
            .in_dockerfile("`RUN --mount=type=cache,mode=MODE`"),
        }
    }

    /// Refuses what a call says about its directory.
    pub fn refuse(&'static self, setting: &OptionCall, problem: &str) -> Result<(), Diagnostic> {
        for (row, param) in [(&self.uid, "id"), (&self.gid, "id"), (&self.mode, "mode")] {
            if let Some(option) = setting.option_call(row) {
                return Err(option.invalid(param, problem));
            }
        }
        Ok(())
    }

    /// What a call says about its directory, which a command of `user` mounts; `None` leaves it to the daemon, as a
    /// Dockerfile does that says nothing.
    pub fn directory(
        &'static self,
        setting: &OptionCall,
        user: Option<&str>,
    ) -> Result<Option<NewDirectory>, Diagnostic> {
        let by_user = match setting.has(&self.uid) {
            true => None,
            false => user.and_then(ids),
        };
        let rows = [&self.uid, &self.gid, &self.mode];
        if by_user.is_none() && !rows.into_iter().any(|row| setting.has(row)) {
            return Ok(None);
        }
        let (mut uid, mut gid) = by_user.unwrap_or_default();
        if setting.has(&self.uid) {
            uid = owner_id(setting, &self.uid)?;
        }
        if setting.has(&self.gid) {
            gid = owner_id(setting, &self.gid)?;
        }
        let mode = mode(setting, &self.mode, Of::Directory)?;
        Ok(Some(NewDirectory { uid, gid, mode }))
    }
}

impl NewDirectory {
    /// The part of [`Self::input`] that is mounted.
    pub const SELECTOR: &str = "/cache";

    /// The input that the Dockerfile frontend makes for such a directory (BuildKit 0.13 to 0.33, `setCacheUIDGID` in
    /// `frontend/dockerfile/dockerfile2llb/convert_runmount.go`).
    pub fn input(&self, metadata: Metadata) -> State {
        let owner = Owner { user: Some(User::Id(self.uid)), group: Some(User::Id(self.gid)) };
        let path = Self::SELECTOR.to_owned();
        let mkdir = Mkdir { path, mode: self.mode, owner, ..Mkdir::default() };
        llb::file(State::Scratch, vec![FileAction::Mkdir(mkdir)], metadata)
    }
}

/// The ids of a user that is not root and is written as `UID` or `UID:GID`; a group that is a name counts as none.
fn ids(user: &str) -> Option<(u32, u32)> {
    let (uid, gid) = user.split_once(':').unwrap_or((user, ""));
    let uid = uid.parse().ok().filter(|uid| *uid != 0)?;
    Some((uid, gid.parse().unwrap_or_default()))
}
