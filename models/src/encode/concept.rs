//! API concepts: what a library call is about, one fixed vocabulary for all languages; never a name of the user's own.

use std::collections::HashMap;
use std::sync::LazyLock;

use analyzers::syntax::{Kind, NodeId};

use super::facts::Facts;

/// One concept: its name and the API names that mean it. A name that starts with `*.` matches the last part of any
/// dotted name; one that ends with `.*` matches everything below it; every other must be the whole dotted name.
type Concept = (&'static str, &'static [&'static str]);

/// The vocabulary. The order is the feature order: append within the reserve, and raise the encoder version.
const CONCEPTS: &[Concept] = &[
    (
        "shell-run",
        &[
            "os.system",
            "os.popen",
            "commands.getoutput",
            "subprocess.getoutput",
            "subprocess.getstatusoutput",
            "child_process.exec",
            "child_process.execSync",
            "java.lang.Runtime.exec",
            "*.exec",
            "popen2.*",
        ],
    ),
    (
        "process-run",
        &[
            "subprocess.run",
            "subprocess.call",
            "subprocess.check_call",
            "subprocess.check_output",
            "subprocess.Popen",
            "child_process.spawn",
            "child_process.spawnSync",
            "child_process.execFile",
            "child_process.execFileSync",
            "java.lang.ProcessBuilder",
            "os.execv",
            "os.execvp",
            "os.spawnv",
        ],
    ),
    ("quote", &["shlex.quote", "pipes.quote", "shlex.split", "shlex.join"]),
    (
        "query-run",
        &[
            "*.execute",
            "*.executemany",
            "*.executescript",
            "*.executeQuery",
            "*.executeUpdate",
            "*.raw",
            "*.query",
            "*.prepareStatement",
            "*.createStatement",
            "*.createQuery",
            "sqlalchemy.text",
            "*.extra",
        ],
    ),
    (
        "database-open",
        &[
            "sqlite3.connect",
            "psycopg2.connect",
            "pymysql.connect",
            "MySQLdb.connect",
            "mysql.connector.connect",
            "*.getConnection",
            "mysql.createConnection",
            "*.cursor",
            "sqlalchemy.create_engine",
        ],
    ),
    (
        "evaluate",
        &[
            "eval",
            "exec",
            "compile",
            "execfile",
            "Function",
            "vm.runInNewContext",
            "vm.runInThisContext",
            "javax.script.ScriptEngine.eval",
            "*.runInContext",
        ],
    ),
    ("evaluate-safely", &["ast.literal_eval"]),
    (
        "import-dynamic",
        &[
            "__import__",
            "importlib.import_module",
            "getattr",
            "setattr",
            "globals",
            "locals",
            "java.lang.Class.forName",
        ],
    ),
    (
        "deserialise",
        &[
            "pickle.load",
            "pickle.loads",
            "cPickle.*",
            "_pickle.*",
            "dill.*",
            "marshal.load",
            "marshal.loads",
            "shelve.open",
            "jsonpickle.decode",
            "*.readObject",
            "java.io.ObjectInputStream",
            "pickle.Unpickler",
            "node-serialize.unserialize",
            "*.unserialize",
            "pandas.read_pickle",
            "joblib.load",
        ],
    ),
    ("deserialise-model", &["torch.load", "numpy.load"]),
    ("serialise", &["pickle.dump", "pickle.dumps", "json.dump", "json.dumps", "JSON.stringify", "yaml.dump"]),
    ("json-read", &["json.load", "json.loads", "JSON.parse", "*.readValue", "*.get_json"]),
    (
        "yaml-read",
        &[
            "yaml.load",
            "yaml.load_all",
            "yaml.full_load",
            "yaml.unsafe_load",
            "js-yaml.load",
            "org.yaml.snakeyaml.Yaml.load",
            "ruamel.yaml.YAML",
        ],
    ),
    ("yaml-safely", &["yaml.safe_load", "yaml.safe_load_all", "yaml.SafeLoader", "yaml.CSafeLoader"]),
    (
        "hash-broken",
        &[
            "hashlib.md5",
            "hashlib.sha1",
            "md5.new",
            "sha.new",
            "Crypto.Hash.MD5.*",
            "Crypto.Hash.SHA.*",
            "cryptography.hazmat.primitives.hashes.MD5",
            "cryptography.hazmat.primitives.hashes.SHA1",
        ],
    ),
    (
        "hash-sound",
        &[
            "hashlib.sha256",
            "hashlib.sha512",
            "hashlib.sha384",
            "hashlib.sha3_256",
            "hashlib.blake2b",
            "hashlib.blake2s",
            "cryptography.hazmat.primitives.hashes.SHA256",
        ],
    ),
    (
        "hash-named",
        &[
            "hashlib.new",
            "java.security.MessageDigest.getInstance",
            "crypto.createHash",
            "crypto.createHmac",
            "hmac.new",
        ],
    ),
    (
        "hash-password",
        &[
            "hashlib.pbkdf2_hmac",
            "hashlib.scrypt",
            "bcrypt.*",
            "argon2.*",
            "werkzeug.security.*",
            "crypto.scrypt",
            "crypto.pbkdf2",
            "passlib.*",
        ],
    ),
    (
        "cipher",
        &[
            "Crypto.Cipher.*",
            "Cryptodome.Cipher.*",
            "cryptography.hazmat.primitives.ciphers.*",
            "javax.crypto.Cipher.getInstance",
            "crypto.createCipher",
            "crypto.createCipheriv",
            "pyDes.*",
            "cryptography.fernet.*",
        ],
    ),
    (
        "key-make",
        &[
            "Crypto.PublicKey.*",
            "cryptography.hazmat.primitives.asymmetric.*",
            "*.generate_private_key",
            "java.security.KeyPairGenerator.*",
            "javax.crypto.KeyGenerator.*",
            "crypto.generateKeyPairSync",
        ],
    ),
    (
        "random-weak",
        &["random.*", "Math.random", "java.lang.Math.random", "java.util.Random", "numpy.random.*", "uuid.uuid1"],
    ),
    (
        "random-sound",
        &[
            "secrets.*",
            "os.urandom",
            "random.SystemRandom",
            "java.security.SecureRandom",
            "crypto.randomBytes",
            "crypto.randomUUID",
            "crypto.randomInt",
            "uuid.uuid4",
            "java.util.UUID.randomUUID",
        ],
    ),
    ("temporary-name", &["tempfile.mktemp", "os.tempnam", "os.tmpnam"]),
    (
        "temporary-file",
        &[
            "tempfile.mkstemp",
            "tempfile.mkdtemp",
            "tempfile.NamedTemporaryFile",
            "tempfile.TemporaryFile",
            "tempfile.TemporaryDirectory",
            "java.io.File.createTempFile",
            "java.nio.file.Files.createTempFile",
            "tempfile.gettempdir",
        ],
    ),
    (
        "file-open",
        &[
            "open",
            "io.open",
            "codecs.open",
            "fs.readFile",
            "fs.readFileSync",
            "fs.writeFile",
            "fs.writeFileSync",
            "fs.createReadStream",
            "fs.createWriteStream",
            "java.io.FileInputStream",
            "java.io.FileOutputStream",
            "java.io.FileReader",
            "java.io.FileWriter",
            "java.io.File",
            "pathlib.Path",
            "java.nio.file.Files.*",
        ],
    ),
    ("file-send", &["flask.send_file", "flask.send_from_directory", "*.sendFile", "*.download", "*.send_file"]),
    ("path-join", &["os.path.join", "path.join", "path.resolve", "java.nio.file.Paths.get", "*.joinpath"]),
    (
        "path-canonical",
        &[
            "os.path.realpath",
            "os.path.abspath",
            "os.path.normpath",
            "os.path.commonpath",
            "*.getCanonicalPath",
            "*.is_relative_to",
            "*.normalize",
            "path.normalize",
        ],
    ),
    ("path-base", &["os.path.basename", "werkzeug.utils.secure_filename", "path.basename", "werkzeug.secure_filename"]),
    (
        "file-mode",
        &["os.chmod", "os.fchmod", "os.mkdir", "os.makedirs", "os.umask", "fs.chmod", "fs.chmodSync", "os.open"],
    ),
    (
        "file-remove",
        &["os.remove", "os.unlink", "os.rmdir", "shutil.rmtree", "shutil.move", "shutil.copy", "fs.unlink"],
    ),
    ("archive", &["tarfile.*", "zipfile.*", "*.extractall", "*.extract", "shutil.unpack_archive"]),
    (
        "request-read",
        &[
            "flask.request.*",
            "request.args.*",
            "request.form.*",
            "request.files.*",
            "request.json",
            "*.getParameter",
            "*.getHeader",
            "*.getQueryString",
            "*.GET.get",
            "*.POST.get",
            "request.cookies.*",
            "flask.request",
        ],
    ),
    (
        "input-read",
        &[
            "input",
            "raw_input",
            "sys.argv",
            "sys.stdin.*",
            "process.argv",
            "java.util.Scanner",
            "*.readLine",
            "argparse.ArgumentParser",
            "*.parse_args",
        ],
    ),
    (
        "environment",
        &["os.environ", "os.getenv", "os.environ.*", "process.env", "process.env.*", "java.lang.System.getenv"],
    ),
    (
        "http-request",
        &[
            "requests.*",
            "urllib.request.*",
            "urllib2.*",
            "httpx.*",
            "http.client.*",
            "axios.*",
            "fetch",
            "axios",
            "java.net.URL",
            "*.openConnection",
            "urllib3.*",
            "http.get",
            "https.get",
            "aiohttp.*",
            "urllib.urlopen",
        ],
    ),
    ("socket", &["socket.*", "net.createServer", "java.net.Socket", "java.net.ServerSocket", "*.bind", "*.listen"]),
    ("tls", &["ssl.*", "javax.net.ssl.*", "tls.*"]),
    ("cleartext-protocol", &["ftplib.*", "telnetlib.*", "pysnmp.*", "smtplib.*"]),
    ("ssh", &["paramiko.*", "*.set_missing_host_key_policy"]),
    (
        "template",
        &[
            "flask.render_template_string",
            "jinja2.Environment",
            "jinja2.Template",
            "mako.template.Template",
            "*.from_string",
            "ejs.render",
            "django.template.Template",
        ],
    ),
    ("template-file", &["flask.render_template", "django.shortcuts.render", "*.render"]),
    (
        "markup-safe",
        &[
            "markupsafe.Markup",
            "flask.Markup",
            "django.utils.safestring.mark_safe",
            "jinja2.Markup",
            "*.mark_safe",
            "*.html_safe",
        ],
    ),
    (
        "escape",
        &[
            "html.escape",
            "cgi.escape",
            "markupsafe.escape",
            "flask.escape",
            "django.utils.html.escape",
            "xml.sax.saxutils.escape",
            "encodeURIComponent",
            "urllib.parse.quote",
            "*.escapeHtml4",
            "bleach.clean",
            "django.utils.html.format_html",
        ],
    ),
    (
        "markup-write",
        &[
            "document.write",
            "*.innerHTML",
            "*.insertAdjacentHTML",
            "*.getWriter",
            "django.http.HttpResponse",
            "flask.make_response",
            "flask.Response",
            "*.send",
            "*.write",
            "*.println",
        ],
    ),
    (
        "redirect",
        &[
            "flask.redirect",
            "*.redirect",
            "*.sendRedirect",
            "django.shortcuts.redirect",
            "django.http.HttpResponseRedirect",
        ],
    ),
    (
        "server-run",
        &["*.run", "uvicorn.run", "flask.Flask", "http.server.*", "express", "*.createServer", "waitress.serve"],
    ),
    ("cookie", &["*.set_cookie", "*.addCookie", "*.cookie"]),
    (
        "xml-read",
        &[
            "xml.etree.ElementTree.*",
            "xml.dom.minidom.*",
            "xml.sax.*",
            "lxml.etree.*",
            "xml.dom.pulldom.*",
            "javax.xml.parsers.*",
            "*.newDocumentBuilder",
            "*.newSAXParser",
            "libxmljs.*",
        ],
    ),
    ("xml-safely", &["defusedxml.*"]),
    ("xpath", &["*.xpath", "*.findall", "javax.xml.xpath.*"]),
    ("directory-search", &["ldap.*", "ldap3.*", "javax.naming.*", "*.search_s"]),
    ("pattern", &["re.*", "java.util.regex.*", "RegExp"]),
    ("token", &["jwt.*", "jsonwebtoken.*", "jose.*", "itsdangerous.*", "*.verify", "*.decode_token"]),
    (
        "log",
        &[
            "logging.*",
            "logger.*",
            "console.*",
            "print",
            "java.lang.System.out.println",
            "*.warning",
            "*.exception",
            "traceback.*",
            "*.printStackTrace",
        ],
    ),
    (
        "compare-safely",
        &["hmac.compare_digest", "secrets.compare_digest", "crypto.timingSafeEqual", "*.startswith", "*.startsWith"],
    ),
    (
        "convert",
        &["int", "float", "bool", "parseInt", "java.lang.Integer.parseInt", "Number", "ipaddress.*", "uuid.UUID"],
    ),
    ("format", &["*.format", "java.lang.String.format", "*.join", "*.concat", "util.format", "*.format_map"]),
    ("time", &["time.*", "datetime.*", "java.util.Date", "Date"]),
];

/// Names of keyword arguments and options that say something about safety, in the feature order after [`CONCEPTS`].
const KEYWORDS: &[&[&str]] = &[
    &["shell"],
    &["verify", "check_hostname", "rejectUnauthorized", "verify_mode", "cert_reqs"],
    &["timeout"],
    &["debug", "use_debugger"],
    &["autoescape"],
    &["usedforsecurity"],
    &["Loader", "allow_pickle", "weights_only", "resolve_entities"],
    &["host", "port", "bind"],
    &["password", "passwd", "pwd", "secret", "secret_key", "token", "api_key", "apikey", "key"],
    &["mode", "exist_ok", "dir", "prefix", "suffix"],
    &["httponly", "secure", "samesite", "httpOnly", "sameSite"],
    &["filter", "members"],
    &["algorithms", "algorithm", "options"],
    &["check", "capture_output", "stdout", "stderr", "stdin", "text"],
    &["params", "data", "json", "headers"],
];

const RESERVE: usize = 68;
/// A name from an imported module that the vocabulary does not know.
const OTHER_IMPORT: usize = RESERVE + KEYWORDS.len();
/// A name that nothing imports: the user's own, or a builtin that the vocabulary does not know.
const OWN: usize = OTHER_IMPORT + 1;

/// Feature slots of this group.
pub(super) const SLOTS: usize = OWN + 1;

const _: () = assert!(CONCEPTS.len() <= RESERVE, "the vocabulary outgrew its reserve");

struct Tables {
    whole: HashMap<&'static str, usize>,
    last: HashMap<&'static str, usize>,
    below: Vec<(&'static str, usize)>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables { whole: HashMap::new(), last: HashMap::new(), below: Vec::new() };
    for (slot, (_, names)) in CONCEPTS.iter().enumerate() {
        for name in *names {
            if let Some(last) = name.strip_prefix("*.") {
                tables.last.entry(last).or_insert(slot);
            } else if let Some(above) = name.strip_suffix(".*") {
                tables.below.push((above, slot));
            } else {
                tables.whole.entry(name).or_insert(slot);
            }
        }
    }
    tables
});

fn slot_of(path: &str) -> Option<usize> {
    let tables = &*TABLES;
    if let Some(&slot) = tables.whole.get(path) {
        return Some(slot);
    }
    let below = |&&(above, _): &&(&str, usize)| {
        path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if let Some(&(_, slot)) = tables.below.iter().filter(below).max_by_key(|(above, _)| above.len()) {
        return Some(slot);
    }
    let mut parts = path.rsplit('.');
    let last = parts.next()?;
    let before = parts.next();
    if let Some(before) = before {
        let tail = &path[path.len() - before.len() - last.len() - 1..];
        if let Some(&slot) = tables.last.get(tail) {
            return Some(slot);
        }
        return tables.last.get(last).copied();
    }
    None
}

/// The feature slot of a node: the concept of what it calls or names, or the meaning of the keyword it is.
pub(super) fn of(facts: &Facts<'_>, node: NodeId) -> Option<usize> {
    let program = facts.program();
    let tree = &program.tree;
    match tree.kind(node) {
        Kind::Keyword => {
            let name = tree.name(node, &program.text);
            KEYWORDS.iter().position(|names| names.contains(&name)).map(|at| RESERVE + at)
        }
        Kind::Call | Kind::New | Kind::ImportItem | Kind::Attribute | Kind::Name => {
            let path = facts.path(node)?;
            if let Some(slot) = slot_of(path) {
                return Some(slot);
            }
            if !matches!(tree.kind(node), Kind::Call | Kind::New | Kind::ImportItem) {
                return None;
            }
            Some(if facts.imported(path) { OTHER_IMPORT } else { OWN })
        }
        _ => None,
    }
}

/// The name of a concept's feature slot, for reports on the model.
pub fn concept_name(path: &str) -> Option<&'static str> {
    slot_of(path).map(|slot| CONCEPTS[slot].0)
}

#[cfg(test)]
mod tests {
    use super::concept_name;

    fn check(path: &str, expected: Option<&str>) {
        assert_eq!(concept_name(path), expected, "{path}");
    }

    #[test]
    fn names_of_libraries_have_concepts_across_languages() {
        check("os.system", Some("shell-run"));
        check("child_process.exec", Some("shell-run"));
        check("self.cursor.execute", Some("query-run"));
        check("statement.executeQuery", Some("query-run"));
        check("random.randint", Some("random-weak"));
        check("random.SystemRandom", Some("random-sound"));
        check("java.security.SecureRandom", Some("random-sound"));
        check("yaml.load", Some("yaml-read"));
        check("os.environ.get", Some("environment"));
        check("requests.get", Some("http-request"));
    }

    #[test]
    fn the_users_own_names_have_none() {
        check("execute", None);
        check("load_settings", None);
        check("randomise", None);
        check("", None);
        check(".", None);
    }
}
