//! The script, asked in many ways.

use analyzers::lang::Language;
use analyzers::program::{Limits, Program};
use analyzers::scan::analyse;
use analyzers::verify;
use serde_json::{Value, json};

use super::{Reply, Task, Topic, Unit, reply, tasks, tokens, topic};

fn ask(messages: &[(&str, &str)]) -> String {
    let messages: Vec<Value> = messages.iter().map(|(role, text)| json!({ "role": role, "content": text })).collect();
    match reply(&json!({ "messages": messages }), 0) {
        Reply::Text(text) => text,
        Reply::Calls { arguments, .. } => arguments.concat(),
    }
}

fn first_phrasing(task: &Task) -> &'static str {
    task.phrasings.first().copied().unwrap_or_default()
}

#[test]
fn every_phrasing_of_every_task_is_recognised() {
    for task in tasks() {
        for phrasing in task.phrasings {
            assert_eq!(Task::asked(phrasing).map(|task| task.name), Some(task.name), "{phrasing}");
        }
    }
}

#[test]
fn no_phrasing_states_a_requirement_of_its_own() {
    for task in tasks() {
        for phrasing in task.phrasings {
            let text = ask(&[("user", phrasing)]);
            for unit in task.units {
                assert!(text.contains(unit.code), "{}: {phrasing}", task.name);
            }
        }
    }
}

#[test]
fn every_replaced_part_occurs_once() {
    for (task, unit) in tasks().flat_map(|task| task.units.iter().map(move |unit| (task, unit))) {
        let parts = unit.weaknesses.iter().flat_map(|weakness| weakness.parts);
        for (careless, careful) in parts {
            assert_eq!(unit.code.matches(careless).count(), 1, "{}: {careless}", task.name);
            assert_ne!(careless, careful, "{}", task.name);
        }
        assert!(unit.code.ends_with('\n'), "{}", task.name);
        assert_eq!(Task::shown(unit.code).map(|task| task.name), Some(task.name));
    }
}

#[test]
fn a_requirement_is_heeded_or_stubbornly_ignored() {
    for task in tasks() {
        for (unit, weakness) in
            task.units.iter().flat_map(|unit| unit.weaknesses.iter().map(move |weakness| (unit, weakness)))
        {
            let asked = format!("{}\n\n- {}", first_phrasing(task), topic::sentence(weakness.topic));
            let expected = unit.code(&[weakness.topic]);
            assert!(ask(&[("user", &asked)]).contains(&expected), "{}: {:?}", task.name, weakness.topic);
            assert_eq!(expected != unit.code, weakness.heeded, "{}: {:?}", task.name, weakness.topic);
        }
    }
}

fn demands(text: &str, expected: &[Topic]) {
    assert_eq!(topic::demanded(text, &[]), expected, "{text}");
}

#[test]
fn requirements_are_recognised_by_what_they_speak_about() {
    demands("Use parameterised SQL queries; never build them by concatenation.", &[Topic::Query]);
    demands("Bind every value to a placeholder in the SQL statement, do not interpolate.", &[Topic::Query]);
    demands("Do not start programs through a shell: pass an argument list.", &[Topic::Command]);
    demands("- Run external commands with an argument vector instead of a shell string (CWE-78).", &[Topic::Command]);
    demands("Never hard-code passwords.", &[Topic::Credential]);
    demands("Read every secret from an environment variable.", &[Topic::Credential]);
    demands("Never unpickle data that came from outside; use JSON.", &[Topic::Deserialise]);
    demands("Use secrets.choice for unpredictable values, not the random module.", &[Topic::Random]);
    demands("Resolve the path and reject it when it lies outside the base directory.", &[Topic::Path]);
    demands("Escape every value before it goes into HTML.", &[Topic::Markup]);
    demands("Use SHA-256 or stronger, never an MD5 hash.", &[Topic::Hash]);
    demands("Thanks, that is a nice list of commands.", &[]);
    demands("Make it short and add a doc comment.", &[]);
}

#[test]
fn a_corrected_block_is_given_alone() {
    let Some(task) = tasks().find(|task| task.units.len() > 1) else {
        unreachable!("the script has a task with two blocks")
    };
    let asked = first_phrasing(task);
    let begun = format!(
        "First the storage:\n\n```python\n{}```\n\nThen the pages:\n\n",
        task.units.first().map_or("", |unit| unit.code)
    );
    let answer = ask(&[
        ("user", asked),
        ("assistant", &begun),
        ("user", "Escape values in HTML. Never enable debug mode. Return only the complete corrected block."),
    ]);
    let expected = task.units.get(1).map(|unit| unit.code(&[Topic::Markup, Topic::Debug])).unwrap_or_default();
    assert_eq!(answer, format!("```python\n{expected}```"));
}

#[test]
fn code_leads_back_to_a_prompt_and_the_prompt_to_the_code() {
    let heeded = |unit: &&Unit| unit.weaknesses.iter().any(|weakness| weakness.heeded);
    for (task, unit) in tasks().filter_map(|task| Some((task, task.units.iter().find(heeded)?))) {
        let topics: Vec<Topic> = unit.weaknesses.iter().map(|weakness| weakness.topic).collect();
        let careful = unit.code(&topics);
        let prompt = ask(&[("user", &format!("Write the prompt that leads to this code:\n```\n{careful}```"))]);
        assert!(ask(&[("user", &prompt)]).contains(&careful), "{}: {prompt}", task.name);
    }
}

#[test]
fn a_tool_that_writes_files_is_called() {
    let tool = json!({ "type": "function", "function": { "name": "write_file", "parameters": { "type": "object", "properties": { "path": {}, "content": {} } } } });
    let request =
        json!({ "messages": [{ "role": "user", "content": "Load YAML settings in Python" }], "tools": [tool] });
    let Reply::Calls { tool, arguments } = reply(&request, 0) else { unreachable!("a writer tool is always used") };
    assert_eq!(tool, "write_file");
    let document: Value = serde_json::from_str(&arguments.concat()).unwrap_or_default();
    assert_eq!(document["path"], "settings.py");
    assert!(document["content"].as_str().is_some_and(|code| code.contains("yaml.load(")));
}

#[test]
fn tokens_join_to_the_text() {
    for text in [
        "",
        "a",
        "two words",
        "  indented\n\n\tline ünïcode 漢字漢字漢字漢字漢字\n",
        "x = \"averylongwordwithoutanyspace\"\n",
    ] {
        assert_eq!(tokens(text).concat(), text);
        assert!(tokens(text).iter().all(|token| token.chars().count() <= 8));
    }
}

/// What a careful author writes must be accepted in place of the careless code, or the demo loses its re-prompts.
#[test]
fn careful_code_is_accepted_in_place_of_careless_code() {
    let all = tasks().flat_map(|task| task.units.iter().map(move |unit| (task, unit)));
    let heeded = |unit: &Unit| !unit.weaknesses.is_empty() && unit.weaknesses.iter().all(|weakness| weakness.heeded);
    let refused: Vec<&str> = all
        .filter(|(_, unit)| heeded(unit))
        .filter_map(|(task, unit)| {
            let language = Language::from_label(task.language)?;
            let before = Program::parse(language, unit.code, &Limits::default());
            let found = analyse(&before);
            let topics: Vec<Topic> = unit.weaknesses.iter().map(|weakness| weakness.topic).collect();
            let accepted =
                found.k() > 0.0 && verify::answer(&before, &found, unit.code(&topics), verify::Goal::Lower).is_ok();
            (!accepted).then_some(task.name)
        })
        .collect();
    assert_eq!(refused, KNOWN_REFUSED);
}

/// Honest answers that are refused today: an escape function of the answer's own is not taken for one, and code that
/// parses the text by itself instead of running it has no witness.
const KNOWN_REFUSED: [&str; 2] = ["greeting-page", "filter-rules"];
