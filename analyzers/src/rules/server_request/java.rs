//! Requests that Java servers make.

use super::fixed_host;
use crate::concept;
use crate::rule::sinks::{At, Sink, reached};
use crate::rule::{Context, Exposure, Findings, Report};
use crate::syntax::NodeId;
use crate::taint::{Purposes, Source};

/// Calls that connect, and where to.
const REQUESTS: &[Sink] = &[
    ("URL", &["openConnection", "openStream", "getContent"], At::Object),
    ("HttpClient", &["send", "sendAsync", "execute"], At::Argument(0)),
    ("HttpRequest", &["newBuilder", "uri"], At::Argument(0)),
    (
        "RestTemplate",
        &["getForObject", "getForEntity", "postForObject", "postForEntity", "exchange", "execute"],
        At::Argument(0),
    ),
    (
        "RestTemplate",
        &["put", "delete", "headForHeaders", "optionsForAllow", "patchForObject", "postForLocation"],
        At::Argument(0),
    ),
    ("RequestEntity", &["get", "post", "put", "delete", "head", "options", "patch", "method", "new"], At::From(0)),
    ("WebClient", &["create", "baseUrl", "uri"], At::Argument(0)),
    ("RequestHeadersUriSpec", &["uri"], At::Argument(0)),
    ("RestClient", &["create", "baseUrl", "uri"], At::Argument(0)),
    ("Request", &["url", "Get", "Post", "Put", "Delete", "get", "post"], At::Argument(0)),
    ("Builder", &["url"], At::Argument(0)),
    ("HttpGet", &["new", "setURI"], At::Argument(0)),
    ("HttpPost", &["new", "setURI"], At::Argument(0)),
    ("HttpPut", &["new", "setURI"], At::Argument(0)),
    ("HttpDelete", &["new", "setURI"], At::Argument(0)),
    ("HttpHead", &["new", "setURI"], At::Argument(0)),
    ("HttpPatch", &["new", "setURI"], At::Argument(0)),
    ("HttpOptions", &["new", "setURI"], At::Argument(0)),
    ("HttpTrace", &["new", "setURI"], At::Argument(0)),
    ("BasicHttpRequest", &["new"], At::From(0)),
    ("BasicHttpEntityEnclosingRequest", &["new"], At::From(0)),
    (
        "RequestBuilder",
        &["get", "post", "put", "delete", "head", "options", "patch", "trace", "setUri"],
        At::Argument(0),
    ),
    ("GetMethod", &["new"], At::Argument(0)),
    ("PostMethod", &["new"], At::Argument(0)),
    ("Client", &["target"], At::Argument(0)),
    ("WebTarget", &["new"], At::Argument(0)),
    ("ClientBuilder", &["target"], At::Argument(0)),
    ("Jsoup", &["connect"], At::Argument(0)),
    ("Unirest", &["get", "post", "put", "delete", "head"], At::Argument(0)),
    ("ImageIO", &["read"], At::Argument(0)),
    ("IOUtils", &["toString", "toByteArray", "copy"], At::Argument(0)),
    ("DriverManager", &["getConnection"], At::Argument(0)),
    ("HikariConfig", &["setJdbcUrl", "new"], At::Argument(0)),
    ("DataSourceBuilder", &["url"], At::Argument(0)),
    ("Jdbi", &["create", "open"], At::Argument(0)),
    ("DriverManagerDataSource", &["new", "setUrl", "setJdbcUrl"], At::Argument(0)),
    ("Socket", &["new"], At::Argument(0)),
    ("SocketChannel", &["open", "connect"], At::Argument(0)),
    ("HttpRequestFactory", &["buildGetRequest", "buildPostRequest"], At::Argument(0)),
    ("Bootstrap", &["connect"], At::Argument(0)),
    ("URLConnection", &["connect"], At::Object),
];

/// A call or construction that connects.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    for target in reached(context, call, REQUESTS) {
        let Exposure::Tainted(taint) = context.exposure(target, Purposes::URL) else { continue };
        if fixed_host(context, target) {
            return;
        }
        if matches!(context.method(call), "toString" | "toByteArray" | "copy" | "read")
            && !context
                .program()
                .names
                .type_of(target)
                .is_some_and(|kind| kind.ends_with("URL") || kind.ends_with("URI"))
        {
            return;
        }
        if !matches!(taint.origin.source, Source::Request | Source::Network) {
            let message = format!("A URL from {} is fetched.", taint.source());
            return found.push(context, Report::audit(call, concept::SERVER_REQUEST, message).trace(taint.trace));
        }
        let message = format!("The server fetches a URL made from {}.", taint.source());
        let report = Report::issue(call, concept::SERVER_REQUEST, message).confidence(taint.confidence);
        return found.push(context, report.trace(taint.trace));
    }
    let last = context.callee(call).rsplit('.').next().unwrap_or_default();
    if matches!(last, "InetSocketAddress" | "openConnection" | "openStream") {
        let message = "A connection is made to an address that is put together at run time.";
        found.push(context, Report::audit(call, concept::SERVER_REQUEST, message));
    }
}
