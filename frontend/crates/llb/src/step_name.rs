//! Names of vertices in progress: `[scope 2/3] text`, numbered in the definition that is solved.
//!
//! A scope is no progress group: clients show one line for all steps of a group, without their names, and nothing for
//! those of a weak one (buildx 0.13 and 0.29, plain and on a terminal).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::metadata::shown_name;
use super::vertex::Vertex;

/// What progress shows of a vertex that is a step of something larger, such as a stage or a function.
#[derive(Clone, Debug)]
pub struct StepName {
    pub scope: Arc<Scope>,
    /// One line.
    pub text: String,
}

/// What steps are numbered in. Two scopes are the same only if they are one allocation, whatever their names.
#[derive(Debug)]
pub struct Scope {
    pub name: String,
}

/// The steps of a definition, in the order of its vertices.
#[derive(Default)]
pub(super) struct StepNames<'v> {
    /// How many steps each scope has, by its address.
    totals: HashMap<usize, u32>,
    counted: HashSet<(usize, &'v str)>,
    named: Vec<Named<'v>>,
}

/// A vertex that gets a name.
struct Named<'v> {
    vertex: &'v Vertex,
    step: &'v StepName,
    number: u32,
}

impl<'v> StepNames<'v> {
    /// Adds a vertex whose op has not been seen.
    pub fn add(&mut self, vertex: &'v Vertex) {
        let Some(step) = vertex.step() else { return };
        let number = self.count(step, vertex);
        self.named.push(Named { vertex, step, number });
    }

    /// Adds another vertex of an op that has been seen.
    ///
    /// To the daemon both are one: it is named after the first, as it is located there, and counts in both scopes, so
    /// that the steps of a function have the numbers that a reader counts.
    pub fn add_again(&mut self, vertex: &'v Vertex) {
        if let Some(step) = vertex.step() {
            self.count(step, vertex);
        }
    }

    /// Counts a step and returns how many its scope has.
    fn count(&mut self, step: &StepName, vertex: &'v Vertex) -> u32 {
        let scope = Arc::as_ptr(&step.scope).addr();
        let total = self.totals.entry(scope).or_default();
        if self.counted.insert((scope, vertex.digest())) {
            *total += 1;
        }
        *total
    }

    /// The names, each with its vertex, and with the label of that before the name of the scope.
    ///
    /// A step that is alone in its scope has no number.
    pub fn names<'l>(
        self,
        label: impl Fn(&Vertex) -> Option<&'l str>,
    ) -> impl Iterator<Item = (&'v Vertex, String)> {
        let Self { totals, named, .. } = self;
        named.into_iter().map(move |Named { vertex, step, number }| {
            let total = totals.get(&Arc::as_ptr(&step.scope).addr()).copied().unwrap_or(number);
            let StepName { scope, text } = step;
            let mut name = String::from("[");
            if let Some(label) = label(vertex) {
                name.extend([label, " "]);
            }
            name += &shown_name(&scope.name);
            if total != 1 {
                name += &format!(" {number}/{total}");
            }
            name.extend(["] ", text]);
            (vertex, shown_name(&name))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{bind, hub_with, mkdir, run};
    use crate::{Access, Definition, Edge, Metadata, State, marshal};

    fn scope(name: &str) -> Arc<Scope> {
        Arc::new(Scope { name: name.to_owned() })
    }

    fn step(scope: &Arc<Scope>, text: &str) -> Metadata {
        let step = StepName { scope: scope.clone(), text: text.to_owned() };
        Metadata { step: Some(step), ..Metadata::default() }
    }

    /// The names in the order of the ops.
    fn names(definition: &Definition) -> Vec<&str> {
        let digests = definition.def.iter().map(|op| crate::vertex::digest(op));
        let description = digests.map(|digest| &definition.metadata[&digest].description);
        description.filter_map(|it| it.get("llb.customname")).map(String::as_str).collect()
    }

    fn both(first: Edge, second: Edge) -> Edge {
        let outputs = run(first.into(), vec![bind("/m", second.into(), Access::Readonly)]);
        outputs.root().unwrap()
    }

    #[test]
    fn steps_are_numbered_in_their_scope() {
        let (deps, app) = (scope("deps"), scope("app"));
        let base = hub_with("alpine:3.20", step(&deps, "image"));
        let made = mkdir(base.into(), "/a", step(&deps, "mkdir"));
        let other = mkdir(State::Scratch, "/b", step(&app, "alone"));
        assert_eq!(
            names(&marshal(&both(made, other))),
            ["[deps 1/2] image", "[deps 2/2] mkdir", "[app] alone"]
        );
    }

    /// The names that two calls of a function share say nothing about how many there are.
    #[test]
    fn scopes_of_one_name_are_numbered_apart() {
        let steps = ["/a", "/b"].map(|path| {
            let scope = scope("deps");
            let first = mkdir(State::Scratch, path, step(&scope, "first"));
            mkdir(first.into(), "/x", step(&scope, "second"))
        });
        let [first, second] = steps;
        assert_eq!(
            names(&marshal(&both(first, second))),
            ["[deps 1/2] first", "[deps 2/2] second", "[deps 1/2] first", "[deps 2/2] second"]
        );
    }

    #[test]
    fn a_vertex_of_two_scopes_counts_in_both_and_is_named_after_the_first() {
        let of = |name: &str, path: &str| {
            let scope = scope(name);
            let base = hub_with("alpine:3.20", step(&scope, "image"));
            mkdir(base.into(), path, step(&scope, "mkdir"))
        };
        assert_eq!(
            names(&marshal(&both(of("one", "/1"), of("two", "/2")))),
            ["[one 1/2] image", "[one 2/2] mkdir", "[two 2/2] mkdir"]
        );
    }

    #[test]
    fn a_label_stands_before_the_scope() {
        let deps = scope("deps");
        let base = hub_with("alpine:3.20", step(&deps, "image"));
        let made = mkdir(base.clone().into(), "/a", step(&deps, "mkdir"));
        let label = |vertex: &Vertex| (*vertex != base.vertex).then_some("linux/arm64");
        let labeled = crate::marshal_labeled(&made, label);
        assert_eq!(names(&labeled), ["[deps 1/2] image", "[linux/arm64 deps 2/2] mkdir"]);
        assert_eq!(labeled.def, marshal(&made).def);
    }

    #[test]
    fn names_are_in_no_digest() {
        let scope = scope("deps");
        let plain = mkdir(State::Scratch, "/x", Metadata::default());
        let named = mkdir(State::Scratch, "/x", step(&scope, "mkdir"));
        let (one, other) = (marshal(&plain), marshal(&named));
        assert_eq!(one.def, other.def);
        assert_ne!(one.metadata, other.metadata);
    }
}
