//! The machine's file system: durable writes, atomic replacement, and a look at it before any work is done.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::layout::Store;
use crate::error::{Fault, Place, Problem, Result};

/// Room that must be left besides what the run is expected to write.
const SPARE_BYTES: u64 = 16 << 20;

/// Looks whether a run could publish here, before any work is done: the folder can be made, written, synced and linked
/// in, and has room.
///
/// # Errors
/// [`Fault::Configuration`] when the folder cannot be written at all or knows no symbolic links, [`Fault::Machine`] when
/// the disk is full or fails.
pub fn preflight(out: &Path, expected_bytes: u64) -> Result<()> {
    probe(out).map_err(|error| unusable(out, error))?;
    let space = rustix::fs::statvfs(out)
        .map_err(|e| machine(format!("cannot ask {} for its free space", out.display()), e.into()))?;
    let free = space.f_bavail.saturating_mul(space.f_frsize);
    let needed = expected_bytes.saturating_add(SPARE_BYTES);
    if free < needed {
        let context =
            format!("{} has {} MiB free, {} MiB are needed", out.display(), free >> 20, needed.div_ceil(1 << 20));
        return Err(machine(context, io::ErrorKind::StorageFull.into()));
    }
    Ok(())
}

fn probe(out: &Path) -> io::Result<()> {
    let staging = Store::new(out).staging();
    fs_err::create_dir_all(&staging)?;
    let (file, link) = (staging.join("probe"), staging.join("probe-link"));
    write_synced(&file, b"probe")?;
    replace_link(&link, Path::new("probe"))?;
    fs_err::remove_file(&link)?;
    fs_err::remove_file(&file)
}

fn unusable(out: &Path, error: io::Error) -> Fault {
    use io::ErrorKind::{NotADirectory, PermissionDenied, ReadOnlyFilesystem, Unsupported};
    // A file system without symbolic links (FAT, some network shares) answers EPERM, which is PermissionDenied here too.
    if matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem | Unsupported | NotADirectory) {
        let place = Place::file(out.display().to_string());
        let hint = "the published folder must be writable by the user of the run, on a file system with symbolic links";
        return Fault::Configuration(vec![Problem::new(place, "out-not-writable", error.to_string()).hint(hint)]);
    }
    machine(format!("cannot write below {}", out.display()), error)
}

fn machine(context: String, source: io::Error) -> Fault {
    Fault::Machine { context, source }
}

/// Writes a whole file and waits until it is on the disk. A failing sync is never tried again: the system may have
/// dropped the data.
///
/// # Errors
/// The system's own.
pub fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs_err::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Waits until a folder's entries are on the disk.
///
/// # Errors
/// The system's own.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    fs_err::File::open(path)?.sync_all()
}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("file");
    path.with_file_name(format!(".{name}.new"))
}

/// Puts a file in place by one rename; leaves it alone when it already says the same.
///
/// # Errors
/// The system's own.
pub fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs_err::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let fresh = beside(path);
    write_synced(&fresh, bytes)?;
    fs_err::rename(&fresh, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Points a link somewhere else by one rename: whoever opens it sees the old target or the new one.
///
/// # Errors
/// The system's own.
pub fn replace_link(link: &Path, target: &Path) -> io::Result<()> {
    let fresh = beside(link);
    remove_if_there(&fresh)?;
    fs_err::os::unix::fs::symlink(target, &fresh)?;
    fs_err::rename(&fresh, link)?;
    link.parent().map_or(Ok(()), sync_folder)
}

/// # Errors
/// The system's own; a file that is not there is none.
pub fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs_err::remove_file(path) {
        Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Err(error),
        _ => Ok(()),
    }
}

/// Every folder below `root`, itself included, children first.
///
/// # Errors
/// The system's own.
pub fn folders(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs_err::read_dir(root)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(folders(&entry.path())?);
        }
    }
    found.push(root.to_owned());
    Ok(found)
}
