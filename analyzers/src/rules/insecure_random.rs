//! CWE-330: a predictable generator where a value must not be guessed.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::rule::common::{call_path, purpose};
use crate::rule::{Context, Findings, Report, Rule, python, python_row};
use crate::syntax::{Kind, NodeId};
use crate::words::names_unguessable;

pub(crate) const RULE: Rule = Rule {
    id: "insecure-random",
    cwe: &[330, 338],
    severity: Severity::Medium,
    summary: "A predictable generator makes a value that must not be guessed.",
    advice: "Use the secrets module (or random.SystemRandom) for tokens, passwords, keys, codes and salts.",
    rows: &[python_row(&[Kind::Call], check_python)],
    bad: &[
        python(
            "import random\ndef generate_password(n):\n    return ''.join(random.choice('abc') for _ in range(n))\n",
        ),
        python("import random\ntoken = random.getrandbits(128)\n"),
        python("from random import randint\nsession['otp'] = randint(1000, 9999)\n"),
        python(
            "import random, string\ndef make_user(name):\n    reset_token = ''.join(random.choices(string.ascii_letters, k=20))\n    return name, reset_token\n",
        ),
        python("import numpy as np\nsalt = np.random.bytes(16)\n"),
    ],
    good: &[
        python("import random\ndef roll_dice():\n    return random.randint(1, 6)\n"),
        python("import random\nrandom.shuffle(deck)\n"),
        python("import secrets\ntoken = secrets.token_hex(16)\n"),
        python(
            "import random\ndef generate_password(n):\n    generator = random.SystemRandom()\n    return ''.join(generator.choice('abc') for _ in range(n))\n",
        ),
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
