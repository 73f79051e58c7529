//! Reads filled workbooks of self-inspection: every problem is told at once, and nothing is written when there is one.

mod cells;

use std::collections::{BTreeMap, BTreeSet};

use self::cells::{Cells, Row};
use super::export::{
    ANSWERS, COUNT, FIGURES, ITEM_FACTS, ITEMS, ORIGINS, PROBLEM_COLUMNS, PROBLEMS, ROUND, TICK, TICKS, UNIT_ANSWERS,
    UNIT_FACTS, UNITS, item_row, seal, unit_row,
};
use super::{Answer, Return, Round};
use crate::desk::checks::digest;
use crate::desk::workbook::{FRONT, KEY, LEDGER, SEAL};
use crate::error::{Fault, Place, Problem, Result};
use crate::extract::plain::PlainSheet;
use crate::kernel::secret::Secret;
use crate::ledger::body::{Opening, Promise};
use crate::ledger::event::{day_of, day_text};
use crate::ledger::{By, Expected, FileRef, Move, NewEvent, Settings, Store};

/// What workbooks would add.
#[derive(Debug, Default)]
pub struct Import {
    pub events: Vec<NewEvent>,
    pub expected: Vec<Expected>,
    pub with_problems: usize,
    pub nil: usize,
    /// Returns that are in the ledger already.
    pub known: usize,
    /// Units of the workbook that have not answered.
    pub unanswered: Vec<String>,
    pub cases: usize,
    /// Cases of an earlier return that the new one does not name any more: they stay, somebody has to look.
    pub dropped: Vec<String>,
}

/// Where a workbook comes from and who brings it.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub file: &'a FileRef,
    /// As messages name it.
    pub label: &'a str,
    pub by: &'a By,
    pub secret: &'a Secret,
}

/// A problem as a unit reports it.
#[derive(Debug, Clone)]
struct Reported {
    item: String,
    fact: String,
    origin: Option<String>,
    promise: Promise,
}

/// What a unit's row says.
struct Said {
    answer: Answer,
    disputed: Option<String>,
    filled_by: String,
    head: String,
    filled_on: i32,
}

struct Reader<'a> {
    store: &'a dyn Store,
    settings: &'a Settings,
    source: Source<'a>,
    problems: Vec<Problem>,
    round: Round,
}

/// Plans the events of one workbook.
///
/// # Errors
/// [`Fault::Inputs`] with every problem, by sheet, row and column; what reading the ledger may give.
pub fn plan<'a>(
    store: &'a dyn Store,
    settings: &'a Settings,
    sheets: &'a [PlainSheet],
    source: Source<'a>,
) -> Result<Import> {
    let round = front(store, sheets, &source)?;
    let mut reader = Reader { store, settings, source, problems: Vec::new(), round };
    let answers = reader.units(sheets);
    let ticks = reader.ticks(sheets);
    let reported = reader.reported(sheets, &answers);
    let mut import = Import::default();
    for (key, (name, said, place)) in &answers {
        let empty = (Vec::new(), BTreeSet::new());
        let ticked = ticks.get(key).unwrap_or(&empty.1);
        let problems = reported.get(key).unwrap_or(&empty.0);
        let Some(said) = said else {
            if ticked.is_empty() && problems.is_empty() {
                import.unanswered.push(name.clone());
            } else {
                reader.wrong(
                    place,
                    "no-conclusion",
                    &format!("{name} 填了事项或问题,但没有自查结论"),
                    &format!("{name} has ticks or problems and no conclusion"),
                );
            }
            continue;
        };
        if reader.holds_together(name, said, ticked, problems, place) {
            reader.answer(key, name, said, problems, &mut import)?;
        }
    }
    if reader.problems.is_empty() { Ok(import) } else { Err(Fault::Inputs(reader.problems)) }
}

/// The first sheet: this ledger's, unedited, of a round that was begun here.
fn front(store: &dyn Store, sheets: &[PlainSheet], source: &Source<'_>) -> Result<Round> {
    let fail = |place: Place, code, zh: &str, en: &str| {
        Err(Fault::Inputs(vec![Problem::new(place, code, format!("{zh} / {en}"))]))
    };
    let Some(front) = sheets.iter().find(|s| s.name == FRONT) else {
        return fail(
            Place::file(source.label),
            "not-a-workbook",
            &format!("没有“{FRONT}”表,不是本程序发出的自查表"),
            &format!("there is no sheet {FRONT}: this is no workbook that self-inspection export made"),
        );
    };
    let of = |label: &str| {
        let row = front.rows.iter().find(|(_, cells)| cells.get(&0).is_some_and(|t| t == label));
        row.map_or((1, String::new()), |(n, cells)| (*n, cells.get(&1).cloned().unwrap_or_default()))
    };
    let at = |row: u32| Place::file(source.label).sheet(Some(FRONT)).row(row);
    let ((row, ledger), (round_row, round)) = (of(LEDGER), of(ROUND));
    if ledger != store.identity() {
        let mine = store.identity();
        return fail(
            at(row),
            "other-office",
            &format!("这是另一台账({ledger})的自查表,本台账为 {mine}"),
            &format!("this workbook is of another ledger ({ledger}); this one is {mine}"),
        );
    }
    let units = of(COUNT).1.parse().unwrap_or_default();
    let (row, mac) = of(SEAL);
    if mac != seal(source.secret, &ledger, &round, units) {
        return fail(
            at(row),
            "edited-seal",
            "封签不符:说明页被改动,或工作区密钥已更换",
            "the seal does not hold: the first sheet was edited, or the workspace has another key",
        );
    }
    match super::rounds(store)?.into_iter().find(|r| r.id == round) {
        Some(round) => Ok(round),
        None => fail(
            at(round_row),
            "unknown-round",
            &format!("本台账没有自查 {round}:台账可能是旧备份"),
            &format!("this ledger has no self-inspection {round}: it may be an old copy"),
        ),
    }
}

type Answers = BTreeMap<String, (String, Option<Said>, Place)>;

impl<'a> Reader<'a> {
    fn wrong(&mut self, place: &Place, code: &'static str, zh: &str, en: &str) {
        self.problems.push(Problem::new(place.clone(), code, format!("{zh} / {en}")));
    }

    /// The rows of a keyed sheet whose keys and locked cells are as they went out: what they are keyed by, and the row.
    fn keyed(
        &mut self,
        sheets: &'a [PlainSheet],
        name: &'static str,
        facts: &[&'static str],
        open: &[&'static str],
    ) -> Vec<(String, Row<'a>)> {
        let titles: Vec<&'static str> =
            [KEY].into_iter().chain(facts.iter().copied()).chain(open.iter().copied()).collect();
        let cells = Cells { label: self.source.label, problems: &mut self.problems };
        let rows = cells.rows(sheets, name, &titles);
        let ledger = self.store.identity().to_owned();
        let (mut kept, mut seen) = (Vec::new(), BTreeSet::new());
        for row in rows {
            let shown: Vec<String> = facts.iter().map(|t| row.text(t).to_owned()).collect();
            match cells::keyed_by(row.text(KEY), self.source.secret, &ledger, &shown) {
                cells::Keyed::Whole(id) if seen.insert(id.clone()) => kept.push((id, row)),
                cells::Keyed::Whole(id) => {
                    let place = row.place(KEY);
                    self.wrong(&place, "duplicate-row", &format!("{id} 出现两次"), &format!("{id} stands twice"));
                }
                cells::Keyed::Altered(id) => {
                    let place = row.place(facts[0]);
                    let shown = shown.join(" | ");
                    self.wrong(&place, "altered-cell", &format!("{id} 的锁定列被改动,现为“{shown}”;请从原表复制整行"),
                        &format!("{id}: a locked cell was changed, now {shown:?}; copy the row from the workbook as it was sent"));
                }
                cells::Keyed::Broken => {
                    let place = row.place(KEY);
                    self.wrong(
                        &place,
                        "edited-key",
                        "行键缺失或被改动;请从原表复制整行",
                        "the row's key is missing or edited; copy the whole row from the workbook as it was sent",
                    );
                }
            }
        }
        kept
    }

    fn units(&mut self, sheets: &'a [PlainSheet]) -> Answers {
        let mut answers = Answers::new();
        for (id, row) in self.keyed(sheets, UNITS, &UNIT_FACTS, &UNIT_ANSWERS) {
            let unit = self.round.units.iter().find(|(key, _)| unit_row(&self.round.id, key) == id);
            let Some((key, name)) = unit.map(|(key, asked)| (key.clone(), asked.name.clone())) else {
                let place = row.place(UNIT_FACTS[0]);
                self.wrong(
                    &place,
                    "not-asked",
                    &format!("{id} 不在本次自查范围"),
                    &format!("{id} was not asked in this round"),
                );
                continue;
            };
            let said = self.said(&row, &name);
            answers.insert(key, (name, said, row.place(UNIT_ANSWERS[0])));
        }
        answers
    }

    fn said(&mut self, row: &Row<'_>, name: &str) -> Option<Said> {
        let answer = row.text(UNIT_ANSWERS[0]);
        if answer.is_empty() {
            if let Some(title) = UNIT_ANSWERS[1..].iter().find(|t| !row.text(t).is_empty()) {
                self.wrong(
                    &row.place(title),
                    "no-conclusion",
                    &format!("{name} 填了“{title}”但没有自查结论"),
                    &format!("{name}: {title} is filled in, the conclusion is not"),
                );
            }
            return None;
        }
        let before = self.problems.len();
        let choose = |reader: &mut Self, title: &'static str, list: &[&str]| -> Option<usize> {
            let text = row.text(title);
            let at = list.iter().position(|a| *a == text);
            if at.is_none() {
                let list = list.join("、");
                reader.wrong(
                    &row.place(title),
                    "unknown-answer",
                    &format!("{name} 的{title}“{text}”应为:{list}"),
                    &format!("{name}: {title} {text:?} is none of {list}"),
                );
            }
            at
        };
        let answer = choose(self, UNIT_ANSWERS[0], &ANSWERS);
        let figures = choose(self, UNIT_ANSWERS[1], &FIGURES);
        let dispute = row.text(UNIT_ANSWERS[2]).to_owned();
        if figures == Some(1) && dispute.is_empty() {
            self.wrong(
                &row.place(UNIT_ANSWERS[2]),
                "no-dispute",
                &format!("{name} 认为数字不符,须写明哪里不符"),
                &format!("{name} holds the numbers to be wrong: which?"),
            );
        }
        for title in [UNIT_ANSWERS[3], UNIT_ANSWERS[4]] {
            if row.text(title).is_empty() {
                self.wrong(
                    &row.place(title),
                    "not-signed",
                    &format!("{name} 未填{title}"),
                    &format!("{name}: {title} is empty; a return is signed, a nil return too"),
                );
            }
        }
        let day = row.text(UNIT_ANSWERS[5]);
        let filled_on = if day.is_empty() { Some(self.source.by.day) } else { day_of(day) };
        if filled_on.is_none_or(|d| d > self.source.by.day) {
            self.wrong(
                &row.place(UNIT_ANSWERS[5]),
                "bad-date",
                &format!("{name} 的填报日期“{day}”不是日期,或在今天之后"),
                &format!("{name}: {day:?} is no day up to today"),
            );
        }
        if self.problems.len() > before {
            return None;
        }
        Some(Said {
            answer: if answer == Some(1) { Answer::Nil } else { Answer::Problems },
            disputed: Some(dispute).filter(|_| figures == Some(1)),
            filled_by: row.text(UNIT_ANSWERS[3]).to_owned(),
            head: row.text(UNIT_ANSWERS[4]).to_owned(),
            filled_on: filled_on.unwrap_or(self.source.by.day),
        })
    }

    /// Items ticked as having a problem, by unit.
    fn ticks(&mut self, sheets: &'a [PlainSheet]) -> BTreeMap<String, BTreeSet<String>> {
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
    fn reported(&mut self, sheets: &'a [PlainSheet], answers: &Answers) -> BTreeMap<String, Vec<Reported>> {
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
    fn holds_together(
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

    fn answer(&self, key: &str, name: &str, said: &Said, problems: &[Reported], import: &mut Import) -> Result<()> {
        let (by, round) = (self.source.by, &self.round);
        let mut cases = Vec::new();
        for problem in problems {
            let id = format!("self_inspection-{}-{}", round.id, &digest(&[key, &problem.item, &problem.fact])[..8]);
            if cases.contains(&id) {
                continue;
            }
            cases.push(id.clone());
            if self.store.case(&id)?.is_none() {
                let opening = self.opening(key, name, problem);
                let event = by.record(&id, &round.name, &opening)?;
                import.events.push(NewEvent { what: Move::Open, file: Some(self.source.file.clone()), ..event });
                import.expected.push(Expected { case: id, events: 0 });
                import.cases += 1;
            }
        }
        cases.sort();
        let kept = Return {
            round: round.id.clone(),
            unit_key: key.to_owned(),
            unit_name: name.to_owned(),
            answer: said.answer,
            items: problems.iter().map(|p| p.item.clone()).collect::<BTreeSet<_>>().into_iter().collect(),
            cases,
            disputed: said.disputed.clone(),
            filled_by: said.filled_by.clone(),
            head: said.head.clone(),
            filled_on: day_text(said.filled_on),
        };
        let id = format!("self_return:{}/{key}", round.id);
        let before = self.store.case(&id)?;
        let old = before.as_ref().and_then(|c| c.record.clone()).and_then(|r| serde_json::from_value::<Return>(r).ok());
        if let Some(old) = &old {
            // Without a day on the sheet the day of the import stands for it; the same sheet later is the same return.
            if (Return { filled_on: kept.filled_on.clone(), ..old.clone() }) == kept {
                import.known += 1;
                return Ok(());
            }
            import.dropped.extend(old.cases.iter().filter(|c| !kept.cases.contains(c)).cloned());
        }
        match said.answer {
            Answer::Nil => import.nil += 1,
            Answer::Problems => import.with_problems += 1,
        }
        let why = if said.answer == Answer::Nil { "零报告" } else { "自查发现问题" };
        let event = by.record(&id, why, &kept)?;
        import.events.push(NewEvent { file: Some(self.source.file.clone()), ..event });
        import.expected.push(Expected { case: id, events: before.map_or(0, |c| c.events) });
        Ok(())
    }

    fn opening(&self, key: &str, name: &str, problem: &Reported) -> Opening {
        Opening {
            source: "self_inspection".to_owned(),
            reference: Some(self.round.id.clone()),
            class: problem.item.clone(),
            severity: "S3".to_owned(),
            unit_key: Some(key.to_owned()),
            unit_name: Some(name.to_owned()),
            fact_zh: problem.fact.clone(),
            fact_en: problem.fact.clone(),
            due: Some(day_text(self.settings.check_by(self.source.by.day))),
            origin: problem.origin.clone(),
            promise: Some(problem.promise.clone()).filter(|p| *p != Promise::default()),
            ..Opening::default()
        }
    }
}
