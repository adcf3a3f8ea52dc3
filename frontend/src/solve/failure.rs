use gateway_proto::rpc;
use hlb_eval::Rejected;
use hlb_gateway::bridge::BridgeError;
use hlb_gateway::context::LoadError;
use hlb_gateway::report::{forward, report, report_cause};
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::{Sources, Span};

/// Why there is no result.
pub enum Failure {
    /// The program is wrong, or what the client asks for.
    Diagnostics(Vec<Diagnostic>),
    /// The daemon failed.
    Daemon(BridgeError),
    /// The daemon failed at what it made for one of several platforms.
    OnPlatform { error: BridgeError, platform: String },
    /// The daemon failed at what stands at a span of the program.
    At { error: BridgeError, context: String, span: Span },
    /// The daemon failed for a reason that the program has a place for.
    Explained { error: Box<Diagnostic>, cause: rpc::Status },
}

impl Failure {
    /// The status that tells the client.
    pub fn into_status(self, sources: &Sources) -> rpc::Status {
        match self {
            Self::Diagnostics(errors) => report(sources, &errors),
            Self::Daemon(error) => forward(error, None, &[], sources),
            Self::Explained { error, cause } => report_cause(sources, &error, cause),
            Self::OnPlatform { error, platform } => forward(error, Some(&platform), &[], sources),
            Self::At { error, context, span } => forward(error, Some(&context), &[span], sources),
        }
    }
}

impl Failure {
    /// Whether the daemon says no more than that it gave up, for which something else is the cause.
    pub fn is_canceled(&self) -> bool {
        match self {
            Self::Daemon(error) | Self::OnPlatform { error, .. } | Self::At { error, .. } => {
                error.is_canceled()
            }
            Self::Diagnostics(_) | Self::Explained { .. } => false,
        }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Bridge(error) => Self::Daemon(error),
            LoadError::Diagnostic(error) => Self::Diagnostics(vec![*error]),
        }
    }
}

impl From<BridgeError> for Failure {
    fn from(error: BridgeError) -> Self {
        Self::Daemon(error)
    }
}

impl From<Rejected> for Failure {
    fn from(found: Rejected) -> Self {
        found.errors.into()
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(errors: Vec<Diagnostic>) -> Self {
        Self::Diagnostics(errors)
    }
}
