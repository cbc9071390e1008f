//! Rewrites of Go on samples of their own.

use super::super::tests::{check, keeps};
use crate::lang::Language;

#[track_caller]
fn go(before: &str, expected: &[&str]) {
    check(Language::Go, before, expected);
}

#[test]
fn queries() {
    go(
        "package p\n\nimport (\n\t\"database/sql\"\n\t\"fmt\"\n\t\"net/http\"\n\n\t_ \"github.com/lib/pq\"\n)\n\nfunc Find(db *sql.DB, r *http.Request) (*sql.Rows, error) {\n\tname := r.FormValue(\"name\")\n\tq := fmt.Sprintf(\"SELECT * FROM t WHERE n = '%s'\", name)\n\treturn db.Query(q)\n}\n",
        &[
            "import (\n\t\"database/sql\"\n\t\"net/http\"",
            "q := \"SELECT * FROM t WHERE n = $1\"\n\treturn db.Query(q, name)",
        ],
    );
    go(
        "package p\n\nimport (\n\t\"database/sql\"\n\n\t_ \"github.com/go-sql-driver/mysql\"\n)\n\nfunc Drop(db *sql.DB, name string) error {\n\t_, err := db.Exec(\"DELETE FROM t WHERE n LIKE '%\" + name + \"%'\")\n\treturn err\n}\n",
        &["db.Exec(\"DELETE FROM t WHERE n LIKE ?\", \"%\" + name + \"%\")"],
    );
    // Which placeholder is right nobody says.
    keeps(
        Language::Go,
        "package p\n\nimport \"database/sql\"\n\nfunc Drop(db *sql.DB, name string) {\n\tdb.Exec(\"DELETE FROM t WHERE n = '\" + name + \"'\")\n}\n",
    );
}

#[test]
fn commands() {
    go(
        "package p\n\nimport (\n\t\"fmt\"\n\t\"os/exec\"\n)\n\nfunc Ping(host string) ([]byte, error) {\n\tcommand := fmt.Sprintf(\"ping -c 1 %s\", host)\n\treturn exec.Command(\"sh\", \"-c\", command).Output()\n}\n",
        &["import (\n\t\"os/exec\"\n)", "exec.Command(\"ping\", \"-c\", \"1\", \"--\", host).Output()"],
    );
    // The shell has work to do.
    keeps(
        Language::Go,
        "package p\n\nimport \"os/exec\"\n\nfunc Count(name string) error {\n\treturn exec.Command(\"sh\", \"-c\", \"cat \"+name+\" | wc\").Run()\n}\n",
    );
}

#[test]
fn algorithms_and_generators() {
    go(
        "package p\n\nimport (\n\t\"crypto/md5\"\n\t\"fmt\"\n)\n\nfunc Hash(data []byte) string {\n\treturn fmt.Sprintf(\"%x\", md5.Sum(data))\n}\n",
        &["(\n\t\"crypto/sha256\"\n\t\"fmt\"\n)\n", "sha256.Sum256(data)"],
    );
    go(
        "package p\n\nimport \"math/rand\"\n\nfunc GenerateToken() int {\n\treturn rand.Intn(1000000)\n}\n",
        &[
            "import cryptorand \"crypto/rand\"\nimport \"math/big\"\n",
            "return secureInt(1000000)",
            "func secureInt(limit int) int {",
        ],
    );
}

#[test]
fn options() {
    go(
        "package p\n\nimport \"crypto/tls\"\n\nfunc Config() *tls.Config {\n\treturn &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10}\n}\n",
        &["InsecureSkipVerify: false, MinVersion: tls.VersionTLS12"],
    );
    go(
        "package p\n\nimport \"os\"\n\nfunc Save(data []byte) error {\n\treturn os.WriteFile(\"x\", data, 0666)\n}\n",
        &["data, 0600)"],
    );
    go(
        "package main\n\nimport \"net/http\"\n\nfunc main() {\n\tif err := http.ListenAndServe(\":8080\", nil); err != nil {\n\t\tpanic(err)\n\t}\n}\n",
        &["import \"time\"\n", "(&http.Server{Addr: \":8080\", ReadHeaderTimeout: 10 * time.Second}).ListenAndServe()"],
    );
    go(
        "package p\n\nimport \"net/http\"\n\nfunc Set(w http.ResponseWriter, id string) {\n\thttp.SetCookie(w, &http.Cookie{Name: \"session\", Value: id})\n}\n",
        &["&http.Cookie{HttpOnly: true, Secure: true, Name: \"session\", Value: id}"],
    );
    go(
        "package p\n\nimport \"os\"\n\nfunc Make() (*os.File, error) {\n\treturn os.Create(\"/tmp/report\")\n}\n",
        &["os.CreateTemp(\"\", \"report-*\")"],
    );
}

#[test]
fn markup_paths_and_comparisons() {
    go(
        "package p\n\nimport (\n\t\"fmt\"\n\t\"net/http\"\n)\n\nfunc Hello(w http.ResponseWriter, r *http.Request) {\n\tname := r.FormValue(\"name\")\n\tfmt.Fprintf(w, \"<p>%s</p>\", name)\n}\n",
        &["\t\"fmt\"\n\t\"html\"\n\t\"net/http\"\n", "fmt.Fprintf(w, \"<p>%s</p>\", html.EscapeString(name))"],
    );
    go(
        "package p\n\nimport (\n\t\"net/http\"\n\t\"os\"\n\t\"path/filepath\"\n)\n\nfunc Remove(r *http.Request) error {\n\tname := r.FormValue(\"name\")\n\treturn os.Remove(filepath.Join(\"/srv\", name))\n}\n",
        &["os.Remove(filepath.Join(\"/srv\", filepath.Clean(\"/\"+name)))"],
    );
    go(
        "package p\n\nimport \"net/http\"\n\nvar apiSecret = load()\n\nfunc Allowed(r *http.Request) bool {\n\treturn r.Header.Get(\"X-Token\") == apiSecret\n}\n",
        &[
            "import \"crypto/subtle\"\n",
            "subtle.ConstantTimeCompare([]byte(r.Header.Get(\"X-Token\")), []byte(apiSecret)) == 1",
        ],
    );
}
