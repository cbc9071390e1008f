//! The proxy on the way to the upstream: chosen once, from the configuration or the environment. Never shows credentials.

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::Matcher;
use serde::{Deserialize, Serialize, Serializer};

use super::{Base, SettingsError, variable};

/// `upstream.proxy` as written. Shown and logged without user and password.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(super) struct ProxyChoice(String);

impl ProxyChoice {
    fn shown(&self) -> String {
        without_credentials(&self.0)
    }
}

impl Serialize for ProxyChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.shown())
    }
}

impl std::fmt::Debug for ProxyChoice {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:?}", self.shown())
    }
}

/// How a proxy is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    /// HTTP, plain or over TLS: CONNECT for https upstreams, the absolute form for http ones.
    Http,
    /// SOCKS 5, names resolved here.
    Socks,
    /// SOCKS 5, names resolved by the proxy.
    SocksWithNames,
}

/// A proxy.
#[derive(Clone)]
pub struct Proxy {
    /// Where it is, without credentials.
    pub uri: Uri,
    /// How it is spoken to.
    pub speech: Speech,
    /// `Proxy-Authorization`, for HTTP.
    pub authorization: Option<HeaderValue>,
    /// User and password, for SOCKS.
    pub user: Option<(String, String)>,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Proxy").field("uri", &self.uri).field("speech", &self.speech).finish_non_exhaustive()
    }
}

/// The proxy for an upstream.
pub(super) fn of(choice: &ProxyChoice, base: &Base) -> Result<Option<Proxy>, SettingsError> {
    match choice.0.trim() {
        "none" | "" => Ok(None),
        "environment" => from_environment(base, either_case),
        url => parse("upstream.proxy", url, "", base),
    }
}

/// A variable in upper or lower case.
fn either_case(name: &str) -> Option<String> {
    variable(name).or_else(|| variable(&name.to_lowercase()))
}

/// What the environment says, as curl and others read it. Like Go's client it leaves loopback alone: no proxy reaches it.
fn from_environment(base: &Base, read: impl Fn(&str) -> Option<String>) -> Result<Option<Proxy>, SettingsError> {
    if is_loopback(base.authority.host()) {
        return Ok(None);
    }
    let scheme = if base.scheme == http::uri::Scheme::HTTPS { "HTTPS_PROXY" } else { "HTTP_PROXY" };
    let set = [scheme, "ALL_PROXY"].into_iter().find_map(|name| Some((name, read(name)?)));
    let Some((name, url)) = set else { return Ok(None) };
    parse(name, &url, &read("NO_PROXY").unwrap_or_default(), base)
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The proxy at `url`, unless `exceptions` (NO_PROXY) name the upstream. `key` is for the message.
fn parse(key: &str, url: &str, exceptions: &str, base: &Base) -> Result<Option<Proxy>, SettingsError> {
    let refuse = || SettingsError::Value {
        key: key.to_owned(),
        value: without_credentials(url),
        expected: "none, or a URL such as http://proxy.example:3128 (http, https, socks5 or socks5h) is needed".into(),
    };
    let target: Uri = base.url().parse().map_err(|_| refuse())?;
    let intercept = |exceptions: &str| Matcher::builder().all(url).no(exceptions).build().intercept(&target);
    let proxy = intercept("").ok_or_else(refuse)?;
    // The matcher takes `*` for names only.
    if exceptions.split(',').any(|exception| exception.trim() == "*") || intercept(exceptions).is_none() {
        return Ok(None);
    }
    let speech = match proxy.uri().scheme_str() {
        Some("http" | "https") => Speech::Http,
        Some("socks5") => Speech::Socks,
        Some("socks5h") => Speech::SocksWithNames,
        _ => return Err(refuse()),
    };
    let user = proxy.raw_auth().map(|(user, password)| (user.to_owned(), password.to_owned()));
    if user.as_ref().is_some_and(|(user, password)| user.len() > 255 || password.len() > 255) {
        return Err(refuse());
    }
    let mut authorization = proxy.basic_auth().cloned();
    if let Some(value) = &mut authorization {
        value.set_sensitive(true);
    }
    Ok(Some(Proxy { uri: proxy.uri().clone(), speech, authorization, user }))
}

/// A URL as it may be shown.
fn without_credentials(url: &str) -> String {
    let Some(at) = url.rfind('@') else { return url.to_owned() };
    let scheme = url.find("://").map_or(0, |end| end + 3).min(at);
    let (scheme, host) = (url.get(..scheme).unwrap_or_default(), url.get(at..).unwrap_or_default());
    format!("{scheme}…{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(upstream: &str, environment: &[(&str, &str)], expected: Option<&str>) {
        let base = Base::parse(upstream).expect(upstream);
        let read = |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let proxy = from_environment(&base, read).expect("valid");
        assert_eq!(proxy.map(|proxy| proxy.uri.to_string()).as_deref(), expected, "{upstream} with {environment:?}");
    }

    #[test]
    fn the_environment_names_the_proxy() {
        let both = [("HTTPS_PROXY", "http://secure:1"), ("HTTP_PROXY", "http://plain:2")];
        check("https://api.openai.com", &both, Some("http://secure:1/"));
        check("http://models.example", &both, Some("http://plain:2/"));
        check("http://models.example", &[("HTTPS_PROXY", "http://secure:1")], None);
        check("https://models.example", &[("ALL_PROXY", "socks5h://any:3")], Some("socks5h://any:3/"));
        check("https://models.example", &[("HTTPS_PROXY", "proxy:8")], Some("http://proxy:8/"));
        check("https://models.example", &[], None);
    }

    #[test]
    fn exceptions_and_loopback_are_reached_directly() {
        let proxy = ("ALL_PROXY", "http://p:1");
        check("https://a.example", &[proxy, ("NO_PROXY", "b.example, a.example")], None);
        check("https://a.b.example", &[proxy, ("NO_PROXY", ".b.example")], None);
        check("https://ab.example", &[proxy, ("NO_PROXY", "b.example")], Some("http://p:1/"));
        check("http://10.1.2.3", &[proxy, ("NO_PROXY", "10.0.0.0/8")], None);
        check("http://10.1.2.3", &[proxy, ("NO_PROXY", "*")], None);
        for loopback in ["http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9"] {
            check(loopback, &[proxy], None);
        }
    }

    #[test]
    fn credentials_are_sent_and_never_shown() {
        let base = Base::parse("https://a.example").expect("valid");
        let choice = ProxyChoice("http://team%40a:s3cret@p:1".to_owned());
        let proxy = of(&choice, &base).expect("valid").expect("a proxy");
        // "team@a:s3cret" in base 64.
        assert_eq!(proxy.authorization.as_ref().expect("credentials"), "Basic dGVhbUBhOnMzY3JldA==");
        let shown = format!("{proxy:?} {choice:?} {}", toml::Value::try_from(&choice).expect("text"));
        assert!(!shown.contains("s3cret") && !shown.contains("dGVhb") && shown.contains("p:1"), "{shown}");
        let refused = of(&ProxyChoice("gopher://u:s3cret@p:1".into()), &base).expect_err("no such proxy").to_string();
        assert!(refused.contains("upstream.proxy") && !refused.contains("s3cret"), "{refused}");
        assert!(of(&ProxyChoice("none".into()), &base).expect("valid").is_none());
    }
}
