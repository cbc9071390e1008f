//! Whether code, read line by line, stands inside a string that spans lines; never parses more than that.

use analyzers::lang::Language;

/// What the reader stands in at the end of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Code,
    /// A string that three of this quote end.
    Triple(u8),
    /// A template literal.
    Template,
    /// `/* … */`.
    Comment,
}

/// Reads code line by line.
#[derive(Debug, Clone)]
pub(crate) struct Lexer {
    language: Language,
    state: State,
}

impl Lexer {
    /// At the start of a unit.
    pub(crate) fn new(language: Language) -> Self {
        Self { language, state: State::Code }
    }

    /// Whether the next line starts inside a string in which a fence may stand. (In a template literal it may not: its
    /// backticks are escaped.)
    pub(crate) fn in_string(&self) -> bool {
        matches!(self.state, State::Triple(_))
    }

    /// Whether the next line starts inside anything that is not code.
    pub(crate) fn in_text(&self) -> bool {
        self.state != State::Code
    }

    /// Reads one whole line.
    pub(crate) fn line(&mut self, line: &str) {
        let bytes = line.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            at = match self.state {
                State::Code => self.code(bytes, at),
                State::Triple(quote) => self.skip(bytes, at, &[quote; 3]),
                State::Template => self.skip(bytes, at, b"`"),
                State::Comment => self.skip(bytes, at, b"*/"),
            };
        }
    }

    /// Skips to the end of what the reader stands in.
    fn skip(&mut self, bytes: &[u8], from: usize, end: &[u8]) -> usize {
        let mut at = from;
        while at < bytes.len() {
            if bytes[at..].starts_with(end) {
                self.state = State::Code;
                return at + end.len();
            }
            // Between the backquotes of Go a backslash is only itself.
            let raw = self.state == State::Comment || (self.state == State::Template && self.language == Language::Go);
            at += if bytes[at] == b'\\' && !raw { 2 } else { 1 };
        }
        at
    }

    /// Reads one token's worth of code and returns where the next starts.
    fn code(&mut self, bytes: &[u8], at: usize) -> usize {
        let (python, hash) = (self.language == Language::Python, self.language.comment() == "#");
        match bytes[at] {
            b'#' if hash || self.language == Language::Php => bytes.len(),
            b'/' if !hash && bytes[at..].starts_with(b"//") => bytes.len(),
            b'/' if !hash && bytes[at..].starts_with(b"/*") => {
                self.state = State::Comment;
                at + 2
            }
            b'`' if self.language.is_script() || self.language == Language::Go => {
                self.state = State::Template;
                at + 1
            }
            quote @ (b'"' | b'\'') => {
                let triple = bytes[at..].starts_with(&[quote; 3]);
                if triple && (python || (self.language == Language::Java && quote == b'"')) {
                    self.state = State::Triple(quote);
                    at + 3
                } else {
                    closing_quote(bytes, at + 1, quote)
                }
            }
            _ => at + 1,
        }
    }
}

/// One past the quote that ends a string of one line, or the end of the line.
fn closing_quote(bytes: &[u8], from: usize, quote: u8) -> usize {
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(language: Language, code: &str, in_string: bool) {
        let mut lexer = Lexer::new(language);
        code.split_inclusive('\n').for_each(|line| lexer.line(line));
        assert_eq!(lexer.in_string(), in_string, "{code}");
    }

    #[test]
    fn strings_over_lines() {
        use Language::{C, Cpp, Go, Java, JavaScript, Python, TypeScript};
        check(Python, "x = \"\"\"\n", true);
        check(Python, "x = '''\n\"\"\"\n", true);
        check(Python, "x = '''\n'''\n", false);
        check(Python, "x = \"\"\"a\"\"\"\n", false);
        check(Python, "x = \"\"\"\\\"\"\"\n", true);
        check(Python, "# \"\"\"\n", false);
        check(Python, "x = '\"\"\"'\n", false);
        check(Python, "x = \"'''\"\n", false);
        check(Python, "x = \"open\n", false);
        check(Python, "x = r\"\"\"\n\\d\n", true);
        check(Java, "String s = \"\"\"\n", true);
        check(Java, "// \"\"\"\n", false);
        check(Java, "/* \"\"\" */ int x;\n", false);
        check(Java, "char c = '\"';\n", false);
        check(JavaScript, "const s = `\n", false);
        check(JavaScript, "const s = '\"\"\"';\n", false);
        check(JavaScript, "/*\n", false);
        check(TypeScript, "const s: string = `\n", false);
        check(TypeScript, "// \"\"\"\n", false);
        check(C, "char *s = \"\"\"\"; /* \"\"\" */\n", false);
        check(Cpp, "auto s = R\"(\n", false);
        check(Go, "s := `\n\"\"\"\n`\n", false);
        check(Go, "// \"\"\"\n", false);
    }

    #[test]
    fn raw_strings_of_go_have_no_escapes() {
        let mut lexer = Lexer::new(Language::Go);
        lexer.line("path := `C:\\`\n");
        assert_eq!(lexer.state, State::Code);
        lexer.line("query := `SELECT\n");
        assert_eq!(lexer.state, State::Template);
    }
}
