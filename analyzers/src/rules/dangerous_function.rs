//! CWE-676: a library function that cannot be used safely, or not here.

mod rust;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::c::{arguments, declared, library};
use crate::rule::{Context, Findings, Report, Rule, c, c_row, cpp, example, row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "dangerous-function",
    cwe: &[676],
    severity: Severity::Low,
    summary: "A library function is used that is not safe here.",
    advice: "Use the variant that keeps its state with the caller (localtime_r, strtok_r, getcwd), and do in a signal handler nothing but set a volatile sig_atomic_t.",
    rows: &[
        c_row(&[Kind::Call], check),
        c_row(&[Kind::Type, Kind::New], deprecated),
        row(&[Language::Rust], &[Kind::Call], rust::check),
        row(&[Language::Rust], &[Kind::With], rust::block),
    ],
    bad: &[
        example(Language::Rust, "fn f() -> u32 { unsafe { std::mem::uninitialized() } }\n"),
        c(
            "#include <stdlib.h>\n#include <string.h>\nvoid f(void) { char *path = getenv(\"PATH\"); char *first = strtok(path, \":\"); use(first); }\n",
        ),
        c("#include <time.h>\nint f(void) { struct tm *t = localtime(time(NULL)); return t->tm_hour; }\n"),
        c(
            "#include <signal.h>\nvoid stop(int n) { printf(\"bye\\n\"); exit(1); }\nint main(void) { signal(SIGINT, stop); }\n",
        ),
        cpp("#include <cstdlib>\nvoid f() { char b[99]; getwd(b); }\n"),
    ],
    good: &[
        example(Language::Rust, "fn f() -> std::mem::MaybeUninit<u32> { std::mem::MaybeUninit::uninit() }\n"),
        c(
            "#include <stdlib.h>\n#include <string.h>\nvoid f(void) { char *path = strdup(getenv(\"PATH\")); char *first = strtok(path, \":\"); use(first); }\n",
        ),
        c("#include <time.h>\nint f(time_t n) { struct tm t; localtime_r(&n, &t); return t.tm_hour; }\n"),
        c(
            "#include <signal.h>\nstatic volatile sig_atomic_t done;\nvoid stop(int n) { done = 1; }\nint main(void) { signal(SIGINT, stop); }\n",
        ),
        cpp("#include <memory>\nvoid f() { std::unique_ptr<int> p; }\n"),
    ],
};

/// Functions that answer in memory which all threads share.
const SHARED: &[&str] = &["gmtime", "localtime", "ctime", "asctime"];

/// Functions that have no safe use.
const NEVER: &[&str] = &["getwd", "vfork", "getlogin", "cuserid", "getpw"];

/// Functions that are often used wrongly: reported, not counted.
const OFTEN: &[&str] = &[
    "strtok",
    "alloca",
    "_alloca",
    "atoi",
    "atol",
    "atoll",
    "atof",
    "strncpy",
    "strncat",
    "strlen",
    "getenv",
    "gethostbyname",
    "inet_ntoa",
    "inet_addr",
    "readdir",
    "usleep",
    "bcopy",
    "bzero",
    "tmpfile",
    "siglongjmp",
    "longjmp",
    "setjmp",
    "IsBadReadPtr",
    "IsBadWritePtr",
    "InitializeSecurityContext",
];

/// Functions that write into their first argument.
const CHANGES: &[&str] = &["strtok", "strcat", "strncat", "strcpy", "strncpy", "sprintf", "memset", "memcpy"];

/// Whether the first argument is what `getenv` gave.
fn belongs_to_environment(context: &Context<'_>, call: NodeId) -> bool {
    arguments(context, call).first().is_some_and(|&first| {
        let value = context.value(first);
        context.kind(value) == Kind::Call && library(context, value) == "getenv"
    })
}

/// What a signal handler may not call.
const UNSAFE: &[&str] = &[
    "printf",
    "fprintf",
    "sprintf",
    "snprintf",
    "puts",
    "fputs",
    "putchar",
    "malloc",
    "calloc",
    "realloc",
    "free",
    "exit",
    "syslog",
    "fopen",
    "fclose",
    "fflush",
    "system",
    "popen",
    "longjmp",
    "sleep",
    "perror",
    "localtime",
    "pthread_mutex_lock",
    "vprintf",
    "fwrite",
];

fn check(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = library(context, call);
    if SHARED.contains(&name) && !arguments(context, call).is_empty() {
        let message = "The answer lies in memory that other threads and calls overwrite.";
        let report = Report::issue(call, concept::DANGEROUS_FUNCTION, message).confidence(Confidence::Medium);
        return found.push(context, report.cwe(&[676]));
    }
    if NEVER.contains(&name) {
        let message = "The function cannot be used safely.";
        return found
            .push(context, Report::issue(call, concept::DANGEROUS_FUNCTION, message).confidence(Confidence::Medium));
    }
    if CHANGES.contains(&name) && belongs_to_environment(context, call) {
        let message = "The text belongs to the environment, and is changed for everybody: copy it first.";
        let report = Report::issue(call, concept::DANGEROUS_FUNCTION, message).confidence(Confidence::Medium);
        return found.push(context, report.cwe(&[676, 374]));
    }
    if OFTEN.contains(&name) {
        let message = "The function is often used wrongly: look at its bounds, errors and threads.";
        return found.push(context, Report::audit(call, concept::DANGEROUS_FUNCTION, message));
    }
    if matches!(name, "signal" | "bsd_signal" | "sigset") {
        handler(context, call, found);
    }
}

/// `signal(SIGINT, handler)` with a handler that calls what it may not.
fn handler(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let Some(&given) = arguments(context, call).get(1) else { return };
    let names = &context.program().names;
    let Some(binding) = names.binding(given) else { return };
    let tree = context.tree();
    let function = names
        .definitions(binding)
        .iter()
        .map(|definition| definition.node)
        .find(|&node| context.kind(node) == Kind::Function);
    let Some(function) = function else { return };
    let mut open = vec![function];
    let mut seen = vec![function];
    while let Some(function) = open.pop() {
        let Some(body) = tree.child(function, Field::Body) else { continue };
        for inner in tree.subtree(body).take(2_000).filter(|&inner| context.kind(inner) == Kind::Call) {
            if UNSAFE.contains(&library(context, inner)) {
                let message = "The handler calls what may not be called while a signal is handled.";
                return found
                    .push(context, Report::issue(call, concept::DANGEROUS_FUNCTION, message).cwe(&[479, 364, 828]));
            }
            if let Some(next) =
                context.flow().data().called(inner).filter(|next| !seen.contains(next) && seen.len() < 8)
            {
                seen.push(next);
                open.push(next);
            }
        }
    }
}

/// `std::auto_ptr`, and generators with a fixed seed.
fn deprecated(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let text = context.source(node);
    if context.kind(node) == Kind::Type {
        if text.contains("auto_ptr") && text.len() < 200 {
            let message = "Copying an auto_ptr empties it: use unique_ptr.";
            found.push(context, Report::audit(node, concept::DANGEROUS_FUNCTION, message).cwe(&[665, 477]));
        }
        return;
    }
    let engine = context
        .tree()
        .parent(node)
        .and_then(|above| context.tree().child(above, Field::Target))
        .and_then(|target| declared(context, target));
    let fixed = context.tree().positional(node).next().is_some_and(|seed| context.integer(seed).is_some());
    if engine.is_some_and(|own| own.kind.contains("mt19937") || own.kind.contains("random_engine")) && fixed {
        found.push(context, Report::audit(node, concept::INSECURE_RANDOM, "The seed is fixed.").cwe(&[335, 338]));
    }
}
