use std::iter;

use hlb_plan::{Root, Work};
use rpds::RedBlackTreeMapSync;

/// What must succeed for a filesystem to be used, and is not in it.
///
/// They are no vertices of its graph: BuildKit 0.31 has an op for that (`PassthroughOp`), but it makes every step above
/// wait for the checks, and gives it another cache key. So the checks of whatever the result comes from are solved beside
/// the result. A clone shares everything.
#[derive(Clone, Debug, Default)]
pub struct Checks(RedBlackTreeMapSync<u32, Root>);

impl Checks {
    /// Adds a check; checks are in the order of their numbers.
    pub fn insert(&mut self, number: u32, root: Root) {
        self.0.insert_mut(number, root);
    }

    /// Adds the checks of something else that is used, and says how many there were to look at.
    pub fn extend(&mut self, used: &Self) -> usize {
        if self.is_empty() {
            *self = used.clone();
            return 0;
        }
        for (number, root) in &used.0 {
            self.0.insert_mut(*number, root.clone());
        }
        used.0.size()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is solved before a filesystem with these checks is used: itself, and the checks at the same time.
    ///
    /// Without checks that is nothing: it is made when somebody asks for it.
    pub fn beside(&self, root: Root) -> Work {
        match self.is_empty() {
            true => Work::NONE,
            false => self.with(root),
        }
    }

    /// The same for a filesystem that is made in any case.
    pub fn with(&self, root: Root) -> Work {
        Work::Parallel(iter::once(Work::Solve(root)).chain(self.works()).collect())
    }

    /// The solves of the checks alone.
    pub fn works(&self) -> impl Iterator<Item = Work> {
        self.0.values().cloned().map(Work::Solve)
    }
}
