//! A chat answer, whole or one chunk of a stream: where its texts stand, decoded; everything else is left alone.

use std::borrow::Cow;
use std::ops::Range;

use super::json;
use crate::admit::Usage;

/// A string in the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'a> {
    /// The literal with its quotes.
    pub place: Range<usize>,
    /// What it says.
    pub text: Cow<'a, str>,
}

/// A tool call, or a piece of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call<'a> {
    /// Which call of the choice it belongs to; `None` where the upstream does not say.
    pub index: Option<u32>,
    /// Whether it carries an id: where there is no index, it begins a call.
    pub begins: bool,
    /// The whole element.
    pub place: Range<usize>,
    /// The tool's name, where this piece has it.
    pub name: Option<Cow<'a, str>>,
    /// Its arguments, JSON text.
    pub arguments: Option<Text<'a>>,
}

/// One choice, or a piece of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice<'a> {
    /// Which choice.
    pub index: u32,
    /// The `message` or `delta` object.
    pub message: Range<usize>,
    /// `content`, if it is text.
    pub content: Option<Text<'a>>,
    /// `tool_calls`.
    pub calls: Vec<Call<'a>>,
    /// The value of `finish_reason`, if there is one, and its place.
    pub finish: Option<(Range<usize>, Cow<'a, str>)>,
    /// `logprobs`, unless null.
    pub logprobs: Option<Range<usize>>,
    /// Whether the message has `reasoning_content` or `reasoning`.
    pub reasoning: bool,
    /// Whether it carries text in a form that is not read (`function_call`, custom tools, content in parts).
    pub unread: bool,
    /// Whether the message has nothing besides `content`, `tool_calls` and nulls.
    pub bare: bool,
}

/// An answer, or a chunk of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer<'a> {
    /// Its choices, or the pieces of them.
    pub choices: Vec<Choice<'a>>,
    /// Usage figures.
    pub usage: Option<Usage>,
    /// Whether it carries usage figures and nothing else.
    pub usage_only: bool,
    /// One past the closing brace.
    pub end: usize,
}

/// Members of a message that hold the model's reasoning.
pub const REASONING: [&str; 2] = ["reasoning_content", "reasoning"];

/// Reads an answer or a chunk; `None` if it is neither.
pub fn read(text: &str) -> Option<Answer<'_>> {
    let mut answer = Answer::default();
    let mut listed = false;
    let mut walk = json::members(text, 0);
    for member in walk.by_ref() {
        match &*member.key {
            "choices" => {
                listed = true;
                for (position, element) in json::elements(text, member.value.start).enumerate() {
                    answer.choices.push(choice(text, element, position as u32)?);
                }
            }
            "usage" => answer.usage = usage(text, member.value),
            _ => {}
        }
    }
    answer.end = walk.end();
    answer.usage_only = listed && answer.choices.is_empty() && answer.usage.is_some();
    (walk.is_whole() && listed).then_some(answer)
}

fn choice(text: &str, place: Range<usize>, position: u32) -> Option<Choice<'_>> {
    let mut choice = Choice { index: position, bare: true, ..Choice::default() };
    let mut walk = json::members(text, place.start);
    for member in walk.by_ref() {
        let value = text.get(member.value.clone())?;
        match &*member.key {
            "index" => choice.index = value.parse().ok()?,
            "message" | "delta" if value.starts_with('{') => message(text, member.value, &mut choice)?,
            "finish_reason" if value != "null" => {
                choice.finish = Some((member.value, json::decode(value)?));
            }
            "logprobs" if value != "null" => choice.logprobs = Some(member.value),
            _ => {}
        }
    }
    walk.is_whole().then_some(choice)
}

fn message<'a>(text: &'a str, place: Range<usize>, choice: &mut Choice<'a>) -> Option<()> {
    let mut walk = json::members(text, place.start);
    for member in walk.by_ref() {
        let value = text.get(member.value.clone())?;
        if value == "null" {
            continue;
        }
        match &*member.key {
            "content" if value.starts_with('"') => {
                choice.content = Some(Text { text: json::decode(value)?, place: member.value });
            }
            "tool_calls" => {
                for element in json::elements(text, member.value.start) {
                    let call = call(text, element, choice)?;
                    choice.calls.push(call);
                }
            }
            "content" | "function_call" => {
                choice.unread = true;
                choice.bare = false;
            }
            key => {
                choice.reasoning |= REASONING.contains(&key);
                choice.bare = false;
            }
        }
    }
    choice.message = place;
    walk.is_whole().then_some(())
}

fn call<'a>(text: &'a str, place: Range<usize>, choice: &mut Choice<'a>) -> Option<Call<'a>> {
    let mut call = Call { index: None, begins: false, place: place.clone(), name: None, arguments: None };
    let mut walk = json::members(text, place.start);
    for member in walk.by_ref() {
        let value = text.get(member.value.clone())?;
        match &*member.key {
            "index" => call.index = value.parse().ok(),
            "id" => call.begins = value.starts_with('"'),
            "function" => {
                for member in json::members(text, member.value.start) {
                    let value = text.get(member.value.clone())?;
                    match &*member.key {
                        "name" => call.name = json::decode(value),
                        "arguments" if value.starts_with('"') => {
                            call.arguments = Some(Text { text: json::decode(value)?, place: member.value });
                        }
                        _ => {}
                    }
                }
            }
            "custom" => choice.unread = true,
            _ => {}
        }
    }
    walk.is_whole().then_some(call)
}

fn usage(text: &str, place: Range<usize>) -> Option<Usage> {
    let mut usage = Usage::default();
    let mut walk = json::members(text, place.start);
    for member in walk.by_ref() {
        let value = text.get(member.value.clone())?;
        match &*member.key {
            "prompt_tokens" => usage.input = value.parse().ok()?,
            "completion_tokens" => usage.output = value.parse().ok()?,
            "prompt_tokens_details" => {
                usage.cached = json::members(text, member.value.start)
                    .find(|member| member.key == "cached_tokens")
                    .and_then(|member| text.get(member.value)?.parse().ok())
                    .unwrap_or(0);
            }
            _ => {}
        }
    }
    walk.is_whole().then_some(usage)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn chunks() {
        let text = r#"{"id":"1","choices":[{"index":2,"delta":{"role":"assistant","content":"a\n"},"finish_reason":null,"logprobs":null}],"usage":null}"#;
        let answer = read(text).expect("a chunk");
        let choice = &answer.choices[0];
        assert_eq!(
            (choice.index, choice.bare, choice.finish.is_none(), choice.logprobs.is_none()),
            (2, false, true, true)
        );
        let content = choice.content.as_ref().expect("content");
        assert_eq!((&*content.text, &text[content.place.clone()]), ("a\n", r#""a\n""#));
        assert!(answer.usage.is_none() && !answer.usage_only);
    }

    #[test]
    fn calls() {
        let text = r#"{"choices":[{"delta":{"tool_calls":[{"index":1,"id":"c","function":{"name":"write","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}]}"#;
        let answer = read(text).expect("a chunk");
        let choice = &answer.choices[0];
        assert!(choice.bare && !choice.unread);
        let call = &choice.calls[0];
        assert_eq!((call.index, call.begins, call.name.as_deref()), (Some(1), true, Some("write")));
        assert_eq!(call.arguments.as_ref().map(|text| &*text.text), Some(r#"{"a":1}"#));
        assert_eq!(choice.finish.as_ref().map(|(_, reason)| &**reason), Some("tool_calls"));
    }

    #[test]
    fn usage() {
        let answer = read(
            r#"{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":2}}}"#,
        )
        .expect("a chunk");
        let usage = answer.usage.expect("usage");
        assert_eq!((usage.input, usage.output, usage.cached, answer.usage_only), (5, 7, 2, true));
    }

    #[test]
    fn carriers_that_are_not_read() {
        let unread = |text: &str| read(text).expect("an answer").choices[0].unread;
        assert!(unread(r#"{"choices":[{"message":{"function_call":{"name":"f","arguments":"{}"}}}]}"#));
        assert!(unread(r#"{"choices":[{"message":{"content":[{"type":"text","text":"x"}]}}]}"#));
        assert!(unread(r#"{"choices":[{"message":{"tool_calls":[{"type":"custom","custom":{"input":"x"}}]}}]}"#));
        assert!(!unread(r#"{"choices":[{"message":{"content":"x","function_call":null}}]}"#));
    }

    #[test]
    fn what_is_no_answer() {
        for text in
            ["", "[DONE]", "{}", r#"{"error":{}}"#, r#"{"choices":[{"delta":{"content":"\x"}}]}"#, r#"{"choices":[]"#]
        {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
