//! dBASE tables of old payroll programs: GBK text, pinyin field names, deleted records left in place.

use std::path::Path;

use super::Written;
use crate::error::Result;
use crate::synthetic::cells::Cell;
use crate::synthetic::tables::View;

/// Field name, column of the payroll view, width in bytes, whether it is a number with two decimals.
const FIELDS: [(&str, usize, usize, bool); 26] = [
    ("FFYF", 0, 7, false),
    ("DWDM", 1, 8, false),
    ("DWMC", 2, 50, false),
    ("RYBH", 3, 12, false),
    ("XM", 4, 20, false),
    ("SFZH", 5, 20, false),
    ("RYLB", 6, 10, false),
    ("批次", 7, 10, false),
    ("GWGZ", 8, 10, true),
    ("XJGZ", 9, 10, true),
    ("JXGZ", 10, 10, true),
    ("JTBT", 11, 10, true),
    ("BF", 12, 10, true),
    ("YFHJ", 13, 10, true),
    ("YLBX", 14, 10, true),
    ("ZYNJ", 15, 10, true),
    ("YLIAO", 16, 10, true),
    ("ZFGJJ", 17, 10, true),
    ("GRSDS", 18, 10, true),
    ("KFHJ", 19, 10, true),
    ("SFHJ", 20, 10, true),
    ("YHZH", 22, 20, false),
    ("职务工资", 23, 10, true),
    ("级别工资", 24, 10, true),
    ("统发标志", 25, 4, false),
    ("财政补助", 26, 10, true),
];

/// Column of the ID number.
const ID: usize = 5;

fn gbk(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

fn narrow(c: char) -> char {
    char::from_u32(u32::from(c).wrapping_sub(0xFEE0)).filter(|_| ('！'..='～').contains(&c)).unwrap_or(c)
}

/// A number field holds digits and nothing else, whatever was typed elsewhere.
fn digits(cell: &Cell) -> String {
    cell.plain().chars().map(narrow).filter(|c| c.is_ascii_digit() || matches!(c, '.' | '-')).collect()
}

/// Text as the old programs keep it; full-width letters have no room in a field made for 18 digits.
fn kept(column: usize, cell: &Cell) -> Vec<u8> {
    let text = cell.plain();
    if column == ID { gbk(&text.chars().map(narrow).collect::<String>()) } else { gbk(&text) }
}

fn push(out: &mut Vec<u8>, mark: u8, cells: &[Cell]) {
    out.push(mark);
    for (_, column, width, number) in FIELDS {
        let mut bytes = if number { digits(&cells[column]).into_bytes() } else { kept(column, &cells[column]) };
        bytes.truncate(width);
        let gap = width - bytes.len();
        if number {
            out.extend(std::iter::repeat_n(b' ', gap));
            out.extend(bytes);
        } else {
            out.extend(bytes);
            out.extend(std::iter::repeat_n(b' ', gap));
        }
    }
}

/// Every fortieth record is followed by a deleted copy of itself, as the old programs leave them.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, view: &View<'_>, rows: &[usize], to: &mut Written<'_>) -> Result<()> {
    let mut records = Vec::new();
    // Shown in a spreadsheet, the field names are row 1.
    let mut number = 2;
    for (n, row) in rows.iter().enumerate() {
        let cells = (view.render)(*row);
        push(&mut records, b' ', &cells);
        to.truth_row(path, view, *row, "", number)?;
        number += 1;
        if n % 40 == 7 {
            push(&mut records, b'*', &cells);
            number += 1;
        }
    }
    let length: usize = 1 + FIELDS.iter().map(|f| f.2).sum::<usize>();
    let header = 32 + 32 * FIELDS.len() + 1;
    let count = u32::try_from(number - 2).unwrap_or(u32::MAX);
    let mut out = vec![0x03, 126, 11, 1];
    out.extend(count.to_le_bytes());
    for size in [header, length] {
        out.extend(u16::try_from(size).unwrap_or(u16::MAX).to_le_bytes());
    }
    out.resize(32, 0);
    // Language driver: code page 936.
    out[29] = 0x4D;
    for (name, _, width, is_number) in FIELDS {
        let mut field = gbk(name);
        field.resize(11, 0);
        field.push(if is_number { b'N' } else { b'C' });
        field.extend([0; 4]);
        field.push(u8::try_from(width).unwrap_or(u8::MAX));
        field.push(if is_number { 2 } else { 0 });
        field.resize(32, 0);
        out.extend(field);
    }
    out.push(0x0D);
    out.extend(records);
    out.push(0x1A);
    fs_err::write(path, out)?;
    to.files += 1;
    to.rows += rows.len() as u64;
    Ok(())
}
