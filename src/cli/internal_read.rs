//! `hedui internal-read`: the parser child. A hostile workbook kills this process, not the run.

use std::path::PathBuf;

use clap::Args;

use crate::error::Result;
use crate::extract::{self, Limits};

#[derive(Debug, Args)]
pub struct Arguments {
    path: PathBuf,
    /// Address space in bytes.
    #[arg(long)]
    memory: u64,
    #[arg(long)]
    seconds: u64,
}

/// # Errors
/// None: what went wrong is said on standard error and by the exit code, for the parent to read.
pub fn execute(arguments: &Arguments) -> Result<u8> {
    let limits = Limits { child_memory_bytes: arguments.memory, child_seconds: arguments.seconds, ..Limits::default() };
    match extract::run_reader_child(&arguments.path, &limits) {
        Ok(()) => Ok(0),
        Err(message) => {
            eprintln!("{message}");
            Ok(3)
        }
    }
}
