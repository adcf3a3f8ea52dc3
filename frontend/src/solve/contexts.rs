use std::collections::BTreeSet;

use hlb_gateway::context::ContextSource;
use llb::{Edge, Part, State, reaches};

/// The directories of the client that a program takes files from, and which of these files it needs.
///
/// What it needs is known once it is evaluated. Until then it is given each directory as a whole, and what it takes of that
/// is noted; from then on, the vertices that transfer these parts.
#[derive(Default)]
pub struct Contexts {
    all: Vec<Directory>,
}

struct Directory {
    source: ContextSource,
    whole: Edge,
    /// Whether all of it is needed, which is then what everything is taken from.
    is_whole: bool,
    /// Parts that this evaluation takes from the whole.
    noted: BTreeSet<Part>,
    /// Transfers that were solved already: nothing that was made of them is made again.
    solved: Vec<Transfers>,
    /// What else is transferred.
    open: Transfers,
}

/// Vertices, each with the parts that it transfers.
type Transfers = Vec<(BTreeSet<Part>, State)>;

impl Contexts {
    /// Takes note of a context. What it gives is the whole of it.
    pub fn add(&mut self, source: ContextSource) -> State {
        let whole = source.whole();
        if let Some(edge) = whole.edge().filter(|_| source.is_local())
            && self.directory(&whole).is_none()
        {
            self.all.push(Directory {
                source,
                whole: edge.clone(),
                is_whole: false,
                noted: BTreeSet::new(),
                solved: Vec::new(),
                open: Vec::new(),
            });
        }
        whole
    }

    /// What a part of a filesystem is to be taken from: a transfer with that part, if the filesystem is a directory of the
    /// client, else the filesystem.
    pub fn part(&mut self, whole: &State, part: &Part) -> State {
        let Some(directory) = self.directory(whole) else { return whole.clone() };
        let open = Some(&directory.open).filter(|_| !directory.is_whole);
        let mut transfers = directory.solved.iter().chain(open).flatten();
        if let Some((_, state)) = transfers.find(|(parts, _)| parts.contains(part)) {
            return state.clone();
        }
        match part.is_everything() {
            true => directory.is_whole = true,
            false => _ = directory.noted.insert(part.clone()),
        }
        whole.clone()
    }

    /// Which line of which ignore file leaves out a path of a directory of the client.
    pub fn excluding(&mut self, whole: &State, path: &str) -> Option<String> {
        self.directory(whole)?.source.excluding(path)
    }

    /// Takes note of what is needed for something that is solved in any case.
    ///
    /// Gives whether that changes what the program was given before, so that it must be evaluated again.
    pub fn need<'s>(&mut self, states: impl IntoIterator<Item = &'s State>) -> bool {
        // Where no part is taken there is nothing to be narrowed down.
        let open = self.all.iter_mut().filter(|it| !it.is_whole && !it.open.is_empty());
        let mut open: Vec<_> = open.collect();
        if open.is_empty() {
            return false;
        }
        for root in states.into_iter().filter_map(State::edge) {
            for directory in &mut open {
                directory.is_whole |= reaches(&root.vertex, &directory.whole.vertex);
            }
        }
        open.iter_mut().fold(false, |changed, directory| changed | directory.keep_whole())
    }

    /// Decides what is transferred, once an evaluation has come as far as it can. Programs for different targets need
    /// different parts, so what is transferred for one does not undo what was for another.
    ///
    /// Gives whether the program must be evaluated again, for what it takes of directories from now on.
    pub fn decide(&mut self, target: &str) -> bool {
        let mut changed = false;
        for directory in &mut self.all {
            let mut needed = std::mem::take(&mut directory.noted);
            if directory.is_whole {
                changed |= directory.keep_whole();
            } else if !needed.is_empty() {
                changed = true;
                needed.extend(directory.open.drain(..).flat_map(|(parts, _)| parts));
                let apart = match directory.solved.len() {
                    0 => target.to_owned(),
                    number => format!("{target}-{number}"),
                };
                directory.open = directory.source.parts(&needed, &apart);
            }
        }
        changed
    }

    /// Takes note that something was solved: what is transferred for that stays as it is.
    pub fn solved(&mut self) {
        for directory in &mut self.all {
            if !directory.open.is_empty() {
                directory.solved.push(std::mem::take(&mut directory.open));
            }
        }
    }

    fn directory(&mut self, whole: &State) -> Option<&mut Directory> {
        let edge = whole.edge()?;
        self.all.iter_mut().find(|it| it.whole == *edge)
    }
}

impl Directory {
    /// Gives up the open transfer if everything is needed; and whether there was one.
    fn keep_whole(&mut self) -> bool {
        self.is_whole && !std::mem::take(&mut self.open).is_empty()
    }
}
