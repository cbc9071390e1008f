//! Traffic that clouds and pages are told to send in the clear.

use crate::concept;
use crate::finding::Confidence;
use crate::lang::Language::{self, Html, Terraform};
use crate::rule::setting::{Is, Settings, key, member, setting, text, value, values};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};

/// Languages with such settings.
pub(super) const LANGUAGES: &[Language] = &[Terraform, Html];

const MESSAGE: &str = "Traffic is accepted in the clear.";

static SETTINGS: Settings = Settings::new(
    concept::CLEARTEXT_PROTOCOL,
    &[
        setting(&[Terraform], &["aws_lb_listener", "protocol"], Is::OneOf(&["HTTP"]), MESSAGE)
            .confidence(Confidence::Medium)
            .when(|context, pair| !redirects(context, pair)),
        setting(&[Terraform], &["viewer_protocol_policy"], Is::OneOf(&["allow-all"]), MESSAGE),
        setting(&[Terraform], &["https_only"], Is::Off, MESSAGE),
        setting(&[Terraform], &["enable_https_traffic_only"], Is::Off, MESSAGE),
        setting(&[Terraform], &["https_traffic_only_enabled"], Is::Off, MESSAGE),
        setting(&[Terraform], &["ssl_enforcement_enabled"], Is::Off, MESSAGE),
        setting(&[Terraform], &["non_ssl_port_enabled"], Is::On, MESSAGE),
        setting(&[Terraform], &["enable_non_ssl_port"], Is::On, MESSAGE),
    ],
);

/// Whether the listener only sends visitors to the encrypted one.
fn redirects(context: &Context<'_>, pair: NodeId) -> bool {
    let Some(listener) = context.tree().parent(pair) else { return false };
    let action = member(context, listener, "default_action").and_then(|action| value(context, action));
    let kind = action.and_then(|action| member(context, action, "type"));
    kind.is_some_and(|kind| values(context, kind).iter().any(|(_, text)| *text == "redirect"))
}

/// Checks a pair.
pub(super) fn check(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    match context.program().language {
        Terraform => SETTINGS.check(context, pair, found),
        _ => page(context, pair, found),
    }
}

/// A form that is sent, or a script that is fetched, in the clear.
fn page(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(tag) = tree.parent(pair).filter(|&tag| tree.kind(tag) == Kind::Dict) else { return };
    let tag_name = context.name(tag).to_ascii_lowercase();
    let attribute = key(context, pair).to_ascii_lowercase();
    let message = match (tag_name.as_str(), attribute.as_str()) {
        ("form", "action") | ("button" | "input", "formaction") => "A form is sent in the clear.",
        ("script" | "iframe" | "embed", "src") => {
            "A script or frame is fetched in the clear, so anybody on the way can change it."
        }
        _ => return,
    };
    let url = value(context, pair).map_or("", |value| text(context, value)).trim().to_ascii_lowercase();
    let host = url.strip_prefix("http://").map(|rest| rest.split(['/', ':', '?']).next().unwrap_or_default());
    let local = |host: &str| {
        host.is_empty()
            || host == "localhost"
            || host.starts_with("127.")
            || host.starts_with("192.168.")
            || host.starts_with("10.")
            || host.contains(['{', '<', '$'])
            || host.ends_with(".local")
            || host.ends_with("example.com")
            || host.ends_with("example.org")
    };
    if host.is_some_and(|host| !local(host)) {
        let report = Report::issue(pair, concept::CLEARTEXT_PROTOCOL, message);
        found.push(context, report.confidence(Confidence::Medium));
    }
}
