//! `hedui completions` and `hedui man`: made from the same declarations as `--help`.

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use crate::error::Result;

#[derive(Debug, Args)]
pub struct CompletionArguments {
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Debug, Args)]
pub struct ManArguments {
    /// Folder for the pages (hedui.1, hedui-run.1, …)
    #[arg(long, default_value = ".")]
    out: PathBuf,
}

/// Writes the completion script to standard output.
///
/// # Errors
/// None.
pub fn completions(arguments: &CompletionArguments) -> Result<u8> {
    clap_complete::generate(arguments.shell, &mut Cli::command(), "hedui", &mut std::io::stdout());
    Ok(0)
}

/// Writes one manual page a verb.
///
/// # Errors
/// [`crate::error::Fault::Machine`] when the folder cannot be written.
pub fn manual(arguments: &ManArguments) -> Result<u8> {
    fs_err::create_dir_all(&arguments.out)?;
    clap_mangen::generate_to(Cli::command(), &arguments.out)?;
    Ok(0)
}
