//! The decision: pass, pass with a statement, or suspend, with every reason, and what a waiver may lift.

use serde::{Deserialize, Serialize};

use super::Matter;
use super::facts::Facts;
use super::problems::{Basis, Problems, Standing};
use crate::desk::Words;
use crate::desk::units::refused;
use crate::error::Result;
use crate::ledger::event::{day_of, day_text};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Pass,
    /// The unit states in writing how and by when its open problems are put right.
    PassWithStatement,
    /// 原则上暂停受理.
    Suspend,
}

impl Decision {
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Pass => ("通过预审", "PASS"),
            Self::PassWithStatement => ("附说明通过预审", "PASS WITH STATEMENT"),
            Self::Suspend => ("暂停受理", "SUSPEND"),
        }
    }
}

/// What a reason is about, which decides what may lift it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    OpenProblems,
    Posts,
    Data,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Stable slug, such as `overdue-problems`.
    pub code: &'static str,
    pub about: About,
    pub words: Words,
    /// Whether it suspends; else it only asks for a statement.
    pub suspends: bool,
    /// Grounds that would lift it.
    pub grounds: Vec<&'static str>,
    /// Whether the waiver given lifts it.
    pub waived: bool,
}

/// Code, Chinese, English of a ground, and whether it also lifts a lack of posts.
pub const GROUNDS: [(&str, &str, &str, bool); 4] = [
    ("central_reform", "中央部署的改革任务", "a reform ordered by the centre", true),
    ("cures_problem", "事项本身用于消除该问题", "the matter itself cures the problem", false),
    ("policy_placement", "政策性安置", "placement by policy", true),
    ("emergency", "应急、安全需要", "emergency or safety", false),
];

/// 豁免: lifts what suspends, on a ground, by somebody, until a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    pub ground: String,
    pub approver: String,
    pub document: String,
    /// Last day on which it holds.
    pub until: String,
    pub why: String,
}

impl Waiver {
    /// # Errors
    /// [`crate::error::Fault::Refused`] when ground, approver or expiry is missing, unknown or past.
    pub fn check(&self, day: i32) -> Result<()> {
        if !GROUNDS.iter().any(|g| g.0 == self.ground) {
            let known: Vec<String> = GROUNDS.iter().map(|g| format!("{} ({})", g.0, g.1)).collect();
            let known = known.join(", ");
            return Err(refused(
                "waiver-ground",
                &format!("豁免情形“{}”不在列", self.ground),
                &format!("{:?} is no ground of a waiver", self.ground),
                format!("可用:{known}"),
                format!("known: {known}"),
            ));
        }
        if self.approver.trim().is_empty() {
            return Err(refused(
                "waiver-approver",
                "豁免须写明批准人",
                "a waiver names who approved it",
                "加 --approver 姓名",
                "add --approver NAME",
            ));
        }
        match day_of(&self.until) {
            Some(until) if until >= day => Ok(()),
            Some(_) => Err(refused(
                "waiver-expired",
                &format!("豁免有效期 {} 已过", self.until),
                &format!("the waiver ended on {}", self.until),
                format!("{} 之后的日期", day_text(day)),
                format!("give a day after {}", day_text(day)),
            )),
            None => Err(refused(
                "waiver-until",
                "豁免须写明有效期",
                "a waiver names its last day",
                "加 --until 年-月-日",
                "add --until YYYY-MM-DD",
            )),
        }
    }
    fn lifts(&self, reason: &Reason) -> bool {
        reason.grounds.contains(&self.ground.as_str())
    }
}

/// Holds a matter against what is known.
#[must_use]
pub fn decide(facts: &Facts, problems: &Problems, matter: &Matter, waiver: Option<&Waiver>) -> (Decision, Vec<Reason>) {
    let mut reasons = problem_reasons(problems);
    match matter {
        Matter::Entry { quota_type, people } => reasons.extend(entry(facts, quota_type, *people)),
        Matter::Leader { scope, level, class, people } => reasons.extend(leader(facts, scope, level, class, *people)),
        Matter::NewUnit { .. } | Matter::Rank { .. } => {}
    }
    if let Some(waiver) = waiver {
        for reason in reasons.iter_mut().filter(|r| r.suspends) {
            reason.waived = waiver.lifts(reason);
        }
    }
    let decision = if reasons.iter().any(|r| r.suspends && !r.waived) {
        Decision::Suspend
    } else if reasons.is_empty() {
        Decision::Pass
    } else {
        Decision::PassWithStatement
    };
    (decision, reasons)
}

fn reason(code: &'static str, about: About, words: Words) -> Reason {
    let grounds = GROUNDS.iter().filter(|g| match about {
        About::OpenProblems => true,
        About::Posts => g.3,
        About::Data => false,
    });
    Reason { code, about, words, suspends: true, grounds: grounds.map(|g| g.0).collect(), waived: false }
}

fn problem_reasons(problems: &Problems) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let basis = match problems.basis {
        Basis::Ledger => ("", ""),
        Basis::PublishedFindings => {
            ("(依据已发布问题,未启用台账)", " (from the published findings; there is no ledger)")
        }
    };
    for (standing, code, zh, en) in [
        (
            Standing::Stopped,
            "suspended-by-ladder",
            "件问题逾期,督办已至暂停受理",
            "problems are so long overdue that the unit's applications were suspended",
        ),
        (Standing::Overdue, "overdue-problems", "件 S1、S2 问题整改逾期", "S1 or S2 problems are overdue"),
        (Standing::Unplanned, "unplanned-problems", "件 S1、S2 问题没有整改计划", "S1 or S2 problems have no plan"),
        (
            Standing::OnPlan,
            "problems-on-plan",
            "件 S1、S2 问题正按计划整改",
            "S1 or S2 problems are being put right on plan",
        ),
    ] {
        let n = problems.count(standing);
        if n > 0 {
            let words = Words::new(format!("本单位及下属单位有 {n} {zh}{}", basis.0), format!("{n} {en}{}", basis.1));
            let mut found = reason(code, About::OpenProblems, words);
            found.suspends = standing != Standing::OnPlan;
            reasons.push(found);
        }
    }
    reasons
}

/// A table of which rows of the unit were set aside cannot be counted on.
fn unsure(facts: &Facts, table: &'static str, zh: &str, en: &str) -> Option<Reason> {
    facts.quality.tables_aside.iter().any(|t| t == table).then(|| {
        reason(
            "rows-set-aside",
            About::Data,
            Words::new(
                format!("本单位有{zh}行未被采纳,数字不可靠,请先更正数据"),
                format!("rows of {en} were set aside, so the figures cannot be relied on; correct the data first"),
            ),
        )
    })
}

fn entry(facts: &Facts, quota_type: &str, people: i64) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = [
        unsure(facts, "quotas", "编制台账", "quotas"),
        unsure(facts, "establishment_staff", "在编人员", "enrolled staff"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let line = facts.quota.iter().find(|q| q.bucket == "own" && q.quota_type == quota_type);
    let Some(line) = line.filter(|q| q.approved + q.exempt > 0) else {
        reasons.push(reason(
            "no-quota",
            About::Posts,
            Words::new("本单位没有核定该类型的自有编制", "the unit has no approved own posts of this type"),
        ));
        return reasons;
    };
    if people > line.vacant {
        let (n, exempt, pending) = (line.vacant, line.exempt, line.pending);
        reasons.push(reason(
            "no-vacancy",
            About::Posts,
            Words::new(
                format!(
                    "申请 {people} 名,可用空编 {n} 名({}核定 {} + 单列 {exempt} - 在编 {} - 已核准未使用 {pending})",
                    line.type_words.zh, line.approved, line.actual
                ),
                format!(
                    "{people} applied for, {n} vacant ({}: approved {} + exempt {exempt} - enrolled {} - approved and not yet used {pending})",
                    line.type_words.en, line.approved, line.actual
                ),
            ),
        ));
    }
    reasons
}

fn leader(facts: &Facts, scope: &str, level: &str, class: &str, people: i64) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = [
        unsure(facts, "leader_posts", "领导职数", "leader posts"),
        unsure(facts, "establishment_staff", "在编人员", "enrolled staff"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let line = facts.posts.iter().find(|p| p.scope == scope && p.level == level && p.class == class);
    let Some(line) = line.filter(|p| p.approved > 0) else {
        reasons.push(reason(
            "no-leader-post",
            About::Posts,
            Words::new("本单位没有核定该类领导职数", "the unit has no approved leader post of this kind"),
        ));
        return reasons;
    };
    if people > line.vacant {
        reasons.push(reason(
            "leader-posts-full",
            About::Posts,
            Words::new(
                format!("{}核定 {} 名,现配 {} 名,申请 {people} 名", line.words.zh, line.approved, line.incumbents),
                format!(
                    "{}: {} approved, {} in office, {people} applied for",
                    line.words.en, line.approved, line.incumbents
                ),
            ),
        ));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::super::facts::{PostLine, QuotaLine};
    use super::super::problems::Open;
    use super::*;

    fn problems(standings: &[Standing]) -> Problems {
        let open = standings.iter().enumerate().map(|(n, &standing)| Open {
            id: format!("A-{n}"),
            unit_key: "U1".into(),
            unit_name: "甲".into(),
            rule: "Q01".into(),
            severity: "S1".into(),
            state: Words::default(),
            standing,
            fact: Words::default(),
            due: None,
            days_overdue: None,
        });
        Problems { open: open.collect(), ..Problems::default() }
    }

    fn facts(approved: i64, actual: i64, pending: i64) -> Facts {
        let quota = QuotaLine {
            bucket: "own".into(),
            quota_type: "administrative".into(),
            approved,
            actual,
            pending,
            vacant: approved - actual - pending,
            ..QuotaLine::default()
        };
        // A pool's vacancy never makes up for the unit's own.
        let pool = QuotaLine { bucket: "pooled".into(), approved: 9, vacant: 9, ..quota.clone() };
        let post = PostLine {
            scope: "leadership".into(),
            level: "division".into(),
            class: "deputy".into(),
            approved: 2,
            incumbents: 1,
            vacant: 1,
            ..PostLine::default()
        };
        Facts { quota: vec![pool, quota], posts: vec![post], ..Facts::default() }
    }

    fn entry_of(people: i64) -> Matter {
        Matter::Entry { quota_type: "administrative".into(), people }
    }

    fn waiver(ground: &str) -> Waiver {
        Waiver { ground: ground.into(), approver: "王主任".into(), until: "2026-12-31".into(), ..Waiver::default() }
    }

    fn codes(reasons: &[Reason]) -> Vec<&'static str> {
        reasons.iter().map(|r| r.code).collect()
    }

    #[test]
    fn overdue_or_unplanned_suspends_on_plan_asks_for_a_statement_none_passes() {
        let of = |standings: &[Standing]| decide(&facts(5, 3, 0), &problems(standings), &entry_of(1), None);
        assert_eq!(of(&[]).0, Decision::Pass);
        assert_eq!(of(&[Standing::OnPlan]).0, Decision::PassWithStatement);
        assert_eq!(of(&[Standing::OnPlan, Standing::Overdue]).0, Decision::Suspend);
        assert_eq!(of(&[Standing::Unplanned]).0, Decision::Suspend);
    }

    #[test]
    fn posts_are_counted_to_the_last_and_pools_do_not_help() {
        let of = |people, pending| decide(&facts(5, 3, pending), &problems(&[]), &entry_of(people), None);
        assert_eq!(of(2, 0).0, Decision::Pass);
        assert_eq!(codes(&of(3, 0).1), ["no-vacancy"]);
        assert_eq!(codes(&of(2, 1).1), ["no-vacancy"], "an approval not yet used holds its post");
        let police = Matter::Entry { quota_type: "police".into(), people: 1 };
        assert_eq!(codes(&decide(&facts(5, 3, 0), &problems(&[]), &police, None).1), ["no-quota"]);
        let leader = |people| Matter::Leader {
            scope: "leadership".into(),
            level: "division".into(),
            class: "deputy".into(),
            people,
        };
        assert_eq!(decide(&facts(5, 3, 0), &problems(&[]), &leader(1), None).0, Decision::Pass);
        assert_eq!(codes(&decide(&facts(5, 3, 0), &problems(&[]), &leader(2), None).1), ["leader-posts-full"]);
    }

    #[test]
    fn a_waiver_lifts_what_its_ground_allows_and_no_more() {
        let of = |people, standings: &[Standing], ground| {
            decide(&facts(5, 3, 0), &problems(standings), &entry_of(people), Some(&waiver(ground))).0
        };
        assert_eq!(of(1, &[Standing::Overdue], "emergency"), Decision::PassWithStatement);
        assert_eq!(of(9, &[Standing::Overdue], "emergency"), Decision::Suspend, "no emergency makes posts");
        assert_eq!(of(9, &[], "policy_placement"), Decision::PassWithStatement);
        let mut unsure = facts(5, 3, 0);
        unsure.quality.tables_aside = vec!["quotas".into()];
        let judged = decide(&unsure, &problems(&[]), &entry_of(1), Some(&waiver("central_reform")));
        assert_eq!((judged.0, codes(&judged.1)), (Decision::Suspend, vec!["rows-set-aside"]), "bad data is not waived");
    }

    #[test]
    fn a_waiver_names_ground_approver_and_a_day_to_come() {
        let day = day_of("2026-11-05").expect("a day");
        assert!(waiver("emergency").check(day).is_ok());
        for (broken, code) in [
            (waiver("because"), "waiver-ground"),
            (Waiver { approver: " ".into(), ..waiver("emergency") }, "waiver-approver"),
            (Waiver { until: String::new(), ..waiver("emergency") }, "waiver-until"),
            (Waiver { until: "2026-11-04".into(), ..waiver("emergency") }, "waiver-expired"),
        ] {
            let said = broken.check(day).expect_err("refused").to_string();
            assert!(said.contains(code), "{code} in {said}");
        }
    }
}
