//! Any cut of a stream gives the same final text, which is that of the whole answer; what is clean keeps its bytes.

use analyzers::{program, scan};
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Inspector, Pending, Rules};
use crate::hold::Limits;
use crate::sse::Splitter;
use crate::strategy::Replacement;
use crate::unit::Carrier;

const RULES: Rules =
    Rules { hold: Limits { unit_bytes: 1 << 16, class_bytes: 256 }, drop_reasoning: false, drop_usage: false };

/// A stand-in for securing: `BAD` becomes `GOOD`, `TAIL` replaces the rest, `EVIL` is withheld.
fn verdict(pending: &Pending) -> Option<Replacement> {
    let unit = &pending.unit;
    if unit.text.contains("EVIL") {
        return Some(Replacement {
            text: "withheld".into(),
            tail: unit.carrier != Carrier::ToolArgument,
            withheld: true,
        });
    }
    if unit.text.contains("TAIL") {
        return Some(Replacement { text: "```python\nnew = 1\n```\nDone.\n".into(), tail: true, withheld: false });
    }
    let text = unit.encode(&unit.text.replace("BAD", "GOOD, longer"));
    unit.text.contains("BAD").then_some(Replacement { text, tail: false, withheld: false })
}

fn settle_all(inspector: &mut Inspector) {
    inspector.read_ahead(&program::Limits::default());
    while let Some(pending) = inspector.next_unit() {
        let unit = &pending.unit;
        if let (Some(ahead), Some(language)) = (inspector.take_ahead(&pending), unit.language)
            && let Some((program, analysis)) = ahead.finish(language, &unit.text)
        {
            let plain = program::Program::parse(language, unit.text.as_str(), &program::Limits::default());
            assert_eq!((&program.text, &analysis), (&unit.text, &scan::analyse(&plain)));
        }
        let replacement = verdict(&pending);
        inspector.settle(&pending, replacement.as_ref(), None);
    }
}

/// Feeds a stream cut at `size` bytes and returns what comes out.
fn stream(bytes: &[u8], size: usize, rules: Rules) -> (Vec<u8>, Inspector) {
    let (mut splitter, mut inspector, mut out) = (Splitter::default(), Inspector::new(rules, true), Vec::new());
    let release = |inspector: &mut Inspector, out: &mut Vec<u8>| {
        settle_all(inspector);
        while let Some(bytes) = inspector.release() {
            out.extend_from_slice(&bytes);
        }
    };
    for piece in bytes.chunks(size.max(1)) {
        splitter.push(Bytes::copy_from_slice(piece));
        while let Some(event) = splitter.next_event() {
            inspector.push(event);
            release(&mut inspector, &mut out);
        }
    }
    if let Some(event) = splitter.last_event() {
        inspector.push(event);
    }
    inspector.end();
    release(&mut inspector, &mut out);
    (out, inspector)
}

fn whole(body: &Value, rules: Rules) -> Value {
    let mut inspector = Inspector::new(rules, false);
    assert!(inspector.push_whole(&Bytes::from(body.to_string())));
    settle_all(&mut inspector);
    serde_json::from_slice(&inspector.release().expect("an answer")).expect("JSON")
}

fn chunk(delta: &Value, finish: Option<&str>) -> String {
    let chunk = json!({"id": "c", "model": "m", "created": 1, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
    format!("data: {chunk}\n\n")
}

/// A stream of `text` cut into deltas of `size` characters.
fn deltas(text: &str, size: usize) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut out = chunk(&json!({"role": "assistant", "content": ""}), None);
    for piece in characters.chunks(size.max(1)) {
        out += &chunk(&json!({"content": piece.iter().collect::<String>()}), None);
    }
    out + &chunk(&json!({}), Some("stop")) + "data: [DONE]\n\n"
}

/// Content and finish reason of a stream, put together as clients do.
fn read_stream(bytes: &[u8]) -> (String, Option<String>) {
    let mut splitter = Splitter::default();
    splitter.push(Bytes::copy_from_slice(bytes));
    let (mut content, mut finish) = (String::new(), None);
    while let Some(event) = splitter.next_event() {
        let data = event.data.expect("data");
        if data == "[DONE]" {
            break;
        }
        let chunk: Value = serde_json::from_slice(&data).expect("JSON");
        let choice = &chunk["choices"][0];
        content += choice["delta"]["content"].as_str().unwrap_or_default();
        finish = choice["finish_reason"].as_str().map(str::to_owned).or(finish);
    }
    (content, finish)
}

fn read_whole(text: &str) -> (String, Option<String>) {
    let body = json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "logprobs": {"content": []}, "finish_reason": "stop"}]});
    let answer = whole(&body, RULES);
    let choice = &answer["choices"][0];
    (
        choice["message"]["content"].as_str().unwrap_or_default().to_owned(),
        choice["finish_reason"].as_str().map(str::to_owned),
    )
}

fn check(text: &str, expected: &str, finish: &str) {
    let expected = (expected.to_owned(), Some(finish.to_owned()));
    assert_eq!(read_whole(text), expected, "whole");
    for size in [1, 3, 7, 1000] {
        let (out, inspector) = stream(deltas(text, size).as_bytes(), 1000, RULES);
        assert_eq!(read_stream(&out), expected, "deltas of {size}");
        assert_eq!(inspector.final_text(0), expected.0);
    }
}

#[test]
fn replaced_units_stand_where_the_originals_stood() {
    check("Hi.\n\n```python\nx = BAD\n```\nBye.\n", "Hi.\n\n```python\nx = GOOD, longer\n```\nBye.\n", "stop");
    check(
        "```python\nBAD\n```\n\n```python\nok\n```\n\n```python\nBAD",
        "```python\nGOOD, longer\n```\n\n```python\nok\n```\n\n```python\nGOOD, longer",
        "stop",
    );
    check("A.\n\n```python\nTAIL\n```\nRest.\n```python\nBAD\n```\n", "A.\n\n```python\nnew = 1\n```\nDone.\n", "stop");
    check("A.\n\n```python\nEVIL\n```\nRest.\n", "A.\n\nwithheld", "content_filter");
}

#[test]
fn clean_streams_keep_their_bytes() {
    let check = |stream_text: &str| {
        for size in [1, 5, 64, 4096] {
            let (out, inspector) = stream(stream_text.as_bytes(), size, RULES);
            assert_eq!(String::from_utf8(out).expect("text"), stream_text);
            assert!(!inspector.is_holding());
        }
    };
    check(&deltas("Prose only, ä 😀.\n\nMore.", 4));
    check(&deltas("Hi.\n\n```python\nprint(1)\n```\n", 2));
    check(
        ": comment\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\",\"x\":1e-7},\"finish_reason\":null}],\"y\":12345678901234567890}\r\n\r\ndata: [DONE]\r\n\r\n",
    );
    check("data: {\"error\":{\"message\":\"x\"}}\n\n");
    check("data: not json\n\ndata: [DONE]\n\nrest");
    check(
        "data: {\"choices\":[{\"delta\":{\"content\":\"\\ud83d\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"\\ude00\"}}]}\n\n",
    );
    check("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n");
}

#[test]
fn untouched_answers_keep_their_bytes() {
    let body = Bytes::from_static(
        br#"{ "x":1e-7, "choices":[{"message":{"content":"```python\nok\n```"},"n":12345678901234567890}] }"#,
    );
    let mut inspector = Inspector::new(RULES, false);
    assert!(inspector.push_whole(&body));
    settle_all(&mut inspector);
    assert_eq!(inspector.release(), Some(body));
}

#[test]
fn prose_flows_while_code_waits() {
    let (mut splitter, mut inspector) = (Splitter::default(), Inspector::new(RULES, true));
    let mut push = |inspector: &mut Inspector, text: &str| {
        splitter.push(Bytes::from(chunk(&json!({"content": text}), None)));
        while let Some(event) = splitter.next_event() {
            inspector.push(event);
        }
        let unit = inspector.next_unit();
        let mut out = 0;
        while inspector.release().is_some() {
            out += 1;
        }
        (out, unit)
    };
    assert_eq!(push(&mut inspector, "This is a sentence about nothing. ").0, 1);
    assert_eq!(push(&mut inspector, "And one more.\n\n").0, 1);
    assert_eq!(push(&mut inspector, "```python\nx").0, 0);
    let (out, unit) = push(&mut inspector, " = 1\n```\nAfter.\n");
    assert_eq!(out, 0);
    let unit = unit.expect("a unit");
    assert_eq!(unit.answer, "This is a sentence about nothing. And one more.\n\n");
    inspector.settle(&unit, None, None);
    assert!(inspector.next_unit().is_none());
    assert!(inspector.release().is_some() && inspector.release().is_some() && !inspector.is_holding());
}

#[test]
fn usage_chunks_and_reasoning_go_where_the_rules_say() {
    let text = chunk(&json!({"reasoning_content": "secret"}), None)
        + &chunk(&json!({"content": "Hello there, reader."}), Some("stop"))
        + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n";
    let (out, inspector) = stream(text.as_bytes(), 100, Rules { drop_reasoning: true, drop_usage: true, ..RULES });
    let out = String::from_utf8(out).expect("text");
    assert!(!out.contains("secret") && !out.contains("usage") && out.contains("Hello there"), "{out}");
    assert_eq!(inspector.usage().map(|usage| (usage.input, usage.output)), Some((1, 2)));
}

fn call(arguments: &str) -> Value {
    json!([{"index": 0, "id": "c1", "type": "function", "function": {"name": "write_file", "arguments": arguments}}])
}

#[test]
fn code_in_tool_calls_is_replaced_and_stays_json() {
    let arguments = json!({"path": "a.py", "content": "x = 'BAD \u{e4}'\n"}).to_string();
    let expected = json!({"path": "a.py", "content": "x = 'GOOD, longer \u{e4}'\n"});
    let body = json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": null, "tool_calls": call(&arguments)}, "finish_reason": "tool_calls"}]});
    let answer = whole(&body, RULES);
    let changed =
        answer["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"].as_str().expect("arguments");
    assert_eq!(serde_json::from_str::<Value>(changed).expect("JSON"), expected);

    let mut text = chunk(&json!({"role": "assistant", "content": null, "tool_calls": call("")}), None);
    for piece in arguments.chars().collect::<Vec<_>>().chunks(3) {
        let piece: String = piece.iter().collect();
        text += &chunk(&json!({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}), None);
    }
    text += &chunk(&json!({}), Some("tool_calls"));
    let (out, _) = stream(text.as_bytes(), 50, RULES);
    let (mut splitter, mut joined) = (Splitter::default(), String::new());
    splitter.push(Bytes::from(out));
    while let Some(event) = splitter.next_event() {
        let chunk: Value = serde_json::from_slice(&event.data.expect("data")).expect("JSON");
        let call = &chunk["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"];
        joined += call.as_str().unwrap_or_default();
    }
    assert_eq!(serde_json::from_str::<Value>(&joined).expect("JSON"), expected);
}

#[test]
fn withheld_tool_calls_are_dropped_whole() {
    let arguments = json!({"path": "a.py", "content": "EVIL = 1\n"}).to_string();
    let body = json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": null, "tool_calls": call(&arguments)}, "finish_reason": "tool_calls"}]});
    let answer = whole(&body, RULES);
    let choice = &answer["choices"][0];
    assert_eq!(
        (choice["finish_reason"].as_str(), choice["message"]["content"].as_str()),
        (Some("content_filter"), Some("withheld"))
    );
    assert!(choice["message"].get("tool_calls").is_none());

    let text = chunk(&json!({"role": "assistant", "content": null, "tool_calls": call("")}), None)
        + &chunk(&json!({"tool_calls": [{"index": 0, "function": {"arguments": arguments}}]}), None)
        + &chunk(&json!({}), Some("tool_calls"))
        + "data: [DONE]\n\n";
    let (out, _) = stream(text.as_bytes(), 50, RULES);
    assert!(!String::from_utf8_lossy(&out).contains("EVIL"));
    assert_eq!(read_stream(&out), ("withheld".into(), Some("content_filter".into())));
}

#[test]
fn choices_are_told_apart() {
    let body = json!({"choices": [
        {"index": 1, "message": {"content": "```python\nBAD\n```\n"}, "finish_reason": "stop"},
        {"index": 0, "message": {"content": "```python\nok\n```\n"}, "finish_reason": "stop"},
    ]});
    let answer = whole(&body, RULES);
    assert_eq!(answer["choices"][0]["message"]["content"], "```python\nGOOD, longer\n```\n");
    assert_eq!(answer["choices"][1], body["choices"][1]);

    let piece = |index: u32, text: &str| {
        format!("data: {}\n\n", json!({"choices": [{"index": index, "delta": {"content": text}}]}))
    };
    let text = piece(0, "```python\n") + &piece(1, "```python\nEV") + &piece(0, "BAD\n```\n") + &piece(1, "IL\n```\n");
    let (_, inspector) = stream(text.as_bytes(), 10, RULES);
    assert_eq!(inspector.final_text(0), "```python\nGOOD, longer\n```\n");
    assert_eq!(inspector.final_text(1), "withheld");
}

#[test]
fn a_stream_that_needs_no_more_is_closed_properly() {
    let mut splitter = Splitter::default();
    let mut inspector = Inspector::new(RULES, true);
    splitter.push(Bytes::from(chunk(&json!({"role": "assistant", "content": "```python\nEVIL\n```\n"}), None)));
    inspector.push(splitter.next_event().expect("an event"));
    settle_all(&mut inspector);
    assert!(inspector.needs_no_more(1));
    let out = inspector.close_early().concat();
    assert_eq!(read_stream(&out), ("withheld".into(), Some("content_filter".into())));
    assert!(out.ends_with(b"data: [DONE]\n\n"));
}

proptest! {
    #[test]
    fn streamed_text_is_whole_text(
        parts in proptest::collection::vec(prop_oneof![
            Just("Some prose here.\n\n".to_owned()), Just("```python\nx = BAD\n```\n".to_owned()), Just("~~~js\nok()\n~~~\n".to_owned()),
            Just("```\nimport os\nBAD\n".to_owned()), Just("```python\nTAIL\n```\n".to_owned()), Just("`inline` ä😀 ".to_owned()),
            Just("- item\n\n  ```py\n  BAD\n  ```\n".to_owned()), Just("\n".to_owned()), Just("```json\n{}\n```\n".to_owned()), Just("def f():\n    return BAD\n\n".to_owned()),
        ], 0..8),
        size in 1usize..40,
        cut in 1usize..400,
    ) {
        let text = parts.concat();
        let (out, inspector) = stream(deltas(&text, size).as_bytes(), cut, RULES);
        let streamed = read_stream(&out);
        prop_assert_eq!(&streamed, &read_whole(&text));
        prop_assert_eq!(inspector.final_text(0), streamed.0);
    }

    #[test]
    fn any_stream_is_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400), cut in 1usize..50) {
        let (out, _) = stream(&bytes, cut, RULES);
        prop_assert_eq!(out, bytes);
    }
}
