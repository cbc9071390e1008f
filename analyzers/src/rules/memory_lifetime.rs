//! CWE-416, CWE-415: memory used or freed after it was freed, freed by the wrong function, or gone with its function.

mod container;
mod temporary;

use crate::concept;
use crate::finding::{Confidence, Severity, Step};
use crate::graph::dfg::Value;
use crate::lang::Language;
use crate::rule::c::paths::{Next, Use, after, uses};
use crate::rule::c::{arguments, declarations, declared, library, values};
use crate::rule::{Context, Findings, Report, Rule, c, c_row, cpp, cpp_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "memory-lifetime",
    cwe: &[416],
    severity: Severity::High,
    summary: "Memory is used after its life has ended, or freed in a way that does not belong to it.",
    advice: "Free memory once, by the function that belongs to its allocation, set the pointer to NULL afterwards, and let objects that outlive a function be static or allocated.",
    rows: &[
        c_row(&[Kind::Call, Kind::Delete], freed),
        c_row(&[Kind::Return], returned),
        cpp_row(&[Kind::For], container::walked),
        cpp_row(&[Kind::Return], container::reference),
        cpp_row(&[Kind::Assign, Kind::Return], temporary::kept),
    ],
    bad: &[
        cpp("void f(std::string a) { const char *p = (a + \"x\").c_str(); puts(p); }\n"),
        cpp("void f() { int *p = std::make_unique<int>(4).get(); *p = 3; }\n"),
        cpp("void f(std::unique_ptr<int> p) { auto q = std::move(p); use(*p); }\n"),
        cpp("std::string_view f() { std::string s = \"abc\"; return s; }\n"),
        cpp(
            "struct S { int n; };\nstatic void end(S *s) { delete s; }\nint f() { S *s = new S; end(s); return s->n; }\n",
        ),
        cpp("void f(std::string a) { std::string_view v = a + \"b\"; use(v); }\n"),
        c("#include <stdio.h>\nvoid f(FILE *in) { fclose(in); fclose(in); }\n"),
        c("#include <stdlib.h>\nvoid f(void) { char *p = malloc(8); free(p); p[0] = 'x'; }\n"),
        c("#include <stdlib.h>\nvoid f(int e) { char *p = malloc(8); if (e) { free(p); } free(p); }\n"),
        c("#include <stdlib.h>\nint f(struct s *s) { free(s->name); return s->name[0]; }\n"),
        c("#include <stdlib.h>\nvoid f(void) { char b[8]; free(b); }\n"),
        c("char *f(void) { char b[8]; return b; }\n"),
        c("int *f(void) { int n = 1; return &n; }\n"),
        c("#include <stdlib.h>\nvoid f(char *p) { free(p); again: use(p); }\n"),
        cpp("void f() { int *p = new int[4]; delete p; }\n"),
        cpp("#include <cstdlib>\nvoid f() { int *p = new int; free(p); }\n"),
        cpp("const char *f() { std::string s = g(); return s.c_str(); }\n"),
        cpp("void f() { A *a = new A; delete a; a->run(); }\n"),
        cpp(
            "void f(std::vector<int> &v) { for (auto it = v.begin(); it != v.end(); ++it) { if (*it == 3) v.erase(it); } }\n",
        ),
        cpp("void f(std::vector<int> &v) { for (int n : v) { if (n == 3) v.push_back(4); } }\n"),
        cpp("int &f() { int n = 5; return n; }\n"),
        cpp("class A { char *p; public: A() { p = new char[9]; } ~A() { delete p; } };\n"),
    ],
    good: &[
        cpp("void f(std::unique_ptr<int> p) { auto q = std::move(p); p = std::make_unique<int>(3); use(*p); }\n"),
        cpp("std::string f() { std::string s = \"abc\"; return s; }\n"),
        cpp(
            "struct S { int n; };\nstatic void end(S *s) { delete s; }\nint f() { S *s = new S; int n = s->n; end(s); return n; }\n",
        ),
        cpp("void f(std::string a) { std::string b = (a + \"x\").c_str(); const char *p = a.c_str(); use(b, p); }\n"),
        cpp("void f(std::string a) { std::string_view v = a; use(v); }\n"),
        c("#include <stdio.h>\nint f(FILE *in) { if (fclose(in)) return 1; return 0; }\n"),
        c("#include <stdlib.h>\nvoid f(void) { char *p = malloc(8); p[0] = 'x'; free(p); p = NULL; free(p); }\n"),
        c(
            "#include <stdlib.h>\nint f(int e) { char *p = malloc(8); if (e) { free(p); return 1; } p[0] = 1; free(p); return 0; }\n",
        ),
        c("char *f(void) { static char b[8]; return b; }\n"),
        c("int f(void) { int n = 1; return n; }\n"),
        c("#include <stdlib.h>\nvoid f(struct n *l) { while (l) { struct n *next = l->next; free(l); l = next; } }\n"),
        c("#include <stdlib.h>\nvoid f(char *p, int n) { free(p); p = malloc(n); if (p) p[0] = 0; }\n"),
        cpp("void f() { int *p = new int[4]; delete[] p; }\n"),
        cpp(
            "void f(std::vector<int> &v) { for (auto it = v.begin(); it != v.end();) { if (*it == 3) it = v.erase(it); else ++it; } }\n",
        ),
        cpp(
            "void f(std::vector<int> &v) { for (auto it = v.begin(); it != v.end(); ++it) { if (*it == 3) { v.erase(it); break; } } }\n",
        ),
        cpp("int &f() { static int n = 5; return n; }\n"),
        cpp("class A { char *p; public: A() { p = new char[9]; } ~A() { delete[] p; } };\n"),
        cpp("std::string f() { std::string s = g(); return s; }\n"),
    ],
};

/// Functions that free what their first argument points to.
const FREES: &[&str] = &[
    "free",
    "operator delete",
    "operator delete[]",
    "cfree",
    "g_free",
    "kfree",
    "vfree",
    "xfree",
    "PR_Free",
    "HeapFree",
    "GlobalFree",
    "LocalFree",
    "fclose",
    "pclose",
    "closedir",
];

fn freed_pointer(context: &Context<'_>, node: NodeId) -> Option<NodeId> {
    let tree = context.tree();
    let mut pointer = if context.kind(node) == Kind::Delete {
        tree.child(node, Field::Value)?
    } else if FREES.contains(&library(context, node)) {
        *arguments(context, node).last().filter(|_| context.kind(node) == Kind::Call)?
    } else {
        return None;
    };
    while context.kind(pointer) == Kind::Cast {
        pointer = tree.children_in(pointer, Field::Value).last()?;
    }
    Some(pointer)
}

/// The argument of a call that the function of the unit frees in any case, without a new value for the caller.
fn freed_by_function(context: &Context<'_>, call: NodeId) -> Option<NodeId> {
    let tree = context.tree();
    let data = context.flow().data();
    let function = data.called(call).filter(|_| context.kind(call) == Kind::Call)?;
    let body = tree.child(function, Field::Body)?;
    data.passed(call, function).into_iter().take(8).find_map(|(value, parameter)| {
        let name = context.name(parameter);
        let head = context.source(parameter);
        if name.is_empty() || head.contains('&') || head.matches('*').count() != 1 {
            return None;
        }
        let frees = |statement: NodeId| {
            let alone = matches!(context.kind(statement), Kind::ExprStatement | Kind::Delete | Kind::Call);
            alone
                && tree
                    .subtree(statement)
                    .take(8)
                    .any(|part| freed_pointer(context, part).is_some_and(|pointer| context.source(pointer) == name))
        };
        let mut statements = tree.children(body).take(60);
        let fate = statements.find(|&statement| {
            frees(statement)
                || matches!(context.kind(statement), Kind::Return | Kind::If)
                || tree.child(statement, Field::Target).is_some_and(|target| context.source(target) == name)
        })?;
        frees(fate).then_some(value)
    })
}

fn freed(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if !context.program().language.is_c_family() {
        return;
    }
    let own = freed_pointer(context, node);
    let Some(pointer) = own.or_else(|| freed_by_function(context, node)) else { return moved(context, node, found) };
    if own.is_some() {
        mismatch(context, node, pointer, found);
    }
    if !matches!(context.kind(pointer), Kind::Name | Kind::Attribute) {
        return;
    }
    let name = context.source(pointer);
    let (mut again, mut later) = (Vec::new(), Vec::new());
    after(
        context,
        node,
        |_, _| true,
        |step, vertex| {
            for each in uses(context, name, step, vertex) {
                match each {
                    Use::Set => return Next::Stop,
                    Use::Passed(call)
                        if freed_pointer(context, call)
                            .or_else(|| freed_by_function(context, call))
                            .is_some_and(|other| context.source(other) == name) =>
                    {
                        again.push(call);
                        return Next::Stop;
                    }
                    Use::Passed(call) if is_print(context, call) || context.kind(call) == Kind::New => {}
                    Use::Reached(at) | Use::Passed(at) => later.push(at),
                    Use::Kept(_) | Use::Seen => {}
                }
            }
            Next::On
        },
    );
    for at in again.into_iter().take(4).filter(|&at| at != node) {
        let message = "The memory may have been freed already.";
        found.push(
            context,
            Report::issue(at, concept::MEMORY_LIFETIME, message)
                .cwe(&[415])
                .confidence(Confidence::Medium)
                .trace(freed_here(context, node)),
        );
    }
    for at in later.into_iter().take(6) {
        let message = "The memory may have been freed before.";
        let report = Report::issue(at, concept::MEMORY_LIFETIME, message).confidence(Confidence::Medium);
        found.push(context, report.trace(freed_here(context, node)));
    }
}

/// `std::move(pointer)` and then `*pointer` or `pointer->…`.
fn moved(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if context.program().language != Language::Cpp || library(context, call) != "move" {
        return;
    }
    let &[pointer] = arguments(context, call).as_slice() else { return };
    // Only what is handed on is gone: as a value, an argument or a result.
    let given = matches!(tree.field(call), Field::Value | Field::Argument);
    let local = declared(context, pointer).is_some_and(|own| !own.reference && !own.array && own.stars == 0);
    if context.kind(pointer) != Kind::Name || !given || !local {
        return;
    }
    let name = context.source(pointer);
    let mut used = Vec::new();
    after(
        context,
        call,
        |_, _| true,
        |step, vertex| {
            for each in uses(context, name, step, vertex) {
                match each {
                    Use::Set => return Next::Stop,
                    Use::Reached(at) if is_followed(context, at) => {
                        used.push(at);
                        return Next::Stop;
                    }
                    // `pointer.reset(…)` gives it a new value.
                    Use::Reached(_) => return Next::Stop,
                    _ => {}
                }
            }
            Next::On
        },
    );
    for at in used.into_iter().take(4) {
        let message = "The pointer was moved from: it points to nothing.";
        let report = Report::issue(at, concept::MEMORY_LIFETIME, message).cwe(&[416, 476, 672]);
        found.push(context, report.confidence(Confidence::Medium).step(context, call, "moved here"));
    }
}

/// `*pointer` or `pointer->member`, which need something to point to.
fn is_followed(context: &Context<'_>, access: NodeId) -> bool {
    match context.kind(access) {
        Kind::Unary => context.name(access) == "*",
        Kind::Attribute => context.source(access).contains("->"),
        _ => false,
    }
}

fn freed_here(context: &Context<'_>, node: NodeId) -> Vec<Step> {
    vec![Step { span: context.tree().span(node), note: "freed here".to_owned() }]
}

/// Printing the address itself harms nobody.
fn is_print(context: &Context<'_>, call: NodeId) -> bool {
    context.kind(call) == Kind::Call
        && library(context, call).contains("printf")
        && arguments(context, call).iter().any(|&part| context.string(part).is_some_and(|format| format.contains("%p")))
}

/// `free` of what `new` made, of an array, of a constant, and the like.
fn mismatch(context: &Context<'_>, node: NodeId, pointer: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let is_delete = context.kind(node) == Kind::Delete;
    let own = declared(context, pointer);
    let of_address = context.kind(pointer) == Kind::Unary && context.name(pointer) == "&";
    if own.as_ref().is_some_and(|own| own.array && own.stars == 0 && context.kind(pointer) == Kind::Name)
        || of_address
        || context.kind(pointer) == Kind::String
    {
        let message = "What is freed was not allocated.";
        return found.push(context, Report::issue(node, concept::MEMORY_LIFETIME, message).cwe(&[590, 762]));
    }
    let mut wrong = None;
    let given = values(context, pointer).unwrap_or_else(|| kept(context, pointer));
    // Through functions and variables of the unit.
    let given = given.into_iter().flat_map(|value| {
        let inner = if context.kind(value) == Kind::Cast {
            tree.children_in(value, Field::Value).last().unwrap_or(value)
        } else {
            value
        };
        let own = context.kind(inner) == Kind::Call && context.flow().data().called(inner).is_some();
        if own || context.kind(inner) == Kind::Name && declared(context, inner).is_some_and(|own| !own.array) {
            context.flow().leaves(inner)
        } else {
            vec![value]
        }
    });
    let mut made = Vec::new();
    for value in given {
        made.push(value);
        let mut value = value;
        while context.kind(value) == Kind::Cast {
            let Some(inner) = tree.children_in(value, Field::Value).last() else { break };
            value = inner;
        }
        if tree.child(value, Field::Item).is_some() && context.kind(value) == Kind::New {
            // Placement: the memory is another's.
            return;
        }
        let deletes_array = is_delete
            && context
                .source(node)
                .trim_start()
                .strip_prefix("delete")
                .is_some_and(|rest| rest.trim_start().starts_with('['));
        let this = match context.kind(value) {
            Kind::New if !is_delete => Some("What new made is freed by free: use delete."),
            Kind::New if tree.child(value, Field::Index).is_some() && !deletes_array => {
                Some("An array made by new[] needs delete[].")
            }
            Kind::New
                if tree.child(value, Field::Index).is_none()
                    && deletes_array
                    && tree.child(value, Field::Callee).is_some() =>
            {
                Some("What new made alone needs delete, not delete[].")
            }
            Kind::Call
                if is_delete
                    && matches!(library(context, value), "malloc" | "calloc" | "realloc" | "strdup" | "strndup") =>
            {
                Some("What malloc made is freed by delete: use free.")
            }
            Kind::Call
                if !is_delete
                    && matches!(
                        library(context, value),
                        "alloca" | "_alloca" | "getenv" | "strchr" | "strrchr" | "strstr" | "basename"
                    ) =>
            {
                Some("What is freed was not allocated.")
            }
            Kind::String if !is_delete => Some("What is freed was not allocated."),
            Kind::Name if declared(context, value).is_some_and(|own| own.array && own.stars == 0) => {
                Some("What is freed was not allocated.")
            }
            _ => None,
        };
        // Where one way is right, which one is taken is not known.
        if this.is_none() {
            return;
        }
        wrong = this;
    }
    if let Some(message) = wrong {
        let cwe: &[u16] = if message.ends_with("not allocated.") { &[590, 762] } else { &[762, 590] };
        let mut trace = declarations(context, pointer);
        let sources = made.iter().take(4).filter(|&&value| !context.tree().contains(node, value));
        trace.extend(sources.map(|&value| Step { span: context.tree().span(value), note: "made here".to_owned() }));
        found.push(context, Report::issue(node, concept::MEMORY_LIFETIME, message).cwe(cwe).trace(trace));
    }
}

/// Every value that the unit gives to a member or global variable.
fn kept(context: &Context<'_>, pointer: NodeId) -> Vec<NodeId> {
    let tree = context.tree();
    let Some(own) = declared(context, pointer).filter(|own| !own.parameter && own.stars == 1) else {
        return Vec::new();
    };
    let global = tree.parent(own.node) == Some(NodeId::ROOT);
    let member = tree.ancestors(own.node).take(3).any(|above| context.kind(above) == Kind::Class);
    if !global && !member {
        return Vec::new();
    }
    let name = context.name(pointer);
    let all = tree.ids().filter(|&node| context.kind(node) == Kind::Assign && node != own.node);
    let given = all.filter_map(|assign| {
        let target = tree.child(assign, Field::Target).filter(|&target| context.name(target) == name)?;
        let same = declared(context, target).is_some_and(|other| other.node == own.node);
        if same { tree.child(assign, Field::Value) } else { None }
    });
    // Nothing at first, or nothing any more.
    given.filter(|&value| context.kind(value) != Kind::Null && context.integer(value) != Some(0)).take(16).collect()
}

/// `return` of the address of something that ends with the function.
fn returned(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(value) = tree.child(node, Field::Value) else { return };
    let Some(function) = context.body(node) else { return };
    if context.source(function).starts_with('#') {
        return;
    }
    if let Some(what) = gone(context, function, value, 0) {
        let message = format!("{what} is gone when the function returns.");
        let report = Report::issue(node, concept::MEMORY_LIFETIME, message).cwe(&[562, 825, 416]);
        found.push(context, report.trace(declarations(context, value)));
    }
}

/// What an expression points to, if that ends with the function.
fn gone(context: &Context<'_>, function: NodeId, value: NodeId, depth: u32) -> Option<&'static str> {
    if depth > 5 {
        return None;
    }
    let tree = context.tree();
    let local = |node: NodeId| {
        let own = declared(context, node)?;
        let head = context.source(own.node).split(['=', ';']).next().unwrap_or_default();
        let is_static = head.split_whitespace().any(|word| matches!(word, "static" | "extern" | "thread_local"));
        (tree.contains(function, own.node) && !is_static).then_some(own)
    };
    match context.kind(value) {
        Kind::Name => {
            let own = local(value)?;
            let viewed = own.kind.ends_with("string") && own.stars == 0 && !own.reference && !own.parameter;
            if viewed && gives_view(context, function) {
                return Some("The text of a local string");
            }
            // Returned by value, a reference or copy says nothing here.
            if own.array && !own.parameter {
                return returns_pointer(context, function).then_some("A local array");
            }
            if !own.is_pointer() || own.parameter {
                return None;
            }
            let data = context.flow().data();
            let definitions = data.definitions_of(value);
            definitions.iter().take(6).find_map(|&at| match data.definitions[at as usize].value {
                Value::Expression(inner) if inner != value => gone(context, function, inner, depth + 1),
                _ => None,
            })
        }
        Kind::Unary if context.name(value) == "&" => {
            let mut inner = tree.child(value, Field::Value)?;
            loop {
                match context.kind(inner) {
                    Kind::Attribute if !context.source(inner).contains("->") => {
                        inner = tree.child(inner, Field::Object)?;
                    }
                    Kind::Subscript => {
                        let object = tree.child(inner, Field::Object)?;
                        if !declared(context, object)?.array {
                            return None;
                        }
                        inner = object;
                    }
                    _ => break,
                }
            }
            let own = local(inner)?;
            (context.kind(inner) == Kind::Name && !own.reference).then_some("A local variable")
        }
        Kind::Cast => gone(context, function, tree.children_in(value, Field::Value).last()?, depth + 1),
        Kind::Conditional => [Field::Body, Field::Else]
            .into_iter()
            .filter_map(|field| tree.child(value, field))
            .find_map(|part| gone(context, function, part, depth + 1)),
        Kind::Binary if matches!(context.name(value), "+" | "-") => {
            gone(context, function, tree.child(value, Field::Left)?, depth + 1)
        }
        Kind::Call if matches!(library(context, value), "alloca" | "_alloca" | "strdupa") => Some("Memory of alloca"),
        Kind::Call if matches!(context.method(value), "c_str" | "data") && depth == 0 => {
            let object = context.object(value)?;
            let own = local(object)?;
            let is_text = own.kind.ends_with("string") && own.stars == 0 && !own.reference && !own.parameter;
            (is_text && returns_pointer(context, function)).then_some("The text of a local string")
        }
        _ => None,
    }
}

/// Whether a function gives back a view of a text that somebody else keeps.
fn gives_view(context: &Context<'_>, function: NodeId) -> bool {
    let kind = context.tree().child(function, Field::Type);
    kind.is_some_and(|kind| context.source(kind).ends_with("string_view"))
}

/// Whether a function gives back a pointer or reference, so that nothing is copied.
fn returns_pointer(context: &Context<'_>, function: NodeId) -> bool {
    let tree = context.tree();
    // An array cannot be returned itself.
    let Some(kind) = tree.child(function, Field::Type) else {
        return context.program().language == Language::C;
    };
    let text = crate::rule::c::between(context, tree.span(kind).end, tree.name_span(function).start);
    text.contains(['*', '&'])
        || matches!(
            context.source(kind).rsplit([':', ' ']).next(),
            Some("LPSTR" | "PCHAR" | "LPCSTR" | "LPWSTR" | "string_view" | "auto")
        )
}
