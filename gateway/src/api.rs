//! `/api/openapi.json`: what can be asked for under `/api`, derived from the tables and types that answer it.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::classify::Likely;
use crate::exchange::{CallRecord, EditRecord, FindingRecord, Record, StepRecord, UnitRecord};
use crate::report::Summary;
use crate::task::{Analyzed, BeforeAfter, Classified, Secured, Task};

/// The description.
static DESCRIPTION: LazyLock<Value> = LazyLock::new(describe);

/// The API under `/api` as an OpenAPI 3.1 document.
pub(crate) fn description() -> &'static Value {
    &DESCRIPTION
}

/// Statuses of errors, with what they say.
const ERRORS: [(&str, &str); 8] = [
    ("400", "The request is wrong; `param` names the field."),
    ("401", "The key is missing, unknown, expired or revoked."),
    ("403", "The policy does not let requests choose this."),
    ("405", "The path does not have that method."),
    ("413", "The body is too long."),
    ("429", "A limit of the key is met; `retry-after` says when to try again."),
    ("500", "The gateway failed."),
    ("503", "The gateway is stopping or at its limit."),
];

fn describe() -> Value {
    let mut paths = Map::new();
    for task in Task::ALL {
        paths.insert(task.path().to_owned(), json!({ "post": posted(task) }));
    }
    let list = json!({ "reports": [Summary::default()] });
    let number = |name: &str, about: &str| json!({ "name": name, "in": "query", "description": about, "schema": { "type": "integer", "minimum": 0 } });
    paths.insert(
        "/api/reports".to_owned(),
        json!({ "get": {
            "summary": "Lists reports, newest first. Needs the administrator's token, or to be asked on this machine.",
            "parameters": [
                number("before", "Only reports older than this, in milliseconds of Unix time."),
                number("limit", "Most reports."),
            ],
            "responses": responses(&list),
        } }),
    );
    paths.insert(
        "/api/reports/{id}".to_owned(),
        json!({ "get": {
            "summary": "One report.",
            "parameters": [
                { "name": "id", "in": "path", "required": true, "schema": { "type": "string" } },
                { "name": "format", "in": "query", "schema": { "type": "string", "enum": ["json", "html"] } },
            ],
            "responses": responses(&sample(&record())),
        } }),
    );
    paths.insert(
        "/api/openapi.json".to_owned(),
        json!({ "get": {
            "summary": "This description.",
            "responses": { "200": { "description": "An OpenAPI document.", "content": { "application/json": { "schema": { "type": "object" } } } } },
        } }),
    );
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Sallyport", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": { "securitySchemes": { "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "A virtual key, where keys are required; the upstream's own key otherwise.",
        } } },
    })
}

/// A task's operation.
fn posted(task: Task) -> Value {
    let properties: Map<_, _> = task
        .fields()
        .map(|field| (field.name.to_owned(), json!({ "type": "string", "description": field.about })))
        .collect();
    let needed: Vec<_> = task.fields().filter(|field| field.needed).map(|field| field.name).collect();
    let answer = match task {
        Task::Analyze => sample(&Analyzed {
            findings: vec![finding()],
            suppressions: words(),
            unjudged: words(),
            ..Analyzed::default()
        }),
        Task::Secure => sample(&Secured {
            report: Some(String::new()),
            code: Some(String::new()),
            findings: BeforeAfter { before: vec![finding()], after: vec![finding()] },
            edits: vec![edit()],
            suppressions: words(),
            unscanned: words(),
            config: words(),
            calls: vec![call()],
            ..Secured::default()
        }),
        Task::Classify => sample(&Classified {
            weaknesses: vec![Likely { also: vec![0], rules: words(), lines: vec![1], ..Likely::default() }],
            ..Classified::default()
        }),
    };
    json!({
        "summary": task.summary(),
        "security": [{}, { "key": [] }],
        "requestBody": { "required": true, "content": { "application/json": { "schema": {
            "type": "object",
            "properties": properties,
            "required": needed,
            "additionalProperties": false,
        } } } },
        "responses": responses(&answer),
    })
}

fn responses(answer: &Value) -> Value {
    let error = schema(&json!({ "error": { "message": "", "type": "", "param": "", "code": "" } }));
    let mut all = Map::new();
    all.insert("200".to_owned(), content("The answer.", &schema(answer)));
    for (status, about) in ERRORS {
        all.insert(status.to_owned(), content(about, &error));
    }
    Value::Object(all)
}

fn content(about: &str, schema: &Value) -> Value {
    json!({ "description": about, "content": { "application/json": { "schema": schema } } })
}

/// The schema of everything that has the shape of `sample`; its lists hold one element each.
fn schema(sample: &Value) -> Value {
    match sample {
        Value::Null => json!({}),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Number(number) if number.is_f64() => json!({ "type": "number" }),
        Value::Number(_) => json!({ "type": "integer" }),
        Value::String(_) => json!({ "type": "string" }),
        Value::Array(elements) => {
            json!({ "type": "array", "items": elements.first().map_or_else(|| json!({}), schema) })
        }
        Value::Object(members) => {
            let properties: Map<_, _> = members.iter().map(|(name, value)| (name.clone(), schema(value))).collect();
            json!({ "type": "object", "properties": properties })
        }
    }
}

/// Types without a form in JSON do not occur in answers.
fn sample(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn words() -> Vec<String> {
    vec![String::new()]
}

fn finding() -> FindingRecord {
    FindingRecord { cwe: vec![0], trace: vec![StepRecord::default()], ..FindingRecord::default() }
}

fn edit() -> EditRecord {
    EditRecord { cwe: vec![0], ..EditRecord::default() }
}

fn call() -> CallRecord {
    CallRecord { requirements: words(), error: Some(String::new()), ..CallRecord::default() }
}

fn record() -> Record {
    let unit = UnitRecord {
        before: Some(String::new()),
        after: Some(String::new()),
        found: vec![finding()],
        remaining: vec![finding()],
        edits: vec![edit()],
        suppressions: words(),
        ..UnitRecord::default()
    };
    Record {
        added_requirements: words(),
        units: vec![unit],
        calls: vec![call()],
        unscanned: words(),
        prose_mentions: words(),
        variables: words(),
        ..Record::default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_route_is_described() {
        let routed = include_str!("web.rs").split(".route(\"").skip(1);
        let mut routes: BTreeSet<&str> = routed.filter_map(|rest| rest.split('"').next()).collect();
        routes.retain(|route| route.starts_with("/api/"));
        routes.extend(Task::ALL.map(Task::path));
        let paths = description()["paths"].as_object().expect("paths");
        assert_eq!(paths.keys().map(String::as_str).collect::<BTreeSet<_>>(), routes);
    }

    #[test]
    fn shapes_are_those_of_the_answers() {
        let answer = &description()["paths"]["/api/secure"]["post"]["responses"]["200"];
        let properties = &answer["content"]["application/json"]["schema"]["properties"];
        assert_eq!(properties["code"]["type"], "string");
        let found = &properties["findings"]["properties"]["before"]["items"]["properties"];
        assert_eq!((&found["cwe"]["items"]["type"], &found["start"]["type"]), (&json!("integer"), &json!("object")));
        let request = &description()["paths"]["/api/secure"]["post"]["requestBody"];
        assert_eq!(request["content"]["application/json"]["schema"]["required"], json!(["code"]));
    }
}
