//! CWE-94/95: text run as code.

mod java;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::script::option;
use crate::rule::{
    Context, Exposure, Findings, Report, Rule, example, java, java_row, javascript, javascript_row, python, python_row,
    row,
};
use crate::rule::{go as golang, go_row};
use crate::scan::has_issues_inside;
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

mod go;
mod more;

pub(crate) const RULE: Rule = Rule {
    id: "code-injection",
    cwe: &[94, 95],
    severity: Severity::High,
    summary: "Text from outside is run as code.",
    advice: "Parse the text as data (`ast.literal_eval`, `json.loads`) or look the operation up in a table of functions.",
    rows: &[
        python_row(&[Kind::Call], python_call),
        java_row(&[Kind::Call], java::call),
        javascript_row(&[Kind::Call, Kind::New], javascript_call),
        row(&[Language::Php, Language::CSharp, Language::Ruby], &[Kind::Call, Kind::New], more::check),
        go_row(&[Kind::Call], go::call),
    ],
    bad: &[
        golang(
            "package p\nimport (\"net/http\"; \"plugin\")\nfunc f(w http.ResponseWriter, r *http.Request) { plugin.Open(r.FormValue(\"p\")) }\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"github.com/dop251/goja\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tvm := goja.New()\n\tvm.RunString(r.FormValue(\"code\"))\n}\n",
        ),
        python(
            "import pandas as pd\nfrom flask import request\n@app.get('/q')\ndef q():\n    return df.query(request.args['filter']).to_json()\n",
        ),
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
        java(
            "import org.springframework.expression.spel.standard.*;\nclass A { Object f(javax.servlet.http.HttpServletRequest r) { var e = new SpelExpressionParser().parseExpression(r.getParameter(\"e\")); return new SpelExpressionParser().parseExpression(r.getParameter(\"e\")).getValue(); } }\n",
        ),
        java("class A { Object f(String s) { return groovy.util.Eval.me(s); } }\n"),
        java(
            "import javax.naming.*;\nclass A { Object f(javax.servlet.http.HttpServletRequest r) throws Exception { return new InitialContext().lookup(r.getParameter(\"name\")); } }\n",
        ),
        java(
            "class A { Object f(javax.servlet.http.HttpServletRequest r) throws Exception { return Class.forName(r.getParameter(\"c\")).newInstance(); } }\n",
        ),
        javascript("app.get('/', (req, res) => { res.json(eval(req.query.e)); });\n"),
        javascript("function f(x) { return new Function('a', 'return ' + x)(1); }\n"),
        javascript("const vm = require('vm');\nfunction f(x) { return vm.runInNewContext(x, {}); }\n"),
        javascript("const run = globalThis['ev' + 'al'];\nfunction f(x) { setTimeout('f(' + x + ')', 1); }\n"),
        example(Language::Php, "<?php\neval($_POST['code']);\n"),
        example(
            Language::CSharp,
            "class A { object F() { return CSharpScript.EvaluateAsync(Request.Form[\"code\"]); } }\n",
        ),
        example(Language::Ruby, "def run\n  eval(params[:code])\nend\n"),
        example(Language::Ruby, "def make\n  params[:kind].constantize.new\nend\n"),
    ],
    good: &[
        golang("package p\nimport \"plugin\"\nfunc f() { plugin.Open(\"./extra.so\") }\n"),
        java("class A { int f(Model m, String x) { return m.eval(x); } }\n"),
        java(
            "import org.springframework.expression.spel.standard.*;\nimport org.springframework.expression.spel.support.SimpleEvaluationContext;\nclass A { Object f(String x) { var c = SimpleEvaluationContext.forReadOnlyDataBinding().build(); return new SpelExpressionParser().parseExpression(x).getValue(c); } }\n",
        ),
        java("class A { Object f() throws Exception { return Class.forName(\"com.mysql.Driver\"); } }\n"),
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
        example(Language::Php, "<?php\n$x = json_decode($_POST['x']);\ncall_user_func('strlen', 'a');\n"),
        example(
            Language::CSharp,
            "class A { object F() { return JsonConvert.DeserializeObject(Request.Form[\"x\"]); } }\n",
        ),
        example(Language::Ruby, "def run\n  JSON.parse(params[:x])\n  obj.send(:name)\nend\n"),
    ],
};

fn python_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee_through(call, |path| matches!(path, "eval" | "exec"));
    match path {
        name @ ("eval"
        | "exec"
        | "execfile"
        | "builtins.eval"
        | "builtins.exec"
        | "__builtin__.eval"
        | "code.interact"
        | "compile"
        | "builtins.compile"
        | "timeit.timeit"
        | "cProfile.run"
        | "pdb.run"
        | "profile.run"
        | "runpy.run_path"
        | "pandas.eval"
        | "numexpr.evaluate"
        | "sympy.sympify"
        | "sympy.parse_expr"
        | "sympy.parsing.sympy_parser.parse_expr") => {
            // A function of the unit that only has the name.
            if context.flow().data().called(call).is_some() {
                return;
            }
            let text = ["source", "stmt", "expr", "ex"].iter().find_map(|name| context.keyword(call, name));
            let Some(text) = context.positional(call, 0).or(text) else { return };
            run(context, call, name, text, found);
        }
        "__import__" | "importlib.import_module" | "importlib.__import__" => {
            let Some(module) = context.argument(call, 0, "name") else { return };
            if let Some(taint) = context.tainted(module, Purposes::CODE) {
                let strong = taint.confidence == Confidence::High;
                let message = format!("A module is chosen by {}.", taint.source());
                // Loading what a parameter names is what loaders do.
                let report = if strong {
                    Report::issue(call, concept::DYNAMIC_IMPORT, message).severity(Severity::Medium)
                } else {
                    Report::audit(call, concept::DYNAMIC_IMPORT, message)
                };
                found.push(context, report.cwe(&[470, 94]).trace(taint.trace));
            }
        }
        _ if matches!(context.method(call), "runsource" | "runcode" | "push") && path.starts_with("code.") => {
            if let Some(text) = context.positional(call, 0) {
                run(context, call, "runsource", text, found);
            }
        }
        _ if matches!(context.method(call), "query" | "eval")
            && context.mentions("pandas")
            && context.object(call).is_some_and(|object| {
                let name = context.source(object).to_ascii_lowercase();
                name == "df" || name.ends_with("_df") || name.contains("frame") || name.starts_with("df")
            }) =>
        {
            let text = context.positional(call, 0);
            if let Some(taint) = text.and_then(|text| context.outside(text, Purposes::CODE)) {
                let message = format!("Text from {} is run as an expression over a table.", taint.source());
                let report = Report::issue(call, concept::EVAL_STRING, message).severity(Severity::Medium);
                found.push(context, report.confidence(taint.confidence).trace(taint.trace));
            }
        }
        _ => {
            // `map(eval, texts)`
            if let Some((function, values)) = context.handed_over(call)
                && matches!(context.path(function), "eval" | "exec")
                && let Some(taint) = values.iter().find_map(|&value| context.tainted(value, Purposes::CODE))
            {
                let message = format!("Text from {} is run as code.", taint.source());
                let report = Report::issue(call, concept::EVAL_STRING, message).confidence(taint.confidence);
                found.push(context, report.trace(taint.trace));
            }
        }
    }
}

fn javascript_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call).trim_start_matches("globalThis.").trim_start_matches("window.");
    let first = context.positional(call, 0);
    // `(function () {}).constructor(text)`
    if makes_functions(context, call)
        && let Some(text) = context.tree().positional(call).last().filter(|&text| !context.is_constant(text))
    {
        return run(context, call, "Function", text, found);
    }
    let text = match path {
        "eval"
        | "vm.SourceTextModule"
        | "vm.runInNewContext"
        | "vm.runInThisContext"
        | "vm.runInContext"
        | "vm.Script"
        | "vm.compileFunction"
        | "vm2.VM.run"
        | "vm2.NodeVM.run"
        | "vm2.VMScript"
        | "safe-eval"
        | "static-eval"
        | "eval5.evaluate"
        | "eval5.Function"
        | "mathjs.evaluate"
        | "mathjs.eval"
        | "notevil"
        | "expression-eval.compile"
        | "$.globalEval"
        | "jQuery.globalEval"
        | "jquery.globalEval"
        | "WebAssembly.compile"
        | "WebAssembly.instantiate"
        | "WebAssembly.compileStreaming"
        | "webix.exec"
        | "execScript" => first,
        // Text that a page of the program's own window, or a tab of the browser, runs.
        _ if matches!(context.method(call), "executeJavaScript" | "$eval" | "$evalAsync" | "$parse") => {
            first.filter(|&first| {
                context.tainted(first, Purposes::CODE).is_some_and(|taint| taint.origin.source >= Source::Network)
            })
        }
        "chrome.tabs.executeScript" | "browser.tabs.executeScript" => {
            option(context, call, "code").filter(|&code| !context.is_constant(code))
        }
        // The last argument is the body.
        "Function" => context.tree().positional(call).last(),
        // Text in the place of a function is evaluated; whatever is not text is a function.
        "setTimeout" | "setInterval" => first.filter(|&first| {
            matches!(context.kind(context.value(first)), Kind::Template | Kind::Binary | Kind::String)
                || context.tainted(first, Purposes::CODE).is_some_and(|taint| taint.origin.source == Source::Request)
        }),
        "require" | "import" => {
            if let Some(module) = first.filter(|&module| !context.is_constant(module)) {
                load(context, call, module, found);
            }
            None
        }
        _ => None,
    };
    if let Some(text) = text {
        run(context, call, path, text, found);
    } else if path == "Function" && context.kind(call) == Kind::New {
        found.push(context, Report::audit(call, concept::EVAL_STRING, "A function is made of text."));
    }
}

/// Whether a call is of the constructor of functions, reached through a function or another constructor.
fn makes_functions(context: &Context<'_>, call: NodeId) -> bool {
    let tree = context.tree();
    let Some(callee) = tree.child(call, Field::Callee).map(|callee| context.value(callee)) else { return false };
    if context.kind(callee) != Kind::Attribute || context.name(callee) != "constructor" {
        return false;
    }
    tree.child(callee, Field::Object).is_some_and(|object| {
        let value = context.value(object);
        matches!(context.kind(value), Kind::Lambda)
            || context.kind(object) == Kind::Attribute && context.name(object) == "constructor"
            || context.callee(object) == "Object.getPrototypeOf"
            || context.flow().data().named_function(object).is_some()
    })
}

/// Whether a constant text is code with issues of its own.
fn has_issues(context: &Context<'_>, text: NodeId) -> bool {
    context.string(text).is_some_and(|text| has_issues_inside(Language::Python, text))
}

/// `require(name)`, `import(name)`: a module that is chosen at run time.
fn load(context: &Context<'_>, call: NodeId, module: NodeId, found: &mut Findings) {
    let taint = context.tainted(module, Purposes::CODE).filter(|taint| taint.origin.source >= Source::Network);
    if let Some(taint) = taint {
        let message = format!("A module is chosen by {}.", taint.source());
        let report = Report::issue(call, concept::DYNAMIC_IMPORT, message).cwe(&[94, 95, 470]);
        return found.push(context, report.severity(Severity::High).confidence(taint.confidence).trace(taint.trace));
    }
    let message = "A module is chosen at run time.";
    found.push(context, Report::audit(call, concept::DYNAMIC_IMPORT, message).cwe(&[95, 829]));
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
    let python = context.program().language == Language::Python;
    // `code = compile(text, …)` and then `exec(code)`.
    let value = context.value(text);
    let compiled = context.kind(value) == Kind::Call && matches!(context.callee(value), "compile" | "builtins.compile");
    let text = if python && compiled { context.positional(value, 0).unwrap_or(text) } else { text };
    match context.exposure(text, Purposes::CODE) {
        Exposure::Constant if python && !compiles && context.may_look_inside() && has_issues(context, text) => {
            let message = "Code with weaknesses of its own is run from a text.";
            found.push(
                context,
                Report::issue(call, concept::EVAL_STRING, message).cwe(&[95, 78]).severity(Severity::Medium),
            );
        }
        Exposure::Constant | Exposure::Harmless => {
            if !compiles {
                found.push(context, Report::audit(call, concept::EVAL_STRING, "Constant text is run as code."));
            }
        }
        Exposure::Tainted(taint) => {
            let message = format!("Text from {} is run as code.", taint.source());
            let mut report = Report::issue(call, concept::EVAL_STRING, message).confidence(taint.confidence);
            if compiles {
                // Nothing runs yet.
                report =
                    Report::audit(call, concept::EVAL_STRING, format!("Text from {} is compiled.", taint.source()));
            } else if python && matches!(taint.origin.source, Source::File | Source::Environment) {
                // A program that runs a file it finds in its place.
                let message = format!("Text from {} is run as code.", taint.source());
                report = Report::audit(call, concept::EVAL_STRING, message);
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
