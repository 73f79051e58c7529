//! Texts and Latin names compared by characters, never bytes.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::characters::{fold_width, simplify};

/// Width and script folded, lower case, accents gone, every run of anything but letters and digits one blank. Idempotent.
#[must_use]
pub fn fold_text(text: &str) -> String {
    let wide = fold_width(text);
    let mut out = String::with_capacity(wide.len());
    let mut gap = false;
    for c in wide.nfd().filter(|c| !is_combining_mark(*c)).nfc() {
        // An apostrophe joins: o'brien is obrien.
        if matches!(c, '\'' | '’' | '`') {
            continue;
        }
        if c.is_alphanumeric() {
            if gap && !out.is_empty() {
                out.push(' ');
            }
            gap = false;
            out.extend(simplify(c).to_lowercase().filter(|c| !is_combining_mark(*c)));
        } else {
            gap = true;
        }
    }
    out
}

/// Longest text whose edit distance is counted; longer ones are compared by their beginnings.
const LONGEST: usize = 64;

/// Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other, when at most `limit`.
#[must_use]
pub fn edits_within(a: &[char], b: &[char], limit: usize) -> Option<usize> {
    let (a, b) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if b.len() - a.len() > limit {
        return None;
    }
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[head..], &b[head..]);
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - tail], &b[..b.len() - tail]);
    if a.is_empty() {
        return (b.len() <= limit).then_some(b.len());
    }
    if b.len() > LONGEST {
        return None;
    }
    rows(a, b, limit)
}

/// Optimal string alignment, three rows on the stack.
fn rows(a: &[char], b: &[char], limit: usize) -> Option<usize> {
    let mut before = [0_u8; LONGEST + 1];
    let mut above = [0_u8; LONGEST + 1];
    let mut row = [0_u8; LONGEST + 1];
    for (cell, j) in above.iter_mut().zip(0..).take(b.len() + 1) {
        *cell = j;
    }
    for (i, first) in (1..=a.len()).zip(1_u8..) {
        row[0] = first;
        let mut least = first;
        for j in 1..=b.len() {
            let cost = u8::from(a[i - 1] != b[j - 1]);
            let mut cell = (above[j] + 1).min(row[j - 1] + 1).min(above[j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                cell = cell.min(before[j - 2] + 1);
            }
            row[j] = cell;
            least = least.min(cell);
        }
        if usize::from(least) > limit {
            return None;
        }
        (before, above, row) = (above, row, before);
    }
    let edits = usize::from(above[b.len()]);
    (edits <= limit).then_some(edits)
}

/// A bit for every letter in a text. Each edit changes two bits at most, so texts whose signatures differ in more than
/// twice as many bits as edits are allowed need not be compared.
#[must_use]
pub fn signature(text: &[char]) -> u64 {
    text.iter().fold(0, |bits, &c| bits | 1 << (u32::from(c).wrapping_mul(0x9e37_79b9) >> 26))
}

/// Whether the signatures allow that many edits.
#[must_use]
pub fn may_be_within(a: u64, b: u64, limit: usize) -> bool {
    (a ^ b).count_ones() as usize <= 2 * limit
}

/// Edits that a slip of the hand explains in a text of that many characters: none in two, one in three to six, two above.
#[must_use]
pub fn slips(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=6 => 1,
        _ => 2,
    }
}

/// Characters that both begin with.
#[must_use]
pub fn common_head(a: &[char], b: &[char]) -> usize {
    a.iter().zip(b).take_while(|(x, y)| x == y).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edits(a: &str, b: &str) -> Option<usize> {
        edits_within(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>(), 9)
    }

    #[test]
    fn texts_fold_to_words() {
        assert_eq!(fold_text("  O'Brien-Müller,  JOSÉ "), "obrien muller jose");
        assert_eq!(fold_text("ＡＢ　１２"), "ab 12");
        assert_eq!(fold_text("濮陽市"), "濮阳市");
        assert_eq!(fold_text("--"), "");
    }

    #[test]
    fn edits_count_characters_and_swaps() {
        assert_eq!(edits("王芳", "王昉"), Some(1));
        assert_eq!(edits("smith", "simth"), Some(1));
        assert_eq!(edits("smith", "smyth"), Some(1));
        assert_eq!(edits("", "abc"), Some(3));
        assert_eq!(edits_within(&['a'; 5], &['b'; 5], 2), None);
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,20}") {
            let once = fold_text(&text);
            prop_assert_eq!(fold_text(&once), once);
        }
        #[test]
        fn edits_agree_with_the_reference(a in "[abc]{0,7}", b in "[abc]{0,7}") {
            let distance = strsim::osa_distance(&a, &b);
            prop_assert_eq!(edits(&a, &b), Some(distance).filter(|d| *d <= 9));
            let sign = |t: &str| signature(&t.chars().collect::<Vec<_>>());
            prop_assert!(may_be_within(sign(&a), sign(&b), distance));
        }
    }
}
