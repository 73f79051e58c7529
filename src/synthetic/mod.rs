//! Synthetic registries of any size from a seed: a plausible region with its units and staff, months of history, the noise of
//! real extracts, planted problems and look-alikes, and the truth beside them.
//!
//! `world` builds a clean region by the grammars of `units`, `people`, `changes` and `posts`; `records` reads a month's rows
//! off it; `noise` writes over them; `oracle` says what is true of them; `tables` and `writers` make files of them.

use std::io::Write as _;
use std::path::PathBuf;

use crate::error::{Fault, Place, Result};
use crate::kernel::dates::Month;

mod absences;
mod cells;
mod changes;
mod codes;
mod days;
mod deliveries;
mod duties;
mod feeds;
mod marks;
mod model;
mod names;
mod noise;
mod numerals;
mod office;
mod oracle;
mod pay;
mod pay_table;
mod pay_twist;
mod people;
mod plant;
mod posts;
mod quota_feeds;
mod records;
mod region;
mod rng;
mod staff_feeds;
mod tables;
mod truth;
mod units;
mod world;
mod writers;

/// What `hedui generate` was asked for.
#[derive(Debug, Clone)]
pub struct GenerateOptions {
    pub persons: u32,
    pub seed: u64,
    pub out: PathBuf,
    /// Last month; earlier ones are made as history.
    pub period: Month,
    pub months: u32,
    /// 1 is the default rate of errors, 0 none.
    pub noise: f64,
    /// 1 is the default rate of planted problems and look-alikes, 0 none of the problems (look-alikes stay).
    pub plant: f64,
    /// `mixed`: the formats offices export; `csv`: one GB18030 or UTF-8 CSV a table and month, for benchmarks.
    pub format: String,
}

/// Counts for the summary.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Generated {
    pub persons: u64,
    pub units: u64,
    pub files: u64,
    pub rows: u64,
    pub planted: u64,
    pub look_alikes: u64,
}

fn check(options: &GenerateOptions) -> Result<()> {
    let wrong = |code, message: String| Err(Fault::configuration(Place::file("generate"), code, message));
    if !(100..=20_000_000).contains(&options.persons) {
        return wrong("persons", format!("--persons {} is not between 100 and 20000000", options.persons));
    }
    if !(1..=60).contains(&options.months) {
        return wrong("months", format!("--months {} is not between 1 and 60", options.months));
    }
    for (name, rate) in [("noise", options.noise), ("plant", options.plant)] {
        if !(0.0..=20.0).contains(&rate) {
            return wrong("rate", format!("--{name} {rate} is not between 0 and 20"));
        }
    }
    if !["mixed", "csv"].contains(&options.format.as_str()) {
        return wrong("format", format!("--format {} is neither mixed nor csv", options.format));
    }
    Ok(())
}

/// Writes extracts below `out/<period>/` and the truth below `out/truth/`.
///
/// # Errors
/// [`crate::error::Fault::Machine`] when a file cannot be written.
pub fn generate(options: &GenerateOptions) -> Result<Generated> {
    check(options)?;
    let region = world::place(options);
    let names = names::Names::load();
    let (mut world, mut makers) = world::build(options, &region, &names);
    plant::plant(&mut world, &mut makers, options.persons, options.plant);
    noise::name_units(&mut world, options.noise);
    let confusions = noise::Confusions::load();
    let mut order: Vec<u32> = (0..u32::try_from(world.spells.len()).unwrap_or(u32::MAX)).collect();
    order.sort_by_key(|i| (world.spells[*i as usize].unit, *i));
    let mixed = options.format == "mixed";
    let mut rows = truth::Rows::open(&options.out, mixed)?;
    let mut total =
        Generated { persons: world.persons.len() as u64, units: world.units.len() as u64, ..Generated::default() };
    let marks = marks::Marks::new(&world.planted);
    let mut past: Vec<oracle::PastMonth> = Vec::new();
    let mut findings = truth::open(&options.out, "findings.csv", truth::FINDINGS_HEADER)?;
    let mut month = world.first;
    while month <= world.last {
        let mut snapshot = records::snapshot(&world, &order, month);
        noise::apply(&world, &confusions, options.noise, &mut snapshot);
        let period = month.to_string();
        let folder = options.out.join(&period);
        fs_err::create_dir_all(&folder)?;
        let mut to = writers::Written {
            root: &options.out,
            period: &period,
            truth: &mut rows,
            files: 0,
            rows: 0,
            tables: vec![],
        };
        for view in tables::views(&world, &snapshot) {
            writers::write(&folder, &world, &view, mixed, &mut to)?;
            to.tables.push((view.table, view.len));
        }
        total.files += to.files;
        total.rows += to.rows;
        let stale = deliveries::unchanged(&options.out, month, &to.tables)?;
        let found = oracle::findings(&world, &snapshot, &past, &stale);
        let (planted, look_alikes) = truth::findings(&mut findings, &world, &marks, month, &found)?;
        total.planted += planted;
        total.look_alikes += look_alikes;
        past.push(oracle::PastMonth::of(&world, snapshot, found));
        // Rows of the register are compared with those of three months at most.
        if past.len() > 3 {
            let old = past.len() - 4;
            past[old].staff = Vec::new();
        }
        // Rules look back for a year.
        if past.len() > 12 {
            past.remove(0);
        }
        month = month.plus(1);
    }
    rows.finish()?;
    truth::entities(&options.out, &world)?;
    findings.flush()?;
    Ok(total)
}

#[cfg(test)]
mod tests;
