//! Files that must not be opened, and what a source as a whole must satisfy.

use std::os::unix::fs::symlink;
use std::process::Command;

use crate::extract::support::*;
use hedui::extract::plan_files;
use hedui::kernel::dates::Month;

fn one() -> String {
    payroll("教育局,张三,11010519491231002X,5000.00,4000.00\n")
}

#[test]
fn row_01_an_empty_file_is_refused() {
    let said = Bench::new("payroll").file("a.csv", "").refused();
    assert!(said.contains("in/2026-10/a.csv") && said.contains("[empty-file]"), "{said}");
}

#[test]
fn row_02_a_header_alone_is_refused_unless_allowed() {
    let bench = Bench::new("payroll").file("a.csv", payroll(""));
    assert!(bench.refused().contains("[no-rows]"));
    let read = bench.with(|s| s.allow_empty = true).ok();
    assert_eq!((read.table.len(), read.files[0].rows_read), (0, 0));
}

#[test]
fn row_18_what_office_programs_leave_behind_is_ignored() {
    let bench = Bench::new("payroll")
        .file("~$工资.xlsx", "x")
        .file(".~lock.工资.xlsx#", "x")
        .file("Thumbs.db", "x")
        .file(".DS_Store", "x")
        .file("工资.csv", one());
    assert_eq!(bench.ok().files.len(), 1);
}

#[test]
fn row_20_the_same_file_twice_is_read_once() {
    let read = Bench::new("payroll").file("a.csv", one()).file("b.csv", one()).ok();
    assert_eq!(read.table.len(), 1);
    assert_eq!((read.files[0].rows_read, read.files[1].rows_read), (1, 0));
    assert!(read.files[1].warnings[0].contains("a.csv"), "{:?}", read.files[1]);
    assert_eq!(read.files[0].sha256, read.files[1].sha256);
}

#[test]
fn row_22_a_file_of_another_month_is_refused() {
    for name in ["工资_202609.csv", "工资2026年9月.csv", "工资-2026-09.csv"] {
        let said = Bench::new("payroll").file(name, one()).refused();
        assert!(said.contains("[period-mismatch]") && said.contains("2026-09"), "{said}");
    }
    assert_eq!(Bench::new("payroll").file("工资_202610_20261103.csv", one()).ok().table.len(), 1);
    let with_month = "发放月份,发放单位,姓名\n202609,教育局,张三\n202609,教育局,李四\n";
    let said = Bench::new("payroll").file("a.csv", with_month).refused();
    assert!(said.contains("[period-mismatch]") && said.contains("发放月份"), "{said}");
    // Back pay for an earlier month beside this month's pay is lawful.
    let mixed = "发放月份,发放单位,姓名\n202609,教育局,张三\n2026年10月,教育局,张三\n";
    assert_eq!(values(&Bench::new("payroll").file("a.csv", mixed).ok(), "pay_month"), ["2026-09", "2026-10"]);
}

#[test]
fn row_22_a_title_of_another_month_is_refused() {
    let text = format!("2026年9月工资发放表,,,,\n{}", one());
    assert!(Bench::new("payroll").file("a.csv", text).refused().contains("the title says 2026-09"));
}

#[test]
fn row_23_names_with_control_or_direction_characters_are_refused() {
    for name in ["a\n.csv", "工资\u{202E}vsc.exe.csv"] {
        let said = Bench::new("payroll").file(name, one()).refused();
        assert!(said.contains("[bad-file-name]"), "{said}");
        assert!(!said.contains('\u{202E}') && !said.contains("a\n."), "{said}");
    }
    let outside = Bench::new("payroll").with(|s| s.path = "../{period}/*".to_owned());
    assert!(outside.refused().contains("[path-outside-workspace]"));
}

#[test]
fn row_24_a_symbolic_link_is_not_followed() {
    let bench = Bench::new("payroll").file("a.csv", one());
    symlink("/etc/passwd", bench.inbox().join("b.csv")).expect("a link");
    let said = bench.refused();
    assert!(said.contains("b.csv") && said.contains("[not-a-file]"), "{said}");
}

#[test]
fn row_26_a_pipe_is_refused_and_does_not_block() {
    let bench = Bench::new("payroll").file("a.csv", one());
    let made = Command::new("mkfifo").arg(bench.inbox().join("b.csv")).status().expect("mkfifo");
    assert!(made.success());
    assert!(bench.refused().contains("[not-a-file]"));
}

#[test]
fn row_65_identical_rows_are_taken_with_a_note_and_conflicting_ones_without() {
    let rows = "教育局,张三,11010519491231002X,5000,4000\n教育局,张三,11010519491231002X,5000.00,4000\n教育局,张三,11010519491231002X,300,300\n";
    let read = Bench::new("payroll").file("a.csv", payroll(rows)).ok();
    assert_eq!(read.files[0].rows_taken, 3);
    assert_eq!(codes(&read.rejects), [("duplicate-row", 3, false)]);
    assert!(read.files[0].warnings.iter().any(|w| w.contains("1 rows repeat")), "{:?}", read.files[0].warnings);
}

#[test]
fn row_66_an_unknown_unit_code_is_no_matter_of_reading() {
    let text = "单位代码,单位名称,姓名\n999999,不存在的局,张三\n";
    let read = Bench::new("payroll").file("a.csv", text).ok();
    assert_eq!((read.table.len(), read.rejects.len()), (1, 0));
}

#[test]
fn row_68_a_great_fall_of_rows_needs_a_reason() {
    let mut bench = Bench::new("payroll").file("a.csv", one());
    bench.context.previous_rows = Some(100);
    assert!(bench.refused().contains("[volume-fall]"));
    bench.context.accept_volume = Some("学校合并".to_owned());
    assert_eq!(bench.ok().table.len(), 1);
    bench.context.accept_volume = None;
    bench.context.previous_rows = Some(1);
    assert_eq!(bench.ok().table.len(), 1);
}

#[test]
fn row_69_a_file_of_another_county_is_refused() {
    let text = "机构编码,机构名称,行政区划代码,机构性质\n01,教育局,410922,机关\n02,卫生局,350702,机关\n";
    let bench = Bench::new("establishment_units").file("a.csv", text);
    assert_eq!(bench.ok().table.len(), 2);
    let said = bench.with(|s| s.region_prefix = "4109".to_owned()).refused();
    assert!(said.contains("row 3") && said.contains("350702") && said.contains("[other-region]"), "{said}");
}

#[test]
fn row_70_control_totals_must_agree() {
    let text = payroll("教育局,张三,11010519491231002X,5000.10,4000\n教育局,李四,440524188001010014,6000.20,5000\n");
    let bench = Bench::new("payroll").file("a.csv", text).with(|s| {
        s.control_totals.insert("rows".to_owned(), 2);
        s.control_totals.insert("gross_pay".to_owned(), 1_100_030);
    });
    assert_eq!(bench.ok().table.len(), 2);
    let said = bench
        .with(|s| {
            s.control_totals.insert("rows".to_owned(), 3);
            s.control_totals.insert("gross_pay".to_owned(), 1_100_031);
        })
        .refused();
    assert!(said.contains("rows: 3 declared, 2 in the files"), "{said}");
    assert!(said.contains("gross_pay: 11000.31 declared, 11000.30 in the files"), "{said}");
}

#[test]
fn history_is_read_month_by_month_oldest_first() {
    let mut bench = Bench::new("payroll").file("a.csv", one()).with(|s| s.history_months = 2);
    let earlier = bench.folder.path().join("in/2026-09");
    std::fs::create_dir_all(&earlier).expect("a folder");
    std::fs::write(earlier.join("工资.csv"), payroll("教育局,李四,440524188001010014,1,1\n")).expect("written");
    let read = bench.ok();
    assert_eq!(values(&read, "pay_month"), ["2026-09", "2026-10"]);
    assert_eq!(read.files.iter().map(|f| f.period.as_str()).collect::<Vec<_>>(), ["2026-09", "2026-10"]);
    bench.context.period = Month::parse("2026-11").expect("a month");
    let problems = plan_files(&bench.spec, &bench.context).expect_err("no file");
    assert_eq!(problems[0].code, "no-files");
    bench.spec.optional = true;
    assert_eq!(plan_files(&bench.spec, &bench.context).expect("files").len(), 2);
}
