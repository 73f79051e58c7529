//! Which files a source has: globs below the workspace, refused and ignored names, periods in names.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use super::{ReadContext, SourceSpec};
use crate::error::{Place, Problem};
use crate::kernel::dates::Month;

/// Path as people write it: relative to the workspace, parts joined by `/`.
pub(super) fn label(workspace: &Path, path: &Path) -> String {
    let shown = path.strip_prefix(workspace).unwrap_or(path);
    let parts: Vec<_> =
        shown
            .components()
            .map(|c| {
                if matches!(c, Component::RootDir) {
                    String::new()
                } else {
                    c.as_os_str().to_string_lossy().into_owned()
                }
            })
            .collect();
    parts.join("/")
}

/// Files of the source, month by month, oldest first; see [`super::plan_files`].
pub(super) fn plan(spec: &SourceSpec, context: &ReadContext) -> Result<Vec<(Month, PathBuf)>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut files = Vec::new();
    let back = i32::try_from(spec.history_months).unwrap_or(i32::MAX);
    for step in (0..=back).rev() {
        let month = context.period.plus(-step);
        let pattern = spec.path.replace("{period}", &month.to_string());
        let pattern = pattern.replace("{yyyymm}", &format!("{:04}{:02}", month.year(), month.month()));
        let found = expand(&context.workspace, &pattern, &mut problems);
        if found.is_empty() && step == 0 && !spec.optional {
            let message = format!("no file for {} in {month}", spec.schema.name);
            let hint = "put the month's extract there, or set optional = true for this source";
            problems.push(Problem::new(Place::file(pattern.as_str()), "no-files", message).hint(hint));
        }
        // A pattern without a month would give the same files for every month: they are the asked month's alone.
        if step == 0 || pattern != spec.path {
            files.extend(found.into_iter().map(|path| (month, path)));
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(problems) }
}

fn expand(workspace: &Path, pattern: &str, problems: &mut Vec<Problem>) -> Vec<PathBuf> {
    let relative = Path::new(pattern);
    if relative.is_absolute() || relative.components().any(|c| matches!(c, Component::ParentDir)) {
        let message = "the pattern must stay below the workspace: no absolute path, no `..`";
        problems.push(Problem::new(Place::file(pattern), "path-outside-workspace", message));
        return Vec::new();
    }
    let parts: Vec<&str> = pattern.split('/').filter(|p| !p.is_empty() && *p != ".").collect();
    let mut level = vec![workspace.to_path_buf()];
    for (i, part) in parts.iter().enumerate() {
        let last = i + 1 == parts.len();
        let mut next = Vec::new();
        for folder in &level {
            if part.contains(['*', '?']) {
                matching(workspace, folder, part, last, &mut next, problems);
            } else {
                let path = folder.join(part);
                if path.symlink_metadata().is_ok() && (!last || acceptable(workspace, &path, problems)) {
                    next.push(path);
                }
            }
        }
        level = next;
    }
    level.sort();
    level
}

/// Entries of one folder that a pattern with wildcards names.
fn matching(
    workspace: &Path,
    folder: &Path,
    part: &str,
    last: bool,
    next: &mut Vec<PathBuf>,
    problems: &mut Vec<Problem>,
) {
    let Ok(entries) = fs_err::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let shown = name.to_string_lossy();
        if ignored(&shown) || (shown.starts_with('.') && !part.starts_with('.')) || !wild(part, &shown) {
            continue;
        }
        let path = entry.path();
        let real_folder = path.symlink_metadata().is_ok_and(|m| m.is_dir());
        let wanted = if last { acceptable(workspace, &path, problems) } else { real_folder };
        if wanted {
            next.push(path);
        }
    }
}

/// Whether `*` (any run) and `?` (one character) of a pattern match the whole name.
fn wild(pattern: &str, name: &str) -> bool {
    let (p, n): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut i, mut j) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while j < n.len() {
        if i < p.len() && (p[i] == '?' || p[i] == n[j]) && p[i] != '*' {
            i += 1;
            j += 1;
        } else if i < p.len() && p[i] == '*' {
            star = Some((i, j));
            i += 1;
        } else if let Some((si, sj)) = star {
            star = Some((si, sj + 1));
            i = si + 1;
            j = sj + 1;
        } else {
            return false;
        }
    }
    p[i..].iter().all(|&c| c == '*')
}

/// What office programs and file browsers leave beside the files people made.
fn ignored(name: &str) -> bool {
    name.starts_with("~$")
        || name.starts_with(".~")
        || name.eq_ignore_ascii_case("thumbs.db")
        || name.eq_ignore_ascii_case("desktop.ini")
        || name == ".DS_Store"
}

/// Whether a matched entry may be opened at all; what speaks against it becomes a problem.
fn acceptable(workspace: &Path, path: &Path, problems: &mut Vec<Problem>) -> bool {
    let place = Place::file(label(workspace, path));
    let name = path.file_name().unwrap_or_default();
    let strange = |c: char| {
        c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}')
    };
    if name.to_str().is_none_or(|n| n.contains(strange)) {
        let message = "the file name has control, direction or undecodable characters";
        problems.push(Problem::new(place, "bad-file-name", message).hint("rename the file"));
        return false;
    }
    let Ok(metadata) = path.symlink_metadata() else { return false };
    let kind = metadata.file_type();
    let what = if kind.is_symlink() {
        "a symbolic link"
    } else if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() || kind.is_char_device() || kind.is_block_device() {
        "a device or socket"
    } else {
        return true;
    };
    let message = format!("{what} stands where a file is expected; it was not opened");
    problems.push(Problem::new(place, "not-a-file", message));
    false
}

/// Opens a regular file, following no link and waiting for nobody: a pipe put in its place cannot block the run.
pub(super) fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::OFlags;
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC).bits();
    let file = OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("not a regular file")) }
}

static NAME_MONTH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[^0-9])((?:19|20)[0-9]{2})(?:年([0-9]{1,2})月|[-_.]?(0[1-9]|1[0-2]))(?:[^0-9]|$)")
        .expect("a literal pattern, compiled by a test")
});

static FULL_DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:19|20)[0-9]{2}[-_.](?:0[1-9]|1[0-2])[-_.](?:[0-2][0-9]|3[01])")
        .expect("a literal pattern, compiled by a test")
});

/// The months a file's own name speaks of; a full date such as 20261103 is when it was made, not what it is about.
pub(super) fn months_in_name(name: &str) -> Vec<Month> {
    let name = FULL_DATE.replace_all(name, " ");
    let mut months = Vec::new();
    let mut from = 0;
    while let Some(found) = NAME_MONTH.captures_at(&name, from) {
        let year = found[1].parse().unwrap_or(0);
        let month = found.get(2).or_else(|| found.get(3)).and_then(|m| m.as_str().parse().ok()).unwrap_or(0);
        months.extend(Month::new(year, month));
        // The character after a month may be the one before the next.
        from = found.get(1).map_or(name.len(), |m| m.end());
    }
    months
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_whole_names() {
        assert!(wild("payroll*", "payroll_教育.csv"));
        assert!(wild("*工资*.xls?", "10月工资表.xlsx"));
        assert!(!wild("payroll*.csv", "payroll.csv.bak"));
        assert!(wild("*", ""));
    }

    #[test]
    fn months_are_found_in_names_and_dates_are_not() {
        let month = |y, m| Month::new(y, m).expect("a month");
        assert_eq!(months_in_name("工资_202610.xlsx"), [month(2026, 10)]);
        assert_eq!(months_in_name("2026年9月工资.xls"), [month(2026, 9)]);
        assert_eq!(months_in_name("payroll-2026-10.csv"), [month(2026, 10)]);
        assert_eq!(months_in_name("payroll_20261103.csv"), []);
        assert_eq!(months_in_name("payroll_2026-11-03_202610.csv"), [month(2026, 10)]);
        assert_eq!(months_in_name("410122196001"), []);
    }
}
