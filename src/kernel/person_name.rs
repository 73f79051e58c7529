//! Personal names: folding, comparison by levels, masking. Characters, never bytes.

/// A name ready to compare.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonName {
    /// Width folded, spaces gone, interpunct unified to `·`, simplified, upper case, bracketed suffixes removed.
    pub folded: String,
    /// What stood in brackets as another name (曾用名).
    pub aliases: Vec<String>,
}

/// How two names stand to each other, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameLevel {
    /// The same characters as written.
    Same,
    /// The same after folding (traditional, width, spaces, interpunct).
    Folded,
    /// A wildcard (□ ? * 某, pinyin in place of a rare character) stands for a character, the rest is the same.
    Wildcard,
    /// One character replaced by a look-alike, the rest the same.
    LookAlike,
    /// One or more characters replaced by homophones, the rest the same.
    Homophone,
    /// The same characters in another order.
    Transposed,
    /// One contains the other (a character dropped or added, a truncated long name, an alias).
    Contained,
    /// One character differs in a name of three or more, the surname the same.
    OneCharacter,
    /// Nothing can be said: one is missing.
    Unknown,
    Other,
}

#[must_use]
pub fn normalise(text: &str) -> PersonName {
    todo!("{text}")
}

/// Compares two names as written.
#[must_use]
pub fn compare(a: &str, b: &str) -> NameLevel {
    todo!("{a}{b}")
}

/// `王*`, `欧阳**`, `买**·**`: the surname's first character kept, the rest masked.
#[must_use]
pub fn mask(text: &str) -> String {
    todo!("{text}")
}
