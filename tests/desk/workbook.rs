//! Workbooks of cases, out and back.

use std::io::Read;
use std::path::Path;

use super::{Desk, state, well_formed};
use crate::office::error_of;

/// A workbook's sheets as texts.
pub fn sheets(path: &Path) -> Vec<(String, Vec<Vec<String>>)> {
    use calamine::{Reader, open_workbook_auto};
    let mut book = open_workbook_auto(path).expect("a workbook");
    let names = book.sheet_names();
    let rows = |range: calamine::Range<calamine::Data>| -> Vec<Vec<String>> {
        range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
    };
    names.into_iter().map(|name| (name.clone(), rows(book.worksheet_range(&name).expect("a sheet")))).collect()
}

/// A workbook as an officer saves it again: the same texts, without any format.
pub fn save(path: &Path, sheets: &[(String, Vec<Vec<String>>)]) {
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, rows) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(name).expect("a name");
        for (r, row) in (0..).zip(rows) {
            for (c, text) in (0..).zip(row).filter(|(_, t)| !t.is_empty()) {
                sheet.write_string(r, c, text).expect("written");
            }
        }
    }
    book.save(path).expect("saved");
}

pub struct Filled {
    pub sheets: Vec<(String, Vec<Vec<String>>)>,
}

impl Filled {
    pub fn rows(&mut self) -> &mut Vec<Vec<String>> {
        &mut self.sheets.iter_mut().find(|(name, _)| name == "问题清单").expect("the cases").1
    }
    pub fn at(&mut self, title: &str) -> usize {
        self.rows()[0].iter().position(|t| t == title).expect("a column")
    }
    pub fn set(&mut self, row: usize, title: &str, text: &str) {
        let at = self.at(title);
        let row = &mut self.rows()[row];
        if row.len() <= at {
            row.resize(at + 1, String::new());
        }
        text.clone_into(&mut row[at]);
    }
    pub fn get(&mut self, row: usize, title: &str) -> String {
        let at = self.at(title);
        self.rows()[row][at].clone()
    }
}

pub fn exported(desk: &Desk, name: &str) -> Filled {
    let path = desk.path(name);
    desk.ledger(&["export-workbook", "--to", path.to_str().expect("a path")]);
    Filled { sheets: sheets(&path) }
}

#[test]
fn a_workbook_says_what_it_is_and_locks_what_is_not_to_be_filled_in() {
    let desk = Desk::new();
    let mut book = exported(&desk, "cases.xlsx");
    assert_eq!(book.sheets[0].0, "说明");
    assert!(book.rows().len() > 3);
    let mut archive =
        zip::ZipArchive::new(std::fs::File::open(desk.path("cases.xlsx")).expect("open")).expect("a package");
    let mut parts = std::collections::BTreeMap::new();
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).expect("a part");
        let mut xml = String::new();
        part.read_to_string(&mut xml).expect("UTF-8");
        well_formed(part.name(), &xml);
        parts.insert(part.name().to_owned(), xml);
    }
    let cases = &parts["xl/worksheets/sheet2.xml"];
    for word in ["<sheetProtection ", "<dataValidation ", "属实,部分属实,不属实,数据错误,移送", "hidden=\"1\""]
    {
        assert!(cases.contains(word), "{word}");
    }
    assert!(parts["xl/styles.xml"].contains("<protection locked=\"0\"/>"), "the cells to fill in are open");
    let unit = desk.json(&["ledger", "list", "--format", "json", "--state", "open"])[0]["unit_key"].clone();
    let to = desk.path("one.xlsx");
    let arguments = [
        "export-workbook",
        "--depth",
        "0",
        "--unit",
        unit.as_str().expect("a key"),
        "--to",
        to.to_str().expect("a path"),
    ];
    desk.ledger(&arguments);
    let mut one = Filled { sheets: sheets(&to) };
    let at = one.at("单位");
    let names: std::collections::BTreeSet<String> = one.rows()[1..].iter().map(|r| r[at].clone()).collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[test]
fn a_filled_workbook_is_joined_by_its_keys_and_comes_twice_without_harm() {
    let desk = Desk::new();
    let mut book = exported(&desk, "cases.xlsx");
    let ids: Vec<String> = (1..5).map(|n| book.get(n, "问题编号")).collect();
    book.set(1, "核实结论", "属实");
    book.set(1, "核实说明", "已核对工资表");
    book.set(1, "核实人", "乙");
    book.set(2, "核实结论", "不属实");
    book.set(2, "不属实理由", "not_the_same_person");
    book.set(3, "核实结论", "移送");
    book.set(3, "移送机关", "市纪委");
    book.set(3, "文号", "移字1号");
    book.set(3, "日期(有效期至、回复期限)", "2099-01-31");
    // Sorted another way, with a row dropped: what is gone is undecided.
    let mut rows = book.rows().split_off(1);
    let all = rows.len();
    rows.remove(3);
    rows.reverse();
    book.rows().append(&mut rows);
    let path = desk.path("filled.xlsx");
    save(&path, &book.sheets);
    let file = path.to_str().expect("a path");
    let before = desk.log();
    let dry = desk.ledger(&["import-workbook", file, "--by", "甲", "--dry-run", "--lang", "en"]);
    assert!(dry.contains("3 verdicts taken") && desk.log() == before, "{dry}");
    let told = desk.ledger(&["import-workbook", file, "--by", "甲", "--lang", "en"]);
    assert!(told.contains(&format!("3 verdicts taken, 0 in the ledger already, {} undecided", all - 3)), "{told}");
    let now: Vec<String> = ids.iter().map(|id| state(&desk, id)).collect();
    assert_eq!(now, ["confirmed", "not_confirmed", "transferred", "suspicion"]);
    let log = desk.log();
    assert!(log.contains("\"who\":\"乙\"") && log.contains("filled.xlsx"), "who checked, and the file");
    let again = desk.ledger(&["import-workbook", file, "--by", "丙", "--lang", "en"]);
    assert!(again.contains("0 verdicts taken, 3 in the ledger already"), "{again}");
    assert_eq!(desk.log(), log, "the same file twice adds nothing");
}

#[test]
fn a_workbook_that_was_tampered_with_or_is_old_or_foreign_is_refused_whole() {
    let desk = Desk::new();
    let mut book = exported(&desk, "cases.xlsx");
    let (first, second) = (book.get(1, "问题编号"), book.get(2, "问题编号"));
    let refused = |book: &Filled, slugs: &[&str]| {
        let path = desk.path("filled.xlsx");
        save(&path, &book.sheets);
        let output =
            desk.refused(&["ledger", "import-workbook", path.to_str().expect("a path"), "--by", "甲"], 3, slugs[0]);
        let error = error_of(&output);
        for slug in slugs {
            assert!(error.contains(slug), "{slug} in {error}");
        }
        error
    };
    // All of it at once, each with its place, though one row is sound.
    let mut wrong = Filled { sheets: book.sheets.clone() };
    wrong.set(1, "核实结论", "属实");
    wrong.set(1, "核实说明", "看过");
    wrong.set(2, "事实", "什么事也没有");
    wrong.set(3, "行键", "A-1|1|00|00");
    wrong.set(4, "核实结论", "可能吧");
    wrong.set(5, "核实说明", "只有说明");
    wrong.set(6, "核实结论", "不属实");
    let double = wrong.rows()[7].clone();
    wrong.rows().push(double);
    let error = refused(
        &wrong,
        &[
            "altered-evidence",
            "edited-key",
            "unknown-verdict",
            "answer-without-verdict",
            "reason-code",
            "duplicate-row",
        ],
    );
    assert!(error.contains("[问题清单] row 3, column 事实 (I)") && error.contains("什么事也没有"), "{error}");
    assert_eq!(state(&desk, &first), "suspicion", "nothing is written");

    // The case moved on after the export: both values are shown.
    desk.ledger(&["check", &second, "--by", "甲"]);
    desk.ledger(&["verdict", &second, "--is", "confirmed", "--why", "属实", "--by", "张三"]);
    let mut old = Filled { sheets: book.sheets.clone() };
    old.set(2, "核实结论", "不属实");
    old.set(2, "不属实理由", "timing");
    let error = refused(&old, &["conflict"]);
    assert!(error.contains("张三") && error.contains("\"confirmed\"") && error.contains("\"不属实\""), "{error}");
    // The row left empty is no conflict.
    old.set(2, "核实结论", "");
    old.set(2, "不属实理由", "");
    old.set(1, "核实结论", "数据错误");
    old.set(1, "核实说明", "录错");
    save(&desk.path("filled.xlsx"), &old.sheets);
    desk.ledger(&["import-workbook", desk.path("filled.xlsx").to_str().expect("a path"), "--by", "甲"]);
    assert_eq!(state(&desk, &first), "data_error");

    // Another office's ledger, an edited first sheet, and no workbook of ours at all.
    let mut foreign = Filled { sheets: book.sheets.clone() };
    let front = &mut foreign.sheets[0].1;
    let row = front.iter_mut().find(|r| r[0] == "台账标识").expect("the ledger's name");
    row[1] = "0".repeat(32);
    refused(&foreign, &["other-office"]);
    let mut edited = Filled { sheets: book.sheets.clone() };
    let row = edited.sheets[0].1.iter_mut().find(|r| r[0] == "问题件数").expect("the count");
    row[1] = "9999".to_owned();
    refused(&edited, &["edited-seal"]);
    let other = Filled { sheets: vec![("Sheet1".to_owned(), vec![vec!["x".to_owned()]])] };
    refused(&other, &["not-a-workbook"]);
    std::fs::write(desk.path("broken.xlsx"), b"PK\x03\x04 cut").expect("written");
    desk.refused(
        &["ledger", "import-workbook", desk.path("broken.xlsx").to_str().expect("a path"), "--by", "甲"],
        3,
        "file-unreadable",
    );
}
