//! CWE-1427: outside text in the instructions of a language model.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report, Rule, javascript, javascript_row, python, python_row};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

mod script;

pub(crate) const RULE: Rule = Rule {
    id: "prompt-injection",
    cwe: &[1427],
    severity: Severity::Medium,
    summary: "Text from a request becomes part of a language model's instructions.",
    advice: "Keep the instructions constant, pass outside text in a message of its own with the role of the user, and \
             treat the answer as untrusted.",
    rows: &[
        python_row(&[Kind::Call], check_python),
        javascript_row(&[Kind::Pair], script::check_pair),
        javascript_row(&[Kind::New, Kind::Call], script::check_call),
    ],
    bad: &[
        python(
            "from openai import OpenAI\nfrom flask import request\nclient = OpenAI()\ndef f():\n    return client.responses.create(instructions='Talk like ' + request.args['p'], input='hi')\n",
        ),
        python(
            "from openai import OpenAI\nfrom flask import request\nclient = OpenAI()\ndef f():\n    return client.chat.completions.create(messages=[{'role': 'system', 'content': f\"You are {request.args['p']}\"}])\n",
        ),
        python(
            "import anthropic\nfrom flask import request\nclient = anthropic.Anthropic()\ndef f():\n    return client.messages.create(system='Talk like ' + request.args['p'], messages=[])\n",
        ),
        javascript(
            "const OpenAI = require('openai');\napp.get('/', async (req, res) => { await client.responses.create({ model: 'm', instructions: 'Talk like ' + req.query.p, input: 'Hi' }); });\n",
        ),
        javascript(
            "import OpenAI from 'openai';\napp.get('/', async (req, res) => { await client.chat.completions.create({ messages: [{ role: 'system', content: `Be ${req.query.p}` }] }); });\n",
        ),
        javascript(
            "const { SystemMessage } = require('@langchain/core/messages');\napp.get('/', (req, res) => { chat.invoke([new SystemMessage('Be ' + req.query.p)]); });\n",
        ),
    ],
    good: &[
        python(
            "from openai import OpenAI\nfrom flask import request\nclient = OpenAI()\ndef f():\n    return client.chat.completions.create(messages=[{'role': 'system', 'content': 'Be short.'}, {'role': 'user', 'content': request.args['q']}])\n",
        ),
        python("from flask import request\ndef f(db):\n    return db.users.create(instructions=request.args['p'])\n"),
        javascript(
            "import OpenAI from 'openai';\napp.get('/', async (req, res) => { await client.chat.completions.create({ messages: [{ role: 'system', content: 'Be kind' }, { role: 'user', content: req.query.q }] }); });\n",
        ),
        javascript(
            "import OpenAI from 'openai';\napp.get('/', async (req, res) => { const p = req.query.p; if (p === 'pirate') { await client.responses.create({ instructions: 'Talk like a ' + p }); } });\n",
        ),
        javascript("app.get('/', (req, res) => { log({ system: req.query.p }); });\n"),
    ],
};

/// Keyword arguments that hold instructions, and those that hold messages.
const INSTRUCTIONS: &[&str] = &["instructions", "system", "system_prompt", "system_instruction", "handoff_description"];
const MESSAGES: &[&str] = &["messages", "input", "prompt", "contents", "item"];
const LIBRARIES: &[&str] = &[
    "openai",
    "anthropic",
    "from agents",
    "google.generativeai",
    "google.genai",
    "langchain",
    "litellm",
    "ollama",
    "mistralai",
];

fn check_python(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = if context.method(call).is_empty() { context.callee(call) } else { context.method(call) };
    let last = name.rsplit('.').next().unwrap_or(name);
    if !matches!(
        last,
        "create"
            | "stream"
            | "parse"
            | "generate_content"
            | "completion"
            | "acompletion"
            | "chat"
            | "Agent"
            | "run"
            | "run_sync"
            | "generate"
    ) || !(is_model(context.callee(call)) || LIBRARIES.iter().any(|library| imports(context, library)))
    {
        return;
    }
    for (names, instructions) in [(INSTRUCTIONS, true), (MESSAGES, false)] {
        for value in names.iter().filter_map(|name| context.keyword(call, name)) {
            look(context, value, instructions, found, 0);
        }
    }
    if last.starts_with("run")
        && let Some(messages) = context.positional(call, 1)
    {
        look(context, messages, false, found, 0);
    }
}

/// Calls that only clients of language models have.
fn is_model(path: &str) -> bool {
    [
        ".chat.completions.create",
        ".responses.create",
        ".messages.create",
        ".beta.threads.messages.create",
        ".generate_content",
    ]
    .iter()
    .any(|end| path.ends_with(end))
}

fn imports(context: &Context<'_>, library: &'static str) -> bool {
    context.mentions(library) && context.mentions("import ")
}

/// Looks at instructions, or at messages with their roles.
fn look(context: &Context<'_>, node: NodeId, instructions: bool, found: &mut Findings, depth: u32) {
    let tree = context.tree();
    let value = context.value(node);
    match context.kind(value) {
        Kind::List | Kind::Tuple if depth < 4 => {
            for part in tree.children(value).take(50) {
                look(context, part, instructions, found, depth + 1);
            }
        }
        Kind::Dict if depth < 4 => {
            let role = context.entry(value, "role");
            let trusted = role
                .and_then(|role| context.string(role))
                .is_some_and(|role| matches!(role, "system" | "developer" | "assistant"));
            let inner = instructions || trusted;
            for part in ["content", "text", "parts"].iter().filter_map(|key| context.entry(value, key)) {
                look(context, part, inner, found, depth + 1);
            }
        }
        _ => {
            let Some(taint) =
                context.tainted(node, Purposes::CODE).filter(|taint| taint.origin.source == Source::Request)
            else {
                return;
            };
            let message = format!("The prompt of a language model holds {}.", taint.source());
            let report = if instructions {
                Report::issue(node, concept::TEMPLATE_STRING, message)
                    .confidence(taint.confidence.min(Confidence::Medium))
            } else {
                Report::audit(node, concept::TEMPLATE_STRING, message)
            };
            found.push(context, report.trace(taint.trace));
        }
    }
}
