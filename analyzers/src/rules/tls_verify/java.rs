//! Certificates and host names that Java code does not check.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::listed::is_method_of;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::words;

/// Whether the code runs only where somebody switched checks off by a flag that says so.
fn is_behind_flag(context: &Context<'_>, node: NodeId) -> bool {
    let tree = context.tree();
    let says = |text: &str| {
        let list = words(text);
        let any = |wanted: &[&str]| list.iter().any(|word| wanted.contains(&word.as_str()));
        any(&["insecure", "unsafe", "debug", "selfsigned", "dev", "development", "test"])
            || any(&["disable", "disabled", "ignore", "skip", "no", "without", "allow", "accept", "trust", "trusting"])
                && any(&[
                    "trust",
                    "ssl",
                    "tls",
                    "cert",
                    "certs",
                    "certificate",
                    "certificates",
                    "verification",
                    "verify",
                    "check",
                    "hostname",
                    "all",
                    "validation",
                    "self",
                ])
    };
    let guarded = |node: NodeId| {
        tree.ancestors(node).filter(|&above| context.kind(above) == Kind::If).any(|branch| {
            tree.child(branch, Field::Test).is_some_and(|test| {
                tree.subtree(test).take(60).any(|part| match context.kind(part) {
                    Kind::Name | Kind::Attribute => {
                        says(context.name(part)) || says(context.source(part).rsplit('.').next().unwrap_or_default())
                    }
                    Kind::String => context.string(part).is_some_and(says),
                    _ => false,
                })
            })
        })
    };
    if guarded(node) {
        return true;
    }
    let Some(function) = context.function(node) else { return false };
    let calls = context.flow().callers(function);
    !calls.is_empty() && calls.iter().all(|&call| guarded(call))
}

/// Methods of a class of the unit or of an anonymous one.
fn method_of(context: &Context<'_>, body: NodeId, name: &str) -> Option<NodeId> {
    context
        .tree()
        .subtree(body)
        .take(3_000)
        .find(|&node| context.kind(node) == Kind::Function && context.name(node) == name)
}

fn class_named(context: &Context<'_>, name: &str) -> Option<NodeId> {
    let short = name.rsplit('.').next().unwrap_or(name);
    context.tree().ids().find(|&node| context.kind(node) == Kind::Class && context.name(node) == short)
}

/// Whether a method does nothing that could refuse.
fn accepts_all(context: &Context<'_>, function: NodeId) -> bool {
    let tree = context.tree();
    let Some(body) = tree.child(function, Field::Body) else { return false };
    tree.children(body).all(|statement| match context.kind(statement) {
        Kind::Return => tree.child(statement, Field::Value).is_none_or(|value| context.truth(value) == Some(true)),
        Kind::ExprStatement => {
            tree.subtree(statement).find(|&part| context.kind(part) == Kind::Call).is_some_and(|call| {
                matches!(context.method(call), "println" | "debug" | "info" | "trace" | "print" | "log" | "warn")
            })
        }
        _ => false,
    })
}

/// What an object's class looks like: the body of an anonymous class, or the class of the unit.
fn class_of(context: &Context<'_>, object: NodeId) -> Option<NodeId> {
    if context.kind(object) != Kind::New {
        return None;
    }
    context.tree().child(object, Field::Body).or_else(|| class_named(context, context.callee(object)))
}

/// The method by which a value, or one it holds, accepts every certificate.
fn trusts_all(context: &Context<'_>, managers: NodeId) -> Option<NodeId> {
    let tree = context.tree();
    let accepting = |object: NodeId| {
        class_of(context, object)
            .and_then(|class| method_of(context, class, "checkServerTrusted"))
            .filter(|&check| accepts_all(context, check))
    };
    context.flow().leaves(managers).into_iter().find_map(|leaf| {
        let mut made = tree.subtree(leaf).take(200).filter(|&part| context.kind(part) == Kind::New);
        made.find_map(accepting).or_else(|| {
            let mut names = tree.children(leaf).filter(|&part| context.kind(part) == Kind::Name);
            names.find_map(|part| accepting(context.value(part)))
        })
    })
}

/// Where a verifier accepts every host.
fn accepts_hosts(context: &Context<'_>, verifier: NodeId) -> Option<NodeId> {
    let tree = context.tree();
    context.flow().leaves(verifier).into_iter().find_map(|leaf| match context.kind(leaf) {
        Kind::Lambda => {
            let accepts = tree.child(leaf, Field::Body).is_some_and(|body| match context.kind(body) {
                Kind::Block => {
                    let mut statements = tree.children(body);
                    matches!((statements.next(), statements.next()), (Some(only), None) if context.kind(only) == Kind::Return
                        && tree.child(only, Field::Value).and_then(|value| context.truth(value)) == Some(true))
                }
                _ => context.truth(body) == Some(true),
            });
            accepts.then_some(leaf)
        }
        Kind::New => {
            let name = context.callee(leaf).rsplit('.').next().unwrap_or_default();
            if matches!(name, "NoopHostnameVerifier" | "AllowAllHostnameVerifier" | "NullHostnameVerifier") {
                return Some(leaf);
            }
            let check = class_of(context, leaf).and_then(|class| method_of(context, class, "verify"));
            check.filter(|&check| accepts_all(context, check))
        }
        Kind::Attribute | Kind::Name => {
            let path = context.path(leaf);
            let accepts =
                path.ends_with("ALLOW_ALL_HOSTNAME_VERIFIER") || path.ends_with("NoopHostnameVerifier.INSTANCE");
            accepts.then_some(leaf)
        }
        _ => None,
    })
}

/// A call that takes a trust manager or verifier, or switches checks off.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let method = context.method(call);
    if is_method_of(path, "SSLContext", "init") {
        let weak = context.positional(call, 1).and_then(|managers| trusts_all(context, managers));
        if let Some(check) = weak.filter(|_| !is_behind_flag(context, call)) {
            let report = Report::issue(call, concept::TLS_VERIFY, "Every certificate is trusted.");
            found.push(context, report.step(context, check, "the check that refuses nothing"));
        }
        return;
    }
    if method.to_ascii_lowercase().contains("hostnameverifier") {
        let weak = context.positional(call, 0).and_then(|verifier| accepts_hosts(context, verifier));
        if let Some(check) = weak.filter(|_| !is_behind_flag(context, call)) {
            let report = Report::issue(call, concept::TLS_VERIFY, "Every host name is accepted.").cwe(&[297, 295]);
            found.push(context, report.step(context, check, "the check that refuses nothing"));
        }
        return;
    }
    match method {
        "verify" if context.kind(context.tree().parent(call).unwrap_or(NodeId::ROOT)) == Kind::ExprStatement => {
            if path.contains("HostnameVerifier") {
                let message = "The answer of the host name check is not looked at.";
                let report = Report::issue(call, concept::TLS_VERIFY, message).cwe(&[297]);
                let names = &context.program().names;
                let declared = context.object(call).and_then(|object| names.definition(object)).map(|it| it.node);
                found.push(
                    context,
                    match declared {
                        Some(declared) => report.step(context, declared, "the check"),
                        None => report,
                    },
                );
            }
        }
        "setProperty" | "put" => {
            let key = context.positional(call, 0).and_then(|key| context.string(key)).unwrap_or_default();
            let value = context.positional(call, 1);
            let on = value.is_some_and(|value| {
                context.string(value) == Some("true")
                    || context.truth(value) == Some(true) && context.string(value).is_none()
                    || context.source(value).contains("TRUE")
            });
            if key == "com.sun.jndi.ldap.object.disableEndpointIdentification" && on {
                let message = "The host name of LDAP servers is not checked.";
                let report = Report::issue(call, concept::TLS_VERIFY, message).cwe(&[297]);
                let named = context.positional(call, 0).map_or(call, |name| context.value(name));
                found.push(context, report.step(context, named, "the name of the setting"));
                // Where a list of properties is put in force, it is so there too.
                if let Some(object) = context.object(call).filter(|_| !is_method_of(path, "System", "setProperty")) {
                    in_force(context, call, object, found);
                }
            } else if matches!(key, "mail.smtp.ssl.checkserveridentity" | "mail.smtps.ssl.checkserveridentity")
                && value.is_some_and(|value| {
                    context.string(value) == Some("false")
                        || context.truth(value) == Some(false) && context.string(value).is_none()
                })
            {
                found.push(
                    context,
                    Report::issue(call, concept::TLS_VERIFY, "The host name of mail servers is not checked.")
                        .cwe(&[297]),
                );
            }
        }
        "setSSLOnConnect" | "setStartTLSEnabled" | "setTLS" | "setSSL"
            if context.positional(call, 0).and_then(|on| context.truth(on)) == Some(true)
                && context
                    .object(call)
                    .is_some_and(|object| !calls_on(context, call, object, &["setSSLCheckServerIdentity"], false))
                && (path.contains("mail") || path.contains("Email")) =>
        {
            let message = "The host name of the mail server is not checked.";
            found.push(
                context,
                Report::issue(call, concept::TLS_VERIFY, message).cwe(&[297]).severity(Severity::Medium),
            );
        }
        "getInstance" | "getDefaultInstance" if is_method_of(path, "Session", method) && path.contains("mail") => {
            let unchecked = context.function(call).is_some_and(|function| {
                let text = context.source(function);
                (text.contains("mail.smtp.socketFactory.class")
                    || text.contains("mail.smtp.ssl")
                    || text.contains("mail.smtps"))
                    && !text.contains("checkserveridentity")
            });
            if unchecked {
                let message = "The host name of the mail server is not checked.";
                found.push(
                    context,
                    Report::issue(call, concept::TLS_VERIFY, message).cwe(&[297]).severity(Severity::Medium),
                );
            }
        }
        "getInsecure" if path.contains("SSLCertificateSocketFactory") => {
            found.push(context, Report::issue(call, concept::TLS_VERIFY, "Certificates are not checked."));
        }
        "setRevocationEnabled"
            if context.positional(call, 0).is_some_and(|on| {
                context.truth(on) == Some(false)
                    || context.flow().leaves(on).into_iter().any(|leaf| context.truth(leaf) == Some(false))
            }) =>
        {
            // Another checker of the path may ask instead.
            let asks = context.function(call).is_some_and(|function| {
                let text = context.source(function);
                text.contains("RevocationChecker") || text.contains("addCertPathChecker")
            });
            if asks {
                return;
            }
            let report = Report::issue(call, concept::TLS_VERIFY, "Revoked certificates are accepted.");
            found.push(context, report.cwe(&[299, 295]).severity(Severity::Medium));
        }
        "proceed" if path.contains("SslErrorHandler") => {
            let alone = context.function(call).is_some_and(|function| {
                !context.tree().subtree(function).take(2_000).any(|node| {
                    context.kind(node) == Kind::If
                        || context.kind(node) == Kind::Call && context.method(node) == "cancel"
                })
            });
            if alone {
                found.push(
                    context,
                    Report::issue(call, concept::TLS_VERIFY, "Pages with wrong certificates are shown."),
                );
            }
        }
        "trustAllCerts" | "trustAll" | "setTrustAll"
            if context.positional(call, 0).is_none_or(|on| context.truth(on) == Some(true)) =>
        {
            found.push(context, Report::issue(call, concept::TLS_VERIFY, "Every certificate is trusted."));
        }
        "useSslProtocol" | "setSslContextFactory" if path.contains("ConnectionFactory") => {
            let Some(object) = context.object(call) else { return };
            if !calls_on(context, call, object, &["enableHostnameVerification"], false) {
                let message = "The host name of the server is not checked.";
                found.push(context, Report::issue(call, concept::TLS_VERIFY, message).cwe(&[297, 273]));
            }
        }
        _ => endpoint(context, call, found),
    }
}

/// `System.setProperties(list)` after a setting in the list.
fn in_force(context: &Context<'_>, call: NodeId, object: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let name = context.source(object);
    let later = tree.subtree(tree.scope(call)).take(4_000).find(|&node| {
        node > call
            && context.kind(node) == Kind::Call
            && context.method(node) == "setProperties"
            && context.positional(node, 0).is_some_and(|list| context.source(list) == name)
    });
    if let Some(later) = later {
        let message = "The host name of LDAP servers is not checked.";
        found.push(context, Report::issue(later, concept::TLS_VERIFY, message).cwe(&[297]));
    }
}

/// Whether one of the methods is called on the object in the same function.
fn calls_on(context: &Context<'_>, call: NodeId, object: NodeId, methods: &[&str], before: bool) -> bool {
    let tree = context.tree();
    let name = context.source(object);
    let binding = context.program().names.binding(object);
    let scope = tree.scope(call);
    let block = tree.ancestors(call).find(|&above| context.kind(above) == Kind::Block).unwrap_or(scope);
    let within = if before { scope } else { block };
    tree.subtree(within).take(4_000).any(|node| {
        context.kind(node) == Kind::Call
            && (!before || node < call)
            && methods.contains(&context.method(node))
            && context.object(node).is_some_and(|of| {
                context.source(of) == name && (binding.is_none() || context.program().names.binding(of) == binding)
            })
    })
}

/// Sockets and engines that talk without a check of the host name.
fn endpoint(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let method = context.method(call);
    let talks = matches!(
        method,
        "beginHandshake" | "wrap" | "unwrap" | "getOutputStream" | "getInputStream" | "startHandshake"
    );
    if !talks {
        return;
    }
    let path = context.callee(call);
    let engine = path.contains("SSLEngine");
    let socket = path.contains("SSLSocket");
    if !engine && !socket {
        return;
    }
    let Some(object) = context.object(call) else { return };
    let maker = context.value(object);
    let maker = if context.kind(maker) == Kind::Cast {
        context.tree().child(maker, Field::Value).unwrap_or(maker)
    } else {
        maker
    };
    let plain = matches!(context.method(maker), "createSSLEngine" | "createSocket");
    // What checks the name by itself.
    let elsewhere = context.function(call).is_some_and(|function| {
        context.tree().subtree(function).take(4_000).any(|node| {
            context.kind(node) == Kind::Call
                && matches!(context.method(node), "verify" | "setEndpointIdentificationAlgorithm")
                && (context.method(node) == "verify"
                    || context
                        .positional(node, 0)
                        .is_some_and(|name| context.string(name).is_some_and(|name| !name.is_empty()))
                        && node < call)
        })
    });
    if !plain || elsewhere || calls_on(context, call, object, &["setUseClientMode"], true) {
        return;
    }
    let given = calls_on(context, call, object, &["setSSLParameters"], true);
    let switched_off = given
        && context.function(call).is_some_and(|function| {
            context.tree().subtree(function).take(4_000).any(|node| {
                context.kind(node) == Kind::Call
                    && context.method(node) == "setEndpointIdentificationAlgorithm"
                    && context
                        .positional(node, 0)
                        .is_some_and(|name| context.kind(name) == Kind::Null || context.string(name) == Some(""))
            })
        });
    if !given || switched_off {
        let report = Report::issue(call, concept::TLS_VERIFY, "The host name of the peer is not checked.");
        let report = report.step(context, maker, "what talks to the peer is made here");
        found.push(context, report.cwe(&[297, 273]).severity(Severity::Medium).confidence(Confidence::Medium));
    }
}

/// A browser component that accepts wrong certificates.
pub(super) fn construction(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if context.callee(node) != "com.teamdev.jxbrowser.chromium.Browser" {
        return;
    }
    let handled = context.function(node).is_some_and(|function| {
        context
            .tree()
            .subtree(function)
            .take(4_000)
            .any(|call| context.kind(call) == Kind::Call && context.method(call) == "setLoadHandler")
    });
    if !handled {
        let report = Report::issue(node, concept::TLS_VERIFY, "Pages with wrong certificates are shown.");
        let names = &context.program().names;
        let class = context.tree().child(node, Field::Callee).and_then(|class| names.definition(class));
        found.push(
            context,
            match class {
                Some(class) => report.step(context, class.node, "the component"),
                None => report,
            },
        );
    }
}

/// Whether a method does nothing that could refuse.
pub(super) fn refuses_nothing(context: &Context<'_>, function: NodeId) -> bool {
    accepts_all(context, function)
}

/// Whether the unit gives the class of a check to a connection, where it is judged.
pub(super) fn is_put_to_use(context: &Context<'_>, function: NodeId) -> bool {
    let tree = context.tree();
    tree.ids().filter(|&node| context.kind(node) == Kind::Call).any(|call| {
        is_method_of(context.callee(call), "SSLContext", "init")
            && context
                .positional(call, 1)
                .is_some_and(|managers| context.kind(managers) != Kind::Null && trusts_all(context, managers).is_some())
    }) && tree.subtree(function).next().is_some()
}
