//! Which security requirements a prompt states, recognised by what they speak about, never by their exact words.

/// What a security requirement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Values go into queries as parameters.
    Query,
    /// Programs run without a shell.
    Command,
    /// Credentials come from the environment.
    Credential,
    /// Foreign data is never deserialised into objects.
    Deserialise,
    /// Foreign text is never run as code.
    Evaluate,
    /// Sound hashes.
    Hash,
    /// Sound ciphers and modes.
    Cipher,
    /// Unpredictable random values.
    Random,
    /// Atomic temporary files.
    Temporary,
    /// Paths stay below their directory.
    Path,
    /// Text is escaped for the markup it is put into.
    Markup,
    /// Debugging aids are off.
    Debug,
    /// Certificates are checked.
    Certificate,
    /// Calls end in time.
    Timeout,
    /// Files are not open to everybody.
    Mode,
    /// Only the wanted interface is listened on.
    Bind,
    /// Exceptions are not swallowed.
    Exception,
}

/// One topic's words: a requirement speaks about it when every group has a word in it.
struct Row {
    topic: Topic,
    groups: &'static [&'static [&'static str]],
}

const fn row(topic: Topic, groups: &'static [&'static [&'static str]]) -> Row {
    Row { topic, groups }
}

/// Words by which a sentence demands something.
const DEMANDS: &[&str] = &[
    "never",
    "do not",
    "don't",
    "must",
    "always",
    "avoid",
    "instead",
    "only",
    "use ",
    "safe",
    "secur",
    "ensure",
    "make sure",
    "prevent",
    "reject",
    "vulnerab",
    "cwe",
    "require",
    "pass ",
    "read ",
    "escape",
    "validate",
    "check ",
    "set ",
    "keep ",
    "draw ",
    "create ",
    "catch ",
    "run ",
    "resolve ",
    "bind ",
];

const ROWS: &[Row] = &[
    row(
        Topic::Query,
        &[
            &["quer", "sql", "statement"],
            &[
                "parameter",
                "placeholder",
                "bind",
                "injection",
                "concatenat",
                "interpolat",
                "prepared",
                "allow-list",
                "allowlist",
            ],
        ],
    ),
    row(
        Topic::Command,
        &[
            &["shell", "command", "subprocess", "execfile", "processbuilder", "program"],
            &[
                "argument",
                "vector",
                "list",
                "array",
                "injection",
                "shell=false",
                "without a shell",
                "shell string",
                "quote",
            ],
        ],
    ),
    row(
        Topic::Credential,
        &[
            &["password", "credential", "secret", "token", "api key", "key"],
            &["environment", "hard-coded", "hardcoded", "hard-code", "hardcode", "literal"],
        ],
    ),
    row(Topic::Deserialise, &[&["deserial", "unpickl", "pickle", "safe_load", "yaml", "objectinputstream", "marshal"]]),
    row(
        Topic::Evaluate,
        &[
            &["eval", "exec", "code", "expression"],
            &[
                "literal_eval",
                "eval(",
                "eval ",
                "eval,",
                "`eval`",
                "execute text",
                "as code",
                "code injection",
                "exec(",
                "`exec`",
                "evaluate",
            ],
        ],
    ),
    row(
        Topic::Hash,
        &[
            &["md5", "sha-1", "sha1", "hash", "digest"],
            &["sha-256", "sha256", "strong", "weak", "broken", "pbkdf2", "bcrypt", "scrypt", "argon2", "never"],
        ],
    ),
    row(
        Topic::Cipher,
        &[&["ecb", "des", "rc4", "cipher", "encrypt"], &["gcm", "authenticated", "weak", "broken", "mode"]],
    ),
    row(
        Topic::Random,
        &[
            &["random", "unpredictable", "`secrets`"],
            &["secrets", "cryptograph", "securerandom", "randombytes", "csprng", "predictable", "crypto"],
        ],
    ),
    row(
        Topic::Temporary,
        &[
            &["temporary", "temp file", "tempfile", "mktemp"],
            &["mkstemp", "namedtemporaryfile", "race", "atomic", "mktemp", "secur"],
        ],
    ),
    row(
        Topic::Path,
        &[
            &["path", "file name", "filename", "archive", "member", "director"],
            &["travers", "outside", "confine", "base", "inside", "resolve", "below", "basename", "filter"],
        ],
    ),
    row(
        Topic::Markup,
        &[
            &["html", "markup", "template", "page", "cross-site", "xss"],
            &["escap", "sanitis", "sanitiz", "encode", "xss"],
        ],
    ),
    row(Topic::Debug, &[&["debug"]]),
    row(Topic::Certificate, &[&["certificate", "tls", "ssl", "verify"], &["verif", "valid", "check", "disabl"]]),
    row(Topic::Timeout, &[&["timeout", "time limit", "time-out"]]),
    row(
        Topic::Mode,
        &[&["permission", "mode", "chmod"], &["owner", "0o600", "600", "world", "restrict", "tight", "group"]],
    ),
    row(
        Topic::Bind,
        &[&["interface", "0.0.0.0", "bind", "listen"], &["loopback", "127.0.0.1", "localhost", "all interfaces"]],
    ),
    row(Topic::Exception, &[&["exception", "except"], &["swallow", "broad", "specific", "log", "narrow"]]),
];

/// The topics of the demands in `text`, apart from sentences that are the task's own words.
pub(super) fn demanded(text: &str, own_words: &[&str]) -> Vec<Topic> {
    let mut text = text.to_lowercase();
    for own in own_words {
        text = text.replace(&own.to_lowercase(), "\n");
    }
    let mut topics = Vec::new();
    for sentence in sentences(&text) {
        if !DEMANDS.iter().any(|word| sentence.contains(word)) {
            continue;
        }
        for row in ROWS {
            let meant = row.groups.iter().all(|group| group.iter().any(|word| sentence.contains(word)));
            if meant && !topics.contains(&row.topic) {
                topics.push(row.topic);
            }
        }
    }
    topics
}

/// The sentences and list items of `text`; a full stop inside a word (`os.system`) ends none.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split(". ")).map(str::trim).filter(|sentence| !sentence.is_empty())
}

/// One sentence that demands the topic, for a prompt that the script writes itself.
pub(super) fn sentence(topic: Topic) -> &'static str {
    match topic {
        Topic::Query => "Pass values to the query as parameters.",
        Topic::Command => "Run programs with an argument list, never through a shell.",
        Topic::Credential => "Read credentials from the environment, never hard-code them.",
        Topic::Deserialise => "Never deserialise foreign data into objects.",
        Topic::Evaluate => "Never evaluate foreign text as code.",
        Topic::Hash => "Use a strong hash such as SHA-256.",
        Topic::Cipher => "Use an authenticated cipher mode.",
        Topic::Random => "Draw random values from a cryptographic generator.",
        Topic::Temporary => "Create temporary files atomically with mkstemp.",
        Topic::Path => "Reject paths outside the base directory.",
        Topic::Markup => "Escape values before they go into HTML.",
        Topic::Debug => "Never switch debug mode on.",
        Topic::Certificate => "Always verify certificates.",
        Topic::Timeout => "Set a timeout.",
        Topic::Mode => "Keep file permissions restricted to the owner.",
        Topic::Bind => "Listen on the loopback interface only.",
        Topic::Exception => "Catch specific exceptions and log them.",
    }
}
