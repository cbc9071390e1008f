//! Safe forms of Go, by kind of sink.

use crate::concept;
use crate::program::Program;
use crate::resolve::Constant;
use crate::syntax::{Field, Kind, NodeId};
use crate::verify::witness::forms::query::is_fixed;
use crate::verify::witness::forms::{calls, name, path, switch};

/// Functions by their full names that are the safe form of a kind of sink.
const CALLS: &[(&[&str], &[&str])] = &[
    (
        &[concept::WEAK_HASH, concept::PASSWORD_HASH],
        &[
            "crypto/sha256.",
            "crypto/sha512.",
            "crypto/sha3.",
            "golang.org/x/crypto/sha3.",
            "golang.org/x/crypto/bcrypt.GenerateFromPassword",
            "golang.org/x/crypto/scrypt.Key",
            "golang.org/x/crypto/argon2.",
            "golang.org/x/crypto/blake2b.",
        ],
    ),
    (&[concept::INSECURE_RANDOM, concept::FIXED_NONCE], &["crypto/rand.", "secureInt", "io.ReadFull"]),
    (&[concept::WEAK_CIPHER], &["crypto/cipher.NewGCM", "golang.org/x/crypto/chacha20poly1305.New"]),
    (
        &[concept::MKTEMP, concept::TEMPORARY_PATH],
        &["os.CreateTemp", "os.MkdirTemp", "io/ioutil.TempFile", "io/ioutil.TempDir"],
    ),
    (&[concept::TIMING_COMPARE], &["crypto/subtle.ConstantTimeCompare", "crypto/hmac.Equal"]),
    (
        &[concept::HTML_UNESCAPED, concept::MARK_SAFE, concept::JINJA_AUTOESCAPE],
        &["html.EscapeString", "html/template."],
    ),
    (
        &[concept::PATH_TRAVERSAL, concept::UPLOAD_NAME, concept::TAR_EXTRACT],
        &["path/filepath.Base", "path.Base", "os.OpenRoot", "os.OpenInRoot", "path/filepath.Localize"],
    ),
    (&[concept::UNBOUNDED_READ, concept::UNBOUNDED_WORK], &["io.CopyN", "io.LimitReader", "net/http.MaxBytesReader"]),
    (&[concept::LDAP_STRING], &["github.com/go-ldap/ldap.EscapeFilter"]),
    (&[concept::LINE_INJECTION], &["strconv.Quote", "strings.ReplaceAll", "strings.NewReplacer"]),
    (&[concept::PICKLE_LOAD], &["encoding/json."]),
    (&[concept::SSH_HOST_KEY], &["golang.org/x/crypto/ssh.FixedHostKey", "golang.org/x/crypto/ssh/knownhosts.New"]),
];

/// Whether the code at `root` holds the safe form.
pub(super) fn is_safe(program: &Program, wanted: &str, root: NodeId, strict: bool) -> bool {
    let tree = &program.tree;
    let named = |names: &[&str]| {
        tree.subtree(root).any(|node| {
            matches!(tree.kind(node), Kind::Keyword | Kind::Attribute | Kind::Name)
                && names.contains(&tree.name(node, &program.text))
        })
    };
    let special = match wanted {
        concept::SQL_STRING => query(program, root),
        concept::SHELL_STRING | concept::SHELL_CONSTANT | concept::ARGV_PROGRAM => process(program, root, strict),
        concept::TLS_VERIFY => verification(program, root),
        concept::TLS_VERSION => named(&["VersionTLS12", "VersionTLS13"]),
        concept::FILE_MODE => switch::mode(program, root),
        concept::REQUEST_TIMEOUT => named(&["ReadHeaderTimeout", "ReadTimeout", "Timeout"]),
        concept::COOKIE_FLAGS => named(&["HttpOnly", "Secure"]) && switch::on(program, root),
        concept::WEAK_KEY => tree.subtree(root).any(|node| {
            matches!(program.names.constant(node), Some(Constant::Integer(bits)) if (2048..=16_384).contains(&bits))
        }),
        concept::BIND_ALL => switch::address(program, root),
        concept::PATH_TRAVERSAL => rooted(program, root),
        _ => false,
    };
    let listed = || {
        CALLS.iter().filter(|(concepts, _)| concepts.contains(&wanted)).any(|(_, functions)| {
            calls(program, root).any(|call| {
                let path = path(program, call);
                functions
                    .iter()
                    .any(|function| path == *function || (function.ends_with('.') && path.starts_with(function)))
            })
        })
    };
    special || listed() || (!strict && checked(program, wanted, root))
}

/// A constant query with its values beside it.
fn query(program: &Program, root: NodeId) -> bool {
    const RUNS: &[&str] = &[
        "Query",
        "QueryRow",
        "Exec",
        "QueryContext",
        "QueryRowContext",
        "ExecContext",
        "Queryx",
        "QueryRowx",
        "MustExec",
        "Raw",
        "Where",
        "Select",
        "Get",
        "NamedExec",
        "NamedQuery",
    ];
    let tree = &program.tree;
    calls(program, root).filter(|&call| RUNS.contains(&name(program, call))).any(|call| {
        let arguments: Vec<NodeId> = tree.children_in(call, Field::Argument).collect();
        let text = arguments.iter().position(|&argument| {
            is_fixed(program, argument)
                && program.names.text(argument).is_none_or(|text| text.contains(['?', '$', ':', '@']))
                && !matches!(tree.kind(argument), Kind::Null | Kind::Number)
        });
        text.is_some_and(|text| arguments.get(text + 1).is_some())
    })
}

/// A constant program that is no shell with its arguments, or the standard library in its place.
fn process(program: &Program, root: NodeId, strict: bool) -> bool {
    const SHELLS: &[&str] =
        &["sh", "bash", "zsh", "dash", "ksh", "cmd", "cmd.exe", "powershell", "pwsh", "env", "xargs"];
    const NATIVE: &[&str] = &[
        "os.ReadDir",
        "os.Remove",
        "os.RemoveAll",
        "os.Mkdir",
        "os.MkdirAll",
        "os.Rename",
        "os.ReadFile",
        "os.Stat",
        "net.LookupHost",
        "net.LookupIP",
        "net.LookupAddr",
        "net.DialTimeout",
        "path/filepath.Walk",
        "path/filepath.WalkDir",
        "path/filepath.Glob",
    ];
    let tree = &program.tree;
    calls(program, root).any(|call| {
        let path = path(program, call);
        let at = match path {
            "os/exec.Command" => 0,
            "os/exec.CommandContext" => 1,
            _ => return !strict && NATIVE.contains(&path),
        };
        let program_name = tree.children_in(call, Field::Argument).nth(at).and_then(|first| program.names.text(first));
        program_name.is_some_and(|text| !SHELLS.contains(&text.rsplit('/').next().unwrap_or(text)))
    })
}

/// Certificates are checked: the switch is off or gone, or an authority of one's own is named.
fn verification(program: &Program, root: NodeId) -> bool {
    let tree = &program.tree;
    let switched = |node: NodeId| {
        let name = match tree.kind(node) {
            Kind::Keyword => tree.name(node, &program.text),
            Kind::Assign => tree.child(node, Field::Target).map_or("", |target| tree.name(target, &program.text)),
            _ => "",
        };
        (name == "InsecureSkipVerify").then(|| tree.child(node, Field::Value)).flatten()
    };
    let on = tree
        .subtree(root)
        .filter_map(switched)
        .any(|value| program.names.constant(value) != Some(Constant::Bool(false)));
    let configured = tree.subtree(root).any(|node| {
        switched(node).is_some()
            || tree.kind(node) == Kind::New && path(program, node).ends_with("tls.Config")
            || tree.kind(node) == Kind::Call && path(program, node).starts_with("net/http.")
    });
    !on && configured
}

/// `filepath.Clean("/" + name)`: cleaned as if it began at the root.
fn rooted(program: &Program, root: NodeId) -> bool {
    let tree = &program.tree;
    calls(program, root).any(|call| {
        path(program, call) == "path/filepath.Clean"
            && tree.positional(call).next().is_some_and(|value| {
                tree.kind(value) == Kind::Binary
                    && tree
                        .child(value, Field::Left)
                        .and_then(|left| program.names.text(left))
                        .is_some_and(|text| text.starts_with('/'))
            })
    })
}

/// A check of the value with an exit where it fails.
fn checked(program: &Program, wanted: &str, root: NodeId) -> bool {
    let tree = &program.tree;
    let functions: &[&str] = match wanted {
        concept::PATH_TRAVERSAL | concept::TAR_EXTRACT => {
            &["path/filepath.IsLocal", "strings.HasPrefix", "strings.Contains", "path/filepath.Rel"]
        }
        concept::SQL_STRING
        | concept::SHELL_STRING
        | concept::SERVER_REQUEST
        | concept::OPEN_REDIRECT
        | concept::ARGV_PROGRAM
        | concept::LDAP_STRING
        | concept::XPATH_STRING => &["slices.Contains", "strconv.Atoi", "strconv.ParseInt", "net.ParseIP"],
        _ => return false,
    };
    tree.subtree(root).any(|node| {
        tree.kind(node) == Kind::If
            && tree.child(node, Field::Test).is_some_and(|test| {
                tree.subtree(test).any(|part| match tree.kind(part) {
                    Kind::Call => functions.contains(&path(program, part)) || name(program, part) == "MatchString",
                    // `!allowed[value]`
                    Kind::Subscript => tree.child(part, Field::Object).is_some_and(|object| {
                        program
                            .names
                            .definition(object)
                            .and_then(|definition| definition.value)
                            .is_some_and(|value| tree.kind(value) == Kind::Dict)
                    }),
                    // `err != nil` after a parser of numbers or addresses.
                    Kind::Null => tree.subtree(root).any(|call| {
                        tree.kind(call) == Kind::Call && call < part && functions.contains(&path(program, call))
                    }),
                    _ => false,
                })
            })
            && tree
                .child(node, Field::Body)
                .is_some_and(|body| tree.subtree(body).any(|part| tree.kind(part) == Kind::Return))
    })
}
