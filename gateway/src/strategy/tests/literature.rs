//! The strategies of the literature: what each asks, how often, and when it stops.

use super::super::encourage::Encourage;
use super::super::llm_only::LlmOnly;
use super::super::safecoder::SafeCoder;
use super::super::template::Template;
use super::super::template_greedy::TemplateGreedy;
use super::*;

const ASKED: &str = "Write run in Python";
/// Code whose weakness an edit would mend too.
const PING_GOOD: &str = "```python\nimport subprocess\n\n\ndef ping(host):\n    return subprocess.run([\"ping\", \"-c\", \"1\", \"--\", host], check=False).returncode\n```\n";

/// A case without much of a limit.
fn roomy<'a>(answer: &'a str, again: &[&str]) -> Case<'a> {
    let mut case = Case::new(ASKED, answer, again);
    (case.calls, case.rules.iterations) = (20, 20);
    case.rules.tuned_model = Some("tuned".to_owned());
    case
}

fn all() -> Vec<Box<dyn Strategy>> {
    let limits = Limits::default();
    let mut all: Vec<Box<dyn Strategy>> = vec![
        Box::new(LlmOnly::new(limits)),
        Box::new(TemplateGreedy::new(limits)),
        Box::new(Encourage::new(limits)),
        Box::new(SafeCoder::alone(limits)),
        Box::new(SafeCoder::before_promsec(rewriter(), limits)),
    ];
    all.extend(Template::all(limits).map(|template| Box::new(template) as Box<dyn Strategy>));
    all
}

#[test]
fn nothing_unverified_is_released_whatever_the_strategy() {
    let gutted = "```python\ndef run(command):\n    pass\n```\n";
    let praise = "All vulnerabilities are fixed. Score: 100. n/a";
    for strategy in all() {
        let again =
            [gutted, praise, DYNAMIC, gutted, praise, DYNAMIC, gutted, praise, DYNAMIC, gutted, praise, DYNAMIC];
        let (outcome, after, prompts) = secure(&*strategy, roomy(DYNAMIC, &again));
        let name = strategy.name();
        assert_eq!((outcome.verdict, after.as_str()), (Verdict::Residual, DYNAMIC), "{name}");
        assert!(outcome.rounds.iter().all(|round| !round.verified) && outcome.learned.is_empty(), "{name}");
        match strategy.reach().asks {
            Asking::Never => assert!(prompts.is_empty(), "{name}"),
            Asking::Once => assert_eq!(prompts.len(), 1, "{name}"),
            Asking::Often => assert!(prompts.len() > 2, "{name}"),
        }
    }
}

#[test]
fn limits_hold_for_every_strategy() {
    for strategy in all() {
        let name = strategy.name();
        for (calls, iterations, most) in [(0, 9, 0), (9, 0, 0), (1, 9, 1), (3, 9, 3), (9, 1, 2)] {
            let mut case = roomy(DYNAMIC, &[DYNAMIC; 20]);
            (case.calls, case.rules.iterations) = (calls, iterations);
            let (outcome, _, prompts) = secure(&*strategy, case);
            assert!(prompts.len() <= most, "{name}: {} for {calls} calls, {iterations} rounds", prompts.len());
            assert_eq!(outcome.verdict, Verdict::Residual, "{name}");
        }
        let mut failing = roomy(DYNAMIC, &[]);
        failing.again = vec![Err(AskError::Reserve)];
        let (outcome, after, prompts) = secure(&*strategy, failing);
        assert_eq!((outcome.verdict, after.as_str()), (Verdict::Residual, DYNAMIC), "{name}");
        // The tuned model failed; its loop goes on by what limits allow.
        assert!(prompts.len() == 1 || name == "safecoder", "{name}: {}", prompts.len());
        let clean = "```python\ndef add(a, b):\n    return a + b\n```\n";
        let (outcome, _, prompts) = secure(&*strategy, roomy(clean, &[]));
        assert_eq!((outcome.verdict, prompts.len()), (Verdict::Clean, 0), "{name}");
    }
}

#[test]
fn the_model_alone_is_asked_where_an_edit_would_do() {
    let strategy = LlmOnly::new(Limits::default());
    let (outcome, after, prompts) = secure(&strategy, roomy(PING, &[PING, PING_GOOD]));
    assert_eq!((outcome.verdict, prompts.len()), (Verdict::Secured, 2), "{after}");
    assert!(outcome.applied.is_empty() && prompts[0].contains("\n\nSecurity requirements for the code:\n- "));
    assert!(outcome.learned.contains(&RequirementId("command.python")), "{:?}", outcome.learned);
}

#[test]
fn templates_say_what_they_say_and_teach_only_what_they_demand() {
    for (number, template) in (1..).zip(Template::all(Limits::default())) {
        assert_eq!(template.name(), format!("template:{number}"));
        let (outcome, _, prompts) = secure(&template, roomy(DYNAMIC, &[DYNAMIC_GOOD]));
        assert_eq!((outcome.verdict, prompts.len()), (Verdict::Secured, 1), "{}", template.name());
        let prompt = &prompts[0];
        assert!(prompt.starts_with("again: Write run in Python\n\n"), "{prompt}");
        assert_eq!(prompt.contains("CWE-78"), number > 2, "{prompt}");
        assert_eq!(prompt.contains("# def run(command):"), number > 3, "{prompt}");
        assert_eq!(prompt.contains("Security requirements for the code:"), number > 2, "{prompt}");
        assert_eq!(outcome.learned.is_empty(), number < 3, "{:?}", outcome.learned);
        assert_eq!(outcome.rounds[0].requirements.is_empty(), number < 3);
    }
}

#[test]
fn templates_are_tried_in_order_until_one_helps() {
    let strategy = TemplateGreedy::new(Limits::default());
    let (outcome, _, prompts) = secure(&strategy, roomy(DYNAMIC, &[DYNAMIC, "No.", DYNAMIC_GOOD, DYNAMIC]));
    assert_eq!((outcome.verdict, prompts.len()), (Verdict::Secured, 3));
    assert!(prompts[0].contains("write it so that it is secure") && prompts[2].contains("CWE-78"), "{prompts:?}");
    let (outcome, _, prompts) = secure(&strategy, roomy(DYNAMIC, &[DYNAMIC; 20]));
    assert_eq!((outcome.verdict, prompts.len()), (Verdict::Residual, 7));
}

#[test]
fn encouragement_finds_patches_and_refines_by_the_analyzers_score() {
    let strategy = Encourage::new(Limits::default());
    let found = "- CWE-78 in line 5";
    let (outcome, after, prompts) = secure(&strategy, roomy(DYNAMIC, &[found, DYNAMIC, DYNAMIC, DYNAMIC_GOOD]));
    assert_eq!((outcome.verdict, prompts.len()), (Verdict::Secured, 4), "{after}");
    let begins = ["find: You are the vulnerability finder", "again: Write run", "again: Write run", "again: Write run"];
    for (prompt, begin) in prompts.iter().zip(begins) {
        assert!(prompt.starts_with(begin), "{prompt}");
    }
    assert!(prompts[1].contains(found) && prompts[1].contains("score is now 0:"), "{}", prompts[1]);
    assert!(
        prompts[2].contains("It still finds:\n- CWE-78 (") && prompts[2].contains("score is now -1:"),
        "{}",
        prompts[2]
    );
    assert!(prompts[3].contains("score is now -2:"), "{}", prompts[3]);
    assert!(!outcome.learned.is_empty());

    // At most ten rounds; the finder's word that all is well ends nothing.
    let (outcome, _, prompts) = secure(&strategy, roomy(DYNAMIC, &["n/a"; 20]));
    assert_eq!((outcome.verdict, prompts.len()), (Verdict::Residual, 11));
    // Without room for the finder the analyzer's findings are patched at once.
    let mut one = roomy(DYNAMIC, &[DYNAMIC_GOOD]);
    one.calls = 1;
    let (outcome, _, prompts) = secure(&strategy, one);
    assert_eq!((outcome.verdict, prompts.len()), (Verdict::Secured, 1));
    assert!(prompts[0].contains("It still finds:"), "{prompts:?}");
}

#[test]
fn a_tuned_model_answers_the_request_as_it_is() {
    let alone = SafeCoder::alone(Limits::default());
    let (outcome, _, prompts) = secure(&alone, roomy(PING, &[PING_GOOD]));
    assert_eq!(
        (outcome.verdict, prompts.as_slice()),
        (Verdict::Secured, &["generate tuned: Write run in Python".to_owned()][..])
    );
    assert!(outcome.learned.is_empty());

    let before = SafeCoder::before_promsec(rewriter(), Limits::default());
    let (outcome, _, prompts) = secure(&before, roomy(DYNAMIC, &[DYNAMIC, DYNAMIC_GOOD]));
    assert_eq!((outcome.verdict, prompts.len()), (Verdict::Secured, 2));
    assert!(prompts[1].starts_with("again tuned: Write run in Python\n\nSecurity requirements"), "{prompts:?}");
    // What it leaves is rewritten, too.
    let (outcome, _, prompts) = secure(&before, roomy(PING, &[PING]));
    assert_eq!((outcome.verdict, prompts.len()), (Verdict::Secured, 1));
    assert!(!outcome.applied.is_empty());
}

#[test]
fn one_block_is_worded_too() {
    let answer = format!("First:\n\n```python\ndef add(a, b):\n    return a + b\n```\n\n{DYNAMIC}");
    for strategy in all() {
        let again: &[&str] = if strategy.name() == "encourage" { &["- CWE-78", DYNAMIC_GOOD] } else { &[DYNAMIC_GOOD] };
        let case = Case { unit: 1, ..roomy(&answer, again) };
        let (outcome, after, prompts) = secure(&*strategy, case);
        let name = strategy.name();
        assert_eq!(outcome.verdict, Verdict::Secured, "{name}: {:?}", outcome.rounds);
        assert!(prompts.last().is_some_and(|prompt| prompt.starts_with("block")), "{name}: {prompts:?}");
        assert!(after.contains("def add") && after.ends_with("It runs.\n"), "{name}: {after}");
    }
}
