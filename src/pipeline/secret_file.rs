//! The workspace's key file: made on the first run, readable by its owner only, never printed.

use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::error::{Fault, Place, Result};
use crate::kernel::secret::{Secret, hex};

/// Reads the key, or makes one where there is none.
///
/// # Errors
/// [`Fault::Configuration`] when the file is empty or open to everybody, [`Fault::Machine`] when it cannot be made.
pub fn load_or_make(path: &Path) -> Result<Secret> {
    match fs_err::read_to_string(path) {
        Ok(text) => {
            let mode = fs_err::metadata(path)?.permissions().mode();
            let place = Place::file(path.display().to_string());
            if mode & 0o007 != 0 {
                let message = "the key file is open to everybody; chmod 640 it, or keys can be traced back to persons";
                return Err(Fault::configuration(place, "key-file-open", message));
            }
            let key = text.trim();
            if key.len() < 32 {
                let message = "the key file holds fewer than 32 characters; put at least that many random ones in it";
                return Err(Fault::configuration(place, "key-file-short", message));
            }
            Ok(Secret::new(key.as_bytes()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(path),
        Err(error) => Err(error.into()),
    }
}

fn make(path: &Path) -> Result<Secret> {
    if let Some(folder) = path.parent() {
        fs_err::create_dir_all(folder)?;
    }
    let mut bytes = [0_u8; 32];
    fs_err::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let key = hex(&bytes);
    // Written whole under another name first, so that a killed first run leaves no half key behind.
    let staged = path.with_extension("new");
    let _ = std::fs::remove_file(&staged);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&staged)?;
    file.write_all(key.as_bytes())?;
    file.sync_all()?;
    fs_err::rename(&staged, path)?;
    Ok(Secret::new(key.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(".hedui/secret.key");
        let first = load_or_make(&path).expect("made");
        let second = load_or_make(&path).expect("read");
        assert_eq!(first.key("person", "a"), second.key("person", "a"));
        let mode = std::fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("set");
        assert_eq!(load_or_make(&path).expect_err("open").exit_code(), 2);
    }
}
