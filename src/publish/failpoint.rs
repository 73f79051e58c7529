//! Named steps of a publication at which a test may kill the process, as a power cut would.

use crate::error::{Fault, Place, Problem, Result, nearest};

/// Every step, in the order a publication comes to them.
///
/// Up to and including `previous-kept` the period stands as it was before the run; from `switched` on it is the new one.
pub const FAILPOINTS: &[&str] = &[
    "staging-made",
    "table-written",
    "tables-synced",
    "tables-verified",
    "manifest-staged",
    "run-folder-placed",
    "placeholder-set",
    "links-half-made",
    "links-made",
    "previous-kept",
    "switched",
    "run-manifest-copied",
    "dictionary-written",
    "catalogue-written",
    "root-manifest-written",
    "swept",
];

/// The step a test asked to die at, if any.
#[derive(Debug, Clone, Copy)]
pub struct Failpoint<'a>(Option<&'a str>);

impl<'a> Failpoint<'a> {
    /// Never dies.
    pub const NONE: Failpoint<'static> = Failpoint(None);

    /// # Errors
    /// [`Fault::Configuration`] when there is no step of that name: a kill test that kills nothing proves nothing.
    pub fn new(name: Option<&'a str>) -> Result<Self> {
        if let Some(name) = name
            && !FAILPOINTS.contains(&name)
        {
            let mut problem =
                Problem::new(Place::file("HEDUI_FAILPOINT"), "unknown-failpoint", format!("no step {name}"));
            problem.hint = nearest(name, FAILPOINTS.iter().copied()).map(|n| format!("did you mean {n}?"));
            return Err(Fault::Configuration(vec![problem]));
        }
        Ok(Self(name))
    }

    /// Dies here, without unwinding and without any clean-up, when this is the step.
    pub fn pass(self, step: &'static str) {
        debug_assert!(FAILPOINTS.contains(&step), "{step} is not in FAILPOINTS");
        if self.0 == Some(step) {
            std::process::abort();
        }
    }
}
