//! Concepts: what kind of sink a finding sits on, one vocabulary for all languages.
//!
//! Rewrites and prompt requirements are chosen by (CWE, concept, language). Names are stable: add, never rename.

macro_rules! concepts {
    ($($(#[doc = $doc:literal])+ $constant:ident = $name:literal;)+) => {
        $($(#[doc = $doc])+ pub const $constant: &str = $name;)+

        /// Every concept with its meaning, in the order of this page.
        pub const ALL: &[(&str, &str)] = &[$(($name, concat!($($doc),+))),+];
    };
}

concepts! {
    /// Dynamic text run by a shell: `os.system(f"…")`, `subprocess.run(…, shell=True)`, `Runtime.exec(string)`, `exec()`.
    SHELL_STRING = "shell-string";
    /// A constant command run by a shell.
    SHELL_CONSTANT = "shell-constant";
    /// A program run by argument vector.
    ARGV_PROGRAM = "argv-program";
    /// Wildcards in a command that a shell expands.
    SHELL_WILDCARD = "shell-wildcard";
    /// A query text with values built into it.
    SQL_STRING = "sql-string";
    /// A query object for a document database or directory built from outside values.
    QUERY_OBJECT = "query-object";
    /// `yaml.load` with an unsafe loader.
    YAML_LOAD = "yaml-load";
    /// A deserialiser that can run code: pickle, marshal, shelve, jsonpickle, ObjectInputStream, node-serialize.
    PICKLE_LOAD = "pickle-load";
    /// A model or array file read by a loader that unpickles: `torch.load`, `numpy.load(allow_pickle=True)`.
    MODEL_LOAD = "model-load";
    /// A broken hash function: MD5, SHA-1.
    WEAK_HASH = "weak-hash";
    /// A fast hash used on a password.
    PASSWORD_HASH = "password-hash";
    /// A broken cipher or mode: DES, RC4, Blowfish, ECB.
    WEAK_CIPHER = "weak-cipher";
    /// A key that is too short.
    WEAK_KEY = "weak-key";
    /// A fixed initialisation vector, nonce or salt.
    FIXED_NONCE = "fixed-nonce";
    /// An old protocol version: SSL, TLS 1.0, TLS 1.1.
    TLS_VERSION = "tls-version";
    /// Certificate or host name checks switched off.
    TLS_VERIFY = "tls-verify";
    /// SSH host keys accepted unseen.
    SSH_HOST_KEY = "ssh-host-key";
    /// A signature or token accepted unchecked.
    TOKEN_VERIFY = "token-verify";
    /// A signature compared in a time that depends on it.
    TIMING_COMPARE = "timing-compare";
    /// A predictable generator used where a secret is made.
    INSECURE_RANDOM = "insecure-random";
    /// `tempfile.mktemp` and its relatives: a name without a file.
    MKTEMP = "mktemp";
    /// A fixed path in a shared temporary directory.
    TEMPORARY_PATH = "temporary-path";
    /// Text run as code: eval, exec, compile, Function.
    EVAL_STRING = "eval-string";
    /// A module or attribute chosen by outside text.
    DYNAMIC_IMPORT = "dynamic-import";
    /// A password, key or token in the source.
    HARDCODED_SECRET = "hardcoded-secret";
    /// A server bound to every interface.
    BIND_ALL = "bind-all";
    /// A debugger or debug page in a server.
    FLASK_DEBUG = "flask-debug";
    /// A network request without a time limit.
    REQUEST_TIMEOUT = "request-timeout";
    /// Input read without a size limit.
    UNBOUNDED_READ = "unbounded-read";
    /// Work or memory sized by outside values.
    UNBOUNDED_WORK = "unbounded-work";
    /// A regular expression with catastrophic backtracking, or one taken from outside.
    SLOW_REGEX = "slow-regex";
    /// An exception caught and dropped.
    SWALLOW_EXCEPTION = "swallow-exception";
    /// A check by `assert`, which optimised runs leave out.
    ASSERT_CHECK = "assert-check";
    /// A result that says "failed" and is not looked at.
    UNCHECKED_RESULT = "unchecked-result";
    /// A file mode that lets others write or read.
    FILE_MODE = "file-mode";
    /// A file path built from outside text.
    PATH_TRAVERSAL = "path-traversal";
    /// An uploaded file stored under the client's name.
    UPLOAD_NAME = "upload-name";
    /// An archive unpacked without looking at its member names.
    TAR_EXTRACT = "tar-extract";
    /// Outside text put into markup unescaped.
    HTML_UNESCAPED = "html-unescaped";
    /// A template engine told not to escape.
    JINJA_AUTOESCAPE = "jinja-autoescape";
    /// Text marked as safe markup.
    MARK_SAFE = "mark-safe";
    /// A template whose source is outside text.
    TEMPLATE_STRING = "template-string";
    /// An XML parser that resolves entities.
    XML_PARSER = "xml-parser";
    /// An XPath expression built from outside text.
    XPATH_STRING = "xpath-string";
    /// An LDAP filter built from outside text.
    LDAP_STRING = "ldap-string";
    /// A URL taken from outside and fetched by the server.
    SERVER_REQUEST = "server-request";
    /// A URL opener that also takes `file:` and custom schemes.
    URL_SCHEME = "url-scheme";
    /// A redirect to an outside URL.
    OPEN_REDIRECT = "open-redirect";
    /// A protocol that sends passwords in the clear: FTP, Telnet, SNMP v1 and v2.
    CLEARTEXT_PROTOCOL = "cleartext-protocol";
    /// Outside text used without the check its use needs.
    UNCHECKED_INPUT = "unchecked-input";
    /// Outside text written into a log or a header with line ends.
    LINE_INJECTION = "line-injection";
    /// Internal detail or a secret sent to the client or a log.
    INFORMATION_LEAK = "information-leak";
    /// A cookie without its protective flags.
    COOKIE_FLAGS = "cookie-flags";
    /// A forgery check switched off.
    CSRF_OFF = "csrf-off";
    /// Cross-origin access for everybody.
    CORS_ANY = "cors-any";
    /// Control characters that change the order in which text is shown.
    BIDIRECTIONAL = "bidirectional";
    /// A module that is known for its dangers, or that nobody maintains.
    RISKY_IMPORT = "risky-import";
    /// A model or data set fetched without saying which version.
    UNPINNED_DOWNLOAD = "unpinned-download";
    /// A key from outside that can reach the prototype of every object.
    PROTOTYPE_KEY = "prototype-key";
    /// A format string taken from outside.
    FORMAT_STRING = "format-string";
    /// Text that is escaped or cleaned only in part.
    INCOMPLETE_ESCAPE = "incomplete-escape";
    /// A copy into a buffer whose length nothing limits: gets, strcpy, strcat, sprintf, scanf of `%s`.
    UNBOUNDED_COPY = "unbounded-copy";
    /// A copy or access whose bound is wrong for the buffer.
    WRONG_BOUND = "wrong-bound";
    /// An index that nothing holds inside its array.
    ARRAY_INDEX = "array-index";
    /// Arithmetic on sizes that can overflow, wrap or lose bits.
    SIZE_ARITHMETIC = "size-arithmetic";
    /// An allocation that is too small, unchecked or sized by outside values.
    ALLOCATION = "allocation";
    /// Memory used after it was freed, freed twice or by the wrong function, or an address that outlives its object.
    MEMORY_LIFETIME = "memory-lifetime";
    /// Memory, a file or another resource that is never given back.
    RESOURCE_LEAK = "resource-leak";
    /// A variable read before it has a value.
    UNINITIALISED = "uninitialised";
    /// A file checked by name and then used by name.
    FILE_RACE = "file-race";
    /// Privileges given up in the wrong order or unchecked.
    PRIVILEGE_DROP = "privilege-drop";
    /// A comparison or condition that cannot mean what it says.
    WRONG_CONDITION = "wrong-condition";
    /// A library function that cannot be used safely.
    DANGEROUS_FUNCTION = "dangerous-function";
    /// A container, role or account that may do more than its work needs.
    EXCESSIVE_PRIVILEGE = "excessive-privilege";
    /// A port or service that everybody may reach.
    OPEN_NETWORK = "open-network";
    /// Storage or another resource that everybody may read or write.
    PUBLIC_RESOURCE = "public-resource";
    /// Storage that is not encrypted.
    UNENCRYPTED_STORE = "unencrypted-store";
    /// A workflow with the repository's rights that runs foreign code.
    UNTRUSTED_CHECKOUT = "untrusted-checkout";
    /// A session or token that stays valid for ever.
    SESSION_EXPIRY = "session-expiry";
    /// A rule for passwords that accepts short ones.
    PASSWORD_POLICY = "password-policy";
    /// A route that asks nobody who they are.
    MISSING_AUTHORIZATION = "missing-authorization";
    /// A value that several threads change without a lock.
    RACE_CONDITION = "race-condition";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn names_are_distinct_and_kebab_case() {
        for (at, (name, meaning)) in ALL.iter().enumerate() {
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{name}");
            assert!(!meaning.is_empty(), "{name}");
            assert!(ALL[..at].iter().all(|(earlier, _)| earlier != name), "{name} twice");
        }
    }
}
