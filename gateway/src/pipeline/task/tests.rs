use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::http::tests::{PATIENCE, gateway, post, talk};
use crate::pipeline::tests::{body_of, upstream, whole};

const NOWHERE: &str = "http://127.0.0.1:9/v1";
const YAML: &str = "import yaml\n\n\ndef load(text):\n    return yaml.load(text)\n";
/// What no edit mends: the command is wholly dynamic.
const HOPELESS: &str = "import os\n\n\ndef run(command):\n    os.system(command)\n";

async fn send(address: &str, path: &str, headers: &str, body: &Value) -> (u16, String) {
    let answer = talk(address, &post(path, headers, &body.to_string())).await;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    (status, answer)
}

async fn ask(address: &str, path: &str, body: &Value) -> Value {
    let (status, answer) = send(address, path, "", body).await;
    assert_eq!(status, 200, "{answer}");
    body_of(&answer)
}

#[tokio::test]
async fn code_is_repaired_without_a_model() {
    let address = gateway(NOWHERE, "").await;
    let (status, answer) = send(&address, "/api/secure", "", &json!({ "code": YAML })).await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("x-sallyport-verdict: secured"), "{answer}");
    assert!(answer.contains("x-sallyport-upstream-calls: 0") && answer.contains("x-request-id: "), "{answer}");
    let told = body_of(&answer);
    assert_eq!(
        (&told["verdict"], &told["language"], &told["changed"]),
        (&json!("secured"), &json!("python"), &json!(true))
    );
    assert_eq!(told["code"], YAML.replace("yaml.load(", "yaml.safe_load("));
    assert_eq!(told["findings"]["before"][0]["cwe"][0], 502);
    assert_eq!(told["findings"]["before"][0]["start"]["line"], 5);
    assert_eq!((&told["findings"]["after"], &told["calls"]), (&json!([]), &json!([])));
    assert!(!told["edits"].as_array().expect("edits").is_empty());
    let id = told["report"].as_str().expect("a report");
    let page = format!("GET /api/reports/{id} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n");
    let saved = Instant::now() + PATIENCE;
    loop {
        let page = talk(&address, page.as_bytes()).await;
        if page.starts_with("HTTP/1.1 200") {
            let report = body_of(&page);
            assert_eq!((&report["path"], &report["units"][0]["carrier"]), (&json!("/api/secure"), &json!("request")));
            break;
        }
        assert!(Instant::now() < saved, "{page}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn modes_decide_what_becomes_of_code() {
    let any = "[policy]\noverride_mode = \"any\"\noverride_strategy = \"any\"\n";
    let address = gateway(NOWHERE, any).await;
    let check = async |code: &str, more: Value, verdict: &str, released: Option<&str>| {
        let mut body = json!({ "code": code, "language": "python" });
        let (Value::Object(fields), Value::Object(more)) = (&mut body, more) else { unreachable!("objects") };
        fields.extend(more);
        let told = ask(&address, "/api/secure", &body).await;
        assert_eq!((told["verdict"].as_str(), told["code"].as_str()), (Some(verdict), released), "{told}");
    };
    let clean = "def add(a, b):\n    return a + b\n";
    check(clean, json!({}), "clean", Some(clean)).await;
    check(YAML, json!({ "mode": "observe" }), "observed", Some(YAML)).await;
    check(YAML, json!({ "strategy": "none" }), "residual", Some(YAML)).await;
    check(HOPELESS, json!({}), "residual", Some(HOPELESS)).await;
    check(HOPELESS, json!({ "mode": "enforce" }), "blocked", None).await;
    // Neither a comment that calls it bad nor a prompt that quotes it excuses code that came to be repaired.
    let mended = YAML.replace("yaml.load(", "yaml.safe_load(");
    check(YAML, json!({ "prompt": format!("Explain why this is vulnerable:\n\n{YAML}") }), "secured", Some(&mended))
        .await;
}

#[tokio::test]
async fn a_model_that_is_named_is_asked_for_the_block() {
    let good = "```python\nimport subprocess\n\nALLOWED = {\"date\": [\"/bin/date\"]}\n\n\ndef run(command):\n    if command not in ALLOWED:\n        raise ValueError(\"unknown command\")\n    subprocess.run(ALLOWED[command], check=True)\n```\n";
    let (url, mut told) = upstream(move |_| whole(good), Duration::ZERO).await;
    let address = gateway(&url, "").await;
    let body = json!({ "code": HOPELESS, "language": "python", "model": "m", "prompt": "Write a runner." });
    let (status, answer) = send(&address, "/api/secure", "authorization: Bearer own\r\n", &body).await;
    assert_eq!(status, 200, "{answer}");
    let asked = told.recv().await.expect("a call");
    assert!(asked.starts_with("POST /v1/chat/completions "), "{asked}");
    assert!(asked.contains("authorization: Bearer own") && asked.contains("Write a runner."), "{asked}");
    assert!(asked.contains("os.system(command)") && asked.contains("\"model\":\"m\""), "{asked}");
    let answer = body_of(&answer);
    assert_eq!(answer["calls"][0]["purpose"], "block", "{answer}");
    assert_eq!(answer["calls"][0]["input_tokens"], 5);
}

#[tokio::test]
async fn code_is_analysed() {
    let address = gateway(NOWHERE, "").await;
    let told = ask(&address, "/api/analyze", &json!({ "code": YAML, "filename": "x.py" })).await;
    assert_eq!((&told["verdict"], &told["status"]), (&json!("observed"), &json!("scanned")));
    assert_eq!((&told["findings"][0]["cwe"][0], &told["findings"][0]["class"]), (&json!(502), &json!("issue")));
    assert!(told["k"].as_f64().is_some_and(|k| k > 0.0), "{told}");
    let told = ask(&address, "/api/analyze", &json!({ "code": "x = 1  # nosec\n", "language": "python" })).await;
    assert_eq!((&told["verdict"], &told["suppressions"]), (&json!("clean"), &json!(["nosec"])));
    let told = ask(&address, "/api/analyze", &json!({ "code": "def (:\n", "language": "python" })).await;
    assert_eq!(told["verdict"], "unscanned", "{told}");
}

#[tokio::test]
async fn weaknesses_are_ranked() {
    let address = gateway(NOWHERE, "").await;
    let code = format!("{YAML}\n\ndef check(user):\n    assert user\n");
    let told = ask(&address, "/api/classify", &json!({ "code": code, "language": "python" })).await;
    let ranking = told["weaknesses"].as_array().expect("a list");
    assert_eq!((&ranking[0]["cwe"], &ranking[0]["lines"]), (&json!(502), &json!([5])), "{told}");
    let sure: Vec<_> = ranking.iter().map(|likely| likely["confidence"].as_f64().expect("a number")).collect();
    assert!(sure.is_sorted_by(|one, other| one >= other) && sure.iter().all(|one| (0.0..=1.0).contains(one)), "{told}");
    let told = ask(&address, "/api/classify", &json!({ "code": "x = 1\n", "language": "python" })).await;
    assert_eq!(told["weaknesses"], json!([]));
}

#[tokio::test]
async fn what_is_wrong_is_told_in_openais_shape() {
    let address = gateway(NOWHERE, "").await;
    let check = async |path: &str, request: &[u8], status: &str, code: &str, param: Value| {
        let answer = talk(&address, request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
        let error = &body_of(&answer)["error"];
        assert_eq!((&error["code"], &error["param"]), (&json!(code), &param), "{path}: {answer}");
        assert!(error["message"].is_string() && error["type"].is_string(), "{answer}");
        assert!(!answer.contains("hunter2"), "{answer}");
    };
    for path in ["/api/analyze", "/api/secure", "/api/classify"] {
        for body in ["", "[]", "{", "\"hunter2\"", "\u{0}", r#"{"hunter2":1}"#] {
            check(path, &post(path, "", body), "400", "bad_request", Value::Null).await;
        }
        check(path, &post(path, "", "{}"), "400", "bad_request", json!("code")).await;
        check(path, &post(path, "", r#"{"code":["hunter2"]}"#), "400", "bad_request", json!("code")).await;
        let unknown = r#"{"code":"x","language":"hunter2"}"#;
        check(path, &post(path, "", unknown), "400", "bad_request", json!("language")).await;
        check(path, &post(path, "", r#"{"code":"hunter2 is no code"}"#), "400", "bad_request", json!("language")).await;
        let long = json!({ "code": "x".repeat(2 << 20), "language": "python" }).to_string();
        check(path, &post(path, "", &long), "413", "request_too_large", Value::Null).await;
        let get = format!("GET {path} HTTP/1.1\r\nhost: gw\r\nconnection: close\r\n\r\n");
        check(path, get.as_bytes(), "405", "method_not_allowed", Value::Null).await;
    }
    let secure = |more: &str| post("/api/secure", "", &format!(r#"{{"code":"x = 1","language":"python",{more}}}"#));
    check("mode", &secure(r#""mode":"hunter2""#), "400", "bad_request", json!("mode")).await;
    check("strategy", &secure(r#""strategy":"hunter2""#), "400", "bad_request", json!("strategy")).await;
    check("laxer", &secure(r#""mode":"observe""#), "403", "forbidden", Value::Null).await;
    check("laxer", &secure(r#""strategy":"none""#), "403", "forbidden", Value::Null).await;
}

#[tokio::test]
async fn hostile_code_is_survived() {
    let address = gateway(NOWHERE, "").await;
    let deep = "(".repeat(20_000);
    let many = "eval(input())\n".repeat(100);
    for code in [deep.as_str(), many.as_str(), "\u{0}\u{1}\u{fffe}", "🦀 = '\\ud800'"] {
        for path in ["/api/analyze", "/api/classify", "/api/secure"] {
            let (status, answer) = send(&address, path, "", &json!({ "code": code, "language": "python" })).await;
            assert_eq!(status, 200, "{path}: {answer}");
        }
    }
}

#[tokio::test]
async fn keys_and_limits_hold_here_too() {
    let address = gateway(NOWHERE, "[keys]\nrequired = true\n").await;
    let body = json!({ "code": YAML });
    for path in ["/api/analyze", "/api/secure", "/api/classify"] {
        for headers in ["", "authorization: Bearer sk-sp-unknown\r\n"] {
            let (status, answer) = send(&address, path, headers, &body).await;
            assert_eq!((status, &body_of(&answer)["error"]["code"]), (401, &json!("invalid_api_key")), "{answer}");
        }
    }
    let address = gateway(NOWHERE, "[limits]\nrequests_per_minute = 1\n").await;
    assert_eq!(send(&address, "/api/classify", "", &body).await.0, 200);
    let (status, answer) = send(&address, "/api/secure", "", &body).await;
    assert_eq!(status, 429, "{answer}");
    assert!(answer.contains("retry-after: "), "{answer}");
}

#[tokio::test]
async fn calls_are_reserved_against_limits() {
    let (url, mut told) = upstream(|_| whole("no code"), Duration::ZERO).await;
    let address = gateway(&url, "[limits]\ntokens_per_minute = 10\n").await;
    let body = json!({ "code": HOPELESS, "language": "python", "model": "m" });
    let answer = ask(&address, "/api/secure", &body).await;
    assert_eq!((&answer["verdict"], &answer["code"]), (&json!("residual"), &json!(HOPELESS)), "{answer}");
    let errors: Vec<_> = answer["calls"].as_array().into_iter().flatten().map(|call| &call["error"]).collect();
    assert_eq!(errors, [&Value::Null, &json!("the call could not be reserved")], "{answer}");
    assert!(told.recv().await.is_some_and(|asked| asked.starts_with("POST ")), "one call went out");
    assert!(!told.try_recv().is_ok_and(|asked| asked.starts_with("POST ")), "and no more");
}

#[tokio::test]
async fn the_description_is_served() {
    let address = gateway(NOWHERE, "").await;
    let answer = talk(&address, b"GET /api/openapi.json HTTP/1.1\r\nhost: gw\r\nconnection: close\r\n\r\n").await;
    let told = body_of(&answer);
    assert_eq!(told["openapi"], "3.1.0");
    for path in told["paths"].as_object().expect("paths").keys() {
        let path = path.replace("{id}", "0");
        let answer =
            talk(&address, format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n").as_bytes())
                .await;
        assert!(!answer.contains("there is nothing at this path"), "{path}: {answer}");
    }
}
