use gateway_proto::pb;

use crate::mount::{Access, Bind};
use crate::vertex::{Edge, State};
use crate::{FileAction, FileCopy, Metadata, file};

/// A part of a filesystem that something uses, to be hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The filesystem, or a copy of what a copy takes of it: that is selected by the daemon itself.
    of: Edge,
    /// A path in it; empty for all of it.
    selector: String,
}

/// Where a part of a filesystem is copied to: a directory, in which it keeps its name and so its mode as well.
const COPIED: &str = "/used/";

impl Use {
    pub(super) fn whole(of: &Edge) -> Self {
        Self::part(of, "")
    }

    pub(super) fn part(of: &Edge, selector: &str) -> Self {
        let selector = if selector == "/" { "" } else { selector };
        Self { of: of.clone(), selector: selector.to_owned() }
    }

    /// What a copy takes. It may be a symbolic link, which a mount would follow, so it is copied here as well.
    pub(super) fn copied(of: &Edge, copy: &pb::FileActionCopy) -> Self {
        let is_plain = copy.include_patterns.is_empty() && copy.exclude_patterns.is_empty();
        if copy.src == "/" && is_plain {
            return Self::whole(of);
        }
        let copy = FileCopy {
            from: of.clone().into(),
            src: copy.src.clone(),
            dest: COPIED.to_owned(),
            follow_symlink: copy.follow_symlink,
            create_dest_path: true,
            allow_wildcard: copy.allow_wildcard,
            allow_empty_wildcard: copy.allow_empty_wildcard,
            include_patterns: copy.include_patterns.clone(),
            exclude_patterns: copy.exclude_patterns.clone(),
            ..FileCopy::default()
        };
        let metadata = Metadata::named("[internal] select what sections use".to_owned());
        match file(State::Scratch, vec![FileAction::Copy(copy)], metadata) {
            State::Edge(copied) => Self::whole(&copied),
            State::Scratch => Self::whole(of),
        }
    }

    /// Tells it apart from others of the same build.
    pub fn key(&self) -> String {
        format!("{} {}", self.of, self.selector)
    }

    /// The part as something to mount.
    pub fn bind(&self) -> Bind {
        let (input, selector) = (self.of.clone().into(), self.selector.clone());
        Bind { input, selector, access: Access::Readonly, ..Bind::default() }
    }
}
