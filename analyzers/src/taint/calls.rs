//! What a call gives: a function of the unit by its summary, a library by the tables, anything else its arguments.

use crate::graph::dfg::Value;
use crate::lang::Language;
use crate::syntax::{Field, Kind, NodeId};

use super::{Flow, Origin, Origins, Purposes, Source, join};

impl Flow<'_> {
    pub(super) fn look_call(&self, node: NodeId) -> Origins {
        let tree = self.tree();
        let Some(callee) = tree.child(node, Field::Callee) else { return self.gather(tree.children(node)) };
        let is_method = tree.kind(callee) == Kind::Attribute;
        let method = if is_method { self.name(callee) } else { "" };
        if tree.kind(node) == Kind::New && self.program().language == Language::Java {
            return self.gather(tree.children_in(node, Field::Argument));
        }
        // An object holds what it is made with.
        let creates = matches!(self.program().language, Language::CSharp | Language::Php | Language::Ruby)
            && (tree.kind(node) == Kind::New || self.data.constructor(node, callee).is_some());
        if creates && self.data.called(node).is_some() {
            return self.gather(tree.children_in(node, Field::Argument));
        }
        if let Some(function) = self.data.called(node) {
            return self.summary(node, function);
        }
        let path = self.path(callee);
        if self.program().language == Language::Go {
            // A literal of a struct holds what it is given; fresh memory holds nothing.
            if tree.kind(node) == Kind::New {
                return self.gather(tree.children_in(node, Field::Argument));
            }
            if matches!(path, Some("make" | "new")) {
                return Origins::new();
            }
            // What is cleaned as an absolute path stays below the root.
            if matches!(path, Some("path/filepath.Clean" | "path.Clean"))
                && tree.positional(node).next().is_some_and(|name| self.is_rooted(name))
            {
                return self.made_safe(node, Purposes::PATH);
            }
            if let Some(format) = path.and_then(format_argument) {
                return self.formatted(node, format);
            }
        }
        if let Some(path) = path
            && let Some(&(_, safe)) = self.tables.sanitizers.iter().find(|(known, _)| *known == path)
            // Escaping can be switched off.
            && !(path == "serialize-javascript" && self.text(node).contains("unsafe"))
        {
            return self.made_safe(node, safe);
        }
        if self.is_harmless_part(callee) {
            return Origins::new();
        }
        if self.program().language == Language::Python
            && self.source(callee).is_none()
            && let Some(found) = self.python_call(node, path.unwrap_or_default(), method)
        {
            return found;
        }
        // `request.query.name.replace(…)`: what is done to the text counts.
        let changes = matches!(method, "replace" | "replaceAll")
            || self.tables.sanitizing_methods.iter().any(|(known, _)| *known == method);
        if !(changes && self.program().language.is_script())
            && let Some(source) = self.source(callee)
        {
            return self.begin(node, source);
        }
        if self.program().language.is_script() {
            // `list.map(x => …)`, `promise.then(x => …)`: what the function gives back.
            if is_method
                && matches!(method, "map" | "flatMap" | "then")
                && let Some(lambda) = tree.positional(node).next().filter(|&first| tree.kind(first) == Kind::Lambda)
            {
                return self.gather(self.returns_of(lambda).into_iter());
            }
            // What a store gives for a key or query is what it holds, not what it is asked with.
            if is_method
                && answers_from_store(method)
                && !matches!(path, Some("lodash.get" | "Promise.all" | "Reflect.get"))
            {
                return self.gather(tree.child(callee, Field::Object).into_iter());
            }
            if is_method && is_schema(method, tree.child(callee, Field::Object).map(|object| self.text(object))) {
                let mut found = self.gather(tree.children_in(node, Field::Argument));
                for origin in &mut found {
                    origin.checked = true;
                }
                return found;
            }
        }
        if is_method || path.is_some() {
            let last =
                if is_method { method } else { path.and_then(|path| path.rsplit('.').next()).unwrap_or_default() };
            if let Some(&(_, safe)) = self.tables.sanitizing_methods.iter().find(|(known, _)| *known == last) {
                return self.made_safe(node, safe);
            }
            if is_method && let Some(&(_, source)) = self.tables.source_methods.iter().find(|(known, _)| *known == last)
            {
                // A reader says where its lines come from.
                let known = match tree.child(callee, Field::Object) {
                    Some(object) if source == Source::Input && self.program().language == Language::Java => {
                        self.gather(std::iter::once(object))
                    }
                    _ => Origins::new(),
                };
                if known.iter().any(|origin| origin.source > Source::Parameter) {
                    return known;
                }
                // Of an iterator, or anything else that is no reader, the elements.
                if source == Source::Input && !self.may_read_input(callee, method) {
                    return known;
                }
                return self.begin(node, source);
            }
        }
        if self.program().language == Language::Java
            && let Some(values) = self.property(node, callee, method)
        {
            return self.gather(values.into_iter());
        }
        let mut found = self.gather(tree.children_in(node, Field::Argument));
        if matches!(path, Some("strings.ReplaceAll" | "strings.Replace")) {
            let part = |at| tree.positional(node).nth(at).and_then(|part| self.program().names.text(part));
            let safe = match (part(1), part(2)) {
                (Some("\n" | "\r\n"), _) => Purposes::LINE,
                (Some("<"), Some("&lt;")) => Purposes::HTML,
                (Some(".."), _) => Purposes::PATH,
                (Some("'" | "\""), _) => Purposes::SQL,
                _ => Purposes::NONE,
            };
            for origin in &mut found {
                origin.safe = origin.safe.with(safe);
            }
            return found;
        }
        // Line ends taken out.
        if matches!(method, "replace" | "replaceAll")
            && tree
                .positional(node)
                .next()
                .and_then(|part| self.program().names.text(part))
                .is_some_and(|text| text == "\n" || text == "\r\n")
        {
            for origin in
                tree.child(callee, Field::Object).map(|object| self.gather(std::iter::once(object))).unwrap_or_default()
            {
                join(&mut found, Origin { safe: origin.safe.with(Purposes::LINE), ..origin });
            }
            return found;
        }
        if matches!(method, "format" | "join" | "format_map")
            && let Some(object) = tree.child(callee, Field::Object)
            && self.program().names.type_of(object).is_some_and(|kind| self.tables.escaping_types.contains(&kind))
        {
            for origin in &mut found {
                origin.safe = origin.safe.with(Purposes::HTML);
            }
        }
        if is_method {
            for origin in self.gather(tree.child(callee, Field::Object).into_iter()) {
                join(&mut found, origin);
            }
        }
        let removed = self.taken_out(node, method);
        for origin in &mut found {
            origin.safe = origin.safe.with(removed);
        }
        if self.escapes_markup(node, method) {
            for origin in &mut found {
                origin.safe = origin.safe.with(Purposes::HTML);
            }
        }
        if is_reader(path.unwrap_or_default(), method) && self.reads_file(callee) {
            return vec![Origin { node, source: Source::File, safe: Purposes::NONE, checked: false }];
        }
        found
    }

    /// What `user.getName()` gives where the unit makes the object and sets its properties one by one: what `setName`
    /// and the constructor were given.
    fn property(&self, call: NodeId, callee: NodeId, method: &str) -> Option<Vec<NodeId>> {
        let tree = self.tree();
        let name =
            method.strip_prefix("get").filter(|name| name.starts_with(|first: char| first.is_ascii_uppercase()))?;
        let object = tree.child(callee, Field::Object).filter(|&object| tree.kind(object) == Kind::Name)?;
        if tree.positional(call).next().is_some() {
            return None;
        }
        let mut values = Vec::new();
        let definitions = self.data.definitions_of(object);
        let mut set = false;
        for &at in definitions.iter() {
            match self.data.definitions[at as usize].value {
                Value::Expression(made) if tree.kind(made) == Kind::New => {
                    values.extend(tree.children_in(made, Field::Argument));
                }
                Value::Arguments(setter) => {
                    let setter_name = tree.child(setter, Field::Callee).map(|callee| self.name(callee))?;
                    let property = setter_name.strip_prefix("set")?;
                    set = true;
                    if property == name {
                        values.extend(tree.children_in(setter, Field::Argument));
                    }
                }
                _ => return None,
            }
        }
        set.then_some(values)
    }

    /// Whether `next()` and its like are asked of a scanner or reader, as far as its type and name say.
    fn may_read_input(&self, callee: NodeId, method: &str) -> bool {
        let Some(object) = self.tree().child(callee, Field::Object) else { return true };
        if self.program().language != Language::Java || method != "next" {
            return true;
        }
        if let Some(kind) = self.program().names.type_of(object) {
            kind.ends_with("Scanner")
        } else {
            let name = self.text(object).to_ascii_lowercase();
            ["scan", "sc", "in", "input", "console", "keyboard", "reader"].iter().any(|known| name.starts_with(known))
        }
    }

    /// What a call of a function of the unit returns: its own sources, and its parameters replaced by the arguments.
    fn summary(&self, call: NodeId, function: NodeId) -> Origins {
        let returned = self.gather(self.returns_of(function).into_iter());
        let passed = self.data.passed(call, function);
        let mut found = Origins::new();
        for origin in returned {
            let own = self.tree().kind(origin.node) == Kind::Parameter && self.tree().contains(function, origin.node);
            if !own {
                join(&mut found, origin);
                continue;
            }
            let values = passed.iter().filter(|&&(_, parameter)| parameter == origin.node).map(|&(value, _)| value);
            for mut outer in self.gather(values) {
                outer.safe = outer.safe.with(origin.safe);
                outer.checked |= origin.checked;
                join(&mut found, outer);
            }
        }
        found
    }

    pub(super) fn returns_of(&self, function: NodeId) -> Vec<NodeId> {
        if let Some(known) = self.returns.borrow().get(&function) {
            return known.clone();
        }
        let tree = self.tree();
        let mut list = Vec::new();
        // `x => x.y`
        let body = tree.child(function, Field::Body).filter(|&body| tree.kind(body) != Kind::Block);
        if let Some(body) = body.filter(|_| tree.kind(function) == Kind::Lambda) {
            list.push(body);
            self.returns.borrow_mut().insert(function, list.clone());
            return list;
        }
        if self.program().language.returns_last()
            && let Some(body) = tree.child(function, Field::Body)
        {
            self.last_of(body, 0, &mut list);
        }
        let mut at = NodeId(function.0 + 1);
        while at < tree.end(function) && list.len() < 32 {
            match tree.kind(at) {
                Kind::Function | Kind::Lambda | Kind::Class => at = tree.end(at),
                Kind::Return | Kind::Yield => {
                    list.extend(tree.child(at, Field::Value));
                    at = tree.end(at);
                }
                _ => at = NodeId(at.0 + 1),
            }
        }
        self.returns.borrow_mut().insert(function, list.clone());
        list
    }

    /// The expressions that a block can end with.
    fn last_of(&self, node: NodeId, depth: u32, list: &mut Vec<NodeId>) {
        const MOST_DEPTH: u32 = 12;
        let tree = self.tree();
        if depth > MOST_DEPTH || list.len() >= 16 {
            return;
        }
        match tree.kind(node) {
            Kind::Block | Kind::With | Kind::Try => {
                let field = if tree.kind(node) == Kind::Block { Field::Item } else { Field::Body };
                if let Some(last) = tree.children_in(node, field).last() {
                    self.last_of(last, depth + 1, list);
                }
            }
            Kind::If | Kind::Conditional => {
                for field in [Field::Body, Field::Else] {
                    if let Some(part) = tree.child(node, field) {
                        self.last_of(part, depth + 1, list);
                    }
                }
            }
            Kind::Switch => {
                for case in tree.children(node).filter(|&case| tree.kind(case) == Kind::Case).take(16) {
                    if let Some(body) = tree.children_in(case, Field::Body).last() {
                        self.last_of(body, depth + 1, list);
                    }
                }
            }
            Kind::ExprStatement | Kind::Assign => list.extend(tree.child(node, Field::Value)),
            kind if kind.is_statement() => {}
            _ => list.push(node),
        }
    }

    fn made_safe(&self, call: NodeId, safe: Purposes) -> Origins {
        if safe == Purposes::ALL {
            return Origins::new();
        }
        let tree = self.tree();
        let mut found = self.gather(tree.children_in(call, Field::Argument));
        // A method without arguments is asked of its object.
        let callee = tree.child(call, Field::Callee).filter(|&callee| tree.kind(callee) == Kind::Attribute);
        if tree.positional(call).next().is_none()
            && let Some(object) = callee.and_then(|callee| tree.child(callee, Field::Object))
        {
            found = self.gather(std::iter::once(object));
        }
        for origin in &mut found {
            origin.safe = origin.safe.with(safe);
        }
        found
    }

    /// What `fmt.Sprintf` puts into its text: numbers carry nothing.
    fn formatted(&self, call: NodeId, format: usize) -> Origins {
        let tree = self.tree();
        let text = tree.positional(call).nth(format).and_then(|format| self.program().names.text(format));
        let verbs = text.map(verbs);
        let arguments: Vec<NodeId> = tree.children_in(call, Field::Argument).collect();
        let carries = |at: usize| match &verbs {
            Some(verbs) if at > format => {
                verbs.get(at - format - 1).is_none_or(|verb| matches!(verb, 's' | 'v' | 'q' | 'w'))
            }
            _ => at >= format,
        };
        let carried = arguments.into_iter().enumerate().filter(|&(at, _)| carries(at)).map(|(_, argument)| argument);
        self.gather(carried)
    }

    /// `"/" + name`, `string(os.PathSeparator) + name`.
    fn is_rooted(&self, node: NodeId) -> bool {
        let tree = self.tree();
        let mut at = node;
        for _ in 0..8 {
            match tree.child(at, Field::Left) {
                Some(left) if tree.kind(at) == Kind::Binary => at = left,
                _ => break,
            }
        }
        at != node
            && (self.program().names.text(at).is_some_and(|text| text.starts_with('/'))
                || self.text(at).contains("os.PathSeparator"))
    }

    /// `text.replace("<", "&lt;")`: the step of escaping by hand that takes tags away.
    fn escapes_markup(&self, call: NodeId, method: &str) -> bool {
        if !matches!(method, "replace" | "replaceAll") {
            return false;
        }
        let mut arguments = self.tree().positional(call);
        let (Some(from), Some(to)) = (arguments.next(), arguments.next()) else { return false };
        let every = match self.tree().kind(from) {
            Kind::Regex => self.text(from) == "/</g",
            // In JavaScript a text is replaced once.
            _ if self.program().language.is_script() && method == "replace" => false,
            _ => self.program().names.text(from) == Some("<"),
        };
        every && self.program().names.text(to) == Some("&lt;")
    }

    /// Whether the object of a reading method is an opened file.
    fn reads_file(&self, callee: NodeId) -> bool {
        let tree = self.tree();
        let Some(object) = tree.child(callee, Field::Object) else { return false };
        let opened = |node: NodeId| {
            tree.kind(node) == Kind::Call
                && tree.child(node, Field::Callee).and_then(|callee| self.path(callee)).is_some_and(|path| {
                    matches!(path, "open" | "io.open" | "codecs.open") || path.rsplit('.').next() == Some("open")
                })
        };
        opened(object)
            || self.data.definitions_of(object).iter().any(
                |&at| matches!(self.data.definitions[at as usize].value, Value::Expression(value) if opened(value)),
            )
    }
}

/// Whether a method asks a database or a table of its own for something.
fn answers_from_store(method: &str) -> bool {
    matches!(
        method,
        "find"
            | "findOne"
            | "findById"
            | "findAll"
            | "findAndCountAll"
            | "findByPk"
            | "findMany"
            | "findUnique"
            | "findFirst"
            | "findOneBy"
            | "findBy"
            | "findOneOrFail"
            | "findByIdAndUpdate"
            | "findOneAndUpdate"
            | "findByIdAndDelete"
            | "query"
            | "execute"
            | "aggregate"
            | "countDocuments"
            | "$queryRaw"
            | "$queryRawUnsafe"
            | "get"
            | "getItem"
            | "hget"
            | "hgetall"
            | "all"
            | "deleteOne"
            | "deleteMany"
            | "updateOne"
            | "updateMany"
            | "insertOne"
            | "insertMany"
    )
}

/// Whether a method holds its argument against a schema: `Schema.parse(x)`, `schema.validate(x)`.
fn is_schema(method: &str, object: Option<&str>) -> bool {
    let Some(object) = object else { return false };
    let parses = matches!(method, "parse" | "parseAsync" | "safeParse" | "validate" | "validateSync" | "validateAsync");
    let name = object.rsplit('.').next().unwrap_or(object);
    let lower = name.to_ascii_lowercase();
    parses
        && name != "JSON"
        && (lower.ends_with("schema")
            || lower.ends_with("validator")
            || object.starts_with("z.")
            || object.starts_with("Joi.")
            || name.starts_with(|letter: char| letter.is_ascii_uppercase())
                && name.bytes().any(|byte| byte.is_ascii_lowercase())
                && !matches!(
                    name,
                    "URL" | "Date" | "YAML" | "Yaml" | "Papa" | "Number" | "Url" | "Handlebars" | "Mustache"
                ))
}

/// Where the formatting functions of Go take their format.
fn format_argument(path: &str) -> Option<usize> {
    match path {
        "fmt.Sprintf" | "fmt.Errorf" => Some(0),
        "fmt.Fprintf" => Some(1),
        _ => None,
    }
}

/// The letters of the verbs in a format of Go, in order.
pub(crate) fn verbs(format: &str) -> Vec<char> {
    let mut verbs = Vec::new();
    let mut rest = format;
    while let Some((_, after)) = rest.split_once('%') {
        let plain = after.trim_start_matches(|letter: char| "+-# 0123456789.*[]".contains(letter));
        let mut letters = plain.chars();
        match letters.next() {
            Some('%') | None => {}
            Some(verb) => verbs.push(verb),
        }
        rest = letters.as_str();
    }
    verbs
}

fn is_reader(path: &str, method: &str) -> bool {
    matches!(method, "read" | "readline" | "readlines" | "read_text" | "read_bytes") && !path.starts_with("sys.stdin")
}
