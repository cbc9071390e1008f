//! CWE-807/290: a check of rights that the client answers itself.

mod more;
mod native;
mod python;
mod script;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{
    Context, Findings, Report, Rule, c, c_row, example, java, java_row, javascript, javascript_row, python, python_row,
    row,
};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};
use crate::words::words;

pub(crate) const RULE: Rule = Rule {
    id: "client-decides",
    cwe: &[807, 290],
    severity: Severity::Medium,
    summary: "What the client sends decides whether rights are checked.",
    advice: "Keep the answer on the server: in the session, or in a token whose signature is checked.",
    rows: &[
        c_row(&[Kind::If], native::branch),
        javascript_row(&[Kind::If], script::branch),
        javascript_row(&[Kind::Compare], script::comparison),
        java_row(&[Kind::If], check_java),
        row(&[Language::Rust], &[Kind::Call], more::call),
        row(&[Language::Php], &[Kind::Subscript], more::read),
        row(
            &[Language::Php, Language::CSharp, Language::Ruby, Language::Rust],
            &[Kind::Compare, Kind::Call],
            more::compared,
        ),
        python_row(&[Kind::If], python::check),
    ],
    bad: &[
        c("#include <stdlib.h>\nvoid f(void) { if (strcmp(getenv(\"ROLE\"), \"admin\") == 0) { grant_admin(); } }\n"),
        c(
            "#include <netdb.h>\nvoid f(const char *a) { struct hostent *h = gethostbyaddr(a, 4, 2); if (strcmp(h->h_name, \"good.example\") == 0) go(); }\n",
        ),
        javascript("app.get('/', (req, res) => { if (req.cookies.isAdmin === 'true') { res.send(panel()); } });\n"),
        javascript(
            "app.get('/u/:id', (req, res) => { if (req.cookies.userId === req.params.id) { res.json(secrets()); } });\n",
        ),
        java(
            "class A { void f(javax.servlet.http.HttpServletRequest r, String u, String p) { if (r.getParameter(\"isAdmin\").equals(\"false\")) { login(u, p); } } }\n",
        ),
        example(Language::Php, "<?php\nif ($_SERVER['HTTP_X_FORWARDED_FOR'] === '127.0.0.1') {\n    showAdmin();\n}\n"),
        example(
            Language::Php,
            "<?php\n$ip = $_SERVER['HTTP_CLIENT_IP'] ?? '';\nif (in_array($ip, ['10.0.0.1', '10.0.0.2'])) {\n    showAdmin();\n}\n",
        ),
        example(
            Language::CSharp,
            "class A : Controller { IActionResult F() { if (Request.Headers[\"X-Real-IP\"] == \"127.0.0.1\") { return View(\"Admin\"); } return Forbid(); } }\n",
        ),
        example(
            Language::Ruby,
            "def admin\n  if request.headers['X-Forwarded-For'] == '127.0.0.1'\n    render :admin\n  end\nend\n",
        ),
        example(
            Language::Rust,
            "fn f(headers: &HeaderMap) -> bool { headers.get(\"x-real-ip\").unwrap() == \"127.0.0.1\" }\n",
        ),
        python(
            "@app.get('/panel')\ndef panel():\n    if request.cookies.get('role') == 'admin':\n        return secrets()\n    return ''\n",
        ),
        python(
            "@app.get('/i')\ndef i():\n    if request.headers.get('X-Forwarded-For') == '127.0.0.1':\n        return secrets()\n    return ''\n",
        ),
    ],
    good: &[
        c(
            "#include <stdlib.h>\nvoid f(void) { char *lang = getenv(\"LANG\"); if (lang && strcmp(lang, \"C\") == 0) { plain(); } }\n",
        ),
        javascript("app.get('/', (req, res) => { if (req.session.isAdmin) { res.send(panel()); } });\n"),
        javascript(
            "app.post('/', (req, res) => { if (req.body.password !== req.body.repeated) { return res.end(); } });\n",
        ),
        javascript(
            "app.get('/cb', (req, res) => { if (req.query.state !== req.cookies.state) { return res.end(); } });\n",
        ),
        java(
            "class A { void f(javax.servlet.http.HttpServletRequest r, String u, String p) { if (r.getParameter(\"mode\").equals(\"new\")) { register(u, p); } } }\n",
        ),
        example(Language::Php, "<?php\nerror_log('from ' . $_SERVER['REMOTE_ADDR']);\n"),
        example(
            Language::CSharp,
            "class A : Controller { IActionResult F() { if (Request.Headers[\"Accept\"] == \"text/csv\") { return Csv(); } return View(); } }\n",
        ),
        example(Language::Ruby, "def log\n  logger.info(request.headers['X-Forwarded-For'].inspect)\nend\n"),
        example(
            Language::Rust,
            "fn f(headers: &HeaderMap) -> bool { headers.get(\"accept\").unwrap() == \"text/csv\" }\n",
        ),
        python(
            "@app.get('/panel')\ndef panel():\n    if session.get('role') == 'admin':\n        return secrets()\n    return ''\n",
        ),
        python(
            "@app.get('/list')\ndef index():\n    if request.args.get('sort') == 'name':\n        return by_name()\n    return ''\n",
        ),
    ],
};

/// Calls that check or give rights.
fn decides(context: &Context<'_>, call: NodeId) -> bool {
    let path = context.callee(call);
    let name = path.rsplit('.').next().unwrap_or(path);
    words(name).first().is_some_and(|first| {
        matches!(
            first.as_str(),
            "login"
                | "authorize"
                | "authorise"
                | "authenticate"
                | "authorized"
                | "authenticated"
                | "signin"
                | "verify"
                | "grant"
        ) && !name.to_ascii_lowercase().contains("page")
    })
}

fn check_java(context: &Context<'_>, branch: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(test), Some(body)) = (tree.child(branch, Field::Test), tree.child(branch, Field::Body)) else { return };
    let inside = |part: NodeId| {
        tree.subtree(part).take(400).find(|&node| context.kind(node) == Kind::Call && decides(context, node))
    };
    let Some(call) = inside(body) else { return };
    // Either way the rights are checked.
    if tree.child(branch, Field::Else).is_some_and(|other| {
        tree.subtree(other).take(400).any(|node| {
            context.kind(node) == Kind::Call && {
                let name = context.callee(node).to_ascii_lowercase();
                ["auth", "login", "check"].iter().any(|word| name.contains(word))
            }
        })
    }) {
        return;
    }
    let compared = tree
        .subtree(test)
        .take(60)
        .filter(|&part| matches!(context.kind(part), Kind::Call | Kind::Compare))
        .any(|part| {
            let sides: Vec<NodeId> = match context.kind(part) {
                Kind::Compare => tree.children(part).collect(),
                _ if matches!(context.method(part), "equals" | "equalsIgnoreCase" | "contentEquals") => {
                    context.object(part).into_iter().chain(tree.positional(part)).collect()
                }
                _ => return false,
            };
            sides.iter().any(|&side| context.string(side).is_some_and(|text| !text.is_empty()))
                && sides.iter().any(|&side| {
                    context.tainted(side, Purposes::CODE).is_some_and(|taint| taint.origin.source == Source::Request)
                })
        });
    if compared {
        let message = "What the client sends decides whether rights are checked.";
        found.push(context, Report::issue(call, concept::UNCHECKED_INPUT, message).confidence(Confidence::Medium));
    }
}
