use std::collections::BTreeSet;

use hlb_plan::{Isolation, Section};
use llb::{CacheImport, Edge};

/// The solves of a build, in the order in which they must happen.
///
/// A section adds no vertex, so which sections a solve is about is read off its graph: those whose outputs it reaches.
/// They are not solved ahead of what uses them, since that would evaluate what a later cache hit makes needless; their
/// imports go with the one solve that reaches them. Only an isolated section is a solve of its own.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Isolated sections; each wave may run at the same time, after the one before.
    pub waves: Vec<Vec<PlannedSolve>>,
    /// The imports of the solve whose ref is the result.
    pub imports: Vec<CacheImport>,
}

/// A solve that makes nothing but what a later one finds done.
#[derive(Clone, Debug)]
pub struct PlannedSolve {
    pub name: String,
    pub output: Edge,
    pub imports: Vec<CacheImport>,
}

/// Plans the solves of a result; `client` are the imports that the client asks for.
pub fn plan(root: &Edge, sections: &[Section], client: &[CacheImport]) -> Plan {
    let isolated: Vec<&Section> = sections.iter().filter(|it| is_isolated(it)).collect();
    let is_root = isolated.iter().any(|it| it.output == *root);
    let mut imports = Vec::new();
    let reached = reach(root, &isolated);
    attach(&mut imports, sections, &reached, root);
    // An isolated section has its own imports only, so nothing of the client's comes into a result that is one.
    if !is_root {
        add(&mut imports, client);
    }
    let mut plan = Plan { waves: Vec::new(), imports };
    let mut planned = BTreeSet::from([root.vertex.digest().to_owned()]);
    let mut next: Vec<&Section> =
        isolated.iter().filter(|it| is_in(it, &reached)).copied().collect();
    while !next.is_empty() {
        let (mut wave, mut deeper) = (Vec::new(), Vec::new());
        for it in next {
            let output = &it.output;
            if !planned.insert(output.vertex.digest().to_owned()) {
                continue;
            }
            let reached = reach(output, &isolated);
            let mut imports = Vec::new();
            attach(&mut imports, sections, &reached, output);
            wave.push(PlannedSolve { name: it.name.to_string(), output: output.clone(), imports });
            deeper.extend(isolated.iter().filter(|inner| is_in(inner, &reached)).copied());
        }
        plan.waves.push(wave);
        next = deeper;
    }
    plan.waves.retain(|wave| !wave.is_empty());
    // What an isolated section needs of another is solved before it.
    plan.waves.reverse();
    plan
}

fn is_in(section: &Section, reached: &BTreeSet<String>) -> bool {
    reached.contains(section.output.vertex.digest())
}

fn is_isolated(section: &Section) -> bool {
    section.isolation == Isolation::Isolated
}

/// The digests of what an output needs; isolated sections are seen, not entered.
fn reach(root: &Edge, isolated: &[&Section]) -> BTreeSet<String> {
    let stops: BTreeSet<&str> = isolated.iter().map(|it| it.output.vertex.digest()).collect();
    let mut reached = BTreeSet::from([root.vertex.digest().to_owned()]);
    let mut left = vec![&root.vertex];
    while let Some(vertex) = left.pop() {
        for input in vertex.inputs() {
            let digest = input.vertex.digest();
            if reached.insert(digest.to_owned()) && !stops.contains(digest) {
                left.push(&input.vertex);
            }
        }
    }
    reached
}

/// Adds the imports of the sections that a solve of `root` is about.
fn attach(
    imports: &mut Vec<CacheImport>,
    sections: &[Section],
    reached: &BTreeSet<String>,
    root: &Edge,
) {
    let isolated: BTreeSet<&str> =
        sections.iter().filter(|it| is_isolated(it)).map(|it| it.output.vertex.digest()).collect();
    for it in sections.iter().filter(|it| is_in(it, reached)) {
        let digest = it.output.vertex.digest();
        // What ends in the output of an isolated section belongs to that section's solve.
        if digest == root.vertex.digest() || !isolated.contains(digest) {
            add(imports, it.imports.iter().map(|it| &it.cache));
        }
    }
}

fn add<'i>(imports: &mut Vec<CacheImport>, more: impl IntoIterator<Item = &'i CacheImport>) {
    for import in more {
        if !imports.contains(import) {
            imports.push(import.clone());
        }
    }
}
