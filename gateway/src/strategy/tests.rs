mod literature;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use analyzers::graph::GraphKind;
use analyzers::lang::Language;
use analyzers::program::Limits;
use models::rewriter::{Backend, Chooser, Options, Rewriter};

use super::none::Untouched;
use super::promsec::Promsec;
use super::rewrite::Rewrite;
use super::*;
use crate::external::External;
use crate::external::run::{Bounds, Isolation, Sandbox};
use crate::external::sarif::Printer;
use crate::hold::{self, Holder, Step};
use crate::unit::{self, Carrier};

/// A model that gives prepared answers and keeps what it was asked.
#[derive(Debug, Default)]
struct Script {
    answers: Mutex<VecDeque<Result<Answer, AskError>>>,
    asked: Mutex<Vec<Prompt>>,
}

impl Ask for Script {
    fn ask(&self, prompt: Prompt) -> BoxFuture<'_, Result<Answer, AskError>> {
        self.asked.lock().expect("no test panics while asking").push(prompt);
        let answer = self.answers.lock().expect("no test panics while asking").pop_front();
        Box::pin(async move { answer.unwrap_or(Err(AskError::Upstream)) })
    }
}

fn says(text: &str) -> Answer {
    Answer {
        text: text.to_owned(),
        complete: true,
        input_tokens: 10,
        output_tokens: 20,
        cost_micros: 5,
        ..Answer::default()
    }
}

/// One exchange: what was asked, what the model answered first, what it answers when asked again.
struct Case<'a> {
    asked: &'a str,
    answer: &'a str,
    /// Which unit of the answer is secured; those before it are released as they are.
    unit: usize,
    again: Vec<Result<Answer, AskError>>,
    rules: Rules,
    external: External,
    calls: u32,
}

impl<'a> Case<'a> {
    fn new(asked: &'a str, answer: &'a str, again: &[&str]) -> Self {
        let again = again.iter().map(|text| Ok(says(text))).collect();
        Self { asked, answer, unit: 0, again, rules: Rules::default(), external: External::default(), calls: 2 }
    }
}

fn rewriter() -> Arc<Rewriter> {
    let options = Options { graph: GraphKind::Cfg, backend: Backend::Tract, chooser: Chooser::Greedy, weights: None };
    Arc::new(Rewriter::new(options).expect("the built-in model loads"))
}

fn promsec() -> Promsec {
    Promsec::new(rewriter(), Limits::default())
}

/// Secures the case's unit; returns the outcome, the whole answer afterwards, and the prompts.
fn secure(strategy: &dyn Strategy, case: Case<'_>) -> (Outcome, String, Vec<String>) {
    let mut holder = Holder::new(hold::Limits::default());
    holder.push(case.answer);
    holder.finish();
    let units: Vec<unit::Unit> = std::iter::from_fn(|| holder.next())
        .filter_map(|step| match step {
            Step::Unit(unit) | Step::Listed(unit) => Some(unit),
            Step::Pass { .. } => None,
        })
        .collect();
    let unit = &units[case.unit];
    let released: Vec<String> = units[..case.unit].iter().map(|unit| unit.text.clone()).collect();
    let text = serde_json::json!({ "role": "user", "content": case.asked }).to_string();
    let messages = [message::from_json(&text)];
    let script = Script { answers: Mutex::new(case.again.into()), ..Script::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let outcome = runtime.block_on(async {
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(30);
        let allowance = Allowance { calls: case.calls, tokens: None, cost_micros: None, deadline };
        strategy
            .secure(Job {
                messages: &messages,
                answer: &case.answer[..unit.block.start],
                unit,
                ahead: None,
                released: &released,
                added: &[],
                external: &case.external,
                rules: &case.rules,
                allowance,
                ask: &script,
            })
            .await
    });
    let after = match &outcome.replacement {
        None => case.answer.to_owned(),
        Some(Replacement { text, tail: true, .. }) => format!("{}{text}", &case.answer[..unit.block.start]),
        Some(Replacement { text, .. }) => {
            format!("{}{text}{}", &case.answer[..unit.span.start], &case.answer[unit.span.end..])
        }
    };
    let asked = script.asked.into_inner().expect("no test panics while asking");
    let prompts = asked.iter().map(|prompt| {
        let last = prompt.messages.last().map(|message| message::text(message)).unwrap_or_default();
        let model = prompt.model.as_ref().map(|model| format!(" {model}")).unwrap_or_default();
        format!("{}{model}: {last}", prompt.purpose.name())
    });
    (outcome, after, prompts.collect())
}

const EVAL: &str = "Here:\n\n```python\ndef compute(expression):\n    return eval(expression)\n```\n\nIt computes.\n";
const EVAL_GOOD: &str = "Sure:\n\n```python\nimport ast\n\n\ndef compute(expression):\n    return ast.literal_eval(expression)\n```\n\nOnly literals now.\n";
const PING: &str = "Here:\n\n```python\nimport os\n\n\ndef ping(host):\n    return os.system(f\"ping -c 1 {host}\")\n```\n\nThat is all.\n";

#[test]
fn clean_code_is_released_as_it_came() {
    let answer = "```python\ndef add(a, b):\n    return a + b\n```\n";
    let (outcome, after, prompts) = secure(&promsec(), Case::new("Write add in Python", answer, &[]));
    assert_eq!((outcome.verdict, after.as_str(), prompts.len()), (Verdict::Clean, answer, 0));
}

#[test]
fn a_rewrite_needs_no_call() {
    let (outcome, after, prompts) = secure(&promsec(), Case::new("Write a ping function in Python", PING, &[]));
    assert_eq!((outcome.verdict, prompts.len(), outcome.iterations), (Verdict::Secured, 0, 1), "{after}");
    assert!(
        !after.contains("os.system(f")
            && after.starts_with("Here:\n\n```python\n")
            && after.ends_with("```\n\nThat is all.\n"),
        "{after}"
    );
    assert!(!outcome.applied.is_empty() && outcome.learned.is_empty());
}

#[test]
fn arithmetic_needs_no_call() {
    let (outcome, after, prompts) = secure(&promsec(), Case::new("Write compute in Python", EVAL, &[EVAL_GOOD]));
    assert_eq!((outcome.verdict, prompts.len()), (Verdict::Secured, 0), "{after}");
    assert!(after.contains("return evaluate_arithmetic(expression)\n"), "{after}");
}

/// Code that no edit mends: any text is run.
const EXEC: &str = "Here:\n\n```python\ndef load(source):\n    exec(source)\n    return source\n```\n\nIt loads.\n";
const EXEC_GOOD: &str = "Sure:\n\n```python\nimport ast\n\n\ndef load(source):\n    ast.literal_eval(source)\n    return source\n```\n\nOnly literals now.\n";

#[test]
fn what_no_edit_mends_is_asked_for_again() {
    let (outcome, after, prompts) = secure(&promsec(), Case::new("Write load in Python", EXEC, &[EXEC_GOOD]));
    assert_eq!((outcome.verdict, prompts.len()), (Verdict::Secured, 1), "{after} {:?}", outcome.rounds);
    assert!(
        prompts[0]
            .starts_with("again: Write load in Python\n\nSecurity requirements for the code:\n- Never evaluate text"),
        "{prompts:?}"
    );
    assert!(
        after.starts_with("Here:\n\n```python\nimport ast\n") && after.ends_with("Only literals now.\n"),
        "{after}"
    );
    assert!(outcome.learned.contains(&RequirementId("evaluate.python")));
    assert!(outcome.rounds[0].verified && outcome.rounds[0].k == Some(0.0));
}

/// Code that no edit mends: a wholly dynamic command.
const DYNAMIC: &str = "Here:\n\n```python\nimport subprocess\n\n\ndef run(command):\n    return subprocess.run(command, shell=True, capture_output=True).stdout\n```\n\nIt runs.\n";
const DYNAMIC_GOOD: &str = "Sure:\n\n```python\nimport subprocess\n\nALLOWED = {\"status\", \"log\"}\n\n\ndef run(command):\n    if command not in ALLOWED:\n        raise ValueError(\"unknown command\")\n    return subprocess.run([\"git\", command], capture_output=True).stdout\n```\n\nOnly known commands.\n";

#[test]
fn a_wholly_dynamic_command_needs_the_model() {
    let (outcome, after, prompts) = secure(&promsec(), Case::new("Write run in Python", DYNAMIC, &[DYNAMIC_GOOD]));
    assert_eq!(
        (outcome.verdict, prompts.len()),
        (Verdict::Secured, 1),
        "{after} {:?} {:?}",
        outcome.rounds,
        outcome.after
    );
    assert!(
        after.ends_with("Only known commands.\n")
            && after.starts_with("Here:\n\n```python\nimport subprocess\n\nALLOWED"),
        "{after}"
    );
    assert_eq!(outcome.learned.first(), Some(&RequirementId("command.python")));
}

#[test]
fn the_best_verified_candidate_is_released_never_merely_the_last() {
    // Gutted, still vulnerable, and prose: none of them may replace the original.
    let gutted = "```python\ndef run(command):\n    pass\n```\n";
    let other = "```python\ndef something_else():\n    return 1\n```\n";
    let mut case = Case::new("Write run in Python", DYNAMIC, &[gutted, other, DYNAMIC, "I cannot."]);
    case.calls = 9;
    let (outcome, after, prompts) = secure(&promsec(), case);
    assert_eq!((outcome.verdict, after.as_str()), (Verdict::Residual, DYNAMIC));
    assert_eq!(prompts.len(), 3, "three rounds after the first");
    assert!(outcome.rounds.iter().all(|round| !round.verified) && outcome.learned.is_empty());
}

#[test]
fn a_failed_call_is_no_error() {
    for error in [AskError::Reserve, AskError::Timeout, AskError::Upstream, AskError::Cancelled] {
        let mut case = Case::new("Write run in Python", DYNAMIC, &[]);
        case.again = vec![Err(error)];
        let (outcome, after, prompts) = secure(&promsec(), case);
        assert_eq!((outcome.verdict, after.as_str(), prompts.len()), (Verdict::Residual, DYNAMIC, 1));
        assert_eq!(outcome.rounds[0].error, Some(error));
    }
}

#[test]
fn limits_end_the_loop() {
    let mut none = Case::new("Write run in Python", DYNAMIC, &[DYNAMIC_GOOD]);
    none.calls = 0;
    let mut rounds = Case::new("Write run in Python", DYNAMIC, &[DYNAMIC_GOOD]);
    rounds.rules.iterations = 0;
    for case in [none, rounds] {
        let (outcome, _, prompts) = secure(&promsec(), case);
        assert_eq!((outcome.verdict, prompts.len()), (Verdict::Residual, 0));
    }
    let strategy = Rewrite::new(rewriter(), Limits::default());
    let (outcome, _, prompts) = secure(&strategy, Case::new("Write run in Python", DYNAMIC, &[DYNAMIC_GOOD]));
    assert_eq!((outcome.verdict, prompts.len()), (Verdict::Residual, 0));
    let strategy = Untouched::new(Limits::default());
    let (outcome, after, prompts) = secure(&strategy, Case::new("Write ping in Python", PING, &[]));
    assert_eq!((outcome.verdict, after.as_str(), prompts.len()), (Verdict::Residual, PING, 0));
}

#[test]
fn modes() {
    let mut observe = Case::new("Write ping in Python", PING, &[]);
    observe.rules.mode = Mode::Observe;
    let (outcome, after, _) = secure(&promsec(), observe);
    assert_eq!((outcome.verdict, after.as_str()), (Verdict::Observed, PING));
    assert!(!outcome.after.is_empty());

    let mut enforce = Case::new("Write run in Python", DYNAMIC, &[]);
    enforce.rules.mode = Mode::Enforce;
    let (outcome, after, _) = secure(&promsec(), enforce);
    assert_eq!((outcome.verdict, outcome.code), (Verdict::Blocked, None));
    insta::assert_snapshot!(after, @r"
    Here:

    ```python
    # Withheld by policy: this code has a weakness (CWE-78) that could not be repaired.
    ```
    ");

    let mut secured = Case::new("Write ping in Python", PING, &[]);
    secured.rules.mode = Mode::Enforce;
    assert_eq!(secure(&promsec(), secured).0.verdict, Verdict::Secured);
}

#[test]
fn quotes_and_examples_are_left_alone() {
    let quote = format!("What does this do?\n{PING}");
    let (outcome, after, prompts) = secure(&promsec(), Case::new(&quote, PING, &[]));
    assert_eq!(
        (outcome.verdict, outcome.standing, after.as_str(), prompts.len()),
        (Verdict::Observed, Standing::Quoted, PING, 0)
    );

    let asked = "Explain what command injection is and why it is dangerous";
    let answer = PING.replace("Here:", "This code is vulnerable:");
    let (outcome, after, _) = secure(&promsec(), Case::new(asked, &answer, &[]));
    assert_eq!(
        (outcome.verdict, outcome.standing, after.as_str()),
        (Verdict::Observed, Standing::Example, answer.as_str())
    );
    let mut treated = Case::new(asked, &answer, &[]);
    (treated.rules.mode, treated.rules.examples) = (Mode::Enforce, Examples::Treat);
    assert_eq!(secure(&promsec(), treated).0.verdict, Verdict::Secured);
}

#[test]
fn one_block_is_asked_for_once_code_was_released() {
    let answer = format!("First:\n\n```python\ndef add(a, b):\n    return a + b\n```\n\n{DYNAMIC}");
    let mut case = Case::new("Write add and run in Python", &answer, &[DYNAMIC_GOOD]);
    case.unit = 1;
    let (outcome, after, prompts) = secure(&promsec(), case);
    assert_eq!(outcome.verdict, Verdict::Secured, "{:?}", outcome.rounds);
    assert!(prompts[0].starts_with("block: The next code block of the answer is not secure"), "{prompts:?}");
    assert!(
        after.contains("def add") && after.contains("command not in ALLOWED") && after.ends_with("It runs.\n"),
        "{after}"
    );

    let two = format!("{DYNAMIC_GOOD}\n{DYNAMIC_GOOD}");
    let mut case = Case::new("Write add and run in Python", &answer, &[&two]);
    case.unit = 1;
    let (outcome, after, _) = secure(&promsec(), case);
    assert_eq!((outcome.verdict, after.as_str()), (Verdict::Residual, answer.as_str()), "exactly one block");
}

#[test]
fn the_reverse_form_takes_two_calls() {
    let mut case = Case::new(
        "Write run in Python",
        DYNAMIC,
        &["A function run that runs one of a fixed list of commands.", DYNAMIC_GOOD],
    );
    case.rules.prompt = PromptForm::Reverse;
    let (outcome, _, prompts) = secure(&promsec(), case);
    assert_eq!((outcome.verdict, outcome.rounds.len()), (Verdict::Secured, 2));
    assert!(
        prompts[0].starts_with("describe: Write the prompt") && prompts[1].starts_with("again: A function run that"),
        "{prompts:?}"
    );
}

#[test]
fn code_alone_stays_code_alone() {
    let bare = "import subprocess\n\n\ndef run(command):\n    return subprocess.run(command, shell=True, capture_output=True).stdout\n";
    let (outcome, after, _) = secure(&promsec(), Case::new("Only code: run in Python", bare, &[DYNAMIC_GOOD]));
    assert_eq!(outcome.verdict, Verdict::Secured, "{:?}", outcome.rounds);
    assert!(
        after.starts_with("import subprocess\n\nALLOWED") && !after.contains("```") && !after.contains("Only known"),
        "{after}"
    );
}

#[test]
fn an_answer_that_continues_code_is_read_with_it() {
    let asked = "import os\n\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n@app.route('/ping')\ndef ping():\n    '''\n    Ping the host from the request.\n    '''\n";
    let answer = "    host = request.args.get('host')\n    os.system(f\"ping -c 1 {host}\")\n    return 'done'\n";
    let (outcome, after, _) = secure(&promsec(), Case::new(asked, answer, &[]));
    let found = outcome.before.expect("read");
    assert!(
        found.issues().any(|finding| finding.cwe.contains(&78) && (finding.span.start as usize) < answer.len()),
        "{found:?}"
    );
    assert_eq!(outcome.verdict, Verdict::Secured, "{after}");
    let program = analyzers::program::Program::parse(Language::Python, format!("{asked}{after}"), &Limits::default());
    assert!(!program.tree.has_errors() && after.starts_with("    ") && !after.contains("os.system(f"), "{after}");
    assert!(after.contains("    import subprocess\n") && !after.contains("Flask("), "{after}");
}

#[test]
fn a_function_that_an_answer_continues_keeps_its_body() {
    let asked = "from flask import Flask, redirect, request, session\n\napp = Flask(__name__)\n\n@app.route('/login')\ndef login():\n    \"\"\"\n    Log in and go on to \"next\".\n    \"\"\"\n";
    let check = |pad: &str, answer: &str| {
        let (_, after, _) = secure(&promsec(), Case::new(asked, answer, &[]));
        let whole = format!("{asked}{pad}{after}");
        let program = analyzers::program::Program::parse(Language::Python, whole.as_str(), &Limits::default());
        assert!(!program.tree.has_errors() && indent::is_readable(&whole), "{after}");
        assert!(after.contains("def local_target("), "{after}");
        let lines: Vec<&str> = answer.lines().collect();
        assert_eq!(after.lines().next(), lines.first().copied(), "{after}");
        assert!(after.find(lines[lines.len() - 1]) < after.find("def local_target"), "{after}");
    };
    check(
        "    ",
        "if request.method == 'POST':\n        target = request.args.get('next')\n        if target:\n            return redirect(target)\n\n    return 'login'\n",
    );
    check(
        "    ",
        "if request.args.get('next'):  # go on\n        return redirect(request.args.get('next'))\n    return 'login'",
    );
    check(
        "    ",
        "target = request.args.get('next')\n    if target:\n        return redirect(target)\n    return 'login'\n",
    );
    check(
        "",
        "    target = request.args.get('next')\n    if target:\n        return redirect(target)\n    return 'login'\n",
    );
    check("    ", "return redirect(\n        request.args.get('next')\n    )\n");
}

#[test]
fn tool_arguments_are_replaced_as_json() {
    let arguments = serde_json::json!({ "path": "a.py", "content": "import os\n\n\ndef ping(host):\n    return os.system(f\"ping -c 1 {host}\")\n" }).to_string();
    let units = unit::of_call("write_file", &arguments, 1 << 20);
    let unit = &units[0];
    let script = Script::default();
    let rules = Rules::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let outcome = runtime.block_on(async {
        let allowance = Allowance { calls: 0, tokens: None, cost_micros: None, deadline: tokio::time::Instant::now() };
        promsec()
            .secure(Job {
                messages: &[],
                answer: "",
                unit,
                ahead: None,
                released: &[],
                added: &[],
                external: &External::default(),
                rules: &rules,
                allowance,
                ask: &script,
            })
            .await
    });
    assert_eq!((outcome.verdict, unit.carrier), (Verdict::Secured, Carrier::ToolArgument));
    let mut after = arguments.clone();
    after.replace_range(unit.span.clone(), &outcome.replacement.expect("replaced").text);
    let value: serde_json::Value = serde_json::from_str(&after).expect("still JSON");
    assert!(
        value["path"] == "a.py" && !value["content"].as_str().unwrap_or_default().contains("os.system(f"),
        "{after}"
    );
}

#[test]
fn what_is_not_read_is_said() {
    let check = |answer: &str, verdict: Verdict| {
        let (outcome, after, _) = secure(&promsec(), Case::new("Write it", answer, &[]));
        assert_eq!((outcome.verdict, after.as_str()), (verdict, answer));
    };
    check("```kotlin\nfun main() {}\n```\n", Verdict::Unscanned);
    check("```rust\nfn main() {}\n```\n", Verdict::Clean);
    check("```json\n{}\n```\n", Verdict::Clean);
    check("```csv\na,b\n```\n", Verdict::NotCode);
    check("```\nsome output here\n```\n", Verdict::NotCode);
    check("```python\ndef broken(:\n    return (1\n```\n", Verdict::Unscanned);
}

/// An analyzer by a script that gets the file as its first argument and prints SARIF.
fn external(script: &str) -> External {
    let command = ["sh", "-c", script, "tool", "{file}"].map(str::to_owned).to_vec();
    let printer = Printer { name: "tool", command, languages: vec![Language::Python], output: None };
    let environment = vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())];
    let timeout = std::time::Duration::from_secs(20);
    let bounds = Bounds { timeout, memory: 4 << 30, concurrent: 2, isolation: Isolation::Preferred, environment };
    External::new(vec![Arc::new(printer)], Arc::new(Sandbox::new(bounds)))
}

#[test]
fn what_another_analyzer_finds_is_asked_for_again_and_judged_by_it() {
    // It misses a check before "frobnicate", which the builtin has no rule for.
    let script = "if grep -q frobnicate $1 && ! grep -q may_act $1; then printf '{\"runs\":[{\"tool\":{\"driver\":{\"rules\":[{\"id\":\"F\",\"properties\":{\"cwe\":862}}]}},\"results\":[{\"ruleId\":\"F\",\"level\":\"error\",\"locations\":[{\"physicalLocation\":{\"region\":{\"startLine\":2}}}]}]}]}'; else echo '{\"runs\":[]}'; fi";
    let weak = "```python\ndef act(user):\n    return user.frobnicate()\n```\n";
    let good = "```python\ndef act(user):\n    if not user.may_act():\n        raise PermissionError(\"not allowed\")\n    return user.frobnicate()\n```\n";
    let check = |again: &[&'static str], script: &str, verdict: Verdict, calls: usize| {
        let case = Case { external: external(script), ..Case::new("Write act in Python", weak, again) };
        let (outcome, after, prompts) = secure(&promsec(), case);
        assert_eq!((outcome.verdict, prompts.len()), (verdict, calls), "{after} {outcome:?}");
        after
    };
    assert_eq!(check(&[good], script, Verdict::Secured, 1), good);
    assert_eq!(check(&[weak, weak], script, Verdict::Residual, 2), weak);
    // One that cannot run leaves the unit unscanned, never clean.
    assert_eq!(check(&[], "exit 9", Verdict::Unscanned, 0), weak);
}
