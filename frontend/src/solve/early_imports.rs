//! Build caches that the daemon reads while it is still evaluated what is to be solved.

use std::collections::HashSet;
use std::mem;
use std::sync::{Mutex, PoisonError};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use gateway_proto::pb;
use hlb_eval::Pending;
use hlb_gateway::bridge::SolveRequest;
use hlb_gateway::options::{ImportPolicy, Options};
use hlb_plan::Import;
use llb::CacheImport;
use tokio::sync::Notify;
use tracing::info;

use super::cache_permission::{allowed, permitted};
use super::request::Build;

/// The caches that a build will import as far as it is evaluated, each of which is there sooner then.
#[derive(Default)]
pub struct EarlyImports {
    known: Mutex<Known>,
    has_more: Notify,
}

#[derive(Default)]
struct Known {
    all: HashSet<CacheImport>,
    /// Those that nobody has begun to import.
    waiting: Vec<CacheImport>,
}

impl EarlyImports {
    /// Takes note of the caches of sections, as the client lets them be imported; others are reported later.
    pub fn add_of(&self, options: &Options, pending: &Pending) {
        let sections = pending.sections.iter().flat_map(|section| &section.imports);
        let imports = sections.chain(&pending.early_imports);
        let permitted = |Import { cache, origin, .. }: &Import| {
            permitted(options, cache, origin.as_deref()).ok()
        };
        self.add(options, imports.filter_map(permitted));
    }

    fn add(&self, options: &Options, imports: impl Iterator<Item = CacheImport>) {
        if options.import_policy == ImportPolicy::Off {
            return;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for cache in imports {
            if known.all.insert(cache.clone()) {
                known.waiting.push(cache);
            }
        }
        self.has_more.notify_one();
    }

    fn take(&self) -> Vec<CacheImport> {
        mem::take(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner).waiting)
    }
}

/// Has the daemon import caches while something else is done: the client's own, and those that turn up. Only the other thing is
/// waited for.
pub async fn beside_imports<T>(cx: &Build<'_>, work: impl Future<Output = T>) -> T {
    let clients = cx.options.cache_imports.iter();
    cx.early_imports.add(cx.options, clients.filter_map(|cache| allowed(cx.options, cache).ok()));
    // Boxed: it is large, and every future that it is in would be as well.
    let mut work = Box::pin(work);
    let mut running = FuturesUnordered::new();
    loop {
        running.extend(cx.early_imports.take().into_iter().map(|cache| begin(cx, cache)));
        tokio::select! {
            // What is looked up is known before a host is asked.
            biased;
            done = &mut work => return done,
            Some(()) = running.next() => {}
            () = cx.early_imports.has_more.notified() => {}
        }
    }
}

/// Begins to import a cache, if its host answers: the daemon does not give up an import.
///
/// A daemon begins with the imports of a solve before it looks at the definition (BuildKit 0.13 to 0.33,
/// `solver/llbsolver/bridge.go`, `loadResult`), and keeps them for the whole build. So the definition is one that it can't
/// read: nothing is solved, and no scheduler waits for the cache.
async fn begin(cx: &Build<'_>, cache: CacheImport) {
    if !cx.cache_hosts.answers(cx.bridge, cx.options, &cache).await {
        return;
    }
    info!(cache = cache.name(), "early import");
    let unreadable = pb::Definition { def: vec![vec![0xff]], ..Default::default() };
    let request =
        SolveRequest { cache_imports: vec![cache], ..SolveRequest::evaluated(unreadable) };
    // It is an error in any case.
    drop(cx.bridge.solve(request).await);
}
