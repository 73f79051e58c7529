//! Who plays a part in what registries and lists say.

use rand::Rng as _;

use super::Planter;
use super::search::{Passed, around};
use crate::synthetic::model::{Registration, World};
use crate::synthetic::office::Office;

/// A planter with a list of its own of units that play a part in what registries and lists say.
pub struct Registry<'p, 'a, 'm> {
    pub p: &'p mut Planter<'a, 'm>,
    pub(super) used: Vec<bool>,
    passed: Passed,
    /// At how many units each person stands, by the spells counted so far.
    pub(super) stands: Vec<u8>,
    counted: usize,
}

impl<'p, 'a, 'm> Registry<'p, 'a, 'm> {
    /// Units that have a part between the registries already, or are about to end, are left alone.
    pub fn new(p: &'p mut Planter<'a, 'm>) -> Self {
        let mut used = vec![false; p.world.units.len()];
        let parts = p.world.planted.iter().chain(&p.world.look_alikes);
        for unit in parts.filter(|m| m.rule.starts_with('R') || m.rule == "P20").filter_map(|m| m.unit) {
            used[unit as usize] = true;
        }
        Self { p, used, passed: Passed::default(), stands: vec![], counted: 0 }
    }

    /// A unit without such a part, taken.
    pub fn pick(&mut self, fits: impl Fn(&World, u32) -> bool) -> Option<u32> {
        self.pick_by(|p, u| fits(p.world, u))
    }

    /// The same, by its staff as well.
    pub fn pick_by(&mut self, fits: impl Fn(&Planter<'_, '_>, u32) -> bool) -> Option<u32> {
        let n = self.used.len();
        let start = self.p.rng.random_range(0..n);
        let fits = |i: usize| fits(self.p, u32::try_from(i).unwrap_or_default());
        let found = self.passed.find(start, n, |i| self.used[i], fits)?;
        self.used[found] = true;
        u32::try_from(found).ok()
    }

    /// The same of a sorted list.
    pub fn pick_among(&mut self, list: &[u32], fits: impl Fn(&Planter<'_, '_>, u32) -> bool) -> Option<u32> {
        let start = self.p.rng.random_range(0..self.used.len());
        let free = |u: u32| self.used.get(u as usize).is_some_and(|used| !used) && fits(self.p, u);
        let found = around(list, start, free)?;
        self.used[found as usize] = true;
        Some(found)
    }

    pub fn office(&mut self, unit: u32) -> &mut Office {
        self.p.world.office.entry(unit).or_default()
    }

    /// Counts the spells that came since it was asked last.
    pub(super) fn count_stands(&mut self) {
        self.stands.resize(self.p.world.persons.len(), 0);
        for s in &self.p.world.spells[self.counted..] {
            let n = &mut self.stands[s.person as usize];
            *n = n.saturating_add(1);
        }
        self.counted = self.p.world.spells.len();
    }

    pub(super) fn registration(&mut self, unit: u32) -> Option<&mut Registration> {
        self.p.world.units[unit as usize].registration.as_mut()
    }
}
