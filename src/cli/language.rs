//! Chinese and English: one choice, made once.

use clap::ValueEnum;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    Zh,
    En,
}

impl Language {
    /// By LC_ALL, LC_MESSAGES, LANG: Chinese for zh, else English.
    #[must_use]
    pub fn of_locale() -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
        if set.is_some_and(|v| v.starts_with("zh")) { Self::Zh } else { Self::En }
    }

    /// The text in this language.
    #[must_use]
    pub fn pick(self, zh: &str, en: &str) -> String {
        match self {
            Self::Zh => zh.to_owned(),
            Self::En => en.to_owned(),
        }
    }
}
