//! CWE-327 and CWE-330: algorithms and generators that are swapped in place.

use super::parts::quoted;
use crate::edit::{Edit, EditKind};
use crate::rewrite::context::Context;
use crate::rewrite::draft::Draft;
use crate::syntax::{Field, Kind, NodeId};

const RANDOM: &str = "draw secrets from the operating system's generator";
const DIGEST: &str = "hash with SHA-256";

/// `new Random()` → `new SecureRandom()`, which is one; `Math.random()` → its `nextDouble()`.
pub(super) fn java_random(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    let (import, known) = secure_random(context);
    if !known {
        return;
    }
    let draft = Draft::new(EditKind::SecureRandom, node, &[330], RANDOM).import(import);
    let Some(callee) = tree.child(node, Field::Callee) else { return };
    match (tree.kind(node), context.path(callee)) {
        (Kind::New, "java.util.Random") if tree.positional(node).next().is_none() => {
            out.push(draft.replace(tree.span(callee), "SecureRandom").finish());
        }
        // The time is no seed that anybody counts on.
        (Kind::New, "java.util.Random")
            if tree.positional(node).all(|seed| {
                matches!(
                    context.text(seed),
                    "System.currentTimeMillis()" | "System.nanoTime()" | "new Date().getTime()"
                )
            }) =>
        {
            out.push(draft.replace(tree.span(node), "new SecureRandom()").finish());
        }
        (Kind::Call, "java.lang.Math.random") => {
            out.push(draft.replace(tree.span(node), "new SecureRandom().nextDouble()").finish());
        }
        _ => {}
    }
}

/// The import that `SecureRandom` needs, and whether the name is free for it.
fn secure_random(context: Context<'_>) -> (Option<String>, bool) {
    let tree = context.tree();
    let mut imported = false;
    let mut free = true;
    for node in tree.ids() {
        match tree.kind(node) {
            Kind::ImportItem => match tree.import_path(node) {
                Some("java.security.SecureRandom") => imported = true,
                Some("java.security") if context.name(node) == "*" => imported = true,
                _ => free &= context.name(node) != "SecureRandom",
            },
            Kind::Class => free &= context.name(node) != "SecureRandom",
            _ => {}
        }
    }
    ((!imported).then(|| "import java.security.SecureRandom;".to_owned()), free)
}

/// `MessageDigest.getInstance("MD5")` → `"SHA-256"`.
pub(super) fn java_digest(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    if context.callee_path(node) != "java.security.MessageDigest.getInstance" {
        return;
    }
    let Some(name) = tree.positional(node).next().filter(|&name| tree.kind(name) == Kind::String) else { return };
    let draft = Draft::new(EditKind::StrongAlgorithm, node, &[327], DIGEST);
    out.push(draft.replace(tree.span(name), "\"SHA-256\"").finish());
}

/// `createHash("md5")` → `"sha256"`.
pub(super) fn javascript_digest(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    if !matches!(context.callee_name(node), "createHash" | "createHmac") {
        return;
    }
    let Some(name) = tree.positional(node).next().filter(|&name| tree.kind(name) == Kind::String) else { return };
    let draft = Draft::new(EditKind::StrongAlgorithm, node, &[327], DIGEST);
    out.push(draft.replace(tree.span(name), quoted(context, "sha256")).finish());
}

/// `Math.floor(Math.random() * n)` → `crypto.randomInt(n)`; any other `Math.random()` → a number of the same range.
pub(super) fn javascript_random(context: Context<'_>, node: NodeId, out: &mut Vec<Edit>) {
    let tree = context.tree();
    if tree.kind(node) != Kind::Call || context.text(node) != "Math.random()" {
        return;
    }
    let draft = Draft::new(EditKind::SecureRandom, node, &[330], RANDOM);
    let taken = tree.ids().any(|other| match tree.kind(other) {
        Kind::Parameter | Kind::Function => context.name(other) == "crypto",
        _ => false,
    });
    let browser = ["document.", "window.", "localStorage"].iter().any(|part| context.program.text.contains(part));
    if taken {
        return;
    }
    if browser {
        let drawn = "crypto.getRandomValues(new Uint32Array(1))[0] / 2 ** 32";
        out.push(draft.replace(tree.span(node), format!("({drawn})")).finish());
        return;
    }
    let Ok(import) = module(context, "crypto") else { return };
    let draft = draft.import(import);
    if let Some((call, least, end)) = between(context, node) {
        return out.push(draft.replace(tree.span(call), format!("crypto.randomInt({least}, {end})")).finish());
    }
    // `Math.floor(Math.random() * n)` with a whole `n` that is written or is a length.
    let whole = tree
        .parent(node)
        .filter(|&product| tree.kind(product) == Kind::Binary && context.name(product) == "*")
        .and_then(|product| {
            let call = tree
                .parent(product)
                .filter(|&call| tree.kind(call) == Kind::Call && context.callee_path(call) == "Math.floor")?;
            let size = tree.children(product).find(|&side| side != node)?;
            let whole = context.text(size).ends_with(".length")
                || context
                    .program
                    .names
                    .constant(size)
                    .and_then(crate::resolve::Constant::integer)
                    .is_some_and(|size| size > 0 && size < 1 << 47);
            whole.then_some((call, size))
        });
    out.push(match whole {
        Some((call, size)) => {
            draft.replace(tree.span(call), format!("crypto.randomInt({})", context.text(size))).finish()
        }
        None => draft.replace(tree.span(node), "(crypto.randomInt(2 ** 47) / 2 ** 47)").finish(),
    });
}

/// `Math.floor(a + Math.random() * n)` with whole numbers that are written: the call, and what it draws between.
fn between(context: Context<'_>, random: NodeId) -> Option<(NodeId, i64, i64)> {
    let tree = context.tree();
    let number = |node: NodeId| context.program.names.constant(node).and_then(crate::resolve::Constant::integer);
    let other = |above: NodeId, side: NodeId| tree.children(above).find(|&child| child != side).and_then(number);
    let product =
        tree.parent(random).filter(|&above| tree.kind(above) == Kind::Binary && context.name(above) == "*")?;
    let sum = tree.parent(product).filter(|&above| tree.kind(above) == Kind::Binary && context.name(above) == "+")?;
    let call = tree.parent(sum).filter(|&call| context.callee_path(call) == "Math.floor")?;
    let (size, least) = (other(product, random)?, other(sum, product)?);
    let end = least.checked_add(size)?;
    (size > 0 && size < 1 << 47 && (0..1 << 50).contains(&least)).then_some((call, least, end))
}

/// The name of a module means something else in the unit.
pub(super) struct Taken;

/// The import that brings a module in under its own name, if it is not there.
pub(super) fn module(context: Context<'_>, module: &str) -> Result<Option<String>, Taken> {
    let tree = context.tree();
    let mut found = false;
    let named = |node: &NodeId| {
        matches!(tree.kind(*node), Kind::Name | Kind::ImportItem | Kind::Parameter | Kind::Function)
            && context.name(*node) == module
    };
    for node in tree.ids().filter(named) {
        if let Some(definition) = context.program.names.definition(node) {
            let origin = match definition.value {
                Some(value) => context.path(value),
                None => tree.import_path(definition.node).unwrap_or_default(),
            };
            if origin != module {
                return Err(Taken);
            }
            found = true;
        } else if context.program.names.binding(node).is_some() {
            return Err(Taken);
        }
    }
    Ok((!found).then(|| module_import(context, module, module)))
}

/// An import in the style of the unit: ES modules or `require`.
pub(super) fn module_import(context: Context<'_>, names: &str, module: &str) -> String {
    let tree = context.tree();
    let quote = if quoted(context, "x").starts_with('\'') { '\'' } else { '"' };
    let modules = tree.ids().any(|node| tree.kind(node) == Kind::Import)
        || context.program.text.lines().any(|line| line.starts_with("export "));
    if modules {
        format!("import {names} from {quote}{module}{quote};")
    } else {
        format!("const {names} = require({quote}{module}{quote});")
    }
}
