//! What a workbook says item by item and problem by problem, and whether it holds together.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Answer;
use super::super::export::{ITEM_FACTS, ITEMS, ORIGINS, PROBLEM_COLUMNS, PROBLEMS, TICK, TICKS, item_row};
use super::cells::Cells;
use super::{Answers, Reader, Reported, Said};
use crate::error::Place;
use crate::extract::plain::PlainSheet;
use crate::ledger::body::Promise;
use crate::ledger::event::{day_of, day_text};

impl<'a> Reader<'a> {
    /// Items ticked as having a problem, by unit.
    pub(super) fn ticks(&mut self, sheets: &'a [PlainSheet]) -> BTreeMap<String, BTreeSet<String>> {
        let keys: BTreeMap<String, (String, String)> = self
            .round
            .units
            .keys()
            .flat_map(|unit| {
                self.round.items.iter().map(|item| (item_row(&self.round.id, unit, item), (unit.clone(), item.clone())))
            })
            .collect();
        let mut ticked: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (id, row) in self.keyed(sheets, ITEMS, &ITEM_FACTS, &[TICK]) {
            let Some((unit, item)) = keys.get(&id) else {
                self.wrong(
                    &row.place(ITEM_FACTS[0]),
                    "not-asked",
                    &format!("{id} 不在本次自查范围"),
                    &format!("{id} was not asked in this round"),
                );
                continue;
            };
            match row.text(TICK) {
                "" => {}
                text if text == TICKS[0] => {}
                text if text == TICKS[1] => {
                    ticked.entry(unit.clone()).or_default().insert(item.clone());
                }
                other => self.wrong(
                    &row.place(TICK),
                    "unknown-answer",
                    &format!("“{other}”应为 无 或 有"),
                    &format!("{other:?} is neither 无 (no) nor 有 (yes)"),
                ),
            }
        }
        ticked
    }

    /// Problems that were written down, by unit.
    pub(super) fn reported(&mut self, sheets: &'a [PlainSheet], answers: &Answers) -> BTreeMap<String, Vec<Reported>> {
        let cells = Cells { label: self.source.label, problems: &mut self.problems };
        let rows = cells.rows(sheets, PROBLEMS, &PROBLEM_COLUMNS);
        let mut found: BTreeMap<String, Vec<Reported>> = BTreeMap::new();
        for row in rows {
            let before = self.problems.len();
            let [unit, item, fact, origin, measure, due, owner] = PROBLEM_COLUMNS.map(|t| row.text(t).to_owned());
            let named: Vec<&String> =
                answers.iter().filter(|(_, (name, ..))| *name == unit).map(|(key, _)| key).collect();
            let key = match (&named[..], unit.is_empty(), answers.len()) {
                // A workbook of one unit need not name it on every line.
                ([], true, 1) => answers.keys().next().cloned(),
                ([key], ..) => Some((*key).clone()),
                _ => None,
            };
            if key.is_none() {
                self.wrong(
                    &row.place(PROBLEM_COLUMNS[0]),
                    "unknown-unit",
                    &format!("“{unit}”不是本表的单位(或有两个同名)"),
                    &format!("{unit:?} is no unit of this workbook, or two are called so"),
                );
            }
            let code = self
                .round
                .items
                .iter()
                .find(|code| **code == item || self.settings.classes.get(code).is_some_and(|c| c.zh == item))
                .cloned();
            if code.is_none() {
                self.wrong(
                    &row.place(PROBLEM_COLUMNS[1]),
                    "unknown-item",
                    &format!("“{item}”不是本次自查的事项"),
                    &format!("{item:?} is no item of this round"),
                );
            }
            if fact.is_empty() {
                self.wrong(&row.place(PROBLEM_COLUMNS[2]), "no-fact", "问题须写明事实", "a problem needs its fact");
            }
            let origin = match origin.as_str() {
                "" => None,
                text if text == ORIGINS[0] => Some("stock".to_owned()),
                text if text == ORIGINS[1] => Some("new".to_owned()),
                other => {
                    self.wrong(
                        &row.place(PROBLEM_COLUMNS[3]),
                        "unknown-answer",
                        &format!("“{other}”应为 存量 或 新增"),
                        &format!("{other:?} is neither 存量 (old) nor 新增 (new)"),
                    );
                    None
                }
            };
            let promised = if due.is_empty() { None } else { day_of(&due) };
            if promised.is_none() && !due.is_empty() {
                self.wrong(
                    &row.place(PROBLEM_COLUMNS[5]),
                    "bad-date",
                    &format!("“{due}”不是日期,请写成 2026-11-05"),
                    &format!("{due:?} is no day; write it as 2026-11-05"),
                );
            }
            if let (Some(key), Some(item), true) = (key, code, self.problems.len() == before) {
                let promise = Promise { measure, owner, due: promised.map(day_text) };
                found.entry(key).or_default().push(Reported { item, fact, origin, promise });
            }
        }
        found
    }

    /// A conclusion, its ticks and its list of problems say the same.
    pub(super) fn holds_together(
        &mut self,
        name: &str,
        said: &Said,
        ticked: &BTreeSet<String>,
        problems: &[Reported],
        place: &Place,
    ) -> bool {
        let before = self.problems.len();
        let listed: BTreeSet<String> = problems.iter().map(|p| p.item.clone()).collect();
        match said.answer {
            Answer::Nil if !ticked.is_empty() || !listed.is_empty() => {
                let codes: Vec<&String> = ticked.union(&listed).collect();
                let codes = codes.into_iter().cloned().collect::<Vec<_>>().join("、");
                self.wrong(
                    place,
                    "nil-with-problems",
                    &format!("{name} 选了零报告,又报了问题:{codes}"),
                    &format!("{name} made a nil return and reports problems: {codes}"),
                );
            }
            Answer::Problems if ticked.is_empty() && listed.is_empty() => {
                self.wrong(
                    place,
                    "problems-missing",
                    &format!("{name} 结论为“发现问题”,但一件也没有写;没有问题的选“零报告”"),
                    &format!("{name} says that it found problems and lists none; a nil return is 零报告"),
                );
            }
            _ => {
                for code in ticked.difference(&listed) {
                    self.wrong(
                        place,
                        "item-without-problem",
                        &format!("{name} 事项 {code} 选了“有”,“{PROBLEMS}”中没有"),
                        &format!("{name}: {code} is ticked, and no problem of it is listed"),
                    );
                }
                for code in listed.difference(ticked) {
                    self.wrong(
                        place,
                        "item-not-ticked",
                        &format!("{name} 写了事项 {code} 的问题,“{ITEMS}”未选“有”"),
                        &format!("{name}: a problem of {code} is listed, and {code} is not ticked"),
                    );
                }
            }
        }
        self.problems.len() == before
    }
}
