//! What configurations are refused, and how the message names the key.

use std::path::Path;

use super::{Base, Config, Settings, SettingsError};

fn settings(text: &str) -> Result<Settings, SettingsError> {
    Config::parse(text, Path::new("test.toml"))?.validate()
}

fn refused(text: &str, parts: &[&str]) {
    let error = settings(text).expect_err("the configuration must be refused");
    let message = format!("{error}{}", std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default());
    for part in parts {
        assert!(message.contains(part), "{message:?} does not name {part:?}");
    }
}

#[test]
fn defaults_are_valid_and_say_what_the_design_says() {
    let settings = settings("").expect("the built-in configuration is valid");
    assert!(settings.server.listen.ip().is_loopback());
    assert_eq!(settings.default_policy().rules, crate::strategy::Rules::default());
    assert_eq!(settings.default_policy().limits.calls, 2);
}

#[test]
fn refusals_name_the_key() {
    refused("[server]\nlisten_on = \"x\"", &["server.listen_on", "server.listen"]);
    refused("[server]\nlisten = \"localhost\"", &["server.listen", "127.0.0.1:8080"]);
    refused("[server]\nconnections = \"many\"", &["server.connections", "integer"]);
    refused("[policy]\nmode = \"block\"", &["policy.mode", "enforce"]);
    refused("[policies.strict]\nmod = \"enforce\"", &["policies.strict.mod", "policies.strict.mode"]);
    refused("[policies.strict]\nstrategy = \"x\"", &["policies.strict.strategy", "promsec"]);
    refused("[policies.strict]\nstrategy = \"template:8\"", &["policies.strict.strategy", "template:7"]);
    refused("[policy]\nstrategy = \"safecoder\"", &["policy.safecoder_model", "security-tuned"]);
    refused(
        "[policies.own]\nstrategy = \"safecoder-only\"\nsafecoder_model = \" \"",
        &["policies.own.safecoder_model"],
    );
    refused("[upstream]\nurl = \"api.openai.com\"", &["upstream.url", "https://"]);
    refused("[upstream]\nurl = \"ftp://h\"", &["upstream.url"]);
    refused("server = 3", &["server", "table"]);
    refused("[server", &["test.toml"]);
}

#[test]
fn every_strategy_may_be_named() {
    for name in crate::strategy::NAMES {
        let text = format!("[policy]\nstrategy = \"{name}\"\nsafecoder_model = \"tuned\"");
        let policy = settings(&text).expect("valid").default_policy();
        assert_eq!((policy.strategy.as_str(), policy.rules.tuned_model.as_deref()), (name, Some("tuned")));
    }
}

#[test]
fn policies_inherit() {
    let settings = settings("[policy]\nextra_calls = 7\n[policies.strict]\nmode = \"enforce\"").expect("valid");
    let strict = settings.policies.get("strict").expect("named");
    assert_eq!((strict.limits.calls, strict.rules.mode), (7, crate::strategy::Mode::Enforce));
}

#[test]
fn base_urls_with_and_without_v1() {
    let check = |url: &str, expected: &str| assert_eq!(Base::parse(url).expect(url).url(), expected);
    check("https://api.openai.com/v1", "https://api.openai.com/v1");
    check("https://api.openai.com/v1/", "https://api.openai.com/v1");
    check("https://api.openai.com", "https://api.openai.com/v1");
    check("http://127.0.0.1:9/openai/v1", "http://127.0.0.1:9/openai/v1");
    check("http://h/openai/", "http://h/openai/v1");
}

#[test]
fn the_secret_is_made_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let first = super::server_secret(directory.path()).expect("made");
    assert_eq!(first, super::server_secret(directory.path()).expect("read"));
    assert_ne!(first, [0; 32]);
}
