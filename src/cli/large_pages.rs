//! Memory in pages of two megabytes where the system gives them, and given back a little later: a run makes and frees whole
//! tables, and pages that come and go have to be cleared each time.

/// The allocator reads its settings before `main` begins, and only from the environment.
const SETTING: &str = "MIMALLOC_ALLOW_LARGE_OS_PAGES";

/// How long free memory is kept for the next table, in milliseconds.
#[cfg(target_os = "linux")]
const KEPT: (&str, &str) = ("MIMALLOC_PURGE_DELAY", "2500");

/// Starts this program over with the setting, in the same process; once, and not where somebody has set it either way.
/// Goes on without it when that cannot be done.
#[cfg(target_os = "linux")]
pub(super) fn ask_for() {
    use std::os::unix::process::CommandExt;

    if std::env::var_os(SETTING).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut arguments = std::env::args_os();
    let Some(name) = arguments.next() else { return };
    let mut again = std::process::Command::new(program);
    again.arg0(name).args(arguments).env(SETTING, "1");
    if std::env::var_os(KEPT.0).is_none() {
        again.env(KEPT.0, KEPT.1);
    }
    let _ = again.exec();
}

#[cfg(not(target_os = "linux"))]
pub(super) fn ask_for() {}
