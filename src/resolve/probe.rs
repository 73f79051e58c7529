//! The scoring of candidate pairs alone, for benchmarks.

use indexmap::IndexMap;

use super::block::Search;
use super::block_notes::Ledger;
use super::entities;
use super::exact::Settling;
use super::model::Weights;
use super::persons::Linker;
use super::records::{Record, Scope};
use super::residual::Residual;
use super::weigh::Scale;
use super::{ResolveContext, unit_spine, units, values};
use crate::table::Table;

/// Prepares everything up to the candidate pairs of a table, then calls `run` with a function that weighs each of them once on
/// the calling thread and answers how many there are. `None` when the table has no persons.
pub fn with_pairs(
    tables: &IndexMap<String, Table>,
    context: &ResolveContext,
    table: &str,
    run: &mut dyn FnMut(&dyn Fn() -> usize),
) -> Option<()> {
    let values = values::read_values(tables, context.period);
    let table = values.tables.iter().position(|t| t.name == table)?;
    let ledger = Ledger::new(&|_| ());
    let (records, spine) = unit_spine::read(tables, context.period);
    let units = units::Matching::first((&records, spine), &values, context).found();
    let (mut linker, names, _) = Linker::of(&values, &units, context, Scope::All, None);
    let weights = Weights::table();
    let scale = Scale { values: &values, names: &names, weights: &weights };
    let (register, sizes) = linker.register(&scale, &ledger, None);
    let Settling { facts, open, .. } = linker.settle_exact(table, &register, &scale, &sizes);
    let keys = |person: u32, source: &Record| entities::judged_keys(&linker, &register, person, source);
    let residual = Residual::of(&linker, &register, scale, &sizes, facts, &keys);
    let pairs = residual.pairs(&open, Search { name: values.tables[table].name, ledger: &ledger });
    let groups: Vec<&[(u32, u32)]> = pairs.chunk_by(|a, b| a.0 == b.0).collect();
    let weigh = |group: &&[(u32, u32)]| {
        let sought = residual.sought(group[0].0);
        group.iter().filter(|pair| residual.candidate(&scale, &sought, pair.1).total.is_finite()).count()
    };
    run(&|| groups.iter().map(weigh).sum());
    Some(())
}
