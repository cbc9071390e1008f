//! What every rewrite needs to know of the unit: names, imports, uses of variables; never changes anything.

use crate::program::Program;
use crate::rewrite::literal;
use crate::syntax::{Field, Kind, NodeId, Span, Tree};

/// The unit that is rewritten.
#[derive(Clone, Copy)]
pub(crate) struct Context<'p> {
    /// The unit.
    pub(crate) program: &'p Program,
}

impl<'p> Context<'p> {
    /// The tree.
    pub(crate) fn tree(self) -> &'p Tree {
        &self.program.tree
    }

    /// Source text of a node.
    pub(crate) fn text(self, node: NodeId) -> &'p str {
        self.program.tree.text(node, &self.program.text)
    }

    /// Name or operator of a node.
    pub(crate) fn name(self, node: NodeId) -> &'p str {
        self.program.tree.name(node, &self.program.text)
    }

    /// Canonical dotted name of an expression.
    pub(crate) fn path(self, node: NodeId) -> &'p str {
        self.program.names.path(node).unwrap_or_default()
    }

    /// Canonical dotted name of what a call calls.
    pub(crate) fn callee_path(self, call: NodeId) -> &'p str {
        self.tree().child(call, Field::Callee).map_or("", |callee| self.path(callee))
    }

    /// The last part of the name of what a call calls.
    pub(crate) fn callee_name(self, call: NodeId) -> &'p str {
        let Some(callee) = self.tree().child(call, Field::Callee) else { return "" };
        match self.tree().kind(callee) {
            Kind::Attribute => self.name(callee),
            Kind::Name => self.text(callee),
            _ => "",
        }
    }

    /// The value of the keyword argument of that name.
    pub(crate) fn keyword(self, call: NodeId, name: &str) -> Option<NodeId> {
        self.tree().keyword(call, name, &self.program.text)
    }

    /// The keyword argument of that name itself.
    pub(crate) fn keyword_node(self, call: NodeId, name: &str) -> Option<NodeId> {
        self.tree()
            .children_in(call, Field::Argument)
            .find(|&child| self.tree().kind(child) == Kind::Keyword && self.name(child) == name)
    }

    /// The nearest node around `node` (itself included) for which `wanted` holds, inside its statement.
    pub(crate) fn around(self, node: NodeId, wanted: impl Fn(NodeId) -> bool) -> Option<NodeId> {
        let statement = self.tree().statement(node);
        std::iter::once(node)
            .chain(self.tree().ancestors(node))
            .take_while(|&above| self.tree().contains(statement, above))
            .find(|&above| wanted(above))
    }

    /// The nearest call around `node` (itself included), inside its statement.
    pub(crate) fn call_around(self, node: NodeId) -> Option<NodeId> {
        self.around(node, |above| self.tree().kind(above) == Kind::Call)
    }

    /// The value of a string literal.
    pub(crate) fn string(self, node: NodeId) -> Option<String> {
        (self.tree().kind(node) == Kind::String).then(|| literal::read(self.text(node)))?.map(|(_, value)| value)
    }

    /// Whether the unit has a constant for this name or expression.
    pub(crate) fn is_constant(self, node: NodeId) -> bool {
        self.program.names.constant(node).is_some()
    }

    /// The type of an expression, as a dotted name.
    pub(crate) fn type_of(self, node: NodeId) -> Option<&'p str> {
        self.program.names.type_of(node)
    }

    /// The type of the object that a method is called on.
    pub(crate) fn type_of_callee(self, call: NodeId) -> Option<&'p str> {
        let callee = self.tree().child(call, Field::Callee)?;
        self.type_of(self.tree().child(callee, Field::Object)?)
    }

    /// Whether any module with this first part is imported.
    pub(crate) fn imports(self, module: &str) -> bool {
        self.import_paths()
            .any(|path| path == module || path.strip_prefix(module).is_some_and(|rest| rest.starts_with('.')))
    }

    fn import_paths(self) -> impl Iterator<Item = &'p str> {
        let tree = self.tree();
        tree.ids()
            .filter(move |&node| tree.kind(node) == Kind::ImportItem)
            .filter_map(move |node| tree.import_path(node))
    }

    /// What the unit imports, also by `require`.
    pub(crate) fn modules(self) -> Vec<&'p str> {
        let tree = self.tree();
        let mut modules: Vec<&str> = self.import_paths().collect();
        if self.program.language.is_script() {
            let required =
                tree.ids().filter(|&node| tree.kind(node) == Kind::Call && self.callee_path(node) == "require");
            modules.extend(required.filter_map(|call| {
                let name = self.program.names.text(tree.positional(call).next()?)?;
                Some(name.strip_prefix("node:").unwrap_or(name))
            }));
        }
        modules
    }

    /// How code writes `module`, and the import that this needs.
    pub(crate) fn module(self, module: &str) -> (String, Option<String>) {
        let tree = self.tree();
        let known = tree.ids().find(|&node| {
            tree.kind(node) == Kind::ImportItem
                && tree.import_path(node) == Some(module)
                && tree.parent(node).and_then(|import| tree.parent(import)) == Some(NodeId::ROOT)
        });
        if let Some(known) = known {
            let local = self.name(known);
            if !local.is_empty() && !local.contains('.') {
                return (local.to_owned(), None);
            }
        }
        // A variable of that name would hide the module.
        let local = module.rsplit('.').next().unwrap_or(module);
        let hidden = tree.ids().any(|node| match tree.kind(node) {
            Kind::Name => self.text(node) == local && self.is_target(node),
            Kind::Parameter | Kind::Function | Kind::Class => self.name(node) == local,
            Kind::ImportItem => self.name(node) == local && tree.import_path(node) != Some(module),
            _ => false,
        });
        if hidden {
            return (format!("{local}_module"), Some(format!("import {module} as {local}_module")));
        }
        (module.to_owned(), Some(format!("import {module}")))
    }

    /// The import that `from module import name` takes, none where the unit has it; an error where the name is taken.
    pub(crate) fn import_of(self, module: &str, name: &str) -> Result<Option<String>, ()> {
        let tree = self.tree();
        let mut known = false;
        for node in tree.ids() {
            let binds = match tree.kind(node) {
                Kind::Name => self.text(node) == name && self.is_target(node),
                Kind::Parameter | Kind::Function | Kind::Class => self.name(node) == name,
                Kind::ImportItem if self.name(node) == name => {
                    let same = tree.import_path(node).is_some_and(|path| path == format!("{module}.{name}"));
                    let top = tree.parent(node).and_then(|import| tree.parent(import)) == Some(NodeId::ROOT);
                    known |= same && top;
                    !same
                }
                _ => false,
            };
            if binds {
                return Err(());
            }
        }
        Ok((!known).then(|| format!("from {module} import {name}")))
    }

    /// The span of a call's argument, with parentheses around it.
    pub(crate) fn whole_argument(self, call: NodeId, argument: NodeId) -> Span {
        let text = self.program.text.as_bytes();
        let mut span = self.tree().span(argument);
        let callee_end =
            self.tree().child(call, Field::Callee).map_or(0, |callee| self.tree().span(callee).end as usize);
        let Some(open) = self.program.text[callee_end..].find('(').map(|found| callee_end + found) else { return span };
        loop {
            let before = (open + 1..span.start as usize).rev().find(|&at| !text[at].is_ascii_whitespace());
            let after = (span.end as usize..text.len()).find(|&at| !text[at].is_ascii_whitespace());
            match (before, after) {
                (Some(before), Some(after)) if text[before] == b'(' && text[after] == b')' => {
                    span = Span::new(before, after + 1);
                }
                _ => return span,
            }
        }
    }

    /// The span that removes an argument together with the comma before or after it.
    pub(crate) fn argument_with_comma(self, call: NodeId, argument: NodeId) -> Span {
        let text = self.program.text.as_bytes();
        let span = self.whole_argument(call, argument);
        let before = (0..span.start as usize).rev().find(|&at| !text[at].is_ascii_whitespace());
        if let Some(before) = before.filter(|&at| text[at] == b',') {
            return Span::new(before, span.end as usize);
        }
        let mut end = span.end as usize;
        if let Some(comma) =
            (end..text.len()).find(|&at| !text[at].is_ascii_whitespace()).filter(|&at| text[at] == b',')
        {
            end = comma + 1;
            while text.get(end).is_some_and(|&byte| byte == b' ') {
                end += 1;
            }
        }
        Span::new(span.start as usize, end)
    }

    /// Offset at which another argument can be added to a call, and whether a comma must stand before it.
    pub(crate) fn argument_end(self, call: NodeId) -> Option<(usize, bool)> {
        let span = self.tree().span(call);
        let close = self.program.text[span.range()].rfind(')')? + span.start as usize;
        let last = self.tree().children_in(call, Field::Argument).last();
        let Some(last) = last else { return Some((close, false)) };
        let end = self.whole_argument(call, last).end as usize;
        // In broken code the last `)` may be the argument's own.
        let rest = self.program.text.get(end..close)?;
        Some(if rest.trim_start().starts_with(',') { (end + rest.find(',')? + 1, false) } else { (end, true) })
    }

    /// The name nodes that bind `name` in the function or module `scope`, and those that read it.
    pub(crate) fn uses(self, scope: NodeId, name: &str) -> Uses {
        let tree = self.tree();
        let mut uses = Uses { bound: Vec::new(), read: Vec::new(), leaks: false };
        for node in tree.subtree(scope) {
            if scope == NodeId::ROOT && tree.scope(node) != NodeId::ROOT && self.is_local(node, name) {
                continue;
            }
            match tree.kind(node) {
                Kind::Name if self.text(node) == name && tree.field(node) != Field::Key => {
                    if tree.scope(node) != scope {
                        uses.leaks = true;
                    }
                    if self.is_target(node) { uses.bound.push(node) } else { uses.read.push(node) }
                }
                Kind::Parameter if self.name(node) == name && tree.scope(node) == scope => uses.bound.push(node),
                Kind::Global if self.text(node).contains(name) => uses.leaks = true,
                _ => {}
            }
        }
        uses
    }

    /// Whether the function around `node` binds `name` itself.
    fn is_local(self, node: NodeId, name: &str) -> bool {
        let tree = self.tree();
        tree.ancestors(node).filter(|&above| tree.kind(above) == Kind::Function).any(|function| {
            tree.subtree(function).any(|below| match tree.kind(below) {
                Kind::Name => self.text(below) == name && self.is_target(below) && tree.scope(below) == function,
                Kind::Parameter => self.name(below) == name,
                _ => false,
            })
        })
    }

    /// Whether a name stands where it is bound.
    fn is_target(self, node: NodeId) -> bool {
        let tree = self.tree();
        let mut at = node;
        while let Some(above) = tree.parent(at) {
            if tree.field(at) == Field::Target {
                return true;
            }
            if !matches!(tree.kind(above), Kind::Tuple | Kind::List | Kind::Spread | Kind::Other) {
                return false;
            }
            at = above;
        }
        false
    }

    /// Names that an expression reads.
    pub(crate) fn names_in(self, node: NodeId) -> impl Iterator<Item = &'p str> {
        let tree = self.tree();
        tree.subtree(node).filter(move |&below| tree.kind(below) == Kind::Name).map(move |below| self.text(below))
    }

    /// Whether evaluating the expression later gives the same value, as long as none of its names is bound anew.
    pub(crate) fn is_stable(self, node: NodeId) -> bool {
        const PURE: &[&str] = &[
            "str", "int", "float", "len", "strip", "lower", "upper", "get", "join", "format", "repr", "bool", "abs",
            "round", "replace",
        ];
        let tree = self.tree();
        tree.subtree(node).all(|below| match tree.kind(below) {
            Kind::Call => PURE.contains(&self.callee_name(below)),
            Kind::Await | Kind::Yield | Kind::Lambda | Kind::Comprehension => false,
            _ => true,
        })
    }

    /// Whether one of `names` is bound between two offsets, or anywhere in a loop that holds only the later one.
    pub(crate) fn bound_between(self, scope: NodeId, names: &[&str], from: NodeId, to: NodeId) -> bool {
        let tree = self.tree();
        let (start, end) = (tree.span(from).end, tree.span(to).start);
        let loops: Vec<NodeId> = tree
            .ancestors(to)
            .filter(|&above| matches!(tree.kind(above), Kind::For | Kind::While) && !tree.contains(above, from))
            .collect();
        names.iter().any(|name| {
            self.uses(scope, name).bound.iter().any(|&bound| {
                let at = tree.span(bound).start;
                (start <= at && at < end) || loops.iter().any(|&above| tree.contains(above, bound))
            })
        })
    }

    /// The name that a simple assignment binds.
    pub(crate) fn assigned_name(self, statement: NodeId) -> Option<NodeId> {
        let tree = self.tree();
        if !matches!(tree.kind(statement), Kind::Assign | Kind::AugAssign) {
            return None;
        }
        let mut targets = tree.children_in(statement, Field::Target);
        let target = targets.next().filter(|&target| tree.kind(target) == Kind::Name)?;
        targets.next().is_none().then_some(target)
    }

    /// The assignment whose value a read sees, where that is one for sure.
    pub(crate) fn reaching(self, read: NodeId, uses: &Uses) -> Option<NodeId> {
        let tree = self.tree();
        let before = tree.span(read).start;
        let bound = uses.bound.iter().copied().rfind(|&bound| tree.span(bound).start < before)?;
        let statement = tree.statement(bound);
        let mut block = tree.parent(statement)?;
        // The body of a `with` always runs.
        while let Some(with) = tree.parent(block).filter(|&with| tree.kind(with) == Kind::With) {
            block = tree.parent(with)?;
        }
        let dominates = tree.contains(block, read)
            && tree.kind(statement) == Kind::Assign
            && self.assigned_name(statement) == Some(bound);
        (dominates && !self.bound_between(tree.scope(read), &[self.text(read)], bound, read)).then_some(statement)
    }

    /// Whether a statement stands alone on its lines, so that another can follow it.
    pub(crate) fn alone_on_line(self, statement: NodeId) -> bool {
        let text = self.program.text.as_str();
        let span = self.tree().span(statement);
        let start = crate::edit::start_of_line(text, span.start as usize);
        let end = crate::edit::end_of_line(text, span.end as usize);
        let rest = text[span.end as usize..end].trim();
        text[start..span.start as usize].trim().is_empty() && (rest.is_empty() || rest.starts_with('#'))
    }

    /// A name that the unit does not use, starting with `wanted`.
    pub(crate) fn free_name(self, wanted: &str) -> String {
        let taken = |name: &str| {
            let tree = self.tree();
            tree.ids().any(|node| match tree.kind(node) {
                Kind::Name => self.text(node) == name,
                Kind::Function | Kind::Class | Kind::Parameter | Kind::ImportItem => self.name(node) == name,
                _ => false,
            })
        };
        if !taken(wanted) {
            return wanted.to_owned();
        }
        (2..100)
            .map(|number| format!("{wanted}_{number}"))
            .find(|name| !taken(name))
            .unwrap_or_else(|| format!("{wanted}_"))
    }
}

/// Where a name is bound and read.
pub(crate) struct Uses {
    /// Name nodes that bind it (parameters included).
    pub(crate) bound: Vec<NodeId>,
    /// Name nodes that read it.
    pub(crate) read: Vec<NodeId>,
    /// Whether an inner function or a `global` also sees it.
    pub(crate) leaks: bool,
}
