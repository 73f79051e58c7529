//! Figures held against one another. If they do not balance, there is no bulletin.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Serialize;

use super::figures::Scope;
use super::table::{Table, grouped_hundredths, hundredths};
use crate::error::{Fault, Result};
use crate::publish::query::Reading;

/// Two ways to one figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Balance {
    pub what: String,
    pub left: String,
    pub left_value: String,
    pub right: String,
    pub right_value: String,
    pub holds: bool,
    /// Where to look when it does not hold.
    #[serde(skip)]
    pub hint: &'static str,
}

const AGAIN: &str = "a month published again changes the months after it: run this period again";
const DAMAGED: &str = "the published tables do not belong together: run the period again";

/// All checks, whether they hold or not.
///
/// # Errors
/// What reading may give.
pub fn balances(reading: &mut Reading, tables: &IndexMap<String, Table>, scope: &Scope<'_>) -> Result<Vec<Balance>> {
    let sum = |table: &str, column: &str| tables.get(table).map_or(0, |t| t.hundredths(column));
    let mut all = Vec::new();
    let mut whole = |what: &str, left: (&str, i128), right: (&str, i128), hint| {
        all.push(balance(what, left, right, false, hint));
    };
    let gone = sum("flow", "closed") + sum("flow", "unchecked");
    let come = sum("flow", "opening") + sum("flow", "fresh") + sum("flow", "reopened") + sum("flow", "resumed");
    whole("问题增减", ("期初+新增+反弹+恢复核查-消除-未核查", come - gone), ("期末", sum("flow", "closing")), AGAIN);
    let n = sum("headline", "n");
    whole("问题总数", ("各类之和", sum("categories", "n")), ("未消除问题", n), DAMAGED);
    whole("问题总数", ("各规则之和", sum("rules", "n")), ("未消除问题", n), DAMAGED);
    whole("问题总数", ("增减表期末", sum("flow", "closing")), ("未消除问题", n), DAMAGED);
    whole("问题总数", ("规则运行记录之和", sum("rule_runs", "findings")), ("未消除问题", n), DAMAGED);
    whole("问题总数", ("各类问题表之和", category_rows(reading, scope)?), ("未消除问题", n), DAMAGED);
    if tables.contains_key("ledger_balance") {
        let plus = ["opening", "new_cases", "reopened"].map(|c| sum("ledger_balance", c)).iter().sum::<i128>();
        let minus = ["closed", "unfounded"].map(|c| sum("ledger_balance", c)).iter().sum::<i128>();
        let closing = sum("ledger_balance", "closing");
        whole("台账", ("期初+新增+回潮-销号-不属实", plus - minus), ("期末", closing), DAMAGED);
        whole("台账", ("各状态之和", sum("ledger_states", "n")), ("期末", closing), DAMAGED);
        whole(
            "台账",
            ("各督办级别之和", sum("ledger_overdue", "n")),
            ("逾期", sum("ledger_states", "overdue")),
            DAMAGED,
        );
    }
    let month = |table: &str, month: &str, column: &str| {
        tables.get(table).map_or(0, |t| t.only("period", month).hundredths(column))
    };
    if let Some(previous) = scope.previous {
        let previous = previous.to_string();
        if tables.get("trend").is_some_and(|t| !t.only("period", &previous).rows.is_empty()) {
            whole(
                "期初",
                ("上期走势", month("trend", &previous, "n")),
                ("增减表期初", sum("flow", "opening")),
                DAMAGED,
            );
        }
    }
    whole("单位数", ("三数对照各组之和", sum("three_numbers", "units")), ("单位", sum("coverage", "units")), DAMAGED);
    all.extend(rows(tables, scope));
    let amount = sum("headline", "amount");
    all.push(balance("涉及金额", ("各规则之和", sum("rules", "amount")), ("合计", amount), true, DAMAGED));
    all.push(balance("涉及金额", ("涉款规则之和", sum("money", "amount")), ("合计", amount), true, DAMAGED));
    let period = scope.period.to_string();
    let by_unit = pay_of_units(reading, &period)?;
    let paid = month("pay", &period, "gross");
    all.push(balance("本月应发工资", ("各单位之和（含未匹配单位）", by_unit), ("合计", paid), true, DAMAGED));
    Ok(all)
}

/// # Errors
/// [`Fault::Reconciliation`] naming every check that does not hold.
pub fn check(balances: &[Balance]) -> Result<()> {
    let broken: Vec<String> = balances
        .iter()
        .filter(|b| !b.holds)
        .map(|b| format!("{}: {} {} ≠ {} {} ({})", b.what, b.left, b.left_value, b.right, b.right_value, b.hint))
        .collect();
    if broken.is_empty() { Ok(()) } else { Err(Fault::Reconciliation(broken.join("\n"))) }
}

fn balance(what: &str, left: (&str, i128), right: (&str, i128), money: bool, hint: &'static str) -> Balance {
    let show = |n: i128| {
        let text = grouped_hundredths(n);
        if money { text } else { text.trim_end_matches(".00").to_owned() }
    };
    Balance {
        what: what.to_owned(),
        left: left.0.to_owned(),
        left_value: show(left.1),
        right: right.0.to_owned(),
        right_value: show(right.1),
        holds: left.1 == right.1,
        hint,
    }
}

/// Rows read by the manifest against rows taken and set aside in the tables, over all files and for each file that differs.
fn rows(tables: &IndexMap<String, Table>, scope: &Scope<'_>) -> Vec<Balance> {
    let mut files: BTreeMap<(String, String), [i128; 2]> = BTreeMap::new();
    for input in scope.manifest["inputs"].as_array().into_iter().flatten() {
        let text = |key: &str| input[key].as_str().unwrap_or_default().to_owned();
        let read = input["rows_read"].as_i64().unwrap_or_default();
        files.entry((text("table"), text("file"))).or_default()[0] += i128::from(read) * 100;
    }
    if let Some(table) = tables.get("files") {
        let at = |name: &str| table.position(name);
        if let (Some(source), Some(file), Some(read)) = (at("source"), at("source_file"), at("read")) {
            for row in &table.rows {
                let text = |i: usize| row[i].cell.text().unwrap_or_default();
                files.entry((text(source), text(file))).or_default()[1] +=
                    hundredths(&row[read].cell).unwrap_or_default();
            }
        }
    }
    let total = files.values().fold([0, 0], |[a, b], [c, d]| [a + c, b + d]);
    let mut all = vec![balance("数据行", ("读取", total[0]), ("采纳+退回", total[1]), false, DAMAGED)];
    for ((table, file), [read, found]) in files.iter().filter(|(_, [read, found])| read != found) {
        let what = format!("数据行 {table} {}", crate::error::printable(file));
        all.push(balance(&what, ("读取", *read), ("采纳+退回", *found), false, DAMAGED));
    }
    all
}

/// Findings in the categories' own tables: those with findings, the common one aside.
fn category_rows(reading: &mut Reading, scope: &Scope<'_>) -> Result<i128> {
    let is = |t: &&crate::publish::dictionary::TableEntry| {
        t.path != "anomalies" && t.columns.iter().any(|c| c.name == "anomaly_id")
    };
    let views: Vec<String> = reading.dictionary.tables.iter().filter(is).map(|t| t.view.clone()).collect();
    let mut total = 0;
    for view in views {
        let sql = format!("SELECT COUNT(*) AS n FROM {view} WHERE period = '{}' AND status <> 'closed'", scope.period);
        total += one(reading, &sql)?;
    }
    Ok(total)
}

fn pay_of_units(reading: &mut Reading, period: &str) -> Result<i128> {
    let sql = format!(
        "SELECT SUM(gross_pay) AS gross FROM canonical_payroll WHERE period = '{period}' AND pay_month = '{period}' AND gross_pay IS NOT NULL GROUP BY unit_key"
    );
    let (_, rows) = reading.answer(&sql)?;
    Ok(rows.iter().flatten().filter_map(hundredths).sum())
}

fn one(reading: &mut Reading, sql: &str) -> Result<i128> {
    let (_, rows) = reading.answer(sql)?;
    Ok(rows.first().and_then(|row| row.first()).and_then(hundredths).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_balance_is_named() {
        let holds = balance("甲", ("左", 500), ("右", 500), false, DAMAGED);
        let broken = balance("乙", ("左", 500), ("右", 600), true, AGAIN);
        check(std::slice::from_ref(&holds)).expect("it holds");
        let fault = check(&[holds, broken]).expect_err("it does not");
        assert_eq!(fault.exit_code(), 4);
        assert!(fault.to_string().starts_with("乙: 左 5.00 ≠ 右 6.00 (a month published again"), "{fault}");
    }
}
