//! Parse, dispatch, print the error chain, exit code.

use std::process::ExitCode;

/// A run makes and frees whole tables on several threads; the system's allocator keeps most of that memory for itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(hedui::cli::main())
}
