//! The caches of a target: those that its sections import, its cache mounts, and what it reads from elsewhere.

use std::collections::BTreeMap;

use gateway_proto::pb::CacheSharingOpt;
use hlb_eval::{Evaluation, Product, Round, registry, section_config};
use hlb_gateway::bridge::Bridge;
use hlb_gateway::options::Options;
use hlb_plan::{Isolation, Preparation, Purpose};
use hlb_program::program::Program;
use hlb_syntax::source::Sources;
use llb::{Graph, State};
use serde_json::{Value, json};

use super::reads::Read;
use super::reply::{Reply, table};
use super::{Subrequest, TARGET, described, prune};
use crate::solve::{
    Build, CacheReport, Failure, ReportedImport, ReportedSection, ResolveCache, Targets, load,
    permitted_caches, place, targets,
};
use crate::used::{Used, UsedCache};

pub(super) static CACHE: Subrequest = Subrequest {
    name: "frontend.hlb.cache",
    version: "1.0.0",
    description: "List the sections of a target with what they import, its cache mounts, and what it reads",
    options: &[TARGET],
    has_status: false,
    answer: |bridge, options, sources| Box::pin(cache(bridge, options, sources)),
};

/// Evaluates as a build does, for all platforms, and asks nobody whether a cache is there. Images of sections are looked up.
async fn cache(
    bridge: &dyn Bridge,
    options: &Options,
    sources: &mut Sources,
) -> Result<Reply, Failure> {
    let (cx, mut answers, mut program) = described(bridge, options, sources).await?;
    let mut all = targets(&cx, &program, sources, &mut answers).await?;
    if all.sections.iter().any(|section| section.substitute.is_some()) {
        // Whatever the client gives may be part of what a section is made of, and so of the name of its image.
        answers = ResolveCache::for_build();
        program = load(&cx, &mut answers, sources).await?;
        all = targets(&cx, &program, sources, &mut answers).await?;
    }
    let Targets { products, sections, preparations, .. } = all;
    let caches = permitted_caches(options, &sections);
    let report = CacheReport::new(&cx.platforms, &products, &sections, &caches, &answers);
    let mut sections = Section::all(&report, &products, sources);
    for section in &mut sections {
        section.target = target_of(&cx, &program, sources, &mut answers, section.reported.section);
    }
    let mounts = Mount::all(&cx, &products, &preparations, sources);
    let reads = Read::all(&report, &products, &preparations);
    let json = json!({
        "target": cx.target(),
        "sections": sections.iter().map(|it| it.json(sources)).collect::<Vec<_>>(),
        "client": report.client.iter().map(|it| it.json(sources)).collect::<Vec<_>>(),
        "mounts": mounts.iter().map(Mount::json).collect::<Vec<_>>(),
        "reads": reads.iter().map(Read::json).collect::<Vec<_>>(),
    });
    let names: Vec<&str> = sections.iter().map(|it| &*it.name).collect();
    let tables = [
        table_of_sections(&sections),
        table_of_imports(&sections, &report.client, sources),
        table_of_images(&sections),
        table_of_mounts(&mounts),
        Read::table(&reads, &names),
        commands(&mounts),
    ];
    let tables: Vec<_> = tables.into_iter().filter(|it| !it.is_empty()).collect();
    let text = match tables.is_empty() {
        true => format!(
            "`{}` has no sections and no cache mounts, and reads nothing from elsewhere\n",
            cx.target()
        ),
        false => tables.join("\n"),
    };
    Ok(Reply { json, text, status: None })
}

/// A section, with its place in the answer.
struct Section<'r> {
    reported: &'r ReportedSection<'r>,
    name: String,
    at: String,
    within: Option<usize>,
    needs: Vec<usize>,
    /// What progress calls its steps.
    steps: Vec<String>,
    /// The target that is this section and nothing else, by which its image can be published.
    target: Option<String>,
}

impl<'r> Section<'r> {
    fn all(report: &'r CacheReport<'r>, products: &[Product], sources: &Sources) -> Vec<Self> {
        let places: BTreeMap<usize, usize> = report.sections.keys().copied().zip(0..).collect();
        let place_of = |index: &usize| places.get(index).copied();
        let mut steps = steps(report, products);
        let sections = report.sections.iter().map(|(index, reported)| Self {
            reported,
            name: reported.name(),
            at: place(reported.section.span, sources),
            within: reported.within.as_ref().and_then(place_of),
            needs: reported.needs.iter().filter_map(place_of).collect(),
            steps: steps.remove(index).unwrap_or_default(),
            target: None,
        });
        sections.collect()
    }

    fn json(&self, sources: &Sources) -> Value {
        let mut json = self.reported.json(sources);
        json.insert("within".to_owned(), self.within.into());
        json.insert("needs".to_owned(), self.needs.clone().into());
        json.insert("steps".to_owned(), self.steps.clone().into());
        if self.reported.substitution.is_some() {
            json.insert("function".to_owned(), (*self.reported.section.name).into());
            json.insert("target".to_owned(), self.target.clone().into());
        }
        json.into()
    }
}

/// The target that makes the section and nothing else, if its function is one.
fn target_of(
    cx: &Build<'_>,
    program: &Program,
    sources: &Sources,
    answers: &mut ResolveCache,
    section: &hlb_plan::Section,
) -> Option<String> {
    let (substitute, name) = (section.substitute.as_ref()?, &*section.name);
    program.main()?.lookup(name)?;
    let settings = &cx.settings_for(&substitute.platform);
    let evaluation = Evaluation { program, sources, registry: registry(), settings };
    let Round::Done(Ok(made)) = evaluation.target(name, answers) else { return None };
    let result = &made.value.result;
    let is_it = result.state.edge() == Some(&section.output) && made.value.work.roots().is_empty();
    (is_it && section_config(result) == *substitute.config).then(|| name.to_owned())
}

/// The steps of each section, without those of the sections in it.
fn steps(report: &CacheReport<'_>, products: &[Product]) -> BTreeMap<usize, Vec<String>> {
    let definitions: Vec<_> =
        products.iter().flat_map(Product::states).map(State::definition).collect();
    let mut steps: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for node in Graph::new(definitions.iter().map(|it| ("", it))).nodes {
        if let Some(section) = report.membership.vertices.get(&node.digest) {
            steps.entry(*section).or_default().push(node.step.unwrap_or(node.label));
        }
    }
    steps
}

/// A cache mount.
struct Mount {
    id: String,
    cache: UsedCache,
    /// Where the program says what an empty one starts from.
    seeds: Vec<String>,
    prune: String,
}

impl Mount {
    fn all(
        cx: &Build<'_>,
        products: &[Product],
        preparations: &[Preparation],
        sources: &Sources,
    ) -> Vec<Self> {
        let mut seeds: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for Preparation { root, condition, .. } in preparations {
            let Purpose::Preparation(span) = root.purpose else { continue };
            for id in Used::by([&condition.output.clone().into()]).caches.into_keys() {
                let seeds = seeds.entry(id).or_default();
                let at = place(span, sources);
                if !seeds.contains(&at) {
                    seeds.push(at);
                }
            }
        }
        let namespace = cx.settings.cache_id("");
        let used = Used::by(products.iter().flat_map(Product::states));
        let mounts = used.caches.into_iter().map(|(id, cache)| Self {
            seeds: seeds.remove(&id).unwrap_or_default(),
            prune: prune::command(&id, cache),
            id: id.strip_prefix(&namespace).unwrap_or(&id).to_owned(),
            cache,
        });
        mounts.collect()
    }

    fn sharing(&self) -> &'static str {
        match self.cache.sharing {
            CacheSharingOpt::Shared => "shared",
            CacheSharingOpt::Private => "private",
            CacheSharingOpt::Locked => "locked",
        }
    }

    fn json(&self) -> Value {
        let (sharing, Self { id, seeds, prune, .. }) = (self.sharing(), self);
        json!({ "id": id, "sharing": sharing, "seeds": seeds, "prune": prune })
    }
}

fn table_of_sections(sections: &[Section<'_>]) -> String {
    let rows = sections.iter().map(|section| {
        let needs = section.needs.iter().filter_map(|it| sections.get(*it));
        let needs: Vec<&str> = needs.map(|it| &*it.name).collect();
        (section, section.steps.len().to_string(), needs.join(", "))
    });
    let rows: Vec<_> = rows.collect();
    let rows = rows.iter().map(|(section, steps, needs)| {
        let solved = match section.reported.section.isolation {
            Isolation::Shared => "with what uses it",
            Isolation::Isolated => "on its own",
        };
        [&*section.name, &section.at, solved, steps, needs]
    });
    let head = ["SECTION", "AT", "SOLVED", "STEPS", "NEEDS"];
    table(&[head].into_iter().chain(rows).collect::<Vec<_>>(), 3)
}

fn table_of_imports(
    sections: &[Section<'_>],
    client: &[ReportedImport],
    sources: &Sources,
) -> String {
    let of_sections =
        sections.iter().flat_map(|it| it.reported.imports.iter().map(|import| (&*it.name, import)));
    let all = of_sections.chain(client.iter().map(|import| ("--cache-from", import)));
    let all: Vec<_> = all.map(|(of, import)| (of, import, import.at(sources))).collect();
    let rows = all.iter().map(|(of, import, at)| {
        [of, &*import.cache, at, import.why_not.as_deref().unwrap_or_default()]
    });
    let head = ["IMPORT OF", "CACHE", "AT", "LEFT OUT BECAUSE"];
    table(&[head].into_iter().chain(rows).collect::<Vec<_>>(), 3)
}

fn table_of_images(sections: &[Section<'_>]) -> String {
    let rows = sections.iter().filter_map(|section| {
        let image = section.reported.substitution.as_ref()?;
        let reference = image.reference.as_ref().unwrap_or(&image.repository);
        let is_there = match (image.is_found, image.why_not.as_deref()) {
            (Some(true), _) => "found",
            (Some(false), _) => "missing",
            (None, why) => why.unwrap_or("not asked for"),
        };
        Some([&*section.name, reference, is_there, section.target.as_deref().unwrap_or_default()])
    });
    let head = ["IMAGE OF", "REFERENCE", "IS", "TARGET"];
    table(&[head].into_iter().chain(rows).collect::<Vec<_>>(), 3)
}

fn table_of_mounts(mounts: &[Mount]) -> String {
    let seeds: Vec<String> = mounts.iter().map(|mount| mount.seeds.join(", ")).collect();
    let rows = mounts.iter().zip(&seeds).map(|(it, seeds)| [&*it.id, it.sharing(), seeds]);
    let head = ["CACHE MOUNT", "SHARING", "SEED AT"];
    table(&[head].into_iter().chain(rows).collect::<Vec<_>>(), 3)
}

/// The commands that remove one cache mount each, as a shell reads them: whole, and without columns.
fn commands(mounts: &[Mount]) -> String {
    let commands: String = mounts.iter().map(|mount| format!("{}\n", mount.prune)).collect();
    if commands.is_empty() { commands } else { format!("TO REMOVE ONE CACHE MOUNT\n{commands}") }
}
