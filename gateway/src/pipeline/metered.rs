//! What a pass-through call costs: reserved from its request, settled by what the answer says it used.

use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap};
use http::request::Parts;

use crate::admit::estimate::prompt_tokens;
use crate::admit::{CallEstimate, Denied, Reservation, Ticket, Usage};
use crate::error::Error;
use crate::http::body::{self, BodyError, Keep, Outgoing, Read};
use crate::metrics::{InFlight, Metrics};
use crate::wire::json;

/// How much of an answer's end is kept to find its usage figures in.
const TAIL: usize = 16 << 10;

/// A pass-through call under way. Dropping it settles by estimate.
#[derive(Debug)]
pub(super) struct Metered {
    ticket: Arc<Ticket>,
    reservation: Option<Reservation>,
    tail: Vec<u8>,
    _busy: InFlight,
}

impl Metered {
    pub(super) fn new(ticket: Arc<Ticket>, reservation: Option<Reservation>, busy: InFlight) -> Self {
        Self { ticket, reservation, tail: Vec::new(), _busy: busy }
    }

    pub(super) fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// The call is about to leave.
    pub(super) fn sent(&mut self) {
        if let Some(reservation) = &mut self.reservation {
            reservation.sent();
        }
    }

    /// The upstream answered; a refusal costs nothing.
    pub(super) fn answered(&mut self, status: StatusCode) {
        if !status.is_success()
            && let Some(reservation) = self.reservation.take()
        {
            reservation.release();
        }
    }
}

impl Keep for Metered {
    fn passed(&mut self, bytes: &Bytes) {
        let Some(reservation) = &mut self.reservation else { return };
        reservation.received(bytes.len());
        self.tail.extend_from_slice(bytes);
        if self.tail.len() > 2 * TAIL {
            self.tail.drain(..self.tail.len() - TAIL);
        }
    }
}

impl Drop for Metered {
    fn drop(&mut self) {
        if let Some(reservation) = self.reservation.take() {
            match usage(&String::from_utf8_lossy(&self.tail)) {
                Some(usage) => reservation.settle(&usage),
                None => reservation.settle_by_estimate(),
            };
        }
    }
}

/// The last usage figures in the end of an answer, in either spelling.
fn usage(tail: &str) -> Option<Usage> {
    let at = tail.rfind("\"usage\"")? + "\"usage\"".len();
    let object = tail.get(at..)?.trim_start().strip_prefix(':')?.trim_start();
    let mut usage = Usage::default();
    let mut walk = json::members(object, 0);
    for member in walk.by_ref() {
        let figure = object.get(member.value).and_then(|value| value.parse().ok());
        match (&*member.key, figure) {
            ("prompt_tokens" | "input_tokens", Some(figure)) => usage.input = figure,
            ("completion_tokens" | "output_tokens", Some(figure)) => usage.output = figure,
            _ => {}
        }
    }
    walk.is_whole().then_some(usage)
}

/// Reserves a call whose body names a model. Others are what models without a price are, unless they cost nothing.
pub(super) async fn reserve(
    ticket: &Ticket,
    metrics: &Metrics,
    request: &Parts,
    outgoing: Outgoing,
    limit: usize,
) -> Result<(Outgoing, Option<Reservation>), Error> {
    let refused = |denied: Denied| {
        metrics.denied(&denied);
        Error::from(denied)
    };
    let free = costs_nothing(request.uri.path());
    if is_form(&request.headers) {
        if !free {
            ticket.pass_unpriced().map_err(refused)?;
        }
        return Ok((outgoing, None));
    }
    let bytes = match outgoing {
        Outgoing::Whole(bytes) => bytes.unwrap_or_default(),
        Outgoing::Through { incoming, .. } => {
            match body::read(incoming, limit, std::time::Duration::from_mins(1)).await {
                Ok(Read::Whole(bytes)) => bytes,
                Ok(Read::Longer(..)) => return Err(Error::TooLarge { limit: limit as u64 }),
                Err(BodyError::Silent) => return Err(Error::bad_request("the request body went silent")),
                Err(_) => return Err(Error::bad_request("the request body broke off")),
            }
        }
    };
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let (mut model, mut output_limit, mut choices) = (None, None, 1);
    for member in json::members(text, 0) {
        let value = text.get(member.value).unwrap_or_default();
        match &*member.key {
            "model" => model = json::decode(value).map(std::borrow::Cow::into_owned),
            "max_tokens" | "max_completion_tokens" | "max_output_tokens" => output_limit = value.parse().ok(),
            "n" => choices = value.parse().unwrap_or(1),
            _ => {}
        }
    }
    let reservation = match &model {
        Some(model) => {
            let input_tokens = prompt_tokens(&bytes);
            Some(ticket.reserve(&CallEstimate { model, input_tokens, output_limit, choices }).map_err(refused)?)
        }
        None if free => None,
        None => {
            ticket.pass_unpriced().map_err(refused)?;
            None
        }
    };
    Ok((Outgoing::from(bytes), reservation))
}

/// Whether a POST to this path only stores something: nothing is generated, nothing is charged by tokens.
fn costs_nothing(path: &str) -> bool {
    const STORES: [&str; 7] =
        ["files", "uploads", "vector_stores", "containers", "conversations", "moderations", "threads"];
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    segments.next() == Some("v1")
        && segments.next().is_some_and(|first| STORES.contains(&first))
        && !segments.any(|segment| segment.eq_ignore_ascii_case("runs") || segment.contains('%'))
}

/// Whether the body is a form: files are not read.
fn is_form(headers: &HeaderMap) -> bool {
    let form = b"multipart/";
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.as_bytes().get(..form.len()));
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case(form))
}

#[cfg(test)]
mod tests {
    use super::{costs_nothing, usage};

    #[test]
    fn only_what_stores_costs_nothing() {
        let check = |path: &str, free: bool| assert_eq!(costs_nothing(path), free, "{path}");
        check("/v1/files", true);
        check("/v1/files/", true);
        check("/v1/uploads/u1/parts", true);
        check("/v1/threads/t1/messages", true);
        check("/v1/threads/t1/runs", false);
        check("/v1/threads/t1/%72uns", false);
        check("/v1/threads/runs", false);
        check("/v1/filesystem", false);
        check("/v1/batches", false);
        check("/v1/audio/transcriptions", false);
        check("/v1/images/edits", false);
        check("/files", false);
    }

    #[test]
    fn usage_is_found_at_the_end() {
        let check = |tail: &str, expected: Option<(u64, u64)>| {
            assert_eq!(usage(tail).map(|usage| (usage.input, usage.output)), expected, "{tail}");
        };
        check(r#"…"x"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#, Some((3, 4)));
        check("\"usage\" : {\"input_tokens\":5,\"output_tokens\":6, \"d\":{}}}\n\ndata: [DONE]\n\n", Some((5, 6)));
        check(r#""usage":{"prompt_tokens":3"#, None);
        check(r#""usage":null"#, None);
        check("", None);
    }
}
