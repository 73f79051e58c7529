//! The same numbers for the same IDs in several lists, without one great map that no cache holds.

use hashbrown::HashTable;
use rayon::prelude::*;

use super::hash::mix;
use super::values::NONE;

/// The IDs are looked at in so many parts, each small enough for a cache.
const PARTS: u8 = 32;

/// Numbers of the values of each list, in the order in which they first stand, from 0; `NONE` for 0. And how many there are.
pub(super) fn number(lists: &[&[u64]]) -> (Vec<Vec<u32>>, usize) {
    let part = |&id: &u64| if id == 0 { PARTS } else { u8::try_from(mix(0, id, 0) >> 59).unwrap_or_default() };
    let parts: Vec<Vec<u8>> = lists.iter().map(|list| list.par_iter().map(part).collect()).collect();
    let starts: Vec<usize> = lists
        .iter()
        .scan(0, |at, list| {
            *at += list.len();
            Some(*at - list.len())
        })
        .collect();
    let again = |part: u8| -> Vec<(u32, u32)> {
        let mut met: HashTable<(u64, u32)> = HashTable::new();
        let mut again = Vec::new();
        for ((list, parts), start) in lists.iter().zip(&parts).zip(&starts) {
            for at in memchr::memchr_iter(part, parts) {
                let (id, place) = (list[at], u32::try_from(start + at).unwrap_or(NONE));
                let entry = met.entry(mix(0, id, 0), |known| known.0 == id, |known| mix(0, known.0, 0));
                let first = entry.or_insert((id, place)).get().1;
                if first != place {
                    again.push((place, first));
                }
            }
        }
        again
    };
    let again: Vec<Vec<(u32, u32)>> = (0..PARTS).into_par_iter().map(again).collect();
    // Whatever is met again takes the number of its first place.
    let mut numbers = vec![NONE; lists.iter().map(|list| list.len()).sum()];
    let mut first_of = numbers.clone();
    again.into_iter().flatten().for_each(|(place, first)| first_of[place as usize] = first);
    let mut count = 0;
    let each = lists.iter().flat_map(|list| list.iter());
    for (place, (&id, first)) in each.zip(first_of).enumerate() {
        if id == 0 {
            continue;
        }
        numbers[place] = if first == NONE { count } else { numbers[first as usize] };
        count += u32::from(first == NONE);
    }
    let own = lists.iter().zip(starts).map(|(list, start)| numbers[start..start + list.len()].to_vec());
    (own.collect(), count as usize)
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
}
