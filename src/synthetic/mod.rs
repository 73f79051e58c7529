//! Synthetic registries of any size from a seed: a plausible region with its units and staff, months of history, the noise of
//! real extracts, planted problems and look-alikes, and the truth beside them.

use std::path::PathBuf;

use crate::error::Result;
use crate::kernel::dates::Month;

/// What `hedui generate` was asked for.
#[derive(Debug, Clone)]
pub struct GenerateOptions {
    pub persons: u32,
    pub seed: u64,
    pub out: PathBuf,
    /// Last month; earlier ones are made as history.
    pub period: Month,
    pub months: u32,
    /// 1 is the default rate of errors, 0 none.
    pub noise: f64,
    /// 1 is the default rate of planted problems and look-alikes, 0 none of the problems (look-alikes stay).
    pub plant: f64,
    /// `mixed`: the formats offices export; `csv`: one GB18030 or UTF-8 CSV a table and month, for benchmarks.
    pub format: String,
}

/// Counts for the summary.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Generated {
    pub persons: u64,
    pub units: u64,
    pub files: u64,
    pub rows: u64,
    pub planted: u64,
    pub look_alikes: u64,
}

/// Writes extracts below `out/<period>/` and the truth below `out/truth/`.
///
/// # Errors
/// [`crate::error::Fault::Machine`] when a file cannot be written.
pub fn generate(options: &GenerateOptions) -> Result<Generated> {
    todo!("{options:?}")
}
