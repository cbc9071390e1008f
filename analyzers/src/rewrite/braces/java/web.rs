//! Answers of Java servers: flags of cookies, details of errors, targets of redirects and values of headers.

use crate::edit::{Edit, EditKind};
use crate::rewrite::braces::redirect::comes_back;
use crate::rewrite::braces::statement;
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

const COOKIE: &str = "keep the cookie from scripts and plain connections";
const DETAIL: &str = "tell the client that it failed, and the log how";
const MESSAGE: &str = "\"An internal error occurred\"";

const LOCAL_TARGET: &str = r#"private static String localTarget(String target) {
    String path = target == null ? "/" : target.replaceAll("\\s", "").replace('\\', '/');
    return path.startsWith("/") && !path.startsWith("//") ? path : "/";
}
"#;

const ONE_LINE: &str = r#"private static String oneLine(String value) {
    return value == null ? null : value.replace("\r", "\\r").replace("\n", "\\n");
}
"#;

/// `response.addCookie(cookie)` → after `cookie.setHttpOnly(true)` and `cookie.setSecure(true)`.
pub(in crate::rewrite::braces) fn cookie(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    out.extend(cookie_edit(context, call));
}

fn cookie_edit(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let draft = Draft::new(EditKind::SafeOption, call, &[614, 1004], COOKIE);
    let given = tree.positional(call).next()?;
    match context.callee_name(call) {
        "setSecure" | "setHttpOnly" if context.text(given) == "false" => {
            Some(draft.replace(tree.span(given), "true").finish())
        }
        "addCookie" => {
            let sent = tree.statement(call);
            if tree.kind(sent) != Kind::ExprStatement {
                return None;
            }
            if tree.kind(given) == Kind::Name {
                let set = |setter: &str| {
                    tree.subtree(tree.scope(call)).any(|other| {
                        tree.kind(other) == Kind::Call
                            && context.callee_name(other) == setter
                            && tree
                                .child(other, Field::Callee)
                                .and_then(|callee| tree.child(callee, Field::Object))
                                .is_some_and(|object| {
                                    context.program.names.binding(object) == context.program.names.binding(given)
                                })
                    })
                };
                let missing: Vec<String> = ["setHttpOnly", "setSecure"]
                    .iter()
                    .filter(|setter| !set(setter))
                    .map(|setter| format!("{}.{setter}(true);", context.text(given)))
                    .collect();
                if missing.is_empty() {
                    return None;
                }
                return Some(draft.text(statement::before(context, sent, &missing)?).finish());
            }
            if tree.kind(given) != Kind::New {
                return None;
            }
            let name = context.free_name("cookie");
            let class = context.text(tree.child(given, Field::Callee)?);
            let lines = [
                format!("{class} {name} = {};", context.text(given)),
                format!("{name}.setHttpOnly(true);"),
                format!("{name}.setSecure(true);"),
            ];
            Some(draft.text(statement::before(context, sent, &lines)?).replace(tree.span(given), name).finish())
        }
        _ => None,
    }
}

/// `e.printStackTrace(response.getWriter())` → a message that says nothing, and the trace in the log.
pub(in crate::rewrite::braces) fn detail(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    out.extend(detail_edit(context, call));
}

fn detail_edit(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let draft = Draft::new(EditKind::DisableDebug, call, &[209], DETAIL);
    let whole = tree.statement(call);
    if context.callee_name(call) == "printStackTrace" {
        let writer = tree.positional(call).next()?;
        let exception = tree.child(tree.child(call, Field::Callee)?, Field::Object)?;
        if tree.kind(whole) != Kind::ExprStatement {
            return None;
        }
        let log = statement::before(context, whole, &[format!("{}.printStackTrace();", context.text(exception))])?;
        let answer = format!("{}.println({MESSAGE})", context.text(writer));
        return Some(draft.text(log).replace(tree.span(call), answer).finish());
    }
    let at = match context.callee_name(call) {
        "sendError" => 1,
        "print" | "println" | "write" | "append" | "body" | "entity" => 0,
        _ => return None,
    };
    let detail = tree.positional(call).nth(at)?;
    let mut draft = draft.replace(context.whole_argument(call, detail), MESSAGE);
    // Where nothing else keeps what happened, the log does.
    if let Some(name) = statement::caught(context, detail)
        && !is_logged(context, call, name)
        && is_first(context, call, name)
        && let Some(log) = statement::before(context, whole, &[format!("{name}.printStackTrace();")])
    {
        draft = draft.text(log);
    }
    Some(draft.finish())
}

/// Whether no call before this one in its handler tells of the exception.
fn is_first(context: Context<'_>, call: NodeId, name: &str) -> bool {
    let tree = context.tree();
    let handler = tree.ancestors(call).find(|&above| tree.kind(above) == Kind::Handler);
    handler.is_none_or(|handler| {
        tree.subtree(handler).take_while(|&other| other < call).all(|other| {
            tree.kind(other) != Kind::Call
                || tree.contains(other, call)
                || !context.names_in(other).any(|read| read == name)
                || !matches!(context.callee_name(other), "sendError" | "print" | "println" | "write" | "append")
        })
    })
}

/// Whether the handler around a node logs its exception.
fn is_logged(context: Context<'_>, node: NodeId, name: &str) -> bool {
    let tree = context.tree();
    let Some(handler) = tree.ancestors(node).find(|&above| tree.kind(above) == Kind::Handler) else { return false };
    tree.subtree(handler).filter(|&call| tree.kind(call) == Kind::Call).any(|call| {
        let printed = context.callee_name(call) == "printStackTrace" && tree.positional(call).next().is_none();
        let logged = matches!(context.callee_name(call), "error" | "warn" | "severe" | "log" | "warning")
            && context.names_in(call).any(|read| read == name);
        printed || logged
    })
}

/// `response.sendRedirect(request.getParameter("next"))` → of a target on this site.
pub(in crate::rewrite::braces) fn redirect(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    if tree.kind(call) == Kind::Return {
        return out.extend(view(context, call));
    }
    let at = match context.callee_name(call) {
        "sendRedirect" => 0,
        "setHeader" | "addHeader" => 1,
        _ => return,
    };
    let Some(target) = tree.positional(call).nth(at).filter(|&target| comes_back(context, target)) else { return };
    let draft = Draft::new(EditKind::ValidateInput, call, &[601], "redirect within this site only");
    out.push(
        draft
            .replace(context.whole_argument(call, target), format!("localTarget({})", context.text(target)))
            .helper("localTarget", LOCAL_TARGET.to_owned())
            .finish(),
    );
}

/// `return "redirect:" + url` of Spring.
fn view(context: Context<'_>, node: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let value = tree.child(node, Field::Value).filter(|&value| tree.kind(value) == Kind::Binary)?;
    let target = tree.child(value, Field::Right)?;
    let prefix = tree.child(value, Field::Left).and_then(|left| context.program.names.text(left))?;
    let text = context.type_of(target) == Some("java.lang.String");
    if prefix != "redirect:" || !text || !comes_back(context, target) {
        return None;
    }
    let draft = Draft::new(EditKind::ValidateInput, node, &[601], "redirect within this site only");
    let text = format!("localTarget({})", context.text(target));
    Some(draft.replace(tree.span(target), text).helper("localTarget", LOCAL_TARGET.to_owned()).finish())
}

/// `response.setHeader("X-Name", request.getParameter("name"))` → of a value in one line.
pub(in crate::rewrite::braces) fn header(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    if !matches!(context.callee_name(call), "setHeader" | "addHeader") {
        return;
    }
    let Some(value) = tree.positional(call).nth(1).filter(|&value| !context.is_constant(value)) else { return };
    let text = context.callee_name(value);
    let is_text = context.type_of(value) == Some("java.lang.String")
        || tree.kind(value) == Kind::Binary
        || matches!(text, "getParameter" | "getHeader" | "getQueryString" | "getValue");
    if !is_text {
        return;
    }
    let draft = Draft::new(EditKind::EscapeMarkup, call, &[113], "write the line breaks of header values as escapes");
    out.push(
        draft
            .replace(context.whole_argument(call, value), format!("oneLine({})", context.text(value)))
            .helper("oneLine", ONE_LINE.to_owned())
            .finish(),
    );
}
