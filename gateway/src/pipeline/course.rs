//! One inspected exchange: what its stages share, and the stages before the answer (recall, ask).

use std::collections::HashSet;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, Request, Response, Uri, response};
use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;

use super::{Metered, Pipeline};
use crate::admit::estimate::prompt_tokens;
use crate::admit::{CallEstimate, Reservation, Ticket};
use crate::error::Error;
use crate::exchange::{CacheUse, Record, Stages, Verdict};
use crate::http::body::{Body, Outgoing, Through};
use crate::http::headers;
use crate::inspect::{Inspector, Rules};
use crate::intent::{self, Intent};
use crate::metrics::{InFlight, Lane};
use crate::recall::{Hit, Owner};
use crate::release::Outliving;
use crate::requirement::{self, RequirementId};
use crate::settings::Policy;
use crate::strategy::{Mode, Strategy};
use crate::task::Task;
use crate::upstream::Incoming;
use crate::upstream::ask::Asker;
use crate::wire::request::{Changes, Request as Chat};

/// All that is known of one exchange while it lasts.
#[derive(Debug)]
pub(super) struct Course {
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) ticket: Arc<Ticket>,
    /// Where its code comes from.
    pub(super) origin: Origin,
    pub(super) policy: Arc<Policy>,
    pub(super) strategy: Arc<dyn Strategy>,
    pub(super) chat: Arc<Chat>,
    pub(super) uri: Uri,
    /// Headers of the call to the upstream.
    pub(super) headers: HeaderMap,
    /// Cancelled when the client leaves.
    pub(super) gone: CancellationToken,
    pub(super) started: Instant,
    /// Time spent waiting for the upstream's first answer.
    pub(super) waited: Duration,
    pub(super) reservation: Option<Reservation>,
    /// What the report will say.
    pub(super) record: Record,
    /// Time spent securing, against the wall time of the policy.
    pub(super) securing: Duration,
    /// The status of the answer.
    pub(super) status: u16,
    /// What the request asks for, once that was looked at.
    intent: OnceLock<Option<Intent>>,
    /// What the prompt cache knew.
    pub(super) hit: Option<Hit>,
    /// Whether the answer had a finding that the added requirements are about.
    pub(super) left: bool,
    /// Names that replacements no longer have.
    pub(super) removed: HashSet<String>,
    /// Requirements that verifiably lowered k.
    pub(super) learned: Vec<RequirementId>,
    messages: OnceLock<Arc<[Box<RawValue>]>>,
    asker: Option<Arc<Asker>>,
    busy: InFlight,
}

/// Where the code of an exchange comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The answer of a model that the client asked.
    Answer,
    /// The request itself: no first call is made.
    Request,
}

impl Origin {
    /// The path of such an exchange.
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Answer => "/v1/chat/completions",
            Self::Request => Task::Secure.path(),
        }
    }
}

/// How an answer that came encoded is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Gzip,
    Deflate,
}

impl Encoding {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let Some(value) = headers.get(CONTENT_ENCODING) else { return Some(Self::Identity) };
        match value.to_str().ok()?.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Some(Self::Identity),
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            _ => None,
        }
    }
}

impl Course {
    #[expect(clippy::too_many_arguments, reason = "everything that is known when an exchange begins")]
    pub(super) fn new(
        pipeline: Arc<Pipeline>,
        ticket: Arc<Ticket>,
        policy: Arc<Policy>,
        strategy: Arc<dyn Strategy>,
        chat: Chat,
        uri: Uri,
        headers: HeaderMap,
        started: Instant,
    ) -> Self {
        let busy = pipeline.metrics.in_flight(Lane::Inspected);
        Self {
            ticket,
            origin: Origin::Answer,
            policy,
            strategy,
            chat: Arc::new(chat),
            uri,
            headers,
            gone: CancellationToken::new(),
            started,
            waited: Duration::ZERO,
            reservation: None,
            record: Record::default(),
            securing: Duration::ZERO,
            status: 0,
            intent: OnceLock::new(),
            hit: None,
            left: false,
            removed: HashSet::new(),
            learned: Vec::new(),
            messages: OnceLock::new(),
            asker: None,
            pipeline,
            busy,
        }
    }

    /// Runs the exchange as long as its client stays, and cleans up after it left.
    pub(super) async fn run(self) -> Result<Response<Body>, Error> {
        let (gone, tracker) = (self.gone.clone(), self.pipeline.tracker.clone());
        Outliving::new(self.answer(), gone, tracker).await
    }

    async fn answer(mut self) -> Result<Response<Body>, Error> {
        let response = self.ask().await?;
        let (mut parts, incoming) = response.into_parts();
        self.status = parts.status.as_u16();
        headers::strip_hop(&mut parts.headers);
        self.pipeline.label(&mut parts.headers, &self.ticket);
        if !parts.status.is_success() {
            if let Some(reservation) = self.reservation.take() {
                reservation.release();
            }
            return Ok(self.through(parts, incoming, Bytes::new(), Verdict::NotCode));
        }
        let kind = parts.headers.get(CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
        let streamed = kind.starts_with(b"text/event-stream");
        let Some(encoding) = Encoding::of(&parts.headers).filter(|_| streamed || is_json(kind)) else {
            return self.unscanned(parts, incoming, Bytes::new());
        };
        parts.headers.remove(CONTENT_ENCODING);
        if streamed { Ok(self.stream(parts, incoming, encoding)) } else { self.whole(parts, incoming, encoding).await }
    }

    /// recall, ask: the call to the upstream, cancelled when the client leaves.
    async fn ask(&mut self) -> Result<Response<Incoming>, Error> {
        let changes = self.changes();
        let body = self.chat.for_upstream(&changes);
        self.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        self.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        if self.ticket.key.is_some() || self.ticket.counts_tokens() {
            let mut reservation = self.ticket.reserve(&self.estimate(&body)).map_err(|denied| {
                self.pipeline.metrics.denied(&denied);
                Error::from(denied)
            })?;
            reservation.sent();
            self.reservation = Some(reservation);
        }
        let mut request = Request::new(Outgoing::from(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        let asked = Instant::now();
        let answer = tokio::select! {
            biased;
            answer = self.pipeline.client.send(request) => answer,
            // Nobody is there to read the error.
            () = self.gone.cancelled() => Err(Error::UpstreamBroken),
        };
        self.waited = asked.elapsed();
        answer
    }

    /// recall: what the request goes out with.
    fn changes(&mut self) -> Changes {
        let include_usage = self.ticket.counts_tokens();
        self.hit = self.find();
        let addition = self.hit.as_ref().map(|hit| requirement::text(&hit.requirements));
        Changes { include_usage, addition }
    }

    fn find(&mut self) -> Option<Hit> {
        let pipeline = Arc::clone(&self.pipeline);
        let recall = pipeline.recall.as_ref().filter(|recall| self.recalls() && recall.has_any())?;
        if !self.chat.takes_addition() {
            return None;
        }
        let intent = self.intent()?;
        recall.find(self.owner(), intent, crate::admit::now())
    }

    /// Whether the policy lets the prompt cache take part.
    fn recalls(&self) -> bool {
        self.origin == Origin::Answer
            && self.policy.prompt_cache
            && self.policy.rules.mode != Mode::Observe
            && self.strategy.name() != "none"
    }

    /// What the request asks for; `None` if that is no code, or of no interest.
    fn intent(&self) -> Option<&Intent> {
        self.intent.get_or_init(|| intent::of(&self.messages())).as_ref()
    }

    fn owner(&self) -> Owner<'_> {
        Owner { tenant: self.ticket.key.as_ref().unwrap_or(&self.ticket.tenant), policy: &self.policy.name }
    }

    /// How the prompt cache took part in an exchange with code.
    pub(super) fn cache_use(&mut self) -> CacheUse {
        if self.hit.is_some() {
            return CacheUse::Hit;
        }
        let takes_part = self.pipeline.recall.is_some() && self.recalls() && self.intent().is_some();
        if takes_part { CacheUse::Miss } else { CacheUse::Off }
    }

    /// remember: what was learned about the intent, on a blocking thread.
    pub(super) fn remember_intent(&mut self) {
        let Some(recall) = self.pipeline.recall.clone() else { return };
        let (hit, left, learned) = (self.hit.take(), self.left, std::mem::take(&mut self.learned));
        let intent = if learned.is_empty() || !self.recalls() { None } else { self.intent().cloned() };
        if hit.is_none() && intent.is_none() {
            return;
        }
        let owner = self.owner();
        let (tenant, policy) = (owner.tenant.to_owned(), owner.policy.to_owned());
        self.pipeline.tracker.spawn_blocking(move || {
            let now = crate::admit::now();
            let used = hit.map_or(Ok(()), |hit| recall.used(&hit, left, now));
            let owner = Owner { tenant: &tenant, policy: &policy };
            let learn = intent.map_or(Ok(()), |intent| recall.learn(owner, &intent, &learned, now));
            if let Err(error) = used.and(learn) {
                tracing::warn!(%error, "the prompt cache could not be written");
            }
        });
    }

    fn estimate<'a>(&'a self, body: &[u8]) -> CallEstimate<'a> {
        CallEstimate {
            model: &self.chat.model,
            input_tokens: prompt_tokens(body),
            output_limit: self.chat.output_limit,
            choices: self.chat.choices,
        }
    }

    /// What the first call costs at most, in millionths of a dollar. Where there is none, what one would have cost bounds
    /// the calls that follow, and no money is held for it.
    pub(super) fn first_price(&mut self) -> Option<u64> {
        let price = |reservation: &Reservation| reservation.cost(&reservation.estimated()).micros();
        match self.origin {
            Origin::Answer => self.priced().map(price),
            Origin::Request => {
                let reservation = self.ticket.reserve(&self.estimate(self.chat.body())).ok()?;
                let first = price(&reservation);
                reservation.release();
                Some(first)
            }
        }
    }

    /// The reservation of the first call; for callers without a key it only knows prices.
    pub(super) fn priced(&mut self) -> Option<&Reservation> {
        if self.reservation.is_none() {
            let mut reservation = self.ticket.reserve(&self.estimate(self.chat.body())).ok()?;
            reservation.sent();
            self.reservation = Some(reservation);
        }
        self.reservation.as_ref()
    }

    pub(super) fn messages(&self) -> Arc<[Box<RawValue>]> {
        Arc::clone(self.messages.get_or_init(|| self.chat.messages().into()))
    }

    pub(super) fn asker(&mut self) -> Arc<Asker> {
        let (pipeline, ticket, chat) = (&self.pipeline, &self.ticket, &self.chat);
        Arc::clone(self.asker.get_or_insert_with(|| {
            Arc::new(Asker {
                client: pipeline.client.clone(),
                ticket: Arc::clone(ticket),
                chat: Arc::clone(chat),
                uri: self.uri.clone(),
                headers: self.headers.clone(),
                answer_limit: pipeline.settings.server.answer_limit,
                idle: pipeline.idle(),
                gone: self.gone.clone(),
                rounds: AtomicU32::new(0),
            })
        }))
    }

    pub(super) fn inspector(&self, streamed: bool) -> Inspector {
        let rules = Rules {
            hold: self.pipeline.settings.hold,
            drop_reasoning: self.policy.rules.mode == Mode::Enforce && self.policy.drop_reasoning,
            drop_usage: self.ticket.counts_tokens() && !self.chat.usage_asked,
        };
        Inspector::new(rules, streamed)
    }

    /// Hands on an answer that cannot be inspected, as far as the policy lets it.
    pub(super) fn unscanned(
        self,
        parts: response::Parts,
        incoming: Incoming,
        first: Bytes,
    ) -> Result<Response<Body>, Error> {
        if self.policy.fail_closed {
            return Err(Error::Withheld);
        }
        Ok(self.through(parts, incoming, first, Verdict::Unscanned))
    }

    /// Hands on the rest of an answer as it comes.
    fn through(
        mut self,
        mut parts: response::Parts,
        incoming: Incoming,
        first: Bytes,
        verdict: Verdict,
    ) -> Response<Body> {
        if verdict == Verdict::Unscanned {
            parts.headers.insert(headers::VERDICT, HeaderValue::from_static(verdict.name()));
        }
        self.count(verdict);
        let Self { pipeline, ticket, reservation, busy, .. } = self;
        let idle = pipeline.idle();
        let keep = Box::new(Metered::new(ticket, reservation, busy));
        Response::from_parts(parts, Body::Through(Box::new(Through::new(incoming, idle, Some(keep)).after(first))))
    }

    /// Counts the request; the time is what was not spent waiting for the upstream.
    pub(super) fn count(&mut self, verdict: Verdict) {
        let asked = Duration::from_micros(self.record.stages.ask_us);
        let ours = self.started.elapsed().saturating_sub(self.waited).saturating_sub(asked);
        self.pipeline.metrics.request(Lane::Inspected, verdict, self.status, ours);
    }

    /// Where the time went so far.
    pub(super) fn stages(&mut self) -> &mut Stages {
        &mut self.record.stages
    }
}

fn is_json(kind: &[u8]) -> bool {
    kind.is_empty() || kind.starts_with(b"application/json") || kind.windows(5).any(|window| window == b"+json")
}
