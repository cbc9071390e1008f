//! Requests that Java servers make.

use super::fixed_host;
use crate::concept;
use crate::rule::listed::{At, Table, of};
use crate::rule::{Context, Exposure, Findings, Report};
use crate::syntax::NodeId;
use crate::taint::{Purposes, Source};

/// Calls that connect, and where to.
static REQUESTS: Table = Table::new(&[
    of("URL", &["openConnection", "openStream", "getContent"], At::Object),
    of("HttpClient", &["send", "sendAsync", "execute"], At::Nth(0)),
    of("HttpRequest", &["newBuilder", "uri"], At::Nth(0)),
    of(
        "RestTemplate",
        &["getForObject", "getForEntity", "postForObject", "postForEntity", "exchange", "execute"],
        At::Nth(0),
    ),
    of(
        "RestTemplate",
        &["put", "delete", "headForHeaders", "optionsForAllow", "patchForObject", "postForLocation"],
        At::Nth(0),
    ),
    of("RequestEntity", &["get", "post", "put", "delete", "head", "options", "patch", "method", "new"], At::From(0)),
    of("WebClient", &["create", "baseUrl", "uri"], At::Nth(0)),
    of("RequestHeadersUriSpec", &["uri"], At::Nth(0)),
    of("RestClient", &["create", "baseUrl", "uri"], At::Nth(0)),
    of("Request", &["url", "Get", "Post", "Put", "Delete", "get", "post"], At::Nth(0)),
    of("Builder", &["url"], At::Nth(0)),
    of("HttpGet", &["new", "setURI"], At::Nth(0)),
    of("HttpPost", &["new", "setURI"], At::Nth(0)),
    of("HttpPut", &["new", "setURI"], At::Nth(0)),
    of("HttpDelete", &["new", "setURI"], At::Nth(0)),
    of("HttpHead", &["new", "setURI"], At::Nth(0)),
    of("HttpPatch", &["new", "setURI"], At::Nth(0)),
    of("HttpOptions", &["new", "setURI"], At::Nth(0)),
    of("HttpTrace", &["new", "setURI"], At::Nth(0)),
    of("BasicHttpRequest", &["new"], At::From(0)),
    of("BasicHttpEntityEnclosingRequest", &["new"], At::From(0)),
    of("RequestBuilder", &["get", "post", "put", "delete", "head", "options", "patch", "trace", "setUri"], At::Nth(0)),
    of("GetMethod", &["new"], At::Nth(0)),
    of("PostMethod", &["new"], At::Nth(0)),
    of("Client", &["target"], At::Nth(0)),
    of("WebTarget", &["new"], At::Nth(0)),
    of("ClientBuilder", &["target"], At::Nth(0)),
    of("Jsoup", &["connect"], At::Nth(0)),
    of("Unirest", &["get", "post", "put", "delete", "head"], At::Nth(0)),
    of("ImageIO", &["read"], At::Nth(0)),
    of("IOUtils", &["toString", "toByteArray", "copy"], At::Nth(0)),
    of("DriverManager", &["getConnection"], At::Nth(0)),
    of("HikariConfig", &["setJdbcUrl", "new"], At::Nth(0)),
    of("DataSourceBuilder", &["url"], At::Nth(0)),
    of("Jdbi", &["create", "open"], At::Nth(0)),
    of("DriverManagerDataSource", &["new", "setUrl", "setJdbcUrl"], At::Nth(0)),
    of("Socket", &["new"], At::Nth(0)),
    of("SocketChannel", &["open", "connect"], At::Nth(0)),
    of("HttpRequestFactory", &["buildGetRequest", "buildPostRequest"], At::Nth(0)),
    of("Bootstrap", &["connect"], At::Nth(0)),
    of("URLConnection", &["connect"], At::Object),
]);

/// A call or construction that connects.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    for target in REQUESTS.reached(context, call) {
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
