//! The frames that rules see besides the canonical ones, and every frame in its empty form: one place for their columns.

use std::sync::Arc;

use super::DetectContext;
use super::ParameterValue;
use super::output;
use super::rule::Rule;
use crate::kernel::dates::Month;
use crate::table::Numbers;
use crate::table::column::{TextBuilder, TextColumn};
use crate::table::{Derived, Field, Frame, FrameColumn, Kind, Schemas, TableSchema, Values};

/// Names of the frames that are always there, whatever has a feed.
pub const RESOLVED: [&str; 5] = ["units", "persons", "rejected_rows", "anomalies", "params"];

/// The month's own findings, which rules that look at findings see after all others have run.
pub const FINDINGS: &str = "anomalies";

/// Columns of `params` that every rule gets, before its own parameters.
pub const PERIOD_PARAMETERS: [&str; 4] = ["period", "period_no", "period_first_day", "as_of_day"];

/// A workbook's sheets can share row numbers, so the keys and the reason decide as well.
const REJECTED_ORDER: [&str; 6] = ["table_name", "source_file", "source_row", "unit_key", "person_key", "code"];

fn text() -> Values {
    Values::Text(TextColumn::default())
}

fn whole() -> Values {
    Values::Int32(Numbers::default())
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

fn presence() -> Vec<FrameColumn> {
    vec![
        FrameColumn::new("in_payroll", "工资表中有", "1 when payroll has it, else 0", whole()),
        FrameColumn::new("in_hr", "人事库中有", "1 when the HR system has it, else 0", whole()),
    ]
}

/// `units`: one row per real unit.
#[must_use]
pub fn units_empty() -> Frame {
    let mut columns = vec![
        FrameColumn::new("unit_key", "单位主键", "key of the unit", text()),
        FrameColumn::new("unit_name", "单位名称", "unit name", text()),
        FrameColumn::new("unit_name_folded", "单位名称(规整)", "unit name, folded for comparison", text()),
        FrameColumn::new("unit_code", "机构编码", "unit code in the establishment register", text()),
        FrameColumn::new("credit_code", "统一社会信用代码", "unified social credit code", text()),
        FrameColumn::new("nature", "机构性质", "nature of the unit", text()),
        FrameColumn::new("funding", "经费形式", "how the unit is funded", text()),
        FrameColumn::new("unit_status", "机构状态", "status in the establishment register", text()),
        FrameColumn::new(
            "in_establishment",
            "机构编制库中有",
            "1 when the establishment register has it, else 0",
            whole(),
        ),
        FrameColumn::new("in_registration", "登记库中有", "1 when the registration system has it, else 0", whole()),
    ];
    columns.extend(presence());
    frame("units", ("单位", "Units"), &["unit_key"], columns)
}

/// `persons`: one row per real person.
#[must_use]
pub fn persons_empty() -> Frame {
    let mut columns = vec![
        FrameColumn::new("person_key", "人员主键", "key of the person: a keyed hash", text()).personal(),
        FrameColumn::new("person_name", "姓名(已脱敏)", "name, masked", text()).personal(),
        FrameColumn::new("resident_id", "公民身份号码(已脱敏)", "resident ID, masked", text()).personal(),
        FrameColumn::new(
            "register_unit_key",
            "编制所在单位",
            "unit that the establishment register has the person in",
            text(),
        ),
        FrameColumn::new(
            "in_establishment",
            "编制库中有",
            "1 when the establishment register has the person, else 0",
            whole(),
        ),
    ];
    columns.extend(presence());
    columns.extend([
        FrameColumn::new(
            "name_conflict",
            "同号异名",
            "1 when one sound ID stands with clearly different names, else 0",
            whole(),
        ),
        FrameColumn::new(
            "id_conflict_person_key",
            "同名同生日异号的另一人",
            "another person of the same name, birth date and unit but another sound ID",
            text(),
        )
        .personal(),
    ]);
    frame("persons", ("人员", "Persons"), &["person_key"], columns)
}

/// `rejected_rows`: whose rows were set aside, so that no rule takes a rejected row for a missing one.
#[must_use]
pub fn rejected_rows_empty() -> Frame {
    let columns = vec![
        FrameColumn::new("table_name", "表", "canonical table the row was meant for", text()),
        FrameColumn::new("unit_key", "单位主键", "unit the row names, where it could be resolved", text()),
        FrameColumn::new("person_key", "人员主键", "person the row names, where that could be resolved", text())
            .personal(),
        FrameColumn::new("code", "原因代码", "why the row was set aside", text()),
        FrameColumn::new("source_file", "来源文件", "file", text()),
        FrameColumn::new(
            "source_row",
            "来源行号",
            "row as the spreadsheet shows it, from 1",
            Values::Int64(Numbers::default()),
        ),
    ];
    frame("rejected_rows", ("未采纳数据行涉及的单位和人员", "Whose rows were set aside"), &REJECTED_ORDER, columns)
}

/// `anomalies`, without the lists of evidence, which SQL does not see.
#[must_use]
pub fn anomalies_empty() -> Frame {
    let context = DetectContext::empty(Month(0));
    let mut frame = output::anomalies(&[], &context);
    frame.columns.retain(|c| !matches!(c.values, Values::Evidence(_)));
    frame
}

/// The published form of a field, without rows.
fn empty_values(field: &Field) -> Values {
    match (&field.kind, &field.derived) {
        (Some(Kind::Integer), _) => Values::Int64(Numbers::default()),
        (Some(Kind::Money), _) => Values::Decimal(Numbers::default()),
        (Some(Kind::Date), _) => Values::Date(Numbers::default()),
        (None, Some(Derived::RowId | Derived::SourceRow)) => Values::Int64(Numbers::default()),
        (
            None,
            Some(
                Derived::DayMin(_)
                | Derived::DayMax(_)
                | Derived::MonthNo(_)
                | Derived::BirthMonthMin(_)
                | Derived::BirthMonthMax(_)
                | Derived::AgeMin(_)
                | Derived::AgeMax(_),
            ),
        ) => whole(),
        (None, Some(Derived::UnitProbability | Derived::PersonProbability | Derived::PersonRival)) => {
            Values::Float(Numbers::default())
        }
        _ => text(),
    }
}

/// The published frame of a canonical table without rows.
#[must_use]
pub fn canonical_empty(schema: &TableSchema) -> Frame {
    let column = |field: &Field| {
        let mut column = FrameColumn::new(&field.name, &field.title, &field.title_en, empty_values(field));
        column.unit.clone_from(&field.unit);
        column.personal = field.personal || matches!(field.derived, Some(Derived::Key(_) | Derived::PersonKey));
        column.codes = field.codes.iter().map(|(c, l)| (c.clone(), l.first().cloned().unwrap_or_default())).collect();
        column
    };
    let columns = schema.fields.iter().map(column).collect();
    frame(&format!("canonical/{}", schema.name), (&schema.title, &schema.title_en), &["row_id"], columns)
}

/// Every frame that rules see, without rows: the canonical ones (path `canonical/…`), `units`, `persons`,
/// `rejected_rows` and `anomalies`.
#[must_use]
pub fn empty_frames(schemas: &Schemas) -> Vec<Frame> {
    let canonical = |schema: &Arc<TableSchema>| canonical_empty(schema);
    let mut frames: Vec<Frame> = schemas.tables.values().map(canonical).collect();
    frames.extend([units_empty(), persons_empty(), rejected_rows_empty(), anomalies_empty()]);
    frames
}

fn one_text(value: &str) -> Values {
    let mut builder = TextBuilder::default();
    builder.push(Some(value));
    Values::Text(builder.finish())
}

fn one_value(value: &ParameterValue) -> Values {
    match value {
        ParameterValue::Integer(n) => Values::Int64(vec![Some(*n)].into()),
        ParameterValue::Float(x) => Values::Float(vec![Some(*x)].into()),
        ParameterValue::Text(t) => one_text(t),
        ParameterValue::Bool(b) => Values::Bool(vec![Some(*b)]),
    }
}

/// `params`: the period and the rule's parameters in force, as one row.
#[must_use]
pub fn params(rule: &Rule, context: &DetectContext) -> Frame {
    let period = context.period;
    let days = |value: i32| Values::Int32(vec![Some(value)].into());
    let mut columns = vec![
        FrameColumn::new("period", "期间", "the month checked", one_text(&period.to_string())),
        FrameColumn::new("period_no", "期间月序", "the month checked, 12 × year + month − 1", days(period.0)),
        FrameColumn::new(
            "period_first_day",
            "期间首日",
            "first day of the month, days since 1970-01-01",
            days(period.first_day()),
        ),
        FrameColumn::new(
            "as_of_day",
            "核对时点",
            "last day of the month, days since 1970-01-01",
            days(period.last_day()),
        ),
    ];
    let overrides = context.parameters.get(&rule.code);
    for (name, parameter) in &rule.parameters {
        if let Some(value) = rule.parameter(name, overrides.and_then(|o| o.get(name))) {
            columns.push(FrameColumn::new(name, &parameter.doc.zh, &parameter.doc.en, one_value(&value)));
        }
    }
    frame("params", ("参数", "Parameters"), &[], columns)
}
