//! Text run as code in Java: scripts, expression languages, names of classes and of directory objects.

use super::run;
use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::listed::{At, Table, of};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::Purposes;

/// What runs text, or an object made from text, as code.
static RUNS: Table = Table::new(&[
    of("ScriptEngine", &["eval", "compile"], At::Nth(0)),
    of("Compilable", &["compile"], At::Nth(0)),
    of("CompiledScript", &["eval"], At::Object),
    of("Invocable", &["invokeFunction"], At::Nth(0)),
    of("GroovyShell", &["evaluate", "parse", "run"], At::Nth(0)),
    of("GroovyClassLoader", &["parseClass"], At::Nth(0)),
    of("Eval", &["me", "x", "xy", "xyz"], At::Last),
    of("CompilationUnit", &["compile"], At::Object),
    of("JavaAwareCompilationUnit", &["compile"], At::Object),
    of("GroovyScriptEvaluator", &["evaluate"], At::Nth(0)),
    of("BshScriptEvaluator", &["evaluate"], At::Nth(0)),
    of("StandardScriptEvaluator", &["evaluate"], At::Nth(0)),
    of("ScriptEvaluator", &["evaluate", "cook"], At::Nth(0)),
    of("Interpreter", &["eval", "source"], At::Nth(0)),
    of("JShell", &["eval"], At::Nth(0)),
    of("SourceCodeAnalysis", &["wrappers"], At::Nth(0)),
    of("PythonInterpreter", &["exec", "eval", "execfile", "compile"], At::Nth(0)),
    of("InteractiveInterpreter", &["exec", "eval", "runsource", "runcode", "push"], At::Nth(0)),
    of("BytecodeLoader", &["makeCode"], At::Nth(1)),
    of("Py", &["compile", "compile_flags", "exec"], At::Nth(0)),
    of("Context", &["evaluateString", "compileString", "compileFunction", "evaluateReader"], At::Nth(1)),
    of("ClassBodyEvaluator", &["cook"], At::Nth(0)),
    of("ExpressionEvaluator", &["cook", "evaluate"], At::Nth(0)),
    of("MVEL", &["eval", "executeExpression", "evalToBoolean", "evalToString"], At::Nth(0)),
    of("MVEL", &["executeAllExpression", "executeSetExpression", "evalFile"], At::Nth(0)),
    of("Accessor", &["getValue"], At::Object),
    of("ExecutableAccessor", &["getValue"], At::Object),
    of("ExecutableStatement", &["getValue"], At::Object),
    of("CompiledExpression", &["getDirectValue", "getValue"], At::Object),
    of("CompiledAccExpression", &["getValue"], At::Object),
    of("MvelScriptEngine", &["eval", "evaluate"], At::Nth(0)),
    of("MvelCompiledScript", &["eval"], At::Object),
    of("TemplateRuntime", &["eval", "execute"], At::Nth(0)),
    of("MVELRuntime", &["execute"], At::Nth(1)),
    of("Ognl", &["getValue", "setValue"], At::Nth(0)),
    of("OgnlUtil", &["getValue", "setValue", "callMethod"], At::Nth(0)),
    of("OgnlReflectionProvider", &["getValue", "setValue"], At::Nth(0)),
    of("JexlExpression", &["evaluate", "callable"], At::Object),
    of("JexlScript", &["execute", "callable"], At::Object),
    of("Script", &["execute", "callable"], At::Object),
    of("JexlEngine", &["getProperty", "setProperty"], At::Nth(1)),
    of("JxltEngine", &["evaluate", "prepare"], At::Object),
    of("UnifiedJEXL", &["evaluate", "prepare"], At::Object),
    of("Expression", &["evaluate", "callable", "getValue", "setValue", "getValueType"], At::Object),
    of("SpelExpression", &["getValue", "setValue", "getValueType"], At::Object),
    of("SpelExpressionParser", &["getValue", "setValue", "getValueType"], At::Object),
    of("ExpressionParser", &["getValue", "setValue", "getValueType"], At::Object),
    of("ELProcessor", &["eval", "getValue", "setValue"], At::Nth(0)),
    of("ELProcessor", &["setVariable"], At::Nth(1)),
    of("ValueExpression", &["getValue", "setValue", "getType"], At::Object),
    of("MethodExpression", &["invoke", "getMethodInfo"], At::Object),
    of("LambdaExpression", &["invoke"], At::Object),
    of("ConstraintValidatorContext", &["buildConstraintViolationWithTemplate"], At::Nth(0)),
    of("WebView", &["evaluateJavascript"], At::Nth(0)),
]);

/// Directory look-ups that load what the name leads to.
static LOOKUPS: Table = Table::new(&[
    of("InitialContext", &["lookup", "doLookup", "lookupLink", "rename", "list", "listBindings"], At::Nth(0)),
    of("InitialDirContext", &["lookup", "lookupLink", "rename"], At::Nth(0)),
    of("InitialLdapContext", &["lookup", "lookupLink", "rename"], At::Nth(0)),
    of("DirContext", &["lookup", "lookupLink", "rename"], At::Nth(0)),
    of("LdapContext", &["lookup"], At::Nth(0)),
    of("Context", &["lookup", "lookupLink"], At::Nth(0)),
    of("JndiTemplate", &["lookup"], At::Nth(0)),
    of("LdapTemplate", &["lookup", "lookupContext", "findByDn", "rename"], At::Nth(0)),
    of("LdapOperations", &["lookup", "lookupContext", "findByDn"], At::Nth(0)),
    of("JMXConnectorFactory", &["connect"], At::Nth(0)),
    of("Registry", &["lookup"], At::Nth(0)),
    of("Naming", &["lookup"], At::Nth(0)),
]);

/// Classes and methods taken by name.
static NAMES: Table = Table::new(&[
    of("Class", &["forName"], At::Nth(0)),
    of("ClassLoader", &["loadClass"], At::Nth(0)),
    of("URLClassLoader", &["loadClass"], At::Nth(0)),
    of("ClassUtils", &["forName", "getClass", "resolveClassName"], At::Nth(0)),
]);

/// A call that runs text or loads by name.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    for text in RUNS.reached(context, call) {
        if is_restricted(context, call) {
            return;
        }
        let before = found.len();
        // An object made elsewhere says nothing of its text.
        let object = RUNS.row(context, call).is_some_and(|sink| sink.at == At::Object);
        if object && context.tainted(text, Purposes::CODE).is_none() {
            return;
        }
        run(context, call, context.method(call), text, found);
        if found.len() > before {
            return;
        }
    }
    for name in LOOKUPS.reached(context, call) {
        if let Some(taint) = context.outside(name, Purposes::CODE) {
            let message =
                format!("An object is looked up under a name from {}, and may be loaded from there.", taint.source());
            let report = Report::issue(call, concept::EVAL_STRING, message).cwe(&[74, 94]).confidence(taint.confidence);
            return found.push(context, report.trace(taint.trace));
        }
    }
    for name in NAMES.reached(context, call) {
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
        && crate::rule::listed::is_method_of(context.callee(context.value(data)), "Uri", "fromFile");
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
