//! The ledger as published tables: the open cases, the month's balance, how often rules are right.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::kernel::dates::Month;
use crate::ledger::balance::{Balance, Precision};
use crate::ledger::event::day_of;
use crate::ledger::feed::Feed;
use crate::ledger::settings::LADDER;
use crate::ledger::state::State as CaseState;
use crate::ledger::{Case, Filter, Settings, Store};
use crate::table::{Frame, FrameColumn, Values};

/// The ledger and what a run is about to add to it.
pub struct State<'a> {
    pub store: &'a dyn Store,
    pub settings: &'a Settings,
    pub feed: &'a Feed,
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

fn text<T>(rows: &[T], value: impl Fn(&T) -> Option<String>) -> Values {
    let values: Vec<Option<String>> = rows.iter().map(value).collect();
    Values::Text(values.iter().map(Option::as_deref).collect())
}

fn number<T>(rows: &[T], value: impl Fn(&T) -> Option<i64>) -> Values {
    Values::Int64(rows.iter().map(value).collect())
}

/// Cases that were open at the end of the period, in the state that they have by now. Days overdue are counted to the period's last
/// day, so that the table does not depend on the day it is made.
///
/// # Errors
/// What reading the ledger may give.
pub fn cases(state: &State<'_>, period: Month) -> Result<Frame> {
    let month = period.to_string();
    let mut open: BTreeMap<String, Case> = BTreeMap::new();
    let filter = Filter { open_around: Some(month.clone()), ..Filter::default() };
    state.store.cases(&filter, &mut |case| {
        if case.is_open_at(&month) {
            open.insert(case.id.clone(), case);
        }
        Ok(())
    })?;
    for (id, case) in &state.feed.cases {
        if case.is_open_at(&month) {
            open.insert(id.clone(), case.clone());
        } else {
            open.remove(id);
        }
    }
    let rows: Vec<Case> = open.into_values().collect();
    let day =
        |value: &dyn Fn(&Case) -> Option<&str>| Values::Date(rows.iter().map(|c| value(c).and_then(day_of)).collect());
    let as_of = period.last_day();
    let column = FrameColumn::new;
    let o = |value: fn(&Case) -> Option<&String>| text(&rows, |c| value(c).cloned());
    let mut states = column("state", "办理状态", "state of the case", text(&rows, |c| Some(c.state.name().to_owned())));
    states.codes = CaseState::all().map(|s| (s.name().to_owned(), s.words().0.to_owned())).collect();
    let columns = vec![
        column("case_id", "问题编号", "the case; for a finding its anomaly_id", text(&rows, |c| Some(c.id.clone()))),
        column("period", "期间", "the month checked", text(&rows, |_| Some(period.to_string()))),
        states,
        classes(state.settings, text(&rows, |c| Some(c.opening.class.clone()))),
        column("source", "来源", "where the case came from", text(&rows, |c| Some(c.opening.source.clone()))),
        column("rule", "规则编号", "rule code, where a rule found it", o(|c| c.opening.rule.as_ref())),
        column("severity", "严重程度", "severity, S1 the gravest", text(&rows, |c| Some(c.opening.severity.clone()))),
        column("unit_key", "单位主键", "the resolved unit", o(|c| c.opening.unit_key.as_ref())),
        column("unit_name", "单位名称", "unit name", o(|c| c.opening.unit_name.as_ref())),
        column("opened_on", "立案日期", "day it was opened", day(&|c| Some(&c.opened.day))),
        column(
            "opened_period",
            "立案期间",
            "month of whose balance it is",
            text(&rows, |c| Some(c.opened_month.clone())),
        ),
        column("due_on", "当前时限", "day by which the next step is due", day(&|c| c.due.as_deref())),
        column(
            "days_overdue",
            "逾期天数",
            "days past that day at the end of the period",
            number(&rows, |c| c.days_overdue(as_of).map(i64::from)),
        )
        .unit("days"),
        steps(text(&rows, |c| {
            let rung = c.days_overdue(as_of).map(|d| state.settings.rung(d));
            rung.map(|r| r.map_or("none", |r| r.step).to_owned())
        })),
        column(
            "extensions",
            "延期次数",
            "times the deadline was extended",
            number(&rows, |c| i64::try_from(c.extensions.len()).ok()),
        ),
        column("times_reopened", "回潮次数", "times it was reopened", number(&rows, |c| Some(i64::from(c.reopened)))),
        column(
            "in_the_data",
            "数据仍核出",
            "whether the last run that looked found it",
            Values::Bool(rows.iter().map(|c| Some(c.present())).collect()),
        ),
    ];
    Ok(frame("ledger_cases", ("期末未销号问题", "Cases open at the end of the period"), &["case_id"], columns))
}

fn steps(values: Values) -> FrameColumn {
    let mut column = FrameColumn::new("ladder_step", "督办级别", "step of the ladder that it has reached", values);
    column.codes = LADDER.iter().map(|r| (r.step.to_owned(), r.zh.to_owned())).collect();
    column.codes.push(("none".to_owned(), "未到督办".to_owned()));
    column
}

fn classes(settings: &Settings, values: Values) -> FrameColumn {
    let mut column = FrameColumn::new("class", "问题类别", "class of the problem", values);
    column.codes = settings.classes.list.iter().map(|c| (c.code.clone(), c.zh.clone())).collect();
    column.codes.push((crate::ledger::classes::UNCLASSED.to_owned(), "未分类".to_owned()));
    column
}

/// The month's balance by class and unit.
#[must_use]
pub fn balance(balance: &Balance, settings: &Settings) -> Frame {
    let rows = &balance.lines[..];
    let column = FrameColumn::new;
    let columns = vec![
        column("period", "期间", "the month", text(rows, |_| Some(balance.month.clone()))),
        classes(settings, text(rows, |l| Some(l.class.clone()))),
        column("unit_key", "单位主键", "the resolved unit", text(rows, |l| l.unit_key.clone())),
        column("unit_name", "单位名称", "unit name", text(rows, |l| l.unit_name.clone())),
        column("opening", "期初", "open at the beginning", number(rows, |l| Some(l.opening))).unit("cases"),
        column("new_cases", "新增", "opened", number(rows, |l| Some(l.new))).unit("cases"),
        column("reopened", "回潮", "reopened", number(rows, |l| Some(l.reopened))).unit("cases"),
        column("closed", "销号", "closed", number(rows, |l| Some(l.closed))).unit("cases"),
        column("unfounded", "不属实", "not confirmed, or withdrawn by a rerun", number(rows, |l| Some(l.unfounded)))
            .unit("cases"),
        column("closing", "期末", "open at the end", number(rows, |l| Some(l.closing))).unit("cases"),
    ];
    frame("ledger_balance", ("台账月度对账", "Monthly balance of the ledger"), &["class", "unit_key"], columns)
}

/// How often each rule was right, over all verdicts so far.
#[must_use]
pub fn precision(rules: &[Precision], period: Month) -> Frame {
    let column = FrameColumn::new;
    let n = |value: fn(&Precision) -> u64| number(rules, |p| i64::try_from(value(p)).ok());
    let share = |p: &Precision| (p.checked > 0).then(|| p.confirmed as f64 / p.checked as f64);
    let columns = vec![
        column("period", "期间", "the month", text(rules, |_| Some(period.to_string()))),
        column("rule", "规则编号", "rule code", text(rules, |p| Some(p.rule.clone()))),
        column("checked", "已核查", "cases with a verdict", n(|p| p.checked)).unit("cases"),
        column("confirmed", "属实", "confirmed, wholly or partly", n(|p| p.confirmed)).unit("cases"),
        column("data_error", "数据错误", "errors in the data", n(|p| p.data_error)).unit("cases"),
        column("not_confirmed", "不属实", "not confirmed", n(|p| p.not_confirmed)).unit("cases"),
        column("precision", "属实率", "confirmed of those checked", Values::Float(rules.iter().map(share).collect())),
        column(
            "review",
            "须复核规则",
            "whether the rule is to be looked at",
            Values::Bool(rules.iter().map(|p| Some(p.review)).collect()),
        ),
    ];
    frame("ledger_precision", ("规则属实率", "How often rules are right"), &["rule"], columns)
}
