//! Canonical tables: what each source's rows become, whatever file they came in.
//!
//! `schema` reads schemas/*.json; `column` holds typed columns, texts as dictionary codes and `numbers` without a flag for gaps; `canonical` is a table of them with
//! every row's file, sheet and row; `frame` is a table as it is published (`publish::masked` turns the one into the other);
//! `digest` tells columns apart by what they hold; `shelf` lets them rest on the disk, raw ones under a `veil`; `view` is the bridge to Polars and Arrow.

pub mod canonical;
pub mod column;
pub mod digest;
pub mod frame;
pub mod numbers;
pub mod runs;
pub mod schema;
pub mod shelf;
pub mod texts;
pub mod toml;
mod veil;
pub mod view;

pub use canonical::{Origin, Table};
pub use column::{Column, TextColumn};
pub use frame::{EvidenceCell, Frame, FrameColumn, Values};
pub use numbers::Numbers;
pub use runs::Runs;
pub use schema::{Derived, Field, Kind, Schemas, TableSchema};
pub use shelf::{Resting, Shelf};
pub use texts::Texts;
