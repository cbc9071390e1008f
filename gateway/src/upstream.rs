//! The way to the service behind: one pooled client, requests sent as they are given. Never retries an answered call.

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Request, Response, Uri};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client as Pooled;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls_platform_verifier::ConfigVerifierExt as _;
use tokio::time::Duration;

use crate::error::Error;
use crate::http::body::{BodyError, Outgoing};
use crate::settings;

pub mod ask;
pub mod scripted;

/// Sends requests to the upstream. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    pooled: Pooled<HttpsConnector<HttpConnector>, Outgoing>,
    scheme: Scheme,
    authority: Authority,
    prefix: String,
    host: HeaderValue,
    answer_timeout: Duration,
}

impl Client {
    /// A client for the service of the settings; no connection is made yet.
    pub fn new(upstream: &settings::Upstream) -> anyhow::Result<Self> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(upstream.connect_timeout));
        http.set_keepalive(Some(Duration::from_mins(1)));
        let tls = rustls::ClientConfig::with_platform_verifier()?;
        let connector = HttpsConnector::from((http, tls));
        let pooled = Pooled::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .pool_idle_timeout(upstream.idle_connection)
            .pool_max_idle_per_host(upstream.idle_connections)
            .set_host(false)
            .build(connector);
        let base = &upstream.base;
        Ok(Self {
            pooled,
            scheme: base.scheme.clone(),
            host: HeaderValue::from_str(base.authority.as_str())?,
            authority: base.authority.clone(),
            prefix: base.prefix.clone(),
            answer_timeout: upstream.answer_timeout,
        })
    }

    /// The upstream's `Host`.
    pub fn host(&self) -> &HeaderValue {
        &self.host
    }

    /// The upstream's URL of a request's path (which begins with `/v1`) and query.
    pub fn target(&self, uri: Uri) -> Result<Uri, Error> {
        let invalid = || Error::bad_request("the path is not valid");
        let path = uri.into_parts().path_and_query.ok_or_else(invalid)?;
        let path = if self.prefix.is_empty() {
            path
        } else {
            PathAndQuery::try_from(format!("{}{path}", self.prefix)).map_err(|_| invalid())?
        };
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path);
        Uri::from_parts(parts).map_err(|_| invalid())
    }

    /// Sends one request and waits for the head of its answer. Dropping the future or the body cancels the call.
    pub async fn send(&self, request: Request<Outgoing>) -> Result<Response<Incoming>, Error> {
        match tokio::time::timeout(self.answer_timeout, self.pooled.request(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(refusal(&error)),
            Err(_) => Err(Error::UpstreamTimeout),
        }
    }
}

/// What a failed call means to the client.
fn refusal(error: &hyper_util::client::legacy::Error) -> Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        match current.downcast_ref::<BodyError>() {
            Some(BodyError::TooLarge { limit }) => return Error::TooLarge { limit: *limit },
            Some(_) => return Error::bad_request("the request body broke off"),
            None => cause = current.source(),
        }
    }
    if error.is_connect() {
        tracing::warn!(%error, "the upstream cannot be reached");
        return Error::UpstreamUnreachable;
    }
    tracing::warn!(%error, "the upstream broke the connection");
    Error::UpstreamBroken
}
