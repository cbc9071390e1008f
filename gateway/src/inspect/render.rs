//! Events as they go out: original bytes, or the same event with spliced texts; ids, models, times and unknown fields
//! stay as they came.

use bytes::Bytes;

use super::track::Kind;
use super::{Change, ChoiceState, Inspector, Item, Piece};
use crate::wire::answer::{self, Answer, Choice, REASONING};
use crate::wire::json::{self, Splices};

impl Inspector {
    /// The bytes of an event; `None` where nothing is left of it.
    pub(super) fn render(&self, item: &Item) -> Option<Bytes> {
        if item.dropped {
            return None;
        }
        let touched = self.rules.drop_reasoning || self.choices.iter().any(|choice| choice.change.any);
        let text = item.event.data.as_ref().and_then(|data| std::str::from_utf8(data).ok());
        let (true, true, Some(text)) = (item.read, touched, text) else { return Some(item.event.raw.clone()) };
        let Some(answer) = answer::read(text) else { return Some(item.event.raw.clone()) };
        let mut splices = Splices::default();
        let mut pieces = item.pieces.iter();
        let mut void = true;
        for choice in &answer.choices {
            void &= self.splice(text, choice, &mut pieces, &mut splices);
        }
        if splices.is_empty() {
            return Some(item.event.raw.clone());
        }
        if void && self.streamed && !answer.choices.is_empty() && answer.usage.is_none() {
            return None;
        }
        let data = splices.apply(text);
        Some(if self.streamed { item.event.with_data(&data) } else { Bytes::from(data) })
    }

    /// Splices one choice and tells whether nothing is left of it.
    fn splice<'a>(
        &self,
        text: &str,
        choice: &Choice<'_>,
        pieces: &mut impl Iterator<Item = &'a Piece>,
        splices: &mut Splices,
    ) -> bool {
        let unknown = ChoiceState::default();
        let state = self.choices.iter().find(|state| state.index == choice.index).unwrap_or(&unknown);
        let mut members = json::members(text, choice.message.start);
        let all: Vec<_> = members.by_ref().collect();
        let mut gone: Vec<&str> = Vec::new();
        let mut content = None;
        if let Some(original) = &choice.content
            && let Some(piece) = pieces.next()
            && let Some(track) = self.tracks.get(piece.track)
        {
            content = if track.is_silent() { Some(String::new()) } else { track.map(piece.start, piece.end) };
            content = content.filter(|content| *content != original.text);
        }
        let mut kept = Vec::new();
        let mut calls_changed = false;
        for call in &choice.calls {
            let element = text.get(call.place.clone()).unwrap_or_default();
            let next = pieces.next().map(|piece| (piece, self.tracks.get(piece.track)));
            let Some((piece, Some(track))) = next else { continue };
            if track.is_silent() || track.withheld().is_some() {
                calls_changed = true;
                let begins = piece.start == 0 && (call.name.is_some() || !self.streamed);
                if let Some(reason) = track.withheld().filter(|_| begins) {
                    let before = content
                        .take()
                        .or_else(|| choice.content.as_ref().map(|content| content.text.clone().into_owned()));
                    content = Some(join(&before.unwrap_or_default(), reason));
                }
                continue;
            }
            match (track.map(piece.start, piece.end), &call.arguments) {
                (Some(arguments), Some(original)) => {
                    calls_changed = true;
                    let mut inner = Splices::default();
                    let place = original.place.start - call.place.start..original.place.end - call.place.start;
                    inner.replace(place, json::encode(&arguments));
                    kept.push(inner.apply(element));
                }
                _ => kept.push(element.to_owned()),
            }
        }
        if calls_changed {
            if kept.is_empty() {
                gone.push("tool_calls");
            } else {
                splices.set(&all, members.end(), "tool_calls", &format!("[{}]", kept.join(",")));
            }
        }
        if self.rules.drop_reasoning && choice.reasoning {
            gone.extend(REASONING);
        }
        splices.remove(&all, |key| gone.contains(&key));
        if let Some(content) = &content {
            splices.set(&all, members.end(), "content", &json::encode(content));
        }
        if let Some((place, reason)) = &choice.finish {
            let other = match state.change {
                Change { withheld: true, .. } => "content_filter",
                Change { replaced: true, .. } => "stop",
                _ => &**reason,
            };
            if other != reason {
                splices.replace(place.clone(), json::encode(other));
            }
        }
        if let Some(place) = choice.logprobs.clone().filter(|_| state.change.any) {
            splices.replace(place, "null");
        }
        let content_left = match (&content, &choice.content) {
            (Some(content), _) => !content.is_empty(),
            (None, original) => original.is_some(),
        };
        let left = all.iter().any(|member| {
            let null = text.get(member.value.clone()) == Some("null");
            !null && member.key != "content" && !gone.contains(&&*member.key)
        });
        !left && !content_left && choice.finish.is_none()
    }

    /// Chunks that end a stream early: what closes each choice whose end has not been seen, and the end of the stream.
    pub(super) fn closing_chunks(&self) -> Vec<Bytes> {
        let template = self.last_chunk.as_ref().and_then(|chunk| std::str::from_utf8(chunk).ok());
        let mut out = Vec::new();
        for choice in self.choices.iter().filter(|choice| !choice.finish_seen) {
            let Some(template) = template else { continue };
            let reason = if choice.change.withheld { "content_filter" } else { "stop" };
            let list =
                format!(r#"[{{"index":{},"delta":{{}},"logprobs":null,"finish_reason":"{reason}"}}]"#, choice.index);
            out.push(Bytes::from(format!("data: {}\n\n", with_choices(template, &list, None))));
        }
        out.push(Bytes::from_static(b"data: [DONE]\n\n"));
        out
    }

    /// A chunk without choices that carries our own report.
    pub fn report_chunk(&self, report: &str) -> Option<Bytes> {
        let template = self.last_chunk.as_ref().and_then(|chunk| std::str::from_utf8(chunk).ok())?;
        Some(Bytes::from(format!("data: {}\n\n", with_choices(template, "[]", Some(report)))))
    }

    /// A whole answer with our own report.
    pub fn with_report(body: &Bytes, report: &str) -> Bytes {
        let Some((text, answer)) = std::str::from_utf8(body).ok().and_then(|text| Some((text, answer::read(text)?)))
        else {
            return body.clone();
        };
        Bytes::from(set(text, &answer, "sallyport", report))
    }

    /// The final text of a choice, as the client read it.
    #[cfg(test)]
    pub(super) fn final_text(&self, choice: u32) -> String {
        let position = self.choices.iter().position(|state| state.index == choice);
        let track = position.and_then(|position| self.find_track(position, Kind::Content));
        track.and_then(|track| self.tracks.get(track)).map(|track| track.released(usize::MAX)).unwrap_or_default()
    }

    /// The released content of every choice, for what prose says about code.
    pub fn contents(&self) -> impl Iterator<Item = String> + '_ {
        self.tracks.iter().filter(|track| track.kind == Kind::Content).map(|track| track.released(usize::MAX))
    }
}

fn join(before: &str, reason: &str) -> String {
    if before.is_empty() { reason.to_owned() } else { format!("{before}\n\n{reason}") }
}

fn set(text: &str, answer: &Answer<'_>, key: &str, value: &str) -> String {
    let members: Vec<_> = json::members(text, 0).collect();
    let mut splices = Splices::default();
    splices.set(&members, answer.end, key, value);
    splices.apply(text)
}

/// A chunk like `template` with other choices and without usage figures.
fn with_choices(template: &str, choices: &str, report: Option<&str>) -> String {
    let mut walk = json::members(template, 0);
    let members: Vec<_> = walk.by_ref().collect();
    let mut splices = Splices::default();
    splices.remove(&members, |key| key == "usage");
    for member in members.iter().filter(|member| member.key == "choices") {
        splices.replace(member.value.clone(), choices);
    }
    if let Some(report) = report {
        splices.set(&members, walk.end(), "sallyport", report);
    }
    splices.apply(template).replace(['\n', '\r'], " ")
}
