//! CWE-908: buffers of Node.js that show old memory, and reads past their ends.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::script::outside;
use crate::rule::{Context, Findings, Report, Rule, javascript, javascript_row};
use crate::syntax::{Kind, NodeId};
use crate::taint::Purposes;

pub(crate) const RULE: Rule = Rule {
    id: "node-buffer",
    cwe: &[908, 770],
    severity: Severity::Medium,
    summary: "A buffer is made in a way that can show old memory or take as much as a request asks for.",
    advice: "Use `Buffer.from` for data and `Buffer.alloc` for sizes, with a limit on the size.",
    rows: &[javascript_row(&[Kind::Call, Kind::New], check)],
    bad: &[javascript("app.get('/', (req, res) => { res.end(new Buffer(req.query.data)); });\n")],
    good: &[
        javascript("app.get('/', (req, res) => { res.end(Buffer.from(req.query.data)); });\n"),
        javascript("const zeros = Buffer.alloc(16);\n"),
    ],
};

fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let path = path.strip_prefix("buffer.").unwrap_or(path);
    let first = context.positional(call, 0);
    match path {
        "Buffer" | "SlowBuffer" => {
            let Some(first) = first else { return };
            if let Some(taint) = outside(context, first, Purposes::SIZE) {
                let message = format!(
                    "A buffer is made from {}: a number in it is a size, and old memory is shown.",
                    taint.source()
                );
                let report = Report::issue(call, concept::UNBOUNDED_WORK, message).confidence(Confidence::Medium);
                return found.push(context, report.trace(taint.trace));
            }
            let message = "The old constructor of buffers takes a number for a size and does not clear the memory.";
            found.push(context, Report::audit(call, concept::UNBOUNDED_WORK, message).cwe(&[770, 908]));
        }
        "Buffer.allocUnsafe" | "Buffer.allocUnsafeSlow" => {
            let message = "The memory of this buffer is not cleared.";
            found.push(context, Report::audit(call, concept::UNCHECKED_RESULT, message));
        }
        _ => {
            let method = context.method(call);
            let reads = [
                "readUInt",
                "readInt",
                "readFloat",
                "readDouble",
                "writeUInt",
                "writeInt",
                "writeFloat",
                "writeDouble",
            ]
            .iter()
            .any(|start| method.starts_with(start));
            let unchecked = context
                .tree()
                .positional(call)
                .last()
                .is_some_and(|last| context.kind(last) == Kind::Bool && context.truth(last) == Some(true));
            if reads && unchecked {
                let message = "The bounds of this access are not checked.";
                found.push(context, Report::audit(call, concept::UNCHECKED_RESULT, message).cwe(&[119, 125]));
            }
        }
    }
}
