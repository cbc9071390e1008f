use std::sync::Arc;

use super::*;
use crate::store::memory::MemoryStore;
use crate::store::sled::SledStore;

fn spec(name: &str) -> KeySpec {
    KeySpec { name: name.to_owned(), ..KeySpec::default() }
}

fn secret() -> Secret {
    Secret::new(&[7; 32])
}

fn over_every_store(check: impl Fn(&dyn Store)) {
    check(&MemoryStore::default());
    let directory = tempfile::tempdir().expect("a directory");
    check(&SledStore::open(directory.path(), "test").expect("a fresh store"));
}

#[test]
fn a_key_is_made_found_and_revoked() {
    over_every_store(|store| {
        let (record, token) = create(store, &secret(), spec("ci"), 1).expect("made");
        assert!(token.reveal().starts_with("sk-sp-") && token.reveal().len() == 6 + 64);
        assert_eq!(record.spec.tenant, format!("key:{}", record.id));
        let (id, digest) = KeyRecord::locate(&secret(), token.reveal());
        assert_eq!(id, record.id);
        assert!(record.matches(&digest) && !record.matches("") && !record.matches(&"0".repeat(64)));
        assert_eq!(list(store).expect("listed"), std::slice::from_ref(&record));
        let revoked = revoke(store, "ci", 5).expect("revoked");
        assert_eq!(revoked.revoked, Some(5));
        // Revoking again, by id, keeps the first time.
        assert_eq!(revoke(store, &record.id, 9).expect("revoked").revoked, Some(5));
        assert!(matches!(revoke(store, "ci", 9), Err(KeyError::Unknown)));
    });
}

#[test]
fn the_key_itself_is_stored_nowhere() {
    let store = MemoryStore::default();
    let (record, token) = create(&store, &secret(), spec("ci"), 1).expect("made");
    let random = &token.reveal()[6..];
    store
        .scan(Space::Keys, b"", &mut |key, value| {
            for bytes in [key, value] {
                assert!(!String::from_utf8_lossy(bytes).contains(random));
            }
            true
        })
        .expect("a scan");
    assert!(!format!("{record:?} {token:?} {:?}", secret()).contains(random));
    assert!(!format!("{record:?}").contains(&record.digest));
}

#[test]
fn keys_of_another_secret_are_not_known() {
    let (id, digest) = KeyRecord::locate(&secret(), "sk-sp-x");
    let (other, _) = KeyRecord::locate(&Secret::new(&[8; 32]), "sk-sp-x");
    assert_ne!(id, other);
    assert!(digest.starts_with(&id));
}

#[test]
fn two_keys_of_a_name_need_the_id() {
    let store = Arc::new(MemoryStore::default());
    let (first, _) = create(store.as_ref(), &secret(), spec("ci"), 1).expect("made");
    create(store.as_ref(), &secret(), spec("ci"), 2).expect("made");
    assert!(matches!(revoke(store.as_ref(), "ci", 3), Err(KeyError::Ambiguous)));
    revoke(store.as_ref(), &first.id, 3).expect("revoked by id");
    revoke(store.as_ref(), "ci", 4).expect("only one is left");
}

#[test]
fn senseless_keys_are_refused() {
    let check = |spec: KeySpec, expected: &str| {
        let refused = create(&MemoryStore::default(), &secret(), spec, 100).expect_err(expected).to_string();
        assert!(refused.contains(expected), "{refused}");
    };
    check(spec(""), "1 to 128");
    check(spec("a\nb"), "1 to 128");
    check(spec(&"x".repeat(200)), "1 to 128");
    check(KeySpec { tenant: Some("key:other".to_owned()), ..spec("a") }, "colon");
    check(KeySpec { expires: Some(100), ..spec("a") }, "past");
    let daily = Budget { window: Window::Day, limit: Money(1) };
    check(KeySpec { budgets: vec![daily, daily], ..spec("a") }, "one budget");
}

/// What version 1 wrote. Never change it: keys of that release must open for ever, revoked ones revoked.
const VERSION_1: &[u8] =
    b"\x01{\"id\":\"00\",\"digest\":\"00ff\",\"name\":\"ci\",\"tenant\":\"team\",\"policy\":\"strict\",\
    \"limits\":{\"requests_per_minute\":60},\"budgets\":[{\"window\":\"day\",\"limit\":5000000000000}],\"expires\":99,\
    \"created\":1,\"revoked\":2}";

#[test]
fn the_first_format_still_opens() {
    let record: KeyRecord = open(VERSION_1).expect("version 1 opens");
    assert_eq!((record.revoked, record.spec.expires), (Some(2), Some(99)));
    assert_eq!(
        record.spec.budgets,
        [Budget { window: Window::Day, limit: Money::from_dollars(5.0).expect("an amount") }]
    );
    assert_eq!(seal(&record).expect("sealed"), VERSION_1);
}
