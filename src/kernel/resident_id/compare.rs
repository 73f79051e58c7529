//! Two numbers against each other: what is a slip of the hand, what is two people.

use std::borrow::Cow;

use super::{IdReading, ResidentId, is_mask, significand};

/// How two readings stand to each other, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdAgreement {
    /// Both valid (or upgraded) and equal.
    Same,
    /// One valid, the other invalid and one character off: a typing error, and it is known which is wrong.
    TypoOne,
    /// One valid, the other invalid, two neighbouring characters swapped.
    TypoSwap,
    /// One valid, the other lost its last digits in a spreadsheet, the first 15 agree.
    PrecisionLostAgrees,
    /// One masked, the visible digits agree.
    MaskedAgrees,
    /// Neither valid, but the same text.
    SameInvalid,
    /// One valid and one invalid or both invalid, two characters off.
    NearInvalid,
    /// Nothing can be said: one is missing or of another document.
    Unknown,
    /// Both valid and different: two people, however near the numbers are.
    TwoValidDiffer,
    /// Different, at least one not valid.
    Differ,
}

/// Compares two readings. Symmetric.
#[must_use]
pub fn compare(a: &IdReading, b: &IdReading) -> IdAgreement {
    use IdReading::{Masked, Missing, OtherDocument, PrecisionLost};
    match (a, b) {
        (Missing, _) | (_, Missing) => IdAgreement::Unknown,
        (OtherDocument(x), OtherDocument(y)) if x == y => IdAgreement::SameInvalid,
        (OtherDocument(_), _) | (_, OtherDocument(_)) => IdAgreement::Unknown,
        (Masked(x), y) | (y, Masked(x)) => compare_masked(x, y),
        (PrecisionLost(x), y) | (y, PrecisionLost(x)) => compare_lost(x, y),
        _ => match (a.valid(), b.valid()) {
            (Some(x), Some(y)) if x == y => IdAgreement::Same,
            (Some(_), Some(_)) => IdAgreement::TwoValidDiffer,
            (Some(id), None) => compare_typed(id, b.text()),
            (None, Some(id)) => compare_typed(id, a.text()),
            (None, None) if a.text() == b.text() => IdAgreement::SameInvalid,
            (None, None) if substitutions(a.text(), b.text()).is_some_and(|n| n <= 2) => IdAgreement::NearInvalid,
            (None, None) => IdAgreement::Differ,
        },
    }
}

/// A sound number against an unsound text.
fn compare_typed(id: &ResidentId, text: &str) -> IdAgreement {
    if let Ok(text) = <&[u8; 18]>::try_from(text.as_bytes())
        && text.is_ascii()
    {
        let apart = id.0.iter().zip(text).map(|(x, y)| u8::from(x != y)).sum::<u8>();
        return match apart {
            0 | 1 => IdAgreement::TypoOne,
            2 if swapped(&id.0, text) => IdAgreement::TypoSwap,
            2 => IdAgreement::NearInvalid,
            _ => IdAgreement::Differ,
        };
    }
    let old = id.old_form();
    let old = std::str::from_utf8(&old).unwrap_or_default();
    let sound = if text.len() == 15 { old } else { id.reveal() };
    match substitutions(sound, text) {
        Some(0 | 1) => IdAgreement::TypoOne,
        Some(2) if swapped(sound.as_bytes(), text.as_bytes()) => IdAgreement::TypoSwap,
        Some(2) => IdAgreement::NearInvalid,
        Some(_) => IdAgreement::Differ,
        None if one_longer(text, sound) || one_longer(sound, text) => IdAgreement::TypoOne,
        None => IdAgreement::Differ,
    }
}

impl ResidentId {
    /// The 15-digit form: without century and check character.
    fn old_form(&self) -> [u8; 15] {
        let mut old = [0; 15];
        old[..6].copy_from_slice(&self.0[..6]);
        old[6..].copy_from_slice(&self.0[8..17]);
        old
    }
}

/// Differing places of two texts of the same length in characters.
fn substitutions(a: &str, b: &str) -> Option<usize> {
    if a.is_ascii() && b.is_ascii() {
        return (a.len() == b.len()).then(|| a.bytes().zip(b.bytes()).filter(|(x, y)| x != y).count());
    }
    (a.chars().count() == b.chars().count()).then(|| a.chars().zip(b.chars()).filter(|(x, y)| x != y).count())
}

fn swapped(a: &[u8], b: &[u8]) -> bool {
    match (0..a.len().min(b.len())).find(|i| a[*i] != b[*i]) {
        Some(i) => i + 1 < a.len() && i + 1 < b.len() && a[i] == b[i + 1] && a[i + 1] == b[i],
        None => false,
    }
}

/// Whether `long` is `short` with one more character somewhere.
fn one_longer(long: &str, short: &str) -> bool {
    let (long, short) = (long.as_bytes(), short.as_bytes());
    if long.len() != short.len() + 1 {
        return false;
    }
    let same = long.iter().zip(short).take_while(|(x, y)| x == y).count();
    long[same + 1..] == short[same..]
}

/// Visible characters at the same places, or at the same ends when the lengths differ. Six must agree to say anything.
fn compare_masked(masked: &str, other: &IdReading) -> IdAgreement {
    if let IdReading::PrecisionLost(_) = other {
        return IdAgreement::Unknown;
    }
    let other = other.text();
    if masked == other {
        return IdAgreement::SameInvalid;
    }
    let visible = |(p, q): &(char, char)| !is_mask(*p) && !is_mask(*q);
    let (mut agree, mut differ) = (0, false);
    let mut see = |(p, q): (char, char)| {
        agree += 1;
        differ |= p != q;
    };
    if masked.chars().count() == other.chars().count() {
        masked.chars().zip(other.chars()).filter(visible).for_each(&mut see);
    } else {
        masked.chars().zip(other.chars()).take_while(visible).for_each(&mut see);
        masked.chars().rev().zip(other.chars().rev()).take_while(visible).for_each(&mut see);
    }
    match agree {
        _ if differ => IdAgreement::Differ,
        6.. => IdAgreement::MaskedAgrees,
        _ => IdAgreement::Unknown,
    }
}

/// Digits a spreadsheet left against another reading.
fn compare_lost(lost: &str, other: &IdReading) -> IdAgreement {
    let known = |text| match significand(text) {
        Some(digits) => Cow::Owned(digits),
        None => Cow::Borrowed(first_characters(text, 15)),
    };
    let left = known(lost);
    if let IdReading::PrecisionLost(text) = other {
        let right = known(text);
        let shared = left.len().min(right.len());
        return match left.get(..shared) == right.get(..shared) {
            true if shared >= 15 => IdAgreement::SameInvalid,
            true => IdAgreement::Unknown,
            false => IdAgreement::Differ,
        };
    }
    let shared = left.len().min(15);
    let agrees = other.text().get(..shared) == left.get(..shared);
    match (agrees, shared >= 15, other.valid().is_some()) {
        (true, true, true) => IdAgreement::PrecisionLostAgrees,
        (true, true, false) => IdAgreement::NearInvalid,
        (true, false, _) => IdAgreement::Unknown,
        // The last digit shown was rounded, so only what stands before it can contradict.
        (false, false, _) if shared > 1 && other.text().get(..shared - 1) == left.get(..shared - 1) => {
            IdAgreement::Unknown
        }
        (false, ..) => IdAgreement::Differ,
    }
}

fn first_characters(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).map_or(text, |(end, _)| &text[..end])
}
