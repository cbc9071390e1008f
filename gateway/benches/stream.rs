//! Time of the stages that every byte of an answer or request passes: cutting events, reading JSON, telling prose from
//! code, and all of it together for a stream of 100 events.

use bytes::Bytes;
use divan::{Bencher, black_box};
use gateway::hold::{Holder, Limits};
use gateway::inspect::{Inspector, Rules};
use gateway::sse::Splitter;
use gateway::wire::answer;
use gateway::wire::request::Request;

const EVENTS: usize = 100;
const PROSE: &str = "The sea rises and falls twice a day, pulled by the moon. ";

fn main() {
    divan::main();
}

/// A streamed answer of prose in deltas of two words.
fn stream() -> Bytes {
    let chunk = |delta: &str, finish: &str| {
        format!(
            "data: {{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish}}}]}}\n\n"
        )
    };
    let mut events: Vec<String> = (0..EVENTS - 2).map(|_| chunk(r#"{"content":"the sea "}"#, "null")).collect();
    events.push(chunk("{}", "\"stop\""));
    events.push("data: [DONE]\n\n".to_owned());
    Bytes::from(events.concat())
}

/// A whole answer of 1 KB.
fn whole() -> Bytes {
    let content = PROSE.repeat(18);
    let body = serde_json::json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 400, "completion_tokens": 180, "total_tokens": 580},
    });
    Bytes::from(body.to_string())
}

fn rules() -> Rules {
    Rules { hold: Limits::default(), drop_reasoning: false, drop_usage: false }
}

#[divan::bench]
fn split(bencher: Bencher<'_, '_>) {
    let stream = stream();
    bencher.bench(|| {
        let mut splitter = Splitter::default();
        splitter.push(black_box(stream.clone()));
        std::iter::from_fn(|| splitter.next_event()).count()
    });
}

#[divan::bench]
fn read_chunk(bencher: Bencher<'_, '_>) {
    let mut splitter = Splitter::default();
    splitter.push(stream());
    let data = splitter.next_event().and_then(|event| event.data).expect("an event with data");
    let text = std::str::from_utf8(&data).expect("text");
    bencher.bench(|| answer::read(black_box(text)).is_some());
}

#[divan::bench]
fn read_request(bencher: Bencher<'_, '_>) {
    let content = PROSE.repeat(32);
    let body = serde_json::json!({"model": "m", "stream": true, "messages": [{"role": "user", "content": content}]});
    let body = Bytes::from(body.to_string());
    bencher.bench(|| Request::read(black_box(&body)).is_some());
}

#[divan::bench]
fn hold(bencher: Bencher<'_, '_>) {
    let text = PROSE.repeat(18);
    bencher.bench(|| {
        let mut holder = Holder::new(Limits::default());
        for piece in text.split_inclusive(' ') {
            holder.push(black_box(piece));
            while holder.next().is_some() {}
        }
        holder.finish();
        holder.held()
    });
}

/// A stream from its bytes to what goes out, in reads of so many bytes.
#[divan::bench(args = [160, 16_384])]
fn inspect(bencher: Bencher<'_, '_>, read: usize) {
    let stream = stream();
    bencher.bench(|| {
        let (mut splitter, mut inspector) = (Splitter::default(), Inspector::new(rules(), true));
        let (mut rest, mut released) = (stream.clone(), 0);
        while !rest.is_empty() {
            splitter.push(rest.split_to(read.min(rest.len())));
            while let Some(event) = splitter.next_event() {
                inspector.push(event);
            }
            while inspector.next_unit().is_some() {}
            while let Some(bytes) = inspector.release() {
                released += bytes.len();
            }
        }
        assert_eq!(released, stream.len(), "prose goes out as it came");
    });
}

#[divan::bench]
fn inspect_whole(bencher: Bencher<'_, '_>) {
    let body = whole();
    bencher.bench(|| {
        let mut inspector = Inspector::new(rules(), false);
        inspector.push_whole(black_box(&body));
        while inspector.next_unit().is_some() {}
        inspector.release().expect("the answer goes out")
    });
}
