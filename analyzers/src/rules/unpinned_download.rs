//! CWE-494: a model or data set that is fetched without saying which version.

mod python;
mod run;
mod script;
mod settings;
mod shell;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{Context, Findings, Report, Rule, java, java_row, javascript, javascript_row, python, python_row};
use crate::rule::{example, row};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Kind, NodeId};

pub(crate) const RULE: Rule = Rule {
    id: "unpinned-download",
    cwe: &[494],
    severity: Severity::Medium,
    summary: "A model or data set is fetched in whatever version is there at the moment.",
    advice: "Name the commit (`revision=\"…\"`), and leave code from the repository off (`trust_remote_code=False`).",
    rows: &[
        go_row(&[Kind::Call], run::check),
        java_row(&[Kind::Call, Kind::New], run::check),
        row(settings::LANGUAGES, &[Kind::Pair], settings::check),
        row(&[Language::Bash], &[Kind::Other], shell::pipeline),
        row(&[Language::Bash], &[Kind::Call], shell::call),
        javascript_row(&[Kind::Call], script::check),
        python_row(&[Kind::Call], check_python),
        python_row(&[Kind::Call], python::check),
    ],
    bad: &[
        golang(
            "package p\nimport \"os/exec\"\nfunc install() error {\n\treturn exec.Command(\"bash\", \"-c\", \"curl -sSL https://get.example.com/install.sh | bash\").Run()\n}\n",
        ),
        golang(
            "package p\nimport (\"io\"; \"net/http\"; \"os\"; \"os/exec\")\nfunc update(url string) error {\n\tresp, err := http.Get(url)\n\tif err != nil { return err }\n\tdefer resp.Body.Close()\n\tpath := \"/opt/app/agent\"\n\tout, err := os.Create(path)\n\tif err != nil { return err }\n\tio.Copy(out, resp.Body)\n\treturn exec.Command(path).Run()\n}\n",
        ),
        java(
            "import java.net.*;\nclass A { Class<?> f() throws Exception { URLClassLoader l = new URLClassLoader(new URL[] { new URL(\"http://plugins.example.com/a.jar\") }); return l.loadClass(\"a.Main\"); } }\n",
        ),
        java(
            "import java.net.*;\nimport java.nio.file.*;\nclass A { void f(URL url) throws Exception { Path tool = Paths.get(\"tool\"); Files.copy(url.openStream(), tool); new ProcessBuilder(tool.toString()).start(); } }\n",
        ),
        javascript("const nugget = require('nugget');\nnugget('http://example.org/setup.exe');\n"),
        javascript("const cp = require('child_process');\ncp.execSync('curl http://example.org/install.sh | sh');\n"),
        example(Language::Yaml, "on: push\njobs:\n  a:\n    steps:\n      - uses: acme/deploy@main\n"),
        example(Language::Dockerfile, "FROM a:1\nADD https://a.example/tool.tar.gz /opt/\nUSER app\n"),
        example(Language::Bash, "curl -fsSL http://get.example.com/install.sh | sudo bash\n"),
        example(Language::Bash, "bash <(curl -s https://a.example/x.sh)\n"),
        example(Language::Bash, "sh -c \"$(wget -qO- https://a.example/x.sh)\"\n"),
        example(Language::Bash, "apt-get install -y --allow-unauthenticated tool\n"),
        python(
            "import urllib.request, subprocess\ndef install(url):\n    urllib.request.urlretrieve(url, 'i.sh')\n    subprocess.run(['bash', 'i.sh'], check=True)\n",
        ),
        python("import requests\ncode = requests.get('http://a.example/plugin.py', timeout=5).text\nexec(code)\n"),
        python("import os\nos.system('curl -sSL http://a.example/get | sh')\n"),
        python(
            "import requests, subprocess\ndef update(url):\n    r = requests.get(url, timeout=5)\n    with open('tool', 'wb') as f:\n        f.write(r.content)\n    subprocess.run(['tool'])\n",
        ),
        python(
            "from transformers import AutoModel\nmodel = AutoModel.from_pretrained('org/model', trust_remote_code=True)\n",
        ),
        python("import torch\nmodel = torch.hub.load('org/repo', 'model')\n"),
    ],
    good: &[
        golang(
            "package p\nimport \"os/exec\"\nfunc status() error {\n\treturn exec.Command(\"bash\", \"-c\", \"curl -s https://a.example/status | grep ok\").Run()\n}\n",
        ),
        golang(
            "package p\nimport (\"crypto/sha256\"; \"io\"; \"net/http\"; \"os\"; \"os/exec\")\nfunc update(url string, want [32]byte) error {\n\tresp, err := http.Get(url)\n\tif err != nil { return err }\n\tdefer resp.Body.Close()\n\tdata, err := io.ReadAll(resp.Body)\n\tif err != nil || sha256.Sum256(data) != want { return err }\n\tpath := \"/opt/app/agent\"\n\tif err := os.WriteFile(path, data, 0700); err != nil { return err }\n\treturn exec.Command(path).Run()\n}\n",
        ),
        java(
            "import java.net.*;\nclass A { Class<?> f(java.io.File jar) throws Exception { URLClassLoader l = new URLClassLoader(new URL[] { jar.toURI().toURL() }); return l.loadClass(\"a.Main\"); } }\n",
        ),
        java(
            "import java.net.*;\nimport java.nio.file.*;\nclass A { void f(URL url) throws Exception { Path page = Paths.get(\"page.html\"); Files.copy(url.openStream(), page); new ProcessBuilder(\"tidy\").start(); } }\n",
        ),
        javascript("const nugget = require('nugget');\nnugget('https://example.org/setup.exe');\n"),
        javascript("fetch('http://example.org/list.json');\n"),
        example(Language::Dockerfile, "FROM a:1\nADD app.tar.gz /opt/\nUSER app\n"),
        example(Language::Yaml, "services:\n  a:\n    image: redis:7.2\n"),
        example(
            Language::Bash,
            "curl -s https://a.example/data.json | python3 -m json.tool\ncurl -s https://a.example | grep x\napt-get install -y curl\n",
        ),
        python(
            "import hashlib, urllib.request, subprocess\ndef install(url, digest):\n    urllib.request.urlretrieve(url, 'i.sh')\n    if hashlib.sha256(open('i.sh', 'rb').read()).hexdigest() != digest:\n        raise ValueError()\n    subprocess.run(['bash', 'i.sh'], check=True)\n",
        ),
        python("import os\nos.system('curl -sS http://a.example/status | grep ok')\n"),
        python(
            "from transformers import AutoModel\nmodel = AutoModel.from_pretrained('org/model', revision='5d0f2e8a7f1b2c3d4e5f', trust_remote_code=True)\n",
        ),
        python("from transformers import AutoModel\nmodel = AutoModel.from_pretrained('./local')\n"),
        python("from transformers import AutoModel\nmodel = AutoModel.from_pretrained('org/model')\n"),
    ],
};

fn check_python(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let name = path.rsplit('.').next().unwrap_or_default();
    if path == "torch.hub.load" {
        let source = context.keyword(call, "source").and_then(|source| context.string(source));
        let pinned =
            context.positional(call, 0).and_then(|name| context.string(name)).is_none_or(|name| name.contains(':'));
        if source != Some("local") && !pinned {
            let message = "Code is fetched from a repository and run, in whatever version is there.";
            let report = Report::issue(call, concept::UNPINNED_DOWNLOAD, message);
            found.push(context, report.confidence(Confidence::Medium));
        }
        return;
    }
    if !matches!(name, "from_pretrained" | "load_dataset" | "hf_hub_download" | "snapshot_download") {
        return;
    }
    // As Bandit does, these are looked at where a library of models is in use.
    if !["transformers", "datasets", "huggingface_hub", "diffusers", "sentence_transformers"]
        .iter()
        .any(|library| context.mentions(library))
    {
        return;
    }
    let model = context.positional(call, 0).and_then(|name| context.string(name));
    if model.is_some_and(|name| name.starts_with(['.', '/', '~'])) {
        return;
    }
    let pinned = context
        .keyword(call, "revision")
        .and_then(|revision| context.string(revision))
        .is_some_and(|hash| (7..=64).contains(&hash.len()) && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if pinned {
        return;
    }
    let report = if context.is_on(call, "trust_remote_code") {
        let message = "Code from a repository is run, in whatever version is there.";
        Report::issue(call, concept::UNPINNED_DOWNLOAD, message)
    } else {
        Report::audit(call, concept::UNPINNED_DOWNLOAD, "Fetched in whatever version is there.")
    };
    found.push(context, report.bandit("B615"));
}
