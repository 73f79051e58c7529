//! What a file as a whole must satisfy once its rows are read.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::ColumnChunk;
use super::chunk::ChunkTable;
use super::file::{FileRead, FileReader};
use crate::error::{Place, Problem, column_letters};
use crate::kernel::dates::Month;
use crate::table::Kind;

impl FileReader<'_> {
    pub(super) fn check(&self, read: &mut FileRead) -> Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        let rows: usize = read.parts.iter().flat_map(|p| &p.chunks).map(ChunkTable::len).sum();
        if rows == 0 && !self.spec.allow_empty {
            let hint = "if an empty extract is right, set allow_empty = true for this source";
            problems.push(self.problem("no-rows", "a header and no row of data").hint(hint));
        }
        for part in &read.parts {
            let place = || Place::file(self.label.as_str()).sheet(part.sheet.as_deref());
            let mut headless: BTreeMap<usize, u32> = BTreeMap::new();
            for (&column, &row) in part.chunks.iter().flat_map(|c| &c.headless) {
                headless.entry(column).or_insert(row);
            }
            for (column, row) in headless {
                let message = format!("column {} has values but no header", column_letters(column));
                problems
                    .push(Problem::new(place().row(row), "blank-header", message).hint("name the column or empty it"));
            }
            let beyond: u64 = part.chunks.iter().map(|c| c.beyond).sum();
            if beyond > 0 {
                read.warnings.push(format!("{}: {beyond} cells right of the last header were not read", place()));
            }
        }
        problems.extend(self.months(read));
        self.lost_zeros(read);
        for (kind, count) in read.parts.iter().flat_map(|p| &p.chunks).flat_map(|c| &c.skipped) {
            *read.skipped.entry((*kind).to_owned()).or_default() += count;
        }
        read.skipped.retain(|_, count| *count > 0);
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// A month column all of whose values are of other months: the file is of another month.
    fn months(&self, read: &FileRead) -> Option<Problem> {
        let field = (0..self.source.fields.len()).find(|&f| {
            self.source.kind(f) == Kind::Month && self.source.fields[f].default.as_deref() == Some("period")
        })?;
        let mut seen: BTreeSet<Month> = BTreeSet::new();
        for chunk in read.parts.iter().flat_map(|p| &p.chunks) {
            let Some(ColumnChunk::Month(values)) = &chunk.columns[field] else { continue };
            seen.extend(values.iter().flatten());
        }
        if seen.is_empty() || seen.contains(&self.month) {
            return None;
        }
        let list: Vec<String> = seen.iter().take(3).map(ToString::to_string).collect();
        let message = format!(
            "{} is {} in every row, the file is read for {}",
            self.source.fields[field].title,
            list.join(", "),
            self.month
        );
        Some(self.problem("period-mismatch", message))
    }

    /// Unit codes of two lengths, the longer beginning with 0: a spreadsheet took zeros away. They are kept as they stand,
    /// for only the register can say which unit was meant.
    fn lost_zeros(&self, read: &mut FileRead) {
        let mut warnings = Vec::new();
        for (index, field) in self.source.fields.iter().enumerate().filter(|(_, f)| f.kind == Some(Kind::OrgCode)) {
            let (mut with_zero, mut shorter) = (BTreeSet::new(), BTreeMap::<usize, u64>::new());
            for chunk in read.parts.iter().flat_map(|p| &p.chunks) {
                let Some(ColumnChunk::Text(column)) = &chunk.columns[index] else { continue };
                for code in column.dictionary.iter().filter(|c| c.bytes().all(|b| b.is_ascii_digit())) {
                    if code.starts_with('0') {
                        with_zero.insert(code.len());
                    } else {
                        *shorter.entry(code.len()).or_default() += 1;
                    }
                }
            }
            let lost: u64 = with_zero.iter().filter_map(|n| shorter.get(&(n - 1))).sum();
            if lost > 0 {
                warnings.push(format!(
                    "{}: {lost} codes are a digit shorter than others that begin with 0; leading zeros may be lost",
                    field.title
                ));
            }
        }
        read.warnings.append(&mut warnings);
    }
}
