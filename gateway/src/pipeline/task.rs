//! The tasks under `/api`: admitted like any request; code goes in, findings, repaired code or a ranking come out.

use std::sync::Arc;
use std::time::Instant;

use analyzers::finding::{Status, weighted_count};
use analyzers::program::Program;
use analyzers::scan::{self, Analysis};
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method, Request, Response, Uri};
use hyper::body::Incoming;
use serde::Serialize;
use serde_json::json;

use super::course::{Course, Origin};
use super::finish::Replaced;
use super::{Pipeline, select};
use crate::admit::Ticket;
use crate::classify;
use crate::error::Error;
use crate::exchange::{FindingRecord, Places, Verdict, micros};
use crate::external::Failure;
use crate::http::body::{self, Body, Read};
use crate::http::headers;
use crate::inspect::Pending;
use crate::metrics::Lane;
use crate::release::Outliving;
use crate::strategy::Asking;
use crate::task::{Analyzed, BeforeAfter, Classified, Secured, Task, Wanted};
use crate::unit::Unit;
use crate::wire::request::Request as Chat;

/// What code was asked for with, where the request does not say.
const PROMPT: &str = "Write this program.";
/// Most findings that an answer tells one by one; the headers count all.
const MOST_FINDINGS: usize = 1_000;

/// Answers one request.
pub(super) async fn run(
    pipeline: Arc<Pipeline>,
    task: Task,
    request: Request<Incoming>,
) -> Result<Response<Body>, Error> {
    let started = Instant::now();
    if request.method() != Method::POST {
        return Err(Error::MethodNotAllowed);
    }
    let ticket = pipeline.admit(request.headers())?;
    let (parts, incoming) = request.into_parts();
    let wanted = Wanted::read(task, &body(&pipeline, incoming).await?)?;
    match task {
        Task::Analyze => analyze(&pipeline, &ticket, wanted, started).await,
        Task::Classify => classify(&pipeline, &ticket, wanted, started).await,
        Task::Secure => secure(pipeline, ticket, parts.headers, wanted, started).await,
    }
}

/// The body: code is not read beyond the bound of a unit, so that no body need be much longer.
async fn body(pipeline: &Pipeline, incoming: Incoming) -> Result<Bytes, Error> {
    let server = &pipeline.settings.server;
    let limit = pipeline.settings.hold.unit_bytes.min(server.inspected_body_limit);
    let read = body::read(incoming, limit, pipeline.idle()).await;
    match read.map_err(|_| Error::bad_request("the request body broke off"))? {
        Read::Whole(body) => Ok(body),
        Read::Longer(..) => Err(Error::TooLarge { limit: limit as u64 }),
    }
}

/// Parses and scans, on a blocking thread.
async fn read(pipeline: &Pipeline, wanted: Wanted) -> Result<(Program, Analysis), Error> {
    let limits = pipeline.settings.analysis;
    let task = pipeline.tracker.spawn_blocking(move || {
        let program = Program::parse(wanted.language, wanted.code, &limits);
        let analysis = scan::analyse(&program);
        (program, analysis)
    });
    task.await.map_err(|_| Error::Internal)
}

async fn analyze(
    pipeline: &Pipeline,
    ticket: &Ticket,
    wanted: Wanted,
    started: Instant,
) -> Result<Response<Body>, Error> {
    let busy = pipeline.metrics.in_flight(Lane::Inspected);
    let (program, mut analysis) = read(pipeline, wanted).await?;
    let external = pipeline.external.get(&ticket.policy.name).cloned().unwrap_or_default();
    let deadline = tokio::time::Instant::now() + ticket.policy.limits.wall_whole;
    let opinion = external.opinion(&program, &analysis.findings, deadline).await;
    analysis.findings.extend(opinion.findings);
    let unread = analysis.status != Status::Scanned || !opinion.failed.is_empty();
    let verdict = match analysis.issues().next() {
        _ if unread => Verdict::Unscanned,
        Some(_) => Verdict::Observed,
        None => Verdict::Clean,
    };
    if unread && ticket.policy.fail_closed {
        return Err(Error::Withheld);
    }
    let (told, places) = (analysis.findings.iter().take(MOST_FINDINGS), Places::of(&program.text));
    let answer = Analyzed {
        language: program.language.name().to_owned(),
        status: analysis.status.name().to_owned(),
        verdict,
        k: weighted_count(&analysis.findings),
        findings: told.map(|finding| FindingRecord::new(finding, &places)).collect(),
        suppressions: markers(&analysis),
        unjudged: opinion.failed.iter().map(unjudged).collect(),
    };
    drop(busy);
    let mut response = unreported(pipeline, ticket, &answer, verdict, started)?;
    response.headers_mut().insert(headers::VERDICT, HeaderValue::from_static(verdict.name()));
    Ok(response)
}

async fn classify(
    pipeline: &Pipeline,
    ticket: &Ticket,
    wanted: Wanted,
    started: Instant,
) -> Result<Response<Body>, Error> {
    let busy = pipeline.metrics.in_flight(Lane::Inspected);
    let (program, analysis) = read(pipeline, wanted).await?;
    let answer = Classified {
        language: program.language.name().to_owned(),
        status: analysis.status.name().to_owned(),
        weaknesses: classify::rank(&analysis.findings, &program.text),
    };
    let verdict = if analysis.status == Status::Scanned { Verdict::Observed } else { Verdict::Unscanned };
    drop(busy);
    unreported(pipeline, ticket, &answer, verdict, started)
}

/// The answer to a task that keeps no report.
fn unreported(
    pipeline: &Pipeline,
    ticket: &Ticket,
    answer: &impl Serialize,
    verdict: Verdict,
    started: Instant,
) -> Result<Response<Body>, Error> {
    pipeline.metrics.request(Lane::Inspected, verdict, 200, started.elapsed());
    let mut response = respond(answer)?;
    pipeline.label(response.headers_mut(), ticket);
    Ok(response)
}

async fn secure(
    pipeline: Arc<Pipeline>,
    ticket: Ticket,
    mut headers: HeaderMap,
    wanted: Wanted,
    started: Instant,
) -> Result<Response<Body>, Error> {
    let (policy, strategy) =
        select::choose(&pipeline, &ticket.policy, &headers, Some(&wanted.asked)).map_err(own_param)?;
    let reach = strategy.reach();
    let helpless = wanted.model.is_none() && !reach.rewrites && reach.asks != Asking::Never;
    if helpless && strategy.name() != ticket.policy.strategy {
        let message = "this strategy asks a model: name one in `model`".into();
        return Err(Error::BadRequest { message, param: Some("model") });
    }
    let prompt = wanted.prompt.as_deref().unwrap_or(PROMPT);
    let model = wanted.model.as_deref().unwrap_or_default();
    let chat = json!({ "model": model, "messages": [{ "role": "user", "content": prompt }] });
    let chat = Chat::read(&Bytes::from(chat.to_string())).ok_or(Error::Internal)?;
    headers.remove(CONTENT_ENCODING);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    pipeline.to_upstream(&mut headers, &ticket);
    let uri = pipeline.client.target(Uri::from_static(Origin::Answer.path()))?;
    let mut course = Course::new(pipeline, Arc::new(ticket), policy, strategy, chat, uri, headers, started);
    course.origin = Origin::Request;
    let (gone, tracker) = (course.gone.clone(), course.pipeline.tracker.clone());
    Outliving::new(course.repair(Unit::given(wanted.language, wanted.code)), gone, tracker).await
}

impl Course {
    /// secure, release, remember: for code that the request holds.
    async fn repair(mut self, unit: Unit) -> Result<Response<Body>, Error> {
        let pending = Pending::alone(unit);
        let task = self.secure(&pending, None, false);
        let outcome = tokio::select! {
            biased;
            () = self.gone.cancelled() => None,
            outcome = task => Some(outcome),
        };
        let Some(outcome) = outcome else {
            self.conclude(true);
            self.remember();
            return Err(Error::UpstreamBroken);
        };
        let replaced = self.note(&pending, outcome);
        self.conclude(false);
        let mut response = respond(&self.secured(&pending.unit, replaced))?;
        self.describe(response.headers_mut(), self.record.verdict);
        self.pipeline.label(response.headers_mut(), &self.ticket);
        self.remember();
        Ok(response)
    }

    /// The record is complete, or broken off.
    fn conclude(&mut self, cancelled: bool) {
        self.status = 200;
        self.record.cancelled = cancelled;
        let total = micros(self.started.elapsed());
        self.stages().total_us = total;
        self.identify();
    }

    fn secured(&self, unit: &Unit, replaced: Replaced) -> Secured {
        let record = &self.record;
        let mut told = record.units.first().cloned().unwrap_or_default();
        told.found.truncate(MOST_FINDINGS);
        told.remaining.truncate(MOST_FINDINGS);
        let withheld = replaced.replacement.is_some_and(|replacement| replacement.withheld);
        let cost: u64 = record.calls.iter().map(|call| call.cost_micros).sum();
        Secured {
            report: self.is_reported().then(|| record.id.clone()),
            verdict: record.verdict,
            language: told.language,
            mode: record.mode.clone(),
            strategy: record.strategy.clone(),
            changed: replaced.code.is_some(),
            code: if withheld { None } else { replaced.code.or_else(|| Some(unit.text.clone())) },
            findings: BeforeAfter { before: told.found, after: told.remaining },
            edits: told.edits,
            suppressions: told.suppressions,
            unscanned: record.unscanned.clone(),
            config: record.variables.clone(),
            similarity: told.similarity,
            iterations: told.iterations,
            calls: record.calls.clone(),
            cost_usd: cost as f64 / 1e6,
        }
    }
}

/// The names of fields here, where an error names those of a chat request.
fn own_param(error: Error) -> Error {
    match error {
        Error::BadRequest { message, param: Some("sallyport.mode") } => {
            Error::BadRequest { message, param: Some("mode") }
        }
        Error::BadRequest { message, param: Some("sallyport.strategy") } => {
            Error::BadRequest { message, param: Some("strategy") }
        }
        other => other,
    }
}

fn markers(analysis: &Analysis) -> Vec<String> {
    let mut markers: Vec<String> = analysis.suppressions.iter().map(|found| found.marker.to_owned()).collect();
    markers.sort();
    markers.dedup();
    markers
}

fn unjudged((analyzer, failure): &(&'static str, Failure)) -> String {
    format!("{analyzer} {failure}")
}

fn respond<T: Serialize>(answer: &T) -> Result<Response<Body>, Error> {
    let text = serde_json::to_vec(answer).map_err(|_| Error::Internal)?;
    let mut response = Response::new(Body::from(Bytes::from(text)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(http::header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

#[cfg(test)]
mod tests;
