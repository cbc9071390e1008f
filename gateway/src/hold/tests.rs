use proptest::prelude::*;

use super::*;

/// Every step for `text` cut into pieces of `size` bytes (at character borders), passes merged.
fn steps(text: &str, size: usize, limits: Limits) -> (Vec<Step>, usize) {
    let mut holder = Holder::new(limits);
    let (mut units, mut passed) = (Vec::new(), 0);
    let mut take = |holder: &mut Holder| {
        while let Some(step) = holder.next() {
            match step {
                Step::Pass { upto } => {
                    assert!(upto >= passed, "passes never fall");
                    passed = upto;
                }
                Step::Unit(unit) => {
                    assert!(passed <= unit.block.start, "nothing of a unit has passed");
                    passed = unit.block.end;
                    units.push(Step::Unit(unit));
                }
                listed @ Step::Listed(_) => units.push(listed),
            }
        }
    };
    let mut from = 0;
    while from < text.len() {
        let end = (from + size.max(1)..text.len()).find(|&end| text.is_char_boundary(end)).unwrap_or(text.len());
        holder.push(&text[from..end]);
        take(&mut holder);
        from = end;
    }
    holder.finish();
    take(&mut holder);
    assert_eq!(holder.held(), 0, "all is decided at the end");
    (units, passed)
}

/// One line for each unit: language, carrier, marks, text.
fn shown(text: &str) -> String {
    let (whole, passed) = steps(text, usize::MAX, Limits::default());
    assert_eq!(passed, text.len(), "everything is passed or a unit's");
    for size in [1, 2, 3, 7, 16] {
        assert_eq!(steps(text, size, Limits::default()), (whole.clone(), passed), "cut into {size}: {text:?}");
    }
    whole
        .iter()
        .map(|step| {
            let (kind, unit) = match step {
                Step::Unit(unit) => ("", unit),
                Step::Listed(unit) => ("listed ", unit),
                Step::Pass { .. } => unreachable!("merged above"),
            };
            let marks = [(!unit.closed, " unclosed"), (unit.truncated, " truncated")];
            let marks: String = marks.iter().filter(|(holds, _)| *holds).map(|(_, mark)| *mark).collect();
            let language = unit.language.map_or("-", Language::name);
            format!("{kind}{} {language} [{}]{marks}: {:?}\n", unit.carrier.name(), unit.label, unit.text)
        })
        .collect::<Vec<_>>()
        .concat()
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(shown(text).trim_end(), expected, "{text:?}");
}

#[test]
fn fences() {
    check("Hi.\n```python\nx = 1\n```\nBye", r#"fence python [python]: "x = 1\n""#);
    check("~~~py\nx = 1\n~~~\n", r#"fence python [py]: "x = 1\n""#);
    check("```python\nx = 1", r#"fence python [python] unclosed: "x = 1""#);
    check("```python\nx = 1\n```", r#"fence python [python]: "x = 1\n""#);
    check("````python\nx = '''\n```\n'''\n````\n", r#"fence python [python]: "x = '''\n```\n'''\n""#);
    check("```python\n~~~\n```\n", r#"fence python [python]: "~~~\n""#);
    check("```python\r\nx = 1\r\n```\r\n", r#"fence python [python]: "x = 1\r\n""#);
    check("```python\n```\n", "");
    check("```python\n\n \n```\n", "");
    check("a ```python\nx\n", "");
    check("``` a`b\nword\n", "");
    check("```src/app.py\nx = 1\n```", r#"fence python [src/app.py]: "x = 1\n""#);
}

#[test]
fn fences_in_lists_and_quotes() {
    check("> ```rust\n\"\"\"\n", r#"bare python []: "\"\"\"""#);
    check("- ```python\n  x = 1\n  ```\n- next", r#"fence python [python]: "x = 1\n""#);
    check("1. Do:\n\n   ```python\n   if x:\n       y()\n   ```\n", r#"fence python [python]: "if x:\n    y()\n""#);
    check("> ```python\n> x = 1\n>\n> y = 2\n> ```\n", r#"fence python [python]: "x = 1\n\ny = 2\n""#);
    check("> ```python\n> x = 1\nHello there, my friend\n", r#"fence python [python]: "x = 1\n""#);
    check("- a\n  - ```js\n    f();\n    ```\n", r#"fence javascript [js]: "f();\n""#);
    check("   ```python\nx = 1\n```\n", r#"fence python [python]: "x = 1\n""#);
}

#[test]
fn closers_in_strings() {
    check(
        "```python\nhelp = \"\"\"\n```\nrun\n```\n\"\"\"\nx = 1\n```\nProse follows here.\n",
        r#"fence python [python]: "help = \"\"\"\n```\nrun\n```\n\"\"\"\nx = 1\n""#,
    );
    check("```\nimport os\ns = '''\n```\n'''\n```\n", r#"fence python []: "import os\ns = '''\n```\n'''\n""#);
    check(
        "```java\nString s = \"\"\"\n```\n\"\"\";\n```\n",
        r#"fence java [java]: "String s = \"\"\"\n```\n\"\"\";\n""#,
    );
    // A string that never ends was none: the first closer counts.
    check(
        "```python\ns = \"\"\"\n```\nProse follows here.\n\n```js\nf();\n```\n",
        "fence python [python]: \"s = \\\"\\\"\\\"\\n\"\nfence javascript [js]: \"f();\\n\"",
    );
}

#[test]
fn nested_documents() {
    check("````markdown\n# Title\n```python\nx = 1\n```\ntext\n````\nafter\n", r#"fence python [python]: "x = 1\n""#);
    check(
        "```markdown\n# Title\n```python\nx = 1\n```\ntext\n```\nafter that\n",
        r#"fence python [python]: "x = 1\n""#,
    );
    check("```md\ntext\n```\n```python\nx = 1\n```\n", r#"fence python [python]: "x = 1\n""#);
}

#[test]
fn other_languages_flow() {
    check("```csv\na,1\n```\n", r#"listed fence - [csv]: "a,1\n""#);
    check("```json\n{\"a\": 1}\n```\n", r#"fence json [json]: "{\"a\": 1}\n""#);
    check("```kotlin\nfun main() {}\n```\ntext", r#"listed fence - [kotlin]: "fun main() {}\n""#);
    check("```rust\nfn main() {}\n```\ntext", r#"fence rust [rust]: "fn main() {}\n""#);
    check("```console\n$ ls", r#"listed fence - [console] unclosed: "$ ls""#);
    check("```text\nhello there you\n```\n", r#"listed fence - [text]: "hello there you\n""#);
    check("```text\nimport os\nos.system(x)\n```\n", r#"fence python [text]: "import os\nos.system(x)\n""#);
    check("> ```csv\n> a\nWords that follow.\n", r#"listed fence - [csv]: "a\n""#);
}

#[test]
fn unlabelled() {
    check("```\nimport os\n```\n", r#"fence python []: "import os\n""#);
    check("```\nconst x = 1;\n```\n", r#"fence javascript []: "const x = 1;\n""#);
    check("```\npublic class A {\n}\n```\n", r#"fence java []: "public class A {\n}\n""#);
    check("```\n+---+\n| a |\n+---+\n```\n", r#"listed fence - []: "+---+\n| a |\n+---+\n""#);
}

#[test]
fn bare_code() {
    check("import os\n\nos.system(x)\n", r#"bare python []: "import os\n\nos.system(x)""#);
    check("import os", r#"bare python []: "import os""#);
    check("    x = f(1)\n    return x", r#"bare python []: "x = f(1)\nreturn x""#);
    check("x = f(1)\n    return x", r#"bare python []: "x = f(1)\n    return x""#);
    check(
        "def f():\n    '''\n    Words.\n\n    More words that go on.\n    '''\n    return 1\n\nThis function returns one.\n",
        r#"bare python []: "def f():\n    '''\n    Words.\n\n    More words that go on.\n    '''\n    return 1""#,
    );
    check("Here you go:\nimport os\nos.system(x)\n", r#"bare python []: "import os\nos.system(x)""#);
    check(
        "import os\nos.system(x)\n```\nIt runs a command.\n",
        "bare python []: \"import os\\nos.system(x)\"\nlisted fence - [] unclosed: \"It runs a command.\\n\"",
    );
    check(
        "const a = 1;\n\nfunction f() {\n  return a;\n}\n",
        r#"bare javascript []: "const a = 1;\n\nfunction f() {\n  return a;\n}""#,
    );
    check(
        "package a;\n\npublic class B {\n}\n\nNote the class above.\n",
        r#"bare java []: "package a;\n\npublic class B {\n}""#,
    );
    check("# Title\n\nSome words follow here.\n", "");
    check("Just words that flow without a newline", "");
    check("{\"json\": \"answer\"}", "");
}

#[test]
fn a_long_first_line_is_read_the_same_in_pieces() {
    let text = format!("return r({}) {{ return 1; }}\n/* ``\n\n```\ns\n\ns\n", "a, ".repeat(100));
    assert_eq!(steps(&text, 4, Limits::default()), steps(&text, usize::MAX, Limits::default()));
}

#[test]
fn a_long_unit_is_cut() {
    let limits = Limits { unit_bytes: 10, ..Limits::default() };
    for text in [
        "```python\nabcd()\nefgh()\nijkl()\n```\nafter words here\n",
        "```python\nabcdefghijklmnopq\n```\nafter words here\n",
        "abcd()\nefgh()\nijkl()\n",
    ] {
        let (units, passed) = steps(text, usize::MAX, limits);
        assert_eq!(passed, text.len());
        assert!(matches!(&units[0], Step::Unit(unit) if unit.truncated && unit.text.len() <= 10), "{units:?}");
        for size in 1..20 {
            assert_eq!(steps(text, size, limits), (units.clone(), passed), "{text:?} in {size}");
        }
    }
}

#[test]
fn prose_flows_at_once() {
    let mut holder = Holder::new(Limits::default());
    let mut most = 0;
    for word in "Sure, this is a long answer without any line break that goes on and on".split_inclusive(' ') {
        holder.push(word);
        most = most.max(holder.held());
    }
    assert!(most <= "Sure, this is ".len(), "held {most}");
    holder.push(" and then\nthe next line\n```csv\na,");
    assert_eq!(holder.held(), 0);
}

#[test]
fn a_returning_closer_costs_little() {
    let text = "```python\n\"\"\"\n```\n'''\n".repeat(20_000);
    let (_, passed) = steps(&text, 1 << 16, Limits::default());
    assert_eq!(passed, text.len());
}

#[test]
fn encoding_gives_back_the_same_code() {
    for text in [
        "- ```python\n  x = 1\n\n  y = 2\n  ```\n",
        "> ```python\n> x = 1\n> ```\n",
        "```python\nx = 1\n```",
        "    x = f(1)\n    return x",
    ] {
        let (units, _) = steps(text, usize::MAX, Limits::default());
        let Step::Unit(unit) = &units[0] else { unreachable!("a unit") };
        let replaced =
            format!("{}{}{}", &text[..unit.span.start], unit.encode("a = 1\n\nb = 2\n"), &text[unit.span.end..]);
        let (after, _) = steps(&replaced, usize::MAX, Limits::default());
        let Step::Unit(after) = &after[0] else { unreachable!("a unit") };
        assert_eq!(after.text.trim_end(), "a = 1\n\nb = 2", "{replaced:?}");
    }
}

fn markdown() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "```",
        "````",
        "~~~",
        "python",
        "js",
        "json",
        "markdown",
        "\n",
        "\n",
        "\n",
        "\n\n",
        " ",
        "    ",
        "\t",
        "> ",
        "- ",
        "1. ",
        "\"\"\"",
        "'''",
        "`",
        "x = 1",
        "import os",
        "def f():",
        "const a = 1;",
        "public class A {",
        "}",
        "Some words here",
        "# c",
        "// c",
        "/*",
        "*/",
        "\r\n",
        "\u{e9}\u{4f60}",
        "text",
        "12",
        "-",
        "This is a sentence that ends.",
        ":",
        "a",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_gives_the_same_steps(
        text in markdown(),
        size in 1_usize..40,
        unit_bytes in prop::sample::select(vec![40_usize, 200, 1 << 20]),
        class_bytes in prop::sample::select(vec![12_usize, 256]),
    ) {
        let limits = Limits { unit_bytes, class_bytes };
        let (units, passed) = steps(&text, usize::MAX, limits);
        prop_assert_eq!(passed, text.len());
        prop_assert_eq!(steps(&text, size, limits), (units.clone(), passed));
        let mut last = 0;
        for step in &units {
            let (Step::Unit(unit) | Step::Listed(unit)) = step else { continue };
            prop_assert!(last <= unit.block.start && unit.block.start <= unit.span.start);
            prop_assert!(unit.span.start <= unit.span.end && unit.span.end <= unit.block.end && unit.block.end <= text.len());
            prop_assert!(text.is_char_boundary(unit.span.start) && text.is_char_boundary(unit.span.end));
            last = unit.block.end;
        }
    }

    #[test]
    fn any_text_is_survived(text in any::<String>(), size in 1_usize..9) {
        let (units, passed) = steps(&text, usize::MAX, Limits::default());
        prop_assert_eq!(passed, text.len());
        prop_assert_eq!(steps(&text, size, Limits::default()), (units, passed));
    }
}
