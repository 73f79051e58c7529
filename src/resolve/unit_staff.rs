//! People vouch for units: where the staff that a source lists under a unit stand in the establishment register.

use rayon::prelude::*;

use super::hash::FastMap;
use super::model::LevelId;
use super::values::{NONE, PersonValues};

/// Staff of one source record that the register knows, by register unit, most first.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Votes {
    pub found: u32,
    pub by_unit: Vec<(u32, u32)>,
}

impl Votes {
    fn of(&self, unit: u32) -> u32 {
        self.by_unit.iter().find(|v| v.0 == unit).map_or(0, |v| v.1)
    }

    /// The units most of the staff stand in.
    pub(super) fn leading(&self) -> impl Iterator<Item = u32> {
        self.by_unit.iter().take(4).map(|v| v.0)
    }

    /// What the staff say of a unit.
    pub(super) fn level(&self, unit: u32) -> LevelId {
        let (here, all) = (self.of(unit), self.found);
        match () {
            () if all == 0 => LevelId::StaffUnknown,
            () if here >= 4 && here * 5 >= all * 4 => LevelId::StaffMost,
            () if here == 3 && all == 3 => LevelId::StaffAll,
            () if here >= 3 && here * 10 >= all * 6 => LevelId::StaffHalf,
            () if here >= 1 && here * 2 > all => LevelId::StaffSome,
            () if all >= 8 && here * 10 < all => LevelId::StaffNone,
            () => LevelId::StaffUnknown,
        }
    }
}

/// Somebody may be enrolled in several units, and votes for each of them; whoever is in more than these votes for none.
const MOST_UNITS: usize = 4;

/// Where somebody stands in the register: pairs of who and a unit, sorted by who.
#[derive(Debug, Default)]
pub(super) struct Enrolled<K> {
    pairs: Vec<(K, u32)>,
    units: Vec<u32>,
}

impl<K: Ord + Copy + Send> Enrolled<K> {
    pub(super) fn of_pairs(mut pairs: Vec<(K, u32)>) -> Self {
        pairs.par_sort_unstable();
        pairs.dedup();
        let units = pairs.iter().map(|p| p.1).collect();
        Self { pairs, units }
    }

    /// The units of one, none where there are too many.
    pub(super) fn units(&self, who: K) -> &[u32] {
        let start = self.pairs.partition_point(|p| p.0 < who);
        let count = self.pairs[start..].iter().take(MOST_UNITS + 1).take_while(|p| p.0 == who).count();
        if count > MOST_UNITS { &[] } else { &self.units[start..start + count] }
    }
}

/// The units that one is enrolled in, in order; none where there are too many.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Enrolments {
    units: [u32; MOST_UNITS],
    count: usize,
}

impl Enrolments {
    pub(super) fn of(all: impl Iterator<Item = u32>) -> Self {
        let mut own = Self::default();
        for unit in all {
            let Err(at) = own.units().binary_search(&unit) else { continue };
            if own.count == MOST_UNITS {
                return Self::default();
            }
            own.units.copy_within(at..own.count, at + 1);
            own.units[at] = unit;
            own.count += 1;
        }
        own
    }
    pub(super) fn units(&self) -> &[u32] {
        &self.units[..self.count]
    }
}

/// Where the people wanted stand in the register: by sound ID, and by a name that nobody else has.
#[derive(Debug, Default)]
struct RegisterStaff {
    by_id: Enrolled<u64>,
    /// By folded name.
    by_name: Vec<u32>,
}

/// The register units of a table's row by whom it was found to be; none when nobody was.
pub(super) type Voter<'a> = dyn Fn(&str, usize) -> Enrolments + Sync + 'a;

/// Somebody whom an open record lists.
struct Wanted {
    /// Units of the person the row was found to be.
    found: Enrolments,
    record: u32,
    id: u64,
    /// The number of the ID.
    number: u32,
    name: u32,
}

/// Nobody of the register yet; `NONE` says that several units have one.
const VACANT: u32 = NONE - 1;

fn enter(known: &mut u32, unit: u32) {
    if *known == VACANT {
        *known = unit;
    } else if *known != unit {
        *known = NONE;
    }
}

impl RegisterStaff {
    /// `unit_of` gives the register unit of each row of a table, where it is known; only the people wanted are entered.
    fn read<F: Fn(usize) -> u32 + Sync>(
        values: &PersonValues<'_>,
        unit_of: impl Fn(&str) -> F,
        wanted: &[Wanted],
    ) -> Self {
        let mut ids = vec![false; values.ids];
        let mut by_name = vec![NONE; values.names.folded.len()];
        for wanted in wanted {
            if let Some(id) = ids.get_mut(wanted.number as usize) {
                *id = true;
            }
            if let Some(name) = by_name.get_mut(wanted.name as usize) {
                *name = VACANT;
            }
        }
        let mut pairs: Vec<(u64, u32)> = Vec::new();
        for table in values.tables.iter().filter(|t| t.register) {
            let unit_of = unit_of(table.name);
            let said = |row: usize| {
                let unit = unit_of(row);
                let id = Some(table.packed_id(row)).filter(|_| ids.get(table.id_number(row) as usize) == Some(&true));
                let name = values.names.folded_of.get(table.raw_name(row) as usize).copied();
                let name = name.filter(|&name| by_name[name as usize] != NONE);
                (unit != NONE && (id.is_some() || name.is_some())).then_some((unit, id, name))
            };
            let said: Vec<(u32, Option<u64>, Option<u32>)> =
                (0..table.table.len()).into_par_iter().filter_map(said).collect();
            for (unit, id, name) in said {
                pairs.extend(id.map(|id| (id, unit)));
                name.into_iter().for_each(|name| enter(&mut by_name[name as usize], unit));
            }
        }
        Self { by_id: Enrolled::of_pairs(pairs), by_name }
    }
}

/// Votes for every open record; `record_of` gives the open record of each row of a table, `NONE` for others.
pub(super) fn votes<F: Fn(usize) -> u32 + Sync, G: Fn(usize) -> u32>(
    values: &PersonValues<'_>,
    unit_of: impl Fn(&str) -> F,
    record_of: impl Fn(&str) -> G,
    person: &Voter<'_>,
) -> FastMap<u32, Votes> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for table in values.tables.iter().filter(|t| !t.register && t.has_unit) {
        let record_of = record_of(table.name);
        let open = (0..table.table.len()).map(|row| (record_of(row), row)).filter(|(record, _)| *record != NONE);
        wanted.extend(open.map(|(record, row)| {
            let name = values.names.folded_of.get(table.raw_name(row) as usize).copied().unwrap_or(NONE);
            Wanted {
                found: person(table.name, row),
                record,
                id: table.packed_id(row),
                number: table.id_number(row),
                name,
            }
        }));
    }
    let staff = RegisterStaff::read(values, unit_of, &wanted);
    let known = |unit: &&u32| **unit != NONE && **unit != VACANT;
    let mut by_id: Vec<(u32, u64, u32)> = Vec::new();
    let mut by_name: Vec<(u32, u64, u32)> = Vec::new();
    for w in &wanted {
        let own = if w.id == 0 { &[] } else { staff.by_id.units(w.id) };
        // Found by a repaired ID, or by name and circumstances: known by the name.
        let (who, units) = if own.is_empty() { (1 << 63 | u64::from(w.name), w.found.units()) } else { (w.id, own) };
        by_id.extend(units.iter().map(|&unit| (w.record, who, unit)));
        if let Some(&unit) = staff.by_name.get(w.name as usize).filter(known) {
            by_name.push((w.record, u64::from(w.name), unit));
        }
    }
    let (ids, names) = (tally(by_id), tally(by_name));
    let mut votes = names;
    for (record, by_id) in ids {
        // Names only count where hardly any ID does.
        let better = by_id.found >= 3 || votes.get(&record).is_none_or(|v| v.found < 3);
        if better {
            votes.insert(record, by_id);
        }
    }
    votes
}

fn tally(mut seen: Vec<(u32, u64, u32)>) -> FastMap<u32, Votes> {
    seen.sort_unstable();
    seen.dedup();
    let mut votes: FastMap<u32, Votes> = FastMap::default();
    for chunk in seen.chunk_by(|a, b| a.0 == b.0) {
        let mut units: Vec<u32> = chunk.iter().map(|s| s.2).collect();
        units.sort_unstable();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut by_unit: Vec<(u32, u32)> = units.chunk_by(|a, b| a == b).map(|c| (c[0], count(c.len()))).collect();
        by_unit.sort_by_key(|&(unit, n)| (std::cmp::Reverse(n), unit));
        // Somebody enrolled twice is one of the staff.
        let people = chunk.chunk_by(|a, b| a.1 == b.1).count();
        votes.insert(chunk[0].0, Votes { found: count(people), by_unit });
    }
    votes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_the_share_of_staff() {
        let votes = Votes { found: 10, by_unit: vec![(3, 9), (4, 1)] };
        assert_eq!(votes.level(3), LevelId::StaffMost);
        assert_eq!(votes.level(5), LevelId::StaffNone);
        let few = Votes { found: 1, by_unit: vec![(3, 1)] };
        assert_eq!(few.level(3), LevelId::StaffSome);
        let split = Votes { found: 4, by_unit: vec![(3, 2), (4, 2)] };
        assert_eq!(split.level(3), LevelId::StaffUnknown);
    }

    #[test]
    fn whoever_is_enrolled_twice_is_one_person_who_votes_for_both_units() {
        let enrolled = Enrolled::of_pairs(vec![(7_u64, 2), (7, 1), (7, 2), (9, 3)]);
        assert_eq!(enrolled.units(7), [1, 2]);
        assert_eq!(enrolled.units(8), [0; 0]);
        let votes = &tally(vec![(0, 7, 1), (0, 7, 2), (0, 8, 1), (0, 8, 2), (0, 9, 1), (0, 10, 1)])[&0];
        assert_eq!((votes.found, votes.of(1), votes.of(2)), (4, 4, 2));
        assert_eq!(votes.level(1), LevelId::StaffMost);
    }

    #[test]
    fn whoever_is_enrolled_everywhere_votes_for_nobody() {
        assert!(Enrolled::of_pairs((0..5).map(|unit| (1_u64, unit)).collect()).units(1).is_empty());
        assert!(Enrolments::of(0..5).units().is_empty());
        assert_eq!(Enrolments::of([7, 3, 7, 9, 3, 1].into_iter()).units(), [1, 3, 7, 9]);
    }
}
