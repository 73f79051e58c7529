//! Pairs so plain that nothing else need be sought for their rows: the same sound and unique number, and nothing against it.

use rayon::prelude::*;

use super::block::Sides;
use super::levels::levels;
use super::score::{Contained, Kernel, Pattern, level_of};
use super::spec::Kind;
use super::values::{Field, NONE, Values};
use crate::resolve::em::SILENT;

/// (left, right) pairs, sorted. Only for two tables linked one to one.
#[must_use]
pub fn settle(fields: &[Field], contained: &Contained, sides: Sides) -> Vec<(u32, u32)> {
    let mut settled = Vec::new();
    let mut taken = vec![false; sides.all];
    for (number, field) in fields.iter().enumerate().filter(|(_, f)| f.kind == Kind::Id) {
        let Values::Id(values) = &field.values else { continue };
        // For each value its row on either side; NONE − 1 for several.
        let mut rows = vec![[NONE; 2]; values.len()];
        for (record, &code) in (0_u32..).zip(&field.codes) {
            if code == NONE {
                continue;
            }
            let slot = &mut rows[code as usize][usize::from(record as usize >= sides.left)];
            *slot = if *slot == NONE { record } else { NONE - 1 };
        }
        let plain: Vec<(u32, u32)> = rows
            .into_par_iter()
            .map_init(
                || Kernel::new(fields, contained),
                |kernel, [a, b]| {
                    let alone = a < NONE - 1 && b < NONE - 1;
                    (alone && speaks_for(fields, number, kernel.pattern(a, b))).then_some((a, b))
                },
            )
            .flatten()
            .collect();
        for (a, b) in plain {
            if !taken[a as usize] && !taken[b as usize] {
                taken[a as usize] = true;
                taken[b as usize] = true;
                settled.push((a, b));
            }
        }
    }
    settled.sort_unstable();
    settled
}

/// The number the same, more of the rest the same than against it, and at most one thing against it.
fn speaks_for(fields: &[Field], number: usize, pattern: Pattern) -> bool {
    let (mut equal, mut against) = (0, 0);
    for (c, field) in fields.iter().enumerate().filter(|(c, _)| *c != number) {
        match level_of(pattern, c) {
            SILENT => {}
            0 => equal += 1,
            level if usize::from(level) + 2 >= levels(field.kind).len() => against += 1,
            _ => {}
        }
    }
    level_of(pattern, number) == 0 && equal > against && against <= 1
}
