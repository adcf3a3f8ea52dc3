//! Cache mounts that survive the daemon: what an empty one starts from, and what is in one after a command.

use std::sync::Arc;

use hlb_plan::{Condition, Preparation, Purpose, Root};
use hlb_program::builtin::{Effect, Kind, Param, Signature};
use hlb_program::program::AliasId;
use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use llb::{CacheMount, Edge, ExecOutputs, Metadata, Mount, MountKind, NoCache, State};

use crate::candidate::Waits;
use crate::limit::{Charged, Exceeded};
use crate::own_program::no_own_program;
use crate::{Absence, Answer, Builtin, Call, Cx, Fs, Lower, OptionCall, Value};

pub(super) static ROWS: &[&Builtin] = &[&SEED];

/// What an alias of a `cacheMount` is.
pub const SNAPSHOT: Effect =
    Effect::new("snapshot", Kind::Fs, "what is in the directory after the command");

static SEED: Builtin = Builtin::extension(
    Signature::new(
        Kind::option("cacheMount"),
        "seed",
        const { &[Param::new("primed", Kind::Fs, "what the directory has at first")] },
        "Fills the directory if it is empty, before the command may run: on a daemon that never had it, or no longer \
         has it. Only then is the filesystem pulled or built. It is no part of any cache key.",
    ),
    Lower::Option,
);

/// A snapshot of a cache after a command that leaves nothing behind.
pub static NO_SNAPSHOT: Code = Code::error("HLB0376", "no-snapshot");
/// One cache with two seeds.
pub static SEED_CONFLICT: Code = Code::error("HLB0377", "seed-conflict");

/// A cache as it is after a step.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub cache: CacheMount,
    /// What the snapshot is written over: what is the same there is not written again.
    pub base: State,
    /// An output of the step.
    pub after: Edge,
    /// What no other build has, if the step runs although the cache has its result.
    pub nonce: Option<Arc<str>>,
    pub metadata: Metadata,
}

/// Something that an empty cache is to be filled with.
#[derive(Clone, Debug)]
pub struct Priming {
    pub cache: CacheMount,
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
}

/// A cache mount with a seed, or with a name for what is in it afterwards.
pub struct PortableCache {
    /// Its place among the mounts.
    index: usize,
    seed: Option<Seed>,
    aliases: Vec<AliasId>,
    /// What a snapshot is written over, unless there is a seed.
    input: Option<Arc<Fs>>,
    /// Where the program mounts it, and where it names it.
    span: Span,
    as_span: Span,
}

struct Seed {
    fs: Arc<Fs>,
    span: Span,
}

impl PortableCache {
    /// What an option says besides that a cache is mounted, if it does.
    pub fn of(setting: &OptionCall, index: usize, input: Option<Arc<Fs>>) -> Option<Self> {
        let seed = setting.option_call(&SEED).and_then(|option| {
            let fs = option.fs("primed")?.clone();
            Some(Seed { fs, span: option.span_of("primed") })
        });
        let aliases: Vec<_> = setting.aliases.iter().map(|(_, alias)| *alias).collect();
        (seed.is_some() || !aliases.is_empty()).then(|| Self {
            index,
            seed,
            aliases,
            input,
            span: setting.name_span,
            as_span: setting.as_span.unwrap_or(setting.span),
        })
    }

    /// The mount, of all those of the step.
    pub fn mount(&self, mounts: &[Mount]) -> Option<CacheMount> {
        match &mounts.get(self.index)?.kind {
            MountKind::Cache(cache) => Some(cache.clone()),
            _ => None,
        }
    }

    /// Has the cache filled before the step may run, and gives its aliases what is in it afterwards.
    ///
    /// # Errors
    /// If this program can't be run in a step, or the step has no output.
    pub fn bind(
        &self,
        cx: &mut Cx<'_>,
        call: &Call,
        cache: CacheMount,
        outputs: &ExecOutputs,
    ) -> Result<(), Diagnostic> {
        if let Some(seed) = &self.seed {
            self.prime(cx, seed, &cache, outputs)?;
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
        let base = self.seed.as_ref().map(|seed| &seed.fs).or(self.input.as_ref());
        let mut fs = match base {
            Some(base) => Fs { image: base.image.clone(), ..Fs::scratch(&base.platform) },
            None => cx.scratch(),
        };
        charge(cx, self.span)?;
        let is_fresh = cx.host.settings.no_cache == NoCache::All;
        let snapshot = Snapshot {
            // A part of a filesystem is nothing that another can be written over.
            base: match base {
                Some(base) if self.seed.is_some() || cache.selector.is_empty() => {
                    base.state.clone()
                }
                _ => State::Scratch,
            },
            after,
            nonce: is_fresh.then(|| cx.host.settings.nonce.as_str().into()),
            metadata: metadata(
                cx,
                self.as_span,
                &format!("snapshot of cache {:?}", name(cx, &cache)),
            ),
            cache,
        };
        fs.state = match cx.snapshot(&snapshot) {
            Answer::Ready(state) => state,
            Answer::Pending => return Ok(()),
            Answer::Failed(problem) | Answer::Absent(Absence { problem, .. }) => {
                return Err(no_own_program(self.as_span, "the cache can't be copied", &problem));
            }
        };
        for alias in &self.aliases {
            cx.bind(*alias, Value::Fs(Arc::new(fs.clone())));
        }
        Ok(())
    }

    /// A build without any cache empties the cache right before the command, so there is no use in filling it.
    fn prime(
        &self,
        cx: &mut Cx<'_>,
        seed: &Seed,
        cache: &CacheMount,
        outputs: &ExecOutputs,
    ) -> Result<(), Diagnostic> {
        if seed.fs.state == State::Scratch || cx.host.settings.no_cache == NoCache::All {
            return Ok(());
        }
        charge(cx, seed.span)?;
        let name = name(cx, cache);
        self.check_conflict(cx, seed, cache, &name)?;
        let priming = Priming {
            cache: cache.clone(),
            seed: seed.fs.state.clone(),
            nonce: cx.host.settings.nonce.as_str().into(),
            metadata: metadata(cx, seed.span, &format!("prime cache {name:?}")),
            question_metadata: metadata(cx, seed.span, &format!("look at cache {name:?}")),
        };
        match cx.prime(&priming) {
            Answer::Ready(Some(Primed { output, condition })) => {
                cx.output.preparations.push(Preparation {
                    of: outputs.vertex.clone(),
                    root: Root {
                        name: format!("seed of cache `{name}`").into(),
                        purpose: Purpose::Preparation(seed.span),
                        output: output.into(),
                    },
                    condition,
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
        cache: &CacheMount,
        name: &str,
    ) -> Result<(), Diagnostic> {
        // While something is asked, what is not known yet may look like something else.
        let (Some(state), false) = (seed.fs.state.edge(), cx.output.waits != Waits::Nothing) else {
            return Ok(());
        };
        // Each input has a directory of its own.
        let key = format!("{} {:?} {}", cache.id, cache.input.edge(), cache.selector);
        match cx.output.cache_seeds.get(&*key) {
            Some((known, place)) if known != state => Err(SEED_CONFLICT
                .at(seed.span, format!("cache `{name}` has two seeds"))
                .label(*place, "the other one is here")
                .help("give it the same seed everywhere, or another id here")),
            _ => {
                cx.output.cache_seeds.insert_mut(key.into(), (state.clone(), seed.span));
                Ok(())
            }
        }
    }
}

/// The id of a cache as the program has it.
fn name(cx: &Cx<'_>, cache: &CacheMount) -> String {
    let namespace = cx.host.settings.cache_id("");
    cache.id.strip_prefix(&namespace).unwrap_or(&cache.id).to_owned()
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
