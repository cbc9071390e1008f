//! Header hygiene between two hops (RFC 9110, section 7.6.1); end-to-end headers are never touched.

use http::header::{
    CONNECTION, EXPECT, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};

/// Names the gateway that a request has passed; its own name in a request means that the upstream is itself.
pub const LOOP: HeaderName = HeaderName::from_static("x-sallyport-hop");
/// Identifies a request in logs of both sides.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Asks for a mode.
pub const MODE: HeaderName = HeaderName::from_static("x-sallyport-mode");
/// Asks for a strategy.
pub const STRATEGY: HeaderName = HeaderName::from_static("x-sallyport-strategy");

/// The worst verdict of an answer's units.
pub const VERDICT: HeaderName = HeaderName::from_static("x-sallyport-verdict");
/// Tells a proxy in between not to gather a stream before it passes it on.
pub const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

const HOP_BY_HOP: [HeaderName; 8] =
    [KEEP_ALIVE, PROXY_CONNECTION, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// Removes what belongs to this hop alone: the standard names and those that `Connection` lists.
pub fn strip_hop(headers: &mut HeaderMap) {
    if headers.contains_key(CONNECTION) {
        let listed: Vec<HeaderName> = headers
            .get_all(CONNECTION)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .filter(|name| !name.eq_ignore_ascii_case("close") && !name.eq_ignore_ascii_case("keep-alive"))
            .filter_map(|name| name.parse().ok())
            // What frames the message is not the peer's to remove.
            .filter(|name| *name != http::header::CONTENT_LENGTH && *name != http::header::HOST)
            .collect();
        for name in listed {
            headers.remove(name);
        }
        headers.remove(CONNECTION);
    }
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
}

/// What goes upstream: hop-by-hop headers and those meant for this gateway removed, the upstream's host set.
pub fn to_upstream(headers: &mut HeaderMap, host: &HeaderValue, instance: &HeaderValue) {
    strip_hop(headers);
    headers.remove(EXPECT);
    headers.remove(&MODE);
    headers.remove(&STRATEGY);
    headers.insert(http::header::HOST, host.clone());
    headers.insert(LOOP, instance.clone());
}

/// A header value of text that this crate made: what is not visible ASCII becomes `?`.
pub fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| {
        let plain: String =
            text.chars().map(|char| if char.is_ascii_graphic() || char == ' ' { char } else { '?' }).collect();
        HeaderValue::from_str(&plain).unwrap_or(HeaderValue::from_static("?"))
    })
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::strip_hop;

    fn check(given: &[(&str, &str)], kept: &[&str]) {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            headers.append(name.parse::<HeaderName>().expect("a name"), HeaderValue::from_str(value).expect("a value"));
        }
        strip_hop(&mut headers);
        let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, kept);
    }

    #[test]
    fn hop_by_hop_headers_stay_here() {
        check(&[("connection", "keep-alive"), ("accept", "*/*")], &["accept"]);
        check(&[("connection", "close, X-Private"), ("x-private", "1"), ("x-other", "2")], &["x-other"]);
        check(&[("connection", "x-a"), ("connection", "x-b"), ("x-a", "1"), ("x-b", "1")], &[]);
        check(&[("te", "trailers"), ("trailer", "x"), ("upgrade", "websocket"), ("keep-alive", "timeout=5")], &[]);
        check(&[("proxy-authorization", "x"), ("proxy-connection", "x"), ("transfer-encoding", "chunked")], &[]);
        check(
            &[("connection", "content-length, host"), ("content-length", "3"), ("host", "h")],
            &["content-length", "host"],
        );
        check(
            &[("openai-organization", "o"), ("openai-beta", "b"), ("x-unknown", "u")],
            &["openai-beta", "openai-organization", "x-unknown"],
        );
    }
}
