use super::{ABSENT, CLASSES, FIRST_CLASS, OPEN, table};
use crate::lang::Language;

#[test]
fn every_weakness_has_a_rule_wherever_it_exists() {
    let mut wrong = Vec::new();
    for (weakness, shown) in table() {
        for &language in FIRST_CLASS {
            let of = |list: &[Language]| list.contains(&language);
            let absent = ABSENT.iter().any(|row| row.weakness == weakness.name && of(row.languages));
            let open = OPEN.iter().any(|(name, languages)| *name == weakness.name && of(languages));
            match (shown.contains_key(&language), absent, open) {
                (true, false, false) | (false, true, false) | (false, false, true) => {}
                (true, ..) => wrong.push(format!("has a rule by now: {} {}", weakness.name, language.name())),
                (false, false, false) => wrong.push(format!("no rule: {} {}", weakness.name, language.name())),
                (false, true, true) => wrong.push(format!("listed twice: {} {}", weakness.name, language.name())),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn lists_name_classes_and_give_reasons() {
    let known = |name: &str| CLASSES.iter().any(|weakness| weakness.name == name);
    for row in ABSENT {
        assert!(known(row.weakness) && !row.reason.is_empty() && !row.languages.is_empty(), "{}", row.weakness);
    }
    for (name, languages) in OPEN {
        assert!(known(name) && !languages.is_empty(), "{name}");
    }
    for (at, weakness) in CLASSES.iter().enumerate() {
        assert!(!weakness.cwe.is_empty() && !weakness.about.is_empty(), "{}", weakness.name);
        assert!(CLASSES[..at].iter().all(|other| other.name != weakness.name), "{}", weakness.name);
    }
}
