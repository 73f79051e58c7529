//! A file of matters: every line becomes a request, or every line that cannot is told, with its sheet, row and column.

use std::collections::BTreeMap;
use std::path::Path;

use super::{CLASSES, LEVELS, QUOTA_TYPES, SCOPES};
use crate::cli::table_file::{Columns, Known, Table};
use crate::desk::gate::decide::GROUNDS;
use crate::desk::gate::{Matter, Request, Waiver, record};
use crate::desk::units::Units;
use crate::error::{Fault, Place, Problem, Refusal, Result};
use crate::kernel::characters::fold_width;
use crate::kernel::dates::Month;
use crate::ledger::event::{day_of, day_text};
use crate::table::Schemas;

/// What the columns may be called.
pub const HEADERS: &[Known] = &[
    ("unit", &["单位", "单位名称", "申请单位", "机构名称", "机构编码", "统一社会信用代码"]),
    ("matter", &["事项", "事项类型", "申请事项"]),
    ("people", &["人数", "申请人数", "数量"]),
    ("type", &["编制类型", "编制性质", "编制类别"]),
    ("scope", &["职数类别"]),
    ("level", &["职务层次", "新规格", "规格", "层次"]),
    ("class", &["正副职", "正副"]),
    ("name", &["新设机构名称", "新机构名称"]),
    ("application", &["申请文号", "文号", "申请编号"]),
    ("depth", &["下属层数", "计入下属层数"]),
    ("waive", &["豁免情形"]),
    ("approver", &["豁免批准人", "批准人"]),
    ("document", &["豁免文号"]),
    ("until", &["豁免有效期至", "豁免有效期"]),
    ("why", &["豁免说明"]),
];

const MATTERS: [(&str, &[&str]); 4] = [
    ("entry", &["进人", "用编进人", "进人用编", "用编"]),
    ("leader", &["配备领导", "配备领导职务", "领导职务", "领导配备"]),
    ("new-unit", &["设立机构", "新设机构", "机构设立", "设立下属机构"]),
    ("rank", &["调整规格", "规格调整", "机构规格调整", "机构规格"]),
];

/// A line that can be decided.
#[derive(Debug)]
pub struct Line {
    pub row: u32,
    pub request: Request,
}

/// What is the same for every line.
#[derive(Clone, Copy)]
pub struct Common<'a> {
    pub schemas: &'a Schemas,
    pub units: &'a Units,
    pub period: Option<Month>,
    pub depth: u32,
    pub day: i32,
}

/// Reads a file of matters.
///
/// # Errors
/// [`Fault::Inputs`] with every bad line.
pub fn read(path: &Path, table: &Table, common: Common<'_>) -> Result<Vec<Line>> {
    let place = table.place(path);
    let mut problems = Vec::new();
    let columns = table.find(HEADERS, &["unit", "matter"], &place, &mut problems);
    if !problems.is_empty() {
        return Err(Fault::Inputs(problems));
    }
    let (mut lines, mut numbers) = (Vec::new(), BTreeMap::new());
    for (row, cells) in table.rows.iter().filter(|(_, cells)| !cells.iter().all(String::is_empty)) {
        let mut reader = Reader { common, table, columns: &columns, place: place.clone().row(*row), cells, problems };
        if let Some(request) = reader.request() {
            let key = common.units.find(&request.unit).map(|u| u.key.clone())?;
            let number = record::number(&key, &request.matter, &request.application);
            match numbers.insert(number, *row) {
                Some(first) => reader.wrong(
                    "application",
                    "duplicate",
                    &format!("与第 {first} 行是同一单位的同一事项;确为两项的,写不同的申请文号"),
                    &format!("the same unit and matter as row {first}; give two matters two application numbers"),
                ),
                None => lines.push(Line { row: *row, request }),
            }
        }
        problems = reader.problems;
    }
    if lines.is_empty() && problems.is_empty() {
        let message = "文件中没有事项 / no matters in the file";
        problems.push(Problem::new(place.row(table.header_row), "no-rows", message));
    }
    if problems.is_empty() { Ok(lines) } else { Err(Fault::Inputs(problems)) }
}

struct Reader<'a> {
    common: Common<'a>,
    table: &'a Table,
    columns: &'a Columns,
    /// The file, sheet and row.
    place: Place,
    cells: &'a [String],
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    fn cell(&self, column: &str) -> &'a str {
        self.columns.get(column).and_then(|&at| self.cells.get(at)).map_or("", |text| text.trim())
    }

    fn wrong(&mut self, column: &str, code: &'static str, zh: &str, en: &str) {
        let place = self.place.clone();
        let place = match self.columns.get(column) {
            Some(&at) => place.column(&self.table.header[at], self.table.columns[at]),
            None => place,
        };
        self.problems.push(Problem::new(place, code, format!("{zh} / {en}")));
    }

    fn refused(&mut self, column: &str, refusal: &Refusal) {
        let hint = |text: &str, hint: &str| if hint.is_empty() { text.to_owned() } else { format!("{text}({hint})") };
        let (zh, en) = (hint(&refusal.zh, &refusal.hint_zh), hint(&refusal.en, &refusal.hint_en));
        self.wrong(column, refusal.code, &zh, &en);
    }

    /// The line as a request; nothing, with its problems told, when it is none.
    fn request(&mut self) -> Option<Request> {
        let before = self.problems.len();
        if self.cells.len() != self.table.header.len() {
            let (n, header) = (self.cells.len(), self.table.header.len());
            let zh = format!("本行 {n} 格,表头 {header} 格");
            self.wrong("", "cells", &zh, &format!("{n} cells under {header} headers"));
            return None;
        }
        let unit = self.cell("unit");
        if unit.is_empty() {
            self.missing::<()>("unit", "单位");
        } else if let Err(Fault::Refused(refusal)) = self.common.units.find(unit) {
            self.refused("unit", &refusal);
        }
        let matter = self.matter();
        let depth = self.number("depth", 0..=9);
        let waiver = self.waiver();
        if self.problems.len() > before {
            return None;
        }
        Some(Request {
            unit: unit.to_owned(),
            matter: matter?,
            application: self.cell("application").to_owned(),
            period: self.common.period,
            depth: depth.and_then(|n| u32::try_from(n).ok()).unwrap_or(self.common.depth),
            waiver,
            day: self.common.day,
        })
    }

    fn matter(&mut self) -> Option<Matter> {
        let written = self.cell("matter");
        let plain = plain(written).replace('_', "-");
        let found = MATTERS.iter().find(|(code, words)| *code == plain || words.contains(&plain.as_str()));
        match found.map(|m| m.0) {
            Some("entry") => {
                let quota_type = self.code("type", "编制类型", ("establishment_staff", "quota_type"), &QUOTA_TYPES);
                let people = self.people();
                Some(Matter::Entry { quota_type: quota_type?, people: people? })
            }
            Some("leader") => {
                let scope = match self.cell("scope") {
                    "" => Some(SCOPES[0].to_owned()),
                    _ => self.code("scope", "职数类别", ("leader_posts", "scope"), &SCOPES),
                };
                let level = self.code("level", "职务层次", ("leader_posts", "leader_level"), &LEVELS);
                let class = self.code("class", "正副职", ("leader_posts", "leader_class"), &CLASSES);
                let people = self.people();
                Some(Matter::Leader { scope: scope?, level: level?, class: class?, people: people? })
            }
            Some("new-unit") => match self.cell("name") {
                "" => self.missing("name", "新设机构名称"),
                name => Some(Matter::NewUnit { name: name.to_owned() }),
            },
            Some(_) => {
                let to = self.code("level", "新规格", ("establishment_units", "rank"), &LEVELS);
                Some(Matter::Rank { to: to? })
            }
            None if written.is_empty() => self.missing("matter", "事项"),
            None => {
                let known: Vec<String> = MATTERS.iter().map(|(code, words)| format!("{} {code}", words[0])).collect();
                let known = known.join("、");
                let (zh, en) = (format!("事项“{written}”不在列:{known}"), format!("{written:?} is none of: {known}"));
                self.wrong("matter", "unknown-matter", &zh, &en);
                None
            }
        }
    }

    fn missing<T>(&mut self, column: &str, zh: &str) -> Option<T> {
        let (zh, en) = (format!("本事项须写明“{zh}”"), format!("the line needs {column}"));
        self.wrong(column, "missing-value", &zh, &en);
        None
    }

    fn people(&mut self) -> Option<i64> {
        if self.cell("people").is_empty() {
            return self.missing("people", "人数");
        }
        self.number("people", 1..=100_000)
    }

    /// A whole number in whichever width its digits are; an empty cell is none.
    fn number(&mut self, column: &str, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        let written = self.cell(column);
        if written.is_empty() {
            return None;
        }
        let plain = plain(written);
        let number = plain.trim_end_matches(['人', '名', '个']).parse().ok().filter(|n| range.contains(n));
        if number.is_none() {
            let (from, to) = (range.start(), range.end());
            let zh = format!("“{written}”不是 {from} 至 {to} 的整数");
            self.wrong(column, "bad-number", &zh, &format!("{written:?} is no whole number from {from} to {to}"));
        }
        number
    }

    /// A code, by itself or by any label that extracts may have for it.
    fn code(&mut self, column: &str, title: &str, field: (&str, &str), codes: &[&str]) -> Option<String> {
        let written = self.cell(column);
        if written.is_empty() {
            return self.missing(column, title);
        }
        let field = self.common.schemas.get(field.0).and_then(|s| s.field(field.1));
        let labels = |code: &str| field.and_then(|f| f.codes.get(code)).map_or(&[][..], Vec::as_slice);
        let word = plain(written);
        let is = |code: &&&str| word == **code || labels(code).iter().any(|label| plain(label) == word);
        let found = codes.iter().find(is);
        if found.is_none() {
            let first =
                |code: &&str| labels(code).first().map_or((*code).to_owned(), |label| format!("{label} {code}"));
            let known = codes.iter().map(first).collect::<Vec<_>>().join("、");
            let (zh, en) = (format!("“{written}”不在列:{known}"), format!("{written:?} is none of: {known}"));
            self.wrong(column, "unknown-code", &zh, &en);
        }
        found.map(|code| (*code).to_owned())
    }

    fn waiver(&mut self) -> Option<Waiver> {
        let given = ["waive", "approver", "document", "until", "why"].map(|column| self.cell(column));
        let [ground, approver, document, until, why] = given;
        if ground.is_empty() {
            if let Some(at) = given.iter().position(|text| !text.is_empty()) {
                let column = ["waive", "approver", "document", "until", "why"][at];
                self.wrong(column, "waiver-ground", "豁免须写明“豁免情形”", "a waiver needs its ground (waive)");
            }
            return None;
        }
        let word = plain(ground);
        let code = GROUNDS.iter().find(|g| g.0 == word || plain(g.1) == word).map_or(ground, |g| g.0);
        let waiver = Waiver {
            ground: code.to_owned(),
            approver: approver.to_owned(),
            document: document.to_owned(),
            until: day_of(until).map_or_else(|| until.to_owned(), day_text),
            why: why.to_owned(),
        };
        if let Err(Fault::Refused(refusal)) = waiver.check(self.common.day) {
            let column = match refusal.code {
                "waiver-ground" => "waive",
                "waiver-approver" => "approver",
                _ => "until",
            };
            self.refused(column, &refusal);
        }
        Some(waiver)
    }
}

/// A word as it is compared: full width folded, without spaces, in small letters.
fn plain(text: &str) -> String {
    fold_width(text).split_whitespace().collect::<String>().to_lowercase()
}
