//! Random checks (双随机一公开): a frozen list, a draw that anybody can do again, inspectors without conflicts, results.
//!
//! `list` freezes what may be drawn and hashes it; `draw` draws from it by a public seed, with whole numbers and SHA-256 only;
//! `inspectors` says who may go where; `publication` is the file for the public and its verification; `draws` is what the ledger keeps of
//! them; `results` takes in what the checks found and counts the hits of both halves; `coverage` says how much of the year's share is done.

pub mod coverage;
pub mod draw;
pub mod draws;
pub mod inspectors;
pub mod list;
pub mod publication;
pub mod results;

use sha2::{Digest, Sha256};

use crate::kernel::secret::hex;

/// SHA-256 of lines that are joined by line breaks, as 64 hexadecimal characters: `printf 'a\nb' | sha256sum`.
#[must_use]
pub fn digest(lines: &[&str]) -> String {
    hex(&Sha256::digest(lines.join("\n")))
}
