//! What a target reads from registries, repositories and web servers.

use std::collections::{BTreeMap, BTreeSet};

use hlb_eval::{Product, redacted};
use hlb_plan::Preparation;
use llb::{Graph, Node, State};
use serde_json::{Value, json};

use super::reply::table;
use crate::solve::CacheReport;

/// By the scheme with which a source op names it, without `://` (BuildKit 0.33, `source/types/source_types.go`). What the client
/// sends is not among them: nobody else can read it.
const KINDS: [(&str, &str); 5] = [
    ("docker-image", IMAGE),
    ("oci-layout", "layout"),
    ("git", "git"),
    ("http", "http"),
    ("https", "http"),
];

const IMAGE: &str = "image";

/// Something that is elsewhere, with all that use it.
pub(super) struct Read {
    kind: &'static str,
    /// As a program has it, as far as a daemon is told; without credentials.
    reference: String,
    /// Where the program says so, as in `build.hlb:3`.
    at: BTreeSet<String>,
    /// The sections that it is a part of, by their places in the list of those that are there.
    sections: BTreeSet<usize>,
}

impl Read {
    /// Looks at the sources of all that a build may solve: what a target is made of, what caches start from, and the filesystems
    /// with build caches of sections.
    pub(super) fn all(
        report: &CacheReport<'_>,
        products: &[Product],
        preparations: &[Preparation],
    ) -> Vec<Self> {
        let seeds = preparations.iter().map(|it| &it.root.output);
        let layouts = report.sections.values().flat_map(|it| &it.section.layouts);
        let layouts = layouts.map(|layout| &layout.root.output);
        let states = products.iter().flat_map(Product::states).chain(seeds).chain(layouts);
        let definitions: Vec<_> = states.map(State::definition).collect();
        let places: BTreeMap<usize, usize> = report.sections.keys().copied().zip(0..).collect();
        let mut all: BTreeMap<(&str, String), Self> = BTreeMap::new();
        for node in Graph::new(definitions.iter().map(|it| ("", it))).nodes {
            let Some((kind, reference)) = source(&node) else { continue };
            let read = all.entry((kind, reference.clone())).or_insert_with(|| Self {
                kind,
                reference,
                at: BTreeSet::new(),
                sections: BTreeSet::new(),
            });
            read.at.extend(place(&node));
            let section = report.membership.vertices.get(&node.digest);
            read.sections.extend(section.and_then(|it| places.get(it)));
        }
        all.into_values().collect()
    }

    /// What people call it: a digest that a tag leads to is for programs.
    fn name(&self) -> &str {
        match self.reference.split_once('@') {
            Some((tagged, _)) if self.kind == IMAGE && !tagged.is_empty() => tagged,
            _ => &self.reference,
        }
    }

    pub(super) fn json(&self) -> Value {
        let Self { kind, reference, at, sections } = self;
        json!({ "kind": kind, "reference": reference, "at": at, "sections": sections })
    }

    /// `names` are those of the sections.
    pub(super) fn table(all: &[Self], names: &[&str]) -> String {
        let joined = all.iter().map(|read| {
            let at: Vec<&str> = read.at.iter().map(String::as_str).collect();
            let names = read.sections.iter().filter_map(|it| names.get(*it).copied());
            (read, at.join(", "), names.collect::<Vec<_>>().join(", "))
        });
        let joined: Vec<_> = joined.collect();
        let rows = joined.iter().map(|(it, at, names)| [it.name(), it.kind, at, names]);
        let head = ["READS", "KIND", "AT", "SECTION"];
        table(&[head].into_iter().chain(rows).collect::<Vec<_>>(), 3)
    }
}

/// The kind of a source from elsewhere, and what people call it.
fn source(node: &Node) -> Option<(&'static str, String)> {
    if node.kind != llb::NodeKind::Source {
        return None;
    }
    let (scheme, name) = node.label.split_once("://")?;
    let (_, kind) = KINDS.iter().find(|(known, _)| *known == scheme)?;
    let shown = redacted(&node.label);
    let reference = if *kind == "http" { &shown } else { name };
    Some((kind, reference.to_owned()))
}

/// Where the program names it.
fn place(node: &Node) -> Option<String> {
    let location = node.locations.first()?;
    let start = location.ranges.first()?.start.as_ref()?;
    Some(format!("{}:{}", location.file, start.line))
}
