//! Images that the daemon cannot resolve.

use gateway_proto::status;
use hlb_eval::{Absence, AbsenceReason, Answer};
use hlb_gateway::bridge::BridgeError;
use llb::{ImageRef, Platform};

/// Why an image cannot be resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// Set if there is no such image, says its registry.
    why: Option<AbsenceReason>,
    /// One line, with the name of the image.
    problem: String,
}

impl Unresolved {
    /// What is wrong with a reference itself.
    pub fn new(problem: String) -> Self {
        Self { why: None, problem }
    }

    /// What the daemon says of an image: `reference` as the program has it, `asked` as the daemon was asked for it.
    pub fn image(
        reference: &str,
        asked: &ImageRef,
        platform: &Platform,
        error: &BridgeError,
    ) -> Self {
        let said = error.to_string();
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let own = said.strip_prefix(&format!("{asked}: ")).unwrap_or(&said);
        // A daemon with graph drivers has no such source (Moby 26.1, `builder-next/worker/worker.go`; `source/manager.go` of
        // BuildKit 0.13 and 0.25).
        let own = match own.starts_with("unknown scheme oci-layout") {
            true => {
                "this daemon reads no `oci-layout://`; Docker does with its containerd image store, as do \
                 builders of `docker buildx create`"
            }
            false => own,
        };
        let which = match said.contains("platform") {
            true => format!("image `{reference}` for {platform}"),
            false => format!("image `{reference}`"),
        };
        Self { why: absence(error, asked), problem: format!("{which}: {own}") }
    }

    /// Whether a registry says that there is no such image.
    pub fn is_absent(&self) -> bool {
        self.why.is_some()
    }

    /// Why there is no such image, if its registry says so, and what was said.
    pub fn absence(&self) -> (Option<AbsenceReason>, &str) {
        (self.why, &self.problem)
    }

    pub fn answer<T>(&self) -> Answer<T> {
        let problem = self.problem.clone();
        match self.why {
            Some(why) => Answer::Absent(Absence { why, problem }),
            None => Answer::Failed(problem),
        }
    }
}

/// Whether a registry says that an image is not there, or denies it.
///
/// BuildKit passes on the texts of containerd, mostly without a code: `core/remotes/docker/resolver.go` (`Resolve`),
/// `pusher.go` and `authorizer.go` of containerd 1.7 and 2.1, and `util/resolver/authorizer.go` of BuildKit; about platforms,
/// `images/handlers.go` and `images/image.go` of containerd. The text "not found" at the end is also that of a proxy or host
/// that is not there; so it must be said of the image itself.
fn absence(error: &BridgeError, asked: &ImageRef) -> Option<AbsenceReason> {
    let BridgeError::Status(error) = error else { return None };
    let said = &error.message;
    let is_denied = matches!(error.code, status::PERMISSION_DENIED | status::UNAUTHENTICATED)
        || said.contains("pull access denied")
        || said.ends_with("authorization failed")
        || (said.contains("unexpected status from")
            && [": 401 Unauthorized", ": 403 Forbidden"].iter().any(|it| said.contains(it)));
    if said.ends_with(&format!("{asked}: not found")) {
        Some(AbsenceReason::NotFound)
    } else if said.contains("no match for platform in manifest") {
        Some(AbsenceReason::OtherPlatform)
    } else if is_denied {
        Some(AbsenceReason::Denied)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use gateway_proto::rpc::Status;

    use super::*;

    const PREFIX: &str =
        "unexpected status from HEAD request to https://r.example/v2/a/manifests/1: ";

    fn of(code: i32, message: &str) -> Unresolved {
        let asked = ImageRef::parse("r.example/a:1").expect("a reference");
        let status = Status { code, message: message.to_owned(), details: Vec::new() };
        let platform = Platform::parse("linux/s390x", &Platform::default()).expect("a platform");
        Unresolved::image("r.example/a:1", &asked, &platform, &BridgeError::Status(status))
    }

    #[test]
    fn what_a_registry_does_not_have_is_absent() {
        let found = of(status::UNKNOWN, "r.example/a:1: not found");
        assert_eq!(found.why, Some(AbsenceReason::NotFound));
        assert_eq!(found.problem, "image `r.example/a:1`: not found");
        for denied in [
            format!("{PREFIX}401 Unauthorized"),
            format!("{PREFIX}403 Forbidden"),
            "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://r.example/token: 403 Forbidden".to_owned(),
            "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed".to_owned(),
        ] {
            assert_eq!(of(status::UNKNOWN, &denied).why, Some(AbsenceReason::Denied), "{denied}");
        }
        assert_eq!(of(status::PERMISSION_DENIED, "no").why, Some(AbsenceReason::Denied));
    }

    #[test]
    fn a_daemon_without_layouts_is_named() {
        let found = of(status::UNKNOWN, "unknown scheme oci-layout: not found");
        assert_eq!(found.why, None);
        assert!(found.problem.contains("`r.example/a:1`: this daemon reads no `oci-layout://`"));
    }

    #[test]
    fn what_nobody_knows_is_a_failure() {
        for failed in [
            format!("{PREFIX}500 Internal Server Error"),
            "failed to do request: Head \"https://r.example/v2/a/manifests/1\": dial tcp: lookup r.example: no such host".to_owned(),
            "source \"docker-image://r.example/a:1\" not allowed by policy: action DENY".to_owned(),
        ] {
            assert_eq!(of(status::UNKNOWN, &failed).why, None, "{failed}");
        }
        let found = of(status::UNKNOWN, "no match for platform in manifest: not found");
        assert_eq!(found.why, Some(AbsenceReason::OtherPlatform));
        assert_eq!(
            found.problem,
            "image `r.example/a:1` for linux/s390x: no match for platform in manifest: not found"
        );
    }
}
