//! One screen after a run: what came in, how it was linked, what was found, where it is, what to do next.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::language::Language;
use super::text_table::{grouped, lay_out};
use crate::kernel::money::format_yuan;
use crate::pipeline::cache::plan::Subject;
use crate::pipeline::memory::mib;
use crate::pipeline::{PipelineConfig, RunReport, Standing};

const CATEGORIES: [(&str, &str, &str); 5] = [
    ("over_staffing", "超编超职数", "over-staffing"),
    ("paid_but_absent", "吃空饷", "paid but absent"),
    ("mismatched_registrations", "登记不符", "mismatched registrations"),
    ("data_quality", "数据质量", "data quality"),
    ("early_warning", "预警", "early warning"),
];

/// The summary as text.
#[must_use]
pub fn of_run(language: Language, config: &PipelineConfig, report: &RunReport) -> String {
    let mut out = String::new();
    let title = language.pick(&config.title, &config.title_en);
    let _ = writeln!(out, "{title}  {}  [{}]", report.period, report.run_id);
    rows(language, report, &mut out);
    links(language, report, &mut out);
    findings(language, report, &mut out);
    rules(language, report, &mut out);
    plan(language, report, &mut out);
    next(language, report, &mut out);
    out.trim_end().to_owned()
}

/// That nothing has changed, and which run stands.
#[must_use]
pub fn of_standing(language: Language, standing: &Standing) -> String {
    let (period, run, at) = (standing.period, &standing.run_id, &standing.finished_at);
    let out = standing.out.display();
    language.pick(
        &format!("{period}  自上次运行以来输入、规则、参数均无变化:{run}({at})的结果仍然有效,未重新发布({out}/)。强制全部重做用 --full。"),
        &format!("{period}  nothing has changed: run {run} of {at} stands, nothing was published anew ({out}/). --full does everything again."),
    )
}

fn rows(language: Language, report: &RunReport, out: &mut String) {
    let sum = |f: fn(&crate::extract::FileReport) -> u64| grouped(report.files.iter().map(f).sum());
    let (read, taken, rejected) = (sum(|f| f.rows_read), sum(|f| f.rows_taken), sum(|f| f.rows_rejected));
    let files = report.files.len();
    let reasons: Vec<String> = report.reject_reasons.iter().take(4).map(|(code, n)| format!("{code} {n}")).collect();
    let why = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
    let _ = writeln!(
        out,
        "{}",
        language.pick(
            &format!("\n数据行  {files} 个文件,读取 {read} = 采纳 {taken} + 未采纳 {rejected}{why}"),
            &format!("\nRows    {files} files: {read} read = {taken} taken + {rejected} rejected{why}"),
        )
    );
}

fn links(language: Language, report: &RunReport, out: &mut String) {
    let methods: Vec<String> = report.unit_methods.iter().map(|(m, n)| format!("{m} {}", grouped(*n))).collect();
    let (units, persons) = (grouped(report.units), grouped(report.persons));
    let list = methods.join(", ");
    let _ = writeln!(
        out,
        "{}",
        language.pick(
            &format!("单位    {units} 个;各来源行的匹配方式: {list}"),
            &format!("Units   {units}; source rows by method: {list}")
        )
    );
    let header: Vec<String> = [
        ("人员来源", "persons in"),
        ("证件号一致 A", "exact ID A"),
        ("修复证件号 B", "repaired ID B"),
        ("姓名及情形 C", "by name C"),
        ("不在编制库 N", "not in register N"),
    ]
    .iter()
    .map(|(zh, en)| language.pick(zh, en))
    .collect();
    let of = |grades: &BTreeMap<char, u64>, g: char| grouped(grades.get(&g).copied().unwrap_or(0));
    let table: Vec<Vec<String>> = report
        .person_grades
        .iter()
        .map(|(name, g)| vec![name.clone(), of(g, 'A'), of(g, 'B'), of(g, 'C'), of(g, 'N')])
        .collect();
    let _ = writeln!(
        out,
        "{}",
        language.pick(
            &format!("人员    {persons} 人,待人工判定 {}", grouped(report.unresolved)),
            &format!("Persons {persons}; left undecided for people: {}", grouped(report.unresolved)),
        )
    );
    let _ = writeln!(out, "{}", lay_out(&header, &table, &[1, 2, 3, 4]));
}

fn findings(language: Language, report: &RunReport, out: &mut String) {
    let live: Vec<_> = report.detected.findings.iter().filter(|f| f.status != "closed").collect();
    let closed = report.detected.findings.len() - live.len();
    let mut table = Vec::new();
    for (category, zh, en) in CATEGORIES {
        let mine: Vec<_> = live.iter().filter(|f| f.category == category).collect();
        let count = |severity: &str| grouped(mine.iter().filter(|f| f.severity == severity).count() as u64);
        let amount: i64 = mine.iter().filter_map(|f| f.amount).sum();
        let new = grouped(mine.iter().filter(|f| f.status == "new").count() as u64);
        table.push(vec![
            language.pick(zh, en),
            count("S1"),
            count("S2"),
            count("S3"),
            count("S4"),
            new,
            format_yuan(amount),
        ]);
    }
    let header: Vec<String> = [
        ("发现问题", "findings"),
        ("S1", "S1"),
        ("S2", "S2"),
        ("S3", "S3"),
        ("S4", "S4"),
        ("其中新增", "new"),
        ("涉及金额(元)", "yuan at stake"),
    ]
    .iter()
    .map(|(zh, en)| language.pick(zh, en))
    .collect();
    let _ = writeln!(out, "\n{}", lay_out(&header, &table, &[1, 2, 3, 4, 5, 6]));
    if closed > 0 {
        let _ = writeln!(
            out,
            "{}",
            language.pick(&format!("本月消失(closed) {closed} 项"), &format!("gone this month (closed): {closed}"))
        );
    }
}

fn rules(language: Language, report: &RunReport, out: &mut String) {
    let runs = &report.detected.rule_runs;
    let ran = runs.iter().filter(|r| r.ran).count();
    let _ = writeln!(out, "{}", language.pick(&format!("\n规则    {ran} 条已执行"), &format!("\nRules   {ran} ran")));
    for run in runs.iter().filter(|r| !r.ran) {
        let _ = writeln!(out, "        {}: {}", run.rule, run.outcome);
    }
}

/// What was taken from an earlier run: everything line by line after a trial run, else how much.
fn plan(language: Language, report: &RunReport, out: &mut String) {
    const SUBJECTS: [(Subject, &str, &str); 4] = [
        (Subject::Extract, "提取文件", "extracts"),
        (Subject::Links, "匹配", "links"),
        (Subject::Rule, "规则", "rules"),
        (Subject::Table, "发布的表", "published tables"),
    ];
    let mut counts = Vec::new();
    for (subject, zh, en) in SUBJECTS {
        let mine: Vec<_> = report.plan.iter().filter(|s| s.subject == subject).collect();
        let reused = mine.iter().filter(|s| s.reused).count();
        if reused > 0 || (report.published.is_none() && !mine.is_empty()) {
            counts.push(format!("{} {reused}/{}", language.pick(zh, en), mine.len()));
        }
    }
    if counts.is_empty() {
        return;
    }
    let head = language.pick("\n沿用    ", "\nReused  ");
    let _ = writeln!(out, "{head}{}", counts.join(", "));
    if report.published.is_none() {
        let (need, limit) = (report.budget.need, report.budget.limit);
        let (usual, least, limit) = (mib(need.usual), mib(need.least), mib(limit));
        let rows = grouped(need.rows);
        let _ = writeln!(
            out,
            "{}",
            language.pick(
                &format!("内存    约 {rows} 行,预计 {usual},最低 {least},上限 {limit}"),
                &format!("Memory  about {rows} rows: {usual} expected, {least} at least, limit {limit}"),
            )
        );
        for step in &report.plan {
            let what = if step.reused { language.pick("沿用", "reuse") } else { language.pick("执行", "run") };
            let why = if step.why.is_empty() { String::new() } else { format!(": {}", step.why) };
            let _ = writeln!(out, "        {what:<6} {}{why}", step.name);
        }
    }
}

fn next(language: Language, report: &RunReport, out: &mut String) {
    let tables = report.out.display();
    let Some(published) = &report.published else {
        let _ = writeln!(out, "{}", language.pick("\n试运行:未发布任何内容。", "\nDry run: nothing was published."));
        return;
    };
    let seconds: f64 = report.timings.iter().map(|(_, s)| s).sum();
    let rows: u64 = published.files.iter().map(|f| f.rows).sum();
    let first =
        report.detected.findings.iter().find(|f| f.status != "closed").map_or("A-…", |f| f.anomaly_id.as_str());
    let (files, rows) = (published.files.len(), grouped(rows));
    let _ = writeln!(
        out,
        "{}",
        language.pick(
            &format!(
                "\n结果    {tables}/ 下 {files} 张表,{rows} 行,用时 {seconds:.1} 秒\n下一步  hedui explain {first} --out {tables}      逐项查看依据\n        hedui query \"SELECT * FROM paid_but_absent\" --out {tables}\n        duckdb 中执行 .read {tables}/catalog.sql"
            ),
            &format!(
                "\nTables  {files} below {tables}/, {rows} rows, {seconds:.1} s\nNext    hedui explain {first} --out {tables}      see what one rests on\n        hedui query \"SELECT * FROM paid_but_absent\" --out {tables}\n        in duckdb: .read {tables}/catalog.sql"
            ),
        )
    );
}
