//! The safe forms by kind of sink, as data; a form counts only as the code of the candidate shows it.

use crate::concept;
use crate::finding::Finding;
use crate::program::Program;
use crate::resolve::Constant;
use crate::syntax::{Field, Kind, NodeId};

/// Safe forms of a kind of sink.
struct Forms {
    concepts: &'static [&'static str],
    /// Names of functions and methods, as called.
    calls: &'static [&'static str],
    /// Keyword arguments with their values; `*` is any value but `None`.
    options: &'static [(&'static str, &'static str)],
    /// Names and attributes that are read or set.
    names: &'static [&'static str],
}

const fn forms(
    concepts: &'static [&'static str],
    calls: &'static [&'static str],
    options: &'static [(&'static str, &'static str)],
    names: &'static [&'static str],
) -> Forms {
    Forms { concepts, calls, options, names }
}

const TABLE: &[Forms] = &[
    forms(
        &[concept::YAML_LOAD],
        &["safe_load", "safe_load_all"],
        &[
            ("Loader", "yaml.SafeLoader"),
            ("Loader", "SafeLoader"),
            ("Loader", "yaml.CSafeLoader"),
            ("Loader", "yaml.BaseLoader"),
        ],
        &["SafeConstructor"],
    ),
    forms(
        &[concept::PICKLE_LOAD, concept::MODEL_LOAD],
        &[
            "load_plain_data",
            "json.loads",
            "json.load",
            "safe_load",
            "JSON.parse",
            "readValue",
            "setObjectInputFilter",
            "literal_eval",
        ],
        &[("allow_pickle", "False"), ("weights_only", "True")],
        &[],
    ),
    forms(
        &[concept::WEAK_HASH, concept::PASSWORD_HASH],
        &[
            "sha256",
            "sha384",
            "sha512",
            "sha3_256",
            "sha3_512",
            "blake2b",
            "blake2s",
            "SHA256",
            "SHA512",
            "SHA384",
            "SHA256.new",
            "SHA512.new",
            "scrypt",
            "pbkdf2_hmac",
            "hashpw",
            "generate_password_hash",
            "PasswordHasher",
            "bcrypt.hash",
            "scryptSync",
            "pbkdf2Sync",
            "BCryptPasswordEncoder",
            "Argon2PasswordEncoder",
            "argon2.hash",
        ],
        &[("usedforsecurity", "False")],
        &["sha256", "sha512", "sha384"],
    ),
    forms(
        &[concept::WEAK_CIPHER, concept::FIXED_NONCE],
        &["Fernet", "AESGCM", "ChaCha20Poly1305", "GCM", "token_bytes", "urandom", "get_random_bytes", "randomBytes"],
        &[],
        &["MODE_GCM", "MODE_EAX", "MODE_SIV", "GCM"],
    ),
    forms(
        &[concept::TLS_VERSION],
        &["create_default_context"],
        &[],
        &["PROTOCOL_TLSv1_2", "PROTOCOL_TLS_CLIENT", "PROTOCOL_TLS_SERVER", "TLSv1_2", "TLSv1_3", "TLSv1_2_METHOD"],
    ),
    forms(
        &[concept::SSH_HOST_KEY],
        &["RejectPolicy", "load_system_host_keys", "load_host_keys"],
        &[],
        &["RejectPolicy"],
    ),
    forms(&[concept::TOKEN_VERIFY], &["jwt.verify"], &[("algorithms", "*"), ("verify", "True")], &[]),
    forms(
        &[concept::INSECURE_RANDOM],
        &[
            "SystemRandom",
            "secrets.choice",
            "token_hex",
            "token_urlsafe",
            "token_bytes",
            "randbelow",
            "randbits",
            "urandom",
            "uuid4",
            "SecureRandom",
            "randomBytes",
            "randomUUID",
            "randomInt",
            "getRandomValues",
            "secrets.SystemRandom",
        ],
        &[],
        &["SecureRandom"],
    ),
    forms(
        &[concept::MKTEMP, concept::TEMPORARY_PATH],
        &[
            "mkstemp",
            "mkdtemp",
            "NamedTemporaryFile",
            "TemporaryFile",
            "TemporaryDirectory",
            "SpooledTemporaryFile",
            "create_temporary_file",
            "createTempFile",
            "createTempDirectory",
        ],
        &[],
        &[],
    ),
    forms(
        &[concept::EVAL_STRING],
        &[
            "literal_eval",
            "evaluate_arithmetic",
            "json.loads",
            "int",
            "float",
            "JSON.parse",
            "ast.parse",
            "parseInt",
            "parseFloat",
        ],
        &[],
        &[],
    ),
    forms(&[concept::FLASK_DEBUG], &["getenv", "environ.get"], &[("debug", "False"), ("use_debugger", "False")], &[]),
    forms(&[concept::REQUEST_TIMEOUT], &["ClientTimeout", "Timeout", "settimeout"], &[("timeout", "*")], &[]),
    forms(
        &[concept::SWALLOW_EXCEPTION],
        &["warning", "exception", "error", "info", "debug", "log", "print", "warn"],
        &[],
        &[],
    ),
    forms(
        &[concept::PATH_TRAVERSAL],
        &[
            "join_inside",
            "joinInside",
            "pathInside",
            "safe_join",
            "secure_filename",
            "commonpath",
            "is_relative_to",
            "relative_to",
            "send_from_directory",
            "basename",
            "startswith",
            "startsWith",
            "getName",
            "getFileName",
            "normalize",
        ],
        &[],
        &[],
    ),
    forms(
        &[concept::UPLOAD_NAME],
        &["secure_filename", "uuid4", "token_hex", "basename", "join_inside", "safe_join"],
        &[],
        &[],
    ),
    forms(
        &[concept::TAR_EXTRACT],
        &["commonpath", "is_relative_to"],
        &[("filter", "\"data\""), ("filter", "'data'"), ("filter", "tarfile.data_filter")],
        &[],
    ),
    forms(
        &[concept::HTML_UNESCAPED, concept::MARK_SAFE],
        &[
            "escape",
            "escape_html",
            "html.escape",
            "render_template",
            "format_html",
            "clean",
            "conditional_escape",
            "jsonify",
            "escapeHtml",
            "encodeForHTML",
            "forHtml",
            "escapeHtml4",
            "htmlEscape",
            "render",
            "json",
            "createTextNode",
            "sanitize",
        ],
        &[],
        &["textContent", "innerText"],
    ),
    forms(&[concept::JINJA_AUTOESCAPE], &["select_autoescape"], &[("autoescape", "True")], &[]),
    forms(&[concept::TEMPLATE_STRING], &["render_template"], &[], &[]),
    forms(
        &[concept::XML_PARSER, concept::XPATH_STRING],
        &["setFeature", "XMLParser", "refuse_declarations", "defusedxml.ElementTree.parse", "fromstring"],
        &[("resolve_entities", "False"), ("no_network", "True")],
        &[],
    ),
    forms(
        &[concept::OPEN_REDIRECT, concept::SERVER_REQUEST, concept::URL_SCHEME],
        &["local_target", "url_for", "url_has_allowed_host_and_scheme", "urlparse", "urlsplit", "startsWith"],
        &[],
        &["netloc", "hostname"],
    ),
    forms(
        &[concept::COOKIE_FLAGS],
        &["setHttpOnly", "setSecure"],
        &[("httponly", "True"), ("secure", "True"), ("httpOnly", "true")],
        &[],
    ),
    forms(&[concept::LINE_INJECTION], &["replace", "repr", "replaceAll", "quote", "escape"], &[], &[]),
    forms(
        &[concept::UNBOUNDED_READ, concept::UNBOUNDED_WORK, concept::SLOW_REGEX],
        &["len", "min", "fullmatch", "islice", "escape"],
        &[],
        &["MAX_CONTENT_LENGTH", "length"],
    ),
    forms(&[concept::DYNAMIC_IMPORT], &[], &[], &[]),
];

/// Checks of a value that stop what is not expected, of any kind of text.
const CHECKS: &[&str] = &[
    "fullmatch",
    "match",
    "isalnum",
    "isdigit",
    "isidentifier",
    "ip_address",
    "ip_network",
    "matches",
    "test",
    "UUID",
    "isdecimal",
];

/// Whether the code at `root` holds a safe form for the finding. `strict`: the form is what a rewrite of the catalogue
/// would write; a model's candidate may also check the value before its use.
pub(super) fn is_safe(program: &Program, finding: &Finding, root: NodeId, strict: bool) -> bool {
    let special = match finding.concept {
        concept::SQL_STRING => query(program, root),
        concept::SHELL_STRING | concept::SHELL_CONSTANT | concept::SHELL_WILDCARD => process(program, root, strict),
        concept::TLS_VERIFY => verification(program, root),
        concept::BIND_ALL => address(program, root),
        concept::FILE_MODE => mode(program, root),
        concept::ASSERT_CHECK => program.tree.subtree(root).any(|node| program.tree.kind(node) == Kind::Raise),
        concept::WEAK_KEY => numbers(program, root).any(|number| number >= 2048),
        concept::FLASK_DEBUG => off(program, root),
        concept::COOKIE_FLAGS => on(program, root),
        concept::TEMPLATE_STRING => template(program, root),
        concept::WEAK_HASH => texts(program, root).any(|text| {
            matches!(
                text.to_ascii_lowercase().as_str(),
                "sha256"
                    | "sha-256"
                    | "sha512"
                    | "sha-512"
                    | "sha384"
                    | "sha-384"
                    | "sha3-256"
                    | "sha3-512"
                    | "pbkdf2withhmacsha256"
                    | "pbkdf2withhmacsha512"
            )
        }),
        concept::MARK_SAFE => {
            calls(program, root).any(|call| name(program, call) == "format" || name(program, call) == "format_html")
        }
        _ => false,
    };
    special || listed(program, finding.concept, root) || (!strict && checked(program, finding.concept, root))
}

fn listed(program: &Program, wanted: &str, root: NodeId) -> bool {
    let tree = &program.tree;
    TABLE.iter().filter(|forms| forms.concepts.contains(&wanted)).any(|forms| {
        tree.subtree(root).any(|node| match tree.kind(node) {
            Kind::Call | Kind::New => {
                let path = path(program, node);
                forms.calls.iter().any(|call| {
                    if call.contains('.') {
                        path == *call || path.ends_with(&format!(".{call}"))
                    } else {
                        name(program, node) == *call
                    }
                }) || forms.options.iter().any(|(option, value)| {
                    tree.keyword(node, option, &program.text).is_some_and(|given| match *value {
                        "*" => tree.kind(given) != Kind::Null,
                        value => tree.text(given, &program.text) == value,
                    })
                })
            }
            Kind::Name | Kind::Attribute => forms.names.contains(&tree.name(node, &program.text)),
            _ => false,
        })
    })
}

/// A check of the value by pattern or against a list, with an exit where it fails.
fn checked(program: &Program, wanted: &str, root: NodeId) -> bool {
    let tree = &program.tree;
    let checkable = matches!(
        wanted,
        concept::SQL_STRING
            | concept::SHELL_STRING
            | concept::PATH_TRAVERSAL
            | concept::SERVER_REQUEST
            | concept::OPEN_REDIRECT
            | concept::URL_SCHEME
            | concept::UNCHECKED_INPUT
            | concept::DYNAMIC_IMPORT
            | concept::LDAP_STRING
            | concept::XPATH_STRING
            | concept::EVAL_STRING
    );
    checkable
        && tree.subtree(root).any(|node| {
            tree.kind(node) == Kind::If
                && tree.child(node, Field::Test).is_some_and(|test| {
                    tree.subtree(test).any(|part| match tree.kind(part) {
                        Kind::Call => CHECKS.contains(&name(program, part)),
                        Kind::Compare => {
                            matches!(tree.name(part, &program.text), "in" | "not in")
                                || tree.text(part, &program.text).contains(" in ")
                        }
                        _ => false,
                    })
                })
                && tree.child(node, Field::Body).is_some_and(|body| {
                    tree.subtree(body).any(|part| matches!(tree.kind(part), Kind::Raise | Kind::Return))
                })
        })
}

fn calls(program: &Program, root: NodeId) -> impl Iterator<Item = NodeId> {
    program.tree.subtree(root).filter(|&node| matches!(program.tree.kind(node), Kind::Call | Kind::New))
}

fn texts(program: &Program, root: NodeId) -> impl Iterator<Item = &str> {
    program
        .tree
        .subtree(root)
        .filter(|&node| program.tree.kind(node) == Kind::String)
        .filter_map(|node| program.names.text(node))
}

fn numbers(program: &Program, root: NodeId) -> impl Iterator<Item = i64> {
    program.tree.subtree(root).filter_map(|node| match program.names.constant(node) {
        Some(Constant::Integer(number)) => Some(number),
        _ => None,
    })
}

fn name(program: &Program, call: NodeId) -> &str {
    program.tree.child(call, Field::Callee).map_or("", |callee| program.tree.name(callee, &program.text))
}

fn path(program: &Program, call: NodeId) -> &str {
    program.tree.child(call, Field::Callee).and_then(|callee| program.names.path(callee)).unwrap_or_default()
}

const RUNS_QUERY: &[&str] = &[
    "execute",
    "executemany",
    "raw",
    "execute_sql",
    "read_sql",
    "read_sql_query",
    "fetch",
    "fetchrow",
    "fetchval",
    "fetch_all",
    "fetch_one",
    "fetch_val",
    "scalar",
    "scalars",
    "exec_driver_sql",
    "query",
    "all",
    "get",
    "run",
    "each",
    "queryForList",
    "queryForObject",
    "queryForMap",
    "queryForRowSet",
    "update",
];

/// A query with parameters beside it, a prepared statement that is bound, or an object mapper.
fn query(program: &Program, root: NodeId) -> bool {
    let tree = &program.tree;
    calls(program, root).any(|call| {
        let method = name(program, call);
        if matches!(
            method,
            "filter_by"
                | "filter"
                | "setString"
                | "setInt"
                | "setLong"
                | "setObject"
                | "bindparams"
                | "setParameter"
                | "where"
                | "insert"
                | "values"
        ) {
            return true;
        }
        if method == "prepareStatement" {
            return tree.positional(call).next().is_some_and(|text| is_fixed(program, text));
        }
        if !RUNS_QUERY.contains(&method) {
            return false;
        }
        let mut arguments = tree.positional(call);
        let text = arguments.next();
        let second = arguments
            .next()
            .is_some_and(|second| !matches!(tree.kind(second), Kind::Lambda | Kind::Function | Kind::String));
        let keyword = ["params", "parameters", "args", "vars", "bind"]
            .iter()
            .any(|key| tree.keyword(call, key, &program.text).is_some());
        (second || keyword) && text.is_some_and(|text| is_fixed(program, text))
    })
}

/// Whether a query's text holds no value: a literal, constants, or a variable that is built of those.
fn is_fixed(program: &Program, node: NodeId) -> bool {
    let tree = &program.tree;
    if program.names.constant(node).is_some() {
        return true;
    }
    match tree.kind(node) {
        Kind::String => true,
        Kind::Template | Kind::Binary => tree.children(node).all(|child| match tree.kind(child) {
            Kind::Text | Kind::String => true,
            Kind::Interpolation => tree
                .child(child, Field::Value)
                .is_some_and(|value| program.names.constant(value).is_some() || placeholders(program, value)),
            _ => is_fixed(program, child),
        }),
        Kind::Name => program.names.binding(node).is_some_and(|binding| {
            let definitions = program.names.definitions(binding);
            !definitions.is_empty()
                && definitions.iter().all(|definition| {
                    let statement = tree.statement(definition.node);
                    definition
                        .value
                        .or_else(|| tree.child(statement, Field::Value))
                        .is_some_and(|value| tree.kind(value) != Kind::Name && is_fixed(program, value))
                })
        }),
        // `QUERIES[column]`: one of a fixed list.
        Kind::Subscript => tree.child(node, Field::Object).is_some_and(|table| is_fixed_table(program, table)),
        Kind::Call if name(program, node) == "get" => tree
            .child(node, Field::Callee)
            .and_then(|callee| tree.child(callee, Field::Object))
            .is_some_and(|table| is_fixed_table(program, table)),
        Kind::Call => {
            matches!(name(program, node), "text" | "sql" | "SQL" | "dedent")
                && tree.positional(node).next().is_some_and(|text| is_fixed(program, text))
        }
        _ => false,
    }
}

/// Whether a name stands for one literal collection of fixed texts.
fn is_fixed_table(program: &Program, node: NodeId) -> bool {
    let tree = &program.tree;
    let table = match tree.kind(node) {
        Kind::Name => program.names.definition(node).and_then(|definition| definition.value),
        _ => Some(node),
    };
    table.is_some_and(|table| match tree.kind(table) {
        Kind::Dict => tree
            .children(table)
            .all(|pair| tree.child(pair, Field::Value).is_some_and(|value| program.names.text(value).is_some())),
        Kind::List | Kind::Tuple => tree.children(table).all(|value| program.names.text(value).is_some()),
        _ => false,
    })
}

/// `", ".join("?" for _ in values)`
fn placeholders(program: &Program, value: NodeId) -> bool {
    let text = program.tree.text(value, &program.text);
    text.contains("\"?\"") || text.contains("'?'") || text.contains("'%s'") || text.contains("\"%s\"")
}

/// A process started by argument vector with a constant program and no shell; a quoted shell string; or the platform's
/// own function in place of the program.
fn process(program: &Program, root: NodeId, strict: bool) -> bool {
    const NATIVE: &[&str] = &[
        "os.listdir",
        "os.scandir",
        "os.remove",
        "os.unlink",
        "os.mkdir",
        "os.makedirs",
        "os.rmdir",
        "os.rename",
        "os.walk",
        "os.stat",
        "shutil.copy",
        "shutil.copyfile",
        "shutil.move",
        "shutil.rmtree",
        "shutil.copytree",
        "shutil.make_archive",
        "shutil.disk_usage",
        "socket.gethostbyname",
        "socket.getaddrinfo",
        "socket.create_connection",
        "zipfile.ZipFile",
        "tarfile.open",
        "glob.glob",
        "requests.get",
        "urllib.request.urlopen",
        "open",
        "fs.readdir",
        "fs.readFile",
        "dns.lookup",
        "java.net.InetAddress.getByName",
    ];
    let tree = &program.tree;
    calls(program, root).any(|call| {
        let path = path(program, call);
        if matches!(path, "shlex.quote" | "pipes.quote") {
            return true;
        }
        if !strict && NATIVE.contains(&path) {
            return true;
        }
        let spreads = path.ends_with("create_subprocess_exec")
            || name(program, call) == "ProcessBuilder"
            || path.ends_with("execFile")
            || path.ends_with("execFileSync")
            || path.ends_with("spawn")
            || path.ends_with("spawnSync");
        let runs = spreads || path.starts_with("subprocess.") || path.ends_with(".exec");
        if !runs {
            return false;
        }
        let shell = tree
            .keyword(call, "shell", &program.text)
            .is_some_and(|shell| !matches!(tree.text(shell, &program.text), "False" | "0"));
        let first = tree.positional(call).next().or_else(|| tree.keyword(call, "args", &program.text));
        !shell
            && first.is_some_and(|first| {
                if spreads {
                    program.names.text(first).is_some() || is_vector(program, first)
                } else {
                    is_vector(program, first)
                }
            })
    })
}

fn is_vector(program: &Program, node: NodeId) -> bool {
    let tree = &program.tree;
    match tree.kind(node) {
        Kind::List | Kind::Tuple => tree.children(node).next().is_some_and(|first| {
            program.names.text(first).is_some() || program.names.path(first) == Some("sys.executable")
        }),
        Kind::New => tree.subtree(node).any(|below| tree.kind(below) == Kind::List && is_vector(program, below)),
        Kind::Name => program.names.binding(node).is_some_and(|binding| {
            let definitions = program.names.definitions(binding);
            !definitions.is_empty()
                && definitions.iter().all(|definition| {
                    definition.value.is_some_and(|value| tree.kind(value) != Kind::Name && is_vector(program, value))
                })
        }),
        _ => false,
    }
}

/// Checks on, or the call left without the option that switches them off.
fn verification(program: &Program, root: NodeId) -> bool {
    let tree = &program.tree;
    let on = tree.subtree(root).any(|node| match tree.kind(node) {
        Kind::Attribute | Kind::Name => {
            matches!(tree.name(node, &program.text), "create_default_context" | "CERT_REQUIRED" | "CERT_OPTIONAL")
        }
        Kind::Bool => matches!(tree.text(node, &program.text), "True" | "true"),
        _ => false,
    });
    on || calls(program, root).any(|call| {
        matches!(
            name(program, call),
            "get" | "post" | "put" | "delete" | "patch" | "head" | "request" | "Session" | "Client" | "urlopen"
        ) && tree.keyword(call, "verify", &program.text).is_none()
    })
}

fn address(program: &Program, root: NodeId) -> bool {
    texts(program, root).any(|text| matches!(text, "127.0.0.1" | "localhost" | "::1"))
        || calls(program, root)
            .any(|call| matches!(name(program, call), "getenv") || path(program, call).starts_with("os.environ"))
}

fn mode(program: &Program, root: NodeId) -> bool {
    let owner = ["S_IRUSR", "S_IWUSR", "S_IRWXU", "S_IXUSR"]
        .iter()
        .any(|flag| program.tree.text(root, &program.text).contains(flag));
    owner
        || numbers(program, root).any(|number| {
            number >= 0o77 && number & 0o007 == 0
                || number & 0o022 == 0o022
                    && number < 0o1000
                    && program.tree.text(root, &program.text).contains("umask")
                || number == 0o644
                || number == 0o755
        })
}

/// `False` in place of the switch, or the switch gone.
fn off(program: &Program, root: NodeId) -> bool {
    let tree = &program.tree;
    tree.subtree(root).any(|node| tree.kind(node) == Kind::Bool && tree.text(node, &program.text) == "False")
        || calls(program, root)
            .any(|call| name(program, call) == "run" && tree.keyword(call, "debug", &program.text).is_none())
}

fn on(program: &Program, root: NodeId) -> bool {
    let tree = &program.tree;
    tree.subtree(root)
        .any(|node| tree.kind(node) == Kind::Bool && matches!(tree.text(node, &program.text), "True" | "true"))
}

/// A constant template with variables beside it.
fn template(program: &Program, root: NodeId) -> bool {
    let tree = &program.tree;
    calls(program, root).any(|call| {
        matches!(name(program, call), "render_template_string" | "from_string" | "Template")
            && tree.positional(call).next().is_some_and(|text| is_fixed(program, text))
    })
}
