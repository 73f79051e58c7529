//! How plants find units and spells: the first from a random start on that has no part yet and fits, around the end.
//!
//! In a large world most are used up in the end, and some kinds are few: bodies, workers, casual staff. So what is used is
//! passed over for good, and what is of a rare kind is looked for among its kind alone. Neither changes who is found.

use rand::Rng as _;

use super::{Planter, ordinary, quota_more};
use crate::synthetic::days::first_day;
use crate::synthetic::model::{Nature, PayClass, QuotaType, Spell, World};

/// Leads past what is used up for good.
#[derive(Default)]
pub struct Passed(Vec<u32>);

impl Passed {
    /// The first index from `from` on that is not used.
    fn next(&mut self, from: usize, len: usize, used: impl Fn(usize) -> bool) -> Option<usize> {
        self.0.extend((self.0.len()..len).map(|i| u32::try_from(i).unwrap_or(u32::MAX)));
        let mut at = from;
        while at < len {
            match self.0[at] as usize {
                next if next != at => at = next,
                _ if used(at) => at += 1,
                _ => break,
            }
        }
        // Whoever comes this way again goes straight there.
        let mut back = from;
        while back < at {
            let next = (self.0[back] as usize).max(back + 1);
            self.0[back] = u32::try_from(at).unwrap_or(u32::MAX);
            back = next;
        }
        (at < len).then_some(at)
    }

    /// The first from `start` on, around the end, that is not used and fits.
    pub fn find(
        &mut self,
        start: usize,
        len: usize,
        used: impl Fn(usize) -> bool,
        fits: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        for (from, to) in [(start, len), (0, start)] {
            let mut at = from;
            while let Some(found) = self.next(at, len, &used).filter(|i| *i < to) {
                if fits(found) {
                    return Some(found);
                }
                at = found + 1;
            }
        }
        None
    }
}

/// Units of which there are no more in a province than in a county, near enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Units {
    /// Organs and mass organisations.
    Bodies,
    /// Neither schools nor hospitals.
    Plain,
}

/// The same of spells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spells {
    Workers,
    CivilServiceLike,
    /// Of units that are no institutions.
    Officials,
    OffQuota,
    /// Whoever left; who leaves later has a part already.
    Leavers,
    /// Entered within the last months.
    Newcomers,
}

/// Who is of a rare kind, or was when last looked at: as a rule nobody joins one later, but by being new.
#[derive(Default)]
pub struct Kinds {
    units: [Vec<u32>; 2],
    spells: [Vec<u32>; 6],
    units_seen: usize,
    spells_seen: usize,
}

impl Kinds {
    /// Looks at what is new.
    fn catch_up(&mut self, w: &World) {
        let index = |i: usize| u32::try_from(i).unwrap_or(u32::MAX);
        for (i, u) in (index(self.units_seen)..).zip(&w.units[self.units_seen..]) {
            let of = [matches!(u.nature, Nature::Organ | Nature::Mass), !quota_more::school_or_hospital(u.last_name())];
            self.units.iter_mut().zip(of).filter(|(_, of)| *of).for_each(|(list, _)| list.push(i));
        }
        for (i, s) in (index(self.spells_seen)..).zip(&w.spells[self.spells_seen..]) {
            let of = [
                s.quota_type == QuotaType::Worker,
                s.quota_type == QuotaType::CivilServiceLike,
                w.units[s.unit as usize].nature != Nature::Institution,
                s.class == PayClass::OffQuota,
                s.exit.is_some(),
                s.entry >= first_day(w.last.plus(-3)),
            ];
            self.spells.iter_mut().zip(of).filter(|(_, of)| *of).for_each(|(list, _)| list.push(i));
        }
        (self.units_seen, self.spells_seen) = (w.units.len(), w.spells.len());
    }
}

/// The first of a sorted list from `start` on, around its end.
pub fn around(list: &[u32], start: usize, fits: impl Fn(u32) -> bool) -> Option<u32> {
    let (before, after) = list.split_at(list.partition_point(|i| (*i as usize) < start));
    after.iter().chain(before).copied().find(|i| fits(*i))
}

/// A unit that may have another part already, for what touches nothing else; not taken.
pub fn any_unit(p: &mut Planter<'_, '_>, fits: impl Fn(&World, u32) -> bool) -> Option<u32> {
    any_unit_by(p, |p, u| fits(p.world, u))
}

/// The same, by what the planter knows besides.
pub fn any_unit_by<'a, 'm>(p: &mut Planter<'a, 'm>, fits: impl Fn(&Planter<'a, 'm>, u32) -> bool) -> Option<u32> {
    let n = p.world.units.len();
    let start = p.rng.random_range(0..n);
    let found = (0..n).map(|d| (start + d) % n).find(|i| {
        let unit = &p.world.units[*i];
        unit.listed && unit.abolished.is_none() && fits(p, u32::try_from(*i).unwrap_or_default())
    })?;
    u32::try_from(found).ok()
}

impl Planter<'_, '_> {
    /// A unit without a part yet, taken.
    pub fn unit(&mut self, fits: impl Fn(&World, u32, &[u32]) -> bool) -> Option<u32> {
        self.unit_by(|p, u| fits(p.world, u, &p.spells_of[u as usize]))
    }

    /// The same, by what the planter knows besides.
    pub fn unit_by(&mut self, fits: impl Fn(&Self, u32) -> bool) -> Option<u32> {
        let found = self.free_unit(fits)?;
        self.unit_used[found as usize] = true;
        Some(found)
    }

    /// The same, not taken.
    pub fn free_unit(&mut self, fits: impl Fn(&Self, u32) -> bool) -> Option<u32> {
        let n = self.world.units.len();
        let start = self.rng.random_range(0..n);
        let mut passed = std::mem::take(&mut self.units_passed);
        let fits = |i: usize| fits(self, u32::try_from(i).unwrap_or_default());
        let found = passed.find(start, n, |i| self.unit_used[i], fits);
        self.units_passed = passed;
        found.and_then(|i| u32::try_from(i).ok())
    }

    /// A unit of a rare kind, or of any, taken.
    pub fn unit_among(&mut self, kind: Option<Units>, fits: impl Fn(&World, u32, &[u32]) -> bool) -> Option<u32> {
        let Some(kind) = kind else { return self.unit(fits) };
        let start = self.rng.random_range(0..self.world.units.len());
        self.kinds.catch_up(self.world);
        let free = |u: u32| !self.unit_used[u as usize] && fits(self.world, u, &self.spells_of[u as usize]);
        let found = around(&self.kinds.units[kind as usize], start, free)?;
        self.unit_used[found as usize] = true;
        Some(found)
    }

    fn spell_used(&self, i: usize) -> bool {
        let s = &self.world.spells[i];
        self.person_used.get(s.person as usize).copied().unwrap_or(true)
            || self.unit_used.get(s.unit as usize).copied().unwrap_or(true)
    }

    fn take_person(&mut self, spell: u32) -> u32 {
        self.person_used[self.world.spells[spell as usize].person as usize] = true;
        spell
    }

    /// A spell whose person and unit have no part yet; the person is taken.
    pub fn spell_where(&mut self, fits: impl Fn(&World, &Spell) -> bool) -> Option<u32> {
        let n = self.world.spells.len();
        let start = self.rng.random_range(0..n);
        let mut passed = std::mem::take(&mut self.spells_passed);
        let fits = |i: usize| fits(self.world, &self.world.spells[i]);
        let found = passed.find(start, n, |i| self.spell_used(i), fits);
        self.spells_passed = passed;
        let found = found.and_then(|i| u32::try_from(i).ok())?;
        Some(self.take_person(found))
    }

    /// The same of a rare kind.
    pub fn spell_among(&mut self, kind: Spells, fits: impl Fn(&World, &Spell) -> bool) -> Option<u32> {
        let start = self.rng.random_range(0..self.world.spells.len());
        self.kinds.catch_up(self.world);
        let free = |i: u32| !self.spell_used(i as usize) && fits(self.world, &self.world.spells[i as usize]);
        let found = around(&self.kinds.spells[kind as usize], start, free)?;
        Some(self.take_person(found))
    }

    /// The same of one unit.
    pub fn spell_in(&mut self, unit: u32, fits: impl Fn(&World, &Spell) -> bool) -> Option<u32> {
        let n = self.world.spells.len();
        let start = self.rng.random_range(0..n);
        let free = |i: &u32| !self.spell_used(*i as usize) && fits(self.world, &self.world.spells[*i as usize]);
        let spells = self.spells_of[unit as usize].iter().copied();
        let found = spells.filter(free).min_by_key(|i| (*i as usize + n - start) % n)?;
        Some(self.take_person(found))
    }

    /// An ordinary employee of long standing.
    pub fn employee(&mut self, fits: impl Fn(&World, &Spell) -> bool) -> Option<u32> {
        self.spell_where(|w, s| ordinary(w, s) && fits(w, s))
    }

    /// The same of a rare kind.
    pub fn employee_among(&mut self, kind: Spells, fits: impl Fn(&World, &Spell) -> bool) -> Option<u32> {
        self.spell_among(kind, |w, s| ordinary(w, s) && fits(w, s))
    }

    /// Ordinary employees of one unit, up to `count`, taken.
    pub fn employees_of(&mut self, unit: u32, count: usize) -> Vec<u32> {
        let mut out = Vec::new();
        for i in self.spells_of[unit as usize].clone() {
            let s = &self.world.spells[i as usize];
            if out.len() < count && !self.person_used[s.person as usize] && ordinary(self.world, s) {
                self.person_used[s.person as usize] = true;
                out.push(i);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passing_over_what_is_used_finds_what_walking_finds() {
        let mut len = 40_usize;
        let mut used = vec![false; len];
        let mut passed = Passed::default();
        let (mut taken, mut missed) = (0, 0);
        // Starts and kinds that walk through all there are, and a list that grows meanwhile.
        for turn in 0..400_usize {
            let (start, kind) = (turn * 17 % len, turn % 3);
            let fits = |i: usize| i % 3 == kind;
            let walked = (0..len).map(|d| (start + d) % len).find(|i| !used[*i] && fits(*i));
            assert_eq!(passed.find(start, len, |i| used[i], fits), walked, "turn {turn}");
            match walked {
                Some(i) => (used[i], taken) = (true, taken + 1),
                None => missed += 1,
            }
            if turn % 9 == 0 {
                len += 1;
                used.push(turn % 2 == 0);
            }
        }
        assert!(taken > 40 && missed > 40, "{taken} taken, {missed} missed");
    }

    #[test]
    fn a_list_is_searched_from_the_start_on_and_around_its_end() {
        let list = [2, 5, 9];
        let from = |start| around(&list, start, |_| true);
        assert_eq!((from(0), from(3), from(9), from(10)), (Some(2), Some(5), Some(9), Some(2)));
        assert_eq!(around(&list, 3, |i| i < 3), Some(2));
        assert_eq!(around(&list, 3, |i| i > 9), None);
    }
}
