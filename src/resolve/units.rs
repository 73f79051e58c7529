//! Which rows are the same unit: the register of units first, then units that only other sources know.

use std::sync::OnceLock;

use indexmap::IndexMap;
use rayon::prelude::*;

use super::hash::FastMap;
use super::model::{self, LevelId, UNIT_REGISTERED, rounded};
use super::persons::Linked;
use super::unit_levels::{UnitLevels, credit_level, method};
use super::unit_places::Places;
use super::unit_records::{Role, UnitRecord, UnitRecords};
use super::unit_spine::{Spine, unit_key};
use super::unit_staff::{self, Enrolments, Voter, Votes};
use super::values::{NONE, PersonValues};
use super::weigh::prior;
use super::{Decision, EvidenceLine, Link, ResolveContext, Rows, Unit, UnitOf};

/// Units and where every row of every unit table belongs.
#[derive(Debug, Default)]
pub(super) struct UnitsFound {
    pub units: Vec<Unit>,
    pub unit_of: IndexMap<String, Rows<UnitOf>>,
    pub links: Vec<Link>,
    /// Unit → its number in the register of units; `NONE` for others.
    pub spine_of: Vec<u32>,
    /// Units as persons are linked by: those of the register first, so that a unit found besides changes no number of theirs.
    pub places: Places,
}

/// What a record turned out to be.
#[derive(Debug, Clone)]
struct Verdict {
    unit: u32,
    decision: Decision,
    method: &'static str,
    probability: f64,
    levels: UnitLevels,
    bits: [f64; 4],
    rival: f64,
}

pub(super) struct Matcher<'a> {
    pub records: &'a UnitRecords<'a>,
    pub spine: Spine,
    context: &'a ResolveContext,
    prior: f64,
    /// log2 of the number of register units, which `Spine` levels add.
    pub breadth: f64,
    /// (table, unit): source tables that list a unit under its own name.
    pub named: FastMap<(u16, u32), ()>,
    /// Record → units that its own codes and names bring, and how the names stand to each other; found when first asked for.
    brought: Vec<OnceLock<Vec<(u32, LevelId)>>>,
    /// Name → units with names like it, found when first asked for: several tables write a unit the same way.
    alike: Vec<OnceLock<Vec<u32>>>,
}

/// Unit records and what they turned out to be, so far.
pub(super) struct Matching<'a> {
    matcher: Matcher<'a>,
    verdicts: Vec<Option<Verdict>>,
    /// What was said of each record's staff when it was last weighed, and what came of it.
    weighed: FastMap<u32, (Votes, Option<Verdict>)>,
}

impl<'a> Matching<'a> {
    /// Links the records of all tables by codes, names, and the staff whose IDs or names leave no doubt.
    pub(super) fn first(
        (records, spine): (&'a UnitRecords<'a>, Spine),
        values: &PersonValues<'_>,
        context: &'a ResolveContext,
    ) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "counts of units are far below 2^52")]
        let size = spine.units.len().max(1) as f64;
        let (prior, breadth) = (prior(UNIT_REGISTERED, size), rounded(size.log2()));
        let brought = records.list.iter().map(|_| OnceLock::new()).collect();
        let alike = records.names.list.iter().map(|_| OnceLock::new()).collect();
        let mut matcher =
            Matcher { records, spine, context, prior, breadth, named: FastMap::default(), brought, alike };
        let plain = matcher.first_look();
        let sources = records.list.iter().zip(&plain).filter(|(r, _)| r.role == Role::Source);
        matcher.named = sources.filter_map(|(r, v)| v.as_ref().map(|v| ((r.table, v.unit), ()))).collect();
        let mut matching = Self { matcher, verdicts: Vec::new(), weighed: FastMap::default() };
        matching.verdicts = matching.judged(plain, values, &|_, _| Enrolments::default());
        matching
    }

    /// `verdicts`: what codes and names settle without asking anybody.
    fn judged(
        &mut self,
        mut verdicts: Vec<Option<Verdict>>,
        values: &PersonValues<'_>,
        person: &Voter<'_>,
    ) -> Vec<Option<Verdict>> {
        self.matcher.second_look(&mut verdicts, values, person, &mut self.weighed);
        self.matcher.third_look(&mut verdicts);
        verdicts
    }

    /// Asks the persons found, those of repaired and likely links too, where they are enrolled; answers whether any unit
    /// is another now.
    pub(super) fn again(&mut self, values: &PersonValues<'_>, persons: &Linked<'_>) -> bool {
        let tables: FastMap<&str, usize> = values.tables.iter().enumerate().map(|(i, t)| (t.name, i)).collect();
        let person = |table: &str, row: usize| {
            let person = tables.get(table).and_then(|&table| persons.person_of(table, row));
            person.map_or_else(Enrolments::default, |p| persons.enrolled(p))
        };
        let known = |all: &[Option<Verdict>]| -> Vec<Option<u32>> {
            linked(all).into_iter().map(|l| l.map(|(unit, _, _)| unit)).collect()
        };
        let before = known(&self.verdicts);
        self.verdicts = Vec::new();
        // Worked out again: it is soon done, and kept it would take as much room as all verdicts.
        self.verdicts = self.judged(self.matcher.first_look(), values, &person);
        known(&self.verdicts) != before
    }

    /// Lets go of what was kept for further rounds.
    pub(super) fn forget(&mut self) {
        self.weighed = FastMap::default();
        (self.matcher.brought, self.matcher.alike) = (Vec::new(), Vec::new());
    }

    /// Links and near misses worth publishing, as things stand.
    pub(super) fn links(&self) -> Vec<Link> {
        self.matcher.links(&self.verdicts)
    }

    /// Units and their rows as things stand; links are asked for apart, once.
    pub(super) fn found(&self) -> UnitsFound {
        super::unit_outside::gather(
            self.matcher.records,
            &self.matcher.spine,
            &linked(&self.verdicts),
            &outside_chance(&self.verdicts),
        )
    }
}

/// Per record: spine unit, method, probability where linked.
fn linked(verdicts: &[Option<Verdict>]) -> Vec<Option<(u32, &'static str, f64)>> {
    let sure = |v: &Verdict| (v.decision == Decision::Linked).then_some((v.unit, v.method, v.probability));
    verdicts.iter().map(|v| v.as_ref().and_then(sure)).collect()
}

/// Per record: how surely it is none of the register's units.
fn outside_chance(verdicts: &[Option<Verdict>]) -> Vec<f64> {
    let chance = |v: &Option<Verdict>| v.as_ref().map_or(0.9999, |v| 1.0 - v.probability);
    verdicts.iter().map(chance).collect()
}

impl Matcher<'_> {
    /// Codes and names that leave no doubt.
    fn first_look(&self) -> Vec<Option<Verdict>> {
        let mut of_register: FastMap<u32, u32> = FastMap::default();
        for (number, unit) in (0..).zip(&self.spine.units) {
            of_register.extend(unit.records.iter().map(|&r| (r, number)));
        }
        let look = |(number, record): (usize, &UnitRecord)| {
            let number = u32::try_from(number).unwrap_or(NONE);
            if let Some(&unit) = of_register.get(&number) {
                return Some(self.certain(unit, "register", LevelId::CodeSame, LevelId::OrgFolded));
            }
            self.plain(record)
        };
        self.records.list.par_iter().enumerate().map(look).collect()
    }

    fn certain(&self, unit: u32, method: &'static str, code: LevelId, name: LevelId) -> Verdict {
        let levels = [LevelId::CreditUnknown, code, name, LevelId::StaffUnknown];
        Verdict {
            unit,
            decision: Decision::Linked,
            method,
            probability: 0.9999,
            levels,
            bits: levels.map(|l| self.bits(l)),
            rival: 0.0,
        }
    }

    /// A register code in a table that uses them, with a name that does not object; or the one unit of that very name.
    fn plain(&self, record: &UnitRecord) -> Option<Verdict> {
        let units = &self.spine.units;
        if matches!(record.role, Role::Reference | Role::Alias)
            && let Some(unit) = record.code.as_deref().and_then(|c| self.spine.of_code(c))
        {
            let (level, _) = self.name_level(record, &units[unit as usize]);
            let agrees = level == LevelId::OrgUnknown || level <= LevelId::OrgBracket && level >= LevelId::OrgFolded;
            return agrees.then(|| self.certain(unit, "unit-code", LevelId::CodeSame, level));
        }
        let folded = self.records.names.folded(record.name);
        let &[unit] = self.spine.of_name(folded) else { return None };
        let found = &units[unit as usize];
        let by_own_name = self.records.names.folded(found.name) == folded;
        let credit = credit_level(record, found);
        (by_own_name && credit != LevelId::CreditDiffers && !self.forbidden(record, unit)).then(|| {
            let mut verdict = self.certain(unit, "name", LevelId::CodeUnknown, LevelId::OrgFolded);
            verdict.levels[0] = credit;
            verdict.bits[0] = self.bits(credit);
            if credit == LevelId::CreditSame {
                verdict.method = "credit-code";
            }
            verdict
        })
    }

    /// Everything else, with what the staff say.
    fn second_look(
        &self,
        verdicts: &mut [Option<Verdict>],
        values: &PersonValues<'_>,
        person: &Voter<'_>,
        weighed: &mut FastMap<u32, (Votes, Option<Verdict>)>,
    ) {
        let table_number: FastMap<&str, usize> =
            self.records.tables.iter().enumerate().map(|(i, t)| (t.0, i)).collect();
        let record_of = |table: &str| {
            let rows = table_number.get(table).map(|&t| &self.records.of_row[t]);
            move |row: usize| rows.map_or(NONE, |r| r[row])
        };
        let votes = {
            let units: Vec<u32> = verdicts.iter().map(|v| v.as_ref().map_or(NONE, |v| v.unit)).collect();
            let known = |table: &str| {
                let (record_of, units) = (record_of(table), &units);
                move |row: usize| units.get(record_of(row) as usize).copied().unwrap_or(NONE)
            };
            let open = |table: &str| {
                let (record_of, units) = (record_of(table), &units);
                move |row: usize| {
                    let record = record_of(row);
                    if units.get(record as usize) == Some(&NONE) { record } else { NONE }
                }
            };
            unit_staff::votes(values, known, open, person)
        };
        let none = Votes::default();
        let found: Vec<(u32, Votes, Option<Verdict>)> = (0..self.records.list.len())
            .into_par_iter()
            .filter(|&i| verdicts[i].is_none() && self.records.list[i].says_something())
            .map(|i| {
                let number = u32::try_from(i).unwrap_or(NONE);
                let votes = votes.get(&number).unwrap_or(&none);
                // Names do not change between rounds: only other votes can change a verdict.
                let known = weighed.get(&number).filter(|(before, _)| before == votes);
                let verdict = known.map(|(_, verdict)| verdict.clone());
                (number, votes.clone(), verdict.unwrap_or_else(|| self.judge(i, votes, None)))
            })
            .collect();
        for (number, votes, verdict) in found {
            verdicts[number as usize].clone_from(&verdict);
            weighed.insert(number, (votes, verdict));
        }
    }

    /// A source's own codes: rows of one code are one unit, so a code that is known by some rows tells of the others.
    fn third_look(&self, verdicts: &mut [Option<Verdict>]) {
        let mut meaning: FastMap<(u16, &str), u32> = FastMap::default();
        for (record, verdict) in self.records.list.iter().zip(verdicts.iter()) {
            if let (Role::Source, Some(code), Some(v)) = (record.role, record.code.as_deref(), verdict)
                && v.decision == Decision::Linked
            {
                let entry = meaning.entry((record.table, code)).or_insert(v.unit);
                if *entry != v.unit {
                    *entry = NONE;
                }
            }
        }
        let found: Vec<(usize, Option<Verdict>)> = (0..self.records.list.len())
            .into_par_iter()
            .filter_map(|i| {
                let record = &self.records.list[i];
                let open = verdicts[i].as_ref().is_none_or(|v| v.decision != Decision::Linked);
                let code = record.code.as_deref().filter(|_| open && record.role == Role::Source)?;
                let unit = *meaning.get(&(record.table, code)).filter(|&&u| u != NONE)?;
                Some((i, self.judge(i, &Votes::default(), Some(unit))))
            })
            .collect();
        for (i, verdict) in found {
            let better = |v: &Verdict| verdicts[i].as_ref().is_none_or(|old| v.probability > old.probability);
            if verdict.as_ref().is_some_and(better) {
                verdicts[i] = verdict;
            }
        }
    }

    fn forbidden(&self, record: &UnitRecord, unit: u32) -> bool {
        self.judged(record, unit) == Some(false)
    }

    /// What people have said of this record and this unit.
    fn judged(&self, record: &UnitRecord, unit: u32) -> Option<bool> {
        let judgements = &self.context.judgements.units;
        if judgements.is_empty() {
            return None;
        }
        let own = unit_key(None, record.credit.valid(), self.records.names.folded(record.name));
        let spine = &self.spine.units[unit as usize].key;
        let said = |a: &str, b: &str| judgements.get(&(a.to_owned(), b.to_owned())).copied();
        said(&own, spine).or_else(|| said(spine, &own))
    }

    /// Weighs a record against all its candidates.
    fn judge(&self, number: usize, votes: &Votes, learned: Option<u32>) -> Option<Verdict> {
        let record = &self.records.list[number];
        let mut weighed: Vec<(f64, u32, UnitLevels, [f64; 4])> = self
            .candidates(number, votes, learned)
            .into_iter()
            .map(|(unit, name)| {
                let levels = self.levels(record, (unit, name), votes, learned);
                let bits = levels.map(|l| self.bits(l));
                let told = match self.judged(record, unit) {
                    Some(true) => 100.0,
                    Some(false) => -100.0,
                    None => 0.0,
                };
                (self.prior + bits.iter().sum::<f64>() + told, unit, levels, bits)
            })
            .collect();
        weighed.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| self.key(a.1).cmp(self.key(b.1))));
        let best = *weighed.first()?;
        let top = best.0.max(0.0);
        let all = (-top).exp2() + weighed.iter().map(|w| (w.0 - top).exp2()).sum::<f64>();
        let chance = |w: f64| model::round_probability((w - top).exp2() / all);
        let (probability, second) = (chance(best.0), weighed.get(1).map_or(0.0, |w| chance(w.0)));
        let thresholds = self.context.thresholds;
        let decision = match () {
            () if probability >= thresholds.link && probability - second >= thresholds.margin => Decision::Linked,
            () if probability + second >= thresholds.link && probability - second < 0.5 => Decision::Unresolved,
            () if probability >= thresholds.review => Decision::NearMiss,
            () => return None,
        };
        let probability = probability.min(0.9999);
        let method = method(&best.2);
        Some(Verdict { unit: best.1, decision, method, probability, levels: best.2, bits: best.3, rival: second })
    }

    fn key(&self, unit: u32) -> &str {
        &self.spine.units[unit as usize].key
    }

    /// Units that a record may be, and how the names stand to each other.
    fn candidates(&self, number: usize, votes: &Votes, learned: Option<u32>) -> Vec<(u32, LevelId)> {
        let record = &self.records.list[number];
        let mut found = self.brought[number].get_or_init(|| self.bring(record)).clone();
        for unit in learned.into_iter().chain(votes.leading()) {
            if found.iter().all(|f| f.0 != unit) {
                found.push((unit, self.name_level(record, &self.spine.units[unit as usize]).0));
            }
        }
        found
    }

    fn bring(&self, record: &UnitRecord) -> Vec<(u32, LevelId)> {
        let mut found: Vec<u32> = Vec::new();
        found.extend(record.code.as_deref().and_then(|c| self.spine.of_code(c)));
        if let Some(credit) = record.credit.valid() {
            found.extend(self.spine.by_credit.get(credit).into_iter().flatten());
        }
        for &name in std::iter::once(&record.name).chain(&record.others) {
            if let Some(parsed) = self.records.names.get(name) {
                found.extend(self.spine.of_name(&parsed.folded));
                found.extend(self.alike[name as usize].get_or_init(|| self.spine.alike(parsed)));
            }
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|unit| (unit, self.name_level(record, &self.spine.units[unit as usize]).0)).collect()
    }

    /// Links and near misses worth publishing: all but the register's own rows and plain codes with agreeing names.
    fn links(&self, verdicts: &[Option<Verdict>]) -> Vec<Link> {
        let link = |(record, verdict): (&UnitRecord, &Option<Verdict>)| {
            let v = verdict.as_ref()?;
            let plain_code = v.method == "unit-code" && v.probability >= 0.9999 && v.levels[2] <= LevelId::OrgUnknown;
            (v.method != "register" && !plain_code).then(|| self.link_of(record, v))
        };
        self.records.list.par_iter().zip(verdicts).filter_map(link).collect()
    }

    fn link_of(&self, record: &UnitRecord, v: &Verdict) -> Link {
        let unit = &self.spine.units[v.unit as usize];
        let register = &self.records.list[unit.record as usize];
        let name_of = |n: u32| self.records.names.get(n).map(|o| o.folded.clone());
        let shown: [(Option<String>, Option<String>); 4] = [
            (Some(unit.credit_text.clone()), Some(record.credit.text().to_owned())),
            (unit.code.clone(), record.code.clone()),
            (name_of(self.name_level(record, unit).1).or_else(|| name_of(unit.name)), name_of(record.name)),
            (None, None),
        ];
        let lines = v.levels.iter().zip(v.bits).zip(shown);
        let evidence = lines.map(|((level, weight), (left, right))| EvidenceLine {
            comparison: level.level().comparison,
            left: left.filter(|t| !t.is_empty()),
            right: right.filter(|t| !t.is_empty()),
            level: level.level().slug,
            weight,
        });
        let left = self.records.tables[register.table as usize];
        let right = self.records.tables[record.table as usize];
        let own = unit_key(None, record.credit.valid(), self.records.names.folded(record.name));
        Link {
            keys: (unit.key.clone(), own),
            left: super::end(left.0, left.1, register.row),
            right: super::end(right.0, right.1, record.row),
            method: v.method,
            decision: v.decision,
            prior: self.prior,
            evidence: evidence.collect(),
            weight: self.prior + v.bits.iter().sum::<f64>(),
            probability: v.probability,
            rival: v.rival,
            threshold: self.context.thresholds.link,
        }
    }
}
