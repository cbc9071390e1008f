//! Connections to the upstream against raw sockets: used again when free, replaced when closed, closed when dropped.

use std::time::Duration;

use http::{Request, Uri};
use http_body_util::BodyExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Client;
use crate::error::Error;
use crate::http::body::Outgoing;
use crate::http::tests::{PATIENCE, read_message};
use crate::settings::{Base, Config, Settings};

/// What an upstream saw.
#[derive(Debug, PartialEq)]
enum Seen {
    Connected,
    Asked,
    Closed,
}

/// A client of an upstream that gives the same answer to every request, and what the upstream sees. `closes` says that
/// it closes after each answer without saying so.
async fn client(answer: &'static [u8], closes: bool) -> (Client, mpsc::UnboundedReceiver<Seen>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
    let (tell, seen) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let tell = tell.clone();
            tokio::spawn(async move {
                let _ = tell.send(Seen::Connected);
                while !read_message(&mut stream).await.is_empty() {
                    let _ = tell.send(Seen::Asked);
                    stream.write_all(answer).await.expect("written");
                    if closes {
                        break;
                    }
                }
                drop(stream);
                let _ = tell.send(Seen::Closed);
            });
        }
    });
    let settings: Settings = Config::parse("", "test.toml".as_ref()).and_then(Config::validate).expect("valid");
    let upstream = crate::settings::Upstream { base: Base::parse(&url).expect("a URL"), ..settings.upstream };
    (Client::new(&upstream).expect("a client"), seen)
}

async fn ask(client: &Client) -> Result<http::Response<super::Incoming>, Error> {
    let mut request = Request::new(Outgoing::from(bytes::Bytes::new()));
    *request.uri_mut() = client.target(Uri::from_static("/v1/models"))?;
    request.headers_mut().insert(http::header::HOST, client.host().clone());
    timeout(PATIENCE, client.send(request)).await.expect("in time")
}

async fn next(seen: &mut mpsc::UnboundedReceiver<Seen>) -> Seen {
    timeout(PATIENCE, seen.recv()).await.expect("in time").expect("the upstream runs")
}

#[tokio::test]
async fn a_free_connection_is_used_again() {
    for answer in [
        &b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"[..],
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
    ] {
        let (client, mut seen) = client(answer, false).await;
        for _ in 0..3 {
            let body = ask(&client).await.expect("an answer").collect().await.expect("whole").to_bytes();
            assert!(body == "ok" || body.is_empty());
        }
        assert_eq!(next(&mut seen).await, Seen::Connected);
        for _ in 0..3 {
            assert_eq!(next(&mut seen).await, Seen::Asked);
        }
        drop(client);
        assert_eq!(next(&mut seen).await, Seen::Closed);
    }
}

#[tokio::test]
async fn a_connection_that_was_closed_is_replaced() {
    let (client, mut seen) = client(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", true).await;
    for _ in 0..3 {
        ask(&client).await.expect("an answer").collect().await.expect("whole");
        for expected in [Seen::Connected, Seen::Asked, Seen::Closed] {
            assert_eq!(next(&mut seen).await, expected);
        }
        // The end is on its way through the kernel.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn an_answer_that_is_dropped_closes_its_connection() {
    let (client, mut seen) = client(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\no\r\n", false).await;
    let mut answer = ask(&client).await.expect("an answer");
    let first = answer.frame().await.expect("a frame").expect("sound").into_data().expect("data");
    assert_eq!(first, "o");
    drop(answer);
    for expected in [Seen::Connected, Seen::Asked, Seen::Closed] {
        assert_eq!(next(&mut seen).await, expected);
    }
}

#[tokio::test]
async fn what_breaks_off_is_an_error() {
    let (client, _) = client(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok", true).await;
    assert!(ask(&client).await.expect("a head").collect().await.is_err());
    let (client, _) = self::client(b"HTTP/1.1 200", true).await;
    assert!(matches!(ask(&client).await, Err(Error::UpstreamBroken)));
}
