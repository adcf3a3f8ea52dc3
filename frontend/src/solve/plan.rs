use std::collections::BTreeSet;

use hlb_eval::{CACHE_FROM, ISOLATED, Section};
use hlb_syntax::diagnostic::{At, Code, Diagnostic};
use llb::CacheImport;
use llb::parse_import;
use llb::{Edge, Platform};

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

/// A cache spec that can't be read.
pub static INVALID_CACHE_SPEC: Code = Code::error("HLB0401", "invalid-cache-spec");

/// A section with its options read.
struct Read<'s> {
    section: &'s Section,
    imports: Vec<CacheImport>,
    isolated: bool,
}

/// Plans the solves of a result; `client` are the imports that the client asks for.
///
/// # Errors
/// Every cache spec that can't be read.
pub fn plan(
    root: &Edge,
    sections: &[Section],
    client: &[CacheImport],
    platform: &Platform,
) -> Result<Plan, Vec<Diagnostic>> {
    let sections = read(sections, platform)?;
    let isolated: Vec<&Read<'_>> = sections.iter().filter(|it| it.isolated).collect();
    let is_root = isolated.iter().any(|it| it.section.output == *root);
    let mut imports = Vec::new();
    let reached = reach(root, &isolated);
    attach(&mut imports, &sections, &reached, root);
    // An isolated section has its own imports only, so nothing of the client's comes into a result that is one.
    if !is_root {
        add(&mut imports, client);
    }
    let mut plan = Plan { waves: Vec::new(), imports };
    let mut planned = BTreeSet::from([root.vertex.digest().to_owned()]);
    let mut next: Vec<&Read<'_>> =
        isolated.iter().filter(|it| it.is_in(&reached)).copied().collect();
    while !next.is_empty() {
        let (mut wave, mut deeper) = (Vec::new(), Vec::new());
        for it in next {
            let output = &it.section.output;
            if !planned.insert(output.vertex.digest().to_owned()) {
                continue;
            }
            let reached = reach(output, &isolated);
            let mut imports = Vec::new();
            attach(&mut imports, &sections, &reached, output);
            wave.push(PlannedSolve {
                name: it.section.name.clone(),
                output: output.clone(),
                imports,
            });
            deeper.extend(isolated.iter().filter(|inner| inner.is_in(&reached)).copied());
        }
        plan.waves.push(wave);
        next = deeper;
    }
    plan.waves.retain(|wave| !wave.is_empty());
    // What an isolated section needs of another is solved before it.
    plan.waves.reverse();
    Ok(plan)
}

impl Read<'_> {
    fn is_in(&self, reached: &BTreeSet<String>) -> bool {
        reached.contains(self.section.output.vertex.digest())
    }
}

fn read<'s>(
    sections: &'s [Section],
    platform: &Platform,
) -> Result<Vec<Read<'s>>, Vec<Diagnostic>> {
    let mut errors = Vec::new();
    let mut all = Vec::new();
    for section in sections {
        let mut imports = Vec::new();
        for setting in section.settings.iter().filter(|it| it.signature == &CACHE_FROM.signature) {
            match parse_import(setting.string("spec"), platform)
                .at(&INVALID_CACHE_SPEC, setting.span_of("spec"))
            {
                Ok(import) => imports.push(import),
                Err(error) => errors.push(error),
            }
        }
        let isolated = section.settings.iter().any(|it| it.signature == &ISOLATED.signature);
        all.push(Read { section, imports, isolated });
    }
    if errors.is_empty() { Ok(all) } else { Err(errors) }
}

/// The digests of what an output needs; isolated sections are seen, not entered.
fn reach(root: &Edge, isolated: &[&Read<'_>]) -> BTreeSet<String> {
    let stops: BTreeSet<&str> =
        isolated.iter().map(|it| it.section.output.vertex.digest()).collect();
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
    sections: &[Read<'_>],
    reached: &BTreeSet<String>,
    root: &Edge,
) {
    let isolated: BTreeSet<&str> = sections
        .iter()
        .filter(|it| it.isolated)
        .map(|it| it.section.output.vertex.digest())
        .collect();
    for it in sections.iter().filter(|it| it.is_in(reached)) {
        let digest = it.section.output.vertex.digest();
        // What ends in the output of an isolated section belongs to that section's solve.
        if digest == root.vertex.digest() || !isolated.contains(digest) {
            add(imports, &it.imports);
        }
    }
}

fn add(imports: &mut Vec<CacheImport>, more: &[CacheImport]) {
    for import in more {
        if !imports.contains(import) {
            imports.push(import.clone());
        }
    }
}
