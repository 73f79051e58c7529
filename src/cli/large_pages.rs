//! Memory in pages of two megabytes where the system gives them: a run clears a tenth of the pages it would clear otherwise.

/// The allocator reads its settings before `main` begins, and only from the environment.
const SETTING: &str = "MIMALLOC_ALLOW_LARGE_OS_PAGES";

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
    let _ = std::process::Command::new(program).arg0(name).args(arguments).env(SETTING, "1").exec();
}

#[cfg(not(target_os = "linux"))]
pub(super) fn ask_for() {}
