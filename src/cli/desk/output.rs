//! A page with tables in the format asked for.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::cli::sheet::{templates, text_of, write_whole};
use crate::cli::{Session, put};
use crate::desk::page::Page;
use crate::desk::sheets;
use crate::desk::units::refused;
use crate::error::{Fault, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Csv,
    Json,
    Xlsx,
}

#[derive(Debug, Args)]
pub struct Output {
    /// csv gives the first table / 格式
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// File to write; needed for XLSX [default: standard output] / 输出文件
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

/// Prints or writes a page; `data` is what JSON says.
///
/// # Errors
/// [`Fault::Refused`] for XLSX without a file; what writing may give.
pub fn deliver<T: Serialize>(session: &Session, output: &Output, page: &Page, data: &T, day: i32) -> Result<()> {
    let bytes = match output.format {
        Format::Text => text_of(page).into_bytes(),
        Format::Csv => match page.tables.first() {
            Some(grid) => sheets::csv(grid)?.trim_end().as_bytes().to_vec(),
            None => Vec::new(),
        },
        Format::Json => serde_json::to_vec_pretty(data).map_err(|e| Fault::Internal(e.to_string()))?,
        Format::Xlsx if output.to.is_none() => {
            return Err(refused(
                "no-file",
                "XLSX 须写入文件",
                "a workbook goes into a file",
                "加 --to 文件",
                "add --to FILE",
            ));
        }
        Format::Xlsx => {
            let (_, words) = templates(None)?;
            sheets::xlsx(page, words.words.get("name").map_or("", String::as_str), day)?
        }
    };
    match &output.to {
        Some(path) => {
            write_whole(path, &bytes)?;
            let path = path.display();
            put(&session.language.pick(&format!("已写入 {path}"), &format!("written to {path}")));
        }
        // The mark by which Excel knows UTF-8 belongs to files.
        None => put(String::from_utf8_lossy(&bytes).trim_start_matches('\u{FEFF}')),
    }
    Ok(())
}
