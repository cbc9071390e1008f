//! CWE-94/95: text run as code.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{
    Context, Exposure, Findings, Report, Rule, java, java_row, javascript, javascript_row, python, python_row,
};
use crate::syntax::{Kind, NodeId};
use crate::taint::Purposes;

pub(crate) const RULE: Rule = Rule {
    id: "code-injection",
    cwe: &[94, 95],
    severity: Severity::High,
    summary: "Text from outside is run as code.",
    advice: "Parse the text as data (`ast.literal_eval`, `json.loads`) or look the operation up in a table of functions.",
    rows: &[
        python_row(&[Kind::Call], python_call),
        java_row(&[Kind::Call], java_call),
        javascript_row(&[Kind::Call, Kind::New], javascript_call),
    ],
    bad: &[
        python("def f(x):\n    return eval(x)\n"),
        python("code = input()\nexec(code)\n"),
        python("e = eval\ndef f(x):\n    return e(x)\n"),
        python("def f(x):\n    return getattr(__builtins__, 'eval')(x)\n"),
        python("def f(x):\n    exec(compile(x, 'f', 'exec'))\n"),
        python(
            "import importlib\nfrom flask import request\ndef f():\n    return importlib.import_module(request.args['m'])\n",
        ),
        java(
            "import javax.script.*;\nclass A { Object f(String x) throws Exception { ScriptEngine e = new ScriptEngineManager().getEngineByName(\"js\"); return e.eval(x); } }\n",
        ),
        javascript("app.get('/', (req, res) => { res.json(eval(req.query.e)); });\n"),
        javascript("function f(x) { return new Function('a', 'return ' + x)(1); }\n"),
        javascript("const vm = require('vm');\nfunction f(x) { return vm.runInNewContext(x, {}); }\n"),
        javascript("const run = globalThis['ev' + 'al'];\nfunction f(x) { setTimeout('f(' + x + ')', 1); }\n"),
    ],
    good: &[
        java("class A { int f(Model m, String x) { return m.eval(x); } }\n"),
        javascript("function f(x) { return JSON.parse(x); }\n"),
        javascript("function f(model, x) { setTimeout(() => model.eval(x), 10); }\n"),
        python("import ast\ndef f(x):\n    return ast.literal_eval(x)\n"),
        python("print(eval('1 + 2'))\n"),
        python(
            "def f(x):\n    if not all(c in '0123456789+-' for c in x):\n        raise ValueError()\n    return eval(x)\n",
        ),
        python("def f(model):\n    model.eval()\n"),
        python("import re\ndef f(x):\n    return re.compile(x)\n"),
        python("import importlib\nNAMES = {'a': 'pkg.a'}\ndef f(x):\n    return importlib.import_module(NAMES[x])\n"),
    ],
};

fn python_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    match context.callee(call) {
        name @ ("eval" | "exec" | "execfile" | "builtins.eval" | "builtins.exec" | "__builtin__.eval"
        | "code.interact" | "compile" | "builtins.compile" | "timeit.timeit" | "cProfile.run") => {
            let Some(text) = context.argument(call, 0, "source").or_else(|| context.keyword(call, "stmt")) else {
                return;
            };
            run(context, call, name, text, found);
        }
        "__import__" | "importlib.import_module" | "importlib.__import__" => {
            let Some(module) = context.argument(call, 0, "name") else { return };
            if let Some(taint) = context.tainted(module, Purposes::CODE) {
                let strong = taint.confidence == Confidence::High;
                let message = format!("A module is chosen by {}.", taint.source());
                let report = Report::issue(call, concept::DYNAMIC_IMPORT, message)
                    .cwe(&[470, 94])
                    .severity(Severity::Medium)
                    .confidence(if strong { Confidence::High } else { Confidence::Low });
                found.push(context, report.trace(taint.trace));
            }
        }
        _ if matches!(context.method(call), "runsource" | "runcode" | "push")
            && context.callee(call).starts_with("code.") =>
        {
            if let Some(text) = context.positional(call, 0) {
                run(context, call, "runsource", text, found);
            }
        }
        _ => {}
    }
}

fn java_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    const ENGINES: &[&str] = &[
        "javax.script.ScriptEngine.eval",
        "groovy.lang.GroovyShell.evaluate",
        "groovy.lang.GroovyShell.parse",
        "org.springframework.expression.spel.standard.SpelExpressionParser.parseExpression",
        "org.springframework.expression.ExpressionParser.parseExpression",
        "org.mvel2.MVEL.eval",
        "ognl.Ognl.getValue",
        "bsh.Interpreter.eval",
    ];
    if let Some(text) = context.positional(call, 0).filter(|_| ENGINES.contains(&context.callee(call))) {
        run(context, call, "eval", text, found);
    }
}

fn javascript_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call).trim_start_matches("globalThis.").trim_start_matches("window.");
    let first = context.positional(call, 0);
    let text = match path {
        "eval"
        | "vm.runInNewContext"
        | "vm.runInThisContext"
        | "vm.runInContext"
        | "vm.Script"
        | "vm.compileFunction"
        | "execScript" => first,
        // The last argument is the body.
        "Function" => context.tree().positional(call).last(),
        // Text in the place of a function is evaluated; whatever is not text is a function.
        "setTimeout" | "setInterval" => {
            first.filter(|&first| matches!(context.kind(context.value(first)), Kind::Template | Kind::Binary))
        }
        _ => None,
    };
    if let Some(text) = text {
        run(context, call, path, text, found);
    }
}

fn run(context: &Context<'_>, call: NodeId, name: &str, text: NodeId, found: &mut Findings) {
    // `exec(compile(x))`: the outer call is the sink.
    let compiles = name.ends_with("compile");
    if compiles {
        let above = context.tree().parent(call).filter(|&above| context.kind(above) == Kind::Call);
        if above.is_some_and(|above| matches!(context.callee(above), "exec" | "eval")) {
            return;
        }
    }
    match context.exposure(text, Purposes::CODE) {
        Exposure::Constant | Exposure::Harmless => {
            if !compiles {
                found.push(context, Report::audit(call, concept::EVAL_STRING, "Constant text is run as code."));
            }
        }
        Exposure::Tainted(taint) => {
            let message = format!("Text from {} is run as code.", taint.source());
            let mut report = Report::issue(call, concept::EVAL_STRING, message).confidence(taint.confidence);
            if compiles {
                report = report.severity(Severity::Medium).confidence(Confidence::Low);
            }
            found.push(context, report.trace(taint.trace));
        }
        Exposure::Unclear if compiles => {}
        Exposure::Unclear => {
            let message = "Text that is made at run time is run as code.";
            let report = Report::issue(call, concept::EVAL_STRING, message);
            found.push(context, report.severity(Severity::Medium).confidence(Confidence::Medium));
        }
    }
}
