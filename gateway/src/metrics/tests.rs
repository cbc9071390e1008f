use super::*;
use crate::exchange::{CallRecord, FindingRecord, Stages, UnitRecord};

fn finding(cwe: u16, class: &str) -> FindingRecord {
    FindingRecord { cwe: vec![cwe], class: class.to_owned(), ..FindingRecord::default() }
}

fn record() -> Record {
    let unit = UnitRecord {
        verdict: Verdict::Secured,
        found: vec![finding(78, "issue"), finding(89, "issue"), finding(703, "audit")],
        remaining: vec![finding(89, "issue")],
        ..UnitRecord::default()
    };
    let call = CallRecord {
        purpose: "first".to_owned(),
        input_tokens: 100,
        output_tokens: 50,
        cost_micros: 2_500,
        elapsed_ms: 1_500,
        ..CallRecord::default()
    };
    let stages = Stages { hold_us: 2_000, analyse_us: 300, ..Stages::default() };
    let model = "gpt-4o".to_owned();
    Record {
        model,
        verdict: Verdict::Secured,
        cache: CacheUse::Hit,
        units: vec![unit],
        calls: vec![call],
        stages,
        ..Record::default()
    }
}

fn check(text: &str, line: &str) {
    assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
}

#[test]
fn tells_everything_of_an_exchange() {
    let metrics = Metrics::new();
    let flight = metrics.in_flight(Lane::Inspected);
    check(&metrics.render(), "sallyport_in_flight{lane=\"inspected\"} 1");
    drop(flight);
    metrics.request(Lane::Inspected, Verdict::Secured, 200, Duration::from_micros(700));
    metrics.exchange(&record());
    metrics.reports_dropped(3);
    let text = metrics.render();
    for line in [
        "sallyport_in_flight{lane=\"inspected\"} 0",
        "sallyport_requests_total{lane=\"inspected\",verdict=\"secured\",status=\"200\"} 1",
        "sallyport_overhead_seconds_bucket{le=\"0.0005\",lane=\"inspected\"} 0",
        "sallyport_overhead_seconds_bucket{le=\"0.001\",lane=\"inspected\"} 1",
        "sallyport_hold_seconds_count 1",
        "sallyport_stage_seconds_count{stage=\"analyse\"} 1",
        "sallyport_findings_total{cwe=\"78\",when=\"before\"} 1",
        "sallyport_findings_total{cwe=\"89\",when=\"after\"} 1",
        "sallyport_units_total{verdict=\"secured\"} 1",
        "sallyport_upstream_calls_total{purpose=\"first\",outcome=\"done\"} 1",
        "sallyport_llm_calls_saved_total 1",
        "sallyport_reports_dropped 3",
        "sallyport_prompt_cache_total{result=\"hit\"} 1",
        "sallyport_cost_usd_total{gen_ai_request_model=\"gpt-4o\"} 0.0025",
        "gen_ai_client_token_usage_sum{gen_ai_request_model=\"gpt-4o\",gen_ai_token_type=\"input\"} 100.0",
        "gen_ai_client_operation_duration_seconds_count{gen_ai_request_model=\"gpt-4o\"} 1",
    ] {
        check(&text, line);
    }
    assert!(!text.contains("cwe=\"703\""), "audit findings are not counted");
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn tells_what_was_not_let_through() {
    let metrics = Metrics::new();
    metrics.denied(&Denied::Unpriced);
    let limited = |limit| Denied::Limited { limit, retry_after: Duration::ZERO, headers: http::HeaderMap::new() };
    metrics.denied(&limited(Limit::Tokens));
    let text = metrics.render();
    check(&text, "sallyport_denied_total{reason=\"unknown-price\",status=\"402\"} 1");
    check(&text, "sallyport_denied_total{reason=\"tokens\",status=\"429\"} 1");
}

#[test]
fn clients_cannot_make_the_figures_grow() {
    let metrics = Metrics::new();
    let call = |model: &str| metrics.call(model, &CallRecord::default());
    for number in 0..1_000 {
        call(&format!("model-{number}"));
    }
    call("a\"} 1\nforged 1");
    call(&"x".repeat(1_000));
    call("");
    for status in 0..=u16::MAX {
        metrics.request(Lane::Pass, Verdict::NotCode, status, Duration::ZERO);
    }
    let text = metrics.render();
    assert_eq!(text.matches("sallyport_cost_usd_total{").count(), MOST_MODELS + 1);
    assert!(!text.lines().any(|line| line.starts_with("forged")));
    assert!(text.matches("sallyport_requests_total{").count() <= 501);
}
