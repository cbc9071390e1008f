//! Replacements in JavaScript that take out what does harm.

use super::{Flow, Purposes};
use crate::graph::dfg::Value;
use crate::pattern::{characters, kept};
use crate::syntax::{Field, Kind, NodeId};

impl Flow<'_> {
    /// What the result of `text.replace(/[<>]/g, "")` is safe for.
    pub(super) fn taken_out(&self, call: NodeId, method: &str) -> Purposes {
        if !self.program().language.is_script() || !matches!(method, "replace" | "replaceAll") {
            return Purposes::NONE;
        }
        let mut arguments = self.tree().positional(call);
        let (Some(from), Some(to)) = (arguments.next(), arguments.next()) else { return Purposes::NONE };
        if self.climbs_no_more(call, from, to) {
            return Purposes::PATH;
        }
        let Some(pattern) = self.every(from) else { return Purposes::NONE };
        let Some(to) = self.program().names.text(to) else { return Purposes::NONE };
        if let Some(class) = kept(pattern) {
            let harmless = !class.contains(['<', '"', '\'', ';', '`', '$', '|', '&']);
            return match class.contains('/') && class.contains('.') {
                _ if !harmless || to.contains(['<', '"', '\'', '/', '.']) => Purposes::NONE,
                true => Purposes::SHELL.with(Purposes::SQL).with(Purposes::HTML).with(Purposes::LINE),
                false => Purposes::ALL,
            };
        }
        let mut safe = Purposes::NONE;
        // `text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")`
        if pattern.starts_with(['[', '(']) && pattern.contains('*') && matches!(to, "\\$&" | "\\$1") {
            safe = safe.with(Purposes::REGEX);
        }
        if pattern.contains("\\n") && to.bytes().all(|byte| byte != b'\n') {
            safe = safe.with(Purposes::LINE);
        }
        let Some(set) = characters(pattern) else { return safe };
        let gone = |sign: char| set.contains(&sign) && !to.contains(sign);
        if gone('<') {
            safe = safe.with(Purposes::HTML);
        }
        if gone('/') {
            safe = safe.with(Purposes::PATH);
        }
        // `'` doubled for a query, or closed and opened again for a shell.
        if set.contains(&'\'') && to == "''" {
            safe = safe.with(Purposes::SQL);
        }
        if set.contains(&'\'') && to == "'\\''" {
            safe = safe.with(Purposes::SHELL);
        }
        safe
    }

    /// `path.normalize(name).replace(/^(\.\.[/\\])+/, "")`: after normalising, steps up stand at the start only.
    fn climbs_no_more(&self, call: NodeId, from: NodeId, to: NodeId) -> bool {
        let tree = self.tree();
        let pattern = self.text(from);
        let starts =
            ["/^(\\.\\.", "/^(?:\\.\\.", "/^(\\.{2}", "/^([.][.]"].iter().any(|start| pattern.starts_with(start))
                && (pattern.contains(")+") || pattern.contains(")*"));
        let object = tree.child(call, Field::Callee).and_then(|callee| tree.child(callee, Field::Object));
        let Some(object) = object.filter(|_| starts && self.program().names.text(to) == Some("")) else { return false };
        let mut made = vec![object];
        made.extend(self.data.definitions_of(object).iter().filter_map(|&at| {
            match self.data.definitions[at as usize].value {
                Value::Expression(value) => Some(value),
                _ => None,
            }
        }));
        made.into_iter().any(|value| {
            tree.kind(value) == Kind::Call
                && tree
                    .child(value, Field::Callee)
                    .and_then(|callee| self.path(callee))
                    .is_some_and(|path| matches!(path, "path.normalize" | "path.posix.normalize" | "path.join"))
        })
    }

    /// The pattern of a regular expression that replaces every match.
    fn every(&self, node: NodeId) -> Option<&str> {
        let tree = self.tree();
        let value = match tree.kind(node) {
            Kind::Name => match self.data.definitions_of(node)[..] {
                [only] => match self.data.definitions[only as usize].value {
                    Value::Expression(value) => value,
                    _ => return None,
                },
                _ => return None,
            },
            _ => node,
        };
        match tree.kind(value) {
            Kind::Regex => {
                let (pattern, flags) = self.text(value).strip_prefix('/')?.rsplit_once('/')?;
                flags.contains('g').then_some(pattern)
            }
            Kind::New | Kind::Call
                if tree.child(value, Field::Callee).is_some_and(|callee| self.text(callee) == "RegExp") =>
            {
                let mut arguments = tree.positional(value);
                let pattern = self.program().names.text(arguments.next()?)?;
                let flags = arguments.next()?;
                // Flags that are not known may well hold it.
                self.program().names.text(flags).is_none_or(|flags| flags.contains('g')).then_some(pattern)
            }
            _ => None,
        }
    }
}
