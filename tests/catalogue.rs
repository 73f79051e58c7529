//! What the catalogue refuses, and what findings become: mistakes told at once, history, tables, determinism.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use hedui::detect::history::{PastRow, PublishedRows};
use hedui::detect::why_not::Answer;
use hedui::detect::{self, Catalogue, DetectContext, Detected, ParameterValue, PastFinding, resolved};
use hedui::error::Fault;
use hedui::kernel::dates::Month;
use hedui::table::column::TextBuilder;
use hedui::table::{Frame, Schemas, Values};

fn schemas() -> Schemas {
    Schemas::built_in().expect("sound")
}

fn fixture(path: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/detect/rules");
    std::fs::read_to_string(folder.join(path)).expect("a fixture")
}

const LAWS: &str = "laws.toml";
const Q91: &str = "over_staffing/Q91_too_many.sql";
const E91: &str = "paid_but_absent/E91_dead_paid.sql";

fn load(texts: &[(&str, String)]) -> Result<Catalogue, Vec<String>> {
    let texts: Vec<(String, String)> = texts.iter().map(|(n, t)| ((*n).to_owned(), t.clone())).collect();
    Catalogue::from_texts(&texts, &schemas(), Vec::new()).map_err(|fault| match fault {
        Fault::Configuration(problems) => problems.iter().map(ToString::to_string).collect(),
        other => vec![other.to_string()],
    })
}

/// The fixture with some of its text replaced; what the catalogue says of it.
fn mistakes(changes: &[(&str, &str)]) -> Vec<String> {
    let mut text = fixture(Q91);
    for (from, to) in changes {
        assert!(text.contains(from), "the fixture has no {from}");
        text = text.replacen(from, to, 1);
    }
    load(&[(LAWS, fixture(LAWS)), (Q91, text)]).expect_err("a mistake")
}

fn says(mistakes: &[String], parts: &[&str]) -> bool {
    mistakes.iter().any(|m| parts.iter().all(|p| m.contains(p)))
}

#[test]
fn every_mistake_of_every_file_is_told_at_once() {
    let mut first = fixture(Q91);
    for (from, to) in [
        ("since = ", "sinse = "),
        ("severity = \"S2\"", "severity = \"S9\""),
        ("\"establishment_staff\"]", "\"establishment_staf\"]"),
        ("default = 3", "default = \"three\""),
        ("超出{excess}名", "超出{exces}名"),
        ("\"valid_from\"]", "\"valid_form\"]"),
        ("law = \"486\", article = \"§7\"", "law = \"468\""),
    ] {
        assert!(first.contains(from), "{from}");
        first = first.replacen(from, to, 1);
    }
    let second = fixture(E91).replace("code = \"E91\"", "code = \"E92\"").replace("unit = ", "unti = ");
    let told = load(&[(LAWS, fixture(LAWS)), (Q91, first), (E91, second)]).expect_err("mistakes");
    let all = told.join("\n");
    assert!(says(&told, &["Q91_too_many.sql row 6", "sinse: unknown key", "did you mean since?"]), "{all}");
    assert!(says(&told, &["since: is missing"]), "{all}");
    assert!(says(&told, &["Q91_too_many.sql row 5", "severity", "S9"]), "{all}");
    assert!(says(&told, &["row 8", "inputs", "establishment_staf", "did you mean establishment_staff?"]), "{all}");
    assert!(says(&told, &["parameters.s1_from.default", "expected an integer, found text"]), "{all}");
    assert!(says(&told, &["message", "{exces}", "did you mean excess?"]), "{all}");
    assert!(says(&told, &["evidence.quotas", "no column valid_form", "did you mean valid_from?"]), "{all}");
    assert!(says(&told, &["legal_basis", "laws.toml has no 468", "did you mean 486?"]), "{all}");
    assert!(says(&told, &["E91_dead_paid.sql row 2", "must be named E92_dead_paid.sql"]), "{all}");
}

#[test]
fn a_query_is_held_against_the_schemas_and_the_declared_columns() {
    let unknown = mistakes(&[("SUM(q.approved) AS approved", "SUM(q.aproved) AS approved")]);
    assert!(says(&unknown, &["Q91_too_many.sql row 41", "aproved", "did you mean approved?"]), "{unknown:?}");
    let missing = mistakes(&[("e.actual, e.excess,", "e.actual,")]);
    assert!(says(&missing, &["does not return the declared column excess"]), "{missing:?}");
    let extra = mistakes(&[("e.actual, e.excess,", "e.actual, e.excess, e.excess AS more,")]);
    assert!(says(&extra, &["returns more, which the rule does not declare"]), "{extra:?}");
    let ill = mistakes(&[("[columns.excess]\ntype = \"integer\"", "[columns.excess]\ntype = \"date\"")]);
    assert!(says(&ill, &["excess is declared date, but the query returns integer"]), "{ill:?}");
    let table = mistakes(&[("FROM deaths GROUP", "FROM death GROUP")]);
    assert!(says(&table, &["there is no table death", "did you mean deaths?"]), "{table:?}");
    let undeclared = mistakes(&[("optional_inputs = [\"deaths\"]", "optional_inputs = []")]);
    assert!(
        says(&undeclared, &["deaths is read but stands neither in inputs nor in optional_inputs"]),
        "{undeclared:?}"
    );
    let evidence = mistakes(&[("e.quota_row AS row__quotas, ", "")]);
    assert!(says(&evidence, &["[evidence] shows quotas, but the query returns no row__quotas"]), "{evidence:?}");
}

#[test]
fn text_that_engines_read_differently_is_refused() {
    let count = mistakes(&[("CAST(COUNT(*) AS BIGINT) AS actual", "COUNT(*) AS actual")]);
    assert!(says(&count, &["COUNT outside CAST"]), "{count:?}");
    let join = mistakes(&[("ON d.dead_key = s.person_key", "ON d.dead_key = s.person_key AND s.row_id > 3")]);
    assert!(says(&join, &["> in the ON of an outer join"]), "{join:?}");
    let window = "SELECT e.unit_key, SUM(e.excess) OVER (PARTITION BY e.unit_key ORDER BY e.excess) AS running,";
    let running = mistakes(&[("SELECT e.unit_key,", window)]);
    assert!(says(&running, &["a running SUM without its frame"]), "{running:?}");
    let key = mistakes(&[("SELECT e.unit_key,", "SELECT COALESCE(e.unit_key, '') AS unit_key,")]);
    assert!(says(&key, &["COALESCE(unit_key, a text)", "CAST(unit_key AS VARCHAR)"]), "{key:?}");
    let file = mistakes(&[("FROM deaths GROUP", "FROM read_csv('x') GROUP")]);
    assert!(says(&file, &["read_csv may not stand in a rule"]), "{file:?}");
    let twice = mistakes(&[("CROSS JOIN params p\n  WHERE", "CROSS JOIN params p ; DELETE FROM quotas\n  WHERE")]);
    assert!(says(&twice, &["one statement"]), "{twice:?}");
}

#[test]
fn earlier_periods_are_declared_with_their_window() {
    const T91: &str = "early_warning/T91_paid_again.sql";
    let told = |from: &str, to: &str| {
        let text = fixture(T91);
        assert!(text.contains(from), "the fixture has no {from}");
        load(&[(LAWS, fixture(LAWS)), (T91, text.replace(from, to))]).expect_err("a mistake")
    };
    assert!(load(&[(LAWS, fixture(LAWS)), (T91, fixture(T91))]).is_ok());
    let unknown = told("units = 3 }", "unitz = 3 }");
    assert!(says(&unknown, &["T91_paid_again.sql row 9", "no table unitz", "did you mean units?"]), "{unknown:?}");
    assert!(says(&unknown, &["units_past is read but past does not name units"]), "{unknown:?}");
    for wrong in
        ["units = 0 }", "units = 999 }", "units = \"3\" }", "units = [] }", "units = [2, 0] }", "units = [\"3\"] }"]
    {
        let months = told("units = 3 }", wrong);
        assert!(says(&months, &["past.units", "how many months back, from 1 to 120"]), "{months:?}");
    }
    let text = fixture(T91).replace("units = 3 }", "units = [1, 3] }");
    let catalogue = load(&[(LAWS, fixture(LAWS)), (T91, text)]).expect("single months may be listed");
    let wanted = detect::past::wanted(&catalogue, &BTreeSet::new());
    let months = |table: &str| -> Option<Vec<u32>> {
        wanted.iter().find(|w| w.table == table).map(|w| w.months.iter().copied().collect())
    };
    assert_eq!(months("units"), Some(vec![1, 3]), "and only they are read");
    assert_eq!(months("payroll"), Some(vec![1, 2, 3]));
    let column = told("payroll_past = [\"name\"", "payroll_past = [\"nmae\"");
    assert!(says(&column, &["evidence.payroll_past", "no column nmae", "did you mean name?"]), "{column:?}");
    let blind = told("period_no", "pay_month_no");
    assert!(says(&blind, &["payroll_past is read without saying how far back"]), "{blind:?}");
    let wrong = told("w.pay_month = w.period", "w.pay_mont = w.period");
    assert!(says(&wrong, &["does not run", "pay_mont"]), "{wrong:?}");
}

#[test]
fn names_are_unique_and_columns_of_a_category_agree() {
    let twin = fixture(Q91).replace("[columns.excess]\ntype = \"integer\"", "[columns.excess]\ntype = \"float\"");
    let told = load(&[(LAWS, fixture(LAWS)), (Q91, fixture(Q91)), ("z/Q91_too_many.sql", twin)]).expect_err("twins");
    assert!(says(&told, &["z/Q91_too_many.sql", "code: Q91 is taken by over_staffing/Q91_too_many.sql"]), "{told:?}");
    assert!(says(&told, &["columns.excess: float here, but integer in q91"]), "{told:?}");
}

#[test]
fn parameters_of_the_pipeline_are_held_against_the_rules() {
    let catalogue = load(&[(LAWS, fixture(LAWS)), (Q91, fixture(Q91))]).expect("sound");
    let of =
        |rule: &str, name: &str, value| BTreeMap::from([(rule.to_owned(), BTreeMap::from([(name.to_owned(), value)]))]);
    let check =
        |settings| catalogue.check_parameters(&settings).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert_eq!(check(of("Q91", "s1_from", ParameterValue::Integer(2))), "");
    assert!(check(of("Q91", "s1_form", ParameterValue::Integer(2))).contains("did you mean s1_from?"));
    assert!(check(of("Q91", "s1_from", ParameterValue::Text("2".into()))).contains("expected an integer, found text"));
    assert!(check(of("Q19", "s1_from", ParameterValue::Integer(2))).contains("did you mean Q91?"));
}

fn set(frame: &mut Frame, column: &str, values: Values) {
    let column = frame.columns.iter_mut().find(|c| c.name == column).expect("a column");
    column.values = values;
}

fn text(values: &[&str]) -> Values {
    let mut builder = TextBuilder::default();
    values.iter().for_each(|v| builder.push(Some(v)));
    Values::Text(builder.finish())
}

/// A frame's untouched columns as nulls of the right length.
fn pad(frame: &mut Frame, rows: usize) {
    for column in frame.columns.iter_mut().filter(|c| c.values.is_empty()) {
        column.values = match &column.values {
            Values::Text(_) => {
                let mut builder = TextBuilder::default();
                (0..rows).for_each(|_| builder.push(None));
                Values::Text(builder.finish())
            }
            Values::Int32(_) => Values::Int32(vec![None; rows].into()),
            Values::Int64(_) => Values::Int64(vec![None; rows].into()),
            Values::Float(_) => Values::Float(vec![None; rows].into()),
            Values::Decimal(_) => Values::Decimal(vec![None; rows].into()),
            Values::Date(_) => Values::Date(vec![None; rows].into()),
            Values::Bool(_) => Values::Bool(vec![None; rows]),
            Values::Evidence(_) | Values::AtRest(_) => Values::Evidence(vec![[].into(); rows]),
        };
    }
}

/// Units U0 … each with no approved post and as many staff as `staff` says.
fn frames(staff: &[usize]) -> Vec<Frame> {
    let units: Vec<String> = (0..staff.len()).map(|i| format!("U{i}")).collect();
    let of_staff: Vec<&str> = staff.iter().zip(&units).flat_map(|(&n, u)| std::iter::repeat_n(u.as_str(), n)).collect();
    let ids = |n: usize| Values::Int64((1..=n).map(|i| i64::try_from(i).ok()).collect());
    let mut frames = resolved::empty_frames(&schemas());
    for frame in &mut frames {
        match frame.name() {
            "quotas" => {
                let n = units.len();
                set(frame, "row_id", ids(n));
                set(frame, "unit_key", text(&units.iter().map(String::as_str).collect::<Vec<_>>()));
                set(frame, "quota_type", text(&vec!["worker"; n]));
                set(frame, "bucket", text(&vec!["own"; n]));
                set(frame, "approved", Values::Int64(vec![Some(0); n].into()));
                pad(frame, n);
            }
            "establishment_staff" => {
                let n = of_staff.len();
                set(frame, "row_id", ids(n));
                set(frame, "unit_key", text(&of_staff));
                set(frame, "quota_type", text(&vec!["worker"; n]));
                set(frame, "staff_status", text(&vec!["on_post"; n]));
                pad(frame, n);
            }
            _ => {}
        }
    }
    frames
}

const OCTOBER: Month = Month(2026 * 12 + 9);

/// Rows of earlier findings, whatever month is asked for.
#[derive(Debug)]
struct Rows(BTreeMap<String, PastRow>);

impl PublishedRows for Rows {
    fn rows(&self, _: Month, ids: &BTreeSet<&str>) -> hedui::error::Result<BTreeMap<String, PastRow>> {
        Ok(self
            .0
            .iter()
            .filter(|(id, _)| ids.contains(id.as_str()))
            .map(|(id, row)| (id.clone(), row.clone()))
            .collect())
    }
}

fn context(history: Vec<(PastFinding, PastRow)>) -> DetectContext {
    let feeds = ["quotas", "establishment_staff", "payroll"].map(str::to_owned);
    let published = Arc::new(Rows(history.iter().map(|(f, row)| (f.anomaly_id.clone(), row.clone())).collect()));
    let history = history.into_iter().map(|(finding, _)| finding).collect();
    DetectContext {
        feeds: BTreeSet::from(feeds),
        history,
        published,
        run_id: "r".to_owned(),
        ..DetectContext::empty(OCTOBER)
    }
}

fn both() -> Catalogue {
    load(&[(LAWS, fixture(LAWS)), (Q91, fixture(Q91)), (E91, fixture(E91))]).expect("sound")
}

fn run(staff: &[usize], history: Vec<(PastFinding, PastRow)>) -> Detected {
    detect::detect(&both(), &frames(staff), &context(history)).expect("runs")
}

fn past(found: &Detected, at: usize, period: Month, status: &str, measure: f64) -> (PastFinding, PastRow) {
    let finding = &found.findings[at];
    let cell = |v: &str| Some(v.to_owned());
    let row = BTreeMap::from([
        ("unit_key".to_owned(), finding.unit_key.clone()),
        ("severity".to_owned(), cell("S1")),
        ("message_zh".to_owned(), cell("旧")),
        ("excess".to_owned(), cell("7")),
    ]);
    let past = PastFinding {
        anomaly_id: finding.anomaly_id.clone(),
        period,
        rule: finding.rule.clone(),
        status: status.to_owned(),
        first_period: Month(OCTOBER.0 - 5),
        periods_open: 3,
        measure: Some(measure),
    };
    (past, row)
}

#[test]
fn findings_stand_where_earlier_periods_left_them() {
    let now = run(&[1, 2], vec![]);
    let statuses = |d: &Detected| d.findings.iter().map(|f| (f.status.clone(), f.periods_open)).collect::<Vec<_>>();
    assert_eq!(statuses(&now), [("new".to_owned(), 1), ("new".to_owned(), 1)]);
    let before = Month(OCTOBER.0 - 1);
    let history = vec![past(&now, 0, before, "new", 1.0), past(&now, 1, before, "open", 1.0)];
    let later = run(&[1, 2], history);
    assert_eq!(statuses(&later), [("open".to_owned(), 4), ("worsened".to_owned(), 4)]);
    assert_eq!(later.findings[0].first_period, Month(OCTOBER.0 - 5));
    let back = run(&[1], vec![past(&now, 0, before, "closed", 1.0)]);
    assert_eq!(statuses(&back), [("reopened".to_owned(), 1)]);
    // A word of the month itself, or of a later one, is no history.
    let again = run(&[1], vec![past(&now, 0, OCTOBER, "open", 1.0)]);
    assert_eq!(statuses(&again), [("new".to_owned(), 1)]);
}

#[test]
fn what_vanished_is_closed_once_and_only_when_its_rule_ran() {
    let now = run(&[1, 1], vec![]);
    let before = Month(OCTOBER.0 - 1);
    let later = run(&[1, 0], vec![past(&now, 0, before, "new", 1.0), past(&now, 1, before, "open", 1.0)]);
    assert_eq!(later.findings.len(), 2);
    let closed = later.findings.iter().find(|f| f.status == "closed").expect("a closing row");
    assert_eq!((closed.unit_key.as_deref(), closed.amount, closed.periods_open), (Some("U1"), None, 3));
    assert_eq!(
        closed.own.iter().find(|(n, _)| n == "excess").map(|(_, v)| v.clone()),
        Some(detect::OwnValue::Integer(Some(7)))
    );
    let counted = later.rule_runs.iter().find(|r| r.rule == "Q91").map(|r| r.findings);
    assert_eq!(counted, Some(1), "closing rows are not counted as found");
    let quiet = run(&[1, 0], vec![past(&now, 1, before, "closed", 1.0)]);
    assert!(quiet.findings.iter().all(|f| f.status != "closed"), "closed twice");
    let mut without = context(vec![past(&now, 1, before, "open", 1.0)]);
    without.feeds.remove("quotas");
    let idle = detect::detect(&both(), &frames(&[1, 0]), &without).expect("runs");
    assert!(idle.findings.is_empty(), "a rule that did not run closes nothing");
    assert_eq!(
        idle.rule_runs.iter().find(|r| r.rule == "Q91").map(|r| r.outcome.as_str()),
        Some("not run: no feed (quotas)")
    );
}

#[test]
fn rows_over_the_cap_stop_a_rule_and_nothing_else() {
    let mut few = context(vec![]);
    few.row_cap = 2;
    let stopped = detect::detect(&both(), &frames(&[1, 1, 1]), &few).expect("runs");
    assert!(stopped.findings.is_empty());
    assert_eq!(
        stopped.rule_runs.iter().find(|r| r.rule == "Q91").map(|r| r.outcome.as_str()),
        Some("stopped: more than 2 rows")
    );
}

/// A rule whose query would make more rows than a machine holds is stopped at the step that would, others go on.
#[test]
fn a_step_that_would_explode_stops_its_rule_and_nothing_else() {
    let cross = fixture(Q91)
        .replace(
            "SELECT q.unit_key, q.quota_type, SUM(q.approved) AS approved,",
            "SELECT q.unit_key, q.quota_type, SUM(q.approved) AS approved, ",
        )
        .replace(
            "FROM quotas q CROSS JOIN params p",
            "FROM quotas q CROSS JOIN establishment_staff x CROSS JOIN establishment_staff y CROSS JOIN params p",
        );
    let catalogue = load(&[(LAWS, fixture(LAWS)), (Q91, cross), (E91, fixture(E91))]).expect("sound");
    let mut few = context(vec![]);
    few.row_cap = 500;
    few.feeds.insert("deaths".to_owned());
    let stopped = detect::detect(&catalogue, &frames(&[10; 10]), &few).expect("runs");
    let outcomes: Vec<&str> = stopped.rule_runs.iter().map(|r| r.outcome.as_str()).collect();
    assert_eq!(outcomes, ["ran", "stopped: a step of more than 10020 rows"]);
    assert!(stopped.findings.is_empty());
}

/// A finding that stands only without a table was kept silent by it; what is in the table and excuses nothing is not counted.
#[test]
fn what_excusing_tables_keep_silent_is_counted_by_table() {
    let excused = fixture(Q91)
        .replace("optional_inputs = [\"deaths\"]", "optional_inputs = [\"deaths\"]\nsuppressed_by = [\"deaths\"]");
    let catalogue = load(&[(LAWS, fixture(LAWS)), (Q91, excused.clone())]).expect("sound");
    let mut frames = frames(&[1, 2]);
    let deaths = frames.iter_mut().find(|f| f.name() == "deaths").expect("a table");
    set(deaths, "row_id", Values::Int64([Some(1)].into_iter().collect()));
    set(deaths, "person_key", text(&["P1"]));
    pad(deaths, 1);
    let staff = frames.iter_mut().find(|f| f.name() == "establishment_staff").expect("a table");
    set(staff, "person_key", text(&["P1", "P2", "P3"]));
    let found = detect::detect(&catalogue, &frames, &context(vec![])).expect("runs");
    let run = &found.rule_runs[0];
    assert_eq!((run.findings, run.suppressed, run.suppressed_by.as_str()), (1, 1, "deaths=1"));
    let unknown = excused.replace("suppressed_by = [\"deaths\"]", "suppressed_by = [\"death\"]");
    let told = load(&[(LAWS, fixture(LAWS)), (Q91, unknown)]).expect_err("a mistake");
    assert!(says(&told, &["suppressed_by", "death is none of the rule's inputs", "did you mean deaths?"]), "{told:?}");
}

/// A rule on trial is counted and not published, and what it once published is not closed by it.
#[test]
fn a_preview_is_counted_and_not_published() {
    let trial = fixture(Q91).replace("grain = \"unit\"", "grain = \"unit\"\npreview = true");
    let catalogue = load(&[(LAWS, fixture(LAWS)), (Q91, trial)]).expect("sound");
    let live = run(&[1, 1], vec![]);
    let history = vec![past(&live, 1, Month(OCTOBER.0 - 1), "open", 1.0)];
    let found = detect::detect(&catalogue, &frames(&[1, 0]), &context(history)).expect("runs");
    assert!(found.findings.is_empty());
    assert_eq!((found.rule_runs[0].outcome.as_str(), found.rule_runs[0].findings), ("preview", 1));
}

/// The first condition that does not hold, for a unit that is not over its posts and one that the tables do not know.
#[test]
fn a_rule_says_why_it_does_not_report_a_unit() {
    let catalogue = both();
    let rule = catalogue.rule("Q91").expect("a rule");
    let ask =
        |key: &str| detect::why_not(&catalogue, rule, key, &frames(&[0, 2]), &context(vec![])).expect("runs").answers;
    assert!(matches!(ask("U1").as_slice(), [Answer::Reported(_)]), "{:?}", ask("U1"));
    assert!(!ask("U0").is_empty() && !matches!(ask("U0")[0], Answer::Reported(_)), "{:?}", ask("U0"));
    assert!(matches!(ask("U9").as_slice(), [Answer::NotIn { .. }]), "{:?}", ask("U9"));
}

#[test]
fn results_do_not_depend_on_threads() {
    let staff: Vec<usize> = (0..60).map(|i| i % 4).collect();
    let catalogue = both();
    let frames = frames(&staff);
    let printed = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let detected = pool.install(|| detect::detect(&catalogue, &frames, &context(vec![])).expect("runs"));
        format!("{:?}", detect::frames(&detected, &catalogue, &context(vec![])))
    };
    let once = printed(1);
    assert_eq!(once, printed(4));
    assert_eq!(once, printed(1));
}

#[test]
fn every_table_is_there_even_when_empty_and_carries_its_rules_columns() {
    let catalogue = both();
    let frames = detect::frames(&run(&[2], vec![]), &catalogue, &context(vec![]));
    let paths: Vec<&str> = frames.iter().map(|f| f.path.as_str()).collect();
    let expected = [
        "anomalies",
        "over_staffing",
        "paid_but_absent",
        "mismatched_registrations",
        "data_quality",
        "early_warning",
        "rule_runs",
    ];
    assert_eq!(paths, expected);
    let names = |f: &Frame| f.columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&frames[0]), detect::output::COMMON);
    assert_eq!(names(&frames[1])[detect::output::COMMON.len()..], ["quota_type", "approved", "actual", "excess"]);
    assert_eq!(names(&frames[2])[detect::output::COMMON.len()..], ["died_on", "kind"]);
    assert_eq!((frames[0].len(), frames[1].len(), frames[2].len()), (1, 1, 0));
    assert_eq!(frames[1].column("excess"), Some(&Values::Int64(vec![Some(2)].into())));
    let evidence = match frames[1].column("evidence") {
        Some(Values::Evidence(rows)) => rows[0].len(),
        _ => 0,
    };
    assert_eq!(evidence, 3 + 2 * 2, "three cells of the quota, two of each staff row");
    for frame in &frames {
        assert!(frame.columns.iter().all(|c| c.values.len() == frame.len()), "{}", frame.path);
    }
    let basis = match frames[1].column("legal_basis") {
        Some(Values::Text(t)) => t.get(0).unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    assert_eq!(
        basis,
        "《地方各级人民政府机构设置和编制管理条例》§6;《地方各级人民政府机构设置和编制管理条例》(条款待核)"
    );
}

/// Rules are tried over empty frames: the real ones must have the same columns of the same types.
#[test]
fn resolved_frames_have_the_columns_that_rules_were_tried_on() {
    let real = hedui::resolve::frames::entities(&hedui::resolve::Resolution::default(), OCTOBER);
    for tried in [resolved::units_empty(), resolved::persons_empty()] {
        let frame = real.iter().find(|f| f.name() == tried.name()).expect("the frame");
        for column in &tried.columns {
            let values = frame.column(&column.name).unwrap_or_else(|| panic!("{}: no {}", tried.name(), column.name));
            let kind = |v: &Values| std::mem::discriminant(v);
            assert_eq!(kind(values), kind(&column.values), "{}.{}", tried.name(), column.name);
        }
    }
}

/// Findings about feeds speak of tables by their titles, whichever schema was added last.
#[test]
fn rules_about_feeds_have_a_title_for_every_table() {
    let rules = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pipelines/rules");
    let catalogue = Catalogue::load(&rules, &schemas()).expect("sound");
    for code in ["D11", "D12", "D13", "D14"] {
        let rule = catalogue.rules.iter().find(|r| r.code == code).expect("a rule");
        let labels = &rule.columns["table_name"].labels;
        let own = ["source_files", "file_totals", "link_rates", "purpose_matches"];
        for table in schemas().tables.keys().filter(|t| !own.contains(&t.as_str())) {
            assert!(labels.contains_key(table), "{code} has no title for {table}");
        }
    }
}
