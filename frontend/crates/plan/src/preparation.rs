use std::sync::Arc;

use llb::{Edge, Vertex};

use super::plan::{Plan, Root};

/// Something that is built outside of the graph before a vertex may run, such as what its cache mount is to hold.
///
/// The vertex does not depend on it, so no cache key knows of it. Nobody can tell whether the vertex will run, so it is
/// done before every solve that reaches the vertex, once in a build. What it is made from is not prepared itself.
#[derive(Clone, Debug)]
pub struct Preparation {
    pub of: Vertex,
    pub root: Root,
    /// Whether it is to be done is asked first.
    pub condition: Condition,
    /// The absolute path of a file that the root's output has if something could not be prepared: each line says what.
    pub report: Arc<str>,
}

/// A question to the daemon.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Condition {
    /// What is built in order to know.
    pub output: Edge,
    /// The absolute path of a file that it has if the answer is yes.
    pub file: Arc<str>,
}

/// A preparation as a step.
#[derive(Clone, Debug)]
pub struct Prepare {
    pub condition: Condition,
    /// What is done then; its result is that of the preparation.
    pub plan: Plan,
    /// See [`Preparation::report`].
    pub report: Arc<str>,
}
