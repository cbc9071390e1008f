//! Ways to the upstream, direct or through a proxy, and what passed over each. Never speaks HTTP but to open a tunnel.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use http::Uri;
use hyper::rt::{Read, Write};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::rt::TokioIo;
use rustls_platform_verifier::ConfigVerifierExt as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Duration;
use tower_service::Service as _;

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

    /// Whether a proxy reads the requests: it is asked for absolute URLs.
    pub(super) fn forwards(&self) -> bool {
        matches!(self.way, Way::Forward(..))
    }

    /// A connection over which `target` can be asked for.
    pub(super) async fn connect(&self, target: Uri) -> Result<Wire, BoxError> {
        let opening: Opening = match self.way.clone() {
            Way::Direct(mut plain) => boxed(plain.call(target)),
            Way::Forward(proxy, mut plain) => boxed(plain.call(proxy)),
            Way::Tunnel(mut tunnel) => boxed(tunnel.call(target)),
            Way::Socks(mut socks) => boxed(socks.call(target)),
        };
        // The whole of it: TCP, the proxy's part, TLS.
        let late = |_| BoxError::from(io::Error::from(io::ErrorKind::TimedOut));
        let stream = tokio::time::timeout(self.timeout, opening).await.map_err(late)??;
        Ok(Wire { stream: TokioIo::new(stream), read: Arc::default() })
    }
}

fn boxed<T: Stream + 'static>(opening: impl Future<Output = Result<T, BoxError>> + Send + 'static) -> Opening {
    Box::pin(async move { Ok(Box::new(opening.await?) as Box<dyn Stream>) })
}

/// What any connection can do.
trait Stream: Read + Write + Send + Unpin {}

impl<T: Read + Write + Send + Unpin> Stream for T {}

/// A connection that counts.
pub(super) struct Wire {
    stream: TokioIo<Box<dyn Stream>>,
    read: Arc<AtomicU64>,
}

impl Wire {
    /// How many bytes it has read so far, now and later.
    pub(super) fn count(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Wire").field("read", &self.read).finish_non_exhaustive()
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
