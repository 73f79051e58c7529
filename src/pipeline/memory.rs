//! How much memory a run may take, how much it will need, and how much it took.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::config::PipelineConfig;
use crate::error::{Fault, Place, Problem, Result};
use crate::extract::{self, ReadContext};

/// A limit as people write it: `6GiB`, `6144M`, `75%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    Bytes(u64),
    Percent(u64),
}

/// Of the machine, where nobody says otherwise.
pub const DEFAULT: Limit = Limit::Percent(75);

impl std::str::FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let wrong = || format!("{text} is no amount of memory; write it as 6GiB, 6144M or 75%");
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let number: u64 = digits.parse().map_err(|_| wrong())?;
        let unit = text[digits.len()..].trim().to_ascii_lowercase();
        if unit == "%" {
            return if (1..=100).contains(&number) { Ok(Self::Percent(number)) } else { Err(wrong()) };
        }
        let shift = match unit.trim_end_matches('b').trim_end_matches('i') {
            "k" => 10,
            "m" => 20,
            "g" => 30,
            "t" => 40,
            _ => return Err(wrong()),
        };
        number.checked_mul(1 << shift).filter(|n| *n > 0).map(Self::Bytes).ok_or_else(wrong)
    }
}

impl Limit {
    /// In bytes, of what this process may have at most.
    #[must_use]
    pub fn bytes(self, machine: u64) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Percent(percent) => machine / 100 * percent,
        }
    }
}

/// What this process may have at most: the machine's memory, or less where a control group says so.
#[must_use]
pub fn machine() -> u64 {
    let info = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let physical = kilobytes(&info, "MemTotal:").unwrap_or(u64::MAX);
    let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let group = group_limit(Path::new("/sys/fs/cgroup"), &groups).unwrap_or(u64::MAX);
    physical.min(group)
}

fn kilobytes(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|l| l.strip_prefix(key))?;
    line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// The least limit of this process's control group and of all above it, in version 2 or version 1 of control groups.
fn group_limit(root: &Path, own: &str) -> Option<u64> {
    let mut least = None;
    for line in own.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let (base, file) = match controllers {
            "" => (root.to_owned(), "memory.max"),
            c if c.split(',').any(|c| c == "memory") => (root.join("memory"), "memory.limit_in_bytes"),
            _ => continue,
        };
        let inside: PathBuf = path.trim_start_matches('/').into();
        for folder in inside.ancestors() {
            let text = std::fs::read_to_string(base.join(folder).join(file)).unwrap_or_default();
            // `max` is no number, and no limit.
            if let Ok(bytes) = text.trim().parse::<u64>() {
                least = Some(least.map_or(bytes, |l: u64| l.min(bytes)));
            }
        }
    }
    least
}

/// The most that this process has had at once since [`forget_peak`], in bytes.
#[must_use]
pub fn peak() -> Option<u64> {
    kilobytes(&std::fs::read_to_string("/proc/self/status").ok()?, "VmHWM:")
}

/// From now on the peak counts anew, where the system lets it.
pub fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", b"5");
}

/// What a run will need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    pub rows: u64,
    /// With everything side by side.
    pub usual: u64,
    /// One after another, what is done being put on the disk.
    pub least: u64,
    /// Whether bytes a row are this office's own, measured in an earlier run.
    pub measured: bool,
}

/// The program itself, with catalogue and engine.
const BASE: u64 = 160 << 20;
/// Bytes a row of all extracts: a tenth above what a million staff took with all rules.
const ROW: u64 = 850;
/// What of it remains when everything is done one after another and columns rest on the disk, in per cent: a tenth above what a million
/// staff took (docs/benchmarks.md).
const LEAST_PERCENT: u64 = 42;

/// What a run over files of that many bytes by table and format will need, by what earlier runs measured.
#[must_use]
pub fn need(files: &[Planned], earlier: &[&Value]) -> Need {
    let rows = files.iter().map(|f| rows_of(f, earlier)).sum();
    let measured = earlier.iter().find_map(|m| {
        let (peak, rows) = (m["memory"]["peak_bytes"].as_u64()?, m["rows"]["read"].as_u64()?);
        // A run that read nothing itself, or did so one after another, measured something else.
        (m["memory"]["whole"] == true && rows >= 10_000).then(|| peak.saturating_sub(BASE) / rows)
    });
    let usual = BASE + rows * measured.unwrap_or(ROW);
    let least = BASE + (usual - BASE) / 100 * LEAST_PERCENT;
    Need { rows, usual, least, measured: measured.is_some() }
}

/// A file that is going to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    pub table: String,
    /// Its name's ending.
    pub format: String,
    pub bytes: u64,
}

/// Files of a run with their sizes; nothing for what cannot be planned, which reading will tell.
#[must_use]
pub fn planned(config: &PipelineConfig, context: &dyn Fn(&extract::SourceSpec) -> ReadContext) -> Vec<Planned> {
    let mut files = Vec::new();
    for source in &config.sources {
        for (_, path) in extract::plan_files(source, &context(source)).unwrap_or_default() {
            let format = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
            let bytes = std::fs::metadata(&path).map_or(0, |m| m.len());
            files.push(Planned { table: source.schema.name.clone(), format, bytes });
        }
    }
    files
}

/// Rows that a file of that size will have: as the table's files of an earlier run, else as files of that format mostly do.
fn rows_of(file: &Planned, earlier: &[&Value]) -> u64 {
    let alike = |f: &&Value| {
        f["table"] == file.table.as_str()
            && f["file"].as_str().is_some_and(|n| n.to_ascii_lowercase().ends_with(&format!(".{}", file.format)))
    };
    let ratio = earlier.iter().find_map(|m| {
        let inputs = m["inputs"].as_array()?;
        let sum = |key: &str| inputs.iter().filter(alike).filter_map(|f| f[key].as_u64()).sum::<u64>();
        let (rows, bytes) = (sum("rows_read"), sum("bytes"));
        (bytes > 0).then(|| rows as f64 / bytes as f64)
    });
    let bytes_a_row: f64 = match file.format.as_str() {
        "xlsx" => 80.0,
        "parquet" => 30.0,
        "dbf" | "xls" => 400.0,
        _ => 170.0,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an estimate of a count")]
    let rows = (file.bytes as f64 * ratio.unwrap_or(1.0 / bytes_a_row)).ceil() as u64;
    rows
}

/// How a run goes about its memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    pub limit: u64,
    pub need: Need,
    /// One after another, what is done being put on the disk.
    pub frugal: bool,
}

impl Budget {
    /// # Errors
    /// [`Fault::Configuration`] when even the least is above the limit.
    pub fn of(limit: u64, need: Need) -> Result<Self> {
        if limit < need.least {
            let message = format!(
                "{} is too little for about {} rows; the least that would do is {}",
                mib(limit),
                need.rows,
                mib(need.least)
            );
            let hint = format!(
                "--memory-limit {}M or more; with {} nothing need be put on the disk between",
                need.least.div_ceil(1 << 20),
                mib(need.usual)
            );
            return Err(Fault::Configuration(vec![
                Problem::new(Place::file("--memory-limit"), "memory-limit", message).hint(hint),
            ]));
        }
        Ok(Self { limit, need, frugal: limit < need.usual })
    }

    /// As the manifest has it.
    #[must_use]
    pub fn json(&self, whole: bool) -> Value {
        let peak = peak();
        json!({
            "limit_bytes": self.limit,
            "expected_bytes": if self.frugal { self.need.least } else { self.need.usual },
            "frugal": self.frugal,
            "whole": whole && !self.frugal,
            "peak_bytes": peak,
            "exceeded": peak.is_some_and(|p| p > self.limit),
        })
    }
}

/// Bytes in mebibytes, rounded up.
#[must_use]
pub fn mib(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_people_write_them() {
        let read = |t: &str| t.parse::<Limit>();
        assert_eq!(read("6GiB"), Ok(Limit::Bytes(6 << 30)));
        assert_eq!(read("6144M"), Ok(Limit::Bytes(6 << 30)));
        assert_eq!(read("512 MB"), Ok(Limit::Bytes(512 << 20)));
        assert_eq!(read("75%"), Ok(Limit::Percent(75)));
        for wrong in ["", "6", "101%", "0%", "-1G", "1.5G", "6 potatoes", "99999999999999T", "0M"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Limit::Percent(75).bytes(1000), 750);
    }

    #[test]
    fn the_least_limit_of_all_groups_above_counts() {
        let root = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, text).expect("written");
        };
        write("a/b/memory.max", "max\n");
        write("a/memory.max", "1000\n");
        assert_eq!(group_limit(root.path(), "0::/a/b\n"), Some(1000));
        assert_eq!(group_limit(root.path(), "0::/c\n"), None);
        write("memory/x/memory.limit_in_bytes", "77\n");
        assert_eq!(group_limit(root.path(), "5:cpu,memory:/x\n"), Some(77));
    }

    fn file(bytes: u64) -> Planned {
        Planned { table: "payroll".to_owned(), format: "csv".to_owned(), bytes }
    }

    #[test]
    fn what_a_run_needs_follows_from_what_one_took() {
        let manifest = json!({
            "rows": {"read": 100_000}, "memory": {"whole": true, "peak_bytes": BASE + 100_000 * 500},
            "inputs": [{"table": "payroll", "file": "a/payroll.CSV", "rows_read": 100_000, "bytes": 10_000_000}],
        });
        let need = need(&[file(20_000_000)], &[&manifest]);
        assert_eq!((need.rows, need.usual, need.measured), (200_000, BASE + 200_000 * 500, true));
        assert!(!super::need(&[file(20_000_000)], &[]).measured);
        let frugal = Budget::of(need.least, need).expect("enough");
        assert!(frugal.frugal && !Budget::of(need.usual, need).expect("enough").frugal);
        let fault = Budget::of(need.least - 1, need).expect_err("too little");
        assert_eq!(fault.exit_code(), 2);
        assert!(fault.to_string().contains(&mib(need.least)), "{fault}");
    }
}
