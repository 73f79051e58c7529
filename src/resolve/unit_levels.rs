//! A unit record against a unit of the register: the level of each comparison.

use super::model::{Bits, LevelId};
use super::unit_names::compare;
use super::unit_records::{Role, UnitRecord};
use super::unit_spine::SpineUnit;
use super::unit_staff::Votes;
use super::units::Matcher;
use super::values::NONE;
use crate::kernel::credit_code::CreditCodeReading;

/// Comparisons of units, in the order they are shown.
pub(super) type UnitLevels = [LevelId; 4];

/// Words in the names of bodies that keep the accounts and pay the staff of others.
const PAYERS: [&str; 8] = ["核算中心", "结算中心", "支付中心", "财务中心", "会计中心", "集中支付", "统发", "代发"];

impl Matcher<'_> {
    /// `name` says how the names of the two stand to each other.
    pub(super) fn levels(
        &self,
        record: &UnitRecord,
        (unit, name): (u32, LevelId),
        votes: &Votes,
        learned: Option<u32>,
    ) -> UnitLevels {
        let found = &self.spine.units[unit as usize];
        let same_code = record.code.as_deref().is_some_and(|c| self.spine.of_code(c) == Some(unit));
        let name_agrees = name >= LevelId::OrgFolded && name <= LevelId::OrgSimilar;
        let code = match record.role {
            Role::Reference | Role::Alias if same_code => LevelId::CodeSame,
            _ if learned == Some(unit) => LevelId::CodeLearned,
            _ if same_code && name_agrees => LevelId::CodeAgrees,
            _ => LevelId::CodeUnknown,
        };
        [credit_level(record, found), code, name, self.staff_level(record, unit, name, votes)]
    }

    /// What the staff say, unless the source lists other units' staff, or lists this very unit under its own name as well.
    fn staff_level(&self, record: &UnitRecord, unit: u32, name: LevelId, votes: &Votes) -> LevelId {
        let said = votes.level(unit);
        let named_besides = name >= LevelId::OrgKindred && self.named.contains_key(&(record.table, unit));
        match said {
            _ if self.pays_for_others(record, &self.spine.units[unit as usize]) => LevelId::StaffUnknown,
            LevelId::StaffMost | LevelId::StaffAll | LevelId::StaffHalf if named_besides => LevelId::StaffSome,
            said => said,
        }
    }

    /// An accounting centre lists other units' staff: whose they are says nothing of what it is.
    fn pays_for_others(&self, record: &UnitRecord, unit: &SpineUnit) -> bool {
        let pays = |name: u32| PAYERS.iter().any(|word| self.records.names.folded(name).contains(word));
        pays(record.name) && !pays(unit.name)
    }

    pub(super) fn bits(&self, level: LevelId) -> f64 {
        match level.level().bits {
            Bits::Spine(bits) => bits + self.breadth,
            _ => level.fixed(),
        }
    }

    /// The best that a record's names and a unit's names say of each other, and the unit's name that said it.
    pub(super) fn name_level(&self, record: &UnitRecord, unit: &SpineUnit) -> (LevelId, u32) {
        let names = &self.records.names;
        let Some(own) = names.get(record.name) else { return (LevelId::OrgUnknown, NONE) };
        let Some(registered) = names.get(unit.name) else { return (LevelId::OrgUnknown, NONE) };
        if own.folded == registered.folded {
            return (LevelId::OrgFolded, unit.name);
        }
        let mut best = (compare(own, registered), unit.name);
        for &(alias, in_force) in &unit.aliases {
            let Some(parsed) = names.get(alias) else { continue };
            let equal = if in_force { LevelId::OrgAlias } else { LevelId::OrgPastAlias };
            let level = if parsed.folded == own.folded { equal } else { compare(own, parsed) };
            // An alias that objects says nothing: only the registered name may veto.
            if level <= LevelId::OrgSimilar {
                best = best.min((level.max(equal), alias));
            }
        }
        for &other in &record.others {
            let says = names.get(other).is_some_and(|o| o.folded == registered.folded);
            if says {
                best = best.min((LevelId::OrgAlias, unit.name));
            }
        }
        best
    }
}

/// The comparison that carries a link, by name.
pub(super) fn method(levels: &UnitLevels) -> &'static str {
    let [credit, code, name, staff] = levels;
    match (credit, code, name) {
        (LevelId::CreditSame | LevelId::CreditTypo, ..) => "credit-code",
        (_, LevelId::CodeSame, _) => "unit-code",
        (.., LevelId::OrgFolded) => "name",
        (.., LevelId::OrgAlias | LevelId::OrgPastAlias) => "alias",
        (.., LevelId::OrgParts | LevelId::OrgBracket) => "parsed-name",
        _ if matches!(staff, LevelId::StaffMost | LevelId::StaffAll | LevelId::StaffHalf) => "common-staff",
        (_, LevelId::CodeLearned, _) => "unit-code",
        (.., LevelId::OrgCut) => "parsed-name",
        _ => "fuzzy",
    }
}

pub(super) fn credit_level(record: &UnitRecord, unit: &SpineUnit) -> LevelId {
    let Some(registered) = unit.credit.as_deref() else { return LevelId::CreditUnknown };
    match &record.credit {
        CreditCodeReading::Missing => LevelId::CreditUnknown,
        CreditCodeReading::Valid(code) if code == registered => LevelId::CreditSame,
        CreditCodeReading::Valid(_) => LevelId::CreditDiffers,
        broken => {
            let near = strsim::damerau_levenshtein(broken.text(), registered) <= 1;
            if near { LevelId::CreditTypo } else { LevelId::CreditUnknown }
        }
    }
}
