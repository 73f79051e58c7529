//! What a run keeps for the next one, so that nothing is done twice.
//!
//! The cache stands beside the workspace's key (`.hedui/cache`), not in the published folder: what it keeps may be whole
//! names and numbers, and the published folder is what others get to read. It is open to its owner alone (0700).
//!
//! An entry is sealed with the key over its name, the program that made it and its bytes. Whatever does not bear the seal
//! (a flipped byte, half a file, an entry of another office) is named in the log, removed and made again; it is never
//! trusted, and its loss costs time only. So is an entry of another build of the program passed over. A cache that cannot
//! be written (full disk, wrong rights) is said once and harms nothing.

pub mod answers;
mod codec;
pub mod links;
pub mod plan;
pub mod stamps;
pub mod trials;

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

use crate::kernel::secret::{Secret, hex};

const MAGIC: &str = "hedui-cache 1";
const SEAL_BYTES: usize = 32;
/// Room that the cache leaves on the disk for the run itself, besides as much again as it writes.
const SPARE_BYTES: u64 = 256 << 20;

/// A folder of sealed entries, or nothing that keeps nothing.
pub struct Cache {
    folder: Option<PathBuf>,
    secret: Secret,
    build: String,
    limit: u64,
    unwritable: AtomicBool,
}

/// The program, told apart from any other build of it: version, and size and time of its file.
#[must_use]
pub fn build() -> String {
    use std::os::unix::fs::MetadataExt;
    let file = std::env::current_exe().and_then(std::fs::metadata);
    let stamp =
        file.map_or_else(|_| "unknown".to_owned(), |m| format!("{}.{}.{}", m.size(), m.mtime(), m.mtime_nsec()));
    format!("{}-{stamp}", env!("CARGO_PKG_VERSION"))
}

/// Why an entry is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    Damaged,
    Foreign,
}

impl Cache {
    /// A cache in `folder`, of at most `limit` bytes; a limit of 0 keeps nothing.
    #[must_use]
    pub fn open(folder: &Path, secret: &Secret, limit: u64) -> Self {
        let made = || std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        let usable = limit > 0
            && made()
                .inspect_err(|e| tracing::warn!("cache {}: {e}; the run goes on without it", folder.display()))
                .is_ok();
        Self {
            folder: usable.then(|| folder.to_owned()),
            secret: secret.clone(),
            build: build(),
            limit,
            unwritable: AtomicBool::new(false),
        }
    }

    /// Whether anything is kept at all.
    #[must_use]
    pub fn keeps(&self) -> bool {
        self.folder.is_some()
    }

    fn path(&self, kind: &str, name: &str) -> Option<PathBuf> {
        let digest = hex(&Sha256::digest(name.as_bytes())[..16]);
        Some(self.folder.as_ref()?.join(kind).join(digest))
    }

    fn header(&self) -> String {
        format!("{MAGIC} {} {}\n", self.secret.key("cache", "whose"), self.build)
    }

    /// What was kept under a name by this build and this office's key, unchanged since.
    #[must_use]
    pub fn get(&self, kind: &str, name: &str) -> Option<Vec<u8>> {
        let path = self.path(kind, name)?;
        let bytes = std::fs::read(&path).ok()?;
        match self.unseal(kind, name, bytes) {
            Ok(payload) => payload,
            Err(doubt) => {
                let why = match doubt {
                    Doubt::Damaged => "is damaged",
                    Doubt::Foreign => "was made with another key",
                };
                tracing::warn!("cache entry {kind} {name} ({}) {why}; it is made again", path.display());
                let _ = std::fs::remove_file(&path);
                None
            }
        }
    }

    /// The payload of an entry; `None` when another build made it.
    fn unseal(&self, kind: &str, name: &str, mut bytes: Vec<u8>) -> Result<Option<Vec<u8>>, Doubt> {
        let end = bytes.iter().take(512).position(|&b| b == b'\n').ok_or(Doubt::Damaged)? + 1;
        let own = self.header();
        let theirs = std::str::from_utf8(&bytes[..end]).map_err(|_| Doubt::Damaged)?.to_owned();
        let office = |header: &str| header.split(' ').nth(2).map(str::to_owned);
        if !theirs.starts_with(MAGIC) || bytes.len() < end + SEAL_BYTES {
            return Err(Doubt::Damaged);
        }
        if office(&theirs) != office(&own) {
            return Err(Doubt::Foreign);
        }
        let (head, payload) = bytes.split_at(end + SEAL_BYTES);
        if self.seal(&theirs, kind, name, payload) != head[end..] {
            return Err(Doubt::Damaged);
        }
        if theirs != own {
            return Ok(None);
        }
        bytes.drain(..end + SEAL_BYTES);
        Ok(Some(bytes))
    }

    fn seal(&self, header: &str, kind: &str, name: &str, payload: &[u8]) -> [u8; SEAL_BYTES] {
        self.secret.seal("cache", &[header.as_bytes(), kind.as_bytes(), name.as_bytes(), payload])
    }

    /// Keeps something under a name, in place of what was there.
    pub fn put(&self, kind: &str, name: &str, payload: &[u8]) {
        let Some(path) = self.path(kind, name) else { return };
        if payload.len() as u64 > self.limit || self.unwritable.load(Ordering::Relaxed) {
            return;
        }
        if let Err(error) = self.write(&path, kind, name, payload) {
            tracing::warn!("cache {}: {error}; nothing more is kept in this run", path.display());
            self.unwritable.store(true, Ordering::Relaxed);
        }
    }

    fn write(&self, path: &Path, kind: &str, name: &str, payload: &[u8]) -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(path);
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let space = rustix::fs::statvfs(folder)?;
        let free = space.f_bavail.saturating_mul(space.f_frsize);
        if free < SPARE_BYTES + 2 * payload.len() as u64 {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        let fresh = path.with_extension("new");
        let header = self.header();
        let seal = self.seal(&header, kind, name, payload);
        let written = || -> std::io::Result<()> {
            let _ = std::fs::remove_file(&fresh);
            let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
            // Not synced: half an entry bears no seal.
            [header.as_bytes(), &seal, payload].iter().try_for_each(|part| file.write_all(part))?;
            drop(file);
            std::fs::rename(&fresh, path)
        };
        written().inspect_err(|_| drop(std::fs::remove_file(&fresh)))
    }

    /// Removes the entries longest unused until the rest is within the limit.
    pub fn prune(&self) {
        let Some(folder) = &self.folder else { return };
        let mut entries = Vec::new();
        for kind in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            for entry in std::fs::read_dir(kind.path()).into_iter().flatten().flatten() {
                if let Ok(metadata) = entry.metadata()
                    && let Ok(time) = metadata.modified()
                {
                    entries.push((time, metadata.len(), entry.path()));
                }
            }
        }
        entries.sort();
        let mut total: u64 = entries.iter().map(|e| e.1).sum();
        for (_, bytes, path) in entries {
            if total <= self.limit {
                return;
            }
            if std::fs::remove_file(path).is_ok() {
                total -= bytes;
            }
        }
    }

    /// Marks an entry as used, so that it is not the first to be removed.
    pub fn touch(&self, kind: &str, name: &str) {
        if let Some(path) = self.path(kind, name)
            && let Ok(file) = std::fs::File::options().append(true).open(path)
        {
            let now = std::time::SystemTime::from(chrono::Utc::now());
            let _ = file.set_modified(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(folder: &Path, key: &[u8]) -> Cache {
        Cache::open(&folder.join("cache"), &Secret::new(key), 1 << 20)
    }

    fn entry(cache: &Cache) -> PathBuf {
        cache.path("rows", "payroll").expect("a folder")
    }

    #[test]
    fn what_is_kept_comes_back_and_nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let cache = cache(folder.path(), b"one");
        assert_eq!(cache.get("rows", "payroll"), None);
        cache.put("rows", "payroll", b"bytes");
        assert_eq!(cache.get("rows", "payroll").as_deref(), Some(&b"bytes"[..]));
        assert_eq!(cache.get("rows", "hr"), None);
        let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&folder.path().join("cache")), mode(&entry(&cache))), (0o700, 0o600));
    }

    #[test]
    fn a_flipped_byte_anywhere_half_a_file_and_a_renamed_entry_are_not_believed() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = cache(folder.path(), b"one");
        cache.put("rows", "payroll", b"bytes");
        let whole = std::fs::read(entry(&cache)).expect("read");
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            std::fs::write(entry(&cache), &bytes).expect("written");
            assert_eq!(cache.get("rows", "payroll"), None, "byte {at}");
            assert!(!entry(&cache).exists(), "byte {at}: removed");
        }
        for length in 0..whole.len() {
            std::fs::write(entry(&cache), &whole[..length]).expect("written");
            assert_eq!(cache.get("rows", "payroll"), None, "{length} bytes");
        }
        std::fs::create_dir_all(entry(&cache).parent().expect("a folder")).expect("made");
        std::fs::write(cache.path("rows", "hr").expect("a path"), &whole).expect("written");
        assert_eq!(cache.get("rows", "hr"), None);
    }

    #[test]
    fn an_entry_of_another_office_or_another_build_is_not_believed() {
        let folder = tempfile::tempdir().expect("a folder");
        let theirs = cache(folder.path(), b"two");
        theirs.put("rows", "payroll", b"bytes");
        let ours = cache(folder.path(), b"one");
        assert_eq!(ours.unseal("rows", "payroll", std::fs::read(entry(&ours)).expect("read")), Err(Doubt::Foreign));
        assert_eq!(ours.get("rows", "payroll"), None);
        let older = Cache { build: "0.0.1-1.1.1".to_owned(), ..cache(folder.path(), b"one") };
        older.put("rows", "payroll", b"bytes");
        assert_eq!(ours.get("rows", "payroll"), None);
        assert!(entry(&ours).exists(), "passed over, and written over later");
    }

    #[test]
    fn the_oldest_entries_go_first_and_a_cache_that_cannot_be_written_is_no_fault() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut cache = cache(folder.path(), b"one");
        for name in ["a", "b", "c"] {
            cache.put("rows", name, &[7; 1000]);
        }
        let old = std::time::SystemTime::UNIX_EPOCH;
        let file = std::fs::File::options().append(true).open(cache.path("rows", "b").expect("a path")).expect("open");
        file.set_modified(old).expect("set");
        cache.limit = 2_500;
        cache.prune();
        let there = ["a", "b", "c"].map(|n| cache.get("rows", n).is_some());
        assert_eq!(there, [true, false, true]);
        std::fs::write(folder.path().join("cache/links"), b"a file where a folder should be").expect("written");
        cache.put("links", "x", b"bytes");
        assert_eq!(cache.get("links", "x"), None);
    }
}
