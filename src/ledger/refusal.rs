//! What the ledger does not do, in two languages, and what to do about it.

use crate::error::{Fault, Refusal};

/// A refusal as a fault: nothing was written.
#[must_use]
pub fn refused(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Refused {
    Refused(Refusal { code, zh: zh.into(), en: en.into(), hint_zh: String::new(), hint_en: String::new() })
}

/// A refusal that may get a hint.
#[derive(Debug)]
pub struct Refused(Refusal);

impl Refused {
    #[must_use]
    pub fn hint(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.0.hint_zh = zh.into();
        self.0.hint_en = en.into();
        self
    }
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        Self::Refused(Box::new(refused.0))
    }
}
