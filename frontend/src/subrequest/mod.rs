//! Subrequests: what a client asks in place of a build, with `docker buildx build --call=NAME`.
//!
//! In: the frontend options and a bridge. Out: a result that is text alone, once for programs and once for eyes. A
//! request is a row of one table and a file of its own; nothing is built for any. Start at [`handle`].

mod builtins;
mod cache;
mod describe;
mod document;
mod fmt;
mod graph;
mod lint;
mod outline;
mod prune;
mod reads;
mod reply;
mod targets;

use std::future::Future;
use std::pin::Pin;

use gateway_proto::{frontend, rpc};

use crate::solve::{self, Build, Failure, Outcome, ResolveCache, load};
use hlb_gateway::bridge::Bridge;
use hlb_gateway::options::Options;
use hlb_gateway::report::{refuse_cap, refuse_request};
use hlb_program::program::Program;
use hlb_syntax::diagnostic::Code;
use hlb_syntax::source::Sources;
use reply::Reply;

/// Something that a client can ask for.
struct Subrequest {
    /// With `frontend.` before what the client's user types.
    name: &'static str,
    /// Of the form of the answer.
    version: &'static str,
    /// A verb phrase without a full stop.
    description: &'static str,
    /// The frontend options that it looks at, each with what it is.
    options: &'static [(&'static str, &'static str)],
    /// Whether the answer has an exit code for the client.
    has_status: bool,
    answer: for<'a> fn(&'a dyn Bridge, &'a Options, &'a mut Sources) -> PendingReply<'a>,
}

type PendingReply<'a> = Pin<Box<dyn Future<Output = Result<Reply, Failure>> + Send + 'a>>;

/// All of them. BuildKit 0.32, `frontend/subrequests`, has the names that are not of HLB, and what clients expect of each;
/// of the others they print `result.txt`, or with `format=json` the JSON (buildx 0.13 to 0.29, `commands/build.go`).
static ALL: &[&Subrequest] = &[
    &outline::OUTLINE,
    &targets::TARGETS,
    &lint::LINT,
    &graph::GRAPH,
    &cache::CACHE,
    &fmt::FMT,
    &builtins::BUILTINS,
    &describe::DESCRIBE,
];

/// Every rule of this module.
pub static CODES: &[&Code] = &[&fmt::UNPRINTABLE_FILE];

/// The `target` option, for a request that is about one.
const TARGET: (&str, &str) = ("target", "Target of the program");

/// Answers the subrequest that the options ask for, or builds.
pub fn handle<'a>(bridge: &'a dyn Bridge, options: &'a Options) -> Outcome<'a> {
    Box::pin(async move {
        match &options.request {
            None => solve::build(bridge, options).await,
            Some(name) => answer(bridge, options, name).await,
        }
    })
}

async fn answer(
    bridge: &dyn Bridge,
    options: &Options,
    name: &str,
) -> Result<frontend::Result, rpc::Status> {
    let names: Vec<&str> = ALL.iter().map(|request| request.name).collect();
    if let Some(refusal) = refuse_cap(options).or_else(|| refuse_request(options, &names)) {
        return Err(refusal);
    }
    let mut sources = Sources::default();
    let mut result = frontend::Result::default();
    for request in ALL.iter().filter(|request| request.name == name) {
        let reply = (request.answer)(bridge, options, &mut sources).await;
        let reply = reply.map_err(|failure| failure.into_status(&sources))?;
        result.metadata = reply.metadata(request.version);
    }
    Ok(result)
}

/// The program that a subrequest describes the target of, loaded and free of errors.
async fn described<'b>(
    bridge: &'b dyn Bridge,
    options: &'b Options,
    sources: &mut Sources,
) -> Result<(Build<'b>, ResolveCache, Program), Failure> {
    let cx = Build::new(bridge, options).await?;
    let mut answers = ResolveCache::for_description();
    let program = load(&cx, &mut answers, sources).await?;
    Ok((cx, answers, program))
}
