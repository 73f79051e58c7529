//! Evidence in words: what each level means in Chinese and English, and a pair as prior + weights = total.

use super::model::{Bits, Level, TABLE};
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

/// The model as a Markdown table, for docs/linkage.md.
#[must_use]
pub fn table() -> String {
    let mut lines = vec![
        "| comparison | level | weight (bits) | m | 等级 | meaning |".to_owned(),
        "|---|---|---|---|---|---|".to_owned(),
    ];
    for level in TABLE {
        let (weight, m) = match level.bits {
            Bits::Fixed(bits) => (format!("{bits:+.1}"), String::new()),
            Bits::Rated(bits, m) => (format!("{bits:+.1}"), format!("{m}")),
            Bits::Name(loss) => (format!("−log2 f −{loss:.1}"), format!("{:.4}", (-loss).exp2())),
            Bits::Spine(bits) => (format!("register size {bits:+.1}"), String::new()),
            Bits::Learned => ("learned".to_owned(), String::new()),
        };
        lines.push(format!("| {} | {} | {weight} | {m} | {} | {} |", level.comparison, level.slug, level.zh, level.en));
    }
    lines.join("\n")
}

/// A line that weighs: comparison, slug of its level, bits.
pub type Weighing<'a> = (&'a str, &'a str, f64);

/// The lines of a link that weigh anything.
#[must_use]
pub fn weighed(link: &Link) -> Vec<Weighing<'_>> {
    link.evidence.iter().filter(|e| e.weight != 0.0).map(|e| (e.comparison, e.level, e.weight)).collect()
}

/// Bits from which on a pair is linked.
#[must_use]
pub fn needed(threshold: f64) -> f64 {
    let t = threshold.clamp(1e-9, 1.0 - 1e-9);
    (t / (1.0 - t)).log2()
}

/// A change of one line that alone would change the decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn<'a> {
    pub comparison: &'a str,
    /// The level the line would have; `None` when it said nothing.
    pub level: Option<&'static Level>,
    /// The total it would make.
    pub total: f64,
}

/// What a comparison would be worth at its strongest level, seen from the level it has.
fn at_best(comparison: &str, now: Option<(&Level, f64)>) -> Option<(&'static Level, f64)> {
    let best = TABLE.iter().find(|l| l.comparison == comparison)?;
    let bits = match (best.bits, now.map(|(l, w)| (l.bits, w))) {
        (Bits::Fixed(bits) | Bits::Rated(bits, _), _) => bits,
        (Bits::Name(new), Some((Bits::Name(old), weight))) => weight + old - new,
        (Bits::Spine(new), Some((Bits::Spine(old), weight))) => weight + new - old,
        _ => return None,
    };
    Some((best, bits))
}

/// Lines whose loss alone would undo a link, or whose strongest level alone would make one.
#[must_use]
pub fn turns<'a>(lines: &[Weighing<'a>], total: f64, threshold: f64) -> Vec<Turn<'a>> {
    let needed = needed(threshold);
    if total >= needed {
        let lost = lines.iter().filter(|l| l.2 > 0.0 && total - l.2 < needed);
        return lost.map(|l| Turn { comparison: l.0, level: None, total: total - l.2 }).collect();
    }
    let silent = ["id", "birth", "account", "credit-code"].map(|c| (c, "", 0.0));
    let of_units = lines.iter().any(|l| matches!(l.0, "unit-name" | "credit-code" | "unit-code" | "staff"));
    let silent = silent.into_iter().filter(|s| (s.0 == "credit-code") == of_units && lines.iter().all(|l| l.0 != s.0));
    let changed = lines.iter().copied().chain(silent).filter_map(|(comparison, slug, weight)| {
        let (best, bits) = at_best(comparison, level(slug).map(|l| (l, weight)))?;
        let total = total - weight + bits;
        (best.slug != slug && total >= needed).then_some(Turn { comparison, level: Some(best), total })
    });
    changed.collect()
}

/// What would change the decision, in words.
#[must_use]
pub fn what_would_change(lines: &[Weighing<'_>], total: f64, threshold: f64, rival: f64, chinese: bool) -> Vec<String> {
    let needed = needed(threshold);
    let margin = total - needed;
    let mut out = vec![if chinese {
        format!(
            "关联门槛 {needed:+.2} 比特(概率 {threshold:.2});本对 {total:+.2},{}{:.2}",
            if margin >= 0.0 { "超出 " } else { "尚差 " },
            margin.abs()
        )
    } else {
        format!(
            "linked from {needed:+.2} bits on (probability {threshold:.2}); this pair has {total:+.2}, {:.2} {}",
            margin.abs(),
            if margin >= 0.0 { "over" } else { "short" }
        )
    }];
    let turns = turns(lines, total, threshold);
    for turn in &turns {
        out.push(match (turn.level, chinese) {
            (None, true) => format!("  若无 {} 一项,合计 {:+.2},即不关联", turn.comparison, turn.total),
            (None, false) => format!("  without {} the total is {:+.2}: no link", turn.comparison, turn.total),
            (Some(l), true) => format!("  若 {} 为“{}”,合计 {:+.2},即达门槛", turn.comparison, l.zh, turn.total),
            (Some(l), false) => {
                format!("  were {} \"{}\", the total is {:+.2}: enough", turn.comparison, l.en, turn.total)
            }
        });
    }
    if turns.is_empty() {
        out.push(
            if chinese {
                "  任何单独一项的变化都不改变结论"
            } else {
                "  no change of a single line would change that"
            }
            .to_owned(),
        );
    }
    if rival > 0.0 {
        out.push(if chinese {
            format!("  次优候选概率 {rival:.4}")
        } else {
            format!("  the runner-up has probability {rival:.4}")
        });
    }
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
            keys: (String::new(), String::new()),
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
        let turns = turns(&weighed(&link), 16.0, 0.9);
        assert_eq!(turns.len(), 1, "only the ID carries it: {turns:?}");
        assert_eq!((turns[0].comparison, turns[0].level), ("id", None));
    }

    /// With HEDUI_WRITE_DOCS set the page is written anew.
    #[test]
    fn the_page_on_linkage_shows_the_model_as_it_is() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/linkage.md");
        let page = std::fs::read_to_string(&path).expect("the page");
        let (begin, end) = ("<!-- table: generated from src/resolve/model.rs -->\n", "\n<!-- end of table -->");
        let from = page.find(begin).expect("the table's beginning") + begin.len();
        let to = page.find(end).expect("the table's end").max(from);
        if std::env::var_os("HEDUI_WRITE_DOCS").is_some() {
            std::fs::write(&path, format!("{}{}{}", &page[..from], table(), &page[to..])).expect("written");
            return;
        }
        assert_eq!(&page[from..to], table(), "write it anew with HEDUI_WRITE_DOCS=1");
    }

    #[test]
    fn a_pair_too_light_is_told_what_would_carry_it() {
        let lines = [("name", "name-homophone", 4.0), ("unit", "unit-other", -7.0)];
        let turns = turns(&lines, -12.0, 0.9);
        let named: Vec<&str> = turns.iter().filter_map(|t| t.level).map(|l| l.slug).collect();
        assert_eq!(named, ["id-same"], "the same ID would do, birth or account alone would not");
        let said = what_would_change(&lines, -12.0, 0.9, 0.25, false).join("\n");
        assert!(said.contains("15.17 short") && said.contains("0.2500"), "{said}");
        let units = [("unit-name", "unit-name-similar", 3.0)];
        assert!(super::turns(&units, -3.0, 0.9).iter().any(|t| t.level.is_some_and(|l| l.slug == "unit-name-same")));
    }
}
