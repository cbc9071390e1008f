//! CWE-306/862: a route for administrators, or one that removes what others own, that asks nobody who they are.

mod served;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::served::{route, speaks_of};
use crate::rule::{Context, Findings, Report, Rule, java, java_row, python, python_row};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::words::words;

pub(crate) const RULE: Rule = Rule {
    id: "missing-authorization",
    cwe: &[306, 862, 284, 285],
    severity: Severity::Medium,
    summary: "Whoever knows the address can do what only some may.",
    advice: "Ask who the caller is and whether they may: a login decorator, a dependency, a check of the owner.",
    rows: &[
        python_row(&[Kind::Function], check_python),
        java_row(&[Kind::Function], served::java),
        java_row(&[Kind::Call], served::permits_all),
        go_row(&[Kind::Call], served::go),
    ],
    bad: &[
        java(
            "@RestController\nclass Users { @DeleteMapping(\"/users/{id}\") void remove(@PathVariable long id) { repository.deleteById(id); } }\n",
        ),
        java(
            "@RestController\n@RequestMapping(\"/admin\")\nclass Admin { @GetMapping(\"/accounts\") List<Account> all() { return accounts.findAll(); } }\n",
        ),
        java(
            "class Config { SecurityFilterChain chain(HttpSecurity http) throws Exception { http.authorizeHttpRequests(a -> a.anyRequest().permitAll()); return http.build(); } }\n",
        ),
        golang(
            "package p\nimport \"net/http\"\nfunc remove(w http.ResponseWriter, r *http.Request) {\n\tdb.Exec(\"DELETE FROM users WHERE id = ?\", r.PathValue(\"id\"))\n}\nfunc main() {\n\thttp.HandleFunc(\"DELETE /users/{id}\", remove)\n\thttp.ListenAndServe(\":80\", nil)\n}\n",
        ),
        python(
            "@app.route('/admin/users/<int:uid>', methods=['DELETE'])\ndef delete_user(uid):\n    User.query.filter_by(id=uid).delete()\n    db.session.commit()\n    return ''\n",
        ),
        python(
            "@app.delete('/users/{user_id}')\ndef delete_user(user_id: int, db=Depends(get_db)):\n    db.query(User).filter(User.id == user_id).delete()\n    db.commit()\n",
        ),
    ],
    good: &[
        java(
            "@RestController\nclass Users { @PreAuthorize(\"hasRole('ADMIN')\") @DeleteMapping(\"/users/{id}\") void remove(@PathVariable long id) { repository.deleteById(id); } }\n",
        ),
        java(
            "@RestController\nclass Users { @DeleteMapping(\"/users/{id}\") void remove(@PathVariable long id, Principal who) { repository.deleteById(id); } }\n",
        ),
        java(
            "@RestController\nclass Books { @GetMapping(\"/books/{id}\") Book read(@PathVariable long id) { return repository.findById(id); } }\n",
        ),
        java(
            "class Config { SecurityFilterChain chain(HttpSecurity http) throws Exception { http.authorizeHttpRequests(a -> a.anyRequest().authenticated()); return http.build(); } }\n",
        ),
        golang(
            "package p\nimport \"net/http\"\nfunc remove(w http.ResponseWriter, r *http.Request) {\n\tdb.Exec(\"DELETE FROM users WHERE id = ?\", r.PathValue(\"id\"))\n}\nfunc main() {\n\thttp.HandleFunc(\"DELETE /users/{id}\", requireAuth(remove))\n}\n",
        ),
        golang(
            "package p\nimport \"net/http\"\nfunc read(w http.ResponseWriter, r *http.Request) {\n\tdb.Query(\"SELECT * FROM books WHERE id = ?\", r.PathValue(\"id\"))\n}\nfunc main() {\n\thttp.HandleFunc(\"/books/{id}\", read)\n}\n",
        ),
        python(
            "@app.route('/admin/users/<int:uid>', methods=['DELETE'])\n@login_required\ndef delete_user(uid):\n    User.query.filter_by(id=uid).delete()\n    db.session.commit()\n    return ''\n",
        ),
        python(
            "@app.delete('/users/{user_id}')\ndef delete_user(user_id: int, user=Depends(get_current_user)):\n    remove(user_id)\n",
        ),
        python("@app.get('/items/{item_id}')\ndef read(item_id: int):\n    return items[item_id]\n"),
        python("@app.delete('/todos/{todo_id}')\ndef delete(todo_id: int):\n    todos.pop(todo_id)\n"),
    ],
};

/// Words (parts of them) that say that somebody is asked.
const ASKED: &[&str] = &[
    "login_required",
    "auth",
    "permission",
    "current_",
    "session[",
    "session.get",
    "token",
    "jwt",
    "require",
    "role",
    "is_admin",
    "is_staff",
    "superuser",
    "security(",
    "verify",
    "api_key",
    "apikey",
    "x-api",
    "access",
    "g.user",
    "owner",
    "signature",
    "protect",
    "secured",
    "allowed",
    "identity",
    "credential",
    "password",
    "forbidden",
    "abort(40",
    "401",
    "403",
    "request.user",
    "get_user(",
    "logged",
];

fn check_python(context: &Context<'_>, function: NodeId, found: &mut Findings) {
    let Some(path) = route(context, function) else { return };
    let tree = context.tree();
    let head: String =
        tree.children_in(function, Field::Decorator).map(|decorator| context.source(decorator)).collect();
    let deletes = head.contains(".delete(") || head.contains("DELETE");
    let Some(confidence) = concerns(path, context.name(function), deletes) else { return };
    // A router or application may ask for all of its routes.
    let asked_for_all = ["before_request", "dependencies=", "add_middleware(Auth", "login_manager.unauthorized"]
        .iter()
        .any(|word| context.mentions(word));
    if asked_for_all || speaks_of(context, function, ASKED) {
        return;
    }
    // Something has to happen: a row, a file, a command, or data of others that is given out.
    let acts = tree.subtree(function).take(3_000).any(|node| {
        context.kind(node) == Kind::Call
            && matches!(
                context.method(node),
                "delete"
                    | "commit"
                    | "execute"
                    | "remove"
                    | "unlink"
                    | "pop"
                    | "all"
                    | "drop"
                    | "save"
                    | "update"
                    | "delete_one"
                    | "delete_many"
                    | "find"
                    | "fetchall"
                    | "filter"
                    | "filter_by"
                    | "system"
                    | "run"
            )
            || context.kind(node) == Kind::Other && context.source(node).starts_with("del ")
    });
    if acts {
        says(context, function, confidence, found);
    }
}

fn says(context: &Context<'_>, node: NodeId, confidence: Confidence, found: &mut Findings) {
    let message = "Nobody is asked who they are before this runs.";
    let report = Report::issue(node, concept::MISSING_AUTHORIZATION, message);
    found.push(context, report.confidence(confidence));
}

/// How sure it is that a route is for few only, by its path and the name of what answers: one for administrators, or
/// one that removes or changes people.
fn concerns(path: &str, name: &str, deletes: bool) -> Option<Confidence> {
    let lower = path.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split(['/', '-', '_', '<', '>', '{', '}', ':', ' ']).collect();
    let name = words(name);
    let named = |wanted: &[&str]| {
        parts.iter().any(|part| wanted.contains(part)) || name.iter().any(|word| wanted.contains(&word.as_str()))
    };
    let of_admins =
        named(&["admin", "administrator", "superuser"]) && !named(&["login", "signin", "logout", "register"]);
    let people = named(&[
        "user",
        "users",
        "account",
        "accounts",
        "employee",
        "employees",
        "customer",
        "customers",
        "member",
        "members",
    ]);
    let changes = deletes
        || named(&["delete", "remove", "promote", "demote", "grant", "ban", "reset", "wipe", "drop", "shutdown"]);
    match (of_admins, people && changes) {
        (true, _) => Some(Confidence::Medium),
        (false, true) => Some(Confidence::Low),
        (false, false) => None,
    }
}
