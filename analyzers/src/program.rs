//! One unit of code, read once: text, syntax tree, names and flows that every later step shares.

use crate::lang::Language;
use crate::resolve::Names;
use crate::syntax::Tree;

/// Bounds on what is read. Code beyond them is reported as [`crate::finding::Status::Partial`], never as clean.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest unit in bytes.
    pub bytes: usize,
    /// Deepest nesting.
    pub depth: usize,
    /// Most nodes.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 1 << 19, depth: 400, nodes: 400_000 }
    }
}

/// A parsed unit.
#[derive(Debug)]
pub struct Program {
    /// Its language.
    pub language: Language,
    /// Its source text.
    pub text: String,
    /// Its syntax tree.
    pub tree: Tree,
    /// What its names mean.
    pub names: Names,
}

impl Program {
    /// Reads a unit; whatever the text is, the result is usable.
    pub fn parse(language: Language, text: impl Into<String>, limits: &Limits) -> Self {
        let text = text.into();
        let tree = language.read(&text, limits);
        let names = Names::of(language, &tree, &text);
        Self { language, text, tree, names }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{NodeId, Span};
    use proptest::prelude::*;

    /// Pre-order, properly nested, inside the parent, on character borders.
    fn well_formed(program: &Program) {
        let Program { tree, text, .. } = program;
        assert!(!tree.is_empty(), "there is always a module");
        for id in tree.ids() {
            let Span { start, end } = tree.span(id);
            assert!(start <= end && text.get(start as usize..end as usize).is_some(), "span of {id:?} in {text:?}");
            assert!(text.get(tree.name_span(id).range()).is_some(), "name of {id:?} in {text:?}");
            assert!(id < tree.end(id));
            if let Some(above) = tree.parent(id) {
                assert!(above < id && tree.end(id) <= tree.end(above));
                assert!(tree.span(above).contains(tree.span(id)), "{id:?} outside {above:?} in {text:?}");
            } else {
                assert_eq!(id, NodeId::ROOT);
            }
            let _ = tree.string(id, text);
        }
    }

    const PIECES: [&str; 40] = [
        "def f(a, *b):\n",
        "    ",
        "return ",
        "x",
        " = ",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "'",
        "\"\"\"",
        "f'",
        "é",
        "\n",
        "if ",
        ":",
        "elif ",
        "else:",
        "class A:",
        "@d\n",
        "import a.b as c\n",
        "from . import ",
        ",",
        ".",
        "lambda ",
        "for ",
        " in ",
        "\\",
        "#",
        "`",
        "${",
        "=>",
        "function ",
        "try:",
        "except ",
        "with ",
        ";",
    ];

    proptest! {
        #[test]
        fn any_text_survives(text in "\\PC{0,200}") {
            for language in Language::ALL {
                well_formed(&Program::parse(language, text.as_str(), &Limits::default()));
            }
        }

        #[test]
        fn any_broken_code_survives(parts in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60)) {
            for language in Language::ALL {
                well_formed(&Program::parse(language, parts.concat(), &Limits::default()));
            }
        }
    }

    #[test]
    fn what_is_cut_off_keeps_to_character_borders() {
        let heads = [
            "a[",
            "a[`` A0:",
            "a[1:",
            "f(",
            "x = ",
            "x = \"",
            "x = '",
            "x = `",
            "x = `${a}",
            "x = \"\"\"",
            "x = f\"{a}",
            "x = $\"{a}",
            "x = R\"(",
            "x = L'",
            "x = %w(",
            "x = :",
            "x = <<A\n",
            "x = r#\"",
            "x = @\"",
            "#include <",
            "import \"",
            "import \"a/",
            "use A\\",
            "print ",
            "exec ",
            "print",
            "format!(\"{a",
            "println!(\"{",
            "$x = \"$a[",
            "$(",
            "\"${a",
            "{`",
            "'\n",
            "`",
            "\"",
            "'",
        ];
        let tails = ["Σ", "Ⰰ0µ,Σ", "µ", "😀", "\\Σ", "Σ\n", "Σ)", "Σ]Σ", "Σ}Σ", "Σ\"Σ", "Σ'Σ", "Σ`Σ", "Σ:Σ"];
        for language in Language::ALL {
            for head in heads {
                for tail in tails {
                    well_formed(&Program::parse(language, format!("{head}{tail}"), &Limits::default()));
                    well_formed(&Program::parse(language, format!("Σ{head}{tail}"), &Limits::default()));
                }
            }
        }
    }

    #[test]
    fn limits_are_kept_and_told() {
        let parse = |text: &str, limits: Limits| {
            let program = Program::parse(Language::Python, text, &limits);
            well_formed(&program);
            (program.tree.len(), program.tree.truncated())
        };
        let limits = Limits::default();
        assert_eq!(parse(&"x\n".repeat(10), Limits { bytes: 10, ..limits }), (1, true));
        assert!(parse(&"x\n".repeat(10), Limits { nodes: 5, ..limits }).1);
        assert!(parse(&"(".repeat(5_000), limits).0 < 5_000);
        assert!(parse(&format!("{}x{}", "f(".repeat(1_000), ")".repeat(1_000)), limits).1);
        assert!(!parse(&"x = f(1)\n".repeat(2_000), limits).1);
        let (nodes, truncated) = parse(&format!("import os\nos.system(x)\n{}", "é in else:\n".repeat(5_000)), limits);
        assert!(nodes > 5 && truncated, "what comes first is still read");
    }
}
