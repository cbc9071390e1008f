//! Paths in Go: `os`, `io/ioutil`, answers of `net/http` and web frameworks with files.

use super::used;
use crate::concept;
use crate::rule::{Context, Findings, Report};
use crate::syntax::NodeId;

/// Functions whose first arguments name files, and how many do.
const FUNCTIONS: &[(&str, usize)] = &[
    ("os.Open", 1),
    ("os.OpenFile", 1),
    ("os.Create", 1),
    ("os.ReadFile", 1),
    ("os.WriteFile", 1),
    ("os.Remove", 1),
    ("os.RemoveAll", 1),
    ("os.Mkdir", 1),
    ("os.MkdirAll", 1),
    ("os.ReadDir", 1),
    ("os.Rename", 2),
    ("os.Link", 2),
    ("os.Symlink", 2),
    ("os.Truncate", 1),
    ("os.Chmod", 1),
    ("os.Chown", 1),
    ("os.Chdir", 1),
    ("os.DirFS", 1),
    ("io/ioutil.ReadFile", 1),
    ("io/ioutil.WriteFile", 1),
    ("io/ioutil.ReadDir", 1),
    ("io/ioutil.TempFile", 1),
    ("io/ioutil.TempDir", 1),
    ("syscall.Open", 1),
    ("path/filepath.Walk", 1),
    ("path/filepath.WalkDir", 1),
    ("path/filepath.Glob", 1),
    ("os.CreateTemp", 1),
    ("os.MkdirTemp", 1),
    ("os.Lchown", 1),
    ("os.Chtimes", 1),
    ("html/template.ParseFiles", 1),
    ("html/template.ParseGlob", 1),
    ("html/template.Template.ParseFiles", 1),
    ("text/template.ParseFiles", 1),
    ("archive/zip.OpenReader", 1),
];
/// Methods of web frameworks that answer with a file, and where its name stands.
const ANSWERS: &[(&str, usize)] = &[
    ("github.com/gin-gonic/gin.Context.File", 0),
    ("github.com/gin-gonic/gin.Context.FileAttachment", 0),
    ("github.com/labstack/echo.Context.File", 0),
    ("github.com/labstack/echo.Context.Attachment", 0),
    ("github.com/labstack/echo.Context.Inline", 0),
    ("github.com/gofiber/fiber.Ctx.SendFile", 0),
    ("github.com/gofiber/fiber.Ctx.Download", 0),
    ("github.com/gofiber/fiber.Ctx.SaveFile", 1),
    ("github.com/gin-gonic/gin.Context.SaveUploadedFile", 1),
    ("net/http.ServeFile", 2),
];

/// Checks a call.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if path == "net/http.Dir" {
        if context.positional(call, 0).and_then(|folder| context.string(folder)) == Some("/") {
            let message = "Every file of the machine is served.";
            found.push(context, Report::issue(call, concept::PATH_TRAVERSAL, message).cwe(&[22, 552]));
        }
        return;
    }
    if let Some(&(_, count)) = FUNCTIONS.iter().find(|(known, _)| *known == path) {
        for name in context.tree().positional(call).take(count) {
            used(context, call, name, found);
        }
    } else if let Some(&(_, at)) = ANSWERS.iter().find(|(known, _)| *known == path)
        && let Some(name) = context.positional(call, at)
    {
        used(context, call, name, found);
    }
}
