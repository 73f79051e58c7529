//! The zone for those who may see names: anomaly tables with persons unmasked, below `restricted/`, closed to everybody else.
//!
//! The only way from a raw name into a published file. It is published with its period, by the same rename; it is in no
//! catalogue, dictionary or reader kit, so that nobody without the right is led to it; and whoever publishes or reads it through
//! this program is written down first, in `restricted/access.jsonl`.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Serialize;

use crate::error::{Fault, Place, Problem, Result};
use crate::kernel::{person_name, resident_id};
use crate::resolve::Resolution;
use crate::table::column::TextBuilder;
use crate::table::{Frame, Table, Values};

/// Folder below the published root, and below each run's folder in the store.
pub const FOLDER: &str = "restricted";

/// The anomaly tables that are about persons and units as such.
pub const TABLES: [&str; 3] = ["over_staffing", "paid_but_absent", "mismatched_registrations"];

/// Who reads or writes here: the owner, and to read, the group.
const FOLDER_MODE: u32 = 0o750;
const FILE_MODE: u32 = 0o640;
/// Members of the group append when they read.
const LOG_MODE: u32 = 0o660;

/// Whether a table stands in the zone.
#[must_use]
pub fn holds(table: &str) -> bool {
    table.strip_prefix(FOLDER).is_some_and(|rest| rest.starts_with('/'))
}

/// Names and IDs of a month's persons, as the extracts have them. Neither printed nor kept longer than a run.
pub struct Names(BTreeMap<String, (Option<String>, Option<String>)>);

impl Names {
    /// Of each person the name and ID that stand masked in the published tables.
    #[must_use]
    pub fn of(tables: &IndexMap<String, Table>, resolution: &Resolution) -> Self {
        let mut found = vec![(None, None); resolution.persons.len()];
        for (table, rows) in &resolution.person_of {
            let Some(table) = tables.get(table) else { continue };
            let Some(role) = &table.schema.person else { continue };
            let (names, ids) = (table.text(&role.name), table.text(&role.resident_id));
            for (row, place) in rows.iter().enumerate() {
                let Some(person) = place.person().map(|p| p as usize) else { continue };
                let (Some(known), Some((name, id))) = (resolution.persons.get(person), found.get_mut(person)) else {
                    continue;
                };
                if name.is_none() {
                    let masked = known.name.and_then(|n| resolution.masked_names.get(n as usize));
                    let raw = names.and_then(|c| c.get(row));
                    *name = raw.filter(|raw| masked == Some(person_name::mask(raw).as_str())).map(str::to_owned);
                }
                if id.is_none() {
                    let masked = known.id_masked.as_ref().map(ToString::to_string);
                    let raw = ids.and_then(|c| c.get(row)).map(|raw| resident_id::read(raw).text().to_owned());
                    *id = raw.filter(|raw| masked == Some(resident_id::mask(raw)));
                }
            }
        }
        let keyed = resolution.person_keys.iter().zip(found).map(|(key, found)| (key.to_owned(), found));
        Self(keyed.filter(|(_, (name, id))| name.is_some() || id.is_some()).collect())
    }

    /// The zone's form of the anomaly tables among `frames`. A person who is in no extract of this month stays masked.
    #[must_use]
    pub fn frames(&self, frames: &[Frame]) -> Vec<Frame> {
        let wanted = frames.iter().filter(|f| TABLES.contains(&f.path.as_str()));
        wanted.map(|frame| self.frame(frame)).collect()
    }

    fn frame(&self, frame: &Frame) -> Frame {
        let mut unmasked = frame.clone();
        unmasked.path = format!("{FOLDER}/{}", frame.path);
        let Some(Values::Text(keys)) = frame.column("person_key") else { return unmasked };
        for column in &mut unmasked.columns {
            let of = |found: &(Option<String>, Option<String>)| match column.name.as_str() {
                "person_name" => found.0.clone(),
                _ => found.1.clone(),
            };
            let title = match column.name.as_str() {
                "person_name" => ("姓名", "name as in the extracts"),
                "resident_id" => ("公民身份号码", "resident ID as in the extracts"),
                _ => continue,
            };
            let Values::Text(masked) = &column.values else { continue };
            let mut builder = TextBuilder::default();
            for (key, masked) in keys.iter().zip(masked.iter()) {
                let raw = key.and_then(|key| self.0.get(key)).and_then(of);
                builder.push(raw.as_deref().or(masked));
            }
            column.values = Values::Text(builder.finish());
            (column.title_zh, column.title_en) = (title.0.to_owned(), title.1.to_owned());
        }
        unmasked
    }
}

/// One line of the log: who saw or wrote names, when, of what, how many rows.
#[derive(Debug, Clone, Serialize)]
pub struct Access<'a> {
    /// UTC, RFC 3339.
    pub at: &'a str,
    /// As whom the program was told to act (`HEDUI_BY`), else the machine's name of the user.
    pub who: &'a str,
    /// The machine's number of the user.
    pub uid: u32,
    /// `published` or `read`.
    pub what: &'a str,
    pub run_id: &'a str,
    pub table: &'a str,
    pub rows: u64,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub reason: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub query: &'a str,
}

/// Writes lines to the end of the zone's log, and to the disk, before anybody sees a name.
///
/// # Errors
/// [`Fault::Configuration`] when it cannot be written: what is not written down is not shown.
pub fn log(out: &Path, accesses: &[Access<'_>]) -> Result<()> {
    let path = log_path(out);
    let write = || -> std::io::Result<()> {
        make_folder(&out.join(FOLDER))?;
        let mut lines = String::new();
        for access in accesses {
            lines.push_str(&serde_json::to_string(access)?);
            lines.push('\n');
        }
        let new = !path.exists();
        let mut file = std::fs::OpenOptions::new().append(true).create(true).mode(LOG_MODE).open(&path)?;
        if new {
            // Whatever the umask took.
            file.set_permissions(std::fs::Permissions::from_mode(LOG_MODE))?;
        }
        file.write_all(lines.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error| {
        let message = format!("unmasked names are neither shown nor published, because this cannot be logged: {error}");
        Fault::Configuration(vec![Problem::new(
            Place::file(path.display().to_string()),
            "unmasking-not-logged",
            message,
        )])
    })
}

#[must_use]
pub fn log_path(out: &Path) -> PathBuf {
    out.join(FOLDER).join("access.jsonl")
}

/// A folder of the zone, closed from the moment it is there.
pub(super) fn make_folder(path: &Path) -> std::io::Result<()> {
    if !path.is_dir() {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        use std::os::unix::fs::DirBuilderExt;
        match std::fs::DirBuilder::new().mode(FOLDER_MODE).create(path) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(FOLDER_MODE))?;
    }
    Ok(())
}

/// Closes a file of the zone. Its folder is closed already, so nobody saw it open.
pub(super) fn close_file(path: &Path) -> std::io::Result<()> {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(FILE_MODE))
}
