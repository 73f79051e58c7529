//! Cases from elsewhere: tip-offs, audits, inspections, self-inspection. A CSV file or a workbook, a row a case; all rows or none.
//!
//! Units and persons are found by `desk::finder` among those last published: what is certain is linked, what is only likely is proposed and
//! waits for `hedui ledger link`, what is not found is kept as it was written. Of a person nothing is kept but a keyed hash of a sound
//! ID number and the masked name; the same name and numbers in the text are masked as well.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use super::{Acting, Ledger, by};
use crate::cli::table_file::{self, Known, Table};
use crate::cli::{Session, put};
use crate::desk::ask::Asking;
use crate::desk::finder::{self, Finder, Found};
use crate::error::{Fault, Place, Problem, Result};
use crate::kernel::{person_name, resident_id};
use crate::ledger::body::{Opening, PassedOn};
use crate::ledger::classes::{SOURCES, UNCLASSED, source_of};
use crate::ledger::event::{body, day_of, day_text};
use crate::ledger::{By, Expected, Move, Store};
use crate::pipeline::secret_file;

#[derive(Debug, Args)]
#[command(after_help = "Columns / 列 (Chinese or English header):
  编号 reference      the sender's own number; the same number again adds nothing
  事实 fact           what is said
  单位 unit           code, credit code or name (optional): certain ones are linked, likely ones wait for `ledger link`
  姓名 name           (optional, kept masked)
  身份证号 resident_id (optional, kept as a keyed hash)
  类别 class          a code of the classes (optional)
  级别 severity       S1 to S4 (optional, S3)
  收到日期 received_on YYYY-MM-DD (optional, --on)
  依据 legal_basis    (optional)
  存量或新增 origin   stock 存量 or new 新增 (optional)
  移送机关 from, 文号 document, 回复期限 reply_by   of what another authority passed on; needed with --source transfer_in

Example / 示例:
  hedui ledger import 举报登记.csv --source tip_off --by 张三")]
pub struct Import {
    /// CSV (UTF-8 or GB18030) or a workbook / 文件
    file: PathBuf,
    /// tip_off, audit, inspection, patrol, self_inspection, evaluation, random_check, transfer_in / 来源
    #[arg(long)]
    source: String,
    /// Rows that the file must have, as its sender says / 应有行数
    #[arg(long, value_name = "N")]
    rows: Option<usize>,
    #[command(flatten)]
    acting: Acting,
}

const HEADERS: &[Known] = &[
    ("reference", &["编号", "登记编号", "线索编号", "问题编号"]),
    ("fact", &["事实", "问题", "内容", "问题描述", "反映问题"]),
    ("unit", &["单位", "单位名称", "机构名称", "被反映单位", "机构编码"]),
    ("name", &["姓名", "人员姓名", "被反映人"]),
    ("resident_id", &["身份证号", "公民身份号码", "证件号码"]),
    ("class", &["类别", "问题类别"]),
    ("severity", &["级别", "严重程度"]),
    ("received_on", &["收到日期", "受理日期", "登记日期"]),
    ("legal_basis", &["依据", "法规依据"]),
    ("origin", &["存量或新增", "存量/新增"]),
    ("from", &["移送机关", "来函单位", "转来单位"]),
    ("document", &["移送文号", "来函文号", "文号"]),
    ("reply_by", &["回复期限", "应复日期"]),
];

pub fn import(session: &Session, ledger: &Ledger, a: &Import) -> Result<u8> {
    let by = by(&a.acting)?;
    let place = || Place::file(a.file.display().to_string());
    let Some(source) = source_of(&a.source).filter(|s| *s != "comparison") else {
        let known = SOURCES.iter().filter(|s| s.0 != "comparison").map(|s| (s.0, s.1)).collect();
        return Err(crate::ledger::unknown_code("source", &a.source, known));
    };
    if by.who.trim().is_empty() {
        return Err(super::refuse(
            "no-name",
            "未写明经办人,加 --by 姓名".to_owned(),
            "nobody is named; add --by NAME".to_owned(),
        ));
    }
    let table = table_file::read(&a.file)?;
    let published = !crate::publish::published_periods(&ledger.out)?.is_empty();
    let mut asking = published.then(|| Asking::open(&ledger.out, None)).transpose()?;
    let finder = asking.as_mut().map_or_else(|| Ok(Finder::empty()), Finder::read)?;
    let mut reader = Rows {
        ledger,
        by: &by,
        source,
        place: table.place(&a.file),
        finder,
        problems: Vec::new(),
        lost: Vec::new(),
        names: BTreeMap::new(),
    };
    let mut openings = reader.read(&table);
    reader.persons(asking.as_mut(), &mut openings)?;
    if a.rows.is_some_and(|n| n != openings.len()) {
        let (n, found) = (a.rows.unwrap_or_default(), openings.len());
        reader.problems.push(Problem::new(place(), "control-total", format!("{found} rows, but the sender says {n}")));
    }
    if !reader.problems.is_empty() {
        return Err(Fault::Inputs(reader.problems));
    }
    let lost = std::mem::take(&mut reader.lost);
    let doubtful: Vec<String> =
        openings.iter().filter(|(_, _, o)| !o.proposed.is_empty()).map(|(id, ..)| id.clone()).collect();
    let mut store = ledger.open_or_make()?;
    let (mut events, mut expected, mut known) = (Vec::new(), Vec::new(), 0);
    for (id, day, opening) in openings {
        if store.case(&id)?.is_some() {
            known += 1;
            continue;
        }
        expected.push(Expected { case: id.clone(), events: 0 });
        let on = By { day, ..by.clone() };
        let file = a.file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        events.push(on.event(&id, Move::Open, &file, body(&opening)?));
    }
    let added = events.len();
    if added > 0 {
        store.append(&events, &expected)?;
    }
    put(&session.language.pick(
        &format!("新立案 {added} 件,已在台账 {known} 件"),
        &format!("{added} cases opened, {known} were in the ledger already"),
    ));
    for line in lost {
        put(&session.language.pick(&format!("未找到单位:{line}"), &format!("unit not found: {line}")));
    }
    if !doubtful.is_empty() {
        let (n, list) = (doubtful.len(), doubtful.join(" "));
        put(&session.language.pick(
            &format!("{n} 件有待人工确认的单位或人员,用 hedui ledger link 查看、确认:{list}"),
            &format!("{n} with a unit or person to be confirmed by hedui ledger link: {list}"),
        ));
    }
    Ok(0)
}

struct Rows<'a> {
    ledger: &'a Ledger,
    by: &'a By,
    source: &'static str,
    place: Place,
    finder: Finder,
    problems: Vec<Problem>,
    /// Units that were not found, with their row.
    lost: Vec<String>,
    /// Case → the name that its row gives, for finding persons; it goes no further.
    names: BTreeMap<String, String>,
}

impl Rows<'_> {
    fn problem(&mut self, row: u32, code: &'static str, message: String) {
        self.problems.push(Problem::new(self.place.clone().row(row), code, message));
    }

    fn read(&mut self, table: &Table) -> Vec<(String, i32, Opening)> {
        let header = &table.header;
        let columns = table.find(HEADERS, &["reference", "fact"], &self.place, &mut self.problems);
        if !self.problems.is_empty() {
            return Vec::new();
        }
        let mut openings: Vec<(String, i32, Opening)> = Vec::new();
        let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
        for (row, record) in &table.rows {
            let row = *row;
            if record.len() != header.len() {
                self.problem(row, "cells", format!("{} cells under {} headers", record.len(), header.len()));
                continue;
            }
            if record.iter().all(String::is_empty) {
                continue;
            }
            let get = |name: &str| columns.get(name).and_then(|&i| record.get(i)).filter(|t| !t.is_empty()).cloned();
            if let Some(opening) = self.opening(row, &get) {
                if let Some(first) = numbers.insert(opening.0.clone(), row) {
                    self.problem(row, "duplicate", format!("the number of row {first} again"));
                }
                openings.push(opening);
            }
        }
        openings
    }

    fn opening(&mut self, row: u32, get: &dyn Fn(&str) -> Option<String>) -> Option<(String, i32, Opening)> {
        let before = self.problems.len();
        let reference = get("reference").unwrap_or_default();
        let fact = get("fact").unwrap_or_default();
        if reference.is_empty() || fact.is_empty() {
            self.problem(row, "empty", "a row needs its number and what it says".to_owned());
        }
        let severity = get("severity").unwrap_or_else(|| "S3".to_owned());
        if !["S1", "S2", "S3", "S4"].contains(&severity.as_str()) {
            self.problem(row, "severity", format!("{severity} is none of S1 to S4"));
        }
        let classes = &self.ledger.settings().classes;
        let class = match get("class") {
            None => UNCLASSED.to_owned(),
            Some(c) => match classes.list.iter().find(|k| k.code == c || k.zh == c) {
                Some(known) => known.code.clone(),
                None => {
                    self.problem(row, "class", format!("no class is called {c}"));
                    c
                }
            },
        };
        let day = match get("received_on").map(|t| (day_of(&t), t)) {
            None => self.by.day,
            Some((Some(day), _)) if day <= self.by.day => day,
            Some((_, text)) => {
                self.problem(row, "date", format!("{text} is no day up to {}", day_text(self.by.day)));
                self.by.day
            }
        };
        let origin = match get("origin").as_deref() {
            None => None,
            Some("存量" | "stock") => Some("stock".to_owned()),
            Some("新增" | "new") => Some("new".to_owned()),
            Some(other) => {
                self.problem(row, "origin", format!("{other} is neither 存量 (stock) nor 新增 (new)"));
                None
            }
        };
        let passed_on = self.passed_on(row, get);
        let unit = get("unit");
        let (mut found, mut proposed) = (None, Vec::new());
        match unit.as_deref().map(|u| (u, self.finder.unit(u))) {
            None => {}
            Some((_, Found::Certain { key, name, .. })) => found = Some((key, name)),
            Some((_, Found::Proposed(list))) => proposed = list,
            Some((text, Found::Nothing)) => self.lost.push(format!("{} {text}", self.place.clone().row(row))),
        }
        let person_key = get("resident_id").and_then(|id| self.person(row, &id));
        if self.problems.len() > before {
            return None;
        }
        let id = format!("{}-{reference}", self.source);
        let name = get("name");
        let fact = masked(&fact, name.as_deref());
        if let Some(name) = &name {
            self.names.insert(id.clone(), name.clone());
        }
        let opening = Opening {
            source: self.source.to_owned(),
            reference: Some(reference.clone()),
            class,
            severity,
            unit_key: found.as_ref().map(|f| f.0.clone()),
            unit_name: found.map(|f| f.1).or(unit),
            person_key,
            person_name: name.map(|n| person_name::mask(&n)),
            proposed,
            fact_zh: fact,
            legal_basis: get("legal_basis").unwrap_or_default(),
            origin,
            passed_on,
            due: Some(day_text(self.ledger.settings().check_by(day))),
            ..Opening::default()
        };
        Some((id, day, opening))
    }

    /// Persons by the key of a sound ID number; by their masked name at a unit that is certain they are proposed only.
    fn persons(&self, asking: Option<&mut Asking>, openings: &mut [(String, i32, Opening)]) -> Result<()> {
        let Some(asking) = asking else { return Ok(()) };
        let keys: Vec<String> = openings.iter().filter_map(|(_, _, o)| o.person_key.clone()).collect();
        let known = finder::persons_of(asking, &keys)?;
        for (id, _, opening) in openings {
            match (&opening.person_key, &opening.unit_key, self.names.get(id)) {
                (Some(key), ..) => opening.person_name = known.get(key).cloned().or(opening.person_name.take()),
                (None, Some(unit), Some(name)) => opening.proposed.extend(finder::persons_like(asking, unit, name)?),
                _ => {}
            }
        }
        Ok(())
    }

    /// Who passed it on, by which document, and by when an answer is asked for.
    fn passed_on(&mut self, row: u32, get: &dyn Fn(&str) -> Option<String>) -> Option<PassedOn> {
        let (from, document, asked) = (get("from"), get("document"), get("reply_by"));
        let reply_by = asked.as_deref().and_then(day_of);
        if asked.is_some() && reply_by.is_none() {
            self.problem(row, "date", format!("{} is no day", asked.clone().unwrap_or_default()));
        }
        if self.source == "transfer_in" && (from.is_none() || document.is_none()) {
            self.problem(row, "passed-on", "what was passed on needs 移送机关 (from) and 文号 (document)".to_owned());
        }
        let any = from.is_some() || document.is_some() || asked.is_some();
        any.then(|| PassedOn {
            from: from.unwrap_or_default(),
            document: document.unwrap_or_default(),
            reply_by: reply_by.map(day_text),
        })
    }

    fn person(&mut self, row: u32, id: &str) -> Option<String> {
        let reading = resident_id::read(id);
        let Some(sound) = reading.valid() else {
            self.problem(row, "resident-id", format!("the ID number is not sound ({})", reading.state()));
            return None;
        };
        match secret_file::load_or_make(&self.ledger.key_file) {
            Ok(secret) => Some(crate::resolve::person_key(&secret, sound)),
            Err(fault) => {
                self.problem(row, "key-file", fault.to_string());
                None
            }
        }
    }
}

/// A text with the row's own name, and whatever has the length of an ID number, masked.
fn masked(text: &str, name: Option<&str>) -> String {
    let text = match name.map(str::trim).filter(|n| n.chars().count() > 1) {
        Some(name) => text.replace(name, &person_name::mask(name)),
        None => text.to_owned(),
    };
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    let flush = |run: &mut String, out: &mut String| {
        if run.len() >= 15 {
            out.push_str(&run[..6]);
            out.extend(std::iter::repeat_n('*', run.len() - 10));
            out.push_str(&run[run.len() - 4..]);
        } else {
            out.push_str(run);
        }
        run.clear();
    };
    for c in text.chars() {
        if c.is_ascii_digit() || (matches!(c, 'X' | 'x') && !run.is_empty()) {
            run.push(c);
        } else {
            flush(&mut run, &mut out);
            out.push(c);
        }
    }
    flush(&mut run, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn a_row_s_own_name_and_numbers_like_ids_are_masked_in_its_text() {
        assert_eq!(
            masked("张三丰(身份证11010519491231002X)空挂,电话0378-1234567", Some("张三丰")),
            "张**(身份证110105********002X)空挂,电话0378-1234567"
        );
        assert_eq!(masked("编制10名", None), "编制10名");
    }
}
