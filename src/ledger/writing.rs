//! Writing, whatever the database: which events may be added, what they hash to, and what the cases become.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::event::{Event, NewEvent, genesis};
use super::refusals::{conflict, forbidden};
use super::row::{Batch, CaseRow, Written};
use super::store::{Expected, Head};
use crate::error::{Fault, Result};
use crate::kernel::secret::hex;

/// Rows that go to a database at once.
const AT_ONCE: usize = 1000;

/// A writing transaction of a database. Nobody else writes while it lasts, and all of it counts or none.
pub(super) trait Writing {
    /// The last event, or what stands before the first.
    fn head(&mut self) -> Result<Head>;
    /// The cases with these ids, of those that there are.
    fn load(&mut self, ids: &[&str]) -> Result<BTreeMap<String, Case>>;
    /// Who did what to a case last, and when, in words.
    fn last_of(&mut self, id: &str) -> Result<Option<String>>;
    fn insert(&mut self, events: &[Written]) -> Result<()>;
    /// Writes rows of cases, over those that there are.
    fn put(&mut self, cases: &[CaseRow]) -> Result<()>;
    /// Empties the table of cases.
    fn forget_cases(&mut self) -> Result<()>;
    /// Events in the order of cases and their numbers, from after one on.
    fn page(&mut self, after: (&str, u32), size: usize) -> Result<Batch>;
}

/// Appends events, each case where its writer believed it to be.
pub(super) fn append(w: &mut dyn Writing, events: &[NewEvent], expected: &[Expected]) -> Result<Head> {
    let touched: BTreeSet<&str> = events.iter().map(|e| e.case.as_str()).collect();
    let known: BTreeSet<&str> = touched.iter().copied().chain(expected.iter().map(|e| e.case.as_str())).collect();
    let mut cases = w.load(&known.into_iter().collect::<Vec<_>>())?;
    for claim in expected {
        let found = cases.get(&claim.case).map_or(0, |c| c.events);
        if found != claim.events {
            return Err(conflict(claim, found, w.last_of(&claim.case)?.as_deref()));
        }
    }
    let mut pen = Pen { head: w.head()?, buffer: Vec::new(), written: Vec::new() };
    for new in events {
        let case = cases.entry(new.case.clone()).or_insert_with(|| Case::new(&new.case));
        let event = case.event_of(new, pen.head.seq + 1).ok_or_else(|| forbidden(case, new.what))?;
        case.apply(&event).map_err(Fault::Internal)?;
        let hash = event.fields().hash(&pen.head.hash, &mut pen.buffer);
        pen.write(w, event, hash)?;
    }
    let head = pen.finish(w)?;
    put_all(w, cases.values().filter(|c| touched.contains(c.id.as_str())))?;
    Ok(head)
}

/// Folds the table of cases anew from the events; the number of cases.
pub(super) fn fold_again(w: &mut dyn Writing) -> Result<u64> {
    w.forget_cases()?;
    let (mut count, mut rows) = (0, Vec::new());
    let mut current: Option<Case> = None;
    let mut last = (String::new(), 0);
    loop {
        let batch = w.page((&last.0, last.1), 10 * AT_ONCE)?;
        for event in batch.events() {
            let event = event.map_err(Fault::Reconciliation)?;
            if current.as_ref().is_none_or(|c| c.id != event.case)
                && let Some(case) = current.replace(Case::new(&event.case))
            {
                rows.push(CaseRow::of(&case)?);
            }
            if let Some(case) = &mut current {
                case.apply(&event).map_err(Fault::Reconciliation)?;
            }
            last = (event.case, event.n);
        }
        let done = batch.len() == 0;
        if let Some(case) = current.take_if(|_| done) {
            rows.push(CaseRow::of(&case)?);
        }
        if done || rows.len() >= AT_ONCE {
            w.put(&rows)?;
            count += rows.len() as u64;
            rows.clear();
        }
        if done {
            return Ok(count);
        }
    }
}

fn put_all<'c>(w: &mut dyn Writing, cases: impl Iterator<Item = &'c Case>) -> Result<()> {
    let mut rows = Vec::with_capacity(AT_ONCE);
    for case in cases {
        rows.push(CaseRow::of(case)?);
        if rows.len() == AT_ONCE {
            w.put(&rows)?;
            rows.clear();
        }
    }
    w.put(&rows)
}

/// The end of the chain, and events that are to be handed to the database together.
struct Pen {
    head: Head,
    buffer: Vec<u8>,
    written: Vec<Written>,
}

impl Pen {
    fn write(&mut self, w: &mut dyn Writing, event: Event, hash: [u8; 32]) -> Result<()> {
        self.head = Head { seq: event.seq, hash: hex(&hash) };
        self.written.push(Written { event, hash });
        if self.written.len() == AT_ONCE {
            w.insert(&self.written)?;
            self.written.clear();
        }
        Ok(())
    }
    fn finish(self, w: &mut dyn Writing) -> Result<Head> {
        w.insert(&self.written)?;
        Ok(self.head)
    }
}

/// Events of another ledger on their way into an empty one, under the hashes that they have there.
pub(super) struct Taking<'w> {
    w: &'w mut dyn Writing,
    pen: Pen,
    cases: BTreeMap<String, Case>,
}

impl<'w> Taking<'w> {
    /// `identity` is the other ledger's.
    pub fn new(w: &'w mut dyn Writing, identity: &str) -> Self {
        let head = Head { seq: 0, hash: genesis(identity) };
        Self { w, pen: Pen { head, buffer: Vec::new(), written: Vec::new() }, cases: BTreeMap::new() }
    }

    /// Takes the next event.
    ///
    /// # Errors
    /// In words, when it does not follow the one before it; a fault when it cannot be written.
    pub fn take(&mut self, event: Event) -> Result<std::result::Result<(), String>> {
        let hash = event.fields().hash(&self.pen.head.hash, &mut self.pen.buffer);
        if event.seq != self.pen.head.seq + 1 || hex(&hash) != event.hash {
            return Ok(Err(
                "the event does not follow the one before it: something was changed, removed or moved".to_owned()
            ));
        }
        let case = self.cases.entry(event.case.clone()).or_insert_with(|| Case::new(&event.case));
        if let Err(why) = case.apply(&event) {
            return Ok(Err(why));
        }
        self.pen.write(self.w, event, hash)?;
        Ok(Ok(()))
    }

    /// Writes the cases. What was promised must have come.
    ///
    /// # Errors
    /// [`Fault::Reconciliation`] when the events end elsewhere than at `promised`.
    pub fn finish(self, promised: &Head) -> Result<Head> {
        let Self { w, pen, cases } = self;
        let head = pen.finish(w)?;
        if head != *promised {
            let (seq, events) = (head.seq, promised.seq);
            return Err(Fault::Reconciliation(format!(
                "event log: its first line promises {events} events, it ends at {seq}; the file was cut off"
            )));
        }
        put_all(w, cases.values())?;
        Ok(head)
    }
}
