//! Connections to the upstream, direct or through a proxy, and what passed over each. Never speaks HTTP but to open a tunnel.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use http::Uri;
use hyper::rt::{Read, Write};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{CaptureConnection, Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use rustls_platform_verifier::ConfigVerifierExt as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Duration;
use tower_service::Service;

use crate::settings::{Proxy, Speech, Upstream};

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Plain = HttpsConnector<HttpConnector>;
/// A connection that is being made.
type Opening = BoxFuture<'static, Result<Box<dyn Stream>, BoxError>>;

/// Opens connections.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    way: Way,
    timeout: Duration,
}

/// How the upstream is reached.
#[derive(Debug, Clone)]
enum Way {
    Direct(Plain),
    /// The proxy is asked for absolute URLs.
    Forward(Uri, Plain),
    /// The proxy tunnels.
    Tunnel(HttpsConnector<Tunnel<Plain>>),
    Socks(HttpsConnector<SocksV5<HttpConnector>>),
}

impl Connector {
    /// A connector for the service of the settings.
    pub(super) fn new(upstream: &Upstream) -> anyhow::Result<Self> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(upstream.connect_timeout));
        http.set_keepalive(Some(Duration::from_mins(1)));
        let tls = Arc::new(rustls::ClientConfig::with_platform_verifier()?);
        let way = match &upstream.proxy {
            None => Way::Direct((http, tls).into()),
            Some(Proxy { uri, speech: Speech::Http, authorization, .. }) => {
                let plain = Plain::from((http, Arc::clone(&tls)));
                if upstream.base.scheme == http::uri::Scheme::HTTPS {
                    let tunnel = Tunnel::new(uri.clone(), plain);
                    let tunnel = match authorization {
                        Some(value) => tunnel.with_auth(value.clone()),
                        None => tunnel,
                    };
                    Way::Tunnel((tunnel, tls).into())
                } else {
                    Way::Forward(uri.clone(), plain)
                }
            }
            Some(Proxy { uri, speech, user, .. }) => {
                let socks = SocksV5::new(uri.clone(), http).local_dns(*speech == Speech::Socks);
                let socks = match user {
                    Some((user, password)) => socks.with_auth(user.clone(), password.clone()),
                    None => socks,
                };
                Way::Socks((socks, tls).into())
            }
        };
        Ok(Self { way, timeout: upstream.connect_timeout })
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Wire>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<TokioIo<Wire>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let (opening, forwarded): (Opening, bool) = match &mut self.way {
            Way::Direct(plain) => (boxed(plain.call(target)), false),
            Way::Forward(proxy, plain) => (boxed(plain.call(proxy.clone())), true),
            Way::Tunnel(tunnel) => (boxed(tunnel.call(target)), false),
            Way::Socks(socks) => (boxed(socks.call(target)), false),
        };
        let timeout = self.timeout;
        Box::pin(async move {
            // The whole of it: TCP, the proxy's part, TLS.
            let late = |_| BoxError::from(io::Error::from(io::ErrorKind::TimedOut));
            let stream = tokio::time::timeout(timeout, opening).await.map_err(late)??;
            Ok(TokioIo::new(Wire { stream: TokioIo::new(stream), forwarded, read: Arc::default() }))
        })
    }
}

fn boxed<T: Stream + 'static>(opening: impl Future<Output = Result<T, BoxError>> + Send + 'static) -> Opening {
    Box::pin(async move { Ok(Box::new(opening.await?) as Box<dyn Stream>) })
}

/// What any connection can do.
trait Stream: Read + Write + Connection + Send + Unpin {}

impl<T: Read + Write + Connection + Send + Unpin> Stream for T {}

/// How many bytes a connection has read. A clone remembers the figure at its making: a connection's data is cloned when the
/// connection is picked for a request, so what a request captures is a mark of where its answer begins.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    read: Arc<AtomicU64>,
    mark: Option<u64>,
}

impl Clone for Traffic {
    fn clone(&self) -> Self {
        let mark = self.mark.unwrap_or_else(|| self.read.load(Ordering::Acquire));
        Self { read: Arc::clone(&self.read), mark: Some(mark) }
    }
}

impl Traffic {
    /// Of the connection that a request was sent on, if it was sent.
    pub(super) fn of(captured: &CaptureConnection) -> Option<Self> {
        let mut extensions = http::Extensions::new();
        captured.connection_metadata().as_ref()?.get_extras(&mut extensions);
        extensions.remove()
    }

    /// Whether the connection had answered before the request was sent on it, and not a byte came since.
    pub(super) fn unanswered_again(&self) -> bool {
        self.mark.is_some_and(|mark| mark > 0 && mark == self.read.load(Ordering::Acquire))
    }
}

/// A connection that counts.
pub(super) struct Wire {
    stream: TokioIo<Box<dyn Stream>>,
    /// Whether a proxy reads the requests.
    forwarded: bool,
    read: Arc<AtomicU64>,
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        let traffic = Traffic { read: Arc::clone(&self.read), mark: None };
        self.stream.inner().connected().proxy(self.forwarded).extra(traffic)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.read.fetch_add((buffer.filled().len() - before) as u64, Ordering::Release);
        polled
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }
}
