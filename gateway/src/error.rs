//! Every error that a client can get: one enum, one map to status, OpenAI-shaped. Never holds user code or keys.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};

/// Tells official SDKs whether to try again.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// What a client is told. Named by who must act.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller must mend the request.
    #[error("{message}")]
    BadRequest {
        /// What is wrong, without quoting the request.
        message: String,
        /// The field at fault.
        param: Option<&'static str>,
    },
    /// The caller must send another key.
    #[error("{0}")]
    Unauthorized(&'static str),
    /// The caller may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// There is nothing here.
    #[error("there is nothing at this path; the API is under /v1 and /api")]
    NotFound,
    /// The caller used a method that the path has not.
    #[error("this path does not have that method")]
    MethodNotAllowed,
    /// The caller sent too much.
    #[error("the request body is longer than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The operator must raise the key's budget, or the window must pass.
    #[error("{message}")]
    BudgetSpent {
        /// What is spent.
        message: String,
        /// Machine-readable facts, merged into the error object.
        details: Box<serde_json::Map<String, serde_json::Value>>,
    },
    /// The caller must slow down.
    #[error("{message}")]
    RateLimited {
        /// Which limit.
        message: String,
        /// When it may try again.
        retry_after: Duration,
        /// `x-ratelimit-*`.
        headers: Vec<(HeaderName, HeaderValue)>,
    },
    /// The operator pointed the upstream at this gateway.
    #[error("the upstream is this gateway itself")]
    Loop,
    /// The upstream cannot be reached.
    #[error("the upstream cannot be reached")]
    UpstreamUnreachable,
    /// The upstream broke off or does not speak HTTP.
    #[error("the upstream broke the connection")]
    UpstreamBroken,
    /// The upstream did not begin its answer in time.
    #[error("the upstream did not answer in time")]
    UpstreamTimeout,
    /// The gateway is stopping or at its limit.
    #[error("{0}")]
    Unavailable(&'static str),
    /// The answer could not be inspected and the policy withholds such answers.
    #[error("the answer could not be inspected and is withheld")]
    Withheld,
    /// Something in the gateway failed.
    #[error("the gateway failed")]
    Internal,
}

impl Error {
    /// A bad request without a field at fault.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::BadRequest { message: message.into(), param: None }
    }

    /// The one map to status.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest { .. } => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BudgetSpent { .. } => StatusCode::PAYMENT_REQUIRED,
            Self::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Loop => StatusCode::LOOP_DETECTED,
            Self::UpstreamUnreachable | Self::UpstreamBroken | Self::Withheld => StatusCode::BAD_GATEWAY,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::UpstreamTimeout => StatusCode::GATEWAY_TIMEOUT,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The error object's `type`.
    const fn kind(&self) -> &'static str {
        match self {
            Self::BadRequest { .. } | Self::NotFound | Self::MethodNotAllowed | Self::TooLarge { .. } => {
                "invalid_request_error"
            }
            Self::Unauthorized(_) => "authentication_error",
            Self::Forbidden(_) => "permission_error",
            Self::BudgetSpent { .. } => "insufficient_quota",
            Self::RateLimited { .. } => "rate_limit_error",
            Self::Loop | Self::Unavailable(_) | Self::Internal | Self::Withheld => "server_error",
            Self::UpstreamUnreachable | Self::UpstreamBroken | Self::UpstreamTimeout => "upstream_error",
        }
    }

    /// The error object's `code`.
    const fn code(&self) -> &'static str {
        match self {
            Self::BadRequest { .. } => "bad_request",
            Self::Unauthorized(_) => "invalid_api_key",
            Self::Forbidden(_) => "forbidden",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::TooLarge { .. } => "request_too_large",
            Self::BudgetSpent { .. } => "budget_exceeded",
            Self::RateLimited { .. } => "rate_limit_exceeded",
            Self::Loop => "upstream_is_gateway",
            Self::UpstreamUnreachable => "upstream_unreachable",
            Self::UpstreamBroken => "upstream_broken",
            Self::UpstreamTimeout => "upstream_timeout",
            Self::Unavailable(_) => "unavailable",
            Self::Withheld => "not_inspected",
            Self::Internal => "internal",
        }
    }

    /// The answer, OpenAI-shaped.
    pub fn response(self) -> Response<Bytes> {
        let (kind, code, status) = (self.kind(), self.code(), self.status());
        let param = if let Self::BadRequest { param, .. } = &self { *param } else { None };
        let mut error = serde_json::json!({
            "message": format!("Sallyport: {self}."),
            "type": kind,
            "param": param,
            "code": code,
        });
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        match self {
            Self::BudgetSpent { details, .. } => {
                headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
                if let Some(object) = error.as_object_mut() {
                    object.extend(*details);
                }
            }
            Self::RateLimited { retry_after, headers: limits, .. } => {
                headers.insert(RETRY_AFTER, HeaderValue::from(retry_after.as_secs_f64().ceil().max(1.0) as u64));
                headers.extend(limits);
            }
            Self::Loop => {
                headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
            }
            _ => {}
        }
        *response.body_mut() = Bytes::from(serde_json::json!({ "error": error }).to_string());
        response
    }
}

impl axum::response::IntoResponse for Error {
    fn into_response(self) -> axum::response::Response {
        self.response().map(axum::body::Body::from)
    }
}

#[cfg(test)]
mod tests {
    use super::Error;

    fn check(error: Error, status: u16, code: &str) {
        let response = error.response();
        assert_eq!(response.status().as_u16(), status);
        let body: serde_json::Value = serde_json::from_slice(response.body()).expect("JSON");
        let object = body["error"].as_object().expect("an error object");
        assert!(["message", "type", "param", "code"].iter().all(|key| object.contains_key(*key)));
        assert_eq!(object["code"], code);
    }

    #[test]
    fn errors_have_openai_shape() {
        check(Error::bad_request("no"), 400, "bad_request");
        check(Error::NotFound, 404, "not_found");
        check(Error::TooLarge { limit: 5 }, 413, "request_too_large");
        check(Error::UpstreamUnreachable, 502, "upstream_unreachable");
        check(Error::Unavailable("stopping"), 503, "unavailable");
        check(Error::UpstreamTimeout, 504, "upstream_timeout");
        check(Error::Loop, 508, "upstream_is_gateway");
    }

    #[test]
    fn a_spent_budget_is_not_tried_again() {
        let details = serde_json::json!({"budget_usd": 1.0}).as_object().cloned().expect("an object");
        let response = Error::BudgetSpent { message: "spent".into(), details: Box::new(details) }.response();
        assert_eq!(response.headers()["x-should-retry"], "false");
        assert!(response.body().windows(10).any(|window| window == b"budget_usd"));
    }
}
