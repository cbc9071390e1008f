use super::*;

fn read(task: Task, body: &str) -> Result<Wanted, Error> {
    Wanted::read(task, &Bytes::copy_from_slice(body.as_bytes()))
}

#[test]
fn what_is_read() {
    let wanted = read(
        Task::Secure,
        r#" {"code":"x = 1\n","language":"py","prompt":" ","model":"m","mode":"observe","strategy":null} "#,
    )
    .expect("a request");
    assert_eq!((wanted.code.as_str(), wanted.language), ("x = 1\n", Language::Python));
    assert_eq!((wanted.prompt, wanted.model.as_deref()), (None, Some("m")));
    assert_eq!((wanted.asked.mode.as_deref(), wanted.asked.strategy), (Some("observe"), None));
    let told = read(Task::Analyze, r#"{"code":"x","filename":"a/b.go"}"#).map(|wanted| wanted.language);
    assert_eq!(told.ok(), Some(Language::Go));
    let last = read(Task::Classify, r#"{"code":"a","code":"b","language":"python"}"#).map(|wanted| wanted.code);
    assert_eq!(last.ok().as_deref(), Some("b"));
}

#[test]
fn what_is_refused_by_name() {
    let check = |task: Task, body: &str, param: Option<&str>| {
        let told = match read(task, body) {
            Err(Error::BadRequest { message, param }) => {
                assert!(!message.contains("secret"), "{message}");
                Some(param)
            }
            _ => None,
        };
        assert_eq!(told, Some(param), "{body}");
    };
    for body in ["", "[]", "null", "\"secret\"", "{", "{}}", r#"{"code":"x""#, r#"{"code":"x"} {}"#, "\u{feff}{}"] {
        check(Task::Analyze, body, None);
    }
    check(Task::Analyze, "{}", Some("code"));
    check(Task::Analyze, r#"{"secret":1}"#, None);
    check(Task::Analyze, r#"{"code":"x","model":"secret"}"#, None);
    for code in ["null", "1", "[\"secret\"]", "{}", "\"\"", r#"" \n\t""#, r#""\q""#] {
        check(Task::Secure, &format!(r#"{{"code":{code},"language":"python"}}"#), Some("code"));
    }
    check(Task::Secure, r#"{"code":"x","language":"secret"}"#, Some("language"));
    check(Task::Secure, r#"{"code":"hello","filename":"secret"}"#, Some("language"));
    check(Task::Secure, r#"{"code":"x","language":"python","model":["secret"]}"#, Some("model"));
    let deep = format!(r#"{{"code":{}}}"#, "[".repeat(100_000));
    check(Task::Secure, &deep, None);
}

#[test]
fn every_task_has_a_path_of_its_own() {
    for task in Task::ALL {
        assert_eq!(Task::at(task.path()), Some(task));
        assert!(task.fields().any(|field| field.needed));
    }
    assert_eq!(Task::at("/api/secure/"), None);
}
