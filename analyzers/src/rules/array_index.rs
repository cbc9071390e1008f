//! CWE-129/193: array indices from outside, and indices one past the end.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report, Rule, c, c_row, java, java_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;

mod copied;
mod end;
mod filled;
mod native;

pub(crate) const RULE: Rule = Rule {
    id: "array-index",
    cwe: &[129, 193],
    severity: Severity::Low,
    summary: "An index may lie outside of its array.",
    advice: "Compare the index with zero and with the length of the array before it is used.",
    rows: &[c_row(&[Kind::Subscript, Kind::Unary], check_c), java_row(&[Kind::Subscript], check_java)],
    bad: &[
        c(
            "#include <unistd.h>\nvoid f(int s) { char b[64]; int n = read(s, b, sizeof(b)); if (n < 0) return; b[n] = 0; }\n",
        ),
        c("int f(void) { int a[10]; return a[10]; }\n"),
        c("int f(void) { int a[10]; return a[-1]; }\n"),
        c("void f(void) { int a[10]; for (int i = 0; i <= 10; i++) a[i] = 0; }\n"),
        c("#define N 8\nvoid f(void) { char a[N]; int i; for (i = 0; i < 20; ++i) { a[i] = 'x'; } }\n"),
        c("#include <stdlib.h>\nint f(char **argv) { int a[10]; int i = atoi(argv[1]); return a[i]; }\n"),
        c("#include <stdlib.h>\nvoid f(void) { char *p = malloc(10); p[10] = 0; }\n"),
        c("#include <stdio.h>\nint f(void) { int a[4], i; scanf(\"%d\", &i); return a[i]; }\n"),
        c(
            "#include <stdlib.h>\nvoid f(int n) { int *p = malloc(n * sizeof(int)); for (int i = 0; i <= n; i++) { p[i] = 0; } }\n",
        ),
        c("#include <stdlib.h>\nvoid f(size_t n, const char *s) { char *p = malloc(n); memcpy(p, s, n); p[n] = 0; }\n"),
        c(
            "#include <stdlib.h>\nvoid f(int n) { char *p = malloc(n); char *end = p + n; char *q; for (q = p; q <= end; q++) *q = 0; }\n",
        ),
        c("int f(unsigned i) { int a[8]; fill(a); if (i > 8) return 0; return a[i]; }\n"),
        c("static int table[8];\nint f(int i) { if (i >= 8) return 0; return table[i]; }\n"),
        c("void f(const char *s) { char b[16]; int i = 0; while (s[i] != ':') { b[i] = s[i]; i++; } }\n"),
        c("static int all[8];\nstatic int count;\nvoid add(int n) { all[count++] = n; }\n"),
        java(
            "class A { int f(int[] a, javax.servlet.http.HttpServletRequest r) { int i = Integer.parseInt(r.getParameter(\"i\")); return a[i]; } }\n",
        ),
        java(
            "class A { int f(int[] a) { int s = 0; for (int i = 0; i <= a.length; i++) { s += a[i]; } return s; } }\n",
        ),
    ],
    good: &[
        c(
            "#include <unistd.h>\nvoid f(int s) { char b[64]; int n = read(s, b, sizeof(b) - 1); if (n < 0) return; b[n] = 0; }\n",
        ),
        c(
            "#include <unistd.h>\nvoid f(int s) { char b[64]; int n = read(s, b, sizeof(b) - 1); if (n > 0) { b[n] = 0; } }\n",
        ),
        c("int f(void) { int a[10]; return a[9]; }\n"),
        c("void f(void) { int a[10]; for (int i = 0; i < 10; i++) a[i] = 0; }\n"),
        c("int *f(int a[10]) { return &a[10]; }\n"),
        c(
            "#include <stdlib.h>\nint f(char **argv) { int a[10]; int i = atoi(argv[1]); if (i < 0 || i >= 10) return 0; return a[i]; }\n",
        ),
        c("struct s { int n; char data[1]; };\nchar f(struct s *p) { return p->data[5]; }\n"),
        c("int f(void) { int a[10]; for (int i = 0; i <= 10; i++) { if (i == 10) break; a[i] = 0; } return 0; }\n"),
        c("unsigned long f(void) { int a[10]; return sizeof(a[10]); }\n"),
        c("int f(unsigned char c) { int a[256]; return a[c]; }\n"),
        c(
            "#include <stdlib.h>\nvoid f(int n) { int *p = malloc(n * sizeof(int)); for (int i = 0; i < n; i++) { p[i] = 0; } p[n - 1] = 1; }\n",
        ),
        c(
            "#include <stdlib.h>\nvoid f(size_t n, const char *s) { char *p = malloc(n + 1); memcpy(p, s, n); p[n] = 0; }\n",
        ),
        c(
            "#include <stdlib.h>\nvoid f(int n) { char *p = malloc(n); char *end = p + n; char *q; for (q = p; q < end; q++) *q = 0; }\n",
        ),
        c("int f(unsigned i) { int a[8]; fill(a); if (i >= 8) return 0; return a[i]; }\n"),
        c("static int table[8];\nint f(int i) { if (i < 0 || i >= 8) return 0; return table[i]; }\n"),
        c("void f(const char *s) { char b[16]; int i = 0; while (i < 15 && s[i] != ':') { b[i] = s[i]; i++; } }\n"),
        c("static int all[8];\nstatic int count;\nvoid add(int n) { if (count < 8) all[count++] = n; }\n"),
        java(
            "class A { int f(int[] a, javax.servlet.http.HttpServletRequest r) { int i = Integer.parseInt(r.getParameter(\"i\")); if (i < 0 || i >= a.length) { return 0; } return a[i]; } }\n",
        ),
        java("class A { int f(int[] a) { int s = 0; for (int i = 0; i < a.length; i++) { s += a[i]; } return s; } }\n"),
    ],
};

/// By numbers first, then by names.
fn check_c(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let before = found.len();
    if context.kind(node) == Kind::Subscript {
        native::check(context, node, found);
    }
    if found.len() == before {
        end::check(context, node, found);
    }
    if found.len() == before && context.kind(node) == Kind::Subscript {
        copied::check(context, node, found);
        filled::check(context, node, found);
        if found.len() == before {
            filled::below(context, node, found);
        }
    }
}

fn check_java(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let (Some(array), Some(index)) = (tree.child(node, Field::Object), tree.child(node, Field::Index)) else { return };
    if tree.ancestors(node).take(4).any(|above| context.kind(above) == Kind::Type) || context.is_constant(index) {
        return;
    }
    if let Some(taint) = context.outside(index, Purposes::SIZE) {
        let message = format!("An array is indexed with a number from {}.", taint.source());
        let report = Report::issue(node, concept::UNCHECKED_INPUT, message).cwe(&[129]).severity(Severity::Medium);
        return found.push(context, report.confidence(Confidence::Medium).trace(taint.trace));
    }
    if past_end(context, node, array, index) {
        let message = "The index may lie one past the end of the array.";
        found.push(
            context,
            Report::issue(node, concept::UNCHECKED_INPUT, message).cwe(&[193]).confidence(Confidence::Medium),
        );
    }
}

/// `length`, possibly plus something, of the array.
fn is_length(context: &Context<'_>, node: NodeId, array: &str) -> bool {
    context
        .source(node)
        .strip_suffix(".length")
        .is_some_and(|object| object == array || object.rsplit('.').next() == array.rsplit('.').next())
}

fn past_end(context: &Context<'_>, node: NodeId, array: NodeId, index: NodeId) -> bool {
    let tree = context.tree();
    let name = context.source(array);
    // `random.nextInt(a.length + 1)`
    if context.kind(index) == Kind::Call && matches!(context.method(index), "nextInt" | "nextLong") {
        return tree.positional(index).last().is_some_and(|bound| {
            context.kind(bound) == Kind::Binary
                && context.name(bound) == "+"
                && tree.child(bound, Field::Left).is_some_and(|left| is_length(context, left, name))
        });
    }
    let (variable, beyond) = match context.kind(index) {
        Kind::Name => (index, 0),
        Kind::Binary if context.name(index) == "+" => {
            let (Some(left), Some(right)) = (tree.child(index, Field::Left), tree.child(index, Field::Right)) else {
                return false;
            };
            match context.integer(right) {
                Some(more) if more > 0 && context.kind(left) == Kind::Name => (left, more),
                _ => return false,
            }
        }
        _ => return false,
    };
    let counter = context.source(variable);
    for above in tree.ancestors(node) {
        match context.kind(above) {
            Kind::For | Kind::While => {
                let Some(test) = tree.child(above, Field::Test) else { continue };
                let within = tree.child(above, Field::Body).is_some_and(|body| tree.contains(body, node));
                if within && context.kind(test) == Kind::Compare && reaches_end(context, test, counter, name, beyond) {
                    // Made here with a length that fits, or stepped inside: not judged.
                    let local = matches!(context.kind(context.value(array)), Kind::List);
                    let stepped = tree.child(above, Field::Body).is_some_and(|body| {
                        tree.subtree(body).take(2_000).any(|part| {
                            context.kind(part) == Kind::AugAssign
                                && tree
                                    .child(part, Field::Target)
                                    .is_some_and(|target| context.source(target) == counter)
                        })
                    });
                    return !local && !stepped;
                }
                if context.source(test).contains(counter) {
                    return false;
                }
            }
            Kind::If | Kind::Conditional | Kind::Boolean => {
                let looked = tree
                    .child(above, Field::Test)
                    .or_else(|| tree.child(above, Field::Left))
                    .is_some_and(|test| tree.subtree(test).take(60).any(|part| context.source(part) == counter));
                if looked {
                    return false;
                }
            }
            Kind::Function | Kind::Lambda => break,
            _ => {}
        }
    }
    beyond == 0 && refused_too_late(context, node, counter, name)
}

/// `i <= a.length`, or `i < a.length` where more is added.
fn reaches_end(context: &Context<'_>, test: NodeId, counter: &str, array: &str, beyond: i64) -> bool {
    let tree = context.tree();
    let (Some(left), Some(right)) = (tree.child(test, Field::Left), tree.child(test, Field::Right)) else {
        return false;
    };
    context.source(left) == counter
        && is_length(context, right, array)
        && match context.name(test) {
            "<=" => true,
            "<" | "!=" => beyond > 0,
            _ => false,
        }
}

/// `if (i < 0 || i > a.length) return;` and then `a[i]`.
fn refused_too_late(context: &Context<'_>, node: NodeId, counter: &str, array: &str) -> bool {
    let tree = context.tree();
    let statement = tree.statement(node);
    let Some(block) = tree.parent(statement) else { return false };
    tree.children(block)
        .take_while(|&sibling| sibling < statement)
        .filter(|&sibling| context.kind(sibling) == Kind::If)
        .any(|branch| {
            let leaves = tree.child(branch, Field::Body).is_some_and(|body| {
                tree.subtree(body).take(60).any(|part| matches!(context.kind(part), Kind::Return | Kind::Raise))
            });
            leaves
                && tree.child(branch, Field::Test).is_some_and(|test| {
                    tree.subtree(test).take(60).any(|part| {
                        context.kind(part) == Kind::Compare
                            && context.name(part) == ">"
                            && tree.child(part, Field::Left).is_some_and(|left| context.source(left) == counter)
                            && tree.child(part, Field::Right).is_some_and(|right| is_length(context, right, array))
                    })
                })
        })
}
