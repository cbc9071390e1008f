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
        sink(
            Php,
            &["curl_init", "get_headers", "fsockopen", "stream_socket_client", "wp_remote_get", "wp_remote_post"],
            At::Nth(0),
        ),
        sink(Php, &["curl_setopt"], At::Nth(2)),
        sink(Php, &["Http.get", "Http.post"], At::Nth(0)),
        sink(
            CSharp,
            &[
                ".GetAsync",
                ".GetStringAsync",
                ".GetByteArrayAsync",
                ".GetStreamAsync",
                ".PostAsync",
                ".PutAsync",
                ".DownloadString",
                ".DownloadData",
                ".DownloadFile",
                ".OpenRead",
                "WebRequest.Create",
                "HttpWebRequest.Create",
                "HttpRequestMessage",
                "RestClient",
            ],
            At::Any,
        ),
        sink(
            Ruby,
            &[
                "Net.HTTP.get",
                "Net.HTTP.get_response",
                "Net.HTTP.post",
                "Net.HTTP.post_form",
                "Net.HTTP.start",
                "Net.HTTP.new",
                "URI.open",
                "HTTParty.get",
                "HTTParty.post",
                "Faraday.get",
                "Faraday.post",
                "RestClient.get",
                "RestClient.post",
                "Excon.get",
                "HTTP.get",
                "Typhoeus.get",
                "open",
            ],
            At::Any,
        ),
        sink(
            Rust,
            &[
                "reqwest.get",
                "reqwest.blocking.get",
                "Client.get",
                "Client.post",
                "client.get",
                "client.post",
                "ureq.get",
                "ureq.post",
                "surf.get",
                "isahc.get",
                "TcpStream.connect",
                "attohttpc.get",
            ],
            At::Nth(0),
        ),
    ],
)
.built_only();

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    SINKS.check(context, node, found);
}
