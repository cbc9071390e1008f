//! CWE-89: values of a query become parameters; never an identifier, never where the driver is not known.

use super::parts::{Part, can_move, literal, parts, quoted, reads, source};
use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

const CWE: &[u16] = &[89];
const SUMMARY: &str = "pass the values of the query as parameters";

const BINDER: &str = "private static PreparedStatement bindParameters(PreparedStatement statement, Object... values) throws SQLException {
    for (int index = 0; index < values.length; index++) {
        statement.setObject(index + 1, values[index]);
    }
    return statement;
}
";

/// A query with placeholders, and the source text of its parameters.
pub(super) struct Query {
    pub(super) text: String,
    pub(super) values: Vec<NodeId>,
    pub(super) parameters: Vec<String>,
}

/// Puts placeholders in place of values; `None` where a value is no value of the query language.
pub(super) fn parametrise(
    context: Context<'_>,
    parts: &[Part],
    placeholder: impl Fn(usize) -> String,
) -> Option<Query> {
    let mut query = Query { text: String::new(), values: Vec::new(), parameters: Vec::new() };
    // What is left of the text after a closing quote.
    let mut rest = String::new();
    for (at, part) in parts.iter().enumerate() {
        match part {
            Part::Text(text) => {
                let text = if rest.is_empty() { text.as_str() } else { rest.as_str() };
                if text.contains('?') {
                    return None;
                }
                query.text.push_str(text);
                rest.clear();
            }
            Part::Value(node) if context.program.names.constant(*node).is_some() => {
                query.text.push_str(context.program.names.text(*node)?);
            }
            Part::Value(node) => {
                let next = match parts.get(at + 1) {
                    Some(Part::Text(next)) => next.as_str(),
                    Some(Part::Value(_)) => return None,
                    None => "",
                };
                let value = value_source(context, *node);
                let quotes = query.text.matches('\'').count();
                if quotes % 2 == 1 {
                    let open = query.text.rfind('\'')?;
                    let close = next.find('\'')?;
                    let (before, after) = (query.text[open + 1..].to_owned(), &next[..close]);
                    if before.contains(';') || after.contains(';') {
                        return None;
                    }
                    query.text.truncate(open);
                    next[close + 1..].clone_into(&mut rest);
                    if rest.is_empty() {
                        rest.push(' ');
                    }
                    query.parameters.push(joined(&before, &value, after));
                } else if takes_value(&query.text)
                    && !next.starts_with(|letter: char| {
                        letter.is_alphanumeric() || matches!(letter, '_' | '.' | '\'' | '`' | '"')
                    })
                {
                    query.parameters.push(value);
                } else {
                    return None;
                }
                query.values.push(*node);
                query.text.push_str(&placeholder(query.values.len()));
            }
        }
    }
    query.text.truncate(query.text.trim_end().len());
    (!query.values.is_empty()).then_some(query)
}

/// Source of a value, in parentheses where an operator beside it would take it apart.
fn value_source(context: Context<'_>, node: NodeId) -> String {
    let text = context.text(node);
    match context.tree().kind(node) {
        Kind::Binary | Kind::Conditional | Kind::Boolean | Kind::Compare | Kind::Assign => format!("({text})"),
        _ => text.to_owned(),
    }
}

/// `"%" + value + "%"` where the literal held more than the value.
fn joined(before: &str, value: &str, after: &str) -> String {
    let mut text = value.to_owned();
    if !before.is_empty() {
        text = format!("{} + {text}", literal(before));
    }
    if !after.is_empty() {
        text = format!("{text} + {}", literal(after));
    }
    text
}

/// Whether a value may follow this query text, rather than a name or a keyword.
fn takes_value(text: &str) -> bool {
    const CLAUSES: &[&str] = &[
        "SELECT", "FROM", "WHERE", "SET", "VALUES", "ORDER", "GROUP", "HAVING", "LIMIT", "OFFSET", "INTO", "UPDATE",
        "TABLE", "JOIN", "ON", "BY", "ALTER", "CREATE", "DROP",
    ];
    let upper = text.to_ascii_uppercase();
    let clause = upper
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .rfind(|word| CLAUSES.contains(word));
    let end = upper.trim_end();
    let word = end.rsplit(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default();
    let operator = end.ends_with(['=', '<', '>', '(', ',', '+', '-']) || matches!(word, "LIKE" | "BETWEEN" | "AND");
    operator && matches!(clause, Some("WHERE" | "SET" | "VALUES" | "HAVING" | "ON"))
}

/// Java: `Statement`, `PreparedStatement`, `JdbcTemplate` and JPA.
pub(super) fn java(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    if tree.kind(call) != Kind::Call {
        return;
    }
    let path = context.callee_path(call);
    let method = context.callee_name(call);
    let edit = if path.starts_with("org.springframework.jdbc.core.JdbcTemplate.") {
        template(context, call, method)
    } else if matches!(method, "createQuery" | "createNativeQuery" | "createSQLQuery") {
        persistence(context, call)
    } else if method == "prepareStatement" {
        prepared(context, call)
    } else if matches!(method, "executeQuery" | "executeUpdate" | "execute" | "executeLargeUpdate") {
        statement(context, call)
    } else {
        None
    };
    out.extend(edit);
}

fn inline(
    context: Context<'_>,
    argument: NodeId,
    placeholder: impl Fn(usize) -> String,
) -> Option<(Query, NodeId, Option<NodeId>)> {
    let (value, statement) = source(context, argument)?;
    let query = parametrise(context, &parts(context.program, value)?, placeholder)?;
    if let Some(statement) = statement {
        let kept = reads(context, argument).len() == 1
            && query.values.iter().all(|&value| can_move(context, value, statement));
        kept.then_some(())?;
    }
    Some((query, value, statement))
}

/// `template.query(sql, mapper)` takes the values at its end.
fn template(context: Context<'_>, call: NodeId, method: &str) -> Option<Edit> {
    let tree = context.tree();
    let count = tree.positional(call).count();
    let most = match method {
        "update" | "queryForRowSet" | "queryForMap" => 1,
        "query" | "queryForObject" | "queryForList" => 2,
        _ => return None,
    };
    let argument = tree.positional(call).next().filter(|_| count <= most)?;
    let beside_array = tree.positional(call).skip(1).any(|other| tree.kind(other) == Kind::List);
    let (query, value, _) = inline(context, argument, |_| "?".to_owned()).filter(|_| !beside_array)?;
    let (end, _) = context.argument_end(call)?;
    let draft = Draft::new(EditKind::ParameteriseQuery, call, CWE, SUMMARY);
    Some(
        draft
            .replace(tree.span(value), literal(&query.text))
            .insert(end, format!(", {}", query.parameters.join(", ")))
            .finish(),
    )
}

/// `manager.createQuery(text)` → with `?1` and `.setParameter(1, value)`.
fn persistence(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let argument = tree.positional(call).next()?;
    let (query, value, _) = inline(context, argument, |number| format!("?{number}"))?;
    let mut setters = String::new();
    for (at, parameter) in query.parameters.iter().enumerate() {
        setters.extend([".setParameter(", &(at + 1).to_string(), ", ", parameter, ")"]);
    }
    let draft = Draft::new(EditKind::ParameteriseQuery, call, CWE, SUMMARY);
    Some(draft.replace(tree.span(value), literal(&query.text)).insert(tree.span(call).end as usize, setters).finish())
}

/// Imports and the helper that binding values needs.
fn binding(context: Context<'_>, draft: Draft) -> Draft {
    let tree = context.tree();
    let imported = |class: &str| {
        tree.ids().filter(|&node| tree.kind(node) == Kind::ImportItem).any(|node| {
            let path = tree.import_path(node).unwrap_or_default();
            path == format!("java.sql.{class}") || (path == "java.sql" && context.name(node) == "*")
        })
    };
    let needed = |class: &str| (!imported(class)).then(|| format!("import java.sql.{class};"));
    draft.import(needed("PreparedStatement")).import(needed("SQLException")).helper("bindParameters", BINDER.to_owned())
}

/// `connection.prepareStatement("…" + value)` → a constant query, its values bound.
fn prepared(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    if tree.positional(call).count() != 1 {
        return None;
    }
    let (query, value, _) = inline(context, tree.positional(call).next()?, |_| "?".to_owned())?;
    let span = tree.span(call);
    let draft = Draft::new(EditKind::ParameteriseQuery, call, CWE, SUMMARY)
        .insert(span.start as usize, "bindParameters(")
        .replace(tree.span(value), literal(&query.text))
        .insert(span.end as usize, format!(", {})", query.parameters.join(", ")));
    Some(binding(context, draft).finish())
}

/// `createStatement()` and `executeQuery(text)` → `prepareStatement` with the values bound, and `executeQuery()`.
fn statement(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let names = &context.program.names;
    let object = tree.child(tree.child(call, Field::Callee)?, Field::Object)?;
    let argument = tree.positional(call).next().filter(|_| tree.positional(call).count() == 1)?;
    let (creation, declaration) = match tree.kind(object) {
        Kind::Name => {
            let definition = names.definition(object)?;
            (definition.value?, Some(tree.parent(definition.node)?))
        }
        _ => (object, None),
    };
    let callee = tree.child(creation, Field::Callee).filter(|_| tree.kind(creation) == Kind::Call)?;
    if context.name(callee) != "createStatement" || tree.positional(creation).next().is_some() {
        return None;
    }
    // Nothing else may be run by the same statement.
    let others = |read: &NodeId| {
        let above = tree.parent(*read).filter(|&above| tree.kind(above) == Kind::Attribute);
        *read != object && above.is_none_or(|above| context.name(above) != "close")
    };
    if declaration.is_some() && reads(context, object).iter().any(others) {
        return None;
    }
    let (value, variable) = source(context, argument)?;
    let query = parametrise(context, &parts(context.program, value)?, |_| "?".to_owned())?;
    if !query.values.iter().all(|&value| creation == object && variable.is_none() || can_move(context, value, creation))
    {
        return None;
    }
    let mut text = literal(&query.text);
    let mut draft = Draft::new(EditKind::ParameteriseQuery, call, CWE, SUMMARY);
    if let Some(variable) = variable {
        if variable < creation && tree.kind(argument) == Kind::Name {
            draft = draft.replace(tree.span(value), text.as_str());
            context.text(argument).clone_into(&mut text);
        } else {
            // The text is made after the statement: its only reader takes it directly.
            if reads(context, argument).len() != 1 {
                return None;
            }
            let span = tree.span(variable);
            draft = draft.replace(crate::edit::whole_lines(&context.program.text, span), "");
        }
    }
    if let Some(declaration) = declaration {
        let declared = tree.child(declaration, Field::Type)?;
        match context.text(declared) {
            "Statement" => draft = draft.replace(tree.span(declared), "PreparedStatement"),
            "var" => {}
            _ => return None,
        }
    }
    let connection = context.text(tree.child(callee, Field::Object)?);
    let bound = format!("bindParameters({connection}.prepareStatement({text}), {})", query.parameters.join(", "));
    draft = draft.replace(tree.span(creation), bound).replace(context.whole_argument(call, argument), "");
    Some(binding(context, draft).finish())
}

/// How the drivers of JavaScript take parameters.
enum Driver {
    /// `?` and an array.
    Question,
    /// `$1` and an array.
    Dollar,
    /// `?` and `{ replacements: […] }`.
    Replacements,
    /// `?` and an array, of pieces of a builder's query.
    Raw,
    /// `?`, and the values where the statement is run.
    Prepared,
}

fn driver(context: Context<'_>, call: NodeId) -> Option<Driver> {
    let tree = context.tree();
    let mut modules: Vec<&str> = tree
        .ids()
        .filter(|&node| tree.kind(node) == Kind::ImportItem)
        .filter_map(|node| tree.import_path(node))
        .collect();
    for required in tree.ids().filter(|&node| tree.kind(node) == Kind::Call && context.callee_path(node) == "require") {
        modules.extend(context.path(required).split('.').next());
    }
    let has = |wanted: &[&str]| {
        modules.iter().any(|module| wanted.iter().any(|name| module == name || module.starts_with(&format!("{name}."))))
    };
    let found = [
        (has(&["pg", "pg-pool", "@neondatabase/serverless", "@vercel/postgres"]), Driver::Dollar),
        (has(&["sequelize"]), Driver::Replacements),
        (has(&["knex"]), Driver::Raw),
        (has(&["better-sqlite3"]), Driver::Prepared),
        (has(&["mysql", "mysql2", "mysql2/promise", "promise-mysql", "sqlite3", "sqlite"]), Driver::Question),
    ];
    let mut known = found.into_iter().filter(|(present, _)| *present).map(|(_, driver)| driver);
    let driver = known.next().filter(|_| known.next().is_none())?;
    let method = context.callee_name(call);
    let fits = match driver {
        Driver::Dollar => method == "query",
        Driver::Replacements => method == "query",
        Driver::Raw => matches!(method, "raw" | "whereRaw" | "havingRaw" | "andWhereRaw" | "orWhereRaw" | "joinRaw"),
        Driver::Prepared => method == "prepare",
        Driver::Question => matches!(method, "query" | "execute" | "all" | "get" | "run" | "each"),
    };
    fits.then_some(driver)
}

/// JavaScript: the drivers of MySQL, SQLite and PostgreSQL, and Sequelize.
pub(super) fn javascript(context: Context<'_>, call: NodeId, out: &mut Vec<Edit>) {
    if context.tree().kind(call) == Kind::Call {
        out.extend(script(context, call));
    }
}

fn script(context: Context<'_>, call: NodeId) -> Option<Edit> {
    let tree = context.tree();
    let mut arguments = tree.positional(call);
    let argument = arguments.next()?;
    let free = match arguments.next() {
        None => true,
        Some(second) => {
            let name = context.text(second);
            tree.kind(second) == Kind::Lambda
                || tree.kind(second) == Kind::Name && matches!(name, "cb" | "callback" | "done" | "next" | "handler")
        }
    };
    let driver = driver(context, call)?;
    // Options of Sequelize take the values too.
    let options = tree.positional(call).nth(1).filter(|&options| {
        matches!(driver, Driver::Replacements)
            && tree.kind(options) == Kind::Dict
            && tree.children(options).next().is_some()
            && !["replacements", "bind"].iter().any(|name| context.text(options).contains(name))
    });
    if !free && options.is_none() {
        return None;
    }
    let (query, value, _) = inline(context, argument, |number| match driver {
        Driver::Dollar => format!("${number}"),
        _ => "?".to_owned(),
    })?;
    let values = query.parameters.join(", ");
    let draft = Draft::new(EditKind::ParameteriseQuery, call, CWE, SUMMARY);
    if let Some(options) = options {
        let at = tree.span(tree.children(options).next()?).start as usize;
        let draft = draft.replace(tree.span(value), quoted(context, &query.text));
        return Some(draft.insert(at, format!("replacements: [{values}], ")).finish());
    }
    if matches!(driver, Driver::Prepared) {
        // `db.prepare(…).get()`
        let run = tree.parent(call).and_then(|method| tree.parent(method)).filter(|&run| {
            tree.kind(run) == Kind::Call
                && matches!(context.callee_name(run), "get" | "all" | "run" | "iterate")
                && tree.children_in(run, Field::Argument).next().is_none()
        })?;
        let (end, _) = context.argument_end(run)?;
        return Some(draft.replace(tree.span(value), quoted(context, &query.text)).insert(end, values).finish());
    }
    let values = if matches!(driver, Driver::Replacements) {
        format!("{{ replacements: [{values}] }}")
    } else {
        format!("[{values}]")
    };
    let at = context.whole_argument(call, argument).end as usize;
    let text = quoted(context, &query.text);
    Some(draft.replace(tree.span(value), text).insert(at, format!(", {values}")).finish())
}
