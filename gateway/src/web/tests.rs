use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;

use super::*;
use crate::report::Record;
use crate::settings::{ReportContent, ReportRules};
use crate::store::commit::{Bell, Source};
use crate::store::memory::MemoryStore;
use crate::store::{Batch, Store};

const RULES: ReportRules =
    ReportRules { content: ReportContent::Full, retain: Duration::from_secs(1 << 40), max_bytes: 1 << 30 };
const HERE: &str = "127.0.0.1:5000";
const ELSEWHERE: &str = "203.0.113.7:5000";

fn pages(keys_required: bool, admin_token: Option<&str>) -> (Arc<Pages>, Record) {
    let reports = Reports::open(Arc::new(MemoryStore::default()), Bell::default()).expect("opened");
    let record = report::tests::sample();
    assert!(reports.save(record.clone(), None, &RULES));
    let pages = Pages { reports, keys_required, admin_token: admin_token.map(Secret::new), ..over_nothing() };
    (Arc::new(pages), record)
}

fn over_nothing() -> Pages {
    Pages {
        reports: Reports::open(Arc::new(MemoryStore::default()), Bell::default()).expect("opened"),
        metrics: Arc::default(),
        keys_required: false,
        admin_token: None,
        listen: "0.0.0.0:8080".parse().expect("an address"),
    }
}

fn request(peer: &str, headers: &[(&'static str, &str)]) -> Request {
    let mut request = Request::new(Body::empty());
    request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer.parse().expect("an address")));
    for (name, value) in headers {
        request.headers_mut().insert(*name, HeaderValue::from_str(value).expect("a header"));
    }
    request
}

async fn text(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 24).await.expect("a body");
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

async fn status_of_report(keys_required: bool, peer: &str, headers: &[(&'static str, &str)]) -> u16 {
    let (pages, record) = pages(keys_required, None);
    let page = report_page(State(Arc::clone(&pages)), Path(record.id.clone()), request(peer, headers)).await;
    let form = Query(Form { format: None });
    let json = report_json(State(pages), Path(record.id), form, request(peer, headers)).await;
    assert_eq!(page.status(), json.status());
    page.status().as_u16()
}

#[tokio::test]
async fn without_keys_reports_are_read_from_this_machine_only() {
    assert_eq!(status_of_report(false, HERE, &[("host", "127.0.0.1:8080")]).await, 200);
    assert_eq!(status_of_report(false, "[::1]:5000", &[("host", "[::1]:8080")]).await, 200);
    assert_eq!(status_of_report(false, "[::ffff:127.0.0.1]:5000", &[("host", "localhost")]).await, 200);
    assert_eq!(status_of_report(false, ELSEWHERE, &[("host", "localhost")]).await, 403);
    // A page of another site that had its name point to this machine.
    assert_eq!(status_of_report(false, HERE, &[("host", "evil.example:8080")]).await, 403);
    assert_eq!(status_of_report(false, HERE, &[("host", "localhost.evil.example")]).await, 403);
    assert_eq!(status_of_report(true, ELSEWHERE, &[("host", "gateway.example")]).await, 200);
}

#[tokio::test]
async fn pages_allow_nothing_but_themselves() {
    let (pages, record) = pages(false, None);
    let response = report_page(State(pages), Path(record.id), request(HERE, &[])).await;
    let header = |name: &str| response.headers()[name].to_str().expect("ASCII").to_owned();
    assert!(header("content-security-policy").starts_with("default-src 'none'; style-src 'sha256-"));
    assert_eq!(
        (header("cache-control"), header("x-content-type-options")),
        ("no-store".to_owned(), "nosniff".to_owned())
    );
    assert_eq!(header("referrer-policy"), "no-referrer");
    let page = text(response).await;
    assert!(!page.contains(" style=\"") && !page.contains("<script"));
}

#[tokio::test]
async fn the_rule_reference_is_for_everyone() {
    use tower_service::Service as _;
    let mut pages = router(pages(true, Some("token")).0);
    let mut request = request(ELSEWHERE, &[]);
    *request.uri_mut() = http::Uri::from_static("/rules");
    let Ok(response) = pages.call(request).await;
    assert!(response.status() == 200 && response.headers().contains_key("content-security-policy"));
    assert!(text(response).await.contains("id=\"sql-injection\""));
}

#[tokio::test]
async fn reports_are_json_too() {
    let (pages, record) = pages(false, None);
    let get = |id: &str, format: Option<&str>| {
        let form = Query(Form { format: format.map(str::to_owned) });
        report_json(State(Arc::clone(&pages)), Path(id.to_owned()), form, request(HERE, &[]))
    };
    let found: Record = serde_json::from_str(&text(get(&record.id, None).await).await).expect("a record");
    assert_eq!(found, record);
    assert!(text(get(&record.id, Some("html")).await).await.starts_with("<!DOCTYPE html>"));
    assert_eq!(get(&record.id, Some("doc")).await.status(), 400);
    let missing = get(&"0".repeat(32), None).await;
    assert_eq!(missing.status(), 404);
    let error: serde_json::Value = serde_json::from_str(&text(missing).await).expect("JSON");
    assert_eq!(error["error"]["code"], "not_found");
}

async fn status_of_list(token: Option<&str>, peer: &str, headers: &[(&'static str, &str)]) -> u16 {
    let (pages, _) = pages(true, token);
    let slice = || Query(Slice { before: None, limit: None });
    let page = list_page(State(Arc::clone(&pages)), slice(), request(peer, headers)).await;
    let json = list_json(State(pages), slice(), request(peer, headers)).await;
    assert_eq!(page.status(), json.status());
    assert_eq!(page.status() == 401, page.headers().contains_key(WWW_AUTHENTICATE));
    page.status().as_u16()
}

#[tokio::test]
async fn lists_are_for_the_administrator() {
    assert_eq!(status_of_list(None, HERE, &[]).await, 200);
    assert_eq!(status_of_list(None, ELSEWHERE, &[]).await, 401);
    assert_eq!(status_of_list(Some("t0ken"), HERE, &[]).await, 401);
    assert_eq!(status_of_list(Some("t0ken"), ELSEWHERE, &[("authorization", "Bearer t0ken")]).await, 200);
    assert_eq!(status_of_list(Some("t0ken"), ELSEWHERE, &[("authorization", "bearer t0ke")]).await, 401);
    // "admin:t0ken"
    assert_eq!(status_of_list(Some("t0ken"), ELSEWHERE, &[("authorization", "Basic YWRtaW46dDBrZW4=")]).await, 200);
    assert_eq!(status_of_list(Some("t0ken"), ELSEWHERE, &[("authorization", "Basic %%%")]).await, 401);
}

#[tokio::test]
async fn the_list_leads_to_the_report() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let reports = Reports::open(Arc::clone(&store), Bell::default()).expect("opened");
    let record = report::tests::sample();
    reports.save(record.clone(), None, &RULES);
    let mut batch = Batch::default();
    reports.collect(&mut batch);
    store.apply(&batch).expect("applied");
    let pages = Arc::new(Pages { reports, ..over_nothing() });
    let slice = Query(Slice { before: None, limit: Some(1) });
    let page = text(list_page(State(pages), slice, request(HERE, &[])).await).await;
    assert!(page.contains(&format!("href=\"/reports/{}\"", record.id)), "{page}");
    assert!(page.contains(&format!("/reports?before={}&amp;limit=1", record.time_ms)), "{page}");
}

#[tokio::test]
async fn the_start_page_says_how_to_use_it() {
    let (pages, _) = pages(true, None);
    let page = text(start(State(Arc::clone(&pages)), request(HERE, &[])).await).await;
    assert!(page.contains("OPENAI_BASE_URL=http://127.0.0.1:8080/v1") && page.contains("sallyport key create"));
    let figures = text(figures(State(pages)).await).await;
    assert!(figures.ends_with("# EOF\n"));
}
