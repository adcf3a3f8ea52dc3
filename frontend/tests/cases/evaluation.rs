//! What the targets of a case come to, and how they would be solved, without a daemon.

use std::collections::BTreeMap;
use std::sync::Arc;

use gateway_proto::apicaps::ApiCap;
use gateway_proto::caps::{BRIDGE_CAPS, Cap, Caps, LLB_CAPS};
use hlb_eval::{
    Absence, AbsenceReason, Answer, Archive, Arguments, EvalSettings, Evaluated, FileContent,
    Finding, Fingerprint, FrontendBuild, Fs, Image, ImageConfig, ImageRecord, Normalized, Primed,
    Priming, Product, Rejected, Resolver, Round, Snapshot, Source, Unresolved, describe, registry,
};
use hlb_frontend::internal::{ArchiveWriter, OwnProgram, normalize, prime, snapshot};
use hlb_plan::{Purpose, Root as PlanRoot, Work, plan};
use hlb_program::lint::shown;
use hlb_program::module::Root;
use hlb_program::program::Program;
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::{Sources, Span};
use llb::{CacheImport, Detail, Metadata, NoCache, Platform, State, summary};

use crate::document::{Block, Case};
use crate::plan::plan_block;

/// Blocks that say what comes of a target, by their info, and what evaluation found wrong.
pub struct Evaluation {
    pub blocks: BTreeMap<String, String>,
    pub found: Vec<Diagnostic>,
    given: Given,
}

/// What the case says in place of a daemon.
struct Given {
    /// The images whose config it says, in blocks such as `image base:1`. The digest of each is of zeros.
    images: BTreeMap<String, (ImageConfig, Arc<ImageRecord>)>,
    /// What files hold, in any filesystem, in blocks such as `content /version`.
    contents: BTreeMap<String, FileContent>,
    /// The sources that are not there, and why, in blocks such as `absent base:1`.
    absent: BTreeMap<String, Answer<()>>,
    /// What comes of asking for the fingerprint of a secret.
    fingerprint: Option<String>,
}

/// What a block asks for: `llb`, `config`, `history` or `plan`, then words in any order.
struct Request {
    /// A word alone; `default` if there is none.
    target: String,
    /// Build arguments, as `NAME=VALUE`.
    arguments: Arguments,
    /// What `--no-cache` and `--no-cache-filter` ask for, as `no-cache=NAMES`.
    no_cache: NoCache,
    /// Capabilities that the daemon lacks, as `-NAME`.
    without: Vec<String>,
    /// `+digests`, `+metadata`, `+capabilities`.
    detail: Detail,
    /// Imports of the client, as `+cache-from=REF`.
    imports: Vec<CacheImport>,
    /// What is built for, as `+platform=PLATFORM`; a plan may be for several.
    platforms: Vec<Platform>,
}

/// The kinds of the blocks that say what no daemon is there to ask for: configs of images, what files hold, and which sources
/// are not there.
pub const GIVEN: [&str; 4] = [IMAGE, CONTENT, ABSENT, FINGERPRINT];
const IMAGE: &str = "image";
const CONTENT: &str = "content";
const ABSENT: &str = "absent";
const FINGERPRINT: &str = "fingerprint";

/// Whether a block is made here.
pub fn is_ours(block: &Block) -> bool {
    ["llb", "config", "history", "plan"].contains(&block.kind())
}

/// Evaluates every target that a block is about; without such a block `default`, for the errors.
pub fn evaluation(case: &Case, sources: &Sources, program: &Program) -> Result<Evaluation, String> {
    let mut all =
        Evaluation { blocks: BTreeMap::new(), found: Vec::new(), given: Given::of(case)? };
    for block in case.blocks().filter(|block| is_ours(block)) {
        let request = Request::of(block)?;
        let evaluated = all.evaluate(sources, program, &request, request.first_platform())?;
        let text = match (evaluated, block.kind()) {
            (None, _) => "nothing\n".to_owned(),
            (Some(Evaluated { value, .. }), "llb") => describe(&value, request.detail),
            (Some(evaluated), "plan") => {
                let mut platforms = vec![evaluated];
                for platform in request.platforms.iter().skip(1) {
                    platforms.extend(all.evaluate(sources, program, &request, platform.clone())?);
                }
                plan_of(platforms, &request, sources)
            }
            (Some(Evaluated { value, .. }), "history") => history(&value)?,
            (Some(Evaluated { value, .. }), _) => config(&value)?,
        };
        all.blocks.insert(block.info.clone(), text);
    }
    if all.blocks.is_empty() {
        all.evaluate(sources, program, &Request::new(), platform())?;
    }
    Ok(all)
}

impl Evaluation {
    /// What a target comes to; nothing if that has errors.
    fn evaluate(
        &mut self,
        sources: &Sources,
        program: &Program,
        request: &Request,
        platform: Platform,
    ) -> Result<Option<Evaluated<Product>>, String> {
        let settings = EvalSettings {
            build_platform: self::platform(),
            platform,
            build_args: request.arguments.clone(),
            nonce: "nonce".to_owned(),
            now: 1_000_000,
            no_cache: request.no_cache.clone(),
            caps: request.caps(),
            ..EvalSettings::default()
        };
        let target = &request.target;
        let evaluation =
            hlb_eval::Evaluation { program, sources, registry: registry(), settings: &settings };
        let (evaluated, found) = match evaluation.target(target, &mut self.given) {
            Round::Pending(_) => {
                return Err(format!("target `{target}` asks what no case answers"));
            }
            Round::Done(Ok(evaluated)) => {
                expect_locations(&evaluated.value)?;
                let warnings = shown(program, evaluated.warnings.clone());
                (Some(evaluated), warnings)
            }
            Round::Done(Err(Rejected { errors, warnings })) => {
                (None, [errors, shown(program, warnings)].concat())
            }
        };
        for diagnostic in found {
            // Several blocks may be about one target.
            if !self.found.contains(&diagnostic) {
                self.found.push(diagnostic);
            }
        }
        Ok(evaluated)
    }
}

/// Holds each step to a location in the program: an error shows it, and a debugger stops there.
fn expect_locations(product: &Product) -> Result<(), String> {
    for definition in product.states().map(State::definition) {
        let steps = definition.def.len().saturating_sub(1);
        let located = definition.source.as_ref().map_or(0, |source| source.locations.len());
        if located != steps {
            let detail = Detail { metadata: true, ..Detail::default() };
            return Err(format!("a step without a location:\n{}", summary(&definition, detail)));
        }
    }
    Ok(())
}

/// What builds, and what is built for unless a case says otherwise.
fn platform() -> Platform {
    let [os, architecture] = ["linux", "amd64"].map(str::to_owned);
    Platform { os, architecture, ..Platform::default() }
}

impl Given {
    fn of(case: &Case) -> Result<Self, String> {
        let contents = case.blocks().filter(|block| block.kind() == CONTENT);
        let contents = contents
            .map(|block| (block.words().collect(), FileContent::Text(block.text.as_str().into())));
        let blocks = case.blocks().filter(|block| block.kind() == IMAGE);
        let configs = blocks.map(|block| {
            let name = block.words().collect::<String>();
            let config = ImageConfig::of_base(block.text.as_bytes(), &platform())
                .map_err(|error| format!("line {}: {error}", block.line))?;
            let digest = format!("sha256:{}", "0".repeat(64));
            let record = ImageRecord { digest, config: block.text.trim_end().to_owned() };
            Ok((name, (config, Arc::new(record))))
        });
        let images = configs.collect::<Result<_, String>>()?;
        let absent = case.blocks().filter(|block| block.kind() == ABSENT);
        let absent = absent.map(|block| (block.words().collect(), absence(block.text.trim_end())));
        let fingerprint = case.blocks().find(|block| block.kind() == FINGERPRINT);
        let fingerprint = fingerprint.map(|block| block.text.trim().to_owned());
        Ok(Self { images, contents: contents.collect(), absent: absent.collect(), fingerprint })
    }

    /// Why a source is not there that the case says this of.
    fn why_absent(&self, is_it: impl Fn(&str) -> bool) -> Option<Answer<()>> {
        self.absent.iter().find(|(source, _)| is_it(source)).map(|(_, answer)| answer.clone())
    }
}

/// What is said of a source that is not there: what its server says, after why that is so if it is not that there is no such
/// thing.
fn absence(text: &str) -> Answer<()> {
    let (why, problem) = match text.split_once(": ") {
        Some(("denied", problem)) => (AbsenceReason::Denied, problem),
        Some(("other platform", problem)) => (AbsenceReason::OtherPlatform, problem),
        Some(("failed", problem)) => return Answer::Failed(problem.to_owned()),
        _ => (AbsenceReason::NotFound, text),
    };
    Answer::Absent(Absence { why, problem: problem.to_owned() })
}

impl Resolver for Given {
    fn image(&mut self, reference: &str, platform: &Platform, metadata: Metadata) -> Answer<Image> {
        match self.why_absent(|source| source == reference) {
            Some(Answer::Absent(absence)) => return Answer::Absent(absence),
            Some(Answer::Failed(problem)) => return Answer::Failed(problem),
            _ => {}
        }
        match (Unresolved.image(reference, platform, metadata), self.images.get(reference)) {
            (Answer::Ready(image), Some((config, record))) => {
                let (config, record) = (config.clone(), Some(record.clone()));
                Answer::Ready(Image { config, record, ..image })
            }
            (answer, _) => answer,
        }
    }

    fn context(&mut self, name: &str, platform: &Platform) -> Answer<Option<State>> {
        Unresolved.context(name, platform)
    }

    fn source(&mut self, source: Source<'_>, _: Finding, _: Span) -> Answer<()> {
        let absent = match source {
            Source::Reference(state) | Source::Commit(state) | Source::Http(state) => {
                let op = summary(&state.definition(), Detail::default());
                self.why_absent(|source| op.contains(source))
            }
            Source::Path { path, .. } => self.why_absent(|source| source == path),
        };
        absent.unwrap_or(Answer::Ready(()))
    }

    fn files(&mut self, root: &Root) -> Answer<State> {
        Unresolved.files(root)
    }

    fn file(&mut self, filesystem: &Fs, path: &str, span: Span) -> Answer<FileContent> {
        match self.contents.get(path) {
            Some(content) => Answer::Ready(content.clone()),
            None if self.contents.is_empty() => Unresolved.file(filesystem, path, span),
            None => Answer::Ready(FileContent::Missing),
        }
    }

    fn frontend(&mut self, build: &FrontendBuild, span: Span) -> Answer<Image> {
        Unresolved.frontend(build, span)
    }

    fn fingerprint(&mut self, id: &str) -> Answer<Fingerprint> {
        let found = match self.fingerprint.as_deref() {
            None => return Unresolved.fingerprint(id),
            Some("no secret") => Fingerprint::NoSecret,
            Some("no key") => Fingerprint::NoKey,
            Some("weak key") => Fingerprint::WeakKey,
            Some(problem) => return Answer::Failed(problem.to_owned()),
        };
        Answer::Ready(found)
    }

    fn archive(&mut self, archive: &Archive) -> Answer<State> {
        let writer = ArchiveWriter { own: own_program(), platform: platform(), latest: None };
        Answer::Ready(writer.state(archive))
    }

    fn normalized(&mut self, normalized: &Normalized) -> Answer<State> {
        Answer::Ready(normalize(&own_program(), normalized, &platform()))
    }

    fn snapshot(&mut self, of: &Snapshot) -> Answer<State> {
        Answer::Ready(snapshot(of, &own_program(), &platform()))
    }

    fn prime(&mut self, priming: &Priming) -> Answer<Option<Primed>> {
        Answer::Ready(prime(priming, &own_program(), &platform()))
    }
}

/// The frontend's own program.
fn own_program() -> OwnProgram {
    let reference = "docker.io/library/hlb-frontend:1".to_owned();
    let image = llb::Image { reference, ..llb::Image::default() };
    let image = llb::image(&image, &platform(), Metadata::default());
    OwnProgram::new(image.into(), "/hlb-frontend".to_owned())
}

impl Request {
    fn new() -> Self {
        Self {
            target: "default".to_owned(),
            arguments: Arguments::new(),
            no_cache: NoCache::UseCache,
            without: Vec::new(),
            detail: Detail::default(),
            imports: Vec::new(),
            platforms: Vec::new(),
        }
    }

    fn first_platform(&self) -> Platform {
        self.platforms.first().cloned().unwrap_or_else(platform)
    }

    fn of(block: &Block) -> Result<Self, String> {
        let mut request = Self::new();
        for word in block.words() {
            if let Some(cap) = word.strip_prefix('-') {
                request.without.push(cap.to_owned());
                continue;
            }
            match (word.strip_prefix('+'), word.split_once('=')) {
                (Some("digests"), _) => request.detail.digests = true,
                (Some("metadata"), _) => request.detail.metadata = true,
                (Some("capabilities"), _) => request.detail.capabilities = true,
                (Some(_), Some(("+cache-from", reference))) => {
                    request.imports.push(CacheImport::registry(reference));
                }
                (Some(_), Some(("+platform", text))) => {
                    let read = Platform::parse(text, &platform());
                    request
                        .platforms
                        .push(read.map_err(|it| format!("line {}: {it}", block.line))?);
                }
                (Some(_), _) => return Err(format!("line {}: what is `{word}`?", block.line)),
                (None, Some(("no-cache", ""))) => request.no_cache = NoCache::All,
                (None, Some(("no-cache", names))) => request.no_cache = NoCache::of_list(names),
                (None, Some((name, value))) => {
                    request.arguments.insert(name.to_owned(), value.to_owned());
                }
                (None, None) => request.target = word.to_owned(),
            }
        }
        Ok(request)
    }

    /// What the daemon can do.
    fn caps(&self) -> Caps {
        let has = |cap: &&Cap| !self.without.iter().any(|without| without == cap.id);
        let listed = |caps: &[Cap]| {
            let of =
                |cap: &Cap| ApiCap { id: cap.id.to_owned(), enabled: true, ..ApiCap::default() };
            caps.iter().filter(has).map(of).collect::<Vec<_>>()
        };
        Caps::new(&listed(BRIDGE_CAPS), &listed(LLB_CAPS))
    }
}

/// How a target is solved, for each platform.
fn plan_of(platforms: Vec<Evaluated<Product>>, request: &Request, sources: &Sources) -> String {
    let (mut works, mut results) = (Vec::new(), Vec::new());
    let (mut sections, mut preparations) = (Vec::new(), Vec::new());
    for (number, evaluated) in platforms.into_iter().enumerate() {
        let name = match request.platforms.get(number) {
            Some(platform) => format!("{} for {platform}", request.target).into(),
            None => request.target.as_str().into(),
        };
        sections.extend(evaluated.sections);
        preparations.extend(evaluated.preparations);
        let Product { result, work } = evaluated.value;
        works.push(work);
        let output = result.state.clone();
        results.push(PlanRoot { name, purpose: Purpose::Target, output });
    }
    let work = Work::Parallel(works);
    let plan = plan(&work, &results, &sections, &preparations, &request.imports);
    plan_block(&plan, &results, sources)
}

/// How the image of the result is run.
fn config(product: &Product) -> Result<String, String> {
    serde_json::to_string_pretty(&product.result.image.config)
        .map(|text| text + "\n")
        .map_err(|error| error.to_string())
}

/// What made the image of the result, a line each; what made no layer stands in brackets.
fn history(product: &Product) -> Result<String, String> {
    let json = product.result.image.to_json();
    let image: serde_json::Value = serde_json::from_slice(&json).map_err(|it| it.to_string())?;
    let entries = image.get("history").and_then(|it| it.as_array()).into_iter().flatten();
    let lines = entries.map(|entry| {
        let text = entry.get("created_by").and_then(|it| it.as_str()).unwrap_or_default();
        match entry.get("empty_layer").is_some() {
            true => format!("({text})\n"),
            false => format!("{text}\n"),
        }
    });
    Ok(lines.collect())
}
