//! Names of two to four common Han characters, which is nearly all of them: one word each, compared without a text.

use super::super::characters::{homophones, look_alike, simplify};
use super::{NameLevel, is_common_han, says_missing};

/// A name of two to four Han characters that folding leaves alone. Sixteen bits a character, the first in the lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PlainName(u64);

const PLACE: u64 = 0xFFFF;

impl PlainName {
    /// `None` for any other text.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let (mut word, mut length) = (0, 0_u32);
        for c in text.chars() {
            if length == 4 || !is_common_han(c) || c == '某' || simplify(c) != c {
                return None;
            }
            word |= u64::from(c) << (16 * length);
            length += 1;
        }
        (length >= 2 && !says_missing(text)).then_some(Self(word))
    }

    fn length(self) -> u32 {
        4 - self.0.leading_zeros() / 16
    }

    fn place(self, at: u32) -> char {
        char::from_u32(u32::try_from(self.0 >> (16 * at) & PLACE).unwrap_or_default()).unwrap_or_default()
    }

    /// The first `length` characters.
    fn head(self, length: u32) -> u64 {
        if length >= 4 { self.0 } else { self.0 & ((1 << (16 * length)) - 1) }
    }

    /// As [`super::compare`] on the two names' texts. Symmetric.
    #[must_use]
    pub fn compare(self, other: Self) -> NameLevel {
        let apart = self.0 ^ other.0;
        if apart == 0 {
            return NameLevel::Same;
        }
        let length = self.length();
        if length != other.length() {
            let (short, long) = if length < other.length() { (self, other) } else { (other, self) };
            return if short.is_within(long) { NameLevel::Contained } else { NameLevel::Other };
        }
        let differs = |at: &u32| apart >> (16 * at) & PLACE != 0;
        let mut differing = (0..length).filter(differs);
        let Some(first) = differing.next() else { return NameLevel::Same };
        let one = differing.next().is_none();
        if one && look_alike(self.place(first), other.place(first)) {
            return NameLevel::LookAlike;
        }
        if (0..length).filter(differs).all(|at| homophones(self.place(at), other.place(at))) {
            return NameLevel::Homophone;
        }
        // One differing place turns nothing round.
        match () {
            () if one && length >= 3 && first != 0 => NameLevel::OneCharacter,
            () if !one && self.sorted() == other.sorted() => NameLevel::Transposed,
            () => NameLevel::Other,
        }
    }

    /// Whether `long`, which has more characters, begins with this name of three, or is it with one more.
    fn is_within(self, long: Self) -> bool {
        let length = self.length();
        let same = ((self.0 ^ long.0).trailing_zeros() / 16).min(length);
        let one_more = long.length() == length + 1 && long.0 >> (16 * same) >> 16 == self.0 >> (16 * same);
        one_more || (length >= 3 && long.head(length) == self.0)
    }

    fn sorted(self) -> [u16; 4] {
        let mut places = [0, 1, 2, 3].map(|at| u16::try_from(self.0 >> (16 * at) & PLACE).unwrap_or_default());
        places.sort_unstable();
        places
    }
}

#[cfg(test)]
mod tests {
    use super::super::compare_folded;
    use super::*;
    use proptest::prelude::*;

    fn plain(text: &str) -> PlainName {
        PlainName::of(text).expect("a plain name")
    }

    #[test]
    fn only_two_to_four_common_han_characters_are_plain() {
        for text in ["王芳", "欧阳小明"] {
            assert!(PlainName::of(text).is_some(), "{text}");
        }
        for text in ["王", "", "欧阳小明明", "王某", "王*", "王 芳", "Wang", "張三", "无名", "㐂三"] {
            assert!(PlainName::of(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_character_dropped_anywhere_is_contained() {
        for (long, short) in [("王小明", "王明"), ("王小明", "小明"), ("王小明", "王小"), ("欧阳小明", "欧阳小")]
        {
            assert_eq!(plain(long).compare(plain(short)), NameLevel::Contained, "{long} {short}");
            assert_eq!(plain(short).compare(plain(long)), NameLevel::Contained, "{short} {long}");
        }
        for (long, short) in [("欧阳小明", "欧阳"), ("王小明", "明王"), ("欧阳小明", "小明")] {
            assert_eq!(plain(long).compare(plain(short)), NameLevel::Other, "{long} {short}");
        }
    }

    proptest! {
        /// The words say what the texts say, place by place.
        #[test]
        fn words_compare_as_texts_do(a in "[王玉芳方明名小晓]{2,4}", b in "[王玉芳方明名小晓]{2,4}") {
            let level = match compare_folded(&a, &b) {
                NameLevel::Folded => NameLevel::Same,
                level => level,
            };
            prop_assert_eq!(plain(&a).compare(plain(&b)), level);
        }
    }
}
