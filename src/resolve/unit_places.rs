//! Units as persons are linked by: each at a place that later rounds do not move.

use std::sync::Arc;

use rayon::prelude::*;

use super::units::UnitsFound;
use super::values::NONE;
use super::{Unit, UnitOf};

/// Places of units: those of the register in the order of their keys, then the others in theirs.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Place → unit.
    units: Vec<u32>,
    /// How many places are the register's.
    registered: u32,
    /// Record of the unit tables → place of its unit, `NONE` for none.
    of_record: Arc<Vec<u32>>,
}

impl Places {
    pub(super) fn of(spine_of: &[u32], unit_of_record: &[UnitOf]) -> Self {
        let numbers = 0..u32::try_from(spine_of.len()).unwrap_or(NONE);
        let is_outside = |unit: &u32| spine_of[*unit as usize] == NONE;
        let mut units: Vec<u32> = numbers.clone().filter(|unit| !is_outside(unit)).collect();
        let registered = u32::try_from(units.len()).unwrap_or(NONE);
        units.extend(numbers.filter(is_outside));
        let mut place_of = vec![NONE; units.len()];
        (0..).zip(&units).for_each(|(place, &unit)| place_of[unit as usize] = place);
        let of_record = unit_of_record.iter().map(|of| of.unit.map_or(NONE, |unit| place_of[unit as usize])).collect();
        Self { units, registered, of_record: Arc::new(of_record) }
    }
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.units.len()
    }
    /// The unit of a place.
    pub(super) fn unit(&self, place: u32) -> Option<u32> {
        self.units.get(place as usize).copied()
    }
}

impl UnitsFound {
    /// The unit that stands at a place.
    pub(super) fn at(&self, place: u32) -> Option<&Unit> {
        self.units.get(self.places.unit(place)? as usize)
    }
    /// The number in the register of units of the unit at a place.
    pub(super) fn spine_at(&self, place: u32) -> Option<u32> {
        self.spine_of.get(self.places.unit(place)? as usize).copied().filter(|&unit| unit != NONE)
    }
    /// Places of the units of a table's rows, where it has units.
    pub(super) fn of_rows(&self, table: &str) -> Option<RowUnits> {
        let entry_of = self.unit_of.get(table)?.entry_of();
        Some(RowUnits { entry_of, places: Arc::clone(&self.places.of_record), registered: self.places.registered })
    }
}

/// The place of the unit of each row of a table.
#[derive(Debug, Clone)]
pub(super) struct RowUnits {
    entry_of: Arc<Vec<u32>>,
    places: Arc<Vec<u32>>,
    registered: u32,
}

impl RowUnits {
    /// `NONE` for a row without a unit.
    pub(super) fn at(&self, row: usize) -> u32 {
        self.places[self.entry_of[row] as usize]
    }
    pub(super) fn is_registered(&self, row: usize) -> bool {
        self.at(row) < self.registered
    }
    /// Whether all rows are still of the same units.
    pub(super) fn same(&self, now: &Self) -> bool {
        let rows = self.entry_of.len();
        rows == now.entry_of.len() && (0..rows).into_par_iter().all(|row| self.at(row) == now.at(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_found_besides_changes_no_place_of_the_registers() {
        let of = |unit| UnitOf { unit, method: "name", probability: 1.0 };
        let rows = [of(Some(1)), of(None), of(Some(0)), of(Some(2))];
        let places = Places::of(&[NONE, 4, 7], &rows);
        assert_eq!((places.len(), places.registered, places.of_record.as_slice()), (3, 2, &[0, NONE, 2, 1][..]));
        assert_eq!([0, 1, 2, 3].map(|place| places.unit(place)), [Some(1), Some(2), Some(0), None]);
        let fewer = Places::of(&[4, 7], &[of(Some(0)), of(None), of(None), of(Some(1))]);
        assert_eq!((fewer.registered, fewer.of_record.as_slice()), (2, &[0, NONE, NONE, 1][..]));
    }
}
