//! Text run as code in Java: scripts, expression languages, names of classes and of directory objects.

use super::run;
use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::sinks::{At, Sink, reached, row};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::Purposes;

/// What runs text, or an object made from text, as code.
const RUNS: &[Sink] = &[
    ("ScriptEngine", &["eval", "compile"], At::Argument(0)),
    ("Compilable", &["compile"], At::Argument(0)),
    ("CompiledScript", &["eval"], At::Object),
    ("Invocable", &["invokeFunction"], At::Argument(0)),
    ("GroovyShell", &["evaluate", "parse", "run"], At::Argument(0)),
    ("GroovyClassLoader", &["parseClass"], At::Argument(0)),
    ("Eval", &["me", "x", "xy", "xyz"], At::Last),
    ("CompilationUnit", &["compile"], At::Object),
    ("JavaAwareCompilationUnit", &["compile"], At::Object),
    ("GroovyScriptEvaluator", &["evaluate"], At::Argument(0)),
    ("BshScriptEvaluator", &["evaluate"], At::Argument(0)),
    ("StandardScriptEvaluator", &["evaluate"], At::Argument(0)),
    ("ScriptEvaluator", &["evaluate", "cook"], At::Argument(0)),
    ("Interpreter", &["eval", "source"], At::Argument(0)),
    ("JShell", &["eval"], At::Argument(0)),
    ("SourceCodeAnalysis", &["wrappers"], At::Argument(0)),
    ("PythonInterpreter", &["exec", "eval", "execfile", "compile"], At::Argument(0)),
    ("InteractiveInterpreter", &["exec", "eval", "runsource", "runcode", "push"], At::Argument(0)),
    ("BytecodeLoader", &["makeCode"], At::Argument(1)),
    ("Py", &["compile", "compile_flags", "exec"], At::Argument(0)),
    ("Context", &["evaluateString", "compileString", "compileFunction", "evaluateReader"], At::Argument(1)),
    ("ClassBodyEvaluator", &["cook"], At::Argument(0)),
    ("ExpressionEvaluator", &["cook", "evaluate"], At::Argument(0)),
    ("MVEL", &["eval", "executeExpression", "evalToBoolean", "evalToString"], At::Argument(0)),
    ("MVEL", &["executeAllExpression", "executeSetExpression", "evalFile"], At::Argument(0)),
    ("Accessor", &["getValue"], At::Object),
    ("ExecutableAccessor", &["getValue"], At::Object),
    ("ExecutableStatement", &["getValue"], At::Object),
    ("CompiledExpression", &["getDirectValue", "getValue"], At::Object),
    ("CompiledAccExpression", &["getValue"], At::Object),
    ("MvelScriptEngine", &["eval", "evaluate"], At::Argument(0)),
    ("MvelCompiledScript", &["eval"], At::Object),
    ("TemplateRuntime", &["eval", "execute"], At::Argument(0)),
    ("MVELRuntime", &["execute"], At::Argument(1)),
    ("Ognl", &["getValue", "setValue"], At::Argument(0)),
    ("OgnlUtil", &["getValue", "setValue", "callMethod"], At::Argument(0)),
    ("OgnlReflectionProvider", &["getValue", "setValue"], At::Argument(0)),
    ("JexlExpression", &["evaluate", "callable"], At::Object),
    ("JexlScript", &["execute", "callable"], At::Object),
    ("Script", &["execute", "callable"], At::Object),
    ("JexlEngine", &["getProperty", "setProperty"], At::Argument(1)),
    ("JxltEngine", &["evaluate", "prepare"], At::Object),
    ("UnifiedJEXL", &["evaluate", "prepare"], At::Object),
    ("Expression", &["evaluate", "callable", "getValue", "setValue", "getValueType"], At::Object),
    ("SpelExpression", &["getValue", "setValue", "getValueType"], At::Object),
    ("SpelExpressionParser", &["getValue", "setValue", "getValueType"], At::Object),
    ("ExpressionParser", &["getValue", "setValue", "getValueType"], At::Object),
    ("ELProcessor", &["eval", "getValue", "setValue"], At::Argument(0)),
    ("ELProcessor", &["setVariable"], At::Argument(1)),
    ("ValueExpression", &["getValue", "setValue", "getType"], At::Object),
    ("MethodExpression", &["invoke", "getMethodInfo"], At::Object),
    ("LambdaExpression", &["invoke"], At::Object),
    ("ConstraintValidatorContext", &["buildConstraintViolationWithTemplate"], At::Argument(0)),
    ("WebView", &["evaluateJavascript"], At::Argument(0)),
];

/// Directory look-ups that load what the name leads to.
const LOOKUPS: &[Sink] = &[
    ("InitialContext", &["lookup", "doLookup", "lookupLink", "rename", "list", "listBindings"], At::Argument(0)),
    ("InitialDirContext", &["lookup", "lookupLink", "rename"], At::Argument(0)),
    ("InitialLdapContext", &["lookup", "lookupLink", "rename"], At::Argument(0)),
    ("DirContext", &["lookup", "lookupLink", "rename"], At::Argument(0)),
    ("LdapContext", &["lookup"], At::Argument(0)),
    ("Context", &["lookup", "lookupLink"], At::Argument(0)),
    ("JndiTemplate", &["lookup"], At::Argument(0)),
    ("LdapTemplate", &["lookup", "lookupContext", "findByDn", "rename"], At::Argument(0)),
    ("LdapOperations", &["lookup", "lookupContext", "findByDn"], At::Argument(0)),
    ("JMXConnectorFactory", &["connect"], At::Argument(0)),
    ("Registry", &["lookup"], At::Argument(0)),
    ("Naming", &["lookup"], At::Argument(0)),
];

/// Classes and methods taken by name.
const NAMES: &[Sink] = &[
    ("Class", &["forName"], At::Argument(0)),
    ("ClassLoader", &["loadClass"], At::Argument(0)),
    ("URLClassLoader", &["loadClass"], At::Argument(0)),
    ("ClassUtils", &["forName", "getClass", "resolveClassName"], At::Argument(0)),
];

/// A call that runs text or loads by name.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    for text in reached(context, call, RUNS) {
        if is_restricted(context, call) {
            return;
        }
        let before = found.len();
        // An object made elsewhere says nothing of its text.
        let object = row(context, call, RUNS).is_some_and(|row| row.2 == At::Object);
        if object && context.tainted(text, Purposes::CODE).is_none() {
            return;
        }
        run(context, call, context.method(call), text, found);
        if found.len() > before {
            return;
        }
    }
    for name in reached(context, call, LOOKUPS) {
        if let Some(taint) = context.outside(name, Purposes::CODE) {
            let message =
                format!("An object is looked up under a name from {}, and may be loaded from there.", taint.source());
            let report = Report::issue(call, concept::EVAL_STRING, message).cwe(&[74, 94]).confidence(taint.confidence);
            return found.push(context, report.trace(taint.trace));
        }
    }
    for name in reached(context, call, NAMES) {
        if let Some(taint) = context.outside(name, Purposes::CODE) {
            let message = format!("A class is chosen by {}.", taint.source());
            let report = Report::issue(call, concept::DYNAMIC_IMPORT, message).cwe(&[470]).severity(Severity::Medium);
            return found.push(context, report.confidence(Confidence::Medium).trace(taint.trace));
        }
    }
    package_context(context, call, found);
    install(context, call, found);
}

/// Whether the expression language is kept to data: a simple evaluation context, a sandbox.
fn is_restricted(context: &Context<'_>, call: NodeId) -> bool {
    let tree = context.tree();
    let mut parts: Vec<NodeId> = tree.positional(call).collect();
    let mut at = context.object(call);
    for _ in 0..8 {
        let Some(object) = at else { break };
        parts.push(object);
        let value = context.value(object);
        at = if matches!(context.kind(value), Kind::Call) { context.object(value) } else { None };
        parts.push(value);
    }
    parts.into_iter().any(|part| {
        let value = context.value(part);
        tree.subtree(value).take(60).any(|inner| {
            let path = context.path(inner);
            path.contains("SimpleEvaluationContext")
                || path.contains("JexlSandbox")
                || path.ends_with(".sandbox")
                || path.contains("JexlUberspectSandbox")
                || path.contains("SandboxUberspect")
                || path.contains("SandboxTransformer")
        })
    })
}

/// A class of another application run in this one.
fn package_context(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let is_loader = context.method(call) == "loadClass" || context.method(call) == "getClassLoader";
    if context.method(call) != "loadClass" || !is_loader {
        return;
    }
    let Some(loader) = context.object(call).map(|object| context.value(object)) else { return };
    let foreign = context.method(loader) == "getClassLoader"
        && context
            .object(loader)
            .map(|object| context.value(object))
            .is_some_and(|maker| context.method(maker) == "createPackageContext");
    let checked = context.function(call).is_some_and(|function| context.source(function).contains("checkSignatures"));
    if foreign && !checked {
        let message = "A class is loaded from another application whose signature nobody checks.";
        found.push(context, Report::issue(call, concept::DYNAMIC_IMPORT, message).cwe(&[470]));
    }
}

/// An application package that is installed from a file somebody else can write.
fn install(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    const PACKAGE: &str = "application/vnd.android.package-archive";
    if !matches!(context.method(call), "setDataAndType" | "setData" | "setDataAndTypeAndNormalize") {
        return;
    }
    let Some(data) = context.positional(call, 0) else { return };
    let of_file = context.kind(context.value(data)) == Kind::Call
        && crate::rule::sinks::is_method_of(context.callee(context.value(data)), "Uri", "fromFile");
    if !of_file {
        return;
    }
    let typed = context.positional(call, 1).and_then(|kind| context.string(kind)) == Some(PACKAGE);
    let Some(object) = context.object(call) else { return };
    let name = context.source(object);
    let installs = typed
        || context.function(call).is_some_and(|function| {
            let tree = context.tree();
            tree.subtree(function).take(3_000).any(|node| {
                let ours = match context.kind(node) {
                    Kind::Call => {
                        context.method(node) == "setType"
                            && context.object(node).is_some_and(|of| context.source(of) == name)
                    }
                    Kind::New => context.value(object) == node,
                    _ => false,
                };
                ours && tree.positional(node).any(|argument| {
                    context.string(argument).is_some_and(|text| text == PACKAGE || text.ends_with(".INSTALL_PACKAGE"))
                        || context.path(argument).ends_with("ACTION_INSTALL_PACKAGE")
                })
            })
        });
    if installs {
        let message = "A package is installed from a file that others may replace.";
        let report = Report::issue(call, concept::EVAL_STRING, message).cwe(&[94]).severity(Severity::Medium);
        found.push(context, report.confidence(Confidence::Medium));
    }
}
