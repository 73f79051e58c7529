//! Cells: IDs, dates, amounts, names, codes.

use crate::extract::support::*;

/// A staff row with the given ID, birth date, entry and exit.
fn staff(rows: &[(&str, &str, &str, &str)]) -> Bench {
    let mut text = "单位名称,姓名,身份证号,出生日期,编制类型,入编时间,出编时间\n".to_owned();
    for (id, birth, entry, exit) in rows {
        text.push_str(&format!("教育局,张三,{id},{birth},事业,{entry},{exit}\n"));
    }
    Bench::new("establishment_staff").file("a.csv", text)
}

#[test]
fn row_50_an_id_that_lost_its_digits_is_kept_with_a_note() {
    let read = staff(&[("1.10105E+17", "", "", ""), ("110105194912310000", "", "", "")]).ok();
    assert_eq!(codes(&read.rejects), [("id-precision-lost", 2, false), ("id-precision-lost", 3, false)]);
    assert_eq!(values(&read, "resident_id"), ["1.10105E+17", "110105194912310000"]);
    assert_eq!(read.files[0].rows_taken, 2);
    assert!(read.rejects.iter().all(|r| !r.value.as_deref().unwrap_or_default().contains("19491231")), "masked");
}

#[test]
fn row_51_ids_written_oddly_are_kept_as_written() {
    let odd = ["'11010519491231002x", "１１０１０５１９４９１２３１００２Ｘ", "110105 1949 1231 002X"];
    let read = staff(&odd.map(|id| (id, "", "", ""))).ok();
    assert_eq!(values(&read, "resident_id"), odd);
    assert_eq!(read.rejects, []);
}

#[test]
fn row_52_a_15_digit_id_is_taken() {
    let read = staff(&[("130503670401001", "", "", "")]).ok();
    assert_eq!((values(&read, "resident_id"), read.rejects.len()), (vec!["130503670401001".to_owned()], 0));
}

#[test]
fn row_53_a_wrong_check_digit_is_a_note() {
    let read = staff(&[("110105194912310021", "", "", "")]).ok();
    assert_eq!(codes(&read.rejects), [("id-check-digit", 2, false)]);
    assert_eq!(read.table.taken, [true]);
    assert_eq!(read.rejects[0].place.column.as_ref().map(|c| c.header.as_str()), Some("身份证号"));
}

#[test]
fn row_54_a_wrong_credit_code_is_a_note() {
    let text = "事业单位名称,统一社会信用代码\n一中,12410900400000018D\n二中,12410900400000018E\n";
    let read = Bench::new("registrations").file("a.csv", text).ok();
    assert_eq!(codes(&read.rejects), [("credit-code-check-digit", 3, false)]);
    assert_eq!(read.files[0].rows_taken, 2);
}

#[test]
fn row_55_lost_leading_zeros_are_warned_of_and_not_put_back() {
    let text = "单位代码,单位名称,姓名\n001001,教育局,张三\n'001002,卫生局,李四\n01003,财政局,王五\n1003,财政局,赵六\n";
    let read = Bench::new("payroll").file("a.csv", text).ok();
    assert_eq!(values(&read, "unit_code"), ["001001", "001002", "01003", "1003"]);
    assert!(read.files[0].warnings.iter().any(|w| w.contains("leading zeros")), "{:?}", read.files[0].warnings);
    let sound = "单位代码,单位名称,姓名\n109001,教育局,张三\n1090,卫生局,李四\n";
    assert_eq!(Bench::new("payroll").file("a.csv", sound).ok().files[0].warnings, Vec::<String>::new());
}

#[test]
fn row_56_dates_of_every_shape_keep_their_precision() {
    let shapes = [
        ("1985.07", "1985-07"),
        ("1985.7.1", "1985-07-01"),
        ("1985年7月", "1985-07"),
        ("19850701", "1985-07-01"),
        ("198507", "1985-07"),
        ("１９８５／０７／０１", "1985-07-01"),
        ("二〇二四年一月", "2024-01"),
        ("1985", "1985"),
    ];
    let rows: Vec<_> = shapes.iter().map(|s| ("", s.0, "", "")).collect();
    let read = staff(&rows).ok();
    assert_eq!(values(&read, "birth_date"), shapes.map(|s| s.1));
    let read = staff(&[("", "2024/13/01", "", "")]).ok();
    assert_eq!(codes(&read.rejects), [("date-impossible", 2, true)]);
}

#[test]
fn row_57_days_that_cannot_be_are_set_aside_and_open_ends_are_open() {
    let read = staff(&[("", "1900-02-29", "", ""), ("", "9999-12-31", "", ""), ("", "2026-11-01", "", "")]).ok();
    assert_eq!(
        codes(&read.rejects),
        [("date-impossible", 2, true), ("date-impossible", 3, true), ("birth-in-future", 4, true)]
    );
    let text = "单位名称,编制类型,编制数量,生效时间,失效时间\n教育局,事业,5,2020-01-01,9999-12-31\n教育局,工勤,1,2020-01-01,长期\n";
    let read = Bench::new("quotas").file("a.csv", text).ok();
    assert_eq!(values(&read, "valid_to"), ["∅", "∅"]);
    assert_eq!(read.files[0].rows_taken, 2);
}

#[test]
fn row_58_a_bare_serial_in_text_is_set_aside() {
    let read = staff(&[("", "31229", "", "")]).ok();
    assert_eq!(codes(&read.rejects), [("date-serial", 2, true)]);
}

#[test]
fn row_59_spreadsheet_errors_are_set_aside() {
    let read = Bench::new("payroll").file("a.csv", payroll("教育局,#N/A,,1,1\n教育局,张三,,#REF!,1\n")).ok();
    assert_eq!(codes(&read.rejects), [("cell-error", 2, true), ("cell-error", 3, true)]);
}

fn gross(cells: &[&str]) -> (Vec<String>, Vec<&'static str>) {
    let rows: String = cells.iter().map(|c| format!("教育局,张三,,\"{c}\",0\n")).collect();
    let read = Bench::new("payroll").file("a.csv", payroll(&rows)).ok();
    (values(&read, "gross_pay"), read.rejects.iter().filter(|r| r.row_rejected).map(|r| r.code).collect())
}

#[test]
fn row_61_amounts_as_people_write_them() {
    let (values, rejects) = gross(&["1,234.50元", "１２３４．５", "—", "", "¥1234.5", "壹仟"]);
    assert_eq!(values, ["123450", "123450", "∅", "∅", "123450", "∅"]);
    assert_eq!(rejects, ["amount-in-words"]);
    let text = "发放单位,姓名,补发\n教育局,张三,－100\n教育局,李四,(100)\n教育局,王五,-0.05\n";
    let read = Bench::new("payroll").file("a.csv", text).ok();
    assert_eq!(super::support::values(&read, "back_pay"), ["-10000", "-10000", "-5"]);
}

#[test]
fn row_62_amounts_that_cannot_be_pay_are_set_aside() {
    let (_, rejects) = gross(&["NaN", "Inf", "1e308", "12.345", "-1"]);
    assert_eq!(
        rejects,
        ["amount-not-a-number", "amount-not-a-number", "amount-out-of-range", "amount-precision", "amount-negative"]
    );
}

#[test]
fn row_63_names_are_kept_as_written() {
    let names = ["买买提·艾力", "买买提•艾力", "买买提・艾力", "张\u{200B}三", "张\u{3000}三", "⽅正", "葛\u{E0100}亮"];
    let rows: String = names.iter().map(|n| format!("教育局,{n},,1,1\n")).collect();
    let read = Bench::new("payroll").file("a.csv", payroll(&rows)).ok();
    assert_eq!(values(&read, "name"), names);
    assert_eq!(read.rejects.iter().filter(|r| r.row_rejected).count(), 0);
}

#[test]
fn row_34_private_use_characters_in_names_are_a_note() {
    let read = Bench::new("payroll").file("a.csv", payroll("教育局,张\u{E81A},,1,1\n")).ok();
    assert_eq!(codes(&read.rejects), [("private-use-character", 2, false)]);
}

#[test]
fn row_64_names_with_line_breaks_or_thousands_of_characters_are_set_aside() {
    let rows = format!("教育局,\"张\n三\",,1,1\n教育局,{},,1,1\n", "长".repeat(10_000));
    let read = Bench::new("payroll").file("a.csv", payroll(&rows)).ok();
    assert_eq!(codes(&read.rejects), [("cell-newline", 2, true), ("cell-too-long", 4, true)]);
    assert!(read.rejects.iter().all(|r| r.value.as_ref().is_none_or(|v| v.chars().count() <= 64)));
}

#[test]
fn row_67_an_end_before_its_start_is_set_aside() {
    let read =
        staff(&[("", "", "2020-05-01", "2019-12-31"), ("", "", "2020-05", "2020-05-01"), ("", "", "2020", "2020-03")])
            .ok();
    assert_eq!(codes(&read.rejects), [("end-before-start", 2, true)]);
}

#[test]
fn row_71_formulas_in_cells_are_text() {
    let rows = "\"=cmd|'/c calc'!A1\",+张三,,1,1\n@教育局,-李四,,1,1\n";
    let read = Bench::new("payroll").file("a.csv", payroll(rows)).ok();
    assert_eq!(values(&read, "unit_name"), ["=cmd|'/c calc'!A1", "@教育局"]);
    assert_eq!(values(&read, "name"), ["+张三", "-李四"]);
}

#[test]
fn codes_are_read_by_code_or_label_and_unknown_ones_are_noted() {
    let text =
        "单位名称,姓名,编制类型,性别\n教育局,张三,institution,男\n教育局,李四,全额 事业,女\n教育局,王五,事 业,1\n";
    let read = Bench::new("establishment_staff").file("a.csv", text).ok();
    let types = values(&read, "quota_type");
    assert_eq!((types[0].as_str(), types[2].as_str()), ("institution", "institution"));
    assert_eq!(values(&read, "sex")[..2], ["male", "female"]);
    for note in &read.rejects {
        assert!(note.code == "code-unrecognised" && !note.row_rejected, "{note:?}");
    }
    let text = "单位名称,姓名,编制类型\n教育局,张三,梦幻编制\n";
    let read = Bench::new("establishment_staff").file("a.csv", text).ok();
    assert_eq!(values(&read, "quota_type"), ["unrecognised"]);
    assert_eq!(read.rejects[0].value.as_deref(), Some("梦幻编制"));
}

#[test]
fn a_row_with_several_flaws_is_set_aside_once() {
    let read = Bench::new("payroll").file("a.csv", payroll("教育局,,110105194912310021,x,y\n")).ok();
    let rejected: Vec<bool> = read.rejects.iter().map(|r| r.row_rejected).collect();
    assert_eq!(rejected.iter().filter(|r| **r).count(), 1);
    assert_eq!(read.rejects.len(), 4, "{:?}", read.rejects);
    assert_eq!(values(&read, "resident_id"), ["110105194912310021"], "what could be read stays");
}

#[test]
fn a_blurred_birth_month_is_settled_by_the_id() {
    // 1985.1 is what a number cell leaves of 1985.10.
    let read = staff(&[("", "1985.1", "", "")]).ok();
    assert!(matches!(values(&read, "birth_date")[0].as_str(), "1985" | "1985-01"), "{:?}", values(&read, "birth_date"));
}
