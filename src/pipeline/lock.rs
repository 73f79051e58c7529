//! One run at a time for one published tree. The lock dies with its process.

use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crate::error::{Fault, Result};

/// A held lock; dropping it lets the next run in.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    pub path: PathBuf,
}

/// Takes the lock of a published tree.
///
/// # Errors
/// [`Fault::Locked`] naming the holder, [`Fault::Machine`] when the tree is not writable.
pub fn take(out: &Path) -> Result<Lock> {
    let folder = out.join(".store");
    fs_err::create_dir_all(&folder)?;
    let path = folder.join("lock");
    let mut file: File =
        fs_err::OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path)?.into_parts().0;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            let holder = holder.trim();
            let who = if holder.is_empty() { "another run".to_owned() } else { format!("the run of {holder}") };
            return Err(Fault::Locked(format!(
                "{}: {who} holds this tree; wait for it or look what it does",
                out.display()
            )));
        }
        Err(TryLockError::Error(source)) => {
            return Err(Fault::Machine { context: format!("cannot lock {}", path.display()), source });
        }
    }
    file.set_len(0)?;
    write!(file, "process {}", std::process::id())?;
    file.sync_all()?;
    Ok(Lock { _file: file, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_is_kept_out_and_told_who_holds_the_tree() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = take(folder.path()).expect("free");
        let fault = take(folder.path()).expect_err("held");
        assert_eq!(fault.exit_code(), 5);
        assert!(fault.to_string().contains(&std::process::id().to_string()), "{fault}");
        drop(first);
        take(folder.path()).expect("free again");
    }
}
