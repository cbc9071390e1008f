//! CWE-362: threads that change what they share without a lock.

use std::collections::HashSet;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report, Rule, python, python_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "race-condition",
    cwe: &[362, 366],
    severity: Severity::Medium,
    summary: "Several threads read and write the same value without a lock.",
    advice: "Hold a `threading.Lock` from the check to the change, or let one thread own the value.",
    rows: &[python_row(&[Kind::AugAssign], check_python)],
    bad: &[
        python(
            "import threading\ncounter = 0\ndef work():\n    global counter\n    for _ in range(1000):\n        counter += 1\nthreads = [threading.Thread(target=work) for _ in range(4)]\n",
        ),
        python(
            "import threading\nclass Account:\n    def __init__(self):\n        self.balance = 10\n    def withdraw(self, amount):\n        if self.balance >= amount:\n            self.balance -= amount\naccount = Account()\nthreading.Thread(target=account.withdraw, args=(5,)).start()\n",
        ),
    ],
    good: &[
        python(
            "import threading\ncounter = 0\nlock = threading.Lock()\ndef work():\n    global counter\n    with lock:\n        counter += 1\nthreads = [threading.Thread(target=work) for _ in range(4)]\n",
        ),
        python("counter = 0\ndef work():\n    global counter\n    counter += 1\n"),
        python(
            "import threading\ndef work():\n    total = 0\n    for n in range(9):\n        total += n\nthreading.Thread(target=work).start()\n",
        ),
    ],
};

fn check_python(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let threads = ["Thread(", "ThreadPoolExecutor", "ThreadPool("].iter().any(|word| context.mentions(word));
    if !threads || ["Lock", "Semaphore", "Condition(", "lock"].iter().any(|word| context.mentions(word)) {
        return;
    }
    let tree = context.tree();
    let Some(target) = tree.child(node, Field::Target).or_else(|| tree.children(node).next()) else { return };
    let Some(function) = context.function(node) else { return };
    let shared = match context.kind(target) {
        Kind::Name => {
            let name = context.source(target);
            tree.subtree(function).take(600).any(|part| {
                let text = context.source(part);
                text.starts_with("global ") && text["global ".len()..].split(',').any(|known| known.trim() == name)
            })
        }
        Kind::Attribute => tree.child(target, Field::Object).is_some_and(|object| context.source(object) == "self"),
        _ => false,
    };
    if !shared || context.name(function) == "__init__" {
        return;
    }
    // The function, or one that calls it, is what a thread runs.
    if run_by_threads(context).contains(context.name(function)) {
        let message = "Threads change this value at the same time without a lock.";
        found.push(context, Report::issue(node, concept::RACE_CONDITION, message).confidence(Confidence::Medium));
    }
}

/// Names of functions that threads run, and of those that they call.
fn run_by_threads<'c>(context: &'c Context<'_>) -> HashSet<&'c str> {
    let tree = context.tree();
    let mut names = HashSet::new();
    for node in tree.ids().take(20_000).filter(|&node| context.kind(node) == Kind::Call) {
        if let Some((function, _)) = context.handed_over(node) {
            let last = match context.kind(function) {
                Kind::Name | Kind::Attribute => context.name(function),
                _ => continue,
            };
            names.insert(last);
        }
    }
    let called: Vec<&str> = tree
        .ids()
        .take(20_000)
        .filter(|&node| context.kind(node) == Kind::Call)
        .filter(|&node| context.function(node).is_some_and(|function| names.contains(context.name(function))))
        .map(|node| context.method(node))
        .filter(|name| !name.is_empty())
        .take(200)
        .collect();
    names.extend(called);
    names
}
