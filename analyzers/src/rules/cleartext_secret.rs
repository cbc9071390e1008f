//! CWE-319, CWE-313: a password sent, received or stored as it is.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::c::origin::{Way, origin};
use crate::rule::c::{arguments, declared, integer, library};
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
        c(
            "#include <sys/socket.h>\nvoid f(int s, const struct user *u) { char line[99]; snprintf(line, 99, \"%s\", u->credit_card_number); send(s, line, strlen(line), 0); }\n",
        ),
        c(
            "#include <sys/socket.h>\nstatic void put(int s, char *text) { send(s, text, strlen(text), 0); }\nvoid f(int s, char *password) { put(s, password); }\n",
        ),
        cpp("#include <fstream>\nvoid f(const std::string &password) { std::ofstream out(\"p\"); out << password; }\n"),
    ],
    good: &[
        c("#include <sys/socket.h>\nvoid f(int s, const char *name) { send(s, name, strlen(name), 0); }\n"),
        c(
            "#include <sys/socket.h>\nvoid f(int s, char *password) { encrypt_text(password); send(s, password, 64, 0); }\n",
        ),
        c("#include <stdio.h>\nvoid f(FILE *log, int password_length) { fprintf(log, \"%d\\n\", password_length); }\n"),
        c(
            "#include <unistd.h>\nvoid f(void) { char password[64]; int tty = open(\"/dev/tty\", 0); read(tty, password, 64); }\n",
        ),
        c(
            "#include <sys/socket.h>\nvoid f(int s, char *password) { char *sealed = crypt(password, \"ab\"); send(s, sealed, strlen(sealed), 0); }\n",
        ),
        cpp("#include <iostream>\nvoid f() { std::cout << \"Enter your password\"; }\n"),
    ],
};

/// Functions that send or receive the buffer at a place.
const SENDS: &[(&str, usize)] = &[
    ("send", 1),
    ("sendto", 1),
    ("recv", 1),
    ("recvfrom", 1),
    ("write", 1),
    ("read", 1),
    ("sendmsg", 1),
    ("WSASend", 1),
];

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
        if given.first().is_some_and(|&part| is_local(context, part)) {
            return;
        }
        if let Some(secret) = secret(context, buffer, true)
            && !is_encrypted(context, node, secret)
        {
            let message = "A secret or personal fact crosses the network as it is.";
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
        let format = given.get(1).and_then(|&format| context.string(format)).unwrap_or_default();
        if given.first().is_some_and(|&part| is_terminal(context, part)) || format.contains("%p") {
            Vec::new()
        } else {
            given.iter().skip(2).copied().collect()
        }
    } else if context.method(node) == "write" && context.object(node).is_some_and(|it| is_file_stream(context, it)) {
        given.first().copied().into_iter().collect()
    } else {
        Vec::new()
    };
    if let Some(secret) = written.into_iter().find_map(|part| secret(context, part, false))
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

/// Whether a descriptor is one of the terminal or standard streams, which are no network.
fn is_local(context: &Context<'_>, descriptor: NodeId) -> bool {
    let judge = |node: NodeId| match context.kind(node) {
        Kind::Number => Way::Found,
        Kind::Name | Kind::Attribute if context.source(node).to_ascii_uppercase().ends_with("_FILENO") => Way::Found,
        Kind::Call => {
            let first = context.positional(node, 0);
            let terminal = first.and_then(|path| context.string(path)).is_some_and(|path| path.starts_with("/dev/"));
            let numbered =
                first.and_then(|number| context.integer(number)).is_some_and(|number| (0..3).contains(&number));
            if terminal || numbered && !matches!(library(context, node), "socket" | "accept") {
                Way::Found
            } else if library(context, node) == "socket" {
                Way::Stop
            } else {
                Way::On
            }
        }
        _ => Way::On,
    };
    origin(context, descriptor, judge).is_some()
}

/// The stream at the left end of `file << a << b`.
fn innermost(context: &Context<'_>, stream: NodeId) -> NodeId {
    let mut at = stream;
    for _ in 0..32 {
        match context.tree().child(at, Field::Left) {
            Some(inner) if context.kind(at) == Kind::Binary => at = inner,
            _ => break,
        }
    }
    at
}

fn is_file_stream(context: &Context<'_>, stream: NodeId) -> bool {
    declared(context, innermost(context, stream)).is_some_and(|own| own.kind.ends_with("fstream"))
}

/// `file << password`.
fn streamed(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if context.name(node) != "<<" {
        return;
    }
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    let own = declared(context, innermost(context, left));
    if own.is_some_and(|own| own.kind.ends_with("ofstream") || own.kind.ends_with("fstream"))
        && let Some(secret) = secret(context, right, false)
        && !is_encrypted(context, node, secret)
    {
        stored(context, node, found);
    }
}

/// The name of a secret that an expression holds, or comes from; of personal facts as well where `personal`.
fn secret(context: &Context<'_>, node: NodeId, personal: bool) -> Option<NodeId> {
    let wanted = |name: &str| is_password(name) || personal && is_personal(name);
    origin(context, node, |part| match context.kind(part) {
        Kind::Name | Kind::Attribute => {
            let name = context.name(part);
            if is_other(name) || is_number(context, part) || is_sealed(context, part) || is_result(context, part) {
                Way::Stop
            } else if wanted(name) {
                Way::Found
            } else {
                Way::On
            }
        }
        Kind::Call => {
            let callee =
                context.tree().child(part, Field::Callee).map(|callee| context.name(callee)).unwrap_or_default();
            if is_other(callee) {
                Way::Stop
            } else if wanted(callee) {
                Way::Found
            } else {
                Way::On
            }
        }
        Kind::Parameter if is_other(context.name(part)) => Way::Stop,
        _ => Way::On,
    })
}

/// Names of what only speaks of a secret, or holds it made harmless.
fn is_other(name: &str) -> bool {
    const OTHER: &[&str] = &[
        "hash", "length", "len", "file", "path", "crypt", "prompt", "count", "field", "error", "size", "cipher", "max",
        "config", "tries",
    ];
    let lower = name.to_ascii_lowercase().replace("account", "");
    OTHER.iter().any(|word| lower.contains(word))
}

fn is_password(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let named = ["passwd", "password", "accountkey", "passphrase"].iter().any(|word| lower.contains(word));
    names_password(name) || named
}

/// Names of what is nobody else's business.
fn is_personal(name: &str) -> bool {
    const PERSONAL: &[&str] = &[
        "socialsecurity",
        "postcode",
        "zipcode",
        "telephone",
        "phonenumber",
        "mobilephone",
        "homephone",
        "email",
        "creditcard",
        "cardnumber",
        "bankaccount",
        "employer",
        "medical",
        "licensekey",
        "latitude",
        "longitude",
        "salary",
        "homeaddress",
        "birthdate",
        "dateofbirth",
        "passport",
    ];
    let plain: String = name.chars().filter(|letter| *letter != '_').collect::<String>().to_ascii_lowercase();
    PERSONAL.iter().any(|word| plain.contains(word))
}

fn is_number(context: &Context<'_>, node: NodeId) -> bool {
    declared(context, node)
        .is_some_and(|own| integer(own.kind).is_some() && !own.kind.ends_with("char") || own.kind.trim() == "bool")
}

/// A name for what a function that encrypts or hashes gave.
fn is_result(context: &Context<'_>, node: NodeId) -> bool {
    let value = context.value(node);
    context.kind(value) == Kind::Call
        && context.tree().child(value, Field::Callee).is_some_and(|callee| is_other(context.name(callee)))
}

/// An object of a type that says that it is encrypted.
fn is_sealed(context: &Context<'_>, node: NodeId) -> bool {
    declared(context, node).is_some_and(|own| own.kind.to_ascii_lowercase().contains("crypt"))
}

/// Whether what is around the secret hands it to something that encrypts or wipes it in place, or decrypts it.
fn is_encrypted(context: &Context<'_>, node: NodeId, secret: NodeId) -> bool {
    let tree = context.tree();
    let name = context.source(secret).trim_start_matches(['&', '*', '(']);
    let mut base = secret;
    while context.kind(base) == Kind::Attribute {
        let Some(object) = tree.child(base, Field::Object) else { break };
        base = object;
    }
    let near = context.function(secret).filter(|&function| Some(function) != context.function(node));
    let around = if near.is_some() {
        tree.ancestors(secret).find(|&above| context.kind(above) == Kind::Block)
    } else {
        declared(context, base)
            .and_then(|own| tree.ancestors(own.node).find(|&above| context.kind(above) == Kind::Block))
            .filter(|&block| tree.contains(block, node))
    };
    let around = around.or_else(|| context.function(node)).unwrap_or(NodeId::ROOT);
    tree.subtree(around).take(4_000).filter(|&inner| context.kind(inner) == Kind::Call && inner != node).any(|inner| {
        let callee = tree
            .child(inner, Field::Callee)
            .map(|callee| context.source(callee).to_ascii_lowercase())
            .unwrap_or_default();
        let alone = tree.parent(inner).is_some_and(|above| context.kind(above) == Kind::ExprStatement);
        callee.contains("ssl_")
            || (callee.contains("decrypt")
                || alone
                    && ["crypt", "hash", "cipher", "digest", "encode", "tls_", "securezero"]
                        .iter()
                        .any(|word| callee.contains(word)))
                && tree.positional(inner).any(|part| context.source(part).contains(name))
    })
}
