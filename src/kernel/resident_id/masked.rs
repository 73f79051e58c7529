//! What may be shown of a number.

use std::fmt;

use super::IdReading;

/// First six and last four characters kept, the rest `*`; texts under 12 characters keep the first and last one only,
/// and texts of one or two characters nothing.
#[must_use]
pub fn mask(text: &str) -> String {
    let length = text.chars().count();
    let (head, tail) = match length {
        0..=2 => (0, 0),
        3..=11 => (1, 1),
        _ => (6, 4),
    };
    text.chars().enumerate().map(|(i, c)| if i < head || i + tail >= length { c } else { '*' }).collect()
}

/// A masked number: only what may be shown is kept, in as little room as a million of them need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MaskedId {
    /// The first six and the last four characters of a sound number.
    Sound([u8; 10]),
    Other(Box<str>),
}

impl MaskedId {
    /// `None` where there is nothing to mask.
    #[must_use]
    pub fn of(reading: &IdReading) -> Option<Self> {
        if let Some(id) = reading.valid() {
            let mut shown = [0; 10];
            shown[..6].copy_from_slice(&id.0[..6]);
            shown[6..].copy_from_slice(&id.0[14..]);
            return Some(Self::Sound(shown));
        }
        Some(mask(reading.text())).filter(|text| !text.is_empty()).map(|text| Self::Other(text.into()))
    }
}

impl fmt::Display for MaskedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sound(shown) => {
                let text = |part| std::str::from_utf8(part).unwrap_or_default();
                write!(f, "{}********{}", text(&shown[..6]), text(&shown[6..]))
            }
            Self::Other(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::resident_id::read;

    #[test]
    fn a_masked_number_reads_as_its_text_masked() {
        for text in ["110101199003074610", "110101900307461", "11010119900307", "E12345678", "1", ""] {
            let reading = read(text);
            let masked = MaskedId::of(&reading).map(|m| m.to_string()).unwrap_or_default();
            assert_eq!(masked, mask(reading.text()), "{text}");
        }
    }
}
