//! `hedui check`: every problem found, not only the first; nothing published.

use std::path::PathBuf;

use clap::Args;

use super::progress::teller;
use super::text_table::{grouped, lay_out};
use super::{Session, run};
use crate::error::Result;
use crate::pipeline::{self, config, period};

#[derive(Debug, Args)]
#[command(after_help = "Example / 示例:
  hedui check pipelines/monthly.toml --period 2026-10")]
pub struct Arguments {
    /// Pipeline file / 任务配置文件
    pipeline: PathBuf,
    /// Month to look at [default: the pipeline's own] / 期间
    #[arg(long)]
    period: Option<String>,
    /// Published folder that the row counts are compared with / 发布目录
    #[arg(long)]
    out: Option<PathBuf>,
    /// How many rows set aside are listed / 列出多少条未采纳记录
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

/// # Errors
/// [`crate::error::Fault::Configuration`] or [`crate::error::Fault::Inputs`] with every problem.
pub fn execute(session: &Session, arguments: &Arguments) -> Result<u8> {
    let (config, schemas) = config::load(&arguments.pipeline)?;
    let period = match &arguments.period {
        Some(text) => run::parse_period(text)?,
        None => period::default_period(&config, chrono::Local::now().naive_local())?,
    };
    let options = run::options(arguments.out.clone(), None, true)?;
    let teller = teller(session, false);
    let (files, rejects) = pipeline::check(&config, &schemas, period, &options, teller.as_ref())?;
    drop(teller);
    let language = session.language;
    let rows: Vec<Vec<String>> = files
        .iter()
        .map(|f| {
            vec![
                f.file.clone(),
                f.table.clone(),
                f.format.clone(),
                f.encoding.clone().unwrap_or_default(),
                grouped(f.rows_read),
                grouped(f.rows_taken),
                grouped(f.rows_rejected),
            ]
        })
        .collect();
    let zh = ["文件", "表", "格式", "编码", "读取行", "采纳", "未采纳"];
    let en = ["file", "table", "format", "encoding", "rows", "taken", "rejected"];
    let header: Vec<String> = zh.iter().zip(en).map(|(zh, en)| language.pick(zh, en)).collect();
    super::put(&format!("{period}\n{}", lay_out(&header, &rows, &[4, 5, 6])));
    for file in &files {
        for warning in &file.warnings {
            super::put(&format!("! {}: {warning}", file.file));
        }
        if !file.unmapped_headers.is_empty() {
            let list = crate::error::printable(&file.unmapped_headers.join(", "));
            super::put(&language.pick(
                &format!("! {}: 未识别的列 {list}", file.file),
                &format!("! {}: columns not used: {list}", file.file),
            ));
        }
    }
    let mut sorted: Vec<_> = rejects.iter().map(|(_, r)| r).collect();
    sorted.sort();
    for reject in sorted.iter().take(arguments.limit) {
        let message = language.pick(&reject.message_zh, &reject.message_en);
        super::put(&format!("{}: {message} [{}]", reject.place, reject.code));
    }
    if sorted.len() > arguments.limit {
        let more = sorted.len() - arguments.limit;
        super::put(
            &language.pick(&format!("… 另有 {more} 条,--limit 可调整"), &format!("… and {more} more; see --limit")),
        );
    }
    Ok(0)
}
