//! Colours for code, from the analyzer's own tree: a class per byte; never markup, that is the page's business.

use std::collections::HashSet;

use analyzers::lang::Language;
use analyzers::program::{Limits, Program};
use analyzers::syntax::{Field, Kind, Span};

/// Longest code that is coloured; longer code is shown plain.
const MOST_BYTES: usize = 256 << 10;

/// What a byte belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Class {
    /// Nothing special.
    #[default]
    Plain,
    /// A word of the language.
    Keyword,
    /// A string.
    String,
    /// A number, true, false, null.
    Constant,
    /// A comment.
    Comment,
    /// The name of a function or class where it is defined.
    Name,
    /// The name of what is called.
    Call,
}

impl Class {
    /// Its name in the style sheet; `None` where nothing is to be marked.
    pub(super) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Keyword => Some("k"),
            Self::String => Some("s"),
            Self::Constant => Some("n"),
            Self::Comment => Some("c"),
            Self::Name => Some("f"),
            Self::Call => Some("a"),
        }
    }
}

/// A class for each byte of the code.
pub(super) fn classes(language: &str, code: &str) -> Vec<Class> {
    let mut classes = vec![Class::Plain; code.len()];
    let Some(language) = Language::from_label(language).filter(|_| code.len() <= MOST_BYTES) else { return classes };
    let program = Program::parse(language, code, &Limits::default());
    let tree = &program.tree;
    let mut paint = |span: Span, class: Class| {
        if let Some(part) = classes.get_mut(span.range()) {
            part.fill(class);
        }
    };
    // Parents come before their children, so that what is inside an interpolation is painted over the string.
    for id in tree.ids() {
        match tree.kind(id) {
            Kind::String | Kind::Text | Kind::Template | Kind::Regex => paint(tree.span(id), Class::String),
            Kind::Interpolation => paint(tree.span(id), Class::Plain),
            Kind::Number | Kind::Bool | Kind::Null => paint(tree.span(id), Class::Constant),
            Kind::Function | Kind::Class => paint(tree.name_span(id), Class::Name),
            Kind::Call | Kind::New => {
                if let Some(callee) = tree.child(id, Field::Callee) {
                    let name = tree.name_span(callee);
                    paint(if name.start == name.end { tree.span(callee) } else { name }, Class::Call);
                }
            }
            _ => {}
        }
    }
    for &span in tree.comments() {
        paint(span, Class::Comment);
    }
    paint_keywords(language, code, &mut classes);
    classes
}

fn paint_keywords(language: Language, code: &str, classes: &mut [Class]) {
    let words: HashSet<&str> = keywords(language).split(' ').collect();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || !byte.is_ascii();
    let bytes = code.as_bytes();
    let mut at = 0;
    while let Some(gap) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| is_word(*byte))) {
        let start = at + gap;
        let end = start + bytes[start..].iter().take_while(|byte| is_word(**byte)).count();
        at = end;
        if !code.get(start..end).is_some_and(|word| words.contains(word)) {
            continue;
        }
        if let Some(part) = classes.get_mut(start..end).filter(|part| part.iter().all(|class| *class == Class::Plain)) {
            part.fill(Class::Keyword);
        }
    }
}

const fn keywords(language: Language) -> &'static str {
    match language {
        Language::Python => {
            "and as assert async await break class continue def del elif else except finally for from global if import in \
             is lambda match nonlocal not or pass raise return try while with yield self"
        }
        Language::Java => {
            "abstract assert boolean break byte case catch char class const continue default do double else enum extends \
             final finally float for if implements import instanceof int interface long native new package private \
             protected public record return short static super switch synchronized this throw throws transient try var \
             void volatile while"
        }
        Language::JavaScript => {
            "async await break case catch class const continue debugger default delete do else export extends finally for \
             from function if import in instanceof let new of return static super switch this throw try typeof var void \
             while with yield"
        }
        Language::C => {
            "auto bool break case char const continue default do double else enum extern float for goto if inline int long \
             register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while"
        }
        Language::Cpp => {
            "auto bool break case catch char class const constexpr continue decltype default delete do double else enum \
             explicit extern final float for friend goto if inline int long mutable namespace new noexcept operator override \
             private protected public return short signed sizeof static static_cast struct switch template this throw try \
             typedef typename union unsigned using virtual void volatile while"
        }
        Language::TypeScript => {
            "abstract any as async await boolean break case catch class const continue debugger declare default delete do \
             else enum export extends finally for from function if implements import in infer instanceof interface is \
             keyof let namespace never new number of override private protected public readonly return satisfies static \
             string super switch this throw try type typeof unknown var void while with yield"
        }
        Language::Php => {
            "abstract and array as break callable case catch class clone const continue declare default do echo else \
             elseif enum extends final finally fn for foreach function global goto if implements include include_once \
             instanceof interface match namespace new or print private protected public readonly require require_once \
             return static switch throw trait try use var while yield"
        }
        Language::CSharp => {
            "abstract as async await base bool break byte case catch char checked class const continue decimal default \
             delegate do double else enum event explicit extern finally fixed float for foreach goto if implicit in int \
             interface internal is lock long namespace new object operator out override params private protected public \
             readonly record ref return sealed short sizeof static string struct switch this throw try typeof uint ulong \
             unsafe using var virtual void volatile where while yield"
        }
        Language::Ruby => {
            "alias and begin break case class def do else elsif end ensure for if in module next not or redo require rescue \
             retry return self super then undef unless until when while yield"
        }
        Language::Rust => {
            "as async await break const continue crate dyn else enum extern fn for if impl in let loop match mod move mut \
             pub ref return self Self static struct super trait type unsafe use where while"
        }
        Language::Bash => {
            "case do done elif else esac export fi for function if in local readonly return select then until while"
        }
        Language::Dockerfile => {
            "ADD ARG AS CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR"
        }
        Language::Terraform => "data for_each locals module output provider resource terraform variable",
        Language::Sql => {
            "ALTER AND AS BEGIN BY CREATE DECLARE DELETE DROP END EXEC EXECUTE FROM GRANT GROUP IDENTIFIED INSERT INTO JOIN \
             NOT NULL OR ORDER PROCEDURE REVOKE SELECT SET TABLE TO UPDATE USER VALUES WHERE WITH"
        }
        Language::Yaml | Language::Json | Language::Toml | Language::Ini | Language::Nginx | Language::Html => "",
        Language::Go => {
            "any bool break byte case chan const continue default defer else error fallthrough float64 for func go goto if \
             import int int64 interface map package range return rune select string struct switch type uint8 var"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One letter per byte: what it is painted as.
    fn check(language: &str, code: &str, expected: &str) {
        let painted: String = classes(language, code).iter().map(|class| class.name().unwrap_or(".")).collect();
        assert_eq!(painted, expected, "{code}");
    }

    #[test]
    fn paints_code() {
        check("python", "x = 1 # y", "....n.ccc");
        check("python", "def f():\n  return 'a'", "kkk.f......kkkkkk.sss");
        check("python", "os.system(f'a{b}')", "...aaaaaa.sss...s.");
        check("javascript", "let a", "kkk..");
        check("go", "func f() { g() }", "kkkk.f.....a....");
        check("typescript", "type a", "kkkk..");
        check("c", "int f(void) { g(\"a\"); }", "kkk.f.kkkk....a.sss....");
        check("cpp", "auto x = 1; // y", "kkkk.....n..cccc");
        check("text", "def f", ".....");
        check("python", "", "");
    }

    #[test]
    fn survives_anything() {
        for text in ["é = \"ü", "\u{0}\u{feff}def", "'''", "f'{", "class class class"] {
            assert_eq!(classes("python", text).len(), text.len());
        }
    }
}
