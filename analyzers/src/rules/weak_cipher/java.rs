//! Ciphers, modes and key lengths of Java.

use super::check_transformation;
use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::listed::is_method_of;
use crate::rule::{Context, Findings, Report};
use crate::syntax::{Kind, NodeId};
use crate::taint::{Purposes, Source};

/// A call that chooses a cipher or the length of a key.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let gives = |class: &str| is_method_of(path, class, "getInstance");
    if gives("Cipher") || gives("KeyGenerator") || gives("SecretKeyFactory") || gives("AlgorithmParameters") {
        let before = found.len();
        check_transformation(context, call, '/', found);
        if found.len() == before {
            transformation(context, call, found);
        }
    } else if let Some(at) = key_argument(path) {
        length(context, call, at, found);
    }
}

/// What the common table does not know of Java's names.
fn transformation(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let Some(argument) = context.positional(call, 0) else { return };
    let leaves = context.flow().leaves(argument);
    let names = leaves.iter().filter_map(|&leaf| context.string(leaf)).chain(context.string(argument));
    let cipher = is_method_of(context.callee(call), "Cipher", "getInstance");
    for name in names {
        let name = name.to_ascii_lowercase();
        let mut parts = name.split('/');
        let (algorithm, mode, padding) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        let says = if matches!(
            algorithm,
            "skipjack"
                | "rc5"
                | "des"
                | "desede"
                | "rc2"
                | "rc4"
                | "arcfour"
                | "blowfish"
                | "cast5"
                | "cast6"
                | "gost28147"
                | "idea"
                | "tea"
                | "xtea"
                | "seed"
                | "noekeon"
        ) || name.starts_with("pbewithmd5")
            || name.starts_with("pbewithsha1anddes")
            || name.starts_with("pbewithsha1andrc")
        {
            Some(("A broken cipher is used.", &[327][..], concept::WEAK_CIPHER))
        } else if cipher && algorithm == "rsa" && padding == Some("nopadding") {
            Some(("RSA without padding shows relations between messages.", &[780, 327, 326][..], concept::WEAK_CIPHER))
        } else if cipher && algorithm == "aes" && mode == Some("ecb") {
            Some(("The ECB mode shows patterns of the plain text.", &[327][..], concept::WEAK_CIPHER))
        } else if cipher && mode == Some("cbc") && padding == Some("pkcs5padding") {
            let message = "CBC with this padding can be read by asking whether a padding is right; GCM cannot.";
            return found.push(context, Report::audit(call, concept::WEAK_CIPHER, message).cwe(&[327]));
        } else {
            None
        };
        if let Some((message, cwe, concept)) = says {
            let report = Report::issue(call, concept, message).cwe(cwe);
            let named = leaves.iter().find(|&&leaf| leaf != argument && context.string(leaf).is_some());
            return found.push(
                context,
                match named {
                    Some(&leaf) => report.step(context, leaf, "the name of the algorithm"),
                    None => report,
                },
            );
        }
    }
    if cipher && !context.is_constant(argument) {
        let message = "The cipher is chosen at run time.";
        found.push(context, Report::audit(call, concept::WEAK_CIPHER, message));
    } else if cipher {
        found.push(
            context,
            Report::audit(call, concept::WEAK_CIPHER, "A cipher is used; its mode and key were looked at."),
        );
    }
}

/// Ciphers and parameters made by name of a class.
pub(super) fn construction(context: &Context<'_>, node: NodeId, found: &mut Findings) {
    let path = context.callee(node);
    let class = path.rsplit('.').next().unwrap_or(path);
    match class {
        "NullCipher" => {
            found.push(context, Report::issue(node, concept::WEAK_CIPHER, "A cipher that changes nothing is used."));
        }
        "DESEngine" | "DESedeEngine" | "RC2Engine" | "RC4Engine" | "BlowfishEngine" | "IDEAEngine"
        | "SkipjackEngine" | "DESKeySpec" => {
            found.push(context, Report::issue(node, concept::WEAK_CIPHER, "A broken cipher is used."));
        }
        "RSAKeyGenParameterSpec" | "DSAGenParameterSpec" | "DHGenParameterSpec" => {
            if let Some(bits) = context.positional(node, 0) {
                short(context, node, bits, 2048, found);
            }
        }
        "ECGenParameterSpec" => {
            let Some(argument) = context.positional(node, 0) else { return };
            let leaves = context.flow().leaves(argument);
            let weak = |leaf: &&NodeId| context.string(**leaf).and_then(bits_of_curve).is_some_and(|bits| bits < 224);
            if let Some(&leaf) = leaves.iter().find(weak) {
                too_short(context, node, (leaf != argument).then_some(leaf), found);
            }
        }
        "SecretKeySpec" => {
            let named = context.tree().positional(node).last().and_then(|name| context.string(name));
            if named.is_some_and(|name| {
                matches!(name.to_ascii_lowercase().as_str(), "des" | "desede" | "rc2" | "rc4" | "arcfour" | "blowfish")
            }) {
                found.push(context, Report::issue(node, concept::WEAK_CIPHER, "A key for a broken cipher is made."));
            }
        }
        "IvParameterSpec" | "GCMParameterSpec" | "PBEKeySpec" | "PBEParameterSpec" => {
            let at = usize::from(matches!(class, "GCMParameterSpec" | "PBEKeySpec"));
            let Some(nonce) = context.tree().positional(node).nth(at) else { return };
            fixed_nonce(context, node, nonce, class.starts_with("PBE"), found);
        }
        _ => {}
    }
}

/// The number in the name of a curve (`secp112r1`, `X9.62 prime192v2`).
fn bits_of_curve(name: &str) -> Option<u32> {
    let last = name.rsplit([' ', '.']).next()?.to_ascii_lowercase();
    let known = ["secp", "sect", "prime", "c2tnb", "c2pnb", "brainpoolp", "wap-wsg-idm-ecid-wtls", "ecgenparameter"];
    if !known.iter().any(|head| last.starts_with(head)) {
        return None;
    }
    let digits: String = last
        .chars()
        .skip_while(|letter| !letter.is_ascii_digit() || last.starts_with("c2"))
        .take_while(char::is_ascii_digit)
        .collect();
    if last.starts_with("c2") {
        let rest: String = last.get(5..)?.chars().take_while(char::is_ascii_digit).collect();
        return rest.parse().ok();
    }
    digits.parse().ok()
}

/// Where a generator takes the length of its key.
fn key_argument(path: &str) -> Option<usize> {
    let known = [("KeyGenerator", "init"), ("KeyPairGenerator", "initialize"), ("AlgorithmParameterGenerator", "init")];
    known.iter().any(|(class, method)| is_method_of(path, class, method)).then_some(0)
}

/// A length that is too small for what the generator was made for.
fn length(context: &Context<'_>, call: NodeId, at: usize, found: &mut Findings) {
    let Some(bits) = context.positional(call, at) else { return };
    let Some(object) = context.object(call) else { return };
    let maker = context.value(object);
    let algorithm = context
        .positional(maker, 0)
        .filter(|_| context.kind(maker) == Kind::Call)
        .and_then(|name| context.string(name))
        .unwrap_or_default()
        .to_ascii_lowercase();
    let least = match algorithm.as_str() {
        "rsa" | "dsa" | "dh" | "diffiehellman" | "rsassa-pss" | "elgamal" => 2048,
        "ec" | "ecdsa" | "ecdh" | "x25519" => 224,
        "aes" | "chacha20" | "hmacsha256" => 128,
        // Where it is made is not shown: what is too short for anything.
        "" if context.callee(call).ends_with("KeyGenerator.init") => 80,
        "" if context.callee(call).ends_with("KeyPairGenerator.initialize") => {
            let value = context.integer(bits);
            if value.is_some_and(|bits| (512..2048).contains(&bits) && bits != 521) {
                too_short(context, call, None, found);
            }
            return;
        }
        _ => return,
    };
    short(context, call, bits, least, found);
}

fn short(context: &Context<'_>, node: NodeId, bits: NodeId, least: i64, found: &mut Findings) {
    let small = |node: &NodeId| context.integer(*node).is_some_and(|bits| bits > 0 && bits < least);
    let far = context.flow().leaves(bits).into_iter().find(|leaf| *leaf != bits && small(leaf));
    if small(&bits) || far.is_some() {
        too_short(context, node, far, found);
    }
}

fn too_short(context: &Context<'_>, node: NodeId, length: Option<NodeId>, found: &mut Findings) {
    let report = Report::issue(node, concept::WEAK_KEY, "A key is too short.").cwe(&[326, 327]);
    let mut report = report.severity(Severity::Medium);
    if let Some(length) = length {
        report = report.step(context, length, "the length of the key");
    }
    if let Some(maker) = context.object(node).map(|object| context.value(object)).filter(|&maker| maker != node) {
        report = report.step(context, maker, "what makes the key");
    }
    found.push(context, report);
}

/// A nonce that stands in the program.
fn fixed_nonce(context: &Context<'_>, node: NodeId, nonce: NodeId, salt: bool, found: &mut Findings) {
    let tree = context.tree();
    // What is read back for decryption comes from the message.
    let decrypts = context.function(node).is_some_and(|function| {
        let name = context.name(function).to_ascii_lowercase();
        name.contains("decrypt") || context.source(function).contains("DECRYPT_MODE")
    });
    if decrypts {
        return;
    }
    let fixed = context.flow().leaves(nonce).into_iter().any(|leaf| match context.kind(leaf) {
        Kind::List => {
            let filled = context.function(node).is_some_and(|function| {
                let name = context.source(nonce);
                tree.subtree(function).take(4_000).any(|call| {
                    context.kind(call) == Kind::Call
                        && tree.positional(call).any(|part| context.source(part) == name)
                        && !tree.contains(node, call)
                        || matches!(context.kind(call), Kind::Assign)
                            && tree.child(call, crate::syntax::Field::Target).is_some_and(|target| {
                                context.kind(target) == Kind::Subscript && context.source(target).starts_with(name)
                            })
                })
            });
            !filled
        }
        Kind::Call => {
            matches!(context.method(leaf), "getBytes" | "toByteArray" | "decode" | "toCharArray")
                && (context.object(leaf).is_some_and(|text| context.string(text).is_some())
                    || context
                        .positional(leaf, 0)
                        .is_some_and(|text| context.string(text).is_some_and(|text| text.len() > 7)))
        }
        Kind::String => true,
        _ => false,
    });
    if fixed {
        let (message, cwe): (_, &'static [u16]) = if salt {
            ("The salt is the same every time.", &[760, 916])
        } else {
            ("The initialisation vector is the same every time.", &[329, 1204])
        };
        let report = Report::issue(node, concept::FIXED_NONCE, message).cwe(cwe);
        found.push(context, report.severity(Severity::Medium).confidence(Confidence::Medium));
    }
}

/// A cipher or digest named by a setting that others may change.
pub(super) fn from_settings(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    if !is_method_of(path, "MessageDigest", "getInstance") && !is_method_of(path, "Cipher", "getInstance") {
        return;
    }
    let Some(name) = context.positional(call, 0).filter(|&name| !context.is_constant(name)) else { return };
    let of_property = context
        .flow()
        .leaves(name)
        .into_iter()
        .any(|leaf| context.kind(leaf) == Kind::Call && context.method(leaf) == "getProperty");
    let outside = context.tainted(name, Purposes::CODE).is_some_and(|taint| taint.origin.source >= Source::Arguments);
    if of_property || outside {
        let message = "The algorithm is named by a setting, which may name a broken one.";
        let report = Report::issue(call, concept::WEAK_HASH, message).cwe(&[327, 328]).severity(Severity::Low);
        found.push(context, report.confidence(Confidence::Low));
    }
}
