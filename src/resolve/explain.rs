//! Evidence in words: what each level means in Chinese and English, and a pair as prior + weights = total.

use super::model::{Level, TABLE};
use super::{Decision, EvidenceLine, Link};

/// The model's entry for a level's slug.
#[must_use]
pub fn level(slug: &str) -> Option<&'static Level> {
    TABLE.iter().find(|l| l.slug == slug)
}

/// A level in Chinese and in English; the slug itself when the model does not know it.
#[must_use]
pub fn words(slug: &str) -> (&str, &str) {
    level(slug).map_or((slug, slug), |l| (l.zh, l.en))
}

/// A decision in Chinese and in English.
#[must_use]
pub fn decision(decision: Decision) -> (&'static str, &'static str) {
    match decision {
        Decision::Linked => ("已关联", "linked"),
        Decision::NearMiss => ("未关联、供复核", "near miss, for review"),
        Decision::Unresolved => ("候选过近、未决", "unresolved: candidates too close"),
    }
}

/// The stable slug of a decision, as published.
#[must_use]
pub fn decision_slug(decision: Decision) -> &'static str {
    match decision {
        Decision::Linked => "linked",
        Decision::NearMiss => "near_miss",
        Decision::Unresolved => "unresolved",
    }
}

/// One line of evidence: comparison, both values (masked), the level in words, its bits.
#[must_use]
pub fn line(evidence: &EvidenceLine, chinese: bool) -> String {
    let (zh, en) = words(evidence.level);
    let value = |v: &Option<String>| v.clone().unwrap_or_else(|| "—".to_owned());
    let said = if chinese { zh } else { en };
    let (left, right) = (value(&evidence.left), value(&evidence.right));
    format!("{:<12} {left} | {right}  {said}  {:+.1}", evidence.comparison, evidence.weight)
}

/// A link as prior + weights = total, line by line.
#[must_use]
pub fn lines(link: &Link, chinese: bool) -> Vec<String> {
    let (zh, en) = decision(link.decision);
    let mut out = vec![format!("{:<12} {:+.1}", if chinese { "先验" } else { "prior" }, link.prior)];
    out.extend(link.evidence.iter().filter(|e| e.weight != 0.0).map(|e| line(e, chinese)));
    let total = if chinese { "合计" } else { "total" };
    let said = if chinese { zh } else { en };
    out.push(format!("{total:<12} {:+.1}  p = {:.4}  {said}", link.weight, link.probability));
    out
}

/// All lines that weigh anything, on one line: `id:id-typo-one(+21.0) name:name-same(+9.1)`.
#[must_use]
pub fn compact(evidence: &[EvidenceLine]) -> String {
    let parts: Vec<String> = evidence
        .iter()
        .filter(|e| e.weight != 0.0)
        .map(|e| format!("{}:{}({:+.1})", e.comparison, e.level, e.weight))
        .collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_reads_as_prior_and_weights_and_total() {
        let evidence = |comparison, level, weight| EvidenceLine {
            comparison,
            left: Some("王*".to_owned()),
            right: Some("王*".to_owned()),
            level,
            weight,
        };
        let end = super::super::RowEnd { table: "t".to_owned(), row: 0, source_file: "f".to_owned(), source_row: 2 };
        let link = Link {
            left: end.clone(),
            right: end,
            method: "repaired-id",
            decision: Decision::Linked,
            prior: -14.0,
            evidence: vec![evidence("id", "id-typo-one", 21.0), evidence("name", "name-same", 9.0)],
            weight: 16.0,
            probability: 0.9999,
            rival: 0.0,
            threshold: 0.9,
        };
        let said = lines(&link, true);
        assert_eq!(said.len(), 4);
        assert!(said[1].contains("差一位") && said[1].contains("+21.0"), "{said:?}");
        assert!(said[3].contains("+16.0"));
        assert_eq!(compact(&link.evidence), "id:id-typo-one(+21.0) name:name-same(+9.0)");
        assert_eq!(words("no-such-level"), ("no-such-level", "no-such-level"));
    }
}
