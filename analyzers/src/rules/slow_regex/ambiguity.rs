//! In how many ways a regular expression can match one text: none of it runs, and the work is bounded.
//!
//! The expression is read into its positions (Glushkov's automaton), where a follower that is reached in two ways is
//! counted twice. Time is exponential where one loop can be gone round in two ways on the same text, and polynomial
//! where two loops in a row can share a text (Weideman et al., "Analyzing matching time behavior of backtracking regular
//! expression matchers", 2016).

use std::collections::HashMap;

/// Most positions of an expression that is judged.
const MOST_POSITIONS: usize = 90;
/// Most positions for the costlier judgement of loops in a row.
const MOST_FOR_LOOPS: usize = 26;
/// Most steps of a search.
const MOST_STEPS: usize = 400_000;
/// Deepest nesting.
const MOST_DEPTH: u32 = 40;

/// Letters as a set: Latin-1, the last one standing for every other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Letters([u64; 4]);

impl Letters {
    const NONE: Self = Self([0; 4]);
    const ALL: Self = Self([u64::MAX; 4]);

    fn add(&mut self, code: u32) {
        let code = code.min(255) as usize;
        if let Some(word) = self.0.get_mut(code / 64) {
            *word |= 1 << (code % 64);
        }
    }

    fn range(&mut self, from: u32, to: u32) {
        for code in from..=to.min(255) {
            self.add(code);
        }
        if to > 255 {
            self.add(255);
        }
    }

    fn not(self) -> Self {
        Self(self.0.map(|word| !word))
    }

    fn or(self, other: Self) -> Self {
        let mut both = self;
        for (word, more) in both.0.iter_mut().zip(other.0) {
            *word |= more;
        }
        both
    }

    fn and(self, other: Self) -> Self {
        let mut both = self;
        for (word, more) in both.0.iter_mut().zip(other.0) {
            *word &= more;
        }
        both
    }

    fn is_empty(self) -> bool {
        self.0 == [0; 4]
    }
}

/// A part of an expression by its positions.
#[derive(Clone, Default)]
struct Part {
    nullable: bool,
    first: Vec<usize>,
    last: Vec<usize>,
}

struct Reader {
    letters: Vec<char>,
    at: usize,
    sets: Vec<Letters>,
    /// Followers with how often they are reached.
    follow: Vec<HashMap<usize, u32>>,
    anchored: bool,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn eat(&mut self, letter: char) -> bool {
        let found = self.peek() == Some(letter);
        self.at += usize::from(found);
        found
    }

    fn connect(&mut self, last: &[usize], first: &[usize]) {
        for &from in last {
            for &to in first {
                if let Some(follow) = self.follow.get_mut(from) {
                    *follow.entry(to).or_default() += 1;
                }
            }
        }
    }

    fn position(&mut self, set: Letters) -> Option<Part> {
        let at = self.sets.len();
        if at >= MOST_POSITIONS {
            return None;
        }
        self.sets.push(set);
        self.follow.push(HashMap::new());
        Some(Part { nullable: false, first: vec![at], last: vec![at] })
    }

    fn alternatives(&mut self, depth: u32) -> Option<Part> {
        if depth > MOST_DEPTH {
            return None;
        }
        let mut all = self.sequence(depth)?;
        while self.eat('|') {
            let next = self.sequence(depth)?;
            all.nullable |= next.nullable;
            all.first.extend(next.first);
            all.last.extend(next.last);
        }
        Some(all)
    }

    fn sequence(&mut self, depth: u32) -> Option<Part> {
        let mut all = Part { nullable: true, ..Part::default() };
        while self.peek().is_some_and(|letter| letter != '|' && letter != ')') {
            let part = self.repeated(depth)?;
            self.connect(&all.last, &part.first);
            if all.nullable {
                all.first.extend(&part.first);
            }
            if part.nullable {
                all.last.extend(&part.last);
            } else {
                all.last = part.last;
            }
            all.nullable &= part.nullable;
        }
        Some(all)
    }

    fn repeated(&mut self, depth: u32) -> Option<Part> {
        let mut part = self.atom(depth)?;
        loop {
            let (least, unbounded) = match self.peek() {
                Some('*') => (0, true),
                Some('+') => (1, true),
                Some('?') => (0, false),
                Some('{') => {
                    let end = self.letters.iter().skip(self.at).take(12).position(|&letter| letter == '}');
                    let inside: String = match end {
                        Some(end) => self.letters.get(self.at + 1..self.at + end)?.iter().collect(),
                        None => return Some(part),
                    };
                    if !inside.starts_with(|letter: char| letter.is_ascii_digit()) {
                        return Some(part);
                    }
                    self.at += end?;
                    let (least, most) = inside.split_once(',').unwrap_or((&inside, &inside));
                    let many = most.is_empty() || most.parse::<u32>().is_ok_and(|most| most > 50);
                    (least.parse::<u32>().ok()?, many)
                }
                _ => return Some(part),
            };
            self.at += 1;
            // Possessive parts give nothing back.
            if self.peek() == Some('+') {
                return None;
            }
            self.eat('?');
            if unbounded {
                let (last, first) = (part.last.clone(), part.first.clone());
                self.connect(&last, &first);
            }
            part.nullable |= least == 0;
        }
    }

    fn atom(&mut self, depth: u32) -> Option<Part> {
        let letter = self.peek()?;
        self.at += 1;
        match letter {
            '(' => {
                let mut looks = false;
                if self.eat('?') {
                    match self.peek()? {
                        ':' => self.at += 1,
                        '=' | '!' => {
                            looks = true;
                            self.at += 1;
                        }
                        '<' => {
                            self.at += 1;
                            if matches!(self.peek(), Some('=' | '!')) {
                                looks = true;
                                self.at += 1;
                            } else {
                                while self.peek()? != '>' {
                                    self.at += 1;
                                }
                                self.at += 1;
                            }
                        }
                        'P' => {
                            while self.peek()? != '>' {
                                self.at += 1;
                            }
                            self.at += 1;
                        }
                        '>' => return None,
                        _ => {
                            while !matches!(self.peek()?, ':' | ')') {
                                self.at += 1;
                            }
                            if self.eat(')') {
                                return Some(Part { nullable: true, ..Part::default() });
                            }
                            self.at += 1;
                        }
                    }
                }
                let inner = self.alternatives(depth + 1)?;
                if !self.eat(')') {
                    return None;
                }
                Some(if looks { Part { nullable: true, ..Part::default() } } else { inner })
            }
            '^' => {
                self.anchored |= self.sets.is_empty();
                Some(Part { nullable: true, ..Part::default() })
            }
            '$' => Some(Part { nullable: true, ..Part::default() }),
            '.' => {
                let mut set = Letters::NONE;
                set.add(10);
                self.position(set.not())
            }
            '[' => {
                let set = self.class()?;
                self.position(set)
            }
            '\\' => {
                let escaped = self.peek()?;
                self.at += 1;
                match escaped {
                    'b' | 'B' | 'A' | 'Z' | 'z' | 'G' => {
                        self.anchored |= escaped == 'A' && self.sets.is_empty();
                        Some(Part { nullable: true, ..Part::default() })
                    }
                    'Q' | 'E' => None,
                    _ => {
                        let set = self.escape(escaped)?;
                        self.position(set)
                    }
                }
            }
            '*' | '+' | '?' => None,
            _ => {
                let mut set = Letters::NONE;
                set.add(letter as u32);
                self.position(set)
            }
        }
    }

    fn escape(&mut self, escaped: char) -> Option<Letters> {
        let mut set = Letters::NONE;
        match escaped {
            'd' | 'D' => set.range(48, 57),
            'w' | 'W' => {
                set.range(48, 57);
                set.range(65, 90);
                set.range(97, 122);
                set.add(95);
            }
            's' | 'S' | 'h' => {
                set.range(9, 13);
                set.add(32);
            }
            'n' => set.add(10),
            'r' => set.add(13),
            't' => set.add(9),
            'f' => set.add(12),
            'v' => set.add(11),
            '0' => set.add(0),
            'x' | 'u' => {
                let digits = if escaped == 'x' { 2 } else { 4 };
                let text: String = self.letters.get(self.at..self.at + digits)?.iter().collect();
                self.at += digits;
                set.add(u32::from_str_radix(&text, 16).ok()?);
            }
            'p' | 'P' => {
                if self.eat('{') {
                    while self.peek()? != '}' {
                        self.at += 1;
                    }
                }
                self.at += 1;
                set.range(65, 90);
                set.range(97, 122);
            }
            '1'..='9' | 'k' => return None,
            other => set.add(other as u32),
        }
        Some(if escaped.is_ascii_uppercase() && matches!(escaped, 'D' | 'W' | 'S' | 'P') { set.not() } else { set })
    }

    fn class(&mut self) -> Option<Letters> {
        let inverted = self.eat('^');
        let mut set = Letters::NONE;
        let mut start = true;
        loop {
            let letter = self.peek()?;
            self.at += 1;
            if letter == ']' && !start {
                break;
            }
            start = false;
            if letter == '[' && self.peek() != Some(']') {
                // A class within, as Java has it.
                let inner = self.class()?;
                set = set.or(inner);
                continue;
            }
            if letter == '&' && self.peek() == Some('&') {
                return None;
            }
            let low = if letter == '\\' {
                let escaped = self.peek()?;
                self.at += 1;
                if matches!(escaped, 'd' | 'D' | 'w' | 'W' | 's' | 'S' | 'p' | 'P' | 'h') {
                    let more = self.escape(escaped)?;
                    set = set.or(more);
                    continue;
                }
                self.code(escaped)?
            } else {
                letter as u32
            };
            if self.peek() == Some('-') && self.letters.get(self.at + 1).is_some_and(|&next| next != ']') {
                self.at += 1;
                let next = self.peek()?;
                self.at += 1;
                let high = if next == '\\' {
                    let escaped = self.peek()?;
                    self.at += 1;
                    self.code(escaped)?
                } else {
                    next as u32
                };
                set.range(low, high.max(low));
            } else {
                set.add(low);
            }
        }
        Some(if inverted { set.not() } else { set })
    }

    fn code(&mut self, escaped: char) -> Option<u32> {
        Some(match escaped {
            'n' => 10,
            'r' => 13,
            't' => 9,
            'f' => 12,
            'v' => 11,
            'b' => 8,
            'x' | 'u' => {
                let digits = if escaped == 'x' { 2 } else { 4 };
                let text: String = self.letters.get(self.at..self.at + digits)?.iter().collect();
                self.at += digits;
                u32::from_str_radix(&text, 16).ok()?
            }
            other => other as u32,
        })
    }
}

fn read(pattern: &str) -> Option<Reader> {
    let letters: Vec<char> = pattern.chars().take(2_000).collect();
    let mut reader = Reader { letters, at: 0, sets: Vec::new(), follow: Vec::new(), anchored: false };
    reader.alternatives(0)?;
    (reader.at >= reader.letters.len()).then_some(reader)
}

/// Whether matching can take exponential time; `None` where the expression cannot be judged.
pub(super) fn is_exponential(pattern: &str) -> Option<bool> {
    let reader = read(pattern)?;
    let count = reader.sets.len();
    let follow: Vec<Vec<usize>> = reader.follow.iter().map(|follow| follow.keys().copied().collect()).collect();
    let reaches = closure(&follow);
    // A step that can be taken in two ways inside of a loop.
    for (from, followers) in reader.follow.iter().enumerate() {
        for (&to, &ways) in followers {
            if ways > 1 && reaches.get(to).is_some_and(|row| row.get(from).copied().unwrap_or(false)) {
                return Some(true);
            }
        }
    }
    // Two loops through one position that share a text.
    let mut steps = 0;
    for start in 0..count {
        if !reaches.get(start).is_some_and(|row| row.get(start).copied().unwrap_or(false)) {
            continue;
        }
        let mut seen = vec![false; count * count];
        let mut open = vec![(start, start, false)];
        let mut apart = vec![false; count * count];
        while let Some((left, right, split)) = open.pop() {
            for &one in follow.get(left)? {
                for &two in follow.get(right)? {
                    steps += 1;
                    if steps > MOST_STEPS {
                        return None;
                    }
                    if reader.sets.get(one)?.and(*reader.sets.get(two)?).is_empty() {
                        continue;
                    }
                    let now = split || one != two;
                    if one == start && two == start && now {
                        return Some(true);
                    }
                    let table = if now { &mut apart } else { &mut seen };
                    let slot = table.get_mut(one * count + two)?;
                    if !*slot {
                        *slot = true;
                        open.push((one, two, now));
                    }
                }
            }
        }
    }
    Some(false)
}

/// Whether matching can take more than linear time: two loops in a row that share a text, or a loop that may begin
/// anywhere.
pub(super) fn is_polynomial(pattern: &str) -> Option<bool> {
    let mut reader = read(pattern)?;
    if !reader.anchored {
        // The search for a place to begin is a loop of its own.
        let mut again = Reader {
            letters: std::mem::take(&mut reader.letters),
            at: 0,
            sets: Vec::new(),
            follow: Vec::new(),
            anchored: false,
        };
        let begin = again.position(Letters::ALL)?;
        again.connect(&begin.last, &begin.first);
        let whole = again.alternatives(0)?;
        again.connect(&begin.last, &whole.first);
        // What matches at once wherever it begins, and needs nothing after its loop, never starts over.
        reader = again;
    }
    let count = reader.sets.len();
    if count > MOST_FOR_LOOPS {
        return None;
    }
    let follow: Vec<Vec<usize>> = reader.follow.iter().map(|follow| follow.keys().copied().collect()).collect();
    let reaches = closure(&follow);
    let loops = |at: usize| reaches.get(at).is_some_and(|row| row.get(at).copied().unwrap_or(false));
    let mut steps = 0;
    for from in 0..count {
        for to in 0..count {
            if from == to || !loops(from) || !loops(to) || !*reaches.get(from)?.get(to)? {
                continue;
            }
            let mut seen = std::collections::HashSet::new();
            let mut open = vec![(from, from, to)];
            while let Some((first, middle, last)) = open.pop() {
                for &one in follow.get(first)? {
                    for &two in follow.get(middle)? {
                        for &three in follow.get(last)? {
                            steps += 1;
                            if steps > MOST_STEPS {
                                return None;
                            }
                            let shared =
                                reader.sets.get(one)?.and(*reader.sets.get(two)?).and(*reader.sets.get(three)?);
                            if shared.is_empty() {
                                continue;
                            }
                            if (one, two, three) == (from, to, to) {
                                return Some(true);
                            }
                            if seen.insert((one, two, three)) {
                                open.push((one, two, three));
                            }
                        }
                    }
                }
            }
        }
    }
    Some(false)
}

/// Which positions reach which, by at least one step.
fn closure(follow: &[Vec<usize>]) -> Vec<Vec<bool>> {
    let count = follow.len();
    (0..count)
        .map(|start| {
            let mut seen = vec![false; count];
            let mut open = vec![start];
            while let Some(at) = open.pop() {
                for &next in follow.get(at).map(Vec::as_slice).unwrap_or_default() {
                    if let Some(slot) = seen.get_mut(next).filter(|slot| !**slot) {
                        *slot = true;
                        open.push(next);
                    }
                }
            }
            seen
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{is_exponential, is_polynomial};

    #[test]
    fn nested_and_overlapping_loops_are_exponential() {
        for pattern in [
            "(a+)+$",
            "(a*)*b",
            "(a|a)*b",
            "(a|aa)+$",
            "(\\w+\\s?)*$",
            "^(([a-z])+.)+[A-Z]([a-z])+$",
            "(a?b?)*c",
            "([^\"']+)*\\d",
            "(.*,)*x",
        ] {
            assert_eq!(is_exponential(pattern), Some(true), "{pattern}");
        }
        for pattern in [
            "a+b+",
            "(ab)*c",
            "(a|b)*c",
            "([a-z]+,)*x",
            "^[\\w.]+@[\\w.]+$",
            "(\\d+-)+\\d",
            "[a-z]{2,4}",
            "(?:a|b+c)*d",
        ] {
            assert_eq!(is_exponential(pattern), Some(false), "{pattern}");
        }
    }

    #[test]
    fn loops_in_a_row_are_polynomial() {
        for pattern in ["^\\s*.*\\s*$", "a+a+$", "\\s+$", "^(.*)x(.*)y$"] {
            assert_eq!(is_polynomial(pattern), Some(true), "{pattern}");
        }
        for pattern in ["^\\d+$", "^[a-z]+-[0-9]+$", "^a*b*c*$"] {
            assert_eq!(is_polynomial(pattern), Some(false), "{pattern}");
        }
    }
}
