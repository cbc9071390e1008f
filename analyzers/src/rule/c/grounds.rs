//! What a finding in C or C++ rests on, as its steps: declarations, types, values and functions of the unit; never a
//! judgement.

use crate::finding::Step;
use crate::graph::dfg::Value;
use crate::resolve::DefinitionKind;
use crate::rule::Context;
use crate::rule::c::{declared, layout};
use crate::syntax::{Field, Kind, NodeId};

/// Most steps of a finding.
const MOST_STEPS: usize = 8;
/// Most expressions that are followed.
const MOST_EXPRESSIONS: usize = 12;
/// Most nodes of an expression that are looked at.
const MOST_NODES: usize = 40;

/// What an expression rests on: where its names are declared, their types as far as the unit defines them, the values
/// they have here, constants, and the functions that are called.
pub(crate) fn declarations(context: &Context<'_>, node: NodeId) -> Vec<Step> {
    let tree = context.tree();
    let mut grounds = Grounds { context, node, found: Vec::new(), open: vec![node] };
    let mut at = 0;
    while let Some(&expression) = grounds.open.get(at) {
        at += 1;
        for part in tree.subtree(expression).take(MOST_NODES) {
            match context.kind(part) {
                Kind::Name => grounds.name(part),
                Kind::Type => grounds.class(context.source(part)),
                Kind::Call => {
                    if let Some(function) = context.flow().data().called(part) {
                        grounds.add(function, "the function");
                    }
                }
                _ => {}
            }
        }
    }
    grounds.found.into_iter().map(|(at, note)| Step { span: tree.span(at), note: note.to_owned() }).collect()
}

struct Grounds<'c, 'p> {
    context: &'c Context<'p>,
    node: NodeId,
    found: Vec<(NodeId, &'static str)>,
    open: Vec<NodeId>,
}

impl Grounds<'_, '_> {
    fn add(&mut self, at: NodeId, note: &'static str) {
        let known = self.found.iter().any(|&(other, _)| other == at);
        if !known && self.found.len() < MOST_STEPS && !self.context.tree().contains(at, self.node) {
            self.found.push((at, note));
        }
    }

    fn follow(&mut self, expression: NodeId) {
        let within = self.context.tree().contains(self.node, expression);
        if !within && self.open.len() < MOST_EXPRESSIONS && !self.open.contains(&expression) {
            self.open.push(expression);
        }
    }

    /// A structure or another name for a type, where the unit says what it is.
    fn class(&mut self, kind: &str) {
        let word = |letter: char| !(letter.is_alphanumeric() || letter == '_');
        let last = kind.trim_end_matches(word).rsplit(word).next().unwrap_or_default();
        if let Some(&class) = self.context.types().get(last).filter(|_| !last.is_empty()) {
            self.add(class, "the type");
        }
        if let Some(class) = layout::class(self.context, kind) {
            self.add(class, "the type");
        }
    }

    fn name(&mut self, part: NodeId) {
        let context = self.context;
        let tree = context.tree();
        if let Some(own) = declared(context, part) {
            self.add(own.node, "declared here");
            self.class(own.kind);
            let sizes: Vec<NodeId> = tree.children_in(own.node, Field::Index).take(4).collect();
            for size in sizes {
                self.follow(size);
            }
        }
        let names = &context.program().names;
        let constant = names.binding(part).and_then(|binding| {
            let all = names.definitions(binding).iter().take(4);
            let mut macros = all.filter(|definition| definition.kind != DefinitionKind::Function);
            macros.find(|definition| {
                let assign = tree.parent(definition.node).unwrap_or(definition.node);
                context.source(assign).starts_with('#')
            })
        });
        if let Some(constant) = constant {
            self.add(constant.node, "defined here");
        }
        let data = context.flow().data();
        for &at in data.definitions_of(part).iter().take(4) {
            match data.definitions.get(at as usize).map(|definition| definition.value) {
                Some(Value::Expression(value)) => {
                    self.add(value, "its value");
                    self.follow(value);
                }
                Some(Value::Written(call, _)) => self.add(call, "filled here"),
                _ => {}
            }
        }
    }
}
