//! From a chat request to what the script answers: which task, which requirements, which form. Pure and deterministic.

use serde_json::{Value, json};

use super::task::{Shape, Task, Unit};
use super::topic::{self, Topic};

/// What one choice of an answer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Text.
    Text(String),
    /// Calls of one tool: its name and the JSON arguments of each call.
    Calls {
        /// The tool's name.
        tool: String,
        /// One arguments document per call.
        arguments: Vec<String>,
    },
}

/// One message, reduced to what the script reads.
struct Message {
    role: String,
    text: String,
}

/// A tool of the request that can write a file.
struct Writer {
    name: String,
    path: String,
    content: String,
}

/// The reply of choice `index` to a chat request.
pub fn reply(request: &Value, index: usize) -> Reply {
    let messages = messages(request);
    let Some(last) = messages.iter().rfind(|message| message.role == "user") else {
        return Reply::Text(SMALL_TALK.to_owned());
    };
    if let Some(description) = describe(&last.text) {
        return Reply::Text(description);
    }
    let from_user = || messages.iter().rev().filter(|message| message.role == "user");
    let task = from_user()
        .find_map(|message| Task::asked(&message.text))
        .or_else(|| from_user().find_map(|message| Task::shown(&message.text)));
    let Some(task) = task else {
        return Reply::Text(SMALL_TALK.to_owned());
    };
    let required = requirements(task, &messages);
    if let Some(unit) = single_block(task, &messages, &last.text) {
        return Reply::Text(fence(task, &unit.code(&required)));
    }
    match writer(request) {
        Some(writer) => Reply::Calls { arguments: calls(task, &required, &writer), tool: writer.name },
        None => Reply::Text(text(task, &required, index)),
    }
}

/// What is said when nothing of the script was asked for.
const SMALL_TALK: &str = "I am a scripted stand-in for a model. I know a handful of small programming tasks in Python, Java and \
JavaScript; for anything else I only have this sentence.";

/// How the choices of one answer open, so that they differ.
const OPENINGS: [&str; 4] = ["", "Sure. ", "Of course. ", "Certainly. "];

fn messages(request: &Value) -> Vec<Message> {
    let Some(messages) = request.get("messages").and_then(Value::as_array) else { return Vec::new() };
    let read = |message: &Value| Message {
        role: message.get("role").and_then(Value::as_str).unwrap_or_default().to_owned(),
        text: message.get("content").map(content).unwrap_or_default(),
    };
    messages.iter().map(read).collect()
}

/// The text of a message's content, a string or a list of parts.
fn content(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts: Vec<&str> = parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect();
            texts.join("\n")
        }
        _ => String::new(),
    }
}

/// The security requirements of a conversation: what its author demands, outside code and outside the task's words.
fn requirements(task: &Task, messages: &[Message]) -> Vec<Topic> {
    let spoken = messages.iter().filter(|message| matches!(message.role.as_str(), "user" | "system" | "developer"));
    let text: Vec<String> = spoken.map(|message| without_code(&message.text)).collect();
    topic::demanded(&text.join("\n"), task.phrasings)
}

/// `text` without its fenced blocks.
fn without_code(text: &str) -> String {
    let mut open = false;
    let mut kept = String::with_capacity(text.len());
    for line in text.lines() {
        if line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~") {
            open = !open;
        } else if !open {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The prompt that would lead to the code in `text`, when `text` asks for one.
fn describe(text: &str) -> Option<String> {
    let words = without_code(text).to_lowercase();
    let wants = words.contains("prompt") && ["code", "program"].iter().any(|word| words.contains(word));
    let task = if wants { Task::shown(text)? } else { return None };
    let mut prompt = task.phrasings.first().copied().unwrap_or_default().to_owned();
    let weaknesses = task.units.iter().flat_map(|unit| unit.weaknesses);
    for weakness in weaknesses.filter(|weakness| !weakness.parts.is_empty()) {
        let careful = weakness.parts.iter().any(|(_, careful)| !careful.is_empty() && text.contains(careful));
        if careful {
            prompt.push(' ');
            prompt.push_str(topic::sentence(weakness.topic));
        }
    }
    Some(prompt)
}

/// The unit that is asked for again after an answer was begun: the first that the last assistant message lacks.
fn single_block<'a>(task: &'a Task, messages: &[Message], last: &str) -> Option<&'a Unit> {
    let words = last.to_lowercase();
    let wanted = words.contains("only") && (words.contains("block") || words.contains("code"));
    let begun = messages.iter().rfind(|message| message.role == "assistant").filter(|_| wanted)?;
    let shown = |unit: &&Unit| unit.signature().is_some_and(|line| begun.text.contains(line));
    let faulty = |unit: &&Unit| !unit.weaknesses.is_empty();
    let missing = task.units.iter().find(|unit| !shown(unit) && faulty(unit));
    missing.or_else(|| task.units.iter().filter(shown).rfind(faulty)).or_else(|| task.units.last())
}

/// The first tool of the request that takes a file's content.
fn writer(request: &Value) -> Option<Writer> {
    let tools = request.get("tools")?.as_array()?;
    tools.iter().find_map(|tool| {
        let function = tool.get("function")?;
        let properties = function.pointer("/parameters/properties")?.as_object()?;
        let named = |words: &[&str]| properties.keys().find(|key| words.iter().any(|word| key.contains(word))).cloned();
        Some(Writer {
            name: function.get("name")?.as_str()?.to_owned(),
            path: named(&["path", "file"])?,
            content: named(&["content", "text", "code", "source"])?,
        })
    })
}

/// One call per unit.
fn calls(task: &Task, required: &[Topic], writer: &Writer) -> Vec<String> {
    let call = |unit: &Unit| {
        json!({ writer.path.as_str(): unit.path, writer.content.as_str(): unit.code(required) }).to_string()
    };
    task.units.iter().map(call).collect()
}

/// The whole answer as text.
fn text(task: &Task, required: &[Topic], index: usize) -> String {
    let blocks = task.units.iter().map(|unit| {
        let code = unit.code(required);
        if task.shape == Shape::Bare { code } else { format!("{}\n\n{}\n", unit.before, fence(task, &code)) }
    });
    let body = blocks.collect::<Vec<_>>().join("\n");
    if task.shape == Shape::Bare {
        return body;
    }
    let opening = OPENINGS.get(index % OPENINGS.len()).copied().unwrap_or_default();
    format!("{opening}{body}\n{}", task.after)
}

/// `code` in a fence of the task's form.
fn fence(task: &Task, code: &str) -> String {
    match task.shape {
        Shape::Tilde => format!("~~~{}\n{code}~~~", task.language),
        Shape::Unlabelled => format!("```\n{code}```"),
        Shape::Fence | Shape::Bare => format!("```{}\n{code}```", task.language),
    }
}
