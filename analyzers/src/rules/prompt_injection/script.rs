//! Instructions of language models in JavaScript: keys of options, and messages of the model's own side.

use crate::concept;
use crate::rule::script::requested;
use crate::rule::{Context, Findings, Report, Taint};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;

/// Names of packages for language models; without one of them the keys below mean something else.
const PACKAGES: &[&str] = &[
    "openai",
    "anthropic",
    "@google/gen",
    "langchain",
    "openrouter",
    "ollama",
    "mistral",
    "cohere",
    "groq",
    "@ai-sdk",
    "bedrock",
    "llama",
];
/// Keys whose value a model takes as instructions.
const INSTRUCTIONS: &[&str] = &[
    "instructions",
    "additional_instructions",
    "additionalInstructions",
    "system",
    "systemInstruction",
    "system_instruction",
    "systemPrompt",
    "systemMessage",
    "handoffDescription",
    "toolDescription",
];
const ROLES: &[&str] = &["system", "developer", "assistant", "model"];

fn uses_models(context: &Context<'_>) -> bool {
    PACKAGES.iter().any(|name| context.text().contains(name))
}

/// `instructions: …`, `{ role: "system", content: … }`
pub(super) fn check_pair(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(key), Some(value)) = (tree.child(pair, Field::Key), tree.child(pair, Field::Value)) else { return };
    let Some(key) = context.string(key).or_else(|| tree.string(key, context.text()).map(|_| context.name(key))) else {
        return;
    };
    let instructs = INSTRUCTIONS.contains(&key)
        || matches!(key, "content" | "text" | "parts") && has_role(context, pair)
        || key == "description" && describes_tool(context, pair);
    if !instructs || !uses_models(context) || has_part(context, value) {
        return;
    }
    report(context, value, found);
}

/// Whether parts of the value say for themselves what they are: `[{ text: … }]`.
fn has_part(context: &Context<'_>, value: NodeId) -> bool {
    let list = context.kind(value) == Kind::List;
    list && context.tree().children(value).any(|part| context.kind(part) == Kind::Dict)
}

/// Whether the dictionary of a pair, or one around it, is a message of the model's own side.
fn has_role(context: &Context<'_>, pair: NodeId) -> bool {
    for above in context.tree().ancestors(pair).take(8) {
        match context.kind(above) {
            Kind::Dict => {
                if let Some(role) = context.entry(above, "role") {
                    return context.string(role).is_some_and(|role| ROLES.contains(&role));
                }
                if context.entry(above, "system").is_some() {
                    return true;
                }
            }
            Kind::Pair | Kind::List => {}
            _ => return false,
        }
    }
    false
}

/// `tool({ name, description })`
fn describes_tool(context: &Context<'_>, pair: NodeId) -> bool {
    let call = context.tree().parent(pair).and_then(|dict| context.tree().parent(dict));
    call.is_some_and(|call| context.kind(call) == Kind::Call && context.callee(call).ends_with("tool"))
}

/// `new SystemMessage(…)`
pub(super) fn check_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = context.callee(call).rsplit('.').next().unwrap_or_default();
    if name == "SystemMessage"
        && uses_models(context)
        && let Some(text) = context.positional(call, 0).filter(|&text| context.kind(text) != Kind::Dict)
    {
        return report(context, text, found);
    }
    if name == "SystemMessage"
        && uses_models(context)
        && let Some(content) =
            context.positional(call, 0).and_then(|options| context.entry(context.value(options), "content"))
    {
        report(context, content, found);
    }
}

fn report(context: &Context<'_>, value: NodeId, found: &mut Findings) {
    let Some(taint) = tainted(context, value) else { return };
    let message = "Request data becomes part of the instructions of a language model.";
    let report = Report::issue(value, concept::TEMPLATE_STRING, message).confidence(taint.confidence);
    found.push(context, report.trace(taint.trace));
}

/// Taint of a value, or of what a function in its place returns.
fn tainted(context: &Context<'_>, value: NodeId) -> Option<Taint> {
    if context.kind(value) == Kind::Lambda {
        let tree = context.tree();
        let returns = tree.subtree(value).take(400).filter(|&node| context.kind(node) == Kind::Return);
        let body = tree.child(value, Field::Body).filter(|&body| context.kind(body) != Kind::Block);
        return returns
            .filter_map(|node| tree.child(node, Field::Value))
            .chain(body)
            .find_map(|returned| requested(context, returned, Purposes::CODE));
    }
    requested(context, value, Purposes::CODE)
}
