//! Options and constants of Go that are set otherwise: TLS, file modes, time limits, cookies, temporary files.

use super::package;
use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

/// `InsecureSkipVerify: true` → `false`; an old version → TLS 1.2.
pub(super) fn tls(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let name = match tree.kind(node) {
        Kind::Keyword => context.name(node),
        Kind::Assign => tree.child(node, Field::Target).map_or("", |target| context.name(target)),
        _ => return,
    };
    let Some(value) = tree.child(node, Field::Value) else { return };
    match name {
        "InsecureSkipVerify" if tree.kind(value) == Kind::Bool => {
            let draft = Draft::new(EditKind::EnableVerification, node, &[295], "check the certificates of the peer");
            out.push(draft.replace(tree.span(value), "false").finish());
        }
        "MinVersion" | "MaxVersion" => {
            let Some((package, None)) = package(context, "crypto/tls") else { return };
            let version = if name == "MinVersion" { "VersionTLS12" } else { "VersionTLS13" };
            let draft = Draft::new(EditKind::StrongAlgorithm, node, &[327], "allow no version before TLS 1.2");
            out.push(draft.replace(tree.span(value), format!("{package}.{version}")).finish());
        }
        _ => {}
    }
}

/// A mode that others may write under → one for the owner and, of folders, its group.
pub(super) fn mode(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let Some(call) = tree.ancestors(node).find(|&above| tree.kind(above) == Kind::Call) else { return };
    let Some(call) = std::iter::once(call)
        .chain(tree.ancestors(call))
        .find(|&above| context.callee_path(above).contains('.') && !context.callee_path(above).ends_with("FileMode"))
    else {
        return;
    };
    let folder = context.callee_path(call).starts_with("os.Mkdir");
    let runs = context.program.names.constant(node).and_then(crate::resolve::Constant::integer);
    let mode = match runs {
        _ if folder => "0750",
        // What could be run before still can.
        Some(bits) if bits & 0o100 != 0 => "0700",
        _ => "0600",
    };
    let draft = Draft::new(EditKind::TightenMode, node, &[732], "let only the owner write");
    out.push(draft.replace(tree.span(node), mode).finish());
}

/// `http.ListenAndServe(a, h)` → of a server with a time limit; a server without one gets it.
pub(super) fn server(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    const SUMMARY: &str = "give slow clients a time limit";
    let tree = context.tree();
    let Some((time, import)) = package(context, "time") else { return };
    let limit = format!("ReadHeaderTimeout: 10 * {time}.Second");
    let draft = Draft::new(EditKind::AddTimeout, node, &[400], SUMMARY).import(import);
    if tree.kind(node) == Kind::New {
        let text = context.text(node);
        let Some(close) = text.rfind('}') else { return };
        let inside = text.get(text.find('{').map_or(0, |open| open + 1)..close).unwrap_or_default();
        let end = inside.trim_end();
        let at = tree.span(node).start as usize + close - (inside.len() - end.len());
        let text = if end.is_empty() {
            limit
        } else if inside.contains('\n') {
            let indent: String = crate::edit::indent_at(&context.program.text, at).to_owned();
            let comma = if end.ends_with(',') { "" } else { "," };
            format!("{comma}\n{indent}{limit},")
        } else {
            format!(", {limit}")
        };
        out.push(draft.insert(at, text).finish());
        return;
    }
    let Some(callee) = tree.child(node, Field::Callee) else { return };
    let Some(http) = tree.child(callee, Field::Object).map(|http| context.text(http)) else { return };
    let arguments: Vec<&str> = tree.positional(node).map(|argument| context.text(argument)).collect();
    let (address, handler, method, rest) = match (context.callee_path(node), arguments.as_slice()) {
        ("net/http.ListenAndServe", [address, handler]) => (*address, *handler, "ListenAndServe", String::new()),
        ("net/http.ListenAndServeTLS", [address, certificate, key, handler]) => {
            (*address, *handler, "ListenAndServeTLS", format!("{certificate}, {key}"))
        }
        _ => return,
    };
    let handler = if handler == "nil" { String::new() } else { format!("Handler: {handler}, ") };
    let text = format!("(&{http}.Server{{Addr: {address}, {handler}{limit}}}).{method}({rest})");
    out.push(draft.replace(tree.span(node), text).finish());
}

/// A cookie's literal gets the flags that it lacks.
pub(super) fn cookie(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let literal = tree.positional(call).last().and_then(|argument| {
        let inner = if tree.kind(argument) == Kind::Unary { tree.child(argument, Field::Value)? } else { argument };
        let value = match tree.kind(inner) {
            Kind::Name => context.program.names.definition(inner)?.value?,
            _ => inner,
        };
        let value = if tree.kind(value) == Kind::Unary { tree.child(value, Field::Value)? } else { value };
        (tree.kind(value) == Kind::New && context.callee_path(value) == "net/http.Cookie").then_some(value)
    });
    let Some(literal) = literal else { return };
    let mut draft =
        Draft::new(EditKind::SafeOption, call, &[1004, 614], "keep the cookie from scripts and plain connections");
    let mut missing = Vec::new();
    for flag in ["HttpOnly", "Secure"] {
        match context.keyword(literal, flag) {
            Some(value) if context.text(value) == "false" => draft = draft.replace(tree.span(value), "true"),
            Some(_) => {}
            None => missing.push(format!("{flag}: true")),
        }
    }
    if let Some(first) = tree.children_in(literal, Field::Argument).next()
        && !missing.is_empty()
    {
        draft = draft.insert(tree.span(first).start as usize, format!("{}, ", missing.join(", ")));
    }
    out.push(draft.finish());
}

/// `os.Create("/tmp/name")` → `os.CreateTemp("", "name")`.
pub(super) fn temporary(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    if context.callee_path(call) != "os.Create" {
        return;
    }
    let (Some(callee), Some(name)) = (tree.child(call, Field::Callee), tree.positional(call).next()) else { return };
    let Some(path) = context.program.names.text(name) else { return };
    let last = path.rsplit('/').next().unwrap_or_default();
    if last.is_empty() || last.contains(['"', '\\', '*']) {
        return;
    }
    let draft = Draft::new(EditKind::SecureTemporaryFile, call, &[377], "make the temporary file under a new name");
    out.push(
        draft
            .replace(tree.name_span(callee), "CreateTemp")
            .replace(tree.span(name), format!("\"\", \"{last}-*\""))
            .finish(),
    );
}
