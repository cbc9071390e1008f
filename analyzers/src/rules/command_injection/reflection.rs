//! Java's ways to run a command without naming the method in a call: reflection, method handles, method references.

use super::shell;
use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Exposure, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;

/// Classes that run programs or code.
fn is_dangerous(class: &str) -> bool {
    let simple = class.rsplit('.').next().unwrap_or(class);
    matches!(simple, "Runtime" | "ProcessBuilder" | "ProcessImpl" | "UNIXProcess" | "ScriptEngine")
}

/// Whether an expression is the class object of a class that runs programs.
fn is_dangerous_class(context: &Context<'_>, node: NodeId) -> bool {
    context.flow().leaves(node).into_iter().any(|leaf| match context.kind(leaf) {
        Kind::Call => match context.method(leaf) {
            "forName" | "loadClass" | "findClass" => {
                context.positional(leaf, 0).and_then(|name| context.string(name)).is_some_and(is_dangerous)
            }
            "getClass" => context
                .object(leaf)
                .is_some_and(|object| context.program().names.type_of(object).is_some_and(is_dangerous)),
            _ => false,
        },
        _ => context.source(leaf).strip_suffix(".class").is_some_and(is_dangerous),
    })
}

/// The call that looks a method or constructor up, behind an object.
fn looked_up(context: &Context<'_>, object: NodeId) -> Option<NodeId> {
    const LOOKS: &[&str] = &[
        "getMethod",
        "getDeclaredMethod",
        "getConstructor",
        "getDeclaredConstructor",
        "findVirtual",
        "findStatic",
        "unreflect",
    ];
    context
        .flow()
        .leaves(object)
        .into_iter()
        .find(|&leaf| context.kind(leaf) == Kind::Call && LOOKS.contains(&context.method(leaf)))
}

/// `method.invoke(object, command)`, `constructor.newInstance(command)`, `handle.invoke(object, command)`.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let skipped = match context.method(call) {
        "invoke" | "invokeExact" | "invokeWithArguments" => 1,
        "newInstance" => 0,
        _ => return,
    };
    let Some(lookup) = context.object(call).and_then(|object| looked_up(context, object)) else { return };
    let handle = matches!(context.method(lookup), "findVirtual" | "findStatic");
    let class = if handle { context.positional(lookup, 0) } else { context.object(lookup) };
    let of_danger = class.is_some_and(|class| is_dangerous_class(context, class));
    let named = context.positional(lookup, usize::from(handle)).filter(|_| skipped == 1);
    let name = named.map(|named| context.string(named));
    let runs = match name {
        None => of_danger,
        Some(Some(name)) => name == "exec" || of_danger && matches!(name, "command" | "start" | "eval"),
        Some(None) => false,
    };
    if name == Some(None) && of_danger {
        let message = "Which method of a class that runs programs is called is chosen at run time.";
        let report = Report::issue(call, concept::DYNAMIC_IMPORT, message).cwe(&[470, 78]).severity(Severity::Medium);
        return found.push(context, report.confidence(Confidence::Medium));
    }
    if !runs {
        return;
    }
    for command in context.tree().positional(call).skip(skipped).take(4) {
        if !matches!(context.exposure(command, Purposes::SHELL), Exposure::Constant | Exposure::Harmless) {
            return shell(context, call, command, found);
        }
    }
}

/// `runtime::exec` handed to somebody.
pub(super) fn reference(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let handed = context.source(node).contains("::") && context.tree().field(node) != Field::Callee;
    if !handed || context.name(node) != "exec" {
        return;
    }
    let of_runtime = context.path(node).ends_with("Runtime.exec")
        || context
            .tree()
            .child(node, Field::Object)
            .is_some_and(|object| context.source(object).to_ascii_lowercase().contains("runtime"));
    if of_runtime {
        let message = "The method that runs commands is handed over, and whoever gets it chooses the command.";
        let report = Report::issue(node, concept::SHELL_STRING, message).severity(Severity::Medium);
        found.push(context, report.confidence(Confidence::Medium));
    }
}
