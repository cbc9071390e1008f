use super::*;
use crate::settings::{Overlay, Settings};

fn state(directory: &Path) -> State {
    let overlay = Overlay { data: Some(directory.to_owned()), ..Overlay::default() };
    State::open(&Settings::load(&overlay).expect("the defaults are valid"), "test").expect("opened")
}

fn spec(name: &str) -> Request {
    Request::CreateKey(Box::new(KeySpec { name: name.to_owned(), ..KeySpec::default() }))
}

/// Runs a check on a blocking thread beside a serving socket.
fn beside_a_server(check: impl FnOnce(&Path, &State) + Send + 'static) {
    let directory = tempfile::tempdir().expect("a directory");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let state = state(directory.path());
        let socket = Socket::bind(directory.path()).expect("bound");
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let served = tokio::spawn(socket.serve(state.clone(), async { drop(stopped.await) }));
        let path = directory.path().to_owned();
        tokio::task::spawn_blocking(move || check(&path, &state)).await.expect("the check passed");
        drop(stop);
        served.await.expect("ended");
        assert!(!directory.path().join(SOCKET).exists());
    });
}

#[test]
fn keys_are_managed_beside_a_server() {
    beside_a_server(|directory, state| {
        let ask = |request: &Request| ask(directory, request).expect("an answer").expect("a server runs");
        let Reply::Created { key, token } = ask(&spec("ci")) else { unreachable!("not created") };
        let headers = http::HeaderMap::from_iter([(
            http::header::AUTHORIZATION,
            http::HeaderValue::try_from(format!("Bearer {}", token.reveal())).expect("a header"),
        )]);
        state.gate.admit(&headers).expect("it counts at once");
        let Reply::Keys(keys) = ask(&Request::ListKeys) else { unreachable!("not listed") };
        assert_eq!(keys, [KeySummary::clone(&key)]);
        let Reply::Revoked(_) = ask(&Request::RevokeKey { key: "ci".to_owned() }) else { unreachable!("not revoked") };
        state.gate.admit(&headers).expect_err("a revocation counts at once");
        let Reply::Failed(reason) = ask(&Request::RevokeKey { key: "none".to_owned() }) else {
            unreachable!("revoked?")
        };
        assert_eq!(reason, "there is no such key");
        let Reply::Failed(reason) = ask(&Request::Report { id: "0".repeat(32) }) else { unreachable!("a report?") };
        assert_eq!(reason, "there is no such report");
    });
}

#[test]
fn the_socket_is_for_its_owner() {
    beside_a_server(|directory, _| {
        let mode = std::fs::metadata(directory.join(SOCKET)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!directory.join("admin.new").exists());
    });
}

#[test]
fn nonsense_is_answered_and_changes_nothing() {
    beside_a_server(|directory, state| {
        let long = format!("{}\n", "x".repeat(100 << 10));
        for line in ["\n", "{}\n", "{\"do\":\"drop-everything\"}\n", "\u{0}\n", long.as_str()] {
            let mut stream = std::os::unix::net::UnixStream::connect(directory.join(SOCKET)).expect("connected");
            // The server may have answered and closed before a long line is out.
            let _ = stream.write_all(line.as_bytes());
            let mut reply = String::new();
            if BlockingReader::new(stream).read_line(&mut reply).is_ok() && !reply.is_empty() {
                assert_eq!(reply, "{\"failed\":\"the request is not understood\"}\n");
            }
        }
        assert!(state.gate.list().is_empty());
    });
}

#[test]
fn without_a_server_there_is_no_answer() {
    let directory = tempfile::tempdir().expect("a directory");
    assert!(ask(directory.path(), &Request::ListKeys).expect("no error").is_none());
    // A socket that a killed server left behind is no server.
    drop(std::os::unix::net::UnixListener::bind(directory.path().join(SOCKET)).expect("bound"));
    assert!(ask(directory.path(), &Request::ListKeys).expect("no error").is_none());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { Socket::bind(directory.path()).expect("the old file is replaced") });
}
