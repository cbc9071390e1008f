//! Checks of JavaScript and TypeScript: regular expressions, positions in text, kinds of value.

use super::{Collector, Fact, is_strict_text};
use crate::graph::dfg::Value;
use crate::pattern::kept;
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;

impl<'p> Collector<'_, 'p> {
    /// What is known when a call came out as `side`.
    pub(super) fn script_call(&self, call: NodeId, side: bool) -> Vec<Fact<'p>> {
        let tree = self.tree;
        let Some(callee) = tree.child(call, Field::Callee) else { return Vec::new() };
        let method = match tree.kind(callee) {
            Kind::Attribute => tree.name(callee, &self.program.text),
            _ => self.text(callee),
        };
        let path = self.flow.path(callee).unwrap_or_default();
        let object = tree.child(callee, Field::Object);
        let mut arguments = tree.positional(call);
        let (first, second) = (arguments.next(), arguments.next());
        let about = |node: Option<NodeId>, safe| node.map(|node| vec![(self.text(node), safe)]).unwrap_or_default();
        match (method, side) {
            ("test" | "exec", _) if object.and_then(|object| self.expression(object)).is_some() => {
                let pattern = object.and_then(|object| self.expression(object)).unwrap_or_default();
                about(first, matched(pattern, side))
            }
            ("match", _) if first.and_then(|first| self.expression(first)).is_some() => {
                let pattern = first.and_then(|first| self.expression(first)).unwrap_or_default();
                about(object, matched(pattern, side))
            }
            // A number, or what becomes one.
            ("isNaN", false) | ("isInteger" | "isSafeInteger" | "isFinite", true) => {
                let inner = first.map(|first| self.number_in(first));
                about(inner, Purposes::ALL)
            }
            ("hasOwnProperty", true) => about(first, Purposes::ALL),
            ("hasOwn", true) => about(second, Purposes::ALL),
            ("call", true) if path.contains("hasOwnProperty") => about(second, Purposes::ALL),
            // `x.startsWith("/") && !x.startsWith("//")`: a path of this site.
            ("startsWith", false) if self.is_local(call, object, first) => about(object, Purposes::URL),
            ("includes" | "startsWith", false) => {
                let part = first.and_then(|first| self.program.names.text(first)).unwrap_or_default();
                about(object, if part.contains("..") { Purposes::PATH } else { Purposes::NONE })
            }
            // `known.includes(x)` refused: whatever is on the list does not come here.
            ("includes" | "has", true) if object.is_some_and(|object| self.is_allow_list(object)) => {
                let mut facts = about(first, Purposes::ALL);
                facts.extend(first.map(|first| self.host_of(first)).unwrap_or_default());
                facts
            }
            (_, true) if path.starts_with("validator.is") => {
                let strict = matches!(
                    method,
                    "isInt"
                        | "isAlphanumeric"
                        | "isAlpha"
                        | "isUUID"
                        | "isNumeric"
                        | "isMongoId"
                        | "isHexadecimal"
                        | "isBoolean"
                        | "isFloat"
                );
                about(first, if strict { Purposes::ALL } else { Purposes::NONE })
            }
            // `isElement(x)`: a question whose answer is not known here.
            (_, true)
                if method
                    .strip_prefix("is")
                    .is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_uppercase())) =>
            {
                about(first, Purposes::NONE)
            }
            (_, true) => self.call_facts(call),
            _ => Vec::new(),
        }
    }

    /// `Object.values(Kind)` of an enumeration, `Object.keys(table)` of a table that the unit writes out.
    pub(super) fn lists_object(&self, call: NodeId) -> bool {
        let tree = self.tree;
        let path = tree.child(call, Field::Callee).and_then(|callee| self.flow.path(callee)).unwrap_or_default();
        let Some(object) = tree.positional(call).next() else { return false };
        if !matches!(path, "Object.values" | "Object.keys") {
            return false;
        }
        let definitions = self.flow.data.definitions_of(object);
        let mut named = definitions.iter().map(|&at| &self.flow.data.definitions[at as usize]);
        let capital = self.text(object).starts_with(|letter: char| letter.is_ascii_uppercase());
        self.is_allow_list(object)
            || capital && named.all(|definition| definition.value == Value::Named)
            || path == "Object.keys"
                && definitions.iter().any(|&at| {
                    matches!(self.flow.data.definitions[at as usize].value, Value::Expression(table)
                        if tree.kind(table) == Kind::Dict && tree.children(table).all(|part| tree.kind(part) == Kind::Pair))
                })
    }

    /// What is known of a URL whose host was found to be one of few: `url.hostname`, of `const url = new URL(text)` also
    /// the text.
    fn host_of(&self, node: NodeId) -> Vec<Fact<'p>> {
        let tree = self.tree;
        if tree.kind(node) != Kind::Attribute
            || !matches!(tree.name(node, &self.program.text), "hostname" | "host" | "origin")
        {
            return Vec::new();
        }
        let Some(object) = tree.child(node, Field::Object) else { return Vec::new() };
        let mut facts = vec![(self.text(object), Purposes::URL)];
        let parsed = match tree.kind(object) {
            Kind::New | Kind::Call => Some(object),
            _ => self.flow.data.definitions_of(object).iter().take(4).find_map(|&at| {
                match self.flow.data.definitions[at as usize].value {
                    Value::Expression(value) if matches!(tree.kind(value), Kind::New | Kind::Call) => Some(value),
                    _ => None,
                }
            }),
        };
        let path =
            parsed.and_then(|parsed| tree.child(parsed, Field::Callee)).and_then(|callee| self.flow.path(callee));
        if matches!(path, Some("URL" | "url.URL" | "url.parse" | "whatwg-url.URL"))
            && let Some(text) = parsed.and_then(|parsed| tree.positional(parsed).next())
        {
            facts.push((self.text(text), Purposes::URL));
        }
        facts
    }

    /// `if (target.jquery)`, `if (node.nodeType)`: the object is an element, not text.
    pub(super) fn script_member(&self, attribute: NodeId) -> Vec<Fact<'p>> {
        let element =
            matches!(self.tree.name(attribute, &self.program.text), "jquery" | "nodeType" | "nodeName" | "tagName");
        let object = self.tree.child(attribute, Field::Object).filter(|_| element);
        object.map(|object| vec![(self.text(object), Purposes::HTML)]).unwrap_or_default()
    }

    /// What a comparison of JavaScript says, `None` where it is like any other.
    pub(super) fn script_comparison(
        &self,
        left: NodeId,
        operator: &str,
        right: NodeId,
        side: bool,
    ) -> Option<Vec<Fact<'p>>> {
        let tree = self.tree;
        let equal = match operator {
            "==" | "===" => side,
            "!=" | "!==" => !side,
            _ => return self.position(left, operator, right, side),
        };
        // `typeof x === "number"`
        if tree.kind(left) == Kind::Unary && tree.name(left, &self.program.text) == "typeof" {
            let subject = tree.child(left, Field::Value)?;
            let safe = match (self.program.names.text(right)?, equal) {
                ("number" | "boolean" | "bigint" | "undefined", true) => Purposes::ALL,
                ("string", true) | ("object", false) => Purposes::FILTER,
                ("string", false) => Purposes::HTML,
                _ => return Some(Vec::new()),
            };
            return Some(vec![(self.text(subject), safe)]);
        }
        // `url.hostname === "example.com"`
        if equal && self.program.names.text(right).is_some() {
            let mut facts = self.host_of(left);
            if !facts.is_empty() {
                facts.push((self.text(left), Purposes::ALL));
                return Some(facts);
            }
        }
        // `isSafe(x) === true`
        if let Some(crate::resolve::Constant::Bool(value)) = self.program.names.constant(right)
            && matches!(tree.kind(left), Kind::Call | Kind::Compare | Kind::Unary)
        {
            return Some(self.facts(left, value == equal, 4));
        }
        self.position(left, operator, right, side)
    }

    /// `list.indexOf(x) !== -1`, `x.indexOf("..") < 0`.
    fn position(&self, left: NodeId, operator: &str, right: NodeId, side: bool) -> Option<Vec<Fact<'p>>> {
        let tree = self.tree;
        if tree.kind(left) != Kind::Call {
            return None;
        }
        let callee = tree.child(left, Field::Callee).filter(|&callee| tree.kind(callee) == Kind::Attribute)?;
        if !matches!(tree.name(callee, &self.program.text), "indexOf" | "lastIndexOf" | "search") {
            return None;
        }
        let bound = self.program.names.constant(right)?.integer()?;
        let there = match (operator, bound) {
            ("!=" | "!==" | ">", -1) | (">=", 0) => side,
            ("==" | "===" | "<=", -1) | ("<", 0) => !side,
            ("==" | "===", 0) => side,
            ("!=" | "!==", 0) => !side,
            _ => return None,
        };
        let (object, first) = (tree.child(callee, Field::Object)?, tree.positional(left).next()?);
        if there && self.is_allow_list(object) {
            return Some(vec![(self.text(first), Purposes::ALL)]);
        }
        let part = self.program.names.text(first)?;
        let safe = if !there && part.contains("..") { Purposes::PATH } else { Purposes::NONE };
        Some(vec![(self.text(object), safe)])
    }

    /// `x.startsWith(base)`: of a resolved path, or with a whole host.
    pub(super) fn script_start(&self, object: Option<NodeId>, first: Option<NodeId>) -> Vec<Fact<'p>> {
        let (Some(object), Some(first)) = (object, first) else { return Vec::new() };
        let resolved = self.resolves(object)
            || self.flow.data.definitions_of(object).iter().any(|&at| {
                matches!(self.flow.data.definitions[at as usize].value, Value::Expression(value) if self.resolves(value))
            });
        let whole = self.program.names.text(first).is_some_and(|text| {
            text.split_once("://").is_some_and(|(_, rest)| rest.find('/').is_some_and(|at| at > 0))
        });
        let mut safe = Purposes::NONE;
        if resolved {
            safe = safe.with(Purposes::PATH);
        }
        if whole {
            safe = safe.with(Purposes::URL);
        }
        vec![(self.text(object), safe)]
    }

    /// Whether a refused `//` stands beside a demanded `/` in one condition.
    fn is_local(&self, call: NodeId, object: Option<NodeId>, first: Option<NodeId>) -> bool {
        let (Some(object), Some(first)) = (object, first) else { return false };
        let whole = self
            .tree
            .ancestors(call)
            .take_while(|&above| matches!(self.tree.kind(above), Kind::Boolean | Kind::Unary))
            .last();
        let name = self.text(object);
        self.program.names.text(first) == Some("//")
            && whole.is_some_and(|whole| {
                ["'/'", "\"/\""].iter().any(|root| self.text(whole).contains(&format!("{name}.startsWith({root})")))
            })
    }

    /// Whether a value is a path without `..` in it.
    fn resolves(&self, node: NodeId) -> bool {
        let callee = self.tree.child(node, Field::Callee).filter(|_| self.tree.kind(node) == Kind::Call);
        callee.and_then(|callee| self.flow.path(callee)).is_some_and(|path| {
            matches!(
                path,
                "path.resolve"
                    | "path.normalize"
                    | "path.join"
                    | "fs.realpathSync"
                    | "fs.promises.realpath"
                    | "fs/promises.realpath"
            )
        })
    }

    /// The text of a regular expression that the unit writes out.
    fn expression(&self, node: NodeId) -> Option<&str> {
        if let Some(text) = self.regex(node) {
            return Some(text);
        }
        let value = match self.tree.kind(node) {
            Kind::New | Kind::Call => node,
            _ => match self.flow.data.definitions_of(node)[..] {
                [only] => match self.flow.data.definitions[only as usize].value {
                    Value::Expression(value) => value,
                    _ => return None,
                },
                _ => return None,
            },
        };
        let callee = self.tree.child(value, Field::Callee)?;
        let text = self.tree.positional(value).next()?;
        (self.flow.path(callee) == Some("RegExp")).then(|| self.program.names.text(text)).flatten()
    }

    /// What becomes a number in `parseInt(x)`, `+x`, `x - 0`.
    fn number_in(&self, node: NodeId) -> NodeId {
        let tree = self.tree;
        let inner = match tree.kind(node) {
            Kind::Call => tree.positional(node).next(),
            Kind::Unary => tree.child(node, Field::Value),
            Kind::Binary if matches!(tree.name(node, &self.program.text), "-" | "*") => tree.child(node, Field::Left),
            _ => None,
        };
        inner.unwrap_or(node)
    }
}

/// What a text is safe for that a pattern matched, or did not.
fn matched(pattern: &str, side: bool) -> Purposes {
    if side {
        return if is_strict_text(pattern, "search") { Purposes::ALL } else { Purposes::NONE };
    }
    match kept(pattern) {
        // Everything else was refused.
        Some(class) if !class.contains(['<', '"', '\'', ';', '`', '$', '|', '&']) => {
            if class.contains('/') && class.contains('.') {
                Purposes::SHELL.with(Purposes::SQL).with(Purposes::HTML).with(Purposes::LINE)
            } else {
                Purposes::ALL
            }
        }
        _ if pattern.contains("\\.\\.") => Purposes::PATH,
        _ => Purposes::NONE,
    }
}
