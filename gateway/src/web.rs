//! Pages and their JSON: reports, the start page, figures. Everything is escaped, nothing is loaded from elsewhere.
//!
//! **A report is read by whoever knows its id** (128 random bits); where no keys are required, only from this machine.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, REFERRER_POLICY, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;

use crate::metrics::Metrics;
use crate::report::Reports;
use crate::settings::Secret;

mod code;
mod diff;
mod frame;
mod highlight;
mod home;
mod list;
pub mod report;
mod rules;
mod time;

/// Most reports in one list.
const MOST_LISTED: usize = 200;
/// Reports in a list that does not say how many.
const LISTED: usize = 50;

/// What the pages need.
#[derive(Debug)]
pub struct Pages {
    /// The reports.
    pub reports: Reports,
    /// The figures.
    pub metrics: Arc<Metrics>,
    /// Whether keys are required: then reports may be read from other machines.
    pub keys_required: bool,
    /// The administrator's token; without one, lists are for this machine only.
    pub admin_token: Option<Secret>,
    /// Where the gateway listens.
    pub listen: SocketAddr,
}

/// The routes.
pub fn router(pages: Arc<Pages>) -> Router {
    Router::new()
        .route("/", get(start))
        .route("/rules", get(rules_page))
        .route("/reports", get(list_page))
        .route("/reports/{id}", get(report_page))
        .route("/api/openapi.json", get(description))
        .route("/api/reports", get(list_json))
        .route("/api/reports/{id}", get(report_json))
        .route("/metrics", get(figures))
        .with_state(pages)
}

/// Who asks, as far as the pages care.
struct Reader {
    /// From this machine, and under a name of this machine: a page elsewhere cannot pass for it by its own DNS name.
    local: bool,
    token: Option<String>,
}

impl Reader {
    fn of(request: &Request) -> Self {
        let peer = request.extensions().get::<axum::extract::ConnectInfo<SocketAddr>>();
        let local = peer.is_some_and(|peer| peer.0.ip().to_canonical().is_loopback());
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        Self { local: local && host.is_none_or(names_this_machine), token: token(request.headers()) }
    }

    fn may_read(&self, pages: &Pages) -> bool {
        self.local || pages.keys_required
    }

    fn may_list(&self, pages: &Pages) -> bool {
        match &pages.admin_token {
            Some(expected) => self.token.as_deref().is_some_and(|token| equal(token, expected.expose())),
            None => self.local,
        }
    }
}

#[derive(Debug, Deserialize)]
struct Slice {
    before: Option<u64>,
    limit: Option<usize>,
}

#[derive(Debug, Deserialize)]
struct Form {
    format: Option<String>,
}

async fn start(State(pages): State<Arc<Pages>>, request: Request) -> Response {
    let reader = Reader::of(&request);
    shown(StatusCode::OK, home::page(&pages, reader.may_list(&pages)))
}

async fn list_page(State(pages): State<Arc<Pages>>, Query(slice): Query<Slice>, request: Request) -> Response {
    match summaries(&pages, &slice, &Reader::of(&request)).await {
        Ok(summaries) => shown(StatusCode::OK, list::page(&summaries, slice.limit.unwrap_or(LISTED))),
        Err(refusal) => refusal.page(),
    }
}

async fn list_json(State(pages): State<Arc<Pages>>, Query(slice): Query<Slice>, request: Request) -> Response {
    match summaries(&pages, &slice, &Reader::of(&request)).await {
        Ok(summaries) => json(StatusCode::OK, &serde_json::json!({ "reports": summaries })),
        Err(refusal) => refusal.json(),
    }
}

async fn report_page(State(pages): State<Arc<Pages>>, Path(id): Path<String>, request: Request) -> Response {
    match record(&pages, id, &Reader::of(&request)).await {
        Ok(record) => shown(StatusCode::OK, report::page(&record, report::Place::Served)),
        Err(refusal) => refusal.page(),
    }
}

async fn report_json(
    State(pages): State<Arc<Pages>>,
    Path(id): Path<String>,
    Query(form): Query<Form>,
    request: Request,
) -> Response {
    let record = record(&pages, id, &Reader::of(&request)).await;
    match (record, form.format.as_deref()) {
        (Ok(record), None | Some("json")) => json(StatusCode::OK, &record),
        (Ok(record), Some("html")) => shown(StatusCode::OK, report::page(&record, report::Place::Served)),
        (Ok(_), Some(_)) => Refusal::Form.json(),
        (Err(refusal), _) => refusal.json(),
    }
}

/// Public: it says nothing about anyone's code. Its first reader waits until the examples are read.
async fn rules_page() -> Response {
    match tokio::task::spawn_blocking(rules::page).await {
        Ok(page) => shown(StatusCode::OK, page.to_owned()),
        Err(_) => Refusal::Failed.page(),
    }
}

/// Public: it says what is here, and nothing about anyone's code.
async fn description() -> Response {
    json(StatusCode::OK, crate::api::description())
}

async fn figures(State(pages): State<Arc<Pages>>) -> Response {
    pages.metrics.reports_dropped(pages.reports.dropped());
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    ([(CONTENT_TYPE, kind)], pages.metrics.render()).into_response()
}

/// Why there is nothing to see.
#[derive(Debug, Clone, Copy)]
enum Refusal {
    Missing,
    Elsewhere,
    Token,
    Form,
    Failed,
}

impl Refusal {
    const fn says(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Missing => (
                StatusCode::NOT_FOUND,
                "not_found",
                "There is no report of this id. It may have been removed after its time, or the answer is still on its way.",
            ),
            Self::Elsewhere => (
                StatusCode::FORBIDDEN,
                "forbidden",
                "Without required keys, reports can be read only from the machine that the gateway runs on.",
            ),
            Self::Token => (
                StatusCode::UNAUTHORIZED,
                "admin_token",
                "Lists of reports need the administrator's token; without one they can be read only from the machine that \
                 the gateway runs on.",
            ),
            Self::Form => (StatusCode::BAD_REQUEST, "bad_request", "The format must be json or html."),
            Self::Failed => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "The store failed."),
        }
    }

    fn page(self) -> Response {
        let (status, _, text) = self.says();
        self.asking(shown(status, frame::message(text)))
    }

    fn json(self) -> Response {
        let (status, code, text) = self.says();
        let kind = if status.is_server_error() { "server_error" } else { "invalid_request_error" };
        let error = serde_json::json!({ "message": text, "type": kind, "param": null, "code": code });
        self.asking(json(status, &serde_json::json!({ "error": error })))
    }

    /// Lets a browser ask for the token.
    fn asking(self, mut response: Response) -> Response {
        if matches!(self, Self::Token) {
            let challenge =
                HeaderValue::from_static("Basic realm=\"Sallyport: any name, the admin token as password\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

async fn record(pages: &Pages, id: String, reader: &Reader) -> Result<crate::report::Record, Refusal> {
    if !reader.may_read(pages) {
        return Err(Refusal::Elsewhere);
    }
    let reports = pages.reports.clone();
    blocking(move || reports.load(&id)).await?.ok_or(Refusal::Missing)
}

async fn summaries(pages: &Pages, slice: &Slice, reader: &Reader) -> Result<Vec<crate::report::Summary>, Refusal> {
    if !reader.may_list(pages) {
        return Err(Refusal::Token);
    }
    let (reports, before, most) = (pages.reports.clone(), slice.before, slice.limit.unwrap_or(LISTED).min(MOST_LISTED));
    blocking(move || reports.list(before, most)).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, crate::store::StoreError> + Send + 'static,
) -> Result<T, Refusal> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a page could not be read from the store");
            Err(Refusal::Failed)
        }
        Err(_) => Err(Refusal::Failed),
    }
}

fn shown(status: StatusCode, text: String) -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let mut response = (status, text).into_response();
    protect(response.headers_mut(), kind);
    if let Ok(policy) = HeaderValue::from_str(frame::policy()) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn json<T: serde::Serialize>(status: StatusCode, value: &T) -> Response {
    let Ok(text) = serde_json::to_string(value) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut response = (status, text).into_response();
    protect(response.headers_mut(), HeaderValue::from_static("application/json"));
    response
}

/// Reports are for whoever opened them: nothing keeps, frames, sniffs or tells of them.
fn protect(headers: &mut HeaderMap, kind: HeaderValue) {
    let fixed: [(HeaderName, &'static str); 5] = [
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (http::header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    headers.insert(CONTENT_TYPE, kind);
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Whether a `Host` header names this machine.
fn names_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

/// The token of `Authorization: Bearer …`, or the password of `Basic …`.
fn token(headers: &HeaderMap) -> Option<String> {
    let (scheme, value) = headers.get(AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.trim().to_owned());
    }
    let pair = scheme.eq_ignore_ascii_case("basic").then(|| frame::decode_base64(value.trim()))??;
    let (_, password) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
    Some(password.to_owned())
}

/// Equality that takes as long for every wrong token: both are digested first.
fn equal(given: &str, expected: &str) -> bool {
    let digest = |text: &str| ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    let (given, expected) = (digest(given), digest(expected));
    let difference = given.as_ref().iter().zip(expected.as_ref()).fold(0, |sum, (ours, theirs)| sum | (ours ^ theirs));
    std::hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests;
