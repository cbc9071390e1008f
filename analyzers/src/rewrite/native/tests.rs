//! Rewrites of C on samples of their own.

use crate::edit::apply;
use crate::lang::Language;
use crate::program::{Limits, Program};
use crate::scan::analyse;

/// Applies every edit once; the result must be accepted.
fn once(language: Language, text: &str) -> String {
    let program = Program::parse(language, text, &Limits::default());
    let analysis = analyse(&program);
    let edits = super::super::candidates(&program, &analysis);
    let applied = apply(&program, &edits.iter().collect::<Vec<_>>());
    if applied.used.is_empty() {
        return text.to_owned();
    }
    let used: Vec<_> = applied.used.iter().map(|&at| &edits[at]).collect();
    let verified = crate::verify::rewrite(&program, &analysis, applied.text.clone(), &used);
    assert!(verified.is_ok(), "{:?}:\n{}", verified.err(), applied.text);
    applied.text
}

#[track_caller]
fn check(before: &str, after: &str) {
    for language in [Language::C, Language::Cpp] {
        let rewritten = once(language, before);
        assert!(rewritten.contains(after), "no {after} in\n{rewritten}");
        let analysis = analyse(&Program::parse(language, rewritten.as_str(), &Limits::default()));
        assert_eq!(analysis.issues().count(), 0, "{:?}\n{rewritten}", analysis.findings);
    }
}

#[track_caller]
fn keeps(before: &str) {
    assert_eq!(once(Language::C, before), before);
}

#[test]
fn copies_get_the_size_of_their_buffer() {
    check(
        "#include <stdio.h>\nvoid f(void) {\n    char line[80];\n    gets(line);\n    puts(line);\n}\n",
        "#include <string.h>\nvoid f(void) {\n    char line[80];\n    { if (fgets(line, sizeof(line), stdin)) line[strcspn(line, \"\\n\")] = '\\0'; }\n",
    );
    check(
        "#include <string.h>\nint main(int argc, char **argv) {\n    char name[32];\n    strcpy(name, argv[1]);\n    return 0;\n}\n",
        "snprintf(name, sizeof(name), \"%s\", argv[1]);",
    );
    check(
        "#include <stdio.h>\nvoid f(int n) {\n    char b[8];\n    sprintf(b, \"value: %d\", n);\n}\n",
        "snprintf(b, sizeof(b), \"value: %d\", n);",
    );
    check(
        "#include <string.h>\nvoid f(void) {\n    char b[16] = \"/tmp/\";\n    strcat(b, getenv(\"USER\"));\n}\n",
        "strncat(b, getenv(\"USER\"), sizeof(b) - strlen(b) - 1);",
    );
}

#[test]
fn buffers_of_unknown_size_are_left_alone() {
    keeps("#include <string.h>\nint main(int argc, char **argv) { char *p = g(); strcpy(p, argv[1]); return 0; }\n");
    keeps("#include <stdio.h>\nvoid f(char *line) { gets(line); }\n");
}

#[test]
fn formats_become_constant() {
    check(
        "#include <stdio.h>\nint main(int argc, char **argv) {\n    printf(argv[1]);\n    return 0;\n}\n",
        "printf(\"%s\", argv[1]);",
    );
}

#[test]
fn checks_and_modes_are_tightened() {
    check(
        "#include <openssl/ssl.h>\nvoid f(SSL_CTX *c) {\n    SSL_CTX_set_verify(c, SSL_VERIFY_NONE, NULL);\n}\n",
        "SSL_VERIFY_PEER",
    );
    check(
        "#include <curl/curl.h>\nvoid f(CURL *c) {\n    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);\n}\n",
        "CURLOPT_SSL_VERIFYPEER, 1L",
    );
    check("#include <sys/stat.h>\nvoid f(const char *p) {\n    chmod(p, 0777);\n}\n", "chmod(p, 0755)");
    check("#include <sys/stat.h>\nvoid f(void) {\n    umask(0);\n}\n", "umask(022)");
}
