use std::convert::Infallible;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;
use tonic::codegen::tokio_stream::{self, StreamExt};
use tonic::transport::server::Connected;
use tonic::transport::{Channel, Server};

use super::Daemon;
use super::returned::Returned;
use super::service::Service;
use crate::channel::{MAX_MESSAGE, over};
use crate::frontend::llb_bridge_server::LlbBridgeServer;

/// What BuildKit's server announces: calls at a time, and the size of a frame and of a request's headers, in bytes
/// (BuildKit 0.32, `frontend/gateway/gateway.go`, and the defaults of Go's `x/net/http2`).
const MAX_STREAMS: u32 = 250;
const MAX_FRAME: u32 = 1 << 20;
const MAX_HEADER_LIST: u32 = 1 << 20;

/// Answers the calls that come over a stream until that ends.
pub async fn serve<D, Io>(daemon: Arc<D>, io: Io) -> Result<(), tonic::transport::Error>
where
    D: Daemon + ?Sized,
    Io: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let bridge = LlbBridgeServer::new(Service { daemon, returned: Returned::default() })
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE);
    let (open, closed) = oneshot::channel();
    // A server stops when its connections do, so that must not come to an end by itself.
    let incoming = tokio_stream::once(Ok::<_, Infallible>(Connection { io, _open: open }))
        .chain(tokio_stream::pending());
    let until_closed = async {
        let Err(oneshot::error::RecvError { .. }) = closed.await;
    };
    Server::builder()
        .max_concurrent_streams(MAX_STREAMS)
        .max_frame_size(MAX_FRAME)
        .http2_max_header_list_size(MAX_HEADER_LIST)
        .add_service(bridge)
        .serve_with_incoming_shutdown(incoming, until_closed)
        .await
}

/// A channel to a daemon in this process; must be called in a tokio runtime, which serves it as long as it lasts.
pub fn channel(daemon: Arc<impl Daemon>) -> Channel {
    let (ours, theirs) = tokio::io::duplex(PIPE);
    tokio::spawn(serve(daemon, theirs));
    over(ours)
}

/// What a pipe of Linux holds, in bytes.
const PIPE: usize = 64 << 10;

/// A stream, and the knowledge of when it was dropped.
struct Connection<Io> {
    io: Io,
    _open: oneshot::Sender<Infallible>,
}

impl<Io> Connected for Connection<Io> {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl<Io: AsyncRead + Unpin> AsyncRead for Connection<Io> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for Connection<Io> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
