//! A compact s-expression of a tree, for tests and for looking at what lowering made of a unit.

use super::{Field, Kind, NodeId, Tree};

impl Tree {
    /// The subtree of `id` as an s-expression: `(Call callee:(Name run) argument:(String "ls"))`.
    pub fn outline(&self, id: NodeId, text: &str) -> String {
        let mut out = String::new();
        let mut open: Vec<NodeId> = Vec::new();
        for node in self.subtree(id) {
            while let Some(&above) = open.last() {
                if node < self.end(above) {
                    break;
                }
                out.push(')');
                open.pop();
            }
            if !out.is_empty() {
                out.push(' ');
            }
            if self.field(node) != Field::Item && node != id {
                out.extend(format!("{:?}:", self.field(node)).chars().map(|letter| letter.to_ascii_lowercase()));
            }
            out.extend(format!("({:?}", self.kind(node)).chars());
            let label = match self.kind(node) {
                Kind::Number | Kind::Bool | Kind::Text | Kind::String => self.text(node, text),
                Kind::Template => "",
                _ => self.name(node, text),
            };
            if !label.is_empty() {
                out.push(' ');
                out.push_str(label);
            }
            if let Some(path) = self.import_path(node) {
                out.push_str(" = ");
                out.push_str(path);
            }
            open.push(node);
        }
        out.extend(open.iter().map(|_| ')'));
        out
    }
}
