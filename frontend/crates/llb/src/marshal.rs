use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use gateway_proto::{caps, pb};
use prost::Message as _;

use super::Definition;
use super::metadata::CUSTOM_NAME;
use super::order::order;
use super::source_map::SourceMap;
use super::step_name::StepNames;
use super::vertex::{Edge, State, Vertex, digest};

/// Marshals the graph that leads to an output: what BuildKit solves.
///
/// Each op stands once, after its inputs; at the end is the terminal op, which names the output. Scratch has no definition
/// that BuildKit would load: a result that is scratch is a ref with an empty id.
pub fn marshal(root: &Edge) -> Definition {
    marshal_labeled(root, |_| None)
}

/// The same; what `label` says of a vertex stands in the name of its step, before that of its scope.
pub fn marshal_labeled<'l>(root: &Edge, label: impl Fn(&Vertex) -> Option<&'l str>) -> Definition {
    let mut definition = Definition::default();
    let mut sources = SourceMap::default();
    let mut steps = StepNames::default();
    for vertex in order(&root.vertex) {
        sources.add(vertex);
        match definition.metadata.entry(vertex.digest().to_owned()) {
            Entry::Vacant(entry) => {
                steps.add(vertex);
                entry.insert(vertex.metadata().clone());
                definition.def.push(vertex.bytes().to_vec());
            }
            Entry::Occupied(mut entry) => {
                steps.add_again(vertex);
                merge(entry.get_mut(), vertex.metadata());
            }
        }
    }
    for (vertex, name) in steps.names(label) {
        if let Some(metadata) = definition.metadata.get_mut(vertex.digest()) {
            metadata.description.insert(CUSTOM_NAME.to_owned(), name);
        }
    }
    let terminal = pb::Op { inputs: vec![root.to_input()], ..pb::Op::default() }.encode_to_vec();
    let metadata = terminal_metadata(&definition.metadata);
    definition.metadata.insert(digest(&terminal), metadata);
    definition.def.push(terminal);
    definition.source = sources.into_pb();
    definition
}

impl State {
    /// What BuildKit would solve: that of scratch is empty.
    pub fn definition(&self) -> Definition {
        self.edge().map(marshal).unwrap_or_default()
    }
}

/// Adds the metadata of another vertex with the same op (`client/llb/state.go`, `mergeMetadata`).
fn merge(metadata: &mut pb::OpMetadata, other: &pb::OpMetadata) {
    metadata.ignore_cache |= other.ignore_cache;
    metadata.description.extend(other.description.clone());
    metadata.caps.extend(other.caps.clone());
    metadata.export_cache = other.export_cache.or(metadata.export_cache);
    if let Some(group) = &other.progress_group {
        metadata.progress_group = Some(group.clone());
    }
}

/// States what a daemon must know to read the definition as a whole (`client/llb/state.go`, `Marshal`).
fn terminal_metadata(of_ops: &BTreeMap<String, pb::OpMetadata>) -> pb::OpMetadata {
    let used = |by: fn(&pb::OpMetadata) -> bool| of_ops.values().any(by);
    let capabilities = [
        (true, caps::CONSTRAINTS),
        (true, caps::PLATFORM),
        (used(|op| op.ignore_cache), caps::META_IGNORECACHE),
        (used(|op| !op.description.is_empty()), caps::META_DESCRIPTION),
        (used(|op| op.export_cache.is_some()), caps::META_EXPORTCACHE),
    ];
    let capabilities = capabilities.into_iter().filter(|(used, _)| *used);
    let caps = capabilities.map(|(_, cap)| (cap.id.to_owned(), true)).collect();
    pb::OpMetadata { caps, ..pb::OpMetadata::default() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use expect_test::expect;

    use super::*;
    use crate::fixture::{at, bind, hub, hub_with, mkdir, run, source_file};
    use crate::{Access, Detail, Metadata, ProgressGroup, foreign, summary};

    /// A graph with an exec, a file op, images and a merge, with names and locations.
    fn graph() -> Edge {
        let [main, library] = [source_file("main.hlb", "a\nb\nc\n"), source_file("lib.hlb", "x\n")];
        let placed = |file, line| Metadata {
            location: Some(at(file, line)),
            ..Metadata::named(format!("line {line}"))
        };
        let alpine = hub_with("alpine:3.20", placed(&main, 2));
        let made = mkdir(alpine.clone().into(), "/x", placed(&library, 1));
        let outputs = run(alpine.into(), vec![bind("/m", made.into(), Access::Output)]);
        let layers = [outputs.root(), outputs.mount(0)].map(|edge| State::from(edge.unwrap()));
        let merged = crate::merge(&layers, |_| false, placed(&main, 3)).unwrap();
        merged.edge().unwrap().clone()
    }

    #[test]
    fn the_same_graph_gives_the_same_bytes() {
        let [first, second] = [graph(), graph()];
        assert_eq!(marshal(&first).encode_to_vec(), marshal(&second).encode_to_vec());
        assert_eq!(first, second);
    }

    #[test]
    fn every_op_comes_after_its_inputs_and_has_metadata() {
        let definition = marshal(&graph());
        let mut before = BTreeSet::new();
        for bytes in &definition.def {
            let op = pb::Op::decode(bytes.as_slice()).unwrap();
            assert!(op.inputs.iter().all(|input| before.contains(&input.digest)));
            let digest = digest(bytes);
            assert!(!definition.metadata[&digest].caps.is_empty());
            assert!(before.insert(digest));
        }
        assert_eq!(before.len(), definition.metadata.len());
    }

    #[test]
    fn each_file_stands_once_in_the_order_of_first_use() {
        let detail = Detail { metadata: true, ..Detail::default() };
        let definition = marshal(&graph());
        expect![[r#"
            v1 source docker-image://docker.io/library/alpine:3.20 (linux/amd64)
                llb.customname "line 2"
                at main.hlb:2:0-2:4
            v2 file <- v1:0
                mkdir /x 0755
                llb.customname "line 1"
                at lib.hlb:1:0-1:4
            v3 exec ["x"] (linux/amd64)
                mount / <- v1:0 (output 0)
                mount /m <- v2:0 (output 1)
            v4 merge v3:0 v3:1
                llb.customname "line 3"
                at main.hlb:3:0-3:4
            result v4:0
        "#]]
        .assert_eq(&summary(&definition, detail));
        let infos = definition.source.unwrap().infos;
        let names: Vec<_> = infos.iter().map(|info| info.filename.as_str()).collect();
        assert_eq!(names, ["main.hlb", "lib.hlb"]);
    }

    #[test]
    fn files_of_the_same_content_are_one() {
        let placed = |line| Metadata {
            location: Some(at(&source_file("a", "x\ny\n"), line)),
            ..Metadata::default()
        };
        let below = hub_with("alpine:3.20", placed(1));
        let definition = marshal(&mkdir(below.into(), "/x", placed(2)));
        assert_eq!(definition.source.unwrap().infos.len(), 1);
    }

    #[test]
    fn a_graph_without_locations_has_no_source_map() {
        assert_eq!(marshal(&hub("alpine:3.20")).source, None);
    }

    #[test]
    fn metadata_of_the_same_op_are_united() {
        let group =
            |id: &str| Some(ProgressGroup { id: id.to_owned(), name: String::new(), weak: false });
        let file = source_file("a", "x\ny\n");
        let [mut first, mut second] = ["one", "two"].map(|name| Metadata::named(name.to_owned()));
        first.description.insert("first".to_owned(), "1".to_owned());
        first.export_cache = Some(true);
        first.progress_group = group("g");
        first.location = Some(at(&file, 1));
        second.description.insert("second".to_owned(), "2".to_owned());
        second.ignore_cache = true;
        second.location = Some(at(&file, 2));
        second.capabilities.insert(caps::FILE_RM_NOFOLLOWSYMLINK);
        // Below ops that are the same, too.
        let [first, second] = [first, second].map(|metadata| {
            mkdir(hub_with("alpine:3.20", metadata).into(), "/x", Metadata::default())
        });
        let outputs = run(first.into(), vec![bind("/m", second.into(), Access::Readonly)]);
        let definition = marshal(&outputs.root().unwrap());
        let detail = Detail { metadata: true, capabilities: true, ..Detail::default() };
        expect![[r#"
            v1 source docker-image://docker.io/library/alpine:3.20 (linux/amd64)
                first "1"
                llb.customname "two"
                second "2"
                group g ""
                ignore-cache
                export-cache true
                at a:1:0-1:4
                needs constraints file.rm.nofollowsymlink source.image
            v2 file <- v1:0
                mkdir /x 0755
                needs constraints file.base
            v3 exec ["x"] (linux/amd64)
                mount / <- v2:0 (output 0)
                mount /m <- v2:0 readonly
                needs constraints exec.meta.base exec.mount.bind
            result v3:0
        "#]]
        .assert_eq(&summary(&definition, detail));
        let terminal = digest(definition.def.last().unwrap());
        let ids: Vec<_> = definition.metadata[&terminal].caps.keys().collect();
        assert_eq!(
            ids,
            ["constraints", "meta.description", "meta.exportcache", "meta.ignorecache", "platform"]
        );
    }

    /// A thread with a stack on which a call for each of so many vertices would not fit.
    #[test]
    fn a_long_chain_needs_no_stack() {
        const LENGTH: usize = 100_000;
        let work = || {
            let mut chain = State::Scratch;
            for number in 0..LENGTH {
                chain = mkdir(chain, &format!("/{number}"), Metadata::default()).into();
            }
            let State::Edge(root) = chain else { panic!("a chain of ops is not scratch") };
            let definition = marshal(&root);
            assert_eq!(definition.def.len(), LENGTH + 1);
            drop(root);
            let spliced = foreign(&definition).unwrap();
            assert_eq!(marshal(spliced.edge().unwrap()), definition);
        };
        let thread = std::thread::Builder::new().stack_size(256 * 1024);
        thread.spawn(work).unwrap().join().unwrap();
    }
}
