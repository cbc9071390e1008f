//! Texts that JavaScript puts together at run time and that are the same in every run.

use super::Value;
use super::constant::LONGEST;
use super::decode::{Encoding, decode};
use super::path::Resolver;
use crate::syntax::{Field, Kind, NodeId};

impl Resolver<'_> {
    /// `["a", "b"].join("")`, `"ba".split("").reverse().join("")`, `String.fromCharCode(97)`, `Buffer.from("YQ==", "base64")`.
    pub(super) fn script_text(&mut self, call: NodeId, callee: NodeId, object: NodeId) -> Option<String> {
        let tree = self.tree;
        let mut arguments = tree.positional(call);
        let (first, second) = (arguments.next(), arguments.next());
        match self.name(callee) {
            "join" => {
                let separator = match first.map(|first| self.constant(first)) {
                    Some(Value::Text(text)) => self.names.get(text).to_owned(),
                    Some(_) => return None,
                    None => ",".to_owned(),
                };
                Some(self.script_list(object, 0)?.join(&separator)).filter(|text| text.len() <= LONGEST)
            }
            "fromCharCode" | "fromCodePoint" if tree.text(object, self.text) == "String" => tree
                .positional(call)
                .take(256)
                .map(|code| match self.constant(code) {
                    Value::Integer(code) => u32::try_from(code).ok().and_then(char::from_u32),
                    _ => None,
                })
                .collect(),
            // `Buffer.from("…", "base64").toString()`
            "toString" if tree.kind(object) == Kind::Call => {
                let inner = tree.child(object, Field::Callee)?;
                let mut arguments = tree.positional(object);
                let (text, encoding) = (arguments.next()?, arguments.next()?);
                let (Value::Text(text), Value::Text(encoding)) = (self.constant(text), self.constant(encoding)) else {
                    return None;
                };
                let from = tree.text(inner, self.text) == "Buffer.from" && self.names.get(encoding) == "base64";
                from.then(|| decode(self.names.get(text), Encoding::Base64)).flatten()
            }
            "slice" | "substring" | "substr" if second.is_none() => None,
            _ => None,
        }
    }

    /// The texts of a list that is written out, split from a text, or reversed.
    fn script_list(&mut self, list: NodeId, depth: u32) -> Option<Vec<String>> {
        let tree = self.tree;
        if depth > 6 {
            return None;
        }
        match tree.kind(list) {
            Kind::List => tree
                .children(list)
                .take(500)
                .map(|part| match self.constant(part) {
                    Value::Text(text) => Some(self.names.get(text).to_owned()),
                    _ => None,
                })
                .collect(),
            Kind::Call => {
                let callee = tree.child(list, Field::Callee)?;
                let object = tree.child(callee, Field::Object)?;
                match self.name(callee) {
                    "split" => {
                        let separator = tree.positional(list).next()?;
                        let (Value::Text(text), Value::Text(separator)) =
                            (self.constant(object), self.constant(separator))
                        else {
                            return None;
                        };
                        let (text, separator) = (self.names.get(text), self.names.get(separator));
                        if text.len() > LONGEST {
                            return None;
                        }
                        Some(if separator.is_empty() {
                            text.chars().map(String::from).collect()
                        } else {
                            text.split(separator).map(str::to_owned).collect()
                        })
                    }
                    "reverse" => {
                        let mut parts = self.script_list(object, depth + 1)?;
                        parts.reverse();
                        Some(parts)
                    }
                    _ => None,
                }
            }
            // What is filled step by step is not what is written out.
            Kind::Name if self.is_filled(list) => None,
            Kind::Name => {
                let binding = self.names.binding(list)?;
                let value = self.reaching(list, binding)?.value?;
                if tree.kind(value) == Kind::Name { None } else { self.script_list(value, depth + 1) }
            }
            _ => None,
        }
    }

    /// Whether the unit changes the list of that name in place.
    fn is_filled(&self, list: NodeId) -> bool {
        let name = self.tree.text(list, self.text);
        let filled = |rest: &str| {
            [".push(", ".unshift(", ".splice(", ".pop(", ".shift(", ".sort(", ".length ="]
                .iter()
                .any(|call| rest.starts_with(call))
                || rest.starts_with('[')
        };
        name.len() > 60
            || self
                .text
                .match_indices(name)
                .take(200)
                .any(|(at, _)| filled(self.text.get(at + name.len()..).unwrap_or_default()))
    }
}
