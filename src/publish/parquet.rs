//! One frame to one Parquet file: sorted, zstd, row groups of 128 Ki rows with statistics, titles as field metadata.
//! The same frame always gives the same bytes.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use sha2::{Digest, Sha256};

use super::{SCHEMA_VERSION, sort};
use crate::error::{Fault, Result};
use crate::kernel::dates::Month;
use crate::table::{Frame, FrameColumn, TextColumn, Values, view};

const ROW_GROUP_ROWS: usize = 128 * 1024;

/// A written file, before anything has been read back.
#[derive(Debug, Clone)]
pub struct Written {
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
}

/// Writes a frame and waits until it is on the disk. A frame without a `period` column gets one.
///
/// # Errors
/// [`Fault::Machine`] when the disk refuses, [`Fault::Internal`] when the frame's columns differ in length.
pub fn write(path: &Path, frame: &Frame, period: Month, run_id: &str) -> Result<Written> {
    let with_period;
    let frame = if frame.column("period").is_some() {
        frame
    } else {
        with_period = add_period(frame, period);
        &with_period
    };
    if let Some(column) = frame.columns.iter().find(|c| c.values.len() != frame.len()) {
        let message =
            format!("{}: column {} has {} rows, not {}", frame.path, column.name, column.values.len(), frame.len());
        return Err(Fault::Internal(message));
    }
    let schema = view::arrow_schema(frame);
    let order = sort::order(frame);
    let groups = order.chunks(ROW_GROUP_ROWS).map(|rows| view::to_arrow(frame, &schema, rows));
    write_batches(path, &schema, properties(frame, period, run_id), groups)
}

/// Writes a table of that schema without rows.
///
/// # Errors
/// [`Fault::Machine`].
pub fn write_empty(path: &Path, schema: &SchemaRef) -> Result<Written> {
    write_batches(path, schema, base_properties().build(), std::iter::empty())
}

/// The schema of a written table, and its rows as its footer counts them.
///
/// # Errors
/// [`Fault::Machine`] when it cannot be opened, [`Fault::Reconciliation`] when it is not sound Parquet.
pub fn read_footer(path: &Path) -> Result<(SchemaRef, u64)> {
    let file = fs_err::File::open(path)?.into_parts().0;
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|e| unsound(path, &e))?;
    let rows = metadata.metadata().file_metadata().num_rows();
    let rows = u64::try_from(rows).map_err(|e| unsound(path, &e))?;
    Ok((Arc::clone(metadata.schema()), rows))
}

/// A published file that is not what was published.
pub fn unsound(path: &Path, error: &dyn std::fmt::Display) -> Fault {
    Fault::Reconciliation(format!("{}: damaged: {error}", path.display()))
}

fn add_period(frame: &Frame, period: Month) -> Frame {
    let text = TextColumn { dictionary: [period.to_string()].iter().collect(), codes: vec![0; frame.len()] };
    let mut frame = frame.clone();
    frame.columns.push(FrameColumn::new("period", "月份", "period, YYYY-MM", Values::Text(text)));
    frame
}

fn write_batches(
    path: &Path,
    schema: &SchemaRef,
    properties: WriterProperties,
    batches: impl Iterator<Item = Result<RecordBatch>>,
) -> Result<Written> {
    let failed = |e: parquet::errors::ParquetError| write_fault(path, e);
    let sink = Hashing {
        inner: BufWriter::with_capacity(1 << 20, fs_err::File::create(path)?.into_parts().0),
        digest: Sha256::new(),
        bytes: 0,
    };
    let mut writer = ArrowWriter::try_new(sink, Arc::clone(schema), Some(properties)).map_err(failed)?;
    let mut rows = 0;
    for batch in batches {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        writer.write(&batch).map_err(failed)?;
    }
    let sink = writer.into_inner().map_err(failed)?;
    let (bytes, digest) = (sink.bytes, sink.digest);
    let named = |source| Fault::Machine { context: path.display().to_string(), source };
    let file = sink.inner.into_inner().map_err(|e| named(e.into_error()))?;
    file.sync_all().map_err(named)?;
    Ok(Written { rows, bytes, sha256: crate::kernel::secret::hex(&digest.finalize()) })
}

/// A disk error stays a disk error on its way through the Parquet writer.
fn write_fault(path: &Path, error: parquet::errors::ParquetError) -> Fault {
    match error {
        parquet::errors::ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(source) => Fault::Machine { context: path.display().to_string(), source: *source },
            Err(inner) => Fault::Internal(format!("{}: {inner}", path.display())),
        },
        other => Fault::Internal(format!("{}: {other}", path.display())),
    }
}

fn base_properties() -> WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_created_by(concat!("hedui version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
}

fn properties(frame: &Frame, period: Month, run_id: &str) -> WriterProperties {
    let mut entries = vec![
        ("hedui.table", frame.path.clone()),
        ("hedui.period", period.to_string()),
        ("hedui.schema_version", SCHEMA_VERSION.to_string()),
    ];
    // A table that does not speak of the run is the same in every run with the same contents, to the byte.
    if frame.column("run_id").is_some() {
        entries.push(("hedui.run_id", run_id.to_owned()));
    }
    let metadata = entries.into_iter().map(|(k, v)| KeyValue::new(k.to_owned(), v)).collect();
    let mut builder = base_properties().set_key_value_metadata(Some(metadata));
    for column in &frame.columns {
        if mostly_distinct(&column.values) {
            builder = builder.set_column_dictionary_enabled(ColumnPath::from(column.name.clone()), false);
        }
    }
    builder.build()
}

/// Keys and row numbers hardly repeat: a Parquet dictionary of them costs time and saves nothing.
fn mostly_distinct(values: &Values) -> bool {
    let Values::Text(column) = values else { return false };
    let mut used = vec![false; column.dictionary.len()];
    for &code in &column.codes {
        if let Some(seen) = used.get_mut(code as usize) {
            *seen = true;
        }
    }
    used.iter().filter(|&&u| u).count() * 2 > column.codes.len()
}

/// Counts and digests what passes through.
struct Hashing<W> {
    inner: W,
    digest: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(buffer)?;
        self.digest.update(&buffer[..n]);
        self.bytes += n as u64;
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The digest of a file as it stands on the disk.
///
/// # Errors
/// [`Fault::Machine`].
pub fn sha256_of(path: &Path) -> Result<String> {
    let mut sink = Hashing { inner: io::sink(), digest: Sha256::new(), bytes: 0 };
    let mut file: File = fs_err::File::open(path)?.into_parts().0;
    let named = |source| Fault::Machine { context: path.display().to_string(), source };
    io::copy(&mut file, &mut sink).map_err(named)?;
    Ok(crate::kernel::secret::hex(&sink.digest.finalize()))
}
