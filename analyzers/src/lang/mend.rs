//! Code that is cut out of a file, made whole for its parser: the brackets, and what begins with them, that both ends
//! lack. Never changes what stands between.

use super::Language;
use super::lower::Grammar;
use crate::program::Limits;
use crate::syntax::Tree;

/// Longer texts are no excerpts.
const LONGEST: usize = 1 << 14;
/// Most brackets that are put before the text or after it.
const MOST_ADDED: usize = 40;

/// The tree of a text that did not parse as it is, where it does as part of more; else `tree`.
pub(super) fn read(grammar: &Grammar, language: Language, text: &str, limits: &Limits, tree: Tree) -> Tree {
    if !tree.has_errors() || text.len() > LONGEST {
        return tree;
    }
    let mut best = tree;
    for led in [true, false] {
        let Some(whole) = Whole::of(language, text, led) else { continue };
        let other = grammar.read_inside(&whole.text, whole.lead, text, limits);
        if harm(&other) < harm(&best) {
            best = other;
        }
    }
    best
}

/// How much of a tree was not understood.
fn harm(tree: &Tree) -> (bool, usize, bool) {
    (tree.truncated(), tree.ids().filter(|&node| tree.in_error(node)).count(), tree.has_errors())
}

/// A text with what it lacks.
struct Whole {
    text: String,
    /// Bytes before the text.
    lead: usize,
}

/// What stands between two closing brackets that are opened nowhere.
#[derive(Default)]
struct Segment {
    /// Its text outside of brackets, strings and comments.
    flat: String,
}

impl Segment {
    fn lines(&self) -> impl Iterator<Item = &str> {
        self.flat.lines().map(str::trim).filter(|line| !line.is_empty())
    }

    /// Whether it lies in a `switch`.
    fn has_cases(&self) -> bool {
        self.lines().any(|line| line.starts_with("case ") || line.starts_with("default:"))
    }

    /// Whether it begins with statements, which need a case of their own.
    fn begins_in_case(&self) -> bool {
        self.lines().next().is_some_and(|line| !line.starts_with("case ") && !line.starts_with("default:"))
    }

    /// Whether it is the inside of a literal: `name: value,`.
    fn is_literal(&self) -> bool {
        let statement = |line: &str| {
            line.contains(":=")
                || line.contains(" = ")
                || line.ends_with(';')
                || ["return", "if ", "for ", "func ", "var ", "case ", "default:"].iter().any(|w| line.starts_with(w))
        };
        self.lines().next().is_some()
            && !self.lines().any(statement)
            && self.lines().all(|line| line.ends_with([',', '"', '}', ')', ']']) || line.contains(':'))
    }

    /// Whether it declares methods of a class.
    fn has_members(&self) -> bool {
        self.lines().any(|line| {
            ["public ", "private ", "protected ", "@Override"].iter().any(|modifier| line.starts_with(modifier))
        })
    }
}

/// A closing bracket that is opened nowhere.
struct Closer {
    at: usize,
    bracket: u8,
    before: Segment,
}

impl Whole {
    /// With brackets before the text (`led`), or with those that it does not open taken out.
    fn of(language: Language, text: &str, led: bool) -> Option<Self> {
        let (closers, last, open) = scan(text);
        if closers.len() > MOST_ADDED || open.len() > MOST_ADDED {
            return None;
        }
        let mut body = text.as_bytes().to_vec();
        let mut lead = Vec::new();
        for closer in &closers {
            match opener(language, text, closer).filter(|_| led) {
                Some(opener) => lead.push(opener),
                None => *body.get_mut(closer.at)? = b' ',
            }
        }
        let cases = led && last.has_cases();
        if cases {
            lead.push(switch(language, &last));
        }
        if closers.is_empty() && (!led || open.is_empty() && !cases) {
            return None;
        }
        let mut whole = String::new();
        if lead.last().is_some_and(|outermost| matches!(*outermost, "T{" | "x[" | "new T() {" | "() -> {" | "func() {"))
        {
            whole.push_str(if language == Language::Go { "_ = " } else { "x = " });
        }
        lead.iter().rev().for_each(|opener| whole.push_str(opener));
        let lead = whole.len();
        whole.push_str(&String::from_utf8(body).ok()?);
        if cases && open.is_empty() {
            whole.push('}');
        }
        close(language, text, &open, &mut whole);
        Some(Self { text: whole, lead })
    }
}

/// What begins with the bracket that a closing one ends; `None`: a block, which needs no beginning.
fn opener(language: Language, text: &str, closer: &Closer) -> Option<&'static str> {
    let go = language == Language::Go;
    match closer.bracket {
        b')' => return Some("f("),
        b']' => return Some("x["),
        _ => {}
    }
    let rest = text.get(closer.at + 1..).unwrap_or_default().trim_start();
    if closer.before.has_cases() {
        return Some(switch(language, &closer.before));
    }
    if rest.starts_with([')', ',']) {
        return Some(match (closer.before.is_literal() && go, go, closer.before.has_members()) {
            (true, ..) => "T{",
            (_, true, _) => "func() {",
            (_, _, true) => "new T() {",
            _ => "() -> {",
        });
    }
    if rest.starts_with("else") {
        return Some(if go { "if x {" } else { "if (x) {" });
    }
    if !go && (rest.starts_with("catch") || rest.starts_with("finally")) {
        return Some("try {");
    }
    if !go && rest.starts_with("while") {
        return Some("do {");
    }
    (go && closer.before.is_literal()).then_some("T{")
}

fn switch(language: Language, segment: &Segment) -> &'static str {
    match (language == Language::Go, segment.begins_in_case()) {
        (true, true) => "switch x { case x:\n",
        (true, false) => "switch x {\n",
        (false, true) => "switch (x) { case 0:\n",
        (false, false) => "switch (x) {\n",
    }
}

/// Closes what is open at the end.
fn close(language: Language, text: &str, open: &[u8], whole: &mut String) {
    let semicolons = language == Language::Java;
    if semicolons && text.trim_end().ends_with([',', '+', '=', '&', '|', '.']) {
        whole.push('x');
    }
    for (at, bracket) in open.iter().enumerate().rev() {
        whole.push(match bracket {
            b'(' => ')',
            b'[' => ']',
            _ => '}',
        });
        let ends = at.checked_sub(1).and_then(|above| open.get(above)).is_none_or(|&above| above == b'{');
        if semicolons && ends && *bracket != b'{' {
            whole.push(';');
        }
    }
}

/// The closing brackets that nothing opens, what comes after the last of them, and the brackets that nothing closes.
fn scan(text: &str) -> (Vec<Closer>, Segment, Vec<u8>) {
    let bytes = text.as_bytes();
    let mut closers = Vec::new();
    let mut segment = Segment::default();
    let mut open: Vec<u8> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        let skipped = match byte {
            b'/' if rest.starts_with(b"//") => rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with(b"/*") => {
                rest.windows(2).skip(2).position(|two| two == b"*/").map_or(rest.len(), |end| end + 4)
            }
            b'"' if rest.starts_with(b"\"\"\"") => {
                rest.windows(3).skip(3).position(|three| three == b"\"\"\"").map_or(rest.len(), |end| end + 6)
            }
            b'"' | b'\'' => quoted(rest),
            b'`' => rest.iter().skip(1).position(|&byte| byte == b'`').map_or(rest.len(), |end| end + 2),
            _ => 0,
        };
        if skipped > 0 {
            if open.is_empty() && matches!(byte, b'"' | b'\'' | b'`') {
                segment.flat.push('"');
            }
            at += skipped;
            continue;
        }
        match byte {
            b'(' | b'[' | b'{' => open.push(byte),
            b')' | b']' | b'}' => {
                let opener = match byte {
                    b')' => b'(',
                    b']' => b'[',
                    _ => b'{',
                };
                if open.last() == Some(&opener) {
                    open.pop();
                    if open.is_empty() {
                        segment.flat.push(char::from(byte));
                    }
                } else if open.is_empty() {
                    closers.push(Closer { at, bracket: byte, before: std::mem::take(&mut segment) });
                }
            }
            _ if open.is_empty() && byte.is_ascii() => segment.flat.push(char::from(byte)),
            _ => {}
        }
        at += 1;
    }
    (closers, segment, open)
}

/// Bytes of a quoted text, which ends with its line.
fn quoted(rest: &[u8]) -> usize {
    let quote = rest.first();
    let mut escaped = false;
    for (at, byte) in rest.iter().enumerate().skip(1) {
        match byte {
            b'\n' => return at,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            byte if Some(byte) == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Program;
    use crate::syntax::Kind;

    /// Whether an excerpt is read without an error, and holds the kinds.
    fn whole(language: Language, text: &str, kinds: &[Kind]) {
        let program = Program::parse(language, text, &Limits::default());
        let tree = &program.tree;
        assert!(!tree.ids().any(|node| tree.kind(node) == Kind::Error), "{text}");
        for kind in kinds {
            assert!(tree.ids().any(|node| tree.kind(node) == *kind), "{kind:?} in {text}");
        }
    }

    #[test]
    fn excerpts_are_read_as_what_they_are_cut_from() {
        whole(Language::Go, "\t\tA: []string{\"b\"},\n\t\tC: true,\n\t}))\n\tf()\n", &[Kind::Keyword, Kind::Call]);
        whole(Language::Go, "\t\tx := 1\n\t})\n\ty := g(x)\n}\n\nfunc h() {\n", &[Kind::Assign, Kind::Function]);
        whole(Language::Go, "\tb()\ndefault:\n\tc()\n}\n", &[Kind::Case]);
        whole(Language::Go, "\tb()\n} else {\n\tc()\n}\n", &[Kind::If]);
        whole(Language::Go, "\tserve(func(w W, r R) {\n\t\tf(g(r,\n", &[Kind::Call]);
        whole(Language::Java, "    a();\n  } catch (E e) {\n    b();\n  }\n}\n", &[Kind::Try, Kind::Handler]);
        whole(Language::Java, "    a();\n  }\n\n  void f() {\n    g(h,\n", &[Kind::Function, Kind::Call]);
        whole(Language::Java, "      b);\n  c();\n", &[Kind::Call]);
    }

    #[test]
    fn places_are_those_of_the_excerpt() {
        let text = "    a();\n  } catch (E e) {\n    bcd();\n  }\n";
        let program = Program::parse(Language::Java, text, &Limits::default());
        let tree = &program.tree;
        assert!(tree.ids().any(|node| tree.kind(node) == Kind::Call && tree.text(node, text) == "bcd()"));
    }
}
