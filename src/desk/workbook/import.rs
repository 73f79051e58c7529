//! Reads a filled workbook: rows are joined by their keys, every problem is told at once, and nothing is written when there is one.

mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use self::verdict::{by_run, is_known, moved_on, steps};
use super::{
    ANSWERS, CASES, EVIDENCE, FRONT, KEY, LEDGER, ROWS, SEAL, SNAPSHOT, Seal, VERDICTS, evidence, evidence_mac, key_mac,
};
use crate::error::{Fault, Place, Problem, Result, column_letters};
use crate::extract::plain::PlainSheet;
use crate::kernel::secret::Secret;
use crate::ledger::event::day_of;
use crate::ledger::{By, Case, Event, Expected, FileRef, Form, Move, NewEvent, Settings, Store};

/// What a workbook would add.
#[derive(Debug, Default)]
pub struct Import {
    pub events: Vec<NewEvent>,
    pub expected: Vec<Expected>,
    /// Cases that get a verdict.
    pub decided: usize,
    /// Verdicts that are in the ledger already.
    pub known: usize,
    /// Rows left empty, and rows that the workbook had and has no more.
    pub undecided: usize,
}

/// Where a workbook comes from and who brings it.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub file: &'a FileRef,
    /// As messages name it.
    pub label: &'a str,
    pub by: &'a By,
}

struct Reader<'a> {
    store: &'a dyn Store,
    settings: &'a Settings,
    secret: &'a Secret,
    source: Source<'a>,
    problems: Vec<Problem>,
    seen: BTreeSet<String>,
    import: Import,
    rows: usize,
}

/// A row's cells by column title, with where they stand.
struct Line<'a> {
    sheet: &'a str,
    row: u32,
    cells: BTreeMap<&'static str, (u32, String)>,
    columns: &'a BTreeMap<&'static str, u32>,
}

impl Line<'_> {
    fn text(&self, title: &str) -> &str {
        self.cells.get(title).map_or("", |(_, text)| text.as_str())
    }
    fn place(&self, label: &str, title: &str) -> Place {
        let place = Place::file(label).sheet(Some(self.sheet)).row(self.row);
        match self.columns.get(title) {
            Some(&at) => place.column(title, at as usize),
            None => place,
        }
    }
}

/// Plans the events of a workbook.
///
/// # Errors
/// [`Fault::Inputs`] with every problem, by sheet, row and column; what reading the ledger may give.
pub fn plan(
    store: &dyn Store,
    settings: &Settings,
    secret: &Secret,
    sheets: &[PlainSheet],
    source: Source<'_>,
) -> Result<Import> {
    let mut reader = Reader {
        store,
        settings,
        secret,
        source,
        problems: Vec::new(),
        seen: BTreeSet::new(),
        import: Import::default(),
        rows: 0,
    };
    let seal = reader.front(sheets)?;
    // Rows of another office's workbook have no key that could be right: its own problem is told alone.
    if let Some(seal) = seal {
        for sheet in sheets.iter().filter(|s| s.name.starts_with(CASES)) {
            reader.sheet(sheet)?;
        }
        reader.import.undecided += seal.rows.saturating_sub(reader.rows);
    }
    if reader.problems.is_empty() { Ok(reader.import) } else { Err(Fault::Inputs(reader.problems)) }
}

impl Reader<'_> {
    fn problem(&mut self, place: Place, code: &'static str, zh: &str, en: &str) {
        self.problems.push(Problem::new(place, code, format!("{zh} / {en}")));
    }

    /// The first sheet: this ledger's, unedited, and not of its future.
    fn front(&mut self, sheets: &[PlainSheet]) -> Result<Option<Seal>> {
        let place = || Place::file(self.source.label);
        let Some(front) = sheets.iter().find(|s| s.name == FRONT) else {
            let place = place();
            self.problem(
                place,
                "not-a-workbook",
                &format!("没有“{FRONT}”表,不是本程序导出的核实工作簿"),
                &format!("there is no sheet {FRONT}: this is no workbook that `export-workbook` made"),
            );
            return Ok(None);
        };
        let of = |label: &str| {
            let row = front.rows.iter().find(|(_, cells)| cells.get(&0).is_some_and(|t| t == label));
            row.map_or((0, String::new()), |(n, cells)| (*n, cells.get(&1).cloned().unwrap_or_default()))
        };
        let (snapshot, ledger) = (of(SNAPSHOT).1, of(LEDGER));
        let (seq, hash) = snapshot.split_once(' ').unwrap_or_default();
        let seal = Seal {
            ledger: ledger.1.clone(),
            seq: seq.parse().unwrap_or_default(),
            hash: hash.to_owned(),
            rows: of(ROWS).1.parse().unwrap_or_default(),
        };
        let at = |row: u32| Place::file(self.source.label).sheet(Some(FRONT)).row(row.max(1));
        let (place, head) = (at(ledger.0), self.store.head()?);
        if seal.ledger != self.store.identity() {
            let mine = self.store.identity().to_owned();
            self.problem(
                place,
                "other-office",
                &format!("这是另一台账({})的工作簿,本台账为 {mine}", seal.ledger),
                &format!("this workbook is of another ledger ({}); this one is {mine}", seal.ledger),
            );
            return Ok(None);
        }
        let (row, mac) = of(SEAL);
        if mac != seal.mac(self.secret) {
            let place = at(row);
            self.problem(
                place,
                "edited-seal",
                "封签不符:说明页被改动,或工作区密钥已更换",
                "the seal does not hold: the first sheet was edited, or the workspace has another key",
            );
            return Ok(None);
        }
        if seal.seq > head.seq {
            let place = at(of(SNAPSHOT).0);
            self.problem(
                place,
                "newer-snapshot",
                &format!("工作簿导出时台账有 {} 条事件,现在只有 {}:台账是旧备份", seal.seq, head.seq),
                &format!(
                    "the ledger had {} events when this was made and has {}: it is an old copy",
                    seal.seq, head.seq
                ),
            );
            return Ok(None);
        }
        Ok(Some(seal))
    }

    fn sheet(&mut self, sheet: &PlainSheet) -> Result<()> {
        let Some((&header, titles)) = sheet.rows.first_key_value() else { return Ok(()) };
        let mut columns: BTreeMap<&'static str, u32> = BTreeMap::new();
        for title in [KEY].into_iter().chain(EVIDENCE).chain(ANSWERS) {
            let mut at = titles.iter().filter(|(_, text)| *text == title).map(|(at, _)| *at);
            match (at.next(), at.next()) {
                (Some(at), None) => {
                    columns.insert(title, at);
                }
                (found, _) => {
                    let place = Place::file(self.source.label).sheet(Some(&sheet.name)).row(header);
                    let (zh, en) = match found {
                        None => ("没有", "is missing"),
                        Some(_) => ("重复", "stands twice"),
                    };
                    self.problem(place, "columns", &format!("“{title}”列{zh}"), &format!("the column {title} {en}"));
                }
            }
        }
        if columns.len() != 1 + EVIDENCE.len() + ANSWERS.len() {
            return Ok(());
        }
        for (&row, cells) in sheet.rows.range(header + 1..) {
            let cells = columns.iter().filter_map(|(title, at)| Some((*title, (*at, cells.get(at)?.clone()))));
            let line = Line { sheet: &sheet.name, row, cells: cells.collect(), columns: &columns };
            if !line.cells.is_empty() {
                self.line(&line)?;
            }
        }
        Ok(())
    }

    fn line(&mut self, line: &Line<'_>) -> Result<()> {
        let label = self.source.label;
        let ledger = self.store.identity().to_owned();
        let mut parts = line.text(KEY).split('|');
        let (case, events, key, row, end) = (parts.next(), parts.next(), parts.next(), parts.next(), parts.next());
        let whole = match (case, events.and_then(|n| n.parse::<u32>().ok()), key, row, end) {
            (Some(case), Some(events), Some(key), Some(row), None) => Some((case, events, key, row)),
            _ => None,
        };
        let Some((case, events, _, row_mac)) =
            whole.filter(|(case, events, key, _)| *key == key_mac(self.secret, &ledger, case, *events))
        else {
            self.problem(
                line.place(label, KEY),
                "edited-key",
                "行键缺失或被改动,不能确定是哪件问题;请从原工作簿复制整行",
                "the row's key is missing or edited, so its case cannot be told; copy the whole row from the workbook as it was",
            );
            return Ok(());
        };
        self.rows += 1;
        if !self.seen.insert(case.to_owned()) {
            self.problem(
                line.place(label, KEY),
                "duplicate-row",
                &format!("{case} 出现两次"),
                &format!("{case} stands twice"),
            );
            return Ok(());
        }
        let history = self.store.events_of(case)?;
        let at = usize::try_from(events).unwrap_or(usize::MAX).min(history.len());
        let then = Case::fold(case, &history[..at]).map_err(Fault::Reconciliation)?;
        let shown: Vec<String> = EVIDENCE.iter().map(|title| line.text(title).to_owned()).collect();
        if row_mac != evidence_mac(self.secret, &ledger, case, events, &shown) {
            self.altered(line, &then, &shown);
            return Ok(());
        }
        self.answer(line, &then, &history[at..])
    }

    /// Evidence that was changed, cell by cell, with what the ledger says.
    fn altered(&mut self, line: &Line<'_>, then: &Case, shown: &[String]) {
        let was = evidence(then, self.settings);
        let mut told = false;
        for ((title, now), was) in EVIDENCE.iter().zip(shown).zip(&was) {
            if now != was {
                told = true;
                self.problem(
                    line.place(self.source.label, title),
                    "altered-evidence",
                    &format!("{} 的“{title}”被改动:导出时为“{was}”,现为“{now}”", then.id),
                    &format!("{}: {title} was changed: it was {was:?} and is {now:?}", then.id),
                );
            }
        }
        if !told {
            let (zh, en) = (format!("{} 的锁定列被改动", then.id), format!("{}: a locked cell was changed", then.id));
            self.problem(line.place(self.source.label, EVIDENCE[0]), "altered-evidence", &zh, &en);
        }
    }

    fn answer(&mut self, line: &Line<'_>, then: &Case, since: &[Event]) -> Result<()> {
        let label = self.source.label;
        let verdict = line.text(ANSWERS[0]);
        if verdict.is_empty() {
            if let Some(title) = ANSWERS[1..].iter().find(|t| !line.text(t).is_empty()) {
                self.problem(
                    line.place(label, title),
                    "answer-without-verdict",
                    &format!("填了“{title}”但没有核实结论"),
                    &format!("{title} is filled in, but there is no verdict"),
                );
            } else {
                self.import.undecided += 1;
            }
            return Ok(());
        }
        let Some((what, form, by)) = self.form(line, verdict) else { return Ok(()) };
        // The verdict as it would have been given on the case that the officer saw.
        let planned = match steps(then, what, &form, &by, self.settings) {
            Ok(planned) => planned,
            Err(Fault::Refused(refusal)) => {
                let message = format!("{} / {}", refusal.in_chinese().replace('\n', ";"), refusal.en);
                self.problems.push(Problem::new(line.place(label, ANSWERS[0]), refusal.code, message));
                return Ok(());
            }
            Err(other) => return Err(other),
        };
        if is_known(&planned, since) {
            self.import.known += 1;
            return Ok(());
        }
        let mut now = then.clone();
        for event in since {
            now.apply(event).map_err(Fault::Reconciliation)?;
        }
        if moved_on(then, &now) {
            self.conflict(line, then, &now, since, verdict);
            return Ok(());
        }
        // Months and numbers follow the case as it is.
        let events = steps(&now, what, &form, &by, self.settings)?;
        self.import.expected.push(Expected { case: now.id.clone(), events: now.events });
        for mut event in events {
            event.file = Some(self.source.file.clone());
            self.import.events.push(event);
        }
        self.import.decided += 1;
        Ok(())
    }

    fn conflict(&mut self, line: &Line<'_>, then: &Case, now: &Case, since: &[Event], verdict: &str) {
        let people = since.iter().rev().find(|e| !by_run(e.what));
        let last = people.or(since.last());
        let (zh, en) = last.map_or((String::new(), String::new()), |e| {
            let words = e.what.words();
            (format!("({} {} {})", e.who, e.day, words.0), format!(" ({} {} {})", e.who, e.day, words.1))
        });
        let facts =
            if then.state == now.state { ("核出的事实已变", "its facts have changed since") } else { ("", "") };
        let (state, is) = (now.state.words(), &now.id);
        self.problem(
            line.place(self.source.label, ANSWERS[0]),
            "conflict",
            &format!(
                "{is} 在导出后已有变化:台账现为“{}”{zh}{},工作簿填“{verdict}”。清空本行核实结论,或重新导出后再填",
                state.0, facts.0
            ),
            &format!(
                "{is} moved on after the export: the ledger says {:?}{en}{}, the workbook says {verdict:?}; clear the row's verdict, or export anew",
                state.1, facts.1
            ),
        );
    }

    /// The row's answers as a form; `None` when a cell is wrong.
    fn form(&mut self, line: &Line<'_>, verdict: &str) -> Option<(Move, Form, By)> {
        let label = self.source.label;
        let before = self.problems.len();
        let what = match VERDICTS.iter().position(|v| *v == verdict) {
            Some(0) => Move::Confirm,
            Some(1) => Move::ConfirmPartly,
            Some(2) => Move::Reject,
            Some(3) => Move::DataError,
            Some(4) => Move::Transfer,
            _ => {
                let list = VERDICTS.join("、");
                self.problem(
                    line.place(label, ANSWERS[0]),
                    "unknown-verdict",
                    &format!("“{verdict}”不是核实结论,可选:{list}"),
                    &format!("{verdict:?} is no verdict; choose {list}"),
                );
                return None;
            }
        };
        let day = self.day(line, ANSWERS[3]);
        let on = self.day(line, ANSWERS[7]).unwrap_or(self.source.by.day);
        if on > self.source.by.day {
            self.problem(
                line.place(label, ANSWERS[7]),
                "date-in-future",
                "核实日期在办理日期之后",
                "the day of checking is after today",
            );
        }
        let word = |title: &str| Some(line.text(title).to_owned()).filter(|t| !t.is_empty());
        let transfer = what == Move::Transfer;
        let form = Form {
            why: line.text(ANSWERS[5]).to_owned(),
            reason_code: word(ANSWERS[1]).filter(|_| what == Move::Reject),
            document: word(ANSWERS[2]),
            until: day.filter(|_| !transfer),
            reply_by: day.filter(|_| transfer),
            to: word(ANSWERS[4]).filter(|_| transfer),
            ..Form::default()
        };
        let who = word(ANSWERS[6]).unwrap_or_else(|| self.source.by.who.clone());
        let by = By { who, at: self.source.by.at.clone(), day: on };
        (self.problems.len() == before).then_some((what, form, by))
    }

    fn day(&mut self, line: &Line<'_>, title: &'static str) -> Option<i32> {
        let text = line.text(title);
        if text.is_empty() {
            return None;
        }
        let day = day_of(text);
        if day.is_none() {
            let letters = line.columns.get(title).map(|at| column_letters(*at as usize)).unwrap_or_default();
            self.problem(
                line.place(self.source.label, title),
                "bad-date",
                &format!("{letters}{} 的“{text}”不是日期,请写成 2026-11-05", line.row),
                &format!("{text:?} is no day; write it as 2026-11-05"),
            );
        }
        day
    }
}
