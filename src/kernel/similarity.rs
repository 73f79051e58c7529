//! How alike two texts are in what they speak of: cosine of their pairs of neighbouring characters, weighted by how rare a pair is
//! among all the texts. Chinese needs no word list for this.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

/// Pairs of neighbouring letters, and how often each stands in a text.
type Pairs = BTreeMap<(char, char), f64>;

/// Pairs of neighbouring letters of a text; punctuation, spaces and digits part them.
fn pairs(text: &str) -> Pairs {
    let mut counts = Pairs::new();
    let mut before: Option<char> = None;
    for c in text.chars() {
        let letter = c.is_alphabetic().then_some(c);
        if let (Some(a), Some(b)) = (before, letter) {
            *counts.entry((a, b)).or_insert(0.0) += 1.0;
        }
        before = letter;
    }
    counts
}

/// The likeness of the two texts of each couple, between 0 and 1, with weights from all the texts given. A text without a pair is
/// like nothing.
///
/// The sums run in the order of the pairs, so that the same texts give the same number everywhere.
#[must_use]
pub fn likeness(couples: &[(&str, &str)]) -> Vec<f64> {
    // Texts are taken apart twice: their pairs, all kept, would take far more room than the texts.
    let count = |mut holders: BTreeMap<(char, char), u32>, (a, b): &(&str, &str)| {
        let both: BTreeSet<(char, char)> = pairs(a).into_keys().chain(pairs(b).into_keys()).collect();
        both.into_iter().for_each(|pair| *holders.entry(pair).or_default() += 1);
        holders
    };
    let join = |mut all: BTreeMap<(char, char), u32>, part: BTreeMap<(char, char), u32>| {
        part.into_iter().for_each(|(pair, held)| *all.entry(pair).or_default() += held);
        all
    };
    let holders = couples.par_iter().fold(BTreeMap::new, count).reduce(BTreeMap::new, join);
    #[expect(clippy::cast_precision_loss, reason = "fewer couples than a float can count")]
    let all = couples.len() as f64;
    let weights: BTreeMap<(char, char), f64> =
        holders.into_iter().map(|(pair, held)| (pair, ((1.0 + all) / (1.0 + f64::from(held))).ln() + 1.0)).collect();
    let weight = |pair: &(char, char)| weights.get(pair).copied().unwrap_or(0.0);
    let length = |text: &Pairs| text.iter().map(|(p, n)| (n * weight(p)).powi(2)).sum::<f64>().sqrt();
    couples
        .par_iter()
        .map(|(a, b)| {
            let (a, b) = (&pairs(a), &pairs(b));
            let shared: f64 = a.iter().filter_map(|(p, n)| Some(n * b.get(p)? * weight(p).powi(2))).sum();
            let size = length(a) * length(b);
            if size > 0.0 { (shared / size).clamp(0.0, 1.0) } else { 0.0 }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_in_another_order_are_alike_and_other_matters_are_not() {
        let duties = "承担中小学教学研究;组织教师培训;开展教育质量监测。";
        let couples = [
            (duties, "开展教育质量监测、组织教师培训、承担中小学教学研究"),
            (duties, "为群众提供基本医疗服务,承担传染病防治和妇幼保健"),
            (duties, duties),
            ("", duties),
        ];
        let found = likeness(&couples);
        assert!(found[0] > 0.8, "{found:?}");
        assert!(found[1] < 0.1, "{found:?}");
        assert!((found[2] - 1.0).abs() < 1e-9, "{found:?}");
        assert!(found[3].abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn what_every_text_says_counts_less() {
        let common = "按照国家有关规定开展工作";
        let couples = [
            ("按照国家有关规定开展工作,承担公路养护", "按照国家有关规定开展工作,承担血液采集"),
            (common, common),
            (common, common),
            (common, common),
        ];
        let alone = likeness(&couples[..1])[0];
        assert!(likeness(&couples)[0] < alone, "boilerplate weighs as much as the matter itself");
    }
}
