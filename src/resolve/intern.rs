//! The same numbers for the same values in the columns of several tables, without one great map that no cache holds.

use std::borrow::Cow;

use hashbrown::HashTable;
use rayon::prelude::*;

use super::hash::{FastMap, mix};
use super::values::NONE;
use crate::kernel::account::normalise_account;
use crate::table::TextColumn;

/// Values are looked at in so many parts, each small enough for a cache.
const PARTS: u8 = 32;

/// What stands for a value: equal where the values are equal, 0 where there is none.
pub(super) trait Key: Copy + Eq + Default + Send + Sync {
    fn mixed(self) -> u64;
}

impl Key for u64 {
    fn mixed(self) -> u64 {
        mix(0, self, 0)
    }
}

impl Key for u128 {
    fn mixed(self) -> u64 {
        let half = |n: u128| u64::try_from(n & u128::from(u64::MAX)).unwrap_or_default();
        mix(0, half(self), half(self >> 64))
    }
}

/// Numbers of the values of each list, in the order in which they first stand, from 0; `NONE` for no value. And how many there are.
pub(super) fn number<K: Key>(lists: &[&[K]]) -> (Vec<Vec<u32>>, usize) {
    let part = |&key: &K| {
        if key == K::default() { PARTS } else { u8::try_from(key.mixed() >> 59).unwrap_or_default() }
    };
    let parts: Vec<Vec<u8>> = lists.iter().map(|list| list.par_iter().map(part).collect()).collect();
    let ends = lists.iter().scan(0, |end, list| {
        *end += list.len();
        Some(*end)
    });
    let starts: Vec<usize> = std::iter::once(0).chain(ends).collect();
    let again = |part: u8| -> Vec<(u32, u32)> {
        let most = parts.iter().map(|parts| memchr::memchr_iter(part, parts).count()).max();
        let mut met: HashTable<(K, u32)> = HashTable::with_capacity(most.unwrap_or(0));
        let mut again = Vec::new();
        for ((list, parts), start) in lists.iter().zip(&parts).zip(&starts) {
            for at in memchr::memchr_iter(part, parts) {
                let (key, place) = (list[at], u32::try_from(start + at).unwrap_or(NONE));
                let entry = met.entry(key.mixed(), |known| known.0 == key, |known| known.0.mixed());
                let first = entry.or_insert((key, place)).get().1;
                if first != place {
                    again.push((place, first));
                }
            }
        }
        again
    };
    let again: Vec<Vec<(u32, u32)>> = (0..PARTS).into_par_iter().map(again).collect();
    // Whatever is met again takes the number of its first place.
    let mut numbers = vec![NONE; starts[lists.len()]];
    again.into_iter().flatten().for_each(|(place, first)| numbers[place as usize] = first);
    let mut count = 0;
    for (place, key) in lists.iter().flat_map(|list| list.iter()).enumerate() {
        let first = numbers[place];
        if *key == K::default() {
            continue;
        }
        numbers[place] = if first == NONE { count } else { numbers[first as usize] };
        count += u32::from(first == NONE);
    }
    let own = lists.iter().zip(starts).map(|(list, start)| numbers[start..start + list.len()].to_vec());
    (own.collect(), count as usize)
}

/// Stands for a text too long for a key, until it gets one.
const LONG: u128 = u128::MAX;

/// Keys of the distinct texts of each column: `key` of short ones; the others, as `whole` writes them, get keys from above.
fn keys<'a>(
    columns: &[Option<&'a TextColumn>],
    key: impl Fn(&str) -> u128 + Sync,
    whole: impl Fn(&'a str) -> Cow<'a, str>,
) -> Vec<Vec<u128>> {
    let of = |column: Option<&'a TextColumn>| -> Vec<u128> {
        column.map_or(Vec::new(), |c| c.dictionary.par_iter().map(&key).collect())
    };
    let mut all: Vec<Vec<u128>> = columns.iter().copied().map(of).collect();
    let mut long: FastMap<Cow<'a, str>, u128> = FastMap::default();
    for (column, keys) in columns.iter().zip(&mut all) {
        for (code, key) in keys.iter_mut().enumerate().filter(|(_, key)| **key == LONG) {
            let text = column.and_then(|c| c.dictionary.get(code)).unwrap_or_default();
            let next = LONG - 1 - long.len() as u128;
            *key = *long.entry(whole(text)).or_insert(next);
        }
    }
    all
}

fn numbered(all: &[Vec<u128>]) -> Vec<Vec<u32>> {
    let lists: Vec<&[u128]> = all.iter().map(Vec::as_slice).collect();
    number(&lists).0
}

/// Numbers of the distinct names of each column, and the names.
pub(super) fn names<'a>(columns: &[Option<&'a TextColumn>]) -> (Vec<Vec<u32>>, Vec<&'a str>) {
    let key = |text: &str| {
        let (bytes, mut word) = (text.as_bytes(), [0; 16]);
        let Some(room) = word.get_mut(..bytes.len()).filter(|_| bytes.len() < 15) else { return LONG };
        room.copy_from_slice(bytes);
        // An empty text has a key, too.
        word[15] = 1;
        u128::from_le_bytes(word)
    };
    let numbers = numbered(&keys(columns, key, Cow::Borrowed));
    let mut raw: Vec<&str> = Vec::new();
    for (column, numbers) in columns.iter().zip(&numbers) {
        let Some(column) = column else { continue };
        let new = numbers.iter().zip(column.dictionary.iter());
        for (&number, text) in new {
            if number as usize == raw.len() {
                raw.push(text);
            }
        }
    }
    (numbers, raw)
}

/// Numbers of the distinct accounts of each column, `NONE` for what is no account.
pub(super) fn accounts(columns: &[Option<&TextColumn>]) -> Vec<Vec<u32>> {
    // Its digits behind a 1, so that leading zeros count.
    let digits = |text: &[u8]| text.iter().fold(1, |n, b| n * 10 + u128::from(b.wrapping_sub(b'0')));
    let key = |text: &str| {
        let bytes = text.as_bytes();
        let plain = (10..=37).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_digit);
        if plain {
            return if bytes.iter().all(|b| *b == bytes[0]) { 0 } else { digits(bytes) };
        }
        match normalise_account(text) {
            None => 0,
            Some(account) if account.len() <= 37 => digits(account.as_bytes()),
            Some(_) => LONG,
        }
    };
    numbered(&keys(columns, key, |text| Cow::Owned(normalise_account(text).unwrap_or_default())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_order_of_first_places_and_are_shared() {
        let long: Vec<u64> = (1..5000).rev().collect();
        let (numbers, count) = number(&[&[7, 0, 9, 7], &[9, 5, 0], &long]);
        assert_eq!(numbers[0], [0, NONE, 1, 0]);
        assert_eq!(numbers[1], [1, 2, NONE]);
        assert_eq!(count, 4999);
        let mut all = numbers[2].clone();
        assert_eq!((all[long.len() - 7], all[long.len() - 9], all[0]), (0, 1, 3));
        all.sort_unstable();
        assert!(all.windows(2).all(|two| two[0] + 1 == two[1]), "each has one of its own");
    }

    fn column(texts: &[&str]) -> TextColumn {
        TextColumn { dictionary: texts.iter().collect(), codes: Vec::new() }
    }

    #[test]
    fn names_are_one_by_their_text_alone_however_long() {
        let long = "阿卜杜拉·买买提明·艾合买提江";
        let (one, other) = (column(&["王芳", long, ""]), column(&["", "王", long, "王芳"]));
        let (numbers, raw) = names(&[Some(&one), None, Some(&other)]);
        assert_eq!(numbers, [vec![0, 1, 2], vec![], vec![2, 3, 1, 0]]);
        assert_eq!(raw, ["王芳", long, "", "王"]);
    }

    #[test]
    fn accounts_are_one_by_their_digits() {
        let long = "1".repeat(30) + "234567890";
        let one = column(&["6222021234567890128", "06222021234567890128", "0000000000000000", &long]);
        let other = column(&[&format!("{long} "), "6222 0212-3456 7890128", "12345"]);
        let numbers = accounts(&[Some(&one), Some(&other)]);
        assert_eq!(numbers, [vec![0, 1, NONE, 2], vec![2, 0, NONE]]);
    }
}
