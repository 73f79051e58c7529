//! Until the command line stands, the program is only its own parser child.

use std::path::Path;
use std::process::ExitCode;

use hedui::extract::{Limits, run_reader_child};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let number = |flag: &str| args.iter().position(|a| a == flag).and_then(|i| args.get(i + 1)?.parse().ok());
    match args.get(1).map(String::as_str) {
        Some("internal-read") if args.len() > 2 => {
            let defaults = Limits::default();
            let limits = Limits {
                child_memory_bytes: number("--memory").unwrap_or(defaults.child_memory_bytes),
                child_seconds: number("--seconds").unwrap_or(defaults.child_seconds),
                ..defaults
            };
            match run_reader_child(Path::new(&args[2]), &limits) {
                Ok(()) => ExitCode::SUCCESS,
                Err(message) => {
                    eprintln!("{message}");
                    ExitCode::FAILURE
                }
            }
        }
        _ => ExitCode::from(2),
    }
}
