//! Requests of the server in PHP, C#, Ruby, Rust and shell scripts, as far as they have them: sinks as data.

use crate::concept;
use crate::lang::Language::{CSharp, Php, Ruby, Rust};
use crate::rule::common::names_server;
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
                "Excon.post",
                "Excon.put",
                "Excon.delete",
                "Excon.new",
                "HTTP.get",
                "HTTP.post",
                "HTTPX.get",
                "HTTPX.post",
                "Typhoeus.get",
                "Typhoeus.post",
                "Typhoeus.Request.new",
                "HTTParty.put",
                "HTTParty.delete",
                "Faraday.put",
                "Faraday.delete",
                "Faraday.new",
                "Faraday.Connection.new",
                "RestClient.put",
                "RestClient.delete",
                "RestClient.Request.execute",
                "RestClient.Resource.new",
                "HTTPClient.get",
                "Curl.get",
                "Curl.Easy.new",
                "Mechanize.get",
                "URI.parse.open",
                "OpenURI.open_uri",
                "TCPSocket.new",
                "TCPSocket.open",
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
    let fixed = context.tree().positional(node).take(3).any(|part| names_server(context, part));
    if !fixed {
        SINKS.check(context, node, found);
    }
}
