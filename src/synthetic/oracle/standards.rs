//! P13: basic pay against the pay table.

use std::collections::{BTreeMap, BTreeSet};

use super::staff_more::{all_reasons, gone};
use super::{Facts, Finding, regular};
use crate::synthetic::days::{Day, month_of};
use crate::synthetic::model::{HrStatus, Reason, Sanction};
use crate::synthetic::pay_table::{hr_grades, standards};
use crate::synthetic::pay_twist::Scheme;
use crate::synthetic::records::PayRow;

/// Amounts of an item and grade, by edition.
type Table = BTreeMap<(&'static str, String), Vec<(Day, i64)>>;

/// Months after entry that count as probation.
const PROBATION: i32 = 12;

pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    // The rule reads HR's last months and waits for one.
    if f.past.is_empty() {
        return;
    }
    let mut table: Table = BTreeMap::new();
    for s in standards(f.world) {
        table.entry((s.item, s.grade)).or_default().push((s.from, s.fen));
    }
    table.values_mut().for_each(|v| v.sort_unstable());
    let mut rows: BTreeMap<u32, Vec<&PayRow>> = BTreeMap::new();
    for r in f.s.pay.iter().filter(|r| regular(r)) {
        rows.entry(r.person).or_default().push(r);
    }
    for (person, rows) in rows {
        let [row] = rows.as_slice() else { continue };
        if excused(f, person) {
            continue;
        }
        for (item, object, part, paid) in items(row) {
            let now = grades(f, person, part, 0);
            let every: BTreeSet<String> = (0..3).flat_map(|ago| grades(f, person, part, ago)).collect();
            let known = |g: &String| table.get(&(item, g.clone()));
            if paid <= 0 || !now.iter().any(|g| known(g).is_some()) {
                continue;
            }
            let fits = every.iter().filter_map(known).any(|editions| {
                let current = editions.iter().filter(|e| e.0 <= f.as_of()).count().max(1) - 1;
                let near = editions.iter().enumerate().filter(|(n, _)| n.abs_diff(current) <= 1);
                near.map(|(_, e)| e.1).any(|fen| fen == paid)
            });
            if !fits {
                out.push(Finding { object: object.to_owned(), ..Finding::of_person("P13", Some(row.unit), person) });
            }
        }
    }
}

/// Item as the table calls it, as the rule calls it, whether the post's (else the step's), and what is paid.
fn items(r: &PayRow) -> [(&'static str, &'static str, bool, i64); 2] {
    match r.more.scheme {
        Scheme::Institution => {
            [("岗位工资", "post_pay", true, r.items.post), ("薪级工资", "grade_pay", false, r.items.grade)]
        }
        Scheme::Civil => {
            [("职务工资", "position_pay", true, r.items.post), ("级别工资", "rank_pay", false, r.items.grade)]
        }
        Scheme::Worker => {
            [("岗位工资", "post_pay", true, r.items.post), ("职务工资", "position_pay", true, r.items.grade)]
        }
    }
}

/// What HR had the person on so many months ago.
fn grades(f: &Facts<'_>, person: u32, post: bool, ago: i32) -> Vec<String> {
    let month = f.month().plus(-ago);
    if ago > 0 && !f.past.iter().any(|p| p.month == month) {
        return vec![];
    }
    // Whoever entered within these months is on probation, so the rows of now are those of then.
    let away = |s| gone(s) || matches!(s, HrStatus::UnpaidLeave | HrStatus::Suspended);
    let rows = f.hr_of(person).filter(|h| ago > 0 || !away(h.status));
    rows.filter_map(|h| hr_grades(f.world, h.spell, month))
        .filter_map(|(p, s)| if post { Some(p) } else { s })
        .collect()
}

fn excused(f: &Facts<'_>, person: u32) -> bool {
    use Reason as R;
    let cuts =
        |r| matches!(r, R::SickLeave | R::MaternityLeave | R::UnpaidLeave | R::Detention | R::StartupLeave | R::Study);
    let recent = |to: Option<Day>| to.is_none_or(|t| month_of(t) >= f.month().plus(-1));
    let measure = |m| matches!(m, Sanction::Demotion | Sanction::Dismissal | Sanction::Detention | Sanction::Sentence);
    let probation = f.month().plus(-PROBATION);
    all_reasons(f, person).any(|a| cuts(a.reason) && recent(a.to))
        || f.lists.disciplines.of(person).any(|d| measure(d.measure) && d.on <= f.as_of() && recent(d.ends))
        || f.staff_of(person).any(|s| s.entry.is_some_and(|e| month_of(e) > probation))
        || f.hr_of(person).any(|h| month_of(h.entered) > probation)
}
