//! CWE-78: text run by a shell.

mod braces;
mod go;
mod more;
mod native;
mod reflection;
mod settings;
mod shell;
mod sql;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{
    Context, Exposure, Findings, Report, Rule, c, c_row, example, java, java_row, javascript, javascript_row, python,
    python_row, row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};

pub(crate) const RULE: Rule = Rule {
    id: "command-injection",
    cwe: &[78],
    severity: Severity::High,
    summary: "A shell runs text that holds values from outside.",
    advice: "Run the program with a list of arguments and without a shell, or check the value against a fixed list first.",
    rows: &[
        row(&[Language::Yaml], &[Kind::Pair], settings::check),
        row(&[Language::Sql], &[Kind::Other], sql::check),
        c_row(&[Kind::Call], native::check),
        go_row(&[Kind::Call, Kind::New], go::call),
        python_row(&[Kind::Call], python_call),
        java_row(&[Kind::Call, Kind::New], braces::java),
        java_row(&[Kind::Attribute], reflection::reference),
        javascript_row(&[Kind::Call], braces::javascript),
        row(
            &[Language::Php, Language::CSharp, Language::Ruby, Language::Rust, Language::Bash],
            &[Kind::Call, Kind::New, Kind::Assign],
            more::check,
        ),
        row(&[Language::Bash], &[Kind::Call], shell::inner),
        row(&[Language::Bash], &[Kind::Call], shell::removal),
    ],
    bad: &[
        example(Language::Bash, "bash -c \"ping -c 1 $1\"\n"),
        example(Language::Bash, "ssh admin@server \"rm -rf /srv/$1\"\n"),
        example(Language::Bash, "dir=$1\nrm -rf $dir/*\n"),
        python(
            "from fabric import Connection\ndef deploy(host, branch):\n    c = Connection(host)\n    c.run(f'git checkout {branch}')\n",
        ),
        python("import os\ndef run(tool):\n    os.execlp('sh', 'sh', '-c', 'run ' + tool)\n"),
        python("import pexpect\ndef go(host):\n    return pexpect.spawn('ssh ' + host)\n"),
        python(
            "import subprocess\nfrom flask import request\n@app.get('/c')\ndef c():\n    subprocess.run(['git', 'clone', request.args['repo'], '/srv/x'])\n",
        ),
        example(
            Language::Yaml,
            "on: issues\njobs:\n  a:\n    steps:\n      - run: echo \"${{ github.event.issue.title }}\"\n",
        ),
        example(
            Language::Yaml,
            "jobs:\n  a:\n    steps:\n      - run: |\n          git checkout ${{ github.head_ref }}\n",
        ),
        example(Language::Sql, "EXEC master..xp_cmdshell 'dir';\n"),
        c(
            "#include <stdlib.h>\nint main(int argc, char **argv) { char c[99]; snprintf(c, sizeof c, \"ping %s\", argv[1]); system(c); }\n",
        ),
        c(
            "#include <stdio.h>\nvoid f(const char *name) { char c[99]; sprintf(c, \"cat %s\", name); FILE *p = popen(c, \"r\"); }\n",
        ),
        c(
            "#include <unistd.h>\nint main(int argc, char **argv) { execl(\"/bin/sh\", \"sh\", \"-c\", argv[1], (char *)0); }\n",
        ),
        c("#define RUN system\nvoid f(void) { char line[80]; fgets(line, sizeof line, stdin); RUN(line); }\n"),
        c("#include <dlfcn.h>\nint main(int argc, char **argv) { dlopen(argv[1], RTLD_NOW); }\n"),
        golang(
            "package p\nimport (\"net/http\"; \"os/exec\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\texec.Command(\"git\", \"clone\", r.FormValue(\"url\")).Run()\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"os/exec\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nexec.Command(\"sh\", \"-c\", \"ping \" + r.FormValue(\"host\")).Run()\n}\n",
        ),
        golang(
            "package p\nimport (\"fmt\"; \"os/exec\"; \"context\")\nfunc f(ctx context.Context, host string) {\n\tcmd := fmt.Sprintf(\"ping %s\", host)\n\texec.CommandContext(ctx, \"/bin/bash\", \"-c\", cmd).Run()\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"os/exec\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nexec.Command(r.URL.Query().Get(\"program\")).Run()\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"os/exec\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nargs := []string{\"-c\", r.FormValue(\"x\")}\n\trun := exec.Command\n\trun(\"sh\", args...).Run()\n}\n",
        ),
        python("import os\ndef ping(host):\n    os.system('ping -c 1 ' + host)\n"),
        python("import subprocess\nhost = input()\nsubprocess.run(f'ping {host}', shell=True)\n"),
        python("from subprocess import Popen as P\ndef f(x):\n    cmd = 'ls {}'.format(x)\n    P(cmd, shell=True)\n"),
        python("import os\ns = os.system\ndef f(x):\n    s(x)\n"),
        python("import subprocess\ndef f(x):\n    opts = {'shell': True}\n    subprocess.call('ls ' + x, **opts)\n"),
        python("import subprocess\ndef f(x):\n    subprocess.run(['sh', '-c', 'ls ' + x])\n"),
        python("import asyncio\nasync def f(x):\n    await asyncio.create_subprocess_shell('ls ' + x)\n"),
        python("import os\ndef f(names):\n    list(map(os.system, names))\n"),
        python("import os, functools\ndef f(x):\n    functools.partial(os.system, x)()\n"),
        python("def f(self, volume):\n    self._run_ssh('svctask rmvdisk %s' % volume)\n"),
        python("def f(client, name):\n    client.exec_command('cat ' + name)\n"),
        java(
            "class A { void ping(String host) throws Exception { Runtime.getRuntime().exec(\"ping -c 1 \" + host); } }\n",
        ),
        java(
            "class A { void f(String x) throws Exception { new ProcessBuilder(\"sh\", \"-c\", \"ls \" + x).start(); } }\n",
        ),
        java(
            "class A { void f(HttpServletRequest r) throws Exception { String[] c = {\"/bin/bash\", \"-c\", \"id \" + r.getParameter(\"u\")}; Runtime.getRuntime().exec(c); } }\n",
        ),
        java(
            "import java.util.*;\nclass A { void f(String x) throws Exception { ProcessBuilder b = new ProcessBuilder(); b.command(Arrays.asList(\"cmd.exe\", \"/c\", x)); b.start(); } }\n",
        ),
        javascript("const { exec } = require('child_process');\nfunction ping(host) { exec(`ping -c 1 ${host}`); }\n"),
        javascript(
            "import cp from 'node:child_process';\napp.get('/p', (req, res) => { res.send(cp.execSync('ping ' + req.query.host)); });\n",
        ),
        javascript("const cp = require('child_process');\nfunction f(x) { cp.spawn('ls ' + x, { shell: true }); }\n"),
        javascript("const cp = require('child_process');\nfunction f(x) { cp.spawn('sh', ['-c', 'ls ' + x]); }\n"),
        example(Language::Php, "<?php\nsystem('ping ' . $_GET['host']);\n"),
        example(Language::Php, "<?php\n$host = $_POST['h'];\n$out = `ping $host`;\n"),
        example(Language::Php, "<?php\nfunction f($dir) { return shell_exec(\"ls {$dir}\"); }\n"),
        example(
            Language::CSharp,
            "class A { void F(string host) { Process.Start(\"cmd.exe\", \"/c ping \" + host); } }\n",
        ),
        example(
            Language::CSharp,
            "class A { void F() { var p = new ProcessStartInfo { FileName = \"cmd\", Arguments = $\"/c {Request.Query[\"x\"]}\" }; Process.Start(p); } }\n",
        ),
        example(Language::Ruby, "def show\n  system(\"ping #{params[:host]}\")\nend\n"),
        example(Language::Ruby, "def list(dir)\n  `ls #{dir}`\nend\n"),
        example(
            Language::Rust,
            "use std::process::Command;\nuse std::env;\nfn main() { let p = env::args().nth(1).unwrap(); Command::new(p).status().unwrap(); }\n",
        ),
        example(Language::Bash, "eval \"ls $1\"\n"),
        example(Language::Bash, "run() {\n  read -r REPLY\n  eval $REPLY\n}\n"),
    ],
    good: &[
        example(
            Language::Yaml,
            "on: issues\njobs:\n  a:\n    steps:\n      - run: echo \"$TITLE\"\n        env:\n          TITLE: ${{ github.event.issue.title }}\n      - run: echo ${{ github.sha }} ${{ github.event.issue.number }}\n",
        ),
        example(Language::Sql, "EXEC sp_who2;\nSELECT 'xp_cmdshell';\n"),
        example(Language::Bash, "ping -c 1 \"$1\"\nssh admin@server uptime\nrm -rf \"${1:?}\"\n"),
        example(Language::Ruby, "def f\n  system('ping', params[:host])\nend\n"),
        example(Language::Ruby, "def f\n  Open3.capture2(['ls', params[:dir]])\nend\n"),
        c("#include <stdlib.h>\nvoid f(void) { system(\"clear\"); }\n"),
        c(
            "#include <unistd.h>\nvoid f(const char *host) { execl(\"/bin/ping\", \"ping\", \"-c\", \"1\", \"--\", host, (char *)0); }\n",
        ),
        c(
            "#include <stdlib.h>\nint main(int argc, char **argv) { char c[99]; snprintf(c, sizeof c, \"kill %d\", atoi(argv[1])); system(c); }\n",
        ),
        c(
            "static int system(const char *s) { return 0; }\nint main(int argc, char **argv) { return system(argv[1]); }\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"os/exec\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\texec.Command(\"git\", \"clone\", \"--\", r.FormValue(\"url\")).Run()\n}\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"os/exec\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nexec.Command(\"ping\", \"-c\", \"1\", r.FormValue(\"host\")).Run()\n}\n",
        ),
        golang("package p\nimport (\"os/exec\")\nfunc f() { exec.Command(\"sh\", \"-c\", \"ls -l\").Run() }\n"),
        golang(
            "package p\nimport (\"net/http\"; \"os/exec\"; \"strconv\")\nfunc f(w http.ResponseWriter, r *http.Request) {\nn, err := strconv.Atoi(r.FormValue(\"n\"))\n\tif err != nil { return }\n\texec.Command(\"sh\", \"-c\", \"sleep \" + strconv.Itoa(n)).Run()\n}\n",
        ),
        python("import os\nos.system('clear')\n"),
        python("import subprocess\ndef ping(host):\n    subprocess.run(['ping', '-c', '1', '--', host])\n"),
        python("import os, shlex\ndef ping(host):\n    os.system('ping ' + shlex.quote(host))\n"),
        python("import os\ndef kill(pid):\n    os.system(f'kill {int(pid)}')\n"),
        python(
            "import subprocess\nALLOWED = {'a', 'b'}\ndef f(x):\n    if x not in ALLOWED:\n        raise ValueError(x)\n    subprocess.run('do ' + x, shell=True)\n",
        ),
        python("import os\nif False:\n    os.system(input())\n"),
        java("class A { void f() throws Exception { Runtime.getRuntime().exec(\"uptime\"); } }\n"),
        java(
            "class A { void ping(String host) throws Exception { new ProcessBuilder(\"ping\", \"-c\", \"1\", \"--\", host).start(); } }\n",
        ),
        java(
            "class A { void kill(String pid) throws Exception { Runtime.getRuntime().exec(\"kill \" + Integer.parseInt(pid)); } }\n",
        ),
        javascript(
            "const { execFile } = require('child_process');\nfunction ping(host) { execFile('ping', ['-c', '1', '--', host]); }\n",
        ),
        javascript("const { exec } = require('child_process');\nexec('uptime', done);\n"),
        javascript("function f(re, x) { return re.exec(x) || /a/.exec(x); }\n"),
        javascript("function exec(task) { return task(); }\nfunction f(x) { exec(x); }\n"),
        example(Language::Php, "<?php\nsystem('ping ' . escapeshellarg($_GET['host']));\n"),
        example(Language::Php, "<?php\nsystem('uptime');\n"),
        example(Language::Php, "<?php\nexec('kill ' . (int) $_GET['pid']);\n"),
        example(Language::CSharp, "class A { void F() { Process.Start(\"notepad.exe\"); } }\n"),
        example(Language::Ruby, "system('ls', '-l')\n"),
        example(Language::Ruby, "def show\n  system(\"ping #{Shellwords.escape(params[:host])}\")\nend\n"),
        example(
            Language::Rust,
            "use std::process::Command;\nfn f() { Command::new(\"ls\").arg(\"-l\").status().unwrap(); }\n",
        ),
        example(Language::Bash, "eval \"$(ssh-agent -s)\"\n"),
        example(Language::Bash, "ls \"$1\"\n"),
    ],
};

/// Functions that give their first argument to a shell.
const SHELLS: &[&str] = &[
    "asyncio.create_subprocess_shell",
    "commands.getoutput",
    "commands.getstatusoutput",
    "os.popen",
    "os.popen2",
    "os.popen3",
    "os.popen4",
    "os.system",
    "popen2.Popen3",
    "popen2.Popen4",
    "popen2.popen2",
    "popen2.popen3",
    "popen2.popen4",
    "posix.system",
    "platform.popen",
    "asyncio.subprocess.create_subprocess_shell",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "invoke.run",
    "fabric.api.run",
    "fabric.api.local",
    "fabric.api.sudo",
    "pexpect.run",
    "sh.bash",
];

/// Functions that take an argument vector, or text with `shell=True`.
const RUNNERS: &[&str] = &[
    "subprocess.Popen",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    "subprocess.run",
    "utils.execute",
    "utils.execute_with_timeout",
];

/// Functions that replace or start a process by a path.
const STARTERS: &[&str] = &[
    "os.execl",
    "os.execle",
    "os.execlp",
    "os.execlpe",
    "os.execv",
    "os.execve",
    "os.execvp",
    "os.execvpe",
    "os.spawnl",
    "os.spawnle",
    "os.spawnlp",
    "os.spawnlpe",
    "os.spawnv",
    "os.spawnve",
    "os.spawnvp",
    "os.spawnvpe",
    "os.startfile",
    "os.posix_spawn",
    "asyncio.create_subprocess_exec",
    "pty.spawn",
];

fn python_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee_through(call, |path| SHELLS.contains(&path) || RUNNERS.contains(&path));
    let spread = || context.tree().children_in(call, Field::Argument).find(|&part| context.kind(part) == Kind::Spread);
    if SHELLS.contains(&path) {
        let command = context.argument(call, 0, "cmd").or_else(|| context.keyword(call, "command")).or_else(spread);
        if let Some(command) = command {
            shell(context, call, command, found);
        }
        return;
    }
    if RUNNERS.contains(&path) {
        let Some(command) = context.argument(call, 0, "args").or_else(spread) else { return };
        if context.is_on(call, "shell") {
            shell(context, call, command, found);
        } else {
            vector(context, call, command, found);
        }
        return;
    }
    if STARTERS.contains(&path) {
        let skipped = usize::from(path.starts_with("os.spawn"));
        if let Some(program) = context.positional(call, skipped) {
            // `execlp(program, name, "-c", command)`
            if path.starts_with("os.execl") || path.starts_with("os.spawnl") {
                let parts: Vec<NodeId> = context.tree().positional(call).skip(skipped + 1).collect();
                if context.string(program).is_some() && parts.len() > 2 {
                    return vector_parts(context, call, &parts, found);
                }
            }
            match context.positional(call, skipped + 1).map(|list| (list, context.kind(context.value(list)))) {
                // `execv(program, [name, argument, …])`
                Some((list, Kind::List | Kind::Tuple)) if context.string(program).is_some() => {
                    vector(context, call, list, found);
                }
                _ => vector(context, call, program, found),
            }
        }
        return;
    }
    if path == "pexpect.spawn" && context.positional(call, 1).is_none() {
        return context.positional(call, 0).into_iter().for_each(|command| shell(context, call, command, found));
    }
    if let Some((function, values)) = context.handed_over(call) {
        return indirect(context, call, function, &values, found);
    }
    if let Some(maker) = context.tree().child(call, Field::Callee).filter(|&maker| context.kind(maker) == Kind::Call) {
        return method_caller(context, call, maker, found);
    }
    match path {
        _ if matches!(context.method(call), "exec_command" | "exec_run")
            || matches!(context.method(call), "run" | "sudo" | "local")
                && ["fabric import", "import fabric", "invoke import", "import invoke"]
                    .iter()
                    .any(|word| context.mentions(word))
                && !context.is_off(call, "shell")
            || matches!(context.method(call), "send_command" | "send_config_set") && context.mentions("netmiko") =>
        {
            if let Some(command) = context.argument(call, 0, "command") {
                shell(context, call, command, found);
            }
        }
        // Any function with `shell=True` and a text made of values.
        _ if context.is_on(call, "shell") => {
            if let Some(command) = context.positional(call, 0) {
                shell(context, call, command, found);
            }
        }
        _ => {
            let name = if context.method(call).is_empty() { path } else { context.method(call) };
            if runs_commands(name) && context.flow().data().called(call).is_none() {
                named_runner(context, call, found);
            }
        }
    }
}

/// Whether a function's name says that it runs command text: `_run_ssh`, `exec_cmd`, `run_command`.
fn runs_commands(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let does = ["run", "exec", "call", "send"].iter().any(|word| name.contains(word));
    does && ["ssh", "shell", "cmd", "command", "_cli", "cli_"].iter().any(|word| name.contains(word))
}

/// A function known only by its name gets a command that is put together from text.
fn named_runner(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    for command in context.tree().positional(call).take(2) {
        let value = context.value(command);
        let built = match context.kind(value) {
            Kind::Template => true,
            Kind::Binary => matches!(context.name(value), "+" | "%"),
            Kind::Call => context.method(value) == "format",
            _ => false,
        };
        if built && let Exposure::Tainted(taint) = context.exposure(command, Purposes::SHELL) {
            let message = format!("A command is put together with {}.", taint.source());
            let report = Report::issue(call, concept::SHELL_STRING, message).severity(Severity::Medium);
            return found.push(context, report.confidence(taint.confidence.min(Confidence::Medium)).trace(taint.trace));
        }
    }
}

/// `command` is text for a shell.
fn shell(context: &Context<'_>, call: NodeId, command: NodeId, found: &mut Findings) {
    let value = context.value(command);
    if matches!(context.kind(value), Kind::List | Kind::Tuple) {
        // Only the first element is the command; a list with `shell=True` is a mistake, but its text is what runs.
        if let Some(first) = context.tree().children(value).next() {
            return shell(context, call, first, found);
        }
    }
    match context.exposure(command, Purposes::SHELL) {
        Exposure::Constant => {
            let text = context.string(command).unwrap_or_default();
            let wild = text.contains('*') && ["chown", "chmod", "tar", "rsync"].iter().any(|name| text.contains(name));
            let concept = if wild { concept::SHELL_WILDCARD } else { concept::SHELL_CONSTANT };
            found.push(context, Report::audit(call, concept, "A constant command is run by a shell."));
        }
        Exposure::Harmless => {}
        Exposure::Tainted(taint) => {
            let message = format!("A shell runs a command made from {}.", taint.source());
            let report = Report::issue(call, concept::SHELL_STRING, message);
            found.push(context, report.confidence(taint.confidence).trace(taint.trace));
        }
        Exposure::Unclear => {
            let message = "A shell runs a command that is put together at run time.";
            let report = Report::issue(call, concept::SHELL_STRING, message);
            found.push(context, report.severity(Severity::Medium).confidence(Confidence::Low));
        }
    }
}

/// `command` is an argument vector, a program name, or text for a program without a shell.
fn vector(context: &Context<'_>, call: NodeId, command: NodeId, found: &mut Findings) {
    let value = context.value(command);
    let mut parts = Vec::new();
    list_parts(context, value, &mut parts, 0);
    if parts.is_empty() {
        parts.push(command);
    }
    // `env NAME=value sh -c …` runs what comes after.
    if context.string(parts[0]).is_some_and(|program| program.rsplit('/').next() == Some("env")) {
        let named =
            |part: &NodeId| context.string(*part).is_some_and(|word| word.contains('=') || word.starts_with('-'));
        let skipped = 1 + parts.iter().skip(1).take_while(|part| named(part)).count();
        parts.drain(..skipped.min(parts.len() - 1));
    }
    vector_parts(context, call, &parts, found);
}

/// The elements of a list that is written out, also of several put together by `+`.
fn list_parts(context: &Context<'_>, value: NodeId, parts: &mut Vec<NodeId>, depth: u32) {
    let tree = context.tree();
    let value = context.value(value);
    match context.kind(value) {
        Kind::List | Kind::Tuple => parts.extend(tree.children(value).take(200)),
        Kind::Binary if context.name(value) == "+" && depth < 8 => {
            for side in tree.children(value) {
                list_parts(context, side, parts, depth + 1);
            }
        }
        _ if depth > 0 => parts.push(value),
        _ => {}
    }
}

/// `parts` are a program and its arguments.
fn vector_parts(context: &Context<'_>, call: NodeId, parts: &[NodeId], found: &mut Findings) {
    let word = |at: usize| parts.get(at).and_then(|&part| context.string(part)).unwrap_or_default();
    let program = word(0).rsplit('/').next().unwrap_or_default();
    let is_shell =
        matches!(program, "sh" | "bash" | "zsh" | "dash" | "ksh" | "cmd" | "cmd.exe" | "powershell" | "pwsh");
    let flag = matches!(word(1), "-c" | "/c" | "/C" | "-Command" | "-lc" | "-ec");
    let reads_program = matches!(program, "node" | "python" | "python3" | "perl" | "ruby" | "php" | "deno" | "bun")
        && matches!(word(1), "-e" | "-c" | "-r" | "--eval" | "-p" | "eval");
    if is_shell && flag || reads_program || braces::may_be_shell(context, parts) {
        if let Some(&text) = parts.get(2) {
            shell(context, call, text, found);
        }
        return;
    }
    // The program itself chosen from outside.
    let Some(&first) = parts.first() else { return };
    if let Exposure::Tainted(taint) = context.exposure(first, Purposes::SHELL) {
        let message = format!("The program to run is chosen by {}.", taint.source());
        let report = if taint.confidence == Confidence::High {
            Report::issue(call, concept::SHELL_STRING, message).confidence(Confidence::Medium)
        } else {
            Report::audit(call, concept::ARGV_PROGRAM, message)
        };
        found.push(context, report.trace(taint.trace));
    } else {
        let requested = |&&part: &&NodeId| {
            context.outside(part, Purposes::SHELL).is_some_and(|taint| taint.origin.source == Source::Request)
        };
        // Options of these run or write what they are told; `--` ends the options.
        if PROGRAMS_WITH_HARMFUL_OPTIONS.contains(&program)
            && context.program().language == Language::Python
            && !parts.iter().any(|&part| context.string(part) == Some("--"))
            && let Some(&part) = parts.iter().skip(1).find(requested)
            && is_whole_argument(context, part)
        {
            let message = "An argument from a request may be an option that runs or writes something.";
            let report = Report::issue(call, concept::ARGV_PROGRAM, message).cwe(&[88, 78]);
            return found.push(context, report.severity(Severity::Medium).confidence(Confidence::Medium));
        }
        if parts.iter().any(|&part| context.tainted(part, Purposes::SHELL).is_some()) {
            let message = "A program is run with arguments from outside; options among them can change what it does.";
            found.push(context, Report::audit(call, concept::ARGV_PROGRAM, message).cwe(&[88, 78]));
        }
    }
}

/// Programs with options that run or write something.
const PROGRAMS_WITH_HARMFUL_OPTIONS: &[&str] = &[
    "git", "tar", "find", "curl", "wget", "rsync", "ssh", "scp", "zip", "awk", "sed", "sort", "hg", "svn", "ffmpeg",
    "sqlite3", "psql", "mysql", "tcpdump", "less", "man", "xargs", "nmap", "openssl", "gcc", "make", "pip", "npm",
];

/// Whether the outside value begins the argument, so that it can be an option.
fn is_whole_argument(context: &Context<'_>, part: NodeId) -> bool {
    let value = context.value(part);
    match context.kind(value) {
        Kind::Template => {
            context.tree().children(value).next().is_some_and(|first| context.kind(first) == Kind::Interpolation)
        }
        Kind::Binary => context.tree().child(value, Field::Left).is_some_and(|left| context.string(left).is_none()),
        _ => true,
    }
}

/// A shell function handed over to be called: `map(os.system, names)`.
fn indirect(context: &Context<'_>, call: NodeId, function: NodeId, values: &[NodeId], found: &mut Findings) {
    let path = context.path(function);
    let runs = SHELLS.contains(&path)
        || RUNNERS.contains(&path) && (context.is_on(call, "shell") || context.kind(function) == Kind::Call);
    if !runs {
        return;
    }
    for &value in values {
        if let Exposure::Tainted(taint) = context.exposure(value, Purposes::SHELL) {
            let message = format!("A shell runs a command made from {}.", taint.source());
            let report = Report::issue(call, concept::SHELL_STRING, message);
            found.push(context, report.confidence(taint.confidence).trace(taint.trace));
            return;
        }
    }
}

/// `operator.methodcaller("system", command)(os)`.
fn method_caller(context: &Context<'_>, call: NodeId, maker: NodeId, found: &mut Findings) {
    if context.callee(maker) != "operator.methodcaller" {
        return;
    }
    let (Some(module), Some(name)) = (context.positional(call, 0), context.positional(maker, 0)) else { return };
    let name = context.string(name).unwrap_or_default();
    let runs = SHELLS
        .iter()
        .any(|known| known.rsplit_once('.').is_some_and(|(head, last)| last == name && head == context.path(module)));
    if let Some(command) = context.positional(maker, 1).filter(|_| runs) {
        shell(context, call, command, found);
    }
}
