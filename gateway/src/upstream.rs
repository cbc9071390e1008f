//! The way to the service behind: one pooled client, requests sent as they are given. Never retries an answered call.

use http::header::PROXY_AUTHORIZATION;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Request, Response, Uri};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client as Pooled;
use hyper_util::client::legacy::connect::capture_connection;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{Duration, Instant};

use crate::error::Error;
use crate::http::body::{BodyError, Outgoing};
use crate::settings;

pub mod ask;
mod connect;
pub mod scripted;

use connect::{Connector, Traffic};

/// How long after sending a closed connection may still be one that was closed just before. A later end may be that of a
/// call which the upstream worked on, and is not asked for twice.
const CLOSING: Duration = Duration::from_secs(2);

/// Sends requests to the upstream. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    pooled: Pooled<Connector, Outgoing>,
    /// The same without a pool.
    fresh: Pooled<Connector, Outgoing>,
    scheme: Scheme,
    authority: Authority,
    prefix: String,
    host: HeaderValue,
    /// What a proxy that reads the requests is shown.
    proxy_authorization: Option<HeaderValue>,
    answer_timeout: Duration,
}

impl Client {
    /// A client for the service of the settings; no connection is made yet.
    pub fn new(upstream: &settings::Upstream) -> anyhow::Result<Self> {
        let connector = Connector::new(upstream)?;
        let mut builder = Pooled::builder(TokioExecutor::new());
        builder
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .pool_idle_timeout(upstream.idle_connection)
            .pool_max_idle_per_host(upstream.idle_connections)
            .set_host(false);
        let pooled = builder.build(connector.clone());
        let fresh = builder.pool_max_idle_per_host(0).build(connector);
        let base = &upstream.base;
        let forwarded = base.scheme == Scheme::HTTP;
        if let Some(proxy) = &upstream.proxy {
            tracing::info!(proxy = %proxy.uri, "the upstream is reached through a proxy");
        }
        Ok(Self {
            pooled,
            fresh,
            scheme: base.scheme.clone(),
            host: HeaderValue::from_str(base.authority.as_str())?,
            authority: base.authority.clone(),
            prefix: base.prefix.clone(),
            proxy_authorization: upstream
                .proxy
                .as_ref()
                .filter(|_| forwarded)
                .and_then(|proxy| proxy.authorization.clone()),
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
    ///
    /// A request that met a pooled connection just as the upstream closed it is sent once more on a fresh one, if its
    /// body is at hand.
    pub async fn send(&self, mut request: Request<Outgoing>) -> Result<Response<Incoming>, Error> {
        if let Some(value) = &self.proxy_authorization {
            request.headers_mut().insert(PROXY_AUTHORIZATION, value.clone());
        }
        let copy = copy(&request);
        let captured = copy.as_ref().map(|_| capture_connection(&mut request));
        let begun = Instant::now();
        let answered = tokio::time::timeout(self.answer_timeout, async {
            let error = match self.pooled.request(request).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let (Some(copy), Some(captured)) = (copy, captured) else { return Err(error) };
            let closed = Traffic::of(&captured).is_some_and(|traffic| traffic.unanswered_again());
            if !closed || begun.elapsed() > CLOSING {
                return Err(error);
            }
            tracing::debug!("a pooled connection was just closed: sending once more");
            self.fresh.request(copy).await
        });
        match answered.await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(refusal(&error)),
            Err(_) => Err(Error::UpstreamTimeout),
        }
    }
}

/// The same request once more, if its body can be sent twice.
fn copy(request: &Request<Outgoing>) -> Option<Request<Outgoing>> {
    let mut copy = Request::new(request.body().again()?);
    copy.method_mut().clone_from(request.method());
    copy.uri_mut().clone_from(request.uri());
    copy.headers_mut().clone_from(request.headers());
    Some(copy)
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
