//! Many texts in one allocation: a million names cost their bytes and an offset each, and a copy costs nothing.

use std::ops::{Index, Range};
use std::sync::Arc;

use rayon::prelude::*;

/// An immutable list of texts, shared by whoever clones it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts(Arc<Inner>);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Inner {
    text: String,
    /// Where each text ends: four bytes hold four gigabytes of distinct texts.
    ends: Vec<u32>,
}

impl Inner {
    /// # Panics
    /// When the texts together take over four gigabytes.
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(u32::try_from(self.text.len()).expect("fewer than 2^32 bytes of distinct texts"));
    }
}

impl Texts {
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.ends.len()
    }
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.ends.is_empty()
    }
    /// The same for lists that share their memory, and for no others alive.
    #[must_use]
    pub fn id(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }
    fn range(&self, index: usize) -> Range<usize> {
        let start = if index == 0 { 0 } else { self.0.ends[index - 1] };
        start as usize..self.0.ends[index] as usize
    }
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&str> {
        (index < self.len()).then(|| &self.0.text[self.range(index)])
    }
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|i| &self[i])
    }
    #[must_use]
    pub fn par_iter(&self) -> impl IndexedParallelIterator<Item = &str> {
        (0..self.len()).into_par_iter().map(|i| &self[i])
    }
    /// None yet, with room for so many texts of so many bytes together.
    #[must_use]
    pub fn with_capacity(texts: usize, bytes: usize) -> Self {
        Self(Arc::new(Inner { text: String::with_capacity(bytes), ends: Vec::with_capacity(texts) }))
    }
    /// Adds a text; copies the list first when it is shared.
    pub fn push(&mut self, text: &str) {
        Arc::make_mut(&mut self.0).push(text);
    }
    /// All texts one after another, and where each ends.
    #[must_use]
    pub fn parts(&self) -> (&str, &[u32]) {
        (&self.0.text, &self.0.ends)
    }
    /// From such parts, if they are ones.
    #[must_use]
    pub fn of_parts(text: String, ends: Vec<u32>) -> Option<Self> {
        let whole = ends.last().map_or(0, |&end| end as usize) == text.len();
        let cuts = ends.is_sorted() && ends.iter().all(|&end| text.is_char_boundary(end as usize));
        (whole && cuts).then(|| Self(Arc::new(Inner { text, ends })))
    }
    /// Gives back the room that growing left over.
    pub fn shrink_to_fit(&mut self) {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.text.shrink_to_fit();
            inner.ends.shrink_to_fit();
        }
    }

    /// Every text mapped, on all cores; with each old index, the new one, or `None` where the map gave nothing.
    ///
    /// # Panics
    /// When the texts together take over four gigabytes.
    #[must_use]
    pub fn map(&self, f: impl Fn(&str) -> Option<String> + Sync) -> (Self, Vec<Option<u32>>) {
        const CHUNK: usize = 16 << 10;
        let chunk = |c: usize| {
            let mut part = Inner::default();
            let kept = |i: usize| match f(&self[i]) {
                Some(text) => {
                    part.push(&text);
                    true
                }
                None => false,
            };
            let kept: Vec<bool> = (c * CHUNK..((c + 1) * CHUNK).min(self.len())).map(kept).collect();
            (part, kept)
        };
        let parts: Vec<(Inner, Vec<bool>)> = (0..self.len().div_ceil(CHUNK)).into_par_iter().map(chunk).collect();
        let mut all = Inner {
            text: String::with_capacity(parts.iter().map(|(p, _)| p.text.len()).sum()),
            ends: Vec::with_capacity(self.len()),
        };
        let mut index = Vec::with_capacity(self.len());
        let mut next = 0;
        for (part, kept) in parts {
            let base =
                u32::try_from(all.text.len() + part.text.len()).expect("fewer than 2^32 bytes of distinct texts");
            let base = base - u32::try_from(part.text.len()).unwrap_or(0);
            all.text.push_str(&part.text);
            all.ends.extend(part.ends.iter().map(|end| base + end));
            for kept in kept {
                index.push(kept.then_some(next));
                next += u32::from(kept);
            }
        }
        (Self(Arc::new(all)), index)
    }
}

impl Index<usize> for Texts {
    type Output = str;
    fn index(&self, index: usize) -> &str {
        &self.0.text[self.range(index)]
    }
}

impl<T: AsRef<str>> FromIterator<T> for Texts {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        let mut inner = Inner::default();
        for text in texts {
            inner.push(text.as_ref());
        }
        Self(Arc::new(inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_as_they_went_in() {
        let texts: Texts = ["王芳", "", "a"].into_iter().collect();
        assert_eq!((texts.len(), &texts[0], &texts[1], texts.get(2), texts.get(3)), (3, "王芳", "", Some("a"), None));
    }

    #[test]
    fn a_map_over_many_chunks_keeps_order_and_drops_what_has_no_image() {
        let texts: Texts = (0..40_000).map(|i: u32| i.to_string()).collect();
        let (mapped, index) = texts.map(|t| (!t.ends_with('7')).then(|| format!("<{t}>")));
        assert_eq!(mapped.len(), 36_000);
        assert_eq!((index[6], index[7], index[8]), (Some(6), None, Some(7)));
        assert_eq!(&mapped[index[39_999].expect("kept") as usize], "<39999>");
    }
}
