//! Where everything stands below the published root.
//!
//! ```text
//! <out>/<table>/period=2026-10/part-0.parquet   link to ../../.store/2026-10/current/<table>.data
//! <out>/runs/<run_id>.json                      copy of the run's manifest
//! <out>/manifest.json                           published periods and their runs, written last
//! <out>/.store/staging/<folder>/                what a run is writing
//! <out>/.store/2026-10/<folder>/<table>.data    a run's tables: Parquet, never changed once placed
//! <out>/.store/2026-10/<folder>/manifest.json   its manifest, the last file written into it
//! <out>/.store/2026-10/current                  link to the published run's folder: the one rename switches it
//! <out>/.store/2026-10/previous                 link to the folder that was current before
//! <out>/.store/2026-10/nothing/<table>.data     tables without rows, which a first publication links to
//! ```
//!
//! Why so. All tables of a period must change at one instant, and readers want one folder a table, so the instant has to
//! be a link that every table goes through. Folder links fail readers (`DuckDB`'s `**` does not follow them, Polars stops at a
//! dangling one), so folders and file names are real and only the files are links. The stored files do not end in
//! `.parquet`, so no glob over the root can ever see a run that is not published. And the links of a period that is
//! published for the first time lead to tables without rows until the switch, so they never dangle.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::kernel::dates::Month;

/// The placeholder folder's name; no run is called so.
pub const NOTHING: &str = "nothing";

/// A run's manifest inside its folder.
pub const MANIFEST: &str = "manifest.json";

/// A run's own data dictionary inside its folder.
pub const DICTIONARY: &str = "dictionary.json";

/// Paths below one published root.
#[derive(Debug, Clone)]
pub struct Store {
    pub out: PathBuf,
}

impl Store {
    #[must_use]
    pub fn new(out: &Path) -> Self {
        Self { out: out.to_owned() }
    }
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.out.join(".store")
    }
    #[must_use]
    pub fn staging(&self) -> PathBuf {
        self.root().join("staging")
    }
    #[must_use]
    pub fn period(&self, period: Month) -> PathBuf {
        self.root().join(period.to_string())
    }
    /// The link that every reader of the period goes through.
    #[must_use]
    pub fn current(&self, period: Month) -> PathBuf {
        self.period(period).join("current")
    }
    #[must_use]
    pub fn previous(&self, period: Month) -> PathBuf {
        self.period(period).join("previous")
    }
    /// The file readers open.
    #[must_use]
    pub fn link(&self, table: &str, period: Month) -> PathBuf {
        self.out.join(link_name(table, period))
    }

    /// The folder of the period's published run, or `None` when nothing is published for it.
    ///
    /// # Errors
    /// [`crate::error::Fault::Machine`].
    pub fn published(&self, period: Month) -> Result<Option<PathBuf>> {
        let folder = read_link_name(&self.current(period))?.filter(|name| name != NOTHING);
        Ok(folder.map(|name| self.period(period).join(name)))
    }

    /// Periods that have a folder in the store, published or not, oldest first.
    ///
    /// # Errors
    /// [`crate::error::Fault::Machine`].
    pub fn periods(&self) -> Result<Vec<Month>> {
        if !self.root().is_dir() {
            return Ok(Vec::new());
        }
        let mut periods = Vec::new();
        for entry in fs_err::read_dir(self.root())? {
            let name = entry?.file_name();
            // Only the exact form counts: Month::parse also reads 202610 and 2026年10月.
            let month = name.to_str().and_then(|n| Month::parse(n).filter(|m| m.to_string() == n));
            periods.extend(month);
        }
        periods.sort_unstable();
        Ok(periods)
    }

    /// Periods whose run is published, oldest first, with its folder.
    ///
    /// # Errors
    /// [`crate::error::Fault::Machine`].
    pub fn published_runs(&self) -> Result<Vec<(Month, PathBuf)>> {
        let mut runs = Vec::new();
        for period in self.periods()? {
            if let Some(folder) = self.published(period)? {
                runs.push((period, folder));
            }
        }
        Ok(runs)
    }
}

/// A table's file in a run's folder.
#[must_use]
pub fn data_file(folder: &Path, table: &str) -> PathBuf {
    folder.join(format!("{table}.data"))
}

/// A table's published path, relative to the root.
#[must_use]
pub fn link_name(table: &str, period: Month) -> String {
    format!("{table}/period={period}/part-0.parquet")
}

/// What a table's link says: up to the root, then through the period's `current`.
#[must_use]
pub fn link_target(table: &str, period: Month) -> PathBuf {
    let up = "../".repeat(table.split('/').count() + 1);
    PathBuf::from(format!("{up}.store/{period}/current/{table}.data"))
}

/// The last part of where a link leads; `None` when there is no such link.
///
/// # Errors
/// [`crate::error::Fault::Machine`].
pub fn read_link_name(link: &Path) -> Result<Option<String>> {
    match fs_err::read_link(link) {
        Ok(target) => Ok(target.file_name().and_then(|n| n.to_str()).map(str::to_owned)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}
