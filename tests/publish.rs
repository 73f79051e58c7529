//! Publishing from outside: what readers see when a run is killed, repeated, replaced or refused.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use hedui::detect::past::Wanted;
use hedui::error::Fault;
use hedui::kernel::dates::Month;
use hedui::publish::layout::Store;
use hedui::publish::{self, FAILPOINTS, Publication, query};
use hedui::table::digest::FrameDigest;
use hedui::table::{EvidenceCell, Frame, FrameColumn, TextColumn, Values};
use parquet::file::reader::{FileReader, SerializedFileReader};

const OCTOBER: Month = Month(2026 * 12 + 9);

fn text(values: &[Option<&str>]) -> Values {
    Values::Text(values.iter().copied().collect::<TextColumn>())
}

fn same(value: &str, n: usize) -> Values {
    text(&vec![Some(value); n])
}

fn frame(path: &str, columns: Vec<FrameColumn>, sort_by: &[&str]) -> Frame {
    let sort_by = sort_by.iter().map(|&s| s.to_owned()).collect();
    Frame { path: path.to_owned(), title_zh: format!("{path}表"), title_en: path.to_owned(), sort_by, columns }
}

fn column(name: &str, values: Values) -> FrameColumn {
    FrameColumn::new(name, &format!("{name}列"), name, values)
}

fn cell(row: i64) -> EvidenceCell {
    EvidenceCell {
        table: "payroll".into(),
        source_file: "2026-10/工资.xlsx".into(),
        source_row: row,
        column: "gross".into(),
        value: Some("100.00".into()),
    }
}

/// Two findings, one of them with the columns of its own category, and some pay.
fn frames(period: Month, run_id: &str, rows: usize) -> Vec<Frame> {
    let month = period.to_string();
    let finding = |own: bool| {
        let mut columns = vec![
            column("anomaly_id", text(&[Some("A-2"), Some("A-1")])),
            column("period", same(&month, 2)),
            column("category", same("paid_but_absent", 2)),
            column("status", text(&[Some("open"), Some("new")])),
            column("first_period", text(&[Some("2026-08"), Some(&month)])),
            column("periods_open", Values::Int32(vec![Some(3), Some(1)].into())),
            column("measure", Values::Float(vec![Some(1.5), None].into())),
            column("amount_yuan", Values::Decimal(vec![Some(123_450), None].into())).unit("yuan"),
            column("evidence", Values::Evidence(vec![[cell(7), cell(8)].into(), [].into()])),
            column("run_id", same(run_id, 2)),
            column("rule", same("P01", 2)),
        ];
        if own {
            columns.push(column("months_paid", Values::Int64(vec![Some(3), None].into())));
        }
        columns
    };
    let numbers = |f: fn(i64) -> i64| (0..i64::try_from(rows).expect("few")).map(|n| Some(f(n))).collect();
    vec![
        frame("anomalies", finding(false), &["anomaly_id"]),
        frame("paid_but_absent", finding(true), &["anomaly_id"]),
        frame(
            "canonical/payroll",
            vec![
                column("row_id", Values::Int64(numbers(|n| n * 7_919 % 10_007))),
                column("gross", Values::Decimal(numbers(|n| n * 100))),
                column("unit_name", same("某市第一中学", rows)),
                column("flag", Values::Bool(vec![Some(true); rows])),
                column("day", Values::Date(vec![Some(20_700); rows].into())),
            ],
            &["row_id"],
        ),
        frame("over_staffing", vec![column("anomaly_id", text(&[])), column("period", text(&[]))], &[]),
    ]
}

fn publication<'a>(out: &'a Path, run_id: &'a str, frames: &'a [Frame]) -> Publication<'a> {
    let manifest = serde_json::json!({"rows": {"read": 5}, "run_id": "not mine to say"});
    Publication { out, period: OCTOBER, run_id, frames, carried: &[], put_down: &[], manifest, failpoint: None }
}

/// Publishes, taking over the files of tables that hold what they held.
fn publish_relinking(out: &Path, run_id: &str, rows: usize) {
    let frames = frames(OCTOBER, run_id, rows);
    let run = |f: &Frame| if f.column("run_id").is_some() { run_id } else { "" };
    let contents = frames.iter().map(|f| (f.path.clone(), FrameDigest::of(f).whole + run(f))).collect();
    let store = Store::new(out);
    let mut begun = publish::begin(&store, OCTOBER, run_id, None).expect("begun");
    begun.know(contents, true);
    publish::complete(begun, &publication(out, run_id, &frames), Vec::new()).expect("published");
}

fn publish(out: &Path, run_id: &str, rows: usize) {
    publish::publish(&publication(out, run_id, &frames(OCTOBER, run_id, rows))).expect("published");
}

/// Every path below `root`: links by where they lead, files by what they hold.
fn tree(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(root).expect("below").to_owned();
            if path.is_symlink() {
                let target = std::fs::read_link(&path).expect("a link");
                found.insert(name, target.to_string_lossy().into_owned().into_bytes());
            } else if path.is_dir() {
                walk(root, &path, found);
            } else {
                found.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    let mut found = BTreeMap::new();
    if root.is_dir() {
        walk(root, root, &mut found);
    }
    found
}

/// What a reader sees: every published table's rows, and the runs that its files say they are of.
fn seen(out: &Path) -> (BTreeMap<PathBuf, i64>, BTreeSet<String>) {
    let mut rows = BTreeMap::new();
    let mut runs = BTreeSet::new();
    for name in tree(out).into_keys().filter(|n| n.extension().is_some_and(|e| e == "parquet")) {
        let file = std::fs::File::open(out.join(&name)).unwrap_or_else(|e| panic!("{} dangles: {e}", name.display()));
        let reader = SerializedFileReader::new(file).expect("sound Parquet");
        let metadata = reader.metadata().file_metadata();
        let of_run = metadata.key_value_metadata().into_iter().flatten().find(|kv| kv.key == "hedui.run_id");
        runs.extend(of_run.and_then(|kv| kv.value.clone()));
        rows.insert(name, metadata.num_rows());
    }
    (rows, runs)
}

#[test]
#[ignore = "the kill tests run it in a process of its own"]
fn child_that_publishes() {
    let Ok(out) = std::env::var("HEDUI_TEST_OUT") else { return };
    let run_id = std::env::var("HEDUI_TEST_RUN").expect("a run id");
    let failpoint = std::env::var("HEDUI_FAILPOINT").ok();
    let frames = frames(OCTOBER, &run_id, 300);
    let publication = Publication { failpoint: failpoint.as_deref(), ..publication(Path::new(&out), &run_id, &frames) };
    publish::publish(&publication).expect("published");
}

fn publish_and_die(out: &Path, run_id: &str, step: &str) {
    let child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "--ignored", "publish::child_that_publishes"])
        .env("HEDUI_TEST_OUT", out)
        .env("HEDUI_TEST_RUN", run_id)
        .env("HEDUI_FAILPOINT", step)
        .output()
        .expect("a child");
    assert_eq!(child.status.signal(), Some(6), "{step}: {}", String::from_utf8_lossy(&child.stdout));
}

fn is_after_switch(step: &str) -> bool {
    let position = |s: &str| FAILPOINTS.iter().position(|f| *f == s);
    position(step) >= position("switched")
}

#[test]
fn a_first_run_killed_at_any_step_shows_nothing_or_everything_and_a_rerun_converges() {
    let whole = tempfile::tempdir().expect("a folder");
    publish(whole.path(), "run-1", 300);
    for step in FAILPOINTS {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path();
        publish_and_die(out, "run-1", step);
        let (rows, _) = seen(out);
        if is_after_switch(step) {
            assert_eq!(seen(out), seen(whole.path()), "{step}");
            assert_eq!(publish::published_periods(out).expect("periods"), [OCTOBER], "{step}");
        } else {
            assert_eq!(rows.values().sum::<i64>(), 0, "{step}: half a run is visible");
            assert!(publish::published_periods(out).expect("periods").is_empty(), "{step}");
            assert!(!out.join("manifest.json").exists() && !out.join("runs").exists(), "{step}");
        }
        publish(out, "run-1", 300);
        assert_eq!(tree(out), tree(whole.path()), "{step}: the rerun differs");
    }
}

#[test]
fn a_repeated_run_killed_at_any_step_shows_the_old_or_the_new_and_a_rerun_converges() {
    let old = tempfile::tempdir().expect("a folder");
    publish(old.path(), "run-1", 20);
    let whole = tempfile::tempdir().expect("a folder");
    publish(whole.path(), "run-1", 20);
    publish(whole.path(), "run-2", 300);
    for step in FAILPOINTS {
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path();
        publish(out, "run-1", 20);
        publish_and_die(out, "run-2", step);
        let expected = if is_after_switch(step) { whole.path() } else { old.path() };
        assert_eq!(seen(out), seen(expected), "{step}");
        publish(out, "run-2", 300);
        assert_eq!(tree(out), tree(whole.path()), "{step}: the rerun differs");
    }
}

#[test]
fn a_table_of_the_same_contents_keeps_its_file_and_a_damaged_one_is_written_again() {
    use std::os::unix::fs::MetadataExt;
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path();
    let inode = |name: &str| {
        std::fs::metadata(out.join(format!("{name}/period=2026-10/part-0.parquet"))).expect("published").ino()
    };
    publish_relinking(out, "run-1", 20);
    let (pay, findings) = (inode("canonical/payroll"), inode("anomalies"));
    publish_relinking(out, "run-2", 20);
    assert_eq!(inode("canonical/payroll"), pay, "nothing of it changed");
    assert_ne!(inode("anomalies"), findings, "it names the run");
    let fresh = tempfile::tempdir().expect("a folder");
    publish_relinking(fresh.path(), "run-2", 20);
    assert_eq!(seen(out), seen(fresh.path()));
    let stored = out.join(".store/2026-10/current/canonical/payroll.data");
    let mut bytes = std::fs::read(&stored).expect("read");
    bytes[100] ^= 1;
    std::fs::write(&stored, bytes).expect("written");
    publish_relinking(out, "run-3", 20);
    let whole = |out: &Path| std::fs::read(out.join(".store/2026-10/current/canonical/payroll.data")).expect("read");
    assert_eq!(whole(out), whole(fresh.path()));
    publish_relinking(out, "run-4", 21);
    assert_ne!(inode("canonical/payroll"), pay);
}

#[test]
fn an_unknown_failpoint_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let frames = frames(OCTOBER, "run-1", 1);
    let wrong = Publication { failpoint: Some("swiched"), ..publication(folder.path(), "run-1", &frames) };
    let fault = publish::publish(&wrong).expect_err("no such step");
    assert!(fault.to_string().contains("did you mean switched?"), "{fault}");
}

#[test]
fn the_same_run_again_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    publish(folder.path(), "run-1", 50);
    let before = tree(folder.path());
    let frames = frames(OCTOBER, "run-1", 50);
    let again =
        Publication { manifest: serde_json::json!({"seconds": 9}), ..publication(folder.path(), "run-1", &frames) };
    let published = publish::publish(&again).expect("published");
    assert_eq!(published.files.len(), 4);
    assert_eq!(tree(folder.path()), before);
}

#[test]
fn the_same_run_id_with_other_contents_replaces_and_the_run_before_is_kept_once() {
    let folder = tempfile::tempdir().expect("a folder");
    for rows in [1, 2, 3] {
        publish(folder.path(), "run-1", rows);
    }
    let home = folder.path().join(".store/2026-10");
    let mut names: Vec<_> =
        std::fs::read_dir(&home).expect("a folder").map(|e| e.expect("an entry").file_name()).collect();
    names.sort();
    assert_eq!(names.len(), 4, "two runs and two links: {names:?}");
    let (rows, _) = seen(folder.path());
    assert_eq!(rows[Path::new("canonical/payroll/period=2026-10/part-0.parquet")], 3);
}

#[test]
fn bytes_depend_on_neither_threads_nor_the_order_of_rows() {
    let publish_with = |threads: usize, frames: &[Frame]| {
        let folder = tempfile::tempdir().expect("a folder");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| publish::publish(&publication(folder.path(), "run-1", frames))).expect("published");
        tree(folder.path())
    };
    let mut frames = frames(OCTOBER, "run-1", 2_000);
    let one = publish_with(1, &frames);
    assert!(one == publish_with(4, &frames), "threads change bytes");
    for column in &mut frames[2].columns {
        match &mut column.values {
            Values::Int64(v) | Values::Decimal(v) => v.reverse(),
            _ => {}
        }
    }
    assert!(one == publish_with(2, &frames), "the order of rows changes bytes");
}

#[test]
fn a_table_may_come_and_go_between_runs_without_a_dangling_link() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path();
    let mut first = frames(OCTOBER, "run-1", 10);
    let payroll = first.remove(2);
    publish::publish(&publication(out, "run-1", &first)).expect("published");
    let second = vec![payroll];
    publish::publish(&publication(out, "run-2", &second)).expect("published");
    let (rows, runs) = seen(out);
    assert_eq!(rows.len(), 4);
    assert_eq!(rows.values().sum::<i64>(), 10, "{rows:?}");
    assert!(runs.is_empty(), "pay does not speak of the run");
    let manifest = publish::manifest(out, OCTOBER).expect("readable").expect("published");
    assert_eq!(manifest["files"].as_array().map(Vec::len), Some(1));
    assert_eq!(manifest["run_id"], "run-2", "the run's own part never overrides what was published");
}

#[test]
fn a_failed_publication_leaves_the_tree_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path();
    std::fs::write(out.join("over_staffing"), "in the way").expect("written");
    let frames = frames(OCTOBER, "run-1", 10);
    let fault = publish::publish(&publication(out, "run-1", &frames)).expect_err("a table's folder cannot be made");
    assert_eq!(fault.exit_code(), 6, "{fault}");
    assert_eq!(tree(out).into_keys().collect::<Vec<_>>(), [PathBuf::from("over_staffing")]);

    std::fs::remove_file(out.join("over_staffing")).expect("removed");
    publish(out, "run-1", 10);
    let before = seen(out);
    let mut wrong = frames.clone();
    wrong[0].columns[0].values = text(&[Some("A-1")]);
    let fault = publish::publish(&publication(out, "run-2", &wrong)).expect_err("columns of different lengths");
    assert!(matches!(fault, Fault::Internal(_)), "{fault}");
    assert_eq!(seen(out), before);
    assert!(
        std::fs::read_dir(out.join(".store/staging")).expect("a folder").next().is_none(),
        "staging is left behind"
    );
}

#[test]
fn a_folder_that_cannot_be_written_is_a_configuration_fault_before_any_work() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("file");
    std::fs::write(&out, "a file").expect("written");
    assert_eq!(publish::preflight(&out.join("below")).expect_err("a file is no folder").exit_code(), 2);
}

#[test]
fn earlier_findings_come_back_with_their_own_columns() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path();
    for (period, run) in [(OCTOBER.plus(-1), "run-9"), (OCTOBER, "run-10")] {
        let frames = frames(period, run, 3);
        publish::publish(&Publication { period, ..publication(out, run, &frames) }).expect("published");
    }
    assert_eq!(publish::published_periods(out).expect("periods"), [OCTOBER.plus(-1), OCTOBER]);
    assert!(publish::past_findings(out, OCTOBER.plus(-1)).expect("read").is_empty());
    let past = publish::past_findings(out, OCTOBER.plus(1)).expect("read");
    let ids: Vec<_> = past.iter().map(|f| (f.period, f.anomaly_id.as_str())).collect();
    assert_eq!(ids, [(OCTOBER, "A-1"), (OCTOBER, "A-2")], "the last word on each");
    let newest = &past[1];
    assert_eq!((newest.measure, newest.periods_open, newest.first_period), (Some(1.5), 3, OCTOBER.plus(-2)));
    let rows = publish::published_rows(out).rows(OCTOBER, &BTreeSet::from(["A-2", "A-1"])).expect("read");
    assert_eq!(rows["A-2"]["amount_yuan"].as_deref(), Some("1234.50"));
    assert_eq!(rows["A-2"]["months_paid"].as_deref(), Some("3"));
    assert!(rows["A-2"]["evidence"].as_deref().is_some_and(|e| e.contains("\"source_row\":7")));
    assert_eq!(rows["A-1"]["amount_yuan"], None);
    let one = publish::published_rows(out).rows(OCTOBER, &BTreeSet::from(["A-2", "A-9"])).expect("read");
    assert_eq!(one.keys().collect::<Vec<_>>(), ["A-2"], "those that are asked for");
    assert!(publish::published_rows(out).rows(OCTOBER.plus(3), &BTreeSet::from(["A-2"])).expect("read").is_empty());

    // A month whose run could not look for A-2 leaves the word of the month before as the last one.
    let mut fewer = frames(OCTOBER.plus(1), "run-11", 3);
    fewer[0].columns[0].values = text(&[Some("A-3"), Some("A-1")]);
    fewer[0].columns[3].values = text(&[Some("new"), Some("closed")]);
    let next = Publication { period: OCTOBER.plus(1), ..publication(out, "run-11", &fewer) };
    publish::publish(&next).expect("published");
    let past = publish::past_findings(out, OCTOBER.plus(2)).expect("read");
    let last: Vec<_> = past.iter().map(|f| (f.period, f.anomaly_id.as_str(), f.status.as_str())).collect();
    assert_eq!(last, [(OCTOBER, "A-2", "open"), (OCTOBER.plus(1), "A-1", "closed"), (OCTOBER.plus(1), "A-3", "new")]);
}

/// Two earlier months and what a rule that looks three months back at pay gets of them.
#[test]
fn earlier_rows_come_back_with_their_month_and_only_within_the_window() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    for (months, rows) in [(4, 9), (3, 4), (1, 2)] {
        let period = OCTOBER.plus(-months);
        let frames = frames(period, &format!("r{months}"), rows);
        let mut publication = publication(&out, "r", &frames);
        publication.period = period;
        publish::publish(&publication).expect("published");
    }
    let wanted = |columns: Vec<FrameColumn>| {
        let frame = frame("past/payroll_past", columns, &[]);
        vec![Wanted {
            table: "payroll".to_owned(),
            path: "canonical/payroll".to_owned(),
            months: (1..=3).collect(),
            frame,
        }]
    };
    let all = || {
        vec![
            column("unit_name", text(&[])),
            column("gross", Values::Decimal(vec![].into())),
            column("day", Values::Date(vec![].into())),
            column("new_since", Values::Int64(vec![].into())),
            column("period", text(&[])),
            column("period_no", Values::Int32(vec![].into())),
            column("past_row_id", Values::Int64(vec![].into())),
        ]
    };
    let files = publish::past::files(&out, OCTOBER, &wanted(all())).expect("readable");
    let said: Vec<(i32, bool)> = files.iter().map(|f| (OCTOBER.0 - f.period.0, f.sha256.len() == 64)).collect();
    assert_eq!(said, [(3, true), (1, true)], "neither the month checked nor what is beyond the window");
    let past = publish::past::read(&files, wanted(all())).expect("readable");
    let frame = &past.frames[0];
    assert_eq!((frame.name(), frame.len()), ("payroll_past", 6));
    assert_eq!(past.periods["payroll"], [OCTOBER.plus(-3), OCTOBER.plus(-1)]);
    let july = OCTOBER.0 - 3;
    let numbers = Values::Int32([july; 4].into_iter().chain([OCTOBER.0 - 1; 2]).map(Some).collect());
    assert_eq!(frame.column("period_no"), Some(&numbers));
    assert_eq!(
        frame.column("new_since"),
        Some(&Values::Int64(vec![None; 6].into())),
        "a column that July did not have"
    );
    assert_eq!(frame.column("day"), Some(&Values::Date(vec![Some(20_700); 6].into())));
    let Some(Values::Text(names)) = frame.column("unit_name") else { panic!("no names") };
    assert_eq!((names.get(5), names.dictionary.len()), (Some("某市第一中学"), 1));
    let Some(Values::Int64(ids)) = frame.column("past_row_id") else { panic!("no ids") };
    assert_eq!(ids.get(0), Some(i64::from(july) * 1_000_000_000), "row 0 of July");
    assert!(ids.is_rising(), "{ids:?}");

    let ill = wanted(vec![column("unit_name", Values::Int64(vec![].into()))]);
    let fault = publish::past::read(&files, ill).expect_err("a name is no number");
    assert!(matches!(&fault, Fault::Reconciliation(why) if why.contains("column unit_name")), "{fault}");
    let only_months = publish::past::read(&files, wanted(vec![column("period_no", Values::Int32(vec![].into()))]));
    assert_eq!(only_months.expect("readable").frames[0].len(), 6);
}

#[test]
fn an_extract_that_later_months_read_again_comes_back_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let august = OCTOBER.plus(-2);
    let input = |period: Month, sha256: &str| {
        let file = format!("{period}/pay.csv");
        serde_json::json!({"table": "payroll", "file": file, "sha256": sha256, "period": period.to_string()})
    };
    let publish = |period: Month, pay: &[(Month, &str)]| {
        let sources: Vec<String> = pay.iter().map(|(month, _)| format!("{month}/pay.csv")).collect();
        let sources: Vec<Option<&str>> = sources.iter().map(|s| Some(s.as_str())).collect();
        let ids = (1..).take(pay.len()).map(Some).collect();
        let columns = vec![
            column("row_id", Values::Int64(ids)),
            column("source_file", text(&sources)),
            column("unit_name", same(&period.to_string(), pay.len())),
        ];
        let frames = [frame("canonical/payroll", columns, &["row_id"])];
        let inputs: Vec<serde_json::Value> = pay.iter().map(|(month, sha256)| input(*month, sha256)).collect();
        let manifest = serde_json::json!({ "inputs": inputs });
        let publication = Publication { period, manifest, ..publication(&out, "r", &frames) };
        publish::publish(&publication).expect("published");
    };
    // June was never published; July's pay was delivered anew after July was; August read both of them again, and September August.
    publish(august.plus(-1), &[(august.plus(-2), "june"), (august.plus(-1), "july")]);
    publish(august, &[(august.plus(-2), "june"), (august.plus(-1), "july, mended"), (august, "august")]);
    publish(august.plus(1), &[(august.plus(-1), "july, mended"), (august, "august"), (august.plus(1), "september")]);
    let columns = vec![
        column("unit_name", text(&[])),
        column("source_file", text(&[])),
        column("past_row_id", Values::Int64(vec![].into())),
    ];
    let frame = frame("past/payroll_past", columns, &[]);
    let wanted =
        Wanted { table: "payroll".to_owned(), path: "canonical/payroll".to_owned(), months: (1..=12).collect(), frame };
    let files = publish::past::files(&out, OCTOBER, std::slice::from_ref(&wanted)).expect("readable");
    let past = publish::past::read(&files, vec![wanted]).expect("readable");
    let (Some(Values::Text(months)), Some(Values::Text(sources)), Some(Values::Int64(ids))) = (
        past.frames[0].column("unit_name"),
        past.frames[0].column("source_file"),
        past.frames[0].column("past_row_id"),
    ) else {
        panic!("other columns")
    };
    let told: Vec<_> = months.iter().zip(sources.iter()).map(|(m, s)| (m.unwrap_or(""), s.unwrap_or(""))).collect();
    let expected = [
        ("2026-07", "2026-06/pay.csv"),
        ("2026-07", "2026-07/pay.csv"),
        ("2026-08", "2026-06/pay.csv"),
        ("2026-08", "2026-07/pay.csv"),
        ("2026-08", "2026-08/pay.csv"),
        ("2026-09", "2026-07/pay.csv"),
        ("2026-09", "2026-09/pay.csv"),
    ];
    assert_eq!(told, expected, "what no month of its own published, or published otherwise, stays");
    assert_eq!(ids.get(6), Some(i64::from(OCTOBER.0 - 1) * 1_000_000_000 + 3), "rows keep their numbers");
}

#[test]
fn queries_see_all_months_and_say_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path();
    assert_eq!(query::query(out, "SELECT 1").expect_err("nothing is published").exit_code(), 2);
    for (period, run) in [(OCTOBER.plus(-1), "run-9"), (OCTOBER, "run-10")] {
        let mut frames = frames(period, run, 3);
        if period == OCTOBER {
            frames[2].columns.push(column("added_later", Values::Int64(vec![Some(1); 3].into())));
        }
        publish::publish(&Publication { period, ..publication(out, run, &frames) }).expect("published");
    }
    let sql = "SELECT period, COUNT(*) AS n, SUM(gross) AS yuan, COUNT(added_later) AS later FROM canonical_payroll GROUP BY period ORDER BY period";
    let rows = query::rows(out, sql).expect("an answer");
    let shown: Vec<Vec<_>> =
        rows.iter().map(|row| row.values().map(|v| v.as_deref().unwrap_or("null")).collect()).collect();
    assert_eq!(shown, [["2026-09", "3", "3.00", "0"], ["2026-10", "3", "3.00", "3"]]);
    assert_eq!(
        query::rows(out, "SELECT day FROM payroll LIMIT 1").expect("an answer")[0]["day"].as_deref(),
        Some("2026-09-04")
    );
    let fault = query::query(out, "SELECT * FROM anomalis").expect_err("no such table");
    assert!(fault.to_string().contains("did you mean the table anomalies?"), "{fault}");
    assert_eq!(query::evidence(out, "A-2").expect("read"), [cell(7), cell(8)]);
    assert!(query::evidence(out, "A-3").expect("read").is_empty());
}

#[test]
fn the_root_describes_what_is_published() {
    let folder = tempfile::tempdir().expect("a folder");
    publish(folder.path(), "run-1", 3);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a file");
    let sql = read("catalog.sql");
    assert!(sql.contains("CREATE OR REPLACE VIEW \"canonical_payroll\""), "{sql}");
    assert!(
        sql.contains("\"gross\" AS \"gross列\"") && sql.contains("CREATE OR REPLACE VIEW p2026_10.\"payroll\""),
        "{sql}"
    );
    let page = read("data_dictionary.md");
    assert!(page.contains("| `amount_yuan` | amount_yuan列 | amount_yuan | decimal(18,2) | yuan |"), "{page}");
    let root: serde_json::Value = serde_json::from_str(&read("manifest.json")).expect("json");
    assert_eq!(root["periods"][0]["manifest"], "runs/run-1.json");
    let run: serde_json::Value = serde_json::from_str(&read("runs/run-1.json")).expect("json");
    for file in run["files"].as_array().expect("files") {
        let named = |key: &str| std::fs::read(folder.path().join(file[key].as_str().expect("a path"))).expect("a file");
        assert_eq!(named("path"), named("stored"));
        assert_eq!(named("path").len() as u64, file["bytes"].as_u64().expect("a size"));
    }
}
