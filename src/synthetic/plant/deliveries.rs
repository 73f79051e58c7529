//! Problems of the files themselves, all of the last month: D11 to D14.

use std::collections::BTreeSet;

use super::Planter;
use crate::synthetic::deliveries::{
    Deliveries, GARBLED, HARDLY_GARBLED, LOST_FIELD, MISSING, OTHER_HEADER, RIGHT_TOTAL, WRONG_TOTAL, total_line,
};
use crate::synthetic::model::{Mark, Span};

/// One month later than another there is something to compare with.
pub fn plant(p: &mut Planter<'_, '_>) {
    let (first, month) = (p.world.first, p.world.last);
    if first == month {
        return;
    }
    // With it goes a rule; so in every second world only.
    let missing = p.world.seed.is_multiple_of(2);
    let attendance = |w: &super::World, u: u32| w.units[u as usize].keeps_attendance;
    let rows: usize = p.world.spells.iter().filter(|s| s.hr && s.exit.is_none() && attendance(p.world, s.unit)).count();
    let (mut no_ids, mut without) = (BTreeSet::new(), 0);
    // Five in a hundred, two more than are let pass.
    while without * 20 < rows {
        let found = p.unit(|w, u, spells| attendance(w, u) && (4..150).contains(&spells.len()));
        let Some(u) = found else { break };
        without += p.spells_of[u as usize].len();
        no_ids.insert(u);
    }
    let span = Span { from: month, to: None };
    let mut mark = |rule, object: String, note| {
        p.world.planted.push(Mark { rule, unit: None, person: None, object, span, note });
    };
    if missing {
        mark("D11", format!("missing:{}", MISSING.0), "a feed that did not come");
    }
    mark("D11", "stale:off_quota_staff".to_owned(), "last month's list sent again");
    mark("D13", format!("{month}/{LOST_FIELD}.csv"), "a header that nobody knows");
    mark("D13", format!("{month}/{OTHER_HEADER}.csv"), "another word for a field");
    mark("D13", format!("{month}/{}.csv", GARBLED.0), "names garbled on the way");
    mark("D14", "attendance:fuzzy".to_owned(), "attendance without numbers");
    p.world.deliveries = Some(Deliveries { month, missing, no_ids: no_ids.clone() });
    for u in no_ids {
        let object = "a unit of few rows".to_owned();
        let note = "few rows without numbers";
        p.world.look_alikes.push(Mark { rule: "D14", unit: Some(u), person: None, object, span, note });
    }
}

/// Marks of total rows, whose line hangs on what else was planted.
pub fn totals(p: &mut Planter<'_, '_>) {
    let Some(month) = p.world.deliveries.as_ref().map(|d| d.month) else { return };
    let span = Span { from: month, to: None };
    let line = total_line(p.world, month);
    let object = format!("{month}/{WRONG_TOTAL}.csv||{line}");
    p.world.planted.push(Mark { rule: "D12", unit: None, person: None, object, span, note: "a total of last month" });
}

/// What stands in every world: totals that agree, a list that seldom changes, a few names garbled.
pub fn look_alikes(p: &mut Planter<'_, '_>) {
    let (month, always) = (p.world.last, p.always());
    let mut mark = |rule, object: String, note| {
        p.world.look_alikes.push(Mark { rule, unit: None, person: None, object, span: always, note });
    };
    mark("D11", "stale:quota_approvers".to_owned(), "a list that seldom changes");
    mark("D12", format!("{month}/{RIGHT_TOTAL}.csv"), "a total that agrees");
    mark("D13", format!("{month}/{}.csv", HARDLY_GARBLED.0), "hardly a name garbled");
    mark("D14", "hr_staff:fuzzy".to_owned(), "as many linked by likeness as ever");
}
