//! CWE-319, CWE-313: a password sent, received or stored as it is.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::c::{arguments, library};
use crate::rule::{Context, Findings, Report, Rule, c, c_row, cpp};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::names_password;

pub(crate) const RULE: Rule = Rule {
    id: "cleartext-secret",
    cwe: &[319, 359, 312],
    severity: Severity::Medium,
    summary: "A password is sent or stored as it is.",
    advice: "Send secrets over TLS only, store slow hashes of passwords, and keep both out of files and logs.",
    rows: &[c_row(&[Kind::Call, Kind::Binary], check)],
    bad: &[
        c("#include <sys/socket.h>\nvoid f(int s, const char *password) { send(s, password, strlen(password), 0); }\n"),
        c(
            "#include <stdio.h>\nvoid f(FILE *log, const char *user_password) { fprintf(log, \"%s\\n\", user_password); }\n",
        ),
        c(
            "#include <sys/socket.h>\nvoid f(int s) { char password[64]; recv(s, password, sizeof password, 0); check(password); }\n",
        ),
        cpp("#include <fstream>\nvoid f(const std::string &password) { std::ofstream out(\"p\"); out << password; }\n"),
    ],
    good: &[
        c("#include <sys/socket.h>\nvoid f(int s, const char *name) { send(s, name, strlen(name), 0); }\n"),
        c(
            "#include <sys/socket.h>\nvoid f(int s, char *password) { encrypt_text(password); send(s, password, 64, 0); }\n",
        ),
        c("#include <stdio.h>\nvoid f(FILE *log, int password_length) { fprintf(log, \"%d\\n\", password_length); }\n"),
        cpp("#include <iostream>\nvoid f() { std::cout << \"Enter your password\"; }\n"),
    ],
};

/// Functions that send or receive the buffer at a place.
const SENDS: &[(&str, usize)] =
    &[("send", 1), ("sendto", 1), ("recv", 1), ("recvfrom", 1), ("write", 1), ("read", 1), ("sendmsg", 1)];

/// Functions that write the text at a place to a stream.
const WRITES: &[(&str, usize, usize)] = &[("fputs", 0, 1), ("fwrite", 0, 3), ("fputws", 0, 1)];

fn check(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if context.kind(node) == Kind::Binary {
        return streamed(context, node, found);
    }
    let name = library(context, node);
    let given = arguments(context, node);
    if let Some(&(_, at)) = SENDS.iter().find(|(known, _)| *known == name) {
        let Some(&buffer) = given.get(at) else { return };
        let descriptor = given.first().copied();
        // The terminal is no network.
        let local = descriptor.is_some_and(|part| {
            context.integer(part).is_some() || ["STDIN_FILENO", "STDOUT_FILENO"].contains(&context.source(part))
        });
        if let Some(secret) = secret(context, buffer).filter(|_| !local)
            && !is_encrypted(context, node, secret)
        {
            let message = "A password crosses the network as it is.";
            found.push(
                context,
                Report::issue(node, concept::CLEARTEXT_PROTOCOL, message)
                    .confidence(Confidence::Medium)
                    .cwe(&[319, 359]),
            );
        }
        return;
    }
    let written: Vec<NodeId> = if let Some(&(_, text, stream)) = WRITES.iter().find(|(known, ..)| *known == name) {
        if given.get(stream).is_some_and(|&part| is_terminal(context, part)) {
            Vec::new()
        } else {
            given.get(text).copied().into_iter().collect()
        }
    } else if matches!(name, "fprintf" | "fwprintf" | "vfprintf") {
        if given.first().is_some_and(|&part| is_terminal(context, part)) {
            Vec::new()
        } else {
            given.iter().skip(2).copied().collect()
        }
    } else {
        Vec::new()
    };
    if let Some(secret) = written.into_iter().find_map(|part| secret(context, part))
        && !is_encrypted(context, node, secret)
    {
        stored(context, node, found);
    }
}

fn stored(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let message = "A password is written to a file as it is.";
    found.push(
        context,
        Report::issue(node, concept::INFORMATION_LEAK, message)
            .confidence(Confidence::Medium)
            .cwe(&[313, 260, 312, 532]),
    );
}

fn is_terminal(context: &Context<'_>, stream: NodeId) -> bool {
    matches!(context.path(stream), "stdout" | "stdin" | "stderr")
}

/// `file << password`.
fn streamed(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if context.name(node) != "<<" {
        return;
    }
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    let mut stream = left;
    for _ in 0..32 {
        match tree.child(stream, Field::Left) {
            Some(inner) if context.kind(stream) == Kind::Binary => stream = inner,
            _ => break,
        }
    }
    let own = crate::rule::c::declared(context, stream);
    if own.is_some_and(|own| own.kind.ends_with("ofstream") || own.kind.ends_with("fstream"))
        && let Some(secret) = secret(context, right)
        && !is_encrypted(context, node, secret)
    {
        stored(context, node, found);
    }
}

/// The name of a password in an expression, through one other name.
fn secret<'p>(context: &Context<'p>, node: NodeId) -> Option<&'p str> {
    let mut at = node;
    for _ in 0..4 {
        match context.kind(at) {
            Kind::Cast => at = context.tree().children_in(at, Field::Value).last()?,
            Kind::Unary if matches!(context.name(at), "&" | "*") => at = context.tree().child(at, Field::Value)?,
            Kind::Subscript => at = context.tree().child(at, Field::Object)?,
            Kind::Call if matches!(context.method(at), "c_str" | "data") => at = context.object(at)?,
            Kind::Name | Kind::Attribute => {
                let name = context.name(at);
                if is_password(name) && !is_number(context, at) {
                    return Some(name);
                }
                let value = context.value(at);
                if value == at || context.kind(value) == Kind::String {
                    return None;
                }
                at = value;
            }
            _ => return None,
        }
    }
    None
}

fn is_password(name: &str) -> bool {
    const OTHER: &[&str] =
        &["hash", "length", "len", "file", "path", "crypt", "prompt", "count", "field", "error", "size", "cipher"];
    let lower = name.to_ascii_lowercase();
    let named = ["passwd", "password", "accountkey", "passphrase"].iter().any(|word| lower.contains(word));
    (names_password(name) || named) && !OTHER.iter().any(|word| lower.contains(word))
}

fn is_number(context: &Context<'_>, node: NodeId) -> bool {
    crate::rule::c::declared(context, node).is_some_and(|own| own.is_integer() && !own.kind.ends_with("char"))
}

/// Whether the function hands the secret to something that encrypts or hashes it.
fn is_encrypted(context: &Context<'_>, node: NodeId, secret: &str) -> bool {
    let tree = context.tree();
    let function = context.function(node).unwrap_or(NodeId::ROOT);
    tree.subtree(function).take(4_000).filter(|&inner| context.kind(inner) == Kind::Call && inner != node).any(
        |inner| {
            let callee = tree
                .child(inner, Field::Callee)
                .map(|callee| context.source(callee).to_ascii_lowercase())
                .unwrap_or_default();
            ["crypt", "hash", "cipher", "digest", "encode", "ssl_", "tls_"].iter().any(|word| callee.contains(word))
                && (tree.positional(inner).any(|part| context.source(part).contains(secret))
                    || callee.contains("ssl_")
                    || callee.contains("crypt"))
        },
    )
}
