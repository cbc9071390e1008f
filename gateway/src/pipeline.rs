//! The life of a request on one page: which lane it takes, and the stages of each.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method, Request, Response};
use hyper::body::Incoming;
use tokio_util::task::TaskTracker;

use crate::error::Error;
use crate::http::body::{Body, Outgoing, Through};
use crate::http::headers;
use crate::settings::Settings;
use crate::upstream::Client;

/// What all requests share.
#[derive(Debug)]
pub struct Pipeline {
    settings: Settings,
    client: Client,
    tracker: TaskTracker,
    /// This gateway's own name, by which it knows a request that it sent itself.
    instance: HeaderValue,
    requests: AtomicU64,
    ready: AtomicBool,
}

impl Pipeline {
    /// Puts the parts together.
    pub fn new(settings: Settings, client: Client, tracker: TaskTracker, instance: HeaderValue) -> Self {
        Self { settings, client, tracker, instance, requests: AtomicU64::new(0), ready: AtomicBool::new(true) }
    }

    /// Whether requests are welcome.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// Says that the gateway is about to stop.
    pub fn stopping(&self) {
        self.ready.store(false, Ordering::Relaxed);
    }

    /// What outlives its client runs here.
    pub fn tracker(&self) -> &TaskTracker {
        &self.tracker
    }

    /// Answers one request under `/v1`.
    pub async fn run(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Body>, Error> {
        if request.headers().get(&headers::LOOP) == Some(&self.instance) {
            return Err(Error::Loop);
        }
        let path = plain_path(request.uri().path())?;
        let _inspected = request.method() == Method::POST && path == "/v1/chat/completions";
        self.pass(request).await
    }

    /// The pass-through lane: bytes in, bytes out.
    async fn pass(&self, request: Request<Incoming>) -> Result<Response<Body>, Error> {
        let limit = self.settings.server.body_limit;
        let (mut parts, incoming) = request.into_parts();
        if declared_length(&parts.headers).is_some_and(|length| length > limit) {
            return Err(Error::TooLarge { limit });
        }
        headers::to_upstream(&mut parts.headers, self.client.host(), &self.instance);
        let mut outgoing = Request::new(Outgoing::Through { incoming, left: limit, limit });
        *outgoing.method_mut() = parts.method;
        *outgoing.uri_mut() = self.client.target(parts.uri)?;
        *outgoing.headers_mut() = parts.headers;
        let (mut parts, incoming) = self.client.send(outgoing).await?.into_parts();
        headers::strip_hop(&mut parts.headers);
        self.name(&mut parts.headers);
        let through = Through::new(incoming, self.settings.upstream.idle_timeout, None);
        Ok(Response::from_parts(parts, Body::Through(Box::new(through))))
    }

    /// Gives an answer a request id, unless the upstream did.
    fn name(&self, headers: &mut http::HeaderMap) {
        if !headers.contains_key(&headers::REQUEST_ID) {
            let number = self.requests.fetch_add(1, Ordering::Relaxed);
            let name = format!("req_{}{number:x}", self.instance.to_str().unwrap_or_default());
            headers.insert(headers::REQUEST_ID, headers::value(&name));
        }
    }
}

fn declared_length(headers: &http::HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The path as an upstream may understand it: decoded, without empty segments or a slash at the end. Dot segments are
/// refused, since they could leave `/v1` on the other side.
fn plain_path(path: &str) -> Result<Cow<'_, str>, Error> {
    if !path.contains('%') && !path.contains("//") && !path.contains("/.") && !path.ends_with('/') {
        return Ok(Cow::Borrowed(path));
    }
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        let decoded = if byte == b'%' {
            let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
            let mut ahead = rest.clone();
            match (digit(ahead.next()), digit(ahead.next())) {
                (Some(high), Some(low)) => {
                    rest = ahead;
                    (high * 16 + low) as u8
                }
                _ => byte,
            }
        } else {
            byte
        };
        bytes.push(decoded);
    }
    let decoded = String::from_utf8_lossy(&bytes);
    let segments: Vec<&str> = decoded.split(['/', '\\']).filter(|segment| !segment.is_empty()).collect();
    if segments.iter().any(|segment| matches!(*segment, "." | "..")) {
        return Err(Error::bad_request("the path has dot segments"));
    }
    Ok(Cow::Owned(format!("/{}", segments.join("/"))))
}

#[cfg(test)]
mod tests {
    use super::plain_path;

    #[test]
    fn paths_are_understood_as_upstreams_may() {
        let check = |path: &str, plain: Option<&str>| assert_eq!(plain_path(path).ok().as_deref(), plain, "{path}");
        check("/v1/models", Some("/v1/models"));
        check("/v1/chat/completions/", Some("/v1/chat/completions"));
        check("/v1//chat/completions", Some("/v1/chat/completions"));
        check("/v1/chat%2Fcompletions", Some("/v1/chat/completions"));
        check("/v1/ch%61t/completions", Some("/v1/chat/completions"));
        check("/v1/files/100%", Some("/v1/files/100%"));
        check("/v1/files/.hidden", Some("/v1/files/.hidden"));
        check("/v1/../admin", None);
        check("/v1/%2e%2E/admin", None);
        check("/v1/..", None);
    }
}
