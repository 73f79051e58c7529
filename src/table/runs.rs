//! A number for each row that is the same for many rows on end: kept once a run.

use std::ops::Index;

/// Which file, or sheet, each row came from: there are few, and their rows stand together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Runs {
    /// Where each run ends.
    ends: Vec<usize>,
    values: Vec<u32>,
}

impl Runs {
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Adds so many rows of one value.
    pub fn add(&mut self, value: u32, rows: usize) {
        let end = self.len() + rows;
        match self.ends.last_mut() {
            _ if rows == 0 => {}
            Some(last) if self.values.last() == Some(&value) => *last = end,
            _ => {
                self.ends.push(end);
                self.values.push(value);
            }
        }
    }
    /// The value of a row.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<u32> {
        self.values.get(self.ends.partition_point(|&end| end <= row)).copied()
    }
    /// The value of each row.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .zip(&self.values)
            .flat_map(|((start, end), value)| std::iter::repeat_n(*value, end - start))
    }
}

impl FromIterator<u32> for Runs {
    fn from_iter<I: IntoIterator<Item = u32>>(values: I) -> Self {
        let mut runs = Self::default();
        values.into_iter().for_each(|value| runs.add(value, 1));
        runs
    }
}

impl Index<usize> for Runs {
    type Output = u32;
    fn index(&self, row: usize) -> &u32 {
        &self.values[self.ends.partition_point(|&end| end <= row)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_read_as_the_rows_they_stand_for() {
        let rows = [7, 7, 7, 1, 7, 7, 2];
        let mut runs = Runs::default();
        [(7, 2), (9, 0), (7, 1), (1, 1), (7, 2), (2, 1)].into_iter().for_each(|(value, n)| runs.add(value, n));
        assert_eq!(runs, rows.into_iter().collect());
        assert_eq!((runs.len(), runs.values.len()), (7, 4));
        assert!(runs.iter().eq(rows) && (0..7).all(|i| runs[i] == rows[i]));
        assert_eq!((runs.get(3), runs.get(7)), (Some(1), None));
        assert!(Runs::default().is_empty());
    }
}
