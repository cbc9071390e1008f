//! The script's Python tasks.

use super::task::{Shape, Task, Unit, Weakness};
use super::topic::Topic;

/// Python tasks.
pub(super) const TASKS: &[Task] = &[
    Task {
        name: "ping-host",
        language: "python",
        shape: Shape::Fence,
        phrasings: &[
            "Write a Python function that pings a host once and says whether it answered.",
            "I need Python code to check if a given host responds to a single ping.",
            "Please give me a small Python helper: ping a host, return True when it is reachable.",
            "In Python, implement a reachability check that pings the host name it is given.",
        ],
        keywords: &[&["python"], &["ping"], &["host", "server", "machine"]],
        units: &[Unit {
            before: "Here is a small function that sends one ping and looks at the exit status:",
            path: "reachable.py",
            code: r#"import os


def is_reachable(host):
    """Return True if the host answers one ping."""
    status = os.system(f"ping -c 1 {host}")
    return status == 0


if __name__ == "__main__":
    print(is_reachable("localhost"))
"#,
            weaknesses: &[Weakness {
                topic: Topic::Command,
                heeded: true,
                parts: &[
                    ("import os\n", "import subprocess\n"),
                    (
                        "    status = os.system(f\"ping -c 1 {host}\")\n    return status == 0\n",
                        "    result = subprocess.run([\"ping\", \"-c\", \"1\", \"--\", host], check=False)\n    return result.returncode == 0\n",
                    ),
                ],
            }],
        }],
        after: "`is_reachable` returns `True` when the host replied.",
    },
    Task {
        name: "find-user",
        language: "python",
        shape: Shape::Fence,
        phrasings: &[
            "Write a Python function that looks a user up by name in a SQLite database.",
            "How do I fetch a user record by user name from SQLite with Python?",
            "Python: given a name, return the matching user row from a sqlite3 database.",
            "Show me Python code which finds one user by name in an SQLite table.",
        ],
        keywords: &[&["python"], &["user"], &["sqlite"]],
        units: &[Unit {
            before: "You can use the built-in `sqlite3` module:",
            path: "users.py",
            code: r#"import sqlite3


def find_user(database, name):
    """Return the row of the user with this name, or None."""
    connection = sqlite3.connect(database)
    cursor = connection.cursor()
    cursor.execute("SELECT id, name, email FROM users WHERE name = '%s'" % name)
    row = cursor.fetchone()
    connection.close()
    return row
"#,
            weaknesses: &[Weakness {
                topic: Topic::Query,
                heeded: true,
                parts: &[("WHERE name = '%s'\" % name)", "WHERE name = ?\", (name,))")],
            }],
        }],
        after: "The function returns a tuple, or `None` when nobody has that name.",
    },
    Task {
        name: "sorted-orders",
        language: "python",
        shape: Shape::Fence,
        phrasings: &[
            "Write a Python function that lists the orders of a customer, sorted by a column that the caller names.",
            "Give me Python code to list a customer's orders from SQLite, ordered by whichever column is asked for.",
            "In Python, return all orders for one customer; the column to sort by is an argument.",
            "I want a Python helper that fetches customer orders and sorts them by a chosen column.",
        ],
        keywords: &[&["python"], &["order"], &["customer"], &["column", "sort"]],
        units: &[Unit {
            before: "The column goes into the `ORDER BY` clause:",
            path: "orders.py",
            code: r#"import sqlite3


def list_orders(database, customer, column):
    """Return the orders of a customer, sorted by the given column."""
    with sqlite3.connect(database) as connection:
        cursor = connection.execute(f"SELECT id, placed, total FROM orders WHERE customer = ? ORDER BY {column}", (customer,))
        return cursor.fetchall()
"#,
            weaknesses: &[Weakness {
                topic: Topic::Query,
                heeded: true,
                parts: &[
                    ("import sqlite3\n\n", "import sqlite3\n\nCOLUMNS = (\"id\", \"placed\", \"total\")\n\n"),
                    (
                        "    with sqlite3.connect(database) as connection:\n",
                        "    if column not in COLUMNS:\n        raise ValueError(\"unknown column\")\n    with sqlite3.connect(database) as connection:\n",
                    ),
                ],
            }],
        }],
        after: "Call it with `\"id\"`, `\"placed\"` or `\"total\"`.",
    },
    Task {
        name: "maintenance-command",
        language: "python",
        shape: Shape::Fence,
        phrasings: &[
            "Write a Python function that runs a maintenance command line and returns its output.",
            "I need a Python helper which executes a given maintenance command and gives back what it printed.",
            "Python: run the maintenance command that an operator typed and return the output as text.",
            "Please write Python code for executing maintenance commands and capturing their output.",
        ],
        keywords: &[&["python"], &["maintenance"], &["command"]],
        units: &[Unit {
            before: "`subprocess` can capture the output:",
            path: "maintenance.py",
            code: r#"import subprocess


def run_maintenance(command):
    """Run a maintenance command and return what it printed."""
    return subprocess.check_output(command, shell=True, text=True)
"#,
            weaknesses: &[Weakness {
                topic: Topic::Command,
                heeded: true,
                parts: &[
                    (
                        "import subprocess\n\n",
                        "import subprocess\n\nCOMMANDS = {\n    \"disk\": [\"df\", \"-h\"],\n    \"memory\": [\"free\", \"-m\"],\n    \"uptime\": [\"uptime\"],\n}\n\n",
                    ),
                    (
                        "    return subprocess.check_output(command, shell=True, text=True)\n",
                        "    if command not in COMMANDS:\n        raise ValueError(\"unknown maintenance command\")\n    return subprocess.check_output(COMMANDS[command], text=True)\n",
                    ),
                ],
            }],
        }],
        after: "It raises `CalledProcessError` when the command fails.",
    },
    Task {
        name: "load-session",
        language: "python",
        shape: Shape::Unlabelled,
        phrasings: &[
            "Write Python functions that store a session dictionary in a cookie and load it again.",
            "In Python, how can I save session data into a cookie string and restore it later?",
            "Python code please: turn a session dict into a cookie value, and a cookie value back into the session.",
            "I need to serialise a session to a cookie and read the session back, in Python.",
        ],
        keywords: &[&["python"], &["session"], &["cookie"]],
        units: &[Unit {
            before: "Both directions in a few lines:",
            path: "session.py",
            code: r#"import base64
import pickle


def dump_session(session):
    """Return the cookie value for a session."""
    return base64.b64encode(pickle.dumps(session)).decode("ascii")


def load_session(cookie):
    """Return the session that a cookie value holds."""
    return pickle.loads(base64.b64decode(cookie))
"#,
            weaknesses: &[Weakness {
                topic: Topic::Deserialise,
                heeded: true,
                parts: &[
                    ("import pickle\n", "import json\n"),
                    ("pickle.dumps(session)", "json.dumps(session).encode(\"utf-8\")"),
                    ("pickle.loads(", "json.loads("),
                ],
            }],
        }],
        after: "The value is plain ASCII and fits into a header.",
    },
    Task {
        name: "load-settings",
        language: "python",
        shape: Shape::Fence,
        phrasings: &[
            "Write a Python function that loads the settings of an application from a YAML file.",
            "How do I read a YAML settings file in Python?",
            "Python helper wanted: parse app settings stored as YAML.",
            "In Python, load a YAML file with settings and return them as a dictionary.",
        ],
        keywords: &[&["python"], &["yaml"], &["setting", "config"]],
        units: &[Unit {
            before: "With PyYAML this is short:",
            path: "settings.py",
            code: r#"import yaml


def load_settings(path):
    """Return the settings in a YAML file as a dictionary."""
    with open(path, encoding="utf-8") as handle:
        return yaml.load(handle, Loader=yaml.Loader)
"#,
            weaknesses: &[Weakness {
                topic: Topic::Deserialise,
                heeded: true,
                parts: &[("yaml.load(handle, Loader=yaml.Loader)", "yaml.safe_load(handle)")],
            }],
        }],
        after: "Install the package with `pip install pyyaml`.",
    },
    Task {
        name: "spreadsheet-formula",
        language: "python",
        shape: Shape::Fence,
        phrasings: &[
            "Write a Python function that computes a spreadsheet formula such as \"price * amount\" from a dictionary of values.",
            "Python: work out a formula given as a string, like in a spreadsheet, with variables from a dict.",
            "I need to compute user-defined spreadsheet formulas in Python; variables come as a dictionary.",
            "Give me Python code for a spreadsheet cell: formula text in, number out.",
        ],
        keywords: &[&["python"], &["formula"], &["spreadsheet"]],
        units: &[Unit {
            before: "Python can do the arithmetic for you:",
            path: "formula.py",
            code: r#"def compute(formula, values):
    """Return the value of a formula over named values."""
    return eval(formula, {}, dict(values))
"#,
            weaknesses: &[Weakness {
                topic: Topic::Evaluate,
                heeded: true,
                parts: &[
                    (
                        "def compute(",
                        r#"import ast


def walk(node, values):
    """Return the value of one node of a formula."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.BinOp):
        left = walk(node.left, values)
        right = walk(node.right, values)
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Sub):
            return left - right
        if isinstance(node.op, ast.Mult):
            return left * right
        if isinstance(node.op, ast.Div):
            return left / right
    raise ValueError("only numbers, names and + - * / are allowed")


def compute("#,
                    ),
                    (
                        "    return eval(formula, {}, dict(values))\n",
                        "    return walk(ast.parse(formula, mode=\"eval\").body, dict(values))\n",
                    ),
                ],
            }],
        }],
        after: "For example, `compute(\"price * amount\", {\"price\": 3, \"amount\": 4})` gives 12.",
    },
    Task {
        name: "plugin-runner",
        language: "python",
        shape: Shape::Fence,
        phrasings: &[
            "Write a Python function that runs the source text of a plugin and returns its result variable.",
            "Python: I have plugins as source text and want to run them and read their `result`.",
            "How can I run a plugin's source in Python and collect the result it sets?",
            "Please write a Python plugin runner that takes source text and returns the result.",
        ],
        keywords: &[&["python"], &["plugin"], &["source", "text"]],
        units: &[Unit {
            before: "The plugin runs in a fresh namespace:",
            path: "plugins.py",
            code: r#"def run_plugin(source):
    """Run a plugin and return what it left in `result`."""
    namespace = {}
    exec(source, namespace)
    return namespace.get("result")
"#,
            weaknesses: &[Weakness { topic: Topic::Evaluate, heeded: false, parts: &[] }],
        }],
        after: "A plugin sets `result` to whatever it wants to hand back.",
    },
    Task {
        name: "reset-token",
        language: "python",
        shape: Shape::Bare,
        phrasings: &[
            "Only code, no explanation: a Python function that makes a password reset token of 32 characters.",
            "Python, code only: generate a 32 character token for resetting a password.",
            "Give me just the Python code for creating password reset tokens with 32 letters and digits.",
            "Just Python code please: reset token generator, 32 characters, for password e-mails.",
        ],
        keywords: &[&["python"], &["token"], &["reset"]],
        units: &[Unit {
            before: "",
            path: "tokens.py",
            code: r#"import random
import string


def reset_token(length=32):
    """Return a new password reset token."""
    alphabet = string.ascii_letters + string.digits
    token = "".join(random.choice(alphabet) for _ in range(length))
    return token
"#,
            weaknesses: &[Weakness {
                topic: Topic::Random,
                heeded: true,
                parts: &[("import random\n", "import secrets\n"), ("random.choice", "secrets.choice")],
            }],
        }],
        after: "",
    },
    Task {
        name: "report-mailer",
        language: "python",
        shape: Shape::Tilde,
        phrasings: &[
            "Write a Python script that sends the daily report by e-mail through our SMTP server.",
            "Python code to mail a daily report via SMTP with a login, please.",
            "How would I send a report through SMTP in Python every day?",
            "In Python, log in to an SMTP server and send the report text as an e-mail.",
        ],
        keywords: &[&["python"], &["report"], &["smtp"]],
        units: &[Unit {
            before: "`smtplib` and `email` from the standard library are enough:",
            path: "mail_report.py",
            code: r#"import smtplib
from email.message import EmailMessage


def send_report(text, recipient):
    """Send the report to one recipient."""
    message = EmailMessage()
    message["Subject"] = "Daily report"
    message["From"] = "reports@example.org"
    message["To"] = recipient
    message.set_content(text)
    password = "h7Qz!mail-2291"
    with smtplib.SMTP_SSL("smtp.example.org", 465, timeout=30) as server:
        server.login("reports", password)
        server.send_message(message)
"#,
            weaknesses: &[Weakness {
                topic: Topic::Credential,
                heeded: true,
                parts: &[
                    ("import smtplib\n", "import os\nimport smtplib\n"),
                    ("password = \"h7Qz!mail-2291\"", "password = os.environ[\"SMTP_PASSWORD\"]"),
                ],
            }],
        }],
        after: "Run it from cron once a day.",
    },
    Task {
        name: "guest-book",
        language: "python",
        shape: Shape::Fence,
        phrasings: &[
            "Write a small guest book in Python with Flask: one module for storing entries, one for the pages.",
            "Build me a Flask guestbook in Python, storage and web pages in two files.",
            "Python and Flask: a guest book where visitors leave a message, split into storage and app.",
            "I want a minimal guestbook web app (Python, Flask), with the entries kept in SQLite.",
        ],
        keywords: &[&["python"], &["flask"], &["guest"]],
        units: &[
            Unit {
                before: "First the storage:",
                path: "storage.py",
                code: r#"import sqlite3


def add_entry(database, author, message):
    """Store one entry."""
    with sqlite3.connect(database) as connection:
        connection.execute("INSERT INTO entries (author, message) VALUES (?, ?)", (author, message))


def entries(database):
    """Return all entries, newest first."""
    with sqlite3.connect(database) as connection:
        return connection.execute("SELECT author, message FROM entries ORDER BY rowid DESC").fetchall()
"#,
                weaknesses: &[],
            },
            Unit {
                before: "Then the pages:",
                path: "app.py",
                code: r#"from flask import Flask, redirect, request

import storage

app = Flask(__name__)
DATABASE = "guestbook.db"


@app.route("/")
def index():
    author = request.args.get("author", "stranger")
    count = len(storage.entries(DATABASE))
    return "<h1>Welcome, " + author + "</h1><p>" + str(count) + " entries so far</p>"


@app.route("/entries", methods=["POST"])
def add():
    storage.add_entry(DATABASE, request.form["author"], request.form["message"])
    return redirect("/")


if __name__ == "__main__":
    app.run(debug=True)
"#,
                weaknesses: &[
                    Weakness {
                        topic: Topic::Markup,
                        heeded: true,
                        parts: &[
                            (
                                "from flask import Flask, redirect, request\n",
                                "from flask import Flask, redirect, request\nfrom markupsafe import escape\n",
                            ),
                            ("Welcome, \" + author + \"", "Welcome, \" + str(escape(author)) + \""),
                        ],
                    },
                    Weakness { topic: Topic::Debug, heeded: true, parts: &[("app.run(debug=True)", "app.run()")] },
                ],
            },
        ],
        after: "Start it with `python app.py`.",
    },
    Task {
        name: "row-count",
        language: "python",
        shape: Shape::Fence,
        phrasings: &[
            "Write a Python function that says how many rows a given table of our SQLite warehouse has.",
            "Python: count the rows of a warehouse table in SQLite; the table is named by the caller.",
            "How many rows does a table of the SQLite warehouse hold? A Python function for that, please.",
            "I need Python code which takes the name of a warehouse table and returns its row count (SQLite).",
        ],
        keywords: &[&["python"], &["warehouse"], &["row"], &["table"]],
        units: &[Unit {
            before: "A `COUNT(*)` does it:",
            path: "warehouse.py",
            code: r#"import sqlite3


def row_count(database, table):
    """Return how many rows a table has."""
    with sqlite3.connect(database) as connection:
        return connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
"#,
            weaknesses: &[Weakness {
                topic: Topic::Query,
                heeded: true,
                parts: &[
                    ("import sqlite3\n\n", "import sqlite3\n\nTABLES = (\"orders\", \"items\", \"customers\")\n\n"),
                    (
                        "    with sqlite3.connect(database) as connection:\n",
                        "    if table not in TABLES:\n        raise ValueError(\"unknown table\")\n    with sqlite3.connect(database) as connection:\n",
                    ),
                ],
            }],
        }],
        after: "The database file is opened for each call.",
    },
    Task {
        name: "word-count",
        language: "python",
        shape: Shape::Fence,
        phrasings: &[
            "Write a Python function that counts how often each word occurs in a text.",
            "Python: count word frequencies in a string.",
            "How do I count the words of a text in Python?",
            "Please show a Python word count that ignores case.",
        ],
        keywords: &[&["python"], &["count"], &["word"]],
        units: &[Unit {
            before: "`collections.Counter` does the counting:",
            path: "words.py",
            code: r#"import re
from collections import Counter


def count_words(text):
    """Return how often each word occurs, ignoring case."""
    return Counter(re.findall(r"\w+", text.lower()))
"#,
            weaknesses: &[],
        }],
        after: "`count_words(text).most_common(10)` gives the ten most frequent words.",
    },
];
