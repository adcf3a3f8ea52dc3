use hlb_syntax::source::Span;
use llb::Edge;

use super::Setting;

/// A part of the build with cache imports and exports of its own: what `cached` wraps.
///
/// It adds no vertex and changes none: it only says of an output which caches know it.
#[derive(Clone, Debug)]
pub struct Section {
    /// The function that it stands in.
    pub name: String,
    /// The call of `cached`.
    pub span: Span,
    /// What it makes; a section of scratch is none.
    pub output: Edge,
    /// Its options, of `option::cached`.
    pub settings: Vec<Setting>,
}
