//! A run's folder, written where no reader looks: tables, dictionary, and last the manifest, each synced and read back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::dictionary;
use super::disk::{folders, sync_folder, write_synced};
use super::failpoint::Failpoint;
use super::layout::{DICTIONARY, MANIFEST, Store, data_file, link_name};
use super::{Publication, PublishedFile, SCHEMA_VERSION, files_of, parquet, restricted};
use crate::error::{Fault, Result};
use crate::kernel::dates::Month;
use crate::table::Frame;

/// A whole run in the staging folder.
#[derive(Debug)]
pub struct Staged {
    /// Its name in the period's folder: the run id, or the run id and a number when that is taken.
    pub name: String,
    pub folder: PathBuf,
    pub files: Vec<PublishedFile>,
    /// Over all tables' digests: equal exactly when all tables are.
    pub digest: String,
}

/// A run on its way to the disk. Tables may be written while others are still being worked out. What is not finished is taken away
/// again when this is dropped.
#[derive(Debug)]
pub struct Staging<'a> {
    store: &'a Store,
    period: Month,
    run_id: &'a str,
    name: String,
    folder: PathBuf,
    failpoint: Failpoint<'a>,
    /// Table → what it holds, as a digest.
    contents: BTreeMap<String, String>,
    /// Files of the published run that may be this run's too.
    old: Vec<PublishedFile>,
}

impl<'a> Staging<'a> {
    /// Makes the folder of a run.
    ///
    /// # Errors
    /// [`Fault::Machine`] when the disk refuses, [`Fault::Internal`] for a run id that is no file name.
    pub fn begin(store: &'a Store, period: Month, run_id: &'a str, failpoint: Failpoint<'a>) -> Result<Self> {
        let name = free_name(store, period, run_id)?;
        let folder = store.staging().join(&name);
        fs_err::create_dir_all(&folder)?;
        failpoint.pass("staging-made");
        Ok(Self { store, period, run_id, name, folder, failpoint, contents: BTreeMap::new(), old: Vec::new() })
    }

    /// Says what tables hold, and which files may be taken for such.
    pub fn know(&mut self, contents: BTreeMap<String, String>, old: Vec<PublishedFile>) {
        self.contents.extend(contents);
        self.old = old;
    }

    /// Writes a table.
    ///
    /// # Errors
    /// [`Fault::Machine`] when the disk refuses, [`Fault::Reconciliation`] when rows are missing.
    pub fn write(&self, frame: &Frame) -> Result<PublishedFile> {
        let Staging { period, run_id, name, folder, failpoint, .. } = self;
        check_paths(&[frame])?;
        if restricted::holds(&frame.path) {
            restricted::make_folder(&folder.join(restricted::FOLDER))?;
        }
        let path = data_file(folder, &frame.path);
        if let Some(parent) = path.parent() {
            fs_err::create_dir_all(parent)?;
        }
        let mut file = PublishedFile {
            path: link_name(&frame.path, *period),
            stored: format!(".store/{period}/{name}/{}.data", frame.path),
            table: frame.path.clone(),
            rows: frame.len() as u64,
            bytes: 0,
            sha256: String::new(),
            content: self.contents.get(&frame.path).cloned(),
            relinked: false,
        };
        let same = |o: &&PublishedFile| o.table == frame.path && o.content == file.content && o.rows == file.rows;
        if let Some(old) = self.old.iter().find(same)
            && let Some(linked) = relink(&self.store.out, old, file.clone(), &path)
        {
            return Ok(linked);
        }
        let written = parquet::write(&path, frame, *period, run_id)?;
        if restricted::holds(&frame.path) {
            restricted::close_file(&path)?;
        }
        failpoint.pass("table-written");
        if written.rows != file.rows {
            return Err(Fault::Reconciliation(format!(
                "{}: {} rows to publish, {} written",
                frame.path, file.rows, written.rows
            )));
        }
        file.bytes = written.bytes;
        file.sha256 = written.sha256;
        Ok(file)
    }

    /// Writes the tables that are not `written` yet, syncs and verifies all, and says what there is.
    ///
    /// # Errors
    /// [`Fault::Machine`] when the disk refuses, [`Fault::Reconciliation`] when what stands on it is not what was written.
    pub fn finish(
        self,
        publication: &Publication<'_>,
        before: Option<&Value>,
        written: Vec<PublishedFile>,
    ) -> Result<Staged> {
        check_paths(&publication.frames.iter().collect::<Vec<_>>())?;
        let mut files = written;
        let missing = |frame: &&Frame| !files.iter().any(|file| file.table == frame.path);
        let rest: Vec<&Frame> = publication.frames.iter().filter(missing).collect();
        files.extend(write_tables(&self, rest)?);
        files.extend(carry(&self, publication, before)?);
        if files.len() != publication.frames.len() + publication.put_down.len() + publication.carried.len() {
            return Err(Fault::Internal("a table was written that is not published".to_owned()));
        }
        sync_tree(&self.folder)?;
        self.failpoint.pass("tables-synced");
        // What was taken over was looked at then.
        let fresh = files.par_iter().filter(|f| !f.relinked);
        fresh.map(|file| verify(&self.store.staging(), &self.folder, file)).collect::<Result<Vec<()>>>()?;
        self.failpoint.pass("tables-verified");
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let digest = digest_of(&files);
        let dictionary = whole_dictionary(self.store, publication)?;
        write_json(&self.folder.join(DICTIONARY), &dictionary)?;
        write_json(&self.folder.join(MANIFEST), &manifest(publication, &files, &digest))?;
        sync_folder(&self.folder)?;
        self.failpoint.pass("manifest-staged");
        let mut unfinished = self;
        let folder = std::mem::take(&mut unfinished.folder);
        Ok(Staged { name: std::mem::take(&mut unfinished.name), folder, files, digest })
    }
}

impl Drop for Staging<'_> {
    fn drop(&mut self) {
        if !self.folder.as_os_str().is_empty() {
            // Whatever cannot be removed now, the next run sweeps.
            let _ = fs_err::remove_dir_all(&self.folder);
        }
    }
}

/// Every table has a path of its own, made of plain names.
fn check_paths(frames: &[&Frame]) -> Result<()> {
    let mut seen = std::collections::BTreeSet::new();
    let plain =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    for frame in frames {
        if !frame.path.split('/').all(plain) || !seen.insert(&frame.path) {
            return Err(Fault::Internal(format!("{:?} cannot be published under that path", frame.path)));
        }
    }
    Ok(())
}

/// The same run id with other contents (another build of the program) gets a folder of its own: no folder ever changes.
fn free_name(store: &Store, period: Month, id: &str) -> Result<String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if id.is_empty() || !id.chars().all(legal) || ["current", "previous", super::layout::NOTHING].contains(&id) {
        return Err(Fault::Internal(format!("run id {id:?} is no file name")));
    }
    let period = store.period(period);
    let numbered = (2..).map(|n| format!("{id}.{n}"));
    let free = std::iter::once(id.to_owned()).chain(numbered).find(|name| !period.join(name).exists());
    free.ok_or_else(|| Fault::Internal(format!("no free folder for run {id}")))
}

/// The files of a published run of which it is known what they hold.
pub(super) fn old_files(manifest: &Value) -> Vec<PublishedFile> {
    files_of(manifest).unwrap_or_default().into_iter().filter(|f| f.content.is_some()).collect()
}

/// Of all tables of the publication, wherever their rows are.
fn whole_dictionary(store: &Store, publication: &Publication<'_>) -> Result<dictionary::Dictionary> {
    // The zone of unmasked names is in nobody's catalogue.
    let open: Vec<&Frame> = publication.frames.iter().filter(|f| !restricted::holds(&f.path)).collect();
    let mut dictionary = dictionary::of_frames(&open);
    dictionary.tables.extend(publication.put_down.iter().cloned());
    if !publication.carried.is_empty()
        && let Some(run) = store.published(publication.period)?
    {
        let known = dictionary::read(&run)?.tables;
        dictionary.tables.extend(known.into_iter().filter(|t| publication.carried.contains(&t.path)));
    }
    dictionary.tables.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(dictionary)
}

/// Gives the old file of the same contents a second name, when it is still what its manifest says. `None`: it is to be written.
fn relink(out: &Path, old: &PublishedFile, fresh: PublishedFile, path: &Path) -> Option<PublishedFile> {
    std::fs::hard_link(out.join(&old.stored), path).ok()?;
    let sound = parquet::sha256_of(path).is_ok_and(|found| found == old.sha256);
    if !sound {
        tracing::warn!("{}: not what its manifest says; it is written again", old.stored);
        let _ = std::fs::remove_file(path);
        return None;
    }
    Some(PublishedFile { rows: old.rows, bytes: old.bytes, sha256: old.sha256.clone(), relinked: true, ..fresh })
}

/// Takes the carried tables' files over, under a second name or, where there is no such thing, as copies.
fn carry(staging: &Staging<'_>, publication: &Publication<'_>, before: Option<&Value>) -> Result<Vec<PublishedFile>> {
    let files = before.and_then(|m| files_of(m).ok()).unwrap_or_default();
    let one = |table: &String| -> Result<PublishedFile> {
        let missing = || Fault::Internal(format!("{table}: not published, so it cannot be taken over"));
        let mut file = files.iter().find(|f| f.table == *table).cloned().ok_or_else(missing)?;
        let (from, to) = (publication.out.join(&file.stored), data_file(&staging.folder, table));
        if let Some(parent) = to.parent() {
            fs_err::create_dir_all(parent)?;
        }
        if std::fs::hard_link(&from, &to).is_err() {
            fs_err::copy(&from, &to)?;
            fs_err::File::open(&to)?.sync_all()?;
        }
        file.stored = format!(".store/{}/{}/{table}.data", publication.period, staging.name);
        file.relinked = true;
        Ok(file)
    };
    publication.carried.iter().map(one).collect()
}

/// The largest table first and each a job of its own, so that no core waits for a queue behind another's large table.
fn write_tables(staging: &Staging<'_>, mut frames: Vec<&Frame>) -> Result<Vec<PublishedFile>> {
    frames.sort_by_key(|frame| std::cmp::Reverse(frame.len() * frame.columns.len()));
    frames.into_par_iter().with_max_len(1).map(|frame| staging.write(frame)).collect()
}

fn sync_tree(folder: &Path) -> Result<()> {
    for inner in folders(folder)? {
        sync_folder(&inner)?;
    }
    if let Some(parent) = folder.parent() {
        sync_folder(parent)?;
    }
    Ok(())
}

/// Reads a staged table back: its footer's rows, its size and its digest must be what was written.
fn verify(staging: &Path, folder: &Path, file: &PublishedFile) -> Result<()> {
    let path = data_file(folder, &file.table);
    let place = path.strip_prefix(staging).unwrap_or(&path).display();
    let (_, rows) = parquet::read_footer(&path)?;
    if rows != file.rows {
        return Err(Fault::Reconciliation(format!("{place}: {} rows written, {rows} read back", file.rows)));
    }
    let found = parquet::sha256_of(&path)?;
    if found != file.sha256 {
        return Err(Fault::Reconciliation(format!(
            "{place}: written with digest {}, read back with {found}",
            file.sha256
        )));
    }
    Ok(())
}

fn digest_of(files: &[PublishedFile]) -> String {
    let mut digest = Sha256::new();
    for file in files {
        digest.update(format!("{}\n{}\n", file.path, file.sha256).as_bytes());
    }
    crate::kernel::secret::hex(&digest.finalize())
}

fn manifest(publication: &Publication<'_>, files: &[PublishedFile], digest: &str) -> Value {
    let mut manifest = Map::new();
    manifest.insert("schema_version".to_owned(), json!(SCHEMA_VERSION));
    manifest.insert("run_id".to_owned(), json!(publication.run_id));
    manifest.insert("period".to_owned(), json!(publication.period.to_string()));
    manifest.insert("digest".to_owned(), json!(digest));
    match &publication.manifest {
        // What the run says of itself never overrides what was published.
        Value::Object(own) => own.iter().for_each(|(k, v)| {
            manifest.entry(k.clone()).or_insert_with(|| v.clone());
        }),
        Value::Null => {}
        other => {
            manifest.insert("run".to_owned(), other.clone());
        }
    }
    // Reader kits open whatever stands under "files".
    let (closed, open): (Vec<_>, Vec<_>) = files.iter().partition(|f| restricted::holds(&f.table));
    manifest.insert("files".to_owned(), json!(open));
    if !closed.is_empty() {
        manifest.insert(restricted::FOLDER.to_owned(), json!(closed));
    }
    Value::Object(manifest)
}

fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<()> {
    Ok(write_synced(path, &pretty(value)?)?)
}

/// JSON with line breaks, ending in one.
///
/// # Errors
/// [`Fault::Internal`] when the value has no JSON form.
pub fn pretty(value: &impl serde::Serialize) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|e| Fault::Internal(e.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}
