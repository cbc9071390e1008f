use std::path::{Path, PathBuf};

use analyzers::graph::GraphKind;

use super::dataset::{self, Filter};
use super::judge::Judges;
use super::replay::Recordings;
use super::results::Results;
use super::run::{self, Ended, Plan};
use super::table::{self, About, NOT_MEASURED};
use super::{Model, chart, summary};
use crate::app;
use crate::settings::{Config, Settings};

const PING: &str = "import os\n\n\ndef ping(host):\n    return os.system(f\"ping -c 1 {host}\")\n";
const EVAL: &str = "def compute(expression):\n    return eval(expression)\n";
const ADD: &str = "def add(a, b):\n    return a + b\n";
const LITERAL: &str = "import ast\n\n\ndef compute(expression):\n    return ast.literal_eval(expression)\n";

fn settings() -> Settings {
    Config::built_in().and_then(Config::validate).expect("the built-in settings are valid")
}

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("written");
    path
}

/// A data set of code: two insecure programs, a clean one, a broken one, and a record without either.
fn programs(folder: &Path) -> PathBuf {
    let record = |id: &str, code: &str, paper: bool| {
        serde_json::json!({ "id": id, "language": "python", "code": code, "paper": paper }).to_string()
    };
    let lines = [
        record("ping", PING, true),
        record("compute", EVAL, true),
        record("add", ADD, false),
        record("broken", "def f(:\n  return ((\n", false),
        "{\"id\": \"empty\"}".to_owned(),
    ];
    file(folder, "programs.jsonl", &(lines.join("\n") + "\n"))
}

fn plan(strategies: &[&str], model: Model, recordings: Option<Recordings>) -> Plan {
    Plan {
        strategies: strategies.iter().map(|&name| name.to_owned()).collect(),
        graphs: vec![GraphKind::Cfg],
        models: vec!["m".to_owned()],
        seeds: 1,
        model,
        service: None,
        recordings,
        jobs: 2,
        most_micros: None,
    }
}

fn run_plan(plan: &Plan, set: &dataset::Dataset, folder: &Path, resume: bool) -> (Ended, usize) {
    // Another test may have installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = settings();
    let judges = Judges::new(&[], app::external(&settings.external), settings.analysis).expect("known judges");
    let results = Results::open(folder, resume).expect("opened");
    let todo = std::sync::atomic::AtomicUsize::new(0);
    let begin = |total| todo.store(total, std::sync::atomic::Ordering::Relaxed);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let ended = runtime
        .block_on(run::run(plan, &set.items, &settings, &judges, &results, &begin, &|| {}))
        .expect("the run ends well");
    (ended, todo.into_inner())
}

fn report(ended: &Ended, model: Model) -> String {
    let reaches = app::reaches(&settings()).expect("the strategies are built");
    let about = About {
        dataset: "programs.jsonl",
        chosen: "--dataset programs.jsonl",
        model,
        judges: &["builtin"],
        reaches: &reaches,
        unfinished: None,
        unusable: ended.unusable,
        plots: &[],
    };
    let json = table::json(&about, &ended.rows);
    assert!(json.pointer("/summaries/0/judges/builtin/cleared").is_some(), "{json}");
    table::markdown(&about, &ended.rows)
}

#[test]
fn code_is_repaired_without_a_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let set = dataset::read(&programs(folder.path()), &[]).expect("read");
    assert_eq!((set.items.len(), set.skipped), (4, 1));
    let plan = plan(&["none", "rewrite", "promsec", "greedy"], Model::None, None);
    let (ended, todo) = run_plan(&plan, &set, folder.path(), false);
    assert_eq!((ended.rows.len(), todo), (16, 16));
    let row = |id: &str, strategy: &str| {
        let mut found = ended.rows.iter().filter(|row| row.id == id && row.strategy == strategy);
        found.next().expect("every program has a row")
    };
    assert!(!row("ping", "none").changed && row("ping", "rewrite").changed, "{:?}", row("ping", "rewrite"));
    assert_eq!(row("ping", "rewrite").code, row("ping", "promsec").code);
    assert!(!row("add", "rewrite").changed && row("add", "rewrite").parsed && !row("broken", "rewrite").parsed);
    assert!(ended.rows.iter().all(|row| row.error.is_none() && row.queries == 0));
    let sums = summary::by_strategy(&ended.rows);
    let cleared: Vec<(u32, u32)> =
        sums.iter().map(|sum| (sum.judges["builtin"].cleared[2], sum.judges["builtin"].with[2])).collect();
    assert_eq!((sums[0].programs, sums[0].unparsed, cleared[0]), (3, 1, (0, 2)));
    assert!(cleared[1].0 > 0, "{cleared:?}");
    let text = report(&ended, Model::None);
    assert!(
        text.contains(NOT_MEASURED) && text.contains("Model: **none**") && text.contains("--strategy promsec"),
        "{text}"
    );
    assert_eq!(chart::plots(&ended.rows, &["builtin"], Model::None).len(), 3);
}

#[test]
fn a_run_goes_on_where_it_was_cut_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let set = dataset::read(&programs(folder.path()), &[]).expect("read");
    let (first, _) = run_plan(&plan(&["rewrite"], Model::None, None), &set, folder.path(), false);
    let path = folder.path().join(super::results::NAME);
    let text = std::fs::read_to_string(&path).expect("read");
    let mut lines: Vec<&str> = text.lines().collect();
    lines.pop();
    std::fs::write(&path, lines.join("\n") + "\n{\"key\": \"cut of").expect("written");
    let (second, todo) = run_plan(&plan(&["rewrite"], Model::None, None), &set, folder.path(), true);
    assert_eq!(todo, 1);
    assert_eq!(
        first.rows.iter().map(|row| (&row.key, &row.code)).collect::<Vec<_>>(),
        second.rows.iter().map(|row| (&row.key, &row.code)).collect::<Vec<_>>()
    );
    assert_eq!(std::fs::read_to_string(&path).expect("read").lines().count(), 4);
}

#[test]
fn recorded_answers_have_one_order_for_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let prompt = "Write a Python function compute(expression).";
    let choice = |code: &str| serde_json::json!({ "message": { "role": "assistant", "content": format!("Here:\n\n```python\n{code}```\n") } });
    let answers = serde_json::json!({
        "request": { "model": "m", "temperature": 0.5, "messages": [{ "role": "user", "content": prompt }] },
        "response": { "choices": [choice(EVAL), choice(EVAL), choice(LITERAL)],
                      "usage": { "prompt_tokens": 10, "completion_tokens": 90 } },
    });
    let recorded = file(folder.path(), "answers.jsonl", &(answers.to_string() + "\n"));
    let asked = file(folder.path(), "prompts.csv", &format!("id,prompt\ncompute,\"{prompt}\"\nother,unknown\n"));
    let set = dataset::read(&asked, &[]).expect("read");
    let recordings = Recordings::read(&recorded).expect("read");
    let plan = plan(&["none", "resample", "llm-only"], Model::Replay, Some(recordings));
    let (ended, _) = run_plan(&plan, &set, folder.path(), false);
    assert_eq!(ended.unusable, 1);
    let told: Vec<_> = ended
        .rows
        .iter()
        .map(|row| (row.strategy.as_str(), row.queries, row.output_tokens, row.changed, row.model.as_str()))
        .collect();
    assert_eq!(
        told,
        [("none", 1, 30, false, "m t=0.5"), ("resample", 3, 90, true, "m t=0.5"), ("llm-only", 3, 90, true, "m t=0.5")]
    );
    assert_eq!(ended.rows[1].code, ended.rows[2].code);
    let text = report(&ended, Model::Replay);
    assert!(text.contains("| resample |") && text.contains("control") && text.contains("*Model: replay.*"), "{text}");
}

#[test]
fn the_cost_cap_begins_nothing_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let set = dataset::read(&programs(folder.path()), &[]).expect("read");
    let plan = Plan { most_micros: Some(0), ..plan(&["none"], Model::None, None) };
    let (ended, _) = run_plan(&plan, &set, folder.path(), false);
    assert!(ended.capped && ended.rows.is_empty());
}

#[test]
fn filters_choose_records() {
    let folder = tempfile::tempdir().expect("a folder");
    let read = |filter: &str| {
        let filter = Filter::parse(filter).expect("a filter");
        dataset::read(&programs(folder.path()), &[filter]).expect("read").items.len()
    };
    assert_eq!((read("paper=true"), read("id=add"), read("paper=maybe"), read("none=1")), (2, 1, 0, 0));
    assert!(Filter::parse("paper").is_err());
}

/// Programs of the training data, where it is at hand.
#[test]
fn a_sample_of_public_programs_is_repaired() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/train/python.jsonl");
    if !path.is_file() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut set = dataset::read(&path, &[Filter::parse("promsec500=true").expect("a filter")]).expect("read");
    set.items.truncate(12);
    let (ended, _) = run_plan(&plan(&["rewrite"], Model::None, None), &set, folder.path(), false);
    assert_eq!(ended.rows.len(), 12);
    assert!(ended.rows.iter().all(|row| row.error.is_none() && !row.failed), "{:?}", ended.rows);
}
