//! CWE-384: a session that stays the same when somebody signs in.

mod java;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report, Rule, java, java_row, javascript, javascript_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "session-fixation",
    cwe: &[384],
    severity: Severity::Low,
    summary: "A session keeps its identifier when somebody signs in, so that who planted it shares it afterwards.",
    advice: "Give the session a new identifier (`req.session.regenerate`, `request.changeSessionId()`) before the user is put into the session.",
    rows: &[
        javascript_row(&[Kind::Call], check),
        java_row(&[Kind::Function], java::sign_in),
        java_row(&[Kind::Call], java::setting),
    ],
    bad: &[
        java(
            "import javax.servlet.http.*;\nclass LoginServlet extends HttpServlet { protected void doPost(HttpServletRequest r, HttpServletResponse p) { User u = users.check(r.getParameter(\"name\"), r.getParameter(\"password\")); if (u != null) { HttpSession s = r.getSession(); s.setAttribute(\"user\", u); } } }\n",
        ),
        java(
            "class Config { SecurityFilterChain chain(HttpSecurity http) throws Exception { http.sessionManagement().sessionFixation().none(); return http.build(); } }\n",
        ),
        javascript(
            "const app = require('express')();\napp.post('/login', (req, res) => { req.session.userId = find(req.body).id; res.redirect('/'); });\n",
        ),
    ],
    good: &[
        java(
            "import javax.servlet.http.*;\nclass LoginServlet extends HttpServlet { protected void doPost(HttpServletRequest r, HttpServletResponse p) { User u = users.check(r.getParameter(\"name\"), r.getParameter(\"password\")); if (u != null) { r.changeSessionId(); r.getSession().setAttribute(\"user\", u); } } }\n",
        ),
        java(
            "import javax.servlet.http.*;\nclass CartServlet extends HttpServlet { protected void doPost(HttpServletRequest r, HttpServletResponse p) { r.getSession().setAttribute(\"user\", load()); } }\n",
        ),
        java(
            "class Config { SecurityFilterChain chain(HttpSecurity http) throws Exception { http.sessionManagement().sessionFixation().migrateSession(); return http.build(); } }\n",
        ),
        javascript(
            "const app = require('express')();\napp.post('/login', (req, res) => { req.session.regenerate(() => { req.session.userId = find(req.body).id; res.redirect('/'); }); });\n",
        ),
        javascript(
            "const app = require('express')();\napp.post('/theme', (req, res) => { req.session.theme = 'dark'; res.redirect('/'); });\n",
        ),
    ],
};

const ROUTES: &[&str] = &["login", "signin", "sign-in", "log-in", "authenticate", "auth"];

fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if !matches!(context.method(call), "get" | "post" | "put" | "all") || context.mentions("regenerate") {
        return;
    }
    let tree = context.tree();
    let route =
        tree.positional(call).next().and_then(|path| context.string(path)).unwrap_or_default().to_ascii_lowercase();
    if !route.starts_with('/') || !ROUTES.iter().any(|word| route.contains(word)) {
        return;
    }
    for handler in tree.positional(call).skip(1).take(8) {
        let function = context.flow().data().function_of(handler).unwrap_or(handler);
        let set = tree.subtree(function).take(3_000).find(|&part| {
            context.kind(part) == Kind::Assign
                && tree.child(part, Field::Target).is_some_and(|target| {
                    let text = context.source(target);
                    text.contains(".session.")
                        && !["error", "message", "flash", "return", "theme"]
                            .iter()
                            .any(|word| text.to_ascii_lowercase().contains(word))
                })
        });
        if set.is_some() {
            let message = "The session keeps its identifier when somebody signs in.";
            let report = Report::issue(call, concept::UNCHECKED_INPUT, message).confidence(Confidence::Medium);
            return found.push(context, report);
        }
    }
}
