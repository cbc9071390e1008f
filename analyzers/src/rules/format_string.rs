//! CWE-134: a format taken from a request.

mod java;
mod more;
pub(in crate::rules) mod native;
mod python;

use crate::finding::Severity;
use crate::lang::Language;
use crate::rule::{Rule, c, c_row, example, java, java_row, javascript, javascript_row, python, python_row, row};
use crate::syntax::Kind;

mod script;

pub(crate) const RULE: Rule = Rule {
    id: "format-string",
    cwe: &[134],
    severity: Severity::Low,
    summary: "A request chooses the format by which values are put into text.",
    advice: "Keep the format constant, and pass the request's text as a value: `console.log(\"%s\", text)`.",
    rows: &[
        c_row(&[Kind::Call], native::check),
        javascript_row(&[Kind::Call], script::check),
        java_row(&[Kind::Call], java::call),
        row(&[Language::Ruby, Language::CSharp, Language::Php], &[Kind::Call], more::call),
        row(&[Language::Ruby], &[Kind::Binary], more::operator),
        python_row(&[Kind::Call], python::check),
    ],
    bad: &[
        example(Language::Ruby, "def show\n  printf(params[:format], user)\nend\n"),
        example(Language::Ruby, "def show\n  text = params[:format] % [user.name]\n  log(text)\nend\n"),
        example(
            Language::CSharp,
            "class A : Controller { string F() { string format = Request.Query[\"f\"]; return string.Format(format, Name); } }\n",
        ),
        example(Language::Php, "<?php\nreturn sprintf($_GET['format'], $user->secret);\n"),
        c("#include <stdio.h>\nint main(int argc, char **argv) { printf(argv[1]); return 0; }\n"),
        c("#include <stdio.h>\nvoid f(void) { char b[80]; fgets(b, sizeof b, stdin); fprintf(stderr, b); }\n"),
        c("#include <syslog.h>\nvoid f(const char *text) { syslog(LOG_ERR, text); }\n"),
        c("#include <stdio.h>\nvoid f(char *out, size_t n) { snprintf(out, n, getenv(\"FORMAT\"), 1); }\n"),
        c(
            "#define LOG(x) printf(x)\nint main(int argc, char **argv) { int (*p)(const char *, ...) = printf; p(argv[1]); }\n",
        ),
        c(
            "void report(const char *format, ...) { va_list a; va_start(a, format); vfprintf(stderr, format, a); va_end(a); }\nint main(int argc, char **argv) { report(argv[1]); }\n",
        ),
        java(
            "class A { String f(javax.servlet.http.HttpServletRequest r) { return String.format(r.getParameter(\"f\"), 1); } }\n",
        ),
        java("class A { String f(String a) { return String.format(\"%s %s\", a); } }\n"),
        javascript("app.get('/', (req, res) => { console.log(req.query.f, user); });\n"),
        javascript(
            "const util = require('util');\napp.get('/', (req, res) => { util.format('a' + req.query.f, user); });\n",
        ),
        python(
            "from flask import request\n@app.get('/f')\ndef f():\n    text = request.args['text']\n    return text.format(user=current_user)\n",
        ),
    ],
    good: &[
        example(Language::Ruby, "def show\n  printf('%s', params[:name])\n  x = params[:n].to_i % 3\nend\n"),
        example(
            Language::CSharp,
            "class A : Controller { string F() { return string.Format(\"{0} {1}\", Request.Query[\"f\"], Name); } }\n",
        ),
        example(Language::Php, "<?php\nreturn sprintf('%s', $_GET['format']);\n"),
        c("#include <stdio.h>\nint main(int argc, char **argv) { printf(\"%s\", argv[1]); return 0; }\n"),
        c("#include <stdio.h>\n#define FORMAT \"%d\\n\"\nvoid f(int n) { printf(FORMAT, n); }\n"),
        c("#include <stdio.h>\nvoid f(int n) { const char *form = n ? \"a\" : \"b\"; printf(form); }\n"),
        c(
            "#include <stdarg.h>\nvoid report(const char *format, ...) { va_list a; va_start(a, format); vprintf(format, a); va_end(a); }\n",
        ),
        c("#include <libintl.h>\nvoid f(void) { printf(gettext(\"done\\n\")); printf(_(\"done\\n\")); }\n"),
        java(
            "class A { String f(javax.servlet.http.HttpServletRequest r) { return String.format(\"%s\", r.getParameter(\"f\")); } }\n",
        ),
        java("class A { String f(String a) { return String.format(\"%1$s %1$s 100%% %n\", a); } }\n"),
        java("class A { String f(Object... all) { return String.format(\"%s %s\", all); } }\n"),
        javascript("app.get('/', (req, res) => { console.log('%s %s', req.query.f, user); });\n"),
        javascript("app.get('/', (req, res) => { console.log(req.query.f); });\n"),
        python(
            "from flask import request\n@app.get('/f')\ndef f():\n    return 'Hello {}'.format(request.args['name'])\n",
        ),
    ],
};
