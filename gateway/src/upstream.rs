//! The way to the service behind: pooled connections, requests sent as they are given. Never retries an answered call.

use std::sync::Arc;
use std::task::Poll;

use http::header::PROXY_AUTHORIZATION;
use http::uri::{PathAndQuery, Scheme};
use http::{HeaderValue, Request, Response, Uri};
use tokio::time::{Duration, Instant};

use crate::error::Error;
use crate::http::body::{BodyError, Outgoing};
use crate::settings;

pub mod ask;
mod connect;
mod link;
pub mod scripted;

use connect::Connector;
pub use link::Incoming;
use link::{Link, Pool};

/// How long after sending a closed connection may still be one that was closed just before. A later end may be that of a
/// call which the upstream worked on, and is not asked for twice.
const CLOSING: Duration = Duration::from_secs(2);

/// Sends requests to the upstream. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    connector: Connector,
    pool: Arc<Pool>,
    /// Its scheme and authority.
    service: Uri,
    prefix: String,
    host: HeaderValue,
    /// What a proxy that reads the requests is shown.
    proxy_authorization: Option<HeaderValue>,
    answer_timeout: Duration,
}

impl Client {
    /// A client for the service of the settings; no connection is made yet.
    pub fn new(upstream: &settings::Upstream) -> anyhow::Result<Self> {
        let base = &upstream.base;
        let service =
            Uri::builder().scheme(base.scheme.clone()).authority(base.authority.clone()).path_and_query("/").build()?;
        let forwarded = base.scheme == Scheme::HTTP;
        if let Some(proxy) = &upstream.proxy {
            tracing::info!(proxy = %proxy.uri, "the upstream is reached through a proxy");
        }
        Ok(Self {
            connector: Connector::new(upstream)?,
            pool: Arc::new(Pool::new(upstream.idle_connections, upstream.idle_connection)),
            service,
            host: HeaderValue::from_str(base.authority.as_str())?,
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

    /// What the upstream, or the proxy before it, calls a request's path (which begins with `/v1`) and query.
    pub fn target(&self, uri: Uri) -> Result<Uri, Error> {
        let invalid = || Error::bad_request("the path is not valid");
        let path = uri.into_parts().path_and_query.ok_or_else(invalid)?;
        let path = if self.prefix.is_empty() {
            path
        } else {
            PathAndQuery::try_from(format!("{}{path}", self.prefix)).map_err(|_| invalid())?
        };
        if !self.connector.forwards() {
            return Ok(Uri::from(path));
        }
        let mut parts = self.service.clone().into_parts();
        parts.path_and_query = Some(path);
        Uri::from_parts(parts).map_err(|_| invalid())
    }

    /// Sends one request, whose URI is a [`Client::target`], and waits for the head of its answer. Dropping the future
    /// or the body cancels the call.
    ///
    /// A request that met a pooled connection just as the upstream closed it is sent once more on a fresh one, if its
    /// body is at hand.
    pub async fn send(&self, mut request: Request<Outgoing>) -> Result<Response<Incoming>, Error> {
        if let Some(value) = &self.proxy_authorization {
            request.headers_mut().insert(PROXY_AUTHORIZATION, value.clone());
        }
        let answered = tokio::time::timeout(self.answer_timeout, self.exchange(request)).await;
        answered.unwrap_or(Err(Error::UpstreamTimeout))
    }

    async fn exchange(&self, mut request: Request<Outgoing>) -> Result<Response<Incoming>, Error> {
        while let Some(mut link) = std::future::poll_fn(|context| Poll::Ready(self.pool.take(context))).await {
            let (copy, begun) = (copy(&request), Instant::now());
            let mut error = match link.send(request).await {
                Ok(answer) => return Ok(Incoming::answer(answer, link, Arc::clone(&self.pool)).await),
                Err(error) => error,
            };
            tracing::debug!("a pooled connection was just closed");
            if let Some(unsent) = error.take_message() {
                request = unsent;
                continue;
            }
            let closed = link.is_unanswered_again() && begun.elapsed() <= CLOSING;
            let Some(copy) = copy.filter(|_| closed) else { return Err(refusal(&error.into_error())) };
            request = copy;
            break;
        }
        let mut link = self.connect().await?;
        match link.send(request).await {
            Ok(answer) => Ok(Incoming::answer(answer, link, Arc::clone(&self.pool)).await),
            Err(error) => Err(refusal(&error.into_error())),
        }
    }

    async fn connect(&self) -> Result<Link, Error> {
        let wire = self.connector.connect(self.service.clone()).await.map_err(|error| {
            tracing::warn!(%error, "the upstream cannot be reached");
            Error::UpstreamUnreachable
        })?;
        Link::open(wire).await.map_err(|error| refusal(&error))
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
fn refusal(error: &hyper::Error) -> Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        match current.downcast_ref::<BodyError>() {
            Some(BodyError::TooLarge { limit }) => return Error::TooLarge { limit: *limit },
            Some(_) => return Error::bad_request("the request body broke off"),
            None => cause = current.source(),
        }
    }
    tracing::warn!(%error, "the upstream broke the connection");
    Error::UpstreamBroken
}

#[cfg(test)]
mod tests;
