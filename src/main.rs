//! Parse, dispatch, print the error chain, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(hedui::cli::main())
}
