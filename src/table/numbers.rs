//! Numbers with gaps: one value of the type marks a gap, so that a column of a million amounts costs eight megabytes and not sixteen.

/// A number that sets one of its values aside to mean "no value".
pub trait Number: Copy + PartialEq + std::fmt::Debug {
    const ABSENT: Self;
    fn is_absent(self) -> bool;
}

macro_rules! whole_number {
    ($($kind:ty),+) => {$(
        impl Number for $kind {
            const ABSENT: Self = <$kind>::MIN;
            fn is_absent(self) -> bool {
                self == Self::ABSENT
            }
        }
    )+};
}
whole_number!(i32, i64);

impl Number for f64 {
    const ABSENT: Self = f64::NAN;
    fn is_absent(self) -> bool {
        self.is_nan()
    }
}

/// A column of numbers, some of them absent. The least value of a whole type and NaN stand for a gap: no register holds them.
#[derive(Debug, Clone)]
pub struct Numbers<T>(Vec<T>);

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Number> Numbers<T> {
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The value of a row; nothing past the end.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<T> {
        self.0.get(row).copied().filter(|v| !v.is_absent())
    }
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<T>> + '_ {
        self.0.iter().map(|&v| (!v.is_absent()).then_some(v))
    }
    pub fn push(&mut self, value: Option<T>) {
        self.0.push(value.unwrap_or(T::ABSENT));
    }
    pub fn reverse(&mut self) {
        self.0.reverse();
    }
    /// With gaps as the value that marks them.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }
    /// From what [`Self::as_slice`] gave.
    #[must_use]
    pub fn of_plain(values: Vec<T>) -> Self {
        Self(values)
    }
    /// An empty column with room.
    #[must_use]
    pub fn with_capacity(rows: usize) -> Self {
        Self(Vec::with_capacity(rows))
    }
    /// A column of gaps.
    #[must_use]
    pub fn absent(rows: usize) -> Self {
        Self(vec![T::ABSENT; rows])
    }
}

impl Numbers<i64> {
    /// Whether every row has a value greater than the one before.
    #[must_use]
    pub fn is_rising(&self) -> bool {
        self.iter().all(|v| v.is_some()) && self.0.is_sorted_by(|a, b| a < b)
    }
    /// The row of a value in a column that [is rising](Self::is_rising).
    #[must_use]
    pub fn find_rising(&self, value: i64) -> Option<usize> {
        self.0.binary_search(&value).ok()
    }
}

/// Gaps equal gaps.
impl<T: Number> PartialEq for Numbers<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<T: Number> FromIterator<Option<T>> for Numbers<T> {
    fn from_iter<I: IntoIterator<Item = Option<T>>>(values: I) -> Self {
        Self(values.into_iter().map(|v| v.unwrap_or(T::ABSENT)).collect())
    }
}

impl<T: Number> Extend<Option<T>> for Numbers<T> {
    fn extend<I: IntoIterator<Item = Option<T>>>(&mut self, values: I) {
        self.0.extend(values.into_iter().map(|v| v.unwrap_or(T::ABSENT)));
    }
}

impl<T: Number> From<Vec<Option<T>>> for Numbers<T> {
    fn from(values: Vec<Option<T>>) -> Self {
        values.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_come_back_as_gaps_and_equal_each_other() {
        let money: Numbers<i64> = [Some(0), None, Some(-5)].into_iter().collect();
        assert_eq!((money.get(0), money.get(1), money.get(2), money.get(3)), (Some(0), None, Some(-5), None));
        let floats: Numbers<f64> = vec![None, Some(0.5)].into();
        assert_eq!(floats, [None, Some(0.5)].into_iter().collect());
        assert_ne!(floats, [Some(0.0), Some(0.5)].into_iter().collect());
        assert_eq!(Numbers::<i32>::absent(2).iter().collect::<Vec<_>>(), [None, None]);
    }
}
