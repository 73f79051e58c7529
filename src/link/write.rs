//! The link table, the clusters and the table of blocks as Parquet; each whole or not at all.

use std::path::Path;
use std::sync::Arc;

use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::block::{Blocks, Outcome};
use super::levels::{Level, levels, slug};
use super::model::Pair;
use super::score::level_of;
use super::spec::Spec;
use super::{Line, Status, Tables};
use crate::error::{Fault, Result};
use crate::resolve::model::{round_probability, rounded};
use crate::table::column::TextBuilder;
use crate::table::{Frame, FrameColumn, TextColumn, Texts, Values, view};

const ROW_GROUP_ROWS: usize = 128 * 1024;

/// left_id, right_id, probability, weight, status, for one table cluster_id, and the level of every comparison.
pub(super) fn links(
    spec: &Spec,
    tables: &Tables,
    pairs: &[Pair],
    weights: &[f64],
    lines: &[Line],
    clusters: Option<&[u32]>,
) -> Result<()> {
    let column = FrameColumn::new;
    let end = |which: fn(&Pair) -> u32| names(tables, lines.iter().map(|l| which(&pairs[l.pair])));
    let float = |value: &dyn Fn(&Line) -> f64| Values::Float(lines.iter().map(|l| Some(value(l))).collect());
    let status = |l: &Line| match l.status {
        Status::Linked => "linked",
        Status::Unresolved => "unresolved",
    };
    let mut columns = vec![
        column("left_id", "左表行标识", "row of the left table", end(|p| p.a)),
        column("right_id", "右表行标识", "row of the right table, or the other row", end(|p| p.b)),
        column("probability", "概率", "that the two are the same", float(&|l| round_probability(l.probability))),
        column("weight", "权重(比特)", "prior and evidence, in bits", float(&|l| rounded(weights[l.pair]))),
        column(
            "status",
            "状态",
            "linked; unresolved: too close to a rival, or against its cluster",
            Values::Text(lines.iter().map(|l| Some(status(l))).collect()),
        ),
    ];
    if let Some(of) = clusters {
        let cluster = names(tables, lines.iter().map(|l| of[pairs[l.pair].a as usize]));
        columns.push(column("cluster_id", "聚类", "smallest row of the cluster", cluster));
    }
    for (c, field) in tables.fields.iter().enumerate() {
        // The dictionary of levels is the table's own; missing comes last.
        let dictionary: Texts = levels(field.kind).iter().map(|l| l.slug).chain([slug(field.kind, u8::MAX)]).collect();
        let last = u32::try_from(dictionary.len() - 1).unwrap_or_default();
        let codes = lines.iter().map(|l| u32::from(level_of(pairs[l.pair].pattern, c)).min(last)).collect();
        let values = Values::Text(TextColumn { dictionary, codes });
        let said = |words: fn(&Level) -> &'static str| {
            let each = levels(field.kind).iter().map(|l| format!("{} {}", l.slug, words(l)));
            each.collect::<Vec<_>>().join("; ")
        };
        let zh = format!("{}的比较结果:{}", field.name, said(|l| l.zh));
        let en = format!("how {} compares: {}", field.name, said(|l| l.en));
        columns.push(column(&format!("level_{}", field.name), &zh, &en, values));
    }
    let frame = Frame {
        path: "links".to_owned(),
        title_zh: "关联".to_owned(),
        title_en: "pairs of rows held to be the same".to_owned(),
        sort_by: Vec::new(),
        columns,
    };
    write(&spec.path, &frame)
}

/// Row names of records.
fn names(tables: &Tables, records: impl Iterator<Item = u32>) -> Values {
    // Names hardly repeat: each stands in the dictionary as often as it is used.
    let dictionary: Texts = records.map(|r| tables.id(r)).collect();
    let codes = (0..u32::try_from(dictionary.len()).unwrap_or(u32::MAX)).collect();
    Values::Text(TextColumn { dictionary, codes })
}

/// Every row of the one table with its cluster.
pub(super) fn clusters(path: &Path, tables: &Tables, of: &[u32]) -> Result<()> {
    let all = 0..u32::try_from(of.len()).unwrap_or(u32::MAX);
    let columns = vec![
        FrameColumn::new("id", "行标识", "row", names(tables, all)),
        FrameColumn::new("cluster_id", "聚类", "smallest row of the cluster", names(tables, of.iter().copied())),
    ];
    let frame = Frame {
        path: "clusters".to_owned(),
        title_zh: "聚类".to_owned(),
        title_en: "rows and the thing each is".to_owned(),
        sort_by: Vec::new(),
        columns,
    };
    write(path, &frame)
}

/// What was keyed on, what became of it, and how many pairs were compared of those there were.
pub(super) fn blocks(path: &Path, tables: &Tables, blocks: &Blocks) -> Result<()> {
    let mut lines: Vec<_> = blocks.tallies.iter().map(|((l, o), t)| (l.words(&tables.fields), *o, *t)).collect();
    lines.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    let outcome = |o: Outcome| match o {
        Outcome::Whole => "whole",
        Outcome::Refined => "refined",
        Outcome::Capped => "capped",
    };
    let mut keys = TextBuilder::default();
    lines.iter().for_each(|l| keys.push(Some(&l.0)));
    let count = |value: &dyn Fn(&super::block::Tally) -> u64| {
        Values::Int64(lines.iter().map(|l| i64::try_from(value(&l.2)).ok()).collect())
    };
    let outcomes = Values::Text(lines.iter().map(|l| Some(outcome(l.1))).collect());
    let columns = vec![
        FrameColumn::new("key", "分块键", "fields keyed on", Values::Text(keys.finish())),
        FrameColumn::new("outcome", "处理", "whole; refined by a further field; capped: nearest rows only", outcomes),
        FrameColumn::new("blocks", "块数", "blocks", count(&|t| t.blocks)),
        FrameColumn::new("rows", "行数", "rows in them", count(&|t| t.rows)),
        FrameColumn::new("largest", "最大块行数", "rows of the largest", count(&|t| t.largest)),
        FrameColumn::new("pairs", "配对数", "pairs that all their rows make", count(&|t| t.pairs)),
        FrameColumn::new("compared", "已比较", "pairs compared under this key", count(&|t| t.compared)),
    ];
    let frame = Frame {
        path: "blocks".to_owned(),
        title_zh: "分块".to_owned(),
        title_en: "blocks compared whole, refined or capped".to_owned(),
        sort_by: Vec::new(),
        columns,
    };
    write(path, &frame)
}

fn write(path: &Path, frame: &Frame) -> Result<()> {
    let schema = view::arrow_schema(frame);
    let properties = WriterProperties::builder()
        .set_created_by(concat!("hedui version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .build();
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        fs_err::create_dir_all(folder)?;
    }
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let file = fs_err::File::create(&unfinished)?.into_parts().0;
    let failed = |e: parquet::errors::ParquetError| match e {
        parquet::errors::ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
            Ok(source) => Fault::Machine { context: path.display().to_string(), source: *source },
            Err(inner) => Fault::Internal(format!("{}: {inner}", path.display())),
        },
        other => Fault::Internal(format!("{}: {other}", path.display())),
    };
    let mut writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties)).map_err(failed)?;
    let rows: Vec<u32> = (0..u32::try_from(frame.len()).unwrap_or(u32::MAX)).collect();
    for group in rows.chunks(ROW_GROUP_ROWS) {
        writer.write(&view::to_arrow(frame, &schema, group)?).map_err(failed)?;
    }
    writer.into_inner().map_err(failed)?.sync_all()?;
    fs_err::rename(&unfinished, path)?;
    Ok(())
}
