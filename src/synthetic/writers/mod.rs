//! Files as offices export them.

use std::path::Path;

use super::truth::Out;

pub mod csv;

/// What has been written, and where its truth goes.
pub struct Written<'a> {
    /// The generated folder; file names in the truth are relative to it.
    pub root: &'a Path,
    /// `YYYY-MM`.
    pub period: &'a str,
    pub truth: &'a mut Out,
    pub files: u64,
    pub rows: u64,
}

impl Written<'_> {
    /// A path as the truth names it.
    #[must_use]
    pub fn name_of(&self, path: &Path) -> String {
        path.strip_prefix(self.root).unwrap_or(path).to_string_lossy().replace('\\', "/")
    }
}
