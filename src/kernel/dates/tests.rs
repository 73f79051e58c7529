use super::*;
use proptest::prelude::*;

fn iso(text: &str) -> String {
    match read_date(text, 2026) {
        Ok(DateReading::Date(d)) => d.iso(),
        Ok(DateReading::Open) => "open".to_owned(),
        Ok(DateReading::Empty) => "empty".to_owned(),
        Err(e) => e.code.to_owned(),
    }
}

#[test]
fn shapes_of_date_cells() {
    for (cell, expected) in [
        ("1985.07", "1985-07"),
        ("1985.7", "1985-07"),
        ("1985.10", "1985-10"),
        ("1985-7-1", "1985-07-01"),
        ("1985/07/01", "1985-07-01"),
        ("1985－07－01", "1985-07-01"),
        ("1985年7月", "1985-07"),
        ("1985年7月1日", "1985-07-01"),
        ("１９８５年０７月０１日", "1985-07-01"),
        ("1985年07月01号", "1985-07-01"),
        ("1985 年 7 月", "1985-07"),
        ("1985年", "1985"),
        ("1985", "1985"),
        ("85.7", "1985-07"),
        ("85年7月", "1985-07"),
        ("26.7", "2026-07"),
        ("27.7", "1927-07"),
        ("198507", "1985-07"),
        ("198500", "1985"),
        ("19850701", "1985-07-01"),
        ("19850700", "1985-07"),
        ("1985.07.00", "1985-07"),
        ("1985.07.01", "1985-07-01"),
        ("1985.7.1.", "1985-07-01"),
        ("2024.1.5", "2024-01-05"),
        ("二〇二四年一月", "2024-01"),
        ("二○二四年十二月三十一日", "2024-12-31"),
        ("二零二四年二十日", "date-unreadable"),
        ("二〇二四年十月二十日", "2024-10-20"),
        ("2024-01-05 00:00:00", "2024-01-05"),
        ("2024-01-05T12:30:00.000Z", "2024-01-05"),
        ("2024/1/5 0:00", "2024-01-05"),
        ("20240105 08:00", "2024-01-05"),
        ("20240105120000", "2024-01-05"),
        ("'2024-01-05\u{a0}", "2024-01-05"),
        ("2024-02-29", "2024-02-29"),
        ("13/1/1985", "1985-01-13"),
        ("9999-12-31", "open"),
        ("99991231", "open"),
        ("长期", "open"),
        ("至今", "open"),
        ("—", "open"),
        ("-", "open"),
        ("", "empty"),
        ("  ", "empty"),
        ("0000-00-00", "empty"),
        ("1900-01-00", "empty"),
    ] {
        assert_eq!(iso(cell), expected, "{cell}");
    }
}

#[test]
fn what_is_no_date_says_why() {
    for (cell, code) in [
        ("2024/13/01", "date-impossible"),
        ("1900-02-29", "date-impossible"),
        ("2023-02-29", "date-impossible"),
        ("20241301", "date-impossible"),
        ("1849-12-31", "date-impossible"),
        ("2201-01-01", "date-impossible"),
        ("198513", "date-impossible"),
        ("1985.1", "date-ambiguous"),
        ("85.1", "date-ambiguous"),
        ("7/1/1985", "date-ambiguous"),
        ("31229", "date-serial"),
        ("45000.5", "date-serial"),
        ("不详", "date-unreadable"),
        ("1985年7月前", "date-unreadable"),
        ("7月", "date-unreadable"),
        ("85", "date-unreadable"),
        ("1985.0701", "date-unreadable"),
        ("1985-07-01-02", "date-unreadable"),
        ("#REF!", "date-unreadable"),
        ("1985..07", "date-unreadable"),
    ] {
        assert_eq!(iso(cell), code, "{cell}");
    }
    assert_eq!(iso("1985.01"), "1985-01");
    assert_eq!(iso("1985年1月"), "1985-01");
    assert_eq!(iso("1985-1"), "1985-01");
}

#[test]
fn excel_serials() {
    let iso = |serial, d1904| from_excel_serial(serial, d1904).map(PartialDate::iso);
    assert_eq!(iso(31_229.0, false).as_deref(), Some("1985-07-01"));
    assert_eq!(iso(31_229.0 - 1462.0, true).as_deref(), Some("1985-07-01"));
    assert_eq!(iso(45_000.75, false).as_deref(), Some("2023-03-15"));
    assert_eq!(iso(1.0, false).as_deref(), Some("1900-01-01"));
    assert_eq!(iso(59.0, false).as_deref(), Some("1900-02-28"));
    assert_eq!(iso(60.0, false), None);
    assert_eq!(iso(61.0, false).as_deref(), Some("1900-03-01"));
    for bad in [-1.0, 0.0, f64::NAN, f64::INFINITY, 1e9, 110_000.0] {
        assert_eq!(iso(bad, false), None, "{bad}");
    }
}

#[test]
fn months() {
    for text in ["2026-10", "202610", "2026年10月", "2026.10", "2026/10", "２０２６年１０月", "2026-10-01"] {
        assert_eq!(Month::parse(text), Month::new(2026, 10), "{text}");
    }
    for text in ["2026", "2026-13", "2026.1", "", "x", "26-10", "26.10"] {
        assert_eq!(Month::parse(text), None, "{text}");
    }
    let m = Month::new(2024, 2).unwrap();
    assert_eq!((m.to_string().as_str(), m.last_day() - m.first_day() + 1), ("2024-02", 29));
    assert_eq!(m.plus(-2).to_string(), "2023-12");
    assert_eq!(Month::new(1970, 1).unwrap().first_day(), 0);
    assert_eq!(Month::new(2024, 0), None);
}

#[test]
fn spans_by_precision() {
    let span = |t: &str| match read_date(t, 2026) {
        Ok(DateReading::Date(d)) => (civil(d.day_min()), civil(d.day_max())),
        other => panic!("{other:?}"),
    };
    assert_eq!(span("2024.02"), ((2024, 2, 1), (2024, 2, 29)));
    assert_eq!(span("1985"), ((1985, 1, 1), (1985, 12, 31)));
    assert_eq!(span("1985-07-01"), ((1985, 7, 1), (1985, 7, 1)));
}

proptest! {
    #[test]
    fn days_agree_with_chrono(day in -43_000_i32..84_000) {
        use chrono::Datelike;
        let chrono = chrono::NaiveDate::from_ymd_opt(1970, 1, 1).unwrap() + chrono::TimeDelta::days(i64::from(day));
        prop_assert_eq!(civil(day), (chrono.year(), chrono.month(), chrono.day()));
        let (y, m, d) = civil(day);
        prop_assert_eq!(PartialDate::day(y, m, d).map(|d| d.first_day), Some(day));
    }
    #[test]
    fn what_is_written_is_read_back(day in -43_000_i32..84_000, precision in 0..3) {
        let (year, month, _) = civil(day);
        let date = match precision {
            0 => PartialDate::day(year, month, civil(day).2).unwrap(),
            1 => PartialDate { first_day: Month::new(year, month).unwrap().first_day(), precision: Precision::Month },
            _ => PartialDate { first_day: days_from_civil(year, 1, 1), precision: Precision::Year },
        };
        prop_assert_eq!(read_date(&date.iso(), 2026), Ok(DateReading::Date(date)));
        prop_assert!(date.day_min() <= date.day_max() && date.month().first_day() <= date.day_min());
    }
    #[test]
    fn any_text_is_an_answer(text in "\\PC{0,30}", pivot in any::<i32>()) {
        let _ = read_date(&text, pivot);
        let _ = Month::parse(&text);
    }
    #[test]
    fn any_text_like_a_date_is_an_answer(text in "[0-9一二十〇年月日./ :T-]{0,24}", serial in any::<f64>()) {
        let _ = read_date(&text, 2026);
        let _ = from_excel_serial(serial, true);
    }
}
