//! Writes the workbook.

use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle, DocProperties, ProtectionOptions, Workbook, Worksheet, XlsxError,
};

use super::formats::{Formats, fault, height, made_on};
use super::{
    ANSWERS, CASES, EVIDENCE, FRONT, KEY, LEDGER, ROWS, SEAL, SNAPSHOT, Seal, VERDICTS, evidence, plain, row_key,
};
use crate::error::Result;
use crate::kernel::secret::Secret;
use crate::ledger::reasons::REASONS;
use crate::ledger::{Case, Settings, Store};

/// Rows of a sheet below its header.
const ROWS_A_SHEET: usize = 1_048_000;

/// What the first sheet says.
#[derive(Debug, Clone)]
pub struct Front {
    pub office: String,
    /// Whose cases these are.
    pub whose: String,
    /// The day it is made, days since 1970-01-01.
    pub day: i32,
}

/// The workbook's bytes: the same cases on the same day give the same bytes.
///
/// # Errors
/// [`Fault::Internal`] when it cannot be made; what reading the ledger may give.
pub fn workbook(
    store: &dyn Store,
    settings: &Settings,
    secret: &Secret,
    cases: &[Case],
    front: &Front,
) -> Result<Vec<u8>> {
    let head = store.head()?;
    let seal = Seal { ledger: store.identity().to_owned(), seq: head.seq, hash: head.hash, rows: cases.len() };
    let make = || -> std::result::Result<Vec<u8>, XlsxError> {
        let formats = Formats::new();
        let mut book = Workbook::new();
        let made = made_on(front.day)?;
        let title = format!("{}问题核实工作簿", front.whose);
        book.set_properties(
            &DocProperties::new().set_title(&title).set_author(&front.office).set_creation_datetime(&made),
        );
        first_sheet(book.add_worksheet(), &formats, front, &seal, secret)?;
        let none: &[Case] = &[];
        for (part, cases) in cases.chunks(ROWS_A_SHEET).chain(cases.is_empty().then_some(none)).enumerate() {
            let sheet = book.add_worksheet();
            sheet.set_name(if part == 0 { CASES.to_owned() } else { format!("{CASES}({})", part + 1) })?;
            sheet_of(sheet, &formats, settings, secret, &seal.ledger, cases)?;
        }
        codes(book.add_worksheet(), &formats)?;
        book.save_to_buffer()
    };
    make().map_err(|e| fault(&e))
}

fn first_sheet(
    sheet: &mut Worksheet,
    formats: &Formats,
    front: &Front,
    seal: &Seal,
    secret: &Secret,
) -> std::result::Result<(), XlsxError> {
    sheet.set_name(FRONT)?;
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 1);
    sheet.set_column_width(0, 20)?.set_column_width(1, 90)?;
    sheet.write_string_with_format(0, 0, plain(&format!("{}问题核实工作簿", front.whose)), &formats.title)?;
    let facts = [
        ("发出单位", plain(&front.office)),
        ("范围", plain(&front.whose)),
        ("导出日期", crate::ledger::event::day_text(front.day)),
        (ROWS, seal.rows.to_string()),
        (LEDGER, seal.ledger.clone()),
        (SNAPSHOT, format!("{} {}", seal.seq, seal.hash)),
        (SEAL, seal.mac(secret)),
        (
            "填写方法",
            format!(
                "只填“{CASES}”中浅黄色各列。核实结论从下拉列表选:{}。留空即未核实,删去整行也按未核实处理。",
                VERDICTS.join("、")
            ),
        ),
        ("不属实", "须选不属实理由(代码表见“代码”);合法离岗、编制豁免、政策性安置须填文号和有效期至。".to_owned()),
        ("移送", "须填移送机关、文号和回复期限。".to_owned()),
        (
            "不要改动",
            format!("编号、事实等锁定列和隐藏的“{KEY}”列;可以排序、筛选、删行。改动过的行不予导入,全表不写入。"),
        ),
        ("性质", "所列为数据比对等产生的疑点,核实前不作结论。姓名已脱敏。".to_owned()),
    ];
    for (row, (name, value)) in (2..).zip(&facts) {
        sheet.write_string_with_format(row, 0, *name, &formats.header)?;
        sheet.write_string_with_format(row, 1, value, formats.of(value))?;
        sheet.set_row_height(row, height([(value.as_str(), 90.0)]))?;
    }
    sheet.protect();
    Ok(())
}

fn sheet_of(
    sheet: &mut Worksheet,
    formats: &Formats,
    settings: &Settings,
    secret: &Secret,
    ledger: &str,
    cases: &[Case],
) -> std::result::Result<(), XlsxError> {
    const WIDTHS: [f64; 20] = [
        4.0, 22.0, 10.0, 14.0, 16.0, 6.0, 24.0, 10.0, 60.0, 30.0, 10.0, 12.0, 12.0, 16.0, 20.0, 14.0, 16.0, 30.0, 10.0,
        12.0,
    ];
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0).set_footer("&C&P / &N");
    let titles: Vec<&str> = [KEY].into_iter().chain(EVIDENCE).chain(ANSWERS).collect();
    let mut last = 0;
    for (column, (title, width)) in (0..).zip(titles.iter().zip(WIDTHS)) {
        sheet.write_string_with_format(0, column, *title, &formats.header)?;
        sheet.set_column_width(column, width)?;
        last = column;
    }
    sheet.set_column_hidden(0)?;
    let first_answer = u16::try_from(1 + EVIDENCE.len()).unwrap_or(0);
    for (row, case) in (1..).zip(cases) {
        let evidence = evidence(case, settings);
        let key = row_key(secret, ledger, &case.id, case.events, &evidence);
        sheet.write_string_with_format(row, 0, &key, &formats.locked)?;
        sheet.set_row_height(row, height(evidence.iter().map(String::as_str).zip(WIDTHS[1..].iter().copied())))?;
        for (column, text) in (1..).zip(&evidence) {
            sheet.write_string_with_format(row, column, text, formats.of(text))?;
        }
        for column in first_answer..=last {
            sheet.write_blank(row, column, &formats.open)?;
        }
    }
    let bottom = u32::try_from(cases.len()).unwrap_or(u32::MAX).max(1);
    let reasons: Vec<&str> = REASONS.iter().map(|r| r.code).collect();
    for (column, list, title) in
        [(first_answer, &VERDICTS[..], ANSWERS[0]), (first_answer + 1, &reasons[..], ANSWERS[1])]
    {
        let validation = DataValidation::new()
            .allow_list_strings(list)?
            .set_error_style(DataValidationErrorStyle::Stop)
            .set_error_title(title)?
            .set_error_message("请从列表中选择")?;
        sheet.add_data_validation(1, column, bottom, column, &validation)?;
    }
    sheet.set_freeze_panes(1, 2)?;
    sheet.autofilter(0, 0, bottom, last)?;
    sheet.set_repeat_rows(0, 0)?;
    let options = ProtectionOptions {
        sort: true,
        use_autofilter: true,
        delete_rows: true,
        format_columns: true,
        format_rows: true,
        ..ProtectionOptions::default()
    };
    sheet.protect_with_options(&options);
    Ok(())
}

/// The codes of the reasons.
fn codes(sheet: &mut Worksheet, formats: &Formats) -> std::result::Result<(), XlsxError> {
    sheet.set_name("代码")?;
    sheet.set_column_width(0, 24)?.set_column_width(1, 40)?.set_column_width(2, 24)?;
    for (column, title) in (0..).zip(["不属实理由", "含义", "须填文号和有效期至"]) {
        sheet.write_string_with_format(0, column, title, &formats.header)?;
    }
    for (row, reason) in (1..).zip(REASONS) {
        sheet.write_string_with_format(row, 0, reason.code, &formats.locked)?;
        sheet.write_string_with_format(row, 1, reason.zh, &formats.locked)?;
        sheet.write_string_with_format(row, 2, if reason.exempts { "是" } else { "否" }, &formats.locked)?;
    }
    sheet.protect();
    Ok(())
}
