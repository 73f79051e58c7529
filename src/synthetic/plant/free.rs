//! Units in which nothing is planted yet, in a random order: the first free one of a kind, without walking over those that are
//! taken or of another kind again and again.

use std::collections::{BTreeMap, BTreeSet};

use super::{Planter, quiet};
use crate::synthetic::model::{Nature, World};
use crate::synthetic::rng::{Purpose, stream};

/// Units of one kind, in the order; what stands before `from` is taken.
#[derive(Default)]
struct Lane {
    units: Vec<(usize, u32)>,
    from: usize,
}

impl Lane {
    fn first(&mut self, p: &Planter<'_, '_>) -> Option<(usize, u32)> {
        while self.units.get(self.from).is_some_and(|(_, u)| p.unit_used[*u as usize]) {
            self.from += 1;
        }
        self.units.get(self.from).copied()
    }
}

/// The lanes of what is asked for. What they go by does not change while units are taken from them.
pub struct Free {
    /// Central schools with the schools of their towns.
    towns: Vec<(u32, Lane)>,
    /// Of counties, with forty paid at most, by county; and with twelve at least.
    small: BTreeMap<usize, Lane>,
    large: Lane,
    /// By county and nature, then by the number of paid.
    by_staff: BTreeMap<(usize, Nature), BTreeMap<usize, Lane>>,
}

/// The number of paid at a unit.
pub fn staff(p: &Planter<'_, '_>, unit: u32) -> usize {
    p.spells_of[unit as usize].iter().filter(|i| p.world.spells[**i as usize].pay).count()
}

fn take(p: &mut Planter<'_, '_>, found: Option<(usize, u32)>) -> Option<u32> {
    let (_, unit) = found?;
    p.unit_used[unit as usize] = true;
    Some(unit)
}

impl Free {
    pub fn new(p: &Planter<'_, '_>) -> Self {
        let order = free_units(p);
        let mut free = Self {
            towns: towns(p.world, &order),
            small: BTreeMap::new(),
            large: Lane::default(),
            by_staff: BTreeMap::new(),
        };
        for (place, &u) in order.iter().enumerate() {
            let unit = &p.world.units[u as usize];
            let Some(county) = unit.county else { continue };
            let n = staff(p, u);
            if n <= 40 {
                free.small.entry(county).or_default().units.push((place, u));
            }
            if n >= 12 {
                free.large.units.push((place, u));
            }
            let lanes = free.by_staff.entry((county, unit.nature)).or_default();
            lanes.entry(n).or_default().units.push((place, u));
        }
        free
    }

    /// The first central school that has a school in its town, and the number of its lane.
    pub fn central_school(&mut self, p: &mut Planter<'_, '_>) -> Option<(u32, usize)> {
        let with_school = |(unit, lane): &mut (u32, Lane)| !p.unit_used[*unit as usize] && lane.first(p).is_some();
        let town = self.towns.iter_mut().position(with_school)?;
        Some((take(p, Some((0, self.towns[town].0)))?, town))
    }

    /// The first school of such a town.
    pub fn school(&mut self, p: &mut Planter<'_, '_>, town: usize) -> Option<u32> {
        let found = self.towns[town].1.first(p);
        take(p, found)
    }

    /// The first unit of a county, or of any, that pays forty at most.
    pub fn small(&mut self, p: &mut Planter<'_, '_>, county: Option<usize>) -> Option<u32> {
        let lanes = self.small.iter_mut().filter(|(c, _)| county.is_none_or(|of| of == **c));
        let found = lanes.filter_map(|(_, lane)| lane.first(p)).min();
        take(p, found)
    }

    /// The first unit of a county that pays twelve at least.
    pub fn large(&mut self, p: &mut Planter<'_, '_>) -> Option<u32> {
        let found = self.large.first(p);
        take(p, found)
    }

    /// The first unit of a county and nature that pays so many at most.
    pub fn at_most(&mut self, p: &mut Planter<'_, '_>, (county, nature): (usize, Nature), most: usize) -> Option<u32> {
        let lanes = self.by_staff.get_mut(&(county, nature))?.range_mut(..=most);
        let found = lanes.filter_map(|(_, lane)| lane.first(p)).min();
        take(p, found)
    }
}

/// Central schools in the order, each with the schools whose names begin with its town's.
fn towns(world: &World, order: &[u32]) -> Vec<(u32, Lane)> {
    let name = |u: u32| world.units[u as usize].last_name();
    let schools =
        order.iter().enumerate().filter(|(_, u)| ["小学", "初级中学"].iter().any(|end| name(**u).ends_with(end)));
    let by_name: BTreeSet<(&str, usize, u32)> = schools.map(|(place, u)| (name(*u), place, *u)).collect();
    let of_town = |town: &str| {
        let named = by_name.range((town, 0, 0)..).take_while(|s| s.0.starts_with(town));
        let mut units: Vec<(usize, u32)> = named.map(|s| (s.1, s.2)).collect();
        units.sort_unstable();
        Lane { units, from: 0 }
    };
    order.iter().filter_map(|u| Some((*u, of_town(name(*u).strip_suffix("中心学校")?)))).collect()
}

/// Units in which nothing is planted, with plain and settled staff, in a random order.
fn free_units(p: &Planter<'_, '_>) -> Vec<u32> {
    let marks = p.world.planted.iter().chain(&p.world.look_alikes);
    let mut taken: BTreeSet<u32> = marks.clone().filter_map(|m| m.unit).collect();
    let persons: BTreeSet<u32> = marks.filter_map(|m| m.person).collect();
    let spells = p.world.spells.iter().filter(|s| persons.contains(&s.person) || s.twist.is_some());
    taken.extend(spells.map(|s| s.unit));
    taken.extend(p.world.spells.iter().filter_map(|s| s.twist.as_ref()?.payer));
    taken.extend(p.world.units.iter().filter_map(|u| u.payer));
    let free = |u: &u32| {
        let unit = &p.world.units[*u as usize];
        let spells = &p.spells_of[*u as usize];
        let plain = unit.listed && unit.abolished.is_none() && unit.payer.is_none() && !p.unit_used[*u as usize];
        plain && !taken.contains(u) && spells.len() >= 3 && quiet(p.world, spells)
    };
    let mut found: Vec<u32> = (0..u32::try_from(p.world.units.len()).unwrap_or_default()).filter(free).collect();
    // Sorted by a draw of each, so that one unit's draw never moves another's place.
    let draw = |u: &u32| rand::Rng::random::<u64>(&mut stream(p.world.seed, Purpose::Structures, u64::from(*u) + 1));
    found.sort_by_cached_key(draw);
    found
}
