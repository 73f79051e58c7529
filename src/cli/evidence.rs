//! Files that are named as evidence: their digest is kept, the file stays where it is.

use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{Fault, Result, refused};
use crate::kernel::secret::hex;
use crate::ledger::FileRef;

fn refuse(code: &'static str, zh: String, en: String) -> Fault {
    refused(code, zh, en).into()
}

/// A file's name and SHA-256.
pub(super) fn digest(path: &Path) -> Result<FileRef> {
    let unreadable = |e: std::io::Error| {
        refuse("evidence-unreadable", format!("证据文件读不了:{e}"), format!("the evidence file cannot be read: {e}"))
    };
    let mut file = fs_err::File::open(path).map_err(unreadable)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut size = 0;
    loop {
        let n = file.read(&mut buffer).map_err(unreadable)?;
        if n == 0 {
            break;
        }
        size += n;
        digest.update(&buffer[..n]);
    }
    if size == 0 {
        let path = path.display();
        return Err(refuse(
            "evidence-empty",
            format!("证据文件 {path} 是空的"),
            format!("the evidence file {path} is empty"),
        ));
    }
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(FileRef { name, sha256: hex(&digest.finalize()) })
}
