//! Reads filled workbooks of self-inspection: every problem is told at once, and nothing is written when there is one.

mod cells;
mod events;
mod problems;

use std::collections::{BTreeMap, BTreeSet};

use self::cells::{Cells, Row};
use super::export::{ANSWERS, COUNT, FIGURES, ROUND, UNIT_ANSWERS, UNIT_FACTS, UNITS, seal, unit_row};
use super::{Answer, Round};
use crate::desk::workbook::{FRONT, KEY, LEDGER, SEAL};
use crate::error::{Fault, Place, Problem, Result};
use crate::extract::plain::PlainSheet;
use crate::kernel::secret::Secret;
use crate::ledger::body::Promise;
use crate::ledger::event::day_of;
use crate::ledger::{By, Expected, FileRef, NewEvent, Settings, Store};

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
}
