//! Requests of the server in PHP, C#, Ruby, Rust and shell scripts, as far as they have them: sinks as data.

use crate::concept;
use crate::lang::Language::{CSharp, Php, Ruby, Rust};
use crate::rule::listed::{At, Sinks, sink};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;
use crate::taint::Purposes;

static SINKS: Sinks = Sinks::new(
    Purposes::URL,
    concept::SERVER_REQUEST,
    "A request goes to an address made from",
    &[
        sink(Php, "curl_init", At::Nth(0)),
        sink(Php, "get_headers", At::Nth(0)),
        sink(Php, "fsockopen", At::Nth(0)),
        sink(Php, "stream_socket_client", At::Nth(0)),
        sink(Php, "wp_remote_get", At::Nth(0)),
        sink(Php, "wp_remote_post", At::Nth(0)),
        sink(Php, "curl_setopt", At::Nth(2)),
        sink(Php, "Http.get", At::Nth(0)),
        sink(Php, "Http.post", At::Nth(0)),
        sink(CSharp, ".GetAsync", At::Any),
        sink(CSharp, ".GetStringAsync", At::Any),
        sink(CSharp, ".GetByteArrayAsync", At::Any),
        sink(CSharp, ".GetStreamAsync", At::Any),
        sink(CSharp, ".PostAsync", At::Any),
        sink(CSharp, ".PutAsync", At::Any),
        sink(CSharp, ".DownloadString", At::Any),
        sink(CSharp, ".DownloadData", At::Any),
        sink(CSharp, ".DownloadFile", At::Any),
        sink(CSharp, ".OpenRead", At::Any),
        sink(CSharp, "WebRequest.Create", At::Any),
        sink(CSharp, "HttpWebRequest.Create", At::Any),
        sink(CSharp, "HttpRequestMessage", At::Any),
        sink(CSharp, "RestClient", At::Any),
        sink(Ruby, "Net.HTTP.get", At::Any),
        sink(Ruby, "Net.HTTP.get_response", At::Any),
        sink(Ruby, "Net.HTTP.post", At::Any),
        sink(Ruby, "Net.HTTP.post_form", At::Any),
        sink(Ruby, "Net.HTTP.start", At::Any),
        sink(Ruby, "Net.HTTP.new", At::Any),
        sink(Ruby, "URI.open", At::Any),
        sink(Ruby, "HTTParty.get", At::Any),
        sink(Ruby, "HTTParty.post", At::Any),
        sink(Ruby, "Faraday.get", At::Any),
        sink(Ruby, "Faraday.post", At::Any),
        sink(Ruby, "RestClient.get", At::Any),
        sink(Ruby, "RestClient.post", At::Any),
        sink(Ruby, "Excon.get", At::Any),
        sink(Ruby, "HTTP.get", At::Any),
        sink(Ruby, "Typhoeus.get", At::Any),
        sink(Ruby, "open", At::Any),
        sink(Rust, "reqwest.get", At::Nth(0)),
        sink(Rust, "reqwest.blocking.get", At::Nth(0)),
        sink(Rust, "Client.get", At::Nth(0)),
        sink(Rust, "Client.post", At::Nth(0)),
        sink(Rust, "client.get", At::Nth(0)),
        sink(Rust, "client.post", At::Nth(0)),
        sink(Rust, "ureq.get", At::Nth(0)),
        sink(Rust, "ureq.post", At::Nth(0)),
        sink(Rust, "surf.get", At::Nth(0)),
        sink(Rust, "isahc.get", At::Nth(0)),
        sink(Rust, "TcpStream.connect", At::Nth(0)),
        sink(Rust, "attohttpc.get", At::Nth(0)),
    ],
)
.built_only();

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    SINKS.check(context, node, found);
}
