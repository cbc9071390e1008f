//! Tokens of Python that are made of the time, the machine's address or a number that was seeded.

use super::purpose;
use crate::concept;
use crate::finding::Confidence;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::words::{names_unguessable, words};

const CLOCKS: &[&str] =
    &["time.time", "time.time_ns", "datetime.datetime.now", "datetime.datetime.utcnow", "time.monotonic", "os.getpid"];

pub(super) fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let unguessable = || purpose(context, call).iter().any(|name| names_unguessable(name));
    match path {
        "uuid.uuid1" | "uuid.getnode" if unguessable() => {
            report(context, call, "It is made of the time and the machine's address.", found);
        }
        "hashlib.md5" | "hashlib.sha1" | "hashlib.sha256" | "hashlib.sha512" => {
            let Some(data) = context.positional(call, 0) else { return };
            let tree = context.tree();
            let value = context.value(data);
            let calls = |wanted: &dyn Fn(&str) -> bool| {
                [data, value].into_iter().any(|root| {
                    tree.subtree(root).take(120).any(|part| {
                        let made = if context.kind(part) == Kind::Name { context.value(part) } else { part };
                        context.kind(made) == Kind::Call && wanted(context.callee(made))
                    })
                })
            };
            let random = |path: &str| {
                ["secrets.", "os.urandom", "uuid.uuid4", "random."].iter().any(|head| path.starts_with(head))
            };
            let secret = tree.subtree(data).take(120).any(|part| {
                matches!(context.kind(part), Kind::Name | Kind::Attribute)
                    && words(context.name(part)).iter().any(|word| matches!(word.as_str(), "secret" | "key" | "salt"))
            });
            if calls(&|path| CLOCKS.contains(&path)) && !calls(&random) && !secret && unguessable() {
                report(context, call, "It is made of the time, which others know.", found);
            }
        }
        _ => {}
    }
}

fn report(context: &Context<'_>, call: NodeId, why: &str, found: &mut Findings) {
    let message = format!("A value that must not be guessed can be guessed. {why}");
    let report = Report::issue(call, concept::INSECURE_RANDOM, message).cwe(&[330, 340, 338]);
    found.push(context, report.confidence(Confidence::Medium));
}
