//! What a parser child writes and its parent reads: compact records, the last of which counts all rows, so that a child
//! cut short is noticed. Every length is checked before anything is allocated for it.

use std::io::{self, Read, Write};

use super::grid::{Book, Cell, Merge, Sheet};

const MAGIC: &[u8] = b"HEDUI-CELLS-1\n";

const WARNING: u8 = b'W';
const FAILURE: u8 = b'X';
const SHEET: u8 = b'S';
const MERGE: u8 = b'M';
const ROW: u8 = b'R';
const DELETED: u8 = b'D';
const END: u8 = b'Z';

const TEXT: u8 = 1;
const NUMBER: u8 = 2;
const SERIAL: u8 = 3;
const ERROR: u8 = 4;
const NO_VALUE: u8 = 5;
const WHOLE: u8 = 6;

/// Writes a book row by row.
pub(super) struct Writer<W: Write> {
    out: W,
    rows: u64,
}

impl<W: Write> Writer<W> {
    pub fn new(mut out: W) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        Ok(Self { out, rows: 0 })
    }
    fn number(&mut self, mut value: u64) -> io::Result<()> {
        let mut bytes = [0; 10];
        let mut n = 0;
        loop {
            let low = u8::try_from(value & 0x7F).unwrap_or_default();
            value >>= 7;
            bytes[n] = if value == 0 { low } else { low | 0x80 };
            n += 1;
            if value == 0 {
                break;
            }
        }
        self.out.write_all(&bytes[..n])
    }
    fn text(&mut self, text: &str) -> io::Result<()> {
        self.number(text.len() as u64)?;
        self.out.write_all(text.as_bytes())
    }
    pub fn warning(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(&[WARNING])?;
        self.text(text)
    }
    pub fn sheet(&mut self, name: Option<&str>, hidden: bool, date_1904: bool) -> io::Result<()> {
        let flags = u8::from(name.is_some()) | u8::from(hidden) << 1 | u8::from(date_1904) << 2;
        self.out.write_all(&[SHEET, flags])?;
        self.text(name.unwrap_or_default())
    }
    pub fn merge(&mut self, merge: Merge) -> io::Result<()> {
        self.out.write_all(&[MERGE])?;
        for value in [merge.first_row, merge.last_row, merge.first_column, merge.last_column] {
            self.number(u64::from(value))?;
        }
        Ok(())
    }
    pub fn deleted(&mut self, count: u64) -> io::Result<()> {
        self.out.write_all(&[DELETED])?;
        self.number(count)
    }
    /// One row: its number from 1 and its cells by rising column.
    pub fn row<'a>(&mut self, number: u32, cells: &[(u32, Cell<'a>)]) -> io::Result<()> {
        self.rows += 1;
        self.out.write_all(&[ROW])?;
        self.number(u64::from(number))?;
        self.number(cells.len() as u64)?;
        for &(column, cell) in cells {
            self.number(u64::from(column))?;
            match cell {
                Cell::Empty => self.out.write_all(&[0])?,
                Cell::Text(text) => {
                    self.out.write_all(&[TEXT])?;
                    self.text(text)?;
                }
                Cell::Error(text) => {
                    self.out.write_all(&[ERROR])?;
                    self.text(text)?;
                }
                Cell::Number(v) => {
                    self.out.write_all(&[NUMBER])?;
                    self.out.write_all(&v.to_le_bytes())?;
                }
                Cell::Serial(v) => {
                    self.out.write_all(&[SERIAL])?;
                    self.out.write_all(&v.to_le_bytes())?;
                }
                Cell::Whole(v) => {
                    self.out.write_all(&[WHOLE])?;
                    self.out.write_all(&v.to_le_bytes())?;
                }
                Cell::NoValue => self.out.write_all(&[NO_VALUE])?,
            }
        }
        Ok(())
    }
    /// The file cannot be read: nothing follows.
    pub fn failure(mut self, code: &str, message: &str, hint: &str) -> io::Result<()> {
        self.out.write_all(&[FAILURE])?;
        self.text(code)?;
        self.text(message)?;
        self.text(hint)?;
        self.out.flush()
    }
    pub fn end(mut self) -> io::Result<()> {
        self.out.write_all(&[END])?;
        let rows = self.rows;
        self.number(rows)?;
        self.out.flush()
    }
}

/// What came of reading a child.
#[derive(Debug)]
pub(super) enum Outcome {
    Book(Book),
    /// The child found the file unreadable: code, message, hint.
    Refused(String, String, String),
}

/// Limits on what a child may make its parent hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caps {
    pub text_bytes: usize,
    pub columns: usize,
    pub rows: usize,
}

struct Input<R: Read> {
    from: R,
    caps: Caps,
    buffer: Vec<u8>,
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

impl<R: Read> Input<R> {
    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.from.read_exact(&mut byte)?;
        Ok(byte[0])
    }
    fn number(&mut self) -> io::Result<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(broken("a number is too long"))
    }
    fn small(&mut self) -> io::Result<u32> {
        u32::try_from(self.number()?).map_err(|_| broken("a number is too large"))
    }
    fn text(&mut self) -> io::Result<&str> {
        let len = usize::try_from(self.number()?).map_err(|_| broken("a length is too large"))?;
        if len > self.caps.text_bytes {
            return Err(broken("a cell is longer than the limit"));
        }
        self.buffer.resize(len, 0);
        self.from.read_exact(&mut self.buffer)?;
        std::str::from_utf8(&self.buffer).map_err(|_| broken("a text is not UTF-8"))
    }
    fn float(&mut self) -> io::Result<f64> {
        let mut bytes = [0; 8];
        self.from.read_exact(&mut bytes)?;
        Ok(f64::from_le_bytes(bytes))
    }
    fn row(&mut self, sheet: &mut Sheet) -> io::Result<()> {
        let number = self.small()?;
        let cells = usize::try_from(self.number()?).unwrap_or(usize::MAX);
        if cells > self.caps.columns {
            return Err(broken("a row has more cells than the limit"));
        }
        sheet.start_row(number);
        for _ in 0..cells {
            let column = self.small()?;
            match self.byte()? {
                0 => {}
                TEXT => sheet.push(column, Cell::Text(self.text()?)),
                ERROR => sheet.push(column, Cell::Error(self.text()?)),
                NUMBER => sheet.push(column, Cell::Number(self.float()?)),
                SERIAL => sheet.push(column, Cell::Serial(self.float()?)),
                WHOLE => {
                    let bits = self.float()?.to_le_bytes();
                    sheet.push(column, Cell::Whole(i64::from_le_bytes(bits)));
                }
                NO_VALUE => sheet.push(column, Cell::NoValue),
                _ => return Err(broken("an unknown kind of cell")),
            }
        }
        Ok(())
    }
}

/// Reads what a child writes, to its end record.
///
/// # Errors
/// When the stream ends early, breaks its own rules or exceeds the caps.
pub(super) fn read(from: impl Read, caps: Caps) -> io::Result<Outcome> {
    let mut input = Input { from, caps, buffer: Vec::new() };
    let mut magic = [0; MAGIC.len()];
    input.from.read_exact(&mut magic)?;
    if magic != MAGIC {
        return Err(broken("not our protocol"));
    }
    let mut book = Book::default();
    let mut rows = 0_u64;
    loop {
        let tag = input.byte()?;
        match tag {
            WARNING => book.warnings.push(input.text()?.to_owned()),
            FAILURE => {
                let code = input.text()?.to_owned();
                let message = input.text()?.to_owned();
                return Ok(Outcome::Refused(code, message, input.text()?.to_owned()));
            }
            SHEET => {
                let flags = input.byte()?;
                let name = input.text()?.to_owned();
                let mut sheet = Sheet::default();
                sheet.name = (flags & 1 != 0).then_some(name);
                sheet.hidden = flags & 2 != 0;
                sheet.date_1904 = flags & 4 != 0;
                book.sheets.push(sheet);
            }
            END => {
                return if input.number()? == rows { Ok(Outcome::Book(book)) } else { Err(broken("rows were lost")) };
            }
            _ => {
                let sheet = book.sheets.last_mut().ok_or_else(|| broken("a record before any sheet"))?;
                match tag {
                    ROW => {
                        rows += 1;
                        if rows > caps.rows as u64 {
                            return Err(broken("more rows than the limit"));
                        }
                        input.row(sheet)?;
                    }
                    MERGE => {
                        let merge = Merge {
                            first_row: input.small()?,
                            last_row: input.small()?,
                            first_column: input.small()?,
                            last_column: input.small()?,
                        };
                        sheet.merges.push(merge);
                    }
                    DELETED => sheet.deleted += input.number()?,
                    _ => return Err(broken("an unknown record")),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPS: Caps = Caps { text_bytes: 100, columns: 10, rows: 10 };

    fn written() -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes).expect("memory");
        writer.warning("小心").expect("memory");
        writer.sheet(Some("工资"), true, false).expect("memory");
        writer.row(1, &[(0, Cell::Text("姓名")), (3, Cell::Number(0.5))]).expect("memory");
        writer.row(4, &[(1, Cell::Whole(-7)), (2, Cell::NoValue), (5, Cell::Error("#REF!"))]).expect("memory");
        writer.end().expect("memory");
        bytes
    }

    #[test]
    fn what_is_written_is_read() {
        let Outcome::Book(book) = read(&written()[..], CAPS).expect("sound") else { panic!("refused") };
        assert_eq!(book.warnings, ["小心"]);
        let sheet = &book.sheets[0];
        assert_eq!((sheet.name.as_deref(), sheet.hidden, sheet.row_count()), (Some("工资"), true, 2));
        assert_eq!(sheet.row(0).collect::<Vec<_>>(), [(0, Cell::Text("姓名")), (3, Cell::Number(0.5))]);
        assert_eq!(sheet.row_number(1), 4);
        assert_eq!(sheet.row(1).nth(2), Some((5, Cell::Error("#REF!"))));
    }

    #[test]
    fn any_truncation_is_noticed() {
        let bytes = written();
        for end in 0..bytes.len() {
            assert!(read(&bytes[..end], CAPS).is_err(), "cut at {end}");
        }
    }
}
