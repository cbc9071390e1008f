//! Runs a tool on one file: scratch directory, no network, bounded time, memory and output; never in a shell.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::sync::{OnceCell, Semaphore};

use super::Failure;

/// Longest output that is read, in bytes.
const MOST_OUTPUT: u64 = 32 << 20;
/// Longest file that a tool may write, in bytes.
const MOST_FILE: u64 = 4 << 30;

/// One command of a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Statuses at which it did its work.
    pub done: &'static [i32],
    /// The file in the folder that holds its findings; `None`: it prints them.
    pub output: Option<String>,
    /// What another status means.
    pub failure: Failure,
}

impl Command {
    /// A command that prints its findings and ends with one of these statuses.
    pub fn new(program: &[String], arguments: &[&str], done: &'static [i32]) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned());
        Self { argv: program.iter().cloned().chain(arguments).collect(), done, output: None, failure: Failure::Failed }
    }

    /// Leaves its findings in a file.
    #[must_use]
    pub fn into_file(mut self, name: &str) -> Self {
        self.output = Some(name.to_owned());
        self
    }

    /// Another status means this.
    #[must_use]
    pub const fn or(mut self, failure: Failure) -> Self {
        self.failure = failure;
        self
    }
}

/// What happens where a tool cannot be cut off from the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// It does not run.
    Required,
    /// It runs all the same.
    Preferred,
}

/// Bounds under which tools run.
#[derive(Debug)]
pub struct Sandbox {
    timeout: Duration,
    memory: u64,
    isolation: Isolation,
    /// What tools see of the environment beside a home and a language.
    environment: Vec<(String, String)>,
    isolated: OnceCell<bool>,
    places: Semaphore,
}

/// What a sandbox is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// Time for all commands of one analyzer on one unit.
    pub timeout: Duration,
    /// Address space of each command, in bytes.
    pub memory: u64,
    /// Analyzers at a time.
    pub concurrent: usize,
    /// What happens where a tool cannot be cut off.
    pub isolation: Isolation,
    /// What tools see of the environment, such as `PATH`.
    pub environment: Vec<(String, String)>,
}

impl Sandbox {
    /// Runs within these bounds.
    pub fn new(bounds: Bounds) -> Self {
        Self {
            timeout: bounds.timeout,
            memory: bounds.memory,
            isolation: bounds.isolation,
            environment: bounds.environment,
            isolated: OnceCell::new(),
            places: Semaphore::new(bounds.concurrent.max(1)),
        }
    }

    /// Puts `text` into `file` in a folder of its own, runs the commands there and tells what the last one printed.
    pub async fn run(&self, commands: &[Command], file: &str, text: &str) -> Result<Vec<u8>, Failure> {
        let _place = self.places.acquire().await.map_err(|_| Failure::Unavailable)?;
        let folder = tempfile::Builder::new().prefix("sallyport-").tempdir().map_err(|_| Failure::Unavailable)?;
        let path = folder.path().join(file);
        if let Some(parent) = path.parent() {
            tokio::fs::create_dir_all(parent).await.map_err(|_| Failure::Unavailable)?;
        }
        tokio::fs::write(&path, text).await.map_err(|_| Failure::Unavailable)?;
        let all = async {
            let mut output = Vec::new();
            for command in commands {
                output = self.step(command, folder.path()).await?;
            }
            Ok(output)
        };
        tokio::time::timeout(self.timeout, all).await.unwrap_or(Err(Failure::Timeout))
    }

    async fn step(&self, command: &Command, folder: &Path) -> Result<Vec<u8>, Failure> {
        let mut words = self.wrapping().await?.into_iter().chain(command.argv.iter().cloned());
        let mut process = tokio::process::Command::new(words.next().ok_or(Failure::Unavailable)?);
        process.args(words).current_dir(folder).env_clear().envs(self.environment.iter().cloned());
        process.env("HOME", folder).env("TMPDIR", folder).env("LANG", "C.UTF-8").kill_on_drop(true);
        // A virtual machine plans with all memory there is, unless it is told what it may have.
        process.env("JAVA_TOOL_OPTIONS", format!("-Xmx{}m -XX:ReservedCodeCacheSize=64m", (self.memory / 4) >> 20));
        process.stdin(Stdio::null()).stderr(Stdio::null()).stdout(Stdio::piped());
        let mut child = process.spawn().map_err(|_| Failure::Unavailable)?;
        let mut printed = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            stdout.take(MOST_OUTPUT).read_to_end(&mut printed).await.map_err(|_| Failure::Failed)?;
        }
        let status = child.wait().await.map_err(|_| Failure::Failed)?.code();
        match status {
            Some(status) if command.done.contains(&status) => {}
            // What the wrappers end with when the program is not there.
            Some(126 | 127) => return Err(Failure::Unavailable),
            _ => return Err(command.failure),
        }
        let Some(name) = &command.output else { return Ok(printed) };
        let file = tokio::fs::File::open(folder.join(name)).await.map_err(|_| Failure::Failed)?;
        let mut written = Vec::new();
        file.take(MOST_OUTPUT).read_to_end(&mut written).await.map_err(|_| Failure::Failed)?;
        Ok(written)
    }

    /// What runs the command: namespaces of its own, which end with it, and bounds on what it may take.
    async fn wrapping(&self) -> Result<Vec<String>, Failure> {
        let isolated = *self.isolated.get_or_init(can_isolate).await;
        if !isolated && self.isolation == Isolation::Required {
            return Err(Failure::Unavailable);
        }
        let mut words: Vec<String> = Vec::new();
        if isolated {
            words.extend(UNSHARE.map(str::to_owned));
        }
        let seconds = self.timeout.as_secs().saturating_mul(4).max(1);
        words.push("prlimit".to_owned());
        words.push(format!("--as={}", self.memory));
        words.push(format!("--cpu={seconds}"));
        words.push(format!("--fsize={MOST_FILE}"));
        words.extend(["--core=0", "--"].map(str::to_owned));
        Ok(words)
    }
}

/// A network and a process table of its own; all of it ends when this program does.
const UNSHARE: [&str; 8] =
    ["unshare", "--user", "--map-current-user", "--net", "--pid", "--fork", "--kill-child", "--"];

/// Whether this machine lets a process be cut off.
async fn can_isolate() -> bool {
    let mut probe = tokio::process::Command::new(UNSHARE[0]);
    probe.args(&UNSHARE[1..]).arg("true").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().await.is_ok_and(|status| status.success())
}
