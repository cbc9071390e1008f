//! Options that make a call safe are added or set; never touches another argument.

use crate::edit::{Edit, EditKind, after_statement};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

/// Sets keyword `name` of a call to `value`, whether or not it is there.
fn set(context: Context<'_>, call: NodeId, name: &str, value: &str, draft: Draft) -> Option<Draft> {
    let tree = context.tree();
    // What `**options` holds is not known.
    if tree
        .children_in(call, Field::Argument)
        .any(|argument| tree.kind(argument) == Kind::Spread && context.name(argument) == "**")
    {
        return None;
    }
    if let Some(old) = context.keyword(call, name) {
        return (context.text(old) != value).then(|| draft.replace(tree.span(old), value));
    }
    let (at, comma) = context.argument_end(call)?;
    let before = context.program.text[..at].ends_with(',');
    let lead = if comma {
        ", "
    } else if before {
        " "
    } else {
        ""
    };
    Some(draft.insert(at, format!("{lead}{name}={value}")))
}

fn calls_around(context: Context<'_>, node: NodeId, wanted: impl Fn(&str) -> bool) -> Option<NodeId> {
    let tree = context.tree();
    context.around(node, |above| tree.kind(above) == Kind::Call && wanted(context.callee_name(above)))
}

/// Network calls get a time limit.
pub(super) fn timeout(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let wanted = |name: &str| {
        matches!(
            name,
            "get"
                | "post"
                | "put"
                | "delete"
                | "patch"
                | "head"
                | "options"
                | "request"
                | "urlopen"
                | "create_connection"
                | "Client"
                | "AsyncClient"
                | "SMTP"
                | "SMTP_SSL"
                | "FTP"
                | "HTTPConnection"
                | "HTTPSConnection"
                | "stream"
        )
    };
    let Some(call) = calls_around(context, node, wanted) else { return };
    if context.keyword(call, "timeout").is_some_and(|old| context.tree().kind(old) != Kind::Null) {
        return;
    }
    let draft = Draft::new(EditKind::AddTimeout, call, &[400], "wait for an answer for a limited time only");
    out.extend(set(context, call, "timeout", "30", draft).map(Draft::finish));
}

/// `debug=True` and its relatives are switched off.
pub(super) fn debug(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let draft = |at: NodeId| Draft::new(EditKind::DisableDebug, at, &[94], "switch the debugger off");
    let is_true = |value: NodeId| matches!(context.text(value), "True" | "1");
    if let Some(call) = context.around(node, |above| {
        tree.kind(above) == Kind::Call
            && ["debug", "use_debugger"].iter().any(|name| context.keyword(above, name).is_some())
    }) {
        for name in ["debug", "use_debugger"] {
            if let Some(value) = context.keyword(call, name).filter(|&value| is_true(value)) {
                out.push(draft(call).replace(tree.span(value), "False").finish());
            }
        }
        return;
    }
    let statement = tree.statement(node);
    if tree.kind(statement) == Kind::Assign
        && let Some(value) = tree.child(statement, Field::Value).filter(|&value| is_true(value))
    {
        let named = tree
            .children_in(statement, Field::Target)
            .any(|target| context.text(target).to_ascii_lowercase().contains("debug"));
        if named {
            out.push(draft(statement).replace(tree.span(value), "False").finish());
        }
    }
}

/// Certificates are checked.
pub(super) fn verification(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let draft = |at: NodeId| Draft::new(EditKind::EnableVerification, at, &[295], "check certificates");
    let call = context.around(node, |above| {
        tree.kind(above) == Kind::Call
            && ["verify", "ssl", "check_hostname", "verify_ssl", "cert_reqs"]
                .iter()
                .any(|name| context.keyword(above, name).is_some())
    });
    if let Some(call) = call {
        for name in ["verify", "ssl", "check_hostname", "verify_ssl"] {
            if let Some(value) = context.keyword(call, name).filter(|&value| context.text(value) == "False") {
                out.push(draft(call).replace(tree.span(value), "True").finish());
            }
        }
        if let Some(value) = context.keyword(call, "cert_reqs") {
            let text = context.text(value);
            if text.contains("CERT_NONE") {
                out.push(draft(call).replace(tree.span(value), text.replace("CERT_NONE", "CERT_REQUIRED")).finish());
            }
        }
    }
    let statement = tree.statement(node);
    for below in tree.subtree(statement).filter(|&below| matches!(tree.kind(below), Kind::Attribute | Kind::Name)) {
        let replacement = match context.path(below) {
            "ssl._create_unverified_context" => "create_default_context",
            "ssl.CERT_NONE" => "CERT_REQUIRED",
            _ => continue,
        };
        if tree.kind(below) == Kind::Attribute {
            out.push(draft(below).replace(tree.name_span(below), replacement).finish());
        } else {
            let (ssl, import) = context.module("ssl");
            out.push(draft(below).replace(tree.span(below), format!("{ssl}.{replacement}")).import(import).finish());
        }
    }
    if tree.kind(statement) == Kind::Assign
        && let Some(value) = tree.child(statement, Field::Value).filter(|&value| context.text(value) == "False")
        && tree
            .children_in(statement, Field::Target)
            .any(|target| matches!(context.name(target), "check_hostname" | "verify"))
    {
        out.push(draft(statement).replace(tree.span(value), "True").finish());
    }
}

/// Old protocol versions give way to TLS 1.2.
pub(super) fn protocol(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let wraps = |above: NodeId| tree.kind(above) == Kind::Call && context.callee_path(above) == "ssl.wrap_socket";
    if let Some(call) = context.around(node, wraps)
        && context.keyword(call, "ssl_version").is_none()
    {
        let (ssl, import) = context.module("ssl");
        let draft = Draft::new(EditKind::StrongAlgorithm, call, &[327], "speak TLS 1.2 or later").import(import);
        out.extend(set(context, call, "ssl_version", &format!("{ssl}.PROTOCOL_TLSv1_2"), draft).map(Draft::finish));
        return;
    }
    for below in tree.subtree(tree.statement(node)).filter(|&below| tree.kind(below) == Kind::Attribute) {
        let replacement = match context.name(below) {
            "PROTOCOL_SSLv23" | "PROTOCOL_SSLv2" | "PROTOCOL_SSLv3" | "PROTOCOL_TLSv1" | "PROTOCOL_TLSv1_1" => {
                "PROTOCOL_TLSv1_2"
            }
            "SSLv23_METHOD" | "SSLv2_METHOD" | "SSLv3_METHOD" | "TLSv1_METHOD" | "TLSv1_1_METHOD" => "TLSv1_2_METHOD",
            "SSLv3" | "TLSv1" | "TLSv1_1" if context.text(below).contains("TLSVersion") => "TLSv1_2",
            _ => continue,
        };
        let draft = Draft::new(EditKind::StrongAlgorithm, below, &[327], "speak TLS 1.2 or later");
        out.push(draft.replace(tree.name_span(below), replacement).finish());
    }
}

/// `extractall(…, filter="data")`.
pub(super) fn archive(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let Some(call) = calls_around(context, node, |name| matches!(name, "extractall" | "extract" | "unpack_archive"))
    else {
        return;
    };
    // Zip files have no such option, and their members cannot leave the directory.
    let zip =
        context.imports("zipfile") && !context.imports("tarfile") && context.callee_name(call) != "unpack_archive";
    if zip || context.type_of_callee(call).is_some_and(|kind| kind.contains("zip") || kind.contains("Zip")) {
        return;
    }
    let draft = Draft::new(EditKind::SafeOption, call, &[22], "refuse members outside the target directory");
    out.extend(set(context, call, "filter", "\"data\"", draft).map(Draft::finish));
}

/// Template environments escape.
pub(super) fn autoescape(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let Some(call) =
        calls_around(context, node, |name| matches!(name, "Environment" | "Template" | "SandboxedEnvironment"))
    else {
        return;
    };
    let draft = Draft::new(EditKind::TemplateEscape, call, &[79], "let the template engine escape");
    out.extend(set(context, call, "autoescape", "True", draft).map(Draft::finish));
}

/// Cookies are kept from scripts and other sites.
pub(super) fn cookie(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    if let Some(call) = calls_around(context, node, |name| name == "set_cookie") {
        let mut draft =
            Some(Draft::new(EditKind::SafeOption, call, &[1004], "keep the cookie from scripts and other sites"));
        let mut missing = Vec::new();
        for (name, value) in [("secure", "True"), ("httponly", "True"), ("samesite", "\"Lax\"")] {
            match context.keyword(call, name) {
                Some(old) if matches!(context.text(old), "False" | "None") => {
                    draft = draft.map(|draft| draft.replace(tree.span(old), value));
                }
                Some(_) => {}
                None => missing.push(format!("{name}={value}")),
            }
        }
        let spread = tree.children_in(call, Field::Argument).any(|argument| tree.kind(argument) == Kind::Spread);
        let end = context.argument_end(call).filter(|_| !spread);
        if !missing.is_empty() {
            draft = draft.zip(end).map(|(draft, (at, comma))| {
                draft.insert(at, format!("{}{}", if comma { ", " } else { "" }, missing.join(", ")))
            });
        }
        out.extend(draft.map(Draft::finish));
        return;
    }
    let statement = tree.statement(node);
    if tree.kind(statement) == Kind::Assign
        && let Some(value) = tree.child(statement, Field::Value).filter(|&value| context.text(value) == "False")
    {
        let draft = Draft::new(EditKind::SafeOption, statement, &[614], "send the cookie over TLS and not to scripts");
        out.push(draft.replace(tree.span(value), "True").finish());
    }
}

/// Servers bind to the loopback interface.
pub(super) fn bind(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let statement = tree.statement(node);
    let found = tree.subtree(statement).find(|&below| {
        tree.kind(below) == Kind::String && matches!(context.string(below).as_deref(), Some("0.0.0.0" | "::"))
    });
    let Some(literal) = found else { return };
    // A task that names the address wants it.
    let told = tree
        .comments()
        .iter()
        .any(|comment| context.program.text.get(comment.range()).is_some_and(|text| text.contains("0.0.0.0")));
    if told {
        return;
    }
    let quote = context.text(literal).get(..1).unwrap_or("\"");
    let address = if context.string(literal).as_deref() == Some("::") { "::1" } else { "127.0.0.1" };
    let draft = Draft::new(EditKind::BindLoopback, literal, &[605], "listen on the loopback interface");
    out.push(draft.replace(tree.span(literal), format!("{quote}{address}{quote}")).finish());
}

/// File modes keep group and others out.
pub(super) fn mode(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let Some(call) = calls_around(context, node, |name| {
        matches!(name, "chmod" | "fchmod" | "lchmod" | "mkdir" | "makedirs" | "open" | "umask" | "mkfifo" | "mknod")
    }) else {
        return;
    };
    let draft = |at: NodeId| Draft::new(EditKind::TightenMode, at, &[732], "keep group and others out");
    for argument in tree.children_in(call, Field::Argument) {
        let value = if tree.kind(argument) == Kind::Keyword {
            tree.child(argument, Field::Value).unwrap_or(argument)
        } else {
            argument
        };
        let text = context.text(value);
        if tree.kind(value) == Kind::Number {
            let Some(mode) = number(text) else { continue };
            let wanted = if context.callee_name(call) == "umask" { mode | 0o077 } else { mode & 0o7700 };
            if wanted != mode && (mode > 0o77 || context.callee_name(call) == "umask") {
                out.push(draft(call).replace(tree.span(value), format!("0o{wanted:o}")).finish());
            }
        } else if text.contains("S_I") && tree.kind(value) != Kind::Call {
            let owner = owner_bits(context, value);
            if !owner.is_empty() && owner.len() < text.len() {
                out.push(draft(call).replace(tree.span(value), owner).finish());
            }
        }
    }
}

fn number(text: &str) -> Option<u32> {
    let digits = text.replace('_', "").to_ascii_lowercase();
    match digits.strip_prefix("0o") {
        Some(octal) => u32::from_str_radix(octal, 8).ok(),
        None => match digits.strip_prefix("0x") {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            // Python 2's octal.
            None if digits.len() > 1 && digits.starts_with('0') => u32::from_str_radix(&digits, 8).ok(),
            None => digits.parse().ok(),
        },
    }
}

/// The `stat.S_I…` flags of the owner, joined by `|`.
fn owner_bits(context: Context<'_>, value: NodeId) -> String {
    let tree = context.tree();
    let flags: Vec<&str> = tree
        .subtree(value)
        .filter(|&below| {
            let name = if tree.kind(below) == Kind::Attribute { context.name(below) } else { context.text(below) };
            matches!(tree.kind(below), Kind::Attribute | Kind::Name)
                && name.starts_with("S_I")
                && matches!(name, "S_IRWXU" | "S_IRUSR" | "S_IWUSR" | "S_IXUSR" | "S_IREAD" | "S_IWRITE" | "S_IEXEC")
        })
        .map(|below| context.text(below))
        .collect();
    if flags.is_empty() {
        return if context.text(value).contains("stat.") {
            "stat.S_IRUSR | stat.S_IWUSR".to_owned()
        } else {
            String::new()
        };
    }
    flags.join(" | ")
}

/// `lxml` parsers leave entities alone and fetch nothing.
pub(super) fn xml(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    const OPTIONS: &str = "resolve_entities=False, no_network=True";
    let tree = context.tree();
    let of_lxml = |call: NodeId| tree.kind(call) == Kind::Call && context.callee_path(call).starts_with("lxml.");
    let Some(call) = context.around(node, of_lxml) else { return };
    let draft = Draft::new(EditKind::HardenParser, call, &[611], "let the parser expand no entities and fetch nothing");
    match context.callee_name(call) {
        "XMLParser" | "ETCompatXMLParser" | "iterparse" => {
            let draft = set(context, call, "resolve_entities", "False", draft);
            let network = context.keyword(call, "no_network").filter(|&value| context.text(value) == "False");
            let draft = draft.map(|draft| match network {
                Some(value) => draft.replace(tree.span(value), "True"),
                None => draft,
            });
            out.extend(draft.map(Draft::finish));
        }
        "parse" | "fromstring" | "XML" | "XMLID" => {
            let module = tree.child(call, Field::Callee).and_then(|callee| tree.child(callee, Field::Object));
            let one = tree.children_in(call, Field::Argument).count() == 1;
            if let (Some(module), Some((at, _)), true) = (module, context.argument_end(call), one) {
                let parser = format!(", parser={}.XMLParser({OPTIONS})", context.text(module));
                out.push(draft.insert(at, parser).finish());
            }
        }
        _ => {}
    }
}

/// Unknown SSH hosts are refused; the known ones are loaded.
pub(super) fn host_key(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let Some(call) = calls_around(context, node, |name| name == "set_missing_host_key_policy") else { return };
    let accepting = |part: &NodeId| {
        matches!(tree.kind(*part), Kind::Attribute | Kind::Name)
            && matches!(context.name(*part), "AutoAddPolicy" | "WarningPolicy")
    };
    let Some(policy) =
        tree.children_in(call, Field::Argument).flat_map(|argument| tree.subtree(argument)).find(accepting)
    else {
        return;
    };
    let client = tree.child(call, Field::Callee).and_then(|callee| tree.child(callee, Field::Object));
    let statement = tree.statement(call);
    if tree.kind(policy) == Kind::Name || !context.alone_on_line(statement) {
        return;
    }
    let mut draft = Draft::new(EditKind::EnableVerification, call, &[295], "accept known SSH hosts only")
        .replace(tree.name_span(policy), "RejectPolicy");
    if !context.program.text.contains("load_system_host_keys")
        && let Some(client) = client
    {
        let load = format!("{}.load_system_host_keys()", context.text(client));
        draft = draft.text(after_statement(&context.program.text, tree.span(statement), &[load]));
    }
    out.push(draft.finish());
}

/// Keys are long enough.
pub(super) fn key_size(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let Some(call) = context.call_around(node) else { return };
    for argument in tree.children_in(call, Field::Argument) {
        let keyword = tree.kind(argument) == Kind::Keyword;
        let value = if keyword { tree.child(argument, Field::Value).unwrap_or(argument) } else { argument };
        if keyword && !matches!(context.name(argument), "key_size" | "bits") {
            continue;
        }
        if matches!(context.text(value), "512" | "768" | "1024" | "1536") {
            let draft = Draft::new(EditKind::StrongAlgorithm, call, &[326], "use a key of 2048 bits");
            out.push(draft.replace(tree.span(value), "2048").finish());
        }
    }
}
