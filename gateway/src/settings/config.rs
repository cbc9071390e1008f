//! The configuration as it is written, and its validation; never anything that is decided per request.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use analyzers::finding::{Confidence, Severity};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::external::ExternalConfig;
use super::proxy::{self, ProxyChoice};
use super::{
    Base, Budgets, Choosing, DEFAULT_POLICY, DEFAULTS, Log, LoopLimits, Overrides, Policy, PromptCache, ReportContent,
    ReportRules, Secret, Server, Settings, SettingsError, TenantLimits, Upstream, model_options, variable,
};
use crate::strategy::{self, Accept, Examples, Level, Mode, PromptForm, Rules};

/// The whole configuration as written; defaults are those of `config/default.toml`, nowhere else.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub(super) server: ServerConfig,
    pub(super) upstream: UpstreamConfig,
    pub(super) data: DataConfig,
    keys: KeysConfig,
    admin: AdminConfig,
    limits: LimitsConfig,
    budgets: BudgetsConfig,
    analysis: AnalysisConfig,
    analyzers: ExternalConfig,
    model: ModelConfig,
    prompt_cache: PromptCacheConfig,
    policy: PolicyConfig,
    #[serde(default)]
    policies: BTreeMap<String, PolicyConfig>,
    log: LogConfig,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServerConfig {
    pub(super) listen: String,
    header_timeout_seconds: u64,
    shutdown_seconds: u64,
    body_limit: u64,
    inspected_body_limit: usize,
    answer_limit: usize,
    heartbeat_seconds: u64,
    read_ahead: usize,
    connections: usize,
    cors_origins: Vec<String>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UpstreamConfig {
    pub(super) url: String,
    pub(super) proxy: ProxyChoice,
    api_key_variable: String,
    connect_timeout_seconds: u64,
    answer_timeout_seconds: u64,
    idle_timeout_seconds: u64,
    idle_connections: usize,
    idle_connection_seconds: u64,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DataConfig {
    pub(super) directory: PathBuf,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct KeysConfig {
    required: bool,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct AdminConfig {
    token_variable: String,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct LimitsConfig {
    requests_per_minute: u32,
    tokens_per_minute: u32,
    concurrent_requests: u32,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct BudgetsConfig {
    unknown_price: String,
    assumed_output_tokens: u32,
    lease_seconds: u64,
    prices: String,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct AnalysisConfig {
    unit_bytes: usize,
    depth: usize,
    nodes: usize,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ModelConfig {
    graph: String,
    chooser: String,
    backend: String,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PromptCacheConfig {
    enabled: bool,
    entries: u64,
    keep_seconds: u64,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct PolicyConfig {
    mode: String,
    strategy: String,
    safecoder_model: String,
    analyzers: Vec<String>,
    rewrite_severity: String,
    rewrite_confidence: String,
    ask_severity: String,
    ask_confidence: String,
    block_severity: String,
    block_confidence: String,
    accept: String,
    prompt: String,
    examples: String,
    reasoning: String,
    on_error: String,
    alpha: f32,
    beta: f32,
    epsilon: f32,
    iterations: u32,
    extra_calls: u32,
    extra_tokens: u64,
    wall_seconds: u64,
    wall_seconds_whole: u64,
    price_factor: f64,
    override_mode: String,
    override_strategy: String,
    body_report: bool,
    reports: String,
    retain_days: u64,
    reports_bytes: u64,
    prompt_cache: bool,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct LogConfig {
    filter: String,
    format: String,
}

impl Config {
    /// The built-in configuration.
    pub fn built_in() -> Result<Self, SettingsError> {
        Self::from_table(Table::new())
    }

    /// A file over the built-in configuration.
    pub fn read(path: &Path) -> Result<Self, SettingsError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| SettingsError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    /// The text of a file over the built-in configuration; `path` is for messages.
    pub fn parse(text: &str, path: &Path) -> Result<Self, SettingsError> {
        let table = text
            .parse::<Table>()
            .map_err(|source| SettingsError::Syntax { path: path.to_owned(), source: Box::new(source) })?;
        Self::from_table(table)
    }

    fn from_table(mut given: Table) -> Result<Self, SettingsError> {
        let mut whole = DEFAULTS
            .parse::<Table>()
            .map_err(|source| SettingsError::Syntax { path: "config/default.toml".into(), source: Box::new(source) })?;
        let policies = given.remove("policies");
        let tools = given.get_mut("analyzers").and_then(Value::as_table_mut).and_then(|table| table.remove("sarif"));
        overlay(&mut whole, given, "")?;
        let mut named = Table::new();
        match policies {
            None => {}
            Some(Value::Table(tables)) => {
                for (name, table) in tables {
                    let Value::Table(table) = table else {
                        return Err(refuse(&format!("policies.{name}"), &table.to_string(), "a table of policy keys"));
                    };
                    let mut policy = whole.get("policy").and_then(Value::as_table).cloned().unwrap_or_default();
                    overlay(&mut policy, table, &format!("policies.{name}."))?;
                    named.insert(name, Value::Table(policy));
                }
            }
            Some(other) => return Err(refuse("policies", &other.to_string(), "tables such as [policies.strict]")),
        }
        whole.insert("policies".into(), Value::Table(named));
        if let (Some(tools), Some(table)) = (tools, whole.get_mut("analyzers").and_then(Value::as_table_mut)) {
            table.insert("sarif".into(), tools);
        }
        whole.try_into().map_err(|error| SettingsError::Type(Box::new(error)))
    }

    /// The settings that it means.
    pub fn validate(self) -> Result<Settings, SettingsError> {
        let seconds = Duration::from_secs;
        let listen = self.server.listen.parse().map_err(|_| {
            refuse("server.listen", &self.server.listen, "an address and a port such as 127.0.0.1:8080 are needed")
        })?;
        positive("server.header_timeout_seconds", self.server.header_timeout_seconds)?;
        positive("server.heartbeat_seconds", self.server.heartbeat_seconds)?;
        positive("server.connections", self.server.connections as u64)?;
        positive("server.inspected_body_limit", self.server.inspected_body_limit as u64)?;
        positive("server.answer_limit", self.server.answer_limit as u64)?;
        positive("server.read_ahead", self.server.read_ahead as u64)?;
        positive("upstream.connect_timeout_seconds", self.upstream.connect_timeout_seconds)?;
        positive("upstream.answer_timeout_seconds", self.upstream.answer_timeout_seconds)?;
        positive("upstream.idle_timeout_seconds", self.upstream.idle_timeout_seconds)?;
        positive("analysis.unit_bytes", self.analysis.unit_bytes as u64)?;
        positive("analysis.depth", self.analysis.depth as u64)?;
        positive("analysis.nodes", self.analysis.nodes as u64)?;
        let base = Base::parse(&self.upstream.url)?;
        let analyzers = self.analyzers.names();
        let mut policies = BTreeMap::new();
        for (name, policy) in self.policies {
            if name == DEFAULT_POLICY {
                return Err(refuse("policies.default", "", "the default policy is written as [policy]"));
            }
            let valid = policy.validate(&name, &format!("policies.{name}"), &analyzers)?;
            policies.insert(name, Arc::new(valid));
        }
        policies.insert(DEFAULT_POLICY.into(), Arc::new(self.policy.validate(DEFAULT_POLICY, "policy", &analyzers)?));
        Ok(Settings {
            server: Server {
                listen,
                header_timeout: seconds(self.server.header_timeout_seconds),
                shutdown: seconds(self.server.shutdown_seconds),
                body_limit: self.server.body_limit,
                inspected_body_limit: self.server.inspected_body_limit,
                answer_limit: self.server.answer_limit,
                heartbeat: seconds(self.server.heartbeat_seconds),
                read_ahead: self.server.read_ahead,
                connections: self.server.connections,
                cors_origins: self.server.cors_origins,
            },
            upstream: Upstream {
                proxy: proxy::of(&self.upstream.proxy, &base)?,
                base,
                api_key: variable(&self.upstream.api_key_variable).map(Secret::new),
                connect_timeout: seconds(self.upstream.connect_timeout_seconds),
                answer_timeout: seconds(self.upstream.answer_timeout_seconds),
                idle_timeout: seconds(self.upstream.idle_timeout_seconds),
                idle_connections: self.upstream.idle_connections,
                idle_connection: seconds(self.upstream.idle_connection_seconds),
            },
            data: self.data.directory,
            keys_required: self.keys.required,
            admin_token: variable(&self.admin.token_variable).map(Secret::new),
            limits: TenantLimits {
                requests_per_minute: (self.limits.requests_per_minute > 0).then_some(self.limits.requests_per_minute),
                tokens_per_minute: (self.limits.tokens_per_minute > 0).then_some(self.limits.tokens_per_minute),
                concurrent_requests: (self.limits.concurrent_requests > 0).then_some(self.limits.concurrent_requests),
            },
            budgets: Budgets {
                refuse_unknown_price: choice(
                    "budgets.unknown_price",
                    &self.budgets.unknown_price,
                    &[("refuse", true), ("zero", false)],
                )?,
                assumed_output_tokens: self.budgets.assumed_output_tokens,
                lease: seconds(self.budgets.lease_seconds),
                prices: (!self.budgets.prices.is_empty()).then(|| PathBuf::from(self.budgets.prices)),
            },
            analysis: analyzers::program::Limits {
                bytes: self.analysis.unit_bytes,
                depth: self.analysis.depth,
                nodes: self.analysis.nodes,
            },
            external: self.analyzers.validate()?,
            hold: crate::hold::Limits { unit_bytes: self.analysis.unit_bytes, ..crate::hold::Limits::default() },
            model: model_options(&self.model.graph, &self.model.chooser, &self.model.backend)?,
            prompt_cache: self.prompt_cache.enabled.then(|| PromptCache {
                entries: self.prompt_cache.entries,
                keep: seconds(self.prompt_cache.keep_seconds),
            }),
            policies,
            log: Log {
                json: choice("log.format", &self.log.format, &[("text", false), ("json", true)])?,
                filter: self.log.filter,
            },
        })
    }
}

impl PolicyConfig {
    fn validate(self, name: &str, at: &str, analyzers: &[String]) -> Result<Policy, SettingsError> {
        let key = |leaf: &str| format!("{at}.{leaf}");
        let severities: Vec<_> =
            [Severity::Low, Severity::Medium, Severity::High].into_iter().map(|level| (level.name(), level)).collect();
        let confidences: Vec<_> = [Confidence::Low, Confidence::Medium, Confidence::High]
            .into_iter()
            .map(|level| (level.name(), level))
            .collect();
        let modes: Vec<_> =
            [Mode::Observe, Mode::Repair, Mode::Enforce].into_iter().map(|mode| (mode.name(), mode)).collect();
        let level = |prefix: &str, severity: &str, confidence: &str| -> Result<Level, SettingsError> {
            Ok(Level {
                severity: choice(&key(&format!("{prefix}_severity")), severity, &severities)?,
                confidence: choice(&key(&format!("{prefix}_confidence")), confidence, &confidences)?,
            })
        };
        for (leaf, value) in [("alpha", self.alpha), ("beta", self.beta), ("epsilon", self.epsilon)] {
            if !value.is_finite() || value < 0.0 {
                return Err(refuse(&key(leaf), &value.to_string(), "a number from 0 on is needed"));
            }
        }
        if !self.price_factor.is_finite() || self.price_factor < 0.0 {
            return Err(refuse(&key("price_factor"), &self.price_factor.to_string(), "a number from 0 on is needed"));
        }
        if !strategy::NAMES.contains(&self.strategy.as_str()) {
            return Err(refuse(&key("strategy"), &self.strategy, &one_of(&strategy::NAMES)));
        }
        let tuned_model = (!self.safecoder_model.trim().is_empty()).then_some(self.safecoder_model);
        if tuned_model.is_none() && strategy::needs_tuned_model(&self.strategy) {
            let needed =
                format!("the strategy {:?} needs the upstream's name of a security-tuned model", self.strategy);
            return Err(refuse(&key("safecoder_model"), "", &needed));
        }
        let unknown = |name: &&String| *name != "builtin" && !analyzers.contains(name);
        if let Some(analyzer) = self.analyzers.iter().find(unknown) {
            let names: Vec<_> = std::iter::once("builtin").chain(analyzers.iter().map(String::as_str)).collect();
            return Err(refuse(&key("analyzers"), analyzer, &one_of(&names)));
        }
        Ok(Policy {
            name: name.to_owned(),
            rules: Rules {
                mode: choice(&key("mode"), &self.mode, &modes)?,
                rewrite_at: level("rewrite", &self.rewrite_severity, &self.rewrite_confidence)?,
                ask_at: level("ask", &self.ask_severity, &self.ask_confidence)?,
                block_at: level("block", &self.block_severity, &self.block_confidence)?,
                accept: choice(
                    &key("accept"),
                    &self.accept,
                    &[("rewrite", Accept::Rewrite), ("answer", Accept::Answer)],
                )?,
                prompt: choice(
                    &key("prompt"),
                    &self.prompt,
                    &[("append", PromptForm::Append), ("reverse", PromptForm::Reverse)],
                )?,
                examples: choice(
                    &key("examples"),
                    &self.examples,
                    &[("pass", Examples::Pass), ("treat", Examples::Treat)],
                )?,
                alpha: self.alpha,
                beta: self.beta,
                epsilon: self.epsilon,
                iterations: self.iterations,
                tuned_model,
            },
            strategy: self.strategy,
            analyzers: self.analyzers.into_iter().filter(|name| name != "builtin").collect(),
            limits: LoopLimits {
                calls: self.extra_calls,
                tokens: (self.extra_tokens > 0).then_some(self.extra_tokens),
                wall_streamed: Duration::from_secs(self.wall_seconds),
                wall_whole: Duration::from_secs(self.wall_seconds_whole),
                price_factor: self.price_factor,
            },
            fail_closed: choice(&key("on_error"), &self.on_error, &[("open", false), ("closed", true)])?,
            drop_reasoning: choice(&key("reasoning"), &self.reasoning, &[("pass", false), ("drop", true)])?,
            overrides: Overrides {
                mode: choice(&key("override_mode"), &self.override_mode, &Choosing::NAMES)?,
                strategy: choice(&key("override_strategy"), &self.override_strategy, &Choosing::NAMES)?,
                body_report: self.body_report,
            },
            reports: ReportRules {
                content: choice(
                    &key("reports"),
                    &self.reports,
                    &[
                        ("full", ReportContent::Full),
                        ("findings", ReportContent::Findings),
                        ("off", ReportContent::Off),
                    ],
                )?,
                retain: Duration::from_secs(self.retain_days.saturating_mul(86_400)),
                max_bytes: self.reports_bytes,
            },
            prompt_cache: self.prompt_cache,
        })
    }
}

/// Puts `given` over `whole`; a key that `whole` lacks is refused by its dotted path.
fn overlay(whole: &mut Table, given: Table, at: &str) -> Result<(), SettingsError> {
    for (key, value) in given {
        let path = format!("{at}{key}");
        match (whole.get_mut(&key), value) {
            (Some(Value::Table(inner)), Value::Table(table)) => overlay(inner, table, &format!("{path}."))?,
            (Some(Value::Table(_)), value) => return Err(refuse(&path, &value.to_string(), "it is a table")),
            (Some(Value::Float(float)), Value::Integer(integer)) => *float = integer as f64,
            (Some(slot), value) => {
                if !slot.same_type(&value) {
                    return Err(refuse(&path, &value.to_string(), &format!("a value of type {}", slot.type_str())));
                }
                *slot = value;
            }
            (None, _) => {
                let near = whole
                    .keys()
                    .map(|known| (similar::TextDiff::from_chars(key.as_str(), known.as_str()).ratio(), known))
                    .filter(|(ratio, _)| *ratio > 0.6)
                    .max_by(|left, right| left.0.total_cmp(&right.0))
                    .map(|(_, known)| format!("{at}{known}"));
                return Err(SettingsError::UnknownKey { key: path, near });
            }
        }
    }
    Ok(())
}

pub(super) fn choice<T: Copy>(key: &str, value: &str, choices: &[(&str, T)]) -> Result<T, SettingsError> {
    let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
    choices
        .iter()
        .find(|(name, _)| *name == value)
        .map(|(_, meaning)| *meaning)
        .ok_or_else(|| refuse(key, value, &one_of(&names)))
}

fn one_of(names: &[&str]) -> String {
    format!("one of {}", names.join(", "))
}

pub(super) fn positive(key: &str, value: u64) -> Result<(), SettingsError> {
    if value == 0 { Err(refuse(key, "0", "a number above 0 is needed")) } else { Ok(()) }
}

pub(super) fn refuse(key: &str, value: &str, expected: &str) -> SettingsError {
    SettingsError::Value { key: key.into(), value: value.into(), expected: expected.into() }
}
