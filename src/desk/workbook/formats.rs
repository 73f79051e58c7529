//! How cells of the desk's workbooks look, and what goes wrong in writing them.

use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, FormatBorder, XlsxError};

use unicode_width::UnicodeWidthStr;

use crate::bulletin::xlsx::reads_as_formula;
use crate::error::Fault;
use crate::kernel::dates::civil;

pub(in crate::desk) struct Formats {
    pub header: Format,
    pub locked: Format,
    pub guarded: Format,
    pub open: Format,
    pub title: Format,
}

impl Formats {
    pub fn new() -> Self {
        let cell = || Format::new().set_border(FormatBorder::Thin).set_align(FormatAlign::Top);
        let text = || cell().set_num_format("@").set_text_wrap();
        Self {
            header: cell().set_bold().set_text_wrap().set_align(FormatAlign::Center).set_background_color("E9EEF4"),
            locked: text(),
            guarded: text().set_quote_prefix(),
            open: text().set_unlocked().set_background_color("FFFBE6"),
            title: Format::new().set_bold().set_font_size(16),
        }
    }
    /// What a spreadsheet would take for a formula keeps its mark of text.
    pub fn of(&self, text: &str) -> &Format {
        if reads_as_formula(text) { &self.guarded } else { &self.locked }
    }
}

/// The day that a workbook says it was made, so that the same day gives the same bytes.
///
/// # Errors
/// A day that spreadsheets do not know.
pub(in crate::desk) fn made_on(day: i32) -> Result<ExcelDateTime, XlsxError> {
    let (year, month, day) = civil(day);
    let small = |n: u32| u8::try_from(n).unwrap_or(1);
    ExcelDateTime::from_ymd(u16::try_from(year).unwrap_or(2000), small(month), small(day))
}

pub(in crate::desk) fn fault(error: &XlsxError) -> Fault {
    match error {
        XlsxError::IoError(e) => std::io::Error::new(e.kind(), e.to_string()).into(),
        other => Fault::Internal(format!("writing a workbook: {other}")),
    }
}

/// The height of a row whose texts wrap in columns of these widths (half-width characters): spreadsheets do not work it out for a
/// file that they did not write themselves.
pub(in crate::desk) fn height<'a>(cells: impl IntoIterator<Item = (&'a str, f64)>) -> f64 {
    const LINE: u32 = 15;
    // A spreadsheet allows 409 points.
    const MOST: u32 = 26;
    let lines = |(text, width): (&str, f64)| {
        let mut lines = 1;
        // A little less than the column, for its borders and for words that do not break.
        while lines < MOST && text.width() as f64 > f64::from(lines) * (width - 2.0).max(2.0) {
            lines += 1;
        }
        lines
    };
    f64::from(cells.into_iter().map(lines).max().unwrap_or(1) * LINE)
}
