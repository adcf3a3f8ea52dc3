use std::collections::BTreeSet;
use std::time::Instant;

use hlb_syntax::source::{Sources, Span};
use llb::{
    Access, Bind, CacheImport, Edge, Exec, Meta, Metadata, Mount, MountKind, Platform, State,
};

use super::*;

/// An output of its own, of what is below it: a command that sees all of that.
fn output(name: &str, below: &[&Edge]) -> Edge {
    let mounts = below.iter().enumerate().map(|(number, edge)| {
        let input = State::from((*edge).clone());
        let bind = Bind { input, access: Access::Readonly, ..Bind::default() };
        Mount { dest: format!("/{number}"), kind: MountKind::Bind(bind) }
    });
    let exec = Exec {
        meta: Meta { args: vec![name.to_owned()], ..Meta::default() },
        mounts: mounts.collect(),
        ..Exec::default()
    };
    llb::exec(exec, &Platform::default(), Metadata::default()).root().expect("an output")
}

fn section(name: &str, output: &Edge, isolation: Isolation) -> Section {
    let mut sources = Sources::default();
    let span = Span::new(sources.add(name, ""), 0, 0);
    let cache = CacheImport::registry(name);
    let import = Import { cache, span, origin: None, lifetime: Lifetime::Unlimited };
    let (output, imports, layouts) = (output.clone(), vec![import], Vec::new());
    Section { name: name.into(), span, output, imports, layouts, isolation, substitute: None }
}

fn shared(name: &str, output: &Edge) -> Section {
    section(name, output, Isolation::Shared)
}

fn isolated(name: &str, output: &Edge) -> Section {
    section(name, output, Isolation::Isolated)
}

fn root(name: &str, output: &Edge) -> Root {
    Root { name: name.into(), purpose: Purpose::Target, output: output.clone().into() }
}

/// The plan of results alone, see [`planned`].
fn shown(roots: &[Root], sections: &[Section]) -> Vec<String> {
    planned(&Work::NONE, roots, sections)
}

/// The plan as lines such as `2 deps imports a b needs 0 1`, and the steps of the results.
fn planned(work: &Work, roots: &[Root], sections: &[Section]) -> Vec<String> {
    prepared(work, roots, sections, &[])
}

/// The same, with preparations.
fn prepared(
    work: &Work,
    roots: &[Root],
    sections: &[Section],
    preparations: &[Preparation],
) -> Vec<String> {
    let plan = plan(work, roots, sections, preparations, &[CacheImport::registry("client")]);
    let steps = plan.steps.iter().map(|step| {
        let what = match &step.what {
            What::Join => String::new(),
            What::Prepare(Prepare { condition, plan, .. }) => {
                let steps = plan.steps.iter().map(|step| format!(" {}", step.name));
                format!(" if {} prepares{}", condition.file, steps.collect::<String>())
            }
            What::Solve(Solve { imports, evaluation, .. }) => {
                let forced = match evaluation {
                    Evaluation::Lazy => "",
                    Evaluation::Forced => " forced",
                    Evaluation::Fetched => " fetched",
                };
                let imports = imports.iter().map(|it| format!(" {}", it.attrs["ref"]));
                format!("{forced} imports{}", imports.collect::<String>())
            }
        };
        let needs: String = step.needs.iter().map(|it| format!(" {}", it.0)).collect();
        let needs = if needs.is_empty() { needs } else { format!(" needs{needs}") };
        format!("{} {}{what}{needs}", step.id.0, step.name)
    });
    let roots = plan.results.iter().map(|root| match root {
        Some(step) => format!(" {}", step.0),
        None => " scratch".to_owned(),
    });
    steps.chain([format!("roots{}", roots.collect::<String>())]).collect()
}

fn preparation(of: &Edge, output: &Edge, question: &Edge) -> Preparation {
    let condition = Condition { output: question.clone(), file: "/yes".into() };
    let report = "/report".into();
    Preparation { of: of.vertex.clone(), root: root("p", output), condition, report }
}

#[test]
fn what_is_prepared_for_a_vertex_is_done_before_every_solve_that_reaches_it() {
    let (used, unused) = (output("used", &[]), output("unused", &[]));
    let (seed, question) = (output("seed", &[]), output("question", &[]));
    let above = output("above", &[&used]);
    let all = [preparation(&used, &seed, &question), preparation(&unused, &seed, &seed)];
    let roots = [root("one", &above), root("two", &used), root("other", &seed)];
    assert_eq!(
        prepared(&Work::NONE, &roots, &[], &all),
        [
            "0 p if /yes prepares p",
            "1 one imports client needs 0",
            "2 two imports client needs 0",
            "3 other imports client",
            "roots 1 2 3"
        ]
    );
}

#[test]
fn the_same_preparation_is_done_once() {
    let (a, b) = (output("a", &[]), output("b", &[]));
    let both = output("both", &[&a, &b]);
    let (seed, question) = (output("seed", &[]), output("question", &[]));
    let all = [preparation(&a, &seed, &question), preparation(&b, &seed, &question)];
    assert_eq!(
        prepared(&Work::NONE, &[root("both", &both)], &[], &all),
        ["0 p if /yes prepares p", "1 both imports client needs 0", "roots 1"]
    );
}

#[test]
fn what_is_prepared_in_an_isolated_section_is_done_before_that() {
    let (inner, seed, question) = (output("i", &[]), output("s", &[]), output("q", &[]));
    let end = output("end", &[&inner]);
    let result = output("result", &[&end]);
    let all = [preparation(&inner, &seed, &question)];
    assert_eq!(
        prepared(&Work::NONE, &[root("result", &result)], &[isolated("deps", &end)], &all),
        [
            "0 p if /yes prepares p",
            "1 deps forced imports deps needs 0",
            "2 result imports client needs 1",
            "roots 2"
        ]
    );
}

#[test]
fn what_a_preparation_is_made_from_is_not_prepared() {
    let (used, question) = (output("used", &[]), output("question", &[]));
    let seed = output("seed", &[&used]);
    let all = [preparation(&used, &seed, &question)];
    assert_eq!(
        prepared(&Work::NONE, &[root("result", &used)], &[], &all),
        ["0 p if /yes prepares p", "1 result imports client needs 0", "roots 1"]
    );
}

#[test]
fn stages_that_fail_keep_what_comes_later_from_being_prepared() {
    let (a, b) = (output("a", &[]), output("b", &[]));
    let (seed, question) = (output("seed", &[]), output("question", &[]));
    let stage = |name: &str, edge: &Edge| Work::Solve(root(name, edge));
    let work = Work::Sequence(vec![stage("a", &a), stage("b", &b)]);
    assert_eq!(
        prepared(&work, &[], &[], &[preparation(&b, &seed, &question)]),
        [
            "0 a forced imports client",
            "1 p if /yes prepares p needs 0",
            "2 b forced imports client needs 0 1",
            "roots"
        ]
    );
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
    let scratch = Root { output: State::Scratch, ..root("scratch", &a) };
    let [amd, arm, ..] = roots;
    expected[3] = "roots 1 scratch 2";
    assert_eq!(shown(&[amd, scratch, arm], &sections), expected);
}

fn solve(name: &str) -> Work {
    Work::Solve(root(name, &output(name, &[])))
}

#[test]
fn work_is_done_in_its_order_and_before_the_results() {
    let work = Work::Sequence(vec![
        solve("a"),
        Work::Parallel(vec![solve("b"), Work::Sequence(vec![solve("c"), solve("d")])]),
        Work::Parallel(vec![solve("e"), solve("a"), Work::NONE]),
    ]);
    assert_eq!(
        planned(&work, &[root("result", &output("result", &[]))], &[]),
        [
            "0 a forced imports client",
            "1 b forced imports client needs 0",
            "2 c forced imports client needs 0",
            "3 d forced imports client needs 2",
            "4 join needs 1 3",
            "5 e forced imports client needs 4",
            "6 result imports client needs 0 4 5",
            "roots 6"
        ]
    );
}

#[test]
fn an_isolated_section_waits_for_what_its_first_user_waits_for() {
    let (a, shared) = (output("a", &[]), output("shared", &[]));
    let users = ["b", "c"].map(|name| Work::Solve(root(name, &output(name, &[&a]))));
    let [b, c] = users;
    let work = Work::Sequence(vec![solve("first"), b, c]);
    assert_eq!(
        planned(&work, &[root("result", &shared)], &[isolated("a", &a)]),
        [
            "0 first forced imports client",
            "1 a forced imports a needs 0",
            "2 b forced imports client needs 0 1",
            "3 c forced imports client needs 1 2",
            "4 result imports client needs 3",
            "roots 4"
        ]
    );
    // What is work itself and is needed by other work is solved once.
    let work = Work::Parallel(vec![
        Work::Solve(root("itself", &a)),
        Work::Solve(root("user", &output("user", &[&a]))),
    ]);
    assert_eq!(
        planned(&work, &[], &[isolated("a", &a)]),
        ["0 a forced imports a", "1 user forced imports client needs 0", "roots"]
    );
}

#[test]
fn what_is_done_already_ends_no_wait() {
    let work = Work::Sequence(vec![solve("a"), solve("b"), solve("a"), solve("c")]);
    assert_eq!(
        planned(&work, &[], &[]),
        [
            "0 a forced imports client",
            "1 b forced imports client needs 0",
            "2 join needs 0 1",
            "3 c forced imports client needs 2",
            "roots"
        ]
    );
}

/// Each of 2,000 parts of a stage waits for 2,000 parts of the one before.
#[test]
fn needs_do_not_multiply() {
    let stage = |name: &str| {
        Work::Parallel((0..2000).map(|number| solve(&format!("{name}{number}"))).collect())
    };
    let plan = plan(&Work::Sequence(vec![stage("a"), stage("b")]), &[], &[], &[], &[]);
    assert_eq!(plan.steps.iter().map(|step| step.needs.len()).sum::<usize>(), 4000);
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
    let plan = plan(&Work::NONE, &roots, &sections, &[], &[]);
    let took = start.elapsed();
    assert_eq!(plan.steps.len(), SECTIONS + 1);
    // It takes 0.5 s without optimization; a walk over the chain for each section would take minutes.
    assert!(took.as_secs() < 10, "{took:?}");
}

#[test]
fn what_several_platforms_use_has_no_owner() {
    let shared = output("shared", &[]);
    let lower = output("lower", &[&shared]);
    let [first, second, third] = ["a", "b", "c"].map(|name| output(name, &[&lower]));
    let own = output("own", &[]);
    let last = output("last", &[&own, &third]);
    let platforms = [("a", vec![&first]), ("b", vec![&second, &lower]), ("c", vec![&last])];
    let owners = Owners::of(platforms.map(|(name, outputs)| (name.into(), outputs)));
    let found = [&shared, &lower, &first, &second, &third, &own, &last]
        .map(|output| owners.platform(&output.vertex));
    assert_eq!(found, [None, None, Some("a"), Some("b"), Some("c"), Some("c"), Some("c")]);
    assert_eq!(Owners::default().platform(&first.vertex), None);
}

/// Which section each named command belongs to, and which one each section is in.
fn members(
    outputs: &[&Edge],
    sections: &[Section],
    named: &[(&str, &Edge)],
) -> (Vec<String>, Vec<String>) {
    let states: Vec<State> = outputs.iter().map(|it| State::from((*it).clone())).collect();
    let Membership { sections: nested, vertices } =
        membership(&states.iter().collect::<Vec<_>>(), sections);
    let name = |section: usize| sections[section].name.to_string();
    let vertices = named.iter().map(|(command, edge)| {
        let section = vertices.get(edge.vertex.digest()).map(|it| name(*it));
        format!("{command} in {}", section.as_deref().unwrap_or("none"))
    });
    let nested = nested.iter().map(|(section, around)| {
        let around = around.map(name);
        format!("{} in {}", name(*section), around.as_deref().unwrap_or("none"))
    });
    (vertices.collect(), nested.collect())
}

#[test]
fn a_section_has_what_nothing_else_needs() {
    let base = output("base", &[]);
    let (tool, own) = (output("tool", &[&base]), output("own", &[]));
    let deps = output("deps", &[&tool, &own]);
    let app = output("app", &[&deps, &base]);
    let named = [("base", &base), ("tool", &tool), ("own", &own), ("deps", &deps), ("app", &app)];
    let unused = output("unused", &[]);
    let all = [shared("tool", &tool), shared("deps", &deps), isolated("unused", &unused)];
    let (vertices, sections) = members(&[&app], &all, &named);
    let expected = ["base in none", "tool in tool", "own in deps", "deps in deps", "app in none"];
    assert_eq!(vertices, expected);
    assert_eq!(sections, ["tool in deps", "deps in none"]);
    // What another output needs as well belongs to neither.
    let (vertices, sections) = members(&[&app, &tool], &all, &named);
    assert_eq!(vertices[1..3], ["tool in tool", "own in deps"]);
    assert_eq!(sections, ["tool in none", "deps in none"]);
}

#[test]
fn sections_of_one_output_are_in_each_other() {
    let (below, made) = (output("below", &[]), output("made", &[]));
    let made = output("made", &[&below, &made]);
    let all = [shared("inner", &made), shared("outer", &made)];
    let (vertices, sections) = members(&[&made], &all, &[("below", &below), ("made", &made)]);
    assert_eq!(vertices, ["below in inner", "made in inner"]);
    assert_eq!(sections, ["inner in outer", "outer in none"]);
}

#[test]
fn a_section_needs_those_that_are_next() {
    let (tool, other) = (output("tool", &[]), output("other", &[]));
    let shared_one = output("shared", &[&tool]);
    let deps = output("deps", &[&shared_one]);
    let (first, second) = (output("first", &[&deps]), output("second", &[&deps, &shared_one]));
    let app = output("app", &[&first, &second, &other]);
    let again = shared("deps", &deps);
    let all = [
        shared("tool", &tool),
        again.clone(),
        again,
        isolated("first", &first),
        shared("second", &second),
        shared("other", &other),
    ];
    let app = State::from(app);
    let membership = membership(&[&app], &all);
    let needs = membership.needs(&[&app], &all);
    let names = |indices: &BTreeSet<usize>| {
        indices.iter().map(|it| all[*it].name.to_string()).collect::<Vec<_>>().join(" ")
    };
    let needs: Vec<_> =
        needs.iter().map(|(index, it)| format!("{}: {}", all[*index].name, names(it))).collect();
    assert_eq!(needs, ["tool: ", "deps: tool", "first: deps", "second: tool deps", "other: "]);
}
