//! CWE-476: a value that is null, or was just found to be, is used as an object.

mod go;
mod native;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::graph::dfg::Value;
use crate::lang::Language;
use crate::rule::{Context, Findings, Report, Rule, c, c_row, example, java, java_row, row};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "null-dereference",
    cwe: &[476],
    severity: Severity::Low,
    summary: "A value that is null is used as an object.",
    advice: "Check for null and leave, or give the value before it is used.",
    rows: &[
        go_row(&[Kind::Assign], go::check),
        c_row(&[Kind::Unary, Kind::Subscript, Kind::Attribute, Kind::Call], native::used),
        c_row(&[Kind::If], native::checked_late),
        java_row(&[Kind::Attribute, Kind::Subscript], of_object),
        java_row(&[Kind::For], of_loop),
        java_row(&[Kind::With], of_lock),
        row(&[Language::CSharp], &[Kind::Attribute, Kind::Subscript], of_object),
        row(&[Language::CSharp], &[Kind::For], of_loop),
    ],
    bad: &[
        golang(
            "package p\nimport \"net/http\"\nfunc fetch(url string) error {\n\tresp, err := http.Get(url)\n\tdefer resp.Body.Close()\n\tif err != nil { return err }\n\treturn nil\n}\n",
        ),
        golang(
            "package p\nfunc count(words []string) {\n\tvar seen map[string]int\n\tfor _, word := range words {\n\t\tseen[word]++\n\t\tseen[word] = 1\n\t}\n}\n",
        ),
        c("int f(void) { int *p = 0; return *p; }\n"),
        c("#include <string.h>\nvoid f(const char *s) { char *copy = NULL; strcpy(copy, s); }\n"),
        c("int f(struct node *n) { int value = n->value; if (n == NULL) return 0; return value; }\n"),
        example(Language::CSharp, "class A { void F() { string s = null; Console.WriteLine(s.Length); } }\n"),
        example(
            Language::CSharp,
            "class A { int F(string s) { if (s is null) { Log(\"none\"); } return s.Length; } }\n",
        ),
        java("class A { void f() { String s = null; System.out.println(s.length()); } }\n"),
        java("class A { int f(String s) { if (s == null) { log(\"none\"); } return s.length(); } }\n"),
    ],
    good: &[
        golang(
            "package p\nimport \"net/http\"\nfunc fetch(url string) error {\n\tresp, err := http.Get(url)\n\tif err != nil { return err }\n\tdefer resp.Body.Close()\n\treturn nil\n}\n",
        ),
        golang(
            "package p\nfunc count(words []string) {\n\tvar seen map[string]int\n\tseen = make(map[string]int)\n\tfor _, word := range words {\n\t\tseen[word] = 1\n\t}\n}\n",
        ),
        golang(
            "package p\nimport \"encoding/json\"\nfunc read(data []byte) error {\n\tvar values map[string]int\n\tif err := json.Unmarshal(data, &values); err != nil { return err }\n\tvalues[\"a\"] = 1\n\treturn nil\n}\n",
        ),
        c("int f(void) { int n = 1; int *p = 0; p = &n; return *p; }\n"),
        c("int f(void) { int *p = NULL; if (get(&p)) return *p; return 0; }\n"),
        c("int f(struct node *n) { if (n == NULL) return 0; return n->value; }\n"),
        c("int f(struct node *n) { int size = sizeof(n->value); if (!n) return 0; return size; }\n"),
        c(
            "int f(struct node *n) { while (n->next) n = n->next; n = find(n->next); if (!n) return 0; return n->value; }\n",
        ),
        example(Language::CSharp, "class A { int? F() { string s = null; return s?.Length; } }\n"),
        example(
            Language::CSharp,
            "class A { int F(Dictionary<string, string> d) { string s = null; if (!d.TryGetValue(\"a\", out s)) { return 0; } return s.Length; } }\n",
        ),
        example(
            Language::CSharp,
            "class A { int F() { string s = null; if (G()) { s = \"a\"; } return s is null ? 0 : s.Length; } }\n",
        ),
        java("class A { int f(String s) { if (s == null) { return 0; } return s.length(); } }\n"),
        java("class A { int f() { String s = null; if (g()) { s = \"a\"; } return s == null ? 0 : s.length(); } }\n"),
        java("class A { int f() { String s = null; try { s = g(); } finally { h(); } return s.length(); } }\n"),
    ],
};

fn of_object(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(object) = tree.child(node, Field::Object) else { return };
    if tree.field(node) == Field::Target && context.kind(node) == Kind::Attribute {
        return;
    }
    if context.program().language == Language::CSharp && allows_null(context, node, object) {
        return;
    }
    check(context, node, object, found);
}

/// Whether a member may be asked of null: `a?.b`, `a.HasValue`, and what an extension method takes.
fn allows_null(context: &Context<'_>, node: NodeId, object: NodeId) -> bool {
    let end = context.tree().span(object).end as usize;
    let after = context.text().get(end..).unwrap_or_default().trim_start();
    after.starts_with('?')
        || matches!(context.name(node), "HasValue" | "GetValueOrDefault")
        || context.name(node).contains("Null")
        || context.name(node).contains("Empty")
}

/// Whether C# gives a name its value by reference, or in a function of its own.
fn given_elsewhere(context: &Context<'_>, object: NodeId) -> bool {
    if context.program().language != Language::CSharp {
        return false;
    }
    let tree = context.tree();
    let name = context.source(object);
    let scope = tree.scope(object);
    let text = context.source(scope);
    ["out ", "ref "].iter().any(|word| {
        text.match_indices(word).take(200).any(|(at, _)| {
            text.get(at + word.len()..).is_some_and(|rest| {
                rest.strip_prefix(name)
                    .is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_'))
            })
        })
    }) || tree
        .subtree(scope)
        .take(6_000)
        .any(|part| tree.field(part) == Field::Target && context.source(part) == name && tree.scope(part) != scope)
}

fn of_loop(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if let Some(iter) = context.tree().child(node, Field::Iter) {
        check(context, iter, iter, found);
    }
}

fn of_lock(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if let Some(lock) = context.tree().children(node).find(|&part| context.kind(part) == Kind::Name) {
        check(context, lock, lock, found);
    }
}

/// What a condition says of a name when it comes out as `side`.
fn says(context: &Context<'_>, test: NodeId, name: &str, side: bool, depth: u32) -> Said {
    let tree = context.tree();
    if depth > 12 {
        return Said::Unclear;
    }
    let mentions =
        || tree.subtree(test).take(200).any(|part| context.kind(part) == Kind::Name && context.source(part) == name);
    match context.kind(test) {
        Kind::Unary if context.name(test) == "!" => match tree.children(test).last() {
            Some(inner) => says(context, inner, name, !side, depth + 1),
            None => Said::Unclear,
        },
        Kind::Compare => {
            let operands: Vec<NodeId> = tree.children(test).collect();
            let [left, right] = operands[..] else { return Said::Unclear };
            let null = context.kind(left) == Kind::Null || context.kind(right) == Kind::Null;
            let ours = [left, right].iter().any(|&operand| {
                context.source(operand) == name
                    || context.kind(operand) == Kind::Assign
                        && tree.child(operand, Field::Target).is_some_and(|target| context.source(target) == name)
            });
            match context.name(test) {
                "==" if null && ours => {
                    if side {
                        Said::Null
                    } else {
                        Said::Present
                    }
                }
                "!=" if null && ours => {
                    if side {
                        Said::Present
                    } else {
                        Said::Null
                    }
                }
                "instanceof" if ours && side => Said::Present,
                "is" if ours => {
                    let pattern = context.source(right).trim();
                    match (pattern, side) {
                        ("null", true) => Said::Null,
                        ("not null" | "{ }" | "{}", false) => Said::Null,
                        ("null", false) | (_, true) => Said::Present,
                        (_, false) => Said::Nothing,
                    }
                }
                _ if mentions() => Said::Unclear,
                _ => Said::Nothing,
            }
        }
        Kind::Boolean => {
            let parts: Vec<Said> = tree.children(test).map(|part| says(context, part, name, side, depth + 1)).collect();
            let both = (context.name(test) == "&&") == side;
            if both {
                if parts.contains(&Said::Present) {
                    Said::Present
                } else if parts.contains(&Said::Null) {
                    Said::Null
                } else if parts.contains(&Said::Unclear) {
                    Said::Unclear
                } else {
                    Said::Nothing
                }
            } else if parts.iter().all(|part| *part == Said::Nothing) {
                Said::Nothing
            } else {
                Said::Unclear
            }
        }
        _ if mentions() => Said::Unclear,
        // Another variable may stand for the check.
        Kind::Name => Said::Nothing,
        _ => Said::Nothing,
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Said {
    Nothing,
    Null,
    Present,
    Unclear,
}

/// What the conditions around a use say of the name.
fn around(context: &Context<'_>, usage: NodeId, name: &str, from: NodeId) -> Said {
    let tree = context.tree();
    let mut inner = usage;
    let mut all = Said::Nothing;
    for above in tree.ancestors(usage) {
        let field = tree.field(inner);
        let said = match (context.kind(above), field) {
            (Kind::If | Kind::Conditional, Field::Body | Field::Else) => {
                tree.child(above, Field::Test).map(|test| says(context, test, name, field == Field::Body, 0))
            }
            (Kind::While | Kind::For, Field::Body | Field::Update) => {
                // A `do` tests afterwards.
                let late = context.source(above).starts_with("do");
                tree.child(above, Field::Test).filter(|_| !late).map(|test| says(context, test, name, true, 0))
            }
            (Kind::Boolean, Field::Right) => {
                tree.child(above, Field::Left).map(|left| says(context, left, name, context.name(above) == "&&", 0))
            }
            (Kind::Function | Kind::Lambda | Kind::Class, _) => break,
            _ => None,
        };
        match said.unwrap_or(Said::Nothing) {
            Said::Nothing => {}
            Said::Null if all == Said::Nothing => all = Said::Null,
            Said::Null => {}
            other => return other,
        }
        if above <= from {
            break;
        }
        inner = above;
    }
    all
}

/// Statements before the use, in the blocks around it, that look at the name.
fn looked_at(context: &Context<'_>, usage: NodeId, name: &str, from: NodeId) -> bool {
    let tree = context.tree();
    let mut at = tree.statement(usage);
    for _ in 0..12 {
        let Some(block) = tree.parent(at) else { return false };
        for before in
            tree.children(block).take_while(|&sibling| sibling < at).filter(|&sibling| tree.end(sibling) > from)
        {
            let asserts = tree.subtree(before).take(400).any(|part| match context.kind(part) {
                // Used before: the first use fails already.
                Kind::Attribute | Kind::Subscript => {
                    tree.child(part, Field::Object).is_some_and(|object| context.source(object) == name)
                        && part > from
                        && context.kind(before) != Kind::If
                        && context.kind(before) != Kind::While
                }
                Kind::Call => {
                    let callee = context.callee(part).to_ascii_lowercase();
                    ["assert", "require", "check", "verify", "validate", "notnull", "ensure", "expect"]
                        .iter()
                        .any(|word| callee.contains(word))
                        && tree.subtree(part).take(60).any(|inner| context.source(inner) == name)
                        && !is_harmless_check(context, part)
                }
                Kind::Assert => tree.subtree(part).take(60).any(|inner| context.source(inner) == name),
                _ => false,
            });
            let leaves = context.kind(before) == Kind::If
                && tree.child(before, Field::Test).is_some_and(|test| {
                    matches!(says(context, test, name, false, 0), Said::Present | Said::Unclear)
                        && tree.child(before, Field::Body).is_some_and(|body| may_leave(context, body))
                        || matches!(says(context, test, name, true, 0), Said::Present)
                            && tree.child(before, Field::Else).is_some_and(|body| may_leave(context, body))
                });
            let looped = context.kind(before) == Kind::While
                && !context.source(before).starts_with("do")
                && tree
                    .child(before, Field::Test)
                    .is_some_and(|test| matches!(says(context, test, name, false, 0), Said::Present | Said::Unclear));
            if asserts || leaves || looped {
                return true;
            }
        }
        if block <= from || matches!(context.kind(block), Kind::Function | Kind::Lambda) {
            return false;
        }
        at = block;
    }
    false
}

/// `assertTrue(x == null)`: says that it is null.
fn is_harmless_check(context: &Context<'_>, call: NodeId) -> bool {
    context.callee(call).to_ascii_lowercase().contains("assertnull")
}

/// Whether a branch may not come back: it leaves, or calls what always throws.
fn may_leave(context: &Context<'_>, body: NodeId) -> bool {
    let tree = context.tree();
    tree.subtree(body).take(600).any(|part| match context.kind(part) {
        Kind::Return | Kind::Raise | Kind::Break | Kind::Continue => true,
        Kind::Call => {
            let callee = context.callee(part);
            callee.ends_with("System.exit")
                || ["fail", "throw", "die", "abort", "error"]
                    .iter()
                    .any(|word| callee.to_ascii_lowercase().contains(word))
                || context.flow().data().called(part).is_some_and(|function| {
                    tree.child(function, Field::Body)
                        .is_some_and(|body| tree.children(body).any(|statement| context.kind(statement) == Kind::Raise))
                })
        }
        _ => false,
    })
}

fn check(context: &Context<'_>, node: NodeId, object: NodeId, found: &mut Findings) {
    if context.kind(object) != Kind::Name || matches!(context.source(object), "this" | "super") {
        return;
    }
    let tree = context.tree();
    let name = context.source(object);
    let data = context.flow().data();
    let definitions = data.definitions_of(object);
    if definitions.is_empty() || definitions.len() > 8 || given_elsewhere(context, object) {
        return;
    }
    let is_null = |value: NodeId| {
        let value = match context.kind(value) {
            Kind::Cast => tree.child(value, Field::Value).unwrap_or(value),
            Kind::Assign => tree.child(value, Field::Value).unwrap_or(value),
            _ => value,
        };
        context.kind(value) == Kind::Null
    };
    let mut nulls = Vec::new();
    let mut chosen = false;
    let mut others = 0;
    for &at in definitions.iter() {
        let definition = &data.definitions[at as usize];
        match definition.value {
            Value::Expression(value) if is_null(value) => nulls.push(definition.node),
            Value::Expression(value)
                if context.kind(value) == Kind::Conditional
                    && tree.children(value).any(|part| context.kind(part) == Kind::Null) =>
            {
                chosen = true;
                nulls.push(definition.node);
            }
            Value::Arguments(_) => {}
            _ => others += 1,
        }
    }
    let field = nulls.iter().any(|&node| context.function(node).is_none());
    if nulls.is_empty() {
        return found_null(context, node, object, found);
    }
    let Some(from) = nulls.iter().copied().min().filter(|_| !field) else { return };
    // A function inside may run later.
    if tree.scope(from) != tree.scope(object) {
        return;
    }
    let always = others == 0 && !chosen;
    if !always {
        // Given null on purpose after a first value, or by a choice; a declaration alone says little.
        let anew = nulls.iter().any(|&at| {
            let statement = tree.statement(at);
            tree.child(statement, Field::Type).is_none() && context.kind(statement) == Kind::Assign
                || tree.field(statement) == Field::Update
        });
        if !anew && !chosen
            || nulls
                .iter()
                .any(|&at| tree.ancestors(at).any(|above| matches!(context.kind(above), Kind::Try | Kind::Switch)))
        {
            return;
        }
    }
    let said = around(context, object, name, from.min(object));
    if matches!(said, Said::Present | Said::Unclear) || looked_at(context, object, name, from.min(object)) {
        return;
    }
    if tree.ancestors(object).any(|above| context.kind(above) == Kind::Try) && !always {
        return;
    }
    let message = if always {
        "A value that is null is used as an object."
    } else {
        "A value that may be null is used as an object."
    };
    let report = Report::issue(node, concept::UNCHECKED_RESULT, message).step(context, from, "null comes in");
    found.push(context, report.confidence(if always { Confidence::High } else { Confidence::Low }));
}

/// `if (x == null) { log(); }` and then `x.method()`.
fn found_null(context: &Context<'_>, node: NodeId, object: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let name = context.source(object);
    let statement = tree.statement(object);
    let Some(block) = tree.parent(statement).filter(|&block| context.kind(block) == Kind::Block) else { return };
    let Some(before) = tree.children(block).take_while(|&sibling| sibling < statement).last() else { return };
    if context.kind(before) != Kind::If || tree.child(before, Field::Else).is_some() {
        return;
    }
    let (Some(test), Some(body)) = (tree.child(before, Field::Test), tree.child(before, Field::Body)) else { return };
    let assigned = tree.subtree(body).take(600).any(|part| {
        tree.field(part) == Field::Target && context.source(part) == name || context.kind(part) == Kind::Lambda
    });
    let null = context.kind(test) == Kind::Compare && says(context, test, name, true, 0) == Said::Null;
    if null && !assigned && !may_leave(context, body) && around(context, object, name, statement) == Said::Nothing {
        let message = "A value that was just found to be null is used as an object.";
        found.push(context, Report::issue(node, concept::UNCHECKED_RESULT, message).confidence(Confidence::Medium));
    }
}
