//! Safe forms of C and C++, by kind of sink.

use crate::concept;
use crate::program::Program;
use crate::syntax::{Kind, NodeId};
use crate::verify::witness::forms::calls;

/// Functions that are the safe form of a kind of sink by their name alone.
const CALLS: &[(&[&str], &[&str])] = &[
    (
        &[concept::INSECURE_RANDOM],
        &[
            "getrandom",
            "getentropy",
            "arc4random",
            "arc4random_buf",
            "arc4random_uniform",
            "RAND_bytes",
            "BCryptGenRandom",
            "random_device",
            "randombytes_buf",
        ],
    ),
    (
        &[concept::WEAK_HASH],
        &["EVP_sha256", "EVP_sha384", "EVP_sha512", "EVP_sha3_256", "SHA256", "SHA512", "CC_SHA256"],
    ),
    (&[concept::WEAK_CIPHER], &["EVP_aes_128_gcm", "EVP_aes_256_gcm", "EVP_chacha20_poly1305"]),
    (&[concept::MKTEMP, concept::TEMPORARY_PATH], &["mkstemp", "mkostemp", "mkdtemp", "tmpfile"]),
    (&[concept::SHELL_STRING, concept::SHELL_CONSTANT], &["execv", "execve", "execl", "posix_spawn"]),
    (&[concept::TIMING_COMPARE], &["CRYPTO_memcmp", "timingsafe_bcmp", "sodium_memcmp"]),
    (&[concept::PATH_TRAVERSAL], &["realpath", "canonical", "weakly_canonical"]),
];

/// Copies with the place of their bound.
const BOUNDED: &[(&str, usize)] = &[
    ("snprintf", 1),
    ("vsnprintf", 1),
    ("fgets", 1),
    ("strncat", 2),
    ("strlcpy", 2),
    ("strlcat", 2),
    ("memcpy", 2),
    ("strncpy", 2),
    ("getline", 1),
];

/// Whether the code at `root` holds the safe form.
pub(super) fn is_safe(program: &Program, wanted: &str, root: NodeId) -> bool {
    let (tree, text) = (&program.tree, program.text.as_str());
    let path = |call: NodeId| {
        let callee = tree.child(call, crate::syntax::Field::Callee);
        callee.and_then(|callee| program.names.path(callee)).unwrap_or_default()
    };
    let argument = |call: NodeId, at: usize| tree.positional(call).nth(at);
    let written = |call: NodeId, at: usize| argument(call, at).map(|part| tree.text(part, text)).unwrap_or_default();
    let number = |call: NodeId, at: usize| {
        argument(call, at).and_then(|part| program.names.constant(part)).and_then(crate::resolve::Constant::integer)
    };
    if CALLS.iter().any(|(concepts, names)| {
        concepts.contains(&wanted) && calls(program, root).any(|call| names.contains(&path(call)))
    }) {
        return true;
    }
    match wanted {
        concept::UNBOUNDED_COPY | concept::WRONG_BOUND => {
            calls(program, root).any(|call| {
                BOUNDED.iter().any(|&(name, at)| {
                    name == path(call)
                        && (written(call, at).contains("sizeof") || number(call, at).is_some_and(|size| size > 0))
                })
            }) || tree
                .subtree(root)
                .any(|node| tree.kind(node) == Kind::Type && tree.text(node, text).ends_with("string"))
        }
        concept::FORMAT_STRING => calls(program, root).any(|call| {
            path(call).contains("printf")
                && tree
                    .positional(call)
                    .take(3)
                    .any(|part| program.names.text(part).is_some_and(|format| format.contains("%s")))
                || path(call) == "syslog" && program.names.text(argument(call, 1).unwrap_or(call)).is_some()
                || matches!(path(call), "fputs" | "puts")
        }),
        concept::TLS_VERIFY => calls(program, root).any(|call| {
            path(call).ends_with("set_verify") && written(call, 1).contains("SSL_VERIFY_PEER")
                || path(call) == "curl_easy_setopt"
                    && written(call, 1).contains("VERIFY")
                    && written(call, 2).trim_start().starts_with(['1', '2'])
        }),
        concept::FILE_MODE => calls(program, root).any(|call| match path(call) {
            "umask" => number(call, 0).is_some_and(|mask| mask & 0o022 == 0o022),
            "chmod" | "fchmod" | "mkdir" | "creat" => {
                number(call, 1).is_some_and(|mode| mode & 0o002 == 0) || written(call, 1).starts_with("S_I")
            }
            "open" => argument(call, 2).is_some() && number(call, 2).is_none_or(|mode| mode & 0o002 == 0),
            _ => false,
        }),
        concept::SQL_STRING => calls(program, root).any(|call| {
            ["prepare", "PQexecParams"].iter().any(|name| path(call).contains(name))
                && tree
                    .positional(call)
                    .any(|part| program.names.text(part).is_some_and(|query| query.contains(['?', '$', ':'])))
        }),
        concept::XML_PARSER => calls(program, root)
            .any(|call| path(call).starts_with("xml") && tree.text(call, text).contains("XML_PARSE_NONET")),
        _ => false,
    }
}
