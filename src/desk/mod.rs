//! The desk: what officers put on paper from what is published and what the ledger holds.
//!
//! `gate` looks before an approval whether a unit's problems and numbers allow it, and prints the pre-check sheet; `workbook` sends
//! cases out as a workbook and takes verdicts in; `checks` are random checks; `letters` are numbered letters to units; `self_inspection` asks
//! units what they find themselves and proves who answered. `ask` and
//! `units` read the published tables; `page` is a sheet of paper in one language, which the command line lays out and templates make
//! DOCX of.

pub mod ask;
pub mod book;
pub mod checks;
pub mod finder;
pub mod gate;
pub mod letters;
pub mod page;
pub mod posts;
pub mod self_inspection;
pub mod sheets;
pub mod units;
pub mod workbook;

use serde::Serialize;

/// The same words in Chinese and English.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Words {
    pub zh: String,
    pub en: String,
}

impl Words {
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
    #[must_use]
    pub fn pick(&self, language: Tongue) -> &str {
        match language {
            Tongue::Zh => &self.zh,
            Tongue::En => &self.en,
        }
    }
}

/// The language of a sheet of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tongue {
    Zh,
    En,
}

impl Tongue {
    /// The words in this language.
    #[must_use]
    pub fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}
