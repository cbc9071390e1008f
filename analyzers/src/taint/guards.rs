//! Checks in conditions: what is known of a name where they hold; a table of facts, never a judgement of a finding.

use std::collections::HashMap;

use crate::lang::Language;
use crate::program::Program;
use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::taint::{Flow, Purposes};

use pattern::{is_check, is_strict_text};

mod helper;
mod more;
mod pattern;
mod script;
mod typed;

/// Most guards kept for one name.
const MOST_GUARDS: usize = 24;
/// Deepest condition that is taken apart.
const MOST_DEPTH: u32 = 24;

/// A check that holds in a range of the tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guard {
    /// First node where it holds.
    pub(super) from: NodeId,
    /// One past the last.
    pub(super) to: NodeId,
    /// What it makes the name safe for; nothing when its strength is unknown.
    pub(super) safe: Purposes,
}

type Fact<'p> = (&'p str, Purposes);

struct Collector<'f, 'p> {
    flow: &'f Flow<'p>,
    program: &'p Program,
    tree: &'p Tree,
    guards: HashMap<&'p str, Vec<Guard>>,
    /// Whether what functions of the unit check is looked at.
    helpers: bool,
}

/// Every guard of the unit by the text of the name it is about.
pub(super) fn collect<'p>(flow: &Flow<'p>) -> HashMap<&'p str, Vec<Guard>> {
    let program = flow.program();
    let mut collector = Collector { flow, program, tree: &program.tree, guards: HashMap::new(), helpers: false };
    for node in program.tree.ids() {
        collector.visit(node);
    }
    // What functions of the unit check is known once their own checks are.
    if program.language == Language::Python {
        collector.helpers = true;
        let asking: Vec<NodeId> = program.tree.ids().filter(|&node| collector.asks_helper(node)).collect();
        for node in asking {
            collector.visit(node);
        }
    }
    collector.guards
}

impl<'p> Collector<'_, 'p> {
    fn text(&self, node: NodeId) -> &'p str {
        self.tree.text(node, &self.program.text)
    }

    fn visit(&mut self, node: NodeId) {
        let tree = self.tree;
        match tree.kind(node) {
            Kind::If if tree.parent(node).is_some_and(|parent| tree.kind(parent) == Kind::Comprehension) => {
                if let (Some(test), Some(parent)) = (tree.child(node, Field::Test), tree.parent(node)) {
                    self.hold(test, true, parent, tree.end(parent));
                }
            }
            Kind::If => {
                let Some(test) = tree.child(node, Field::Test) else { return };
                let body = tree.child(node, Field::Body);
                let other = tree.child(node, Field::Else);
                let holds = !self.is_unless(node, test);
                if let Some(body) = body {
                    self.hold(test, holds, body, tree.end(body));
                }
                if let Some(other) = other {
                    self.hold(test, !holds, other, tree.end(other));
                }
                let rest = (tree.end(node), self.end_of_block(node));
                if body.is_some_and(|body| self.leaves(body)) {
                    self.hold(test, !holds, rest.0, rest.1);
                } else if other.is_some_and(|other| self.leaves(other)) {
                    self.hold(test, holds, rest.0, rest.1);
                } else if let Some(body) = body {
                    // `if x not in ALLOWED: x = DEFAULT`: afterwards the old value has passed, the new one speaks for itself.
                    let is_given_anew = |name: &str| {
                        tree.subtree(body).take(200).any(|inner| {
                            tree.field(inner) == Field::Target && tree.text(inner, &self.program.text) == name
                        })
                    };
                    let facts =
                        self.facts(test, !holds, 0).into_iter().filter(|(name, _)| is_given_anew(name)).collect();
                    self.keep(facts, rest.0, rest.1);
                }
            }
            Kind::Conditional => {
                let Some(test) = tree.child(node, Field::Test) else { return };
                for (field, side) in [(Field::Body, true), (Field::Else, false)] {
                    if let Some(part) = tree.child(node, field) {
                        self.hold(test, side, part, tree.end(part));
                    }
                }
            }
            Kind::Case => self.case(node),
            Kind::Assert => {
                if let Some(test) = tree.child(node, Field::Test) {
                    self.hold(test, true, tree.end(node), self.end_of_block(node));
                }
            }
            Kind::While => {
                let Some(test) = tree.child(node, Field::Test) else { return };
                if let Some(body) = tree.child(node, Field::Body) {
                    self.hold(test, true, body, tree.end(body));
                }
                self.hold(test, false, tree.end(node), self.end_of_block(node));
            }
            // `for part in walk(x): if …: raise` looks at every part of `x`.
            Kind::For => {
                let (Some(iter), Some(body)) = (tree.child(node, Field::Iter), tree.child(node, Field::Body)) else {
                    return;
                };
                let refuses =
                    tree.subtree(body).take(400).any(|inner| matches!(tree.kind(inner), Kind::Raise | Kind::Return));
                if refuses {
                    let mut names = vec![iter];
                    names.extend(tree.children_in(iter, Field::Argument));
                    let facts =
                        names.into_iter().filter(|&name| matches!(tree.kind(name), Kind::Name | Kind::Attribute));
                    let facts = facts.map(|name| (self.text(name), Purposes::NONE)).collect();
                    self.keep(facts, tree.end(node), self.end_of_block(node));
                }
            }
            // A call that raises on bad values: `validate(x)`, `path.relative_to(base)`.
            Kind::ExprStatement => {
                let Some(call) = tree.child(node, Field::Value).filter(|&value| tree.kind(value) == Kind::Call) else {
                    return;
                };
                let mut facts = self.call_facts(call);
                if self.program.language == Language::Python {
                    facts.extend(self.passed_check(call));
                }
                if self.program.language == Language::Java {
                    facts.extend(self.refused_by(call));
                }
                if let Some(callee) = tree.child(call, Field::Callee)
                    && tree.name(callee, &self.program.text) == "relative_to"
                    && let Some(object) = tree.child(callee, Field::Object)
                {
                    // `path.resolve().relative_to(base)` speaks of `path`.
                    facts.extend([object, self.innermost(object)].map(|part| (self.text(part), Purposes::PATH)));
                }
                self.keep(facts.clone(), tree.end(node), self.end_of_block(node));
                // In a `try` whose handlers all leave, it holds after the `try` as well.
                let whole = tree.parent(node).and_then(|block| tree.parent(block)).filter(|&above| {
                    tree.kind(above) == Kind::Try
                        && tree
                            .children_in(above, Field::Handler)
                            .all(|handler| tree.child(handler, Field::Body).is_some_and(|body| self.leaves(body)))
                });
                if let Some(whole) = whole {
                    self.keep(facts, tree.end(whole), self.end_of_block(whole));
                }
            }
            _ => {}
        }
    }

    /// In a case of constants its subject is one of them; a case of a `switch` without a subject is a condition.
    fn case(&mut self, case: NodeId) {
        let tree = self.tree;
        let Some(body) = tree.child(case, Field::Body) else { return };
        let tests: Vec<NodeId> = tree.children_in(case, Field::Test).take(200).collect();
        let Some(switch) = tree.parent(case).filter(|&above| tree.kind(above) == Kind::Switch) else { return };
        if tests.is_empty() {
            return;
        }
        match tree.child(switch, Field::Test) {
            Some(subject) if tests.iter().all(|&test| self.is_constant(test)) => {
                self.keep(vec![(self.text(subject), Purposes::ALL)], body, tree.end(body));
            }
            None if self.program.language == Language::Go && tests.len() == 1 => {
                self.hold(tests[0], true, body, tree.end(body));
            }
            _ => {}
        }
    }

    /// Whether a branch of Ruby is taken where its condition does not hold.
    fn is_unless(&self, node: NodeId, test: NodeId) -> bool {
        if self.program.language != Language::Ruby {
            return false;
        }
        let (whole, test) = (self.tree.span(node), self.tree.span(test));
        let before = self.program.text.get(whole.start as usize..test.start as usize).unwrap_or_default();
        before.trim_end().ends_with("unless")
    }

    /// The name at the bottom of a chain of attributes and calls.
    fn innermost(&self, node: NodeId) -> NodeId {
        let mut at = node;
        for _ in 0..8 {
            let inner = match self.tree.kind(at) {
                Kind::Call => {
                    self.tree.child(at, Field::Callee).and_then(|callee| self.tree.child(callee, Field::Object))
                }
                Kind::Attribute => self.tree.child(at, Field::Object),
                _ => None,
            };
            match inner {
                Some(inner) => at = inner,
                None => break,
            }
        }
        at
    }

    fn end_of_block(&self, node: NodeId) -> NodeId {
        let tree = self.tree;
        let Some(mut block) = tree.parent(node) else { return NodeId::ROOT };
        // A block inside another, such as that of `if x := f(); x {…}` in Go, ends nothing.
        while tree.kind(block) == Kind::Block
            && tree.field(block) == Field::Item
            && let Some(above) = tree.parent(block)
            && matches!(tree.kind(above), Kind::Block | Kind::Module)
        {
            block = above;
        }
        tree.end(block)
    }

    fn hold(&mut self, test: NodeId, side: bool, from: NodeId, to: NodeId) {
        let facts = self.facts(test, side, 0);
        self.keep(facts, from, to);
    }

    fn keep(&mut self, facts: Vec<Fact<'p>>, from: NodeId, to: NodeId) {
        if from >= to {
            return;
        }
        for (name, safe) in facts {
            let list = self.guards.entry(name).or_default();
            let known = list.iter().any(|guard| (guard.from, guard.to, guard.safe) == (from, to, safe));
            if !name.is_empty() && !known && list.len() < MOST_GUARDS {
                list.push(Guard { from, to, safe });
            }
        }
    }

    /// Whether a block ends by leaving: return, raise, break, continue, or a call that never comes back.
    fn leaves(&self, block: NodeId) -> bool {
        let last = match self.tree.kind(block) {
            Kind::Block => self.tree.children(block).last(),
            _ => Some(block),
        };
        let Some(last) = last else { return false };
        match self.tree.kind(last) {
            Kind::Return | Kind::Raise | Kind::Break | Kind::Continue => true,
            Kind::ExprStatement => {
                let callee = self.tree.child(last, Field::Value).and_then(|call| self.tree.child(call, Field::Callee));
                let Some(callee) = callee else { return false };
                let path = self.flow.path(callee).unwrap_or_else(|| self.text(callee));
                self.flow.tables.aborts.contains(&path)
            }
            _ => false,
        }
    }

    /// What is known of which names when `test` came out as `side`.
    fn facts(&self, test: NodeId, side: bool, depth: u32) -> Vec<Fact<'p>> {
        let tree = self.tree;
        if depth > MOST_DEPTH {
            return Vec::new();
        }
        match tree.kind(test) {
            Kind::Unary if matches!(tree.name(test, &self.program.text), "not" | "!") => {
                tree.children(test).last().map(|inner| self.facts(inner, !side, depth + 1)).unwrap_or_default()
            }
            Kind::Boolean => {
                let is_and = matches!(tree.name(test, &self.program.text), "and" | "&&");
                let sides: Vec<Vec<Fact<'p>>> =
                    tree.children(test).map(|part| self.facts(part, side, depth + 1)).collect();
                if is_and == side {
                    sides.into_iter().flatten().collect()
                } else {
                    // Either side may have decided: only what both say holds.
                    let Some((first, rest)) = sides.split_first() else { return Vec::new() };
                    let both = |fact: &&Fact<'p>| {
                        rest.iter().all(|facts| facts.iter().any(|other| other.0 == fact.0 && other.1.holds(fact.1)))
                    };
                    first.iter().filter(both).copied().collect()
                }
            }
            Kind::Compare => self.more_comparison(test, side).unwrap_or_else(|| self.comparison(test, side)),
            Kind::Binary if self.program.language == Language::Ruby => {
                self.more_comparison(test, side).unwrap_or_default()
            }
            Kind::Call if self.program.language.is_script() => self.script_call(test, side),
            Kind::Call if self.program.language == Language::Python => {
                let mut facts = if side { self.call_facts(test) } else { Vec::new() };
                facts.extend(self.answered_by_helper(test, side, depth));
                facts
            }
            Kind::Call if side => self.call_facts(test),
            Kind::Call if self.program.language == Language::Go => self.refusal(test),
            // `allowed[x]` of a map to truth values.
            Kind::Subscript if side && self.program.language == Language::Go => self.looked_up(test),
            Kind::Call if self.program.language == Language::Java => self.refused(test),
            // `if urlparse(x).netloc: refuse`
            Kind::Attribute if side && self.program.language.is_script() => self.script_member(test),
            Kind::Attribute if self.program.language == Language::Python => self.kind_of_address(test, side),
            Kind::Attribute if !side => self.part_of_url(test).into_iter().collect(),
            Kind::Assign => {
                tree.child(test, Field::Value).map(|value| self.facts(value, side, depth + 1)).unwrap_or_default()
            }
            // `match = re.fullmatch(…, x)` and then `if match:`; `ok = x in ALLOWED` and then `if not ok:`.
            Kind::Name => {
                let definitions = self.flow.data.definitions_of(test);
                let [only] = definitions[..] else { return Vec::new() };
                match self.flow.data.definitions[only as usize].value {
                    crate::graph::dfg::Value::Named if side && self.program.language == Language::Go => {
                        self.outcome_of(only)
                    }
                    crate::graph::dfg::Value::Expression(value)
                        if matches!(tree.kind(value), Kind::Compare | Kind::Call | Kind::Boolean)
                            || tree.kind(value) == Kind::Subscript && self.program.language == Language::Go =>
                    {
                        self.facts(value, side, depth + 1)
                    }
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    fn comparison(&self, test: NodeId, side: bool) -> Vec<Fact<'p>> {
        let tree = self.tree;
        let (Some(left), Some(right)) = (tree.child(test, Field::Left), tree.child(test, Field::Right)) else {
            return Vec::new();
        };
        let operator =
            self.program.text.get(tree.span(left).end as usize..tree.span(right).start as usize).unwrap_or_default();
        let operator = operator.trim().trim_matches(['(', ')', '"', '\'']).trim();
        let words: Vec<&str> = operator.split_whitespace().collect();
        if self.program.language.is_script()
            && let Some(facts) = self.script_comparison(left, operator, right, side)
        {
            return facts;
        }
        match (words.as_slice(), side) {
            // `err != nil` and its opposite: where there is no error, the check was passed.
            (["=="], true) | (["!="], false)
                if self.program.language == Language::Go && tree.kind(right) == Kind::Null =>
            {
                let [only] = self.flow.data.definitions_of(left)[..] else {
                    return if tree.kind(left) == Kind::Call { self.parsed(left) } else { Vec::new() };
                };
                self.outcome_of(only)
            }
            (["in"], true) | (["not", "in"], false) if self.is_allow_list(right) => {
                let mut facts = vec![(self.text(left), Purposes::ALL)];
                facts.extend(self.part_of_url(left));
                facts
            }
            // `base in path.parents`
            (["in"], true) | (["not", "in"], false)
                if tree.kind(right) == Kind::Attribute && tree.name(right, &self.program.text) == "parents" =>
            {
                let object = tree.child(right, Field::Object);
                let inner = object.map(|object| self.innermost(object));
                object.into_iter().chain(inner).map(|part| (self.text(part), Purposes::PATH)).collect()
            }
            // `".." in path` and the like: a look for bad parts.
            (["in"], false) | (["not", "in"], true) => {
                let dots = self.is_constant(left) && self.text(left).contains("..");
                vec![(self.text(right), if dots { Purposes::PATH } else { Purposes::NONE })]
            }
            (["==" | "===" | "is"], true) | (["!=" | "!=="] | ["is", "not"], false) => {
                let mut facts = Vec::new();
                for (name, other) in [(left, right), (right, left)] {
                    if self.is_constant(other) && tree.kind(other) != Kind::Null {
                        facts.push((self.text(name), Purposes::ALL));
                    }
                    if self.is_constant(other) && tree.kind(other) != Kind::Null {
                        facts.extend(self.owner_of_host(name));
                    }
                    facts.extend(self.within_base(name));
                    facts.extend(self.part_of_url(name));
                }
                facts
            }
            // `re.fullmatch(…) is not None`, also through a name.
            (["==" | "===" | "is"], false) | (["!=" | "!=="] | ["is", "not"], true)
                if tree.kind(right) == Kind::Null =>
            {
                match tree.kind(left) {
                    Kind::Call => self.call_facts(left),
                    _ => self.facts(left, true, MOST_DEPTH - 2),
                }
            }
            (["<" | "<=" | ">" | ">="], _) => {
                // `len(x) > LIMIT`, `n > MAX`: a limit of its size.
                [left, right]
                    .into_iter()
                    .filter_map(|part| {
                        let inner =
                            if tree.kind(part) == Kind::Call { tree.positional(part).next() } else { Some(part) };
                        inner.map(|inner| (self.text(inner), Purposes::SIZE))
                    })
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// The text whose host or scheme an expression is: `urlparse(x).netloc`, also through a name.
    fn part_of_url(&self, node: NodeId) -> Option<Fact<'p>> {
        let tree = self.tree;
        if tree.kind(node) != Kind::Attribute
            || !matches!(tree.name(node, &self.program.text), "netloc" | "hostname" | "host")
        {
            return None;
        }
        let object = tree.child(node, Field::Object)?;
        let call = match tree.kind(object) {
            Kind::Call => object,
            _ => match self.flow.data.definitions_of(object)[..] {
                [only] => match self.flow.data.definitions[only as usize].value {
                    crate::graph::dfg::Value::Expression(value) => value,
                    _ => return None,
                },
                _ => return None,
            },
        };
        let callee = tree.child(call, Field::Callee)?;
        let parses =
            self.flow.path(callee).is_some_and(|path| path.ends_with("urlparse") || path.ends_with("urlsplit"));
        let mut subject = tree.positional(call).next().filter(|_| parses)?;
        // `urlparse(urljoin(base, target))`
        if let Some(callee) = tree.child(subject, Field::Callee)
            && self.flow.path(callee).is_some_and(|path| path.ends_with("urljoin"))
        {
            subject = tree.positional(subject).nth(1)?;
        }
        Some((self.text(subject), Purposes::URL))
    }

    /// `os.path.commonpath([base, path]) == base`.
    fn within_base(&self, node: NodeId) -> Vec<Fact<'p>> {
        let tree = self.tree;
        let callee = tree.child(node, Field::Callee).and_then(|callee| self.flow.path(callee));
        if !matches!(callee, Some("os.path.commonpath" | "os.path.commonprefix")) {
            return Vec::new();
        }
        tree.subtree(node)
            .take(60)
            .filter(|&part| tree.kind(part) == Kind::Name && tree.field(part) != Field::Callee)
            .map(|part| (self.text(part), Purposes::PATH))
            .collect()
    }

    fn is_constant(&self, node: NodeId) -> bool {
        matches!(self.tree.kind(node), Kind::String | Kind::Number | Kind::Bool | Kind::Null)
            || self.program.names.constant(node).is_some()
    }

    /// A collection of constants: written here, or a name that the unit gives such a value, or a name in capitals.
    fn is_allow_list(&self, node: NodeId) -> bool {
        let tree = self.tree;
        match tree.kind(node) {
            Kind::List | Kind::Tuple | Kind::Set | Kind::Dict => {
                let parts = || tree.children(node).map(|part| tree.child(part, Field::Key).unwrap_or(part));
                parts().next().is_some() && parts().take(200).all(|part| self.is_constant(part))
            }
            Kind::New => {
                // `new Set(["a", "b"])`, `new HashSet<>(List.of("a"))`
                // `new HashSet<string> { "a", "b" }` of C#
                tree.positional(node).next().is_some_and(|part| self.is_allow_list(part))
                    || self.program.language == Language::CSharp
                        && tree.positional(node).next().is_some()
                        && tree.positional(node).take(200).all(|part| self.is_constant(part))
            }
            Kind::Call
                if matches!(self.program.language, Language::Ruby | Language::CSharp)
                    && tree.child(node, Field::Callee).is_some_and(|callee| {
                        matches!(
                            tree.name(callee, &self.program.text),
                            "freeze" | "ToHashSet" | "ToArray" | "ToList" | "to_set"
                        )
                    }) =>
            {
                let object = tree.child(node, Field::Callee).and_then(|callee| tree.child(callee, Field::Object));
                object.is_some_and(|object| self.is_allow_list(object))
            }
            Kind::Call if tree.child(node, Field::Callee).is_some_and(|callee| self.is_list_factory(callee)) => {
                tree.positional(node).next().is_some()
                    && tree.positional(node).take(200).all(|part| self.is_constant(part))
            }
            // `Object.values(Kind)`, `Object.keys(TABLE)`
            Kind::Call if self.program.language.is_script() && self.lists_object(node) => true,
            Kind::Call => {
                let callee = tree.child(node, Field::Callee).map(|callee| self.text(callee)).unwrap_or_default();
                matches!(callee, "set" | "frozenset" | "list" | "tuple")
                    && tree.positional(node).next().is_some_and(|part| self.is_allow_list(part))
                    || callee.rsplit('.').next() == Some("keys")
                        && tree
                            .child(node, Field::Callee)
                            .and_then(|callee| tree.child(callee, Field::Object))
                            .is_some_and(|object| self.is_allow_list(object))
            }
            Kind::Name | Kind::Attribute => {
                let name = self.text(node).rsplit('.').next().unwrap_or_default();
                let capitals = name.bytes().any(|byte| byte.is_ascii_uppercase())
                    && !name.bytes().any(|byte| byte.is_ascii_lowercase());
                let definitions = self.flow.data.definitions_of(node);
                let collection = |at: &u32| match self.flow.data.definitions[*at as usize].value {
                    crate::graph::dfg::Value::Expression(value) => {
                        !matches!(tree.kind(value), Kind::Name | Kind::Attribute) && self.is_allow_list(value)
                    }
                    _ => false,
                };
                if definitions.is_empty() { capitals } else { definitions.iter().any(collection) || capitals }
            }
            _ => false,
        }
    }

    fn is_list_factory(&self, callee: NodeId) -> bool {
        matches!(
            self.flow.path(callee),
            Some("java.util.List.of" | "java.util.Set.of" | "java.util.Arrays.asList" | "java.util.Map.of")
        )
    }

    /// What a call that came out true says of its object and arguments.
    fn call_facts(&self, call: NodeId) -> Vec<Fact<'p>> {
        let tree = self.tree;
        if tree.kind(call) != Kind::Call {
            return Vec::new();
        }
        let Some(callee) = tree.child(call, Field::Callee) else { return Vec::new() };
        let path = self.flow.path(callee).unwrap_or_default();
        let method = match tree.kind(callee) {
            Kind::Attribute => tree.name(callee, &self.program.text),
            _ => self.text(callee),
        };
        if let Some(facts) = self.more_facts(call) {
            return facts;
        }
        let object = tree.child(callee, Field::Object);
        let first = tree.positional(call).next();
        let about =
            |node: Option<NodeId>, safe: Purposes| node.map(|node| vec![(self.text(node), safe)]).unwrap_or_default();
        match method {
            // Go: packages have functions where other languages have methods.
            "HasPrefix" if path == "strings.HasPrefix" => about(first, Purposes::PATH.with(Purposes::URL)),
            "IsLocal" => about(first, Purposes::PATH),
            "EqualFold" if tree.positional(call).any(|part| self.is_constant(part)) => about(first, Purposes::ALL),
            "Contains" if path == "slices.Contains" => {
                let listed = first.is_some_and(|list| self.is_allow_list(list));
                about(tree.positional(call).nth(1), if listed { Purposes::ALL } else { Purposes::NONE })
            }
            "MatchString" => {
                let (pattern, subject) = if path == "regexp.MatchString" {
                    (first, tree.positional(call).nth(1))
                } else {
                    (object.and_then(|object| self.compiled(object)), first)
                };
                let strict = pattern.is_some_and(|pattern| self.is_strict(pattern, "search"));
                about(subject, if strict { Purposes::ALL } else { Purposes::NONE })
            }
            "isdigit" | "isalnum" | "isnumeric" | "isdecimal" | "isalpha" => about(object, Purposes::ALL),
            "isidentifier" => about(object, Purposes::ALL),
            "startsWith" if self.program.language.is_script() => self.script_start(object, first),
            "startsWith" if self.program.language == Language::Java => {
                let safe = Purposes::PATH.with(Purposes::URL);
                let mut facts = about(object, safe);
                facts.extend(object.map(|object| self.normalised_from(object)).unwrap_or_default());
                facts
            }
            "startswith" | "startsWith" => {
                // `file.getCanonicalPath().startsWith(base)` says it of `file`.
                let inner = object.and_then(|object| {
                    // `str(path).startswith(base)`, `os.path.realpath(path).startswith(base)`
                    let given = tree.positional(object).next().filter(|_| tree.kind(object) == Kind::Call);
                    let python = self.program.language == Language::Python;
                    given.filter(|_| python).or_else(|| self.resolved_path_of(object))
                });
                let inner = inner.map(|inner| self.innermost(inner));
                let safe = Purposes::PATH.with(Purposes::URL);
                [object, inner].into_iter().flat_map(|node| about(node, safe)).collect()
            }
            "includes" | "has" | "contains" | "containsKey"
                if object.is_some_and(|object| self.is_allow_list(object)) =>
            {
                let mut facts = about(first, Purposes::ALL);
                facts.extend(first.map(|first| self.owner_of_host(first)).unwrap_or_default());
                facts
            }
            "equals" | "equalsIgnoreCase" => match (object, first) {
                (Some(object), Some(first)) if self.is_constant(first) || self.is_constant(object) => {
                    let asked = if self.is_constant(first) { object } else { first };
                    let mut facts = about(Some(asked), Purposes::ALL);
                    facts.extend(self.owner_of_host(asked));
                    facts
                }
                _ => Vec::new(),
            },
            "test" if object.is_some() => {
                let strict =
                    object.and_then(|object| self.regex(object)).is_some_and(|text| is_strict_text(text, "search"));
                about(first, if strict { Purposes::ALL } else { Purposes::NONE })
            }
            "matches" if object.is_some() => {
                let (pattern, subject) = if path == "java.util.regex.Pattern.matches" {
                    (first, tree.positional(call).nth(1))
                } else {
                    (first, object)
                };
                let strict = pattern.is_some_and(|pattern| self.is_strict(pattern, "fullmatch"));
                about(subject, if strict { Purposes::ALL } else { Purposes::NONE })
            }
            "is_relative_to" => {
                let inner = object.map(|object| self.innermost(object));
                object.into_iter().chain(inner).map(|part| (self.text(part), Purposes::PATH)).collect()
            }
            "url_has_allowed_host_and_scheme" | "is_safe_url" | "is_safe_redirect_url" | "is_safe_redirect"
                if self.flow.data.called(call).is_none() =>
            {
                about(first, Purposes::URL)
            }
            // `all(letter in "0123456789" for letter in text)`
            "all" => {
                let Some(parts) = first.filter(|&first| tree.kind(first) == Kind::Comprehension) else {
                    return Vec::new();
                };
                let iter = tree
                    .children_in(parts, Field::Item)
                    .chain(tree.children(parts))
                    .find(|&part| tree.kind(part) == Kind::For);
                let subject = iter.and_then(|clause| tree.child(clause, Field::Iter));
                let test = tree.child(parts, Field::Value).filter(|&value| tree.kind(value) == Kind::Compare);
                let allowed = test.and_then(|test| tree.child(test, Field::Right));
                let listed = allowed.is_some_and(|allowed| self.is_constant(allowed) || self.is_allow_list(allowed));
                about(subject, if listed { Purposes::ALL } else { Purposes::NONE })
            }
            "isinstance" => {
                let kind = tree.positional(call).nth(1).map(|kind| self.text(kind)).unwrap_or_default();
                let inert = matches!(kind, "int" | "float" | "bool" | "(int, float)" | "numbers.Number");
                about(first, if inert { Purposes::ALL } else { Purposes::NONE })
            }
            "match" | "fullmatch" | "search" if !path.is_empty() || object.is_some() => {
                let direct = path.starts_with("re.") || path.starts_with("regex.");
                let (pattern, subject) = if direct {
                    (first, tree.positional(call).nth(1))
                } else {
                    (object.and_then(|object| self.compiled(object)), first)
                };
                let strict = pattern.is_some_and(|pattern| self.is_strict(pattern, method));
                about(subject, if strict { Purposes::ALL } else { Purposes::NONE })
            }
            _ if is_check(method) => tree
                .children_in(call, Field::Argument)
                .take(8)
                .map(|argument| (self.text(argument), Purposes::NONE))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// What a chain of calls that resolve a path starts from.
    fn resolved_path_of(&self, node: NodeId) -> Option<NodeId> {
        const RESOLVING: &[&str] = &[
            "getCanonicalPath",
            "getCanonicalFile",
            "normalize",
            "toRealPath",
            "toAbsolutePath",
            "toPath",
            "toString",
        ];
        let tree = self.tree;
        let mut at = node;
        for _ in 0..6 {
            let callee = tree.child(at, Field::Callee).filter(|_| tree.kind(at) == Kind::Call);
            let Some(callee) = callee.filter(|&callee| RESOLVING.contains(&tree.name(callee, &self.program.text)))
            else {
                break;
            };
            at = tree.child(callee, Field::Object)?;
        }
        (at != node).then_some(at)
    }
}
