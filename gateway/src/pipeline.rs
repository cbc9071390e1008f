//! The life of a request on one page: which lane it takes, and the stages of each.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::header::{AUTHORIZATION, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use hyper::body::Incoming;
use tokio_util::task::TaskTracker;

use crate::admit::{KEY_HEADER, Ticket};
use crate::error::Error;
use crate::exchange::Verdict;
use crate::external::run::Sandbox;
use crate::external::{Analyzer, External};
use crate::http::body::{self, Body, Keep, Outgoing, Read, Through};
use crate::http::headers;
use crate::metrics::{Lane, Metrics};
use crate::recall::Recall;
use crate::settings::{Policy, Settings};
use crate::state::State;
use crate::strategy::Strategy;
use crate::task::Task;
use crate::upstream::Client;
use crate::wire::request::Request as Chat;

mod course;
mod finish;
mod metered;
mod select;
mod stream;
mod task;
mod whole;

use course::Course;
use metered::Metered;

/// Paths whose answers hold text of a model that is not inspected yet.
const UNSCANNED: [&str; 4] = ["/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages"];

/// What all requests share.
#[derive(Debug)]
pub struct Pipeline {
    settings: Settings,
    client: Client,
    state: State,
    metrics: Arc<Metrics>,
    recall: Option<Arc<Recall>>,
    strategies: BTreeMap<&'static str, Arc<dyn Strategy>>,
    external: BTreeMap<String, Arc<External>>,
    tracker: TaskTracker,
    /// This gateway's own name, by which it knows a request that it sent itself.
    instance: HeaderValue,
    requests: AtomicU64,
    ready: AtomicBool,
}

/// What a pipeline is made of.
#[derive(Debug)]
pub struct Parts {
    /// The way to the upstream.
    pub client: Client,
    /// Keys, budgets, reports.
    pub state: State,
    /// The figures.
    pub metrics: Arc<Metrics>,
    /// The prompt cache; `None` switches it off.
    pub recall: Option<Arc<Recall>>,
    /// Every strategy that a policy or request may name.
    pub strategies: Vec<Arc<dyn Strategy>>,
    /// Every external analyzer that a policy may name, and where they run.
    pub external: (Vec<Arc<dyn Analyzer>>, Arc<Sandbox>),
    /// Runs what outlives its client.
    pub tracker: TaskTracker,
    /// This gateway's own name.
    pub instance: HeaderValue,
}

impl Pipeline {
    /// Puts the parts together.
    pub fn new(settings: Settings, parts: Parts) -> Self {
        let strategies = parts.strategies.into_iter().map(|strategy| (strategy.name(), strategy)).collect();
        let (analyzers, sandbox) = parts.external;
        let named = |policy: &Policy| {
            let named = |analyzer: &&Arc<dyn Analyzer>| policy.analyzers.iter().any(|name| name == analyzer.name());
            Arc::new(External::new(analyzers.iter().filter(named).cloned().collect(), Arc::clone(&sandbox)))
        };
        let external = settings.policies.iter().map(|(name, policy)| (name.clone(), named(policy))).collect();
        Self {
            external,
            settings,
            client: parts.client,
            state: parts.state,
            metrics: parts.metrics,
            recall: parts.recall,
            strategies,
            tracker: parts.tracker,
            instance: parts.instance,
            requests: AtomicU64::new(0),
            ready: AtomicBool::new(true),
        }
    }

    /// Whether requests are welcome.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// Says that the gateway is about to stop.
    pub fn stopping(&self) {
        self.ready.store(false, Ordering::Relaxed);
    }

    /// Answers a request for one of the tasks under `/api`.
    pub async fn task(self: Arc<Self>, task: Task, request: Request<Incoming>) -> Result<Response<Body>, Error> {
        task::run(self, task, request).await
    }

    /// Answers one request under `/v1`.
    pub async fn run(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Body>, Error> {
        let started = Instant::now();
        if request.headers().get(&headers::LOOP) == Some(&self.instance) {
            return Err(Error::Loop);
        }
        let path = plain_path(request.uri().path())?;
        let inspected = request.method() == Method::POST && path == "/v1/chat/completions";
        let unscanned = request.method() == Method::POST && UNSCANNED.contains(&&*path);
        let ticket = self.admit(request.headers())?;
        if inspected {
            return self.inspect(request, ticket, started).await;
        }
        self.pass(request, ticket, unscanned, started).await
    }

    /// admit: who is it, and may they.
    fn admit(&self, headers: &HeaderMap) -> Result<Ticket, Error> {
        self.state.gate.admit(headers).map_err(|denied| {
            self.metrics.denied(&denied);
            Error::from(denied)
        })
    }

    /// The inspected lane: DESIGN section 1, one line per stage.
    async fn inspect(
        self: Arc<Self>,
        request: Request<Incoming>,
        ticket: Ticket,
        started: Instant,
    ) -> Result<Response<Body>, Error> {
        let (mut parts, incoming) = request.into_parts();
        let limit = self.settings.server.inspected_body_limit;
        let idle = self.settings.upstream.idle_timeout;
        let read = body::read(incoming, limit, idle).await;
        let body = match read.map_err(|_| Error::bad_request("the request body broke off"))? {
            Read::Whole(body) => body,
            Read::Longer(..) => return Err(Error::TooLarge { limit: limit as u64 }),
        };
        let Some(chat) = Chat::read(&body) else {
            let request = Request::from_parts(parts, Outgoing::from(body));
            return self.forward(request, ticket, true, started).await;
        };
        let (policy, strategy) = select::choose(&self, &ticket.policy, &parts.headers, chat.asked.as_ref())?;
        self.to_upstream(&mut parts.headers, &ticket);
        let uri = self.client.target(parts.uri)?;
        Course::new(self, Arc::new(ticket), policy, strategy, chat, uri, parts.headers, started).run().await
    }

    /// The pass-through lane: bytes in, bytes out.
    async fn pass(
        &self,
        request: Request<Incoming>,
        ticket: Ticket,
        unscanned: bool,
        started: Instant,
    ) -> Result<Response<Body>, Error> {
        let limit = self.settings.server.body_limit;
        if declared_length(request.headers()).is_some_and(|length| length > limit) {
            return Err(Error::TooLarge { limit });
        }
        let request = request.map(|incoming| Outgoing::Through { incoming, left: limit, limit });
        self.forward(request, ticket, unscanned, started).await
    }

    async fn forward(
        &self,
        request: Request<Outgoing>,
        ticket: Ticket,
        unscanned: bool,
        started: Instant,
    ) -> Result<Response<Body>, Error> {
        let busy = self.metrics.in_flight(Lane::Pass);
        let (mut parts, outgoing) = request.into_parts();
        self.to_upstream(&mut parts.headers, &ticket);
        let (outgoing, reservation) = if ticket.counts_tokens() && parts.method == Method::POST {
            metered::reserve(&ticket, &self.metrics, &parts, outgoing, self.settings.server.inspected_body_limit)
                .await?
        } else {
            (outgoing, None)
        };
        let mut request = Request::new(outgoing);
        *request.method_mut() = parts.method;
        *request.uri_mut() = self.client.target(parts.uri)?;
        *request.headers_mut() = parts.headers;
        let mut keep = Metered::new(Arc::new(ticket), reservation, busy);
        let asked = Instant::now();
        keep.sent();
        let (mut parts, incoming) = self.client.send(request).await?.into_parts();
        let waited = asked.elapsed();
        keep.answered(parts.status);
        headers::strip_hop(&mut parts.headers);
        self.label(&mut parts.headers, keep.ticket());
        let verdict = if unscanned && parts.status.is_success() { Verdict::Unscanned } else { Verdict::NotCode };
        if verdict == Verdict::Unscanned {
            parts.headers.insert(headers::VERDICT, HeaderValue::from_static(Verdict::Unscanned.name()));
        }
        self.metrics.request(Lane::Pass, verdict, parts.status.as_u16(), started.elapsed().saturating_sub(waited));
        let keep: Box<dyn Keep> = Box::new(keep);
        let through = Through::new(incoming, self.settings.upstream.idle_timeout, Some(keep));
        Ok(Response::from_parts(parts, Body::Through(Box::new(through))))
    }

    /// Makes the headers of a request those of a call to the upstream.
    fn to_upstream(&self, headers: &mut HeaderMap, ticket: &Ticket) {
        headers::to_upstream(headers, self.client.host(), &self.instance);
        headers.remove(KEY_HEADER);
        if ticket.owns_authorization || (ticket.key.is_some() && !headers.contains_key(AUTHORIZATION)) {
            headers.remove(AUTHORIZATION);
            if let Some(key) = &self.settings.upstream.api_key
                && let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {}", key.expose()))
            {
                value.set_sensitive(true);
                headers.insert(AUTHORIZATION, value);
            }
        }
    }

    /// Gives an answer the standing of its key's limits, and a request id unless the upstream did.
    fn label(&self, headers: &mut HeaderMap, ticket: &Ticket) {
        if !headers.contains_key(&headers::REQUEST_ID) {
            let number = self.requests.fetch_add(1, Ordering::Relaxed);
            let name = format!("req_{}{number:x}", self.instance.to_str().unwrap_or_default());
            headers.insert(headers::REQUEST_ID, headers::value(&name));
        }
        ticket.write_headers(headers);
    }

    fn idle(&self) -> Duration {
        self.settings.upstream.idle_timeout
    }
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
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
mod paths {
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

#[cfg(test)]
mod tests;
