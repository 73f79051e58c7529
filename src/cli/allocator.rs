//! How the allocator goes about free memory: a run makes and frees whole tables, and pages that come and go have to be cleared each
//! time; but what it keeps free counts as taken.

/// The allocator reads its settings before `main` begins, and only from the environment: large pages, and how long free memory is kept for
/// the next table, in milliseconds.
#[cfg(target_os = "linux")]
const SETTINGS: [&str; 2] = ["MIMALLOC_ALLOW_LARGE_OS_PAGES", "MIMALLOC_PURGE_DELAY"];

/// Starts this program over, in the same process; once, and not where somebody has set the first setting either way. Without a
/// limit in pages of two megabytes where the system gives them, given back a little later; within one, free memory is given back at once.
/// Goes on as things are when that cannot be done.
#[cfg(target_os = "linux")]
pub(super) fn set_up(limited: bool) {
    use std::os::unix::process::CommandExt;

    if std::env::var_os(SETTINGS[0]).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut arguments = std::env::args_os();
    let Some(name) = arguments.next() else { return };
    let mut again = std::process::Command::new(program);
    again.arg0(name).args(arguments);
    for (setting, value) in SETTINGS.into_iter().zip(if limited { ["0", "0"] } else { ["1", "2500"] }) {
        if std::env::var_os(setting).is_none() {
            again.env(setting, value);
        }
    }
    let _ = again.exec();
}

#[cfg(not(target_os = "linux"))]
pub(super) fn set_up(_limited: bool) {}
