//! HTML and text saved as .xls, DBF, Parquet.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, StringArray};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;

use crate::extract::support::*;

#[test]
fn row_13_an_html_table_saved_as_xls_is_read() {
    let page = "<html><head><meta charset='gb2312'><style>td{x:y}</style></head><body><table border=1>\
                <tr><td colspan=4>2026年10月工资表</td></tr>\
                <tr><th rowspan=2>发放单位</th><th rowspan=2>姓名</th><th colspan=2>工资</th></tr>\
                <tr><th>应发工资</th><th>实发工资</th></tr>\
                <tr><td rowspan=2>教育局</td><td>张&nbsp;三</td><td>1,000.50</td><td>900</td></tr>\
                <tr><td>李四</td><td>2000</td><td>1900</td></tr>\
                <tr><td>合计</td><td></td><td>3000.5</td><td>2800</td></tr></table></body></html>";
    for bytes in [page.as_bytes().to_vec(), gb18030(page)] {
        let read = Bench::new("payroll").file("工资.xls", bytes).ok();
        assert_eq!(read.files[0].format, "xls-html");
        assert_eq!(values(&read, "unit_name"), ["教育局", "教育局"]);
        assert_eq!(values(&read, "gross_pay"), ["100050", "200000"]);
        assert_eq!(read.table.origin.row, [4, 5]);
    }
}

#[test]
fn row_13_text_saved_as_xls_is_read() {
    let text = payroll("教育局,张三,11010519491231002X,5000,4000\n").replace(',', "\t");
    let read = Bench::new("payroll").file("工资.xls", gb18030(&text)).ok();
    assert_eq!((read.files[0].format.as_str(), values(&read, "name")), ("xls-text", vec!["张三".to_owned()]));
}

/// A dBASE III table of character fields (name, width) and records (deleted, cells).
fn dbf(driver: u8, fields: &[(&str, u8, u8)], records: &[(bool, Vec<Vec<u8>>)]) -> Vec<u8> {
    let header = 32 + 32 * fields.len() + 1;
    let length = 1 + fields.iter().map(|f| usize::from(f.2)).sum::<usize>();
    let mut out = vec![0; 32];
    out[0] = 3;
    out[1..4].copy_from_slice(&[126, 10, 31]);
    out[4..8].copy_from_slice(&u32::try_from(records.len()).expect("small").to_le_bytes());
    out[8..10].copy_from_slice(&u16::try_from(header).expect("small").to_le_bytes());
    out[10..12].copy_from_slice(&u16::try_from(length).expect("small").to_le_bytes());
    out[29] = driver;
    for (name, kind, width) in fields {
        let mut field = vec![0; 32];
        field[..name.len()].copy_from_slice(name.as_bytes());
        field[11] = *kind;
        field[16] = *width;
        out.extend(field);
    }
    out.push(0x0D);
    for (deleted, cells) in records {
        out.push(if *deleted { b'*' } else { b' ' });
        for (cell, field) in cells.iter().zip(fields) {
            let mut cell = cell.clone();
            cell.resize(usize::from(field.2), b' ');
            out.extend(cell);
        }
    }
    out.push(0x1A);
    out
}

const FIELDS: [(&str, u8, u8); 5] =
    [("DWMC", b'C', 7), ("XM", b'C', 8), ("SFZH", b'C', 18), ("FFYF", b'C', 6), ("YFHJ", b'N', 10)];

fn record(unit: &str, name: &str, id: &str, pay: &str) -> Vec<Vec<u8>> {
    vec![gb18030(unit), gb18030(name), id.into(), b"202610".to_vec(), format!("{pay:>10}").into_bytes()]
}

#[test]
fn row_17_an_old_payroll_table_is_read_without_its_deleted_rows() {
    let records = [
        (false, record("教育局", "张三", ID_A, "5000.50")),
        (true, record("教育局", "李四", ID_B, "1.00")),
        (false, record("卫生局", "王五", "", "")),
    ];
    let read = Bench::new("payroll").file("gz.dbf", dbf(0x4D, &FIELDS, &records)).ok();
    assert_eq!(values(&read, "name"), ["张三", "王五"]);
    assert_eq!(values(&read, "gross_pay"), ["500050", "∅"]);
    assert_eq!(values(&read, "pay_month"), ["2026-10", "2026-10"]);
    assert_eq!(read.table.origin.row, [2, 4]);
    assert_eq!((read.files[0].format.as_str(), read.files[0].skipped["deleted"]), ("dbf", 1));
}

#[test]
fn row_17_half_a_character_at_a_field_s_end_is_cut_and_said() {
    let mut unit = gb18030("濮阳市教");
    unit.truncate(7);
    let mut cells = record("", "张三", ID_A, "1");
    cells[0] = unit;
    let read = Bench::new("payroll").file("gz.dbf", dbf(0, &FIELDS, &[(false, cells)])).ok();
    assert_eq!(values(&read, "unit_name"), ["濮阳市"]);
    assert!(read.files[0].warnings.iter().any(|w| w.contains("half a character")), "{:?}", read.files[0].warnings);
}

#[test]
fn row_17_a_table_shorter_than_it_says_is_refused() {
    let bytes = dbf(
        0x4D,
        &FIELDS,
        &[(false, record("教育局", "张三", ID_A, "1")), (false, record("教育局", "李四", ID_B, "1"))],
    );
    let said = Bench::new("payroll").file("gz.dbf", &bytes[..bytes.len() - 40]).refused();
    assert!(said.contains("[file-unreadable]") && said.contains("2 records declared"), "{said}");
}

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).expect("a batch");
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
    bytes
}

fn staff_parquet(ids: ArrayRef) -> Vec<u8> {
    let pay = Decimal128Array::from(vec![Some(500_050), None]).with_precision_and_scale(18, 2).expect("a decimal");
    parquet(vec![
        ("发放单位", Arc::new(StringArray::from(vec!["教育局", "卫生局"]))),
        ("姓名", Arc::new(StringArray::from(vec!["张三", "李四"]))),
        ("身份证号", ids),
        ("应发工资", Arc::new(pay)),
        ("发放月份", Arc::new(Date32Array::from(vec![20_727, 20_727]))),
    ])
}

#[test]
fn row_27_a_damaged_parquet_file_is_refused() {
    let bytes = staff_parquet(Arc::new(StringArray::from(vec![ID_A, ID_B])));
    let read = Bench::new("payroll").file("a.parquet", &bytes).ok();
    assert_eq!(values(&read, "gross_pay"), ["500050", "∅"]);
    assert_eq!(values(&read, "pay_month"), ["2026-10", "2026-10"]);
    assert_eq!(read.table.origin.row, [1, 2]);
    let mut bad_footer = bytes.clone();
    let at = bad_footer.len() - 60;
    bad_footer[at..at + 40].fill(0xFF);
    let mut bad_page = bytes.clone();
    bad_page[4..60].fill(0xFF);
    for (what, damaged) in [("cut", bytes[..bytes.len() - 20].to_vec()), ("footer", bad_footer), ("page", bad_page)] {
        let said = Bench::new("payroll").file("a.parquet", damaged).refused();
        assert!(said.contains("a.parquet") && said.contains("[file-unreadable]"), "{what}: {said}");
    }
}

#[test]
fn row_28_a_parquet_file_with_numbers_for_ids_is_refused() {
    let bytes = staff_parquet(Arc::new(Int64Array::from(vec![440_524_188_001_010_014, 130_503_670_401_001])));
    let said = Bench::new("payroll").file("a.parquet", bytes).refused();
    assert!(said.contains("[id-not-text]") && said.contains("身份证号 (C)"), "{said}");
}
