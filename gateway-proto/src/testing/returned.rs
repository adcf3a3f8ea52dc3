use std::sync::atomic::{AtomicBool, Ordering};

use tonic::Status;

use crate::frontend::{Ref, ReturnRequest, result};

/// Whether a build has its outcome, and what may be one.
///
/// BuildKit 0.32 takes the first that it can read, and dies of some others: those are refused here, so that a test sees
/// them (`frontend/gateway/gateway.go`, `Return` and `setResult`).
#[derive(Default)]
pub(super) struct Returned(AtomicBool);

impl Returned {
    pub(super) fn admit(&self, request: &ReturnRequest) -> Result<(), Status> {
        if self.0.load(Ordering::SeqCst) {
            return Err(already_set());
        }
        match fault(request) {
            Some(fault) => Err(Status::internal(format!("malformed return: {fault}"))),
            None => Ok(()),
        }
    }

    pub(super) fn record(&self) -> Result<(), Status> {
        match self.0.swap(true, Ordering::SeqCst) {
            true => Err(already_set()),
            false => Ok(()),
        }
    }
}

fn already_set() -> Status {
    Status::unknown("gateway result is already set")
}

/// Why a daemon would die of a request, or take it for what it isn't.
fn fault(request: &ReturnRequest) -> Option<&'static str> {
    match (&request.result, &request.error) {
        (None, None) => Some("neither a result nor an error"),
        (Some(_), Some(_)) => Some("both a result and an error"),
        (None, Some(error)) if error.code == 0 => Some("an error with the code of success"),
        (None, Some(_)) => None,
        (Some(given), None) => {
            // An absent map value is a nil in Go, and so is a message that is left out because nothing is in it.
            if given.attestations.values().any(|list| list.attestation.is_empty()) {
                return Some("an empty list of attestations");
            }
            match &given.result {
                Some(result::Result::Refs(map)) if map.refs.values().any(is_nil) => {
                    Some("an empty ref in a map of refs")
                }
                _ => None,
            }
        }
    }
}

fn is_nil(reference: &Ref) -> bool {
    *reference == Ref::default()
}
