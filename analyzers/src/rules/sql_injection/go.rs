//! Query text in Go: `database/sql` and what is built on it.

use crate::rule::Context;
use crate::syntax::{Kind, NodeId};

/// Packages of databases; what is called on their types runs queries.
const PACKAGES: &[&str] = &[
    "database/sql.",
    "github.com/jmoiron/sqlx.",
    "gorm.io/gorm.",
    "github.com/jinzhu/gorm.",
    "github.com/jackc/pgx",
    "github.com/go-pg/pg",
    "github.com/Masterminds/squirrel.",
    "gopkg.in/Masterminds/squirrel.",
    "github.com/lann/squirrel.",
    "xorm.io/xorm.",
    "github.com/go-xorm/xorm.",
    "github.com/astaxie/beego/orm",
    "github.com/beego/beego",
    "github.com/uptrace/bun",
    "github.com/gogf/gf/database/gdb",
    "github.com/rqlite/gorqlite.",
    "github.com/gocraft/dbr",
];

/// Methods that run or prepare a text, and where it stands after the context.
const METHODS: &[(&str, usize)] = &[
    ("Query", 0),
    ("QueryRow", 0),
    ("Exec", 0),
    ("Prepare", 0),
    ("QueryContext", 0),
    ("QueryRowContext", 0),
    ("ExecContext", 0),
    ("PrepareContext", 0),
    ("Queryx", 0),
    ("QueryRowx", 0),
    ("QueryxContext", 0),
    ("QueryRowxContext", 0),
    ("Preparex", 0),
    ("PrepareNamed", 0),
    ("MustExec", 0),
    ("MustExecContext", 0),
    ("NamedExec", 0),
    ("NamedQuery", 0),
    ("NamedExecContext", 0),
    ("Raw", 0),
    ("QueryOne", 1),
    ("SelectContext", 1),
    ("GetContext", 1),
];
/// Methods that do so only on the types of a database.
const TYPED: &[(&str, usize)] = &[
    ("Select", 1),
    ("Get", 1),
    ("Where", 0),
    ("Or", 0),
    ("Not", 0),
    ("Having", 0),
    ("Order", 0),
    ("OrderBy", 0),
    ("Group", 0),
    ("GroupBy", 0),
    ("Joins", 0),
    ("Join", 0),
    ("Pluck", 0),
    ("Table", 0),
    ("From", 0),
    ("Set", 0),
    ("Suffix", 0),
    ("Prefix", 0),
    ("Expr", 0),
    ("ExecuteInTable", 0),
    ("SQL", 0),
    ("Columns", 0),
    ("Column", 0),
    ("Write", 0),
    ("WriteOne", 0),
];

/// Packages whose `Query`, `Get` and `Set` are about requests.
const WEB: &[&str] = &[
    "net/http.",
    "net/url.",
    "github.com/gin-gonic/gin.",
    "github.com/labstack/echo.",
    "github.com/gofiber/fiber.",
    "github.com/valyala/fasthttp.",
    "github.com/kataras/iris.",
];

/// Whether a callee lies in the package of a database.
pub(super) fn is_database(path: &str) -> bool {
    PACKAGES.iter().any(|package| path.starts_with(package))
}

/// The query text that a call runs, prepares or becomes part of.
pub(super) fn query_of(context: &Context<'_>, call: NodeId) -> Option<NodeId> {
    let path = context.callee(call);
    if WEB.iter().any(|package| path.starts_with(package)) {
        return None;
    }
    // `run := db.Query` and then `run(text)`
    let method = match context.method(call) {
        "" if is_database(path) => path.rsplit('.').next().unwrap_or_default(),
        method => method,
    };
    let known = METHODS.iter().chain(TYPED.iter().filter(|_| is_database(path)));
    let &(_, at) = known.into_iter().find(|(name, _)| *name == method)?;
    let mut arguments = context.tree().positional(call).skip_while(|&part| is_context(context, part)).skip(at);
    let first = arguments.next()?;
    // gorm's Select and Pluck take the columns first; the others have a place for the result before the text.
    if at == 1 && !matches!(context.kind(first), Kind::String | Kind::Binary | Kind::Name | Kind::Call) {
        return None;
    }
    Some(first)
}

/// Whether an argument is a `context.Context`.
fn is_context(context: &Context<'_>, node: NodeId) -> bool {
    let text = context.source(node);
    let typed = context.program().names.type_of(node).is_some_and(|kind| kind == "context.Context");
    typed || text == "ctx" || text.starts_with("context.") || text.ends_with(".Context()")
}

/// Whether a call puts text together.
pub(super) fn builds(context: &Context<'_>, call: NodeId) -> bool {
    matches!(
        context.callee(call),
        "fmt.Sprintf" | "fmt.Sprint" | "fmt.Sprintln" | "strings.Join" | "strings.ReplaceAll" | "strings.Replace"
    ) || (context.method(call) == "String" && context.positional(call, 0).is_none())
}
