//! Checks in conditions of C#, PHP, Ruby and Rust, by the calls that make them.

use super::{Collector, Fact, is_strict_text};
use crate::lang::Language;
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;

impl<'p> Collector<'_, 'p> {
    /// What a call that came out true says; `None` where nothing special is known of it.
    pub(super) fn more_facts(&self, call: NodeId) -> Option<Vec<Fact<'p>>> {
        let tree = self.tree;
        let callee = tree.child(call, Field::Callee)?;
        let path = self.flow.path(callee).unwrap_or_default();
        let last = match tree.kind(callee) {
            Kind::Attribute => tree.name(callee, &self.program.text),
            _ => self.text(callee),
        };
        let object = tree.child(callee, Field::Object);
        let argument = |at: usize| tree.positional(call).nth(at);
        let about = |node: Option<NodeId>, safe: Purposes| {
            Some(node.map(|node| self.with_origin(node, safe)).unwrap_or_default())
        };
        let listed = |list: Option<NodeId>, subject: Option<NodeId>| {
            let known = list.is_some_and(|list| self.is_allow_list(list));
            about(subject, if known { Purposes::ALL } else { Purposes::NONE })
        };
        let matched = |pattern: Option<NodeId>, subject: Option<NodeId>| {
            let strict =
                pattern.and_then(|pattern| self.pattern_text(pattern)).is_some_and(|text| self.is_strict_pattern(text));
            about(subject, if strict { Purposes::ALL } else { Purposes::NONE })
        };
        let inside = Purposes::PATH.with(Purposes::URL);
        match (self.program.language, last) {
            (Language::CSharp, "StartsWith") | (Language::Rust, "starts_with") | (Language::Ruby, "start_with?") => {
                about(object, inside)
            }
            (Language::Php, "str_starts_with") => about(argument(0), inside),
            (Language::CSharp, "Contains" | "ContainsKey") | (Language::Ruby, "include?" | "key?" | "member?") => {
                listed(object, argument(0))
            }
            (Language::Rust, "contains" | "contains_key") => listed(object, argument(0)),
            (Language::Php, "in_array") => listed(argument(1), argument(0)),
            (Language::Php, "array_key_exists") => listed(argument(1), argument(0)),
            (Language::Php, "isset") => {
                let entry = argument(0).filter(|&entry| tree.kind(entry) == Kind::Subscript)?;
                listed(tree.child(entry, Field::Object), tree.child(entry, Field::Index))
            }
            (
                Language::Php,
                "ctype_alnum" | "ctype_alpha" | "ctype_digit" | "ctype_xdigit" | "is_numeric" | "is_int" | "checkdate",
            ) => about(argument(0), Purposes::ALL),
            (Language::Php, "preg_match") => matched(argument(0), argument(1)),
            (Language::CSharp, "IsMatch") if path.ends_with("Regex.IsMatch") && argument(1).is_some() => {
                matched(argument(1), argument(0))
            }
            (Language::CSharp, "IsMatch") => {
                let made = object.and_then(|object| self.made(object));
                matched(made.and_then(|made| tree.positional(made).next()), argument(0))
            }
            (Language::Ruby, "match?" | "match" | "=~") => matched(argument(0), object),
            (Language::CSharp, "TryParse" | "TryParseExact") => about(argument(0), Purposes::ALL),
            (Language::CSharp, "IsLocalUrl") => about(argument(0), Purposes::URL),
            (Language::CSharp, "Equals") => {
                let (object, argument) = (object?, argument(0)?);
                if self.is_constant(argument) {
                    about(Some(object), Purposes::ALL)
                } else {
                    about(Some(object), Purposes::NONE)
                }
            }
            (Language::CSharp, "IsDigit" | "IsLetterOrDigit") => about(argument(0), Purposes::NONE),
            _ => None,
        }
    }

    /// A fact about a name, and about the one that it was made from by steps that change nothing else.
    fn with_origin(&self, node: NodeId, safe: Purposes) -> Vec<Fact<'p>> {
        let inner = self.innermost(node);
        let mut facts = vec![(self.text(node), safe)];
        if inner != node {
            facts.push((self.text(inner), safe));
        }
        facts
    }

    /// The creation or call that gives a name its only value.
    fn made(&self, node: NodeId) -> Option<NodeId> {
        if matches!(self.tree.kind(node), Kind::New | Kind::Call) {
            return Some(node);
        }
        let [only] = self.flow.data.definitions_of(node)[..] else { return None };
        match self.flow.data.definitions.get(only as usize)?.value {
            crate::graph::dfg::Value::Expression(value) => Some(value),
            _ => None,
        }
    }

    fn pattern_text(&self, node: NodeId) -> Option<&str> {
        let value = match self.tree.kind(node) {
            Kind::Regex => node,
            _ => match self.program.names.text(node) {
                Some(text) => return Some(text),
                None => self.made(node).filter(|&value| self.tree.kind(value) == Kind::Regex)?,
            },
        };
        let text = self.text(value);
        text.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')).map(|(pattern, _)| pattern)
    }

    /// Whether a pattern leaves room for letters, digits and a few signs only.
    fn is_strict_pattern(&self, text: &str) -> bool {
        let text = match self.program.language {
            Language::Php => {
                let sign = text.chars().next().unwrap_or('/');
                text.strip_prefix(sign).and_then(|rest| rest.rsplit_once(sign)).map_or(text, |(pattern, _)| pattern)
            }
            _ => text,
        };
        // In Ruby `^` and `$` are those of a line.
        let whole = self.program.language != Language::Ruby || text.starts_with("\\A");
        whole && is_strict_text(text, "search")
    }

    /// `strpos($path, $base) === 0`, `text =~ /\A…\z/`.
    pub(super) fn more_comparison(&self, test: NodeId, side: bool) -> Option<Vec<Fact<'p>>> {
        let tree = self.tree;
        let (left, right) = (tree.child(test, Field::Left)?, tree.child(test, Field::Right)?);
        let operator = tree.name(test, &self.program.text);
        if self.program.language == Language::Ruby && operator == "=~" && side {
            let strict = self.pattern_text(right).is_some_and(|text| self.is_strict_pattern(text));
            return Some(vec![(self.text(left), if strict { Purposes::ALL } else { Purposes::NONE })]);
        }
        let equal = matches!((operator, side), ("==" | "===", true) | ("!=" | "!==", false));
        if self.program.language != Language::Php || tree.kind(left) != Kind::Call || !equal {
            return None;
        }
        let callee = tree.child(left, Field::Callee).map(|callee| self.text(callee)).unwrap_or_default();
        let zero = self.text(right) == "0";
        let subject = tree.positional(left).next()?;
        match callee {
            "strpos" | "stripos" if zero => Some(vec![(self.text(subject), Purposes::PATH.with(Purposes::URL))]),
            "strncmp" if zero => Some(vec![(self.text(subject), Purposes::PATH.with(Purposes::URL))]),
            // `preg_match(…) === 1`
            _ if self.text(right) == "1" => self.more_facts(left),
            _ => None,
        }
    }
}
