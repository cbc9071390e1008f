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
        sink(
            Php,
            &[
                "eval",
                "assert",
                "create_function",
                "call_user_func",
                "call_user_func_array",
                "register_shutdown_function",
                "register_tick_function",
                "forward_static_call",
                "forward_static_call_array",
                "ReflectionFunction",
                "ReflectionMethod",
            ],
            At::Nth(0),
        ),
        sink(Php, &["preg_replace_callback", "array_filter", "array_walk"], At::Nth(1)),
        sink(Php, &["ob_start", "array_map", "usort"], At::Nth(0)),
        sink(Php, &["create_function"], At::Nth(1)),
        sink(
            CSharp,
            &[
                "CSharpScript.EvaluateAsync",
                "CSharpScript.RunAsync",
                "CSharpScript.Create",
                "Assembly.Load",
                "Assembly.LoadFrom",
                "Assembly.LoadFile",
                "Type.GetType",
                "Activator.CreateInstance",
                ".CompileAssemblyFromSource",
                ".ParseLambda",
            ],
            At::Any,
        ),
        sink(CSharp, &[".InvokeScript"], At::Nth(0)),
        sink(
            Ruby,
            &[
                "eval",
                "instance_eval",
                "class_eval",
                "module_eval",
                "binding.eval",
                "Object.const_get",
                "Kernel.eval",
                "ERB.new",
                ".instance_eval",
                ".class_eval",
                ".module_eval",
                ".eval",
                ".send",
                ".public_send",
                ".__send__",
                ".const_get",
                ".try",
                ".method",
                "send",
                "public_send",
                "__send__",
                "const_get",
                "class_eval",
                "module_eval",
                "instance_variable_get",
                ".instance_variable_get",
                ".instance_variable_set",
                ".define_method",
                ".class_exec",
                ".instance_exec",
                "Kernel.load",
                "RubyVM.InstructionSequence.compile",
                "Haml.Engine.new",
                "Slim.Template.new",
                "Liquid.Template.parse",
                "Erubi.Engine.new",
                "Tilt.new",
            ],
            At::Nth(0),
        ),
        sink(Ruby, &[".constantize", ".safe_constantize"], At::Object),
    ],
);

/// Checks a call, a creation or an assignment.
pub(super) fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    SINKS.check(context, node, found);
}
