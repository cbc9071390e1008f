//! Indentation of Python code that continues other code: what its first line lost, and whether it can be read at all.

/// The indentation that the first line of `raw` has lost, as models do that continue `lead`.
pub(super) fn lost(lead: &str, raw: &str) -> String {
    let mut lines = raw.lines().filter(|line| !line.trim().is_empty());
    let (Some(first), second) = (lines.next(), lines.next()) else { return String::new() };
    let Some(last) = lead.lines().rfind(|line| !line.trim().is_empty()) else { return String::new() };
    let mut expected = last[..width(last)].to_owned();
    if last.trim_end().ends_with(':') {
        expected.push_str("    ");
    }
    if expected.is_empty() || width(first) > 0 {
        return String::new();
    }
    let first = first.trim_end();
    let deeper = second.is_some_and(|second| first.ends_with(':') && width(second) > expected.len());
    let returns = first == "return" || first.starts_with("return ") || first.starts_with("return(");
    let only_so = || {
        !is_readable(&[lead, "\n", raw].concat())
            && is_readable(&[lead, "\n", expected.as_str(), raw.trim_start()].concat())
    };
    if deeper || returns || only_so() { expected } else { String::new() }
}

/// Whether every line stands where the lines before it allow: deeper only after a colon, back only to a level there was.
pub(super) fn is_readable(code: &str) -> bool {
    let mut levels: Vec<usize> = Vec::new();
    let mut opens = true;
    let mut scan = Scan::default();
    for line in code.lines() {
        let continued = scan.is_inside();
        let last = scan.line(line);
        let Some(last) = last else { continue };
        if !continued {
            let width = width(line);
            match levels.last() {
                Some(&top) if width > top && !opens => return false,
                Some(&top) if width <= top && opens => return false,
                _ => levels.retain(|&level| level <= width),
            }
            match levels.last() {
                Some(&top) if top == width => {}
                Some(_) if !opens => return false,
                _ => levels.push(width),
            }
        }
        opens = !scan.is_inside() && last == ':';
    }
    true
}

fn width(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// Where a line ends: within brackets, a long string or a line that goes on.
#[derive(Debug, Default)]
struct Scan {
    depth: usize,
    long: Option<char>,
    joined: bool,
}

impl Scan {
    fn is_inside(&self) -> bool {
        self.depth > 0 || self.long.is_some() || self.joined
    }

    /// Reads a line; its last sign of code, if it has any.
    fn line(&mut self, line: &str) -> Option<char> {
        let mut rest = line.trim_end();
        let mut last = None;
        let mut quote = None;
        self.joined = false;
        while let Some(sign) = rest.chars().next() {
            let mut taken = sign.len_utf8();
            let triple = |quote: char| rest.chars().take(3).filter(|&next| next == quote).count() == 3;
            if sign == '\\' {
                taken += rest[taken..].chars().next().map_or(0, char::len_utf8);
                self.joined = taken == rest.len() && taken == 1 && self.long.is_none();
            } else if let Some(long) = self.long {
                if triple(long) {
                    self.long = None;
                    taken = 3;
                }
            } else if quote.is_some() {
                quote = quote.filter(|&quote| quote != sign);
            } else {
                match sign {
                    '#' => return last,
                    '"' | '\'' if triple(sign) => {
                        self.long = Some(sign);
                        taken = 3;
                    }
                    '"' | '\'' => quote = Some(sign),
                    '(' | '[' | '{' => self.depth += 1,
                    ')' | ']' | '}' => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                }
            }
            if !sign.is_whitespace() {
                last = Some(sign);
            }
            rest = &rest[taken..];
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indentation_that_an_answer_lost() {
        let lead = "def f():\n    '''Doc.'''\n";
        let check = |raw: &str, pad: &str| assert_eq!(lost(lead, raw), pad, "{raw:?}");
        check("x = 1\n    return x\n", "    ");
        check("    x = 1\n    return x\n", "");
        check("return 1", "    ");
        check("return g(\n    1,\n)\n", "    ");
        check("x = g(\n        1,\n    )\n    return x\n", "    ");
        check("if x:\n    y()\n", "");
        check("if x:\n        y()\n", "    ");
        check("if x:\n        y()\n\n    return z\n", "    ");
        check("if x:  # why\n        y()\n    return z\n", "    ");
        check("import os\nprint(1)\n", "");
        check("", "");
    }

    #[test]
    fn indentation_that_can_be_read() {
        let check = |code: &str, expected: bool| assert_eq!(is_readable(code), expected, "{code:?}");
        check("", true);
        check("def f():\n    x = 1\n    if x:\n        return\n    return 2\nf()\n", true);
        check("    x = 1\n    return x\n", true);
        check("x = {\n        'a': 1,\n  }\ny = '''\n   long\n'''\nz = 1 + \\\n    2\n", true);
        check("def f():  # why\n# at the margin\n    return ')'\n", true);
        check("if x:\n        y()\n    return z\n", false);
        check("x = 1\n    return x\n", false);
        check("def f():\nreturn 1\n", false);
    }
}
