//! What a client did not give to a build that needs it.

use gateway_proto::errdefs::{self, Vertex};
use gateway_proto::rpc::Status;
use hlb_eval::{ClientNeed, Needed, Needs};
use hlb_gateway::bridge::BridgeError;
use hlb_syntax::diagnostic::{Code, Diagnostic};

use super::failure::Failure;

/// A secret, an agent or an entitlement that a step needs, and that the client does not give.
pub static MISSING_SECRET: Code = Code::error("HLB0405", "missing-secret");

/// A device that a step needs, and that the daemon's machine does not have.
pub static MISSING_DEVICE: Code = Code::error("HLB0407", "missing-device");

/// The same failure; if it is that the client does not give what a step needs, with where the program says so.
pub fn explain(failure: Failure, needs: &[ClientNeed]) -> Failure {
    let (Failure::Daemon(error) | Failure::OnPlatform { error, .. } | Failure::At { error, .. }) =
        &failure
    else {
        return failure;
    };
    let BridgeError::Status(status) = error else { return failure };
    match needs.iter().find(|need| is_about(status, need)) {
        Some(need) => Failure::Explained {
            error: Box::new(diagnostic(&need.needed, status)),
            cause: status.clone(),
        },
        None => failure,
    }
}

/// Whether an error says that this is missing.
fn is_about(status: &Status, need: &ClientNeed) -> bool {
    let mut vertices = errdefs::all::<Vertex>(status).peekable();
    let is_there = vertices.peek().is_none() || vertices.any(|it| *it.digest == *need.vertex);
    is_there && sayings(&need.needed).iter().any(|saying| status.message.contains(saying.as_str()))
}

/// How daemons say it, for there is no code for that.
///
/// BuildKit 0.13 to 0.32: `session/secrets/secrets.go`, `session/sshforward/sshprovider`, and
/// `solver/llbsolver/mounts/mount.go`, `util/entitlements`, `solver/llbsolver/cdidevices/manager.go`; the first of an agent is that of a client that forwards none at all.
fn sayings(needed: &Needed) -> Vec<String> {
    let id = &needed.id;
    match needed.what {
        Needs::Secret | Needs::SourceSecret => vec![format!("secret {id}: not found")],
        Needs::Agent | Needs::Socket => vec![
            format!("no SSH key \"{id}\" forwarded from the client"),
            format!("unset ssh forward key {id}"),
        ],
        Needs::Entitlement => vec![format!("{id} is not allowed")],
        Needs::Device => vec![
            format!("device {id} is requested by the build but not allowed"),
            not_registered(id),
        ],
    }
}

/// What a daemon says of a device that its machine does not have.
fn not_registered(id: &str) -> String {
    format!("required device \"{id}\" is not registered")
}

fn diagnostic(needed: &Needed, status: &Status) -> Diagnostic {
    let Needed { what, id, span } = needed;
    if status.message.contains(&not_registered(id)) {
        return MISSING_DEVICE
            .at(*span, format!("the daemon's machine has no device `{id}`"))
            .help("register it there with CDI, or leave out `required`");
    }
    let flag = needed.flag();
    let help = match needed.option() {
        Some(option) => format!("add `{flag}` to the build, or the option `{option}` here"),
        None => format!("add `{flag}` to the build"),
    };
    let message = match what {
        Needs::Entitlement | Needs::Device => format!("the client does not allow {what} `{id}`"),
        _ => format!("the client gave the build no {what} `{id}`"),
    };
    MISSING_SECRET.at(*span, message).help(help)
}

#[cfg(test)]
mod tests {
    use gateway_proto::errdefs::Detail;
    use hlb_syntax::source::{Sources, Span};

    use super::*;

    fn need(what: Needs, id: &str, vertex: &str) -> ClientNeed {
        let span = Span::new(Sources::default().add("a.hlb", ""), 0, 0);
        ClientNeed { vertex: vertex.into(), needed: Needed { what, id: id.to_owned(), span } }
    }

    fn failed(message: &str, vertex: Option<&str>) -> Failure {
        let vertex = vertex.map(|digest| Vertex { digest: digest.to_owned() }.to_any());
        let details = vertex.into_iter().collect();
        let status = Status { code: 2, message: message.to_owned(), details };
        Failure::Daemon(BridgeError::Status(status))
    }

    #[test]
    fn a_missing_secret_is_known_by_its_id_and_its_step() {
        let needs =
            [need(Needs::Secret, "npm", "sha256:1"), need(Needs::Agent, "work", "sha256:2")];
        let explained = |message, vertex| match explain(failed(message, vertex), &needs) {
            Failure::Explained { error, .. } => Some(error.message),
            _ => None,
        };
        let secret = Some("the client gave the build no secret `npm`".to_owned());
        assert_eq!(explained("failed: secret npm: not found", Some("sha256:1")), secret);
        assert_eq!(explained("failed: secret npm: not found", None), secret);
        assert_eq!(explained("failed: secret npm: not found", Some("sha256:2")), None);
        assert_eq!(explained("failed: secret npm2: not found", None), None);
        assert_eq!(explained("secret npm: permission denied", None), None);
        let agent = Some("the client gave the build no SSH agent `work`".to_owned());
        assert_eq!(explained("unset ssh forward key work", None), agent);
    }
}
