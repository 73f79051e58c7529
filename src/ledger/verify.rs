//! Reading everything again, whatever the database: one thread reads the events in their order, another checks their hashes and
//! folds every case in memory, and then holds the table of cases against what was folded.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, sync_channel};

use rayon::prelude::*;

use super::case::Case;
use super::event::genesis;
use super::refusals::{missing_trigger, stale, tampered};
use super::row::{Batch, CaseRow};
use super::store::{Head, Verified};
use crate::error::{Fault, Result};
use crate::kernel::secret::hex;

/// Cases that are folded in one reading of the events: about two kilobytes each and 120 bytes for every month that was looked at.
/// A ledger with more of them is read again for each further lot.
pub(super) const CASES_AT_ONCE: u64 = 500_000;

/// Folds of different cases go side by side.
const SHARDS: usize = 8;

/// Rows of the table of cases that are compared together.
pub(super) const ROWS_AT_ONCE: usize = 4096;

/// Ids from `from` on and before `to`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Range {
    pub from: Option<String>,
    pub to: Option<String>,
}

impl Range {
    fn has(&self, id: &str) -> bool {
        self.from.as_deref().is_none_or(|from| from <= id) && self.to.as_deref().is_none_or(|to| id < to)
    }
}

/// A ledger as it stands at one moment, whatever others write meanwhile.
pub(super) trait Snapshot {
    /// Where the ledger is, for messages.
    fn name(&self) -> &str;
    /// The first guard against changed events that is missing.
    fn missing_trigger(&self) -> Result<Option<&'static str>>;
    /// The id of every `size`-th row of the table of cases, but for the first row.
    fn every(&self, size: u64) -> Result<Vec<String>>;
    /// Events in the order of their numbers: all, or those of a range of cases.
    fn events(&self, of: &Range, each: &mut dyn FnMut(Batch) -> Result<()>) -> Result<()>;
    /// The table of cases in the order of their ids.
    fn rows(&self, of: &Range, each: &mut dyn FnMut(Vec<CaseRow>) -> Result<()>) -> Result<()>;
}

/// What the reading thread hands to the other.
enum Work {
    /// Events of which the cases of the range are to be folded.
    Events {
        batch: Batch,
        /// Whether the chain is followed too: in the first reading.
        chain: bool,
        range: Range,
    },
    Rows(Vec<CaseRow>),
    /// All rows of a range have been compared.
    EndOfRange,
}

/// Verifies a snapshot.
pub(super) fn verify(
    ledger: &dyn Snapshot,
    identity: &str,
    anchor: Option<&str>,
    cases_at_once: u64,
) -> Result<Verified> {
    if let Some(trigger) = ledger.missing_trigger()? {
        return Err(missing_trigger(ledger.name(), trigger));
    }
    let mut walk = Walk::new(ledger.name(), identity, anchor);
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel::<Work>(2);
        let walker = scope.spawn(move || walk.go(&receiver));
        // The other thread has stopped when it takes nothing more; it says why.
        let stopped = || Fault::Internal("the verification stopped".to_owned());
        let read = read(ledger, cases_at_once, &mut |work| sender.send(work).map_err(|_| stopped()));
        drop(sender);
        let found = walker.join().map_err(|_| Fault::Internal("folding the ledger's cases".to_owned()))?;
        // What was found wrong comes before what could not be read after it.
        let found = found?;
        read?;
        Ok(found)
    })
}

fn read(ledger: &dyn Snapshot, cases_at_once: u64, hand: &mut dyn FnMut(Work) -> Result<()>) -> Result<()> {
    let bounds = ledger.every(cases_at_once)?;
    for i in 0..=bounds.len() {
        let range = Range { from: (i > 0).then(|| bounds[i - 1].clone()), to: bounds.get(i).cloned() };
        let chain = i == 0;
        // The first reading sees everything, for the chain.
        let of = if chain { Range::default() } else { range.clone() };
        ledger.events(&of, &mut |batch| hand(Work::Events { batch, chain, range: range.clone() }))?;
        ledger.rows(&range, &mut |rows| hand(Work::Rows(rows)))?;
        hand(Work::EndOfRange)?;
    }
    Ok(())
}

/// Cases of one shard as far as their events were read.
#[derive(Default)]
struct Shard {
    cases: HashMap<String, Case>,
    /// The first event that does not add up.
    wrong: Option<(i64, String)>,
    /// The least id at which the table differs.
    stale: Option<String>,
}

impl Shard {
    fn fold(&mut self, batch: &Batch, picked: &[Option<usize>], mine: usize) {
        for (i, _) in picked.iter().enumerate().filter(|(_, shard)| **shard == Some(mine)) {
            if self.wrong.is_some() {
                return;
            }
            let added = batch.event(i).and_then(|event| match self.cases.get_mut(&event.case) {
                Some(case) => case.apply(&event),
                None => {
                    let case = self.cases.entry(event.case.clone()).or_insert_with(|| Case::new(&event.case));
                    case.apply(&event)
                }
            });
            if let Err(why) = added {
                self.wrong = Some((batch.seq(i), why));
            }
        }
    }
    fn compare(&mut self, rows: &[CaseRow], mine: usize) -> Result<u64> {
        let mut same = 0;
        for row in rows.iter().filter(|row| shard_of(&row.id) == mine) {
            match self.cases.remove(&row.id) {
                Some(case) if CaseRow::of(&case)? == *row => same += 1,
                _ => self.differs(&row.id),
            }
        }
        Ok(same)
    }
    fn differs(&mut self, id: &str) {
        if self.stale.as_deref().is_none_or(|least| id < least) {
            self.stale = Some(id.to_owned());
        }
    }
}

fn shard_of(id: &str) -> usize {
    id.bytes().fold(0_usize, |sum, b| sum.wrapping_mul(31).wrapping_add(usize::from(b))) % SHARDS
}

/// What has been read so far.
struct Walk<'a> {
    name: &'a str,
    seq: i64,
    hash: [u8; 32],
    genesis: String,
    anchor: Option<String>,
    anchor_at: Option<i64>,
    shards: Vec<Shard>,
    cases: u64,
}

impl<'a> Walk<'a> {
    fn new(name: &'a str, identity: &str, anchor: Option<&str>) -> Self {
        let genesis = genesis(identity);
        let anchor = anchor.map(|a| a.trim().to_lowercase());
        Self {
            name,
            seq: 0,
            hash: [0; 32],
            anchor_at: anchor.as_ref().filter(|a| **a == genesis).map(|_| 0),
            anchor,
            genesis,
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            cases: 0,
        }
    }

    fn head(&self) -> Head {
        Head { seq: self.seq, hash: if self.seq == 0 { self.genesis.clone() } else { hex(&self.hash) } }
    }

    fn go(&mut self, work: &Receiver<Work>) -> Result<Verified> {
        let mut followed = false;
        for work in work {
            match work {
                Work::Events { batch, chain, range } => {
                    if chain {
                        self.follow(&batch)?;
                    }
                    self.fold(&batch, &range);
                }
                Work::Rows(rows) => {
                    // The whole chain has been followed by now.
                    if !followed {
                        self.end_of_chain()?;
                        followed = true;
                    }
                    self.adds_up()?;
                    let same = self.shards.par_iter_mut().enumerate().map(|(mine, s)| s.compare(&rows, mine));
                    self.cases += same.collect::<Result<Vec<u64>>>()?.iter().sum::<u64>();
                }
                Work::EndOfRange => {
                    if !followed {
                        self.end_of_chain()?;
                        followed = true;
                    }
                    self.end_of_range()?;
                }
            }
        }
        let head = self.head();
        Ok(Verified { events: head.seq, cases: self.cases, head, anchor_at: self.anchor_at })
    }

    /// Holds a batch against the end of the chain.
    fn follow(&mut self, batch: &Batch) -> Result<()> {
        let gap = (0..batch.len()).zip(self.seq + 1..).find(|(i, seq)| batch.seq(*i) != *seq);
        let sound = gap.map_or(batch.len(), |(i, _)| i);
        let fits = |buffer: &mut Vec<u8>, i: usize| {
            let previous = match i {
                0 if self.seq == 0 => self.genesis.clone(),
                0 => hex(&self.hash),
                _ => hex(batch.hash(i - 1)),
            };
            batch.fields(i).hash(&previous, buffer) == *batch.hash(i)
        };
        // An event before the first that does not fit has the hash that is stored with it, so looking at each alone is enough.
        let each = (0..sound).into_par_iter().with_min_len(256);
        let wrong = each.map_init(Vec::new, |buffer, i| (i, fits(buffer, i))).find_first(|(_, fits)| !fits);
        if let Some((i, _)) = wrong {
            let f = batch.fields(i);
            let what = format!("event {} ({} of {}) does not have the hash it was written with", f.seq, f.what, f.case);
            return Err(tampered(self.name, &what));
        }
        if let Some((i, expected)) = gap {
            let (last, found) = (expected - 1, batch.seq(i));
            let what = format!("event {last} is followed by event {found}: {} missing", found - expected);
            return Err(tampered(self.name, &what));
        }
        if let (Some(anchor), None) = (&self.anchor, self.anchor_at) {
            self.anchor_at = (0..batch.len()).find(|i| hex(batch.hash(*i)) == *anchor).map(|i| batch.seq(i));
        }
        if let Some(last) = batch.len().checked_sub(1) {
            (self.seq, self.hash) = (batch.seq(last), *batch.hash(last));
        }
        Ok(())
    }

    fn end_of_chain(&self) -> Result<()> {
        let (Some(anchor), None) = (&self.anchor, self.anchor_at) else { return Ok(()) };
        let head = self.head();
        Err(tampered(
            self.name,
            &format!(
                "no event has the anchor {anchor}: events were cut off or the whole chain was written anew; it ends at event {} with {}",
                head.seq, head.hash
            ),
        ))
    }

    fn fold(&mut self, batch: &Batch, range: &Range) {
        let pick = |i: usize| Some(batch.case(i)).filter(|id| range.has(id)).map(shard_of);
        let picked: Vec<Option<usize>> = (0..batch.len()).map(pick).collect();
        self.shards.par_iter_mut().enumerate().for_each(|(mine, shard)| shard.fold(batch, &picked, mine));
    }

    fn adds_up(&mut self) -> Result<()> {
        let wrong = self.shards.iter_mut().filter_map(|s| s.wrong.take()).min();
        wrong.map_or(Ok(()), |(_, why)| Err(tampered(self.name, &why)))
    }

    /// No case may be left that the table does not have.
    fn end_of_range(&mut self) -> Result<()> {
        self.adds_up()?;
        for shard in &mut self.shards {
            let left = shard.cases.keys().min().cloned();
            shard.cases.clear();
            if let Some(id) = left {
                shard.differs(&id);
            }
        }
        let least = self.shards.iter().filter_map(|s| s.stale.as_ref()).min();
        least.map_or(Ok(()), |id| Err(stale(self.name, id)))
    }
}
