//! `sallyport key`: makes, lists and revokes virtual keys, beside a running server or without one.

use std::io::Write as _;
use std::num::NonZeroU32;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;

use crate::admin::{Reply, Request, answer, ask};
use crate::admit::KeySummary;
use crate::admit::key::{Budget, KeySpec, Limits, Window};
use crate::admit::price::Money;
use crate::cli::Source;
use crate::settings::{DEFAULT_POLICY, Settings, SettingsError};
use crate::state::State;

/// How often, and how long apart, a directory is tried that another short command may have.
const TRIES: u32 = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// Flags of `sallyport key`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands of `sallyport key`.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a key and print it; it cannot be shown again.
    Create(Create),
    /// List every key with its limits and what it has spent.
    List(List),
    /// Revoke a key, at once and for good.
    Revoke(Revoke),
}

/// Flags of `sallyport key create`.
#[derive(Debug, clap::Args)]
pub struct Create {
    /// What people call it.
    #[arg(long)]
    pub name: String,
    /// Whose it is; keys of one tenant share what the gateway has learned. By default each key is its own tenant.
    #[arg(long)]
    pub tenant: Option<String>,
    /// The policy it works under, as the configuration names it.
    #[arg(long)]
    pub policy: Option<String>,
    /// Requests per minute.
    #[arg(long, value_name = "N")]
    pub requests_per_minute: Option<NonZeroU32>,
    /// Prompt and output tokens per minute.
    #[arg(long, value_name = "N")]
    pub tokens_per_minute: Option<NonZeroU32>,
    /// Requests at the same time.
    #[arg(long, value_name = "N")]
    pub concurrency: Option<NonZeroU32>,
    /// Money per window, such as `5/day` or `100/month`; windows are day, week, month and total. May be given more than once.
    #[arg(long = "budget", value_name = "USD/WINDOW", value_parser = budget)]
    pub budgets: Vec<Budget>,
    /// How long it is good, such as `12h`, `30d`.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub expires_in: Option<Duration>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Where the configuration comes from.
    #[command(flatten)]
    pub source: Source,
}

/// Flags of `sallyport key list`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Where the configuration comes from.
    #[command(flatten)]
    pub source: Source,
}

/// Flags of `sallyport key revoke`.
#[derive(Debug, clap::Args)]
pub struct Revoke {
    /// The key's id, or its name where only one has it.
    pub key: String,
    /// Where the configuration comes from.
    #[command(flatten)]
    pub source: Source,
}

/// Runs it.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let text = match &arguments.command {
        Command::Create(create) => match act(&create.source, &Request::CreateKey(Box::new(create.spec())))? {
            Reply::Created { key, token } if create.json => {
                serde_json::to_string_pretty(&serde_json::json!({ "key": token.reveal(), "entry": object(&key) }))?
            }
            // The key alone on stdout, so that it can be piped into a secret store.
            Reply::Created { token, .. } => {
                if !Settings::load(&create.source.overlay())?.keys_required {
                    let hint = "note: requests without a key are let in as well; `keys.required = true` ends that";
                    writeln!(std::io::stderr(), "{hint}").context("cannot print")?;
                }
                token.reveal().to_owned()
            }
            other => return unexpected(&other),
        },
        Command::List(list) => match act(&list.source, &Request::ListKeys)? {
            Reply::Keys(keys) if list.json => {
                serde_json::to_string_pretty(&keys.iter().map(object).collect::<Vec<_>>())?
            }
            Reply::Keys(keys) => table(&keys),
            other => return unexpected(&other),
        },
        Command::Revoke(revoke) => match act(&revoke.source, &Request::RevokeKey { key: revoke.key.clone() })? {
            Reply::Revoked(key) => format!("revoked {} ({})", key.id, key.spec.name),
            other => return unexpected(&other),
        },
    };
    writeln!(std::io::stdout(), "{text}").context("cannot print")?;
    Ok(ExitCode::SUCCESS)
}

/// Lets the running server do it; without one, opens the data directory.
pub(super) fn act(source: &Source, request: &Request) -> anyhow::Result<Reply> {
    let settings = Settings::load(&source.overlay())?;
    let holder = format!("sallyport key, process {}", std::process::id());
    let mut tries = 0;
    loop {
        let reply = ask(&settings.data, request).context("the running server cannot be asked")?;
        if let Some(reply) = reply {
            return Ok(reply);
        }
        match State::open(&settings, &holder) {
            Ok(state) => return Ok(answer(&state, request.clone())),
            // A server may be starting, or another command may be at work: the next try finds which.
            Err(SettingsError::Data { .. }) if tries < TRIES => {
                tries += 1;
                std::thread::sleep(BETWEEN_TRIES);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

pub(super) fn unexpected(reply: &Reply) -> anyhow::Result<ExitCode> {
    match reply {
        Reply::Failed(reason) => anyhow::bail!("{reason}"),
        _ => anyhow::bail!("the running server is of another version"),
    }
}

impl Create {
    fn spec(&self) -> KeySpec {
        let expires = self.expires_in.map(|time| crate::admit::now().saturating_add(time.as_millis() as u64));
        KeySpec {
            name: self.name.clone(),
            tenant: self.tenant.clone(),
            policy: self.policy.clone(),
            limits: Limits {
                requests_per_minute: self.requests_per_minute,
                tokens_per_minute: self.tokens_per_minute,
                concurrency: self.concurrency,
            },
            budgets: self.budgets.clone(),
            expires,
        }
    }
}

fn budget(text: &str) -> Result<Budget, String> {
    let wrong = "an amount and a window are needed, such as 5/day, 20/week, 100/month or 500/total";
    let (dollars, window) = text.split_once('/').ok_or(wrong)?;
    let limit = dollars.trim().trim_start_matches('$').parse().ok().and_then(Money::from_dollars).ok_or(wrong)?;
    let window = Window::from_name(window.trim()).ok_or(wrong)?;
    Ok(Budget { window, limit })
}

fn time(text: &str) -> Result<Duration, String> {
    let wrong = "a number and a unit are needed, such as 30m, 12h or 90d";
    let text = text.trim();
    let at = text.len().saturating_sub(1);
    let (number, unit) = text.split_at_checked(at).ok_or(wrong)?;
    let seconds = match unit {
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong.to_owned()),
    };
    let number: u32 = number.parse().map_err(|_| wrong)?;
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

/// A key as other programs read it: money in dollars, times in milliseconds of Unix time.
fn object(key: &KeySummary) -> serde_json::Value {
    let spec = &key.spec;
    let budgets = spec.budgets.iter().map(|budget| (budget.window.name().to_owned(), budget.limit.dollars().into()));
    let spent = key.spent.iter().map(|(window, spent)| (window.name().to_owned(), spent.dollars().into()));
    serde_json::json!({
        "id": key.id,
        "name": spec.name,
        "tenant": spec.tenant,
        "policy": spec.policy.as_deref().unwrap_or(DEFAULT_POLICY),
        "limits": spec.limits,
        "budgets_usd": budgets.collect::<serde_json::Map<_, _>>(),
        "spent_usd": spent.collect::<serde_json::Map<_, _>>(),
        "reserved_usd": key.reserved.dollars(),
        "overrun_usd": key.overrun.dollars(),
        "created": key.created,
        "expires": spec.expires,
        "revoked": key.revoked,
    })
}

fn table(keys: &[KeySummary]) -> String {
    if keys.is_empty() {
        return "no keys; make one with: sallyport key create --name NAME".to_owned();
    }
    let header = ["ID", "NAME", "TENANT", "POLICY", "LIMITS", "SPENT / BUDGET (USD)", "STATE"].map(str::to_owned);
    let rows: Vec<[String; 7]> = std::iter::once(header).chain(keys.iter().map(row)).collect();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..7).map(|column| width(column).unwrap_or_default()).collect();
    let line = |row: &[String; 7]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn row(key: &KeySummary) -> [String; 7] {
    let spec = &key.spec;
    let limit = |limit: Option<NonZeroU32>, what: &str| limit.map(|limit| format!("{limit} {what}"));
    let limits = [
        limit(spec.limits.requests_per_minute, "req/min"),
        limit(spec.limits.tokens_per_minute, "tok/min"),
        limit(spec.limits.concurrency, "at once"),
    ];
    let spent = |window| key.spent.get(&window).copied().unwrap_or_default().dollars();
    let budgets = spec
        .budgets
        .iter()
        .map(|budget| format!("{:.4} / {} a {}", spent(budget.window), budget.limit, budget.window.name()));
    let budgets = budgets.collect::<Vec<_>>().join(", ").replace("a total", "in total");
    let state = match (key.revoked, spec.expires) {
        (Some(_), _) => "revoked",
        (None, Some(expires)) if expires <= crate::admit::now() => "expired",
        _ => "active",
    };
    [
        key.id.clone(),
        spec.name.clone(),
        spec.tenant.clone(),
        spec.policy.as_deref().unwrap_or(DEFAULT_POLICY).to_owned(),
        or_dash(limits.into_iter().flatten().collect::<Vec<_>>().join(", ")),
        if budgets.is_empty() { format!("{:.4} / -", spent(Window::Total)) } else { budgets },
        state.to_owned(),
    ]
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "-".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_budgets() {
        let check = |text: &str, expected: Option<(&str, &str)>| {
            let found = budget(text).ok().map(|budget| (budget.limit.to_string(), budget.window.name()));
            assert_eq!(found, expected.map(|(limit, window)| (limit.to_owned(), window)), "{text}");
        };
        check("5/day", Some(("5.00", "day")));
        check("$0.25/month", Some(("0.25", "month")));
        check(" 1e2 / total", Some(("100.00", "total")));
        check("5", None);
        check("-1/day", None);
        check("nan/day", None);
        check("5/year", None);
    }

    #[test]
    fn reads_times() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(time(text).ok().map(|time| time.as_secs()), expected, "{text}");
        };
        check("30m", Some(1_800));
        check("12h", Some(43_200));
        check("90d", Some(7_776_000));
        check("90", None);
        check("d", None);
        check("", None);
        check("5ä", None);
    }
}
