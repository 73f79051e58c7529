//! dBASE and FoxPro tables of old payroll programs, in the parser child. Text is GB18030 unless the file says otherwise.

use std::io::Write;

use encoding_rs::{BIG5, Encoding, GB18030, WINDOWS_1252};

use super::child::Unreadable;
use super::encoding::strict;
use super::grid::Cell;
use super::protocol::Writer;

struct Field {
    name: String,
    kind: u8,
    start: usize,
    len: usize,
}

/// A value read from a record: text kept, numbers as the format has them.
enum Value {
    Nothing,
    Text(String),
    Number(f64),
    Whole(i64),
}

pub(super) fn read<W: Write>(bytes: &[u8], writer: &mut Writer<W>) -> Result<(), Unreadable> {
    let word = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]) as usize;
    if bytes.len() < 66 {
        return Err(Unreadable::damaged("cut short in its header"));
    }
    let records = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]) as usize;
    let (header, length) = (word(8), word(10));
    let encoding = language(bytes[29], writer)?;
    if header > bytes.len() || length < 2 {
        return Err(Unreadable::damaged("the header's lengths do not fit the file"));
    }
    if header.saturating_add(records.saturating_mul(length)) > bytes.len() {
        return Err(Unreadable::damaged(format!("{records} records declared, the file is shorter than that")));
    }
    let fields = fields(&bytes[32..header], length, encoding)?;
    writer.sheet(None, false, false)?;
    let names: Vec<(u32, Cell<'_>)> = (0..).zip(&fields).map(|(i, f)| (i, Cell::Text(f.name.as_str()))).collect();
    writer.row(1, &names)?;
    let mut deleted = 0;
    let (mut halves, mut memos) = (0_u64, 0_u64);
    for (number, record) in (2_u32..).zip(bytes[header..].chunks_exact(length).take(records)) {
        match record[0] {
            b'*' => {
                deleted += 1;
                continue;
            }
            b' ' => {}
            _ => return Err(Unreadable::damaged(format!("record {} has no deletion mark", number - 1))),
        }
        let mut values = Vec::with_capacity(fields.len());
        for field in &fields {
            let raw = &record[field.start..field.start + field.len];
            if matches!(field.kind, b'M' | b'G' | b'P') {
                memos += u64::from(raw.iter().any(|b| !matches!(b, 0 | b' ')));
                values.push(Value::Nothing);
            } else {
                let offset = header + (number as usize - 2) * length + field.start;
                values.push(value(field, raw, encoding, offset, &mut halves)?);
            }
        }
        let cells: Vec<(u32, Cell<'_>)> = (0..)
            .zip(&values)
            .filter_map(|(i, v)| match v {
                Value::Nothing => None,
                Value::Text(t) => Some((i, Cell::Text(t))),
                Value::Number(n) => Some((i, Cell::Number(*n))),
                Value::Whole(n) => Some((i, Cell::Whole(*n))),
            })
            .collect();
        writer.row(number, &cells)?;
    }
    writer.deleted(deleted)?;
    if halves > 0 {
        writer.warning(&format!("{halves} texts end in half a character, cut off by the field's width"))?;
    }
    if memos > 0 {
        writer.warning(&format!("{memos} memo values lie in another file and were not read"))?;
    }
    Ok(())
}

fn language<W: Write>(driver: u8, writer: &mut Writer<W>) -> Result<&'static Encoding, Unreadable> {
    Ok(match driver {
        0 | 0x4D | 0x7A => GB18030,
        0x78 | 0x4F => BIG5,
        0x01..=0x03 | 0x57..=0x59 => {
            // Old programs in China left the default mark on GBK text.
            writer.warning(&format!("language driver 0x{driver:02X} names a Western code page; read as GB18030"))?;
            GB18030
        }
        0xC8 => WINDOWS_1252,
        _ => {
            writer.warning(&format!("unknown language driver 0x{driver:02X}; read as GB18030"))?;
            GB18030
        }
    })
}

fn fields(bytes: &[u8], record: usize, encoding: &'static Encoding) -> Result<Vec<Field>, Unreadable> {
    let mut fields = Vec::new();
    let mut start = 1;
    for descriptor in bytes.chunks_exact(32) {
        if descriptor[0] == 0x0D {
            break;
        }
        let name = descriptor[..11].split(|&b| b == 0).next().unwrap_or_default();
        let kind = descriptor[11].to_ascii_uppercase();
        // Character fields longer than 255 keep the high byte where numbers keep their decimals.
        let high = if kind == b'C' { usize::from(descriptor[17]) << 8 } else { 0 };
        let len = usize::from(descriptor[16]) + high;
        let name = strict(encoding, name).map_err(|_| Unreadable::damaged("a field name is not text"))?;
        fields.push(Field { name: name.trim().to_owned(), kind, start, len });
        start += len;
    }
    if fields.is_empty() || start > record {
        return Err(Unreadable::damaged("the fields do not fit the record length"));
    }
    Ok(fields)
}

fn value(
    field: &Field,
    raw: &[u8],
    encoding: &'static Encoding,
    offset: usize,
    halves: &mut u64,
) -> Result<Value, Unreadable> {
    let array = |n: usize| {
        raw.get(..n).map(|r| {
            let mut bytes = [0; 8];
            bytes[..n].copy_from_slice(r);
            bytes
        })
    };
    match field.kind {
        b'I' | b'+' => {
            let whole = array(4).map(|b| i64::from(i32::from_le_bytes([b[0], b[1], b[2], b[3]])));
            return Ok(whole.map_or(Value::Nothing, Value::Whole));
        }
        b'B' if raw.len() == 8 => return Ok(array(8).map_or(Value::Nothing, |b| Value::Number(f64::from_le_bytes(b)))),
        b'Y' => {
            let Some(bytes) = array(8) else { return Ok(Value::Nothing) };
            let units = i64::from_le_bytes(bytes);
            let sign = if units < 0 { "-" } else { "" };
            let (whole, part) = (units.unsigned_abs() / 10_000, units.unsigned_abs() % 10_000);
            let text = format!("{sign}{whole}.{part:04}");
            return Ok(Value::Text(text.trim_end_matches('0').trim_end_matches('.').to_owned()));
        }
        b'T' if raw.len() == 8 => {
            let Some(bytes) = array(8) else { return Ok(Value::Nothing) };
            let julian = i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            // 1970-01-01 is Julian day 2 440 588.
            let (year, month, day) = crate::kernel::dates::civil(julian.saturating_sub(2_440_588));
            return Ok(if julian == 0 {
                Value::Nothing
            } else {
                Value::Text(format!("{year:04}-{month:02}-{day:02}"))
            });
        }
        _ => {}
    }
    let end = raw.iter().rposition(|b| !matches!(b, 0 | b' ')).map_or(0, |i| i + 1);
    let raw = &raw[..end];
    if raw.is_empty() {
        return Ok(Value::Nothing);
    }
    let text = match strict(encoding, raw) {
        Ok(text) => text,
        // A field's width may cut the last character in two.
        Err(at) if field.kind == b'C' && end + 3 >= field.len && at + 3 >= raw.len() => {
            *halves += 1;
            strict(encoding, &raw[..at]).unwrap_or_default()
        }
        Err(at) => {
            return Err(Unreadable::new(
                "encoding",
                format!("field {}: no GB18030 text at byte {}", field.name, offset + at),
                "the table may be of another code page; save it again as GBK",
            ));
        }
    };
    Ok(Value::Text(text.trim().to_owned()))
}
