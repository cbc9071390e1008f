//! CWE-843, CWE-704: memory is read as another type than it was made as.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::c::types::{Type, type_of};
use crate::rule::c::{declarations, declared, layout, values};
use crate::rule::{Context, Findings, Report, Rule, c, c_row, cpp};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "type-confusion",
    cwe: &[843, 704],
    severity: Severity::Medium,
    summary: "Memory is read as another type than it was made as.",
    advice: "Keep the type of the object, use dynamic_cast for classes with virtual functions, and convert texts with a function that knows both encodings.",
    rows: &[c_row(&[Kind::Cast], check)],
    bad: &[
        c("#include <wchar.h>\nvoid f(const char *name) { wchar_t *wide = (wchar_t *)name; use(wide); }\n"),
        cpp(
            "struct A { int n; }; struct B { int n; void *p; };\nvoid f() { void *a = new A; B *b = static_cast<B *>(a); use(b); }\n",
        ),
        cpp(
            "struct Shape { virtual ~Shape(); }; struct Box : public Shape { int w; }; struct Disk : public Shape { int r; };\nvoid f() { Shape *s = new Box; Disk *d = static_cast<Disk *>(s); use(d); }\n",
        ),
    ],
    good: &[
        c(
            "#include <wchar.h>\nvoid f(void *bytes) { wchar_t *wide = (wchar_t *)bytes; char *c = (char *)wide; use(c); }\n",
        ),
        cpp(
            "struct A { int n; }; struct B { A a; };\nvoid f() { void *b = new B; A *a = static_cast<A *>(b); use(a); }\n",
        ),
        cpp(
            "struct Shape { virtual ~Shape(); }; struct Box : public Shape { int w; }; struct Disk : public Shape { int r; };\nvoid f() { Shape *s = new Box; Box *b = static_cast<Box *>(s); Disk *d = dynamic_cast<Disk *>(s); use(b, d); }\n",
        ),
    ],
};

fn check(context: &Context<'_>, cast: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(value) = tree.children_in(cast, Field::Value).last() else { return };
    if context.source(cast).starts_with("dynamic_cast") || context.source(cast).starts_with("const_cast") {
        return;
    }
    if is_widened(context, cast, value) {
        let message = "A text of bytes is read as one of wide characters: convert it.";
        let report = Report::issue(cast, concept::WRONG_BOUND, message).cwe(&[704]);
        return found.push(context, report.confidence(Confidence::Medium).trace(declarations(context, cast)));
    }
    if is_other_class(context, cast, value) {
        let message = "The object was made as another type, which has no such members.";
        let report = Report::issue(cast, concept::MEMORY_LIFETIME, message).cwe(&[843, 704]);
        found.push(context, report.confidence(Confidence::Medium).trace(declarations(context, cast)));
    }
}

/// `(wchar_t *)text`
fn is_widened(context: &Context<'_>, cast: NodeId, value: NodeId) -> bool {
    let wide = |of: Option<Type<'_>>| matches!(of, Some(Type::Pointer(kind, 0)) if matches!(kind.split_whitespace().last(), Some("wchar_t" | "WCHAR")));
    let narrow = match type_of(context, value) {
        Some(Type::Pointer(kind, 0)) => {
            !kind.contains("unsigned") && matches!(kind.split_whitespace().last(), Some("char" | "CHAR"))
        }
        _ => false,
    };
    // Bytes that were made to hold anything.
    let made = || {
        let value = context.value(value);
        matches!(context.kind(value), Kind::New | Kind::Cast | Kind::Call)
            || declared(context, value).is_some_and(|own| own.array)
    };
    narrow && wide(type_of(context, cast)) && !made()
}

/// A cast to a class that the object, made in sight, is not.
fn is_other_class(context: &Context<'_>, cast: NodeId, value: NodeId) -> bool {
    let tree = context.tree();
    let Some(target) = declared(context, cast).filter(|own| own.stars == 1) else { return false };
    let Some(wanted) = layout::class(context, target.kind) else { return false };
    if context.kind(value) != Kind::Name {
        return false;
    }
    let made = values(context, value).unwrap_or_default();
    !made.is_empty()
        && made.into_iter().all(|made| {
            let callee = tree.child(made, Field::Callee).filter(|_| {
                context.kind(made) == Kind::New
                    && tree.child(made, Field::Index).is_none()
                    && tree.child(made, Field::Item).is_none()
            });
            let class = callee.and_then(|callee| layout::class(context, context.source(callee)));
            class.is_some_and(|class| {
                class != wanted && !is_kind_of(context, class, wanted) && !fits(context, class, wanted)
            })
        })
}

/// Whether a class is, or comes from, another.
fn is_kind_of(context: &Context<'_>, class: NodeId, other: NodeId) -> bool {
    let mut open = vec![class];
    let mut at = 0;
    while let Some(&class) = open.get(at) {
        at += 1;
        if class == other {
            return true;
        }
        for base in context.tree().children_in(class, Field::Base).take(8) {
            match layout::class(context, context.source(base)) {
                Some(base) if open.len() < 32 => open.push(base),
                Some(_) => {}
                // What it comes from is not in sight.
                None => return true,
            }
        }
    }
    false
}

/// Whether every member of `wanted` lies where `made` has one that holds it; unknown layouts of unrelated classes count
/// as fitting unless both are of one family.
fn fits(context: &Context<'_>, made: NodeId, wanted: NodeId) -> bool {
    let (Some((own, size)), Some((other, whole))) = (layout::scalars(context, made), layout::scalars(context, wanted))
    else {
        let family = |class: NodeId| context.tree().child(class, Field::Base).map(|base| context.source(base));
        return family(made).is_none() || family(made) != family(wanted);
    };
    whole <= size
        && other.iter().all(|&(offset, length)| {
            own.iter().any(|&(at, room)| at == offset && length <= room)
                // A run of characters over several members.
                || other.len() == 1
        })
}
