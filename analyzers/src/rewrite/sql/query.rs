//! A query's text with placeholders in place of its values; never a placeholder where SQL wants a name.

use crate::rewrite::context::Context;
use crate::rewrite::literal::{self, Part};
use crate::rewrite::pieces::{Conversion, Piece, Pieces};
use crate::rewrite::sql::driver::{Parameter, Placeholder};
use crate::syntax::{Kind, NodeId};

/// A query that was taken apart.
pub(super) struct Query {
    /// The Python literal with placeholders.
    pub(super) literal: String,
    /// The parameters, in order, those that the call had among them.
    pub(super) parameters: Vec<Parameter>,
    /// Whether any of them is new.
    pub(super) is_changed: bool,
}

/// What the new literal is made of.
enum Out {
    Text(String),
    /// An interpolation that stays: a constant of the unit.
    Kept(NodeId),
}

struct Builder<'c> {
    context: Context<'c>,
    placeholder: Placeholder,
    existing: std::slice::Iter<'c, NodeId>,
    had_parameters: bool,
    out: Vec<Out>,
    parameters: Vec<Parameter>,
    tokens: Vec<String>,
    /// Open quote, and the pieces since.
    quoted: Option<(char, Vec<Piece>)>,
    depth: Vec<String>,
}

impl Query {
    /// Takes a query apart. `whole`: it starts the query, rather than going on with one.
    /// `None` where a value is not in the place of a value.
    pub(super) fn new(
        context: Context<'_>,
        pieces: &Pieces,
        placeholder: Placeholder,
        existing: Option<&[NodeId]>,
        whole: bool,
    ) -> Option<Self> {
        let mut builder = Builder {
            context,
            placeholder,
            existing: existing.unwrap_or_default().iter(),
            had_parameters: existing.is_some(),
            out: Vec::new(),
            parameters: Vec::new(),
            tokens: Vec::new(),
            quoted: None,
            depth: Vec::new(),
        };
        for (index, piece) in pieces.pieces.iter().enumerate() {
            match piece {
                Piece::Text(text) => builder.text(text)?,
                Piece::Value(node, conversion) => {
                    let next = match pieces.pieces.get(index + 1) {
                        Some(Piece::Text(text)) => text.as_str(),
                        Some(Piece::Value(..)) => "x",
                        None => "",
                    };
                    builder.value(*node, conversion, next)?;
                }
            }
        }
        if builder.quoted.is_some() || builder.existing.next().is_some() {
            return None;
        }
        if whole && !builder.tokens.first().is_some_and(|first| STATEMENTS.contains(&first.as_str())) {
            return None;
        }
        let literal = builder.literal(pieces)?;
        let is_changed = builder.parameters.len() > existing.map_or(0, <[NodeId]>::len);
        Some(Self { literal, parameters: builder.parameters, is_changed })
    }
}

/// Statements that take parameters.
const STATEMENTS: &[&str] =
    &["SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "MERGE", "CALL", "EXEC", "EXECUTE"];

/// Tokens after which a value stands.
const BEFORE_VALUE: &[&str] = &[
    "=", "<", ">", "!", "LIKE", "ILIKE", "GLOB", "REGEXP", "RLIKE", "MATCH", "BETWEEN", "LIMIT", "OFFSET", "THEN",
    "ELSE", "WHEN", "+", "-", "|", "IS", "ESCAPE",
];

/// Words before an opening parenthesis that holds names, not values.
const NAME_LISTS: &[&str] =
    &["INTO", "TABLE", "INDEX", "ON", "VIEW", "KEY", "REFERENCES", "USING", "AS", "BY", "FROM", "JOIN"];

impl Builder<'_> {
    fn emit(&mut self, text: &str) {
        match self.out.last_mut() {
            Some(Out::Text(last)) => last.push_str(text),
            _ => self.out.push(Out::Text(text.to_owned())),
        }
    }

    /// Constant text as the driver reads it: where parameters are new, `%` must be doubled for `%s` drivers.
    fn emit_constant(&mut self, text: &str) {
        if self.placeholder == Placeholder::Percent && !self.had_parameters {
            self.emit(&text.replace('%', "%%"));
        } else {
            self.emit(text);
        }
    }

    fn text(&mut self, text: &str) -> Option<()> {
        let mut rest = text;
        while let Some(char) = rest.chars().next() {
            if let Some((quote, pieces)) = &mut self.quoted {
                let quote = *quote;
                let Some(close) = rest.find(quote) else {
                    pieces.push(Piece::Text(rest.to_owned()));
                    return Some(());
                };
                // A doubled quote inside a literal that also holds values is not followed.
                let doubled = rest[close + 1..].starts_with(quote);
                if doubled && pieces.iter().any(|piece| matches!(piece, Piece::Value(..))) {
                    return None;
                }
                if doubled {
                    pieces.push(Piece::Text(rest[..close + 2].to_owned()));
                    rest = &rest[close + 2..];
                    continue;
                }
                if close > 0 {
                    pieces.push(Piece::Text(rest[..close].to_owned()));
                }
                rest = &rest[close + 1..];
                self.close_quote()?;
                continue;
            }
            if matches!(char, '\'' | '"' | '`') {
                self.quoted = Some((char, Vec::new()));
                rest = &rest[1..];
                continue;
            }
            let taken = self.token(rest, char)?;
            rest = &rest[taken..];
        }
        Some(())
    }

    /// Reads one token outside quotes; its length in bytes.
    fn token(&mut self, rest: &str, char: char) -> Option<usize> {
        if rest.starts_with("--") || rest.starts_with("/*") {
            return None;
        }
        let word = |char: char| char.is_alphanumeric() || matches!(char, '_' | '.' | '$' | '@');
        let length = if word(char) { rest.find(|char| !word(char)).unwrap_or(rest.len()) } else { char.len_utf8() };
        let token = &rest[..length];
        if self.placeholder == Placeholder::Named && char == ':' {
            return None;
        }
        let is_placeholder = (char == '?' && self.placeholder == Placeholder::Question)
            || (rest.starts_with("%s") && self.placeholder == Placeholder::Percent && self.had_parameters);
        if is_placeholder {
            let node = *self.existing.next()?;
            self.parameters.push((String::new(), self.context.text(node).to_owned()));
            self.tokens.push("?".to_owned());
            let length = if char == '?' { 1 } else { 2 };
            self.emit(&rest[..length]);
            return Some(length);
        }
        if char == '?' && self.had_parameters {
            return None;
        }
        match char {
            '(' => {
                let before = self.tokens.last().cloned().unwrap_or_default();
                let names = self.tokens.len() >= 2 && NAME_LISTS.contains(&self.tokens[self.tokens.len() - 2].as_str());
                self.depth.push(if names { "INTO".to_owned() } else { before });
            }
            ')' => {
                self.depth.pop();
            }
            ';' if rest[1..].trim().is_empty() => {}
            ';' => return None,
            _ => {}
        }
        if !char.is_whitespace() {
            self.tokens.push(token.to_ascii_uppercase());
        }
        self.emit_constant(token);
        Some(length)
    }

    /// The end of a quoted piece: text stays, text with values becomes one parameter.
    fn close_quote(&mut self) -> Option<()> {
        let (quote, pieces) = self.quoted.take()?;
        if !pieces.iter().any(|piece| matches!(piece, Piece::Value(..))) {
            let text: String = pieces
                .iter()
                .filter_map(|piece| match piece {
                    Piece::Text(text) => Some(text.as_str()),
                    Piece::Value(..) => None,
                })
                .collect();
            self.emit_constant(&format!("{quote}{text}{quote}"));
            self.tokens.push(format!("{quote}{text}{quote}"));
            return Some(());
        }
        let last = self.tokens.last().map_or("", String::as_str);
        if quote == '`' || matches!(last, "INTERVAL" | "DATE" | "TIMESTAMP" | "TIME" | "AS") {
            return None;
        }
        // Double quotes hold a name in standard SQL; where a value stands, MySQL and SQLite take them for text.
        if quote == '"'
            && (!self.stands_as_value(true) || self.context.imports("psycopg2") || self.context.imports("psycopg"))
        {
            return None;
        }
        if quote == '\'' && !self.stands_as_value(true) {
            return None;
        }
        let (expression, name) = self.quoted_value(&pieces)?;
        self.parameter(expression, &name);
        Some(())
    }

    fn quoted_value(&self, pieces: &[Piece]) -> Option<(String, String)> {
        if let [Piece::Value(node, conversion)] = pieces {
            return Some((self.single(*node, conversion)?, self.parameter_name(*node)));
        }
        let mut parts = Vec::new();
        let mut names = String::new();
        let mut texts = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => texts.push((Some(text.clone()), String::new())),
                Piece::Value(node, conversion) => {
                    let source = self.context.text(*node);
                    self.refuse_escaping(*node)?;
                    let source = match conversion {
                        Conversion::Plain | Conversion::Text => source.to_owned(),
                        Conversion::Integer => format!("int({source})"),
                        Conversion::Repr => format!("{source}!r"),
                        Conversion::Format(spec) => format!("{source}:{spec}"),
                        Conversion::Percent(_) => return None,
                    };
                    names = self.parameter_name(*node);
                    texts.push((None, source));
                }
            }
        }
        for (text, source) in &texts {
            parts.push(match text {
                Some(text) => Part::Text(text),
                None => Part::Expression(source),
            });
        }
        let written = literal::write_formatted(&parts, &literal::Style::default()).or_else(|| {
            let summands: Vec<String> = texts
                .iter()
                .map(|(text, source)| match text {
                    Some(text) => literal::write(text, &literal::Style::default()),
                    None => format!("str({source})"),
                })
                .collect();
            Some(summands.join(" + "))
        })?;
        Some((written, names))
    }

    /// One value as a parameter of its own.
    fn single(&self, node: NodeId, conversion: &Conversion) -> Option<String> {
        self.refuse_escaping(node)?;
        let source = self.context.text(node);
        let tree = self.context.tree();
        let needs_parentheses = matches!(tree.kind(node), Kind::Lambda | Kind::Yield) || source.contains(":=");
        let source = if needs_parentheses { format!("({source})") } else { source.to_owned() };
        Some(match conversion {
            Conversion::Plain | Conversion::Text => source,
            Conversion::Integer => format!("int({source})"),
            Conversion::Repr => format!("repr({source})"),
            Conversion::Format(spec) => {
                format!("format({source}, {})", literal::write(spec, &literal::Style::default()))
            }
            Conversion::Percent(spec) => format!("{} % ({source},)", literal::write(spec, &literal::Style::default())),
        })
    }

    /// A value that was escaped by hand would be escaped twice.
    fn refuse_escaping(&self, node: NodeId) -> Option<()> {
        let source = self.context.text(node);
        let escapes = source.contains("escape")
            || source.contains("quote")
            || source.contains("replace(\"'\"")
            || source.contains("replace('\\''")
            || source.contains("mogrify");
        (!escapes).then_some(())
    }

    /// A value outside quotes.
    fn value(&mut self, node: NodeId, conversion: &Conversion, next: &str) -> Option<()> {
        if let Some((_, pieces)) = &mut self.quoted {
            pieces.push(Piece::Value(node, conversion.clone()));
            return Some(());
        }
        let glued_after =
            next.starts_with(|char: char| char.is_alphanumeric() || matches!(char, '_' | '.' | '(' | '`' | '"' | '\''));
        let glued_before = match self.out.last() {
            Some(Out::Text(text)) => {
                text.ends_with(|char: char| char.is_alphanumeric() || matches!(char, '_' | '.' | '`' | '"' | '$' | '@'))
            }
            Some(Out::Kept(_)) => true,
            None => false,
        };
        let is_value =
            !glued_after && !glued_before && self.stands_as_value(false) && !self.stands_for_several(node, next);
        if is_value {
            let last = self.tokens.last().cloned().unwrap_or_default();
            let mut expression = match conversion {
                Conversion::Repr => self.single(node, &Conversion::Plain)?,
                other => self.single(node, other)?,
            };
            if matches!(last.as_str(), "LIMIT" | "OFFSET") && !expression.starts_with("int(") {
                expression = format!("int({expression})");
            }
            let name = self.parameter_name(node);
            self.parameter(expression, &name);
            return Some(());
        }
        // A name made of the unit's own constants stays as it is.
        if self.context.is_constant(node) && matches!(conversion, Conversion::Plain | Conversion::Text) {
            self.tokens.push("NAME".to_owned());
            self.out.push(Out::Kept(node));
            return Some(());
        }
        None
    }

    fn parameter(&mut self, expression: String, name: &str) {
        let mut unique = name.to_owned();
        let mut number = 2;
        while self.parameters.iter().any(|(known, value)| *known == unique && *value != expression) {
            unique = format!("{name}_{number}");
            number += 1;
        }
        let text = self.placeholder.text(self.parameters.len(), &unique);
        self.emit(&text);
        self.tokens.push("?".to_owned());
        let repeated =
            self.placeholder == Placeholder::Named && self.parameters.iter().any(|(known, _)| *known == unique);
        if !repeated {
            self.parameters.push((unique, expression));
        }
    }

    fn parameter_name(&self, node: NodeId) -> String {
        let text = self.context.text(node);
        let last = text.rsplit(['.', '[']).next().unwrap_or_default();
        let name: String = last.chars().filter(|char| char.is_ascii_alphanumeric() || *char == '_').collect();
        let usable = name.starts_with(|char: char| char.is_ascii_alphabetic()) && name.len() <= 40;
        if usable { name.to_ascii_lowercase() } else { format!("value_{}", self.parameters.len() + 1) }
    }

    /// Whether SQL wants a value here.
    fn stands_as_value(&self, quoted: bool) -> bool {
        let Some(last) = self.tokens.last() else { return false };
        let last = last.as_str();
        if BEFORE_VALUE.contains(&last) {
            return true;
        }
        match last {
            "AND" => self.tokens.iter().rev().skip(2).take(1).any(|token| token == "BETWEEN"),
            "," | "(" => match self.depth.last().map_or("", String::as_str) {
                "INTO" => false,
                "VALUES" | "IN" => true,
                "," if self.tokens.iter().any(|token| token == "VALUES") => true,
                "" => last == "," && self.tokens.iter().rev().skip(2).take(1).any(|token| token == "LIMIT"),
                // A function's arguments.
                function => {
                    function.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
                        && !matches!(
                            function,
                            "SELECT"
                                | "FROM"
                                | "JOIN"
                                | "COUNT"
                                | "SUM"
                                | "MIN"
                                | "MAX"
                                | "AVG"
                                | "EXISTS"
                                | "AND"
                                | "OR"
                                | "WHERE"
                                | "NOT"
                                | "TABLE"
                                | "NAME"
                        )
                }
            },
            "SELECT" | "RETURNING" => quoted,
            _ => false,
        }
    }

    /// Whether the one value in `IN (…)` or `VALUES (…)` may stand for a whole list.
    fn stands_for_several(&self, node: NodeId, next: &str) -> bool {
        let list = self.depth.last().map_or("", String::as_str);
        let alone = self.tokens.last().is_some_and(|token| token == "(") && next.trim_start().starts_with(')');
        if !alone || !matches!(list, "IN" | "VALUES" | ",") {
            return false;
        }
        if list != "IN"
            && let Some(columns) = self.column_count()
        {
            return columns != 1;
        }
        let tree = self.context.tree();
        let scalar = tree.kind(node) == Kind::Call && matches!(self.context.callee_name(node), "int" | "float");
        !scalar
    }

    /// Number of columns that `INSERT INTO t (…)` lists.
    fn column_count(&self) -> Option<usize> {
        let open = self.tokens.iter().position(|token| token == "(")?;
        let close = self.tokens.iter().position(|token| token == ")")?;
        let values = self.tokens.iter().position(|token| token == "VALUES")?;
        (open < close && close < values)
            .then(|| self.tokens[open..close].iter().filter(|token| *token == ",").count() + 1)
    }

    fn literal(&self, pieces: &Pieces) -> Option<String> {
        if let [Out::Text(text)] = self.out.as_slice() {
            return Some(literal::write(text, &pieces.style));
        }
        if self.out.is_empty() {
            return Some(literal::write("", &pieces.style));
        }
        let parts: Vec<Part<'_>> = self
            .out
            .iter()
            .map(|out| match out {
                Out::Text(text) => Part::Text(text),
                Out::Kept(node) => Part::Expression(self.context.text(*node)),
            })
            .collect();
        if pieces.style.quote.len() == 3 { None } else { literal::write_formatted(&parts, &pieces.style) }
    }
}
