//! A Python string expression as constant text and dynamic values, however it is spelled; never guesses at a format.

use crate::program::Program;
use crate::rewrite::literal::{self, Style};
use crate::syntax::{Field, Kind, NodeId};

/// How a dynamic value becomes text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Conversion {
    /// It is put in as it is: `+`, where it must be a string.
    Plain,
    /// As `str` makes it: `{}`, `%s`, `str(x)`.
    Text,
    /// As `repr` makes it.
    Repr,
    /// As an integer: `%d`.
    Integer,
    /// By a format specification: `{:>5}`.
    Format(String),
    /// By a `%` conversion with flags: `%05.2f`.
    Percent(String),
}

/// A piece of a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Constant text.
    Text(String),
    /// An expression.
    Value(NodeId, Conversion),
}

/// A string as its pieces, and the style of its first literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pieces {
    /// In order; no two texts beside each other.
    pub(crate) pieces: Vec<Piece>,
    /// Style for writing it back.
    pub(crate) style: Style,
}

impl Pieces {
    /// Whether there is any dynamic value.
    pub(crate) fn is_dynamic(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Value(..)))
    }

    /// The dynamic values.
    pub(crate) fn values(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Value(node, _) => Some(*node),
            Piece::Text(_) => None,
        })
    }
}

/// The pieces of a string expression; `None` where it is not seen to be a string built from literals.
pub(crate) fn pieces(program: &Program, node: NodeId) -> Option<Pieces> {
    let mut reader = Reader { program, pieces: Vec::new(), style: None, depth: 0 };
    reader.read(node)?;
    let style = reader.style?;
    (!style.bytes).then_some(Pieces { pieces: reader.pieces, style })
}

struct Reader<'p> {
    program: &'p Program,
    pieces: Vec<Piece>,
    style: Option<Style>,
    depth: usize,
}

const DEEPEST: usize = 100;

impl Reader<'_> {
    fn text(&self, node: NodeId) -> &str {
        self.program.tree.text(node, &self.program.text)
    }

    fn push_text(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ if text.is_empty() => {}
            _ => self.pieces.push(Piece::Text(text.to_owned())),
        }
    }

    /// The first literal decides the style; a triple-quoted one wins over it.
    fn note(&mut self, style: Style) -> Option<()> {
        match &self.style {
            Some(known) if known.bytes != style.bytes => return None,
            Some(known) if known.quote.len() >= style.quote.len() => {}
            _ => self.style = Some(style),
        }
        Some(())
    }

    fn read(&mut self, node: NodeId) -> Option<()> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let tree = &self.program.tree;
        match tree.kind(node) {
            Kind::String => {
                let (style, value) = literal::read(self.text(node))?;
                self.note(style)?;
                self.push_text(&value);
            }
            Kind::Template => self.template(node)?,
            Kind::Binary if tree.name(node, &self.program.text) == "+" => {
                let (left, right) = (tree.child(node, Field::Left)?, tree.child(node, Field::Right)?);
                self.read(left)?;
                self.read(right)?;
            }
            Kind::Binary if tree.name(node, &self.program.text) == "%" => self.percent(node)?,
            Kind::Call => self.call(node)?,
            _ => self.pieces.push(Piece::Value(node, Conversion::Plain)),
        }
        self.depth -= 1;
        Some(())
    }

    fn template(&mut self, node: NodeId) -> Option<()> {
        let tree = &self.program.tree;
        let children: Vec<NodeId> = tree.children(node).collect();
        if children.iter().any(|&child| matches!(tree.kind(child), Kind::String | Kind::Template)) {
            // Literals beside each other.
            return children.into_iter().try_for_each(|child| self.read(child));
        }
        let text = self.text(node).to_owned();
        let (style, start) = literal::style(&text)?;
        let raw = style.raw;
        let quote = style.quote.len();
        self.note(Style { formatted: false, ..style })?;
        let span = tree.span(node);
        let (mut at, end) = (span.start as usize + start, (span.end as usize).checked_sub(quote)?);
        for child in children.into_iter().filter(|&child| tree.kind(child) == Kind::Interpolation) {
            let hole = tree.span(child);
            self.formatted_text(at, hole.start as usize, raw)?;
            self.interpolation(child)?;
            at = hole.end as usize;
        }
        self.formatted_text(at, end, raw)
    }

    fn formatted_text(&mut self, from: usize, to: usize, raw: bool) -> Option<()> {
        let body = self.program.text.get(from..to)?;
        let text = literal::decode(&body.replace("{{", "{").replace("}}", "}"), raw)?;
        self.push_text(&text);
        Some(())
    }

    fn interpolation(&mut self, node: NodeId) -> Option<()> {
        let tree = &self.program.tree;
        let value = tree.child(node, Field::Value)?;
        let rest = tree.name(node, &self.program.text).trim();
        let conversion = if let Some(spec) = rest.strip_prefix(':') {
            if spec.contains(['{', '}']) {
                return None;
            }
            if spec.is_empty() { Conversion::Text } else { Conversion::Format(spec.to_owned()) }
        } else {
            match rest.trim_end() {
                "" | "!s" => Conversion::Text,
                "!r" | "!a" => Conversion::Repr,
                _ => return None,
            }
        };
        self.value(value, conversion);
        Some(())
    }

    /// A value that is put in as text: constant strings become text, `str(x)` becomes `x` as text.
    fn value(&mut self, node: NodeId, conversion: Conversion) {
        let tree = &self.program.tree;
        if conversion == Conversion::Text || conversion == Conversion::Plain {
            if tree.kind(node) == Kind::String
                && let Some((_, value)) = literal::read(self.text(node))
            {
                self.push_text(&value);
                return;
            }
            if let Some(inner) = self.inside_str(node) {
                self.pieces.push(Piece::Value(inner, Conversion::Text));
                return;
            }
        }
        self.pieces.push(Piece::Value(node, conversion));
    }

    fn inside_str(&self, node: NodeId) -> Option<NodeId> {
        let tree = &self.program.tree;
        let callee = (tree.kind(node) == Kind::Call).then(|| tree.child(node, Field::Callee))??;
        let mut arguments = tree.children_in(node, Field::Argument);
        match (self.text(callee), arguments.next(), arguments.next()) {
            ("str", Some(only), None) if !matches!(tree.kind(only), Kind::Keyword | Kind::Spread) => Some(only),
            _ => None,
        }
    }

    fn percent(&mut self, node: NodeId) -> Option<()> {
        let tree = &self.program.tree;
        let (left, right) = (tree.child(node, Field::Left)?, tree.child(node, Field::Right)?);
        let format = self.constant_of(left)?;
        let values: Vec<NodeId> = match tree.kind(right) {
            Kind::Tuple => elements(self.program, right)?,
            Kind::Dict => Vec::new(),
            _ => vec![right],
        };
        let mut next = values.into_iter();
        for item in percent_items(&format)? {
            match item {
                Item::Text(text) => self.push_text(&text),
                Item::Field { name: Some(name), conversion } => {
                    let value = self.dict_value(right, &name)?;
                    self.value(value, conversion);
                }
                Item::Field { name: None, conversion } => {
                    let value = next.next()?;
                    self.value(value, conversion);
                }
            }
        }
        next.next().is_none().then_some(())
    }

    fn dict_value(&self, dict: NodeId, name: &str) -> Option<NodeId> {
        let tree = &self.program.tree;
        tree.children(dict).filter(|&pair| tree.kind(pair) == Kind::Pair).find_map(|pair| {
            let key = tree.child(pair, Field::Key)?;
            let (_, key) = literal::read(self.text(key))?;
            (key == name).then(|| tree.child(pair, Field::Value))?
        })
    }

    fn constant_of(&mut self, node: NodeId) -> Option<String> {
        let mut reader = Reader { program: self.program, pieces: Vec::new(), style: None, depth: self.depth };
        reader.read(node)?;
        let style = reader.style?;
        let text = match reader.pieces.as_slice() {
            [] => String::new(),
            [Piece::Text(text)] => text.clone(),
            _ => return None,
        };
        self.note(style)?;
        Some(text)
    }

    fn call(&mut self, node: NodeId) -> Option<()> {
        let tree = &self.program.tree;
        if let Some(inner) = self.inside_str(node) {
            self.pieces.push(Piece::Value(inner, Conversion::Text));
            return Some(());
        }
        let callee = tree.child(node, Field::Callee)?;
        if tree.kind(callee) == Kind::Attribute
            && let Some(object) = tree.child(callee, Field::Object)
            && matches!(tree.kind(object), Kind::String | Kind::Template | Kind::Binary)
        {
            return match tree.name(callee, &self.program.text) {
                "format" => self.format(node, object),
                "join" => self.join(node, object),
                // `"…".strip()` and the like: what comes out is not known.
                _ => None,
            };
        }
        self.pieces.push(Piece::Value(node, Conversion::Plain));
        Some(())
    }

    fn format(&mut self, call: NodeId, object: NodeId) -> Option<()> {
        let tree = &self.program.tree;
        let format = self.constant_of(object)?;
        if tree.children_in(call, Field::Argument).any(|argument| tree.kind(argument) == Kind::Spread) {
            return None;
        }
        let positional: Vec<NodeId> = tree.positional(call).collect();
        let mut next = 0;
        for item in format_items(&format)? {
            match item {
                Item::Text(text) => self.push_text(&text),
                Item::Field { name, conversion } => {
                    let value = match name.as_deref() {
                        None => {
                            next += 1;
                            *positional.get(next - 1)?
                        }
                        Some(name) => match name.parse::<usize>() {
                            Ok(index) => *positional.get(index)?,
                            Err(_) => tree.keyword(call, name, &self.program.text)?,
                        },
                    };
                    self.value(value, conversion);
                }
            }
        }
        Some(())
    }

    fn join(&mut self, call: NodeId, separator: NodeId) -> Option<()> {
        let separator = self.constant_of(separator)?;
        let tree = &self.program.tree;
        let list = tree.positional(call).next()?;
        if !matches!(tree.kind(list), Kind::List | Kind::Tuple) {
            return None;
        }
        for (index, element) in elements(self.program, list)?.into_iter().enumerate() {
            if index > 0 {
                self.push_text(&separator);
            }
            self.read(element)?;
        }
        Some(())
    }
}

/// The elements of a list or tuple; `None` where one is spread.
pub(crate) fn elements(program: &Program, list: NodeId) -> Option<Vec<NodeId>> {
    let tree = &program.tree;
    let children: Vec<NodeId> = tree.children(list).collect();
    (!children.iter().any(|&child| matches!(tree.kind(child), Kind::Spread | Kind::Comprehension))).then_some(children)
}

enum Item {
    Text(String),
    Field { name: Option<String>, conversion: Conversion },
}

/// What a `%` format is made of.
fn percent_items(format: &str) -> Option<Vec<Item>> {
    let mut items = Vec::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        items.push(Item::Text(rest[..at].to_owned()));
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            items.push(Item::Text("%".to_owned()));
            rest = after;
            continue;
        }
        let mut name = None;
        if let Some(after) = rest.strip_prefix('(') {
            let close = after.find(')')?;
            name = Some(after[..close].to_owned());
            rest = &after[close + 1..];
        }
        let flags = rest.find(|char: char| !"#0- +.123456789".contains(char))?;
        let letter = rest[flags..].chars().next()?;
        let conversion = match (flags, letter) {
            (0, 's') => Conversion::Text,
            (0, 'r') => Conversion::Repr,
            (0, 'd' | 'i' | 'u') => Conversion::Integer,
            (_, 'd' | 'i' | 'u' | 'f' | 'F' | 'e' | 'g' | 's' | 'x' | 'X') => {
                Conversion::Percent(format!("%{}", &rest[..=flags]))
            }
            _ => return None,
        };
        items.push(Item::Field { name, conversion });
        rest = &rest[flags + letter.len_utf8()..];
    }
    items.push(Item::Text(rest.to_owned()));
    Some(items)
}

/// What a `str.format` format is made of.
fn format_items(format: &str) -> Option<Vec<Item>> {
    let mut items = Vec::new();
    let mut text = String::new();
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            text.push_str(brace);
            rest = after;
            continue;
        }
        if brace == "}" {
            return None;
        }
        let close = rest.find('}')?;
        let field = &rest[..close];
        rest = &rest[close + 1..];
        let (head, spec) = field.split_once(':').unwrap_or((field, ""));
        let (name, conversion) = head.split_once('!').unwrap_or((head, ""));
        // Attribute and index look-ups in the format, and nested fields, are not followed.
        if name.contains(['.', '[']) || spec.contains('{') {
            return None;
        }
        let conversion = match (conversion, spec) {
            ("" | "s", "") => Conversion::Text,
            ("r", "") => Conversion::Repr,
            ("", spec) => Conversion::Format(spec.to_owned()),
            _ => return None,
        };
        items.push(Item::Text(std::mem::take(&mut text)));
        items.push(Item::Field { name: (!name.is_empty()).then(|| name.to_owned()), conversion });
    }
    text.push_str(rest);
    items.push(Item::Text(text));
    Some(items)
}
