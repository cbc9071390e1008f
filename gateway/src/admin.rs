//! Administration beside a running server: a Unix socket in the data directory that only its owner can open; one line of
//! JSON in, one line of JSON out.

use std::io::{BufRead, BufReader as BlockingReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

use crate::admit::KeySummary;
use crate::admit::key::{KeySpec, Token};
use crate::exchange::Record;
use crate::state::State;

/// The socket's name in the data directory.
const SOCKET: &str = "admin.sock";
/// Longest request.
const MOST_REQUEST_BYTES: u64 = 64 << 10;
/// Longest reply that the client side reads: a list of keys or a report.
const MOST_REPLY_BYTES: u64 = 256 << 20;
/// How long either side waits for the other.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most connections at a time; further ones wait.
const CONNECTIONS: usize = 8;
/// Longest path that a Unix socket may have.
const MOST_PATH_BYTES: usize = 100;

/// What is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Make a key.
    CreateKey(Box<KeySpec>),
    /// Every key.
    ListKeys,
    /// Revoke the key of that id or name.
    RevokeKey {
        /// Id or name.
        key: String,
    },
    /// One report.
    Report {
        /// Its id.
        id: String,
    },
}

/// What is answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// A key was made; this is the one time that it is shown.
    Created {
        /// The key's entry.
        key: Box<KeySummary>,
        /// The key itself.
        token: Token,
    },
    /// Every key.
    Keys(Vec<KeySummary>),
    /// A key was revoked.
    Revoked(Box<KeySummary>),
    /// A report.
    Report(Box<Record>),
    /// It was not done.
    Failed(String),
}

/// Does what is asked. Blocks.
pub fn answer(state: &State, request: Request) -> Reply {
    let store = state.store.as_ref();
    match request {
        Request::CreateKey(spec) => match state.gate.create(store, *spec) {
            Ok((key, token)) => Reply::Created { key: Box::new(key), token },
            Err(error) => failed(&error),
        },
        Request::ListKeys => Reply::Keys(state.gate.list()),
        Request::RevokeKey { key } => {
            state.gate.revoke(store, &key).map_or_else(|error| failed(&error), |key| Reply::Revoked(Box::new(key)))
        }
        Request::Report { id } => match state.reports.load(&id) {
            Ok(Some(record)) => Reply::Report(Box::new(record)),
            Ok(None) => Reply::Failed("there is no such report".to_owned()),
            Err(error) => failed(&error),
        },
    }
}

fn failed(error: &dyn std::error::Error) -> Reply {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    Reply::Failed(format!("{error}{cause}"))
}

/// The socket, bound. Dropping it removes the file.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

impl Drop for Socket {
    fn drop(&mut self) {
        // A file that stays behind is replaced at the next start.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Socket {
    /// Binds the socket of a data directory that this process holds. Nobody but its owner can ever open it: it is made in
    /// a closed directory and moved to its place when its mode is set.
    pub fn bind(directory: &Path) -> std::io::Result<Self> {
        let path = directory.join(SOCKET);
        let closed = directory.join("admin.new");
        if closed.as_os_str().len() + SOCKET.len() > MOST_PATH_BYTES {
            return Err(std::io::Error::other("the path of the data directory is too long for a Unix socket"));
        }
        match std::fs::remove_dir_all(&closed) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        std::fs::DirBuilder::new().mode(0o700).create(&closed)?;
        let first = closed.join(SOCKET);
        let listener = UnixListener::bind(&first)?;
        std::fs::set_permissions(&first, std::fs::Permissions::from_mode(0o600))?;
        std::fs::rename(&first, &path)?;
        std::fs::remove_dir(&closed)?;
        Ok(Self { listener, path })
    }

    /// Answers until `stop` resolves.
    pub async fn serve(self, state: State, stop: impl Future<Output = ()>) {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let tasks = tokio_util::task::TaskTracker::new();
        tokio::pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = accept(&self.listener, &places) => accepted,
            };
            match accepted {
                Ok((stream, place)) => {
                    let state = state.clone();
                    tasks.spawn(async move {
                        let served = tokio::time::timeout(PATIENCE, connection(stream, state)).await;
                        if !matches!(served, Ok(Ok(()))) {
                            tracing::debug!("an administration request broke off");
                        }
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the administration socket cannot accept");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        tasks.close();
        tasks.wait().await;
    }
}

async fn accept(
    listener: &UnixListener,
    places: &Arc<Semaphore>,
) -> std::io::Result<(UnixStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}

async fn connection(mut stream: UnixStream, state: State) -> std::io::Result<()> {
    let (read, mut write) = stream.split();
    let mut line = String::new();
    BufReader::new(read.take(MOST_REQUEST_BYTES)).read_line(&mut line).await?;
    let reply = match serde_json::from_str(&line) {
        Ok(request) => tokio::task::spawn_blocking(move || answer(&state, request)).await?,
        Err(_) => Reply::Failed("the request is not understood".to_owned()),
    };
    let mut bytes = serde_json::to_vec(&reply)?;
    bytes.push(b'\n');
    write.write_all(&bytes).await?;
    write.shutdown().await
}

/// Asks the server that holds a data directory; `None` if none runs. Blocks.
pub fn ask(directory: &Path, request: &Request) -> std::io::Result<Option<Reply>> {
    use std::io::ErrorKind::{ConnectionRefused, NotFound};
    let mut stream = match std::os::unix::net::UnixStream::connect(directory.join(SOCKET)) {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), NotFound | ConnectionRefused) => return Ok(None),
        Err(error) => return Err(error),
    };
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let mut reply = String::new();
    BlockingReader::new(stream.take(MOST_REPLY_BYTES)).read_line(&mut reply)?;
    Ok(Some(serde_json::from_str(&reply)?))
}

#[cfg(test)]
mod tests;
