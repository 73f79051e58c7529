//! A file of matters at the gate: all lines are decided on the same published tables, and logged together or not at all.

use std::path::Path;

use super::check::{Check, Format};
use super::lines::{self, Common};
use crate::bulletin::write::Outbox;
use crate::cli::run::parse_period;
use crate::cli::sheet::{templates, text_of, tongue, write_whole};
use crate::cli::{Session, put, table_file};
use crate::desk::ask::Asking;
use crate::desk::gate::batch::{self, Batch, Line};
use crate::desk::gate::{Gate, record, sheet};
use crate::desk::units::Units;
use crate::desk::{page, sheets};
use crate::error::{Fault, Result};
use crate::ledger::{AnyStore, By, Store};
use crate::pipeline::config::PipelineConfig;
use crate::table::Schemas;

/// # Errors
/// [`Fault::Inputs`] with every bad line; any other [`Fault`] of the verb.
pub fn execute(
    session: &Session,
    config: &PipelineConfig,
    schemas: &Schemas,
    a: &Check,
    file: &Path,
    mut opened: Option<AnyStore>,
    by: &By,
) -> Result<u8> {
    let period = a.period.as_deref().map(parse_period).transpose()?;
    let table = table_file::read(file)?;
    let mut asking = Asking::open(&config.out, period)?;
    let units = Units::read(&mut asking)?;
    let common = Common { schemas, units: &units, period, depth: a.depth, day: by.day };
    let lines = lines::read(file, &table, common)?;
    let mut decided = Vec::with_capacity(lines.len());
    {
        let store = opened.as_ref().map(|s| s as &dyn Store);
        let gate = Gate::open(&mut asking, &units, store, lines.iter().map(|l| &l.request))?;
        for line in &lines {
            decided.push(Line { row: line.row, logged: None, checked: gate.check(&line.request)? });
        }
    }
    let label = file.display().to_string();
    let mut batch = Batch::of(&label, table.sheet.as_deref(), decided);
    // Made before anything is logged, so that a template that is wrong leaves no trace.
    let sheets = if a.format == Format::Docx { docx(session, a, &batch)? } else { Vec::new() };
    if let Some(store) = opened.as_mut().filter(|_| !a.dry_run) {
        let made: Vec<record::Made<'_>> =
            batch.decisions.iter().zip(&lines).map(|(d, l)| (&d.checked, l.request.depth)).collect();
        let added = record::log(store, &made, by)?;
        for (line, added) in batch.decisions.iter_mut().zip(added) {
            line.logged = Some(added);
        }
    }
    deliver(session, a, &batch, &sheets, by.day)?;
    if matches!(a.format, Format::Text) || a.to.is_some() {
        tell(session, a, &batch);
    }
    Ok(if a.fail_on_suspend && batch.summary.suspend > 0 { 8 } else { 0 })
}

/// The pre-check sheet of every line, by a name that sorts as the file does.
fn docx(session: &Session, a: &Check, batch: &Batch) -> Result<Vec<(String, Vec<u8>)>> {
    let (templates, office) = templates(a.templates.as_deref())?;
    let sheet = |line: &Line| {
        let checked = &line.checked;
        let page = sheet::page(checked, tongue(session.language));
        let unit: String = checked.facts.unit.name.chars().filter(|c| c.is_alphanumeric()).take(40).collect();
        let name = format!("{:05}-{}-{unit}.docx", line.row, checked.number);
        Ok((name, page::docx(&page, &checked.facts.period, &templates, &office)?))
    };
    batch.decisions.iter().map(sheet).collect()
}

fn deliver(session: &Session, a: &Check, batch: &Batch, docx: &[(String, Vec<u8>)], day: i32) -> Result<()> {
    let page = batch::page(batch, tongue(session.language));
    let bytes = match a.format {
        Format::Text | Format::Docx => text_of(&page).into_bytes(),
        Format::Csv => page.tables.first().map_or_else(|| Ok(String::new()), sheets::csv)?.into_bytes(),
        Format::Json => serde_json::to_vec_pretty(batch).map_err(|e| Fault::Internal(e.to_string()))?,
        Format::Xlsx => {
            let (_, office) = templates(a.templates.as_deref())?;
            sheets::xlsx(&page, office.words.get("name").map_or("", String::as_str), day)?
        }
    };
    let Some(to) = &a.to else {
        // The mark by which Excel knows UTF-8 belongs to files.
        put(String::from_utf8_lossy(&bytes).trim_start_matches('\u{FEFF}').trim_end());
        return Ok(());
    };
    if a.format == Format::Docx {
        let mut outbox = Outbox::open(to)?;
        for (name, bytes) in docx {
            outbox.put(name, bytes)?;
        }
        outbox.finish()?;
        put(&String::from_utf8_lossy(&bytes));
    } else {
        write_whole(to, &bytes)?;
    }
    let to = to.display();
    put(&session.language.pick(&format!("已写入 {to}"), &format!("written to {to}")));
    Ok(())
}

/// What became of the decisions, in a line.
fn tell(session: &Session, a: &Check, batch: &Batch) {
    let n = batch.decisions.len();
    let logged = |is: bool| batch.decisions.iter().filter(|l| l.logged == Some(is)).count();
    let (new, known, is_logged) = (logged(true), logged(false), batch.decisions.iter().all(|l| l.logged.is_some()));
    let (zh, en) = match (is_logged, a.dry_run) {
        (true, _) => (
            format!("{new} 项已记入台账,{known} 项与上次相同,台账中已有"),
            format!("{new} logged in the ledger, {known} the same as before, in the ledger already"),
        ),
        (false, true) => ("未记入台账(--dry-run)".to_owned(), "not logged (--dry-run)".to_owned()),
        (false, false) => ("未启用台账,未记录".to_owned(), "not logged: there is no ledger".to_owned()),
    };
    put(&session.language.pick(&format!("预审 {n} 项:{zh}"), &format!("{n} matters checked: {en}")));
}
