//! What `generate` writes is read: every row of every file, at the place the truth says it stands.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;
use hedui::extract::{Limits, ReadContext, SourceSpec, plan_files, read_source};
use hedui::kernel::dates::Month;
use hedui::synthetic::{GenerateOptions, generate};
use hedui::table::Schemas;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// Rows of the truth as text, whichever way it was written.
fn truth_rows(folder: &Path) -> Vec<Vec<String>> {
    const COLUMNS: [&str; 4] = ["period", "table", "source_file", "source_row"];
    if let Ok(file) = std::fs::File::open(folder.join("truth/rows.parquet")) {
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build().expect("a reader");
        let text = |batch: &RecordBatch, name: &str| {
            let column = cast(batch.column_by_name(name).expect("a column"), &DataType::Utf8).expect("text");
            column.as_string::<i32>().iter().map(|v| v.unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        return reader
            .flat_map(|batch| {
                let batch = batch.expect("a batch");
                let columns = COLUMNS.map(|c| text(&batch, c));
                (0..batch.num_rows()).map(|r| columns.iter().map(|c| c[r].clone()).collect()).collect::<Vec<_>>()
            })
            .collect();
    }
    let mut reader = csv::Reader::from_path(folder.join("truth/rows.csv")).expect("the truth");
    let header = reader.headers().expect("a header").clone();
    let at =
        COLUMNS.map(|name| header.iter().position(|h| h.trim_start_matches('\u{FEFF}') == name).expect("a column"));
    reader
        .records()
        .map(|row| {
            let row = row.expect("a row");
            at.iter().map(|&i| row[i].to_owned()).collect()
        })
        .collect()
}

/// (file below the generated folder, row) of every row of a table and period, as the truth has them.
fn truth(folder: &Path, period: &str, table: &str) -> BTreeSet<(String, u32)> {
    let wanted = truth_rows(folder).into_iter().filter(|row| row[0] == period && row[1] == table);
    wanted.map(|row| (row[2].clone(), row[3].parse().expect("a number"))).collect()
}

fn check(format: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let period = Month::parse("2026-10").expect("a month");
    let options = GenerateOptions {
        persons: 400,
        seed: 7,
        out: folder.path().to_path_buf(),
        period,
        months: 2,
        noise: 1.0,
        plant: 1.0,
        format: format.to_owned(),
    };
    generate(&options).expect("generated");
    let mut wrong = Vec::new();
    for schema in Schemas::built_in().expect("schemas").tables.values() {
        let spec = SourceSpec {
            schema: schema.clone(),
            path: format!("{{period}}/{}*", schema.name),
            history_months: 0,
            encoding: "auto".to_owned(),
            delimiter: "auto".to_owned(),
            sheets: Vec::new(),
            headers: indexmap::IndexMap::new(),
            allow_empty: true,
            optional: true,
            max_fall_percent: 40,
            control_totals: indexmap::IndexMap::new(),
            region_prefix: String::new(),
        };
        let context = ReadContext {
            ahead: true,
            workspace: folder.path().to_path_buf(),
            period,
            limits: Limits::default(),
            program: PathBuf::from(env!("CARGO_BIN_EXE_hedui")),
            previous_rows: None,
            accept_volume: None,
        };
        if plan_files(&spec, &context).expect("a plan").is_empty() {
            continue;
        }
        let expected = truth(folder.path(), "2026-10", &schema.name);
        match read_source(&spec, &context) {
            Ok(read) => {
                let found: BTreeSet<(String, u32)> = (0..read.table.len())
                    .map(|r| {
                        let place = read.table.place(r);
                        (place.file, place.row.unwrap_or(0))
                    })
                    .collect();
                let set_aside: Vec<_> = read.rejects.iter().filter(|r| r.row_rejected).collect();
                // Damage that the generator does on purpose may cost a few rows, never a table.
                if found != expected || set_aside.len() * 10 > read.table.len() {
                    let missing: Vec<_> = expected.difference(&found).take(3).collect();
                    let extra: Vec<_> = found.difference(&expected).take(3).collect();
                    wrong.push(format!(
                        "{}: {} of {} rows, missing {missing:?}, extra {extra:?}, set aside {}: {:?}",
                        schema.name,
                        found.len(),
                        expected.len(),
                        set_aside.len(),
                        set_aside.first()
                    ));
                }
            }
            Err(problems) => wrong.push(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn generated_text_is_read_row_by_row() {
    check("csv");
}

#[test]
fn generated_office_formats_are_read_row_by_row() {
    check("mixed");
}
