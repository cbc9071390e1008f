//! Patterns of Bandit's tests in calls and imports.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::{report, report_as};
use crate::concept;
use crate::rule::common::constant_integer;
use crate::rule::{Context, Exposure, Findings};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;

/// What a callee's name alone matches: test and concept.
type Named = (&'static str, &'static str);

/// Callees by dotted name. `Crypto` stands for `Cryptodome` as well.
const CALLEES: &[(Named, &[&str])] = &[
    (("B102", concept::EVAL_STRING), &["exec"]),
    (("B307", concept::EVAL_STRING), &["eval"]),
    (
        ("B301", concept::PICKLE_LOAD),
        &[
            "pickle.loads",
            "pickle.load",
            "pickle.Unpickler",
            "cPickle.loads",
            "cPickle.load",
            "cPickle.Unpickler",
            "dill.loads",
            "dill.load",
            "dill.Unpickler",
            "shelve.open",
            "shelve.DbfilenameShelf",
            "jsonpickle.decode",
            "jsonpickle.unpickler.decode",
            "jsonpickle.unpickler.Unpickler",
            "pandas.read_pickle",
        ],
    ),
    (("B302", concept::PICKLE_LOAD), &["marshal.load", "marshal.loads"]),
    (
        ("B303", concept::WEAK_HASH),
        &[
            "Crypto.Hash.MD2.new",
            "Crypto.Hash.MD4.new",
            "Crypto.Hash.MD5.new",
            "Crypto.Hash.SHA.new",
            "cryptography.hazmat.primitives.hashes.MD5",
            "cryptography.hazmat.primitives.hashes.SHA1",
        ],
    ),
    (
        ("B304", concept::WEAK_CIPHER),
        &[
            "Crypto.Cipher.ARC2.new",
            "Crypto.Cipher.ARC4.new",
            "Crypto.Cipher.Blowfish.new",
            "Crypto.Cipher.DES.new",
            "Crypto.Cipher.XOR.new",
            "cryptography.hazmat.primitives.ciphers.algorithms.ARC4",
            "cryptography.hazmat.primitives.ciphers.algorithms.Blowfish",
            "cryptography.hazmat.primitives.ciphers.algorithms.CAST5",
            "cryptography.hazmat.primitives.ciphers.algorithms.IDEA",
            "cryptography.hazmat.primitives.ciphers.algorithms.SEED",
            "cryptography.hazmat.primitives.ciphers.algorithms.TripleDES",
        ],
    ),
    (("B306", concept::MKTEMP), &["tempfile.mktemp"]),
    (
        ("B310", concept::URL_SCHEME),
        &[
            "urllib.request.urlopen",
            "urllib.request.urlretrieve",
            "urllib.request.URLopener",
            "urllib.request.FancyURLopener",
            "urllib2.urlopen",
            "urllib.urlopen",
            "urllib.urlretrieve",
            "urllib.URLopener",
            "urllib.FancyURLopener",
            "six.moves.urllib.request.urlopen",
            "six.moves.urllib.request.urlretrieve",
            "six.moves.urllib.request.URLopener",
            "six.moves.urllib.request.FancyURLopener",
        ],
    ),
    (
        ("B311", concept::INSECURE_RANDOM),
        &[
            "random.Random",
            "random.random",
            "random.randrange",
            "random.randint",
            "random.choice",
            "random.choices",
            "random.uniform",
            "random.triangular",
            "random.randbytes",
            "random.sample",
            "random.getrandbits",
        ],
    ),
    (("B312", concept::CLEARTEXT_PROTOCOL), &["telnetlib.Telnet"]),
    (
        ("B313", concept::XML_PARSER),
        &[
            "xml.etree.cElementTree.parse",
            "xml.etree.cElementTree.iterparse",
            "xml.etree.cElementTree.fromstring",
            "xml.etree.cElementTree.XMLParser",
        ],
    ),
    (
        ("B314", concept::XML_PARSER),
        &[
            "xml.etree.ElementTree.parse",
            "xml.etree.ElementTree.iterparse",
            "xml.etree.ElementTree.fromstring",
            "xml.etree.ElementTree.XMLParser",
        ],
    ),
    (("B315", concept::XML_PARSER), &["xml.sax.expatreader.create_parser"]),
    (("B316", concept::XML_PARSER), &["xml.dom.expatbuilder.parse", "xml.dom.expatbuilder.parseString"]),
    (("B317", concept::XML_PARSER), &["xml.sax.parse", "xml.sax.parseString", "xml.sax.make_parser"]),
    (("B318", concept::XML_PARSER), &["xml.dom.minidom.parse", "xml.dom.minidom.parseString"]),
    (("B319", concept::XML_PARSER), &["xml.dom.pulldom.parse", "xml.dom.pulldom.parseString"]),
    (("B321", concept::CLEARTEXT_PROTOCOL), &["ftplib.FTP"]),
    (
        ("B412", concept::RISKY_IMPORT),
        &["wsgiref.handlers.CGIHandler", "twisted.web.twcgi.CGIScript", "twisted.web.twcgi.CGIDirectory"],
    ),
    (("B702", concept::JINJA_AUTOESCAPE), &["mako.template.Template"]),
    (("B308", concept::MARK_SAFE), &["django.utils.safestring.mark_safe"]),
];

/// Modules whose import is a reminder, with what lies below them.
const IMPORTS: &[(&str, &[u16], &[&str])] = &[
    ("B401", &[319, 1104], &["telnetlib"]),
    ("B402", &[319], &["ftplib"]),
    ("B403", &[502], &["pickle", "cPickle", "dill", "shelve"]),
    ("B404", &[78], &["subprocess"]),
    ("B405", &[20, 611], &["xml.etree.cElementTree", "xml.etree.ElementTree"]),
    ("B406", &[20, 611], &["xml.sax"]),
    ("B407", &[20, 611], &["xml.dom.expatbuilder"]),
    ("B408", &[20, 611], &["xml.dom.minidom"]),
    ("B409", &[20, 611], &["xml.dom.pulldom"]),
    ("B411", &[20, 611], &["xmlrpc"]),
    ("B412", &[284], &["wsgiref.handlers.CGIHandler", "twisted.web.twcgi.CGIScript", "twisted.web.twcgi.CGIDirectory"]),
    (
        "B413",
        &[327, 1104],
        &[
            "Crypto.Cipher",
            "Crypto.Hash",
            "Crypto.IO",
            "Crypto.Protocol",
            "Crypto.PublicKey",
            "Crypto.Random",
            "Crypto.Signature",
            "Crypto.Util",
        ],
    ),
    ("B415", &[319], &["pyghmi"]),
];

const RUNNERS: &[&str] =
    &["subprocess.Popen", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.run"];
const SHELLS: &[&str] = &[
    "os.system",
    "os.popen",
    "os.popen2",
    "os.popen3",
    "os.popen4",
    "popen2.popen2",
    "popen2.popen3",
    "popen2.popen4",
    "popen2.Popen3",
    "popen2.Popen4",
    "commands.getoutput",
    "commands.getstatusoutput",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
];
const REQUESTS: &[&str] = &["get", "options", "head", "post", "put", "patch", "delete"];
const CLIENTS: &[&str] = &["request", "stream", "Client", "AsyncClient"];

fn callees() -> &'static HashMap<&'static str, Named> {
    static BY_NAME: OnceLock<HashMap<&'static str, Named>> = OnceLock::new();
    BY_NAME.get_or_init(|| {
        CALLEES.iter().flat_map(|&(named, names)| names.iter().map(move |&name| (name, named))).collect()
    })
}

pub(super) fn import(context: &Context<'_>, item: NodeId, found: &mut Findings) {
    if let Some(path) = context.tree().import_path(item) {
        imported(context, item, path, found);
    }
}

fn imported(context: &Context<'_>, node: NodeId, path: &str, found: &mut Findings) {
    let below = |module: &str| path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    if let Some(&(test, cwe, _)) = IMPORTS.iter().find(|(_, _, modules)| modules.iter().any(|module| below(module))) {
        report_as(context, node, test, concept::RISKY_IMPORT, Some(cwe), found);
    }
}

pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let last = if path.is_empty() { context.method(call) } else { path.rsplit('.').next().unwrap_or(path) };
    let path = path.strip_prefix("builtins.").unwrap_or(path);
    let plain;
    let path = match path.strip_prefix("Cryptodome.") {
        Some(rest) => {
            plain = format!("Crypto.{rest}");
            plain.as_str()
        }
        None => path,
    };
    if let Some(&(test, concept)) = callees().get(path) {
        report(context, call, test, concept, found);
    }
    if path == "cryptography.hazmat.primitives.ciphers.modes.ECB" {
        let mode = context.tree().child(call, Field::Callee).unwrap_or(call);
        report(context, mode, "B305", concept::WEAK_CIPHER, found);
    }
    // A look at the first part sends most calls on their way.
    let head = path.split('.').next().unwrap_or_default();
    match head {
        "requests" | "httpx" => web(context, call, head, last, found),
        "subprocess" | "os" | "popen2" | "commands" => {}
        "ssl" | "hashlib" | "crypt" => crypto(context, call, path, found),
        "yaml" if path == "yaml.load" => yaml(context, call, found),
        "torch"
            if matches!(path, "torch.load" | "torch.serialization.load") && !context.is_on(call, "weights_only") =>
        {
            report(context, call, "B614", concept::MODEL_LOAD, found);
        }
        "jinja2" if path == "jinja2.Environment" => {
            let escapes = context.keyword(call, "autoescape").is_some_and(|option| {
                context.truth(option) == Some(true) || context.callee(option).ends_with("select_autoescape")
            });
            if !escapes {
                report(context, call, "B701", concept::JINJA_AUTOESCAPE, found);
            }
        }
        "logging" if path == "logging.config.listen" && context.keyword(call, "verify").is_none() => {
            report(context, call, "B612", concept::EVAL_STRING, found);
        }
        "pysnmp" => snmp(context, call, path, found),
        "__import__" | "importlib" => {
            let module = context.argument(call, 0, "name").and_then(|name| context.string(name));
            if let Some(module) = module.filter(|_| last.contains("import")) {
                imported(context, call, module, found);
            }
        }
        _ => {}
    }
    process(context, call, path, found);
    named(context, call, path, last, found);
}

/// Calls that are known by the last part of their name.
fn named(context: &Context<'_>, call: NodeId, path: &str, last: &str, found: &mut Findings) {
    match last {
        "format" | "replace" => super::text::built(context, call, found),
        "exec_command" if context.mentions("paramiko") => {
            report(context, call, "B601", concept::SHELL_STRING, found);
        }
        "set_missing_host_key_policy" if context.mentions("paramiko") => {
            let policy = context.argument(call, 0, "policy");
            let class = policy.map(|policy| match context.kind(policy) {
                Kind::Call => context.callee(policy),
                _ => context.path(policy),
            });
            if class.is_some_and(|class| class.ends_with("AutoAddPolicy") || class.ends_with("WarningPolicy")) {
                report(context, call, "B507", concept::SSH_HOST_KEY, found);
            }
        }
        "extractall" if context.mentions("tarfile") => {
            let filter = context.keyword(call, "filter").and_then(|filter| context.string(filter));
            if filter != Some("data") {
                report(context, call, "B202", concept::TAR_EXTRACT, found);
            }
        }
        "extra" if context.object(call).is_some_and(|object| context.source(object).contains("objects")) => {
            extra(context, call, found);
        }
        "RawSQL"
            if path.starts_with("django.db.models")
                && context.argument(call, 0, "sql").is_some_and(|query| context.kind(query) != Kind::String) =>
        {
            report(context, call, "B611", concept::SQL_STRING, found);
        }
        "mark_safe" | "SafeText" | "SafeUnicode" | "SafeString" | "SafeBytes"
            if path.starts_with("django.utils.safestring") && varies(context, call) =>
        {
            report(context, call, "B703", concept::MARK_SAFE, found);
        }
        "Markup" if matches!(path, "markupsafe.Markup" | "flask.Markup") => {
            let literal = |value| matches!(context.kind(value), Kind::String);
            if context.positional(call, 0).is_some_and(|value| !literal(value)) {
                report(context, call, "B704", concept::MARK_SAFE, found);
            }
        }
        _ => {}
    }
}

/// Whether the first argument is not the same in every run.
fn varies(context: &Context<'_>, call: NodeId) -> bool {
    context.positional(call, 0).is_some_and(|value| {
        !matches!(context.exposure(value, Purposes::NONE), Exposure::Constant)
            && !matches!(context.exposure(value, Purposes::HTML), Exposure::Harmless)
    })
}

/// `objects.extra(where=…)` with anything but literals.
fn extra(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let literal = |value: NodeId| match context.kind(value) {
        Kind::List | Kind::Tuple => tree.children(value).all(|part| context.kind(part) == Kind::String),
        Kind::Dict => {
            tree.children(value).all(|pair| tree.children(pair).all(|part| context.kind(part) == Kind::String))
        }
        _ => false,
    };
    let parts = tree.children_in(call, Field::Argument).filter_map(|part| match context.kind(part) {
        Kind::Keyword if matches!(context.name(part), "select" | "where" | "tables") => tree.child(part, Field::Value),
        Kind::Keyword => None,
        _ => Some(part),
    });
    if parts.into_iter().any(|part| !literal(part)) {
        report(context, call, "B610", concept::SQL_STRING, found);
    }
}

fn web(context: &Context<'_>, call: NodeId, head: &str, last: &str, found: &mut Findings) {
    let (verb, client) = (REQUESTS.contains(&last), CLIENTS.contains(&last));
    if !verb && !client {
        return;
    }
    if let Some(verify) = context.keyword(call, "verify")
        && context.truth(verify) == Some(false)
        && context.kind(verify) != Kind::Null
    {
        report(context, verify, "B501", concept::TLS_VERIFY, found);
    }
    let waits = match context.keyword(call, "timeout") {
        Some(timeout) => context.kind(context.value(timeout)) == Kind::Null,
        None => head == "requests" && verb && !context.has_spread(call),
    };
    if waits {
        report(context, call, "B113", concept::REQUEST_TIMEOUT, found);
    }
}

fn yaml(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let loader = context.argument(call, 1, "Loader").map(|loader| context.path(loader)).unwrap_or_default();
    if !matches!(loader.rsplit('.').next(), Some("SafeLoader" | "CSafeLoader")) {
        report(context, call, "B506", concept::YAML_LOAD, found);
    }
}

fn snmp(context: &Context<'_>, call: NodeId, path: &str, found: &mut Findings) {
    if path.ends_with(".CommunityData") {
        let model = context.keyword(call, "mpModel").and_then(|model| constant_integer(context, model));
        if model.is_some_and(|model| model < 2) {
            report(context, call, "B508", concept::CLEARTEXT_PROTOCOL, found);
        }
    } else if path.ends_with(".UsmUserData") && context.tree().children_in(call, Field::Argument).count() < 3 {
        report(context, call, "B509", concept::CLEARTEXT_PROTOCOL, found);
    }
}

fn crypto(context: &Context<'_>, call: NodeId, path: &str, found: &mut Findings) {
    match path {
        "ssl._create_unverified_context" => {
            let callee = context.tree().child(call, Field::Callee).unwrap_or(call);
            report(context, callee, "B323", concept::TLS_VERIFY, found);
        }
        "ssl.wrap_socket" if context.keyword(call, "ssl_version").is_none() && !context.has_spread(call) => {
            report(context, call, "B504", concept::TLS_VERSION, found);
        }
        "hashlib.md4" | "hashlib.md5" | "hashlib.sha" | "hashlib.sha1" | "hashlib.new" => {
            let name = context.argument(call, 0, "name").and_then(|name| context.string(name)).unwrap_or_default();
            let weak = path != "hashlib.new"
                || ["md4", "md5", "sha", "sha1"].iter().any(|weak| weak.eq_ignore_ascii_case(name));
            let plain = context.keyword(call, "usedforsecurity").and_then(|value| context.truth(value)) == Some(false);
            if weak && !plain {
                report(context, call, "B324", concept::WEAK_HASH, found);
            }
        }
        "crypt.crypt" | "crypt.mksalt" => {
            let (at, name) = if path == "crypt.crypt" { (1, "salt") } else { (0, "method") };
            let method = context.argument(call, at, name).map(|method| context.path(method)).unwrap_or_default();
            if matches!(method, "crypt.METHOD_CRYPT" | "crypt.METHOD_MD5" | "crypt.METHOD_BLOWFISH") {
                report(context, call, "B324", concept::WEAK_HASH, found);
            }
        }
        _ => {}
    }
}

/// Programs that are started, with a shell or without.
fn process(context: &Context<'_>, call: NodeId, path: &str, found: &mut Findings) {
    let shell = context.keyword(call, "shell").is_some_and(|shell| context.truth(shell) != Some(false));
    let (runs, opens) = (RUNNERS.contains(&path), SHELLS.contains(&path));
    let starts = ["os.exec", "os.spawn", "os.startfile"].iter().any(|prefix| path.starts_with(prefix));
    if !(runs || opens || starts) {
        if shell {
            report(context, call, "B604", concept::SHELL_STRING, found);
        }
        return;
    }
    let test = match (runs, shell, opens) {
        (true, true, _) => "B602",
        (true, false, _) => "B603",
        (_, _, true) => "B605",
        _ => "B606",
    };
    let concept = if matches!(test, "B602" | "B605") { concept::SHELL_CONSTANT } else { concept::ARGV_PROGRAM };
    report(context, call, test, concept, found);
    let Some(first) = context.positional(call, 0) else { return };
    let tree = context.tree();
    let program = match context.kind(first) {
        Kind::List | Kind::Tuple => tree.children(first).next(),
        _ => Some(first),
    };
    let program = program.filter(|&part| context.kind(part) == Kind::String).and_then(|part| context.string(part));
    let partial = program.is_some_and(|program| {
        !program.starts_with(['/', '\\', '.']) && program.as_bytes().get(1) != Some(&b':') && !program.is_empty()
    });
    if partial {
        report(context, call, "B607", concept::ARGV_PROGRAM, found);
    }
    if opens || shell {
        let texts =
            tree.subtree(first).take(40).filter(|&part| matches!(context.kind(part), Kind::String | Kind::Text));
        let written: Vec<_> = texts.filter_map(|part| tree.string(part, context.text())).collect();
        let has = |word: &str| written.iter().any(|part| part.contains(word));
        if has("*") && ["chown", "chmod", "tar ", "rsync"].iter().any(|word| has(word)) {
            report(context, call, "B609", concept::SHELL_WILDCARD, found);
        }
    }
}
