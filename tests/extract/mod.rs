//! Extract: bad input row by row as the matrix numbers it, formats, headers and whole-source guards.

mod files;
mod formats;
mod generated;
mod headers;
mod rows;
mod support;
mod text;
mod values;
mod workbooks;
