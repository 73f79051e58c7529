//! One pair that somebody asks about: weighed again as the run weighed it, with the reason why it is or is not a link.

use super::block::{self};
use super::block_notes::KINDS;
use super::candidates::Candidate;
use super::entities::link_of;
use super::model::{DUPLICATE, LevelId, RECURS, probability};
use super::persons::{Found, Linker};
use super::records::Records;
use super::register::{self, RegisterPersons};
use super::values::{NONE, PersonValues};
use super::weigh::{Circumstances, Scale, UnitSizes, prior};
use super::{Decision, Link, outside};
use crate::table::Table;

/// A row as somebody names it: `payroll:2026-10/payroll.csv:12`, or `payroll:12` where the table has one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowName {
    pub table: String,
    /// The end of the file's path; empty for any.
    pub file: String,
    /// As the spreadsheet shows it, from 1.
    pub row: u32,
}

impl RowName {
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (table, rest) = text.split_once(':')?;
        let (file, row) = rest.rsplit_once(':').unwrap_or(("", rest));
        Some(Self { table: table.to_owned(), file: file.to_owned(), row: row.trim().parse().ok()? })
    }

    /// The row's number in the table; `Err` says how many rows the name fits.
    ///
    /// # Errors
    /// When it fits no row or several.
    pub fn find(&self, table: &Table) -> Result<usize, usize> {
        let origin = &table.origin;
        let ends = |file: &str| file == self.file || file.ends_with(&format!("/{}", self.file)) || self.file.is_empty();
        let fits: Vec<bool> = origin.files.iter().map(|f| ends(f)).collect();
        let rows: Vec<usize> =
            (0..table.len()).filter(|&i| origin.row[i] == self.row && fits[origin.file[i] as usize]).collect();
        if let [row] = rows[..] { Ok(row) } else { Err(rows.len()) }
    }
}

/// The two records asked about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Watch {
    records: [u32; 2],
}

/// The pair as its table's pass weighed it.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    pub kept: u32,
    pub right: u32,
    pub candidate: Candidate,
    /// Whether the two came together by a key.
    pub brought: bool,
    pub grounds: bool,
    /// Units the right record was sought in.
    pub units: Vec<u32>,
}

impl Watch {
    pub(super) fn of(values: &PersonValues<'_>, records: &Records, rows: [(usize, usize); 2]) -> Self {
        let mut found = rows.map(|(table, row)| (records.of_row[table][row], values.tables[table].register));
        found.sort_by_key(|(record, register)| (!register, *record));
        Self { records: found.map(|f| f.0) }
    }
    /// Register record and source record, where the source is this table.
    pub(super) fn in_table(self, values: &PersonValues<'_>, records: &Records, table: usize) -> Option<(u32, u32)> {
        let [kept, right] = self.records;
        let of = |r: u32| usize::from(records.list[r as usize].table);
        (values.tables[of(kept)].register && !values.tables[of(right)].register && of(right) == table)
            .then_some((kept, right))
    }
}

impl Linker<'_> {
    /// A pair of two rows of the register, or of two other sources: weighed here, where nobody else has.
    pub(super) fn watch_the_rest(&mut self, scale: &Scale<'_>, sizes: &UnitSizes) {
        let Some(Watch { records: [kept, right] }) = self.watch.filter(|_| self.watched.is_none()) else { return };
        let (a, b) = (&self.records.list[kept as usize], &self.records.list[right as usize]);
        let of_register =
            self.values.tables[a.table as usize].register && self.values.tables[b.table as usize].register;
        let silent = (LevelId::PlaceUnknown, 0.0);
        #[expect(clippy::cast_precision_loss, reason = "counts of records are far below 2^52")]
        let size = self.records.list.len() as f64;
        let (facts, base) = if of_register {
            let unit = register::same_unit_or_not(a, b);
            (Circumstances { unit, account: LevelId::AccountUnknown, place: silent }, prior(DUPLICATE, size))
        } else {
            (outside::circumstances(a, b, sizes), prior(RECURS, size))
        };
        let weighed = scale.weigh(b, a, facts);
        let grounds = if of_register { register::has_grounds(&weighed) } else { outside::has_grounds(&weighed, b) };
        let candidate = Candidate { person: NONE, record: kept, weighed, total: base + weighed.total(), prior: base };
        let brought = !block::shared(self.values, b, a, std::iter::once(b.unit)).is_empty();
        self.watched = Some(Watched { kept, right, candidate, brought, grounds, units: vec![b.unit] });
    }
}

/// Why a pair is, or is not, a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The run holds both rows to be one person.
    Same,
    /// Two valid IDs that differ are two people.
    TwoIds,
    /// The right row's valid ID is somebody else's in the register.
    IdOfAnother,
    /// No key brought them together.
    NoKey,
    /// Only keys shared by very many did, and no second field agreed.
    Crowded,
    /// Weighed, and too light.
    Light,
    /// Heavy enough, but nothing besides the name speaks for it.
    NoGrounds,
    /// Heavy enough, but another candidate is as good or better.
    Rival,
}

/// A pair asked about.
#[derive(Debug, Clone)]
pub struct PairReport {
    pub why: Why,
    /// The pair weighed, with the weights of that source.
    pub link: Link,
    /// Kinds of key: slug, Chinese, English, whether left has such keys, whether right has, whether they share one.
    pub keys: Vec<(&'static str, &'static str, &'static str, bool, bool, bool)>,
    /// What the right row was paired with besides, the likeliest first.
    pub others: Vec<Link>,
}

/// The report on the pair that the linker watched.
pub(super) fn report(linker: &Linker<'_>, register: &RegisterPersons) -> Option<PairReport> {
    let watched = linker.watched.as_ref()?;
    let (kept, right) = (watched.kept, watched.right);
    let (a, b) = (&linker.records.list[kept as usize], &linker.records.list[right as usize]);
    let person = |r: u32| linker.belongs[r as usize].person;
    let mut others: Vec<&Found> = linker.found.iter().filter(|f| f.right == right && f.left != kept).collect();
    others.sort_by(|x, y| y.probability.total_cmp(&x.probability).then(x.left.cmp(&y.left)));
    others.truncate(3);
    let shared = block::shared(linker.values, b, a, watched.units.iter().copied());
    let same = person(kept) != NONE && person(kept) == person(right);
    let weight = watched.candidate.total;
    let chance = probability(weight);
    let light = chance < linker.context.thresholds.link;
    let why = match () {
        () if same => Why::Same,
        () if a.id != 0 && b.id != 0 && a.id != b.id => Why::TwoIds,
        () if shared.is_empty() && !watched.brought => Why::NoKey,
        () if b.id != 0 && linker.belongs[right as usize].grade == 'A' => Why::IdOfAnother,
        () if light => Why::Light,
        () if !watched.brought => Why::Crowded,
        () if !watched.grounds => Why::NoGrounds,
        () => Why::Rival,
    };
    let found = Found {
        left: kept,
        right,
        method: if same { "linked" } else { "not-linked" },
        decision: if same { Decision::Linked } else { Decision::NearMiss },
        prior: watched.candidate.prior,
        weighed: watched.candidate.weighed,
        probability: chance,
        rival: others.first().map_or(0.0, |f| f.probability),
    };
    let (left_has, right_has) = (block::kinds_of(linker.values, a), block::kinds_of(linker.values, b));
    let keys = (1_u64..).zip(&KINDS[1..12]).map(|(kind, &(slug, zh, en))| {
        (slug, zh, en, left_has.contains(&kind), right_has.contains(&kind), shared.contains(&kind))
    });
    Some(PairReport {
        why,
        link: link_of(linker, register, &found),
        keys: keys.collect(),
        others: others.into_iter().map(|f| link_of(linker, register, f)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_named_by_table_file_and_row() {
        let name = |t: &str, f: &str, row| RowName { table: t.to_owned(), file: f.to_owned(), row };
        assert_eq!(RowName::parse("payroll:2026-10/payroll.csv:12"), Some(name("payroll", "2026-10/payroll.csv", 12)));
        assert_eq!(RowName::parse("hr_staff:7"), Some(name("hr_staff", "", 7)));
        assert_eq!(RowName::parse("hr_staff"), None);
        assert_eq!(RowName::parse("hr_staff:x"), None);
    }
}
