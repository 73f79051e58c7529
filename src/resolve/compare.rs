//! Two values to a level. Levels are decided here, their worth in `model`.

use std::borrow::Cow;

use super::model::LevelId;
use super::records::Record;
use super::values::{Days, NONE, PersonValues, unpack};
use crate::kernel::dates::civil;
use crate::kernel::person_name::{self, NameLevel};
use crate::kernel::resident_id::{self, IdAgreement, IdReading};

/// What a record's ID cell says, swaps undone.
pub(super) fn reading<'a>(values: &'a PersonValues<'_>, record: &Record) -> Cow<'a, IdReading> {
    let written = values.written_reading(record);
    if record.id == record.written_id {
        return written;
    }
    if record.id == 0 {
        return Cow::Owned(IdReading::PrecisionLost(written.text().to_owned()));
    }
    Cow::Owned(unpack(record.id).map_or(IdReading::Missing, IdReading::Valid))
}

/// How the IDs of two records stand to each other.
pub(super) fn id_level(values: &PersonValues<'_>, a: &Record, b: &Record) -> LevelId {
    if a.id != 0 && b.id != 0 {
        return sound_ids(a, b);
    }
    id_level_of(values, (a, &reading(values, a)), b)
}

/// The same, where what the ID cell of `a` says is at hand.
pub(super) fn id_level_of(values: &PersonValues<'_>, (a, left): (&Record, &IdReading), b: &Record) -> LevelId {
    if a.id != 0 && b.id != 0 {
        return sound_ids(a, b);
    }
    let right = match unpack(b.id) {
        Some(id) => Cow::Owned(IdReading::Valid(id)),
        None => reading(values, b),
    };
    match resident_id::compare(left, &right) {
        IdAgreement::Same => LevelId::IdSame,
        IdAgreement::TypoOne => LevelId::IdTypoOne,
        IdAgreement::TypoSwap => LevelId::IdTypoSwap,
        IdAgreement::PrecisionLostAgrees => LevelId::IdPrecisionLost,
        IdAgreement::MaskedAgrees => LevelId::IdMasked,
        IdAgreement::SameInvalid => LevelId::IdSameInvalid,
        IdAgreement::NearInvalid => LevelId::IdNearInvalid,
        IdAgreement::Unknown => LevelId::IdUnknown,
        IdAgreement::TwoValidDiffer => LevelId::IdTwoValid,
        IdAgreement::Differ => LevelId::IdDiffer,
    }
}

fn sound_ids(a: &Record, b: &Record) -> LevelId {
    match (a.id == b.id, a.id == a.written_id && b.id == b.written_id) {
        (true, true) => LevelId::IdSame,
        (true, false) => LevelId::IdSwapped,
        (false, _) => LevelId::IdTwoValid,
    }
}

/// How two raw names stand to each other.
pub(super) fn name_level(values: &PersonValues<'_>, a: &Record, b: &Record) -> LevelId {
    names_level(values, a.raw_name, b.raw_name)
}

pub(super) fn names_level(values: &PersonValues<'_>, a: u32, b: u32) -> LevelId {
    if a == NONE || b == NONE {
        return LevelId::NameUnknown;
    }
    if a == b {
        return LevelId::NameSame;
    }
    let names = &values.names;
    if names.folded_of[a as usize] == names.folded_of[b as usize] {
        return LevelId::NameFolded;
    }
    let level = match (names.plain[a as usize], names.plain[b as usize]) {
        (Some(a), Some(b)) => a.compare(b),
        _ => person_name::compare(names.raw[a as usize], names.raw[b as usize]),
    };
    match level {
        NameLevel::Same => LevelId::NameSame,
        NameLevel::Folded => LevelId::NameFolded,
        NameLevel::Wildcard => LevelId::NameWildcard,
        NameLevel::LookAlike => LevelId::NameLookAlike,
        NameLevel::Homophone => LevelId::NameHomophone,
        NameLevel::Transposed => LevelId::NameTransposed,
        NameLevel::Contained => LevelId::NameContained,
        NameLevel::OneCharacter => LevelId::NameOneCharacter,
        NameLevel::Unknown => LevelId::NameUnknown,
        NameLevel::Other => LevelId::NameOther,
    }
}

/// Every birth date a record gives: as stated, and as its sound ID says.
fn births(record: &Record) -> impl Iterator<Item = Days> {
    record.stated_birth().into_iter().chain(record.id_birth().map(|d| (d, d)))
}

/// Whether some birth date of the one could be that of the other.
pub(super) fn births_meet(a: &Record, b: &Record) -> bool {
    births(a).any(|x| births(b).any(|y| x.0 <= y.1 && y.0 <= x.1))
}

/// How two birth dates stand to each other.
pub(super) fn two_births(a: Days, b: Days) -> LevelId {
    let widest = (a.1 - a.0).max(b.1 - b.0);
    if a.0 <= b.1 && b.0 <= a.1 {
        return match widest {
            0 => LevelId::BirthSame,
            1..=31 => LevelId::BirthSameMonth,
            _ => LevelId::BirthSameYear,
        };
    }
    if widest > 0 {
        return LevelId::BirthDiffers;
    }
    let ((ya, ma, da), (yb, mb, db)) = (civil(a.0), civil(b.0));
    let parts_same = u8::from(ya == yb) + u8::from(ma == mb) + u8::from(da == db);
    let turned = ya == yb && ma == db && da == mb;
    if parts_same == 2 || turned { LevelId::BirthNear } else { LevelId::BirthDiffers }
}

/// How the birth dates stand to each other; said only where the IDs could not tell.
pub(super) fn birth_level(a: &Record, b: &Record) -> LevelId {
    let pairs = births(a).flat_map(|x| births(b).map(move |y| two_births(x, y)));
    // Levels are declared strongest first, `BirthUnknown` before `BirthDiffers`.
    pairs.min().unwrap_or(LevelId::BirthUnknown)
}

pub(super) fn sex_level(a: &Record, b: &Record) -> LevelId {
    match (a.sex, b.sex) {
        (0, _) | (_, 0) => LevelId::SexUnknown,
        (x, y) if x == y => LevelId::SexSame,
        _ => LevelId::SexDiffers,
    }
}

/// Whether a level of the ID comparison leaves birth and sex something of their own to say.
pub(super) fn id_is_silent(level: LevelId) -> bool {
    matches!(level, LevelId::IdUnknown | LevelId::IdDiffer)
}

/// Whether two folded names of one surname and length differ in one character. Under one sound ID in two sources that is a
/// slip of the hand; in one source it is two entries.
pub(super) fn one_character_apart(values: &PersonValues<'_>, a: u32, b: u32) -> bool {
    let text = |folded: u32| values.names.folded.get(folded as usize).map_or("", |n| &*n.text);
    let (a, b) = (text(a), text(b));
    let same_surname = a.chars().next() == b.chars().next();
    let apart = a.chars().zip(b.chars()).filter(|(x, y)| x != y).count();
    same_surname && a.chars().count() == b.chars().count() && apart == 1
}

/// Names that cannot be one person's by any slip of the hand.
pub(super) fn clearly_other(level: LevelId) -> bool {
    level == LevelId::NameOther
}

/// Names that agree but for script, width, spacing or a single slip.
pub(super) fn agrees(level: LevelId) -> bool {
    level <= LevelId::NameContained && level >= LevelId::NameSame
}
