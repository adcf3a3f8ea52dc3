use std::sync::{Mutex, PoisonError};

use hlb_gateway::report::warn_requests;
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Sources;

use super::failure::Failure;
use super::request::Build;

/// The warnings of a build: those that count as errors are kept, the others shown.
#[derive(Default)]
pub struct Warnings {
    errors: Vec<Diagnostic>,
}

impl Warnings {
    /// Shows warnings; a daemon that can't show one is no reason to fail.
    pub async fn add(&mut self, cx: &Build<'_>, found: Vec<Diagnostic>, sources: &Sources) {
        let found = cx.options.warnings.apply(found);
        let (errors, warnings): (Vec<_>, Vec<_>) =
            found.into_iter().partition(Diagnostic::is_error);
        self.errors.extend(errors);
        // One after the other: they stay in order, and only one of them is in memory.
        for warning in warn_requests(sources, &warnings, &cx.file.digest) {
            let _ = cx.bridge.warn(warning).await;
        }
    }

    /// What a build fails with that fails anyway: the errors of its program are reported all together.
    pub fn and(self, failure: Failure) -> Failure {
        match failure {
            Failure::Diagnostics(errors) => [self.errors, errors].concat().into(),
            other => other,
        }
    }

    /// Lets the build go on.
    ///
    /// # Errors
    /// If there were warnings that count as errors.
    pub fn end(self) -> Result<(), Failure> {
        if self.errors.is_empty() { Ok(()) } else { Err(self.errors.into()) }
    }
}

/// Warnings that are found where nobody can show them.
#[derive(Default)]
pub struct Unshown(Mutex<Vec<Diagnostic>>);

impl Unshown {
    /// Keeps warnings, each once.
    pub fn add(&self, warnings: Vec<Diagnostic>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for warning in warnings {
            if !all.iter().any(|known| known.is_same(&warning)) {
                all.push(warning);
            }
        }
    }

    /// The warnings that were found since somebody last asked.
    pub fn take(&self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
