//! CWE-770: memory, time or work whose amount a request chooses.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{Context, Findings, Report, Rule, example, python, python_row, row};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

mod go;
mod more;

pub(crate) const RULE: Rule = Rule {
    id: "resource-exhaustion",
    cwe: &[770, 400],
    severity: Severity::Low,
    summary: "A request chooses how much memory or time is spent.",
    advice: "Compare the amount with a limit first.",
    rows: &[
        go_row(&[Kind::Call], go::call),
        go_row(&[Kind::Call], go::detached),
        go_row(&[Kind::Assign], go::never_cancelled),
        go_row(&[Kind::While], go::endless),
        python_row(&[Kind::Call], check_call),
        python_row(&[Kind::Binary], check_repeat),
        row(&[Language::Php, Language::CSharp, Language::Ruby, Language::Rust], &[Kind::Call], more::check),
    ],
    bad: &[
        example(
            Language::CSharp,
            "class A : Controller { void F() { Thread.Sleep(int.Parse(Request.Query[\"s\"])); } }\n",
        ),
        example(Language::Php, "<?php\nsleep($_GET['s']);\n"),
        example(Language::Ruby, "def f\n  sleep(params[:s].to_f)\nend\n"),
        example(
            Language::Rust,
            "fn main() { let n: usize = std::env::args().nth(1).unwrap().parse().unwrap(); let l = Layout::from_size_align(n, 1).unwrap(); let p = unsafe { std::alloc::alloc(l) }; }\n",
        ),
        golang(
            "package p\nimport (\"context\"; \"time\")\nfunc f() {\n\tctx, _ := context.WithTimeout(context.Background(), time.Second)\n\twork(ctx)\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"context\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tgo func() { work(context.Background()) }()\n}\n",
        ),
        golang(
            "package p\nimport (\"context\"; \"time\")\nfunc watch(ctx context.Context) {\n\tfor {\n\t\tpoll()\n\t\ttime.Sleep(time.Second)\n\t}\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"strconv\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tn, err := strconv.Atoi(r.FormValue(\"n\"))\n\tif err != nil { return }\n\tlist := make([]string, n)\n\t_ = list\n}\n",
        ),
        python(
            "from flask import request, Response\n@app.get('/b')\ndef b():\n    size = int(request.args.get('size', 10))\n    return Response(b'0' * size)\n",
        ),
        python(
            "import unicodedata\nfrom flask import request\ndef f():\n    return unicodedata.normalize('NFKC', request.args['name'])\n",
        ),
        python("import time\nfrom flask import request\ndef f():\n    time.sleep(float(request.args['s']))\n"),
        python("from flask import request\ndef f():\n    return [0 for _ in range(int(request.args['n']))]\n"),
    ],
    good: &[
        example(Language::CSharp, "class A { void F() { Thread.Sleep(200); } }\n"),
        example(Language::Php, "<?php\nsleep(5);\n"),
        example(Language::Php, "<?php\nsleep(min($_GET['s'], 3));\n"),
        example(Language::Ruby, "def f\n  sleep(2)\nend\n"),
        example(Language::Rust, "fn f(l: Layout) { let p = unsafe { std::alloc::alloc(l) }; }\n"),
        golang(
            "package p\nimport (\"context\"; \"time\")\nfunc f() {\n\tctx, cancel := context.WithTimeout(context.Background(), time.Second)\n\tdefer cancel()\n\twork(ctx)\n}\n",
        ),
        golang(
            "package p\nimport \"context\"\nfunc watch(ctx context.Context) {\n\tfor {\n\t\tselect {\n\t\tcase <-ctx.Done():\n\t\t\treturn\n\t\tdefault:\n\t\t\tpoll()\n\t\t}\n\t}\n}\n",
        ),
        golang("package p\nimport \"context\"\nfunc main() {\n\tgo work(context.Background())\n}\n"),
        golang(
            "package p\nimport (\"net/http\"; \"strconv\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tn, err := strconv.Atoi(r.FormValue(\"n\"))\n\tif err != nil || n < 0 || n > 1000 { return }\n\tlist := make([]string, n)\n\t_ = list\n}\n",
        ),
        golang("package p\nfunc f(items []string) []string { return make([]string, 0, len(items)) }\n"),
        python(
            "from flask import request\n@app.get('/b')\ndef b():\n    size = min(int(request.args['size']), 1000)\n    return 'x' * size\n",
        ),
        python(
            "import unicodedata\nfrom flask import request\ndef f():\n    name = request.args['name']\n    if len(name) > 100:\n        raise ValueError()\n    return unicodedata.normalize('NFKC', name)\n",
        ),
        python("import time\nfrom flask import request\ndef f():\n    time.sleep(min(float(request.args['s']), 3))\n"),
        python("def f(n):\n    return list(range(n))\n"),
    ],
};

fn check_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let amount = match context.callee(call) {
        "unicodedata.normalize" => {
            let form = context.positional(call, 0).and_then(|form| context.string(form));
            if !form.is_none_or(|form| form.starts_with("NFK")) {
                return;
            }
            context.positional(call, 1)
        }
        "time.sleep"
        | "asyncio.sleep"
        | "range"
        | "bytearray"
        | "ctypes.create_string_buffer"
        | "os.urandom"
        | "secrets.token_bytes"
        | "secrets.token_hex"
        | "numpy.zeros"
        | "numpy.ones"
        | "numpy.empty" => context.tree().positional(call).last(),
        _ => return,
    };
    let Some(amount) = amount else { return };
    too_much(context, call, amount, found);
}

/// `"x" * n`, `[0] * n`
fn check_repeat(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if context.name(node) != "*" {
        return;
    }
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    let repeated = |part: NodeId| matches!(context.kind(part), Kind::String | Kind::List);
    if repeated(left) {
        too_much(context, node, right, found);
    } else if repeated(right) {
        too_much(context, node, left, found);
    }
}

fn too_much(context: &Context<'_>, call: NodeId, amount: NodeId, found: &mut Findings) {
    let number = match context.kind(amount) {
        Kind::Call if matches!(context.callee(amount), "int" | "float") => {
            context.positional(amount, 0).unwrap_or(amount)
        }
        _ => {
            let value = context.value(amount);
            match context.kind(value) {
                Kind::Call if matches!(context.callee(value), "int" | "float") => {
                    if is_limited(context, amount) {
                        return;
                    }
                    context.positional(value, 0).unwrap_or(value)
                }
                _ => amount,
            }
        }
    };
    let Some(taint) = context.tainted(number, Purposes::SIZE).filter(|taint| taint.origin.source == Source::Request)
    else {
        return;
    };
    if taint.origin.checked || is_limited(context, number) {
        return;
    }
    let message = format!("The amount of work is chosen by {}.", taint.source());
    let report = Report::issue(call, concept::UNBOUNDED_WORK, message).confidence(Confidence::Medium);
    found.push(context, report.trace(taint.trace));
}

/// Whether the function compares the value with something before.
fn is_limited(context: &Context<'_>, value: NodeId) -> bool {
    let Some(function) = context.function(value) else { return false };
    let name = context.source(value);
    context.kind(value) == Kind::Name
        && context.tree().subtree(function).take(4_000).any(|part| {
            part < value
                && context.kind(part) == Kind::Compare
                && context
                    .tree()
                    .subtree(part)
                    .take(20)
                    .any(|inner| context.kind(inner) == Kind::Name && context.source(inner) == name)
        })
}
