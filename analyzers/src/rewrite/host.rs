//! CWE-20, 625: a URL is told by its host, not by a part of its text; never widens what a check lets through.

use crate::edit::{Edit, EditKind};
use crate::pattern::mend;
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::rewrite::literal;
use crate::syntax::{Field, Kind, NodeId};

const CWE: &[u16] = &[20, 625];
const NAME: &str = "leads_to_host";

const HELPER: &str = r#"def leads_to_host(url, host, start="", part="", end=""):
    """Whether a URL, with or without its scheme, holds these texts and its host is this one or one below it."""
    if not (url.startswith(start) and part in url and url.endswith(end)) or "\\" in url:
        return False
    try:
        address = urlsplit(url if "://" in url else f"//{url}")
        name = (address.hostname or "").rstrip(".")
    except ValueError:
        return False
    if address.scheme in ("javascript", "vbscript", "data"):
        return False
    return name == host or name.endswith(f".{host}")
"#;

/// Words of the name of what holds a URL or a host.
const URLS: &[&str] =
    &["url", "uri", "link", "href", "host", "hostname", "domain", "netloc", "origin", "referer", "referrer", "website"];

/// `url.endswith("example.com/")` → `leads_to_host(url, "example.com", end="example.com/")`; the dots of a pattern.
pub(super) fn propose(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    match context.tree().kind(node) {
        Kind::Call => match context.callee_name(node) {
            "startswith" => out.extend(end(context, node, "start")),
            "endswith" => out.extend(end(context, node, "end")),
            _ => out.extend(pattern(context, node)),
        },
        Kind::Compare => out.extend(part(context, node)),
        _ => {}
    }
}

/// The host that the text of a check names.
fn host(text: &str) -> Option<String> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = rest.split(['/', ':', '?', '#']).next().unwrap_or(rest).trim_start_matches('.');
    let plain = host.split('.').count() > 1
        && host
            .split('.')
            .all(|label| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    plain.then(|| host.to_ascii_lowercase())
}

fn draft(context: Context<'_>, node: NodeId) -> Option<Draft> {
    let import = context.import_of("urllib.parse", "urlsplit").ok()?;
    Some(
        Draft::new(EditKind::ValidateInput, node, CWE, "tell a URL by its host, not by a part of its text")
            .import(import)
            .helper(NAME, HELPER.to_owned()),
    )
}

fn end(context: Context<'_>, call: NodeId, place: &str) -> Option<Edit> {
    let tree = context.tree();
    let object = tree.child(tree.child(call, Field::Callee)?, Field::Object)?;
    let mut arguments = tree.children_in(call, Field::Argument);
    let (argument, None) = (arguments.next()?, arguments.next()) else { return None };
    let host = host(&context.string(argument)?)?;
    let text = format!("{NAME}({}, \"{host}\", {place}={})", context.text(object), context.text(argument));
    Some(draft(context, call)?.replace(tree.span(call), text).finish())
}

/// `"example.com" in url`
fn part(context: Context<'_>, compare: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let not = match context.name(compare) {
        "in" => "",
        "not in" => "not ",
        _ => return None,
    };
    let (left, right) = (tree.child(compare, Field::Left)?, tree.child(compare, Field::Right)?);
    // What holds several URLs is asked in the same words.
    let last = context.text(right).rsplit('.').next().unwrap_or_default();
    let one = context.type_of(right) == Some("str")
        || crate::words::words(last).iter().any(|word| URLS.contains(&word.as_str()));
    if !one || tree.children(compare).count() != 2 || !matches!(tree.kind(right), Kind::Name | Kind::Attribute) {
        return None;
    }
    let host = host(&context.string(left)?)?;
    let text = format!("{not}{NAME}({}, \"{host}\", part={})", context.text(right), context.text(left));
    Some(draft(context, compare)?.replace(tree.span(compare), text).finish())
}

/// `re.match("www.example.com", …)` → `re.match(r"www\.example\.com", …)`
fn pattern(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let path = context.callee_path(call);
    if !path.starts_with("re.") && !path.starts_with("regex.") {
        return None;
    }
    let node = tree.positional(call).next().or_else(|| context.keyword(call, "pattern"))?;
    let (style, value) = (tree.kind(node) == Kind::String).then(|| literal::read(context.text(node)))??;
    let escaped = mend::escape_host_dots(&value)?;
    let raw = literal::Style { raw: true, ..style };
    let draft =
        Draft::new(EditKind::ValidateInput, call, CWE, "let the dots of a host name in a pattern match dots only");
    Some(draft.replace(tree.span(node), literal::write(&escaped, &raw)).finish())
}
