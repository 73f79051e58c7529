//! Delimited text in any encoding, rendered in parallel blocks and written in order.

use std::io::Write as _;
use std::path::Path;

use rayon::prelude::*;

use super::Written;
use crate::error::Result;
use crate::synthetic::tables::View;
use crate::synthetic::truth;

/// How a delimited file is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf8Bom,
    Gb18030,
    Utf16Le,
}

const BLOCK: usize = 4096;

fn encode(text: &str, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 | Encoding::Utf8Bom => text.as_bytes().to_vec(),
        Encoding::Gb18030 => encoding_rs::GB18030.encode(text).0.into_owned(),
        Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
    }
}

fn push_cell(out: &mut String, cell: &str, delimiter: char) {
    if cell.contains([delimiter, '"', '\n', '\r']) {
        out.push('"');
        out.push_str(&cell.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(cell);
    }
}

/// Writes the given rows of a view; the header is row 1.
///
/// # Errors
/// When the file cannot be written.
pub fn write(
    path: &Path,
    view: &View<'_>,
    rows: &[usize],
    encoding: Encoding,
    delimiter: char,
    to: &mut Written<'_>,
) -> Result<()> {
    let mut file = std::io::BufWriter::with_capacity(1 << 20, fs_err::File::create(path)?);
    match encoding {
        Encoding::Utf8Bom => file.write_all(b"\xEF\xBB\xBF")?,
        Encoding::Utf16Le => file.write_all(b"\xFF\xFE")?,
        _ => {}
    }
    let end = if encoding == Encoding::Utf8 { "\n" } else { "\r\n" };
    let mut header = view.headers.join(&delimiter.to_string());
    header.push_str(end);
    file.write_all(&encode(&header, encoding))?;
    let name = to.name_of(path);
    // A few blocks at a time, so that memory stays flat whatever the number of rows.
    for (turn, batch) in rows.chunks(BLOCK * 16).enumerate() {
        let blocks: Vec<(Vec<u8>, Vec<u8>)> = batch
            .par_chunks(BLOCK)
            .enumerate()
            .map(|(b, block)| {
                let mut text = String::with_capacity(block.len() * 256);
                let mut lines = Vec::with_capacity(block.len() * 64);
                let mut cell_text = String::new();
                for (n, row) in block.iter().enumerate() {
                    for (i, cell) in (view.render)(*row).iter().enumerate() {
                        if i > 0 {
                            text.push(delimiter);
                        }
                        cell_text.clear();
                        cell.write(&mut cell_text);
                        push_cell(&mut text, &cell_text, delimiter);
                    }
                    text.push_str(end);
                    let line = turn * BLOCK * 16 + b * BLOCK + n + 2;
                    truth::push_row(&mut lines, to.period, view.table, &name, "", line, &(view.truth)(*row));
                }
                (encode(&text, encoding), lines)
            })
            .collect();
        for (bytes, lines) in blocks {
            file.write_all(&bytes)?;
            to.truth.write(&lines)?;
        }
    }
    if let Some(total) = &view.total {
        let mut text = String::new();
        for (i, cell) in total.iter().enumerate() {
            if i > 0 {
                text.push(delimiter);
            }
            push_cell(&mut text, &cell.plain(), delimiter);
        }
        text.push_str(end);
        file.write_all(&encode(&text, encoding))?;
    }
    file.flush()?;
    to.files += 1;
    to.rows += rows.len() as u64;
    Ok(())
}
