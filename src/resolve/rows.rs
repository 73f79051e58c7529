//! What is known of each row of a table, kept once for all rows that say the same.

use std::ops::Index;
use std::sync::Arc;

/// One entry a row; rows of one record share theirs.
#[derive(Debug, Clone)]
pub struct Rows<T> {
    entries: Arc<Vec<T>>,
    /// Row → entry.
    entry_of: Arc<Vec<u32>>,
}

impl<T> Rows<T> {
    /// Of entries and, for each row, which is its.
    #[must_use]
    pub fn new(entries: Arc<Vec<T>>, entry_of: Arc<Vec<u32>>) -> Self {
        Self { entries, entry_of }
    }
    /// The entries, which other tables may share, and for each row which is its.
    #[must_use]
    pub fn parts(&self) -> (&Arc<Vec<T>>, &[u32]) {
        (&self.entries, &self.entry_of)
    }
    /// Row → entry, to be kept.
    pub(super) fn entry_of(&self) -> Arc<Vec<u32>> {
        Arc::clone(&self.entry_of)
    }
    #[must_use]
    pub fn len(&self) -> usize {
        self.entry_of.len()
    }
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entry_of.is_empty()
    }
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&T> {
        self.entries.get(*self.entry_of.get(row)? as usize)
    }
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &T> {
        self.entry_of.iter().map(|&entry| &self.entries[entry as usize])
    }
}

impl<T> Index<usize> for Rows<T> {
    type Output = T;
    fn index(&self, row: usize) -> &T {
        &self.entries[self.entry_of[row] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_record_share_an_entry() {
        let rows = Rows::new(Arc::new(vec!['a', 'b']), Arc::new(vec![1, 0, 1]));
        assert_eq!((rows[0], rows[1], rows.get(2), rows.get(3), rows.len()), ('b', 'a', Some(&'b'), None, 3));
        assert_eq!(rows.iter().collect::<String>(), "bab");
    }
}
