//! `hedui link`: the record linker on any two tables, or on one.

use std::path::PathBuf;

use clap::Args;

use super::text_table::grouped;
use super::{ProgressKind, Session};
use crate::error::Result;
use crate::link::{self, Estimate, spec::Spec};

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// What to link, and by what: a TOML file / 关联说明文件
    spec: PathBuf,
}

const EXAMPLES: &str = "\
A spec / 说明文件示例:
  [left]
  path = \"a.csv\"            # CSV or Parquet, relative to the spec
  id = \"rec_id\"             # names each row
  [right]                    # left out: rows of the left table among themselves
  path = \"b.parquet\"
  id = \"rec_id\"
  [[compare]]
  column = \"surname\"        # or left = \"…\", right = \"…\"
  kind = \"name\"             # text name organisation date id number exact
  [output]
  path = \"links.parquet\"
  threshold = 0.5
  blocks = \"blocks.parquet\" # optional: which keys were refined or capped
  # also: clusters (one table), one_to_one and margin (two tables), block_rows, seed

Examples / 示例:
  hedui link spec.toml
  hedui link --progress none spec.toml";

/// # Errors
/// [`crate::error::Fault::Configuration`] for a wrong spec, [`crate::error::Fault::Inputs`] for tables that cannot be
/// read, [`crate::error::Fault::Machine`] when a table cannot be written.
pub fn execute(session: &Session, arguments: &Arguments) -> Result<u8> {
    let spec = Spec::load(&arguments.spec)?;
    let quiet = session.progress == ProgressKind::None;
    let mut tell = |estimate: &Estimate| {
        if !quiet {
            eprintln!("{}", before(session, estimate));
        }
    };
    let report = link::run(&spec, &mut tell)?;
    let (linked, unresolved) = (grouped(report.linked), grouped(report.unresolved));
    let compared = grouped(report.compared);
    let path = spec.path.display();
    let zh = format!("{path}: 比较 {compared} 对,关联 {linked} 对,待定 {unresolved} 对");
    let en = format!("{path}: {compared} pairs compared, {linked} linked, {unresolved} unresolved");
    let clusters = report
        .clusters
        .map(|n| session.language.pick(&format!(",聚为 {} 类", grouped(n)), &format!(", {} clusters", grouped(n))));
    super::put(&format!("{}{}", session.language.pick(&zh, &en), clusters.unwrap_or_default()));
    Ok(0)
}

fn before(session: &Session, estimate: &Estimate) -> String {
    let rows = match estimate.right_rows {
        Some(right) => format!("{} + {}", grouped(estimate.left_rows), grouped(right)),
        None => grouped(estimate.left_rows),
    };
    let (settled, pairs) = (grouped(estimate.settled), grouped(estimate.pairs));
    let (refined, capped, lost) = (grouped(estimate.refined), grouped(estimate.capped), grouped(estimate.capped_pairs));
    session.language.pick(
        &format!("{rows} 行;号码一致已定 {settled} 对;待比较至多 {pairs} 对;细分块 {refined} 个,限量块 {capped} 个(全比需 {lost} 对)"),
        &format!(
            "{rows} rows; {settled} pairs settled by their number; at most {pairs} pairs to compare; \
             {refined} blocks refined, {capped} capped (whole: {lost} pairs)"
        ),
    )
}
