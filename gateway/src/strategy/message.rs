//! Reads and extends chat messages without touching what it does not know; never reorders or drops one.

use serde_json::Value;
use serde_json::value::RawValue;

/// The role of a message.
pub(crate) fn role(message: &RawValue) -> String {
    field(message, "role")
}

/// The text of a message: its content, or the text parts of it, a line each.
pub(crate) fn text(message: &RawValue) -> String {
    let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(message.get()) else { return String::new() };
    match fields.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            let texts: Vec<&str> = parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect();
            texts.join("\n")
        }
        _ => String::new(),
    }
}

fn field(message: &RawValue, name: &str) -> String {
    let value = serde_json::from_str::<Value>(message.get()).unwrap_or_default();
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The place of the last `user` message.
pub(crate) fn last_user(messages: &[Box<RawValue>]) -> Option<usize> {
    messages.iter().rposition(|message| role(message) == "user")
}

/// The text of the last `user` message, empty where there is none.
pub(crate) fn last_user_text(messages: &[Box<RawValue>]) -> String {
    last_user(messages).map(|at| text(&messages[at])).unwrap_or_default()
}

/// A message with `more` appended to the last text part of its content. `None` for a message without content to extend.
pub(crate) fn appended(message: &RawValue, more: &str) -> Option<Box<RawValue>> {
    let mut value: Value = serde_json::from_str(message.get()).ok()?;
    match value.get_mut("content")? {
        Value::String(text) => text.push_str(more),
        Value::Array(parts) => {
            let last = parts.iter_mut().rev().find_map(|part| match part.get_mut("text") {
                Some(Value::String(text)) => Some(text),
                _ => None,
            });
            match last {
                Some(text) => text.push_str(more),
                None => parts.push(serde_json::json!({ "type": "text", "text": more.trim_start() })),
            }
        }
        _ => return None,
    }
    serde_json::value::to_raw_value(&value).ok()
}

/// A message with its whole content replaced by `text`.
pub(crate) fn replaced(message: &RawValue, text: &str) -> Option<Box<RawValue>> {
    let mut value: Value = serde_json::from_str(message.get()).ok()?;
    *value.get_mut("content")? = Value::from(text);
    serde_json::value::to_raw_value(&value).ok()
}

/// A new message.
pub(crate) fn new(role: &str, text: &str) -> Option<Box<RawValue>> {
    serde_json::value::to_raw_value(&serde_json::json!({ "role": role, "content": text })).ok()
}

#[cfg(test)]
pub(crate) fn from_json(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).expect("tests write valid JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, expected: Option<&str>) {
        let found = appended(&from_json(message), "\n+");
        assert_eq!(found.as_ref().map(|message| message.get()), expected, "{message}");
    }

    #[test]
    fn text_is_appended_where_text_stands() {
        check(r#"{"role":"user","content":"a","name":"x"}"#, Some(r#"{"role":"user","content":"a\n+","name":"x"}"#));
        check(
            r#"{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"u"}}]}"#,
            Some(
                r#"{"role":"user","content":[{"type":"text","text":"a\n+"},{"type":"image_url","image_url":{"url":"u"}}]}"#,
            ),
        );
        check(r#"{"role":"user","content":[]}"#, Some(r#"{"role":"user","content":[{"type":"text","text":"+"}]}"#));
        check(r#"{"role":"user","content":null}"#, None);
        check(r#"{"role":"user"}"#, None);
        check("17", None);
    }

    #[test]
    fn the_last_user_message_is_found() {
        let messages: Vec<_> = [
            r#"{"role":"system","content":"s"}"#,
            r#"{"role":"user","content":"first"}"#,
            r#"{"role":"user","content":[{"type":"text","text":"one"},{"type":"text","text":"two"}]}"#,
            r#"{"role":"tool","content":"t"}"#,
        ]
        .map(from_json)
        .into();
        assert_eq!(last_user(&messages), Some(2));
        assert_eq!(last_user_text(&messages), "one\ntwo");
        assert_eq!(last_user_text(&messages[..1]), "");
    }
}
