//! Configuration: file → table → [`Config`] (as written, unknown keys refused by name) → [`Settings`] (validated once).
//!
//! **The only place that reads the environment.** Nothing downstream checks a setting again.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use analyzers::graph::GraphKind;
use http::Uri;
use models::rewriter::{Backend, Chooser, Options};

use crate::strategy::Rules;

mod config;
pub mod external;
mod proxy;

pub use config::Config;
pub use external::External;
pub use proxy::{Proxy, Speech};

/// The built-in configuration, every key with its comment.
pub const DEFAULTS: &str = include_str!("../../config/default.toml");

/// The name of the policy that requests have which name no other.
pub const DEFAULT_POLICY: &str = "default";

/// Why a configuration is refused. Each names its key and what would work.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file could not be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{path} is not valid TOML")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A key that does not exist.
    #[error("unknown key `{key}`{}", hint(.near.as_deref()))]
    UnknownKey {
        /// Dotted path of the key.
        key: String,
        /// The nearest key that exists.
        near: Option<String>,
    },
    /// A value of the wrong type.
    #[error("a value has the wrong type")]
    Type(#[source] Box<toml::de::Error>),
    /// A value that cannot be used.
    #[error("`{key}` cannot be {value:?}: {expected}")]
    Value {
        /// Dotted path of the key.
        key: String,
        /// What was given.
        value: String,
        /// What would work.
        expected: String,
    },
    /// The data directory cannot be used.
    #[error("cannot use the data directory {path}")]
    Data {
        /// The directory or a file in it.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

fn hint(near: Option<&str>) -> String {
    near.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default()
}

/// A value that never shows in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself; for headers and comparisons only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// Everything that was decided before the first request.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The listening side.
    pub server: Server,
    /// The service behind.
    pub upstream: Upstream,
    /// Where state is kept.
    pub data: PathBuf,
    /// Whether virtual keys are required.
    pub keys_required: bool,
    /// Token of the administrator, if set.
    pub admin_token: Option<Secret>,
    /// Limits of tenants without a key.
    pub limits: TenantLimits,
    /// How budgets count.
    pub budgets: Budgets,
    /// Bounds of the analyzer.
    pub analysis: analyzers::program::Limits,
    /// Analyzers that a policy may name beside the builtin.
    pub external: External,
    /// Bounds of holding.
    pub hold: crate::hold::Limits,
    /// The graph model.
    pub model: Options,
    /// The prompt cache; `None` switches it off.
    pub prompt_cache: Option<PromptCache>,
    /// Policies by name; always holds [`DEFAULT_POLICY`].
    pub policies: BTreeMap<String, Arc<Policy>>,
    /// What is logged.
    pub log: Log,
}

/// The listening side.
#[derive(Debug, Clone)]
pub struct Server {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Time for the request line and headers.
    pub header_timeout: Duration,
    /// Time for requests in progress at shutdown.
    pub shutdown: Duration,
    /// Longest body that passes through, in bytes.
    pub body_limit: u64,
    /// Longest request body that is read, in bytes.
    pub inspected_body_limit: usize,
    /// Longest answer that is inspected, in bytes.
    pub answer_limit: usize,
    /// Longest silence while holding.
    pub heartbeat: Duration,
    /// Bytes read ahead of a unit that is being secured.
    pub read_ahead: usize,
    /// Most connections at a time.
    pub connections: usize,
    /// Origins that browsers may call from; `["*"]` for all, empty for none.
    pub cors_origins: Vec<String>,
}

/// The service behind the gateway.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Scheme and authority, with the path prefix before `/v1` if there is one.
    pub base: Base,
    /// The proxy on the way to it.
    pub proxy: Option<Proxy>,
    /// The credential sent when virtual keys are required.
    pub api_key: Option<Secret>,
    /// Time for a connection to stand.
    pub connect_timeout: Duration,
    /// Time for an answer to begin.
    pub answer_timeout: Duration,
    /// Longest silence inside an answer.
    pub idle_timeout: Duration,
    /// Idle connections kept open.
    pub idle_connections: usize,
    /// How long each is kept.
    pub idle_connection: Duration,
}

/// Where upstream requests go: the base URL without a trailing `/v1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// `http` or `https`.
    pub scheme: http::uri::Scheme,
    /// Host and port.
    pub authority: http::uri::Authority,
    /// Path before `/v1`, without a trailing slash; usually empty.
    pub prefix: String,
}

impl Base {
    /// Reads a base URL as SDKs take it, with or without `/v1`.
    pub fn parse(url: &str) -> Result<Self, SettingsError> {
        let refuse = |expected: &str| SettingsError::Value {
            key: "upstream.url".into(),
            value: url.into(),
            expected: expected.into(),
        };
        let uri: Uri = url.trim().parse().map_err(|_| refuse("a URL such as https://api.openai.com/v1 is needed"))?;
        let parts = uri.into_parts();
        let scheme = parts.scheme.ok_or_else(|| refuse("it must begin with https:// or http://"))?;
        if scheme != http::uri::Scheme::HTTP && scheme != http::uri::Scheme::HTTPS {
            return Err(refuse("it must begin with https:// or http://"));
        }
        let authority = parts.authority.ok_or_else(|| refuse("a host is needed"))?;
        if authority.as_str().contains('@') {
            return Err(refuse("credentials do not belong into the URL"));
        }
        let path = parts.path_and_query.as_ref();
        if path.is_some_and(|path| path.query().is_some()) {
            return Err(refuse("it must have no query"));
        }
        let path = path.map_or("", |path| path.path()).trim_end_matches('/');
        let prefix = path.strip_suffix("/v1").unwrap_or(path).trim_end_matches('/').to_owned();
        Ok(Self { scheme, authority, prefix })
    }

    /// The URL with `/v1`, as SDKs take it.
    pub fn url(&self) -> String {
        format!("{}://{}{}/v1", self.scheme, self.authority, self.prefix)
    }
}

/// Limits of a tenant without a key of its own; `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TenantLimits {
    /// Requests per minute.
    pub requests_per_minute: Option<u32>,
    /// Tokens per minute.
    pub tokens_per_minute: Option<u32>,
    /// Requests at a time.
    pub concurrent_requests: Option<u32>,
}

/// How budgets count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budgets {
    /// Whether a model without a price is refused on keys with a budget (else it costs nothing).
    pub refuse_unknown_price: bool,
    /// Output tokens reserved for a call that names no limit.
    pub assumed_output_tokens: u32,
    /// How long a reservation left open by a crash counts as spent.
    pub lease: Duration,
    /// A price table over the built-in one.
    pub prices: Option<PathBuf>,
}

/// The prompt cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PromptCache {
    /// Most entries.
    pub entries: u64,
    /// How long each is kept.
    pub keep: Duration,
}

/// What is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Filter in `tracing`'s form.
    pub filter: String,
    /// One JSON object per line instead of text.
    pub json: bool,
}

/// What is done with the answers of a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// What the strategies follow.
    pub rules: Rules,
    /// The strategy's name.
    pub strategy: String,
    /// Analyzers beside the builtin, by name.
    pub analyzers: Vec<String>,
    /// Bounds of the extra calls of one answer.
    pub limits: LoopLimits,
    /// Whether an answer whose inspection failed is withheld (else it passes as unscanned).
    pub fail_closed: bool,
    /// Whether `enforce` drops `reasoning_content`.
    pub drop_reasoning: bool,
    /// What a request may choose.
    pub overrides: Overrides,
    /// What reports keep.
    pub reports: ReportRules,
    /// Whether the prompt cache is used.
    pub prompt_cache: bool,
}

/// Bounds of the extra calls of one answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoopLimits {
    /// Extra upstream calls.
    pub calls: u32,
    /// Extra tokens, prompt and output together.
    pub tokens: Option<u64>,
    /// Wall time of a streamed answer.
    pub wall_streamed: Duration,
    /// Wall time of an answer in one piece.
    pub wall_whole: Duration,
    /// Price of the extra calls as a multiple of the first call's.
    pub price_factor: f64,
}

/// What a request may choose for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overrides {
    /// Its mode.
    pub mode: Choosing,
    /// Its strategy.
    pub strategy: Choosing,
    /// The `sallyport` field in the answer.
    pub body_report: bool,
}

/// Which modes or strategies a request may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choosing {
    /// None but the policy's.
    None,
    /// One at least as strict.
    Stricter,
    /// Any.
    Any,
}

impl Choosing {
    /// As the configuration spells them.
    pub(crate) const NAMES: [(&str, Self); 3] =
        [("none", Self::None), ("stricter", Self::Stricter), ("any", Self::Any)];

    /// Whether a request may choose `wanted`, where the policy has `standing`.
    pub(crate) fn allows<T: PartialOrd>(self, wanted: &T, standing: &T) -> bool {
        match self {
            Self::None => false,
            Self::Stricter => wanted >= standing,
            Self::Any => true,
        }
    }
}

/// What reports keep, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportRules {
    /// What is kept.
    pub content: ReportContent,
    /// For how long.
    pub retain: Duration,
    /// Most bytes per key; the oldest go first.
    pub max_bytes: u64,
}

/// What a report keeps of the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportContent {
    /// Code and findings.
    Full,
    /// Findings without code.
    Findings,
    /// No report.
    Off,
}

/// What flags and environment say; each is stronger than the file.
#[derive(Debug, Clone, Default)]
pub struct Overlay {
    /// The configuration file.
    pub file: Option<PathBuf>,
    /// Where to listen.
    pub listen: Option<SocketAddr>,
    /// Base URL of the upstream.
    pub upstream: Option<String>,
    /// Data directory.
    pub data: Option<PathBuf>,
}

impl Settings {
    /// Reads and validates the configuration with what flags and environment say.
    pub fn load(overlay: &Overlay) -> Result<Self, SettingsError> {
        Self::written(overlay)?.validate()
    }

    /// The configuration with what flags and environment say, not validated.
    pub fn written(overlay: &Overlay) -> Result<Config, SettingsError> {
        let mut config = match &overlay.file {
            Some(path) => Config::read(path)?,
            None => Config::built_in()?,
        };
        if let Some(listen) = overlay.listen {
            config.server.listen = listen.to_string();
        }
        if let Some(url) = overlay.upstream.clone().or_else(|| variable("OPENAI_BASE_URL")) {
            config.upstream.url = url;
        }
        if let Some(directory) = &overlay.data {
            config.data.directory.clone_from(directory);
        }
        Ok(config)
    }

    /// The same settings with policies that let a request choose any mode and strategy: for a gateway whose only client
    /// is its operator.
    #[must_use]
    pub fn with_free_choice(mut self) -> Self {
        for policy in self.policies.values_mut() {
            let policy = Arc::make_mut(policy);
            policy.overrides.mode = Choosing::Any;
            policy.overrides.strategy = Choosing::Any;
        }
        self
    }

    /// The policy that requests have which name no other.
    ///
    /// # Panics
    /// Never: validation adds the default policy.
    pub fn default_policy(&self) -> Arc<Policy> {
        self.policies.get(DEFAULT_POLICY).cloned().expect("validation adds the default policy")
    }
}

/// A variable of the environment; unset, empty and unreadable are the same.
fn variable(name: &str) -> Option<String> {
    if name.is_empty() {
        return None;
    }
    std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// Whether the environment forbids colours (<https://no-color.org>).
pub fn colour_unwanted() -> bool {
    variable("NO_COLOR").is_some()
}

/// The configuration file that the environment names, if any.
pub fn file_from_environment() -> Option<PathBuf> {
    variable("SALLYPORT_CONFIG").map(PathBuf::from)
}

/// The data directory's secret of 32 random bytes, made on first use with mode 0600.
pub fn server_secret(directory: &Path) -> Result<[u8; 32], SettingsError> {
    use ring::rand::SecureRandom as _;
    use std::io::Write as _;
    let path = directory.join("secret");
    let failed = |source| SettingsError::Data { path: path.clone(), source };
    std::fs::create_dir_all(directory).map_err(failed)?;
    match std::fs::read(&path) {
        Ok(bytes) => {
            return bytes.try_into().map_err(|_| failed(std::io::Error::other("the secret must have 32 bytes")));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let mut secret = [0; 32];
    ring::rand::SystemRandom::new()
        .fill(&mut secret)
        .map_err(|_| failed(std::io::Error::other("no random numbers")))?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(&path) {
        Ok(mut file) => {
            file.write_all(&secret).and_then(|()| file.sync_all()).map_err(failed)?;
            Ok(secret)
        }
        // Another process was first: its secret counts.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let bytes = std::fs::read(&path).map_err(failed)?;
            bytes.try_into().map_err(|_| failed(std::io::Error::other("the secret must have 32 bytes")))
        }
        Err(error) => Err(failed(error)),
    }
}

/// The model options of the configuration's words.
fn model_options(graph: &str, chooser: &str, backend: &str) -> Result<Options, SettingsError> {
    let refuse = |key: &str, value: &str, expected: &str| SettingsError::Value {
        key: key.into(),
        value: value.into(),
        expected: expected.into(),
    };
    let graph = GraphKind::from_name(graph).ok_or_else(|| refuse("model.graph", graph, "cfg, ast or dfg"))?;
    let chooser = match chooser {
        "gan" => Chooser::Gan,
        "greedy" => Chooser::Greedy,
        "rule-order" => Chooser::RuleOrder,
        other => return Err(refuse("model.chooser", other, "gan, greedy or rule-order")),
    };
    let backend = match backend {
        "builtin" => Backend::Tract,
        "" => return Err(refuse("model.backend", "", "builtin, or the path of an ONNX Runtime library")),
        path => Backend::OnnxRuntime(PathBuf::from(path)),
    };
    Ok(Options { graph, backend, chooser, weights: None })
}

#[cfg(test)]
mod tests;
