use std::fmt;
use std::sync::Arc;

use hlb_syntax::source::Span;

/// Something of the client's without which a step fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientNeed {
    /// The digest of the step's vertex.
    pub vertex: Arc<str>,
    pub needed: Needed,
}

/// What a program says that it needs of the client, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    pub what: Needs,
    pub id: String,
    pub span: Span,
}

/// The kinds of things that a client gives to a build by their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// A secret of a command.
    Secret,
    /// A secret that a source sends.
    SourceSecret,
    /// An SSH agent.
    Agent,
    /// A socket that is no agent.
    Socket,
    /// Leave to use the network of the daemon's machine, or to do all that root can.
    Entitlement,
    /// Leave to use a device.
    Device,
}

impl Needed {
    /// What of a client's command line gives it.
    pub fn flag(&self) -> String {
        match self.what {
            Needs::Secret | Needs::SourceSecret => format!("--secret id={}", self.id),
            Needs::Agent => format!("--ssh {}", self.id),
            Needs::Socket => {
                // In programs of the first implementation the id is a URL with the path of the socket.
                let socket = self.id.strip_prefix("unix://").unwrap_or("SOCKET");
                format!("--ssh {}={socket}", self.id)
            }
            Needs::Entitlement => format!("--allow {}", self.id),
            Needs::Device => format!("--allow device={}", self.id),
        }
    }

    /// The option by which a program can do without, if there is one.
    pub fn option(&self) -> Option<&'static str> {
        matches!(self.what, Needs::Secret | Needs::Agent | Needs::Socket).then_some("optional")
    }
}

impl fmt::Display for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret | Self::SourceSecret => "secret",
            Self::Agent => "SSH agent",
            Self::Socket => "socket",
            Self::Entitlement => "entitlement",
            Self::Device => "device",
        })
    }
}
