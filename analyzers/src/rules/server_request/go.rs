//! Requests that a Go server makes: `net/http`, `net`, websockets and clients built on them.

use super::fixed_host;
use crate::concept;
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;
use crate::taint::{Purposes, Source};

/// Functions that connect somewhere, and where they are told to.
const FUNCTIONS: &[(&str, usize)] = &[
    ("net/http.Get", 0),
    ("net/http.Head", 0),
    ("net/http.Post", 0),
    ("net/http.PostForm", 0),
    ("net/http.NewRequest", 1),
    ("net/http.NewRequestWithContext", 2),
    ("net/http.Client.Get", 0),
    ("net/http.Client.Head", 0),
    ("net/http.Client.Post", 0),
    ("net/http.Client.PostForm", 0),
    ("net/http.DefaultClient.Get", 0),
    ("net/http.DefaultClient.Post", 0),
    ("net.Dial", 1),
    ("net.DialTimeout", 1),
    ("net.Dialer.Dial", 1),
    ("net.Dialer.DialContext", 2),
    ("crypto/tls.Dial", 1),
    ("golang.org/x/net/websocket.Dial", 0),
    ("golang.org/x/net/websocket.DialConfig", 0),
    ("github.com/gorilla/websocket.Dialer.Dial", 0),
    ("github.com/gorilla/websocket.Dialer.DialContext", 1),
    ("github.com/gorilla/websocket.DefaultDialer.Dial", 0),
    ("nhooyr.io/websocket.Dial", 1),
    ("github.com/gobwas/ws.Dial", 1),
    ("github.com/gobwas/ws.Dialer.Dial", 1),
    ("github.com/valyala/fasthttp.Get", 1),
    ("github.com/valyala/fasthttp.Post", 1),
    ("github.com/valyala/fasthttp.GetTimeout", 1),
    ("net/http/httputil.NewSingleHostReverseProxy", 0),
    ("github.com/sacOO7/gowebsocket.New", 0),
    ("github.com/sacOO7/gowebsocket.BuildProxy", 0),
    // As excerpts without their imports call them.
    ("websocket.Dial", 0),
    ("websocket.DialConfig", 0),
    ("websocket.DefaultDialer.Dial", 0),
    ("net/http.DefaultClient.Head", 0),
    ("net/http.DefaultClient.PostForm", 0),
    ("github.com/valyala/fasthttp.PostTimeout", 1),
    ("github.com/valyala/fasthttp.GetDeadline", 1),
    ("github.com/valyala/fasthttp.Request.SetRequestURI", 0),
    ("github.com/valyala/fasthttp.AcquireRequest.SetRequestURI", 0),
    ("github.com/levigross/grequests.Get", 0),
    ("github.com/levigross/grequests.Post", 0),
    ("github.com/imroc/req.Get", 0),
    ("github.com/imroc/req.Post", 0),
    ("github.com/parnurzeal/gorequest.New.Get", 0),
    ("github.com/parnurzeal/gorequest.New.Post", 0),
    ("github.com/gofiber/fiber.Get", 0),
    ("github.com/gofiber/fiber.Post", 0),
    ("github.com/gofiber/fiber/v2/middleware/proxy.Do", 1),
    ("google.golang.org/grpc.Dial", 0),
    ("google.golang.org/grpc.DialContext", 1),
    ("google.golang.org/grpc.NewClient", 0),
    ("net.DialTCP", 2),
    ("net/smtp.Dial", 0),
    ("net/rpc.Dial", 1),
    ("net/rpc.DialHTTP", 1),
    ("database/sql.Open", 1),
];
/// Verbs of clients whose constructor is all that is known of them.
const VERBS: &[&str] = &["Get", "Post", "Put", "Delete", "Patch", "Head"];

/// Checks a call.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let resty = path.starts_with("github.com/go-resty/resty") && VERBS.contains(&context.method(call));
    let at = match FUNCTIONS.iter().find(|(known, _)| *known == path) {
        Some(&(_, at)) => at,
        None if resty => 0,
        None => return,
    };
    let Some(url) = context.positional(call, at) else { return };
    let Some(taint) = context.tainted(url, Purposes::URL) else { return };
    if fixed_host(context, url) {
        return;
    }
    if matches!(taint.origin.source, Source::Request | Source::Network) {
        let message = format!("The server connects to where {} says.", taint.source());
        let report = Report::issue(call, concept::SERVER_REQUEST, message).confidence(taint.confidence);
        found.push(context, report.trace(taint.trace));
    } else {
        let message = format!("A URL from {} is fetched.", taint.source());
        found.push(context, Report::audit(call, concept::SERVER_REQUEST, message).trace(taint.trace));
    }
}
