//! The order in which a frame's rows are written: stable, nulls first, texts by code point.

use rayon::slice::ParallelSliceMut;

use crate::table::{Frame, TextColumn, Values};

/// The frame's rows in the order of its `sort_by` columns.
#[must_use]
pub fn order(frame: &Frame) -> Vec<u32> {
    if arrives_sorted(frame) {
        return (0..u32::try_from(frame.len()).unwrap_or(u32::MAX)).collect();
    }
    let keys: Vec<Vec<Option<i64>>> =
        frame.sort_by.iter().filter_map(|name| frame.column(name)).filter_map(key).collect();
    let mut rows: Vec<u32> = (0..u32::try_from(frame.len()).unwrap_or(u32::MAX)).collect();
    let compare = |a: &u32, b: &u32| {
        let pairs = keys.iter().map(|key| key[*a as usize].cmp(&key[*b as usize]));
        pairs.into_iter().find(|o| o.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    };
    // Most frames arrive sorted by their row number.
    if !rows.is_sorted_by(|a, b| compare(a, b).is_le()) {
        rows.par_sort_by(compare);
    }
    rows
}

/// Whether the first sort column is a text that every row has and that grows from row to row: nothing is left to sort.
fn arrives_sorted(frame: &Frame) -> bool {
    let first = frame.sort_by.first().and_then(|name| frame.column(name));
    let Some(Values::Text(column)) = first else { return false };
    let texts = || column.iter();
    texts().all(|t| t.is_some()) && texts().zip(texts().skip(1)).all(|(a, b)| a < b)
}

/// A column as integers of the same order; evidence has none.
fn key(values: &Values) -> Option<Vec<Option<i64>>> {
    Some(match values {
        Values::Text(v) => text_key(v),
        Values::Int32(v) | Values::Date(v) => v.iter().map(|x| x.map(i64::from)).collect(),
        Values::Int64(v) | Values::Decimal(v) => v.iter().collect(),
        Values::Float(v) => v.iter().map(|x| x.map(float_key)).collect(),
        Values::Bool(v) => v.iter().map(|x| x.map(i64::from)).collect(),
        // Nobody writes a column at rest: arrays are made of columns in memory alone.
        Values::Evidence(_) | Values::AtRest(_) => return None,
    })
}

/// `f64::total_cmp` as an integer.
fn float_key(x: f64) -> i64 {
    let bits = x.to_bits().cast_signed();
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

fn text_key(column: &TextColumn) -> Vec<Option<i64>> {
    let mut by_text: Vec<u32> = (0..u32::try_from(column.dictionary.len()).unwrap_or(u32::MAX)).collect();
    by_text.par_sort_by(|a, b| column.dictionary[*a as usize].cmp(&column.dictionary[*b as usize]));
    let mut rank = vec![0_i64; column.dictionary.len()];
    let mut last = 0;
    for (i, &code) in by_text.iter().enumerate() {
        // A dictionary may hold a text twice; both are the same value.
        if i > 0 && column.dictionary[by_text[i - 1] as usize] != column.dictionary[code as usize] {
            last += 1;
        }
        rank[code as usize] = last;
    }
    column.codes.iter().map(|&code| rank.get(code as usize).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::FrameColumn;

    fn frame(columns: Vec<FrameColumn>, sort_by: &[&str]) -> Frame {
        Frame {
            path: "t".into(),
            title_zh: "t".into(),
            title_en: "t".into(),
            sort_by: sort_by.iter().map(|&s| s.to_owned()).collect(),
            columns,
        }
    }

    #[test]
    fn nulls_come_first_and_ties_keep_their_order() {
        let text: TextColumn = [Some("乙"), None, Some("a"), Some("a"), None].into_iter().collect();
        let floats = vec![Some(1.0), Some(-1.0), Some(0.5), Some(-0.5), None];
        let columns = vec![
            FrameColumn::new("t", "t", "t", Values::Text(text)),
            FrameColumn::new("f", "f", "f", Values::Float(floats.into())),
        ];
        assert_eq!(order(&frame(columns.clone(), &["t"])), [1, 4, 2, 3, 0]);
        assert_eq!(order(&frame(columns.clone(), &["t", "f"])), [4, 1, 3, 2, 0]);
        assert_eq!(order(&frame(columns, &["f"])), [4, 1, 3, 2, 0]);
    }

    #[test]
    fn the_order_of_a_dictionary_is_not_the_order_of_rows() {
        let column =
            TextColumn { dictionary: ["b", "a", "a"].into_iter().collect(), codes: vec![0, 1, 2, TextColumn::NULL] };
        let columns = vec![FrameColumn::new("t", "t", "t", Values::Text(column))];
        assert_eq!(order(&frame(columns, &["t"])), [3, 1, 2, 0]);
    }
}
