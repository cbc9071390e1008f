//! Redirects of JavaScript: answers of servers, and the address of the page itself.

use crate::concept;
use crate::finding::Confidence;
use crate::rule::script::{Lead, is_answer, lead, requested};
use crate::rule::{Context, Findings, Report, Taint};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

/// Answers: `res.redirect(…)`, `Location` headers; pages: `location.assign(…)`, `window.open(…)`.
pub(super) fn check_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let method = context.method(call);
    let answers = || context.object(call).is_some_and(|object| is_answer(context, object));
    let arguments: Vec<NodeId> = context.tree().positional(call).take(3).collect();
    let target = match method {
        "redirect" if answers() || path.starts_with("NextResponse") || path.starts_with("next/server") => {
            // `redirect(301, url)`, `redirect(url, 301)`
            arguments.iter().copied().find(|&argument| context.integer(argument).is_none())
        }
        "location" if answers() => arguments.first().copied(),
        "header" | "set" | "setHeader" | "append" if answers() => {
            let name = arguments.first().and_then(|&name| context.string(name)).unwrap_or_default();
            arguments.get(1).copied().filter(|_| name.eq_ignore_ascii_case("location"))
        }
        "writeHead" => arguments
            .iter()
            .map(|&part| context.value(part))
            .find_map(|part| context.entry(part, "Location").or_else(|| context.entry(part, "location"))),
        "assign" | "replace" if is_location(path.rsplit_once('.').map_or("", |(object, _)| object)) => {
            arguments.first().copied()
        }
        "open" if matches!(path, "window.open" | "self.open") => arguments.first().copied(),
        "openExternal" => {
            let first = arguments.first().copied();
            // What a page sends to the main process.
            if let Some(taint) = first
                .and_then(|first| context.tainted(first, Purposes::URL))
                .filter(|taint| taint.origin.source == Source::Network && !taint.origin.checked)
            {
                let message = "A page decides what the system opens.";
                let report = Report::issue(call, concept::OPEN_REDIRECT, message).confidence(Confidence::Medium);
                return found.push(context, report.trace(taint.trace));
            }
            first
        }
        "push" | "replace" if context.object(call).is_some_and(|object| context.source(object) == "router") => {
            arguments.first().copied()
        }
        "url" if context.object(call).is_some_and(|object| context.source(object) == "$location") => {
            arguments.first().copied()
        }
        "attr" | "setAttribute" | "prop"
            if arguments.first().and_then(|&name| context.string(name)).is_some_and(|name| {
                matches!(name, "src" | "href" | "action" | "formaction" | "formAction" | "xlink:href")
            }) =>
        {
            arguments.get(1).copied()
        }
        _ if context.kind(call) == Kind::New && matches!(path, "Worker" | "SharedWorker") => arguments.first().copied(),
        _ if matches!(
            path,
            "importScripts"
                | "next/navigation.redirect"
                | "next/navigation.permanentRedirect"
                | "@remix-run/node.redirect"
                | "@remix-run/react.redirect"
                | "@remix-run/cloudflare.redirect"
                | "react-router-dom.redirect"
                | "react-router.redirect"
                | "h3.sendRedirect"
                | "Response.redirect"
                | "@sveltejs/kit.redirect"
        ) =>
        {
            arguments
                .iter()
                .copied()
                .find(|&argument| context.integer(argument).is_none() && context.source(argument) != "event")
        }
        _ => None,
    };
    if let Some(target) = target {
        report(context, call, target, found);
    }
}

/// `location = …`, `window.location.href = …`, `frame.src = …`.
pub(super) fn check_assign(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(assign, Field::Target), tree.child(assign, Field::Value)) else {
        return;
    };
    if !matches!(context.kind(target), Kind::Name | Kind::Attribute) {
        return;
    }
    let written = context.source(target);
    let goes = is_location(written) || written.strip_suffix(".href").is_some_and(is_location);
    // A variable of the function's own.
    let own = context.kind(target) == Kind::Name && tree.field(target) == Field::Target && declares(context, assign);
    if goes && !own || context.kind(target) == Kind::Attribute && loads(context, target) {
        report(context, assign, value, found);
    }
}

/// `script.src = …`, `frame.src = …`: of an element that runs or shows what it loads.
fn loads(context: &Context<'_>, target: NodeId) -> bool {
    if context.name(target) != "src" {
        return false;
    }
    let Some(object) = context.tree().child(target, Field::Object) else { return false };
    let made = context.value(object);
    let tag = (context.method(made) == "createElement").then(|| context.positional(made, 0)).flatten();
    if let Some(tag) = tag.and_then(|tag| context.string(tag)) {
        return matches!(tag, "script" | "iframe" | "frame" | "embed");
    }
    let named = [context.source(object), context.source(made)].map(str::to_ascii_lowercase);
    named.iter().any(|text| text.len() < 80 && (text.contains("frame") || text.contains("script")))
}

fn declares(context: &Context<'_>, assign: NodeId) -> bool {
    let text = context.source(assign);
    ["var ", "let ", "const "].iter().any(|word| text.starts_with(word))
}

fn is_location(text: &str) -> bool {
    let last = text.rsplit('.').next().unwrap_or(text);
    let rest = text.strip_suffix(last).unwrap_or_default().trim_end_matches('.');
    last == "location"
        && (rest.is_empty() || matches!(rest, "window" | "document" | "self" | "top" | "parent" | "globalThis" | "win"))
}

/// `<a href={…}>`, `<Link to={…}>`, `<iframe src={…}>`.
pub(super) fn check_attribute(context: &Context<'_>, attribute: NodeId, found: &mut Findings) {
    if !matches!(context.name(attribute), "href" | "src" | "to" | "action" | "formAction" | "url" | "source") {
        return;
    }
    let Some(value) = context.tree().child(attribute, Field::Value) else { return };
    let inner = context.value(value);
    let uri = context.entry(inner, "uri").unwrap_or(value);
    report(context, attribute, uri, found);
}

fn report(context: &Context<'_>, sink: NodeId, target: NodeId, found: &mut Findings) {
    let Some(taint) = requested(context, target, Purposes::URL) else { return };
    if taint.origin.checked && taint.confidence == Confidence::Low && checks_host(context, &taint) {
        return;
    }
    if goes_secure(context, target) || stays(&lead(context, target, Purposes::URL)) {
        return;
    }
    let message = "The redirect leads wherever the request says.";
    let report = Report::issue(sink, concept::OPEN_REDIRECT, message).confidence(taint.confidence);
    found.push(context, report.trace(taint.trace));
}

/// `"https://" + location.host + location.pathname`: the same page over a secure connection.
fn goes_secure(context: &Context<'_>, target: NodeId) -> bool {
    let text = context.source(context.value(target));
    text.trim_start_matches(['`', '"', '\'']).starts_with("https://") && text.contains("location.host")
}

/// Nothing more is known of a check than that there is one.
fn checks_host(context: &Context<'_>, taint: &Taint) -> bool {
    let text = crate::rule::script::around(context, taint.origin.node);
    ["isLocal", "isSafe", "isValid", "isRelative", "isAllowed", "allowed", "whitelist", "hostname", ".host", "origin"]
        .iter()
        .any(|word| text.contains(word))
}

/// `/item/…`, `https://host/…`, `?next=…`: what follows cannot choose the host. `/` alone can be `//host`.
fn stays(lead: &Lead) -> bool {
    let text = lead.text.as_str();
    if text.contains(['?', '#']) {
        return true;
    }
    if lead.own {
        // A base of the program's own, with a path.
        return text.contains('/');
    }
    let host = text.split_once("://").or_else(|| text.split_once("//").filter(|(before, _)| before.is_empty()));
    if let Some((_, rest)) = host {
        return rest.find('/').is_some_and(|at| at > 0);
    }
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some('/'), Some(second)) => !matches!(second, '/' | '\\'),
        (Some(_), Some(_)) => text.contains('/'),
        _ => false,
    }
}
