//! Objects from data in Java: native streams and the libraries that take class names from the data.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::listed::{At, Table, is_method_of, of};
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Field, Kind, NodeId};
use crate::taint::Purposes;

/// Readers that make objects of any class, and the data they read.
static READERS: Table = Table::new(&[
    of("ObjectInputStream", &["readObject", "readUnshared"], At::Object),
    of("ObjectInput", &["readObject"], At::Object),
    of("XMLDecoder", &["readObject"], At::Object),
    of("XStream", &["fromXML", "unmarshal", "fromXMLWithClasses"], At::Nth(0)),
    of("Kryo", &["readObject", "readObjectOrNull", "readClassAndObject"], At::Nth(0)),
    of("KryoPool", &["fromBytes"], At::Nth(0)),
    of("HessianInput", &["readObject"], At::Object),
    of("Hessian2Input", &["readObject"], At::Object),
    of("Hessian2StreamingInput", &["readObject"], At::Object),
    of("BurlapInput", &["readObject"], At::Object),
    of("YamlReader", &["read"], At::Object),
    of("YamlConfig", &["load", "loadStream", "loadStreamOfType", "loadType"], At::Nth(0)),
    of("SerializationUtils", &["deserialize"], At::Nth(0)),
    of("SerializationHelper", &["deserialize"], At::Nth(0)),
    of("FSTObjectInput", &["readObject"], At::Object),
    of("FSTConfiguration", &["asObject"], At::Nth(0)),
    of("JSONDeserializer", &["deserialize"], At::Nth(0)),
    of("JSONSerializer", &["fromJSON"], At::Nth(0)),
    of("JSONSerializer", &["unmarshall"], At::Nth(2)),
    of("MarshalInputStream", &["readObject"], At::Object),
    of("Unmarshaller", &["unmarshal"], At::Nth(0)),
]);

/// Readers that are unsafe only as some other part of the call or of their object says.
static CONDITIONAL: Table = Table::new(&[
    of("Yaml", &["load", "loadAll", "loadAs", "parse", "loadStream", "loadStreamOfType", "loadType"], At::Nth(0)),
    of("JSON", &["parse", "parseObject", "parseArray"], At::Nth(0)),
    of("JSONObject", &["parse", "parseObject", "parseArray"], At::Nth(0)),
    of("JsonReader", &["jsonToJava"], At::Nth(0)),
    of("JsonReader", &["readObject"], At::Object),
    of("Gson", &["fromJson"], At::Nth(0)),
    of("ObjectMapper", &["readValue", "readValues", "treeToValue", "convertValue"], At::Nth(0)),
    of("JsonParser", &["parse"], At::Nth(0)),
    of("ObjectMessage", &["getObject"], At::Object),
]);

/// A call that reads objects.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    if let Some(data) = READERS.reached(context, call).first().copied() {
        if is_sound(context, call) {
            return;
        }
        return report(context, call, data, found);
    }
    if let Some(data) = CONDITIONAL.reached(context, call).first().copied() {
        if chooses_class(context, call, data) {
            report(context, call, data, found);
        }
        return;
    }
    exported(context, call, found);
}

fn report(context: &Context<'_>, call: NodeId, data: NodeId, found: &mut Findings) {
    let message = "Objects of any class are made from data by a format that can run code.";
    let made_here = context.is_constant(data);
    if made_here {
        return found.push(context, Report::audit(call, concept::PICKLE_LOAD, message));
    }
    let report = Report::issue(call, concept::PICKLE_LOAD, message);
    found.push(
        context,
        match context.tainted(data, Purposes::DATA) {
            Some(taint) => report.confidence(taint.confidence.max(Confidence::Medium)).trace(taint.trace),
            None => report.severity(Severity::Medium).confidence(Confidence::Medium),
        },
    );
}

/// The construction that an object of a call goes back to, and the calls on the way.
fn chain(context: &Context<'_>, call: NodeId) -> Vec<NodeId> {
    let mut list = vec![call];
    let mut at = context.object(call);
    for _ in 0..12 {
        let Some(object) = at else { break };
        let value = context.value(object);
        list.push(value);
        at = if context.kind(value) == Kind::Call { context.object(value) } else { None };
    }
    list
}

/// The calls made on the object of a call in its function.
fn calls_on(context: &Context<'_>, call: NodeId) -> Vec<NodeId> {
    let tree = context.tree();
    let mut list = chain(context, call);
    let Some(object) = context.object(call) else { return list };
    let Some(last) = list.iter().rev().find(|&&node| node != call).copied() else { return list };
    let name = context.source(object);
    let base = if matches!(context.kind(object), Kind::Name | Kind::Attribute) { name } else { context.source(last) };
    let scope = tree.scope(call);
    let field = context.kind(object) == Kind::Attribute
        || context.program().names.binding(object).is_some_and(|binding| {
            let first = context.program().names.definitions(binding).first();
            first.is_some_and(|definition| context.kind(definition.scope) == Kind::Class)
        });
    let within = if field { NodeId::ROOT } else { scope };
    for node in tree.subtree(within).take(4_000) {
        if context.kind(node) == Kind::Call
            && context.object(node).is_some_and(|of| {
                context.source(of) == base
                    || base.len() > 1
                        && context.source(of).starts_with(base)
                        && context.source(of).as_bytes().get(base.len()) == Some(&b'.')
            })
            && (field || node < tree.end(call))
        {
            list.push(node);
        }
    }
    list
}

/// Streams that check classes, registries of known classes, lists of allowed types.
fn is_sound(context: &Context<'_>, call: NodeId) -> bool {
    let path = context.callee(call);
    if is_method_of(path, "Unmarshaller", "unmarshal") {
        return !path.contains("castor");
    }
    let calls = calls_on(context, call);
    let tree = context.tree();
    let maker = calls.iter().find(|&&node| context.kind(node) == Kind::New);
    let made_as = maker.map(|&maker| context.callee(maker)).unwrap_or_default();
    let class = made_as.rsplit('.').next().unwrap_or(made_as);
    if class == "SerialKiller"
        || ["Validating", "LookAhead", "Safe", "Filtered", "Whitelist", "Allowlist"]
            .iter()
            .any(|word| class.contains(word))
    {
        return true;
    }
    let method_is = |name: &str| calls.iter().any(|&node| context.method(node) == name);
    if is_method_of(path, "XStream", "fromXML") || is_method_of(path, "XStream", "unmarshal") {
        return [
            "allowTypes",
            "denyTypes",
            "addPermission",
            "setupDefaultSecurity",
            "allowTypesByWildcard",
            "allowTypeHierarchy",
            "allowTypesByRegExp",
        ]
        .iter()
        .any(|name| method_is(name));
    }
    if is_method_of(path, "JSONSerializer", "unmarshall") {
        // The class is named here.
        return context.positional(call, 1).is_some_and(|class| context.source(class).ends_with(".class"));
    }
    if path.contains("Kryo") {
        let made_safe = calls.iter().any(|&node| {
            context
                .flow()
                .data()
                .called(node)
                .is_some_and(|function| context.source(function).contains("setRegistrationRequired(true)"))
        });
        let pooled = context.object(call).is_some_and(|object| {
            context.method(context.value(object)) == "borrow"
                && context.text().contains("setRegistrationRequired(true)")
        });
        if made_safe || pooled {
            return true;
        }
        return calls.iter().any(|&node| {
            context.method(node) == "setRegistrationRequired"
                && context.positional(node, 0).and_then(|value| context.truth(value)) == Some(true)
        });
    }
    if is_method_of(path, "JSONDeserializer", "deserialize") {
        let second = context.positional(call, 1);
        if let Some(class) = second {
            return !context.source(class).starts_with("Object.");
        }
        return calls.iter().filter(|&&node| context.method(node) == "use").any(|&node| {
            // A class for the root: `use(null, Type.class)`, or a factory for a path.
            let first = context.positional(node, 0);
            first.is_some_and(|first| context.kind(first) == Kind::Null || context.kind(first) == Kind::New)
        });
    }
    if method_is("setObjectInputFilter") || method_is("setObjectInputFilters") {
        return true;
    }
    // Made here, read here.
    let own = maker.is_some_and(|&maker| {
        tree.subtree(maker)
            .take(60)
            .any(|part| context.kind(part) == Kind::Call && context.method(part) == "toByteArray")
    });
    own && class == "ObjectInputStream"
        && maker.and_then(|&maker| context.positional(maker, 0)).is_some_and(|data| {
            context.outside(data, Purposes::DATA).is_none() && context.flow().origins(data).is_empty()
        })
}

/// Whether the reader takes the class from the data.
fn chooses_class(context: &Context<'_>, call: NodeId, data: NodeId) -> bool {
    let path = context.callee(call);
    let calls = calls_on(context, call);
    let method = context.method(call);
    let method_is = |names: &[&str]| calls.iter().any(|&node| names.contains(&context.method(node)));
    let taken_by_name = |at: usize| {
        context.positional(call, at).is_some_and(|class| {
            let unit = context.flow().leaves(class);
            unit.iter().any(|&leaf| {
                context.tree().subtree(leaf).take(40).any(|part| {
                    context.kind(part) == Kind::Call
                        && matches!(context.method(part), "forName" | "loadClass")
                        && context
                            .positional(part, 0)
                            .is_some_and(|name| context.tainted(name, Purposes::CODE).is_some())
                })
            })
        })
    };
    let reads = |class: &str| is_method_of(path, class, method);
    if reads("Yaml") {
        let maker = calls.iter().find(|&&node| context.kind(node) == Kind::New);
        return path.contains("ho.yaml")
            || path.contains("jyaml")
            || matches!(method, "load" | "loadAll" | "loadAs" | "parse")
                && !maker.is_some_and(|&maker| {
                    let options = context.tree().positional(maker).next();
                    options.is_some_and(|options| {
                        context.flow().leaves(options).iter().any(|&leaf| {
                            context.tree().subtree(leaf).take(40).any(|part| {
                                let part = context.path(part);
                                part.ends_with("SafeConstructor") || part.ends_with("JsonSchema")
                            })
                        })
                    })
                });
    }
    if reads("JSON") || reads("JSONObject") {
        let guarded = context.text().contains("setSafeMode") || context.text().contains("setAutoTypeSupport(false)");
        return path.contains("fastjson") && !guarded;
    }
    if reads("JsonReader") {
        if !path.contains("json.io")
            && !path.contains("cedarsoftware")
            && !path.contains("jsonio")
            && path.matches('.').count() > 1
        {
            return false;
        }
        let maker = calls.iter().find(|&&node| context.kind(node) == Kind::New).copied().unwrap_or(call);
        return !context.positional(maker, 1).is_some_and(|options| {
            let name = context.source(options);
            name.len() > 1 && context.text().contains(&format!("{name}.put(\"USE_MAPS\", true)"))
                || name.contains("USE_MAPS")
        });
    }
    if reads("Gson") {
        return taken_by_name(1) && context.outside(data, Purposes::DATA).is_some() || is_parcel(context, call, data);
    }
    if reads("ObjectMapper") {
        let validated = |names: &[&str]| calls.iter().any(|&node| names.contains(&context.method(node)));
        if validated(&["setPolymorphicTypeValidator", "polymorphicTypeValidator", "activateDefaultTyping"]) {
            return false;
        }
        return method_is(&["enableDefaultTyping"]) || taken_by_name(1) || is_polymorphic(context, call);
    }
    if reads("JsonParser") {
        if !path.contains("jodd") {
            return false;
        }
        if taken_by_name(1) {
            return true;
        }
        let mut named = false;
        for &node in &calls {
            match context.method(node) {
                "setClassMetadataName" => {
                    named = context.positional(node, 0).is_some_and(|name| context.kind(name) != Kind::Null);
                }
                "withClassMetadata" => {
                    named = context.positional(node, 0).and_then(|on| context.truth(on)) == Some(true);
                }
                _ => {}
            }
        }
        let untyped = context.positional(call, 1).is_none_or(|class| context.kind(class) == Kind::Null);
        return named && untyped && !method_is(&["allowClass", "allowAllClasses"]);
    }
    reads("ObjectMessage")
}

/// A class read out of a parcel by name.
fn is_parcel(context: &Context<'_>, call: NodeId, data: NodeId) -> bool {
    let reads = |node: NodeId| {
        context.kind(context.value(node)) == Kind::Call && context.method(context.value(node)) == "readString"
    };
    reads(data)
        && context.positional(call, 1).is_some_and(|class| {
            let made = context.value(class);
            context
                .tree()
                .subtree(made)
                .take(40)
                .any(|part| context.kind(part) == Kind::Call && context.method(part) == "forName")
        })
}

/// Whether the class that is read, or one it holds, says that the data name the class of a field.
fn is_polymorphic(context: &Context<'_>, call: NodeId) -> bool {
    let Some(class) = context.positional(call, 1) else { return false };
    let Some(name) = context.source(class).strip_suffix(".class") else { return false };
    let tree = context.tree();
    let mut names = vec![name.to_owned()];
    let mut at = 0;
    while let Some(name) = names.get(at).cloned() {
        at += 1;
        let declared = tree.ids().find(|&node| context.kind(node) == Kind::Class && context.name(node) == name);
        let Some(declared) = declared else { continue };
        for node in tree.subtree(declared).take(2_000) {
            match context.kind(node) {
                Kind::Decorator => {
                    let text = context.source(node);
                    if text.starts_with("@JsonTypeInfo")
                        && (text.contains("Id.CLASS") || text.contains("Id.MINIMAL_CLASS"))
                    {
                        return true;
                    }
                }
                Kind::Assign | Kind::Class => {
                    let parts = tree.child(node, Field::Type).into_iter().chain(tree.children_in(node, Field::Base));
                    for part in parts {
                        let name = context.source(part).trim();
                        if names.len() < 12 && !names.iter().any(|known| known == name) {
                            names.push(name.to_owned());
                        }
                    }
                }
                _ => {}
            }
        }
    }
    false
}

/// An object served to other machines whose methods take any object.
fn exported(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    const PLAIN: &[&str] =
        &["String", "int", "long", "double", "float", "boolean", "char", "short", "byte", "ObjectInputStream"];
    let path = context.callee(call);
    let binds = ["bind", "rebind"]
        .iter()
        .any(|method| is_method_of(path, "Registry", method) || is_method_of(path, "Naming", method));
    if !binds {
        return;
    }
    let tree = context.tree();
    let Some(object) = context.positional(call, 1).map(|object| context.value(object)) else { return };
    let made = match context.kind(object) {
        Kind::New => object,
        Kind::Call if context.method(object) == "exportObject" && context.positional(object, 2).is_none() => {
            match context.positional(object, 0).map(|inner| context.value(inner)) {
                Some(inner) => inner,
                None => return,
            }
        }
        _ => return,
    };
    let class_named =
        |name: &str| tree.ids().find(|&node| context.kind(node) == Kind::Class && context.name(node) == name);
    let Some(class) =
        class_named(context.source(made).trim_start_matches("new ").split('(').next().unwrap_or_default().trim())
    else {
        return;
    };
    let taken = tree.children_in(class, Field::Base).find_map(|base| {
        let remote = class_named(context.source(base).trim())?;
        tree.subtree(remote).take(2_000).find(|&node| {
            context.kind(node) == Kind::Parameter
                && tree.child(node, Field::Type).is_some_and(|kind| !PLAIN.contains(&context.source(kind).trim()))
        })
    });
    if let Some(taken) = taken {
        let message = "A remote object takes objects of any class from its callers.";
        let report = Report::issue(call, concept::PICKLE_LOAD, message).confidence(Confidence::Medium);
        found.push(context, report.step(context, taken, "any object is taken here").step(context, class, "its class"));
    }
}

/// A stream of objects opened on data, where it is not read in sight.
pub(super) fn construction(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let path = context.callee(node);
    if path.rsplit('.').next() == Some("ObjectInputStream") {
        let message = "A stream of objects is opened; reading it makes objects of any class.";
        found.push(context, Report::audit(node, concept::PICKLE_LOAD, message));
    }
}

/// A bean that serves objects over HTTP or RMI.
pub(super) fn exporter(context: &Context<'_>, function: NodeId, found: &mut Findings) {
    const EXPORTERS: &[&str] = &[
        "RmiServiceExporter",
        "HessianServiceExporter",
        "HttpInvokerServiceExporter",
        "SimpleHttpInvokerServiceExporter",
        "BurlapServiceExporter",
        "RemoteInvocationSerializingExporter",
        "RmiBasedExporter",
    ];
    let tree = context.tree();
    let kind = tree.child(function, Field::Type).map(|kind| context.source(kind).trim()).unwrap_or_default();
    if !EXPORTERS.contains(&kind) {
        return;
    }
    let bean = tree.children_in(function, Field::Decorator).any(|mark| context.source(mark).starts_with("@Bean"));
    let configures = tree.ancestors(function).find(|&above| context.kind(above) == Kind::Class).is_none_or(|class| {
        tree.children_in(class, Field::Decorator).any(|mark| {
            ["Configuration", "SpringBootApplication", "SpringBootConfiguration", "Component"]
                .iter()
                .any(|name| context.source(mark).contains(name))
        })
    });
    if bean && configures {
        let message = "A service that reads objects of any class from its callers is exported.";
        found.push(context, Report::issue(function, concept::PICKLE_LOAD, message));
    }
}
