//! Findings as tables: `anomalies`, one table a category, and `rule_runs`.

use indexmap::IndexMap;

use super::engine::Cells;
use super::rule::{CATEGORIES, ColumnType, OwnColumn};
use super::{Catalogue, DetectContext, Detected, Finding, OwnValue};
use crate::table::column::TextBuilder;
use crate::table::{Frame, FrameColumn, Values};

/// Columns that every anomaly table has, in order.
pub const COMMON: [&str; 23] = [
    "anomaly_id",
    "period",
    "rule",
    "slug",
    "category",
    "severity",
    "status",
    "confidence",
    "unit_key",
    "unit_name",
    "person_key",
    "person_name",
    "resident_id",
    "message_zh",
    "message_en",
    "amount_yuan",
    "evidence",
    "legal_basis",
    "first_period",
    "periods_open",
    "run_id",
    "measure",
    "object_key",
];

/// Columns that a query may return besides its declared ones and its `row__` columns.
pub const QUERY: [&str; 6] = ["unit_key", "person_key", "object_key", "severity", "amount", "confidence"];

/// Names that mean something in a query and so may not be a rule's own.
pub const QUERY_ONLY: [&str; 1] = ["amount"];

/// Whether a query's undeclared column holds what its name means.
#[must_use]
pub fn fits(name: &str, cells: &Cells) -> bool {
    match name {
        "amount" => matches!(cells, Cells::Money(_) | Cells::Integer(_) | Cells::Null(_)),
        "confidence" => matches!(cells, Cells::Float(_) | Cells::Integer(_) | Cells::Null(_)),
        _ => matches!(cells, Cells::Text(_) | Cells::Null(_)),
    }
}

type Findings<'a> = Vec<&'a Finding>;

fn texts<'a>(findings: &[&'a Finding], value: impl Fn(&'a Finding) -> Option<&'a str>) -> Values {
    let mut builder = TextBuilder::default();
    findings.iter().for_each(|f| builder.push(value(f)));
    Values::Text(builder.finish())
}

fn column(name: &str, zh: &str, en: &str, values: Values) -> FrameColumn {
    FrameColumn::new(name, zh, en, values)
}

/// A column whose values are codes with a label each.
fn coded(mut column: FrameColumn, codes: &[(&str, &str)]) -> FrameColumn {
    column.codes = codes.iter().map(|(code, label)| ((*code).to_owned(), (*label).to_owned())).collect();
    column
}

const SEVERITY_WORDS: [(&str, &str); 4] =
    [("S1", "疑似资金流失或违规进人"), ("S2", "违反规定"), ("S3", "数据不一致"), ("S4", "提示")];

const STATUS_WORDS: [(&str, &str); 6] = [
    ("new", "新增"),
    ("open", "未解决"),
    ("worsened", "加重"),
    ("explained", "已说明"),
    ("closed", "已消除"),
    ("reopened", "反弹"),
];

fn identity(f: &Findings<'_>, context: &DetectContext) -> Vec<FrameColumn> {
    let period = context.period.to_string();
    let mut periods = TextBuilder::default();
    f.iter().for_each(|_| periods.push(Some(&period)));
    let categories: Vec<(&str, &str)> = CATEGORIES.iter().map(|(name, zh, _)| (*name, *zh)).collect();
    let confidence = Values::Float(f.iter().map(|f| Some(f.confidence)).collect());
    vec![
        column("anomaly_id", "问题编号", "stable over periods and runs", texts(f, |f| Some(&f.anomaly_id))),
        column("period", "期间", "the month checked", Values::Text(periods.finish())),
        column("rule", "规则编号", "rule code", texts(f, |f| Some(&f.rule))),
        column("slug", "规则名称", "rule name", texts(f, |f| Some(&f.slug))),
        coded(column("category", "类别", "category", texts(f, |f| Some(&f.category))), &categories),
        coded(
            column("severity", "严重程度", "severity, S1 the gravest", texts(f, |f| Some(&f.severity))),
            &SEVERITY_WORDS,
        ),
        coded(column("status", "状态", "status against earlier periods", texts(f, |f| Some(&f.status))), &STATUS_WORDS),
        column("confidence", "置信度", "0 to 1, from the links the finding rests on", confidence),
    ]
}

fn subject(f: &Findings<'_>) -> Vec<FrameColumn> {
    vec![
        column("unit_key", "单位主键", "the resolved unit", texts(f, |f| f.unit_key.as_deref())),
        column("unit_name", "单位名称", "unit name", texts(f, |f| f.unit_name.as_deref())),
        column("person_key", "人员主键", "the resolved person: a keyed hash", texts(f, |f| f.person_key.as_deref()))
            .personal(),
        column("person_name", "姓名(已脱敏)", "name, masked", texts(f, |f| f.person_name.as_deref())).personal(),
        column("resident_id", "公民身份号码(已脱敏)", "resident ID, masked", texts(f, |f| f.resident_id.as_deref()))
            .personal(),
    ]
}

fn substance(f: &Findings<'_>, context: &DetectContext) -> Vec<FrameColumn> {
    let mut first = TextBuilder::default();
    f.iter().for_each(|f| first.push(Some(&f.first_period.to_string())));
    let mut runs = TextBuilder::default();
    f.iter().for_each(|_| runs.push(Some(&context.run_id)));
    let amount = Values::Decimal(f.iter().map(|f| f.amount).collect());
    let open = Values::Int32(f.iter().map(|f| Some(f.periods_open)).collect());
    let measure = Values::Float(f.iter().map(|f| f.measure).collect());
    let evidence = Values::Evidence(f.iter().map(|f| f.evidence.clone()).collect());
    vec![
        column("message_zh", "问题描述", "what was found, in Chinese", texts(f, |f| Some(&f.message_zh))),
        column("message_en", "问题描述(英文)", "what was found, in English", texts(f, |f| Some(&f.message_en))),
        column("amount_yuan", "涉及金额", "money at stake in the period", amount).unit("yuan"),
        column("evidence", "证据", "the very input cells the finding rests on", evidence),
        column("legal_basis", "依据", "provision the rule enforces", texts(f, |f| Some(&f.legal_basis))),
        column(
            "first_period",
            "首次发现期间",
            "month in which the problem was first found",
            Values::Text(first.finish()),
        ),
        column("periods_open", "持续期数", "periods running in which it was found", open).unit("periods"),
        column("run_id", "运行编号", "the manifest that made it", Values::Text(runs.finish())),
        column("measure", "衡量值", "the rule's own measure, by which a problem worsens", measure),
        column(
            "object_key",
            "对象",
            "tells several problems of one unit or person apart",
            texts(f, |f| f.object_key.as_deref()),
        ),
    ]
}

fn common(findings: &Findings<'_>, context: &DetectContext) -> Vec<FrameColumn> {
    let mut columns = identity(findings, context);
    columns.extend(subject(findings));
    columns.extend(substance(findings, context));
    columns
}

fn frame(path: &str, titles: (&str, &str), sort_by: &[&str], columns: Vec<FrameColumn>) -> Frame {
    Frame {
        path: path.to_owned(),
        title_zh: titles.0.to_owned(),
        title_en: titles.1.to_owned(),
        sort_by: sort_by.iter().map(|&c| c.to_owned()).collect(),
        columns,
    }
}

const ORDER: [&str; 4] = ["rule", "unit_key", "person_key", "anomaly_id"];

/// The own columns of all rules of a category, in the order of the rules; every rule agrees on their types.
fn own_columns<'a>(catalogue: &'a Catalogue, category: &str) -> IndexMap<&'a str, &'a OwnColumn> {
    let mut columns = IndexMap::new();
    for rule in catalogue.rules.iter().filter(|r| r.category == category) {
        for (name, column) in &rule.columns {
            columns.entry(name.as_str()).or_insert(column);
        }
    }
    columns
}

fn own_values(kind: ColumnType, values: &[Option<&OwnValue>]) -> Values {
    match kind {
        ColumnType::Text => {
            let mut builder = TextBuilder::default();
            for value in values {
                builder.push(if let Some(OwnValue::Text(text)) = value { text.as_deref() } else { None });
            }
            Values::Text(builder.finish())
        }
        ColumnType::Integer => {
            Values::Int64(values.iter().map(|v| if let Some(OwnValue::Integer(n)) = v { *n } else { None }).collect())
        }
        ColumnType::Float => {
            Values::Float(values.iter().map(|v| if let Some(OwnValue::Float(x)) = v { *x } else { None }).collect())
        }
        ColumnType::Money => {
            Values::Decimal(values.iter().map(|v| if let Some(OwnValue::Money(m)) = v { *m } else { None }).collect())
        }
        ColumnType::Date => {
            Values::Date(values.iter().map(|v| if let Some(OwnValue::Date(d)) = v { *d } else { None }).collect())
        }
    }
}

fn category(detected: &Detected, catalogue: &Catalogue, context: &DetectContext, of: (&str, &str, &str)) -> Frame {
    let findings: Findings<'_> = detected.findings.iter().filter(|f| f.category == of.0).collect();
    let mut columns = common(&findings, context);
    for (name, own) in own_columns(catalogue, of.0) {
        let value = |f: &&'_ Finding| -> Option<usize> { f.own.iter().position(|(n, _)| n == name) };
        let values: Vec<Option<&OwnValue>> = findings.iter().map(|f| value(f).map(|i| &f.own[i].1)).collect();
        let mut column = column(name, &own.title.zh, &own.title.en, own_values(own.kind, &values));
        column.unit = own.unit.clone().or_else(|| (own.kind == ColumnType::Money).then(|| "yuan".to_owned()));
        column.codes = own.labels.iter().map(|(code, label)| (code.clone(), label.zh.clone())).collect();
        columns.push(column);
    }
    frame(of.0, (of.1, of.2), &ORDER, columns)
}

fn rule_runs(detected: &Detected, catalogue: &Catalogue, context: &DetectContext) -> Frame {
    let runs = &detected.rule_runs;
    let text = |value: &dyn Fn(&super::RuleRun) -> String| {
        let mut builder = TextBuilder::default();
        runs.iter().for_each(|r| builder.push(Some(&value(r))));
        Values::Text(builder.finish())
    };
    let of = |r: &super::RuleRun, pick: &dyn Fn(&super::Rule) -> String| {
        catalogue.rule(&r.rule).map(pick).unwrap_or_default()
    };
    let count = |value: &dyn Fn(&super::RuleRun) -> u64| {
        Values::Int64(runs.iter().map(|r| i64::try_from(value(r)).ok()).collect())
    };
    let columns = vec![
        column("period", "期间", "the month checked", text(&|_| context.period.to_string())),
        column("rule", "规则编号", "rule code", text(&|r| r.rule.clone())),
        column("slug", "规则名称", "rule name", text(&|r| of(r, &|rule| rule.slug.clone()))),
        column("category", "类别", "category", text(&|r| of(r, &|rule| rule.category.clone()))),
        column("ran", "是否运行", "whether the rule ran", Values::Bool(runs.iter().map(|r| Some(r.ran)).collect())),
        column("outcome", "运行结果", "what became of it", text(&|r| r.outcome.clone())),
        column("rows_examined", "检查行数", "rows of its input tables", count(&|r| r.rows_examined)).unit("rows"),
        column("findings", "发现问题数", "problems found, closed ones not counted", count(&|r| r.findings)),
        column(
            "suppressed",
            "被排除问题数",
            "problems that lawful reasons, exemptions or rows set aside kept silent",
            count(&|r| r.suppressed),
        ),
        column(
            "suppressed_by",
            "排除所依据的表",
            "how many each table kept silent, each taken by itself: table=number; …",
            text(&|r| r.suppressed_by.clone()),
        ),
        column("run_id", "运行编号", "the manifest that made it", text(&|_| context.run_id.clone())),
    ];
    frame("rule_runs", ("规则运行情况", "What became of each rule"), &["rule"], columns)
}

/// Findings under the common columns.
#[must_use]
pub fn anomalies(findings: &[Finding], context: &DetectContext) -> Frame {
    let all: Findings<'_> = findings.iter().collect();
    frame("anomalies", ("全部问题", "All anomalies"), &ORDER, common(&all, context))
}

/// `anomalies`, one table per category (always all five, empty ones too) and `rule_runs`, ready to publish.
#[must_use]
pub fn frames(detected: &Detected, catalogue: &Catalogue, context: &DetectContext) -> Vec<Frame> {
    let mut frames = vec![anomalies(&detected.findings, context)];
    frames.extend(CATEGORIES.iter().map(|of| category(detected, catalogue, context, *of)));
    frames.push(rule_runs(detected, catalogue, context));
    frames
}
