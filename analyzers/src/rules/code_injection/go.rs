//! Code in Go: plugins and interpreters; sinks as data.

use crate::concept;
use crate::lang::Language::Go;
use crate::rule::listed::{At, Sinks, sink};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;
use crate::taint::{Purposes, Source};

static SINKS: Sinks = Sinks::new(
    Purposes::CODE,
    concept::EVAL_STRING,
    "Code is run that is made from",
    &[
        sink(Go, &["plugin.Open", "govaluate.NewEvaluableExpression", "expr.Compile", "gval.Evaluate"], At::Nth(0)),
        sink(Go, &["expr.Eval", "otto.Run", "goja.RunString"], At::Nth(0)),
        sink(Go, &["goja.New.RunString", "goja.Runtime.RunString", "goja.Runtime.RunScript"], At::Last),
        sink(Go, &["otto.New.Run", "otto.New.Eval", "otto.Otto.Run", "otto.Otto.Eval"], At::Nth(0)),
        sink(Go, &["interp.New.Eval", "interp.Interpreter.Eval", "interp.New.EvalPath"], At::Nth(0)),
        sink(Go, &["lua.NewState.DoString", "lua.LState.DoString", "lua.LState.DoFile"], At::Nth(0)),
        sink(Go, &["tengo.NewScript", "starlark.ExecFile", "anko.Execute", "v8go.Context.RunScript"], At::Any),
    ],
)
.from(Source::Arguments);

/// Checks a call.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    SINKS.check(context, call, found);
}
