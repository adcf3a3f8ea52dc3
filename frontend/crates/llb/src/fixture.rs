//! Small graphs for the tests of this crate.

use super::*;

pub fn platform(architecture: &str, variant: &str) -> Platform {
    Platform {
        os: "linux".to_owned(),
        architecture: architecture.to_owned(),
        variant: variant.to_owned(),
        ..Platform::default()
    }
}

pub fn amd64() -> Platform {
    platform("amd64", "")
}

pub fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

/// An image of Docker Hub for amd64.
pub fn hub(name: &str) -> Edge {
    hub_with(name, Metadata::default())
}

pub fn hub_with(name: &str, metadata: Metadata) -> Edge {
    let reference = format!("docker.io/library/{name}");
    image(&Image { reference, ..Image::default() }, &amd64(), metadata)
}

/// `path` made in `input`.
pub fn mkdir(input: State, path: &str, metadata: Metadata) -> Edge {
    let mkdir = Mkdir { path: path.to_owned(), mode: 0o755, ..Mkdir::default() };
    match file(input, vec![FileAction::Mkdir(mkdir)], metadata) {
        State::Edge(edge) => edge,
        State::Scratch => panic!("a file op with an action has an output"),
    }
}

pub fn bind(dest: &str, input: State, access: Access) -> Mount {
    let bind = Bind { input, access, ..Bind::default() };
    Mount { dest: dest.to_owned(), kind: MountKind::Bind(bind) }
}

/// `x` run in `root` on amd64.
pub fn run(root: State, mounts: Vec<Mount>) -> ExecOutputs {
    let wish = Exec {
        meta: Meta { args: strings(&["x"]), ..Meta::default() },
        root: Bind { input: root, ..Bind::default() },
        mounts,
        ..Exec::default()
    };
    exec(wish, &amd64(), Metadata::default())
}

pub fn summary_of(root: &Edge) -> String {
    summary(&marshal(root), Detail::default())
}

/// Line `line` of a file.
pub fn at(file: &std::sync::Arc<SourceFile>, line: u32) -> Location {
    let position = |character| Position { line, character };
    Location::new(file.clone(), Range { start: position(0), end: position(4) })
}

pub fn source_file(filename: &str, data: &str) -> std::sync::Arc<SourceFile> {
    std::sync::Arc::new(SourceFile {
        filename: filename.to_owned(),
        data: data.as_bytes().to_vec(),
        language: "Test".to_owned(),
        definition: None,
    })
}
