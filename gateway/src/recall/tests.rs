use analyzers::finding::{Class, Confidence, Severity};
use analyzers::syntax::{NodeId, Span};

use super::*;
use crate::intent;
use crate::store::memory::MemoryStore;

const DAY: u64 = 86_400_000;
const OWNER: Owner<'static> = Owner { tenant: "tenant", policy: "default" };

fn recall(store: &Arc<dyn Store>, now_ms: u64) -> Recall {
    Recall::load(Arc::clone(store), 1000, Duration::from_hours(7 * 24), now_ms).expect("memory does not fail")
}

fn store() -> Arc<dyn Store> {
    Arc::new(MemoryStore::default())
}

fn wish(text: &str) -> Intent {
    intent::read(text).expect("a request for code")
}

fn names(hit: Option<Hit>) -> Vec<&'static str> {
    hit.map(|hit| hit.requirements.iter().map(|id| id.0).collect()).unwrap_or_default()
}

const PLUGIN: &str = "Write a Python function that evaluates a formula of the user.";
const SAME: &str = "Python: compute the user's formula, please.";
const IDS: [RequirementId; 2] = [RequirementId("evaluate.python"), RequirementId("input")];

#[test]
fn the_same_wish_in_other_words_is_remembered() {
    let store = store();
    let recall = recall(&store, 0);
    assert_eq!(recall.find(OWNER, &wish(PLUGIN), 0), None);
    recall.learn(OWNER, &wish(PLUGIN), &IDS, 0).expect("learned");
    for text in [PLUGIN, SAME] {
        assert_eq!(names(recall.find(OWNER, &wish(text), 1)), ["evaluate.python", "input"], "{text}");
    }
    for text in
        ["Write a Java function that evaluates a formula of the user.", "Write a Python function that sorts a list."]
    {
        assert_eq!(recall.find(OWNER, &wish(text), 1), None, "{text}");
    }
    recall.learn(OWNER, &wish(SAME), &[RequirementId("limits")], 2).expect("learned");
    assert_eq!(
        names(recall.find(OWNER, &wish(PLUGIN), 3)),
        ["limits", "evaluate.python", "input"],
        "joined, not doubled"
    );
}

#[test]
fn tenants_and_policies_do_not_see_each_other() {
    let store = store();
    let recall = recall(&store, 0);
    recall.learn(OWNER, &wish(PLUGIN), &IDS, 0).expect("learned");
    for (tenant, policy) in [("other", "default"), ("tenant", "strict"), ("tenantd", "efault"), ("", "tenantdefault")] {
        assert_eq!(recall.find(Owner { tenant, policy }, &wish(PLUGIN), 0), None, "{tenant} {policy}");
    }
}

#[test]
fn entries_outlive_a_restart_and_end_by_age() {
    let store = store();
    recall(&store, 0).learn(OWNER, &wish(PLUGIN), &IDS, 0).expect("learned");
    let again = recall(&store, DAY);
    assert_eq!(names(again.find(OWNER, &wish(PLUGIN), DAY)).len(), 2);
    assert_eq!(again.find(OWNER, &wish(PLUGIN), 7 * DAY), None, "too old");
    assert_eq!(recall(&store, 7 * DAY).find(OWNER, &wish(PLUGIN), 0), None, "removed from the store");
    assert_eq!(recall(&store, 0).find(OWNER, &wish(PLUGIN), 0), None);
}

#[test]
fn two_failures_in_a_row_end_an_entry() {
    let store = store();
    let recall = recall(&store, 0);
    recall.learn(OWNER, &wish(PLUGIN), &IDS, 0).expect("learned");
    let hit = recall.find(OWNER, &wish(PLUGIN), 0).expect("known");
    for (left, known) in [(true, true), (false, true), (true, true), (true, false)] {
        recall.used(&hit, left, 1).expect("noted");
        assert_eq!(recall.find(OWNER, &wish(PLUGIN), 1).is_some(), known);
    }
    recall.used(&hit, true, 1).expect("an entry that is gone stays gone");
    assert_eq!(self::recall(&store, 1).find(OWNER, &wish(PLUGIN), 1), None);
}

#[test]
fn a_bucket_is_bounded_and_nothing_is_learned_from_nothing() {
    let store = store();
    let recall = recall(&store, 0);
    recall.learn(OWNER, &wish(PLUGIN), &[], 0).expect("nothing");
    assert_eq!(recall.find(OWNER, &wish(PLUGIN), 0), None);
    for at in 0..2 * MOST_IN_BUCKET {
        recall.learn(OWNER, &wish(&format!("Write a Python function for case {at}.")), &IDS, 0).expect("learned");
    }
    let mut stored = 0;
    store
        .scan(Space::Prompts, &[], &mut |_, _| {
            stored += 1;
            true
        })
        .expect("memory does not fail");
    assert_eq!(stored, MOST_IN_BUCKET);
}

#[test]
fn what_was_left_is_what_the_requirements_are_about() {
    let finding = |cwe, severity| Finding {
        rule: "test",
        cwe,
        class: Class::Issue,
        severity,
        confidence: Confidence::High,
        span: Span::default(),
        node: NodeId::ROOT,
        message: String::new(),
        advice: "",
        trace: Vec::new(),
        concept: "",
        bandit: Vec::new(),
    };
    let hit = Hit { requirements: vec![RequirementId("evaluate.python")], bucket: [0; 32], id: 1 };
    let level = Level { severity: Severity::Medium, confidence: Confidence::Medium };
    assert!(hit.left([finding(&[95], Severity::High)].iter(), level));
    assert!(!hit.left([finding(&[95], Severity::Low)].iter(), level));
    assert!(!hit.left([finding(&[89], Severity::High)].iter(), level));
}
