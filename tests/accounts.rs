//! What a run says of its own inputs: files that are missing, stale, of another form, or at odds with their own totals, and links
//! that fail where they held a month ago.

use hedui::publish::dictionary::RUN_TABLES;

use crate::office::{Office, repository};

/// A GB18030 extract of the period, its lines changed.
fn change(office: &Office, file: &str, change: impl Fn(usize, &str) -> String) {
    let path = office.root.join("sample_data").join(file);
    let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let text = encoding_rs::GB18030.decode(&bytes).0.into_owned();
    let lines: Vec<String> = text.lines().enumerate().map(|(i, line)| change(i, line)).collect();
    let changed = encoding_rs::GB18030.encode(&(lines.join("\r\n") + "\r\n")).0.into_owned();
    std::fs::write(&path, changed).expect("written");
}

/// Findings of a rule in September, a month whose files are in order as they stand: object and severity, a line each.
fn findings(office: &Office, rule: &str) -> Vec<String> {
    let sql = format!(
        "SELECT object_key, severity FROM anomalies WHERE rule = '{rule}' AND period = '2026-09' AND status <> 'closed' ORDER BY object_key"
    );
    office.query(&sql).lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn the_runs_own_tables_are_those_whose_schemas_say_so() {
    let mut own: Vec<String> = std::fs::read_dir(repository().join("schemas"))
        .expect("schemas")
        .map(|entry| entry.expect("a schema").path())
        .filter(|path| {
            path.is_file() && std::fs::read_to_string(path).expect("text").contains("\"hedui:source\": \"run\"")
        })
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    let mut known = RUN_TABLES.map(str::to_owned);
    own.sort();
    known.sort();
    assert_eq!(own, known);
}

#[test]
fn months_in_good_order_say_nothing_of_their_files() {
    let office = Office::new();
    for period in ["2026-08", "2026-09"] {
        office.publish(&["--quiet", "--period", period]);
    }
    for rule in ["D11", "D12", "D13", "D14"] {
        assert_eq!(findings(&office, rule), Vec::<String>::new(), "{rule}");
    }
    // The workbooks' own total rows were found and agree.
    let totals = office.query("SELECT COUNT(*) AS n FROM file_totals WHERE period = '2026-09' AND gap = 0");
    assert_ne!(totals.lines().nth(1), Some("0"), "{totals}");
}

#[test]
fn files_that_are_missing_stale_or_of_another_form_are_told() {
    let office = Office::new();
    office.publish(&["--quiet", "--period", "2026-08"]);
    let sample = office.root.join("sample_data");
    std::fs::remove_file(sample.join("2026-09/deaths.xls")).expect("it was there");
    std::fs::copy(sample.join("2026-08/establishment_staff.csv"), sample.join("2026-09/establishment_staff.csv"))
        .expect("copied");
    change(&office, "2026-09/absence_reasons.csv", |i, line| {
        if i == 0 {
            line.replacen("截止", "终了之时", 1).replacen("结束时间", "终了之时", 1)
        } else {
            line.to_owned()
        }
    });
    let rules = "\n[rules.D11]\nmin_rows = 100\n";
    let pipeline = std::fs::read_to_string(office.pipeline()).expect("a pipeline");
    std::fs::write(office.pipeline(), pipeline + rules).expect("written");
    office.publish(&["--quiet", "--period", "2026-09", "--accept-volume", "no deaths were sent"]);
    assert_eq!(findings(&office, "D11"), ["missing:deaths,S2", "stale:establishment_staff,S2"]);
    let drift = findings(&office, "D13");
    assert_eq!(drift.len(), 1, "{drift:?}");
    assert!(drift[0].starts_with("fields:") && drift[0].contains("absence_reasons"), "{drift:?}");
}

#[test]
fn a_total_row_that_lies_and_persons_that_are_lost_are_told() {
    let office = Office::new();
    office.publish(&["--quiet", "--period", "2026-08"]);
    let path = office.root.join("sample_data/2026-09/payroll_市直.csv");
    let text = encoding_rs::GB18030.decode(&std::fs::read(&path).expect("read")).0.into_owned();
    let header: Vec<String> = text.lines().next().unwrap_or_default().split(',').map(str::to_owned).collect();
    let column = |name: &str| header.iter().position(|h| h == name).unwrap_or_else(|| panic!("{name} in {header:?}"));
    let (name, number, gross) = (column("姓名"), column("身份证号"), column("应发合计"));
    let last = text.lines().count() - 1;
    // Every third payee of the city comes under a name and number of nobody, and the sum below is of one yuan.
    change(&office, "2026-09/payroll_市直.csv", |i, line| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if i > 0 && i.is_multiple_of(3) {
            cells[name] = format!("无名{}", ["甲", "乙", "丙", "丁"][i / 3 % 4]);
            cells[number] = format!("X{i:06}");
        }
        let line = cells.join(",");
        let mut total = vec![String::new(); header.len()];
        "合计".clone_into(&mut total[0]);
        "1.00".clone_into(&mut total[gross]);
        if i == last { format!("{line}\r\n{}", total.join(",")) } else { line }
    });
    let rules = "\n[rules.D14]\nmin_rows = 100\n";
    let pipeline = std::fs::read_to_string(office.pipeline()).expect("a pipeline");
    std::fs::write(office.pipeline(), pipeline + rules).expect("written");
    office.publish(&["--quiet", "--period", "2026-09"]);
    let totals = findings(&office, "D12");
    assert_eq!(totals.len(), 1, "{totals:?}");
    assert!(totals[0].contains("payroll_市直.csv") && totals[0].ends_with("S2"), "{totals:?}");
    let rates = findings(&office, "D14");
    assert!(rates.iter().any(|r| r == "payroll:person,S2"), "{rates:?}");
}
