//! What holds of everything the gateway reads: cutting a stream changes nothing, what is not changed goes out as it came,
//! what is configured is refused or understood. Each function takes any bytes.

use std::path::Path;

use analyzers::program::{Limits, Program};
use analyzers::scan::analyse;
use bytes::Bytes;
use gateway::hold::{self, Holder, Step};
use gateway::inspect::{Inspector, Rules};
use gateway::settings::Config;
use gateway::sse::Splitter;
use gateway::unit::{self, Unit};
use gateway::wire::request::{Changes, Request};
use gateway::wire::{answer, json};

/// The size of pieces that the first byte picks, and the rest.
fn cut(data: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = data.split_first()?;
    Some((usize::from(first) + 1, rest))
}

/// A stream is cut into the same events whatever pieces it comes in, and nothing of it is lost.
pub fn sse(data: &[u8]) {
    let Some((size, stream)) = cut(data) else { return };
    let split = |size: usize| {
        let mut splitter = Splitter::default();
        let mut events = Vec::new();
        for piece in stream.chunks(size) {
            splitter.push(Bytes::copy_from_slice(piece));
            events.extend(std::iter::from_fn(|| splitter.next_event()));
        }
        let rest = splitter.last_event().map(|event| event.raw).unwrap_or_default();
        (events, rest)
    };
    let (whole, pieces) = (split(stream.len().max(1)), split(size));
    assert_eq!(whole, pieces, "pieces of {size}");
    let mut raw: Vec<u8> = whole.0.iter().flat_map(|event| event.raw.to_vec()).collect();
    raw.extend_from_slice(&whole.1);
    assert_eq!(raw, stream, "what is read is what came");
    for event in whole.0.iter().filter(|event| event.data.is_some()) {
        let mut splitter = Splitter::default();
        splitter.push(event.with_data("{}"));
        // A carriage return at the end may yet be half of a line end.
        let again = splitter.next_event().or_else(|| splitter.last_event()).and_then(|event| event.data);
        assert_eq!(again.as_deref(), Some(&b"{}"[..]), "data is replaced in its place");
    }
    inspected(stream, size);
}

/// A stream whose units all pass goes out as it came, and what was read ahead of its units is what they are.
fn inspected(stream: &[u8], size: usize) {
    let rules = Rules { hold: hold::Limits::default(), drop_reasoning: false, drop_usage: false };
    let (mut splitter, mut inspector, mut out) = (Splitter::default(), Inspector::new(rules, true), Vec::new());
    let mut release = |inspector: &mut Inspector| {
        while let Some(pending) = inspector.next_unit() {
            if let (Some(ahead), Some(language)) = (inspector.take_ahead(&pending), pending.unit.language)
                && let Some((program, analysis)) = ahead.finish(language, &pending.unit.text)
            {
                assert_eq!(program.text, pending.unit.text);
                let plain = Program::parse(language, program.text.as_str(), &Limits::default());
                assert_eq!(analysis, analyse(&plain), "reading ahead changes nothing");
            }
            inspector.settle(&pending, None, None);
        }
        while let Some(bytes) = inspector.release() {
            out.extend_from_slice(&bytes);
        }
    };
    for piece in stream.chunks(size) {
        splitter.push(Bytes::copy_from_slice(piece));
        while let Some(event) = splitter.next_event() {
            inspector.push(event);
        }
        release(&mut inspector);
        inspector.read_ahead(&Limits::default());
    }
    if let Some(event) = splitter.last_event() {
        inspector.push(event);
    }
    inspector.end();
    release(&mut inspector);
    assert_eq!(out, stream, "what is not changed goes out as it came");
}

/// The same units are found in an answer whatever pieces it comes in, and they are what stands in it.
pub fn unit(data: &[u8]) {
    let Some((size, rest)) = cut(data) else { return };
    let text = String::from_utf8_lossy(rest).into_owned();
    let whole = held(&text, text.len().max(1));
    assert_eq!(whole, held(&text, size), "pieces of {size}");
    let mut end = 0;
    for unit in &whole {
        assert!(end <= unit.block.start && unit.block.start <= unit.span.start, "units stand one after the other");
        assert!(unit.span.start <= unit.span.end && unit.span.end <= unit.block.end && unit.block.end <= text.len());
        let written = text.get(unit.span.clone()).expect("a unit stands on character borders");
        if unit.prefix.is_empty() && unit.language.is_some() {
            assert_eq!(unit.text, written, "the code is what is written");
            assert_eq!(unit.encode(&unit.text), written);
        }
        end = unit.block.end;
    }
    for tool in ["write_file", "apply_patch", "bash", "any"] {
        let arguments = json::encode(&text);
        let _ = unit::of_call(tool, &text, 1 << 16);
        let _ = unit::of_call(tool, &format!("{{\"path\":\"a.py\",\"content\":{arguments}}}"), 1 << 16);
    }
}

/// Every unit of an answer in pieces of so many bytes, and that all of it is decided in the end.
fn held(text: &str, size: usize) -> Vec<Unit> {
    let mut holder = Holder::new(hold::Limits { unit_bytes: 2_000, ..hold::Limits::default() });
    let (mut units, mut decided) = (Vec::new(), 0);
    let mut take = |holder: &mut Holder| {
        while let Some(step) = holder.next() {
            match step {
                Step::Pass { upto } => {
                    assert!(decided <= upto && upto <= text.len(), "decisions never go back");
                    decided = upto;
                }
                Step::Unit(unit) | Step::Listed(unit) => units.push(unit),
            }
        }
    };
    let mut from = 0;
    while from < text.len() {
        let to = text.ceil_char_boundary((from + size).min(text.len()));
        holder.push(&text[from..to]);
        take(&mut holder);
        from = to;
    }
    holder.finish();
    take(&mut holder);
    assert_eq!(holder.held(), 0, "at its end all of it is decided");
    units
}

/// Any body is read as an answer and as a request, or left alone; what is not changed stays as it is.
pub fn wire(data: &[u8]) {
    let body = Bytes::copy_from_slice(data);
    if let Ok(text) = std::str::from_utf8(data) {
        assert_eq!(json::decode(&json::encode(text)).as_deref(), Some(text), "what is written is read again");
        if let Some(answer) = answer::read(text) {
            for content in answer.choices.iter().filter_map(|choice| choice.content.as_ref()) {
                let written = text.get(content.place.clone()).and_then(json::decode);
                assert_eq!(written.as_deref(), Some(&*content.text), "a text is what stands in its place");
            }
        }
    }
    let rules = Rules { hold: hold::Limits::default(), drop_reasoning: false, drop_usage: false };
    let mut inspector = Inspector::new(rules, false);
    if inspector.push_whole(&body) {
        while let Some(pending) = inspector.next_unit() {
            inspector.settle(&pending, None, None);
        }
        assert_eq!(inspector.release(), Some(body.clone()), "what is not changed goes out as it came");
    }
    if let Some(request) = Request::read(&body) {
        let same = request.for_upstream(&Changes::default());
        assert!(request.asked.is_some() || same == body, "what is not changed goes on as it came");
        let more = Changes { include_usage: true, addition: Some("Use \"parameters\".\n".to_owned()) };
        let changed = request.for_upstream(&more);
        let is_json = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).is_ok();
        assert!(!is_json(data) || is_json(&changed), "a change leaves JSON as JSON");
        assert!(Request::read(&changed).is_some(), "what was changed is still a request");
    }
}

/// Any file is refused in one clause or means something.
pub fn settings(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = Config::parse(text, Path::new("sallyport.toml")).and_then(Config::validate);
    match read {
        Ok(settings) => assert!(!settings.policies.is_empty(), "there is always a policy"),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
