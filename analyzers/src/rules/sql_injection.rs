//! CWE-89: query text with values built into it.

mod dynamic;
mod go;
mod java;
mod more;
mod native;
mod script;

use std::collections::HashSet;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::graph::dfg::Value;
use crate::lang::Language;
use crate::rule::{
    Context, Exposure, Findings, Report, Rule, c, c_row, example, java, java_row, javascript, javascript_row, python,
    python_row, row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

pub(crate) const RULE: Rule = Rule {
    id: "sql-injection",
    cwe: &[89],
    severity: Severity::High,
    summary: "Values are built into the text of a database query.",
    advice: "Keep the query text constant and pass values as parameters; choose table and column names from a fixed list.",
    rows: &[
        row(&[Language::Sql], &[Kind::Other], dynamic::check),
        c_row(&[Kind::Call], native::check),
        go_row(&[Kind::Call], check_call),
        go_row(&[Kind::Binary], check_text),
        python_row(&[Kind::Call], check_call),
        python_row(&[Kind::Template, Kind::Binary], check_text),
        java_row(&[Kind::Call], check_call),
        java_row(&[Kind::Binary], check_text),
        java_row(&[Kind::Decorator], java::mapped),
        javascript_row(&[Kind::Call, Kind::New], check_call),
        javascript_row(&[Kind::Template, Kind::Binary], check_text),
        row(
            &[Language::Php, Language::CSharp, Language::Ruby, Language::Rust],
            &[Kind::Call, Kind::New, Kind::Assign],
            more::check,
        ),
    ],
    bad: &[
        golang(
            "package p\nimport (\"github.com/gin-gonic/gin\"; \"gorm.io/gorm\")\nfunc list(c *gin.Context, db *gorm.DB) {\n\tsort := c.Query(\"sort\")\n\tvar users []User\n\tdb.Order(sort).Find(&users)\n}\n",
        ),
        example(
            Language::Sql,
            "CREATE PROCEDURE find @name NVARCHAR(50) AS\nBEGIN\n  DECLARE @sql NVARCHAR(500);\n  SET @sql = N'SELECT * FROM users WHERE name = ''' + @name + '''';\n  EXEC(@sql);\nEND;\n",
        ),
        example(Language::Sql, "BEGIN\n  EXECUTE IMMEDIATE 'DELETE FROM t WHERE id = ' || p_id;\nEND;\n"),
        example(Language::Sql, "SET @s = CONCAT('SELECT * FROM t WHERE a = ', p_a);\nPREPARE stmt FROM @s;\n"),
        c(
            "#include <mysql.h>\nint main(int argc, char **argv) { char q[99]; snprintf(q, sizeof q, \"SELECT * FROM t WHERE n = '%s'\", argv[1]); mysql_query(db, q); }\n",
        ),
        c(
            "#include <sqlite3.h>\nvoid f(sqlite3 *db, const char *name) { char q[99]; sprintf(q, \"DELETE FROM t WHERE n = '%s'\", name); sqlite3_exec(db, q, 0, 0, 0); }\n",
        ),
        golang(
            "package p\nimport (\"database/sql\"; \"net/http\")\nfunc f(db *sql.DB, r *http.Request) { db.Query(\"SELECT * FROM t WHERE n = '\" + r.FormValue(\"n\") + \"'\") }\n",
        ),
        golang(
            "package p\nimport (\"database/sql\"; \"fmt\")\nfunc f(db *sql.DB, n string) error {\n\tq := fmt.Sprintf(\"DELETE FROM t WHERE n = '%s'\", n)\n\t_, err := db.Exec(q)\n\treturn err\n}\n",
        ),
        golang(
            "package p\nimport (\"context\"; \"database/sql\"; \"net/http\")\ntype server struct { db *sql.DB }\nfunc (s *server) get(ctx context.Context, r *http.Request) {\n\tvar n string\n\tn = r.URL.Query().Get(\"n\")\n\ts.db.QueryRowContext(ctx, \"SELECT * FROM t WHERE n = \" + n)\n}\n",
        ),
        golang("db.Raw(fmt.Sprintf(\"SELECT * FROM t WHERE n = %s\", c.Query(\"n\"))).Scan(&x)\n"),
        python("def f(cursor, name):\n    cursor.execute(\"SELECT * FROM users WHERE name = '%s'\" % name)\n"),
        python("def f(cur, name):\n    q = f\"DELETE FROM users WHERE name = '{name}'\"\n    cur.execute(q)\n"),
        python("def f(c, n):\n    c.execute('SELECT * FROM t WHERE n = ' + n)\n"),
        python("def f(c, n):\n    c.execute('SELECT * FROM t WHERE n = {}'.format(n))\n"),
        python("def f(c, n):\n    parts = ['SELECT * FROM t WHERE n = ', n]\n    c.execute(''.join(parts))\n"),
        python("def build(n):\n    return 'SELECT * FROM t WHERE n = ' + n\n"),
        python("def f(c, n):\n    sql = 'SELECT * FROM t'\n    sql += ' WHERE n = ' + n\n    c.execute(sql)\n"),
        python(
            "def q(n):\n    return \"SELECT * FROM t WHERE n = '\" + n + \"'\"\ndef f(c, n):\n    c.execute(q(n))\n",
        ),
        python("def f(c):\n    n = input()\n    c.executescript(f\"INSERT INTO t VALUES ('{n}')\")\n"),
        python(
            "from sqlalchemy import text\ndef f(s, n):\n    s.execute(text(f\"SELECT * FROM t WHERE n = '{n}'\"))\n",
        ),
        python("def f(n):\n    return User.objects.raw('SELECT * FROM t WHERE n = %s' % n)\n"),
        java("interface A { @Select(\"SELECT * FROM t WHERE n = '${n}'\") List<T> f(@Param(\"n\") String n); }\n"),
        java(
            "import java.sql.*;\nclass A { ResultSet f(Connection c, String n) throws SQLException { return c.createStatement().executeQuery(\"SELECT * FROM t WHERE n = '\" + n + \"'\"); } }\n",
        ),
        java(
            "import java.sql.*;\nclass A { void f(Connection c, HttpServletRequest r) throws SQLException { String q = \"SELECT * FROM t WHERE n = '\" + r.getParameter(\"n\") + \"'\"; Statement s = c.createStatement(); s.execute(q); } }\n",
        ),
        java(
            "import java.sql.*;\nclass A { void f(Connection c, String n) throws SQLException { c.prepareStatement(\"DELETE FROM t WHERE n = '\" + n + \"'\").executeUpdate(); } }\n",
        ),
        java(
            "class A { Object f(JdbcTemplate t, String n) { return t.queryForList(\"SELECT * FROM t WHERE n = '\" + n + \"'\"); } }\n",
        ),
        java(
            "class A { Object f(EntityManager m, String n) { return m.createQuery(\"SELECT u FROM U u WHERE u.n = '\" + n + \"'\").getResultList(); } }\n",
        ),
        java(
            "class A { String f(String n) { return String.format(\"SELECT * FROM t WHERE n = '%s'\", n); } void g(Statement s, String n) throws Exception { s.executeQuery(f(n)); } }\n",
        ),
        javascript(
            "function f(users, name) { return users.createQueryBuilder('u').where(\"u.name = '\" + name + \"'\").getMany(); }\n",
        ),
        javascript(
            "app.get('/', (req, res) => { db('items').whereRaw('name = ' + req.query.name).then(rows => res.json(rows)); });\n",
        ),
        javascript(
            "app.get('/', async (req, res) => { res.json(await User.findAll({ order: sequelize.literal(req.query.sort) })); });\n",
        ),
        javascript("function f(db, n) { db.query(`SELECT * FROM t WHERE n = '${n}'`); }\n"),
        javascript(
            "app.get('/', (req, res) => { const q = \"SELECT * FROM t WHERE n = '\" + req.query.n + \"'\"; db.all(q, done); });\n",
        ),
        javascript(
            "async function f(pool, n) { let q = 'SELECT * FROM t'; q += ' WHERE n = ' + n; return (await pool.query(q)).rows; }\n",
        ),
        javascript("function f(n) { return sequelize.query('SELECT * FROM t WHERE n = ' + n); }\n"),
        example(
            Language::Php,
            "<?php\n$id = $_GET['id'];\n$r = mysqli_query($conn, \"SELECT * FROM users WHERE id = $id\");\n",
        ),
        example(
            Language::Php,
            "<?php\nfunction f($pdo, $name) { return $pdo->query('SELECT * FROM t WHERE n = \\'' . $name . '\\''); }\n",
        ),
        example(
            Language::CSharp,
            "class A { void F(string id, SqlConnection c) { var cmd = new SqlCommand(\"SELECT * FROM t WHERE id = '\" + id + \"'\", c); } }\n",
        ),
        example(
            Language::CSharp,
            "class A { void F(string id, SqlCommand cmd) { cmd.CommandText = $\"SELECT * FROM t WHERE id = {id}\"; } }\n",
        ),
        example(Language::Ruby, "def show\n  User.where(\"name = '#{params[:name]}'\")\nend\n"),
        example(
            Language::Ruby,
            "def f(name)\n  ActiveRecord::Base.connection.execute('SELECT * FROM t WHERE n = ' + name)\nend\n",
        ),
        example(
            Language::Rust,
            "async fn f(pool: &Pool, id: String) { sqlx::query(&format!(\"SELECT * FROM t WHERE id = {}\", id)).fetch_all(pool).await; }\n",
        ),
    ],
    good: &[
        golang(
            "package p\nimport (\"github.com/gin-gonic/gin\"; \"gorm.io/gorm\")\nfunc list(c *gin.Context, db *gorm.DB) {\n\tname := c.Query(\"name\")\n\tvar users []User\n\tdb.Where(\"name = ?\", name).Order(\"id\").Find(&users)\n}\n",
        ),
        example(
            Language::Sql,
            "CREATE PROCEDURE find @name NVARCHAR(50) AS\nBEGIN\n  EXEC sp_executesql N'SELECT * FROM users WHERE name = @n', N'@n NVARCHAR(50)', @n = @name;\nEND;\n",
        ),
        example(
            Language::Sql,
            "BEGIN\n  EXECUTE format('SELECT * FROM %I WHERE a = $1', t) USING x;\n  EXECUTE 'SELECT * FROM ' || quote_ident(t);\nEND;\n",
        ),
        example(Language::Sql, "SELECT first || ' ' || last FROM users WHERE name = 'a';\n"),
        c(
            "#include <sqlite3.h>\nvoid f(sqlite3 *db, const char *name) { sqlite3_stmt *s; sqlite3_prepare_v2(db, \"SELECT 1 FROM t WHERE n = ?\", -1, &s, 0); sqlite3_bind_text(s, 1, name, -1, 0); }\n",
        ),
        c(
            "#include <sqlite3.h>\nvoid f(sqlite3 *db, int id) { char q[99]; sprintf(q, \"DELETE FROM t WHERE n = %d\", id); sqlite3_exec(db, q, 0, 0, 0); }\n",
        ),
        golang(
            "package p\nimport (\"database/sql\"; \"net/http\")\nfunc f(db *sql.DB, r *http.Request) { db.Query(\"SELECT * FROM t WHERE n = ?\", r.FormValue(\"n\")) }\n",
        ),
        golang(
            "package p\nimport (\"database/sql\"; \"fmt\"; \"net/http\"; \"strconv\")\nfunc f(db *sql.DB, r *http.Request) {\n\tid, err := strconv.Atoi(r.FormValue(\"id\"))\n\tif err != nil { return }\n\tdb.Query(fmt.Sprintf(\"SELECT * FROM t WHERE id = %d\", id))\n}\n",
        ),
        golang(
            "package p\nimport (\"database/sql\")\nconst table = \"t\"\nfunc f(db *sql.DB) { db.Query(\"SELECT * FROM \" + table) }\n",
        ),
        golang(
            "package p\nimport (\"fmt\")\nfunc f(name string) { fmt.Printf(\"please select %s from the list\", name) }\n",
        ),
        python("def f(cursor, name):\n    cursor.execute('SELECT * FROM users WHERE name = %s', (name,))\n"),
        python("T = 'users'\ndef f(c, n):\n    c.execute(f'SELECT * FROM {T} WHERE n = ?', (n,))\n"),
        python(
            "def f(c, ids):\n    marks = ','.join('?' * len(ids))\n    c.execute(f'SELECT * FROM t WHERE id IN ({marks})', ids)\n",
        ),
        python("def f(c, n):\n    c.execute('SELECT * FROM t WHERE id = %d' % int(n))\n"),
        python(
            "def f(c, column):\n    if column not in ('a', 'b'):\n        raise ValueError()\n    c.execute(f'SELECT {column} FROM t')\n",
        ),
        python("def f(name):\n    print(f'please select {name} from the list')\n"),
        python("def f(pool, task):\n    pool.execute(task)\n"),
        java(
            "import java.sql.*;\nclass A { void f(Connection c, String n) throws SQLException { PreparedStatement s = c.prepareStatement(\"SELECT * FROM t WHERE n = ?\"); s.setString(1, n); s.executeQuery(); } }\n",
        ),
        java(
            "import java.sql.*;\nclass A { static final String T = \"t\"; void f(Statement s) throws SQLException { s.execute(\"SELECT * FROM \" + T); } }\n",
        ),
        java(
            "import java.sql.*;\nclass A { void f(Statement s, int id) throws SQLException { s.execute(\"SELECT * FROM t WHERE id = \" + id); } }\n",
        ),
        java("class A { void f(Executor e, Runnable r) { e.execute(r); } }\n"),
        java("interface A { @Select(\"SELECT * FROM t WHERE n = #{n}\") List<T> f(@Param(\"n\") String n); }\n"),
        javascript(
            "function f(users, name) { return users.createQueryBuilder('u').where('u.name = :name', { name }).getMany(); }\n",
        ),
        javascript(
            "app.get('/', async (req, res) => { res.json(await sql.query`SELECT * FROM t WHERE id = ${req.query.id}`); });\n",
        ),
        javascript("function f(db, n) { db.query('SELECT * FROM t WHERE n = ?', [n]); }\n"),
        javascript("function f(n) { return sql`SELECT * FROM t WHERE n = ${n}`; }\n"),
        javascript("function f(n) { console.log(`select ${n} from the list (now)`); }\n"),
        javascript("function f(list, n) { return list.all(n) || cache.get(n); }\n"),
        example(
            Language::Php,
            "<?php\n$stmt = $pdo->prepare('SELECT * FROM users WHERE id = ?');\n$stmt->execute([$_GET['id']]);\n",
        ),
        example(
            Language::Php,
            "<?php\n$id = (int) $_GET['id'];\nmysqli_query($conn, \"SELECT * FROM users WHERE id = $id\");\n",
        ),
        example(
            Language::CSharp,
            "class A { void F(int id, SqlConnection c) { var cmd = new SqlCommand(\"SELECT * FROM t WHERE id = @id\", c); cmd.Parameters.AddWithValue(\"@id\", id); } }\n",
        ),
        example(Language::Ruby, "def show\n  User.where('name = ?', params[:name])\nend\n"),
        example(Language::Ruby, "def show\n  User.where(name: params[:name]).order(:id)\nend\n"),
        example(
            Language::Rust,
            "async fn f(pool: &Pool, id: String) { sqlx::query(\"SELECT * FROM t WHERE id = $1\").bind(id).fetch_all(pool).await; }\n",
        ),
    ],
};

/// Methods that run their first argument as query text.
const METHODS: &[&str] = &[
    "execute",
    "executemany",
    "executescript",
    "raw",
    "execute_sql",
    "exec_driver_sql",
    "executeQuery",
    "fetchrow",
    "fetchval",
];
/// Functions that do, or that make query objects of text.
const FUNCTIONS: &[&str] = &[
    "sqlalchemy.text",
    "sqlalchemy.sql.text",
    "sqlalchemy.sql.expression.text",
    "sqlalchemy.sql.expression.TextClause",
    "pandas.read_sql",
    "pandas.read_sql_query",
    "django.db.models.expressions.RawSQL",
    "psycopg2.sql.SQL",
    "psycopg.sql.SQL",
    "peewee.SQL",
    // As fragments write it.
    "text",
    "sql.text",
    "db.text",
    "sa.text",
];
/// Methods whose keyword or first arguments become parts of a query.
const PARTS: &[&str] = &["extra"];

/// Java methods that run or prepare their first argument, by class.
const JAVA_CLASSES: &[(&str, &[&str])] = &[
    ("java.sql.Statement", &["execute", "executeQuery", "executeUpdate", "executeLargeUpdate", "addBatch"]),
    ("java.sql.PreparedStatement", &["execute", "executeQuery", "executeUpdate", "addBatch"]),
    ("java.sql.Connection", &["prepareStatement", "prepareCall", "nativeSQL"]),
    (
        "org.springframework.jdbc.core.JdbcTemplate",
        &[
            "query",
            "queryForObject",
            "queryForList",
            "queryForMap",
            "queryForRowSet",
            "queryForInt",
            "queryForLong",
            "queryForStream",
            "update",
            "execute",
            "batchUpdate",
        ],
    ),
    (
        "org.springframework.jdbc.core.namedparam.NamedParameterJdbcTemplate",
        &["query", "queryForObject", "queryForList", "queryForMap", "update", "execute", "batchUpdate"],
    ),
    ("javax.persistence.EntityManager", &["createQuery", "createNativeQuery"]),
    (
        "org.springframework.jdbc.core.JdbcOperations",
        &["query", "queryForObject", "queryForList", "queryForMap", "update", "execute", "batchUpdate"],
    ),
    ("org.jooq.DSLContext", &["fetch", "fetchOne", "fetchValue", "execute", "query", "resultQuery", "batch"]),
    ("org.jooq.impl.DSL", &["sql", "condition", "field", "query"]),
    ("org.hibernate.SharedSessionContract", &["createQuery", "createSQLQuery", "createNativeQuery"]),
    ("org.hibernate.query.QueryProducer", &["createQuery", "createNativeQuery", "createSQLQuery"]),
    ("io.vertx.sqlclient.SqlClient", &["query", "preparedQuery"]),
    ("org.springframework.r2dbc.core.DatabaseClient", &["sql"]),
    ("org.jdbi.v3.core.Handle", &["createQuery", "createUpdate", "execute", "select"]),
    ("java.sql.Statement", &["execute", "executeQuery", "executeUpdate", "executeLargeUpdate", "addBatch"]),
    ("org.hibernate.Session", &["createQuery", "createSQLQuery", "createNativeQuery"]),
];
/// Java methods whose name alone says that they run a query.
const JAVA_METHODS: &[&str] = &[
    "executeQuery",
    "executeUpdate",
    "executeLargeUpdate",
    "prepareStatement",
    "prepareCall",
    "createNativeQuery",
    "createSQLQuery",
    "rawQuery",
    "rawQueryWithFactory",
    "execSQL",
    "compileStatement",
    "addBatch",
    "resultQuery",
    "nativeSQL",
];
/// JavaScript methods that run their first argument; the text or the object must show that it is a query.
const JAVASCRIPT_METHODS: &[&str] = &[
    "query",
    "execute",
    "raw",
    "run",
    "all",
    "get",
    "each",
    "exec",
    "prepare",
    "execQuery",
    "execBatch",
    "map",
    "multi",
    "multiResult",
    "result",
    "$queryRawUnsafe",
    "$executeRawUnsafe",
    "unsafe",
    "any",
    "one",
    "oneOrNone",
    "many",
    "manyOrNone",
    "none",
    "whereRaw",
    "orderByRaw",
    "queryAsync",
    "havingRaw",
    "joinRaw",
    "fromRaw",
    "groupByRaw",
    "selectRaw",
    "literal",
    "prepareStatement",
    "createNativeQuery",
    "executeSql",
];

fn java_query_of(context: &Context<'_>, call: NodeId) -> Option<NodeId> {
    let method = context.method(call);
    let class = context.callee(call).strip_suffix(method)?.trim_end_matches('.');
    let typed = JAVA_CLASSES.iter().any(|(known, methods)| *known == class && methods.contains(&method));
    (typed || JAVA_METHODS.contains(&method)).then(|| context.positional(call, 0)).flatten()
}

fn query_of(context: &Context<'_>, call: NodeId) -> Option<NodeId> {
    match context.program().language {
        Language::Java => return java_query_of(context, call),
        Language::JavaScript | Language::TypeScript => {
            let known = JAVASCRIPT_METHODS.contains(&context.method(call));
            if !known {
                return script::query_of(context, call);
            }
            let query = context.positional(call, 0)?;
            // `client.query({ text, values })`
            let object = context.value(query);
            // Values of a statement that is prepared already.
            let named = context.entry(object, "text").or_else(|| context.entry(object, "sql"));
            if context.kind(object) == Kind::List
                || context.kind(object) == Kind::Dict && named.is_none()
                || script::is_tagged(context, call)
            {
                return None;
            }
            return Some(context.entry(object, "text").or_else(|| context.entry(object, "sql")).unwrap_or(query));
        }
        Language::Go => return go::query_of(context, call),
        Language::C | Language::Cpp => return None,
        Language::Python => {}
        _ => return None,
    }
    let path = context.callee(call);
    if FUNCTIONS.contains(&path) {
        return ["sql", "text", "query", "string"].iter().find_map(|name| context.argument(call, 0, name));
    }
    // `run = cursor.execute` and then `run(query)`.
    let method = match context.method(call) {
        "" => path.rsplit_once('.').map_or("", |(_, last)| last),
        method => method,
    };
    if METHODS.contains(&method) {
        return ["sql", "query", "statement", "operation", "raw_query"]
            .iter()
            .find_map(|name| context.argument(call, 0, name));
    }
    None
}

fn check_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if context.program().language == Language::Python
        && PARTS.contains(&context.method(call))
        && context.object(call).is_some_and(|object| context.source(object).contains("objects"))
    {
        for part in context.tree().children_in(call, Field::Argument) {
            if let Some(taint) = context.tainted(part, Purposes::SQL) {
                let message = format!("Part of a query is made from {}.", taint.source());
                let report = Report::issue(call, concept::SQL_STRING, message).confidence(taint.confidence);
                return found.push(context, report.trace(taint.trace));
            }
        }
        return;
    }
    let Some(query) = query_of(context, call) else {
        if context.method(call) == "format" || context.callee(call) == "fmt.Sprintf" {
            text(context, call, found);
        }
        return;
    };
    if context.program().language.is_script() && script::clause(context, call, query, found) {
        return;
    }
    // Of nested query calls (`execute(text(…))`) the inner one is the sink.
    if query_of_inner(context, query) {
        return;
    }
    let is_query = |node: NodeId| looks_like_query(&constant_text(context, node));
    match context.exposure(query, Purposes::SQL) {
        Exposure::Constant | Exposure::Harmless => {}
        Exposure::Tainted(taint) => {
            // `pool.execute(task)`: not known to be a query unless its text says so or a database is at hand.
            let shown = built(context, query).into_iter().any(is_query) || is_query(query);
            let whole = matches!(
                context.kind(context.value(query)),
                Kind::Name | Kind::Attribute | Kind::Subscript | Kind::Lambda | Kind::Parameter
            );
            let generic = context.program().language.is_script() || context.program().language == Language::Go;
            if !shown && ((whole || generic) && !is_database(context, call)) {
                return;
            }
            // A helper that runs what it is given, a script read from a file.
            let passed_on = context.program().language == Language::Python
                && !shown
                && !is_built(context, context.value(query))
                && matches!(
                    taint.origin.source,
                    Source::Parameter | Source::Unknown | Source::File | Source::Environment
                );
            if passed_on {
                let message = format!("A query comes from {}.", taint.source());
                return found.push(context, Report::audit(call, concept::SQL_STRING, message).trace(taint.trace));
            }
            let message = format!("A query is put together with {}.", taint.source());
            let confidence = if shown { taint.confidence } else { Confidence::Low.max(lower(taint.confidence)) };
            let mut report = Report::issue(call, concept::SQL_STRING, message).confidence(confidence);
            // Names of tables and users cannot be parameters; a helper gets them from its own program.
            if context.program().language == Language::Python
                && matches!(taint.origin.source, Source::Parameter | Source::Unknown)
                && names_only(&constant_text(context, context.value(query)))
            {
                report = report.severity(Severity::Low);
            }
            found.push(context, report.trace(taint.trace));
        }
        Exposure::Unclear => {
            let parts = built(context, query);
            if parts.iter().any(|&part| is_built(context, part)) && parts.into_iter().any(is_query) {
                let message = "A query is put together at run time.";
                let report = Report::issue(call, concept::SQL_STRING, message);
                found.push(context, report.severity(Severity::Medium).confidence(Confidence::Low));
            }
        }
    }
}

/// Whether an expression puts text together.
fn is_built(context: &Context<'_>, node: NodeId) -> bool {
    match context.kind(node) {
        Kind::Template => context.tree().children(node).any(|part| context.kind(part) == Kind::Interpolation),
        Kind::Binary => matches!(context.name(node), "+" | "%") && !context.is_constant(node),
        Kind::Call if context.program().language == Language::Go => go::builds(context, node),
        Kind::Call => matches!(context.method(node), "format" | "join" | "replace"),
        _ => false,
    }
}

const fn lower(confidence: Confidence) -> Confidence {
    match confidence {
        Confidence::High => Confidence::Medium,
        Confidence::Medium | Confidence::Low => Confidence::Low,
    }
}

fn query_of_inner(context: &Context<'_>, query: NodeId) -> bool {
    let inner = context.value(query);
    context.kind(inner) == Kind::Call && query_of(context, inner).is_some()
}

/// Whether the object of a call is a database handle by its name or origin.
fn is_database(context: &Context<'_>, call: NodeId) -> bool {
    let Some(object) = context.object(call) else { return true };
    if context.program().language == Language::Go && go::is_database(context.callee(call)) {
        return true;
    }
    let name = context.source(object).rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    if context.program().language.is_script() && script::is_common(context.method(call)) {
        return script::is_store(&name);
    }
    let path = context.path(object);
    let named = [
        "cur",
        "cursor",
        "conn",
        "connection",
        "db",
        "database",
        "session",
        "engine",
        "c",
        "con",
        "cnx",
        "objects",
        "dbcursor",
        "mycursor",
    ];
    // A pool in Python is one of threads.
    let pools = ["pool", "knex", "sequelize", "mysql", "pg", "statement", "stmt", "prisma"];
    if context.program().language != Language::Python && pools.contains(&name.as_str()) {
        return true;
    }
    named.contains(&name.as_str())
        || name.contains("cursor")
        || name.contains("conn")
        || [
            "sqlite3",
            "psycopg",
            "pymysql",
            "MySQLdb",
            "mysql.",
            "sqlalchemy",
            "cx_Oracle",
            "pyodbc",
            "django.db",
            "java.sql",
            "org.hibernate",
            "pg.",
            "mysql",
        ]
        .iter()
        .any(|part| path.starts_with(part))
}

/// The expressions that make up a query text: what is written in place and what the names in it stand for.
fn built(context: &Context<'_>, query: NodeId) -> Vec<NodeId> {
    let mut list = vec![query];
    let mut at = 0;
    let data = context.flow().data();
    while at < list.len() && list.len() < 60 {
        let node = list[at];
        at += 1;
        for part in context.tree().subtree(node).take(200) {
            if matches!(context.kind(part), Kind::Name | Kind::Attribute) {
                for &definition in data.definitions_of(part).iter() {
                    if let Value::Expression(value) = data.definitions[definition as usize].value
                        && !list.contains(&value)
                    {
                        list.push(value);
                    }
                }
            }
            if context.kind(part) == Kind::Call
                && let Some(function) = data.called(part)
            {
                let returned = context.tree().subtree(function).filter(|&inner| context.kind(inner) == Kind::Return);
                list.extend(returned.take(8).filter_map(|inner| context.tree().child(inner, Field::Value)));
            }
        }
    }
    list
}

/// Every node whose text becomes part of a query that the unit runs.
fn used_in_queries(context: &Context<'_>) -> HashSet<NodeId> {
    let mut used = HashSet::new();
    for call in context.tree().ids().filter(|&node| context.kind(node) == Kind::Call) {
        let Some(query) = query_of(context, call) else { continue };
        for root in built(context, query) {
            if used.len() > 20_000 {
                return used;
            }
            used.extend(context.tree().subtree(root).take(300));
        }
    }
    used
}

fn check_text(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if context.kind(node) == Kind::Binary && !matches!(context.name(node), "+" | "%") {
        return;
    }
    text(context, node, found);
}

/// Query text that is built, but not run where it can be seen.
fn text(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let part_of_more = tree.ancestors(node).take(3).any(|above| match context.kind(above) {
        Kind::Template => true,
        Kind::Binary => matches!(context.name(above), "+" | "%"),
        Kind::Call => context.method(above) == "format" || context.callee(above) == "fmt.Sprintf",
        _ => false,
    });
    // A tag makes parameters of the values: sql`… ${value}`.
    let tagged = tree.parent(node).is_some_and(|above| {
        context.kind(above) == Kind::Call
            && context.kind(node) == Kind::Template
            && context.source(above).ends_with('`')
            && tree.field(node) == Field::Argument
    });
    if part_of_more || tagged || context.is_constant(node) || !looks_like_query(&constant_text(context, node)) {
        return;
    }
    if context.queries(used_in_queries).contains(&node) {
        return;
    }
    // Text for people (messages, logs) is not run.
    let shown = tree.ancestors(node).take(6).any(|above| {
        context.kind(above) == Kind::Raise
            || (context.kind(above) == Kind::Call
                && (context.callee(above) == "print"
                    || matches!(
                        context.method(above),
                        "info"
                            | "debug"
                            | "error"
                            | "warning"
                            | "exception"
                            | "critical"
                            | "add_argument"
                            | "write"
                            | "log"
                            | "warn"
                            | "println"
                            | "printf"
                            | "Println"
                            | "Printf"
                            | "Errorf"
                            | "Fprintf"
                            | "Fprintln"
                            | "Fatalf"
                            | "Error"
                    )))
    });
    if shown {
        return;
    }
    let exposure = context.exposure(node, Purposes::SQL);
    if let Exposure::Unclear = exposure {
        let message = "Query text is put together at run time.";
        let report = Report::issue(node, concept::SQL_STRING, message).confidence(Confidence::Low);
        return found.push(context, report.severity(Severity::Medium));
    }
    if let Exposure::Tainted(taint) = exposure {
        let message = format!("Query text is put together with {}.", taint.source());
        let report =
            Report::issue(node, concept::SQL_STRING, message).confidence(taint.confidence.min(Confidence::Medium));
        found.push(context, report.severity(Severity::Medium).trace(taint.trace));
    }
}

/// The constant text of a built expression, dynamic parts as a blank.
fn constant_text(context: &Context<'_>, node: NodeId) -> String {
    let mut text = String::new();
    for part in context.tree().subtree(node).take(120) {
        if matches!(context.kind(part), Kind::String | Kind::Text)
            && let Some(value) = context.tree().string(part, context.text())
        {
            text.push_str(&value);
            text.push(' ');
        }
        if text.len() > 2_000 {
            break;
        }
    }
    text
}

/// Whether text begins like a statement of SQL and goes on like one.
fn looks_like_query(text: &str) -> bool {
    let text = text.trim_start().trim_start_matches('(');
    let mut words =
        text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').filter(|word| !word.is_empty());
    let Some(first) = words.next() else { return false };
    let rest: Vec<String> = words.take(120).map(str::to_ascii_lowercase).collect();
    let has = |word: &str| rest.iter().any(|other| other == word);
    let starts = |word: &str| rest.first().is_some_and(|other| other == word);
    // `Select a product from the list, please`: a sentence.
    let sentence = first.starts_with(|letter: char| letter.is_ascii_uppercase())
        && first[1..].bytes().all(|byte| byte.is_ascii_lowercase());
    if sentence && !text.contains(['=', '*', '(', '`', ';', '%', '\'']) {
        return false;
    }
    let symbols = text.contains(['=', '*', ',', '(', '\'', ';', '`', '"', '%'])
        || first.bytes().all(|byte| byte.is_ascii_uppercase());
    match first.to_ascii_lowercase().as_str() {
        "select" => has("from") && symbols,
        "insert" | "replace" => starts("into") || (starts("or") && has("into")),
        "update" => has("set") && symbols,
        "delete" => starts("from"),
        "create" | "drop" | "alter" | "truncate" => rest
            .first()
            .is_some_and(|word| matches!(word.as_str(), "table" | "database" | "index" | "view" | "user" | "schema")),
        "with" => has("as") && has("select"),
        "exec" | "call" | "merge" | "grant" => symbols && first.bytes().all(|byte| byte.is_ascii_uppercase()),
        _ => false,
    }
}

/// Whether a statement takes nothing but names: it defines, grants, fetches or sets.
fn names_only(text: &str) -> bool {
    let lower = text.trim_start().to_ascii_lowercase();
    let first = lower.split_whitespace().next().unwrap_or_default();
    matches!(first, "create" | "drop" | "alter" | "use" | "grant" | "revoke" | "purge" | "fetch" | "close" | "truncate")
        || lower.starts_with("set session")
        || lower.starts_with("set names")
        || lower.starts_with("set search_path")
}
