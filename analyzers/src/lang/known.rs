//! What is known of modules whose source is not at hand: where a name without a definition comes from, and the class
//! of what well-known methods return.

use super::Language;

/// Names that `from module import *` brings in, for modules that are imported so.
const PYTHON_EXPORTS: &[(&str, &[&str])] = &[
    (
        "os",
        &[
            "system",
            "popen",
            "execl",
            "execle",
            "execlp",
            "execv",
            "execve",
            "execvp",
            "spawnl",
            "spawnv",
            "spawnvp",
            "startfile",
            "chmod",
            "environ",
            "getenv",
            "remove",
            "unlink",
            "listdir",
            "path",
            "mkdir",
            "makedirs",
            "rename",
            "umask",
            "access",
        ],
    ),
    ("os.path", &["join", "exists", "basename", "abspath", "realpath", "dirname", "isfile"]),
    ("subprocess", &["call", "check_call", "check_output", "run", "Popen", "getoutput", "getstatusoutput", "PIPE"]),
    ("pickle", &["load", "loads", "Unpickler", "dump", "dumps"]),
    ("marshal", &["load", "loads"]),
    ("yaml", &["load", "load_all", "unsafe_load", "full_load", "safe_load"]),
    ("hashlib", &["md5", "sha1", "new", "sha256", "sha512", "pbkdf2_hmac"]),
    (
        "random",
        &["random", "randint", "choice", "choices", "sample", "randrange", "uniform", "shuffle", "getrandbits", "seed"],
    ),
    ("tempfile", &["mktemp", "mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile", "gettempdir"]),
    (
        "flask",
        &[
            "Flask",
            "request",
            "render_template",
            "render_template_string",
            "Markup",
            "make_response",
            "redirect",
            "send_file",
            "send_from_directory",
            "session",
            "escape",
            "jsonify",
            "abort",
            "url_for",
        ],
    ),
    ("sqlite3", &["connect"]),
    ("socket", &["socket", "AF_INET", "SOCK_STREAM", "create_server"]),
    ("ctypes", &["CDLL", "cdll"]),
    ("ssl", &["wrap_socket", "create_default_context", "SSLContext"]),
    ("jinja2", &["Template", "Environment"]),
    ("requests", &["get", "post", "put", "delete", "request", "Session"]),
];

/// The package or module that an undefined `name` comes from, given the modules imported with `*`.
pub(crate) fn origin<'a>(
    language: Language,
    name: &str,
    mut wildcards: impl Iterator<Item = &'a str>,
) -> Option<String> {
    match language {
        Language::Python => {
            let exports = |module: &str| PYTHON_EXPORTS.iter().find(|(known, _)| *known == module);
            let module = wildcards.find(|module| exports(module).is_some_and(|(_, names)| names.contains(&name)))?;
            Some(module.to_owned())
        }
        Language::Java | Language::JavaScript => None,
    }
}

/// The class of what the method or function at `path` returns.
pub(crate) fn result(_language: Language, _path: &str) -> Option<&'static str> {
    None
}
