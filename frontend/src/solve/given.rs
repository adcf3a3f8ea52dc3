use std::collections::BTreeMap;

use hlb_eval::{Answer, Needs};
use hlb_gateway::bridge::Bridge;
use hlb_gateway::concurrent;
use hlb_gateway::container::{ContainerMountKind, is_given};
use llb::{SecretMount, SshMount};
use tracing::info;

/// What of the client a program can do without.
pub enum Given {
    /// Whether the client gives it: each is asked for once.
    Asked(BTreeMap<(Needs, String), Option<bool>>),
    /// All of it, as for a description of what a program can use.
    Assumed,
}

impl Default for Given {
    fn default() -> Self {
        Self::Asked(BTreeMap::new())
    }
}

impl Given {
    /// Whether the client gives it, if that is known.
    pub fn answer(&mut self, what: Needs, id: &str) -> Answer<bool> {
        let Self::Asked(all) = self else { return Answer::Ready(true) };
        match all.entry((what, id.to_owned())).or_default() {
            None => Answer::Pending,
            Some(given) => Answer::Ready(*given),
        }
    }

    /// Asks for everything that is not known yet.
    ///
    /// A daemon that can't say is one that has to do with what the program says.
    pub async fn fetch(&mut self, bridge: &dyn Bridge) {
        let Self::Asked(all) = self else { return };
        let open: Vec<_> =
            all.iter().filter(|(_, it)| it.is_none()).map(|(it, _)| it.clone()).collect();
        let ask = |(what, id): &(Needs, String)| {
            let mount = mount(*what, id);
            async move {
                match mount {
                    Some(mount) => is_given(bridge, mount).await.unwrap_or(true),
                    None => true,
                }
            }
        };
        let asked = concurrent::all(open.iter().map(ask)).await;
        for ((what, id), given) in open.into_iter().zip(asked) {
            info!(%what, id, given, "question: what the client gives");
            all.insert((what, id), Some(given));
        }
    }
}

/// The mount that fails without it, if it is mounted.
fn mount(what: Needs, id: &str) -> Option<ContainerMountKind> {
    let id = id.to_owned();
    match what {
        Needs::Secret | Needs::SourceSecret => {
            Some(ContainerMountKind::Secret(SecretMount { id, ..SecretMount::default() }))
        }
        Needs::Agent | Needs::Socket => {
            Some(ContainerMountKind::Ssh(SshMount { id, ..SshMount::default() }))
        }
        Needs::Entitlement | Needs::Device => None,
    }
}
