//! Answers of rules as the cache keeps them: one entry a rule and month, with all that the answer rests on.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Cache;
use super::codec::{Reader, Writer};
use super::plan::{Plan, Subject};
use crate::detect::engine::{Answer, Cells, Rows};
use crate::detect::kept::{Keeper, Parts};
use crate::kernel::dates::Month;
use crate::pipeline::stages::Progress;

const KIND: &str = "rules";

/// Answers of one month's rules.
pub struct Answers<'a> {
    pub cache: &'a Cache,
    pub period: Month,
    /// Take nothing, keep all.
    pub full: bool,
    pub plan: &'a Plan,
    progress: &'a dyn Progress,
    ran: AtomicU64,
    of: AtomicU64,
}

impl<'a> Answers<'a> {
    #[must_use]
    pub fn new(cache: &'a Cache, period: Month, full: bool, plan: &'a Plan, progress: &'a dyn Progress) -> Self {
        Self { cache, period, full, plan, progress, ran: AtomicU64::new(0), of: AtomicU64::new(0) }
    }

    fn name(&self, rule: &str) -> String {
        format!("{} {rule}", self.period)
    }
}

impl Keeper for Answers<'_> {
    fn keeps(&self) -> bool {
        self.cache.keeps()
    }

    fn expect(&self, rules: usize) {
        self.of.store(rules as u64, Ordering::Relaxed);
    }

    fn ran(&self) {
        let ran = self.ran.fetch_add(1, Ordering::Relaxed) + 1;
        self.progress.done(ran, Some(self.of.load(Ordering::Relaxed)));
    }

    fn recall(&self, rule: &str, parts: &Parts) -> Option<Answer> {
        let again = |why: &str| {
            self.plan.note(Subject::Rule, rule, false, why);
            None
        };
        if self.full {
            return again("everything is asked for again");
        }
        let Some(bytes) = self.cache.get(KIND, &self.name(rule)) else { return again("not kept") };
        let mut reader = Reader(&bytes);
        let Some(before) = read_parts(&mut reader) else { return again("not kept") };
        if before != *parts {
            return again(&differences(&before, parts));
        }
        let Some(answer) = read_answer(&mut reader) else { return again("not kept") };
        self.cache.touch(KIND, &self.name(rule));
        self.plan.note(Subject::Rule, rule, true, "");
        Some(answer)
    }

    fn keep(&self, rule: &str, parts: &Parts, answer: &Answer) {
        let mut writer = Writer::default();
        writer.list(parts.iter(), |w, (name, digest)| {
            w.text(name);
            w.text(digest);
        });
        write_answer(&mut writer, answer);
        self.cache.put(KIND, &self.name(rule), &writer.0);
    }
}

/// What differs, shortly: `payroll changed (gross, net_pay)`.
fn differences(before: &Parts, now: &Parts) -> String {
    let mut names: Vec<&str> = now.iter().filter(|(n, d)| before.get(*n) != Some(d)).map(|(n, _)| n.as_str()).collect();
    names.extend(before.keys().filter(|n| !now.contains_key(*n)).map(String::as_str));
    let mut said: Vec<(String, Vec<&str>)> = Vec::new();
    for name in names {
        let (table, column) = name.split_once('.').unwrap_or((name, ""));
        let at = said.iter().position(|(t, _)| t == table).unwrap_or_else(|| {
            said.push((table.to_owned(), Vec::new()));
            said.len() - 1
        });
        if !column.is_empty() {
            said[at].1.push(column);
        }
    }
    let one = |(table, columns): &(String, Vec<&str>)| match columns.as_slice() {
        [] => format!("{table} changed"),
        few if few.len() <= 3 => format!("{table} changed ({})", few.join(", ")),
        [first, second, rest @ ..] => format!("{table} changed ({first}, {second} and {} more columns)", rest.len()),
        _ => format!("{table} changed"),
    };
    said.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn read_parts(reader: &mut Reader<'_>) -> Option<Parts> {
    let pairs = reader.list(|r| Some((r.text()?.to_owned(), r.text()?.to_owned())))?;
    Some(pairs.into_iter().collect())
}

fn write_answer(writer: &mut Writer, answer: &Answer) {
    write_rows(writer, &answer.rows);
    writer.list(answer.without.iter(), |w, rows| {
        w.byte(u8::from(rows.is_some()));
        if let Some(rows) = rows {
            write_rows(w, rows);
        }
    });
}

fn read_answer(reader: &mut Reader<'_>) -> Option<Answer> {
    let rows = read_rows(reader)?;
    let without = reader.list(|r| match r.byte()? {
        0 => Some(None),
        _ => read_rows(r).map(Some),
    })?;
    Some(Answer { rows, without })
}

fn write_rows(writer: &mut Writer, rows: &Rows) {
    writer.list(rows.columns.iter(), |w, (name, cells)| {
        w.text(name);
        write_cells(w, cells);
    });
}

fn read_rows(reader: &mut Reader<'_>) -> Option<Rows> {
    Some(Rows { columns: reader.list(|r| Some((r.text()?.to_owned(), read_cells(r)?)))? })
}

fn write_cells(writer: &mut Writer, cells: &Cells) {
    let number = |w: &mut Writer, v: Option<u64>| {
        w.byte(u8::from(v.is_some()));
        w.number(v.unwrap_or(0));
    };
    match cells {
        Cells::Null(n) => {
            writer.byte(0);
            writer.number(*n as u64);
        }
        Cells::Text(v) => {
            writer.byte(1);
            writer.list(v.iter(), |w, v| w.optional(v.as_deref()));
        }
        Cells::Integer(v) => {
            writer.byte(2);
            writer.list(v.iter(), |w, v| number(w, v.map(i64::cast_unsigned)));
        }
        Cells::Float(v) => {
            writer.byte(3);
            writer.list(v.iter(), |w, v| number(w, v.map(f64::to_bits)));
        }
        Cells::Money(v) => {
            writer.byte(4);
            writer.list(v.iter(), |w, v| number(w, v.map(i64::cast_unsigned)));
        }
        Cells::Date(v) => {
            writer.byte(5);
            writer.list(v.iter(), |w, v| number(w, v.map(|d| i64::from(d).cast_unsigned())));
        }
        Cells::Bool(v) => {
            writer.byte(6);
            writer.list(v.iter(), |w, v| number(w, v.map(u64::from)));
        }
    }
}

fn read_cells(reader: &mut Reader<'_>) -> Option<Cells> {
    let number = |r: &mut Reader<'_>| {
        let there = r.byte()? != 0;
        let value = r.number()?;
        Some(there.then_some(value))
    };
    let integers = |r: &mut Reader<'_>| r.list(|r| Some(number(r)?.map(u64::cast_signed)));
    Some(match reader.byte()? {
        0 => Cells::Null(reader.length()?),
        1 => Cells::Text(reader.list(|r| Some(r.optional()?.map(str::to_owned)))?),
        2 => Cells::Integer(integers(reader)?),
        3 => Cells::Float(reader.list(|r| Some(number(r)?.map(f64::from_bits)))?),
        4 => Cells::Money(integers(reader)?),
        5 => Cells::Date(integers(reader)?.into_iter().map(|v| v.and_then(|d| i32::try_from(d).ok())).collect()),
        6 => Cells::Bool(reader.list(|r| Some(number(r)?.map(|b| b != 0)))?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::secret::Secret;

    fn answer() -> Answer {
        let text = |t: &str| Some(t.to_owned());
        let rows = Rows {
            columns: vec![
                ("nothing".to_owned(), Cells::Null(2)),
                ("name".to_owned(), Cells::Text(vec![text("甲"), None])),
                ("n".to_owned(), Cells::Integer(vec![Some(i64::MIN), None])),
                ("x".to_owned(), Cells::Float(vec![Some(0.1), None])),
                ("yuan".to_owned(), Cells::Money(vec![Some(-5), None])),
                ("day".to_owned(), Cells::Date(vec![Some(-1), None])),
                ("yes".to_owned(), Cells::Bool(vec![Some(false), None])),
            ],
        };
        Answer { without: vec![None, Some(rows.clone()), Some(Rows::default())], rows }
    }

    fn parts(list: &[(&str, &str)]) -> Parts {
        list.iter().map(|(n, d)| ((*n).to_owned(), (*d).to_owned())).collect()
    }

    #[test]
    fn an_answer_comes_back_for_the_same_parts_only_and_what_changed_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::open(folder.path(), &Secret::new(b"one"), 1 << 20);
        let plan = Plan::default();
        let answers =
            |month: i32, full: bool| Answers::new(&cache, Month(month), full, &plan, &crate::pipeline::stages::Silent);
        let before = parts(&[("rule text", "a"), ("payroll.gross", "b"), ("payroll", "3")]);
        answers(24_321, false).keep("P01", &before, &answer());
        assert_eq!(answers(24_321, false).recall("P01", &before), Some(answer()));
        assert_eq!(answers(24_321, true).recall("P01", &before), None, "asked for again");
        assert_eq!(answers(24_320, false).recall("P01", &before), None, "another month");
        let now = parts(&[("rule text", "a"), ("payroll.gross", "c"), ("payroll", "3")]);
        assert_eq!(answers(24_321, false).recall("P01", &now), None);
        assert_eq!(differences(&before, &now), "payroll changed (gross)");
        let text = parts(&[("rule text", "x"), ("payroll.gross", "b"), ("payroll", "3")]);
        assert_eq!(differences(&before, &text), "rule text changed");
    }

    #[test]
    fn half_an_answer_is_none() {
        let mut writer = Writer::default();
        write_answer(&mut writer, &answer());
        assert_eq!(read_answer(&mut Reader(&writer.0)), Some(answer()));
        for n in 0..writer.0.len() {
            assert_eq!(read_answer(&mut Reader(&writer.0[..n])), None, "{n} bytes");
        }
    }
}
