//! The table of requirements: fixed sentences, each for what findings are about. Add, reword and raise the version;
//! never reuse an id for another meaning.

use analyzers::concept as c;
use analyzers::edit::EditKind;
use analyzers::lang::Language::{self, Go, Java, Python};

use super::Row;

/// The id of the requirement for findings that no other one is for.
pub(super) const ANY: &str = "any";

const fn row(
    id: &'static str,
    concepts: &'static [&'static str],
    cwe: &'static [u16],
    languages: &'static [Language],
    text: &'static str,
) -> Row {
    Row { id, concepts, cwe, languages, edit: None, text }
}

const fn by_edit(
    id: &'static str,
    edit: EditKind,
    concepts: &'static [&'static str],
    languages: &'static [Language],
    text: &'static str,
) -> Row {
    Row { id, concepts, cwe: &[], languages, edit: Some(edit), text }
}

const COMMANDS: &[&str] = &[c::SHELL_STRING, c::SHELL_CONSTANT, c::ARGV_PROGRAM, c::SHELL_WILDCARD];
const COMMAND_CWE: &[u16] = &[77, 78, 88];
const PATHS: &[&str] = &[c::PATH_TRAVERSAL, c::UPLOAD_NAME];
const PATH_CWE: &[u16] = &[22, 23, 36, 73];
const MARKUP: &[&str] = &[c::HTML_UNESCAPED, c::MARK_SAFE];
const MARKUP_CWE: &[u16] = &[79, 80, 116];
const OBJECTS: &[&str] = &[c::PICKLE_LOAD, c::MODEL_LOAD];

/// Every requirement.
pub(super) const ROWS: &[Row] = &[
    row(
        "command.python",
        COMMANDS,
        COMMAND_CWE,
        &[Python],
        "Run programs with subprocess.run and a list of arguments, never through a shell and never as one command string; check values from outside against an allow-list or a strict pattern before they become an argument.",
    ),
    row(
        "command.java",
        COMMANDS,
        COMMAND_CWE,
        &[Java],
        "Run programs with ProcessBuilder and a separate string for each argument, never through a shell and never as one command string; check values from outside before they become an argument.",
    ),
    row(
        "command.javascript",
        COMMANDS,
        COMMAND_CWE,
        &Language::SCRIPTS,
        "Run programs with child_process.execFile or spawn and an array of arguments, never through a shell; check values from outside before they become an argument.",
    ),
    row(
        "command.go",
        COMMANDS,
        COMMAND_CWE,
        &[Go],
        "Run programs with exec.Command and a separate string for each argument, never through sh -c; check values from outside before they become an argument.",
    ),
    row(
        "query.python",
        &[c::SQL_STRING],
        &[89],
        &[Python],
        "Pass every value to an SQL query as a bound parameter (a placeholder and a tuple), never by formatting or concatenating it into the statement; choose table and column names from a fixed list.",
    ),
    row(
        "query.java",
        &[c::SQL_STRING],
        &[89],
        &[Java],
        "Use PreparedStatement with a placeholder and a set method for every value in an SQL query, never concatenation; choose table and column names from a fixed list.",
    ),
    row(
        "query.javascript",
        &[c::SQL_STRING],
        &[89],
        &Language::SCRIPTS,
        "Pass every value to an SQL query as a bound parameter (a placeholder and an array of values), never in a template string or by concatenation.",
    ),
    row(
        "query.go",
        &[c::SQL_STRING],
        &[89],
        &[Go],
        "Pass every value to an SQL query as a placeholder argument of Query, QueryRow or Exec, never with fmt.Sprintf or concatenation; choose table and column names from a fixed list.",
    ),
    row(
        "query.object",
        &[c::QUERY_OBJECT],
        &[943],
        &[],
        "Convert values from outside to plain strings or numbers before they go into a database query object, and never pass a request's object to a query as it is.",
    ),
    row(
        "yaml",
        &[c::YAML_LOAD],
        &[],
        &[],
        "Read YAML with a safe loader only (yaml.safe_load in Python), never with one that builds objects.",
    ),
    row(
        "deserialise.python",
        OBJECTS,
        &[502],
        &[Python],
        "Never deserialise data from outside with pickle, marshal, shelve or a similar module; use JSON, or check an HMAC over the bytes before they are read.",
    ),
    row(
        "deserialise.java",
        OBJECTS,
        &[502],
        &[Java],
        "Never deserialise data from outside with ObjectInputStream; use JSON, or set an ObjectInputFilter that allows only the classes expected.",
    ),
    row(
        "deserialise.javascript",
        OBJECTS,
        &[502],
        &Language::SCRIPTS,
        "Never deserialise data from outside with a library that can run code; use JSON.parse and validate the result.",
    ),
    row(
        "deserialise.go",
        OBJECTS,
        &[502],
        &[Go],
        "Decode data from outside with encoding/json into a fixed struct, behind a limit on its size; never decode gob or arbitrary types from the network.",
    ),
    row(
        "evaluate.python",
        &[c::EVAL_STRING, c::DYNAMIC_IMPORT],
        &[94, 95, 96],
        &[Python],
        "Never evaluate text from outside as code (no eval, exec or compile); parse literals with ast.literal_eval, or walk the parsed expression and allow only named operations; choose modules and functions from a fixed table.",
    ),
    row(
        "evaluate",
        &[c::EVAL_STRING, c::DYNAMIC_IMPORT],
        &[94, 95, 96, 470],
        &[],
        "Never evaluate text from outside as code; parse it as data, and choose functions and classes from a fixed table.",
    ),
    row("hash", &[c::WEAK_HASH], &[328], &[], "Use SHA-256 or stronger for digests, never MD5 or SHA-1."),
    row(
        "password",
        &[c::PASSWORD_HASH],
        &[256, 759, 760, 916],
        &[],
        "Hash passwords with a salted, slow function (scrypt, bcrypt, Argon2 or PBKDF2 with many iterations) and compare digests in constant time.",
    ),
    row(
        "cipher",
        &[c::WEAK_CIPHER, c::WEAK_KEY],
        &[326, 327],
        &[],
        "Encrypt with an authenticated mode of a strong cipher (AES-GCM or ChaCha20-Poly1305), never DES, RC4 or ECB; use keys of at least 128 bits, RSA keys of at least 2048 bits.",
    ),
    row(
        "nonce",
        &[c::FIXED_NONCE],
        &[323, 329, 1204],
        &[],
        "Draw a new random nonce or initialisation vector from a cryptographic generator for every encryption, and store it beside the ciphertext.",
    ),
    row(
        "tls",
        &[c::TLS_VERSION, c::TLS_VERIFY],
        &[295, 297],
        &[],
        "Always verify TLS certificates and host names, and accept TLS 1.2 or newer only.",
    ),
    row(
        "ssh",
        &[c::SSH_HOST_KEY],
        &[],
        &[],
        "Load the known SSH host keys and reject unknown ones; never accept a host key unseen.",
    ),
    row(
        "token",
        &[c::TOKEN_VERIFY],
        &[345, 347],
        &[],
        "Always verify the signature of a token, with a fixed list of allowed algorithms, before anything in it is used.",
    ),
    row(
        "compare",
        &[c::TIMING_COMPARE],
        &[208],
        &[],
        "Compare signatures, tokens and digests in constant time (hmac.compare_digest in Python, MessageDigest.isEqual in Java, crypto.timingSafeEqual in Node.js).",
    ),
    row(
        "bidirectional",
        &[c::BIDIRECTIONAL],
        &[1007],
        &[],
        "Write source code without invisible or text-direction control characters; escape such a character where a string needs one.",
    ),
    row(
        "random.python",
        &[c::INSECURE_RANDOM],
        &[330, 331, 335, 338],
        &[Python],
        "Draw tokens, passwords, keys and other secrets from the secrets module, never from random.",
    ),
    row(
        "random.java",
        &[c::INSECURE_RANDOM],
        &[330, 331, 335, 338],
        &[Java],
        "Draw tokens, passwords, keys and other secrets from java.security.SecureRandom, never from Random or Math.random.",
    ),
    row(
        "random.javascript",
        &[c::INSECURE_RANDOM],
        &[330, 331, 335, 338],
        &Language::SCRIPTS,
        "Draw tokens, passwords, keys and other secrets from crypto.randomBytes or crypto.randomInt, never from Math.random.",
    ),
    row(
        "random.go",
        &[c::INSECURE_RANDOM],
        &[330, 331, 335, 338],
        &[Go],
        "Draw tokens, passwords, keys and other secrets from crypto/rand, never from math/rand.",
    ),
    row(
        "temporary",
        &[c::MKTEMP, c::TEMPORARY_PATH],
        &[377, 378, 379],
        &[],
        "Create temporary files atomically and under a name that cannot be guessed (tempfile.mkstemp or NamedTemporaryFile in Python, Files.createTempFile in Java, fs.mkdtemp in Node.js), never at a fixed path.",
    ),
    row(
        "secret",
        &[c::HARDCODED_SECRET],
        &[259, 321, 798],
        &[],
        "Read passwords, keys and tokens from the environment at the place of use, with a clear error when one is not set; never hard-code them and give them no default.",
    ),
    row(
        "bind",
        &[c::BIND_ALL],
        &[605],
        &[],
        "Listen on the loopback interface, or on an address taken from configuration, not on all interfaces.",
    ),
    row("debug", &[c::FLASK_DEBUG], &[489], &[], "Never switch on debug mode or a debugger in a server."),
    row("timeout", &[c::REQUEST_TIMEOUT], &[], &[], "Set a timeout on every network request."),
    row(
        "limits",
        &[c::UNBOUNDED_READ, c::UNBOUNDED_WORK],
        &[400, 409, 770],
        &[],
        "Limit the size of everything that comes from outside before it is read into memory or sizes a loop or an allocation.",
    ),
    row(
        "regex",
        &[c::SLOW_REGEX],
        &[185, 1333],
        &[],
        "Use regular expressions without nested or overlapping repetition, never take one from outside without escaping it, and limit the length of the text they read.",
    ),
    row(
        "exception",
        &[c::SWALLOW_EXCEPTION],
        &[703, 755],
        &[],
        "Catch the specific exceptions that are expected, and log or handle them; never swallow one.",
    ),
    row(
        "assert",
        &[c::ASSERT_CHECK],
        &[617],
        &[],
        "Check conditions with an explicit test that raises an error, not with assert.",
    ),
    row("result", &[c::UNCHECKED_RESULT], &[252], &[], "Check the result of every operation that can report failure."),
    row(
        "mode",
        &[c::FILE_MODE],
        &[276, 732],
        &[],
        "Create files and directories with permissions for their owner only (0o600, 0o700).",
    ),
    by_edit(
        "path.input",
        EditKind::ValidateInput,
        &[c::UPLOAD_NAME],
        &[],
        "Store uploaded files under a name that the program makes itself or has reduced to a safe base name, and allow only the expected file types.",
    ),
    row(
        "path.python",
        PATHS,
        PATH_CWE,
        &[Python],
        "Resolve a path built from outside input (os.path.realpath) and reject it unless it stays inside the base directory; reduce file names to their base name.",
    ),
    row(
        "path.java",
        PATHS,
        PATH_CWE,
        &[Java],
        "Resolve and normalise a path built from outside input and reject it unless it starts with the base directory; reduce file names to their base name.",
    ),
    row(
        "path.javascript",
        PATHS,
        PATH_CWE,
        &Language::SCRIPTS,
        "Resolve a path built from outside input with path.resolve and reject it unless it stays inside the base directory; reduce file names with path.basename.",
    ),
    row(
        "path.go",
        PATHS,
        PATH_CWE,
        &[Go],
        "Reject a path from outside unless filepath.IsLocal accepts it, then join it to the base directory (or open it through os.Root); reduce file names with filepath.Base.",
    ),
    row(
        "archive",
        &[c::TAR_EXTRACT],
        &[],
        &[],
        "Check every member of an archive before it is extracted: reject absolute paths, links and paths outside the target directory (filter=\"data\" for tarfile in Python).",
    ),
    by_edit(
        "markup.template",
        EditKind::TemplateEscape,
        MARKUP,
        &[],
        "Render HTML through a template engine with automatic escaping on, and pass values to the template as variables, never as a part of its source.",
    ),
    row(
        "markup.python",
        MARKUP,
        MARKUP_CWE,
        &[Python],
        "Escape every value with html.escape or markupsafe.escape before it goes into HTML, or render a template with automatic escaping.",
    ),
    row("markup.java", MARKUP, MARKUP_CWE, &[Java], "Encode every value for HTML before it is written into a page."),
    row(
        "markup.javascript",
        MARKUP,
        MARKUP_CWE,
        &Language::SCRIPTS,
        "Escape every value before it goes into HTML, and use textContent rather than innerHTML.",
    ),
    row(
        "markup.go",
        MARKUP,
        MARKUP_CWE,
        &[Go],
        "Write pages with html/template, or escape every value with html.EscapeString; never convert values from outside to template.HTML, template.JS or template.URL.",
    ),
    row(
        "autoescape",
        &[c::JINJA_AUTOESCAPE],
        &[],
        &[],
        "Switch automatic escaping on in every template environment that renders HTML.",
    ),
    row(
        "template",
        &[c::TEMPLATE_STRING],
        &[1336],
        &[],
        "Keep template sources constant and pass values from outside as escaped variables only; never build the source of a template from them.",
    ),
    row(
        "xml",
        &[c::XML_PARSER],
        &[611, 776, 827],
        &[],
        "Parse XML with document types and external entities switched off.",
    ),
    row(
        "xpath",
        &[c::XPATH_STRING],
        &[91, 643],
        &[],
        "Pass values to an XPath query as variables, never by building them into the expression.",
    ),
    row("ldap", &[c::LDAP_STRING], &[90], &[], "Escape every value that goes into an LDAP filter or name."),
    row(
        "fetch",
        &[c::SERVER_REQUEST, c::URL_SCHEME],
        &[918, 939],
        &[],
        "Fetch URLs from outside only if their scheme is http or https and their host is on an allow-list; do not follow redirects to other hosts.",
    ),
    row("redirect", &[c::OPEN_REDIRECT], &[601], &[], "Redirect only to relative paths or to hosts on an allow-list."),
    row(
        "cleartext",
        &[c::CLEARTEXT_PROTOCOL],
        &[311, 312, 319, 523],
        &[],
        "Use the encrypted variant of every network protocol (SSH, SFTP, HTTPS, SNMPv3).",
    ),
    row(
        "input",
        &[c::UNCHECKED_INPUT],
        &[20],
        &[],
        "Validate every value from outside (type, range, length, form) before it is used, and reject what does not fit.",
    ),
    row(
        "lines",
        &[c::LINE_INJECTION],
        &[93, 113, 117],
        &[],
        "Remove line breaks and control characters from values before they go into logs or headers.",
    ),
    row(
        "leak",
        &[c::INFORMATION_LEAK],
        &[200, 209, 215, 497, 532],
        &[],
        "Answer errors with a generic message and keep details, stack traces and secrets out of responses and logs.",
    ),
    row("cookie", &[c::COOKIE_FLAGS], &[614, 1004, 1275], &[], "Set Secure, HttpOnly and SameSite on every cookie."),
    row("csrf", &[c::CSRF_OFF], &[352], &[], "Keep protection against cross-site request forgery switched on."),
    row("cors", &[c::CORS_ANY], &[346, 942], &[], "Allow cross-origin requests only from a fixed list of origins."),
    row(
        ANY,
        &[],
        &[],
        &[],
        "Treat every value from outside as hostile: validate it, and use the safe interface of every library.",
    ),
];
