//! Rules of firewalls, published ports and public services: settings as data.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{self, Terraform, Yaml};
use crate::rule::setting::{Is, Settings, above, in_service, member, setting, sibling, value, values};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;

/// Languages with such settings.
pub(super) const LANGUAGES: &[Language] = &[Terraform, Yaml];

const ANYWHERE: Is = Is::OneOf(&["0.0.0.0/0", "::/0", "*", "Internet", "Any"]);
const ADMINISTRATION: &str = "A port for administration or a database is open to the whole internet.";
const PORT: &str = "A port other than a web server's is open to the whole internet.";
const PUBLIC: &str = "A database has an address that the whole internet can reach.";

/// Ports through which machines are run and data is read.
const SENSITIVE: &[u32] = &[
    20, 21, 22, 23, 135, 139, 445, 1433, 1521, 2049, 2375, 2376, 2379, 3306, 3389, 5432, 5601, 5900, 5984, 5985, 6379,
    6443, 8086, 9042, 9092, 9200, 9300, 10250, 11211, 27017, 27018, 50000,
];

/// Ports of servers that ask for no password unless they are told to.
const UNGUARDED: &[u32] = &[2375, 2379, 5601, 5984, 6379, 8086, 9042, 9092, 9200, 9300, 11211, 27017];

static SETTINGS: Settings = Settings::new(
    concept::OPEN_NETWORK,
    &[
        setting(&[Terraform], &["ingress", "cidr_blocks"], ANYWHERE, ADMINISTRATION)
            .severity(Severity::High)
            .when(opens_sensitive),
        setting(&[Terraform], &["ingress", "ipv6_cidr_blocks"], ANYWHERE, ADMINISTRATION)
            .severity(Severity::High)
            .when(opens_sensitive),
        setting(&[Terraform], &["ingress", "cidr_blocks"], ANYWHERE, PORT).when(opens_other),
        setting(&[Terraform], &["aws_security_group_rule", "cidr_blocks"], ANYWHERE, ADMINISTRATION)
            .severity(Severity::High)
            .when(|context, pair| is_ingress(context, pair) && opens_sensitive(context, pair)),
        setting(&[Terraform], &["aws_security_group_rule", "cidr_blocks"], ANYWHERE, PORT)
            .when(|context, pair| is_ingress(context, pair) && opens_other(context, pair)),
        setting(&[Terraform], &["aws_vpc_security_group_ingress_rule", "cidr_ipv4"], ANYWHERE, ADMINISTRATION)
            .severity(Severity::High)
            .when(opens_sensitive),
        setting(&[Terraform], &["aws_vpc_security_group_ingress_rule", "cidr_ipv4"], ANYWHERE, PORT).when(opens_other),
        setting(&[Terraform], &["google_compute_firewall", "source_ranges"], ANYWHERE, ADMINISTRATION)
            .severity(Severity::High)
            .when(|context, pair| {
                let ports = allowed_ports(context, pair);
                ports.is_empty() || ports.iter().any(|&range| is_sensitive(range))
            }),
        setting(&[Terraform], &["source_address_prefix"], ANYWHERE, ADMINISTRATION)
            .severity(Severity::High)
            .when(opens_azure),
        setting(&[Yaml], &["securitygroupingress", "cidrip"], ANYWHERE, ADMINISTRATION)
            .severity(Severity::High)
            .when(opens_sensitive),
        setting(&[Yaml], &["securitygroupingress", "cidrip"], ANYWHERE, PORT).when(opens_other),
        setting(&[Terraform], &["publicly_accessible"], Is::On, PUBLIC),
        setting(&[Yaml], &["properties", "publiclyaccessible"], Is::On, PUBLIC),
        setting(&[Terraform], &["authorized_networks", "value"], ANYWHERE, PUBLIC),
        setting(
            &[Terraform],
            &["public_network_access_enabled"],
            Is::On,
            "A service can be reached from the internet.",
        )
        .audit(),
        setting(
            &[Terraform],
            &["public_access_cidrs"],
            ANYWHERE,
            "The cluster's interface can be reached from the whole internet.",
        )
        .confidence(Confidence::Medium),
        setting(
            &[Yaml],
            &["ports"],
            Is::Text(|port| published(port).is_some_and(|port| UNGUARDED.contains(&port))),
            "A server that asks for no password by itself is published on every interface.",
        )
        .confidence(Confidence::Medium)
        .when(in_service),
        setting(
            &[Yaml],
            &["ports"],
            Is::Text(|port| published(port).is_some_and(|port| SENSITIVE.contains(&port))),
            "A database is published on every interface.",
        )
        .severity(Severity::Low)
        .confidence(Confidence::Medium)
        .when(in_service),
    ],
);

/// The container's port in `host:container` where no address narrows it down.
fn published(text: &str) -> Option<u32> {
    let text = text.trim_matches(['"', '\'']);
    let text = text.strip_prefix("0.0.0.0:").or_else(|| text.strip_prefix("[::]:")).unwrap_or(text);
    let (host, container) = text.split_once(':')?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let container = container.split('/').next()?;
    (digits(host) && digits(container)).then(|| container.parse().ok()).flatten()
}

fn is_sensitive((from, to): (u32, u32)) -> bool {
    to.saturating_sub(from) > 2_000 || SENSITIVE.iter().any(|port| (from..=to).contains(port))
}

/// The ports of the rule around a pair; `None` where they are not written out.
fn ports(context: &Context<'_>, pair: NodeId) -> Option<(u32, u32)> {
    let protocol = ["protocol", "ip_protocol", "ipprotocol"].iter().find_map(|name| sibling(context, pair, name));
    if matches!(protocol, Some("-1" | "all")) {
        return Some((0, 65_535));
    }
    let number = |names: [&str; 2]| {
        names.iter().find_map(|name| sibling(context, pair, name)).and_then(|port| port.parse::<u32>().ok())
    };
    let (from, to) = (number(["from_port", "fromport"])?, number(["to_port", "toport"])?);
    Some(if (from, to) == (0, 0) { (0, 65_535) } else { (from, to) })
}

fn opens_sensitive(context: &Context<'_>, pair: NodeId) -> bool {
    ports(context, pair).is_some_and(is_sensitive)
}

fn opens_other(context: &Context<'_>, pair: NodeId) -> bool {
    ports(context, pair).is_some_and(|(from, to)| !(from == to && matches!(from, 80 | 443)))
}

fn is_ingress(context: &Context<'_>, pair: NodeId) -> bool {
    sibling(context, pair, "type") == Some("ingress")
}

/// The ranges that the `allow` blocks beside a pair name.
fn allowed_ports(context: &Context<'_>, pair: NodeId) -> Vec<(u32, u32)> {
    let tree = context.tree();
    let Some(rule) = tree.parent(pair) else { return Vec::new() };
    let allow = member(context, rule, "allow").and_then(|allow| value(context, allow));
    let ports = allow.and_then(|allow| member(context, allow, "ports"));
    let list = ports.map(|ports| values(context, ports)).unwrap_or_default();
    list.iter().filter_map(|(_, text)| range(text)).collect()
}

/// `22`, `20-25`, `*`
fn range(text: &str) -> Option<(u32, u32)> {
    if text == "*" {
        return Some((0, 65_535));
    }
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    Some((from.trim().parse().ok()?, to.trim().parse().ok()?))
}

fn opens_azure(context: &Context<'_>, pair: NodeId) -> bool {
    let is =
        |name: &str, wanted: &str| sibling(context, pair, name).is_some_and(|value| value.eq_ignore_ascii_case(wanted));
    let ports = sibling(context, pair, "destination_port_range").and_then(range);
    above(context, pair, "azurerm_").is_some()
        && is("access", "Allow")
        && is("direction", "Inbound")
        && ports.is_some_and(is_sensitive)
}

/// Checks a pair.
pub(super) fn check(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    SETTINGS.check(context, pair, found);
}
