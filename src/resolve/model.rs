//! The model: every comparison level and what it is worth, as one table. Reviewing the linkage is reviewing this table.
//!
//! Weights are bits: log2(m/u), m the chance of the level among pairs that are the same, u among pairs that are not.
//! `Fixed` weights were set from rates of error seen in extracts; `Rated` and `Name` weights are where `estimate` starts from
//! and what it is shrunk towards, source by source; `Name` weights follow the frequency of the name in the register (a rare
//! name earns more), less a loss for the level, so that 2^-loss is the level's m; `Learned` weights come from certain links.

/// What a level is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bits {
    /// Always the same.
    Fixed(f64),
    /// Bits to start from, and m among pairs that are the same though no valid ID of both says so; u follows from the two.
    Rated(f64, f64),
    /// −log2 of the name's frequency in the register, less this many bits.
    Name(f64),
    /// log2 of the number of register units plus this many bits: equality that does not come by chance.
    Spine(f64),
    /// Estimated from this run's certain links.
    Learned,
}

/// One level of one comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    pub comparison: &'static str,
    pub slug: &'static str,
    pub bits: Bits,
    pub zh: &'static str,
    pub en: &'static str,
}

macro_rules! model {
    ($($id:ident $comparison:literal $slug:literal $bits:expr, $zh:literal, $en:literal;)*) => {
        /// The place of a level in [`TABLE`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum LevelId { $($id),* }

        impl LevelId {
            /// All levels, in the order of the table.
            const ALL: &[Self] = &[$(Self::$id),*];
            /// The levels of comparisons of persons.
            pub(super) const PERSONS: &[Self] = Self::ALL.split_at(PERSON_LEVELS).0;
        }

        /// All levels, comparison by comparison, strongest first.
        pub static TABLE: &[Level] = &[
            $(Level { comparison: $comparison, slug: $slug, bits: $bits, zh: $zh, en: $en }),*
        ];
    };
}

use Bits::{Fixed, Learned, Name, Rated, Spine};

model! {
    // Persons. What an ID already contains (birth, sex) is not counted again when the IDs could be compared.
    IdSame           "id" "id-same" Fixed(30.0), "证件号一致", "same valid ID";
    IdSwapped        "id" "id-swapped" Fixed(24.0), "证件号与相邻行对调", "ID swapped with a neighbouring row";
    IdAdopted        "id" "id-adopted" Fixed(24.0), "证件号与此人另一来源一致", "ID known from another source of this person";
    IdTypoOne        "id" "id-typo-one" Rated(21.0, 0.42), "一方有误、差一位", "one is invalid and one character off";
    IdTypoSwap       "id" "id-typo-swap" Rated(21.0, 0.2), "一方有误、相邻两位颠倒", "one is invalid, two neighbours swapped";
    IdPrecisionLost  "id" "id-precision-lost" Rated(15.0, 0.16), "一方末位被表格软件截断、其余一致", "last digits lost in a spreadsheet, the rest agree";
    IdMasked         "id" "id-masked" Rated(12.0, 0.06), "一方有遮盖、可见位一致", "one is masked, visible digits agree";
    IdSameInvalid    "id" "id-same-invalid" Rated(18.0, 0.06), "同样的无效号码", "the same invalid text";
    IdNearInvalid    "id" "id-near-invalid" Rated(9.0, 0.03), "一方有误、差两位", "at least one invalid, two characters off";
    IdUnknown        "id" "id-unknown" Fixed(0.0), "无法比较", "nothing can be said";
    IdDiffer         "id" "id-differ" Rated(-6.0, 0.012), "不同、至少一方无效", "different, at least one not valid";
    // Never enough to link: two sound numbers are two people until somebody has looked. It only keeps such a pair from
    // being called "nobody in the register", and offers it for review.
    IdSecond         "id" "id-second-number" Fixed(-13.0), "两个有效号码、疑为一人两号", "two valid IDs, perhaps one person's second number";
    IdTwoValid       "id" "id-two-valid" Fixed(-40.0), "两个有效号码不同：两个人", "two valid IDs differ: two people";

    NameSame         "name" "name-same" Name(0.1), "姓名一致", "the same name";
    NameFolded       "name" "name-folded" Name(0.1), "规范化后一致", "the same after folding script, width, spaces";
    NameWildcard     "name" "name-wildcard" Name(5.0), "生僻字以代字代替、其余一致", "a stand-in for a rare character, the rest the same";
    NameLookAlike    "name" "name-look-alike" Name(7.5), "形近字", "a look-alike character";
    NameHomophone    "name" "name-homophone" Name(6.0), "同音字", "homophones";
    NameTransposed   "name" "name-transposed" Name(9.0), "字序颠倒", "characters in another order";
    NameContained    "name" "name-contained" Name(8.0), "一名含另一名", "one contains the other";
    NameOneCharacter "name" "name-one-character" Rated(2.0, 0.008), "差一字", "one character differs";
    NameUnknown      "name" "name-unknown" Fixed(0.0), "缺姓名", "a name is missing";
    NameOther        "name" "name-other" Rated(-9.0, 0.0019), "姓名不同", "different names";

    BirthSame        "birth" "birth-same" Rated(13.0, 0.9), "出生日期一致", "same day of birth";
    BirthSameMonth   "birth" "birth-same-month" Rated(8.5, 0.04), "出生年月一致", "same month of birth";
    BirthSameYear    "birth" "birth-same-year" Rated(4.5, 0.02), "出生年份一致", "same year of birth";
    BirthNear        "birth" "birth-near" Rated(2.0, 0.02), "出生日期一处不同", "one part of the birth date differs";
    BirthUnknown     "birth" "birth-unknown" Fixed(0.0), "无法比较或已含于证件号", "unknown, or already in the ID";
    BirthDiffers     "birth" "birth-differs" Rated(-6.5, 0.01), "出生日期不同", "different birth dates";

    SexSame          "sex" "sex-same" Rated(0.9, 0.97), "性别一致", "same sex";
    SexUnknown       "sex" "sex-unknown" Fixed(0.0), "无法比较或已含于证件号", "unknown, or already in the ID";
    SexDiffers       "sex" "sex-differs" Rated(-4.5, 0.022), "性别不同", "different sex";

    UnitExpected     "unit" "unit-expected" Learned, "单位相符", "the unit whose staff this source unit lists";
    UnitUnknown      "unit" "unit-unknown" Fixed(0.0), "缺单位", "no unit";
    UnitOther        "unit" "unit-other" Learned, "单位不同", "another unit";

    AccountSame      "account" "account-same" Rated(9.0, 0.88), "与此人另一工资行账号一致", "the account of another pay row of this person";
    AccountUnknown   "account" "account-unknown" Fixed(0.0), "无账号可比", "no account to compare";
    AccountDiffers   "account" "account-differs" Rated(-3.0, 0.12), "账号不同", "different accounts";

    PlaceVacant      "place" "place-vacant" Learned, "此人在该来源尚无其他行", "this person has no other row in that source";
    PlaceUnknown     "place" "place-unknown" Fixed(0.0), "无法比较", "nothing can be said";
    PlaceTaken       "place" "place-taken" Learned, "此人在该来源已有行", "this person already has a row in that source";

    // Units.
    CreditSame       "credit-code" "credit-code-same" Spine(13.0), "统一社会信用代码一致", "same valid credit code";
    CreditTypo       "credit-code" "credit-code-typo" Spine(7.0), "信用代码差一位、一方无效", "credit code one character off, one is invalid";
    CreditUnknown    "credit-code" "credit-code-unknown" Fixed(0.0), "缺信用代码", "no credit code";
    CreditDiffers    "credit-code" "credit-code-differs" Fixed(-2.0), "信用代码不同", "different credit codes";

    CodeSame         "unit-code" "unit-code-same" Spine(13.0), "机构编码一致", "same register code";
    CodeAgrees       "unit-code" "unit-code-agrees" Fixed(7.0), "编码一致且名称相符", "code agrees, and so does the name";
    CodeLearned      "unit-code" "unit-code-learned" Spine(10.0), "同一来源编码的其他行均为此单位", "other rows of this source code are this unit";
    CodeUnknown      "unit-code" "unit-code-unknown" Fixed(0.0), "编码不可比", "codes cannot be compared";

    OrgFolded        "unit-name" "unit-name-same" Spine(11.0), "名称一致", "the same name";
    OrgAlias         "unit-name" "unit-name-alias" Spine(10.0), "为在用别名", "an alias in force";
    OrgPastAlias     "unit-name" "unit-name-former" Spine(8.5), "为曾用名", "a former name";
    OrgParts         "unit-name" "unit-name-parts" Spine(6.0), "简称或省略区划后一致", "the same parts once abbreviations are resolved";
    OrgBracket       "unit-name" "unit-name-bracket" Spine(5.0), "括号或牌子名称一致", "one's plaque is the other's name";
    OrgCut           "unit-name" "unit-name-cut" Spine(3.5), "同一区划内一方为另一方的缩写", "one is cut from the other, in the same place";
    OrgSimilar       "unit-name" "unit-name-similar" Spine(-2.0), "名称相近", "similar names";
    OrgNear          "unit-name" "unit-name-near" Spine(-6.0), "名称部分相同", "names share parts";
    OrgUnknown       "unit-name" "unit-name-unknown" Fixed(0.0), "缺名称", "a name is missing";
    OrgKindred       "unit-name" "unit-name-kindred" Fixed(-5.0), "名称不同、同一地方且有相同的业务词", "different names of one place that share what they do";
    OrgOther         "unit-name" "unit-name-other" Fixed(-10.0), "名称不同", "different names";
    OrgVeto          "unit-name" "unit-name-veto" Fixed(-12.0), "序数或区划不同", "ordinal or region differs";

    StaffMost        "staff" "staff-most" Spine(12.0), "绝大多数人员在此单位", "nearly all its staff belong to this unit";
    StaffAll         "staff" "staff-all" Spine(10.0), "可查的三人均在此单位", "all three of its known staff belong to this unit";
    StaffHalf        "staff" "staff-half" Spine(7.0), "多数人员在此单位", "most of its staff belong to this unit";
    StaffSome        "staff" "staff-some" Fixed(4.0), "少数可查人员在此单位", "the few of its staff that are known belong to this unit";
    StaffUnknown     "staff" "staff-unknown" Fixed(0.0), "无人员可比", "no staff to compare";
    StaffNone        "staff" "staff-none" Fixed(-3.0), "人员几乎都不在此单位", "hardly any of its staff belong to this unit";
}

impl LevelId {
    #[must_use]
    pub fn level(self) -> &'static Level {
        &TABLE[self as usize]
    }
    /// The weight of a level by the table alone; zero for one that must be computed.
    pub(super) fn fixed(self) -> f64 {
        match self.level().bits {
            Bits::Fixed(bits) | Bits::Rated(bits, _) => bits,
            _ => 0.0,
        }
    }
    /// What a level is worth before frequencies: its bits, or the loss of a name level as a negative number.
    fn base(self) -> f64 {
        match self.level().bits {
            Bits::Fixed(bits) | Bits::Rated(bits, _) => bits,
            Bits::Name(loss) => -loss,
            Bits::Spine(_) | Bits::Learned => 0.0,
        }
    }
}

/// Levels of persons come first in the table; these many have a weight of their own in each source.
pub(super) const PERSON_LEVELS: usize = LevelId::PlaceTaken as usize + 1;

/// What the person levels are worth in one source, rounded: the table's weights, or those estimated.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weights([f64; PERSON_LEVELS]);

impl Weights {
    /// As the table has them.
    pub(super) fn table() -> Self {
        let mut all = [0.0; PERSON_LEVELS];
        for (weight, level) in all.iter_mut().zip(LevelId::PERSONS) {
            *weight = rounded(level.base());
        }
        Self(all)
    }
    /// Bits of a level; for a name level less than none, to be added to those of the name's frequency.
    pub(super) fn of(&self, level: LevelId) -> f64 {
        self.0[level as usize]
    }
    pub(super) fn set(&mut self, level: LevelId, bits: f64) {
        self.0[level as usize] = rounded(bits);
    }
}

/// Weights are multiples of 1/1024 bit, so that their sums are exact in any order.
pub(crate) fn rounded(bits: f64) -> f64 {
    (bits * 1024.0).round() / 1024.0
}

/// A probability from a weight in bits, rounded to nine places.
pub(super) fn probability(bits: f64) -> f64 {
    round_probability(1.0 / (1.0 + (-bits).exp2()))
}

pub(crate) fn round_probability(p: f64) -> f64 {
    (p * 1e9).round() / 1e9
}

/// Chance that somebody in a source is in the register at all, before anything is known; refined from the exact links.
pub(super) const ENROLLED: f64 = 0.9;
/// Chance that a source's unit is in the register.
pub(super) const UNIT_REGISTERED: f64 = 0.95;
/// Chance that a register row whose ID is not sound repeats another row of the register.
pub(super) const DUPLICATE: f64 = 0.02;
/// Chance that an unlinked source row has another unlinked source row of the same person.
pub(super) const RECURS: f64 = 0.5;
/// A name's frequency earns at most this many bits.
pub(super) const NAME_BITS_MAX: f64 = 18.0;
/// Probability that a link on an exact ID may have at most.
pub(super) const EXACT_MAX: f64 = 0.9999;
/// The same when the names are clearly different: in the expected unit, and elsewhere.
pub(super) const EXACT_OTHER_NAME: (f64, f64) = (0.9, 0.75);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_its_ids_and_slugs_are_unique() {
        assert_eq!(LevelId::IdSame.level().slug, "id-same");
        assert_eq!(LevelId::StaffNone.level().slug, "staff-none");
        assert_eq!(LevelId::StaffNone as usize + 1, TABLE.len());
        let mut slugs: Vec<_> = TABLE.iter().map(|l| l.slug).collect();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), TABLE.len());
    }

    #[test]
    fn chances_are_chances() {
        for level in LevelId::ALL {
            if let Bits::Rated(bits, m) = level.level().bits {
                let u = m / bits.exp2();
                assert!(m > 0.0 && m <= 1.0 && u > 0.0 && u <= 1.0, "{level:?}: m {m}, u {u}");
            }
        }
        assert_eq!(LevelId::PERSONS.last().map(|l| l.level().comparison), Some("place"));
        assert!((Weights::table().of(LevelId::NameHomophone) + 6.0).abs() < 1e-9);
    }

    #[test]
    fn two_valid_ids_outweigh_anything_else() {
        let best_rest = NAME_BITS_MAX + 13.0 + 0.9 + 20.0;
        assert!(LevelId::IdTwoValid.fixed() < -30.0 && LevelId::IdTwoValid.fixed() + best_rest < 20.0);
    }
}
