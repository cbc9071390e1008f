//! Figures for Prometheus; labels come from fixed sets, so that no client can make them grow.

use std::collections::HashSet;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::admit::{Denied, Limit};
use crate::exchange::{CacheUse, CallRecord, Record, Verdict};

/// Most model names that have figures of their own; further ones are `other`.
const MOST_MODELS: usize = 64;
/// Longest model name with figures of its own.
const MOST_MODEL_BYTES: usize = 64;
/// Upper ends of histograms of time on our side, in seconds.
const FAST: [f64; 14] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];
/// Upper ends of histograms of time with the upstream in it, in seconds (as OpenTelemetry suggests them).
const SLOW: [f64; 14] = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
/// Upper ends of histograms of tokens (as OpenTelemetry suggests them).
const TOKENS: [f64; 10] = [1.0, 4.0, 16.0, 64.0, 256.0, 1_024.0, 4_096.0, 16_384.0, 65_536.0, 262_144.0];

/// What path a request took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Bytes in, bytes out.
    Pass,
    /// Read and held.
    Inspected,
    /// Answered here: pages, errors.
    Own,
}

/// Every figure.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    in_flight: Family<LaneLabels, Gauge>,
    overhead: Family<LaneLabels, Histogram, Buckets>,
    hold: Histogram,
    stages: Family<StageLabels, Histogram, Buckets>,
    findings: Family<FindingLabels, Counter>,
    units: Family<VerdictLabels, Counter>,
    calls: Family<CallLabels, Counter>,
    calls_saved: Counter,
    cache: Family<CacheLabels, Counter>,
    denied: Family<DeniedLabels, Counter>,
    reports_dropped: Gauge,
    cost: Family<ModelLabels, Counter<f64, AtomicU64>>,
    tokens: Family<TokenLabels, Histogram, Buckets>,
    durations: Family<ModelLabels, Histogram, Buckets>,
    models: Mutex<HashSet<String>>,
}

/// Counts a request as being served until it is dropped.
#[derive(Debug)]
pub struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[derive(Debug, Clone, Copy)]
struct Buckets(&'static [f64]);

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

/// A label value out of a fixed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Word(&'static str);

impl EncodeLabelValue for Word {
    fn encode(&self, encoder: &mut LabelValueEncoder) -> Result<(), std::fmt::Error> {
        self.0.encode(encoder)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    lane: Word,
    verdict: Word,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LaneLabels {
    lane: Word,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StageLabels {
    stage: Word,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FindingLabels {
    cwe: u16,
    when: Word,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VerdictLabels {
    verdict: Word,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    purpose: Word,
    outcome: Word,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CacheLabels {
    result: Word,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DeniedLabels {
    reason: Word,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ModelLabels {
    gen_ai_request_model: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokenLabels {
    gen_ai_request_model: String,
    gen_ai_token_type: Word,
}

impl Lane {
    /// Lower-case name, as labels spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Inspected => "inspected",
            Self::Own => "own",
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All figures at zero.
    pub fn new() -> Self {
        let fast = || Family::new_with_constructor(Buckets(&FAST));
        let mut metrics = Self {
            registry: Registry::default(),
            requests: Family::default(),
            in_flight: Family::default(),
            overhead: fast(),
            hold: Histogram::new(SLOW),
            stages: Family::new_with_constructor(Buckets(&FAST)),
            findings: Family::default(),
            units: Family::default(),
            calls: Family::default(),
            calls_saved: Counter::default(),
            cache: Family::default(),
            denied: Family::default(),
            reports_dropped: Gauge::default(),
            cost: Family::default(),
            tokens: Family::new_with_constructor(Buckets(&TOKENS)),
            durations: Family::new_with_constructor(Buckets(&SLOW)),
            models: Mutex::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let own = self.registry.sub_registry_with_prefix("sallyport");
        own.register("requests", "Requests by lane, verdict and status", self.requests.clone());
        own.register("in_flight", "Requests being served", self.in_flight.clone());
        let help = "Time that the gateway added to a request, without the upstream's";
        own.register_with_unit("overhead", help, Unit::Seconds, self.overhead.clone());
        let help = "Time for which code was held back, extra calls included";
        own.register_with_unit("hold", help, Unit::Seconds, self.hold.clone());
        own.register_with_unit("stage", "Time in one stage of an exchange", Unit::Seconds, self.stages.clone());
        own.register("findings", "Findings in code before and after securing, by CWE", self.findings.clone());
        own.register("units", "Units of code by verdict", self.units.clone());
        own.register("upstream_calls", "Calls to the model by purpose", self.calls.clone());
        let help = "Units that were secured by rewriting where the model would have been asked again";
        own.register("llm_calls_saved", help, self.calls_saved.clone());
        own.register("prompt_cache", "Look-ups of the prompt cache by result", self.cache.clone());
        own.register(
            "denied",
            "Requests and calls that a key, limit or budget did not let through",
            self.denied.clone(),
        );
        let help = "Reports dropped since the start because too many waited for the disk";
        own.register("reports_dropped", help, self.reports_dropped.clone());
        own.register("cost_usd", "What calls to the model cost, in dollars", self.cost.clone());
        let gen_ai = self.registry.sub_registry_with_prefix("gen_ai_client");
        gen_ai.register("token_usage", "Tokens per call to the model", self.tokens.clone());
        let help = "Duration of calls to the model";
        gen_ai.register_with_unit("operation_duration", help, Unit::Seconds, self.durations.clone());
    }

    /// A request begins.
    pub fn in_flight(&self, lane: Lane) -> InFlight {
        let gauge = self.in_flight.get_or_create_owned(&LaneLabels { lane: Word(lane.name()) });
        gauge.inc();
        InFlight(gauge)
    }

    /// A request is answered. `overhead` is the time that it took without waiting for the upstream or the client.
    pub fn request(&self, lane: Lane, verdict: Verdict, status: u16, overhead: Duration) {
        let (lane, verdict) = (Word(lane.name()), Word(verdict.name()));
        // Upstreams may invent statuses, but only so many of them.
        let status = if (100..=599).contains(&status) { status } else { 0 };
        self.requests.get_or_create(&RequestLabels { lane, verdict, status }).inc();
        self.overhead.get_or_create(&LaneLabels { lane }).observe(overhead.as_secs_f64());
    }

    /// A request or call was not let through.
    pub fn denied(&self, denied: &Denied) {
        let (reason, status) = match denied {
            Denied::KeyMissing => ("key-missing", 401),
            Denied::KeyUnknown => ("key-unknown", 401),
            Denied::KeyRevoked => ("key-revoked", 401),
            Denied::KeyExpired => ("key-expired", 401),
            Denied::PolicyMissing => ("policy-missing", 403),
            Denied::Limited { limit: Limit::Requests, .. } => ("requests", 429),
            Denied::Limited { limit: Limit::Tokens, .. } => ("tokens", 429),
            Denied::Limited { limit: Limit::Concurrency, .. } => ("concurrency", 429),
            Denied::Spent(_) => ("budget", 402),
            Denied::Unpriced => ("unknown-price", 402),
        };
        self.denied.get_or_create(&DeniedLabels { reason: Word(reason), status }).inc();
    }

    /// A call to the model ended.
    pub fn call(&self, model: &str, call: &CallRecord) {
        let purpose = ["first", "again", "block", "describe"].into_iter().find(|name| *name == call.purpose);
        let outcome = Word(if call.error.is_none() { "done" } else { "failed" });
        self.calls.get_or_create(&CallLabels { purpose: Word(purpose.unwrap_or("other")), outcome }).inc();
        if call.error.is_some() {
            return;
        }
        let model = self.known(model);
        for (kind, tokens) in [("input", call.input_tokens), ("output", call.output_tokens)] {
            let labels = TokenLabels { gen_ai_request_model: model.clone(), gen_ai_token_type: Word(kind) };
            self.tokens.get_or_create(&labels).observe(tokens as f64);
        }
        let labels = ModelLabels { gen_ai_request_model: model };
        self.cost.get_or_create(&labels).inc_by(call.cost_micros as f64 / 1e6);
        self.durations.get_or_create(&labels).observe(call.elapsed_ms as f64 / 1e3);
    }

    /// An exchange with code ended.
    pub fn exchange(&self, record: &Record) {
        let seconds = |micros: u64| micros as f64 / 1e6;
        let stages = &record.stages;
        let times = [
            ("analyse", stages.analyse_us),
            ("rewrite", stages.rewrite_us),
            ("verify", stages.verify_us),
            ("ask", stages.ask_us),
        ];
        for (stage, micros) in times {
            self.stages.get_or_create(&StageLabels { stage: Word(stage) }).observe(seconds(micros));
        }
        if stages.hold_us > 0 {
            self.hold.observe(seconds(stages.hold_us));
        }
        for unit in &record.units {
            self.units.get_or_create(&VerdictLabels { verdict: Word(unit.verdict.name()) }).inc();
            for (when, findings) in [("before", &unit.found), ("after", &unit.remaining)] {
                for finding in findings.iter().filter(|finding| finding.class == "issue") {
                    let cwe = finding.cwe.first().copied().unwrap_or_default();
                    self.findings.get_or_create(&FindingLabels { cwe, when: Word(when) }).inc();
                }
            }
        }
        for call in &record.calls {
            self.call(&record.model, call);
        }
        self.calls_saved.inc_by(saved(record));
        if record.cache != CacheUse::Off {
            self.cache.get_or_create(&CacheLabels { result: Word(record.cache.name()) }).inc();
        }
    }

    /// How many reports were dropped since the start, because too many waited for the disk.
    pub fn reports_dropped(&self, reports: u64) {
        self.reports_dropped.set(i64::try_from(reports).unwrap_or(i64::MAX));
    }

    /// Everything in the text format of OpenMetrics.
    pub fn render(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(std::fmt::Error) => String::new(),
        }
    }

    /// The model's name, if it may have figures of its own.
    fn known(&self, model: &str) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@".contains(c);
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        let may = !model.is_empty() && model.len() <= MOST_MODEL_BYTES && model.chars().all(plain);
        if models.contains(model) || (may && models.len() < MOST_MODELS && models.insert(model.to_owned())) {
            return model.to_owned();
        }
        "other".to_owned()
    }
}

/// Units that were secured without a call to the model.
fn saved(record: &Record) -> u64 {
    let secured = record.units.iter().filter(|unit| unit.verdict == Verdict::Secured).count();
    let asked = record.calls.iter().filter(|call| call.purpose != "first").count();
    secured.saturating_sub(asked) as u64
}

#[cfg(test)]
mod tests;
