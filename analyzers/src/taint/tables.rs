//! What brings outside values in, what makes them harmless and for which use: data per language, no behaviour.

use crate::lang::Language;

/// Uses of a value, as a set: a sanitizer names those it makes safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Purposes(u16);

impl Purposes {
    /// No use.
    pub const NONE: Self = Self(0);
    /// A shell command.
    pub const SHELL: Self = Self(1);
    /// A query text.
    pub const SQL: Self = Self(1 << 1);
    /// Markup.
    pub const HTML: Self = Self(1 << 2);
    /// A file path.
    pub const PATH: Self = Self(1 << 3);
    /// Program text, a template, a module name.
    pub const CODE: Self = Self(1 << 4);
    /// A URL or host to connect or redirect to.
    pub const URL: Self = Self(1 << 5);
    /// A regular expression.
    pub const REGEX: Self = Self(1 << 6);
    /// A log line or header.
    pub const LINE: Self = Self(1 << 7);
    /// Bytes given to a deserialiser.
    pub const DATA: Self = Self(1 << 8);
    /// A directory or XPath filter.
    pub const FILTER: Self = Self(1 << 9);
    /// A size or count.
    pub const SIZE: Self = Self(1 << 10);
    /// Every use.
    pub const ALL: Self = Self(u16::MAX);

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both sets.
    #[must_use]
    pub const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether every use in `other` is in this set.
    pub const fn holds(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Where an outside value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// A name that the unit neither defines nor imports (fragments).
    Unknown,
    /// A file's content.
    File,
    /// The environment.
    Environment,
    /// A parameter of a function of the unit.
    Parameter,
    /// The command line.
    Arguments,
    /// Answers of other machines.
    Network,
    /// Standard input.
    Input,
    /// A request that the unit serves.
    Request,
}

impl Source {
    /// How messages call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "a value from outside this code",
            Self::File => "a file's content",
            Self::Environment => "an environment variable",
            Self::Parameter => "a parameter",
            Self::Arguments => "a command-line argument",
            Self::Network => "data from the network",
            Self::Input => "user input",
            Self::Request => "request data",
        }
    }
}

/// The tables of one language.
#[derive(Debug)]
pub(super) struct Tables {
    /// Dotted names (and everything below them) that are outside values, or calls that return them.
    pub(super) sources: &'static [(&'static str, Source)],
    /// Sources in classes whose base's name holds this text.
    pub(super) handler_sources: (&'static str, &'static [&'static str]),
    /// Parts of sources that an attacker does not choose.
    pub(super) harmless: &'static [&'static str],
    /// Last parts of a callee that return outside values whatever their object is.
    pub(super) source_methods: &'static [(&'static str, Source)],
    /// Callees and what their result is safe for.
    pub(super) sanitizers: &'static [(&'static str, Purposes)],
    /// Last parts of a callee and what the result is safe for.
    pub(super) sanitizing_methods: &'static [(&'static str, Purposes)],
    /// Types whose formatting methods escape their arguments for markup.
    pub(super) escaping_types: &'static [&'static str],
    /// Types whose values are harmless whoever sends them.
    pub(super) inert_types: &'static [&'static str],
    /// Decorators or annotations (last part) that make a function's parameters request data.
    pub(super) route_decorators: &'static [&'static str],
    /// Names of parameters that hold the request itself.
    pub(super) request_parameters: &'static [&'static str],
    /// Calls that end the request or program.
    pub(super) aborts: &'static [&'static str],
    /// Names that are known without a definition.
    pub(super) builtins: &'static [&'static str],
}

const PYTHON: Tables = Tables {
    sources: &[
        ("bottle.request", Source::Request),
        ("event", Source::Request),
        ("flask.request", Source::Request),
        ("input", Source::Input),
        ("os.environ", Source::Environment),
        ("os.environb", Source::Environment),
        ("os.getenv", Source::Environment),
        ("raw_input", Source::Input),
        ("request", Source::Request),
        ("requests.delete", Source::Network),
        ("requests.get", Source::Network),
        ("requests.patch", Source::Network),
        ("requests.post", Source::Network),
        ("requests.put", Source::Network),
        ("requests.request", Source::Network),
        ("self.get_argument", Source::Request),
        ("self.get_arguments", Source::Request),
        ("self.get_body_argument", Source::Request),
        ("self.get_query_argument", Source::Request),
        ("self.kwargs", Source::Request),
        ("self.request", Source::Request),
        ("sys.argv", Source::Arguments),
        ("sys.stdin", Source::Input),
        ("urllib.request.urlopen", Source::Network),
    ],
    handler_sources: ("HTTPRequestHandler", &["self.path", "self.headers", "self.rfile", "self.requestline"]),
    harmless: &[
        "app",
        "content_length",
        "endpoint",
        "is_json",
        "is_secure",
        "max_content_length",
        "method",
        "remote_addr",
        "scheme",
        "session",
        "status_code",
        "url_rule",
        "user",
    ],
    source_methods: &[
        ("parse_args", Source::Arguments),
        ("parse_known_args", Source::Arguments),
        ("recv", Source::Network),
        ("recvfrom", Source::Network),
        ("getfirst", Source::Request),
        ("getvalue", Source::Request),
    ],
    sanitizers: &[
        ("abs", Purposes::ALL),
        ("bleach.clean", Purposes::HTML),
        ("bool", Purposes::ALL),
        ("cgi.escape", Purposes::HTML),
        ("datetime.date.fromisoformat", Purposes::ALL),
        ("datetime.datetime.fromisoformat", Purposes::ALL),
        ("datetime.datetime.strptime", Purposes::ALL),
        ("decimal.Decimal", Purposes::ALL),
        ("django.utils.html.conditional_escape", Purposes::HTML),
        ("django.utils.html.escape", Purposes::HTML),
        ("django.utils.html.format_html", Purposes::HTML),
        ("flask.escape", Purposes::HTML),
        ("flask.render_template", Purposes::HTML),
        ("flask.url_for", Purposes::URL.with(Purposes::PATH)),
        ("url_for", Purposes::URL.with(Purposes::PATH)),
        ("django.urls.reverse", Purposes::URL.with(Purposes::PATH)),
        ("reverse", Purposes::URL.with(Purposes::PATH)),
        ("float", Purposes::ALL),
        ("hash", Purposes::ALL),
        ("hashlib.md5", Purposes::ALL),
        ("hashlib.new", Purposes::ALL),
        ("hashlib.sha1", Purposes::ALL),
        ("hashlib.sha256", Purposes::ALL),
        ("hashlib.sha512", Purposes::ALL),
        ("hex", Purposes::ALL),
        ("html.escape", Purposes::HTML),
        ("id", Purposes::ALL),
        ("int", Purposes::ALL),
        ("ipaddress.ip_address", Purposes::ALL),
        ("ipaddress.ip_network", Purposes::ALL),
        ("isinstance", Purposes::ALL),
        ("ldap.filter.escape_filter_chars", Purposes::FILTER),
        ("ldap3.utils.conv.escape_filter_chars", Purposes::FILTER),
        ("len", Purposes::ALL),
        ("lxml.html.clean.clean_html", Purposes::HTML),
        ("markupsafe.Markup.escape", Purposes::HTML),
        ("markupsafe.escape", Purposes::HTML),
        ("nh3.clean", Purposes::HTML),
        ("ord", Purposes::ALL),
        ("os.path.abspath", Purposes::NONE),
        ("os.path.basename", Purposes::PATH),
        ("os.path.exists", Purposes::ALL),
        ("os.path.getsize", Purposes::ALL),
        ("os.path.isdir", Purposes::ALL),
        ("os.path.isfile", Purposes::ALL),
        ("ntpath.basename", Purposes::PATH),
        ("pipes.quote", Purposes::SHELL),
        ("re.escape", Purposes::REGEX),
        ("round", Purposes::ALL),
        ("secrets.token_hex", Purposes::ALL),
        ("shlex.join", Purposes::SHELL),
        ("shlex.quote", Purposes::SHELL),
        ("subprocess.list2cmdline", Purposes::NONE),
        ("sum", Purposes::ALL),
        ("urllib.parse.quote", Purposes::PATH.with(Purposes::HTML).with(Purposes::LINE)),
        ("urllib.parse.quote_plus", Purposes::PATH.with(Purposes::HTML).with(Purposes::LINE)),
        ("urllib.parse.urlencode", Purposes::HTML.with(Purposes::LINE)),
        ("uuid.UUID", Purposes::ALL),
        ("werkzeug.security.generate_password_hash", Purposes::ALL),
        ("werkzeug.security.safe_join", Purposes::PATH),
        ("werkzeug.utils.secure_filename", Purposes::PATH),
        ("secure_filename", Purposes::PATH),
        ("safe_join", Purposes::PATH),
        ("escape", Purposes::HTML),
        ("xml.sax.saxutils.escape", Purposes::HTML),
        ("psycopg2.sql.Identifier", Purposes::SQL),
        ("psycopg2.sql.Literal", Purposes::SQL),
        ("json.dumps", Purposes::LINE),
        ("repr", Purposes::LINE),
        ("min", Purposes::SIZE),
    ],
    sanitizing_methods: &[
        ("count", Purposes::ALL),
        ("digest", Purposes::ALL),
        ("endswith", Purposes::ALL),
        ("escape_string", Purposes::SQL),
        ("exists", Purposes::ALL),
        ("find", Purposes::ALL),
        ("hexdigest", Purposes::ALL),
        ("index", Purposes::ALL),
        ("is_dir", Purposes::ALL),
        ("is_file", Purposes::ALL),
        ("isalnum", Purposes::ALL),
        ("isdigit", Purposes::ALL),
        ("mogrify", Purposes::SQL),
        ("quote_ident", Purposes::SQL),
        ("quote_identifier", Purposes::SQL),
        ("startswith", Purposes::ALL),
        ("timestamp", Purposes::ALL),
        ("total_seconds", Purposes::ALL),
    ],
    escaping_types: &["markupsafe.Markup", "flask.Markup", "jinja2.Markup", "Markup"],
    inert_types: &[
        "int",
        "float",
        "bool",
        "Decimal",
        "UUID",
        "date",
        "datetime",
        "time",
        "timedelta",
        "Enum",
        "Session",
        "Connection",
        "Cursor",
        "Engine",
        "Logger",
        "IPv4Address",
        "IPv6Address",
    ],
    route_decorators: &[
        "route",
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "websocket",
        "api_view",
        "view_config",
        "expose",
    ],
    request_parameters: &["request", "req", "event"],
    aborts: &["sys.exit", "exit", "quit", "os._exit", "os.abort", "flask.abort", "abort"],
    builtins: &[
        "ArithmeticError",
        "Exception",
        "KeyError",
        "False",
        "None",
        "NotImplemented",
        "OSError",
        "True",
        "TypeError",
        "ValueError",
        "__file__",
        "__name__",
        "__doc__",
        "all",
        "any",
        "bytes",
        "chr",
        "classmethod",
        "dict",
        "dir",
        "enumerate",
        "filter",
        "format",
        "frozenset",
        "getattr",
        "iter",
        "list",
        "map",
        "max",
        "min",
        "next",
        "object",
        "open",
        "print",
        "property",
        "range",
        "reversed",
        "set",
        "sorted",
        "str",
        "super",
        "tuple",
        "type",
        "vars",
        "zip",
        "self",
        "cls",
        "db",
        "app",
        "conn",
        "connection",
        "cur",
        "cursor",
        "logger",
        "logging",
    ],
};

const JAVASCRIPT: Tables = Tables {
    sources: &[
        ("ctx.query", Source::Request),
        ("ctx.request", Source::Request),
        ("document.cookie", Source::Request),
        ("document.location", Source::Request),
        ("document.referrer", Source::Request),
        ("document.URL", Source::Request),
        ("event", Source::Request),
        ("location", Source::Request),
        ("process.argv", Source::Arguments),
        ("process.env", Source::Environment),
        ("process.stdin", Source::Input),
        ("prompt", Source::Input),
        ("req", Source::Request),
        ("request", Source::Request),
        ("window.location", Source::Request),
        ("window.name", Source::Request),
    ],
    handler_sources: ("", &[]),
    harmless: &["method", "secure", "user", "session", "app", "protocol", "length"],
    source_methods: &[("readlineSync", Source::Input), ("question", Source::Input)],
    sanitizers: &[
        ("joinInside", Purposes::PATH),
        ("fs.readFileSync", Purposes::HTML),
        ("fs.existsSync", Purposes::ALL),
        ("Number", Purposes::ALL),
        ("parseInt", Purposes::ALL),
        ("parseFloat", Purposes::ALL),
        ("Boolean", Purposes::ALL),
        ("Number.parseInt", Purposes::ALL),
        ("Number.parseFloat", Purposes::ALL),
        ("encodeURIComponent", Purposes::HTML.with(Purposes::PATH).with(Purposes::LINE)),
        ("escape", Purposes::HTML),
        ("escapeHtml", Purposes::HTML),
        ("DOMPurify.sanitize", Purposes::HTML),
        ("dompurify.sanitize", Purposes::HTML),
        ("he.encode", Purposes::HTML),
        ("he.escape", Purposes::HTML),
        ("lodash.escape", Purposes::HTML),
        ("validator.escape", Purposes::HTML),
        ("sanitize-html", Purposes::HTML),
        ("escape-html", Purposes::HTML),
        ("path.basename", Purposes::PATH),
        ("sanitize-filename", Purposes::PATH),
        ("shell-quote.quote", Purposes::SHELL),
        ("mysql.escape", Purposes::SQL),
        ("mysql2.escape", Purposes::SQL),
        ("mysql.escapeId", Purposes::SQL),
        ("pg-format", Purposes::SQL),
    ],
    sanitizing_methods: &[
        ("escapeId", Purposes::SQL),
        ("digest", Purposes::ALL),
        ("indexOf", Purposes::ALL),
        ("includes", Purposes::ALL),
        ("startsWith", Purposes::ALL),
        ("endsWith", Purposes::ALL),
        ("test", Purposes::ALL),
    ],
    escaping_types: &[],
    inert_types: &["number", "boolean", "Date"],
    route_decorators: &["Get", "Post", "Put", "Patch", "Delete"],
    request_parameters: &["req", "request", "ctx", "event"],
    aborts: &["process.exit", "process.abort"],
    builtins: &[
        "undefined",
        "NaN",
        "Infinity",
        "console",
        "JSON",
        "Math",
        "Object",
        "Array",
        "Date",
        "Promise",
        "module",
        "exports",
        "require",
        "Buffer",
        "globalThis",
        "window",
        "document",
        "__dirname",
        "__filename",
        "this",
        "super",
        "process",
        "db",
        "app",
        "connection",
        "pool",
        "client",
        "fs",
        "path",
        "String",
        "RegExp",
        "Error",
        "Map",
        "Set",
        "Symbol",
        "setTimeout",
        "setInterval",
        "fetch",
        "URL",
        "crypto",
    ],
};

const JAVA: Tables = Tables {
    sources: &[
        ("System.getenv", Source::Environment),
        ("java.lang.System.getenv", Source::Environment),
        ("System.in", Source::Input),
        ("java.lang.System.in", Source::Input),
        ("args", Source::Arguments),
    ],
    handler_sources: ("", &[]),
    harmless: &["getMethod", "getSession", "getScheme", "getServletContext", "isSecure", "getContextPath"],
    source_methods: &[
        ("getParameter", Source::Request),
        ("getParameterValues", Source::Request),
        ("getParameterMap", Source::Request),
        ("getParameterNames", Source::Request),
        ("getHeader", Source::Request),
        ("getHeaders", Source::Request),
        ("getQueryString", Source::Request),
        ("getCookies", Source::Request),
        ("getRequestURI", Source::Request),
        ("getRequestURL", Source::Request),
        ("getPathInfo", Source::Request),
        ("getInputStream", Source::Request),
        ("getReader", Source::Request),
        ("getPart", Source::Request),
        ("getOriginalFilename", Source::Request),
        ("getSubmittedFileName", Source::Request),
        ("readLine", Source::Input),
        ("nextLine", Source::Input),
        ("next", Source::Input),
        ("getProperty", Source::Environment),
    ],
    sanitizers: &[
        ("escapeHtml", Purposes::HTML),
        ("pathInside", Purposes::PATH),
        ("java.lang.Integer.parseInt", Purposes::ALL),
        ("java.lang.Integer.valueOf", Purposes::ALL),
        ("java.lang.Long.parseLong", Purposes::ALL),
        ("java.lang.Long.valueOf", Purposes::ALL),
        ("java.lang.Short.parseShort", Purposes::ALL),
        ("java.lang.Byte.parseByte", Purposes::ALL),
        ("java.lang.Double.parseDouble", Purposes::ALL),
        ("java.lang.Double.valueOf", Purposes::ALL),
        ("java.lang.Float.parseFloat", Purposes::ALL),
        ("java.lang.Boolean.parseBoolean", Purposes::ALL),
        ("java.lang.Math.abs", Purposes::ALL),
        ("java.io.File.getName", Purposes::PATH),
        ("java.nio.file.Path.getFileName", Purposes::PATH),
        ("org.apache.commons.io.FilenameUtils.getName", Purposes::PATH),
        ("org.springframework.util.StringUtils.getFilename", Purposes::PATH),
        ("java.net.URLEncoder.encode", Purposes::HTML.with(Purposes::PATH).with(Purposes::LINE)),
        ("java.util.UUID.fromString", Purposes::ALL),
        ("java.util.regex.Pattern.quote", Purposes::REGEX),
    ],
    sanitizing_methods: &[
        ("digest", Purposes::ALL),
        ("escapeHtml", Purposes::HTML),
        ("escapeHtml4", Purposes::HTML),
        ("escapeHtml3", Purposes::HTML),
        ("htmlEscape", Purposes::HTML),
        ("forHtml", Purposes::HTML),
        ("forHtmlContent", Purposes::HTML),
        ("forHtmlAttribute", Purposes::HTML),
        ("forJavaScript", Purposes::HTML),
        ("encodeForHTML", Purposes::HTML),
        ("encodeForHTMLAttribute", Purposes::HTML),
        ("encodeForSQL", Purposes::SQL),
        ("encodeForLDAP", Purposes::FILTER),
        ("encodeForOS", Purposes::SHELL),
        ("equals", Purposes::ALL),
        ("length", Purposes::ALL),
        ("size", Purposes::ALL),
        ("hashCode", Purposes::ALL),
        ("contains", Purposes::ALL),
        ("startsWith", Purposes::ALL),
        ("endsWith", Purposes::ALL),
        ("indexOf", Purposes::ALL),
        ("isEmpty", Purposes::ALL),
        ("matches", Purposes::ALL),
    ],
    escaping_types: &[],
    inert_types: &[
        "int",
        "long",
        "short",
        "byte",
        "double",
        "float",
        "boolean",
        "char",
        "Integer",
        "Long",
        "Short",
        "Double",
        "Float",
        "Boolean",
        "UUID",
        "Date",
        "LocalDate",
        "LocalDateTime",
        "BigDecimal",
        "BigInteger",
        "Connection",
        "DataSource",
        "Statement",
        "PreparedStatement",
        "EntityManager",
        "HttpServletResponse",
        "PrintWriter",
        "Logger",
        "JdbcTemplate",
        "MessageDigest",
        "Cipher",
        "SecureRandom",
        "Random",
    ],
    route_decorators: &[
        "RequestMapping",
        "GetMapping",
        "PostMapping",
        "PutMapping",
        "DeleteMapping",
        "PatchMapping",
        "Path",
        "GET",
        "POST",
    ],
    request_parameters: &[],
    aborts: &["System.exit", "java.lang.System.exit"],
    builtins: &["this", "super", "null", "true", "false", "System", "String", "Math"],
};

/// The tables of a language.
pub(super) const fn of(language: Language) -> &'static Tables {
    match language {
        Language::Python => &PYTHON,
        Language::JavaScript => &JAVASCRIPT,
        Language::Java => &JAVA,
    }
}
