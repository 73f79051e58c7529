//! Numbers of persons that are too small to be circulated, and those that would give them away.

use super::named::Kind;
use super::table::{Shown, Table};
use crate::publish::format::Cell;

/// What stands in place of a small number, and of one that would give it away.
fn small_mark(limit: i64) -> String {
    format!("<{limit}")
}
const OTHER_MARK: &str = "※";

/// Hides numbers of 1 to `limit − 1` in the table's columns of persons, the last of which is each row's total, and as many others
/// as are needed so that none can be worked out from a total. Zeros stay.
pub fn suppress(table: &mut Table, limit: i64) {
    let cells: Vec<usize> = (0..table.columns.len()).filter(|&c| table.columns[c].kind == Kind::Cell).collect();
    let Some((&total, parts)) = cells.split_last() else { return };
    let value = |v: &Shown| match &v.cell {
        Cell::Number(n) => n.parse::<i64>().ok(),
        _ => None,
    };
    let numbers: Vec<Vec<i64>> =
        table.rows.iter().map(|row| row.iter().map(|v| value(v).unwrap_or_default()).collect()).collect();
    let small = |n: i64| n > 0 && n < limit;
    let mut hidden: Vec<Vec<bool>> =
        numbers.iter().map(|row| (0..row.len()).map(|c| cells.contains(&c) && small(row[c])).collect()).collect();
    // The sum of all rows is known elsewhere, so one hidden row total alone could be worked out.
    if hidden.iter().filter(|row| row[total]).count() == 1 {
        let next = (0..numbers.len()).filter(|&r| !hidden[r][total] && numbers[r][total] > 0);
        if let Some(row) = next.min_by_key(|&r| (numbers[r][total], r)) {
            hidden[row][total] = true;
        }
    }
    for (row, hidden) in numbers.iter().zip(&mut hidden) {
        let gone = parts.iter().filter(|&&c| hidden[c]).count();
        if gone == 1 && !hidden[total] || gone == 0 && hidden[total] {
            let next = parts.iter().copied().filter(|&c| !hidden[c] && row[c] > 0);
            if let Some(c) = next.min_by_key(|&c| (row[c], c)) {
                hidden[c] = true;
            }
        }
    }
    for ((row, hidden), numbers) in table.rows.iter_mut().zip(hidden).zip(numbers) {
        for (c, v) in row.iter_mut().enumerate().filter(|(c, _)| hidden[*c]) {
            let text = if small(numbers[c]) { small_mark(limit) } else { OTHER_MARK.to_owned() };
            *v = Shown { cell: Cell::Text(text.clone()), text, evidence: None };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::named;
    use super::super::table::Labels;
    use super::*;

    fn suppressed(rows: &[[i64; 3]]) -> Vec<Vec<String>> {
        let named =
            named::parse("t", "-- title: t\n-- columns: f:cell=f; m:cell=m; n:cell=n\nSELECT f, m, n").expect("sound");
        let header: Vec<String> = ["f", "m", "n"].map(str::to_owned).to_vec();
        let cells = |row: &[i64; 3]| row.iter().map(|n| Cell::Number(n.to_string())).collect();
        let rows = rows.iter().map(cells).collect();
        let mut table = Table::new(&named, &header, rows, String::new(), &Labels::default()).expect("a table");
        suppress(&mut table, 5);
        table.rows.iter().map(|row| row.iter().map(|v| v.text.clone()).collect()).collect()
    }

    #[test]
    fn a_small_number_is_hidden_with_what_would_give_it_away() {
        assert_eq!(suppressed(&[[3, 20, 23], [30, 40, 70]]), [["<5", "※", "23"], ["30", "40", "70"]]);
    }

    #[test]
    fn a_small_row_hides_another_rows_total_and_a_part_of_it() {
        assert_eq!(
            suppressed(&[[0, 3, 3], [10, 20, 30], [50, 60, 110]]),
            [["0", "<5", "<5"], ["※", "20", "※"], ["50", "60", "110"]]
        );
    }

    #[test]
    fn zeros_and_large_numbers_stay() {
        assert_eq!(suppressed(&[[0, 124, 124], [5, 5, 10]]), [["0", "124", "124"], ["5", "5", "10"]]);
    }

    /// Nothing hidden can be worked out: in every row and in the column of totals, none or at least two numbers are hidden.
    #[test]
    fn no_row_hides_exactly_one_number() {
        for a in 0..9 {
            for b in 0..9 {
                for c in 0..9 {
                    let rows = suppressed(&[[a, b, a + b], [c, 40, c + 40], [50, 60, 110]]);
                    let hidden = |texts: &[&String]| texts.iter().filter(|t| t.parse::<i64>().is_err()).count();
                    for row in &rows {
                        // A row of nothing but one hidden part and zeros says no more than its hidden total.
                        let count = hidden(&row.iter().collect::<Vec<_>>());
                        assert_ne!(count, 1, "{rows:?}");
                    }
                    let totals: Vec<&String> = rows.iter().map(|row| &row[2]).collect();
                    assert_ne!(hidden(&totals), 1, "{rows:?}");
                }
            }
        }
    }
}
