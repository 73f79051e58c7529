//! What blocking did: keys by kind, which were crowded, how many pairs they would have made and how many were kept.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// The keys of one kind in one search.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockNote {
    /// Table whose records were sought; `register` for the register in itself, `outside` for what the register does not know.
    pub search: String,
    /// Slug of the kind of key, such as `unit-surname`.
    pub key: &'static str,
    /// Distinct keys that records have on both sides.
    pub keys: u64,
    /// Keys with more records than the cap.
    pub crowded: u64,
    /// Crowded keys whose pairs were sought by a second field; pairs of the other crowded ones were each asked for one.
    pub refined: u64,
    /// Pairs the keys would make by themselves, and those kept (a pair of two keys counts under both).
    pub pairs_before: u64,
    pub pairs_after: u64,
}

/// Slugs and titles of the kinds of key, by number.
pub const KINDS: [(&str, &str, &str); 15] = [
    ("", "", ""),
    ("id-front-syllables", "证件号前九位与姓名读音", "first nine digits of the ID and readings of the name"),
    ("id-back", "证件号后八位", "last eight digits of the ID before the check character"),
    ("unit-surname", "单位与姓", "unit and first character of the name"),
    ("unit-given-name", "单位与名", "unit and the rest of the name"),
    ("unit-birth", "单位与出生日期", "unit and birth date"),
    ("name-birth", "姓名与出生日期", "name and birth date"),
    ("name", "姓名", "name"),
    ("unit-syllables", "单位与姓名读音", "unit and readings of the name"),
    ("syllables-birth", "姓名读音与出生日期", "readings of the name and birth date"),
    ("id-ends", "证件号首尾可见位", "visible ends of a masked ID"),
    ("given-name-birth", "名与出生日期", "rest of the name and birth date"),
    ("account", "银行账号", "bank account"),
    ("id-front-birth", "证件号前九位与出生年月", "first nine digits of the ID and month of birth"),
    ("id-front-unit", "证件号前九位与单位", "first nine digits of the ID and unit"),
];

/// Counts of one search, by kind of key; shared by threads, sums of whole numbers.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub keys: [AtomicU64; KINDS.len()],
    pub crowded: [AtomicU64; KINDS.len()],
    pub refined: [AtomicU64; KINDS.len()],
    pub before: [AtomicU64; KINDS.len()],
    pub after: [AtomicU64; KINDS.len()],
}

impl Tally {
    pub(super) fn add(cells: &[AtomicU64; KINDS.len()], kind: usize, n: u64) {
        if let Some(cell) = cells.get(kind) {
            cell.fetch_add(n, Ordering::Relaxed);
        }
    }
}

/// Where searches write down what they did, and whom they tell before they begin.
pub(super) struct Ledger<'a> {
    notes: Mutex<Vec<BlockNote>>,
    tell: &'a (dyn Fn(&str) + Sync),
}

impl<'a> Ledger<'a> {
    pub(super) fn new(tell: &'a (dyn Fn(&str) + Sync)) -> Self {
        Self { notes: Mutex::default(), tell }
    }
    /// Says how many pairs there will be at most, before any is weighed.
    pub(super) fn announce(&self, search: &str, records: usize, tally: &Tally) {
        let sum = |cells: &[AtomicU64; KINDS.len()]| cells.iter().map(|c| c.load(Ordering::Relaxed)).sum::<u64>();
        let (pairs, crowded) = (sum(&tally.before), sum(&tally.crowded));
        if records > 0 {
            (self.tell)(&format!("{search}: {records} × ≤{pairs} ({crowded} crowded)"));
        }
    }
    /// Enters a finished search; of a search done again only the last counts.
    pub(super) fn enter(&self, search: &str, tally: &Tally) {
        let Ok(mut notes) = self.notes.lock() else { return };
        notes.retain(|n| n.search != search);
        let at = |cells: &[AtomicU64; KINDS.len()], kind: usize| cells[kind].load(Ordering::Relaxed);
        let kinds = (1..KINDS.len()).filter(|&k| at(&tally.keys, k) > 0);
        notes.extend(kinds.map(|k| BlockNote {
            search: search.to_owned(),
            key: KINDS[k].0,
            keys: at(&tally.keys, k),
            crowded: at(&tally.crowded, k),
            refined: at(&tally.refined, k),
            pairs_before: at(&tally.before, k),
            pairs_after: at(&tally.after, k),
        }));
    }
    pub(super) fn notes(&self) -> Vec<BlockNote> {
        let mut notes = self.notes.lock().map(|n| n.clone()).unwrap_or_default();
        notes.sort();
        notes
    }
}
