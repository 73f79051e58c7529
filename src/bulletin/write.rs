//! Files put into a folder all at once: written beside their places first, moved there when every one of them is whole.

use std::path::{Path, PathBuf};

use crate::error::{Fault, Place, Result};

/// Files on their way into a folder. Dropped before it is finished, it leaves nothing behind.
pub struct Outbox {
    folder: PathBuf,
    staging: PathBuf,
    names: Vec<String>,
    /// The folder was not there before.
    new: bool,
}

impl Outbox {
    /// # Errors
    /// [`Fault::Configuration`] naming the folder when it cannot be made or written.
    pub fn open(folder: &Path) -> Result<Self> {
        let staging = folder.join(format!(".staging-{}", std::process::id()));
        let refused = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::StorageFull => Fault::Machine { context: folder.display().to_string(), source: error },
            _ => Fault::configuration(
                Place::file(folder.display().to_string()),
                "not-writable",
                format!("the folder cannot be written: {error}"),
            ),
        };
        let new = !folder.exists();
        if staging.exists() {
            std::fs::remove_dir_all(&staging).map_err(refused)?;
        }
        std::fs::create_dir_all(&staging).map_err(refused)?;
        Ok(Self { folder: folder.to_owned(), staging, names: Vec::new(), new })
    }

    /// Stages a file under a relative name.
    ///
    /// # Errors
    /// [`Fault::Machine`].
    pub fn put(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.staging.join(name);
        if let Some(parent) = path.parent() {
            fs_err::create_dir_all(parent)?;
        }
        fs_err::write(&path, bytes)?;
        self.names.push(name.to_owned());
        Ok(())
    }

    /// Moves every file to its place; gives their paths in the order they were put.
    ///
    /// # Errors
    /// [`Fault::Machine`].
    pub fn finish(self) -> Result<Vec<PathBuf>> {
        let mut paths = Vec::with_capacity(self.names.len());
        for name in &self.names {
            let place = self.folder.join(name);
            if let Some(parent) = place.parent() {
                fs_err::create_dir_all(parent)?;
            }
            fs_err::rename(self.staging.join(name), &place)?;
            paths.push(place);
        }
        Ok(paths)
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        // What cannot be cleared away now is cleared by the next one of this process's number.
        let _ = std::fs::remove_dir_all(&self.staging);
        if self.new {
            // Only an empty folder goes.
            let _ = std::fs::remove_dir(&self.folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_there_until_everything_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut outbox = Outbox::open(folder.path()).expect("open");
        outbox.put("a/b.txt", b"x").expect("put");
        assert!(!folder.path().join("a").exists());
        drop(outbox);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
        drop(Outbox::open(&folder.path().join("new")).expect("open"));
        assert!(!folder.path().join("new").exists());
        let mut outbox = Outbox::open(folder.path()).expect("open");
        outbox.put("a/b.txt", b"x").expect("put");
        assert_eq!(outbox.finish().expect("moved"), [folder.path().join("a/b.txt")]);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}
