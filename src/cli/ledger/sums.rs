//! The monthly balance, and how often rules are right.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::json;

use super::lists::csv;
use super::{Format, Ledger, json, today};
use crate::cli::run::parse_period;
use crate::cli::text_table::lay_out;
use crate::cli::{Session, put};
use crate::error::Result;
use crate::ledger::balance as balances;
use crate::ledger::balance::Line;
use crate::ledger::event::day_text;

#[derive(Debug, Args)]
pub struct MonthlyBalance {
    /// Month, YYYY-MM [default: the newest that a run told of] / 月份
    #[arg(long)]
    month: Option<String>,
    /// By class only / 只按类别
    #[arg(long)]
    by_class: bool,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Args)]
pub struct RulePrecision {
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

pub fn balance(session: &Session, ledger: &Ledger, a: &MonthlyBalance) -> Result<u8> {
    let store = ledger.open()?;
    let month = match &a.month {
        Some(text) => parse_period(text)?,
        None => {
            let latest = crate::ledger::feed::latest_period(&store)?;
            let this = day_text(today());
            parse_period(if latest.is_empty() { &this[..7] } else { &latest })?
        }
    };
    let mut found = balances::balance(&store, month, &[])?;
    if a.by_class {
        let mut classes: BTreeMap<String, Line> = BTreeMap::new();
        for l in found.lines {
            let sum =
                classes.entry(l.class.clone()).or_insert_with(|| Line { class: l.class.clone(), ..Line::default() });
            sum.opening += l.opening;
            sum.new += l.new;
            sum.reopened += l.reopened;
            sum.closed += l.closed;
            sum.unfounded += l.unfounded;
            sum.closing += l.closing;
        }
        found.lines = classes.into_values().collect();
    }
    let language = session.language;
    match a.format {
        Format::Json => put(&json(&found)?),
        Format::Csv => {
            let rows: Vec<serde_json::Value> = found.lines.iter().map(|l| json!(l)).collect();
            let columns =
                ["class", "unit_key", "unit_name", "opening", "new", "reopened", "closed", "unfounded", "closing"];
            put(csv(&columns, &rows)?.trim_end());
        }
        Format::Table => {
            let header: Vec<String> = [
                ("类别", "class"),
                ("单位", "unit"),
                ("期初", "opening"),
                ("新增", "new"),
                ("回潮", "reopened"),
                ("销号", "closed"),
                ("不属实", "unfounded"),
                ("期末", "closing"),
            ]
            .iter()
            .map(|(zh, en)| language.pick(zh, en))
            .collect();
            let numbers =
                |l: &Line| [l.opening, l.new, l.reopened, l.closed, l.unfounded, l.closing].map(|n| n.to_string());
            let class = |code: &str| {
                let class = ledger.settings().classes.get(code);
                class.map_or(code.to_owned(), |c| language.pick(&c.zh, &c.en))
            };
            let row = |l: &Line| {
                let unit = l.unit_name.clone().or_else(|| l.unit_key.clone()).unwrap_or_default();
                [vec![class(&l.class), unit], numbers(l).to_vec()].concat()
            };
            let mut rows: Vec<Vec<String>> = found.lines.iter().map(row).collect();
            rows.push([vec![language.pick("合计", "total"), String::new()], numbers(&found.total).to_vec()].concat());
            put(&format!("{}\n{}", found.month, lay_out(&header, &rows, &[2, 3, 4, 5, 6, 7])));
        }
    }
    Ok(0)
}

pub fn precision(session: &Session, ledger: &Ledger, a: &RulePrecision) -> Result<u8> {
    let rules = balances::precision(&ledger.open()?, ledger.settings())?;
    let language = session.language;
    match a.format {
        Format::Json => put(&json(&rules)?),
        Format::Csv => {
            let rows: Vec<serde_json::Value> = rules.iter().map(|p| json!(p)).collect();
            put(csv(&["rule", "checked", "confirmed", "data_error", "not_confirmed", "review"], &rows)?.trim_end());
        }
        Format::Table => {
            let header: Vec<String> = [
                ("规则", "rule"),
                ("已核查", "checked"),
                ("属实", "confirmed"),
                ("数据错误", "data error"),
                ("不属实", "not"),
                ("属实率", "precision"),
                ("", ""),
            ]
            .iter()
            .map(|(zh, en)| language.pick(zh, en))
            .collect();
            let row = |p: &balances::Precision| {
                vec![
                    p.rule.clone(),
                    p.checked.to_string(),
                    p.confirmed.to_string(),
                    p.data_error.to_string(),
                    p.not_confirmed.to_string(),
                    format!("{}%", p.confirmed * 100 / p.checked.max(1)),
                    if p.review { language.pick("须复核规则", "look at the rule") } else { String::new() },
                ]
            };
            put(&lay_out(&header, &rules.iter().map(row).collect::<Vec<_>>(), &[1, 2, 3, 4, 5]));
        }
    }
    Ok(0)
}
