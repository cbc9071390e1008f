//! CWE-943: outside objects and code in queries of document databases.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report, Rule, javascript, javascript_row, python, python_row};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

mod go;
mod script;

pub(crate) const RULE: Rule = Rule {
    id: "document-query",
    cwe: &[943],
    severity: Severity::High,
    summary: "A query of a document database holds operators or code from outside.",
    advice: "Convert values to plain text or numbers first (`str(…)`), compare with `$eq`, and use no `$where`.",
    rows: &[
        python_row(&[Kind::Call], python_call),
        javascript_row(&[Kind::Call, Kind::New], script::check),
        go_row(&[Kind::Call], go::call),
        go_row(&[Kind::Pair], go::code),
    ],
    bad: &[
        javascript(
            "app.get('/', async (req, res) => { res.json(await db.collection('a').find({ $where: `this.name == '${req.query.n}'` }).toArray()); });\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"go.mongodb.org/mongo-driver/bson\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tcoll.FindOne(r.Context(), bson.M{\"$where\": \"this.name == '\" + r.FormValue(\"n\") + \"'\"})\n}\n",
        ),
        golang(
            "package p\nimport (\"encoding/json\"; \"net/http\"; \"go.mongodb.org/mongo-driver/bson\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tvar filter bson.M\n\tjson.NewDecoder(r.Body).Decode(&filter)\n\tcoll.FindOne(r.Context(), filter)\n}\n",
        ),
        python(
            "from pymongo import MongoClient\ndef find(users, name):\n    return users.find({'$where': \"this.name == '\" + name + \"'\"})\n",
        ),
        python(
            "from flask import request\ndef f(db):\n    return db.users.find({'$where': 'this.name == \"' + request.args['n'] + '\"'})\n",
        ),
        python(
            "import json\nfrom flask import request\ndef f(db):\n    return db.users.find({'name': json.loads(request.args['n'])})\n",
        ),
        python(
            "from flask import request\ndef f(db):\n    body = request.get_json()\n    return db.users.find_one({'user': body['user'], 'password': body['password']})\n",
        ),
        python(
            "import json\nfrom flask import request\ndef f():\n    return Movie.objects(__raw__=json.loads(request.args['q']))\n",
        ),
        javascript(
            "const mongoose = require('mongoose');\napp.post('/', (req, res) => { User.findOne({ name: req.body.name, password: req.body.password }); });\n",
        ),
        javascript(
            "const { MongoClient } = require('mongodb');\napp.get('/', async (req, res) => { await db.collection('a').find(req.query).toArray(); });\n",
        ),
    ],
    good: &[
        golang(
            "package p\nimport (\"net/http\"; \"go.mongodb.org/mongo-driver/bson\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tcoll.FindOne(r.Context(), bson.M{\"name\": r.FormValue(\"n\")})\n}\n",
        ),
        python("from flask import request\ndef f(db):\n    return db.users.find({'name': request.args['n']})\n"),
        python(
            "import json\nfrom flask import request\ndef f(db):\n    return db.users.find({'name': str(json.loads(request.args['n']))})\n",
        ),
        python(
            "import json\nfrom flask import request\ndef f(db):\n    return db.users.find({'name': {'$eq': json.loads(request.args['n'])}})\n",
        ),
        python("from flask import request\ndef f(text):\n    return text.find(request.args['n'])\n"),
        javascript(
            "const mongoose = require('mongoose');\napp.post('/', (req, res) => { User.findOne({ name: String(req.body.name) }); });\n",
        ),
        javascript(
            "const mongoose = require('mongoose');\napp.post('/', (req, res) => { User.findOne({ name: { $eq: req.body.name } }); });\n",
        ),
        javascript(
            "const mongoose = require('mongoose');\nconst found = list.find(item => item.id === req.params.id);\n",
        ),
    ],
};

const FINDERS: &[&str] = &[
    "find",
    "find_one",
    "find_one_and_update",
    "find_one_and_delete",
    "find_one_and_replace",
    "find_one_or_404",
    "delete_one",
    "delete_many",
    "update_one",
    "update_many",
    "replace_one",
    "count_documents",
    "distinct",
    "aggregate",
    "map_reduce",
    "inline_map_reduce",
    "find_raw_batches",
    "aggregate_raw_batches",
    "objects",
    "filter",
];
/// Operators whose value is program text.
const CODE: &[&str] = &["$where", "$function", "$accumulator", "body", "init", "accumulate", "merge", "finalize"];

fn python_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let method = context.method(call);
    if !FINDERS.contains(&method) {
        return;
    }
    let tree = context.tree();
    let raw = context.keyword(call, "__raw__");
    let generic = matches!(method, "filter" | "objects");
    let first = context.positional(call, 0).filter(|_| !generic);
    let named = ["filter", "pipeline", "map", "reduce"].iter().find_map(|name| context.keyword(call, name));
    for query in [first, named.filter(|_| !generic), raw].into_iter().flatten() {
        let shown = matches!(context.kind(context.value(query)), Kind::Dict | Kind::List) || raw.is_some();
        // Texts have a method `find` as well: an object has to be seen, or a database.
        if !shown && (method == "find" || method == "distinct") && !is_collection(context, call) {
            continue;
        }
        let at = if method.ends_with("map_reduce") && context.positional(call, 0) == Some(query) {
            tree.positional(call).take(2).find_map(|part| harmful(context, part, true, 0))
        } else {
            harmful(context, query, false, 0)
        };
        if let Some((node, what)) = at {
            let Some(taint) = context.tainted(node, Purposes::FILTER) else { continue };
            let message = format!("A query holds {what} from {}.", taint.source());
            let report = Report::issue(call, concept::QUERY_OBJECT, message);
            return found.push(context, report.confidence(taint.confidence.max(Confidence::Medium)).trace(taint.trace));
        }
    }
}

/// Whether an object is a collection of a document database by its name or the libraries in use.
fn is_collection(context: &Context<'_>, call: NodeId) -> bool {
    ["pymongo", "mongo", "motor"].iter().any(|library| context.mentions(library))
        && context
            .object(call)
            .is_some_and(|object| !matches!(context.kind(context.value(object)), Kind::String | Kind::Template))
}

/// The part of a query that does harm: an object in the place of a value, or outside text in program text.
fn harmful(context: &Context<'_>, node: NodeId, code: bool, depth: u32) -> Option<(NodeId, &'static str)> {
    let tree = context.tree();
    let value = context.value(node);
    let request = |node: NodeId| {
        context
            .tainted(node, Purposes::FILTER)
            .is_some_and(|taint| taint.origin.source == Source::Request && !taint.origin.checked)
    };
    if depth > 6 {
        return None;
    }
    match context.kind(value) {
        Kind::Dict => tree.children(value).take(60).find_map(|pair| {
            let key = tree.child(pair, Field::Key).and_then(|key| context.string(key)).unwrap_or_default();
            if matches!(key, "$eq" | "$literal" | "args" | "lang") {
                return None;
            }
            let inner = tree.child(pair, Field::Value)?;
            harmful(context, inner, code || CODE.contains(&key), depth + 1)
        }),
        Kind::List | Kind::Tuple => {
            tree.children(value).take(60).find_map(|part| harmful(context, part, code, depth + 1))
        }
        Kind::Template | Kind::Binary
            if code
                && context.program().language == crate::lang::Language::Python
                && context.tainted(node, Purposes::FILTER).is_some_and(|taint| !taint.origin.checked) =>
        {
            Some((node, "program text"))
        }
        _ if code && request(node) => Some((node, "program text")),
        _ if is_object(context, node, 0) && request(node) => Some((node, "an object")),
        _ => None,
    }
}

/// Whether a value is what a request's JSON says it is, so that it may be an object.
fn is_object(context: &Context<'_>, node: NodeId, depth: u32) -> bool {
    let value = context.value(node);
    if depth > 6 {
        return false;
    }
    let tree = context.tree();
    match context.kind(value) {
        Kind::Call => {
            let path = context.callee(value);
            match context.method(value) {
                "get" | "pop" | "copy" => {
                    context.object(value).is_some_and(|object| is_object(context, object, depth + 1))
                }
                "get_json" | "json" => true,
                _ => matches!(
                    path,
                    "json.loads"
                        | "json.load"
                        | "simplejson.loads"
                        | "orjson.loads"
                        | "bson.json_util.loads"
                        | "ast.literal_eval"
                        | "yaml.safe_load"
                ),
            }
        }
        Kind::Subscript => tree.child(value, Field::Object).is_some_and(|object| is_object(context, object, depth + 1)),
        Kind::Attribute => context.name(value) == "json" && context.path(value).contains("request"),
        Kind::Boolean | Kind::Conditional => tree.children(value).any(|part| is_object(context, part, depth + 1)),
        _ => false,
    }
}
