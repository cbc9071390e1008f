//! A unit that is analysed as soon as it seems to end, so that its findings are known when it does; what they are never
//! depends on that.

use analyzers::lang::Language;
use analyzers::program::{Limits, Program};
use analyzers::scan::{Analysis, analyse};

/// How often a unit is analysed because it seems to end, before that is left for its end.
const MOST_GUESSES: usize = 3;

/// What has come of a unit.
#[derive(Debug)]
pub struct Ahead {
    language: Language,
    limits: Limits,
    code: String,
    /// All that has come, read because it seemed to be all.
    read: Option<Box<(Program, Analysis)>>,
    guesses: usize,
}

impl Ahead {
    /// At the start of a unit.
    pub fn new(language: Language, limits: Limits) -> Self {
        Self { language, limits, code: String::new(), read: None, guesses: 0 }
    }

    /// Takes what follows of its code.
    pub fn grow(&mut self, code: &str) {
        if !code.is_empty() {
            self.code.push_str(code);
            self.read = None;
        }
    }

    /// Takes note that the unit seems to end here: analyses what has come.
    pub fn seems_to_end(&mut self) {
        if self.read.is_some() || self.guesses == MOST_GUESSES {
            return;
        }
        self.guesses += 1;
        let program = Program::parse(self.language, self.code.as_str(), &self.limits);
        let analysis = analyse(&program);
        self.read = Some(Box::new((program, analysis)));
    }

    /// The program and its findings, if they are known and the unit turned out to be this code.
    pub fn finish(self, language: Language, code: &str) -> Option<(Program, Analysis)> {
        self.read.filter(|read| read.0.language == language && read.0.text == code).map(|read| *read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "import os\n\n\ndef ping(host):\n    os.system('ping ' + host)\n";

    fn plain(code: &str) -> Analysis {
        analyse(&Program::parse(Language::Python, code, &Limits::default()))
    }

    #[test]
    fn only_the_same_code_is_known() {
        let seen = |code: &str| {
            let mut ahead = Ahead::new(Language::Python, Limits::default());
            code.split_inclusive('\n').for_each(|line| ahead.grow(line));
            ahead.seems_to_end();
            ahead
        };
        let known = |ahead: Ahead, code: &str| ahead.finish(Language::Python, code).map(|read| read.1);
        assert_eq!(known(seen(CODE), CODE), Some(plain(CODE)));
        assert_eq!(known(seen(CODE), &format!("{CODE}x = 1\n")), None);
        assert!(seen(CODE).finish(Language::JavaScript, CODE).is_none());
        let mut longer = seen(CODE);
        longer.grow("x = 1\n");
        longer.seems_to_end();
        let text = format!("{CODE}x = 1\n");
        assert_eq!(known(longer, &text), Some(plain(&text)));
    }

    #[test]
    fn guesses_are_few() {
        let mut ahead = Ahead::new(Language::Python, Limits::default());
        for _ in 0..8 {
            ahead.grow(CODE);
            ahead.seems_to_end();
        }
        assert!(ahead.finish(Language::Python, &CODE.repeat(8)).is_none());
    }
}
