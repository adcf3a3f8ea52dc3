//! The connection to the daemon: HTTP/2 over the two pipes that a frontend is started with.
//!
//! In: stdin and stdout, or any stream in their place. Out: a [`Channel`], and a [`client`] with BuildKit's limits. It
//! is made once, never made again, and free until the first call. Start at [`stdio`].
//!
//! What the daemon expects of the process beyond that:
//!
//! * Only HTTP/2 is written to stdout; [`stdio`] sees to it by turning whatever else is printed to stderr.
//! * stdin never ends while the daemon lives, so nothing may wait for its end.
//! * Once `Return` is answered the process ends at once, with `std::process::exit(0)`, while it still holds the channel.
//!   To drop the last handle and live on makes the daemon kill the container a second later, and then the build fails
//!   although `Return` had succeeded. Any other exit code makes a failure of a result; an error stays that error.
//! * A canceled build is a `SIGKILL` with no notice, so there is never anything to clean up.
//! * A solve takes as long as it takes: no timeout here, nor keep-alive pings.

mod limit;
mod stdio;

use std::io;

use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tonic::transport::{Channel, Endpoint, Uri};

use crate::frontend::llb_bridge_client::LlbBridgeClient;

pub use limit::{MAX_HEADER_LIST, MAX_MESSAGE, TooLarge, check_size, max_request};
pub use stdio::{StdioError, stdio};

/// How much may be under way before the receiver grants more, of one answer and of all of them, in bytes.
///
/// HTTP/2's own 64 KiB would make a round trip of every 64 KiB of a file.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;

/// Speaks to a daemon at the other end of any stream; [`stdio`] is this over the pipes of the process.
///
/// Must be called in a tokio runtime. The stream is used for one connection: when that ends, the calls under way and
/// every later one fail at once.
pub fn over<Io>(io: Io) -> Channel
where
    Io: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut once = Some(TokioIo::new(io));
    let connector = tower::service_fn(move |_: Uri| {
        let connection = once.take().ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected));
        async move { connection }
    });
    // The name is never resolved; HTTP/2 just wants an authority.
    Endpoint::from_static("http://localhost")
        .http2_max_header_list_size(MAX_HEADER_LIST)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .connect_with_connector_lazy(connector)
}

/// A client of the daemon's `LLBBridge` that takes answers of the size which the daemon sends.
///
/// What is sent is not limited here, as the error would not say what was too large: see [`check_size`].
pub fn client(channel: Channel) -> LlbBridgeClient<Channel> {
    LlbBridgeClient::new(channel).max_decoding_message_size(MAX_MESSAGE)
}
