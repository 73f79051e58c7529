//! Why a finding was not confirmed. Some reasons excuse by a document until a day; the others keep the finding quiet until its
//! facts change.

/// One reason of a verdict "not confirmed".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReasonCode {
    pub code: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
    /// Whether it is an exemption: it needs a document and a last day, and the finding stays published as `explained`.
    pub exempts: bool,
}

const fn reason(code: &'static str, zh: &'static str, en: &'static str, exempts: bool) -> ReasonCode {
    ReasonCode { code, zh, en, exempts }
}

/// All reasons that a person may give.
pub const REASONS: &[ReasonCode] = &[
    reason("lawful_absence", "有合法离岗事由", "a lawful reason for absence", true),
    reason("approved_exemption", "经批准的编制豁免(单列、周转、消化方案)", "an approved exemption", true),
    reason("policy_placement", "政策性安置", "placement by policy", true),
    reason("not_the_same_person", "非同一人(同名等)", "another person of the same name", false),
    reason("not_the_same_unit", "非同一单位", "another unit", false),
    reason("already_settled", "核查时已处理完毕", "already settled when checked", false),
    reason("rule_misfit", "规则不适用于此情形", "the rule does not fit the case", false),
    reason("timing", "各库更新时间差", "the registers were of different days", false),
    reason("other", "其他(须写明)", "another reason, in words", false),
];

/// The reason of a case that a rerun of its only period no longer finds; no person may give it.
pub const WITHDRAWN: &str = "withdrawn_by_rerun";

#[must_use]
pub fn reason_of(code: &str) -> Option<&'static ReasonCode> {
    REASONS.iter().find(|r| r.code == code)
}
