use std::ffi::OsString;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use gateway_proto::channel::{self, StdioError};
use gateway_proto::{frontend, rpc, status};
use hlb_gateway::bridge::{Bridge, GrpcBridge, finish};
use hlb_gateway::options::{OptionError, Options};
use hlb_gateway::report::report;
use hlb_syntax::source::Sources;

use super::log::start_log;
use super::timing::Timing;

/// The outcome of a request.
pub type Outcome<'a> =
    Pin<Box<dyn Future<Output = Result<frontend::Result, rpc::Status>> + Send + 'a>>;

/// What is done with a request.
pub type Handler = for<'a> fn(&'a dyn Bridge, &'a Options) -> Outcome<'a>;

/// Serves one request over the standard streams, and says whether the daemon took the outcome. `now` is the time of the build,
/// in seconds since 1970, unless the client names another.
///
/// Whatever happens ends in an outcome: a panic too is returned as an error, since the user of a frontend that just dies
/// sees no reason.
///
/// # Errors
/// If the standard streams are not those of a daemon.
pub fn serve(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    now: u64,
    handler: Handler,
) -> Result<bool, StdioError> {
    let timing = Timing::start();
    let panic = Arc::new(Mutex::new(None));
    let seen = panic.clone();
    std::panic::set_hook(Box::new(move |info| {
        *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(info.to_string());
    }));
    let options = Options::parse(environment)
        .map(|options| Options { now: options.now.or(Some(now)), ..options });
    let timed = options.as_ref().ok().and_then(|it| it.settings.get("HLB_DEBUG_TIMING").cloned());
    if let Ok(options) = &options {
        start_log(options.log, timing.started());
    }
    let limits = options.as_ref().map(|it| it.resources.clone()).unwrap_or_default();
    let mut builder = tokio::runtime::Builder::new_current_thread();
    if timed.is_some() {
        timing.watch(&mut builder);
    }
    let Ok(runtime) = builder.enable_all().build() else { return Ok(false) };
    let delivered = runtime.block_on(async {
        let channel = channel::stdio()?;
        let Ok(bridge) = GrpcBridge::connect(channel).await else { return Ok(false) };
        let bridge: Arc<dyn Bridge> = Arc::new(bridge.limiting(&limits));
        let running = bridge.clone();
        let outcome =
            match tokio::spawn(async move { run(&*running, options, handler).await }).await {
                Ok(outcome) => outcome,
                Err(_) => {
                    let message = panic.lock().unwrap_or_else(PoisonError::into_inner).take();
                    let message = message.unwrap_or_else(|| "the build was given up".to_owned());
                    let message = format!("internal error of the HLB frontend: {message}");
                    Err(rpc::Status { code: status::UNKNOWN, message, details: Vec::new() })
                }
            };
        Ok(finish(&*bridge, outcome).await.is_ok())
    });
    if let Some(name) = timed {
        timing.print(&name);
    }
    // The daemon never closes our input, so nothing may wait for its end.
    runtime.shutdown_background();
    delivered
}

async fn run(
    bridge: &dyn Bridge,
    options: Result<Options, Vec<OptionError>>,
    handler: Handler,
) -> Result<frontend::Result, rpc::Status> {
    match options {
        Ok(options) => handler(bridge, &options).await,
        Err(errors) => {
            let errors: Vec<_> = errors.iter().map(OptionError::diagnostic).collect();
            Err(report(&Sources::default(), &errors))
        }
    }
}
