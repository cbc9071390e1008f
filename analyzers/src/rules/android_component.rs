//! CWE-926/940/441/266: Android components that do what another application's message says, and web views that let pages out.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::listed::{At, Table, of};
use crate::rule::{Context, Findings, Report, Rule, java, java_row};
use crate::syntax::{Kind, NodeId};
use crate::taint::Purposes;

pub(crate) const RULE: Rule = Rule {
    id: "android-component",
    cwe: &[926, 940],
    severity: Severity::Medium,
    summary: "An Android component acts on another application's message, or a web view lets its pages out.",
    advice: "Build messages here and name the component, check package and class of what comes in, and leave file and content access of web views off.",
    rows: &[java_row(&[Kind::Call], check_java), java_row(&[Kind::New], check_new)],
    bad: &[
        java(
            "class A extends Activity { void onCreate() { Intent i = (Intent) getIntent().getParcelableExtra(\"next\"); startActivity(i); } }\n",
        ),
        java("class A extends Activity { void f() { setResult(RESULT_OK, getIntent()); } }\n"),
        java(
            "class A extends Activity { void f(ContentResolver r) throws Exception { r.openInputStream((Uri) getIntent().getParcelableExtra(\"u\")); } }\n",
        ),
        java("class A { void f(WebView v) { v.getSettings().setAllowFileAccess(true); } }\n"),
    ],
    good: &[
        java("class A extends Activity { void f() { startActivity(new Intent(this, B.class)); } }\n"),
        java("class A extends Activity { void f() { Intent i = getIntent(); startActivity(i); } }\n"),
        java("class A { void f(WebView v) { v.getSettings().setAllowFileAccess(false); } }\n"),
    ],
};

/// Methods that hand a message on.
const SENDS: &[&str] = &[
    "startActivity",
    "startActivities",
    "startActivityAsUser",
    "startActivityAsCaller",
    "startActivityForResult",
    "startActivityForResultAsUser",
    "startActivityIfNeeded",
    "startActivityFromChild",
    "startActivityFromFragment",
    "startNextMatchingActivity",
    "startService",
    "startServiceAsUser",
    "startForegroundService",
    "sendBroadcast",
    "sendBroadcastAsUser",
    "sendBroadcastWithMultiplePermissions",
    "sendOrderedBroadcast",
    "sendOrderedBroadcastAsUser",
    "sendStickyBroadcast",
    "sendStickyBroadcastAsUser",
    "sendStickyOrderedBroadcast",
    "sendStickyOrderedBroadcastAsUser",
];

/// Reads and writes through a content resolver.
static OPENS: Table = Table::new(&[
    of(
        "ContentResolver",
        &["openInputStream", "openOutputStream", "openAssetFile", "openAssetFileDescriptor"],
        At::Nth(0),
    ),
    of(
        "ContentResolver",
        &["openFile", "openFileDescriptor", "openTypedAssetFile", "openTypedAssetFileDescriptor"],
        At::Nth(0),
    ),
    of("ContentProviderClient", &["openFile", "openAssetFile", "openTypedAssetFile"], At::Nth(0)),
]);

/// Settings of web views: method, what is wrong, weakness.
const SETTINGS: &[(&str, &str, &[u16])] = &[
    ("setAllowFileAccess", "Pages of the web view may read files.", &[200]),
    ("setAllowFileAccessFromFileURLs", "Pages from files may read other files.", &[200]),
    ("setAllowUniversalAccessFromFileURLs", "Pages from files may read everything.", &[200]),
    ("setAllowContentAccess", "Pages of the web view may read what content providers give.", &[200]),
    ("setJavaScriptEnabled", "Pages of the web view may run scripts.", &[79]),
    ("setWebContentsDebuggingEnabled", "Pages of the web view can be debugged by others.", &[489]),
];

fn name_of<'c>(context: &'c Context<'_>, call: NodeId) -> &'c str {
    let path = context.callee(call);
    path.rsplit('.').next().unwrap_or(path)
}

fn is_true(context: &Context<'_>, value: NodeId) -> bool {
    context.truth(value) == Some(true)
        || context.flow().leaves(value).into_iter().any(|leaf| context.truth(leaf) == Some(true))
}

fn check_java(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let name = name_of(context, call);
    if SENDS.contains(&name) {
        return redirected(context, call, found);
    }
    if name == "setResult" {
        return answered(context, call, found);
    }
    if let Some(&(_, message, cwe)) = SETTINGS.iter().find(|(method, ..)| *method == name) {
        let on = context.positional(call, 0).is_some_and(|on| is_true(context, on));
        if on {
            let report = Report::issue(call, concept::UNCHECKED_INPUT, message).cwe(cwe).severity(Severity::Low);
            found.push(context, report.confidence(Confidence::Medium));
        }
        return;
    }
    if matches!(name, "getActivity" | "getBroadcast" | "getService" | "getForegroundService")
        && context.callee(call).contains("PendingIntent")
    {
        return pending(context, call, found);
    }
    if matches!(name, "sendBroadcast" | "sendOrderedBroadcast" | "sendStickyBroadcast") {
        return broadcast(context, call, found);
    }
    if name == "addJavascriptInterface" {
        let message = "Scripts of the web view may call an object of the application.";
        let report = Report::issue(call, concept::UNCHECKED_INPUT, message).cwe(&[79, 749]).severity(Severity::Low);
        return found.push(context, report.confidence(Confidence::Medium));
    }
    if matches!(name, "getSharedPreferences" | "openFileOutput" | "openOrCreateDatabase" | "getDir") {
        let open = context.tree().positional(call).any(|mode| {
            context.source(mode).contains("MODE_WORLD_READABLE")
                || context.source(mode).contains("MODE_WORLD_WRITEABLE")
        });
        if open {
            let message = "Other applications may read or write what is stored.";
            found.push(context, Report::issue(call, concept::FILE_MODE, message).cwe(&[276, 732]));
        }
        return;
    }
    for uri in OPENS.reached(context, call) {
        if let Some(taint) = context.outside(uri, Purposes::URL) {
            let message = format!("Content is opened under an address from {}.", taint.source());
            let report = Report::issue(call, concept::UNCHECKED_INPUT, message).cwe(&[441, 610]);
            return found.push(context, report.confidence(taint.confidence).trace(taint.trace));
        }
    }
}

/// The calls on the object that a name stands for, before and after a node.
fn calls_on<'c>(context: &'c Context<'_>, node: NodeId, object: NodeId) -> impl Iterator<Item = NodeId> + 'c {
    let tree = context.tree();
    let name = context.source(object);
    tree.subtree(tree.scope(node)).take(6_000).filter(move |&call| {
        context.kind(call) == Kind::Call && context.object(call).is_some_and(|of| context.source(of) == name)
    })
}

/// `PendingIntent.getActivity(context, 0, new Intent(), 0)`: whoever gets it may fill in where the message goes.
fn pending(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let (Some(intent), Some(flags)) = (context.positional(call, 2), context.positional(call, 3)) else { return };
    let flags_text = context.source(context.value(flags));
    if context.source(flags).contains("FLAG_IMMUTABLE") || flags_text.contains("FLAG_IMMUTABLE") {
        return;
    }
    let made = context.value(intent);
    let of_class = context.kind(made) != Kind::New || context.tree().positional(made).count() >= 2;
    let addressed = calls_on(context, call, intent).any(|set| {
        matches!(
            context.method(set),
            "setClass" | "setClassName" | "setComponent" | "setPackage" | "setSelector" | "setIdentifier"
        )
    });
    if !of_class && !addressed {
        let message = "Whoever gets the message may say where it goes: it names no component and may be changed.";
        let report = Report::issue(call, concept::UNCHECKED_INPUT, message).cwe(&[927, 926]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

/// `sendBroadcast(intent)` with a secret in it and no permission asked of those who get it.
fn broadcast(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let Some(intent) = context.positional(call, 0).filter(|_| context.positional(call, 1).is_none()) else { return };
    let mut addressed = false;
    let mut secret = false;
    for set in calls_on(context, call, intent) {
        match context.method(set) {
            "setClass" | "setClassName" | "setComponent" | "setPackage" => addressed = true,
            "putExtra" => {
                secret |= context.tree().positional(set).any(|part| {
                    let text = context.string(part).unwrap_or_else(|| context.source(part));
                    crate::words::names_secret(text.rsplit('.').next().unwrap_or(text))
                });
            }
            _ => {}
        }
    }
    if secret && !addressed {
        let message = "Every application may listen to a message that holds a secret.";
        let report = Report::issue(call, concept::INFORMATION_LEAK, message).cwe(&[927, 200]);
        found.push(context, report.confidence(Confidence::Medium));
    }
}

/// Whether what reaches a message was read out of another one, rather than being the message that started the component.
fn redirected(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    for part in context.tree().positional(call).take(4) {
        let origins = context.flow().origins(part);
        let inner = origins.iter().find(|origin| {
            let text = context.source(origin.node);
            origin.source == crate::taint::Source::Request
                && (text.contains("Extra") || text.contains("getParcelable") || text.contains("getData"))
        });
        if let Some(&origin) = inner {
            let message = "A component is started as a message of another application says.";
            let report = Report::issue(call, concept::UNCHECKED_INPUT, message);
            return found.push(context, report.trace(context.flow().trace(part, origin)));
        }
    }
}

/// `setResult(RESULT_OK, getIntent())`: the caller's permissions come back to it.
fn answered(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let tree = context.tree();
    let Some(answer) = context.positional(call, 1) else { return };
    let origins = context.flow().origins(answer);
    let Some(&origin) = origins.iter().find(|origin| context.source(origin.node).contains("getIntent")) else { return };
    let name = context.source(answer);
    let block = tree.ancestors(call).find(|&above| context.kind(above) == Kind::Block).unwrap_or(NodeId::ROOT);
    let outer = tree.ancestors(block).find(|&above| context.kind(above) == Kind::Block).unwrap_or(block);
    let within = if context.kind(tree.parent(block).unwrap_or(block)) == Kind::If { outer } else { block };
    let cleaned = tree.subtree(within).take(2_000).any(|node| {
        context.kind(node) == Kind::Call
            && node < call
            && context.object(node).is_some_and(|object| context.source(object) == name)
            && match context.method(node) {
                "setData" | "setDataAndType" => true,
                "setFlags" => !context.source(node).contains("FLAG_GRANT"),
                "removeFlags" => {
                    context.source(node).contains("FLAG_GRANT_WRITE")
                        && context.source(node).contains("FLAG_GRANT_READ")
                }
                _ => false,
            }
    });
    // In a branch that looked at the address or at the permissions.
    let looked = tree.ancestors(call).filter(|&above| context.kind(above) == Kind::If).any(|branch| {
        let first = tree.child(branch, crate::syntax::Field::Body).is_some_and(|body| tree.contains(body, call));
        tree.child(branch, crate::syntax::Field::Test).is_some_and(|test| {
            let text = context.source(test);
            first && (text.contains("getData") && text.contains("equals") || text.contains("FLAG_GRANT"))
        })
    });
    if !cleaned && !looked {
        let message = "The message that came in is handed back with the permissions that it grants.";
        let report = Report::issue(call, concept::UNCHECKED_INPUT, message).cwe(&[266, 926]);
        found.push(context, report.trace(context.flow().trace(answer, origin)));
    }
}

/// `new WebResourceResponse(type, encoding, stream)` of a file that the page names.
fn check_new(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    if context.callee(node).rsplit('.').next() != Some("WebResourceResponse") {
        return;
    }
    let Some(stream) = context.tree().positional(node).last() else { return };
    if let Some(taint) = context.outside(stream, Purposes::PATH) {
        let message = "A page of the web view gets a file that its address names.";
        let report = Report::issue(node, concept::PATH_TRAVERSAL, message).cwe(&[200, 22]);
        found.push(context, report.confidence(taint.confidence).trace(taint.trace));
    }
}
