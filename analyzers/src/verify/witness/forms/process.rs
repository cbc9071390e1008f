//! Safe forms of started programs: an argument vector with a constant program, a quoted part, the platform's own function.

use crate::program::Program;
use crate::syntax::{Field, Kind, NodeId};
use crate::verify::witness::forms::{calls, name, path};

/// A process started by argument vector with a constant program and no shell; a quoted shell string; or the platform's
/// own function in place of the program.
pub(super) fn process(program: &Program, root: NodeId, strict: bool) -> bool {
    const NATIVE: &[&str] = &[
        "os.listdir",
        "os.scandir",
        "os.remove",
        "os.unlink",
        "os.mkdir",
        "os.makedirs",
        "os.rmdir",
        "os.rename",
        "os.walk",
        "os.stat",
        "shutil.copy",
        "shutil.copyfile",
        "shutil.move",
        "shutil.rmtree",
        "shutil.copytree",
        "shutil.make_archive",
        "shutil.disk_usage",
        "socket.gethostbyname",
        "socket.getaddrinfo",
        "socket.create_connection",
        "zipfile.ZipFile",
        "tarfile.open",
        "glob.glob",
        "requests.get",
        "urllib.request.urlopen",
        "open",
        "fs.readdir",
        "fs.readFile",
        "dns.lookup",
        "java.net.InetAddress.getByName",
    ];
    let tree = &program.tree;
    // `String[] command = {"ping", host}`, for a call that stands as it was.
    if strict
        && tree.kind(root) == Kind::Assign
        && tree.child(root, Field::Value).is_some_and(|value| is_vector(program, value) && !runs_shell(program, value))
    {
        return true;
    }
    calls(program, root).any(|call| {
        let path = path(program, call);
        if matches!(path, "shlex.quote" | "pipes.quote") {
            return true;
        }
        if !strict && NATIVE.contains(&path) {
            return true;
        }
        let spreads = path.ends_with("create_subprocess_exec")
            || name(program, call) == "ProcessBuilder"
            || name(program, call) == "command" && path.ends_with("ProcessBuilder.command")
            || path.ends_with("execFile")
            || path.ends_with("execFileSync")
            || path.ends_with("spawn")
            || path.ends_with("spawnSync");
        let runs = spreads || path.starts_with("subprocess.") || path.ends_with(".exec");
        if !runs {
            return false;
        }
        let shell = tree
            .keyword(call, "shell", &program.text)
            .is_some_and(|shell| !matches!(tree.text(shell, &program.text), "False" | "0"));
        let first = tree.positional(call).next().or_else(|| tree.keyword(call, "args", &program.text));
        !shell
            && first.is_some_and(|first| {
                if spreads {
                    program.names.text(first).is_some() || is_vector(program, first)
                } else {
                    is_vector(program, first)
                }
            })
    })
}

/// Whether a vector's program is a shell.
fn runs_shell(program: &Program, value: NodeId) -> bool {
    const SHELLS: &[&str] = &["sh", "bash", "zsh", "dash", "ksh", "cmd", "cmd.exe", "powershell", "pwsh", "env"];
    let first = program.tree.subtree(value).find_map(|part| program.names.text(part));
    first.is_none_or(|text| SHELLS.contains(&text.rsplit('/').next().unwrap_or(text)))
}

fn is_vector(program: &Program, node: NodeId) -> bool {
    let tree = &program.tree;
    match tree.kind(node) {
        Kind::List | Kind::Tuple => tree.children(node).next().is_some_and(|first| {
            program.names.text(first).is_some() || program.names.path(first) == Some("sys.executable")
        }),
        Kind::Call if matches!(name(program, node), "asList" | "of") => {
            tree.positional(node).next().is_some_and(|first| program.names.text(first).is_some())
        }
        Kind::New => tree.subtree(node).any(|below| tree.kind(below) == Kind::List && is_vector(program, below)),
        Kind::Name => program.names.binding(node).is_some_and(|binding| {
            let definitions = program.names.definitions(binding);
            !definitions.is_empty()
                && definitions.iter().all(|definition| {
                    definition.value.is_some_and(|value| tree.kind(value) != Kind::Name && is_vector(program, value))
                })
        }),
        _ => false,
    }
}
