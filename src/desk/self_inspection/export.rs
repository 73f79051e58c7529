//! Writes a unit's, or a department's, workbook of self-inspection.

use rust_xlsxwriter::{
    DataValidation, DataValidationErrorStyle, DocProperties, ProtectionOptions, Workbook, Worksheet, XlsxError,
};

use super::Round;
use super::numbers::{self, Numbers};
use crate::desk::ask::Asking;
use crate::desk::units::Unit;
use crate::desk::workbook::formats::{Formats, fault, height, made_on};
use crate::desk::workbook::{FRONT, KEY, LEDGER, SEAL, plain, row_key};
use crate::error::Result;
use crate::kernel::secret::Secret;
use crate::ledger::Settings;
use crate::ledger::event::day_text;

/// The sheets.
pub const UNITS: &str = "单位自查结论";
pub const ITEMS: &str = "自查事项";
pub const PROBLEMS: &str = "问题清单";
/// Locked and open columns of [`UNITS`].
pub const UNIT_FACTS: [&str; 5] = ["单位", "机构编码", "主管部门", "编制(核定/实有)", "领导职数(核定/实配)"];
pub const UNIT_ANSWERS: [&str; 6] = ["自查结论", "数字核对", "数字不符说明", "填报人", "单位负责人", "填报日期"];
/// Locked and open columns of [`ITEMS`].
pub const ITEM_FACTS: [&str; 4] = ["单位", "类别", "事项编码", "事项"];
pub const TICK: &str = "有无问题";
/// Columns of [`PROBLEMS`], all open.
pub const PROBLEM_COLUMNS: [&str; 7] = ["单位", "事项编码", "事实", "存量或新增", "整改措施", "整改时限", "责任人"];
pub const ANSWERS: [&str; 2] = ["发现问题", "零报告"];
pub const FIGURES: [&str; 2] = ["相符", "不符"];
pub const TICKS: [&str; 2] = ["无", "有"];
pub const ORIGINS: [&str; 2] = ["存量", "新增"];
/// Labels of the first sheet that [`super::import`] reads.
pub const ROUND: &str = "自查编号";
pub const COUNT: &str = "单位数";

/// What a workbook belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    pub office: &'a str,
    /// The ledger's identity.
    pub ledger: &'a str,
    pub secret: &'a Secret,
    pub settings: &'a Settings,
    /// Days since 1970-01-01.
    pub day: i32,
}

/// What the sheets of a round are called.
#[must_use]
pub fn title(name: &str) -> String {
    if name.ends_with("自查") { format!("{name}表") } else { format!("{name}自查表") }
}

/// The seal of the first sheet.
#[must_use]
pub fn seal(secret: &Secret, ledger: &str, round: &str, units: usize) -> String {
    secret.key("self-inspection-seal", &format!("{ledger}\n{round}\n{units}"))
}

/// What a row of [`UNITS`] is keyed by.
#[must_use]
pub fn unit_row(round: &str, unit: &str) -> String {
    format!("{round}/{unit}")
}

/// What a row of [`ITEMS`] is keyed by.
#[must_use]
pub fn item_row(round: &str, unit: &str, item: &str) -> String {
    format!("{round}/{unit}/{item}")
}

/// The numbers of all units, read once for many workbooks.
pub struct Figures(std::collections::BTreeMap<String, Numbers>);

impl Figures {
    /// # Errors
    /// What reading may give.
    pub fn read(asking: &mut Asking) -> Result<Self> {
        numbers::read(asking).map(Self)
    }
}

/// The workbook's bytes.
///
/// # Errors
/// [`crate::error::Fault::Internal`] when it cannot be made.
pub fn workbook(round: &Round, units: &[&Unit], figures: &Figures, sender: Sender<'_>) -> Result<Vec<u8>> {
    let make = || -> std::result::Result<Vec<u8>, XlsxError> {
        let formats = Formats::new();
        let mut book = Workbook::new();
        let made = made_on(sender.day)?;
        let title = title(&round.name);
        let properties = DocProperties::new().set_title(&title).set_author(sender.office).set_creation_datetime(&made);
        book.set_properties(&properties);
        first_sheet(book.add_worksheet(), &formats, round, units, sender)?;
        unit_sheet(book.add_worksheet(), &formats, round, units, figures, sender)?;
        item_sheet(book.add_worksheet(), &formats, round, units, sender)?;
        problem_sheet(book.add_worksheet(), &formats, units.len(), round.items.len())?;
        code_sheet(book.add_worksheet(), &formats, round, sender.settings)?;
        book.save_to_buffer()
    };
    make().map_err(|e| fault(&e))
}

const UNIT_WIDTHS: [f64; 12] = [4.0, 26.0, 15.0, 22.0, 20.0, 30.0, 11.0, 9.0, 22.0, 9.0, 11.0, 11.0];
const ITEM_WIDTHS: [f64; 6] = [4.0, 32.0, 24.0, 22.0, 40.0, 12.0];

type Written = std::result::Result<(), XlsxError>;

fn first_sheet(
    sheet: &mut Worksheet,
    formats: &Formats,
    round: &Round,
    units: &[&Unit],
    sender: Sender<'_>,
) -> Written {
    sheet.set_name(FRONT)?;
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 1);
    sheet.set_column_width(0, 16)?.set_column_width(1, 96)?;
    sheet.write_string_with_format(0, 0, plain(&title(&round.name)), &formats.title)?;
    let names: Vec<&str> = units.iter().take(20).map(|u| u.name.as_str()).collect();
    let more = if units.len() > names.len() { "等" } else { "" };
    let facts = [
        ("发出单位", plain(sender.office)),
        ("填报单位", plain(&format!("{}{more}", names.join("、")))),
        ("填报期限", round.due.clone()),
        ("数据期间", round.period.clone()),
        ("导出日期", day_text(sender.day)),
        (COUNT, units.len().to_string()),
        (ROUND, round.id.clone()),
        (LEDGER, sender.ledger.to_owned()),
        (SEAL, seal(sender.secret, sender.ledger, &round.id, units.len())),
        (
            "第一步",
            format!("在“{ITEMS}”逐项对照,选“无”或“有”。选“有”的,在“{PROBLEMS}”逐件写明,一件一行,一项可写多件。"),
        ),
        (
            "第二步",
            format!(
                "在“{UNITS}”选自查结论:没有问题的选“零报告”,同样须由填报人和单位负责人署名;核对编制、职数,不符的写明。"
            ),
        ),
        ("报送", "只填浅黄色各格,填好后整本报回。锁定的格和隐藏的行键列不要改动,改动过的不予接收。".to_owned()),
        ("零报告", "零报告即本单位对全部事项负责地报告“无问题”。与数据比对结果不一致的,将逐件核实。".to_owned()),
    ];
    for (row, (name, value)) in (2..).zip(&facts) {
        sheet.write_string_with_format(row, 0, *name, &formats.header)?;
        sheet.write_string_with_format(row, 1, value, formats.of(value))?;
        sheet.set_row_height(row, height([(value.as_str(), 96.0)]))?;
    }
    sheet.protect();
    Ok(())
}

/// Key, facts and blank answers of a row.
fn row(sheet: &mut Worksheet, formats: &Formats, at: u32, key: &str, facts: &[String], answers: u16) -> Written {
    let texts = facts.iter().map(String::as_str);
    let widths: &[f64] = if facts.len() == UNIT_FACTS.len() { &UNIT_WIDTHS } else { &ITEM_WIDTHS };
    sheet.set_row_height(at, height(texts.zip(widths[1..].iter().copied())))?;
    sheet.write_string_with_format(at, 0, key, &formats.locked)?;
    let mut column = 1;
    for text in facts {
        sheet.write_string_with_format(at, column, text, formats.of(text))?;
        column += 1;
    }
    for column in column..column + answers {
        sheet.write_blank(at, column, &formats.open)?;
    }
    Ok(())
}

fn header(sheet: &mut Worksheet, formats: &Formats, titles: &[&str], widths: &[f64]) -> Written {
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0).set_footer("&C&P / &N");
    for (column, (title, width)) in (0..).zip(titles.iter().zip(widths)) {
        sheet.write_string_with_format(0, column, *title, &formats.header)?;
        sheet.set_column_width(column, *width)?;
    }
    sheet.set_repeat_rows(0, 0)?;
    Ok(())
}

fn choice(sheet: &mut Worksheet, column: u16, last: u32, title: &str, list: &[&str]) -> Written {
    let validation = DataValidation::new().allow_list_strings(list)?;
    pick(sheet, column, last, title, validation)
}

fn pick(sheet: &mut Worksheet, column: u16, last: u32, title: &str, validation: DataValidation) -> Written {
    let validation = validation
        .set_error_style(DataValidationErrorStyle::Stop)
        .set_error_title(title)?
        .set_error_message("请从列表中选择")?;
    sheet.add_data_validation(1, column, last, column, &validation)?;
    Ok(())
}

fn protect(sheet: &mut Worksheet) {
    sheet.protect_with_options(&ProtectionOptions {
        sort: true,
        use_autofilter: true,
        format_columns: true,
        format_rows: true,
        ..ProtectionOptions::default()
    });
}

/// What the row of a unit shows.
#[must_use]
fn unit_facts(round: &Round, unit: &Unit, figures: &Figures) -> [String; 5] {
    let numbers = figures.0.get(&unit.key).cloned().unwrap_or_default();
    let department = round.units.get(&unit.key).map(|a| a.department.clone()).unwrap_or_default();
    [unit.name.clone(), unit.code.clone().unwrap_or_default(), department, numbers.posts, numbers.leaders]
        .map(|text| plain(&text))
}

fn unit_sheet(
    sheet: &mut Worksheet,
    formats: &Formats,
    round: &Round,
    units: &[&Unit],
    figures: &Figures,
    sender: Sender<'_>,
) -> Written {
    sheet.set_name(UNITS)?;
    let titles: Vec<&str> = [KEY].into_iter().chain(UNIT_FACTS).chain(UNIT_ANSWERS).collect();
    header(sheet, formats, &titles, &UNIT_WIDTHS)?;
    for (at, unit) in (1..).zip(units) {
        let facts = unit_facts(round, unit, figures);
        let key = row_key(sender.secret, sender.ledger, &unit_row(&round.id, &unit.key), 0, &facts);
        row(sheet, formats, at, &key, &facts, 6)?;
    }
    let last = u32::try_from(units.len()).unwrap_or(u32::MAX).max(1);
    choice(sheet, 6, last, UNIT_ANSWERS[0], &ANSWERS)?;
    choice(sheet, 7, last, UNIT_ANSWERS[1], &FIGURES)?;
    sheet.set_column_hidden(0)?;
    sheet.set_freeze_panes(1, 2)?;
    protect(sheet);
    Ok(())
}

fn item_sheet(sheet: &mut Worksheet, formats: &Formats, round: &Round, units: &[&Unit], sender: Sender<'_>) -> Written {
    sheet.set_name(ITEMS)?;
    let titles: Vec<&str> = [KEY].into_iter().chain(ITEM_FACTS).chain([TICK]).collect();
    header(sheet, formats, &titles, &ITEM_WIDTHS)?;
    let mut at = 0;
    for unit in units {
        for code in &round.items {
            at += 1;
            let facts = item_facts(sender.settings, &unit.name, code);
            let key = row_key(sender.secret, sender.ledger, &item_row(&round.id, &unit.key, code), 0, &facts);
            row(sheet, formats, at, &key, &facts, 1)?;
        }
    }
    choice(sheet, 5, at.max(1), TICK, &TICKS)?;
    sheet.set_column_hidden(0)?;
    sheet.set_freeze_panes(1, 2)?;
    sheet.autofilter(0, 0, at.max(1), 5)?;
    protect(sheet);
    Ok(())
}

/// What the row of an item shows.
pub(super) fn item_facts(settings: &Settings, unit: &str, code: &str) -> [String; 4] {
    let words = |code: &str| settings.classes.get(code).map_or(code.to_owned(), |c| c.zh.clone());
    [unit.to_owned(), words(crate::ledger::classes::parent(code)), code.to_owned(), words(code)].map(|t| plain(&t))
}

fn problem_sheet(sheet: &mut Worksheet, formats: &Formats, units: usize, items: usize) -> Written {
    sheet.set_name(PROBLEMS)?;
    header(sheet, formats, &PROBLEM_COLUMNS, &[28.0, 22.0, 50.0, 10.0, 34.0, 12.0, 12.0])?;
    let last = u32::try_from((units * 5).clamp(60, 5000)).unwrap_or(60);
    for row in 1..=last {
        for column in 0..7 {
            sheet.write_blank(row, column, &formats.open)?;
        }
    }
    let list = |sheet: &str, column: &str, rows: usize| {
        let formula = format!("='{sheet}'!${column}$2:${column}${}", rows + 1);
        DataValidation::new().allow_list_formula(formula.as_str().into())
    };
    pick(sheet, 0, last, PROBLEM_COLUMNS[0], list(UNITS, "B", units.max(1)))?;
    pick(sheet, 1, last, PROBLEM_COLUMNS[1], list("代码", "A", items.max(1)))?;
    choice(sheet, 3, last, PROBLEM_COLUMNS[3], &ORIGINS)?;
    sheet.set_freeze_panes(1, 0)?;
    protect(sheet);
    Ok(())
}

fn code_sheet(sheet: &mut Worksheet, formats: &Formats, round: &Round, settings: &Settings) -> Written {
    sheet.set_name("代码")?;
    header(sheet, formats, &["事项编码", "类别", "事项"], &[24.0, 30.0, 44.0])?;
    for (at, code) in (1..).zip(&round.items) {
        let [_, class, code, words] = item_facts(settings, "", code);
        for (column, text) in [(0, &code), (1, &class), (2, &words)] {
            sheet.write_string_with_format(at, column, text, formats.of(text))?;
        }
    }
    sheet.protect();
    Ok(())
}
