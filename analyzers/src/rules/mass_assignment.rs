//! CWE-915: an object whose attributes a request chooses.

mod more;
mod script;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{Context, Findings, Report, Rule, example, javascript, javascript_row, python, python_row, row};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

pub(crate) const RULE: Rule = Rule {
    id: "mass-assignment",
    cwe: &[915],
    severity: Severity::Medium,
    summary: "A request chooses which attributes of an object are set.",
    advice: "Copy the fields that may be set one by one, or name them in the form or schema.",
    rows: &[
        javascript_row(&[Kind::Call, Kind::New], script::check),
        python_row(&[Kind::Call], check_call),
        python_row(&[Kind::Assign], check_fields),
        row(&[Language::Php, Language::Ruby], &[Kind::Call], more::check),
    ],
    bad: &[
        javascript("app.post('/users', async (req, res) => { res.json(await User.create(req.body)); });\n"),
        javascript(
            "app.put('/me', async (req, res) => { Object.assign(user, req.body); await user.save(); res.end(); });\n",
        ),
        python(
            "import json\ndef update(request, pk):\n    data = json.loads(request.body)\n    Profile.objects.filter(pk=pk).update(**data)\n",
        ),
        example(Language::Php, "<?php\nextract($_POST);\n"),
        example(Language::Php, "<?php\nfunction store(Request $request) { return User::create($request->all()); }\n"),
        example(Language::Ruby, "def create\n  User.new(params.require(:user).permit!)\nend\n"),
        python(
            "from flask import request\ndef f(user):\n    for key, value in request.json.items():\n        setattr(user, key, value)\n",
        ),
        python("from flask import request\ndef f():\n    return User(**request.get_json())\n"),
        python(
            "from django.forms import ModelForm\nclass F(ModelForm):\n    class Meta:\n        model = User\n        fields = '__all__'\n",
        ),
        python("def f(request, user):\n    user.__dict__.update(request.POST)\n"),
    ],
    good: &[
        javascript(
            "app.post('/users', async (req, res) => { const { name, email } = req.body; res.json(await User.create({ name, email })); });\n",
        ),
        javascript(
            "app.put('/me', (req, res) => { const options = Object.assign({}, req.body); res.json(options.name); });\n",
        ),
        example(Language::Php, "<?php\nextract($row);\n"),
        example(
            Language::Php,
            "<?php\nfunction store(Request $request) { return User::create($request->validated()); }\n",
        ),
        example(Language::Ruby, "def create\n  User.new(params.require(:user).permit(:name))\nend\n"),
        python("from flask import request\ndef f(user):\n    user.name = request.json['name']\n"),
        python(
            "from flask import request\nALLOWED = ('name', 'mail')\ndef f(user):\n    for key, value in request.json.items():\n        if key in ALLOWED:\n            setattr(user, key, value)\n",
        ),
        python("def f(user, values):\n    for key, value in values.items():\n        setattr(user, key, value)\n"),
        python(
            "from django.forms import ModelForm\nclass F(ModelForm):\n    class Meta:\n        model = User\n        fields = ['name']\n",
        ),
        python("from flask import request\ndef f():\n    return render(**request.args)\n"),
    ],
};

fn request(context: &Context<'_>, node: NodeId) -> bool {
    context
        .tainted(node, Purposes::CODE)
        .is_some_and(|taint| taint.origin.source == Source::Request && !taint.origin.checked)
}

fn report(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let message = "A request chooses which attributes of an object are set.";
    found.push(context, Report::issue(node, concept::UNCHECKED_INPUT, message).confidence(Confidence::Medium));
}

fn check_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if path == "setattr" {
        if context.positional(call, 1).is_some_and(|name| request(context, name)) {
            report(context, call, found);
        }
        return;
    }
    let tree = context.tree();
    let spread = tree
        .children_in(call, Field::Argument)
        .find(|&part| context.kind(part) == Kind::Spread && context.source(part).starts_with("**"));
    if let Some(spread) = spread
        && let Some(values) = tree.children(spread).last()
    {
        // A class by its name, or what creates and updates rows.
        let last = path.rsplit('.').next().unwrap_or(path);
        let makes = last.starts_with(|letter: char| letter.is_ascii_uppercase())
            || matches!(last, "create" | "update_or_create" | "update" | "get_or_create");
        let database = [".objects", ".filter", ".query"].iter().any(|part| context.source(call).contains(part))
            || last.starts_with(|letter: char| letter.is_ascii_uppercase());
        if makes && database && is_whole_body(context, values) {
            report(context, call, found);
        }
        return;
    }
    if context.method(call) == "update"
        && context.object(call).is_some_and(|object| context.source(object).ends_with("__dict__"))
        && context.positional(call, 0).is_some_and(|values| request(context, values))
    {
        report(context, call, found);
    }
}

/// The body of a request as it came.
fn is_whole_body(context: &Context<'_>, values: NodeId) -> bool {
    let value = context.value(values);
    let named = match context.kind(value) {
        // `json.loads(request.body)`
        Kind::Call if matches!(context.callee(value), "json.loads" | "json.load") => {
            return context.positional(value, 0).is_some_and(|text| request(context, text));
        }
        // `body.dict()` of a model that was declared says which fields there are.
        Kind::Call => context.callee(value),
        _ => context.path(value),
    };
    matches!(named.rsplit('.').next(), Some("json" | "get_json" | "POST" | "data" | "form" | "to_dict" | "body"))
        && request(context, values)
}

/// `fields = "__all__"` in a form of a model.
fn check_fields(context: &Context<'_>, assign: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let named = tree.children_in(assign, Field::Target).any(|target| context.source(target) == "fields");
    let all = tree.child(assign, Field::Value).is_some_and(|value| context.string(value) == Some("__all__"));
    if !named || !all {
        return;
    }
    let form = tree.ancestors(assign).filter(|&above| context.kind(above) == Kind::Class).nth(1).is_some_and(|class| {
        tree.children_in(class, Field::Base).any(|base| context.source(base).ends_with("ModelForm"))
    });
    if form {
        let message = "Every field of the model can be set by a request.";
        found.push(
            context,
            Report::issue(assign, concept::UNCHECKED_INPUT, message)
                .severity(Severity::Low)
                .confidence(Confidence::Medium),
        );
    }
}
