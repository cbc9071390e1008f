//! Requests that Java servers make.

use super::fixed_host;
use crate::concept;
use crate::rule::listed::{At, Table, of};
use crate::rule::{Context, Exposure, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
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
    of("HttpRequestBase", &["setURI"], At::Nth(0)),
    of("HttpEntityEnclosingRequestBase", &["setURI"], At::Nth(0)),
    of("HttpRequestWrapper", &["setURI"], At::Nth(0)),
    of("HttpUriRequestBase", &["new"], At::From(0)),
    of("HttpUriRequestBase", &["setUri"], At::Nth(0)),
    of("BasicClassicHttpRequest", &["new"], At::From(0)),
    of("BasicClassicHttpRequest", &["setUri", "setAuthority", "setScheme"], At::Nth(0)),
    of("BasicHttpRequest", &["setUri", "setAuthority"], At::Nth(0)),
    of("HttpRequest", &["setUri", "setURI", "setAuthority"], At::Nth(0)),
    of("ConfigurableHttpRequest", &["new"], At::From(0)),
    of("SimpleHttpRequest", &["new", "create"], At::From(0)),
    of("ClassicHttpRequests", &["get", "post", "put", "delete", "head", "options", "patch", "trace"], At::Nth(0)),
    of("SimpleHttpRequests", &["get", "post", "put", "delete", "head", "options", "patch", "trace"], At::Nth(0)),
    of("BasicHttpRequests", &["get", "post", "put", "delete", "head", "options", "patch", "trace"], At::Nth(0)),
    of("ClassicHttpRequests", &["create"], At::Nth(1)),
    of("SimpleHttpRequests", &["create"], At::Nth(1)),
    of("BasicHttpRequests", &["create"], At::Nth(1)),
    of("ClassicRequestBuilder", &["get", "post", "put", "delete", "head", "options", "patch", "trace"], At::Nth(0)),
    of("SimpleRequestBuilder", &["get", "post", "put", "delete", "head", "options", "patch", "trace"], At::Nth(0)),
    of("BasicRequestBuilder", &["get", "post", "put", "delete", "head", "options", "patch", "trace"], At::Nth(0)),
    of("AsyncRequestBuilder", &["get", "post", "put", "delete", "head", "options", "patch", "trace"], At::Nth(0)),
    of("ClassicRequestBuilder", &["setUri", "setHttpHost", "setAuthority"], At::Nth(0)),
    of("SimpleRequestBuilder", &["setUri", "setHttpHost", "setAuthority"], At::Nth(0)),
    of("BasicRequestBuilder", &["setUri", "setHttpHost", "setAuthority"], At::Nth(0)),
    of("AsyncRequestBuilder", &["setUri", "setHttpHost", "setAuthority"], At::Nth(0)),
    of("BasicRequestProducer", &["new"], At::From(0)),
    of("Request", &["Head", "Options", "Patch", "Trace", "head", "put", "delete", "patch", "create"], At::From(0)),
    of("HttpHost", &["new", "create"], At::Nth(0)),
    of("HttpAsyncMethods", &["createGet", "createHead", "createDelete", "createOptions"], At::Nth(0)),
    of("HttpClient", &["executeMethod", "executeOpen"], At::From(0)),
    of("CloseableHttpClient", &["execute"], At::From(0)),
    of("HttpRequestFactory", &["newHttpRequest", "buildHeadRequest", "buildPutRequest", "buildRequest"], At::From(0)),
    of("GenericUrl", &["new"], At::Nth(0)),
    of("RestTemplate", &["doExecute", "exchangeAsync"], At::Nth(0)),
    of("AsyncRestTemplate", &["getForObject", "getForEntity", "postForEntity", "exchange", "execute"], At::Nth(0)),
    of("RestOperations", &["getForObject", "getForEntity", "postForObject", "postForEntity", "exchange"], At::Nth(0)),
    of("TestRestTemplate", &["getForObject", "getForEntity", "postForEntity", "exchange"], At::Nth(0)),
    of("DefaultUriBuilderFactory", &["new"], At::Nth(0)),
    of("URLClassLoader", &["new", "newInstance"], At::Nth(0)),
    of("DatagramSocket", &["connect"], At::Nth(0)),
    of("DatagramPacket", &["setAddress", "setSocketAddress"], At::Nth(0)),
    of("Socket", &["connect"], At::Nth(0)),
    of("SSLSocketFactory", &["createSocket"], At::From(0)),
    of("SocketFactory", &["createSocket"], At::From(0)),
    of("AsynchronousSocketChannel", &["connect"], At::Nth(0)),
    of("Proxy", &["new"], At::Nth(1)),
    of("Driver", &["connect"], At::Nth(0)),
    of("BasicDataSource", &["setUrl"], At::Nth(0)),
    of("SimpleDriverDataSource", &["new", "setUrl"], At::From(0)),
    of("SingleConnectionDataSource", &["new", "setUrl"], At::Nth(0)),
    of("ComboPooledDataSource", &["setJdbcUrl"], At::Nth(0)),
    of("DruidDataSource", &["setUrl"], At::Nth(0)),
    of("Sql2o", &["new"], At::Nth(0)),
    of("ConnectionFactories", &["get"], At::Nth(0)),
    of("MongoClients", &["create"], At::Nth(0)),
    of("OkHttpClient", &["newCall"], At::Nth(0)),
    of("HttpUrl", &["fetch"], At::Object),
    of("AsyncHttpClient", &["prepareGet", "preparePost", "preparePut", "prepareDelete", "prepareHead"], At::Nth(0)),
    of("WSClient", &["url"], At::Nth(0)),
    of("Retrofit", &["baseUrl"], At::Nth(0)),
    of("Feign", &["target"], At::Nth(1)),
    of("WebClient", &["getAbs", "postAbs", "putAbs", "deleteAbs", "headAbs", "requestAbs"], At::From(0)),
    of("HttpClient", &["GET", "POST", "newRequest", "getAbs", "postAbs", "toBlocking"], At::Nth(0)),
    of("HttpClient", &["uri", "baseUrl"], At::Nth(0)),
    of("DefaultHttpRequest", &["new"], At::Nth(2)),
    of("DefaultFullHttpRequest", &["new"], At::Nth(2)),
    of("JEditorPane", &["new", "setPage"], At::Nth(0)),
    of("AudioSystem", &["getAudioInputStream"], At::Nth(0)),
    of("JMXServiceURL", &["new"], At::Nth(0)),
    of("FileUtils", &["copyURLToFile"], At::Nth(0)),
    of("PathUtils", &["copyFile", "copyFileToDirectory"], At::Nth(0)),
    of("Resources", &["toString", "toByteArray", "asByteSource", "readLines"], At::Nth(0)),
    of("Jsoup", &["parse"], At::Nth(0)),
    of("StringRequest", &["new"], At::From(0)),
    of("JsonObjectRequest", &["new"], At::From(0)),
    of("UrlResource", &["getInputStream", "contentLength", "exists"], At::Object),
    of("SyndFeedInput", &["build"], At::Nth(0)),
    of("XmlReader", &["new"], At::Nth(0)),
    of("TextStreamsKt", &["readText", "readBytes"], At::Nth(0)),
]);

/// Methods that send the request they are given.
const SENDERS: &[&str] = &["send", "sendAsync", "execute", "executeMethod", "executeOpen", "newCall"];

/// Whether a call makes a request that the function sends afterwards, where it is told.
fn is_sent_later(context: &Context<'_>, call: NodeId) -> bool {
    let tree = context.tree();
    if SENDERS.contains(&context.method(call)) {
        return false;
    }
    let statement = tree.statement(call);
    let Some(target) = tree.child(statement, Field::Target).filter(|_| context.kind(statement) == Kind::Assign) else {
        return false;
    };
    let name = context.source(target);
    tree.subtree(tree.scope(call)).take(4_000).filter(|&node| node > call).any(|node| {
        context.kind(node) == Kind::Call
            && SENDERS.contains(&context.method(node))
            && tree.positional(node).any(|part| context.source(part) == name)
            && REQUESTS.row(context, node).is_some()
    })
}

/// A call or construction that connects.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if is_sent_later(context, call) {
        return;
    }
    for target in REQUESTS.reached(context, call) {
        let Exposure::Tainted(taint) = context.exposure(target, Purposes::URL) else { continue };
        if fixed_host(context, target) {
            return;
        }
        if matches!(
            context.method(call),
            "toString"
                | "toByteArray"
                | "copy"
                | "read"
                | "parse"
                | "asByteSource"
                | "readLines"
                | "build"
                | "copyFile"
        ) && !context
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
