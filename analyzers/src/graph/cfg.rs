//! Control flow between statements: branches, loops, exceptions, exits; linear in the size of the tree.
//!
//! Every function and block-bodied lambda is a scope of its own, entered from the vertex that declares it. What lies
//! in a block without being a statement (recovered parts of broken code) is a vertex too, so fragments have flow.

use crate::graph::Edge;
use crate::program::Program;
use crate::syntax::{Field, Kind, NodeId, Tree};

/// Control flow of one unit.
#[derive(Debug)]
pub(crate) struct ControlFlow {
    /// Vertex → tree node; vertex 0 is the module.
    pub(crate) nodes: Vec<NodeId>,
    /// Vertex → scope.
    pub(crate) scope_of: Vec<u32>,
    /// Scope → the tree node that opens it; scope 0 is the module.
    pub(crate) scopes: Vec<NodeId>,
    /// Scope → the vertex that declares it (0 for the module).
    pub(crate) declared_by: Vec<u32>,
    /// From, to, kind. A `Child` edge leads from a declaration to the first vertex of its scope.
    pub(crate) edges: Vec<(u32, u32, Edge)>,
    /// Tree node → the vertex that evaluates it.
    owner: Vec<u32>,
    /// Ranges of tree nodes that constant conditions keep from running, in order.
    pub(crate) dead: Vec<(NodeId, NodeId)>,
}

impl ControlFlow {
    /// The vertex that evaluates a tree node.
    pub(crate) fn vertex(&self, node: NodeId) -> u32 {
        self.owner.get(node.index()).copied().unwrap_or(0)
    }
}

/// Vertices whose next step is not known yet, with the kind of edge that will lead there.
type Open = Vec<(u32, Edge)>;

/// Deepest nesting of statements that has flow of its own; what is deeper counts as one statement.
const MOST_DEPTH: u32 = 300;

enum Frame {
    /// A loop: where `continue` goes, and what left by `break`.
    Loop { head: u32, breaks: Open },
    /// A switch: what left by `break`.
    Switch { breaks: Open },
    /// A `try` with handlers: what may raise inside.
    Handlers { raises: Vec<u32> },
    /// A `try` with a `finally`: what enters it other than by falling through.
    Finally { enters: Open },
}

struct Builder<'p> {
    program: &'p Program,
    tree: &'p Tree,
    flow: ControlFlow,
    frames: Vec<Frame>,
    scope: u32,
    depth: u32,
    /// Scopes to visit: the node that opens them and the vertex that declares them.
    pending: Vec<(NodeId, u32)>,
    /// Labels of the scope, with the vertex that comes next.
    labels: Vec<(&'p str, u32)>,
    /// Jumps to labels of the scope.
    jumps: Vec<(u32, &'p str)>,
}

/// Builds the control flow of a program.
pub(crate) fn build(program: &Program) -> ControlFlow {
    let tree = &program.tree;
    let flow = ControlFlow {
        nodes: vec![NodeId::ROOT],
        scope_of: vec![0],
        scopes: vec![NodeId::ROOT],
        declared_by: vec![0],
        edges: Vec::with_capacity(tree.len() / 6),
        owner: vec![0; tree.len()],
        dead: Vec::new(),
    };
    let mut builder = Builder {
        program,
        tree,
        flow,
        frames: Vec::new(),
        scope: 0,
        depth: 0,
        pending: Vec::new(),
        labels: Vec::new(),
        jumps: Vec::new(),
    };
    if !tree.is_empty() {
        builder.sequence(NodeId::ROOT, vec![(0, Edge::Next)]);
    }
    builder.join_labels();
    while let Some((node, declared_by)) = builder.pending.pop() {
        builder.open_scope(node, declared_by);
    }
    builder.flow
}

impl Builder<'_> {
    fn open_scope(&mut self, node: NodeId, declared_by: u32) {
        self.scope = self.flow.scopes.len() as u32;
        self.flow.scopes.push(node);
        self.flow.declared_by.push(declared_by);
        self.frames.clear();
        // What could not be read of a body stands beside it.
        let is_body = |&part: &NodeId| self.tree.field(part) == Field::Body || self.tree.kind(part) == Kind::Error;
        let parts: Vec<NodeId> = self.tree.children(node).filter(is_body).collect();
        let mut open = vec![(declared_by, Edge::Child)];
        for part in parts {
            open = self.sequence(part, open);
        }
        self.join_labels();
    }

    /// Leads the jumps of the scope to their labels.
    fn join_labels(&mut self) {
        self.labels.sort_unstable();
        for (from, label) in std::mem::take(&mut self.jumps) {
            let at = self.labels.partition_point(|&(known, _)| known < label);
            let Some(&(_, to)) = self.labels.get(at).filter(|&&(known, _)| known == label) else { continue };
            if self.flow.scope_of.get(to as usize) == Some(&self.scope) {
                self.flow.edges.push((from, to, if to > from { Edge::Next } else { Edge::Back }));
            }
        }
        self.labels.clear();
    }

    fn vertex(&mut self, node: NodeId, from: &mut Open) -> u32 {
        let vertex = self.flow.nodes.len() as u32;
        self.flow.nodes.push(node);
        self.flow.scope_of.push(self.scope);
        self.flow.edges.extend(from.drain(..).map(|(source, edge)| (source, vertex, edge)));
        vertex
    }

    /// Gives every node below `node` to `vertex`; parts that become vertices themselves claim theirs afterwards.
    fn own(&mut self, node: NodeId, vertex: u32) {
        let range = node.index()..self.tree.end(node).index();
        if let Some(owned) = self.flow.owner.get_mut(range) {
            owned.fill(vertex);
        }
    }

    /// The parts of a statement that it evaluates itself; also opens the scopes of lambdas among them.
    fn own_parts(&mut self, node: NodeId, vertex: u32) {
        if let Some(owner) = self.flow.owner.get_mut(node.index()) {
            *owner = vertex;
        }
        for child in self.tree.children(node) {
            let nested = matches!(self.tree.kind(child), Kind::Block | Kind::Handler | Kind::Case)
                || matches!(self.tree.field(child), Field::Body | Field::Else | Field::Finally);
            if !nested {
                self.own(child, vertex);
                self.lambdas(child, vertex);
            }
        }
    }

    fn lambdas(&mut self, node: NodeId, vertex: u32) {
        let mut at = node;
        let end = self.tree.end(node);
        while at < end {
            let is_scope = match self.tree.kind(at) {
                Kind::Function => true,
                Kind::Lambda => {
                    self.tree.child(at, Field::Body).is_some_and(|body| self.tree.kind(body) == Kind::Block)
                }
                _ => false,
            };
            if is_scope {
                self.pending.push((at, vertex));
                at = self.tree.end(at);
            } else {
                at = NodeId(at.0 + 1);
            }
        }
    }

    /// The statements of a block, or the one statement that stands for it.
    fn sequence(&mut self, block: NodeId, mut open: Open) -> Open {
        if matches!(self.tree.kind(block), Kind::Block | Kind::Module | Kind::Error) {
            for child in self.tree.children(block) {
                open = self.step(child, open);
            }
            open
        } else {
            self.step(block, open)
        }
    }

    fn step(&mut self, node: NodeId, open: Open) -> Open {
        if self.depth >= MOST_DEPTH {
            let mut open = open;
            return vec![(self.whole(node, &mut open), Edge::Next)];
        }
        self.depth += 1;
        let open = self.stepped(node, open);
        self.depth -= 1;
        open
    }

    fn stepped(&mut self, node: NodeId, mut open: Open) -> Open {
        if !self.tree.is_statement(node) && !matches!(self.tree.kind(node), Kind::Block | Kind::Error) {
            let vertex = self.whole(node, &mut open);
            self.raises(vertex);
            return vec![(vertex, Edge::Next)];
        }
        match self.tree.kind(node) {
            Kind::Block | Kind::Error => {
                let label = self.tree.name(node, &self.program.text);
                if !label.is_empty() {
                    self.labels.push((label, self.flow.nodes.len() as u32));
                }
                self.sequence(node, open)
            }
            Kind::If => self.branch(node, open),
            Kind::While | Kind::For => self.looped(node, open),
            Kind::Try => self.guarded(node, open),
            Kind::Switch => self.switch(node, open),
            Kind::Class => {
                let vertex = self.simple(node, &mut open);
                let mut inside = vec![(vertex, Edge::Next)];
                for body in self.tree.children_in(node, Field::Body) {
                    inside = self.sequence(body, inside);
                }
                inside
            }
            Kind::Function => {
                let vertex = self.simple(node, &mut open);
                self.pending.push((node, vertex));
                vec![(vertex, Edge::Next)]
            }
            Kind::With | Kind::Handler | Kind::Case => {
                let vertex = self.simple(node, &mut open);
                self.raises(vertex);
                let mut inside = vec![(vertex, Edge::Next)];
                for body in self.tree.children_in(node, Field::Body) {
                    inside = self.sequence(body, inside);
                }
                inside
            }
            Kind::Return => {
                let vertex = self.whole(node, &mut open);
                self.raises(vertex);
                self.leave(vertex);
                Open::new()
            }
            Kind::Raise => {
                let vertex = self.whole(node, &mut open);
                self.raises(vertex);
                Open::new()
            }
            Kind::Break => {
                let vertex = self.whole(node, &mut open);
                match self.tree.name(node, &self.program.text) {
                    "" => self.jump(vertex, true),
                    label => self.jumps.push((vertex, label)),
                }
                Open::new()
            }
            Kind::Continue => {
                let vertex = self.whole(node, &mut open);
                self.jump(vertex, false);
                Open::new()
            }
            Kind::Pass | Kind::Global => vec![(self.whole(node, &mut open), Edge::Next)],
            _ => {
                let vertex = self.whole(node, &mut open);
                self.raises(vertex);
                vec![(vertex, Edge::Next)]
            }
        }
    }

    /// A vertex that evaluates only its own parts (header of a compound statement).
    fn simple(&mut self, node: NodeId, open: &mut Open) -> u32 {
        let vertex = self.vertex(node, open);
        self.own_parts(node, vertex);
        vertex
    }

    /// A vertex that evaluates everything below it.
    fn whole(&mut self, node: NodeId, open: &mut Open) -> u32 {
        let vertex = self.vertex(node, open);
        self.own(node, vertex);
        self.lambdas(node, vertex);
        vertex
    }

    fn truth(&self, node: NodeId) -> Option<bool> {
        let test = self.tree.child(node, Field::Test)?;
        super::truth(self.program, test)
    }

    fn bury(&mut self, node: NodeId) {
        self.flow.dead.push((node, self.tree.end(node)));
    }

    fn branch(&mut self, node: NodeId, mut open: Open) -> Open {
        let vertex = self.simple(node, &mut open);
        self.raises(vertex);
        let truth = self.truth(node);
        let mut after = Open::new();
        for (field, edge, dead) in
            [(Field::Body, Edge::True, truth == Some(false)), (Field::Else, Edge::False, truth == Some(true))]
        {
            let mut inside = if dead { Open::new() } else { vec![(vertex, edge)] };
            for part in self.tree.children_in(node, field) {
                if dead {
                    self.bury(part);
                }
                inside = self.sequence(part, inside);
            }
            after.append(&mut inside);
        }
        after
    }

    fn looped(&mut self, node: NodeId, mut open: Open) -> Open {
        let vertex = self.simple(node, &mut open);
        self.raises(vertex);
        let truth = if self.tree.kind(node) == Kind::While { self.truth(node) } else { None };
        self.frames.push(Frame::Loop { head: vertex, breaks: Open::new() });
        // The body of a `do` stands before its condition and runs at least once.
        let (body, test) = (self.tree.child(node, Field::Body), self.tree.child(node, Field::Test));
        let runs = body.is_some() && test.is_some() && body < test;
        let truth = truth.filter(|&truth| truth || !runs);
        let mut inside = if truth == Some(false) { Open::new() } else { vec![(vertex, Edge::True)] };
        for body in self.tree.children_in(node, Field::Body) {
            if truth == Some(false) {
                self.bury(body);
            }
            inside = self.sequence(body, inside);
        }
        self.flow.edges.extend(
            inside
                .into_iter()
                .map(|(source, edge)| (source, vertex, if edge == Edge::Next { Edge::Back } else { edge })),
        );
        let breaks = match self.frames.pop() {
            Some(Frame::Loop { breaks, .. }) => breaks,
            _ => Open::new(),
        };
        let mut after = if truth == Some(true) { Open::new() } else { vec![(vertex, Edge::False)] };
        for part in self.tree.children_in(node, Field::Else) {
            after = self.sequence(part, after);
        }
        after.extend(breaks);
        after
    }

    fn guarded(&mut self, node: NodeId, mut open: Open) -> Open {
        let vertex = self.simple(node, &mut open);
        let has_finally = self.tree.child(node, Field::Finally).is_some();
        let has_handlers = self.tree.child(node, Field::Handler).is_some();
        if has_finally {
            self.frames.push(Frame::Finally { enters: Open::new() });
        }
        if has_handlers {
            self.frames.push(Frame::Handlers { raises: Vec::new() });
        }
        let mut inside = vec![(vertex, Edge::Next)];
        for body in self.tree.children_in(node, Field::Body) {
            inside = self.sequence(body, inside);
        }
        let mut unmatched = Open::new();
        if has_handlers && let Some(Frame::Handlers { raises }) = self.frames.pop() {
            unmatched = raises.into_iter().map(|source| (source, Edge::Exception)).collect();
            if unmatched.is_empty() {
                unmatched.push((vertex, Edge::Exception));
            }
        }
        for part in self.tree.children_in(node, Field::Else) {
            inside = self.sequence(part, inside);
        }
        for handler in self.tree.children_in(node, Field::Handler) {
            let caught = self.flow.nodes.len() as u32;
            inside.append(&mut self.step(handler, unmatched));
            unmatched = vec![(caught, Edge::False)];
        }
        if has_finally && let Some(Frame::Finally { enters }) = self.frames.pop() {
            inside.extend(enters);
            for part in self.tree.children_in(node, Field::Finally) {
                inside = self.sequence(part, inside);
            }
        }
        inside
    }

    fn switch(&mut self, node: NodeId, mut open: Open) -> Open {
        let vertex = self.simple(node, &mut open);
        self.raises(vertex);
        let falls_through = self.program.language.falls_through();
        self.frames.push(Frame::Switch { breaks: Open::new() });
        let mut fallen = Open::new();
        let cases: Vec<NodeId> = self
            .tree
            .children(node)
            .flat_map(|child| {
                let inner = if self.tree.kind(child) == Kind::Block { Some(child) } else { None };
                let direct = (self.tree.kind(child) == Kind::Case).then_some(child);
                direct.into_iter().chain(inner.into_iter().flat_map(|block| self.tree.children(block)))
            })
            .filter(|&child| self.tree.kind(child) == Kind::Case)
            .collect();
        let complete = self.program.language.is_c_family()
            && cases.iter().any(|&case| self.tree.child(case, Field::Test).is_none());
        let mut after = if complete { Open::new() } else { vec![(vertex, Edge::False)] };
        for case in cases {
            let mut from = vec![(vertex, Edge::True)];
            from.append(&mut fallen);
            let mut inside = self.step(case, from);
            if falls_through {
                fallen = inside;
            } else {
                after.append(&mut inside);
            }
        }
        after.append(&mut fallen);
        if let Some(Frame::Switch { breaks }) = self.frames.pop() {
            after.extend(breaks);
        }
        after
    }

    /// Where an exception of `vertex` goes inside this scope.
    fn raises(&mut self, vertex: u32) {
        for frame in self.frames.iter_mut().rev() {
            match frame {
                Frame::Handlers { raises } => return raises.push(vertex),
                Frame::Finally { enters } => return enters.push((vertex, Edge::Exception)),
                Frame::Loop { .. } | Frame::Switch { .. } => {}
            }
        }
    }

    /// A `return` runs the innermost `finally` first.
    fn leave(&mut self, vertex: u32) {
        if let Some(Frame::Finally { enters }) =
            self.frames.iter_mut().rev().find(|frame| matches!(frame, Frame::Finally { .. }))
        {
            enters.push((vertex, Edge::Next));
        }
    }

    fn jump(&mut self, vertex: u32, is_break: bool) {
        for frame in self.frames.iter_mut().rev() {
            match frame {
                Frame::Finally { enters } => enters.push((vertex, Edge::Next)),
                Frame::Switch { breaks } if is_break => return breaks.push((vertex, Edge::Next)),
                Frame::Loop { breaks, .. } if is_break => return breaks.push((vertex, Edge::Next)),
                Frame::Loop { head, .. } => return self.flow.edges.push((vertex, *head, Edge::Back)),
                Frame::Switch { .. } | Frame::Handlers { .. } => {}
            }
        }
    }
}
