//! A fake machine that holds files in memory, and breaks when it is told to.

use super::*;
use crate::files::after::{After, Withheld};
use credit_remote::Sink;
use std::collections::BTreeMap;
use std::sync::Mutex;
use tempfile::TempDir;

#[derive(Default)]
struct There {
    files: BTreeMap<String, (Vec<u8>, i64)>,
    archived: Vec<String>,
    /// The connection breaks after so many bytes of a file.
    breaks_after: Option<usize>,
    /// The file changes while it is read.
    changes: bool,
    read: Vec<(String, u64)>,
    connections: usize,
    no_writing: bool,
}

#[derive(Clone, Default)]
struct Machine(Arc<Mutex<There>>);

impl Machine {
    fn there(&self) -> std::sync::MutexGuard<'_, There> {
        self.0.lock().unwrap()
    }

    fn put(&self, name: &str, content: &str) {
        let file = (content.as_bytes().to_vec(), 1_000);
        self.there().files.insert(name.to_owned(), file);
    }

    fn names(&self) -> Vec<String> {
        self.there().files.keys().cloned().collect()
    }

    fn refused(&self, path: &str, what: &'static str) -> Result<(), RemoteError> {
        match self.there().no_writing {
            false => Ok(()),
            true => Err(RemoteError::Denied {
                place: "fake://".into(),
                path: path.into(),
                what,
                source: "read only".into(),
            }),
        }
    }
}

impl Host for Machine {
    fn connect(&self) -> Result<Box<dyn Folder>, RemoteError> {
        self.there().connections += 1;
        Ok(Box::new(self.clone()))
    }
}

impl Folder for Machine {
    fn list(&mut self) -> Result<Vec<Entry>, RemoteError> {
        let names = Machine::names(self);
        let entries = names
            .iter()
            .map(|name| self.entry(name).map(Option::unwrap));
        entries.collect()
    }

    fn entry(&mut self, name: &str) -> Result<Option<Entry>, RemoteError> {
        let there = self.there();
        Ok(there.files.get(name).map(|(content, modified_ms)| Entry {
            name: name.to_owned(),
            bytes: content.len() as u64,
            modified_ms: *modified_ms,
            ordinary: true,
        }))
    }

    fn read(&mut self, name: &str, offset: u64, sink: Sink<'_>) -> Result<(), RemoteError> {
        let mut there = self.there();
        there.read.push((name.to_owned(), offset));
        let content = there.files[name].0.clone();
        if std::mem::take(&mut there.changes) {
            there.files.get_mut(name).unwrap().1 += 1_000;
        }
        let breaks_after = there.breaks_after.take().unwrap_or(usize::MAX);
        drop(there);
        let rest = &content[offset as usize..];
        for block in rest[..rest.len().min(breaks_after)].chunks(4) {
            if !sink(block)? {
                return Ok(());
            }
        }
        match breaks_after < rest.len() {
            false => Ok(()),
            true => Err(RemoteError::Connect {
                place: "fake://".into(),
                source: "broken".into(),
            }),
        }
    }

    fn names(&mut self, _: &str) -> Result<HashSet<String>, RemoteError> {
        Ok(self.there().archived.iter().cloned().collect())
    }

    fn rename(&mut self, name: &str, to: &str) -> Result<(), RemoteError> {
        self.refused(name, "moved")?;
        let mut there = self.there();
        there.files.remove(name).unwrap();
        there
            .archived
            .push(to.rsplit('/').next().unwrap().to_owned());
        Ok(())
    }

    fn remove(&mut self, name: &str) -> Result<(), RemoteError> {
        self.refused(name, "deleted")?;
        self.there().files.remove(name).unwrap();
        Ok(())
    }
}

/// What was taken, by content.
#[derive(Default)]
struct Taken(Vec<Vec<u8>>);

impl Seen for Taken {
    fn size_seen(&self, bytes: u64) -> bool {
        self.0.iter().any(|content| content.len() as u64 == bytes)
    }

    fn file_seen(&self, sha256: &[u8; 32], _: i64) -> bool {
        let digest = |content: &Vec<u8>| crate::digest::sha256(content) == *sha256;
        self.0.iter().any(digest)
    }
}

struct House {
    dir: TempDir,
    machine: Machine,
    remote: Remote,
    taken: Taken,
    withheld: Arc<Withheld>,
}

fn remote(dir: &TempDir, machine: &Machine, ready: Readiness, after: After) -> Remote {
    let source = RemoteSource {
        glob: globset::Glob::new("*.csv").unwrap().compile_matcher(),
        ready,
        order: Order::Name,
        after,
        withheld: Arc::default(),
        file_bytes_max: 100,
        spool_dir: dir.path().join("spool"),
    };
    Remote::new(source, Box::new(machine.clone())).unwrap()
}

const AT_ONCE: Readiness = Readiness::Stable { stable_ms: 0 };

fn house(ready: Readiness, after: After) -> House {
    let (dir, machine) = (tempfile::tempdir().unwrap(), Machine::default());
    let remote = remote(&dir, &machine, ready, after);
    House {
        withheld: Arc::clone(&remote.source.withheld),
        remote,
        dir,
        machine,
        taken: Taken::default(),
    }
}

impl House {
    fn look(&mut self) -> Result<Look, RemoteError> {
        let stop = AtomicBool::new(false);
        self.remote.next(&self.taken, None, 10, &stop)
    }

    /// The next file, which is ready.
    fn ready(&mut self) -> FoundFile {
        match self.look().unwrap().next {
            Next::Ready(file) => file,
            other => panic!("{other:?}"),
        }
    }

    /// Reads the next file to its end, and has it taken; its name and content.
    fn take(&mut self) -> (String, String) {
        let file = self.ready();
        let content = std::fs::read(&file.path).unwrap();
        self.taken.0.push(content.clone());
        let digest = crate::digest::sha256(&content);
        self.remote.done(&file, digest).unwrap();
        (file.name, String::from_utf8(content).unwrap())
    }

    fn nothing(&mut self) -> Vec<String> {
        let look = self.look().unwrap();
        assert_eq!(look.next, Next::Nothing);
        look.held.iter().map(|h| h.reason.to_string()).collect()
    }

    fn restart(&mut self) {
        let after = self.remote.source.after.clone();
        let ready = self.remote.source.ready.clone();
        self.remote = remote(&self.dir, &self.machine, ready, after);
    }

    fn spooled(&self) -> usize {
        let found = std::fs::read_dir(self.dir.path().join("spool")).unwrap();
        let names = found.map(|f| f.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name != "known").count()
    }
}

fn archive() -> After {
    After::Archive {
        dir: "archive".into(),
    }
}

#[test]
fn files_are_copied_once_in_order_and_remembered_over_restarts() {
    let mut house = house(AT_ONCE, After::Keep);
    house.machine.put("b.csv", "second");
    house.machine.put("a.csv", "first");
    house.machine.put("c.txt", "no feed");
    assert_eq!(house.take(), ("a.csv".into(), "first".into()));
    assert_eq!(house.take(), ("b.csv".into(), "second".into()));
    assert!(house.nothing().is_empty());
    house.restart();
    assert!(house.nothing().is_empty());
    let copies = house.machine.there().read.len();
    assert_eq!((copies, house.spooled()), (2, 0));
    assert_eq!(house.machine.names().len(), 3, "they stay where they are");
}

#[test]
fn a_copy_that_broke_off_is_gone_on_with() {
    let mut house = house(AT_ONCE, After::Keep);
    house.machine.put("a.csv", "0123456789");
    house.machine.there().breaks_after = Some(6);
    assert!(house.look().is_err());
    house.restart();
    assert_eq!(house.take().1, "0123456789");
    let read = &house.machine.there().read;
    assert_eq!(read[1], ("a.csv".to_owned(), 6));
}

#[test]
fn what_a_crash_left_unfinished_is_copied_from_the_beginning() {
    let mut house = house(AT_ONCE, After::Keep);
    house.machine.put("a.csv", "0123456789");
    house.machine.there().breaks_after = Some(6);
    assert!(house.look().is_err());
    let spool = house.dir.path().join("spool");
    let part = std::fs::read_dir(&spool).unwrap().next().unwrap().unwrap();
    std::fs::rename(part.path(), part.path().with_extension("tmp")).unwrap();
    house.restart();
    assert_eq!(house.take().1, "0123456789");
    assert_eq!(house.machine.there().read[1].1, 0);
}

#[test]
fn a_file_that_changes_while_it_is_copied_is_held_and_copied_anew() {
    let mut house = house(AT_ONCE, After::Keep);
    house.machine.put("a.csv", "content");
    house.machine.there().changes = true;
    let held = house.nothing();
    assert_eq!(held, ["changed while it was being looked at"]);
    assert_eq!(house.take().1, "content");
}

#[test]
fn a_file_is_copied_when_it_rests_or_its_ok_file_agrees() {
    let mut house = house(Readiness::Stable { stable_ms: 5 }, After::Keep);
    house.machine.put("a.csv", "content");
    assert_eq!(house.nothing().len(), 1);
    assert!(house.machine.there().read.is_empty());

    let pattern = "{stem}.ok".to_owned();
    let mut house = self::house(Readiness::OkFile { pattern }, After::Keep);
    house.machine.put("a.csv", "content");
    assert_eq!(house.nothing(), ["waits for a.ok"]);
    let digest = crate::digest::hex(&crate::digest::sha256(b"something else"));
    house.machine.put("a.ok", &format!("a.csv|7|1|{digest}"));
    assert!(house.nothing()[0].contains("a.ok says sha256"));
    let digest = crate::digest::hex(&crate::digest::sha256(b"content"));
    house.machine.put("a.ok", &format!("a.csv|7|1|{digest}"));
    assert_eq!(house.take().1, "content");
}

#[test]
fn a_file_goes_only_after_it_was_taken_and_its_ok_file_with_it() {
    let pattern = "{stem}.ok".to_owned();
    let mut house = house(Readiness::OkFile { pattern }, archive());
    house.machine.put("a.csv", "content");
    house.machine.put("a.ok", "");
    let file = house.ready();
    assert_eq!(house.ready(), file, "not taken, so given out again");
    assert_eq!(house.machine.names().len(), 2);
    // A crash after the take: nobody said that it is done.
    house.taken.0.push(b"content".to_vec());
    house.restart();
    assert!(house.nothing().is_empty());
    assert!(house.machine.names().is_empty());
    assert_eq!(house.machine.there().archived, ["a.csv", "a.ok"]);
    assert_eq!(house.spooled(), 0);

    // The same name once more: nothing in the archive is written over.
    house.machine.put("a.csv", "other content");
    house.machine.put("a.ok", "");
    house.take();
    house.nothing();
    assert_eq!(house.machine.there().archived[2..], ["a.csv.2", "a.ok.2"]);
}

#[test]
fn what_was_withheld_is_never_deleted() {
    let mut house = house(AT_ONCE, After::Delete);
    house.machine.put("a.csv", "good");
    house.machine.put("b.csv", "refused as a whole");
    house.take();
    let digest = crate::digest::sha256(b"refused as a whole");
    house.withheld.add(digest).unwrap();
    house.take();
    assert!(house.nothing().is_empty());
    assert_eq!(house.machine.names(), ["b.csv"]);
}

#[test]
fn a_file_that_cannot_be_archived_is_named_and_the_others_are_read() {
    let mut house = house(AT_ONCE, archive());
    house.machine.there().no_writing = true;
    house.machine.put("a.csv", "one");
    house.take();
    house.machine.put("b.csv", "two");
    assert_eq!(house.take().1, "two");
    let held = house.nothing();
    assert_eq!(held, ["was taken, but cannot be archived or deleted"; 2]);
    house.machine.there().no_writing = false;
    assert!(house.nothing().is_empty());
    assert_eq!(house.machine.there().archived, ["a.csv", "b.csv"]);
}

#[test]
fn a_file_that_is_too_long_is_held() {
    let mut house = house(AT_ONCE, After::Keep);
    house.machine.put("a.csv", &"x".repeat(101));
    assert_eq!(house.nothing(), ["has 101 bytes, more than 100"]);
}

#[test]
fn a_spool_that_cannot_be_written_to_says_so_and_loses_nothing() {
    let mut house = house(AT_ONCE, After::Delete);
    house.machine.put("a.csv", "content");
    std::fs::remove_dir_all(house.dir.path().join("spool")).unwrap();
    let error = house.look().unwrap_err();
    assert_eq!(error.code(), "remote-spool");
    assert_eq!(house.machine.names(), ["a.csv"]);
    house.restart();
    assert_eq!(house.take().1, "content");
}

#[test]
fn one_connection_serves_a_run() {
    let mut house = house(AT_ONCE, After::Keep);
    for name in ["a.csv", "b.csv", "c.csv"] {
        house.machine.put(name, name);
        house.take();
    }
    house.nothing();
    assert_eq!(house.machine.there().connections, 1);
}

#[test]
fn a_half_read_feed_goes_on_from_its_copy_or_is_copied_again_or_is_lost() {
    let mut house = house(AT_ONCE, After::Keep);
    house.machine.put("a.csv", "content");
    let file = house.ready();
    let open = OpenFeed {
        name: "a.csv".into(),
        ..OpenFeed::default()
    };
    let (stop, taken) = (AtomicBool::new(false), Taken::default());
    let next = |house: &mut House| {
        let look = house.remote.next(&taken, Some(&open), 10, &stop);
        look.unwrap().next
    };
    house.machine.put("a.csv", "newer content");
    assert_eq!(next(&mut house), Next::Ready(file.clone()));
    std::fs::remove_file(&file.path).unwrap();
    assert!(matches!(next(&mut house), Next::Ready(_)));
    std::fs::remove_dir_all(house.dir.path().join("spool")).unwrap();
    house.restart();
    house.machine.there().files.clear();
    let name = "a.csv".to_owned();
    assert_eq!(next(&mut house), Next::Lost { name });
}
