//! CWE-1007: control characters that make code read otherwise than it runs.

use crate::concept;
use crate::finding::Severity;
use crate::lang::Language;
use crate::rule::{Context, Example, Findings, Report, Row, Rule, c, python};
use crate::syntax::{Kind, NodeId, Span};

pub(crate) const RULE: Rule = Rule {
    id: "trojan-source",
    cwe: &[1007, 838],
    severity: Severity::High,
    summary: "Bidirectional control characters make the code read otherwise than it runs.",
    advice: "Remove the control characters; write them as escapes where a text needs them.",
    rows: &[Row { languages: &Language::ALL, kinds: &[Kind::Module], check }],
    bad: &[
        python("if level != 'none\u{202e}\u{2066}': # admin\u{2069}\n    pass\n"),
        Example { language: Language::Java, code: "class A { String s = \"a\u{202e}b\"; }\n" },
        Example { language: Language::JavaScript, code: "const s = 'a\u{2067}b';\n" },
        Example { language: Language::Go, code: "package p\nvar s = \"a\u{2067}b\"\n" },
        c("const char *s = \"a\u{202e}b\";\n"),
        Example { language: Language::Php, code: "<?php\n$s = \"a\u{2067}b\";\n" },
        Example { language: Language::CSharp, code: "class A { string s = \"a\u{2067}b\"; }\n" },
        Example { language: Language::Ruby, code: "s = \"a\u{2067}b\"\n" },
        Example { language: Language::Rust, code: "const S: &str = \"a\u{2067}b\";\n" },
        Example { language: Language::Bash, code: "s=\"a\u{2067}b\"\n" },
        Example { language: Language::Yaml, code: "a: \"x\u{2067}y\"\n" },
        Example { language: Language::Json, code: "{\"a\": \"x\u{2067}y\"}\n" },
        Example { language: Language::Toml, code: "a = \"x\u{2067}y\"\n" },
        Example { language: Language::Ini, code: "a = x\u{2067}y\n" },
        Example { language: Language::Dockerfile, code: "LABEL a=\"x\u{2067}y\"\n" },
        Example { language: Language::Terraform, code: "a = \"x\u{2067}y\"\n" },
        Example { language: Language::Nginx, code: "set $a \"x\u{2067}y\";\n" },
        Example { language: Language::Sql, code: "SELECT 'x\u{2067}y';\n" },
        Example { language: Language::Html, code: "<p title=\"x\u{2067}y\"></p>\n" },
    ],
    good: &[
        python("name = 'שלום'\n"),
        Example { language: Language::Java, code: "class A { String s = \"مرحبا\"; }\n" },
        Example { language: Language::JavaScript, code: "const s = '\\u202e';\n" },
        Example { language: Language::Go, code: "package p\nvar s = \"\\u202e\"\n" },
        c("const char *s = \"مرحبا\";\n"),
        Example { language: Language::Php, code: "<?php\n$s = \"aéb\";\n" },
        Example { language: Language::CSharp, code: "class A { string s = \"aéb\"; }\n" },
        Example { language: Language::Ruby, code: "s = \"aéb\"\n" },
        Example { language: Language::Rust, code: "const S: &str = \"aéb\";\n" },
        Example { language: Language::Bash, code: "s=\"aéb\"\n" },
        Example { language: Language::Yaml, code: "a: \"xéy\"\n" },
        Example { language: Language::Json, code: "{\"a\": \"xéy\"}\n" },
        Example { language: Language::Toml, code: "a = \"xéy\"\n" },
        Example { language: Language::Ini, code: "a = xéy\n" },
        Example { language: Language::Dockerfile, code: "LABEL a=\"xéy\"\n" },
        Example { language: Language::Terraform, code: "a = \"xéy\"\n" },
        Example { language: Language::Nginx, code: "set $a \"xéy\";\n" },
        Example { language: Language::Sql, code: "SELECT 'xéy';\n" },
        Example { language: Language::Html, code: "<p title=\"xéy\"></p>\n" },
    ],
};

fn check(context: &Context<'_>, module: NodeId, found: &mut Findings) {
    let text = context.text();
    if context.program().language == Language::Java {
        escaped(context, text, found);
    }
    // All of them begin with the same byte: a quick look suffices for nearly every unit.
    if !text.as_bytes().contains(&0xe2) {
        return;
    }
    let control = |letter: char| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if text.contains(control) {
        let message = "Bidirectional control characters make the code read otherwise than it runs.";
        found.push(context, Report::issue(module, concept::BIDIRECTIONAL, message).bandit("B613"));
    } else if text.contains('\u{200f}') {
        let message = "A right-to-left mark can change how the code reads.";
        found.push(context, Report::audit(module, concept::BIDIRECTIONAL, message).bandit("B613"));
    }
    let mut unseen = text.match_indices(is_unseen).take(MOST_LOOKED_AT);
    if let Some(node) = unseen.find_map(|(at, _)| in_code(context, at)) {
        let message = "A character that nobody sees stands in the code, so that two names look alike.";
        found.push(context, Report::issue(node, concept::BIDIRECTIONAL, message).severity(Severity::Medium));
    }
}

/// Plain letters and signs of Java that are written as escapes outside of texts: they hide what the code calls.
fn escaped(context: &Context<'_>, text: &str, found: &mut Findings) {
    let plain = |at: usize| {
        let rest = text.get(at + 2..)?.trim_start_matches('u');
        let code = u32::from_str_radix(rest.get(..4)?, 16).ok()?;
        (0x20..0x7f).contains(&code).then_some(at)
    };
    let escapes = text.match_indices("\\u").take(MOST_LOOKED_AT).filter_map(|(at, _)| plain(at));
    let mut outside = escapes.filter(|&at| {
        let node = context.tree().covering(Span::new(at, at + 2));
        context.kind(node) != Kind::String
            && !context.tree().comments().iter().any(|comment| comment.contains(Span::new(at, at + 2)))
    });
    if let Some(at) = outside.next() {
        let node = context.tree().covering(Span::new(at, at + 2));
        let message = "Plain letters of the code are written as escapes, which hides what it calls.";
        found.push(context, Report::issue(node, concept::BIDIRECTIONAL, message));
    }
}

/// Most unseen characters that are looked at.
const MOST_LOOKED_AT: usize = 200;

/// Characters without a width.
const fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}')
}

/// The node around a byte that is part of no text or comment.
fn in_code(context: &Context<'_>, at: usize) -> Option<NodeId> {
    let tree = context.tree();
    let span = Span::new(at, at);
    if tree.comments().iter().any(|comment| comment.contains(span)) {
        return None;
    }
    let node = tree.covering(span);
    let code = matches!(
        tree.kind(node),
        Kind::Name | Kind::Attribute | Kind::Function | Kind::Class | Kind::Parameter | Kind::ImportItem | Kind::Error
    );
    code.then_some(node)
}
