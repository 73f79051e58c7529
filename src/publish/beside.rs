//! Tables written beside other work.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Begun, PublishedFile};
use crate::error::{Fault, Result};
use crate::table::Frame;

impl Begun<'_> {
    /// Writes tables one after another, the largest first, while `work` is done; begins none when that is done. Rules leave a core idle
    /// half of the time. On a thread of its own: in the pool, the work would wait behind whole tables.
    ///
    /// # Errors
    /// Those of [`Begun::write`], with the work's result lost.
    pub fn write_beside<T>(&self, frames: &[Frame], work: impl FnOnce() -> T) -> Result<(T, Vec<PublishedFile>)> {
        let done = AtomicBool::new(false);
        let mut frames: Vec<&Frame> = frames.iter().collect();
        frames.sort_by_key(|frame| Reverse(frame.len() * frame.columns.len()));
        std::thread::scope(|scope| {
            let open = frames.into_iter().take_while(|_| !done.load(Ordering::Relaxed));
            let writing = || open.map(|frame| self.write(frame)).collect::<Result<Vec<_>>>();
            let writer = std::thread::Builder::new().name("write".to_owned()).spawn_scoped(scope, writing)?;
            let worked = work();
            done.store(true, Ordering::Relaxed);
            let written = writer.join().map_err(|_| Fault::Internal("a table could not be written".to_owned()))??;
            Ok((worked, written))
        })
    }
}
