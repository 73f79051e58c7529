//! Names of persons: Chinese by characters, Latin by parts, and the one against the other by its letters.

use super::compare::{Found, Shared};
use super::levels::name;
use super::values::{Field, Words};
use crate::kernel::characters::{is_han, readings, syllable};
use crate::kernel::person_name::{self, NameLevel};
use crate::kernel::text_similarity::{common_head, edits_within, may_be_within, slips};
use crate::resolve::em::SILENT;

/// Two folded Chinese names that differ.
pub(super) fn chinese(field: &Field, a: (&Words, &str), b: (&Words, &str), commoner: f32) -> Found {
    let surname = |w: &Words| field.head_share(&w.chars, 2).max(f32::MIN_POSITIVE);
    match person_name::compare_folded(a.1, b.1) {
        NameLevel::Same | NameLevel::Folded => Found::new(name::REORDERED, commoner),
        NameLevel::Wildcard => Found::new(name::WILDCARD, commoner),
        NameLevel::LookAlike => Found::new(name::LOOK_ALIKE, commoner),
        NameLevel::Homophone => Found::new(name::HOMOPHONE, commoner),
        NameLevel::Transposed => Found::new(name::REORDERED, commoner),
        NameLevel::Contained => Found::new(name::CONTAINED, commoner),
        NameLevel::OneCharacter => Found::new(name::ONE_CHARACTER, surname(a.0).min(surname(b.0))),
        NameLevel::Unknown => Found::new(SILENT, 1.0),
        NameLevel::Other if field.associates(a.0, b.0) => Found::new(name::ASSOCIATED, 1.0),
        NameLevel::Other if a.0.chars.first() == b.0.chars.first() => Found::new(name::HEAD, 1.0),
        NameLevel::Other => Found::new(name::OTHER, 1.0),
    }
}

/// A name in characters against one in letters: the letters may spell it, surname first or last.
pub(super) fn romanised(a: &str, b: &str, commoner: f32) -> Found {
    let (han, latin) = if a.chars().any(is_han) { (a, b) } else { (b, a) };
    let characters: Vec<char> = han.chars().filter(|c| is_han(*c)).collect();
    let letters: String = latin.chars().filter(char::is_ascii_alphabetic).collect();
    let turned: Vec<char> = characters.iter().skip(1).chain(characters.first()).copied().collect();
    let spelled = spells(&characters, &letters) || spells(&turned, &letters);
    if spelled && characters.len() >= 2 { Found::new(name::HOMOPHONE, commoner) } else { Found::new(name::OTHER, 1.0) }
}

fn spells(characters: &[char], letters: &str) -> bool {
    let Some((first, rest)) = characters.split_first() else { return letters.is_empty() };
    readings(*first).iter().map(|id| syllable(*id)).any(|s| {
        let written = [s.to_owned(), s.replace('v', "u"), s.replace('v', "yu")];
        written.iter().any(|s| letters.strip_prefix(s.as_str()).is_some_and(|tail| spells(rest, tail)))
    })
}

/// How one part of a name stands to a part of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Near,
    Short,
    Alias,
}

/// Two Latin names that differ, part by part in any order.
pub(super) fn latin(field: &Field, a: &Words, b: &Words, commoner: f32) -> Found {
    let (short, long) = if a.words.len() <= b.words.len() { (a, b) } else { (b, a) };
    let exact = Shared::of(&field.vocabulary, short, long);
    if exact.words == short.words.len() && exact.words == long.words.len() {
        return Found::new(name::REORDERED, exact.share);
    }
    if exact.words == short.words.len() {
        let level = if exact.words >= 2 { name::CONTAINED } else { name::ONE_WORD };
        return Found::new(level, exact.share);
    }
    // Parts that are not found as they are, each against what is left of the other name.
    let mut left: Vec<u32> = long.words.iter().copied().filter(|w| !short.words.contains(w)).collect();
    let mut weakest = Part::Near;
    let (mut met, mut unmet, mut share) = (0, 0, exact.share);
    for &word in short.words.iter().filter(|w| !long.words.contains(w)) {
        let best = left.iter().enumerate().filter_map(|(i, &other)| Some((meet(field, word, other)?, i))).min();
        match best {
            Some(((part, rarity), i)) => {
                left.remove(i);
                weakest = weakest.max(part);
                share *= f32::from_bits(rarity);
                met += 1;
            }
            None => unmet += 1,
        }
    }
    // A blank too many or too few, and slips in names written together.
    if (met == 0 || unmet > 0) && a.edits(b, slips(a.chars.len().min(b.chars.len()))).is_some() {
        return Found::new(name::NEAR, commoner);
    }
    match (exact.words, met, unmet, weakest) {
        (_, 1.., 0, Part::Near) => Found::new(name::NEAR, share),
        (_, 1.., 0, Part::Short) => Found::new(name::INITIALS, share),
        (_, 1.., 0, Part::Alias) => Found::new(name::ASSOCIATED, share),
        (1.., ..) => Found::new(name::PART, share),
        (0, 1.., ..) => Found::new(name::PART_NEAR, share),
        _ if common_head(&a.chars, &b.chars) >= 3 => Found::new(name::HEAD, field.head_share(&a.chars, 3)),
        _ => Found::new(name::OTHER, 1.0),
    }
}

/// How two different parts meet, and as bits of an `f32` (which sort like it) the share of rows that would.
fn meet(field: &Field, a: u32, b: u32) -> Option<(Part, u32)> {
    let vocabulary = &field.vocabulary;
    let (x, y) = (&vocabulary.words[a as usize], &vocabulary.words[b as usize]);
    let share = vocabulary.shares[a as usize].max(vocabulary.shares[b as usize]).min(1.0);
    let (few, many) = if x.len() <= y.len() { (x, y) } else { (y, x) };
    let slips = slips(few.len());
    let close = may_be_within(vocabulary.signatures[a as usize], vocabulary.signatures[b as usize], slips);
    if close && edits_within(x, y, slips).is_some() {
        return Some((Part::Near, share.to_bits()));
    }
    let head = common_head(few, many);
    if head == few.len() && (few.len() == 1 || few.len() >= 3) {
        let share = match few.len() {
            1 => few.first().and_then(|c| vocabulary.initials.get(c)).copied().unwrap_or(1.0).min(1.0),
            _ => share,
        };
        return Some((Part::Short, share.to_bits()));
    }
    field.associated_words(a, b).then_some((Part::Alias, share.to_bits()))
}
