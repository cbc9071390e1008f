use super::{labelled, language, plain};
use crate::lang::Language;

#[test]
fn labels_that_the_text_contradicts_are_overruled() {
    let check = |label: Language, text: &str, expected: Language| assert_eq!(labelled(label, text), expected, "{text}");
    let python = "import os\n\n\ndef read(path):\n    with open(path) as file:\n        return file.read()\n";
    check(Language::Java, python, Language::Python);
    check(Language::Bash, python, Language::Python);
    check(Language::Json, python, Language::Python);
    check(Language::Python, python, Language::Python);
    check(Language::Python, "const x = require('x');\nx.run(() => {\n  console.log(1);\n});\n", Language::JavaScript);
    check(
        Language::JavaScript,
        "interface A {\n  a: string;\n}\nconst f = (a: A): string => a.a;\n",
        Language::TypeScript,
    );
    check(Language::C, "#include <vector>\nclass A {\npublic:\n  std::vector<int> a;\n};\n", Language::Cpp);
    check(Language::Yaml, "FROM python:3.12\nRUN pip install x\nCMD [\"python\", \"a.py\"]\n", Language::Dockerfile);
    // What its own grammar reads is left alone, and so is what no other reads.
    check(Language::Python, "x = 1\n", Language::Python);
    check(Language::Java, "String name = request.getParameter(\"name\");\n", Language::Java);
    check(Language::Python, "def broken(:\n    return (1\n", Language::Python);
    check(Language::Python, "", Language::Python);
}

#[test]
fn prose_is_no_language() {
    for text in ["", "hello\n", "This is how it works.\nFirst the file is read, then it is closed.\n", "- one\n- two\n"]
    {
        assert_eq!(plain(text), None, "{text}");
    }
    assert_eq!(language("This is how it works.\nFirst the file is read, then it is closed.\n"), None);
}
