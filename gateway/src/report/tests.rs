use std::time::Duration;

use super::*;
use crate::exchange::UnitRecord;
use crate::store::memory::MemoryStore;
use crate::store::sled::SledStore;

const FULL: ReportRules =
    ReportRules { content: ReportContent::Full, retain: Duration::from_hours(1), max_bytes: 1 << 30 };

fn over_every_store(check: impl Fn(Arc<dyn Store>)) {
    check(Arc::new(MemoryStore::default()));
    let directory = tempfile::tempdir().expect("a directory");
    check(Arc::new(SledStore::open(directory.path(), "test").expect("a fresh store")));
}

fn reports(store: &Arc<dyn Store>) -> Reports {
    Reports::open(Arc::clone(store), Bell::default()).expect("opened")
}

/// What the committer does.
fn commit(store: &Arc<dyn Store>, reports: &Reports) {
    let mut batch = Batch::default();
    reports.collect(&mut batch);
    assert!(store.apply(&batch).expect("applied"));
}

fn record(time_ms: u64, code: &str) -> Record {
    let unit = UnitRecord { before: Some(code.to_owned()), language: "python".to_owned(), ..UnitRecord::default() };
    Record { id: new_id().expect("random"), time_ms, units: vec![unit], verdict: Verdict::Clean, ..Record::default() }
}

#[test]
fn a_report_is_there_at_once_and_after_a_restart() {
    over_every_store(|store| {
        let first = reports(&store);
        let record = record(now(), "print(1)");
        assert!(first.save(record.clone(), None, &FULL));
        assert_eq!(first.load(&record.id).expect("loaded").as_ref(), Some(&record));
        commit(&store, &first);
        let again = reports(&store);
        assert_eq!(again.load(&record.id).expect("loaded").as_ref(), Some(&record));
        assert_eq!(again.list(None, 10).expect("listed")[0].id, record.id);
    });
}

#[test]
fn ids_are_random_and_nothing_else_opens_a_report() {
    over_every_store(|store| {
        let reports = reports(&store);
        let record = record(now(), "");
        reports.save(record.clone(), None, &FULL);
        let id = &record.id;
        assert_eq!(id.len(), 32);
        assert_ne!(*id, new_id().expect("random"));
        let upper = format!("F{}", &id[1..]);
        for wrong in ["", "x", &id[1..], &format!("{id}0"), &format!("+{}", &id[1..]), &upper, "../../etc/passwd"] {
            assert_eq!(reports.load(wrong).expect("no error"), None, "{wrong}");
        }
    });
}

#[test]
fn policies_say_what_is_kept() {
    over_every_store(|store| {
        let reports = reports(&store);
        let record = Record { prose_mentions: vec!["os.system".to_owned()], ..record(now(), "secret_code()") };
        let findings = ReportRules { content: ReportContent::Findings, ..FULL };
        reports.save(record.clone(), None, &findings);
        commit(&store, &reports);
        let kept = reports.load(&record.id).expect("loaded").expect("kept");
        assert!(!serde_json::to_string(&kept).expect("JSON").contains("secret_code"));
        assert!(kept.prose_mentions.is_empty());
        let off = self::record(now(), "");
        reports.save(off.clone(), None, &ReportRules { content: ReportContent::Off, ..FULL });
        assert_eq!(reports.load(&off.id).expect("loaded"), None);
    });
}

#[test]
fn what_is_too_old_goes() {
    over_every_store(|store| {
        let reports = reports(&store);
        let (old, fresh) = (record(now() - 3_600_001, "old"), record(now(), "fresh"));
        for record in [&old, &fresh] {
            reports.save(record.clone(), None, &FULL);
        }
        commit(&store, &reports);
        assert_eq!(reports.load(&old.id).expect("loaded"), None);
        assert!(reports.load(&fresh.id).expect("loaded").is_some());
        let mut kept = 0;
        store
            .scan(Space::Reports, b"", &mut |_, _| {
                kept += 1;
                true
            })
            .expect("a scan");
        assert_eq!(kept, 1);
    });
}

#[test]
fn each_key_has_its_own_room_and_loses_its_oldest_reports() {
    over_every_store(|store| {
        let reports = reports(&store);
        // Code that does not compress, so that sizes are what they seem.
        let noise = || (0..40).map(|_| new_id().expect("random")).collect::<String>();
        let small = ReportRules { max_bytes: 3_000, ..FULL };
        let start = now() - 100;
        let mine: Vec<_> = (0..6).map(|at| record(start + at, &noise())).collect();
        let other = record(start, &noise());
        reports.save(other.clone(), Some("other"), &small);
        for record in &mine {
            reports.save(record.clone(), Some("mine"), &small);
            commit(&store, &reports);
        }
        let kept = |record: &Record| reports.load(&record.id).expect("loaded").is_some();
        assert!(kept(&other));
        let left: Vec<_> = mine.iter().map(kept).collect();
        assert!(left.ends_with(&[true]) && left.starts_with(&[false]) && left.is_sorted(), "{left:?}");
        // The same after a restart.
        let again = self::reports(&store);
        assert_eq!(again.list(None, 10).expect("listed").len(), reports.list(None, 10).expect("listed").len());
    });
}

#[test]
fn lists_are_newest_first_and_go_on() {
    over_every_store(|store| {
        let reports = reports(&store);
        let start = now() - 1_000;
        for at in 0..5 {
            reports.save(record(start + at, ""), None, &FULL);
        }
        commit(&store, &reports);
        let times = |before, most| {
            let listed = reports.list(before, most).expect("listed");
            listed.iter().map(|summary| summary.time_ms - start).collect::<Vec<_>>()
        };
        assert_eq!(times(None, 3), [4, 3, 2]);
        assert_eq!(times(Some(start + 2), 3), [1, 0]);
    });
}

#[test]
fn more_than_can_wait_is_dropped_and_counted() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let reports = reports(&store);
    let large = "x".repeat(20 << 20);
    let saved: Vec<_> = (0..4).map(|at| reports.save(record(now() + at, &large), None, &FULL)).collect();
    assert_eq!((saved, reports.dropped()), (vec![true, true, true, false], 1));
    commit(&store, &reports);
    assert!(reports.save(record(now(), &large), None, &FULL), "there is room again");
}

#[test]
fn code_that_is_too_long_is_left_out_of_the_report() {
    let long = record(now(), &"x".repeat(MOST_RECORD_BYTES));
    let kept = unpack(&pack(&long).expect("packed")).expect("unpacked");
    assert_eq!(kept.units[0].before, None);
    assert!(kept.unscanned[0].contains("too long"));
}

#[test]
fn damaged_reports_are_errors_and_never_panics() {
    let packed = pack(&record(1, "x")).expect("packed");
    for at in 0..packed.len() {
        let mut damaged = packed.clone();
        damaged[at] ^= 0x55;
        // A flipped bit in the checksum or text is found; whatever happens, nothing panics.
        let _ = unpack(&damaged);
        assert!(unpack(&packed[..at]).is_err());
    }
    assert_eq!(unpack(&[9, 1]).expect_err("unknown").to_string(), "a stored report cannot be read (format version 9)");
}

/// What version 1 wrote, in hex. Never change it: reports of that release must open until they have expired.
const VERSION_1: &str = "01789c5d8d490ec2300c45efe2350be6025741a83289db46ca8012874155efce0f4b76ef0ffe9ec959bad07ab3dded0f\
    c7ee74e6bbb132fc6b5a91ba207d2874e9c012392aee144148563c38809f92ad332d29626a160bcfb09904cee45abb46a718b9cee4398e95c71\
    63d3e3aa588f42e43cacd7943f0a092c11ff0906ab4bfb35c7d2be4b6fc025dbbd30de8b960965c295568819325b08b2e8ea8dc9a5114cfd099\
    4993b2ef2bf8b02c5f7ec450ed";

#[test]
fn the_first_format_still_opens() {
    let digits = VERSION_1.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("ASCII"));
    let bytes: Vec<u8> = digits.map(|pair| u8::from_str_radix(pair, 16).expect("hex")).collect();
    let record = unpack(&bytes).expect("version 1 opens");
    assert_eq!((record.time_ms, record.verdict, record.counts()), (7, Verdict::Secured, (1, 0)));
    assert_eq!((record.units[0].after.as_deref(), record.stages.total_us), (Some("y"), 5));
}

/// A row of the index as version 1 wrote it.
const SUMMARY_1: &[u8] =
    b"\x01{\"id\":\"ab\",\"time_ms\":7,\"model\":\"m\",\"verdict\":\"secured\",\"found\":2,\"remaining\":1,\
    \"owner\":\"k\",\"bytes\":99,\"until\":8}";

#[test]
fn the_first_index_still_opens() {
    let summary: Summary = open(SUMMARY_1).expect("version 1 opens");
    assert_eq!((summary.found, summary.remaining, summary.bytes, summary.owner.as_str()), (2, 1, 99, "k"));
    assert_eq!(seal(&summary).expect("sealed"), SUMMARY_1);
}
