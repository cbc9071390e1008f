//! Containers, workflows and policies: settings as data.

use crate::concept;
use crate::finding::{Confidence, Severity};
use crate::lang::Language::{self, Json, Terraform, Yaml};
use crate::rule::setting::{Is, Settings, in_service, key, setting, sibling, siblings};
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;

/// Languages with such settings.
pub(super) const LANGUAGES: &[Language] = &[Yaml, Json, Terraform];

const CONTAINERS: &[Language] = &[Yaml, Json];

/// Capabilities that are as good as root.
const CAPABILITIES: Is = Is::OneOf(&[
    "ALL",
    "SYS_ADMIN",
    "CAP_SYS_ADMIN",
    "SYS_PTRACE",
    "CAP_SYS_PTRACE",
    "SYS_MODULE",
    "CAP_SYS_MODULE",
    "DAC_READ_SEARCH",
    "CAP_DAC_READ_SEARCH",
    "NET_ADMIN",
    "CAP_NET_ADMIN",
    "SYS_RAWIO",
    "CAP_SYS_RAWIO",
    "BPF",
]);

/// Paths of a host that give the host away.
const HOST_PATHS: Is = Is::Text(is_host_path);

const PRIVILEGED: &str = "A container runs with all privileges of its host.";
const ESCALATION: &str = "Processes of a container may gain more privileges than their parent.";
const ROOT: &str = "A container runs as root.";
const ADDED: &str = "A container is given capabilities that amount to root.";
const NAMESPACE: &str = "A container shares a namespace of its host.";
const MOUNT: &str = "A container gets a path of its host that gives the host away.";
const EVERYTHING: &str = "A policy allows every action on every resource.";

static SETTINGS: Settings = Settings::new(
    concept::EXCESSIVE_PRIVILEGE,
    &[
        setting(CONTAINERS, &["securitycontext", "privileged"], Is::On, PRIVILEGED).severity(Severity::High),
        setting(&[Yaml], &["privileged"], Is::On, PRIVILEGED).severity(Severity::High).when(in_service),
        setting(&[Terraform], &["security_context", "privileged"], Is::On, PRIVILEGED).severity(Severity::High),
        setting(&[Terraform], &["docker_container", "privileged"], Is::On, PRIVILEGED).severity(Severity::High),
        setting(CONTAINERS, &["securitycontext", "allowprivilegeescalation"], Is::On, ESCALATION),
        setting(&[Terraform], &["security_context", "allow_privilege_escalation"], Is::On, ESCALATION),
        setting(CONTAINERS, &["securitycontext", "runasnonroot"], Is::Off, ROOT),
        setting(CONTAINERS, &["securitycontext", "runasuser"], Is::OneOf(&["0"]), ROOT),
        setting(&[Terraform], &["security_context", "run_as_user"], Is::OneOf(&["0"]), ROOT),
        setting(&[Yaml], &["user"], Is::OneOf(&["root", "0", "0:0", "root:root"]), ROOT).when(in_service),
        setting(CONTAINERS, &["capabilities", "add"], CAPABILITIES, ADDED).severity(Severity::High),
        setting(&[Terraform], &["capabilities", "add"], CAPABILITIES, ADDED).severity(Severity::High),
        setting(&[Yaml], &["cap_add"], CAPABILITIES, ADDED).when(in_service),
        setting(CONTAINERS, &["hostnetwork"], Is::On, NAMESPACE),
        setting(CONTAINERS, &["hostpid"], Is::On, NAMESPACE),
        setting(CONTAINERS, &["hostipc"], Is::On, NAMESPACE),
        setting(&[Terraform], &["spec", "host_network"], Is::On, NAMESPACE),
        setting(&[Terraform], &["spec", "host_pid"], Is::On, NAMESPACE),
        setting(&[Yaml], &["pid"], Is::OneOf(&["host"]), NAMESPACE).when(in_service),
        setting(&[Yaml], &["ipc"], Is::OneOf(&["host"]), NAMESPACE).when(in_service),
        setting(&[Yaml], &["network_mode"], Is::OneOf(&["host"]), NAMESPACE).audit().when(in_service),
        setting(CONTAINERS, &["hostpath", "path"], HOST_PATHS, MOUNT).severity(Severity::High),
        setting(CONTAINERS, &["hostpath", "path"], Is::Any, "A container gets a path of its host.").audit(),
        setting(&[Yaml], &["volumes"], HOST_PATHS, MOUNT).when(in_service).severity(Severity::High),
        setting(&[Yaml], &["volumes", "source"], HOST_PATHS, MOUNT).when(in_service).severity(Severity::High),
        setting(
            &[Yaml],
            &["security_opt"],
            Is::OneOf(&[
                "seccomp:unconfined",
                "seccomp=unconfined",
                "apparmor:unconfined",
                "apparmor=unconfined",
                "label:disable",
                "label=disable",
            ]),
            "What confines a container is switched off.",
        ),
        setting(&[Yaml], &["permissions"], Is::OneOf(&["write-all"]), "A workflow's token may write everything."),
        setting(CONTAINERS, &["automountserviceaccounttoken"], Is::On, "A pod gets the token of its service account.")
            .audit(),
        setting(CONTAINERS, &["rules", "verbs"], Is::OneOf(&["*"]), "A role may do everything with every resource.")
            .when(|context, pair| siblings(context, pair, "resources").contains(&"*")),
        setting(
            CONTAINERS,
            &["roleref", "name"],
            Is::OneOf(&["cluster-admin"]),
            "An account is made administrator of the cluster.",
        )
        .confidence(Confidence::Medium),
        setting(LANGUAGES, &["statement", "action"], Is::OneOf(&["*", "*:*"]), EVERYTHING).when(allows_all),
        setting(&[Terraform], &["statement", "actions"], Is::OneOf(&["*", "*:*"]), EVERYTHING).when(allows_all),
        setting(
            LANGUAGES,
            &["statement", "action*"],
            Is::Text(|action| action.ends_with(":*")),
            "A policy allows every action of a service on every resource.",
        )
        .audit()
        .when(allows_all),
        setting(
            &[Terraform],
            &["policy_arn"],
            Is::Text(|arn| arn.ends_with(":policy/AdministratorAccess")),
            "An account is made administrator.",
        )
        .confidence(Confidence::Medium),
        setting(
            &[Yaml, Json],
            &["managedpolicyarns"],
            Is::Text(|arn| arn.ends_with(":policy/AdministratorAccess")),
            "An account is made administrator.",
        )
        .confidence(Confidence::Medium),
        setting(
            &[Terraform],
            &["google_*", "role"],
            Is::OneOf(&["roles/owner", "roles/editor"]),
            "An account may change everything in a project.",
        )
        .confidence(Confidence::Medium),
        setting(
            &[Terraform],
            &["azurerm_role_assignment", "role_definition_name"],
            Is::OneOf(&["Owner", "Contributor"]),
            "An account may change everything in its scope.",
        )
        .audit(),
    ],
);

fn is_host_path(text: &str) -> bool {
    let source = text.split(':').next().unwrap_or_default().trim_matches(['"', '\'']);
    let source = if source.len() > 1 { source.trim_end_matches('/') } else { source };
    matches!(
        source,
        "/" | "/etc"
            | "/root"
            | "/proc"
            | "/sys"
            | "/boot"
            | "/dev"
            | "/var"
            | "/var/lib"
            | "/var/lib/kubelet"
            | "/var/lib/docker"
    ) || source.ends_with("/docker.sock")
        || source.ends_with("/containerd.sock")
        || source.ends_with("/crio.sock")
}

/// Whether the statement of an action allows it on every resource.
fn allows_all(context: &Context<'_>, pair: NodeId) -> bool {
    let resources = [siblings(context, pair, "resource"), siblings(context, pair, "resources")].concat().contains(&"*");
    let denied = sibling(context, pair, "effect").is_some_and(|effect| effect.eq_ignore_ascii_case("deny"));
    let limited = context.tree().parent(pair).is_some_and(|statement| {
        context.tree().children(statement).take(50).any(|other| {
            let name = key(context, other);
            name.eq_ignore_ascii_case("condition") || name.eq_ignore_ascii_case("principal")
        })
    });
    resources && !denied && !limited
}

/// Checks a pair.
pub(super) fn check(context: &Context<'_>, pair: NodeId, found: &mut Findings) {
    SETTINGS.check(context, pair, found);
}
