use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use hlb_syntax::source::Span;

use super::{Fs, Item, List};

/// The stages of a pipeline, in their order.
pub type Pipeline = List<Stage>;

/// What is made at the same time, after the stages before it.
#[derive(Clone, Debug)]
pub struct Stage {
    pub parts: Arc<[Part]>,
    /// How deep stages are nested in it, itself among them.
    pub depth: usize,
}

/// A part of a stage.
#[derive(Clone, Debug)]
pub struct Part {
    pub what: PartKind,
    /// The argument that it is.
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum PartKind {
    Fs(Arc<Fs>),
    Pipeline(Pipeline),
}

/// How much a part counts for, in bytes: it is a solve.
const PART_BYTES: u64 = 256;

impl Stage {
    pub fn new(parts: Vec<Part>) -> Self {
        let inner = parts.iter().filter_map(|part| match &part.what {
            PartKind::Pipeline(pipeline) => pipeline.newest_first().map(|stage| stage.depth).max(),
            PartKind::Fs(_) => None,
        });
        let depth = 1 + inner.max().unwrap_or(0);
        Self { parts: parts.into(), depth }
    }
}

impl Item for Stage {
    fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for part in &*self.parts {
            part.span.hash(&mut hasher);
            match &part.what {
                PartKind::Fs(fs) => Arc::as_ptr(fs).addr().hash(&mut hasher),
                PartKind::Pipeline(pipeline) => pipeline.fingerprint().hash(&mut hasher),
            }
        }
        hasher.finish()
    }

    fn is_same(&self, other: &Self) -> bool {
        self.parts.len() == other.parts.len()
            && self.parts.iter().zip(&*other.parts).all(|(one, other)| one.is_same(other))
    }

    fn weight(&self) -> u64 {
        let parts = self.parts.iter().map(|part| match &part.what {
            PartKind::Fs(_) => PART_BYTES,
            PartKind::Pipeline(pipeline) => PART_BYTES.saturating_add(pipeline.weight()),
        });
        parts.fold(0, u64::saturating_add)
    }
}

impl Part {
    fn is_same(&self, other: &Self) -> bool {
        self.span == other.span
            && match (&self.what, &other.what) {
                (PartKind::Fs(one), PartKind::Fs(other)) => Arc::ptr_eq(one, other),
                (PartKind::Pipeline(one), PartKind::Pipeline(other)) => one.is_same(other),
                _ => false,
            }
    }
}
