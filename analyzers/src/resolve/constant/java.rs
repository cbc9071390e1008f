//! Texts that Java code puts together from constants: builders, letters, encodings; in bounded space.

use super::{LONGEST, Resolver, Value};
use crate::syntax::{Field, Kind, NodeId};

/// Deepest chain of a builder that is followed.
const MOST_STEPS: u32 = 40;

impl Resolver<'_> {
    /// The text of an expression whose value is constant text.
    fn text_of(&mut self, node: NodeId) -> Option<String> {
        match self.constant(node) {
            Value::Text(slice) => Some(self.names.get(slice).to_owned()),
            Value::Integer(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// The text that a list of letters or of their numbers makes.
    fn java_letters(&mut self, list: NodeId) -> Option<String> {
        let tree = self.tree;
        if tree.kind(list) != Kind::List {
            return None;
        }
        let mut out = String::new();
        for part in tree.children(list) {
            match self.constant(part) {
                Value::Text(slice) => out.push_str(self.names.get(slice)),
                Value::Integer(code) => out.push(u32::try_from(code).ok().and_then(char::from_u32)?),
                _ => return None,
            }
            if out.len() > LONGEST {
                return None;
            }
        }
        (!out.is_empty()).then_some(out)
    }

    /// `new String(…)`.
    pub(super) fn java_new(&mut self, id: NodeId) -> Value {
        let tree = self.tree;
        let Some(callee) = tree.child(id, Field::Callee) else { return Value::No };
        let class = self.path(callee);
        if self.names.get(class) != "java.lang.String" {
            return Value::No;
        }
        let Some(first) = tree.positional(id).next() else { return Value::No };
        let text = self.java_letters(first).or_else(|| self.decoded_java(first)).or_else(|| self.text_of(first));
        text.map_or(Value::No, |text| self.fold(&text))
    }

    /// `Base64.getDecoder().decode("…")`.
    fn decoded_java(&mut self, call: NodeId) -> Option<String> {
        let tree = self.tree;
        let callee = tree.child(call, Field::Callee).filter(|_| tree.kind(call) == Kind::Call)?;
        if !matches!(self.name(callee), "decode" | "decodeBase64" | "parseBase64Binary") {
            return None;
        }
        let text = tree.positional(call).next().and_then(|text| self.text_of(text))?;
        crate::resolve::decode::decode(&text, crate::resolve::decode::Encoding::Base64)
    }

    /// What a chain of `new StringBuilder(…).append(…).reverse()` holds.
    fn built(&mut self, node: NodeId, depth: u32) -> Option<String> {
        let tree = self.tree;
        if depth > MOST_STEPS {
            return None;
        }
        match tree.kind(node) {
            Kind::New => {
                let class = tree.child(node, Field::Callee)?;
                let class = self.path(class);
                if !matches!(self.names.get(class), "java.lang.StringBuilder" | "java.lang.StringBuffer") {
                    return None;
                }
                match tree.positional(node).next() {
                    None => Some(String::new()),
                    Some(first) => match self.constant(first) {
                        Value::Text(slice) => Some(self.names.get(slice).to_owned()),
                        Value::Integer(_) => Some(String::new()),
                        _ => None,
                    },
                }
            }
            Kind::Call => {
                let callee = tree.child(node, Field::Callee)?;
                let object = tree.child(callee, Field::Object)?;
                match self.name(callee) {
                    "append" => {
                        let mut out = self.built(object, depth + 1)?;
                        let part = tree.positional(node).next().and_then(|part| self.text_of(part))?;
                        out.push_str(&part);
                        (out.len() <= LONGEST).then_some(out)
                    }
                    "reverse" => self.built(object, depth + 1).map(|text| text.chars().rev().collect()),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Calls of the standard library whose result is constant where their arguments are.
    pub(super) fn java_call(&mut self, id: NodeId, callee: NodeId) -> Option<Value> {
        let tree = self.tree;
        let arguments: Vec<NodeId> = tree.positional(id).take(64).collect();
        let first = arguments.first().copied();
        let path = self.path(callee);
        let path = self.names.get(path).to_owned();
        let text = match path.as_str() {
            "java.lang.String.valueOf" | "java.lang.String.copyValueOf" | "java.util.Objects.toString" => {
                let first = first?;
                self.java_letters(first).or_else(|| self.text_of(first))
            }
            "java.lang.Character.toString" | "java.lang.Character.valueOf" => match self.constant(first?) {
                Value::Integer(code) => u32::try_from(code).ok().and_then(char::from_u32).map(String::from),
                Value::Text(slice) => Some(self.names.get(slice).to_owned()),
                _ => None,
            },
            "java.lang.String.join" => {
                let separator = self.text_of(first?)?;
                let parts = match arguments.get(1..)? {
                    [list] if tree.kind(*list) == Kind::List => tree.children(*list).collect(),
                    rest => rest.to_vec(),
                };
                let parts: Option<Vec<String>> = parts.into_iter().map(|part| self.text_of(part)).collect();
                parts.map(|parts| parts.join(&separator))
            }
            "java.lang.String.format" => {
                let mut out = self.text_of(first?)?;
                for &part in arguments.get(1..)? {
                    let part = self.text_of(part)?;
                    let at =
                        out.find(['%']).filter(|&at| matches!(out.as_bytes().get(at + 1), Some(b's' | b'd' | b'c')))?;
                    out.replace_range(at..at + 2, &part);
                    if part.contains('%') || out.len() > LONGEST {
                        return None;
                    }
                }
                (!out.contains('%')).then_some(out)
            }
            _ => {
                let object = tree.child(callee, Field::Object)?;
                match self.name(callee) {
                    "toString" => self.built(object, 0),
                    "substring" => {
                        let text = self.text_of(object)?;
                        let number = |value: Value| match value {
                            Value::Integer(number) => usize::try_from(number).ok(),
                            _ => None,
                        };
                        let from = number(self.constant(first?))?;
                        let to = match arguments.get(1) {
                            Some(&to) => number(self.constant(to))?,
                            None => text.len(),
                        };
                        text.get(from..to).map(str::to_owned)
                    }
                    "charAt" => {
                        let text = self.text_of(object)?;
                        let Value::Integer(at) = self.constant(first?) else { return None };
                        text.chars().nth(usize::try_from(at).ok()?).map(String::from)
                    }
                    _ => None,
                }
            }
        };
        text.map(|text| self.fold(&text))
    }

    /// `(char) 101`.
    pub(super) fn java_letter(&mut self, id: NodeId) -> Option<Value> {
        let tree = self.tree;
        let kind = tree.child(id, Field::Type)?;
        let value = tree.child(id, Field::Value)?;
        let Value::Integer(code) = self.constant(value) else { return None };
        if tree.text(kind, self.text) != "char" {
            return None;
        }
        let letter = u32::try_from(code).ok().and_then(char::from_u32)?;
        Some(self.fold(letter.encode_utf8(&mut [0; 4])))
    }
}
