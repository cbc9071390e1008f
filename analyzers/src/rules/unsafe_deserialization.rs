//! CWE-502: bytes turned into objects by a format that can run code.

mod java;

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::served::setting;
use crate::rule::{
    Context, Exposure, Findings, Report, Rule, example, java, java_row, javascript, javascript_row, python, python_row,
    row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

mod formatter;
mod more;

pub(crate) const RULE: Rule = Rule {
    id: "unsafe-deserialization",
    cwe: &[502],
    severity: Severity::High,
    summary: "Data is read by a format that can run code.",
    advice: "Use a data-only format (JSON, `yaml.safe_load`, `torch.load(…, weights_only=True)`), or check a signature before reading.",
    rows: &[
        go_row(&[Kind::Call], go_call),
        python_row(&[Kind::Call], python_call),
        python_row(&[Kind::Assign, Kind::Keyword, Kind::Pair], python_setting),
        java_row(&[Kind::Call], java::call),
        java_row(&[Kind::New], java::construction),
        java_row(&[Kind::Function], java::exporter),
        javascript_row(&[Kind::Call], javascript_call),
        row(&[Language::CSharp], &[Kind::Call, Kind::New, Kind::Attribute], formatter::check),
        row(&[Language::Php, Language::Ruby], &[Kind::Call], more::check),
    ],
    bad: &[
        python("SESSION_SERIALIZER = 'django.contrib.sessions.serializers.PickleSerializer'\n"),
        python(
            "from multiprocessing.connection import Listener\nlistener = Listener(('', 6000))\nconn = listener.accept()\nmessage = conn.recv()\n",
        ),
        golang(
            "package p\nimport (\"net/http\"; \"encoding/gob\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tvar u User\n\tgob.NewDecoder(r.Body).Decode(&u)\n}\n",
        ),
        java(
            "import com.esotericsoftware.kryo.Kryo;\nclass A { Object f(com.esotericsoftware.kryo.io.Input in) { Kryo kryo = new Kryo(); return kryo.readClassAndObject(in); } }\n",
        ),
        java(
            "import com.fasterxml.jackson.databind.ObjectMapper;\nclass A { Object f(String t) throws Exception { ObjectMapper m = new ObjectMapper(); m.enableDefaultTyping(); return m.readValue(t, Object.class); } }\n",
        ),
        java(
            "import com.alibaba.fastjson.JSON;\nclass A { Object f(javax.servlet.http.HttpServletRequest r) { return JSON.parseObject(r.getParameter(\"j\")); } }\n",
        ),
        python("import pickle\ndef f(data):\n    return pickle.loads(data)\n"),
        python("import pickle\nwith open('x.pkl', 'rb') as f:\n    x = pickle.load(f)\n"),
        python("import yaml\ndef f(t):\n    return yaml.load(t)\n"),
        python("import yaml\ndef f(t):\n    return yaml.load(t, Loader=yaml.Loader)\n"),
        python("from yaml import load, UnsafeLoader\ndef f(t):\n    return load(t, UnsafeLoader)\n"),
        python("import marshal\ndef f(t):\n    return marshal.loads(t)\n"),
        python("import shelve\ndef f(p):\n    return shelve.open(p)\n"),
        python("import jsonpickle\ndef f(t):\n    return jsonpickle.decode(t)\n"),
        python("import torch\ndef f(p):\n    return torch.load(p)\n"),
        python("import numpy as np\ndef f(p):\n    return np.load(p, allow_pickle=True)\n"),
        python("import pandas as pd\ndef f(p):\n    return pd.read_pickle(p)\n"),
        java(
            "import java.io.*;\nclass A { Object f(InputStream in) throws Exception { ObjectInputStream o = new ObjectInputStream(in); return o.readObject(); } }\n",
        ),
        java(
            "import org.yaml.snakeyaml.Yaml;\nclass A { Object f(String text) { Yaml yaml = new Yaml(); return yaml.load(text); } }\n",
        ),
        java(
            "import com.thoughtworks.xstream.XStream;\nclass A { Object f(String text) { XStream x = new XStream(); return x.fromXML(text); } }\n",
        ),
        javascript(
            "const serialize = require('node-serialize');\nfunction f(body) { return serialize.unserialize(body); }\n",
        ),
        javascript("const v8 = require('v8');\nmodule.exports = (bytes) => v8.deserialize(bytes);\n"),
        example(Language::Php, "<?php\n$o = unserialize($_COOKIE['state']);\n"),
        example(Language::Ruby, "def f\n  Marshal.load(params[:data])\nend\n"),
        example(Language::CSharp, "class A { object F(Stream s) { return new BinaryFormatter().Deserialize(s); } }\n"),
        example(
            Language::CSharp,
            "class A { object F(string s) { return JsonConvert.DeserializeObject(s, new JsonSerializerSettings { TypeNameHandling = TypeNameHandling.All }); } }\n",
        ),
    ],
    good: &[
        python("from multiprocessing import Pipe\na, b = Pipe()\nmessage = a.recv()\n"),
        example(Language::Ruby, "def f\n  Oj.load(params[:data], mode: :strict)\nend\n"),
        golang(
            "package p\nimport (\"net/http\"; \"encoding/json\")\nfunc f(w http.ResponseWriter, r *http.Request) {\n\tvar u User\n\tjson.NewDecoder(r.Body).Decode(&u)\n}\n",
        ),
        java(
            "import com.esotericsoftware.kryo.Kryo;\nclass A { Object f(com.esotericsoftware.kryo.io.Input in) { Kryo kryo = new Kryo(); kryo.setRegistrationRequired(true); return kryo.readObject(in, A.class); } }\n",
        ),
        java(
            "import com.google.gson.Gson;\nclass A { Object f(String t) { return new Gson().fromJson(t, A.class); } }\n",
        ),
        java(
            "import com.fasterxml.jackson.databind.ObjectMapper;\nclass A { Object f(String t) throws Exception { return new ObjectMapper().readValue(t, A.class); } }\n",
        ),
        java(
            "import org.yaml.snakeyaml.Yaml;\nimport org.yaml.snakeyaml.constructor.SafeConstructor;\nclass A { Object f(String t) { Yaml y = new Yaml(new SafeConstructor()); return y.load(t); } }\n",
        ),
        javascript("const yaml = require('js-yaml');\nfunction f(t) { return yaml.load(t); }\n"),
        javascript("function f(t) { return JSON.parse(t); }\n"),
        python("import json\ndef f(t):\n    return json.loads(t)\n"),
        python("import yaml\ndef f(t):\n    return yaml.safe_load(t)\n"),
        python("import yaml\ndef f(t):\n    return yaml.load(t, Loader=yaml.SafeLoader)\n"),
        python("import pickle\ndef f(x):\n    return pickle.dumps(x)\n"),
        python("import pickle\ndef copy(x):\n    return pickle.loads(pickle.dumps(x))\n"),
        python("import torch\ndef f(p):\n    return torch.load(p, weights_only=True)\n"),
        python("import numpy as np\ndef f(p):\n    return np.load(p)\n"),
        example(Language::Php, "<?php\n$o = json_decode($_COOKIE['state']);\n"),
        example(Language::Ruby, "def f\n  YAML.safe_load(params[:data])\nend\n"),
        example(Language::CSharp, "class A { object F(string s) { return JsonConvert.DeserializeObject<B>(s); } }\n"),
        example(
            Language::CSharp,
            "class A { object F(string s) { var o = new JsonSerializerSettings { TypeNameHandling = TypeNameHandling.All, SerializationBinder = new Known() }; return JsonConvert.DeserializeObject<B>(s, o); } }\n",
        ),
    ],
};

const PICKLES: &[&str] = &[
    "pickle.load",
    "pickle.loads",
    "pickle.Unpickler",
    "cPickle.load",
    "cPickle.loads",
    "cPickle.Unpickler",
    "_pickle.load",
    "_pickle.loads",
    "dill.load",
    "dill.loads",
    "dill.Unpickler",
    "cloudpickle.load",
    "cloudpickle.loads",
    "marshal.load",
    "marshal.loads",
    "shelve.open",
    "shelve.DbfilenameShelf",
    "jsonpickle.decode",
    "jsonpickle.loads",
    "jsonpickle.unpickler.decode",
    "joblib.load",
    "sklearn.externals.joblib.load",
    "pandas.read_pickle",
    "pickle5.loads",
    "pickle5.load",
    "kombu.serialization.pickle_loads",
    "zodbpickle.loads",
    "celery.utils.serialization.pickle.loads",
];
const YAML: &[&str] = &["yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.unsafe_load_all", "ruamel.yaml.load"];

fn python_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if let Some((function, _)) = context.handed_over(call)
        && PICKLES.contains(&context.path(function))
    {
        // `map(pickle.loads, items)`
        let message = "Objects are made from data by a format that can run code.";
        let report = Report::issue(call, concept::PICKLE_LOAD, message).severity(Severity::Medium);
        return found.push(context, report.confidence(Confidence::Medium));
    }
    if PICKLES.contains(&path) {
        report(context, call, concept::PICKLE_LOAD, found);
    } else if YAML.contains(&path) {
        if !is_safe_loader(context, call, path) {
            report(context, call, concept::YAML_LOAD, found);
        }
    } else if path == "multiprocessing.connection.Connection.recv"
        || context.method(call) == "recv"
            && context.positional(call, 0).is_none()
            && context.object(call).is_some_and(|object| is_pickle_connection(context, object))
    {
        let message = "Objects are made from what the network sends by a format that can run code.";
        let report = Report::issue(call, concept::PICKLE_LOAD, message);
        found.push(context, report.confidence(Confidence::Medium));
    } else if path == "torch.load" && !context.is_on(call, "weights_only")
        || path == "numpy.load" && context.is_on(call, "allow_pickle")
    {
        report(context, call, concept::MODEL_LOAD, found);
    }
}

/// A connection of `multiprocessing.connection`, which sends pickled objects.
fn is_pickle_connection(context: &Context<'_>, object: NodeId) -> bool {
    let made = context.value(object);
    let kind = context.program().names.type_of(object).unwrap_or_default();
    kind.starts_with("multiprocessing.connection.")
        || context.kind(made) == Kind::Call
            && context.callee(made).starts_with("multiprocessing.connection.")
            && !context.callee(made).ends_with(".Pipe")
}

/// Settings that make a framework read pickled objects.
fn python_setting(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let Some((name, value)) = setting(context, node) else { return };
    let value = context.value(value);
    let says = |node: NodeId| context.string(node).is_some_and(|text| text == "pickle");
    let reads = match name {
        "SESSION_SERIALIZER" => context.string(value).is_some_and(|text| text.ends_with("PickleSerializer")),
        "CELERY_ACCEPT_CONTENT" | "accept_content" | "CELERY_TASK_SERIALIZER" | "task_serializer" => {
            says(value) || context.tree().children(value).take(10).any(says)
        }
        _ => false,
    };
    if reads {
        let message = "Messages or sessions are read by a format that can run code.";
        let report = Report::issue(node, concept::PICKLE_LOAD, message).severity(Severity::Medium);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

fn javascript_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    const READERS: &[&str] = &[
        "node-serialize.unserialize",
        "serialize-to-js.deserialize",
        "funcster.deepDeserialize",
        "cryo.parse",
        "v8.deserialize",
        "js-yaml.unsafeLoad",
        "js-yaml.unsafeLoadAll",
    ];
    let path = context.callee(call);
    let path = path.trim_start_matches("node:");
    let full_schema = matches!(path, "js-yaml.load" | "js-yaml.loadAll" | "js-yaml.safeLoad" | "js-yaml.safeLoadAll")
        && context.tree().positional(call).skip(1).map(|options| context.value(options)).any(|options| {
            let schema = context.entry(options, "schema").map_or(options, |schema| context.value(schema));
            context.tree().subtree(schema).take(80).any(|part| {
                context.name(part) == "DEFAULT_FULL_SCHEMA" || context.path(part).starts_with("js-yaml-js-types")
            })
        });
    if full_schema {
        report(context, call, concept::YAML_LOAD, found);
    } else if READERS.contains(&path) {
        report(context, call, concept::PICKLE_LOAD, found);
    }
}

fn is_safe_loader(context: &Context<'_>, call: NodeId, path: &str) -> bool {
    if path.contains("unsafe") {
        return false;
    }
    let Some(loader) = context.argument(call, 1, "Loader") else { return false };
    let loader = context.path(loader);
    matches!(loader.rsplit('.').next().unwrap_or_default(), "SafeLoader" | "CSafeLoader" | "BaseLoader" | "CBaseLoader")
}

fn report(context: &Context<'_>, call: NodeId, concept: &'static str, found: &mut Findings) {
    let Some(data) = context.positional(call, 0).or_else(|| {
        ["data", "file", "stream", "string", "filename", "filepath_or_buffer", "f"]
            .iter()
            .find_map(|name| context.keyword(call, name))
    }) else {
        return;
    };
    // What was serialised here is known.
    let value = context.value(data);
    let own = context.kind(value) == Kind::Call && context.callee(value).rsplit('.').next() == Some("dumps");
    if own {
        let message = "Data that this code serialised itself is read back by a format that can run code.";
        return found.push(context, Report::audit(call, concept, message));
    }
    match context.exposure(data, Purposes::DATA) {
        Exposure::Tainted(taint) if !matches!(taint.origin.source, Source::File | Source::Environment) => {
            let message = format!("Objects are made from {} by a format that can run code.", taint.source());
            let confidence = taint.confidence.max(Confidence::Medium);
            found.push(context, Report::issue(call, concept, message).confidence(confidence).trace(taint.trace));
        }
        Exposure::Constant if context.string(data).is_some() && concept == concept::YAML_LOAD => {
            found.push(context, Report::audit(call, concept, "Constant text is read by a loader that can run code."));
        }
        _ => {
            let message = "Objects are made from stored data by a format that can run code.";
            let report = Report::issue(call, concept, message).severity(Severity::Medium);
            found.push(context, report.confidence(Confidence::Medium));
        }
    }
}

/// gob sends types along with values, and its decoder trusts their sizes.
fn go_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if context.callee(call) != "encoding/gob.NewDecoder" {
        return;
    }
    let Some(taint) = context.positional(call, 0).and_then(|data| context.tainted(data, Purposes::DATA)) else {
        return;
    };
    if matches!(taint.origin.source, crate::taint::Source::Request | crate::taint::Source::Network) {
        let message = format!("Objects are decoded from {}.", taint.source());
        let report = Report::issue(call, concept::PICKLE_LOAD, message).severity(Severity::Medium);
        found.push(context, report.confidence(Confidence::Medium).trace(taint.trace));
    }
}
