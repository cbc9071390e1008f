//! A chat request: read where we act, changed by splices; what is not known stays as the client wrote it.

use std::ops::Range;

use bytes::Bytes;
use serde_json::value::RawValue;

use super::json::{self, Splices};

/// The request's own `sallyport` object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Whether the answer should carry a `sallyport` field.
    pub report: bool,
    /// The mode it asks for.
    pub mode: Option<String>,
    /// The strategy it asks for.
    pub strategy: Option<String>,
}

/// A chat request.
#[derive(Debug, Clone)]
pub struct Request {
    body: Bytes,
    end: usize,
    /// The model's name.
    pub model: String,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// `n`.
    pub choices: u32,
    /// `max_completion_tokens` or `max_tokens`.
    pub output_limit: Option<u64>,
    /// Whether a stream is to end with usage figures.
    pub usage_asked: bool,
    /// Whether there is a `sallyport` object, and what it asks for.
    pub asked: Option<Asked>,
    messages: Range<usize>,
}

/// What is changed before the request goes upstream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Ask for usage figures at the end of a stream.
    pub include_usage: bool,
    /// Text added to the last user message, if it is last and has text.
    pub addition: Option<String>,
}

impl Request {
    /// Reads a body; `None` if it is no JSON object with a list of messages (the upstream will say what is wrong).
    pub fn read(body: &Bytes) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?;
        let mut walk = json::members(text, 0);
        let mut request = Self {
            body: body.clone(),
            end: 0,
            model: String::new(),
            stream: false,
            choices: 1,
            output_limit: None,
            usage_asked: false,
            asked: None,
            messages: 0..0,
        };
        // Where a key stands twice, the last one counts, as in common parsers.
        for member in walk.by_ref() {
            let value = text.get(member.value.clone())?;
            match &*member.key {
                "model" => request.model = json::decode(value).map(std::borrow::Cow::into_owned).unwrap_or_default(),
                "stream" => request.stream = value == "true",
                "n" => request.choices = value.parse().unwrap_or(1),
                "max_completion_tokens" => request.output_limit = value.parse().ok().or(request.output_limit),
                "max_tokens" => request.output_limit = request.output_limit.or(value.parse().ok()),
                "stream_options" => {
                    request.usage_asked = json::members(value, 0)
                        .filter(|option| option.key == "include_usage")
                        .last()
                        .is_some_and(|option| value.get(option.value) == Some("true"));
                }
                "sallyport" => request.asked = Some(Asked::read(value)),
                "messages" if value.starts_with('[') => request.messages = member.value,
                _ => {}
            }
        }
        request.end = walk.end();
        (walk.is_whole() && !request.messages.is_empty()).then_some(request)
    }

    fn text(&self) -> &str {
        // `read` has seen that it is text.
        std::str::from_utf8(&self.body).unwrap_or_default()
    }

    /// The body as it came.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The messages, each as the client wrote it.
    pub fn messages(&self) -> Vec<Box<RawValue>> {
        let text = self.text();
        json::elements(text, self.messages.start)
            .filter_map(|range| RawValue::from_string(text.get(range)?.to_owned()).ok())
            .collect()
    }

    /// The body for the upstream; the same bytes where nothing changes.
    pub fn for_upstream(&self, changes: &Changes) -> Bytes {
        if self.asked.is_none() && *changes == Changes::default() {
            return self.body.clone();
        }
        let text = self.text();
        let members: Vec<_> = json::members(text, 0).collect();
        let mut splices = Splices::default();
        splices.remove(&members, |key| key == "sallyport");
        if changes.include_usage && self.stream && !self.usage_asked {
            let options = members.iter().rfind(|member| member.key == "stream_options");
            match options.map(|member| (member, text.get(member.value.clone()).unwrap_or_default())) {
                Some((member, value)) if value.starts_with('{') => {
                    let inner: Vec<_> = json::members(text, member.value.start).collect();
                    splices.set(&inner, member.value.end, "include_usage", "true");
                }
                _ => splices.set(&members, self.end, "stream_options", r#"{"include_usage":true}"#),
            }
        }
        if let (Some(addition), Some(place)) = (&changes.addition, self.addition_place()) {
            splices.replace(place..place, json::encode_inner(addition));
        }
        Bytes::from(splices.apply(text))
    }

    /// Whether text can be added to the last user message.
    pub fn takes_addition(&self) -> bool {
        self.addition_place().is_some()
    }

    /// Just before the closing quote of the last text of the last message, if that is the user's.
    fn addition_place(&self) -> Option<usize> {
        let text = self.text();
        let last = json::elements(text, self.messages.start).last()?;
        let mut content = None;
        let mut role = None;
        for member in json::members(text, last.start) {
            match &*member.key {
                "role" => role = text.get(member.value),
                "content" => content = Some(member.value),
                _ => {}
            }
        }
        let content = content.filter(|_| role == Some("\"user\""))?;
        if text.get(content.clone())?.starts_with('"') {
            return Some(content.end - 1);
        }
        json::elements(text, content.start)
            .filter_map(|part| {
                let members: Vec<_> = json::members(text, part.start).collect();
                let value =
                    |key: &str| members.iter().rfind(|member| member.key == key).map(|member| member.value.clone());
                let is_text = text.get(value("type")?)? == "\"text\"";
                value("text")
                    .filter(|range| is_text && text.get(range.clone()).is_some_and(|text| text.starts_with('"')))
            })
            .last()
            .map(|range| range.end - 1)
    }

    /// The body of an extra call: other messages, one choice, in one piece, not stored, no seed; the client's model where
    /// no other is named.
    pub fn again(&self, messages: &[Box<RawValue>], model: Option<&str>) -> Bytes {
        let text = self.text();
        let members: Vec<_> = json::members(text, 0).collect();
        let mut splices = Splices::default();
        splices.remove(&members, |key| {
            matches!(
                key,
                "sallyport" | "n" | "seed" | "stream" | "stream_options" | "store" | "logprobs" | "top_logprobs"
            )
        });
        let list: Vec<&str> = messages.iter().map(|message| message.get()).collect();
        let list = format!("[{}]", list.join(","));
        let mut first = true;
        for member in members.iter().filter(|member| member.key == "messages") {
            splices.replace(member.value.clone(), if first { list.as_str() } else { "[]" });
            first = false;
        }
        if let Some(model) = model {
            let name = format!("\"{}\"", json::encode_inner(model));
            for member in members.iter().filter(|member| member.key == "model") {
                splices.replace(member.value.clone(), name.as_str());
            }
        }
        splices.replace(self.end - 1..self.end - 1, r#","store":false"#);
        Bytes::from(splices.apply(text))
    }
}

impl Asked {
    fn read(value: &str) -> Self {
        let mut asked = Self::default();
        for member in json::members(value, 0) {
            let value = value.get(member.value).unwrap_or_default();
            let word = || json::decode(value).map(std::borrow::Cow::into_owned);
            match &*member.key {
                "report" => asked.report = value == "true",
                "mode" => asked.mode = word(),
                "strategy" => asked.strategy = word(),
                _ => {}
            }
        }
        asked
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::value::RawValue;

    use super::{Asked, Changes, Request};

    fn read(body: &str) -> Option<Request> {
        Request::read(&Bytes::copy_from_slice(body.as_bytes()))
    }

    #[test]
    fn what_is_read() {
        let request = read(
            r#"{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true,"n":3,"max_tokens":9,
                "stream_options":{"include_usage":true},"sallyport":{"report":true,"mode":"enforce"}}"#,
        )
        .expect("a request");
        assert_eq!((request.model.as_str(), request.stream, request.choices), ("m", true, 3));
        assert_eq!((request.output_limit, request.usage_asked), (Some(9), true));
        assert_eq!(request.asked, Some(Asked { report: true, mode: Some("enforce".into()), strategy: None }));
        assert_eq!(request.messages().len(), 1);
    }

    #[test]
    fn what_is_left_to_the_upstream() {
        for body in ["", "[]", "{", "{}", r#"{"messages":"x"}"#, r#"{"messages":[1]"#, r#"{"messages":[],}"#] {
            assert!(read(body).is_none(), "{body}");
        }
        assert!(Request::read(&Bytes::from_static(b"{\"messages\":[\"\xff\"]}")).is_none());
    }

    fn check(body: &str, changes: &Changes, expected: &str) {
        let sent = read(body).expect("a request").for_upstream(changes);
        assert_eq!(std::str::from_utf8(&sent), Ok(expected));
    }

    #[test]
    fn untouched_requests_keep_their_bytes() {
        let body = r#"{ "temperature" : 1e-7,"messages":[],"x":12345678901234567890,"u":"\u00e4" }"#;
        check(body, &Changes::default(), body);
    }

    #[test]
    fn our_object_is_removed() {
        let expected = r#"{"messages":[],"model":"m"}"#;
        check(r#"{"messages":[],"model":"m","sallyport":{"report":true}}"#, &Changes::default(), expected);
        check(r#"{"sallyport":{"report":true},"messages":[],"model":"m"}"#, &Changes::default(), expected);
        check(r#"{"sallyport":{},"messages":[],"model":"m","sallyport":1}"#, &Changes::default(), expected);
    }

    #[test]
    fn usage_is_asked_for() {
        let changes = Changes { include_usage: true, addition: None };
        let check = |body: &str, expected: &str| check(body, &changes, expected);
        check(
            r#"{"messages":[],"stream":true}"#,
            r#"{"messages":[],"stream":true,"stream_options":{"include_usage":true}}"#,
        );
        check(
            r#"{"messages":[],"stream":true,"stream_options":{"include_usage":false, "x":1}}"#,
            r#"{"messages":[],"stream":true,"stream_options":{"include_usage":true, "x":1}}"#,
        );
        check(
            r#"{"messages":[],"stream":true,"stream_options":null}"#,
            r#"{"messages":[],"stream":true,"stream_options":{"include_usage":true}}"#,
        );
        check(r#"{"messages":[]}"#, r#"{"messages":[]}"#);
    }

    #[test]
    fn requirements_go_to_the_last_user_text() {
        let changes = Changes { include_usage: false, addition: Some("\nUse \"x\".".into()) };
        let check = |messages: &str, expected: &str| {
            check(&format!(r#"{{"messages":{messages}}}"#), &changes, &format!(r#"{{"messages":{expected}}}"#));
        };
        check(r#"[{"role":"user","content":"a"}]"#, r#"[{"role":"user","content":"a\nUse \"x\"."}]"#);
        check(
            r#"[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{}}]}]"#,
            r#"[{"role":"user","content":[{"type":"text","text":"a\nUse \"x\"."},{"type":"image_url","image_url":{}}]}]"#,
        );
        let others = [
            r#"[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]"#,
            r#"[{"role":"system","content":"a"}]"#,
            r#"[{"role":"user","content":[{"type":"image_url","image_url":{}}]}]"#,
            r#"[{"role":"user","content":null}]"#,
            "[]",
        ];
        for messages in others {
            check(messages, messages);
        }
    }

    #[test]
    fn extra_calls_keep_what_the_client_chose() {
        let request = read(
            r#"{"model":"m","n":4,"seed":1,"stream":true,"stream_options":{},"store":true,"tools":[{}],"top_p":1e-1,"messages":[1]}"#,
        )
        .expect("a request");
        let message = RawValue::from_string(r#"{"role":"user"}"#.into()).expect("JSON");
        assert_eq!(
            request.again(std::slice::from_ref(&message), None),
            r#"{"model":"m","tools":[{}],"top_p":1e-1,"messages":[{"role":"user"}],"store":false}"#
        );
        assert_eq!(
            request.again(&[message], Some("a \"tuned\" one")),
            r#"{"model":"a \"tuned\" one","tools":[{}],"top_p":1e-1,"messages":[{"role":"user"}],"store":false}"#
        );
    }
}
