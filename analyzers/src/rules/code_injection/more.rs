//! Code in PHP, C#, Ruby, Rust and shell scripts, as far as they have them: sinks as data.

use crate::concept;
use crate::lang::Language::{CSharp, Php, Ruby};
use crate::rule::listed::{At, Sinks, sink};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;
use crate::taint::Purposes;

static SINKS: Sinks = Sinks::new(
    Purposes::CODE,
    concept::EVAL_STRING,
    "Code is run that is made from",
    &[
        sink(Php, "eval", At::Nth(0)),
        sink(Php, "assert", At::Nth(0)),
        sink(Php, "create_function", At::Nth(0)),
        sink(Php, "call_user_func", At::Nth(0)),
        sink(Php, "call_user_func_array", At::Nth(0)),
        sink(Php, "register_shutdown_function", At::Nth(0)),
        sink(Php, "register_tick_function", At::Nth(0)),
        sink(Php, "forward_static_call", At::Nth(0)),
        sink(Php, "forward_static_call_array", At::Nth(0)),
        sink(Php, "ReflectionFunction", At::Nth(0)),
        sink(Php, "ReflectionMethod", At::Nth(0)),
        sink(Php, "preg_replace_callback", At::Nth(1)),
        sink(Php, "array_filter", At::Nth(1)),
        sink(Php, "array_walk", At::Nth(1)),
        sink(Php, "ob_start", At::Nth(0)),
        sink(Php, "array_map", At::Nth(0)),
        sink(Php, "usort", At::Nth(0)),
        sink(Php, "create_function", At::Nth(1)),
        sink(CSharp, "CSharpScript.EvaluateAsync", At::Any),
        sink(CSharp, "CSharpScript.RunAsync", At::Any),
        sink(CSharp, "CSharpScript.Create", At::Any),
        sink(CSharp, "Assembly.Load", At::Any),
        sink(CSharp, "Assembly.LoadFrom", At::Any),
        sink(CSharp, "Assembly.LoadFile", At::Any),
        sink(CSharp, "Type.GetType", At::Any),
        sink(CSharp, "Activator.CreateInstance", At::Any),
        sink(CSharp, ".CompileAssemblyFromSource", At::Any),
        sink(CSharp, ".ParseLambda", At::Any),
        sink(CSharp, ".InvokeScript", At::Nth(0)),
        sink(Ruby, "eval", At::Nth(0)),
        sink(Ruby, "instance_eval", At::Nth(0)),
        sink(Ruby, "class_eval", At::Nth(0)),
        sink(Ruby, "module_eval", At::Nth(0)),
        sink(Ruby, "binding.eval", At::Nth(0)),
        sink(Ruby, "Object.const_get", At::Nth(0)),
        sink(Ruby, "Kernel.eval", At::Nth(0)),
        sink(Ruby, "ERB.new", At::Nth(0)),
        sink(Ruby, ".instance_eval", At::Nth(0)),
        sink(Ruby, ".class_eval", At::Nth(0)),
        sink(Ruby, ".module_eval", At::Nth(0)),
        sink(Ruby, ".eval", At::Nth(0)),
        sink(Ruby, ".send", At::Nth(0)),
        sink(Ruby, ".public_send", At::Nth(0)),
        sink(Ruby, ".__send__", At::Nth(0)),
        sink(Ruby, ".const_get", At::Nth(0)),
        sink(Ruby, ".try", At::Nth(0)),
        sink(Ruby, ".method", At::Nth(0)),
        sink(Ruby, "send", At::Nth(0)),
        sink(Ruby, "public_send", At::Nth(0)),
        sink(Ruby, "__send__", At::Nth(0)),
        sink(Ruby, ".constantize", At::Object),
        sink(Ruby, ".safe_constantize", At::Object),
    ],
);

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    SINKS.check(context, node, found);
}
