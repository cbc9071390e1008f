//! The start page: what this is and where everything else is.

use maud::html;

use super::{Pages, frame};

/// The page. `lists` is whether its reader may see lists of reports.
pub(super) fn page(pages: &Pages, lists: bool) -> String {
    let base = format!("http://{}/v1", reachable(pages.listen));
    let body = html! {
        h1 { "The gateway is running" }
        p.lead {
            "Sallyport stands between a program and an OpenAI-compatible service. Prose passes through untouched; code is held \
             until it has been scanned, repaired and, where needed, asked for again. What is released is the verified result."
        }
        h2 { "Use it" }
        p { "Point any OpenAI client at this address; everything else stays as it is:" }
        pre { "export OPENAI_BASE_URL=" (base) }
        @if pages.keys_required { p { "Requests need a key of this gateway: " code { "sallyport key create --name NAME" } "." } }
        p { "Each answer says what became of it: " code { "x-sallyport-verdict" } ", " code { "x-sallyport-findings" } " and "
            code { "x-sallyport-report" } ", the address of its report." }
        h2 { "Look" }
        ul.plain {
            li { a href="/reports" { "Reports" } " of answers with code"
                @if !lists { " (" (if pages.admin_token.is_some() { "asks for the administrator's token" } else { "from this machine only" }) ")" } }
            li { a href="/api/reports" { "The same as JSON" } }
            li { a href="/rules" { "Rules" } ": what the analyzer looks for" }
            li { a href="/metrics" { "Figures" } " for Prometheus" }
            li { a href="/health/live" { "Alive?" } " · " a href="/health/ready" { "Ready?" } }
        }
    };
    frame::whole("Start", true, &body)
}

/// An address under which a client on this machine reaches the gateway.
fn reachable(listen: std::net::SocketAddr) -> String {
    let mut address = listen;
    if address.ip().is_unspecified() {
        let loopback: std::net::IpAddr =
            if address.is_ipv4() { std::net::Ipv4Addr::LOCALHOST.into() } else { std::net::Ipv6Addr::LOCALHOST.into() };
        address.set_ip(loopback);
    }
    address.to_string()
}
