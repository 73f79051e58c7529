//! Text columns built in parallel: every chunk has its own dictionary, and the dictionaries are merged in chunk order,
//! so that codes depend on the rows alone and never on which thread was first.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;

use hashbrown::HashTable;

use crate::table::{TextColumn, Texts};

/// Drawn once per process, so that no file can be made to collide on purpose; the tables are never iterated,
/// so the seed cannot show in a result.
static SEED: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish() | 1);

fn fold(a: u64, b: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b);
    #[expect(clippy::cast_possible_truncation, reason = "both halves are folded together")]
    let folded = (wide as u64) ^ ((wide >> 64) as u64);
    folded
}

/// A quick hash of a text: multiply and fold, eight bytes at a time.
pub(super) fn hash(text: &[u8]) -> u64 {
    const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut state = *SEED ^ (text.len() as u64);
    let mut words = text.chunks_exact(8);
    for word in &mut words {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(word);
        state = fold(state ^ u64::from_le_bytes(bytes), MIX);
    }
    let mut last = [0; 8];
    let rest = words.remainder();
    last[..rest.len()].copy_from_slice(rest);
    fold(state ^ u64::from_le_bytes(last), MIX ^ *SEED)
}

/// The distinct texts of one column of one chunk, in order of first appearance.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    arena: String,
    ends: Vec<u32>,
    hashes: Vec<u64>,
    table: HashTable<u32>,
}

impl Dictionary {
    pub fn len(&self) -> usize {
        self.ends.len()
    }
    pub fn get(&self, code: u32) -> &str {
        text_of(&self.arena, &self.ends, code)
    }
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|i| self.get(u32::try_from(i).unwrap_or(u32::MAX)))
    }
    /// The code of a text, entering it when it is new.
    pub fn code(&mut self, text: &str) -> u32 {
        let hash = hash(text.as_bytes());
        let (arena, ends, hashes) = (&self.arena, &self.ends, &self.hashes);
        let same = |&code: &u32| hashes[code as usize] == hash && text_of(arena, ends, code) == text;
        if let Some(&code) = self.table.find(hash, same) {
            return code;
        }
        // A chunk is a few megabytes, so neither number can overflow.
        let code = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.arena.push_str(text);
        self.ends.push(u32::try_from(self.arena.len()).unwrap_or(u32::MAX));
        self.hashes.push(hash);
        let hashes = &self.hashes;
        self.table.insert_unique(hash, code, |&c| hashes[c as usize]);
        code
    }
}

fn text_of<'a>(arena: &'a str, ends: &[u32], code: u32) -> &'a str {
    let code = code as usize;
    let start = if code == 0 { 0 } else { ends[code - 1] as usize };
    &arena[start..ends[code] as usize]
}

/// A text column of one chunk.
#[derive(Debug, Default)]
pub(super) struct TextChunk {
    pub dictionary: Dictionary,
    pub codes: Vec<u32>,
}

/// Joins chunks in order into one column.
#[derive(Default)]
pub(super) struct Merger {
    dictionary: Texts,
    hashes: Vec<u64>,
    table: HashTable<u32>,
    codes: Vec<u32>,
}

impl Merger {
    fn code(&mut self, text: &str, hash: u64) -> u32 {
        let (dictionary, hashes) = (&self.dictionary, &self.hashes);
        let same = |&code: &u32| hashes[code as usize] == hash && dictionary[code as usize] == *text;
        if let Some(&code) = self.table.find(hash, same) {
            return code;
        }
        let code = u32::try_from(self.dictionary.len()).unwrap_or(TextColumn::NULL);
        self.dictionary.push(text);
        self.hashes.push(hash);
        let hashes = &self.hashes;
        self.table.insert_unique(hash, code, |&c| hashes[c as usize]);
        code
    }
    pub fn reserve(&mut self, rows: usize) {
        self.codes.reserve(rows);
    }
    pub fn chunk(&mut self, chunk: &TextChunk) {
        let map: Vec<u32> = (0..chunk.dictionary.len())
            .map(|i| {
                let code = u32::try_from(i).unwrap_or(u32::MAX);
                self.code(chunk.dictionary.get(code), chunk.dictionary.hashes[i])
            })
            .collect();
        self.codes.extend(chunk.codes.iter().map(|&c| map.get(c as usize).copied().unwrap_or(TextColumn::NULL)));
    }
    /// The same value, or none, for a number of rows.
    pub fn constant(&mut self, value: Option<&str>, rows: usize) {
        let code = value.map_or(TextColumn::NULL, |v| self.code(v, hash(v.as_bytes())));
        self.codes.resize(self.codes.len() + rows, code);
    }
    pub fn finish(mut self) -> TextColumn {
        self.dictionary.shrink_to_fit();
        self.codes.shrink_to_fit();
        TextColumn { dictionary: self.dictionary, codes: self.codes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_merge_in_their_order() {
        let mut first = TextChunk::default();
        let mut second = TextChunk::default();
        for text in ["乙", "甲", "乙"] {
            let code = first.dictionary.code(text);
            first.codes.push(code);
        }
        first.codes.push(TextColumn::NULL);
        for text in ["丙", "甲"] {
            let code = second.dictionary.code(text);
            second.codes.push(code);
        }
        let mut merger = Merger::default();
        merger.chunk(&first);
        merger.constant(None, 1);
        merger.chunk(&second);
        let column = merger.finish();
        assert_eq!(column.dictionary.iter().collect::<Vec<&str>>(), ["乙", "甲", "丙"]);
        let values: Vec<_> = column.iter().collect();
        assert_eq!(values, [Some("乙"), Some("甲"), Some("乙"), None, None, Some("丙"), Some("甲")]);
    }
}
