use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hlb_eval::{Answer, Frontend, FrontendBuild, Image, ImageConfig, Pending};
use hlb_gateway::bridge::{BridgeError, Ref, Solve, SolveRequest, Solved};
use hlb_gateway::options::MainContext;
use hlb_plan::{Evaluation, Owners, Purpose, Root, What, Work, plan};
use hlb_syntax::diagnostic::Code;
use hlb_syntax::source::Span;
use llb::{CacheImport, State, foreign};
use serde_json::json;
use tracing::info;

use super::askers::Askers;
use super::execute::execute;
use super::failure::Failure;
use super::missing::explain;
use super::request::Build;
use super::together::together;
use super::usable_caches::{UsableCaches, usable_caches};

/// A frontend that would ask for the program that asks for it, or does so too often.
pub static NESTED_FRONTEND: Code = Code::error("HLB0347", "nested-frontend");

/// How many frontends of this project may ask each other: each is a container that waits for the next.
const MAX_NESTED: u32 = 8;

/// Image config in the metadata of a result, and that of its base; followed by `/` and a platform in one of several
/// (BuildKit 0.32, `exporter/containerimage/exptypes/types.go`).
const CONFIG: &str = "containerimage.config";
const BASE_CONFIG: &str = "containerimage.base.config";

/// What other frontends are asked for, each thing once.
#[derive(Default)]
pub struct FrontendAnswers {
    /// By all that is asked.
    asked: BTreeMap<String, Asked>,
}

struct Asked {
    build: FrontendBuild,
    /// Filesystems that it is given.
    inputs: Vec<State>,
    /// What asked for it first.
    span: Span,
    askers: Askers,
    found: Option<Image>,
}

impl FrontendAnswers {
    /// See [`Resolver::frontend`](hlb_eval::Resolver::frontend).
    pub fn frontend(
        &mut self,
        build: &FrontendBuild,
        span: Span,
        platform: Option<&Arc<str>>,
    ) -> Answer<Image> {
        let new = || Asked {
            build: build.clone(),
            inputs: build.inputs.values().cloned().map(State::from).collect(),
            span,
            askers: Askers::default(),
            found: None,
        };
        let asked = self.asked.entry(format!("{build:?}")).or_insert_with(new);
        asked.askers.add(platform);
        match &asked.found {
            Some(image) => Answer::Ready(image.clone()),
            None => Answer::Pending,
        }
    }

    /// What frontends are given that are not asked yet.
    pub fn open(&self) -> impl Iterator<Item = &State> {
        self.asked.values().filter(|it| it.found.is_none()).flat_map(|it| &it.inputs)
    }

    /// Forgets these frontends.
    pub fn forget_open(&mut self) {
        self.asked.retain(|_, it| it.found.is_some());
    }

    /// Asks all frontends that are not asked yet, at the same time, once the isolated sections in their inputs are solved.
    ///
    /// # Errors
    /// If one fails: at the first call that asks for it.
    pub async fn fetch(&mut self, cx: &Build<'_>, pending: &Pending) -> Result<(), Failure> {
        let explain = |failure| explain(failure, &pending.client_needs);
        let open: Vec<_> = self.asked.values_mut().filter(|it| it.found.is_none()).collect();
        if open.is_empty() {
            return Ok(());
        }
        for asked in &open {
            asked.check_nesting(cx)?;
        }
        let roots: Vec<_> = open.iter().flat_map(|asked| asked.roots()).collect();
        let caches = usable_caches(cx, &pending.sections).await?;
        let UsableCaches { sections, client, .. } = &caches;
        let plan = plan(&Work::NONE, &roots, sections, &pending.preparations, client);
        if plan.steps.iter().any(|step| !is_lazy(&step.what)) {
            execute(cx, &plan, &Owners::default()).await.map_err(explain)?;
        }
        let found = together(open.iter().map(|asked| asked.ask(cx, &caches))).await;
        for (asked, found) in open.into_iter().zip(found.map_err(explain)?) {
            asked.found = Some(found);
        }
        Ok(())
    }
}

/// Whether a step only says what there is, and builds nothing.
fn is_lazy(what: &What) -> bool {
    matches!(what, What::Solve(solve) if solve.evaluation == Evaluation::Lazy)
}

impl Asked {
    async fn ask(&self, cx: &Build<'_>, caches: &UsableCaches) -> Result<Image, Failure> {
        let Self { build, span, askers, .. } = self;
        let mut options = build.options.clone();
        let (frontend, name) = match &build.frontend {
            Frontend::Dockerfile => ("dockerfile.v0", "dockerfile"),
            Frontend::Image(source) => {
                options.entry("source".to_owned()).or_insert_with(|| source.clone());
                ("gateway.v0", "frontend")
            }
        };
        let context = askers.context(&format!("`{name}`"));
        let failed = |error| Failure::At { error, context: context.clone(), span: *span };
        if build.frontend == Frontend::Dockerfile {
            let context = match build.inputs.is_empty() {
                true => MainContext::Client,
                false => MainContext::Input,
            };
            let given = cx.options.for_dockerfile(context);
            options = given.into_iter().chain(options).collect();
        }
        let inputs = build.inputs.iter().map(|(name, it)| (name.clone(), llb::marshal(it)));
        let inputs: BTreeMap<_, _> = inputs.collect();
        let imports = self.imports(caches);
        if !imports.is_empty() && !options.contains_key("cache-from") {
            options.entry("cache-imports".to_owned()).or_insert_with(|| written(&imports));
        }
        options.extend([cx.options.nested()]);
        info!(frontend, inputs = inputs.len(), "question: frontend");
        let what = Solve::Frontend { frontend: frontend.to_owned(), options, inputs };
        let request = SolveRequest { what, cache_imports: Vec::new(), evaluate: false };
        let solved = cx.bridge.solve(request).await.map_err(failed)?;
        image(solved, build).map_err(|problem| failed(BridgeError::Malformed(problem)))
    }

    /// # Errors
    /// If the frontend would read the program that asks for it: the daemon would start one after the other.
    fn check_nesting(&self, cx: &Build<'_>) -> Result<(), Failure> {
        let file = self.build.options.get("filename");
        let is_itself = self.build.frontend == Frontend::Dockerfile
            && self.build.inputs.is_empty()
            && file == Some(&cx.file.name);
        let found = if is_itself {
            let message = format!("`dockerfile`: `{}` is the file of this program", cx.file.name);
            NESTED_FRONTEND
                .at(self.span, message)
                .help("name the Dockerfile with the option `file`")
        } else if cx.options.nesting() >= MAX_NESTED {
            let message = format!("more than {MAX_NESTED} programs are built for each other");
            NESTED_FRONTEND
                .at(self.span, message)
                .help("look for a Dockerfile whose `# syntax=` leads back here")
        } else {
            return Ok(());
        };
        Err(vec![found].into())
    }

    /// The inputs.
    fn roots(&self) -> impl Iterator<Item = Root> {
        self.build.inputs.iter().map(|(name, output)| Root {
            name: format!("input `{name}`").into(),
            purpose: Purpose::Question(self.span),
            output: output.clone().into(),
        })
    }

    /// The caches of the client and of the sections in the inputs, without those that are isolated.
    ///
    /// They go into the options of the frontend: the daemon ignores those of a request for one.
    fn imports(&self, caches: &UsableCaches) -> Vec<CacheImport> {
        let roots: Vec<_> = self.roots().collect();
        let plan = plan(&Work::NONE, &roots, &caches.sections, &[], &caches.client);
        let of_inputs = plan.steps.iter().filter_map(|step| match &step.what {
            What::Solve(solve) if is_lazy(&step.what) => Some(&solve.imports),
            _ => None,
        });
        let mut imports: Vec<_> = of_inputs.flatten().cloned().collect();
        imports.extend(caches.client.iter().cloned());
        let mut seen = BTreeSet::new();
        imports.retain(|import| seen.insert(written(std::slice::from_ref(import))));
        imports
    }
}

/// Cache imports as an option has them.
fn written(imports: &[CacheImport]) -> String {
    let entries = imports.iter().map(|it| json!({ "Type": it.kind, "Attrs": it.attrs }));
    serde_json::Value::Array(entries.collect()).to_string()
}

/// What a frontend made: its definition, of which nothing is solved yet, and its configuration.
///
/// # Errors
/// Why it can't be used.
fn image(solved: Solved, build: &FrontendBuild) -> Result<Image, String> {
    let Solved { reference, references, metadata } = solved;
    let id = build.platform.to_string();
    let (reference, suffix): (Ref, String) = match references.get(&id) {
        Some(of_platform) => (of_platform.clone(), format!("/{id}")),
        None if references.is_empty() => (reference, String::new()),
        None => return Err(format!("the frontend gives nothing for platform {id}")),
    };
    let state = match &reference.definition {
        Some(definition) => foreign(definition).map_err(|error| error.to_string())?,
        None if reference.is_scratch() => State::Scratch,
        None => return Err("a frontend's result without a definition".to_owned()),
    };
    let metadata = |key: &str| metadata.get(&format!("{key}{suffix}")).map(Vec::as_slice);
    let config = match metadata(CONFIG) {
        None => ImageConfig::empty(&build.platform),
        Some(json) => ImageConfig::of_build(json, metadata(BASE_CONFIG), &build.platform)
            .map_err(|error| format!("image config: {error}"))?,
    };
    Ok(Image { state, config, record: None })
}
