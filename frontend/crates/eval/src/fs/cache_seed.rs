//! Cache mounts that survive the daemon: what an empty one starts from, and what is in one after a command.

use std::sync::Arc;

use hlb_plan::{Condition, Preparation, Purpose, Root};
use hlb_program::builtin::{Effect, Kind, Param, Signature};
use hlb_program::program::AliasId;
use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use llb::{CacheMount, Edge, ExecOutputs, Metadata, Mount, MountKind, NoCache, State};

use super::image::check_reference;
use crate::candidate::Waits;
use crate::limit::{Charged, Exceeded};
use crate::own_program::no_own_program;
use crate::{Absence, Answer, Builtin, Call, Cx, Fs, Lower, OptionCall, Value};

pub(super) static ROWS: &[&Builtin] = &[&SEED, &PORTABLE, &TOOL_SEED, &TOOL_PORTABLE];

/// What an alias of a `cacheMount` is.
pub const SNAPSHOT: Effect =
    Effect::new("snapshot", Kind::Fs, "what is in the directory after the command");

/// What an alias of a `toolCache` is.
pub const TOOL_SNAPSHOT: Effect = Effect::new(
    "snapshot",
    Kind::Fs,
    "what is in the cache after the command; of a tool with several directories, it has each under its name",
);

pub static SEED: Builtin = seed_of(
    "cacheMount",
    const { &[Param::new("primed", Kind::Fs, "what the directory has at first")] },
    "Fills the directory if it is empty, before the command may run: on a daemon that never had it, or no longer \
     has it. Only then is the filesystem pulled or built. It is no part of any cache key.",
);

pub static TOOL_SEED: Builtin = seed_of(
    "toolCache",
    const {
        &[Param::new(
            "primed",
            Kind::Fs,
            "what the cache has at first; of a tool with several directories, it has each under its name",
        )]
    },
    "Fills those directories of the tool that are empty, before the command may run: on a daemon that never had them, or no \
     longer has them. Only then is the filesystem pulled or built. It is no part of any cache key.",
);

const fn seed_of(builtin: &'static str, params: &'static [Param], doc: &'static str) -> Builtin {
    Builtin::extension(Signature::new(Kind::option(builtin), "seed", params, doc), Lower::Option)
}

static PORTABLE: Builtin = portable("cacheMount", &SEED);
static TOOL_PORTABLE: Builtin = portable("toolCache", &TOOL_SEED);

const fn portable(builtin: &'static str, seed: &'static Builtin) -> Builtin {
    let params = const {
        &[Param::new("ref", Kind::String, "the image that the cache is published as")
            .checked_by(check_reference)]
    };
    let doc = "Short for `seed` with an image, or with nothing while there is no such image. It does not publish: name the cache \
               after the command with `as`, return it from a target, and push that to the same reference.";
    let signature = Signature::new(Kind::option(builtin), "portable", params, doc);
    Builtin::extension(signature, Lower::Portable(seed))
}

/// A snapshot of a cache after a command that leaves nothing behind.
pub static NO_SNAPSHOT: Code = Code::error("HLB0376", "no-snapshot");
/// One cache with two seeds.
pub static SEED_CONFLICT: Code = Code::error("HLB0377", "seed-conflict");

/// A directory of a cache.
#[derive(Clone, Debug)]
pub struct CacheDirectory {
    /// What it is called in a seed and a snapshot; empty if it is all that these have.
    pub name: &'static str,
    pub mount: CacheMount,
}

/// Most layers that a snapshot is written over: with more, it is written as a whole, in one layer.
const MAX_LAYERS: usize = 8;

/// A cache as it is after a step.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub directories: Vec<CacheDirectory>,
    /// What the snapshot is written over: what is the same there is not written again.
    pub base: State,
    /// What it is if the cache is empty; scratch if that is what it is written over.
    pub instead: State,
    /// An output of the step.
    pub after: Edge,
    /// What no other build has, if the step runs although the cache has its result.
    pub nonce: Option<Arc<str>>,
    pub metadata: Metadata,
}

/// Something that an empty cache is to be filled with.
#[derive(Clone, Debug)]
pub struct Priming {
    pub directories: Vec<CacheDirectory>,
    pub seed: State,
    /// What no other build has.
    pub nonce: Arc<str>,
    /// Of the step that fills the cache.
    pub metadata: Metadata,
    /// Of the step that looks whether it is empty.
    pub question_metadata: Metadata,
}

/// The steps that fill a cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Primed {
    pub output: Edge,
    pub condition: Condition,
    /// See [`Preparation::report`].
    pub report: Arc<str>,
}

/// A cache with a seed, or with a name for what is in it afterwards.
pub struct PortableCache {
    places: Vec<Place>,
    seed: Option<Seed>,
    aliases: Vec<AliasId>,
    /// What a snapshot is written over, unless there is a seed.
    input: Option<Arc<Fs>>,
    /// Where the program mounts it, and where it names it.
    span: Span,
    as_span: Span,
}

/// Where a directory of a cache is among the mounts, and what it is called in a seed.
pub struct Place {
    pub name: &'static str,
    pub index: usize,
}

struct Seed {
    fs: Arc<Fs>,
    span: Span,
}

/// What the directory of a cache begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedOfDirectory {
    seed: Edge,
    name: &'static str,
}

impl PortableCache {
    /// What an option says besides that a cache is mounted, if it does; `row` is that of its seed.
    pub fn of(
        setting: &OptionCall,
        row: &'static Builtin,
        places: Vec<Place>,
        input: Option<Arc<Fs>>,
    ) -> Option<Self> {
        let seed = setting.option_call(row).and_then(|option| {
            let fs = option.fs("primed")?.clone();
            Some(Seed { fs, span: option.span_of("primed") })
        });
        let aliases: Vec<_> = setting.aliases.iter().map(|(_, alias)| *alias).collect();
        (seed.is_some() || !aliases.is_empty()).then(|| Self {
            places,
            seed,
            aliases,
            input,
            span: setting.name_span,
            as_span: setting.as_span.unwrap_or(setting.span),
        })
    }

    /// Its directories, of all mounts of the step.
    pub fn directories(&self, mounts: &[Mount]) -> Vec<CacheDirectory> {
        let directory = |place: &Place| match &mounts.get(place.index)?.kind {
            MountKind::Cache(mount) => {
                Some(CacheDirectory { name: place.name, mount: mount.clone() })
            }
            _ => None,
        };
        self.places.iter().filter_map(directory).collect()
    }

    /// Has the cache filled before the step may run, and gives its aliases what is in it afterwards.
    ///
    /// # Errors
    /// If this program can't be run in a step, or the step has no output.
    pub fn bind(
        &self,
        cx: &mut Cx<'_>,
        call: &Call,
        directories: Vec<CacheDirectory>,
        outputs: &ExecOutputs,
    ) -> Result<(), Diagnostic> {
        if let Some(seed) = &self.seed {
            self.prime(cx, seed, &directories, outputs)?;
        }
        if self.aliases.is_empty() {
            return Ok(());
        }
        let Some(after) = outputs.first() else {
            return Err(NO_SNAPSHOT
                .at(
                    self.as_span,
                    "a command that leaves no filesystem behind has no snapshot of a cache",
                )
                .label(call.name_span, "nothing of this command is kept")
                .help("leave out `readonlyRootfs`, or bind a mount that the command writes to"));
        };
        charge(cx, self.span)?;
        let Some(fs) = self.snapshot(cx, after, directories)? else { return Ok(()) };
        for alias in &self.aliases {
            cx.bind(*alias, Value::Fs(Arc::new(fs.clone())));
        }
        Ok(())
    }

    /// What is in the cache after a step that has an output; nothing while that is not known.
    fn snapshot(
        &self,
        cx: &mut Cx<'_>,
        after: Edge,
        directories: Vec<CacheDirectory>,
    ) -> Result<Option<Fs>, Diagnostic> {
        let first = self.seed.as_ref().map(|seed| &seed.fs).or(self.input.as_ref());
        let mut fs = match first {
            Some(first) => Fs { image: first.image.clone(), ..Fs::scratch(&first.platform) },
            None => cx.scratch(),
        };
        // A part of a filesystem is nothing that another can be written over.
        let is_whole = |it: &CacheDirectory| it.mount.selector.is_empty();
        let first = first.filter(|_| self.seed.is_some() || directories.iter().all(is_whole));
        let first = first.map_or(State::Scratch, |first| first.state.clone());
        let (base, instead) = match fs.image.layer_count() > MAX_LAYERS {
            false => (first, State::Scratch),
            true => {
                fs.image = fs.image.flattened(&fs.platform);
                (State::Scratch, first)
            }
        };
        let is_fresh = cx.host.settings.no_cache == NoCache::All;
        let text = format!("snapshot of cache {:?}", name(cx, &directories));
        let snapshot = Snapshot {
            base,
            instead,
            after,
            nonce: is_fresh.then(|| cx.host.settings.nonce.as_str().into()),
            metadata: metadata(cx, self.as_span, &text),
            directories,
        };
        match cx.snapshot(&snapshot) {
            Answer::Ready(state) => Ok(Some(Fs { state, ..fs })),
            Answer::Pending => Ok(None),
            Answer::Failed(problem) | Answer::Absent(Absence { problem, .. }) => {
                Err(no_own_program(self.as_span, "the cache can't be copied", &problem))
            }
        }
    }

    /// A build without any cache empties the cache right before the command, so there is no use in filling it.
    fn prime(
        &self,
        cx: &mut Cx<'_>,
        seed: &Seed,
        directories: &[CacheDirectory],
        outputs: &ExecOutputs,
    ) -> Result<(), Diagnostic> {
        if seed.fs.state == State::Scratch || cx.host.settings.no_cache == NoCache::All {
            return Ok(());
        }
        charge(cx, seed.span)?;
        let name = name(cx, directories);
        for directory in directories {
            self.check_conflict(cx, seed, directory)?;
        }
        let priming = Priming {
            directories: directories.to_vec(),
            seed: seed.fs.state.clone(),
            nonce: cx.host.settings.nonce.as_str().into(),
            metadata: metadata(cx, seed.span, &format!("prime cache {name:?}")),
            question_metadata: metadata(cx, seed.span, &format!("look at cache {name:?}")),
        };
        match cx.prime(&priming) {
            Answer::Ready(Some(Primed { output, condition, report })) => {
                cx.output.preparations.push(Preparation {
                    of: outputs.vertex.clone(),
                    root: Root {
                        name: format!("seed of cache `{name}`").into(),
                        purpose: Purpose::Preparation(seed.span),
                        output: output.into(),
                    },
                    condition,
                    report,
                });
                Ok(())
            }
            Answer::Ready(None) | Answer::Pending => Ok(()),
            Answer::Failed(problem) | Answer::Absent(Absence { problem, .. }) => {
                Err(no_own_program(seed.span, "the cache can't be filled", &problem))
            }
        }
    }

    /// Two seeds of one cache would race.
    fn check_conflict(
        &self,
        cx: &mut Cx<'_>,
        seed: &Seed,
        CacheDirectory { name, mount }: &CacheDirectory,
    ) -> Result<(), Diagnostic> {
        // While something is asked, what is not known yet may look like something else.
        let (Some(state), false) = (seed.fs.state.edge(), cx.output.waits != Waits::Nothing) else {
            return Ok(());
        };
        // Each input has a directory of its own.
        let key = format!("{} {:?} {}", mount.id, mount.input.edge(), mount.selector);
        let own = SeedOfDirectory { seed: state.clone(), name };
        match cx.output.cache_seeds.get(&*key) {
            Some((known, place)) if *known != own => Err(SEED_CONFLICT
                .at(seed.span, format!("cache `{}` has two seeds", id(cx, mount)))
                .label(*place, "the other one is here")
                .help("give it the same seed everywhere, or another id here")),
            _ => {
                cx.output.cache_seeds.insert_mut(key.into(), (own, seed.span));
                Ok(())
            }
        }
    }
}

/// What a cache is called: by its ids.
fn name(cx: &Cx<'_>, directories: &[CacheDirectory]) -> String {
    let ids: Vec<_> = directories.iter().map(|it| id(cx, &it.mount)).collect();
    ids.join(", ")
}

/// The id of a cache mount as the program has it.
fn id<'c>(cx: &Cx<'_>, mount: &'c CacheMount) -> &'c str {
    let namespace = cx.host.settings.cache_id("");
    mount.id.strip_prefix(&namespace).unwrap_or(&mount.id)
}

/// That of a step of this program itself. With the flag of a step that is to use no cache, the daemon would empty the
/// cache.
fn metadata(cx: &Cx<'_>, span: Span, text: &str) -> Metadata {
    Metadata { ignore_cache: false, ..cx.internal_metadata(span, text) }
}

/// About what a step of this program takes of a definition, in bytes.
const STEP_BYTES: u64 = 512;

fn charge(cx: &mut Cx<'_>, span: Span) -> Result<(), Diagnostic> {
    match cx.output.budget.charge(STEP_BYTES, Charged::Op, span) {
        Err(Exceeded(error)) => error.map_or(Ok(()), Err),
        Ok(()) => Ok(()),
    }
}
