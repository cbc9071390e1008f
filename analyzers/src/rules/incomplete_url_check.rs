//! CWE-20: checks of URLs and host names that a crafted name passes.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::{
    Context, Findings, Report, Rule, example, java, javascript, javascript_row, python, python_row, row,
};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::{Purposes, Source};
use crate::words::words;

mod go;
mod more;
mod pattern;
mod script;

pub(crate) const RULE: Rule = Rule {
    id: "incomplete-url-check",
    cwe: &[20],
    severity: Severity::Medium,
    summary: "A URL is checked by a part of its text, which a crafted URL also holds.",
    advice: "Parse the URL and compare its host with the expected names; escape dots in patterns and anchor both ends.",
    rows: &[
        go_row(&[Kind::Call], go::pattern),
        go_row(&[Kind::Call, Kind::Compare], go::scheme),
        go_row(&[Kind::Compare, Kind::Call], go::redirect),
        python_row(&[Kind::Call], python_call),
        python_row(&[Kind::Compare], python_compare),
        javascript_row(&[Kind::Call], script::check_call),
        javascript_row(&[Kind::Regex, Kind::New, Kind::Call], script::check_pattern),
        javascript_row(&[Kind::Compare], script::check_compare),
        javascript_row(&[Kind::Switch], script::check_switch),
        row(
            &[Language::Php, Language::CSharp, Language::Ruby, Language::Rust, Language::Java],
            &[Kind::Call, Kind::New, Kind::Regex],
            more::check,
        ),
    ],
    bad: &[
        java("class A { boolean f(String url) { return url.startsWith(\"https://example.com\"); } }\n"),
        java(
            "class A { boolean f(java.net.URI uri) { String host = uri.getHost(); return host.endsWith(\"example.com\"); } }\n",
        ),
        javascript("const ok = /^https:\\/\\/www.example\\.com\\//.test(url);\n"),
        javascript("const ok = new RegExp('^https://www\\.example\\.com/').test(url);\n"),
        example(Language::Php, "<?php\nif (strpos($url, 'https://example.com') !== false) { go($url); }\n"),
        example(Language::Php, "<?php\nif (preg_match('/^https?:\\/\\/www.example.com\\//', $url)) { go($url); }\n"),
        example(Language::CSharp, "class A { bool F(string url) { return url.Contains(\"example.com\"); } }\n"),
        example(
            Language::CSharp,
            "class A { bool F(string url) { return Regex.IsMatch(url, \"^https?://www.example.com/\"); } }\n",
        ),
        example(Language::Ruby, "def ok(url)\n  url.start_with?('https://example.com')\nend\n"),
        example(Language::Ruby, "HOST = /^https?:\\/\\/www.example.com\\//\n"),
        example(Language::Rust, "fn ok(url: &str) -> bool { url.ends_with(\"example.com\") }\n"),
        golang("package p\nimport \"regexp\"\nvar host = regexp.MustCompile(\"^https?://www.example.com/\")\n"),
        golang("package p\nimport \"regexp\"\nvar host = regexp.MustCompile(`^good\\.com|beta\\.good\\.org`)\n"),
        golang("package p\nimport \"regexp\"\nvar word = regexp.MustCompile(\"\\bforbidden\")\n"),
        golang(
            "package p\nimport \"strings\"\nfunc clean(redirect string) string {\n\tif !strings.HasPrefix(redirect, \"/\") { return \"/\" }\n\treturn redirect\n}\n",
        ),
        python("def check(target_url):\n    return target_url.endswith('example.com/')\n"),
        python("def check(url):\n    if 'example.com' in url:\n        return True\n"),
        python("def check(url):\n    return url.startswith('https://example.com')\n"),
        python("import re\ndef check(url):\n    return re.match('(www|beta).example.com/', url) is not None\n"),
        python(
            "import re\nP = re.compile(r'^https://www.example.com')\ndef check(url):\n    return bool(P.match(url))\n",
        ),
        python(
            "from urllib.parse import urlparse\ndef check(url):\n    host = urlparse(url).hostname\n    return host.endswith('example.com')\n",
        ),
        javascript("function ok(url) { return url.includes('example.com'); }\n"),
        javascript("function ok(url) { return url.startsWith('https://example.com'); }\n"),
        javascript("function ok(x, y) { return x.indexOf(y) === x.length - y.length; }\n"),
        javascript("function safe(url) { return url.startsWith('javascript:') ? 'about:blank' : url; }\n"),
        javascript("function safe(s) { switch (s) { case 'javascript': return false; default: return true; } }\n"),
    ],
    good: &[
        java("class A { boolean f(String url) { return url.startsWith(\"https://example.com/\"); } }\n"),
        java(
            "class A { boolean f(java.net.URI uri) { String host = uri.getHost(); return host.equals(\"example.com\") || host.endsWith(\".example.com\"); } }\n",
        ),
        java("class A { boolean f(String line) { return line.contains(\"example.com\"); } }\n"),
        javascript("const ok = /^https:\\/\\/www\\.example\\.com\\//.test(url);\n"),
        javascript("const ok = new RegExp('^https://www\\\\.example\\\\.com/').test(url);\n"),
        example(Language::Php, "<?php\nif (str_starts_with($url, 'https://example.com/')) { go($url); }\n"),
        example(Language::CSharp, "class A { bool F(Uri url) { return url.Host == \"example.com\"; } }\n"),
        example(Language::Ruby, "def ok(url)\n  URI.parse(url).host == 'example.com'\nend\n"),
        example(Language::Ruby, "HOST = /\\Ahttps?:\\/\\/www\\.example\\.com\\//\n"),
        example(Language::Rust, "fn ok(host: &str) -> bool { host.ends_with(\".example.com\") }\n"),
        golang("package p\nimport \"regexp\"\nvar host = regexp.MustCompile(`^https?://www\\.example\\.com/`)\n"),
        golang("package p\nimport \"regexp\"\nvar space = regexp.MustCompile(`^\\s+|\\s+$`)\n"),
        golang(
            "package p\nfunc clean(redirect string) string {\n\tif len(redirect) > 1 && redirect[0] == '/' && redirect[1] != '/' && redirect[1] != '\\\\' { return redirect }\n\treturn \"/\"\n}\n",
        ),
        golang(
            "package p\nimport \"strings\"\nfunc absolute(name string) bool { return strings.HasPrefix(name, \"/\") }\n",
        ),
        python(
            "from urllib.parse import urlparse\ndef check(url):\n    return urlparse(url).hostname == 'example.com'\n",
        ),
        python(
            "from urllib.parse import urlparse\ndef check(url):\n    return urlparse(url).hostname.endswith('.example.com')\n",
        ),
        python("def check(url):\n    return url.startswith('https://example.com/')\n"),
        python("import re\ndef check(url):\n    return re.fullmatch(r'(www|beta)\\.example\\.com/', url)\n"),
        python("def check(name):\n    return name.endswith('.com.txt')\n"),
        python("def check(text):\n    return 'see example.com' in text\n"),
        python("def check(path):\n    return path.endswith('/')\n"),
        javascript("function ok(url) { return url.startsWith('https://example.com/'); }\n"),
        javascript("function ok(host) { return host.endsWith('.example.com'); }\n"),
        javascript("function ok(x, y) { const at = x.indexOf(y); return at !== -1 && at === x.length - y.length; }\n"),
        javascript("const page = path.indexOf('index.html') !== -1;\n"),
        javascript("function safe(s) { return !['javascript:', 'data:', 'vbscript:'].includes(s); }\n"),
        javascript("function kind(s) { switch (s) { case 'js': return 1; default: return 0; } }\n"),
    ],
};

/// Whether a name is that of a URL, host or place to go.
fn names_url(name: &str) -> bool {
    words(name.rsplit('.').next().unwrap_or(name)).iter().any(|word| {
        matches!(
            word.as_str(),
            "url"
                | "uri"
                | "link"
                | "href"
                | "host"
                | "hostname"
                | "domain"
                | "netloc"
                | "origin"
                | "referer"
                | "referrer"
                | "redirect"
                | "target"
                | "next"
                | "site"
                | "callback"
                | "website"
        )
    })
}

/// Last parts of host names that tell them from other dotted text.
const ENDINGS: &[&str] = &[
    "com", "org", "net", "edu", "gov", "io", "dev", "app", "co", "uk", "de", "fr", "info", "biz", "us", "eu", "local",
    "internal",
];

/// Whether text is a host name, alone or with scheme and path.
fn host_of(text: &str) -> Option<&str> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = rest.split(['/', ':', '?']).next().unwrap_or(rest);
    let (_, last) = host.rsplit_once('.')?;
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    (plain && ENDINGS.contains(&last)).then_some(host)
}

fn is_url(context: &Context<'_>, node: NodeId) -> bool {
    if names_url(context.source(node)) {
        return true;
    }
    context.tainted(node, Purposes::URL).is_some_and(|taint| taint.origin.source == Source::Request)
}

fn report(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let message = "The URL is checked by a part of its text, which a crafted URL also holds.";
    found.push(context, Report::issue(node, concept::UNCHECKED_INPUT, message).confidence(Confidence::Medium));
}

fn python_call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let method = context.method(call);
    match method {
        "endswith" | "startswith" => {
            let (Some(object), Some(part)) = (context.object(call), context.positional(call, 0)) else { return };
            let Some(text) = context.string(part) else { return };
            if host_of(text).is_none() || !is_url(context, object) {
                return;
            }
            // `.example.com` ends a host, `https://host/` begins a URL: both are whole.
            let whole = if method == "endswith" {
                text.starts_with(['.', '/', '@'])
            } else {
                !text.contains("://") || text.split_once("://").is_some_and(|(_, rest)| rest.contains(['/', ':', '?']))
            };
            if !whole {
                report(context, call, found);
            }
        }
        "match" | "search" | "fullmatch" | "compile" => {
            let path = context.callee(call);
            if !path.starts_with("re.") && !path.starts_with("regex.") {
                return;
            }
            let Some(pattern) = context.argument(call, 0, "pattern").and_then(|pattern| context.string(pattern)) else {
                return;
            };
            if pattern::loose_host(pattern) {
                let message = pattern::LOOSE_HOST;
                found.push(
                    context,
                    Report::issue(call, concept::UNCHECKED_INPUT, message)
                        .cwe(&[20, 625])
                        .confidence(Confidence::Medium),
                );
            }
        }
        _ => {}
    }
}

/// `"example.com" in url`
fn python_compare(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let tree = context.tree();
    if context.name(node) != "in" && context.name(node) != "not in" {
        return;
    }
    let (Some(left), Some(right)) = (tree.child(node, Field::Left), tree.child(node, Field::Right)) else { return };
    let plain = matches!(context.kind(right), Kind::Name | Kind::Attribute);
    let host = context.string(left).is_some_and(|text| host_of(text).is_some());
    // A list of hosts is asked the other way round.
    let listed =
        plain && matches!(context.kind(context.value(right)), Kind::List | Kind::Tuple | Kind::Set | Kind::Dict);
    if plain && host && !listed && is_url(context, right) {
        report(context, node, found);
    }
}
