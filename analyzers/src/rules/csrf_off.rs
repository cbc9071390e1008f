//! CWE-352: protection against forged requests that is switched off.

mod action;
mod java;
mod more;
mod script;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::common::{is_false, label};
use crate::rule::{
    Context, Findings, Report, Rule, example, java, java_row, javascript, javascript_row, python, python_row, row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "csrf-off",
    cwe: &[352],
    severity: Severity::Medium,
    summary: "Protection against forged requests is switched off.",
    advice: "Leave it on, and give clients that hold no session a token of their own.",
    rows: &[
        javascript_row(&[Kind::Call], script::check),
        go_row(&[Kind::Call], go_call),
        python_row(&[Kind::Decorator], check_decorator),
        python_row(&[Kind::Assign], check_assign),
        python_row(&[Kind::List], check_middleware),
        java_row(&[Kind::Call], java::call),
        row(&[Language::CSharp, Language::Ruby], &[Kind::Call, Kind::Name], more::check),
        row(&[Language::CSharp], &[Kind::Function], action::check),
        row(&[Language::Ruby], &[Kind::Assign], more::setting),
        row(&[Language::Ruby], &[Kind::Call, Kind::Name], more::weak),
        row(&[Language::CSharp], &[Kind::Decorator], action::alone),
    ],
    bad: &[
        javascript(
            "const session = require('express-session');\napp.use(session({ secret: process.env.S, resave: false, saveUninitialized: false }));\napp.post('/pay', (req, res) => { pay(req.session.user, req.body.to); res.end(); });\n",
        ),
        python("class F(FlaskForm):\n    class Meta:\n        csrf = False\n"),
        example(
            Language::CSharp,
            "public class A : Controller { [HttpPost] public ActionResult Pay(int n) { return Ok(n); } }\n",
        ),
        golang(
            "package p\nimport \"net/http\"\nfunc f(protection *http.CrossOriginProtection) { protection.AddInsecureBypassPattern(\"/\") }\n",
        ),
        java("class A { void f(HttpSecurity http) throws Exception { http.csrf().disable(); } }\n"),
        java("class A { void f(HttpSecurity http) throws Exception { http.csrf(c -> c.disable()); } }\n"),
        python(
            "from django.views.decorators.csrf import csrf_exempt\n@csrf_exempt\ndef pay(request):\n    return charge(request.POST['a'])\n",
        ),
        python("app.config['WTF_CSRF_ENABLED'] = False\n"),
        python(
            "MIDDLEWARE = [\n    'django.middleware.security.SecurityMiddleware',\n    'django.contrib.sessions.middleware.SessionMiddleware',\n    'django.middleware.common.CommonMiddleware',\n    'django.contrib.auth.middleware.AuthenticationMiddleware',\n]\n",
        ),
        example(Language::Ruby, "class A < B\n  skip_before_action :verify_authenticity_token\nend\n"),
        example(Language::Ruby, "class ApplicationController < ActionController::Base\n  protect_from_forgery\nend\n"),
        example(Language::Ruby, "config.action_controller.allow_forgery_protection = false\n"),
        example(
            Language::CSharp,
            "class A { [HttpPost][IgnoreAntiforgeryToken] public IActionResult F(M m) { return Ok(); } }\n",
        ),
    ],
    good: &[
        javascript(
            "const session = require('express-session');\nconst csurf = require('csurf');\napp.use(session({ secret: process.env.S, resave: false, saveUninitialized: false }));\napp.use(csurf());\napp.post('/pay', (req, res) => { pay(req.session.user, req.body.to); res.end(); });\n",
        ),
        javascript(
            "const session = require('express-session');\napp.use(session({ secret: process.env.S, resave: false, saveUninitialized: false }));\napp.get('/', (req, res) => { res.json(req.session.user); });\n",
        ),
        example(
            Language::CSharp,
            "public class A : Controller { [HttpPost] [ValidateAntiForgeryToken] public ActionResult Pay(int n) { return Ok(n); } }\n",
        ),
        example(
            Language::CSharp,
            "[ApiController] public class A : ControllerBase { [HttpPost] public ActionResult Pay(int n) { return Ok(n); } }\n",
        ),
        golang(
            "package p\nimport \"net/http\"\nfunc f(protection *http.CrossOriginProtection) { protection.AddTrustedOrigin(\"https://a.example\") }\n",
        ),
        java(
            "class A { void f(HttpSecurity http) throws Exception { http.csrf().csrfTokenRepository(new CookieCsrfTokenRepository()); } }\n",
        ),
        python("from django.views.decorators.csrf import csrf_protect\n@csrf_protect\ndef pay(request):\n    pass\n"),
        python("app.config['WTF_CSRF_ENABLED'] = True\n"),
        python(
            "from django.views.decorators.csrf import csrf_exempt\n@csrf_exempt\ndef webhook(request):\n    verify_signature(request.body)\n",
        ),
        python(
            "MIDDLEWARE = [\n    'django.contrib.sessions.middleware.SessionMiddleware',\n    'django.middleware.csrf.CsrfViewMiddleware',\n]\n",
        ),
        example(Language::Ruby, "class A < B\n  protect_from_forgery with: :exception\nend\n"),
        example(
            Language::CSharp,
            "class A { [HttpPost][ValidateAntiForgeryToken] public IActionResult F(M m) { return Ok(); } }\n",
        ),
    ],
};

fn check_decorator(context: &Context<'_>, decorator: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(value) = tree.child(decorator, Field::Value) else { return };
    let path = match context.kind(value) {
        Kind::Call => context.callee(value),
        _ => context.path(value),
    };
    let exempt = path.rsplit('.').next() == Some("csrf_exempt")
        || path.ends_with("csrf.exempt")
        || path.ends_with("method_decorator")
            && context.positional(value, 0).is_some_and(|inner| context.path(inner).ends_with("csrf_exempt"));
    if !exempt {
        return;
    }
    // A hook that checks a signature needs no form token.
    let signed = tree.parent(decorator).is_some_and(|function| {
        tree.subtree(function).take(3_000).any(|part| {
            let name = match context.kind(part) {
                Kind::Name | Kind::Attribute => context.name(part).to_ascii_lowercase(),
                Kind::String => context.string(part).unwrap_or_default().to_ascii_lowercase(),
                _ => return false,
            };
            ["signature", "hmac", "compare_digest", "construct_event", "bearer", "authorization"]
                .iter()
                .any(|word| name.contains(word))
        })
    });
    let message = "Requests to this view are not checked for forgery.";
    let report = Report::issue(decorator, concept::CSRF_OFF, message).confidence(Confidence::Medium);
    found.push(context, if signed { Report::audit(decorator, concept::CSRF_OFF, message) } else { report });
}

fn check_assign(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(target), Some(value)) = (tree.child(assign, Field::Target), tree.child(assign, Field::Value)) else {
        return;
    };
    let name = match context.kind(target) {
        Kind::Subscript => tree.child(target, Field::Index).map_or("", |index| label(context, index)),
        _ => label(context, target),
    };
    let form = name == "csrf"
        && context.kind(target) == Kind::Name
        && tree.ancestors(assign).any(|above| context.kind(above) == Kind::Class && context.name(above) == "Meta");
    if form && is_false(context, value) {
        let message = "This form is not checked for forgery.";
        let report = Report::issue(value, concept::CSRF_OFF, message);
        return found.push(context, report.confidence(Confidence::Medium));
    }
    if matches!(name, "WTF_CSRF_ENABLED" | "WTF_CSRF_CHECK_DEFAULT" | "CSRF_ENABLED" | "JWT_COOKIE_CSRF_PROTECT")
        && is_false(context, value)
    {
        let testing = context.mentions("TESTING");
        let message = "Forms are not checked for forgery.";
        let report = Report::issue(value, concept::CSRF_OFF, message).confidence(Confidence::Medium);
        found.push(context, if testing { Report::audit(value, concept::CSRF_OFF, message) } else { report });
    }
}

/// Django's middleware with sessions and without the check.
fn check_middleware(context: &Context<'_>, list: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let named = tree.parent(list).filter(|&above| context.kind(above) == Kind::Assign).is_some_and(|assign| {
        tree.children_in(assign, Field::Target)
            .any(|target| matches!(label(context, target), "MIDDLEWARE" | "MIDDLEWARE_CLASSES"))
    });
    if !named {
        return;
    }
    let has = |wanted: &str| {
        tree.children(list).take(60).any(|part| context.string(part).is_some_and(|name| name.ends_with(wanted)))
    };
    if has("SessionMiddleware") && !has("CsrfViewMiddleware") && !has("CsrfMiddleware") {
        let message = "Sessions are used without the check of forms for forgery.";
        found.push(context, Report::issue(list, concept::CSRF_OFF, message).confidence(Confidence::Medium));
    }
}

/// Patterns that the check of origins of `net/http` leaves out.
fn go_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if context.method(call) == "AddInsecureBypassPattern" {
        let message = "Requests of other origins are let through.";
        let report = Report::issue(call, concept::CSRF_OFF, message).cwe(&[352, 346]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}
