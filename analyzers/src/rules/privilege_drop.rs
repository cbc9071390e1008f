//! CWE-250/269/273: privileges that are given up in the wrong order, not at all, or without looking whether it worked.

mod go;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::{Context, Findings, Report, Rule, python, python_row};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "privilege-drop",
    cwe: &[269, 250, 273],
    severity: Severity::Medium,
    summary: "Privileges are kept that should be given up.",
    advice: "Give up the groups first, then the group, then the user, and stop when one of them fails.",
    rows: &[
        python_row(&[Kind::Call], check_python),
        go_row(&[Kind::Call], go::call),
        go_row(&[Kind::Keyword, Kind::Assign], go::option),
    ],
    bad: &[
        golang(
            "package p\nimport \"syscall\"\nfunc drop(uid, gid int) error {\n\tif err := syscall.Setuid(uid); err != nil { return err }\n\treturn syscall.Setgid(gid)\n}\n",
        ),
        golang("package p\nimport \"syscall\"\nfunc drop(uid int) {\n\tsyscall.Setuid(uid)\n\tserve()\n}\n"),
        golang(
            "package p\nimport (\"os/exec\"; \"syscall\")\nfunc run() error {\n\tcmd := exec.Command(\"tool\")\n\tcmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 0, Gid: 0}}\n\treturn cmd.Run()\n}\n",
        ),
        python("import os\ndef drop(uid, gid):\n    os.setuid(uid)\n    os.setgid(gid)\n"),
        python("import os\nos.setuid(0)\n"),
        python(
            "import os\ndef drop():\n    try:\n        os.setuid(1000)\n    except OSError:\n        pass\n    serve()\n",
        ),
    ],
    good: &[
        golang(
            "package p\nimport \"syscall\"\nfunc drop(uid, gid int) error {\n\tif err := syscall.Setgroups(nil); err != nil { return err }\n\tif err := syscall.Setgid(gid); err != nil { return err }\n\treturn syscall.Setuid(uid)\n}\n",
        ),
        golang(
            "package p\nimport (\"os/exec\"; \"syscall\")\nfunc run(uid uint32) error {\n\tcmd := exec.Command(\"tool\")\n\tcmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 1000, Gid: 1000}}\n\treturn cmd.Run()\n}\n",
        ),
        python("import os\ndef drop(uid, gid):\n    os.setgroups([])\n    os.setgid(gid)\n    os.setuid(uid)\n"),
        python("import os\ndef user():\n    return os.getuid()\n"),
    ],
};

fn check_python(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if !matches!(path, "os.setuid" | "os.seteuid" | "os.setreuid" | "os.setresuid") {
        return;
    }
    let tree = context.tree();
    let within = context.function(call).unwrap_or(NodeId::ROOT);
    let report = |message: &'static str, cwe: &'static [u16]| {
        Report::issue(call, concept::PRIVILEGE_DROP, message).cwe(cwe).confidence(Confidence::Medium)
    };
    if context.positional(call, 0).and_then(|user| context.integer(user)) == Some(0) {
        return found.push(context, report("The program makes itself the superuser.", &[250, 269]));
    }
    let later = tree.subtree(within).take(4_000).skip_while(|&node| node <= call).any(|node| {
        context.kind(node) == Kind::Call && matches!(context.callee(node), "os.setgid" | "os.setgroups" | "os.setegid")
    });
    if later {
        return found.push(context, report("The user is given up before the groups, which then stay.", &[269, 273]));
    }
    let ignored = tree.ancestors(call).take(6).find(|&above| context.kind(above) == Kind::Try).is_some_and(|attempt| {
        tree.children_in(attempt, Field::Handler).any(|handler| {
            tree.child(handler, Field::Body)
                .is_some_and(|body| tree.children(body).all(|statement| context.kind(statement) == Kind::Pass))
        })
    });
    if ignored {
        found
            .push(context, report("The program goes on with its privileges when it cannot give them up.", &[273, 252]));
    }
}
