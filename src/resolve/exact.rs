//! What the sound IDs of a source settle, and what they teach about the rest of it.

use rayon::prelude::*;

use super::Decision;
use super::compare;
use super::estimate::LevelCounts;
use super::model::{ENROLLED, EXACT_MAX, EXACT_OTHER_NAME, LevelId, probability};
use super::persons::{Belongs, Found, Linker};
use super::register::RegisterPersons;
use super::residual::SourceFacts;
use super::values::NONE;
use super::weigh::{self, Circumstances, Crosswalk, PlaceBits, Scale, UnitMemory, UnitSizes};

/// A table whose sound IDs are settled.
pub(super) struct Settling {
    /// Record and register person of each sound ID that the register knows.
    pub exact: Vec<(u32, u32)>,
    /// How names, birth dates and sexes stood to each other in them.
    pub certain: LevelCounts,
    pub facts: SourceFacts,
    /// Records still to be sought.
    pub open: Vec<u32>,
}

impl Linker<'_> {
    pub(super) fn settle_exact(
        &mut self,
        table: usize,
        register: &RegisterPersons,
        scale: &Scale<'_>,
        sizes: &UnitSizes,
    ) -> Settling {
        let numbers: Vec<u32> = self.records.ranges[table].clone().map(|i| u32::try_from(i).unwrap_or(NONE)).collect();
        let exact: Vec<(u32, u32)> = numbers
            .par_iter()
            .filter_map(|&i| register.holder(self.record(i).number).map(|person| (i, person)))
            .collect();
        let facts = self.learn(table, &numbers, &exact, register);
        let certain = self.enter_exact(&exact, register, scale, sizes, &facts);
        let open: Vec<u32> = numbers.into_iter().filter(|&i| self.is_open(i)).collect();
        Settling { exact, certain, facts, open }
    }

    /// Enters the records whose ID the register knows; answers how name, birth and sex stood to each other in them.
    fn enter_exact(
        &mut self,
        exact: &[(u32, u32)],
        register: &RegisterPersons,
        scale: &Scale<'_>,
        sizes: &UnitSizes,
        facts: &SourceFacts,
    ) -> LevelCounts {
        let prior = weigh::prior(facts.enrolled, f64::from(u32::try_from(register.len()).unwrap_or(1)));
        // In chunks: few links are worth publishing, and a list with room for all would be the largest of all.
        let judge = |chunk: &[(u32, u32)]| {
            let mut counts = LevelCounts::default();
            let (mut found, mut belongs) = (Vec::new(), Vec::with_capacity(chunk.len()));
            let mut view = UnitMemory::of(facts.crosswalk.seen_from(sizes, NONE));
            for &(i, person) in chunk {
                let unit = self.record(i).unit;
                if view.unit() != unit {
                    view = UnitMemory::of(facts.crosswalk.seen_from(sizes, unit));
                }
                let (belongs_to, link, levels) = self.exact((i, person), register, scale, &mut view, prior);
                belongs.push((i, belongs_to));
                found.extend(link);
                counts.add(levels);
            }
            (belongs, found, counts)
        };
        let judged: Vec<(Vec<(u32, Belongs)>, Vec<Found>, LevelCounts)> = exact.par_chunks(8192).map(judge).collect();
        let mut all = LevelCounts::default();
        for (belongs, found, counts) in judged {
            belongs.into_iter().for_each(|(i, b)| self.belongs[i as usize] = b);
            self.found.extend(found);
            all = all.merge(&counts);
        }
        all
    }

    /// (source unit, register unit) of the exact links of a table.
    pub(super) fn unit_pairs(&self, table: usize, exact: &[(u32, u32)], register: &RegisterPersons) -> Vec<(u32, u32)> {
        if !self.values.tables[table].has_unit {
            return Vec::new();
        }
        let pair = |&(i, person): &(u32, u32)| {
            let source = self.record(i).unit;
            let units = register.members(person).iter().map(|&r| self.record(r).unit);
            // Somebody enrolled in two units counts for the one that pays, else for the first.
            (source, units.clone().find(|&v| v == source).or(units.min()).unwrap_or(NONE))
        };
        exact.iter().map(pair).collect()
    }

    fn is_open(&self, number: u32) -> bool {
        let record = self.record(number);
        self.belongs[number as usize].person == NONE && self.values.says_something(record)
    }

    /// What the exact links of a table teach.
    fn learn(&self, table: usize, numbers: &[u32], exact: &[(u32, u32)], register: &RegisterPersons) -> SourceFacts {
        let persons = register.len();
        let plain = self.values.tables[table].has_unit;
        let crosswalk = Crosswalk::learn(self.unit_pairs(table, exact, register).into_iter());
        let (mut held, mut times) = (vec![0_u64; persons], 0_usize);
        let mut has_account = vec![false; persons];
        let mut accounts = Vec::new();
        for &(i, person) in exact {
            let record = self.record(i);
            times += usize::from(held[person as usize] & record.slots != 0);
            held[person as usize] |= record.slots;
            if record.account != NONE {
                has_account[person as usize] = true;
                accounts.push((record.account, person));
            }
        }
        accounts.par_sort_unstable();
        accounts.dedup();
        let seen = held.iter().filter(|&&h| h != 0).count();
        let sound = numbers.iter().filter(|&&i| self.record(i).id != 0).count();
        let unsound_share =
            share(register.records.iter().filter(|&&r| self.record(r).id == 0).count(), register.records.len());
        #[expect(clippy::cast_precision_loss, reason = "counts of records are far below 2^52")]
        let enrolled = ((exact.len() as f64 + 20.0 * ENROLLED) / (sound as f64 + 20.0)).clamp(0.02, 0.99);
        let missed = enrolled * (unsound_share + 0.001);
        SourceFacts {
            crosswalk,
            held,
            place: (plain && exact.len() >= 20).then(|| PlaceBits::learn(persons, seen, times)),
            accounts,
            has_account,
            enrolled,
            enrolled_despite_id: (missed / (missed + 1.0 - enrolled)).clamp(0.01, 0.95),
        }
    }

    /// A record whose ID the register knows.
    fn exact(
        &self,
        (number, person): (u32, u32),
        register: &RegisterPersons,
        scale: &Scale<'_>,
        view: &mut UnitMemory<'_>,
        prior: f64,
    ) -> (Belongs, Option<Found>, [LevelId; 3]) {
        let source = self.record(number);
        let weigh = |&r: &u32| {
            let target = self.record(r);
            let unit = view.level(target.unit);
            let silent = (LevelId::PlaceUnknown, 0.0);
            (scale.weigh(source, target, Circumstances { unit, account: LevelId::AccountUnknown, place: silent }), r)
        };
        let best = register.members(person).iter().map(weigh).min_by(|a, b| {
            let place = |r: u32| self.values.place(self.record(r));
            b.0.total().total_cmp(&a.0.total()).then_with(|| place(a.1).cmp(&place(b.1)))
        });
        let nothing = [LevelId::NameUnknown, LevelId::BirthUnknown, LevelId::SexUnknown];
        let Some((weighed, target)) = best else { return (Belongs::NOBODY, None, nothing) };
        let other = compare::clearly_other(weighed.name());
        let expected = weighed.levels[4] == LevelId::UnitExpected;
        let most = match (other, expected) {
            (false, _) => EXACT_MAX,
            (true, true) => EXACT_OTHER_NAME.0,
            (true, false) => EXACT_OTHER_NAME.1,
        };
        let p = probability(prior + weighed.total()).min(most);
        let swapped = weighed.id() == LevelId::IdSwapped;
        // Records of one person whose register row carries the ID only by way of another row stand one step lower.
        let direct = self.record(target).written_id == source.written_id && !swapped;
        let belongs = Belongs { person, grade: if direct { 'A' } else { 'B' }, probability: p, rival: 0.0 };
        let plain =
            matches!(weighed.name(), LevelId::NameSame | LevelId::NameFolded) && weighed.id() == LevelId::IdSame;
        let method = if swapped { "repaired-id" } else { "exact-id" };
        let found = (!plain).then_some(Found {
            left: target,
            right: number,
            method,
            decision: Decision::Linked,
            prior,
            weighed,
            probability: p,
            rival: 0.0,
        });
        let kept = self.record(target);
        let stated = match (source.stated_birth(), kept.stated_birth()) {
            (Some(a), Some(b)) => compare::two_births(a, b),
            _ => LevelId::BirthUnknown,
        };
        (belongs, found, [weighed.name(), stated, compare::sex_level(source, kept)])
    }
}

fn share(part: usize, whole: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of records are far below 2^52")]
    let share = part as f64 / whole.max(1) as f64;
    share
}
