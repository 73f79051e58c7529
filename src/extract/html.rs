//! HTML tables saved as .xls: tokens to one sheet, rows numbered as the spreadsheet would number them.

use std::convert::Infallible;

use html5gum::{Token, Tokenizer};

use super::grid::{Book, Cell, Merge, Sheet};

/// Excel's own last row and column bound what spans may claim.
const MAX_SPAN: u32 = 16_384;

#[derive(Default)]
struct Reading {
    sheet: Sheet,
    /// Rows that each column is still covered for by a cell spanning down.
    covered: Vec<u32>,
    row: u32,
    column: u32,
    cells: Vec<(u32, String)>,
    text: Option<String>,
    tables: u32,
    silent: u32,
}

impl Reading {
    fn open_row(&mut self) {
        self.close_row();
        self.row += 1;
        self.column = 0;
        self.cells.clear();
    }
    fn close_row(&mut self) {
        self.close_cell();
        if self.row > 0 && !self.cells.is_empty() {
            self.sheet.start_row(self.row);
            for (column, text) in std::mem::take(&mut self.cells) {
                self.sheet.push(column, if text.is_empty() { Cell::Empty } else { Cell::Text(&text) });
            }
        }
        self.cells.clear();
    }
    fn is_covered(&self, column: u32) -> bool {
        self.covered.get(column as usize).is_some_and(|&until| until >= self.row)
    }
    fn open_cell(&mut self, columns: u32, rows: u32) {
        self.close_cell();
        if self.row == 0 {
            self.open_row();
        }
        while self.is_covered(self.column) {
            self.column += 1;
        }
        let (columns, rows) = (columns.clamp(1, MAX_SPAN), rows.clamp(1, 1_048_576));
        let last = self.column.saturating_add(columns - 1).min(MAX_SPAN - 1);
        if rows > 1 {
            self.covered.resize(self.covered.len().max(last as usize + 1), 0);
            for column in self.column..=last {
                self.covered[column as usize] = self.row + rows - 1;
            }
        }
        if rows > 1 || columns > 1 {
            let last_row = self.row + rows - 1;
            self.sheet.merges.push(Merge {
                first_row: self.row,
                last_row,
                first_column: self.column,
                last_column: last,
            });
        }
        if self.column < MAX_SPAN {
            self.cells.push((self.column, String::new()));
            self.text = Some(String::new());
        }
        self.column = last + 1;
    }
    fn close_cell(&mut self) {
        if let Some(text) = self.text.take()
            && let Some(cell) = self.cells.last_mut()
        {
            cell.1 = text.split_whitespace().collect::<Vec<_>>().join(" ");
        }
    }
    fn start(&mut self, name: &[u8], span: impl Fn(&[u8]) -> u32) {
        match name {
            b"table" => self.tables += 1,
            b"tr" => self.open_row(),
            b"td" | b"th" => self.open_cell(span(b"colspan"), span(b"rowspan")),
            b"br" => {
                if let Some(text) = &mut self.text {
                    text.push(' ');
                }
            }
            b"style" | b"script" | b"title" => self.silent += 1,
            _ => {}
        }
    }
    fn end(&mut self, name: &[u8]) {
        match name {
            b"td" | b"th" => self.close_cell(),
            b"tr" | b"table" => self.close_row(),
            b"style" | b"script" | b"title" => self.silent = self.silent.saturating_sub(1),
            _ => {}
        }
    }
}

/// Reads every table of the page into one sheet; `None` when the page has no table.
pub(super) fn read(page: &str) -> Option<Book> {
    let mut reading = Reading::default();
    for token in Tokenizer::new(page) {
        let token: Result<Token, Infallible> = token;
        match token {
            Ok(Token::StartTag(tag)) => {
                let span = |key: &[u8]| {
                    let value =
                        tag.attributes.iter().find(|(k, _)| k.as_slice() == key).map(|(_, v)| v.value.as_slice());
                    value.and_then(|v| std::str::from_utf8(v).ok()?.trim().parse().ok()).unwrap_or(1)
                };
                reading.start(&tag.name, span);
            }
            Ok(Token::EndTag(tag)) => reading.end(&tag.name),
            Ok(Token::String(text)) if reading.silent == 0 => {
                if let Some(cell) = &mut reading.text {
                    cell.push_str(&String::from_utf8_lossy(&text.value));
                }
            }
            Ok(_) => {}
            Err(never) => match never {},
        }
    }
    reading.close_row();
    (reading.tables > 0).then(|| Book { sheets: vec![reading.sheet], warnings: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_keep_columns_in_line() {
        let page = "<table><tr><td colspan=3>工资表</td></tr><tr><th rowspan=2>姓名<th>应发</th></tr>\
                    <tr><td>1,000&nbsp;</td></tr></table>";
        let book = read(page).expect("a table");
        let sheet = &book.sheets[0];
        assert_eq!(sheet.row_count(), 3);
        assert_eq!(sheet.row(2).collect::<Vec<_>>(), [(1, Cell::Text("1,000"))]);
        assert_eq!(sheet.merges.len(), 2);
    }
}
