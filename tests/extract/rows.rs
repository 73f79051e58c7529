//! Order and place of rows.

use crate::extract::support::*;

#[test]
fn rows_keep_file_order_and_their_place() {
    let read = Bench::new("payroll")
        .file("b.csv", payroll("教育局,李四,,1,1\n"))
        .file("a.csv", payroll("教育局,张三,,1,1\n\n教育局,王五,,x,1\n"))
        .ok();
    assert_eq!(values(&read, "name"), ["张三", "王五", "李四"]);
    assert_eq!(read.table.place(1).to_string(), "in/2026-10/a.csv row 4");
    assert_eq!(read.rejects[0].place.to_string(), "in/2026-10/a.csv row 4, column 应发工资 (D)");
    assert_eq!(
        read.files.iter().map(|f| f.file.as_str()).collect::<Vec<_>>(),
        ["in/2026-10/a.csv", "in/2026-10/b.csv"]
    );
}

#[test]
fn problems_of_all_files_are_told_at_once() {
    let said = Bench::new("payroll").file("a.csv", "").file("b.csv", "姓名,应发工资\n张三,1\n").refused();
    assert!(said.contains("a.csv") && said.contains("b.csv"), "{said}");
}
