//! The working copy: every table on a sheet, the list of findings with a column for the verdict, and the queries behind it all.
//!
//! No cell is a formula or a link: texts are written as texts, and one that a spreadsheet would take for a formula when it is
//! edited is marked as text as well.

use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder,
    Workbook, Worksheet, XlsxError,
};

use unicode_width::UnicodeWidthStr;

use super::figures::Figures;
use super::named::Kind;
use super::office::Office;
use super::table::{Column, Shown, Table, hundredths};
use crate::error::{Fault, Result, printable};
pub use crate::publish::format::reads_as_formula;

/// Rows of a sheet below its header; what is more goes on another sheet.
const ROWS_A_SHEET: usize = 1_048_575;
/// Characters of a cell.
const TEXT_LIMIT: usize = 32_767;
/// Verdicts that a checker can choose from.
pub const VERDICTS: [&str; 5] = ["属实", "部分属实", "不属实", "数据错误", "移送"];
/// Columns that the checker fills in.
const ANSWERS: [(&str, f64); 4] = [("核实结论", 12.0), ("核实说明", 36.0), ("核实人", 12.0), ("核实日期", 12.0)];

fn fault(error: XlsxError) -> Fault {
    match error {
        XlsxError::IoError(e) => e.into(),
        other => Fault::Internal(format!("writing a workbook: {other}")),
    }
}

struct Formats {
    header: Format,
    text: Format,
    guarded: Format,
    whole: Format,
    money: Format,
    rate: Format,
    percent: Format,
    title: Format,
    plain: Format,
}

impl Formats {
    fn new() -> Self {
        let cell = || Format::new().set_border(FormatBorder::Thin).set_align(FormatAlign::Top);
        let text = || cell().set_num_format("@").set_text_wrap();
        Self {
            header: cell().set_bold().set_text_wrap().set_align(FormatAlign::Center).set_background_color("E9EEF4"),
            text: text(),
            guarded: text().set_quote_prefix(),
            whole: cell().set_num_format("#,##0"),
            money: cell().set_num_format("#,##0.00"),
            rate: cell().set_num_format("0.0"),
            percent: cell().set_num_format("0.00%"),
            title: Format::new().set_bold().set_font_size(16),
            plain: Format::new().set_num_format("@").set_text_wrap().set_align(FormatAlign::Top),
        }
    }
}

/// The workbook's bytes.
///
/// # Errors
/// [`Fault::Internal`] when the workbook cannot be made.
pub fn workbook(figures: &Figures, office: &Office, summary: &[String]) -> Result<Vec<u8>> {
    make(figures, office, summary).map_err(fault)
}

/// A sender's receipt: a first sheet of facts, then the tables.
///
/// # Errors
/// [`Fault::Internal`] when the workbook cannot be made.
pub fn receipt(
    title: &str,
    period: &str,
    office: &Office,
    front: &[(String, String)],
    tables: &[&Table],
) -> Result<Vec<u8>> {
    let make = || -> std::result::Result<Vec<u8>, XlsxError> {
        let formats = Formats::new();
        let mut book = Workbook::new();
        book.set_properties(&properties(title, period, office)?);
        let sheet = book.add_worksheet();
        sheet.set_name("回执")?;
        page(sheet, title)?;
        sheet.set_column_width(0, 20)?.set_column_width(1, 70)?;
        text(sheet, 0, 0, title, &formats.title)?;
        for (r, (name, value)) in front.iter().enumerate() {
            let r = u32::try_from(r + 2).unwrap_or(u32::MAX);
            text(sheet, r, 0, name, &formats.text)?;
            text(sheet, r, 1, value, &formats.text_for(value))?;
        }
        for table in tables {
            for (part, rows) in chunks(&table.rows).enumerate() {
                let name = if part == 0 { table.title.clone() } else { format!("{}({})", table.title, part + 1) };
                list(book.add_worksheet(), &formats, &name, title, table, rows, false)?;
            }
        }
        book.save_to_buffer()
    };
    make().map_err(fault)
}

/// The period's own first day stands in for the clock: the same month gives the same bytes.
fn properties(title: &str, period: &str, office: &Office) -> std::result::Result<DocProperties, XlsxError> {
    let (year, month) = period.split_once('-').unwrap_or(("2000", "1"));
    let day = ExcelDateTime::from_ymd(year.parse().unwrap_or(2000), month.parse().unwrap_or(1), 1)?;
    Ok(DocProperties::new().set_title(title).set_author(word(office, "name")).set_creation_datetime(&day))
}

fn make(figures: &Figures, office: &Office, summary: &[String]) -> std::result::Result<Vec<u8>, XlsxError> {
    let formats = Formats::new();
    let mut book = Workbook::new();
    let title = format!("{}{}", figures.month, word(office, "title"));
    book.set_properties(&properties(&title, &figures.period, office)?);
    front(book.add_worksheet(), &formats, figures, office, summary)?;
    let last = |id: &str| ["findings", "files", "rule_runs"].contains(&id);
    let hidden = |id: &str| ["headline", "coverage", "people"].contains(&id);
    if let Some(findings) = figures.tables.get("findings") {
        for (part, rows) in chunks(&findings.rows).enumerate() {
            let name = if part == 0 { findings.title.clone() } else { format!("{}({})", findings.title, part + 1) };
            list(book.add_worksheet(), &formats, &name, &title, findings, rows, true)?;
        }
    }
    let middle = figures.tables.values().filter(|t| !last(&t.id) && !hidden(&t.id));
    let end = figures.tables.values().filter(|t| last(&t.id) && t.id != "findings");
    for table in middle.chain(end) {
        for (part, rows) in chunks(&table.rows).enumerate() {
            let name = if part == 0 { table.title.clone() } else { format!("{}({})", table.title, part + 1) };
            list(book.add_worksheet(), &formats, &name, &title, table, rows, false)?;
        }
    }
    queries(book.add_worksheet(), &formats, figures)?;
    book.save_to_buffer()
}

/// At least one chunk, so that an empty table has its sheet too.
fn chunks(rows: &[Vec<Shown>]) -> impl Iterator<Item = &[Vec<Shown>]> {
    let none: &[Vec<Shown>] = &[];
    rows.chunks(ROWS_A_SHEET).chain(rows.is_empty().then_some(none))
}

fn word<'a>(office: &'a Office, key: &str) -> &'a str {
    office.words.get(key).map(String::as_str).unwrap_or_default()
}

/// What this workbook is: the month, the sentences, the checks, what the sheets hold.
fn front(
    sheet: &mut Worksheet,
    formats: &Formats,
    figures: &Figures,
    office: &Office,
    summary: &[String],
) -> std::result::Result<(), XlsxError> {
    sheet.set_name("说明")?;
    page(sheet, &figures.month)?;
    sheet.set_print_fit_to_pages(1, 1);
    sheet.set_column_width(0, 34)?.set_column_width(1, 24)?.set_column_width(2, 34)?.set_column_width(3, 24)?;
    text(sheet, 0, 0, &format!("{}{}（工作底稿）", figures.month, word(office, "title")), &formats.title)?;
    let facts = [
        ("发布单位", word(office, "name").to_owned()),
        ("期间", figures.period.clone()),
        ("上一已发布月份", figures.previous.clone()),
        ("运行编号", figures.run_id.clone()),
        ("发布内容摘要(SHA-256)", figures.digest.clone()),
        ("生成程序", figures.program.clone()),
        ("筛选", "未消除的问题；姓名、证件号已脱敏；小于下限的人数不列示".to_owned()),
        ("未消除问题", figures.facts.get("n").cloned().unwrap_or_default()),
        ("填写", format!("“问题清单”末四列由核实人填写；核实结论从下拉列表选择：{}", VERDICTS.join("、"))),
    ];
    let mut row = 2;
    for (name, value) in &facts {
        text(sheet, row, 0, name, &formats.text)?;
        sheet.merge_range(row, 1, row, 3, "", &formats.text)?;
        text(sheet, row, 1, value, &formats.text)?;
        row += 1;
    }
    row += 1;
    for sentence in summary {
        sheet.merge_range(row, 0, row, 3, "", &formats.plain)?;
        text(sheet, row, 0, sentence, &formats.plain)?;
        sheet.set_row_height(row, 34)?;
        row += 1;
    }
    row += 1;
    for (column, name) in ["核对关系", "数值", "应等于", "数值"].into_iter().enumerate() {
        text(sheet, row, u16::try_from(column).unwrap_or(0), name, &formats.header)?;
    }
    for b in &figures.balances {
        row += 1;
        text(sheet, row, 0, &format!("{}:{}", b.what, b.left), &formats.text)?;
        text(sheet, row, 1, &b.left_value, &formats.text)?;
        text(sheet, row, 2, &b.right, &formats.text)?;
        text(sheet, row, 3, &b.right_value, &formats.text)?;
    }
    Ok(())
}

/// A table: header frozen and repeated in print, filters, widths by contents.
fn list(
    sheet: &mut Worksheet,
    formats: &Formats,
    name: &str,
    title: &str,
    table: &Table,
    rows: &[Vec<Shown>],
    answers: bool,
) -> std::result::Result<(), XlsxError> {
    sheet.set_name(sheet_name(name))?;
    page(sheet, title)?;
    let columns: Vec<&Column> = table.columns.iter().collect();
    let mut last = 0;
    for (c, column) in columns.iter().enumerate() {
        last = u16::try_from(c).unwrap_or(u16::MAX);
        text(sheet, 0, last, &column.title, &formats.header)?;
        sheet.set_column_width(last, width(column))?;
    }
    for (r, values) in rows.iter().enumerate() {
        let r = u32::try_from(r + 1).unwrap_or(u32::MAX);
        sheet.set_row_height(r, 15.0 * lines(&columns, values))?;
        for (c, (column, value)) in columns.iter().zip(values).enumerate() {
            put(sheet, formats, r, u16::try_from(c).unwrap_or(u16::MAX), column.kind, value)?;
        }
    }
    let bottom = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    if answers {
        for (name, width) in ANSWERS {
            last += 1;
            text(sheet, 0, last, name, &formats.header)?;
            sheet.set_column_width(last, width)?;
            for r in 1..=bottom {
                sheet.write_blank(r, last, &formats.text)?;
            }
        }
        let first = last + 1 - u16::try_from(ANSWERS.len()).unwrap_or(0);
        let validation = DataValidation::new()
            .allow_list_strings(&VERDICTS)?
            .set_error_style(DataValidationErrorStyle::Stop)
            .set_error_title("核实结论")?
            .set_error_message(format!("请从列表中选择：{}", VERDICTS.join("、")))?;
        sheet.add_data_validation(1, first, bottom.max(1), first, &validation)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.autofilter(0, 0, bottom.max(1), last)?;
    sheet.set_repeat_rows(0, 0)?;
    Ok(())
}

/// Each table's query as it was asked, to be asked again.
fn queries(sheet: &mut Worksheet, formats: &Formats, figures: &Figures) -> std::result::Result<(), XlsxError> {
    sheet.set_name("查询")?;
    page(sheet, &figures.month)?;
    sheet.set_column_width(0, 24)?.set_column_width(1, 120)?;
    text(sheet, 0, 0, "表", &formats.header)?;
    text(sheet, 0, 1, "查询语句（可用 hedui query 或 DuckDB 重新执行）", &formats.header)?;
    for (r, table) in figures.tables.values().enumerate() {
        let r = u32::try_from(r + 1).unwrap_or(u32::MAX);
        text(sheet, r, 0, &table.title, &formats.text)?;
        text(sheet, r, 1, &table.sql, &formats.text)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn put(
    sheet: &mut Worksheet,
    formats: &Formats,
    row: u32,
    column: u16,
    kind: Kind,
    value: &Shown,
) -> std::result::Result<(), XlsxError> {
    let format = match kind {
        Kind::Yuan => &formats.money,
        Kind::Rate => &formats.rate,
        Kind::Percent => &formats.percent,
        _ => &formats.whole,
    };
    let number = if kind == Kind::Percent {
        value.cell.text().and_then(|t| t.parse::<f64>().ok())
    } else {
        hundredths(&value.cell).map(|n| n as f64 / 100.0)
    };
    match number.filter(|_| kind.is_number()) {
        Some(number) => sheet.write_number_with_format(row, column, number, format).map(|_| ()),
        None => text(sheet, row, column, &value.text, &formats.text_for(&value.text)),
    }
}

impl Formats {
    /// What reads as a formula keeps its mark of text.
    fn text_for(&self, text: &str) -> Format {
        if reads_as_formula(text) { self.guarded.clone() } else { self.text.clone() }
    }
}

fn text(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    text: &str,
    format: &Format,
) -> std::result::Result<(), XlsxError> {
    let lines: Vec<String> = text.split('\n').map(printable).collect();
    let mut text = lines.join("\n");
    if text.chars().count() > TEXT_LIMIT {
        text = text.chars().take(TEXT_LIMIT - 1).chain(['…']).collect();
    }
    sheet.write_string_with_format(row, column, text, format).map(|_| ())
}

/// A4 across, one page wide, with page numbers.
fn page(sheet: &mut Worksheet, title: &str) -> std::result::Result<(), XlsxError> {
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0);
    // An ampersand begins a code in headers.
    sheet.set_header(format!("&C{}", title.replace('&', "&&"))).set_footer("&C&P / &N");
    Ok(())
}

/// Wide characters count twice; long texts are wrapped.
fn width(column: &Column) -> f64 {
    (column.width.max(column.title.width()) as f64 + 2.0).clamp(8.0, 44.0)
}

/// Lines that the longest text of a row is wrapped into; programs that do not measure texts would show the first one only.
fn lines(columns: &[&Column], values: &[Shown]) -> f64 {
    let of = |(column, value): (&&Column, &Shown)| (value.text.width() as f64 / (width(column) - 1.0)).ceil();
    columns.iter().zip(values).map(of).fold(1.0, f64::max).min(20.0)
}

/// A sheet's name holds 31 characters and not all of them.
fn sheet_name(name: &str) -> String {
    name.chars().filter(|c| !"[]:*?/\\'".contains(*c)).take(31).collect()
}
