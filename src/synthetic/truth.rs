//! The truth beside the extracts: whose every row is, what is true of the data as it stands, and what only looks so.

use std::io::Write as _;
use std::path::Path;

use super::days::iso;
use super::marks::{Found, Marks};
use super::model::{Code as _, World};
use super::oracle::Finding;
use super::tables::RowTruth;
use crate::error::Result;
use crate::kernel::dates::Month;

/// `P0000123`.
#[must_use]
pub fn person_id(person: u32) -> String {
    format!("P{person:07}")
}

/// `U00012`.
#[must_use]
pub fn unit_id(unit: u32) -> String {
    format!("U{unit:05}")
}

pub type Out = std::io::BufWriter<fs_err::File>;

/// Opens a file of the truth folder and writes its header.
///
/// # Errors
/// When the file cannot be written.
pub fn open(out: &Path, name: &str, header: &str) -> Result<Out> {
    let dir = out.join("truth");
    fs_err::create_dir_all(&dir)?;
    let mut file = std::io::BufWriter::with_capacity(1 << 20, fs_err::File::create(dir.join(name))?);
    writeln!(file, "{header}")?;
    Ok(file)
}

pub const ROWS_HEADER: &str = "period,table,source_file,source_sheet,source_row,person_id,unit_id,noise";
pub const FINDINGS_HEADER: &str = "period,rule,unit_id,person_id,object,kind,note";

/// Whose every row is: `rows.csv`, or `rows.parquet` with the same columns where the extracts are to be kept small.
pub struct Rows {
    folder: std::path::PathBuf,
    csv: Option<Out>,
    /// The same lines, kept until they become Parquet.
    kept: Vec<u8>,
}

impl Rows {
    /// # Errors
    /// When the file cannot be written.
    pub fn open(out: &Path, small: bool) -> Result<Self> {
        let csv = if small { None } else { Some(open(out, "rows.csv", ROWS_HEADER)?) };
        fs_err::create_dir_all(out.join("truth"))?;
        Ok(Self { folder: out.join("truth"), csv, kept: vec![] })
    }

    /// Takes whole lines.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self, lines: &[u8]) -> Result<()> {
        match &mut self.csv {
            Some(file) => file.write_all(lines)?,
            None => self.kept.extend(lines),
        }
        Ok(())
    }

    /// # Errors
    /// When the file cannot be written.
    pub fn finish(mut self) -> Result<()> {
        if let Some(file) = &mut self.csv {
            return Ok(file.flush()?);
        }
        let text = String::from_utf8_lossy(&self.kept);
        let mut columns: Vec<Vec<&str>> = vec![Vec::new(); ROWS_HEADER.split(',').count()];
        for line in text.lines() {
            for (column, cell) in columns.iter_mut().zip(line.split(',')) {
                column.push(cell);
            }
        }
        let bytes = super::writers::parquet::texts(&ROWS_HEADER.split(',').collect::<Vec<_>>(), &columns)?;
        Ok(fs_err::write(self.folder.join("rows.parquet"), bytes)?)
    }
}

/// One line of the rows' truth, with its end.
pub fn push_row(
    buffer: &mut Vec<u8>,
    period: &str,
    table: &str,
    file: &str,
    sheet: &str,
    row: usize,
    truth: &RowTruth,
) {
    let person = truth.person.map(person_id).unwrap_or_default();
    let unit = truth.unit.map(unit_id).unwrap_or_default();
    let noise = truth.kinds.join(";");
    let _ = writeln!(buffer, "{period},{table},{file},{sheet},{row},{person},{unit},{noise}");
}

/// A note without commas, so that the file needs no quotes.
fn plain(note: &str) -> String {
    note.replace(',', ";")
}

/// One month's lines of findings.csv: what is true, then what only looks so. Returns how many of each.
///
/// # Errors
/// When the file cannot be written.
pub fn findings(
    file: &mut Out,
    world: &World,
    marks: &Marks<'_>,
    month: Month,
    found: &[Finding],
) -> Result<(u64, u64)> {
    let unit_text = |u: Option<u32>| u.map(unit_id).unwrap_or_default();
    let mut planted = 0;
    for f in found {
        let mark = marks.of(f);
        planted += u64::from(mark.is_some() && !f.open);
        let persons: Vec<String> = f.persons.iter().map(|p| person_id(*p)).collect();
        let kind = if f.open {
            "open"
        } else if mark.is_some() {
            "planted"
        } else {
            "implied"
        };
        let note = plain(if f.note.is_empty() { mark.map_or("", |m| m.note) } else { f.note });
        writeln!(file, "{month},{},{},{},{},{kind},{note}", f.rule, unit_text(f.unit), persons.join(";"), f.object)?;
    }
    let (told, mut look_alikes) = (Found::new(found), 0);
    for m in world.look_alikes.iter().filter(|m| m.span.holds(month)) {
        let persons: Vec<u32> = m.person.into_iter().collect();
        // Noise or a plant next door may make a look-alike true after all; it is then no look-alike.
        if told.any(m) {
            continue;
        }
        look_alikes += 1;
        let person = persons.first().map(|p| person_id(*p)).unwrap_or_default();
        writeln!(file, "{month},{},{},{person},{},look_alike,{}", m.rule, unit_text(m.unit), m.object, plain(m.note))?;
    }
    Ok((planted, look_alikes))
}

/// persons.csv and units.csv.
///
/// # Errors
/// When a file cannot be written.
pub fn entities(out: &Path, world: &World) -> Result<()> {
    let mut file = open(out, "persons.csv", "person_id,name,resident_id,sex,birth_date")?;
    for (i, p) in world.persons.iter().enumerate() {
        let id = person_id(u32::try_from(i).unwrap_or(u32::MAX));
        writeln!(file, "{id},{},{},{},{}", p.name, p.id_text(), p.sex.slug(), iso(p.birth))?;
    }
    file.flush()?;
    let mut file =
        open(out, "units.csv", "unit_id,unit_code,unit_name,credit_code,nature,listed,payroll_name,hr_name")?;
    for (i, u) in world.units.iter().enumerate() {
        let id = unit_id(u32::try_from(i).unwrap_or(u32::MAX));
        let variant = |v: &Option<(String, &'static str)>| v.as_ref().map(|v| v.0.clone()).unwrap_or_default();
        let (payroll, hr) = (variant(&u.payroll_name), variant(&u.hr_name));
        writeln!(
            file,
            "{id},{},{},{},{},{},{payroll},{hr}",
            u.code,
            u.last_name(),
            u.credit,
            u.nature.slug(),
            u.listed
        )?;
    }
    file.flush()?;
    Ok(())
}
