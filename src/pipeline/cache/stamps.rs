//! Digests of extracts, remembered by what the file system says of a file, so that an untouched file is not read again only
//! to learn that it is the same.
//!
//! A remembered digest counts when device, inode, size, time of change of contents and time of change of the inode are all what
//! they were, and when both times lay at least two seconds before the moment of reading: within that, a file system of
//! coarse time may not tell two writes apart. A record from the future (the clock was set back) counts for nothing. The
//! inode's time cannot be set by `touch` or `cp -p`. `--full` trusts no record.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use super::Cache;
use crate::extract;

const KIND: &str = "stamps";
const NAME: &str = "extracts";
/// How long a file must have lain still before it was read.
const STILL_NANOSECONDS: i128 = 2_000_000_000;

/// What the file system says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    /// Nanoseconds since 1970.
    modified: i128,
    changed: i128,
}

impl Stamp {
    fn of(path: &Path) -> std::io::Result<Self> {
        use std::os::unix::fs::MetadataExt;
        let m = std::fs::symlink_metadata(path)?;
        let time = |seconds: i64, nanoseconds: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
        Ok(Self {
            device: m.dev(),
            inode: m.ino(),
            size: m.size(),
            modified: time(m.mtime(), m.mtime_nsec()),
            changed: time(m.ctime(), m.ctime_nsec()),
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    stamp: Stamp,
    /// When the file was read.
    seen: i128,
    sha256: String,
}

impl Record {
    fn holds(&self, stamp: &Stamp, now: i128) -> bool {
        self.stamp == *stamp && self.seen - stamp.modified.max(stamp.changed) >= STILL_NANOSECONDS && self.seen <= now
    }
}

/// Digests by label.
pub struct Stamps<'a> {
    cache: &'a Cache,
    known: BTreeMap<String, Record>,
    /// Trust nothing that was remembered.
    full: bool,
    changed: bool,
}

fn now() -> i128 {
    i128::from(chrono::Utc::now().timestamp_nanos_opt().unwrap_or(i64::MAX))
}

impl<'a> Stamps<'a> {
    #[must_use]
    pub fn load(cache: &'a Cache, full: bool) -> Self {
        let bytes = cache.get(KIND, NAME).unwrap_or_default();
        let text = String::from_utf8(bytes).unwrap_or_default();
        Self { cache, known: text.lines().filter_map(parse).collect(), full, changed: false }
    }

    /// The digest of a file, by memory where that may be trusted.
    ///
    /// # Errors
    /// The system's own.
    pub fn digest(&mut self, label: &str, path: &Path) -> std::io::Result<String> {
        let (stamp, seen) = (Stamp::of(path)?, now());
        if let Some(record) = self.known.get(label).filter(|r| !self.full && r.holds(&stamp, seen)) {
            return Ok(record.sha256.clone());
        }
        let sha256 = extract::digest_of(path)?;
        self.changed = true;
        // Written to while it was read: the digest is of something that never stood there.
        if Stamp::of(path)? == stamp {
            self.known.insert(label.to_owned(), Record { stamp, seen, sha256: sha256.clone() });
        } else {
            self.known.remove(label);
        }
        Ok(sha256)
    }

    /// Remembers what was learnt.
    pub fn save(&self) {
        if self.changed {
            let mut text = String::new();
            for (label, r) in &self.known {
                let s = r.stamp;
                let _ = writeln!(
                    text,
                    "{label}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                    s.device, s.inode, s.size, s.modified, s.changed, r.seen, r.sha256
                );
            }
            self.cache.put(KIND, NAME, text.as_bytes());
        }
    }
}

fn parse(line: &str) -> Option<(String, Record)> {
    let mut parts = line.split('\t');
    let label = parts.next()?.to_owned();
    let mut number = || parts.next()?.parse::<i128>().ok();
    let stamp = Stamp {
        device: u64::try_from(number()?).ok()?,
        inode: u64::try_from(number()?).ok()?,
        size: u64::try_from(number()?).ok()?,
        modified: number()?,
        changed: number()?,
    };
    let seen = number()?;
    let sha256 = parts.next()?.to_owned();
    Some((label, Record { stamp, seen, sha256 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::secret::Secret;

    const SECOND: i128 = 1_000_000_000;

    fn record(seen: i128) -> Record {
        let stamp = Stamp { device: 1, inode: 2, size: 3, modified: 100 * SECOND, changed: 101 * SECOND };
        Record { stamp, seen, sha256: "ab".to_owned() }
    }

    #[test]
    fn a_record_holds_for_an_untouched_file_only() {
        let sound = record(103 * SECOND);
        assert!(sound.holds(&sound.stamp, 200 * SECOND));
        let others = [
            Stamp { device: 9, ..sound.stamp },
            Stamp { inode: 9, ..sound.stamp },
            Stamp { size: 9, ..sound.stamp },
            Stamp { modified: 9, ..sound.stamp },
            Stamp { changed: 102 * SECOND, ..sound.stamp },
        ];
        for other in others {
            assert!(!sound.holds(&other, 200 * SECOND), "{other:?}");
        }
    }

    #[test]
    fn a_record_made_right_after_a_write_or_in_the_future_counts_for_nothing() {
        let hasty = record(103 * SECOND - 1);
        assert!(!hasty.holds(&hasty.stamp, 200 * SECOND), "less than two seconds after the inode changed");
        let future = record(300 * SECOND);
        assert!(!future.holds(&future.stamp, 200 * SECOND), "the clock was set back");
    }

    #[test]
    fn digests_are_remembered_and_full_forgets_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::open(&folder.path().join("cache"), &Secret::new(b"one"), 1 << 20);
        let path = folder.path().join("a.csv");
        std::fs::write(&path, b"abc").expect("written");
        let mut stamps = Stamps::load(&cache, false);
        let digest = stamps.digest("a.csv", &path).expect("read");
        assert!(digest.starts_with("ba7816bf"), "{digest}");
        stamps.save();
        // As if the file had lain still for long, and as if its digest had been another: memory is believed.
        let told = cache.get(KIND, NAME).map(|b| String::from_utf8(b).expect("text")).expect("kept");
        let (label, mut record) = told.lines().find_map(parse).expect("one line");
        assert_eq!((label.as_str(), &record.sha256), ("a.csv", &digest));
        record.stamp = Stamp::of(&path).expect("there");
        record.seen = record.stamp.changed + STILL_NANOSECONDS;
        record.sha256 = "remembered".to_owned();
        let with = |full: bool| Stamps {
            cache: &cache,
            known: BTreeMap::from([("a.csv".to_owned(), record.clone())]),
            full,
            changed: false,
        };
        let later = record.seen + 1;
        assert!(record.holds(&record.stamp, later));
        assert_eq!(with(true).digest("a.csv", &path).expect("read"), digest);
    }
}
