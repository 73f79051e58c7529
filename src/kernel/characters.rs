//! Character tables: traditional to simplified, readings, look-alikes, private-use repairs, width. Built once, looked up per character.
//! The data files and their licences are in `src/kernel/data`.

/// Width, compatibility and radical forms folded to the plain character; zero-width and variation selectors removed;
/// GB18030 private-use characters mapped to their standard code points. Not `simplify`: the script stays.
#[must_use]
pub fn fold_width(text: &str) -> String {
    todo!("{text}")
}

/// Traditional or variant character to the simplified one (OpenCC character table, first choice).
#[must_use]
pub fn simplify(c: char) -> char {
    todo!("{c}")
}

/// Toneless readings of a character as sorted syllable ids (a set: polyphones have several); empty when unknown.
#[must_use]
pub fn readings(c: char) -> &'static [u16] {
    todo!("{c}")
}

/// The toneless pinyin of a syllable id, such as `zhang`.
#[must_use]
pub fn syllable(id: u16) -> &'static str {
    todo!("{id}")
}

/// Whether two characters share a toneless reading.
#[must_use]
pub fn homophones(a: char, b: char) -> bool {
    todo!("{a}{b}")
}

/// Whether two characters look alike (shape tables, symmetric).
#[must_use]
pub fn look_alike(a: char, b: char) -> bool {
    todo!("{a}{b}")
}

/// Whether a character is a Han ideograph.
#[must_use]
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3134F}' | '\u{3007}')
}
