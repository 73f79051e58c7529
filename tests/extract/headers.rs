//! Headers, titles, banners and what stands below a table.

use crate::extract::support::*;

#[test]
fn row_43_a_field_claimed_twice_or_a_nameless_column_is_refused() {
    let text = "单位名称,姓名,姓名,应发工资\n教育局,张三,李四,1\n";
    let said = Bench::new("payroll").file("a.csv", text).refused();
    assert!(said.contains("[duplicate-header]") && said.contains("姓名 (B) and 姓名 (C)"), "{said}");
    let text = "单位名称,姓名,奖励性绩效,基础性绩效\n教育局,张三,1,2\n";
    assert!(Bench::new("payroll").file("a.csv", text).refused().contains("[duplicate-header]"));
    let settled = Bench::new("payroll").file("a.csv", text).with(|s| {
        s.headers.insert("奖励性绩效".to_owned(), "performance_pay".to_owned());
    });
    assert_eq!(values(&settled.ok(), "performance_pay"), ["100"]);
    let text = "单位名称,,姓名\n教育局,什么,张三\n";
    let said = Bench::new("payroll").file("a.csv", text).refused();
    assert!(said.contains("[blank-header]") && said.contains("column B"), "{said}");
}

#[test]
fn a_field_s_own_title_beats_an_alias() {
    // Both 发放单位 (its title) and 单位名称 (an alias) could be the payer.
    let read = Bench::new("payroll").file("a.csv", "单位名称,发放单位,姓名\n教育局,财政局,张三\n").ok();
    assert_eq!(values(&read, "unit_name"), ["财政局"]);
    assert_eq!(read.files[0].unmapped_headers, ["单位名称"]);
}

#[test]
fn row_44_titles_and_merged_headers_are_read() {
    let text = "濮阳市教育局2026年10月工资发放表,,,,\n单位：濮阳市教育局,,,,单位：元\n\
                姓名,身份证号,应发项目,,实发工资\n,,岗位工资,应发合计,\n\
                张三,11010519491231002X,3000,5000,4000\n";
    let read = Bench::new("payroll").file("a.csv", text).ok();
    assert_eq!(values(&read, "unit_name"), ["濮阳市教育局"]);
    assert_eq!(values(&read, "post_pay"), ["300000"]);
    assert_eq!(values(&read, "gross_pay"), ["500000"]);
    assert_eq!(read.table.origin.row, [5]);
    assert_eq!((read.files[0].skipped["title"], read.files[0].skipped["header"]), (2, 2));
}

#[test]
fn row_44_parents_join_with_their_children() {
    let text = "单位名称,职务层次,正副职,核定\n,,,职数\n教育局,正科,正职,1\n";
    let read = Bench::new("leader_posts").file("a.csv", text).ok();
    assert_eq!(values(&read, "approved"), ["1"]);
}

#[test]
fn row_44_a_table_without_a_header_is_refused_with_a_preview() {
    let said = Bench::new("payroll").file("a.csv", "情况说明\n本月无变化,无\n张三,11010519491231002X\n").refused();
    assert!(said.contains("[header-not-found]") && said.contains("情况说明"), "{said}");
    assert!(!said.contains("张三") && !said.contains("1949"), "{said}");
}

#[test]
fn row_45_footers_are_listed_and_are_no_data() {
    let rows = "教育局,张三,11010519491231002X,1,1\n教育局,小 计,,1,1\n合计,,,1,1\n制表人：李四,,审核：王五,,\n,,,,\n";
    let read = Bench::new("payroll").file("a.csv", payroll(rows)).ok();
    assert_eq!(read.table.len(), 1);
    assert_eq!(codes(&read.rejects), [("footer-row", 3, false), ("footer-row", 4, false), ("footer-row", 5, false)]);
    assert_eq!((read.files[0].skipped["footer"], read.files[0].skipped["blank"]), (3, 1));
    assert!(read.rejects.iter().all(|r| !format!("{r:?}").contains("李四")), "names stay out");
}

#[test]
fn row_45_names_that_look_like_footers_are_data() {
    let rows = "会计核算中心,合计明,11010519491231002X,1,1\n审计局,总计,440524188001010014,1,1\n";
    let read = Bench::new("payroll").file("a.csv", payroll(rows)).ok();
    assert_eq!(read.files[0].rows_taken, 2);
}

#[test]
fn row_46_a_renamed_header_is_suggested_not_guessed() {
    let text = "单位名称,职工姓名称,应发工资\n教育局,张三,1\n";
    let said = Bench::new("payroll").file("a.csv", text).refused();
    assert!(said.contains("[missing-column]") && said.contains("姓名 (name)"), "{said}");
    assert!(said.contains("\"职工姓名称\" = \"name\""), "{said}");
    let given = Bench::new("payroll").file("a.csv", text).with(|s| {
        s.headers.insert("职工姓名称".to_owned(), "name".to_owned());
    });
    assert_eq!(values(&given.ok(), "name"), ["张三"]);
}

#[test]
fn row_47_all_missing_columns_are_told_at_once_and_extra_ones_listed() {
    let said = Bench::new("quotas").file("a.csv", "机构编码,批准文号,用途\n01,濮编1号,x\n").refused();
    for field in ["unit_name", "quota_type", "approved"] {
        assert!(said.contains(field), "{said}");
    }
    let read = Bench::new("payroll").file("a.csv", "序号,发放单位,姓名,星座\n1,教育局,张三,x\n").ok();
    assert_eq!(read.files[0].unmapped_headers, ["序号", "星座"]);
}

#[test]
fn row_48_columns_may_stand_in_any_order() {
    let read = Bench::new("payroll").file("a.csv", "实发工资（元）,姓 名,*发放单位\n4000,张三,教育局\n").ok();
    assert_eq!((values(&read, "net_pay"), values(&read, "name")), (vec!["400000".to_owned()], vec!["张三".to_owned()]));
}

#[test]
fn amounts_in_ten_thousands_are_told_by_the_header_or_the_title() {
    let text = "事业单位名称,统一社会信用代码,开办资金（万元）\n一中,12410900400000018D,12.5\n";
    let read = Bench::new("registrations").file("a.csv", text).ok();
    assert_eq!(values(&read, "opening_capital"), ["12500000"]);
    let text = "金额单位：万元,,\n事业单位名称,统一社会信用代码,开办资金\n一中,12410900400000018D,3\n";
    let read = Bench::new("registrations").file("a.csv", text).ok();
    assert_eq!(values(&read, "opening_capital"), ["3000000"]);
}

#[test]
fn banners_between_rows_hold_for_the_rows_below() {
    let text = "工资表,,\n单位名称：教育局,,\n姓名,身份证号,应发工资\n张三,11010519491231002X,1\n小计,,1\n\
                单位名称：卫生局,,\n姓名,身份证号,应发工资\n李四,440524188001010014,1\n";
    let read = Bench::new("payroll").file("a.csv", text).ok();
    assert_eq!(values(&read, "unit_name"), ["教育局", "卫生局"]);
    assert_eq!(read.files[0].skipped["repeated-header"], 1);
}

#[test]
fn a_column_of_the_unit_beats_the_banner() {
    let text = "单位：财政局,,\n发放单位,姓名,应发工资\n教育局,张三,1\n";
    assert_eq!(values(&Bench::new("payroll").file("a.csv", text).ok(), "unit_name"), ["教育局"]);
}

#[test]
fn defaults_fill_what_the_extract_lacks() {
    let read = Bench::new("payroll").file("a.csv", "发放单位,姓名,人员类别\n教育局,张三,\n教育局,李四,退休\n").ok();
    assert_eq!(values(&read, "pay_month"), ["2026-10", "2026-10"]);
    assert_eq!(values(&read, "pay_class"), ["in_service", "retired"]);
    assert_eq!(values(&read, "batch"), ["regular", "regular"]);
    assert_eq!(values(&read, "account"), ["∅", "∅"]);
}
