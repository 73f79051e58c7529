//! Workbooks, sound and hostile. They are opened by the built program as a child.

use std::io::{Cursor, Write};

use rust_xlsxwriter::{Format, Formula, Workbook};
use zip::write::SimpleFileOptions;

use crate::extract::support::*;

/// A workbook of one sheet; cells are texts.
fn book(rows: &[&[&str]]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (r, row) in rows.iter().enumerate() {
        for (c, cell) in row.iter().enumerate().filter(|(_, t)| !t.is_empty()) {
            sheet
                .write_string(u32::try_from(r).expect("small"), u16::try_from(c).expect("small"), *cell)
                .expect("written");
        }
    }
    workbook.save_to_buffer().expect("a workbook")
}

const HEADER: [&str; 4] = ["发放单位", "姓名", "身份证号", "应发工资"];

fn sound() -> Vec<u8> {
    book(&[&HEADER, &["教育局", "张三", ID_A, "5000"]])
}

/// The parts of a workbook, with one changed.
fn altered(bytes: &[u8], part: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for i in 0..from.len() {
        let mut entry = from.by_index(i).expect("an entry");
        let name = entry.name().to_owned();
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut text).expect("read");
        if name == part {
            text = change(String::from_utf8(text).expect("text")).into_bytes();
        }
        to.start_file(name, SimpleFileOptions::default()).expect("begun");
        to.write_all(&text).expect("written");
    }
    to.finish().expect("finished").into_inner()
}

#[test]
fn a_sound_workbook_is_read_with_sheet_and_row() {
    let read = Bench::new("payroll").file("a.xlsx", sound()).ok();
    assert_eq!(values(&read, "resident_id"), [ID_A]);
    assert_eq!(values(&read, "gross_pay"), ["500000"]);
    assert_eq!(read.table.place(0).to_string(), "in/2026-10/a.xlsx [Sheet1] row 2");
    assert_eq!(read.files[0].format, "xlsx");
}

#[test]
fn row_03_a_workbook_cut_short_is_refused() {
    let bytes = sound();
    for part in [2, 3] {
        let said = Bench::new("payroll").file("a.xlsx", &bytes[..bytes.len() * part / 4]).refused();
        assert!(said.contains("a.xlsx") && said.contains("[file-unreadable]"), "{said}");
    }
}

#[test]
fn row_04_a_workbook_that_unpacks_beyond_measure_is_refused() {
    let bomb = altered(&sound(), "xl/worksheets/sheet1.xml", |t| {
        t.replace("</sheetData>", &format!("{}</sheetData>", " ".repeat(80 << 20)))
    });
    assert!(bomb.len() < 512 << 10, "{} bytes", bomb.len());
    let said = Bench::new("payroll").file("a.xlsx", bomb).refused();
    assert!(said.contains("[file-unreadable]") && said.contains("unpack"), "{said}");
}

#[test]
fn row_05_a_part_that_lies_about_its_size_is_refused() {
    let mut bytes = sound();
    // The uncompressed size in the central directory's first entry.
    let at = bytes.windows(4).position(|w| w == b"PK\x01\x02").expect("a directory") + 24;
    bytes[at..at + 4].copy_from_slice(&7_u32.to_le_bytes());
    assert!(Bench::new("payroll").file("a.xlsx", bytes).refused().contains("[file-unreadable]"));
}

#[test]
fn row_06_a_string_table_that_claims_billions_is_refused() {
    let lying = altered(&sound(), "xl/sharedStrings.xml", |t| {
        let at = t.find("uniqueCount=\"").expect("a count") + 13;
        let end = at + t[at..].find('"').expect("closed");
        format!("{}4000000000{}", &t[..at], &t[end..])
    });
    let said = Bench::new("payroll").file("a.xlsx", lying).refused();
    assert!(said.contains("[file-unreadable]") && said.contains("more strings"), "{said}");
}

#[test]
fn row_07_a_cell_at_the_far_end_is_read_sparsely() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (c, title) in (0..).zip(HEADER) {
        sheet.write_string(0, c, title).expect("written");
    }
    for (c, text) in (0..).zip(["教育局", "张三", ID_A, "1"]) {
        sheet.write_string(1, c, text).expect("written");
    }
    sheet.write_string(1_048_575, 16_383, "远").expect("written");
    let read = Bench::new("payroll").file("a.xlsx", workbook.save_to_buffer().expect("bytes")).ok();
    assert_eq!(values(&read, "name"), ["张三"]);
    assert!(read.files[0].warnings.iter().any(|w| w.contains("beyond column")), "{:?}", read.files[0].warnings);
}

#[test]
fn row_10_entities_in_a_part_are_refused() {
    let bytes = altered(&sound(), "xl/workbook.xml", |t| t.replacen("?>", "?><!DOCTYPE x [<!ENTITY a \"b\">]>", 1));
    assert!(Bench::new("payroll").file("a.xlsx", bytes).refused().contains("DOCTYPE"));
}

#[test]
fn row_12_a_password_is_told_from_damage() {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).expect("a compound file");
    for stream in ["EncryptionInfo", "EncryptedPackage"] {
        file.create_stream(stream).expect("a stream").write_all(&[7; 5000]).expect("written");
    }
    let bytes = file.into_inner().into_inner();
    let said = Bench::new("payroll").file("a.xlsx", bytes).refused();
    assert!(said.contains("[password-protected]") && said.contains("remove the password"), "{said}");
}

#[test]
fn row_14_a_file_of_another_kind_than_its_name_is_refused() {
    for (name, bytes) in
        [("a.xlsx", payroll("教育局,张三,,1,1\n").into_bytes()), ("a.csv", sound()), ("a.xlsx", fixture("payroll.xls"))]
    {
        let said = Bench::new("payroll").file(name, bytes).refused();
        assert!(said.contains("[format-mismatch]"), "{said}");
    }
}

#[test]
fn row_16_a_wps_workbook_is_refused_with_what_to_do() {
    assert!(Bench::new("payroll").file("a.et", fixture("payroll.xls")).refused().contains("另存为 xlsx"));
}

#[test]
fn row_30_and_58_dates_follow_the_workbook_s_own_system() {
    let read = Bench::new("quotas").file("a.xls", fixture("quotas_1904.xls")).ok();
    assert_eq!(values(&read, "valid_from"), ["2020-01-31", "2020-01-31"]);
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (c, title) in (0..).zip(["单位名称", "编制类型", "编制数量", "生效时间"]) {
        sheet.write_string(0, c, title).expect("written");
    }
    let dated = Format::new().set_num_format("yyyy-mm-dd");
    for (r, (serial, format)) in
        (1..).zip([(43_861.0, &dated), (31_229.0, &Format::new()), (60.0, &dated), (1985.07, &Format::new())])
    {
        sheet.write_string(r, 0, "教育局").expect("written");
        sheet.write_string(r, 1, "事业").expect("written");
        sheet.write_number(r, 2, 5).expect("written");
        sheet.write_number_with_format(r, 3, serial, format).expect("written");
    }
    let read = Bench::new("quotas").file("a.xlsx", workbook.save_to_buffer().expect("bytes")).ok();
    assert_eq!(values(&read, "valid_from"), ["2020-01-31", "1985-07-01", "∅", "1985-07"]);
    assert_eq!(codes(&read.rejects), [("date-impossible", 4, true)]);
}

#[test]
fn row_44_an_old_workbook_with_merged_headers_and_units_is_read() {
    let read = Bench::new("payroll").file("工资.xls", fixture("payroll.xls")).ok();
    assert_eq!(values(&read, "unit_name"), ["教育局", "教育局", "卫生局"]);
    assert_eq!(values(&read, "name"), ["张三", "李四", "王五"]);
    assert_eq!(values(&read, "gross_pay"), ["500030", "100", "∅"]);
    assert_eq!(values(&read, "resident_id")[..2], [ID_A, "440524188001010000"]);
    assert_eq!(read.table.origin.row, [4, 5, 2]);
    assert_eq!(read.table.origin.sheets, ["工资表", "隐藏"]);
    let found = codes(&read.rejects);
    assert!(found.contains(&("cell-error", 5, true)) && found.contains(&("footer-row", 6, false)), "{found:?}");
    assert!(found.contains(&("id-precision-lost", 5, false)), "{found:?}");
}

#[test]
fn row_49_hidden_sheets_and_rows_are_read_and_said() {
    let mut workbook = Workbook::new();
    for (name, person) in [("甲", "张三"), ("乙", "李四")] {
        let sheet = workbook.add_worksheet().set_name(name).expect("a name");
        for (c, title) in (0..).zip(["发放单位", "姓名"]) {
            sheet.write_string(0, c, title).expect("written");
        }
        sheet.write_string(1, 0, "教育局").expect("written");
        sheet.write_string(1, 1, person).expect("written");
        sheet.set_row_hidden(1).expect("hidden");
        sheet.set_hidden(name == "乙");
    }
    let read = Bench::new("payroll").file("a.xlsx", workbook.save_to_buffer().expect("bytes")).ok();
    assert_eq!(values(&read, "name"), ["张三", "李四"]);
    let warnings = read.files[0].warnings.join("\n");
    assert!(warnings.contains("sheet 乙 is hidden") && warnings.contains("hidden rows"), "{warnings}");
}

#[test]
fn row_50_an_id_in_a_number_cell_shows_what_is_left_of_it() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (c, title) in (0..).zip(["单位代码", "发放单位", "姓名", "身份证号", "银行账号"]) {
        sheet.write_string(0, c, title).expect("written");
    }
    sheet.write_number(1, 0, 1003).expect("written");
    sheet.write_string(1, 1, "教育局").expect("written");
    sheet.write_string(1, 2, "张三").expect("written");
    sheet.write_number(1, 3, 440_524_188_001_010_014_f64).expect("written");
    sheet.write_number(1, 4, 622_202_123_456_789_f64).expect("written");
    let read = Bench::new("payroll").file("a.xlsx", workbook.save_to_buffer().expect("bytes")).ok();
    assert_eq!(values(&read, "resident_id"), ["440524188001010000"]);
    assert_eq!(
        (values(&read, "unit_code"), values(&read, "account")),
        (vec!["1003".into()], vec!["622202123456789".to_owned()])
    );
    assert_eq!(codes(&read.rejects), [("id-precision-lost", 2, false)]);
}

#[test]
fn row_59_and_60_error_cells_and_formulas_without_a_value_are_set_aside() {
    let header = altered(&sound(), "xl/worksheets/sheet1.xml", |t| {
        let row = "<row r=\"3\"><c r=\"A3\" t=\"inlineStr\"><is><t>教育局</t></is></c><c r=\"B3\" t=\"inlineStr\"><is><t>李四</t></is></c>\
                   <c r=\"D3\"><f>1+1</f></c></row>\
                   <row r=\"4\"><c r=\"A4\" t=\"inlineStr\"><is><t>教育局</t></is></c><c r=\"B4\" t=\"inlineStr\"><is><t>王五</t></is></c>\
                   <c r=\"D4\" t=\"e\"><v>#REF!</v></c></row></sheetData>";
        t.replace("</sheetData>", row)
    });
    let read = Bench::new("payroll").file("a.xlsx", header).ok();
    assert_eq!(codes(&read.rejects), [("formula-without-value", 3, true), ("cell-error", 4, true)]);
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (c, title) in (0..).zip(HEADER) {
        sheet.write_string(0, c, title).expect("written");
    }
    for (c, text) in (0..).zip(["教育局", "张三", ID_A]) {
        sheet.write_string(1, c, text).expect("written");
    }
    sheet.write_formula(1, 3, Formula::new("=0.1+0.2").set_result("0.30000000000000004")).expect("written");
    let read = Bench::new("payroll").file("a.xlsx", workbook.save_to_buffer().expect("bytes")).ok();
    assert_eq!(values(&read, "gross_pay"), ["30"]);
}

#[test]
fn each_unit_s_sheet_has_its_own_banner() {
    let mut workbook = Workbook::new();
    for (name, unit, person) in [("一", "教育局", "张三"), ("二", "卫生局", "李四")] {
        let sheet = workbook.add_worksheet().set_name(name).expect("a name");
        sheet.merge_range(0, 0, 0, 2, "工资表", &Format::new()).expect("merged");
        sheet.write_string(1, 0, format!("单位：{unit}")).expect("written");
        for (c, title) in (0..).zip(["姓名", "身份证号", "应发工资"]) {
            sheet.write_string(2, c, title).expect("written");
        }
        sheet.write_string(3, 0, person).expect("written");
    }
    let notes = workbook.add_worksheet().set_name("说明").expect("a name");
    notes.write_string(0, 0, "本表由财务科填报").expect("written");
    let bench = Bench::new("payroll").file("a.xlsx", workbook.save_to_buffer().expect("bytes"));
    let read = bench.ok();
    assert_eq!(values(&read, "unit_name"), ["教育局", "卫生局"]);
    assert!(read.files[0].warnings.iter().any(|w| w.contains("说明")), "{:?}", read.files[0].warnings);
    let bench = bench.with(|s| s.sheets = vec!["二".to_owned()]);
    assert_eq!(values(&bench.ok(), "unit_name"), ["卫生局"]);
    assert!(bench.with(|s| s.sheets = vec!["三".to_owned()]).refused().contains("[missing-sheet]"));
}

#[test]
fn a_child_out_of_memory_or_time_is_one_bad_file() {
    let said = Bench::new("payroll").file("a.xlsx", sound()).limits(|l| l.child_memory_bytes = 1 << 20).refused();
    assert!(said.contains("a.xlsx") && said.contains("[file-unreadable]"), "{said}");
    let mut bench = Bench::new("payroll").file("a.xlsx", sound()).limits(|l| l.child_seconds = 1);
    let sleeper = bench.folder.path().join("sleeper");
    std::fs::write(&sleeper, "#!/bin/sh\nexec sleep 30\n").expect("written");
    std::fs::set_permissions(&sleeper, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("executable");
    bench.context.program = sleeper;
    assert!(bench.refused().contains("not read within 1 seconds"));
}
