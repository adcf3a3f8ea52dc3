//! Build caches in filesystems, each served as a registry from a container until the build is over.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hlb_gateway::bridge::{BridgeError, Ref};
use hlb_gateway::container::{
    Container, ContainerMount, ContainerMountKind, ContainerRequest, NoLine, Running, random_id,
};
use hlb_plan::Layout;
use hlb_program::lint::UNUSABLE_LAYOUT;
use llb::{CacheImport, NetMode};
use tokio::sync::OnceCell;
use tracing::info;

use super::cache_permission::Obstacle;
use super::failure::Failure;
use super::request::Build;
use super::run::{Wanted, run};
use super::usable_caches::UsableCaches;
use crate::internal::{LAYOUT, LAYOUT_SERVER, OwnProgram, Served};

/// Every layout that is served.
#[derive(Default)]
pub struct Layouts {
    servers: Mutex<BTreeMap<Key, Arc<OnceCell<Server>>>>,
}

/// Vertex and tag of a layout.
type Key = (String, Option<Arc<str>>);

struct Server {
    served: Result<CacheImport, String>,
    /// Ends with the build.
    _container: Option<(Container, Running)>,
}

/// How long a server may take to read all of a layout: half a minute for ten gigabytes, and more where a disk is slow.
const LONGEST: Duration = Duration::from_secs(300);

impl Layouts {
    /// The import from a layout, which is solved and served unless it is already.
    ///
    /// # Errors
    /// If the layout can't be made. What keeps it from being served is an obstacle of its own.
    pub async fn served(
        &self,
        cx: &Build<'_>,
        layout: &Layout,
        caches: &UsableCaches,
    ) -> Result<Result<CacheImport, Obstacle>, Failure> {
        let key = (layout.root.output.edge().map(ToString::to_string), layout.tag.clone());
        let (Some(edge), tag) = key else { return Ok(Err(unusable("it is empty"))) };
        let server = {
            let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
            servers.entry((edge, tag)).or_default().clone()
        };
        let server = server.get_or_try_init(|| start(cx, layout, caches)).await?;
        Ok(server.served.clone().map_err(|problem| unusable(&problem)))
    }
}

fn unusable(problem: &str) -> Obstacle {
    let problem = format!("build cache in a filesystem: {problem}");
    Obstacle { code: &UNUSABLE_LAYOUT, problem, help: None }
}

async fn start(cx: &Build<'_>, layout: &Layout, caches: &UsableCaches) -> Result<Server, Failure> {
    let wanted = Wanted { work: layout.work.clone(), result: layout.root.clone() };
    let references = run(cx, vec![wanted], caches, &[], &[]).await?;
    let reference = references.into_iter().next().unwrap_or_default();
    let serving = tokio::time::timeout(LONGEST, serve(cx, reference, layout.tag.as_deref()));
    let (served, container) = match serving.await {
        Ok(Ok((Served::At(reference), container))) => (Ok(import(reference)), Some(container)),
        Ok(Ok((Served::Unusable(problem), _))) => (Err(problem), None),
        Ok(Err(problem)) => (Err(problem), None),
        Err(_) => (Err(format!("it is not read within {} s", LONGEST.as_secs())), None),
    };
    info!(ok = served.is_ok(), "layout served");
    Ok(Server { served, _container: container })
}

/// A cache of such a server, which speaks plain HTTP.
fn import(reference: String) -> CacheImport {
    let mut import = CacheImport::registry(&reference);
    import.attrs.insert("registry.insecure".to_owned(), "true".to_owned());
    import
}

async fn serve(
    cx: &Build<'_>,
    layout: Ref,
    tag: Option<&str>,
) -> Result<(Served, (Container, Running)), String> {
    let own = OwnProgram::find(cx.options).map_err(|error| error.to_string())?;
    let said = |error: BridgeError| error.to_string();
    let root = own.root(cx.bridge).await.map_err(said)?;
    let kind = ContainerMountKind::Readonly(layout);
    let mounts = vec![ContainerMount { dest: LAYOUT.to_owned(), kind }];
    let request = ContainerRequest { root, mounts, network: NetMode::Unset };
    let container = Container::start(cx.bridge, request).await.map_err(said)?;
    let name = random_id().map_err(said)?;
    let arguments = [Some(&*name), tag].into_iter().flatten().collect::<Vec<_>>();
    let running = container.exec(own.process(&LAYOUT_SERVER, &arguments)).await;
    let mut running = running.map_err(said)?;
    let line = running.line().await.map_err(|error: NoLine| error.to_string())?;
    let served = serde_json::from_str(&line).map_err(|error| error.to_string())?;
    Ok((served, (container, running)))
}
