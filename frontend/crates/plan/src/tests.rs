use std::time::Instant;

use hlb_syntax::source::{Sources, Span};
use llb::{CacheImport, Edge, FileAction, Metadata, Mkdir, Owner, State};

use super::*;

/// An output of its own, of what is below it.
fn output(name: &str, below: &[&Edge]) -> Edge {
    let below: Vec<State> = below.iter().map(|edge| (*edge).clone().into()).collect();
    let below = llb::merge(&below, Metadata::default());
    let mkdir = Mkdir {
        path: format!("/{name}"),
        mode: 0o755,
        make_parents: false,
        owner: Owner::default(),
        timestamp: None,
    };
    let made = llb::file(below, vec![FileAction::Mkdir(mkdir)], Metadata::default());
    made.edge().expect("an op").clone()
}

fn section(name: &str, output: &Edge, isolation: Isolation) -> Section {
    let mut sources = Sources::default();
    let span = Span::new(sources.add(name, ""), 0, 0);
    let import = Import { cache: CacheImport::registry(name), span };
    Section { name: name.into(), span, output: output.clone(), imports: vec![import], isolation }
}

fn shared(name: &str, output: &Edge) -> Section {
    section(name, output, Isolation::Shared)
}

fn isolated(name: &str, output: &Edge) -> Section {
    section(name, output, Isolation::Isolated)
}

fn root(name: &str, output: &Edge) -> Root {
    Root { name: name.into(), output: output.clone().into() }
}

/// The plan as lines such as `2 deps imports a b needs 0 1`, and the steps of the roots.
fn shown(roots: &[Root], sections: &[Section]) -> Vec<String> {
    let plan = plan(roots, sections, &[CacheImport::registry("client")]);
    let steps = plan.steps.iter().map(|step| {
        let What::Solve(Solve { imports, evaluation, .. }) = &step.what;
        let forced = if *evaluation == Evaluation::Forced { " forced" } else { "" };
        let imports: String = imports.iter().map(|it| format!(" {}", it.attrs["ref"])).collect();
        let needs: String = step.needs.iter().map(|it| format!(" {}", it.0)).collect();
        let needs = if needs.is_empty() { needs } else { format!(" needs{needs}") };
        format!("{} {}{forced} imports{imports}{needs}", step.id.0, step.name)
    });
    let roots = plan.roots.iter().map(|root| match root {
        Some(step) => format!(" {}", step.0),
        None => " scratch".to_owned(),
    });
    steps.chain([format!("roots{}", roots.collect::<String>())]).collect()
}

#[test]
fn imports_of_shared_sections_go_with_the_solve_that_reaches_them() {
    let (a, b, unused) = (output("a", &[]), output("b", &[]), output("c", &[]));
    let both = output("both", &[&a, &b]);
    let sections = [shared("b", &b), shared("c", &unused), shared("a", &a), shared("b", &b)];
    assert_eq!(
        shown(&[root("result", &both)], &sections),
        ["0 result imports b a client", "roots 0"]
    );
    assert_eq!(shown(&[root("result", &both)], &[]), ["0 result imports client", "roots 0"]);
}

#[test]
fn an_isolated_section_that_another_needs_is_solved_before_it() {
    let b = output("b", &[]);
    let a = output("a", &[&b]);
    let both = output("both", &[&b, &a]);
    for sections in [[isolated("a", &a), isolated("b", &b)], [isolated("b", &b), isolated("a", &a)]]
    {
        assert_eq!(
            shown(&[root("result", &both)], &sections),
            [
                "0 b forced imports b",
                "1 a forced imports a needs 0",
                "2 result imports client needs 0 1",
                "roots 2"
            ]
        );
    }
}

#[test]
fn a_chain_needs_one_after_another() {
    let a = output("a", &[]);
    let b = output("b", &[&output("between", &[&a])]);
    let c = output("c", &[&b]);
    let sections = [isolated("c", &c), isolated("a", &a), isolated("b", &b)];
    assert_eq!(
        shown(&[root("result", &output("result", &[&c]))], &sections),
        [
            "0 a forced imports a",
            "1 b forced imports b needs 0",
            "2 c forced imports c needs 1",
            "3 result imports client needs 2",
            "roots 3"
        ]
    );
}

#[test]
fn the_foot_of_a_diamond_is_solved_once() {
    let foot = output("foot", &[]);
    let (left, right) = (output("left", &[&foot]), output("right", &[&foot]));
    let sections = [isolated("left", &left), isolated("right", &right), isolated("foot", &foot)];
    assert_eq!(
        shown(&[root("result", &output("top", &[&left, &right]))], &sections),
        [
            "0 foot forced imports foot",
            "1 left forced imports left needs 0",
            "2 right forced imports right needs 0",
            "3 result imports client needs 1 2",
            "roots 3"
        ]
    );
}

#[test]
fn shared_sections_in_an_isolated_one_belong_to_its_solve() {
    let inner = output("inner", &[]);
    let outer = output("outer", &[&inner]);
    let top = root("result", &output("top", &[&outer]));
    let sections = [shared("inner", &inner), isolated("outer", &outer), shared("same", &outer)];
    assert_eq!(
        shown(std::slice::from_ref(&top), &sections),
        ["0 outer forced imports inner outer same", "1 result imports client needs 0", "roots 1"]
    );
    // What is reached on another way as well belongs to both.
    let top = root("result", &output("top", &[&outer, &inner]));
    assert_eq!(
        shown(&[top], &sections),
        [
            "0 outer forced imports inner outer same",
            "1 result imports inner client needs 0",
            "roots 1"
        ]
    );
}

#[test]
fn a_root_that_is_an_isolated_section_has_nothing_of_the_clients() {
    let a = output("a", &[]);
    assert_eq!(shown(&[root("result", &a)], &[isolated("a", &a)]), ["0 a imports a", "roots 0"]);
    assert_eq!(
        shown(&[root("result", &a)], &[shared("a", &a)]),
        ["0 result imports a client", "roots 0"]
    );
}

#[test]
fn two_isolated_sections_of_one_output_are_one_step() {
    let a = output("a", &[]);
    let sections = [isolated("one", &a), isolated("two", &a)];
    assert_eq!(
        shown(&[root("result", &output("top", &[&a]))], &sections),
        ["0 one forced imports one two", "1 result imports client needs 0", "roots 1"]
    );
}

#[test]
fn several_roots_share_what_they_need() {
    let (a, b) = (output("a", &[]), output("b", &[]));
    let (amd, arm) = (output("amd64", &[&a]), output("arm64", &[&a, &b]));
    let sections = [isolated("a", &a), shared("b", &b)];
    let roots =
        [root("amd64", &amd), root("arm64", &arm), root("again", &amd), root("section", &a)];
    let mut expected = vec![
        "0 a forced imports a",
        "1 amd64 imports client needs 0",
        "2 arm64 imports b client needs 0",
        "roots 1 2 1 0",
    ];
    assert_eq!(shown(&roots, &sections), expected);
    let scratch = Root { name: "scratch".into(), output: State::Scratch };
    let [amd, arm, ..] = roots;
    expected[3] = "roots 1 scratch 2";
    assert_eq!(shown(&[amd, scratch, arm], &sections), expected);
}

/// Another output of the vertex of an isolated section is none of that section's: only the vertex is the same.
#[test]
fn another_output_of_a_sections_vertex_is_solved_as_itself() {
    let a = output("a", &[]);
    let other = a.vertex.output(1);
    assert_eq!(
        shown(&[root("result", &other)], &[isolated("a", &a)]),
        ["0 result imports a client", "roots 0"]
    );
}

/// Above a chain of 100,000 vertices stand 3,000 isolated sections, each with the one before and a shared one below it.
#[test]
fn a_large_graph_is_planned_in_no_time() {
    const CHAIN: usize = 100_000;
    const SECTIONS: usize = 3_000;
    let mut chain = output("0", &[]);
    for number in 1..CHAIN {
        chain = output(&number.to_string(), &[&chain]);
    }
    let mut sections = Vec::new();
    let mut last = chain.clone();
    for number in 0..SECTIONS {
        let inner = output(&format!("inner{number}"), &[&chain]);
        let outer = output(&format!("outer{number}"), &[&inner, &last]);
        sections.push(isolated(&format!("outer{number}"), &outer));
        sections.push(shared(&format!("inner{number}"), &inner));
        last = outer;
    }
    let roots = [root("result", &last), root("chain", &chain)];
    let start = Instant::now();
    let plan = plan(&roots, &sections, &[]);
    let took = start.elapsed();
    assert_eq!(plan.steps.len(), SECTIONS + 1);
    // It takes 0.5 s without optimization; a walk over the chain for each section would take minutes.
    assert!(took.as_secs() < 10, "{took:?}");
}
