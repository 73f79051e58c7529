//! Sheets of cells, as workbooks, DBF, Parquet and HTML tables give them: sparse, typed, in file order.

use std::collections::HashMap;

/// One cell as a reader sees it, whatever the format.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'a> {
    Empty,
    Text(&'a str),
    /// A number cell: a serial, an amount, or a code that lost its zeros.
    Number(f64),
    /// An exact whole number (DBF, Parquet).
    Whole(i64),
    /// A number that the format says is a date: an Excel serial.
    Serial(f64),
    /// #REF!, #N/A …
    Error(&'a str),
    /// A formula whose value was never computed.
    NoValue,
}

/// A cell that owns nothing: texts live in the sheet's arena.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stored {
    Text { start: usize, len: u32 },
    Number(f64),
    Whole(i64),
    Serial(f64),
    Error { start: usize, len: u32 },
    NoValue,
}

/// A rectangle of merged cells; rows as the spreadsheet shows them from 1, columns from 0, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Merge {
    pub first_row: u32,
    pub last_row: u32,
    pub first_column: u32,
    pub last_column: u32,
}

/// One sheet. Only rows with cells are here.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub name: Option<String>,
    pub hidden: bool,
    /// Whether number cells in date columns count from 1904.
    pub date_1904: bool,
    pub merges: Vec<Merge>,
    /// Deleted records, which are not data (DBF).
    pub deleted: u64,
    arena: String,
    rows: Vec<(u32, usize)>,
    cells: Vec<(u32, Stored)>,
    /// Cells that a vertical merge covers: (row index, column) → index of the cell that shows there.
    covered: HashMap<(usize, u32), usize>,
}

impl Sheet {
    pub fn start_row(&mut self, number: u32) {
        self.rows.push((number, self.cells.len()));
    }
    pub fn push(&mut self, column: u32, cell: Cell<'_>) {
        let mut keep = |text: &str| {
            let start = self.arena.len();
            self.arena.push_str(text);
            (start, u32::try_from(text.len()).unwrap_or(u32::MAX))
        };
        let stored = match cell {
            Cell::Empty => return,
            Cell::Text(text) => {
                let (start, len) = keep(text);
                Stored::Text { start, len }
            }
            Cell::Error(text) => {
                let (start, len) = keep(text);
                Stored::Error { start, len }
            }
            Cell::Number(v) => Stored::Number(v),
            Cell::Whole(v) => Stored::Whole(v),
            Cell::Serial(v) => Stored::Serial(v),
            Cell::NoValue => Stored::NoValue,
        };
        self.cells.push((column, stored));
    }
    pub fn row_count(&self) -> usize {
        self.rows.len()
    }
    pub fn is_blank(&self) -> bool {
        self.cells.is_empty()
    }
    /// The number the spreadsheet shows beside the row.
    pub fn row_number(&self, row: usize) -> u32 {
        self.rows[row].0
    }
    /// The row's own cells, by column.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (u32, Cell<'_>)> {
        self.slice(row).iter().map(|&(column, stored)| (column, self.cell(stored)))
    }
    fn slice(&self, row: usize) -> &[(u32, Stored)] {
        let from = self.rows[row].1;
        let to = self.rows.get(row + 1).map_or(self.cells.len(), |r| r.1);
        &self.cells[from..to]
    }
    /// The cell at a column, by the row's index.
    pub fn at(&self, row: usize, column: usize) -> Cell<'_> {
        let cells = self.slice(row);
        let i = cells.partition_point(|c| (c.0 as usize) < column);
        cells.get(i).filter(|c| c.0 as usize == column).map_or(Cell::Empty, |c| self.cell(c.1))
    }
    /// One more than the last column that holds a cell.
    pub fn width(&self, row: usize) -> usize {
        self.slice(row).last().map_or(0, |c| c.0 as usize + 1)
    }
    fn cell(&self, stored: Stored) -> Cell<'_> {
        match stored {
            Stored::Text { start, len } => Cell::Text(&self.arena[start..start + len as usize]),
            Stored::Error { start, len } => Cell::Error(&self.arena[start..start + len as usize]),
            Stored::Number(v) => Cell::Number(v),
            Stored::Whole(v) => Cell::Whole(v),
            Stored::Serial(v) => Cell::Serial(v),
            Stored::NoValue => Cell::NoValue,
        }
    }
    /// The cell a vertical merge shows at a place that holds none of its own.
    pub fn covered(&self, row: usize, column: u32) -> Option<Cell<'_>> {
        self.covered.get(&(row, column)).map(|&i| self.cell(self.cells[i].1))
    }
    pub fn has_covered(&self) -> bool {
        !self.covered.is_empty()
    }
    /// Works out what vertical merges show; at most a million cells are covered, rows that do not exist are not.
    pub fn cover_merges(&mut self) {
        const MOST: usize = 1_000_000;
        self.merges.sort_unstable();
        for merge in self.merges.clone() {
            if merge.last_row == merge.first_row || self.covered.len() >= MOST {
                continue;
            }
            let first = self.rows.partition_point(|r| r.0 < merge.first_row);
            let Some(top) = self.rows.get(first).filter(|r| r.0 == merge.first_row).map(|r| r.1) else { continue };
            let end = self.rows.get(first + 1).map_or(self.cells.len(), |r| r.1);
            let Some(shown) = (top..end).find(|&i| self.cells[i].0 == merge.first_column) else { continue };
            let mut row = first + 1;
            while row < self.rows.len() && self.rows[row].0 <= merge.last_row && self.covered.len() < MOST {
                self.covered.insert((row, merge.first_column), shown);
                row += 1;
            }
        }
    }
}

/// Everything a parser child said about a file.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub sheets: Vec<Sheet>,
    pub warnings: Vec<String>,
}

/// A number as a spreadsheet shows it in a wide cell: whole numbers without exponent and with at most fifteen significant
/// digits, so that an 18-digit number ends in 000 as Excel keeps it; other numbers by their shortest text.
pub(super) fn number_text(value: f64) -> String {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT {
        return format!("{value:.0}");
    }
    if value.is_finite() && value.fract() == 0.0 && value.abs() < 1e21 {
        let scientific = format!("{value:.14e}");
        if let Some((digits, exponent)) = scientific.split_once('e')
            && let Ok(exponent) = exponent.parse::<usize>()
        {
            let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |d| ("-", d));
            let digits = digits.replace('.', "");
            let zeros = (exponent + 1).saturating_sub(digits.len());
            return format!("{sign}{digits}{}", "0".repeat(zeros));
        }
    }
    if value.abs() >= 1e21 { format!("{value:e}").replace('e', "E+") } else { format!("{value}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_show_what_a_spreadsheet_kept() {
        assert_eq!(number_text(109_001.0), "109001");
        assert_eq!(number_text(410_922_198_501_011_234_f64), "410922198501011000");
        assert_eq!(number_text(0.5), "0.5");
        assert_eq!(number_text(-12.0), "-12");
    }

    #[test]
    fn a_vertical_merge_covers_the_rows_that_exist() {
        let mut sheet = Sheet::default();
        for row in [1, 2, 4] {
            sheet.start_row(row);
            if row == 1 {
                sheet.push(0, Cell::Text("教育局"));
            }
            sheet.push(1, Cell::Text("张三"));
        }
        sheet.merges.push(Merge { first_row: 1, last_row: 3, first_column: 0, last_column: 0 });
        sheet.cover_merges();
        assert_eq!(sheet.covered(1, 0), Some(Cell::Text("教育局")));
        assert_eq!(sheet.covered(2, 0), None);
    }
}
