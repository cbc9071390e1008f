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

/// Classes by package, for names that no import explains: `import java.util.*`, or code without its imports.
const JAVA_CLASSES: &[(&str, &[&str])] = &[
    (
        "java.lang",
        &[
            "Runtime",
            "ProcessBuilder",
            "Process",
            "System",
            "Math",
            "String",
            "StringBuilder",
            "StringBuffer",
            "Integer",
            "Long",
            "Double",
            "Float",
            "Boolean",
            "Character",
            "Byte",
            "Short",
            "Object",
            "Class",
            "ClassLoader",
            "Thread",
            "Exception",
            "RuntimeException",
            "IllegalArgumentException",
            "IllegalStateException",
            "Throwable",
            "Iterable",
            "Override",
            "Number",
        ],
    ),
    (
        "java.util",
        &[
            "Random",
            "Scanner",
            "List",
            "ArrayList",
            "LinkedList",
            "Map",
            "HashMap",
            "TreeMap",
            "LinkedHashMap",
            "Set",
            "HashSet",
            "Arrays",
            "Collections",
            "Objects",
            "Optional",
            "UUID",
            "Base64",
            "Properties",
            "Date",
            "Locale",
            "StringJoiner",
            "Iterator",
            "Collection",
        ],
    ),
    ("java.util.concurrent", &["ThreadLocalRandom"]),
    (
        "java.security",
        &[
            "SecureRandom",
            "MessageDigest",
            "NoSuchAlgorithmException",
            "KeyPairGenerator",
            "KeyStore",
            "Signature",
            "GeneralSecurityException",
            "Key",
        ],
    ),
    ("javax.crypto", &["Cipher", "KeyGenerator", "SecretKey", "SecretKeyFactory", "Mac"]),
    (
        "javax.crypto.spec",
        &["SecretKeySpec", "IvParameterSpec", "PBEKeySpec", "PBEParameterSpec", "DESKeySpec", "GCMParameterSpec"],
    ),
    (
        "java.sql",
        &[
            "Connection",
            "Statement",
            "PreparedStatement",
            "CallableStatement",
            "ResultSet",
            "DriverManager",
            "SQLException",
        ],
    ),
    ("javax.sql", &["DataSource"]),
    (
        "java.io",
        &[
            "File",
            "FileInputStream",
            "FileOutputStream",
            "FileReader",
            "FileWriter",
            "RandomAccessFile",
            "PrintWriter",
            "PrintStream",
            "InputStream",
            "OutputStream",
            "InputStreamReader",
            "BufferedReader",
            "BufferedWriter",
            "BufferedInputStream",
            "ObjectInputStream",
            "ObjectOutputStream",
            "ByteArrayInputStream",
            "ByteArrayOutputStream",
            "DataInputStream",
            "IOException",
            "Reader",
            "Writer",
            "Serializable",
            "Console",
        ],
    ),
    ("java.nio.file", &["Files", "Path", "Paths", "FileSystems", "StandardCopyOption", "StandardOpenOption"]),
    (
        "java.net",
        &["URL", "URI", "Socket", "ServerSocket", "HttpURLConnection", "URLConnection", "URLEncoder", "URLDecoder"],
    ),
    ("java.beans", &["XMLDecoder"]),
    (
        "javax.servlet.http",
        &["HttpServlet", "HttpServletRequest", "HttpServletResponse", "HttpSession", "Cookie", "Part"],
    ),
    ("javax.servlet", &["ServletRequest", "ServletResponse", "ServletException", "Filter", "FilterChain"]),
    ("javax.persistence", &["EntityManager", "Query", "TypedQuery", "PersistenceContext"]),
    ("javax.ws.rs", &["QueryParam", "PathParam", "FormParam", "HeaderParam", "GET", "POST", "Path", "Produces"]),
    ("javax.script", &["ScriptEngine", "ScriptEngineManager"]),
    ("org.springframework.jdbc.core", &["JdbcTemplate"]),
    ("org.springframework.jdbc.core.namedparam", &["NamedParameterJdbcTemplate"]),
    (
        "org.springframework.web.bind.annotation",
        &[
            "RequestParam",
            "PathVariable",
            "RequestBody",
            "RequestHeader",
            "CookieValue",
            "RequestMapping",
            "GetMapping",
            "PostMapping",
            "RestController",
            "ResponseBody",
            "ModelAttribute",
            "RequestPart",
        ],
    ),
    ("org.springframework.beans.factory.annotation", &["Value", "Autowired"]),
    ("org.springframework.web.multipart", &["MultipartFile"]),
    ("org.springframework.web.util", &["HtmlUtils"]),
    ("org.yaml.snakeyaml", &["Yaml"]),
    ("org.hibernate", &["Session", "SessionFactory"]),
];

/// What well-known Java methods return.
const JAVA_RESULTS: &[(&str, &str)] = &[
    ("java.lang.Runtime.getRuntime", "java.lang.Runtime"),
    ("java.sql.DriverManager.getConnection", "java.sql.Connection"),
    ("javax.sql.DataSource.getConnection", "java.sql.Connection"),
    ("java.sql.Connection.createStatement", "java.sql.Statement"),
    ("java.sql.Connection.prepareStatement", "java.sql.PreparedStatement"),
    ("java.sql.Connection.prepareCall", "java.sql.CallableStatement"),
    ("java.security.MessageDigest.getInstance", "java.security.MessageDigest"),
    ("javax.crypto.Cipher.getInstance", "javax.crypto.Cipher"),
    ("javax.crypto.Mac.getInstance", "javax.crypto.Mac"),
    ("javax.crypto.KeyGenerator.getInstance", "javax.crypto.KeyGenerator"),
    ("java.util.concurrent.ThreadLocalRandom.current", "java.util.concurrent.ThreadLocalRandom"),
    ("javax.servlet.http.HttpServletResponse.getWriter", "java.io.PrintWriter"),
    ("javax.servlet.http.HttpServletResponse.getOutputStream", "javax.servlet.ServletOutputStream"),
    ("javax.servlet.ServletResponse.getWriter", "java.io.PrintWriter"),
    ("javax.servlet.http.HttpServletRequest.getSession", "javax.servlet.http.HttpSession"),
    ("java.nio.file.Paths.get", "java.nio.file.Path"),
    ("java.nio.file.Path.of", "java.nio.file.Path"),
    ("java.nio.file.Path.resolve", "java.nio.file.Path"),
    ("java.nio.file.Path.normalize", "java.nio.file.Path"),
    ("java.nio.file.Path.toAbsolutePath", "java.nio.file.Path"),
    ("java.nio.file.Path.toFile", "java.io.File"),
    ("java.io.File.toPath", "java.nio.file.Path"),
    ("org.hibernate.SessionFactory.openSession", "org.hibernate.Session"),
    ("org.hibernate.SessionFactory.getCurrentSession", "org.hibernate.Session"),
    ("javax.script.ScriptEngineManager.getEngineByName", "javax.script.ScriptEngine"),
];

/// The package or module that an undefined `name` comes from, given the modules imported with `*`.
pub(crate) fn origin<'a>(
    language: Language,
    name: &str,
    wildcards: impl Iterator<Item = &'a str>,
) -> Option<&'static str> {
    let holds = |(_, names): &&(&'static str, &[&str])| names.contains(&name);
    match language {
        Language::Python => {
            let mut known = wildcards.filter_map(|module| PYTHON_EXPORTS.iter().find(|(known, _)| *known == module));
            known.find(holds).map(|&(module, _)| module)
        }
        // A class needs no import in its own package, and snippets leave imports out.
        Language::Java if name.starts_with(|letter: char| letter.is_ascii_uppercase()) => {
            JAVA_CLASSES.iter().find(holds).map(|&(package, _)| package)
        }
        Language::Java | Language::JavaScript | Language::TypeScript => None,
    }
}

/// The class of what the method or function at `path` returns.
pub(crate) fn result(language: Language, path: &str) -> Option<&'static str> {
    if language != Language::Java {
        return None;
    }
    JAVA_RESULTS.iter().find(|(method, _)| *method == path).map(|&(_, class)| class)
}
