//! Fixtures of the end-to-end tests: a gateway in this process, upstreams of raw sockets, plain HTTP over TCP.

use std::time::Duration;

use gateway::app::App;
use gateway::settings::{Base, Config, Settings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};

/// Longest wait for anything.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A running gateway; it ends with its runtime.
#[derive(Debug)]
pub struct Running {
    /// Host and port.
    pub address: String,
    data: tempfile::TempDir,
}

impl Running {
    /// A gateway before `upstream` (a base URL), with `more` configuration (TOML).
    pub async fn start(upstream: &str, more: &str) -> anyhow::Result<Self> {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let data = tempfile::tempdir()?;
        let mut settings: Settings = Config::parse(more, "test.toml".as_ref()).and_then(Config::validate)?;
        settings.upstream.base = Base::parse(upstream)?;
        settings.server.listen = ([127, 0, 0, 1], 0).into();
        settings.data = data.path().to_owned();
        let app = App::new(settings)?;
        let listener = app.bind().await?;
        let address = listener.local_addr()?.to_string();
        tokio::spawn(app.serve(listener, std::future::pending()));
        Ok(Self { address, data })
    }

    /// Its data directory.
    pub fn data(&self) -> &std::path::Path {
        self.data.path()
    }
}

/// One part of what an upstream sends.
#[derive(Debug, Clone)]
pub enum Part {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Nothing for a while.
    Pause(Duration),
    /// Nothing until the other side closes.
    Hang,
}

/// What an upstream was told on one connection, and how it ended.
#[derive(Debug)]
pub struct Heard {
    /// The request, head and body as they came.
    pub request: Vec<u8>,
    /// Resolves when the other side has closed the connection.
    pub closed: oneshot::Receiver<()>,
}

/// An upstream that answers the first request of each connection with fixed parts and then closes.
pub async fn upstream(parts: Vec<Part>) -> anyhow::Result<(String, mpsc::UnboundedReceiver<Heard>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}/v1", listener.local_addr()?);
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, parts.clone(), tell.clone()));
        }
    });
    Ok((url, told))
}

async fn serve(mut stream: TcpStream, parts: Vec<Part>, tell: mpsc::UnboundedSender<Heard>) -> std::io::Result<()> {
    let request = read_message(&mut stream).await?;
    let (close, closed) = oneshot::channel();
    // A test that does not listen needs no answer.
    let _ = tell.send(Heard { request, closed });
    for part in parts {
        match part {
            Part::Bytes(bytes) => stream.write_all(&bytes).await?,
            Part::Pause(time) => tokio::time::sleep(time).await,
            Part::Hang => {
                let mut rest = Vec::new();
                // However the connection ends, it has ended.
                let _ = stream.read_to_end(&mut rest).await;
                let _ = close.send(());
                return Ok(());
            }
        }
    }
    stream.shutdown().await
}

/// Reads a head and as much body as its `content-length` or chunks say.
pub async fn read_message(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 65_536];
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let (head, body) = bytes.split_at(end + 4);
            let head = String::from_utf8_lossy(head).to_lowercase();
            let length =
                head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
            let chunked = head.contains("transfer-encoding: chunked");
            if length.is_some_and(|length| body.len() >= length)
                || chunked && body.ends_with(b"0\r\n\r\n")
                || length.is_none() && !chunked
            {
                return Ok(bytes);
            }
        }
        match stream.read(&mut buffer).await? {
            0 => return Ok(bytes),
            read => bytes.extend_from_slice(buffer.get(..read).unwrap_or_default()),
        }
    }
}

/// Sends raw bytes and reads until the other side closes.
pub async fn talk(address: &str, request: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request).await?;
    let mut answer = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await??;
    Ok(answer)
}

/// An HTTP/1.1 message: its first line, its headers in lower case, its body without chunk framing.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// The first line.
    pub first: String,
    /// Header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Message {
    /// Takes a message apart.
    pub fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
        let (head, body) = bytes.split_at(end);
        let head = String::from_utf8_lossy(head).into_owned();
        let mut lines = head.lines();
        let first = lines.next().unwrap_or_default().to_owned();
        let header =
            |line: &str| line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
        let headers: Vec<(String, String)> = lines.filter_map(header).collect();
        let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        Self { first, headers, body: if chunked { unchunk(body) } else { body.to_vec() } }
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The status code of a response.
    pub fn status(&self) -> u16 {
        self.first.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
    }
}

/// Removes chunk framing; ends at the first thing that is none.
fn unchunk(mut framed: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = framed.windows(2).position(|window| window == b"\r\n") {
        let size = framed
            .get(..end)
            .and_then(|line| std::str::from_utf8(line).ok())
            .and_then(|line| usize::from_str_radix(line, 16).ok());
        let Some(size) = size.filter(|size| *size > 0) else { break };
        let Some(chunk) = framed.get(end + 2..end + 2 + size) else { break };
        body.extend_from_slice(chunk);
        framed = framed.get(end + 4 + size..).unwrap_or_default();
    }
    body
}

/// A request that ends its connection.
pub fn request(method: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "{method} {path} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// A response with a known length.
pub fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}
