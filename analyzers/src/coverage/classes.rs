//! The weaknesses that are looked for, the languages where one does not exist, and what is still open: data.

use crate::lang::Language;

/// A class of weaknesses.
#[derive(Debug)]
pub struct Weakness {
    /// Kebab-case name.
    pub name: &'static str,
    /// What it is about, a few words.
    pub about: &'static str,
    /// Its CWE numbers.
    pub cwe: &'static [u16],
}

/// A class that does not exist in some languages.
#[derive(Debug)]
pub struct Absent {
    /// The class.
    pub weakness: &'static str,
    /// The languages.
    pub languages: &'static [Language],
    /// Why, in words.
    pub reason: &'static str,
}

const fn weakness(name: &'static str, about: &'static str, cwe: &'static [u16]) -> Weakness {
    Weakness { name, about, cwe }
}

/// Languages for which every class that exists has a rule, or stands in [`OPEN`].
pub const FIRST_CLASS: &[Language] = &[
    Language::Python,
    Language::Java,
    Language::JavaScript,
    Language::TypeScript,
    Language::C,
    Language::Cpp,
    Language::Go,
];

/// Every class.
pub const CLASSES: &[Weakness] = &[
    weakness("input-validation", "input that is used unchecked", &[20]),
    weakness("path-traversal", "paths that leave their directory", &[22, 23, 36, 73]),
    weakness("command-injection", "commands and their arguments", &[77, 78, 88]),
    weakness("cross-site-scripting", "markup in pages", &[79, 80, 116]),
    weakness("sql-injection", "queries in SQL", &[89]),
    weakness("ldap-injection", "filters of directories", &[90]),
    weakness("xpath-injection", "XML and XPath made from text", &[91, 643]),
    weakness("header-injection", "line ends in headers", &[93, 113]),
    weakness("code-injection", "code and templates made from text", &[94, 95, 96, 1336]),
    weakness("log-injection", "line ends in logs", &[117]),
    weakness("buffer-overflow", "writes beyond a buffer", &[119, 120, 121, 122, 787, 676, 242]),
    weakness("out-of-bounds-read", "reads beyond a buffer", &[125]),
    weakness("format-string", "formats from outside", &[134]),
    weakness("slow-regex", "regular expressions", &[185, 1333]),
    weakness("integer-overflow", "arithmetic that overflows", &[190, 191, 680]),
    weakness("information-leak", "details that others see", &[200, 209, 215, 489, 497]),
    weakness("unchecked-result", "results and errors that nobody looks at", &[252, 703]),
    weakness("hardcoded-secret", "secrets in the source", &[259, 321, 798]),
    weakness("privileges", "privileges that are kept", &[269, 250]),
    weakness("file-permissions", "files that others may read or write", &[276, 732]),
    weakness("authorization", "who may do what", &[285, 287, 306, 862, 863, 639]),
    weakness("certificate-check", "certificates that nobody checks", &[295, 297]),
    weakness("cleartext", "secrets in the clear", &[311, 312, 319, 532]),
    weakness("weak-key", "short keys and weak padding", &[326, 780]),
    weakness("weak-cipher", "broken ciphers", &[327]),
    weakness("weak-hash", "broken hashes and hashes of passwords", &[328, 759, 760, 916]),
    weakness("fixed-nonce", "nonces and vectors that repeat", &[329, 323, 1204]),
    weakness("insecure-random", "values that can be guessed", &[330, 331, 335, 338]),
    weakness("token-verification", "data whose origin nobody checks", &[345, 347]),
    weakness("request-forgery", "requests of other sites", &[352]),
    weakness("file-race", "files that change between check and use", &[367]),
    weakness("temporary-file", "temporary files", &[377, 378, 379]),
    weakness("session", "sessions that are fixed or never end", &[384, 613]),
    weakness("resource-exhaustion", "work and memory without bound", &[400, 409, 730, 770]),
    weakness("resource-leak", "resources that nobody gives back", &[401, 404, 772]),
    weakness("memory-lifetime", "memory used after it was freed", &[415, 416]),
    weakness("unrestricted-upload", "uploads of any kind", &[434]),
    weakness("dynamic-attributes", "names, attributes and prototypes from outside", &[470, 915, 1321]),
    weakness("null-dereference", "null that is used", &[476]),
    weakness("unchecked-download", "code that is fetched and run", &[494, 829]),
    weakness("trust-boundary", "untrusted data among trusted", &[501]),
    weakness("deserialization", "objects made from outside data", &[502]),
    weakness("weak-password", "weak and badly kept passwords", &[521, 522]),
    weakness("open-redirect", "redirects", &[601]),
    weakness("bind-all", "servers on every interface", &[605]),
    weakness("xml-entities", "entities of XML", &[611, 776, 827]),
    weakness("cookie-flags", "cookies without flags", &[614, 1004, 1275]),
    weakness("uninitialised", "memory without a value", &[908, 457]),
    weakness("server-request", "requests that the server makes", &[918]),
    weakness("cross-origin", "answers to other origins", &[942, 346]),
    weakness("document-query", "queries of document databases", &[943]),
];

use Language::{C, Cpp, Go, Java, JavaScript, Python, TypeScript};

const fn absent(weakness: &'static str, languages: &'static [Language], reason: &'static str) -> Absent {
    Absent { weakness, languages, reason }
}

/// What does not exist.
pub const ABSENT: &[Absent] = &[
    absent("buffer-overflow", &[Python, Java, JavaScript, TypeScript], "every write is checked at run time"),
    absent("out-of-bounds-read", &[Python, Java], "every read is checked at run time"),
    absent("memory-lifetime", &[Python, Java, JavaScript, TypeScript, Go], "the run time frees memory"),
    absent("uninitialised", &[Python, Java, Go], "every variable has a value or the program stops"),
    absent("integer-overflow", &[Python], "whole numbers grow as needed"),
    absent("integer-overflow", &[JavaScript, TypeScript], "numbers lose precision and never wrap"),
    absent("null-dereference", &[Python, JavaScript, TypeScript], "a missing value raises an ordinary exception"),
    absent("format-string", &[Go], "a wrong format prints text and reads no memory"),
    absent("privileges", &[Java], "the run time cannot change the user that it runs as"),
    absent("slow-regex", &[Go], "the standard library matches in linear time"),
    absent("code-injection", &[C, Cpp], "nothing in the standard library runs text as code"),
    absent("dynamic-attributes", &[C, Cpp], "names of members are gone at run time"),
    absent("deserialization", &[C, Cpp], "the standard library reads no objects"),
    absent("request-forgery", &[C, Cpp], "forms are answered by other programs"),
    absent("session", &[C, Cpp], "sessions are kept by other programs"),
    absent("cookie-flags", &[C, Cpp], "cookies are set by other programs"),
    absent("cross-origin", &[C, Cpp], "pages are answered by other programs"),
    absent("open-redirect", &[C, Cpp], "redirects are sent by other programs"),
    absent("unrestricted-upload", &[C, Cpp], "uploads are taken by other programs"),
    absent("trust-boundary", &[C, Cpp], "sessions are kept by other programs"),
    absent("document-query", &[C, Cpp], "queries are built by calls, not as text or from requests"),
];

/// What exists and is not looked for yet; what gets a rule leaves this list.
pub const OPEN: &[(&str, &[Language])] = &[("unchecked-download", &[C, Cpp]), ("weak-password", &[C, Cpp])];
