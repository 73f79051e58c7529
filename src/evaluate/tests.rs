//! A tiny published period against a tiny truth: every count by hand.

use std::path::Path;

use parquet::arrow::ArrowWriter;

use super::*;
use crate::table::column::TextColumn;
use crate::table::{EvidenceCell, Frame, FrameColumn, Values};

fn texts(values: &[Option<&str>]) -> Values {
    Values::Text(values.iter().copied().collect::<TextColumn>())
}

fn publish(out: &Path, path: &str, columns: Vec<(&str, Values)>) {
    let columns = columns.into_iter().map(|(n, v)| FrameColumn::new(n, n, n, v)).collect();
    let frame =
        Frame { path: path.to_owned(), title_zh: String::new(), title_en: String::new(), sort_by: vec![], columns };
    let rows: Vec<u32> = (0..u32::try_from(frame.len()).unwrap()).collect();
    let batch = crate::table::view::to_arrow(&frame, &crate::table::view::arrow_schema(&frame), &rows).unwrap();
    let folder = out.join(path).join("period=2026-10");
    fs_err::create_dir_all(&folder).unwrap();
    let file = std::fs::File::create(folder.join("part-0.parquet")).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn canonical(out: &Path, table: &str, keys: &[(&str, f64)]) {
    let file = format!("sample_data/2026-10/{table}.csv");
    let n = i64::try_from(keys.len()).unwrap();
    publish(
        out,
        &format!("canonical/{table}"),
        vec![
            ("source_file", texts(&vec![Some(file.as_str()); keys.len()])),
            ("source_row", Values::Int64((2..n + 2).map(Some).collect())),
            ("person_key", texts(&keys.iter().map(|k| Some(k.0)).collect::<Vec<_>>())),
            ("person_match", texts(&vec![Some("A"); keys.len()])),
            ("person_probability", Values::Float(keys.iter().map(|k| Some(k.1)).collect())),
        ],
    );
}

fn evidence(table: &str, row: i64) -> EvidenceCell {
    EvidenceCell {
        table: table.into(),
        source_file: format!("sample_data/2026-10/{table}.csv").into(),
        source_row: row,
        column: "姓名".into(),
        value: None,
    }
}

/// Three persons on the register; the payroll knows two of them rightly and takes P3 for P1.
fn example(dir: &Path) {
    canonical(dir, "establishment_staff", &[("K1", 1.0), ("K2", 1.0), ("K3", 1.0)]);
    canonical(dir, "payroll", &[("K1", 0.999_5), ("K2", 0.999_5), ("K1", 0.6)]);
    publish(
        dir,
        "anomalies",
        vec![
            ("rule", texts(&[Some("P01"), Some("P01"), Some("P01"), Some("P01")])),
            ("status", texts(&[Some("new"), Some("open"), Some("closed"), Some("new")])),
            ("severity", texts(&[Some("S1"), Some("S1"), Some("S1"), Some("S2")])),
            ("unit_key", texts(&[None, None, None, None])),
            ("person_key", texts(&[Some("K1"), Some("K2"), Some("K3"), Some("K3")])),
            (
                "evidence",
                Values::Evidence(vec![
                    [evidence("payroll", 2)].into(),
                    [evidence("payroll", 3)].into(),
                    [evidence("payroll", 4)].into(),
                    [evidence("establishment_staff", 4)].into(),
                ]),
            ),
        ],
    );
    publish(
        dir,
        "rule_runs",
        vec![
            ("rule", texts(&[Some("P01"), Some("P02"), Some("P05")])),
            ("outcome", texts(&[Some("ran"), Some("ran"), Some("not run: no feed (payroll)")])),
        ],
    );
    let truth = dir.join("truth");
    fs_err::create_dir_all(&truth).unwrap();
    let mut rows = String::from("period,table,source_file,source_sheet,source_row,person_id,unit_id,noise\n");
    for table in ["establishment_staff", "payroll"] {
        for n in 1..=3 {
            rows += &format!("2026-10,{table},2026-10/{table}.csv,,{},P{n},U1,\n", n + 1);
        }
    }
    fs_err::write(truth.join("rows.csv"), rows).unwrap();
    let findings = "period,rule,unit_id,person_id,object,kind,note\n\
                    2026-10,P01,U1,P1,,planted,\n\
                    2026-10,P02,U1,P2,,planted,\n\
                    2026-09,P01,U1,P3,,planted,\n\
                    2026-10,P05,U1,P3;P2,account,planted,\n\
                    2026-10,P01,U1,P2,,look_alike,\n";
    fs_err::write(truth.join("findings.csv"), findings).unwrap();
}

#[test]
fn counts_are_those_of_a_hand_count() {
    let dir = tempfile::tempdir().unwrap();
    example(dir.path());
    let period = Month(2026 * 12 + 9);
    let scores = score(dir.path(), &dir.path().join("truth"), period).unwrap();
    let of = |name: &str| scores.iter().find(|s| s.name == name).unwrap();
    let p01 = of("P01");
    assert_eq!(
        (p01.expected, p01.found, p01.right, p01.look_alikes_fired),
        (1, 3, 1, 1),
        "closed findings do not count"
    );
    assert_eq!((of("P02").expected, of("P02").found, of("P02").recall), (1, 0, Some(0.0)));
    assert!(scores.iter().all(|s| s.name != "P05"), "a rule without a feed is not expected to find anything");
    let pay = of("payroll");
    assert_eq!((pay.expected, pay.found, pay.right), (3, 3, 2), "a row taken for another is found and wrong");
    let bins = calibration(dir.path(), &dir.path().join("truth"), period).unwrap();
    let shown: Vec<(f64, u64, f64)> = bins.iter().map(|b| (b.from, b.rows, b.right_share)).collect();
    assert_eq!(shown, [(0.5, 1, 0.0), (0.999, 2, 1.0)]);
}

#[test]
fn a_missing_truth_or_period_is_said() {
    let dir = tempfile::tempdir().unwrap();
    example(dir.path());
    let truth = dir.path().join("truth");
    let wrong = score(dir.path(), &truth, Month(2026 * 12)).unwrap_err();
    assert_eq!(wrong.exit_code(), 2);
    let wrong = score(dir.path(), &dir.path().join("nothing"), Month(2026 * 12 + 9)).unwrap_err();
    assert!(wrong.to_string().contains("rows.csv"), "{wrong}");
}
