use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use super::memory::MemoryStore;
use super::sled::SledStore;
use super::{Batch, Space, Store, StoreError, Stored, open, seal};

/// Runs a check over every store.
fn over_every_store(check: impl Fn(&dyn Store)) {
    check(&MemoryStore::default());
    let directory = tempfile::tempdir().expect("a directory");
    check(&SledStore::open(directory.path(), "test").expect("a fresh store"));
}

fn all(store: &dyn Store, space: Space, from: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut found = Vec::new();
    let visit = &mut |key: &[u8], value: &[u8]| {
        found.push((key.to_vec(), value.to_vec()));
        true
    };
    store.scan(space, from, visit).expect("a scan");
    found
}

fn put(store: &dyn Store, space: Space, key: &[u8], value: &[u8]) {
    assert!(store.apply(Batch::default().put(space, key, value.to_vec())).expect("a put"));
}

#[test]
fn keeps_and_forgets() {
    over_every_store(|store| {
        assert_eq!(store.get(Space::Keys, b"a").expect("get"), None);
        put(store, Space::Keys, b"a", b"1");
        put(store, Space::Keys, b"a", b"2");
        assert_eq!(store.get(Space::Keys, b"a").expect("get").as_deref(), Some(&b"2"[..]));
        assert_eq!(store.get(Space::Ledger, b"a").expect("get"), None);
        assert!(store.apply(Batch::default().delete(Space::Keys, b"a").delete(Space::Keys, b"none")).expect("delete"));
        assert_eq!(store.get(Space::Keys, b"a").expect("get"), None);
        store.flush().expect("flush");
    });
}

#[test]
fn scans_one_namespace_in_order() {
    over_every_store(|store| {
        for space in Space::ALL {
            for number in (0..200_u8).rev() {
                put(store, space, &[number], &[space as u8, number]);
            }
            put(store, space, b"", &[space as u8]);
        }
        for space in Space::ALL {
            let found = all(store, space, b"");
            assert_eq!(found.len(), 201);
            assert!(found.is_sorted() && found.iter().all(|(_, value)| value[0] == space as u8));
            assert_eq!(all(store, space, &[150]).len(), 50);
        }
        let mut seen = 0;
        let visit = &mut |_: &[u8], _: &[u8]| {
            seen += 1;
            seen < 70
        };
        store.scan(Space::Keys, b"", visit).expect("a scan");
        assert_eq!(seen, 70);
    });
}

#[test]
fn a_batch_applies_whole_or_not_at_all() {
    over_every_store(|store| {
        put(store, Space::Keys, b"a", b"1");
        let mut batch = Batch::default();
        batch.put(Space::Ledger, b"x", b"new".to_vec()).delete(Space::Keys, b"a").expect(Space::Keys, b"a", Some(b"2"));
        assert!(!store.apply(&batch).expect("apply"));
        assert_eq!(store.get(Space::Ledger, b"x").expect("get"), None);
        assert_eq!(store.get(Space::Keys, b"a").expect("get").as_deref(), Some(&b"1"[..]));
        let mut batch = Batch::default();
        batch.put(Space::Ledger, b"x", b"new".to_vec()).expect(Space::Keys, b"a", Some(b"1")).expect(
            Space::Keys,
            b"b",
            None,
        );
        assert!(store.apply(&batch).expect("apply"));
        assert_eq!(store.get(Space::Ledger, b"x").expect("get").as_deref(), Some(&b"new"[..]));
    });
}

#[test]
fn compare_and_swap_loses_no_update() {
    let check = |store: Arc<dyn Store>| {
        put(store.as_ref(), Space::Ledger, b"n", b"0");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        loop {
                            let before = store.get(Space::Ledger, b"n").expect("get").expect("present");
                            let number: u32 = String::from_utf8_lossy(&before).parse().expect("a number");
                            let mut batch = Batch::default();
                            batch.expect(Space::Ledger, b"n", Some(&before));
                            batch.put(Space::Ledger, b"n", (number + 1).to_string().into_bytes());
                            if store.apply(&batch).expect("apply") {
                                break;
                            }
                        }
                    }
                });
            }
        });
        assert_eq!(store.get(Space::Ledger, b"n").expect("get").as_deref(), Some(&b"200"[..]));
    };
    check(Arc::new(MemoryStore::default()));
    let directory = tempfile::tempdir().expect("a directory");
    check(Arc::new(SledStore::open(directory.path(), "test").expect("a fresh store")));
}

#[test]
fn a_directory_has_one_holder_and_names_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let first = SledStore::open(directory.path(), "sallyport serve, process 7").expect("a fresh store");
    put(&first, Space::Keys, b"a", b"1");
    let mode = std::fs::metadata(directory.path().join("store")).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let refused = SledStore::open(directory.path(), "another").expect_err("held");
    assert!(matches!(&refused, StoreError::Held { holder } if holder == "sallyport serve, process 7"), "{refused}");
    drop(first);
    let second = SledStore::open(directory.path(), "another").expect("free again");
    assert_eq!(second.get(Space::Keys, b"a").expect("get").as_deref(), Some(&b"1"[..]));
}

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Second {
    name: String,
}

impl Stored for Second {
    const KIND: &'static str = "thing";
    const VERSION: u8 = 2;

    fn from_old(version: u8, payload: &[u8]) -> Option<Self> {
        (version == 1).then(|| Self { name: String::from_utf8_lossy(payload).into_owned() })
    }
}

#[test]
fn old_formats_open_and_unknown_ones_are_refused() {
    let thing = Second { name: "x".to_owned() };
    let sealed = seal(&thing).expect("sealed");
    assert_eq!(sealed, b"\x02{\"name\":\"x\"}");
    assert_eq!(open::<Second>(&sealed).expect("opened"), thing);
    assert_eq!(open::<Second>(b"\x01x").expect("opened"), thing);
    let refused = |bytes: &[u8]| open::<Second>(bytes).expect_err("refused").to_string();
    assert_eq!(refused(b""), "a stored thing cannot be read (format version 0)");
    assert_eq!(refused(b"\x03{}"), "a stored thing cannot be read (format version 3)");
    assert_eq!(refused(b"\x02{"), "a stored thing cannot be read (format version 2)");
}
