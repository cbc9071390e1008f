//! CWE-330: a predictable generator where a value must not be guessed.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language;
use crate::rule::common::{call_path, purpose};
use crate::rule::{
    Context, Findings, Report, Rule, c, c_row, java, java_row, javascript, javascript_row, python, python_row,
};
use crate::rule::{example, row};
use crate::rule::{go as golang, go_row};
use crate::syntax::{Kind, NodeId};
use crate::words::names_unguessable;

mod go;
mod native;
mod python;
mod script;

pub(crate) const RULE: Rule = Rule {
    id: "insecure-random",
    cwe: &[330, 338],
    severity: Severity::Medium,
    summary: "A predictable generator makes a value that must not be guessed.",
    advice: "Use the secrets module (or random.SystemRandom) for tokens, passwords, keys, codes and salts.",
    rows: &[
        go_row(&[Kind::Call], go::call),
        c_row(&[Kind::Call], native::check),
        python_row(&[Kind::Call], check_python),
        python_row(&[Kind::Call], python::check),
        java_row(&[Kind::New, Kind::Call], check_java),
        javascript_row(&[Kind::Call], script::call),
        javascript_row(&[Kind::Assign, Kind::Pair], script::stored),
        row(&[Language::Php, Language::CSharp, Language::Ruby], &[Kind::Call, Kind::New], check_more),
    ],
    bad: &[
        golang("package p\nimport \"math/rand\"\nfunc generateToken() int { return rand.Intn(1000000) }\n"),
        golang("package p\nimport mrand \"math/rand/v2\"\nfunc f() { sessionID := mrand.Int64()\n\tuse(sessionID) }\n"),
        c("#include <stdlib.h>\nint make_token(void) { return rand(); }\n"),
        c(
            "#include <stdlib.h>\nvoid f(unsigned char *out) { unsigned char session_key[16]; for (int i = 0; i < 16; i++) session_key[i] = random() & 0xff; }\n",
        ),
        python("import uuid\ndef reset_token(user):\n    return str(uuid.uuid1())\n"),
        python(
            "import time, hashlib\ndef make_reset_token(email):\n    return hashlib.sha256(f'{email}{time.time()}'.encode()).hexdigest()\n",
        ),
        python(
            "import random\ndef generate_password(n):\n    return ''.join(random.choice('abc') for _ in range(n))\n",
        ),
        python("import random\ntoken = random.getrandbits(128)\n"),
        python("from random import randint\nsession['otp'] = randint(1000, 9999)\n"),
        python(
            "import random, string\ndef make_user(name):\n    reset_token = ''.join(random.choices(string.ascii_letters, k=20))\n    return name, reset_token\n",
        ),
        python("import numpy as np\nsalt = np.random.bytes(16)\n"),
        java(
            "import java.util.Random;\nclass A { String makeToken() { Random random = new Random(); return Long.toHexString(random.nextLong()); } }\n",
        ),
        java("class A { int otp() { return (int) (Math.random() * 10000); } }\n"),
        javascript("const suffix = Math.random().toString(36);\nconst password = 'x-' + suffix;\n"),
        javascript("function generateToken() { return Math.random().toString(36).slice(2); }\n"),
        javascript("const sessionId = `s${Math.floor(Math.random() * 1e9)}`;\n"),
        example(Language::Php, "<?php\n$token = mt_rand();\n"),
        example(Language::CSharp, "class A { void G() { int sessionToken = new Random().Next(); } }\n"),
        example(Language::Ruby, "token = rand(1000000)\n"),
    ],
    good: &[
        golang("package p\nimport \"math/rand\"\nfunc rollDice() int { return rand.Intn(6) + 1 }\n"),
        golang("package p\nimport \"crypto/rand\"\nfunc token(b []byte) { rand.Read(b) }\n"),
        c("#include <stdlib.h>\nint roll(void) { return rand() % 6 + 1; }\n"),
        c("#include <sys/random.h>\nvoid make_token(unsigned char *out) { getrandom(out, 16, 0); }\n"),
        java("import java.util.Random;\nclass Dice { int roll() { return new Random().nextInt(6) + 1; } }\n"),
        java(
            "import java.security.SecureRandom;\nclass A { int otp() { return new SecureRandom().nextInt(10000); } }\n",
        ),
        javascript("const roll = () => Math.floor(Math.random() * 6) + 1;\n"),
        python("import uuid\ndef record_id():\n    return str(uuid.uuid1())\n"),
        python(
            "import time, hashlib, secrets\ndef make_reset_token(email):\n    return hashlib.sha256(f'{secrets.token_hex()}{time.time()}'.encode()).hexdigest()\n",
        ),
        python("import random\ndef roll_dice():\n    return random.randint(1, 6)\n"),
        python("import random\nrandom.shuffle(deck)\n"),
        python("import secrets\ntoken = secrets.token_hex(16)\n"),
        python(
            "import random\ndef generate_password(n):\n    generator = random.SystemRandom()\n    return ''.join(generator.choice('abc') for _ in range(n))\n",
        ),
        example(Language::Php, "<?php\n$roll = mt_rand(1, 6);\n"),
        example(Language::CSharp, "class A { int Roll() { return new Random().Next(1, 7); } }\n"),
        example(Language::Ruby, "roll = rand(6)\ntoken = SecureRandom.hex\n"),
    ],
};

const DRAWS: &[&str] = &[
    "random",
    "randrange",
    "randint",
    "choice",
    "choices",
    "sample",
    "shuffle",
    "uniform",
    "triangular",
    "getrandbits",
    "randbytes",
    "Random",
    "bytes",
    "rand",
    "random_sample",
    "integers",
];

fn check_python(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let Some(path) = call_path(context, call) else { return };
    let Some((module, draw)) = path.rsplit_once('.') else { return };
    if !matches!(module, "random" | "random.Random" | "numpy.random") || !DRAWS.contains(&draw) {
        return;
    }
    report(context, call, findings);
}

fn check_java(context: &Context<'_>, node: NodeId, findings: &mut Findings) {
    let Some(path) = call_path(context, node) else { return };
    let predictable = match context.kind(node) {
        Kind::New => matches!(path, "java.util.Random" | "Random" | "java.util.SplittableRandom"),
        _ => {
            matches!(path, "Math.random" | "java.lang.Math.random" | "java.util.concurrent.ThreadLocalRandom.current")
                || (path.starts_with("org.apache.commons.lang3.RandomStringUtils.random")
                    || path.starts_with("org.apache.commons.lang.RandomStringUtils.random"))
                    && !is_given_secure(context, node)
        }
    };
    seeded(context, node, path, findings);
    if context.kind(node) == Kind::Call {
        drawn(context, node, path, findings);
    }
    if predictable {
        report(context, node, findings);
    }
}

/// Whether the generator that a call is given is a secure one.
fn is_given_secure(context: &Context<'_>, call: NodeId) -> bool {
    context
        .tree()
        .positional(call)
        .any(|part| context.program().names.type_of(part).is_some_and(|kind| kind.ends_with("SecureRandom")))
}

/// A generator that is given a seed which stands in the program.
fn seeded(context: &Context<'_>, call: NodeId, path: &str, findings: &mut Findings) {
    let given = match context.kind(call) {
        Kind::New if path.ends_with("SecureRandom") => context.positional(call, 0),
        Kind::Call if crate::rule::listed::is_method_of(path, "SecureRandom", "setSeed") => context.positional(call, 0),
        _ => None,
    };
    let fixed = given.is_some_and(|seed| {
        context.is_constant(seed)
            || context.flow().leaves(seed).into_iter().any(|leaf| {
                context.program().names.constant(leaf).is_some()
                    || context.kind(leaf) == Kind::Call
                        && (matches!(context.method(leaf), "currentTimeMillis" | "nanoTime" | "getTime")
                            || context.method(leaf) == "getBytes"
                                && context.object(leaf).is_some_and(|text| context.string(text).is_some()))
            })
    });
    if fixed {
        let message = "The seed of a generator can be guessed.";
        let report = Report::issue(call, concept::INSECURE_RANDOM, message).cwe(&[335, 337]);
        findings.push(context, report.severity(crate::finding::Severity::Low).confidence(Confidence::Medium));
    }
}

/// Numbers drawn from a generator.
fn drawn(context: &Context<'_>, call: NodeId, path: &str, findings: &mut Findings) {
    let method = context.method(call);
    if !matches!(
        method,
        "nextInt" | "nextLong" | "nextDouble" | "nextFloat" | "nextBoolean" | "nextBytes" | "nextGaussian" | "ints"
    ) {
        return;
    }
    let Some(object) = context.object(call) else { return };
    let typed = ["Random", "SplittableRandom", "ThreadLocalRandom"]
        .iter()
        .any(|class| crate::rule::listed::is_method_of(path, class, method));
    let name = context.source(object).rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let named = !path.contains("SecureRandom") && (name.contains("rand") || matches!(name.as_str(), "rnd" | "rng"));
    if typed
        || named && path == context.source(context.tree().child(call, crate::syntax::Field::Callee).unwrap_or(call))
    {
        let message = "A number is drawn from a predictable generator; fine unless it must not be guessed.";
        findings.push(context, Report::audit(call, concept::INSECURE_RANDOM, message));
    }
}

/// Predictable generators of the other languages, by the end of their name.
const MORE: &[(Language, &[&str])] = &[
    (Language::Php, &["rand", "mt_rand", "uniqid", "lcg_value", "str_shuffle", "array_rand", "shuffle"]),
    (
        Language::CSharp,
        &["Random", "Random.Next", "Random.NextBytes", "Random.NextDouble", "rand.Next", "rnd.Next", "random.Next"],
    ),
    (Language::Ruby, &["rand", "Random.rand", "Random.new", "Kernel.rand"]),
];

fn check_more(context: &Context<'_>, node: NodeId, findings: &mut Findings) {
    let names = MORE.iter().find(|(language, _)| *language == context.program().language);
    let Some(path) = call_path(context, node) else { return };
    let called = |name: &&str| path == *name || (name.contains('.') && path.ends_with(*name));
    // Generators of C# by what they are called.
    let draws = context.program().language == Language::CSharp
        && matches!(context.method(node), "Next" | "NextBytes" | "NextDouble" | "NextInt64" | "Range" | "NextSingle")
        && context.object(node).is_some_and(|object| {
            let name = context.source(object).to_ascii_lowercase();
            ["rand", "rng", "rnd", "dice"].iter().any(|word| name.contains(word)) && !name.contains("numbergenerator")
        });
    if draws || names.is_some_and(|(_, names)| names.iter().any(called)) {
        report(context, node, findings);
    }
}

fn report(context: &Context<'_>, call: NodeId, findings: &mut Findings) {
    let report = if purpose(context, call).iter().any(|name| names_unguessable(name)) {
        Report::issue(call, concept::INSECURE_RANDOM, "A predictable generator makes a value that must not be guessed.")
            .confidence(Confidence::Medium)
    } else {
        Report::audit(
            call,
            concept::INSECURE_RANDOM,
            "A predictable generator is used; fine unless the value must not be guessed.",
        )
    };
    findings.push(context, report);
}
