//! From the staging folder to what readers see: one rename, and everything before it invisible, everything after it repairable.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::disk::{folders, remove_if_there, replace_link, sync_folder};
use super::failpoint::Failpoint;
use super::layout::{NOTHING, Store, data_file, link_target, read_link_name};
use super::stage::Staged;
use super::{parquet, restricted};
use crate::error::Result;
use crate::kernel::dates::Month;

/// Makes a staged run the published one of its period. When this fails the period is as it was.
///
/// # Errors
/// [`crate::error::Fault::Machine`].
pub fn commit(store: &Store, period: Month, staged: &Staged, failpoint: Failpoint<'_>) -> Result<()> {
    let placed = store.period(period).join(&staged.name);
    let done =
        place(store, period, staged, &placed, failpoint).and_then(|()| switch(store, period, &staged.name, failpoint));
    if done.is_err()
        && read_link_name(&store.current(period)).is_ok_and(|now| now.as_deref() != Some(staged.name.as_str()))
    {
        // The first fault is the one to report; whatever cannot be undone now, the next run sweeps.
        let _ = withdraw(store, period, &placed);
    }
    done
}

/// Everything that must stand before the switch and that no reader can tell from nothing.
fn place(store: &Store, period: Month, staged: &Staged, placed: &Path, failpoint: Failpoint<'_>) -> Result<()> {
    let home = store.period(period);
    fs_err::create_dir_all(&home)?;
    let own: BTreeSet<String> = staged.files.iter().map(|f| f.table.clone()).collect();
    let current = read_link_name(&store.current(period))?.map(|name| home.join(name));
    let before = current.as_deref().map(stored_tables).transpose()?.unwrap_or_default();
    // A table that this run does not have any more is a table without rows: its link must not dangle.
    for table in before.difference(&own) {
        if let Some(current) = &current {
            copy_empty(&data_file(current, table), &data_file(&staged.folder, table))?;
        }
    }
    for folder in folders(&staged.folder)? {
        sync_folder(&folder)?;
    }
    fs_err::rename(&staged.folder, placed)?;
    sync_folder(&store.staging())?;
    sync_folder(&home)?;
    failpoint.pass("run-folder-placed");

    // A table that the period does not have yet must exist, without rows, before anything links to it.
    let shown = current.unwrap_or_else(|| home.join(NOTHING));
    for table in own.difference(&before) {
        copy_empty(&data_file(placed, table), &data_file(&shown, table))?;
    }
    for folder in folders(&shown)? {
        sync_folder(&folder)?;
    }
    if read_link_name(&store.current(period))?.is_none() {
        replace_link(&store.current(period), Path::new(NOTHING))?;
    }
    failpoint.pass("placeholder-set");

    let tables: Vec<&String> = own.union(&before).collect();
    for (i, table) in tables.iter().enumerate() {
        if i == tables.len() / 2 {
            failpoint.pass("links-half-made");
        }
        link(store, table, period)?;
    }
    failpoint.pass("links-made");
    Ok(())
}

/// The switch. What was published stays as `previous` until the next publication of the period.
fn switch(store: &Store, period: Month, name: &str, failpoint: Failpoint<'_>) -> Result<()> {
    match read_link_name(&store.current(period))? {
        Some(old) if old != NOTHING => replace_link(&store.previous(period), Path::new(&old))?,
        _ => {}
    }
    failpoint.pass("previous-kept");
    replace_link(&store.current(period), Path::new(name))?;
    failpoint.pass("switched");
    Ok(())
}

/// One table's link, made once for the life of the period.
fn link(store: &Store, table: &str, period: Month) -> Result<()> {
    let (link, target) = (store.link(table, period), link_target(table, period));
    if std::fs::read_link(&link).is_ok_and(|old| old == target) {
        return Ok(());
    }
    let folder = link.parent().unwrap_or(&store.out);
    if restricted::holds(table) {
        restricted::make_folder(&store.out.join(restricted::FOLDER))?;
    }
    fs_err::create_dir_all(folder)?;
    replace_link(&link, &target)?;
    let mut above = folder.parent();
    while let Some(folder) = above.filter(|f| f.starts_with(&store.out)) {
        sync_folder(folder)?;
        above = folder.parent();
    }
    Ok(())
}

/// A table of the same schema without rows, put in place by one rename.
fn copy_empty(like: &Path, path: &Path) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs_err::create_dir_all(folder)?;
    }
    let fresh = path.with_extension("new");
    let (schema, _) = parquet::read_footer(like)?;
    parquet::write_empty(&fresh, &schema)?;
    fs_err::rename(&fresh, path)?;
    Ok(())
}

/// Tables that stand in a run's folder, by path.
fn stored_tables(folder: &Path) -> Result<BTreeSet<String>> {
    let mut tables = BTreeSet::new();
    for inner in folders(folder)? {
        for entry in fs_err::read_dir(&inner)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "data")
                && let Ok(table) = path.with_extension("").strip_prefix(folder)
            {
                tables.insert(table.to_string_lossy().into_owned());
            }
        }
    }
    Ok(tables)
}

/// Takes a failed publication back: its folder, and the period itself when nothing was ever published for it.
fn withdraw(store: &Store, period: Month, placed: &Path) -> Result<()> {
    let home = store.period(period);
    if store.published(period)?.is_none() {
        let shown = home.join(NOTHING);
        for table in if shown.is_dir() { stored_tables(&shown)? } else { BTreeSet::new() } {
            let link = store.link(&table, period);
            remove_if_there(&link)?;
            remove_empty_folders(store, link.parent());
        }
        fs_err::remove_dir_all(&home)?;
    } else if placed.is_dir() {
        fs_err::remove_dir_all(placed)?;
    }
    Ok(())
}

fn remove_empty_folders(store: &Store, folder: Option<&Path>) {
    let mut folder = folder;
    while let Some(path) = folder.filter(|f| *f != store.out && f.starts_with(&store.out)) {
        if std::fs::remove_dir(path).is_err() {
            return;
        }
        folder = path.parent();
    }
}

/// Removes what dead runs left and what has had its grace. The caller holds the tree's lock, so nobody else is writing.
///
/// # Errors
/// [`crate::error::Fault::Machine`].
pub fn sweep(store: &Store) -> Result<()> {
    empty(&store.staging())?;
    for period in store.periods()? {
        let home = store.period(period);
        let current = read_link_name(&store.current(period))?;
        let previous = read_link_name(&store.previous(period))?;
        let keep: Vec<&str> =
            current.iter().chain(&previous).map(String::as_str).chain(["current", "previous"]).collect();
        for path in entries(&home)? {
            let kept = path.file_name().and_then(|n| n.to_str()).is_some_and(|n| keep.contains(&n));
            if !kept {
                remove(&path)?;
            }
        }
    }
    Ok(())
}

fn empty(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        for path in entries(folder)? {
            remove(&path)?;
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    fs_err::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

fn remove(path: &Path) -> Result<()> {
    if path.is_dir() && !path.is_symlink() {
        fs_err::remove_dir_all(path)?;
    } else {
        remove_if_there(path)?;
    }
    Ok(())
}
