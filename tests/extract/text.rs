//! Delimited text: encodings, quotes, line ends, shapes of rows.

use crate::extract::support::*;

const ROW: &str = "教育局,张三,11010519491231002X,5000.00,4000.00\n";

fn read_as(bytes: impl AsRef<[u8]>, encoding: &str) {
    let read = Bench::new("payroll").file("a.csv", bytes).ok();
    assert_eq!(values(&read, "name"), ["张三"]);
    assert_eq!(values(&read, "gross_pay"), ["500000"]);
    assert_eq!(read.files[0].encoding.as_deref(), Some(encoding));
}

#[test]
fn row_31_text_without_a_mark_is_gb18030_only_when_it_plainly_is() {
    read_as(gb18030(&payroll(ROW)), "gb18030");
    // Big5 decodes as something, but as nothing that simplified Chinese would write.
    let (big5, _, _) = encoding_rs::BIG5.encode("發放單位,姓名\n教育局,張三豐\n衛生局,李四\n財政局,趙錢孫\n");
    let said = Bench::new("payroll").file("a.csv", big5).refused();
    assert!(said.contains("[encoding"), "{said}");
}

#[test]
fn row_32_half_utf8_half_gbk_names_the_first_bad_offset() {
    let first = payroll(ROW);
    let mut bytes = first.as_bytes().to_vec();
    bytes.extend(gb18030("卫生局,李四,440524188001010014,1,1\n"));
    let said = Bench::new("payroll").file("a.csv", &bytes).refused();
    assert!(said.contains("[encoding-mixed]") && said.contains(&format!("offset {}", first.len())), "{said}");
    assert!(said.contains("row 3"), "{said}");
}

#[test]
fn row_33_four_byte_gb18030_comes_through() {
    let bytes = gb18030(&payroll("教育局,𠮷野㐂,11010519491231002X,1,1\n"));
    assert!(bytes.windows(4).any(|w| w == [0x95, 0x34, 0xB2, 0x35]), "𠮷 takes four bytes");
    let read = Bench::new("payroll").file("a.csv", bytes).ok();
    assert_eq!(values(&read, "name"), ["𠮷野㐂"]);
}

#[test]
fn row_35_unicode_text_from_excel_is_read() {
    let text = payroll(ROW).replace(',', "\t");
    read_as(utf16le(&text, true), "utf-16le");
    read_as(utf16le(&text, false), "utf-16le");
}

#[test]
fn row_36_marks_at_the_start_twice_and_inside_are_dropped() {
    read_as(format!("\u{FEFF}{}", payroll(ROW)), "utf-8-bom");
    let twice = format!("\u{FEFF}\u{FEFF}{}\u{FEFF}{}", payroll(ROW), payroll("教育局,李四,,1,1\n"));
    let read = Bench::new("payroll").file("a.csv", twice).ok();
    assert_eq!(values(&read, "name"), ["张三", "李四"]);
    assert_eq!(read.files[0].skipped["repeated-header"], 1);
}

#[test]
fn row_37_control_characters_set_the_row_aside() {
    let read = Bench::new("payroll")
        .file("a.csv", payroll("教育局,张\0三,,1,1\n教育局,李\u{7}四,,1,1\n教育局,王五,,1,1\n"))
        .ok();
    assert_eq!(codes(&read.rejects), [("control-character", 2, true), ("control-character", 3, true)]);
    assert_eq!(read.table.taken, [false, false, true]);
    assert!(read.rejects.iter().all(|r| !r.value.as_deref().unwrap_or_default().contains('\0')));
}

#[test]
fn row_38_an_unclosed_quote_is_refused_where_it_begins() {
    let text = payroll(&format!("{ROW}教育局,\"李四,,1,1\n{}", ROW.repeat(50)));
    let said = Bench::new("payroll").file("a.csv", text).refused();
    assert!(said.contains("row 3") && said.contains("[unclosed-quote]"), "{said}");
    // A quote that closes, but only after more than a cell may hold.
    let text = payroll(&format!("教育局,\"{}\",,1,1\n", "长".repeat(1000)));
    let said = Bench::new("payroll").file("a.csv", text).limits(|l| l.max_cell_bytes = 1000).refused();
    assert!(said.contains("row 2") && said.contains("[unclosed-quote]"), "{said}");
}

#[test]
fn row_39_rows_of_another_shape_are_set_aside() {
    let read = Bench::new("payroll")
        .file("a.csv", payroll("教育局,张三,,1\n教育局,李四,,1,1,多\n教育局,王五,,1,1,\n教育局,\"赵六\"x,,1,1\n"))
        .ok();
    assert_eq!(codes(&read.rejects), [("missing-cell", 2, true), ("extra-cell", 3, true), ("bad-quote", 5, true)]);
    assert_eq!(values(&read, "name"), ["∅", "∅", "王五", "∅"]);
    assert_eq!(read.table.taken, [false, false, true, false]);
}

#[test]
fn row_40_endless_lines_and_countless_columns_are_refused() {
    let endless = payroll(&format!("教育局,{}\n", "长".repeat(1_000_000)));
    let said = Bench::new("payroll").file("a.csv", endless).limits(|l| l.max_cell_bytes = 100_000).refused();
    assert!(said.contains("row 2") && said.contains("[line-too-long]"), "{said}");
    let said = Bench::new("payroll").file("a.csv", format!("发放单位,姓名{}\n{ROW}", ",x".repeat(100_000))).refused();
    assert!(said.contains("[too-many-columns]"), "{said}");
    // A row of very many cells under a sound header is one bad row.
    let read =
        Bench::new("payroll").file("a.csv", payroll(&format!("教育局,张三,,1,1{}\n{ROW}", ",x".repeat(100_000)))).ok();
    assert_eq!(codes(&read.rejects), [("extra-cell", 2, true)]);
}

#[test]
fn row_41_delimiters_are_found_from_the_header() {
    for delimiter in [";", "\t", "|", "、"] {
        let text = payroll(ROW).replace(',', delimiter);
        let read = Bench::new("payroll").file("a.csv", text).ok();
        assert_eq!(values(&read, "resident_id"), [ID_A], "{delimiter:?}");
    }
    let said = Bench::new("payroll").file("a.csv", payroll(ROW)).with(|s| s.delimiter = ";".to_owned()).refused();
    assert!(said.contains("[header-not-found]"), "{said}");
}

#[test]
fn row_42_line_ends_of_every_kind_count_as_lines() {
    let text = "发放单位,姓名,身份证号,应发工资,实发工资\r教育局,张三,,1,1\r\n\n教育局,李四,,1,1\n教育局,王五,,x,1\r";
    let read = Bench::new("payroll").file("a.csv", text).ok();
    assert_eq!(values(&read, "name"), ["张三", "李四", "王五"]);
    assert_eq!(read.table.origin.row, [2, 4, 5]);
    assert_eq!(read.files[0].skipped["blank"], 1);
}

#[test]
fn a_quoted_cell_may_hold_delimiters_quotes_and_lines() {
    let text = "机构编码,机构名称,机构性质,设立文件\n01,\"教育局,含\"\"督导室\"\"\",机关,\"濮编\n〔2020〕1号\"\n02,卫生局,机关,\n";
    let read = Bench::new("establishment_units").file("a.csv", text).ok();
    assert_eq!(values(&read, "unit_name"), ["教育局,含\"督导室\"", "卫生局"]);
    assert_eq!(values(&read, "approval_document")[0], "濮编\n〔2020〕1号");
    assert_eq!(read.table.origin.row, [2, 4]);
}

#[test]
fn many_chunks_read_like_one() {
    let mut text = payroll("");
    for i in 0..60_000_u32 {
        text.push_str(&format!("第{}中学,张{i},,{}.{:02},1\n", i % 300, i, i % 100));
        if i % 10_000 == 0 {
            text.push_str("发放单位,姓名,身份证号,应发工资,实发工资\n");
        }
    }
    let read = Bench::new("payroll").file("a.csv", &text).ok();
    assert_eq!(read.table.len(), 60_000);
    assert_eq!(read.files[0].skipped["repeated-header"], 6);
    assert_eq!(read.table.text("unit_name").expect("text").dictionary.len(), 300);
    for (row, line) in [(0_usize, 2_u32), (59_999, 60_007)] {
        assert_eq!(read.table.text("name").expect("text").get(row), Some(format!("张{row}").as_str()));
        assert_eq!(read.table.origin.row[row], line);
    }
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    let again = alone.install(|| Bench::new("payroll").file("a.csv", &text).ok());
    assert_eq!(read.table.columns, again.table.columns);
    assert_eq!(read.table.origin, again.table.origin);
}
