//! Constant folding: what an expression always is, in bounded space.

use super::decode::{Encoding, decode};
use super::path::{CONSTANT, Resolver};
use super::{Definition, DefinitionKind, Slice, Value};
use crate::lang::Language;
use crate::syntax::{Field, Kind, NodeId};

mod java;

/// Longest folded text.
pub(super) const LONGEST: usize = 1 << 14;

impl Resolver<'_> {
    pub(super) fn constant(&mut self, id: NodeId) -> Value {
        if self.begin(id, CONSTANT) {
            let found = match self.tree.kind(id) {
                Kind::String | Kind::Text => self.literal(id),
                Kind::Template => self.template(id),
                Kind::Number => number(self.tree.text(id, self.text)),
                Kind::Bool => Value::Bool(self.tree.text(id, self.text).eq_ignore_ascii_case("true")),
                Kind::Null => Value::Null,
                Kind::Name | Kind::Attribute => self.constant_of_name(id),
                Kind::Binary => self.binary(id),
                Kind::Compare if self.language == Language::Java => self.comparison(id),
                Kind::Boolean if self.language == Language::Java => self.logic(id),
                Kind::Conditional if self.language == Language::Java => self.choice(id),
                Kind::Unary => self.unary(id),
                Kind::Call => self.call(id),
                Kind::New if self.language == Language::Java => self.java_new(id),
                Kind::Subscript => self.sliced(id),
                Kind::Cast if self.language == Language::Java => match self.java_letter(id) {
                    Some(letter) => letter,
                    None => self.tree.child(id, Field::Value).map_or(Value::No, |value| self.constant(value)),
                },
                Kind::Cast => self.tree.child(id, Field::Value).map_or(Value::No, |value| self.constant(value)),
                Kind::Assign if !self.tree.is_statement(id) => {
                    self.tree.child(id, Field::Value).map_or(Value::No, |value| self.constant(value))
                }
                _ => Value::No,
            };
            self.names.constants[id.index()] = found;
            self.end();
        }
        self.names.constants[id.index()]
    }

    /// Stores a folded text, as far as the budget of the unit goes.
    fn fold(&mut self, text: &str) -> Value {
        if text.len() > LONGEST || self.folded + text.len() > self.most_folded {
            return Value::No;
        }
        self.folded += text.len();
        Value::Text(if text.is_empty() { EMPTY } else { self.put(text) })
    }

    fn literal(&mut self, id: NodeId) -> Value {
        match self.tree.string(id, self.text) {
            Some(text) => self.fold(&text),
            None => Value::No,
        }
    }

    fn template(&mut self, id: NodeId) -> Value {
        let tree = self.tree;
        let mut out = String::new();
        for piece in tree.pieces(id) {
            let value = match tree.kind(piece) {
                Kind::Interpolation if tree.name(piece, self.text).is_empty() => {
                    tree.child(piece, Field::Value).map_or(Value::No, |value| self.constant(value))
                }
                Kind::Interpolation => Value::No,
                _ => self.constant(piece),
            };
            if out.len() > LONGEST || !self.write(value, &mut out) {
                return Value::No;
            }
        }
        self.fold(&out)
    }

    /// Appends a value as it prints.
    fn write(&self, value: Value, out: &mut String) -> bool {
        match value {
            Value::Text(slice) => out.push_str(self.names.get(slice)),
            Value::Integer(number) => out.push_str(&number.to_string()),
            Value::Bool(value) if self.language == Language::Python => {
                out.push_str(if value { "True" } else { "False" });
            }
            Value::Bool(value) => out.push_str(if value { "true" } else { "false" }),
            Value::Null if self.language == Language::Python => out.push_str("None"),
            Value::Null | Value::Float(_) | Value::No => return false,
        }
        true
    }

    fn constant_of_name(&mut self, id: NodeId) -> Value {
        let Some(binding) = self.names.binding(id) else { return Value::No };
        match self.reaching(id, binding) {
            Some(definition) if definition.kind == DefinitionKind::Assign && definition.member.is_none() => {
                let definitions = self.names.definitions(binding);
                if self.jumps && definitions.iter().filter(|each| each.value.is_some()).count() > 1 {
                    return Value::No;
                }
                let value = definition.value.map_or(Value::No, |value| self.constant(value));
                if self.language.is_c_family() && self.is_open(&definition, value) { Value::No } else { value }
            }
            _ => Value::No,
        }
    }

    /// Whether a variable of C may have another value than its only one here: other units see a global that is not
    /// constant, and an array that starts empty is there to be filled.
    fn is_open(&self, definition: &Definition, value: Value) -> bool {
        let tree = self.tree;
        let Some(declaration) = tree.parent(definition.node) else { return true };
        let written = tree.text(declaration, self.text);
        let head = written.split('=').next().unwrap_or_default();
        match value {
            Value::Text(text) => text.is_none() && tree.child(declaration, Field::Index).is_some(),
            _ => {
                definition.scope == NodeId::ROOT
                    && tree.kind(declaration) == Kind::Assign
                    && tree.child(declaration, Field::Type).is_some()
                    && !head.split_whitespace().any(|word| matches!(word, "const" | "static" | "constexpr"))
            }
        }
    }

    fn binary(&mut self, id: NodeId) -> Value {
        let tree = self.tree;
        let (Some(left), Some(right)) = (tree.child(id, Field::Left), tree.child(id, Field::Right)) else {
            return Value::No;
        };
        let operator = tree.name(id, self.text);
        let first = self.constant(left);
        if matches!(first, Value::No) {
            return Value::No;
        }
        if self.language.is_c_family() {
            return match (first, operator, self.constant(right)) {
                (Value::Integer(a), "/", Value::Integer(b)) if b != 0 => {
                    a.checked_div(b).map_or(Value::No, Value::Integer)
                }
                (Value::Integer(a), "%", Value::Integer(b)) if b != 0 => {
                    a.checked_rem(b).map_or(Value::No, Value::Integer)
                }
                (Value::Integer(a), operator, Value::Integer(b)) => integers(a, operator, b),
                (a @ Value::Text(_), "+", b @ Value::Text(_)) if self.language == Language::Cpp => {
                    let mut out = String::new();
                    if self.write(a, &mut out) && self.write(b, &mut out) { self.fold(&out) } else { Value::No }
                }
                // A number added to a text is a place in it.
                _ => Value::No,
            };
        }
        if let (Value::Text(format), "%") = (first, operator) {
            let format = self.names.get(format).to_owned();
            return self.percent(&format, right);
        }
        match (first, operator, self.constant(right)) {
            (Value::Integer(a), operator, Value::Integer(b)) => integers(a, operator, b),
            (Value::Text(text), "*", Value::Integer(times)) if (0..=1_000).contains(&times) => {
                let text = self.names.get(text);
                if text.len() * times as usize > LONGEST {
                    return Value::No;
                }
                let repeated = text.repeat(times as usize);
                self.fold(&repeated)
            }
            (a, "+", b)
                if matches!(a, Value::Text(_))
                    || (matches!(b, Value::Text(_)) && self.language != Language::Python) =>
            {
                if self.language == Language::Python && !matches!(b, Value::Text(_)) {
                    return Value::No;
                }
                let mut out = String::new();
                if self.write(a, &mut out) && self.write(b, &mut out) { self.fold(&out) } else { Value::No }
            }
            _ => Value::No,
        }
    }

    /// `a < b`, `a == b` of constants.
    fn comparison(&mut self, id: NodeId) -> Value {
        let tree = self.tree;
        let (Some(left), Some(right)) = (tree.child(id, Field::Left), tree.child(id, Field::Right)) else {
            return Value::No;
        };
        let (first, second) = (self.constant(left), self.constant(right));
        let operator = self.name(id);
        match (first, second) {
            (Value::Integer(a), Value::Integer(b)) => match operator {
                "<" => Value::Bool(a < b),
                "<=" => Value::Bool(a <= b),
                ">" => Value::Bool(a > b),
                ">=" => Value::Bool(a >= b),
                "==" => Value::Bool(a == b),
                "!=" => Value::Bool(a != b),
                _ => Value::No,
            },
            (Value::Bool(a), Value::Bool(b)) => match operator {
                "==" => Value::Bool(a == b),
                "!=" => Value::Bool(a != b),
                _ => Value::No,
            },
            _ => Value::No,
        }
    }

    /// `a && b`, `a || b` as far as constants decide it.
    fn logic(&mut self, id: NodeId) -> Value {
        let tree = self.tree;
        let (Some(left), Some(right)) = (tree.child(id, Field::Left), tree.child(id, Field::Right)) else {
            return Value::No;
        };
        match (self.name(id), self.constant(left), self.constant(right)) {
            ("&&", Value::Bool(false), _) | ("&&", _, Value::Bool(false)) => Value::Bool(false),
            ("||", Value::Bool(true), _) | ("||", _, Value::Bool(true)) => Value::Bool(true),
            ("&&", Value::Bool(true), Value::Bool(b)) | ("||", Value::Bool(false), Value::Bool(b)) => Value::Bool(b),
            _ => Value::No,
        }
    }

    /// `test ? a : b` where the test is constant.
    fn choice(&mut self, id: NodeId) -> Value {
        let tree = self.tree;
        let Some(Value::Bool(test)) = tree.child(id, Field::Test).map(|test| self.constant(test)) else {
            return Value::No;
        };
        let taken = if test { Field::Body } else { Field::Else };
        tree.child(id, taken).map_or(Value::No, |taken| self.constant(taken))
    }

    /// `"%s" % value`; only plain conversions.
    fn percent(&mut self, format: &str, right: NodeId) -> Value {
        let tree = self.tree;
        let parts: Vec<NodeId> =
            if tree.kind(right) == Kind::Tuple { tree.children(right).collect() } else { vec![right] };
        self.filled(format, parts)
    }

    /// A format with its parts put in; only plain conversions.
    fn filled(&mut self, format: &str, parts: Vec<NodeId>) -> Value {
        let mut parts = parts.into_iter();
        let mut out = String::new();
        let mut rest = format;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            match rest.as_bytes().get(at + 1) {
                Some(b'%') => out.push('%'),
                Some(b's' | b'd' | b'i' | b'v') => {
                    let value = parts.next().map_or(Value::No, |part| self.constant(part));
                    if !self.write(value, &mut out) {
                        return Value::No;
                    }
                }
                _ => return Value::No,
            }
            rest = &rest[at + 2..];
        }
        out.push_str(rest);
        if parts.next().is_some() { Value::No } else { self.fold(&out) }
    }

    fn unary(&mut self, id: NodeId) -> Value {
        let value = self.tree.child(id, Field::Value).map_or(Value::No, |value| self.constant(value));
        match (self.tree.name(id, self.text), value) {
            ("-", Value::Integer(number)) => number.checked_neg().map_or(Value::No, Value::Integer),
            ("-", Value::Float(number)) => Value::Float(-number),
            ("~", Value::Integer(number)) => Value::Integer(!number),
            ("not" | "!", Value::Bool(value)) => Value::Bool(!value),
            // `!0` and `!1` are how minified code spells truth values.
            ("!", Value::Integer(number)) => Value::Bool(number == 0),
            _ => Value::No,
        }
    }

    /// Methods of constant text and the conversions that keep it constant.
    fn call(&mut self, id: NodeId) -> Value {
        let tree = self.tree;
        let Some(callee) = tree.child(id, Field::Callee) else { return Value::No };
        let mut arguments = tree.positional(id);
        let (first, second) = (arguments.next(), arguments.next());
        if self.language == Language::Go {
            return self.go_call(id, callee);
        }
        if self.language == Language::Java
            && let Some(value) = self.java_call(id, callee)
        {
            return value;
        }
        if self.language == Language::Python
            && let Some(text) = self.decoded(callee, first, second)
        {
            return self.fold(&text);
        }
        if tree.kind(callee) == Kind::Name {
            return match (self.name(callee), first, self.language) {
                ("atob", Some(text), Language::JavaScript | Language::TypeScript) => match self.constant(text) {
                    Value::Text(text) => match decode(self.names.get(text), Encoding::Base64) {
                        Some(text) => self.fold(&text),
                        None => Value::No,
                    },
                    _ => Value::No,
                },
                ("str", Some(value), Language::Python)
                | ("String", Some(value), Language::JavaScript | Language::TypeScript) => {
                    let value = self.constant(value);
                    let mut out = String::new();
                    if self.write(value, &mut out) { self.fold(&out) } else { Value::No }
                }
                ("chr", Some(code), Language::Python) => match self.constant(code) {
                    Value::Integer(code) => match u32::try_from(code).ok().and_then(char::from_u32) {
                        Some(letter) => self.fold(letter.encode_utf8(&mut [0; 4])),
                        None => Value::No,
                    },
                    _ => Value::No,
                },
                _ => Value::No,
            };
        }
        let Some(object) = tree.child(callee, Field::Object) else { return Value::No };
        if self.language.is_script()
            && let Some(text) = self.script_text(id, callee, object)
        {
            return self.fold(&text);
        }
        let Value::Text(object) = self.constant(object) else { return Value::No };
        let object = self.names.get(object).to_owned();
        match self.name(callee) {
            "format" if self.language == Language::Python => self.format(id, &object),
            "join" if self.language == Language::Python => self.join(first, &object),
            "encode" | "decode" | "toString" | "intern" => self.fold(&object),
            "strip" | "trim" if first.is_none() => self.fold(object.trim()),
            "lower" | "toLowerCase" => self.fold(&object.to_lowercase()),
            "upper" | "toUpperCase" => self.fold(&object.to_uppercase()),
            "concat" => {
                let mut out = object;
                for argument in tree.positional(id) {
                    let value = self.constant(argument);
                    if out.len() > LONGEST || !self.write(value, &mut out) {
                        return Value::No;
                    }
                }
                self.fold(&out)
            }
            "replace" => match (first.map(|text| self.constant(text)), second.map(|text| self.constant(text))) {
                (Some(Value::Text(from)), Some(Value::Text(to))) if !from.is_none() => {
                    let (from, to) = (self.names.get(from), self.names.get(to));
                    if object.matches(from).count() * to.len() > LONGEST {
                        return Value::No;
                    }
                    let replaced = object.replace(from, to);
                    self.fold(&replaced)
                }
                _ => Value::No,
            },
            _ => Value::No,
        }
    }

    /// Functions of Go's `strings` and `fmt` on constants.
    fn go_call(&mut self, id: NodeId, callee: NodeId) -> Value {
        let path = self.path(callee);
        let name = self.names.get(path).to_owned();
        let arguments: Vec<NodeId> = self.tree.positional(id).take(32).collect();
        let [first, ref rest @ ..] = arguments[..] else { return Value::No };
        if name == "strings.Join" {
            let Some(Value::Text(separator)) = rest.first().map(|separator| self.constant(*separator)) else {
                return Value::No;
            };
            let separator = self.names.get(separator).to_owned();
            return self.join(Some(first), &separator);
        }
        if matches!(name.as_str(), "os.FileMode" | "io/fs.FileMode" | "time.Duration") {
            return self.constant(first);
        }
        let Value::Text(text) = self.constant(first) else { return Value::No };
        let text = self.names.get(text).to_owned();
        let mut others = Vec::new();
        if matches!(name.as_str(), "strings.ReplaceAll" | "strings.Replace") {
            for part in rest.iter().take(2) {
                let Value::Text(part) = self.constant(*part) else { return Value::No };
                others.push(self.names.get(part).to_owned());
            }
        }
        match (name.as_str(), others.as_slice()) {
            ("fmt.Sprintf", _) => self.filled(&text, rest.to_vec()),
            ("strings.ToLower", _) => self.fold(&text.to_lowercase()),
            ("strings.ToUpper", _) => self.fold(&text.to_uppercase()),
            ("strings.TrimSpace", _) => self.fold(text.trim()),
            ("strings.ReplaceAll" | "strings.Replace", [from, to])
                if !from.is_empty() && text.matches(from.as_str()).count() * to.len() <= LONGEST =>
            {
                self.fold(&text.replace(from.as_str(), to))
            }
            _ => Value::No,
        }
    }

    /// `"{} {0} {name}".format(…)`; only fields without conversions.
    fn format(&mut self, call: NodeId, format: &str) -> Value {
        let tree = self.tree;
        let mut out = String::new();
        let mut automatic = 0;
        let mut rest = format;
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            if after.starts_with(&rest[at..=at]) {
                out.push_str(&rest[at..=at]);
                rest = &after[1..];
                continue;
            }
            let Some((field, after)) = after.split_once('}').filter(|_| rest.as_bytes()[at] == b'{') else {
                return Value::No;
            };
            let argument = if field.is_empty() {
                automatic += 1;
                tree.positional(call).nth(automatic - 1)
            } else if let Ok(index) = field.parse::<usize>() {
                tree.positional(call).nth(index)
            } else {
                tree.keyword(call, field, self.text)
            };
            let value = argument.map_or(Value::No, |argument| self.constant(argument));
            if out.len() > LONGEST || !self.write(value, &mut out) {
                return Value::No;
            }
            rest = after;
        }
        out.push_str(rest);
        self.fold(&out)
    }

    fn join(&mut self, list: Option<NodeId>, separator: &str) -> Value {
        let tree = self.tree;
        let Some(list) = list else { return Value::No };
        if self.language == Language::Python
            && separator.is_empty()
            && let Some(letters) = self.letters(list)
        {
            return self.fold(&letters);
        }
        if !matches!(tree.kind(list), Kind::List | Kind::Tuple) {
            return Value::No;
        }
        let mut out = String::new();
        for (at, part) in tree.children(list).enumerate() {
            if at > 0 {
                out.push_str(separator);
            }
            let Value::Text(part) = self.constant(part) else { return Value::No };
            out.push_str(self.names.get(part));
            if out.len() > LONGEST {
                return Value::No;
            }
        }
        self.fold(&out)
    }

    /// `map(chr, […])`, `chr(c) for c in […]`, `reversed("…")`.
    fn letters(&mut self, list: NodeId) -> Option<String> {
        let tree = self.tree;
        match tree.kind(list) {
            Kind::Call => {
                let callee = tree.child(list, Field::Callee)?;
                let mut arguments = tree.positional(list);
                let (first, second) = (arguments.next(), arguments.next());
                match self.name(callee) {
                    "map" if first.is_some_and(|function| self.name(function) == "chr") => self.codes(second?),
                    "reversed" => {
                        let Value::Text(text) = self.constant(first?) else { return None };
                        Some(self.names.get(text).chars().rev().collect())
                    }
                    _ => None,
                }
            }
            Kind::Comprehension => {
                let value = tree.child(list, Field::Value)?;
                let callee = tree.child(value, Field::Callee)?;
                let clauses = || tree.children(list).filter(|&part| matches!(tree.kind(part), Kind::For | Kind::If));
                let only = clauses().next().filter(|_| clauses().count() == 1)?;
                let plain = tree.positional(value).next().is_some_and(|part| tree.kind(part) == Kind::Name);
                if self.name(callee) != "chr" || tree.kind(only) != Kind::For || !plain {
                    return None;
                }
                self.codes(tree.child(only, Field::Iter)?)
            }
            _ => None,
        }
    }

    /// The text whose characters a list of whole numbers gives.
    fn codes(&mut self, list: NodeId) -> Option<String> {
        let tree = self.tree;
        let list = match tree.kind(list) {
            Kind::Name => {
                let binding = self.names.binding(list)?;
                self.reaching(list, binding)?.value?
            }
            _ => list,
        };
        if !matches!(tree.kind(list), Kind::List | Kind::Tuple) {
            return None;
        }
        let mut out = String::new();
        for part in tree.children(list) {
            let Value::Integer(code) = self.constant(part) else { return None };
            out.push(u32::try_from(code).ok().and_then(char::from_u32)?);
            if out.len() > LONGEST {
                return None;
            }
        }
        (!out.is_empty()).then_some(out)
    }

    /// Texts that the standard library decodes: base64, hexadecimal digits, letters moved by thirteen, lists of bytes.
    fn decoded(&mut self, callee: NodeId, first: Option<NodeId>, second: Option<NodeId>) -> Option<String> {
        let path = self.path(callee);
        let encoding = match self.names.get(path) {
            "base64.b64decode"
            | "base64.standard_b64decode"
            | "base64.urlsafe_b64decode"
            | "binascii.a2b_base64"
            | "base64.decodebytes" => Encoding::Base64,
            "base64.b16decode" | "binascii.unhexlify" | "binascii.a2b_hex" | "bytes.fromhex" | "bytearray.fromhex" => {
                Encoding::Hexadecimal
            }
            "bytes" | "bytearray" => return self.codes(first?),
            "codecs.decode" | "codecs.encode" => {
                let Value::Text(codec) = self.constant(second?) else { return None };
                match self.names.get(codec) {
                    "rot13" | "rot_13" | "rot-13" => Encoding::Rotated,
                    "hex" | "hex_codec" => Encoding::Hexadecimal,
                    "base64" | "base64_codec" => Encoding::Base64,
                    _ => return None,
                }
            }
            _ => return None,
        };
        let Value::Text(text) = self.constant(first?) else { return None };
        super::decode::decode(self.names.get(text), encoding)
    }

    /// `"metsys"[::-1]`, `"ecosystem"[3:]`, `"abc"[1]`.
    fn sliced(&mut self, id: NodeId) -> Value {
        let tree = self.tree;
        let (Some(object), Some(index)) = (tree.child(id, Field::Object), tree.child(id, Field::Index)) else {
            return Value::No;
        };
        if self.language != Language::Python || !matches!(tree.kind(index), Kind::Slice | Kind::Number | Kind::Unary) {
            return Value::No;
        }
        let Value::Text(text) = self.constant(object) else { return Value::No };
        let written = match (tree.kind(index), self.constant(index)) {
            (Kind::Slice, _) => tree.text(index, self.text).replace(' ', ""),
            (_, Value::Integer(at)) => {
                let after = if at == -1 { String::new() } else { (at + 1).to_string() };
                format!("{at}:{after}")
            }
            _ => return Value::No,
        };
        let letters: Vec<char> = self.names.get(text).chars().collect();
        match super::decode::slice(&letters, &written) {
            Some(part) => self.fold(&part),
            None => Value::No,
        }
    }
}

/// The empty text is a constant too, other than no text: a range that is empty anywhere.
const EMPTY: Slice = Slice { start: 0, end: 0 };

fn integers(a: i64, operator: &str, b: i64) -> Value {
    let shift = u32::try_from(b).ok().filter(|&bits| bits < 63);
    let result = match operator {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        "|" => Some(a | b),
        "&" => Some(a & b),
        "^" => Some(a ^ b),
        "<<" => shift.and_then(|bits| a.checked_mul(1 << bits)),
        ">>" => shift.map(|bits| a >> bits),
        "**" => u32::try_from(b).ok().and_then(|power| a.checked_pow(power)),
        _ => None,
    };
    result.map_or(Value::No, Value::Integer)
}

fn number(text: &str) -> Value {
    let digits = text.replace('_', "");
    let lower = digits.to_ascii_lowercase();
    let radix = |prefix: &str, radix| lower.strip_prefix(prefix).map(|digits| (digits.to_owned(), radix));
    let octal = (lower.len() > 1 && lower.starts_with('0') && lower.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| (lower[1..].to_owned(), 8));
    let whole = radix("0x", 16).or_else(|| radix("0o", 8)).or_else(|| radix("0b", 2)).or(octal);
    let (digits, radix) = whole.unwrap_or_else(|| (lower.clone(), 10));
    let digits = digits.trim_end_matches(['l', 'n', 'u']);
    if let Ok(number) = i64::from_str_radix(digits, radix) {
        return Value::Integer(number);
    }
    lower.trim_end_matches(['f', 'd']).parse().map_or(Value::No, Value::Float)
}
