//! Rows of either kind of reader under one face, and what kind of row each is: data, title, header again, blank, footer.

use super::grid::{Cell, Sheet};
use super::text::Records;

/// A run of rows whose cells can be asked for by column.
pub(super) trait Rows: Sync {
    fn len(&self) -> usize;
    /// The row's number as the spreadsheet shows it.
    fn number(&self, row: usize) -> u32;
    /// Columns from the first to the last that holds something.
    fn width(&self, row: usize) -> usize;
    fn cell(&self, row: usize, column: usize) -> Cell<'_>;
    /// The cell that shows there, which a vertical merge may put there.
    fn shown(&self, row: usize, column: usize) -> Cell<'_> {
        self.cell(row, column)
    }
    /// What is wrong with the row's shape, given the header's width.
    fn flaw(&self, _row: usize, _width: usize) -> Option<&'static str> {
        None
    }
}

/// Spaces, the wide space and byte order marks around a cell are never data.
pub(super) fn trim(text: &str) -> &str {
    let blank = |c: char| c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{200B}');
    let bytes = text.as_bytes();
    // Most cells begin and end with something visible.
    match (bytes.first(), bytes.last()) {
        (Some(b'!'..=b'~'), Some(b'!'..=b'~')) => text,
        _ => text.trim_matches(blank),
    }
}

impl Rows for Records<'_> {
    fn len(&self) -> usize {
        Records::len(self)
    }
    fn number(&self, row: usize) -> u32 {
        self.line(row)
    }
    fn width(&self, row: usize) -> usize {
        self.fields(row)
    }
    fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        let text = trim(self.field(row, column));
        if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
    }
    fn flaw(&self, row: usize, width: usize) -> Option<&'static str> {
        let fields = self.fields(row);
        if self.bad_quote(row) {
            Some("bad-quote")
        } else if fields < width {
            Some("missing-cell")
        } else if fields > width
            && (self.has_more(row) || (width..fields).any(|c| !trim(self.field(row, c)).is_empty()))
        {
            Some("extra-cell")
        } else {
            None
        }
    }
}

/// Rows `from..to` of a sheet.
pub(super) struct SheetRows<'a> {
    pub sheet: &'a Sheet,
    pub from: usize,
    pub to: usize,
}

fn tidy(cell: Cell<'_>) -> Cell<'_> {
    match cell {
        Cell::Text(text) => {
            let text = trim(text);
            if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
        }
        other => other,
    }
}

impl Rows for SheetRows<'_> {
    fn len(&self) -> usize {
        self.to - self.from
    }
    fn number(&self, row: usize) -> u32 {
        self.sheet.row_number(self.from + row)
    }
    fn width(&self, row: usize) -> usize {
        self.sheet.width(self.from + row)
    }
    fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        tidy(self.sheet.at(self.from + row, column))
    }
    fn shown(&self, row: usize, column: usize) -> Cell<'_> {
        let own = self.cell(row, column);
        if own == Cell::Empty && self.sheet.has_covered() {
            let column = u32::try_from(column).unwrap_or(u32::MAX);
            return self.sheet.covered(self.from + row, column).map_or(Cell::Empty, tidy);
        }
        own
    }
}

/// Rows from a line on: those above are titles and header.
pub(super) struct After<'a, R: Rows> {
    rows: &'a R,
    skip: usize,
}

impl<'a, R: Rows> After<'a, R> {
    pub fn new(rows: &'a R, first: u32) -> Self {
        Self { rows, skip: (0..rows.len()).take_while(|&r| rows.number(r) < first).count() }
    }
}

impl<R: Rows> Rows for After<'_, R> {
    fn len(&self) -> usize {
        self.rows.len() - self.skip
    }
    fn number(&self, row: usize) -> u32 {
        self.rows.number(row + self.skip)
    }
    fn width(&self, row: usize) -> usize {
        self.rows.width(row + self.skip)
    }
    fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        self.rows.cell(row + self.skip, column)
    }
    fn shown(&self, row: usize, column: usize) -> Cell<'_> {
        self.rows.shown(row + self.skip, column)
    }
    fn flaw(&self, row: usize, width: usize) -> Option<&'static str> {
        self.rows.flaw(row + self.skip, width)
    }
}

/// Words that a totals row bears in place of a name.
const TOTALS: [&str; 12] = [
    "合计",
    "小计",
    "总计",
    "共计",
    "累计",
    "本页合计",
    "本页小计",
    "单位合计",
    "部门小计",
    "本月合计",
    "总合计",
    "合计数",
];

/// How lines below a table begin that are no data.
const SIGNATURES: [&str; 30] = [
    "制表",
    "填表",
    "填报",
    "审核",
    "复核",
    "审批",
    "签字",
    "签章",
    "盖章",
    "经办",
    "负责人",
    "单位负责人",
    "财务负责人",
    "主管领导",
    "部门负责人",
    "分管领导",
    "备注:",
    "说明:",
    "注:",
    "附注",
    "联系电话",
    "联系人",
    "打印日期",
    "打印时间",
    "报送日期",
    "会计:",
    "出纳:",
    "领导签",
    "单位盖章",
    "总人数",
];

fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '：' { ':' } else { c }).collect()
}

/// Whether a text stands for a total: 合计, 小计 with spaces or a colon, or a name that ends in one.
pub(super) fn is_total(text: &str) -> bool {
    if !text.contains('计') {
        return false;
    }
    let text = bare(text);
    let text = text.trim_end_matches(':');
    TOTALS.contains(&text) || ["小计", "合计", "总计"].iter().any(|w| text.ends_with(w)) || text.starts_with("合计:")
}

/// Whether a text begins a line of signatures or remarks.
pub(super) fn is_signature(text: &str) -> bool {
    let first = text.chars().next().unwrap_or(' ');
    if !first.is_whitespace() && !SIGNATURES.iter().any(|s| s.starts_with(first)) {
        return false;
    }
    let text = bare(text);
    SIGNATURES.iter().any(|s| text.starts_with(s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_and_signatures_are_told_from_names() {
        assert!(is_total("合 计") && is_total("教育局小计") && is_total("合计："));
        assert!(!is_total("会计学校") && !is_total("审计局"));
        assert!(is_signature("制表人：张三") && is_signature("注：本表一式三份"));
        assert!(!is_signature("张三") && !is_signature("注册处"));
    }
}
