//! The linker on any two tables, or on one: spec in, link table out, no labels needed.
//!
//! `spec` and `read`, then per distinct value `values` and `atoms`; `block` brings rows together, `score` compares them,
//! `model` estimates what the levels are worth, `associate` learns aliases from what is certain, `assign` (two tables) and
//! `cluster` (one) decide, `write` writes. Rows are numbered by their names and values by their texts, so nothing depends
//! on the order of rows or the number of threads.

mod assign;
mod associate;
mod atoms;
mod block;
mod cluster;
mod compare;
mod levels;
mod model;
mod names;
mod read;
mod score;
mod settle;
pub mod spec;
mod values;
mod write;

#[cfg(test)]
mod tests;

use rayon::prelude::*;

use self::block::{Blocks, Outcome, Sides};
use self::model::{Model, Pair, Sample, kept};
use self::read::Rows;
use self::score::{Contained, Kernel};
use self::spec::{Compare, Spec};
use self::values::Field;
use crate::error::Result;
use crate::table::Texts;

/// What is told before the pairs are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    pub left_rows: u64,
    pub right_rows: Option<u64>,
    /// Rows settled by an equal number and not compared further.
    pub settled: u64,
    /// Pairs to compare, those under several keys counted several times.
    pub pairs: u64,
    /// Blocks refined by a further field, and blocks of which only the nearest rows are compared.
    pub refined: u64,
    pub capped: u64,
    /// Pairs that whole capped blocks would have made.
    pub capped_pairs: u64,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    pub compared: u64,
    /// Pairs that the model expects to be the same.
    pub expected: f64,
    pub linked: u64,
    pub unresolved: u64,
    pub clusters: Option<u64>,
    /// Aliases learned.
    pub associations: u64,
}

/// How one pair ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Linked,
    /// Too close to a rival, or against the rest of its cluster: nobody is called the same on it.
    Unresolved,
}

/// A line of the link table: which pair, how surely.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub pair: usize,
    pub probability: f64,
    pub status: Status,
}

/// Everything that is compared.
pub(crate) struct Tables {
    pub ids: Vec<Texts>,
    /// Record → row of its table, in the order of the row names.
    pub rows: Vec<u32>,
    pub sides: Sides,
    pub fields: Vec<Field>,
}

impl Tables {
    pub(crate) fn id(&self, record: u32) -> &str {
        let table = usize::from(record as usize >= self.sides.left);
        self.ids[table].get(self.rows[record as usize] as usize).unwrap_or_default()
    }
}

/// Pairs below this many bits, prior included, are not looked at again.
const KEEP: f64 = -12.0;

/// Links as the spec says. `tell` hears the estimate before the work.
///
/// # Errors
/// [`crate::error::Fault::Configuration`] and [`crate::error::Fault::Inputs`] for a wrong spec or input,
/// [`crate::error::Fault::Machine`] when a file cannot be written.
pub fn run(spec: &Spec, tell: &mut dyn FnMut(&Estimate)) -> Result<Report> {
    let mut tables = load(spec)?;
    let sides = tables.sides;
    let contained = Contained::learn(&tables.fields);
    let settled = if spec.one_to_one { settle::settle(&tables.fields, &contained, sides) } else { Vec::new() };
    let mut open = vec![true; sides.all];
    settled.iter().for_each(|(a, b)| (open[*a as usize], open[*b as usize]) = (false, false));
    let blocks = Blocks::new(&tables.fields, sides, spec.block_rows, &|r| open[r]);
    tell(&estimate(&tables, settled.len(), &blocks));

    let mut report = Report::default();
    let mut sample = Sample::draw(&tables.fields, &contained, sides, spec.seed);
    let weighed = |tables: &Tables, sample: &Sample| {
        let start = Model::start(&tables.fields, sides, sample);
        let (pairs, compared) = compare(tables, &contained, &blocks, &settled, &start);
        let model = start.fit(&tables.fields, sides, sample, &pairs);
        (pairs, compared, model)
    };
    let (mut pairs, compared, mut model) = weighed(&tables, &sample);
    report.compared = compared;
    report.associations = associate::learn(&mut tables.fields, &model, &pairs, sides.all) as u64;
    if report.associations > 0 {
        // Once more, with the aliases learned on the way.
        sample.look_again(&tables.fields, &contained);
        (pairs, _, model) = weighed(&tables, &sample);
    }
    report.expected = model.matches;
    let weights: Vec<f64> = pairs.par_iter().map(|p| model.weight(p)).collect();
    let (lines, clusters) = decide(spec, sides, &pairs, &weights);
    report.linked = lines.iter().filter(|l| l.status == Status::Linked).count() as u64;
    report.unresolved = lines.len() as u64 - report.linked;
    report.clusters = clusters.as_ref().map(|of| (0_u32..).zip(of).filter(|(r, c)| r == *c).count() as u64);
    write::links(spec, &tables, &pairs, &weights, &lines, clusters.as_deref())?;
    if let (Some(path), Some(of)) = (&spec.clusters, &clusters) {
        write::clusters(path, &tables, of)?;
    }
    if let Some(path) = &spec.blocks {
        write::blocks(path, &tables, &blocks)?;
    }
    Ok(report)
}

fn load(spec: &Spec) -> Result<Tables> {
    let both_read = rayon::join(
        || read::read(&spec.left, &spec.compare, |c| &c.left),
        || spec.right.as_ref().map(|side| read::read(side, &spec.compare, |c| &c.right)).transpose(),
    );
    let (left, right) = match both_read {
        (Ok(left), Ok(right)) => (left, right),
        (left, right) => return Err(both(left.err(), right.err())),
    };
    let mut rows = in_order(&left);
    if let Some(right) = &right {
        rows.extend(in_order(right));
    }
    let sides = Sides { left: left.len(), all: rows.len() };
    let reordered = |table: &Rows, c: usize, range: std::ops::Range<usize>| {
        let mut column = table.columns[c].clone();
        column.codes = rows[range].iter().map(|&r| table.columns[c].codes[r as usize]).collect();
        column
    };
    let field = |(c, compare): (usize, &Compare)| {
        let on_left = reordered(&left, c, 0..sides.left);
        let on_right = right.as_ref().map(|right| reordered(right, c, sides.left..sides.all));
        Field::new(&compare.name, compare.kind, &on_left, on_right.as_ref())
    };
    let fields = spec.compare.par_iter().enumerate().map(field).collect();
    let ids = [Some(left.ids), right.map(|r| r.ids)].into_iter().flatten().collect();
    Ok(Tables { ids, rows, sides, fields })
}

/// The problems of both tables at once.
fn both(left: Option<crate::error::Fault>, right: Option<crate::error::Fault>) -> crate::error::Fault {
    use crate::error::Fault::{Configuration, Inputs, Internal};
    match (left, right) {
        (Some(Configuration(mut a)), Some(Configuration(b))) => {
            a.extend(b);
            Configuration(a)
        }
        (Some(Inputs(mut a)), Some(Inputs(b))) => {
            a.extend(b);
            Inputs(a)
        }
        (Some(Configuration(a)), _) | (_, Some(Configuration(a))) => Configuration(a),
        (Some(fault), _) | (None, Some(fault)) => fault,
        (None, None) => Internal("no fault to tell".to_owned()),
    }
}

/// Rows in the order of their names.
fn in_order(table: &Rows) -> Vec<u32> {
    let mut rows: Vec<u32> = (0..u32::try_from(table.len()).unwrap_or(u32::MAX)).collect();
    rows.par_sort_unstable_by(|&a, &b| table.ids.get(a as usize).cmp(&table.ids.get(b as usize)));
    rows
}

fn estimate(tables: &Tables, settled: usize, blocks: &Blocks) -> Estimate {
    let sides = tables.sides;
    let of = |wanted: Outcome| blocks.tallies.iter().filter(move |((_, o), _)| *o == wanted).map(|(_, t)| t);
    Estimate {
        left_rows: sides.left as u64,
        right_rows: sides.two().then(|| (sides.all - sides.left) as u64),
        settled: settled as u64,
        pairs: blocks.estimate() + settled as u64,
        refined: of(Outcome::Refined).map(|t| t.blocks).sum(),
        capped: of(Outcome::Capped).map(|t| t.blocks).sum(),
        capped_pairs: of(Outcome::Capped).map(|t| t.pairs).sum(),
    }
}

/// Compares every candidate pair; gives those worth a second look, sorted, and how many were compared.
fn compare(
    tables: &Tables,
    contained: &Contained,
    blocks: &Blocks,
    settled: &[(u32, u32)],
    start: &Model,
) -> (Vec<Pair>, u64) {
    let sides = tables.sides;
    let chunk = 512;
    let records = u32::try_from(sides.left).unwrap_or(u32::MAX);
    let parts: Vec<(Vec<Pair>, u64)> = (0..records.div_ceil(chunk))
        .into_par_iter()
        .map_init(
            || Kernel::new(&tables.fields, contained),
            |kernel, part| {
                let (mut found, mut candidates, mut compared) = (Vec::new(), Vec::new(), 0);
                for a in part * chunk..((part + 1) * chunk).min(records) {
                    blocks.candidates(a, sides, &mut candidates);
                    let from = settled.partition_point(|p| p.0 < a);
                    candidates.extend(settled[from..].iter().take_while(|p| p.0 == a).map(|p| p.1));
                    for &b in &candidates {
                        let pattern = kernel.pattern(a, b);
                        compared += 1;
                        if start.plain(pattern) > KEEP {
                            found.push(kept(a, b, pattern, &kernel.found));
                        }
                    }
                }
                (found, compared)
            },
        )
        .collect();
    let compared = parts.iter().map(|p| p.1).sum();
    (parts.into_iter().flat_map(|p| p.0).collect(), compared)
}

/// Which pairs are links, and for one table which record is in which cluster.
fn decide(spec: &Spec, sides: Sides, pairs: &[Pair], weights: &[f64]) -> (Vec<Line>, Option<Vec<u32>>) {
    if spec.one_to_one {
        return (assign::one_to_one(spec, pairs, weights), None);
    }
    let likely = |w: f64| 1.0 / (1.0 + (-w).exp2());
    let above = |i: &usize| likely(weights[*i]) >= spec.threshold;
    let lines = (0..pairs.len()).filter(above);
    if sides.two() {
        let line = |pair| Line { pair, probability: likely(weights[pair]), status: Status::Linked };
        return (lines.map(line).collect(), None);
    }
    let edges: Vec<(u32, u32, f64)> = pairs.iter().zip(weights).map(|(p, w)| (p.a, p.b, *w)).collect();
    let share = spec.threshold.clamp(1e-6, 1.0 - 1e-6);
    let of = cluster::clusters(sides.all, &edges, (share / (1.0 - share)).log2());
    let line = |pair: usize| {
        let together = of[pairs[pair].a as usize] == of[pairs[pair].b as usize];
        let status = if together { Status::Linked } else { Status::Unresolved };
        Line { pair, probability: likely(weights[pair]), status }
    };
    (lines.map(line).collect(), Some(of))
}
