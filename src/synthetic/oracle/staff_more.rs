//! E02, E03, E05 to E09, E11 to E14, E16, E17: who should have left, and whose standing is not what it seems.

use super::by::By;
use super::{Facts, Finding, active};
use crate::kernel::dates::Month;
use crate::kernel::retirement::{FLEXIBLE_MONTHS, Track};
use crate::synthetic::days::{Day, first_day, last_day, month_of};
use crate::synthetic::feeds::Employer;
use crate::synthetic::model::{
    Channel, Class, ExitReason, HrStatus, PensionKind, QuotaType, Rank, Reason, Sanction, Sex,
};
use crate::synthetic::records::{AbsenceRow, HrRow, StaffRow};
use crate::synthetic::staff_feeds::{DELAYS, EARLY_GROUNDS, age_on, awol, staff_class, work_start};

pub fn judge(f: &Facts<'_>, out: &mut Vec<Finding>) {
    for row in f.s.staff.iter().filter(|r| active(r, f.as_of())) {
        retired(f, row, out);
        left(f, row, out);
        past_age(f, row, out);
        absent_without_leave(f, row, out);
        terms(f, row, out);
        class(f, row, out);
        age_logic(f, row, out);
    }
    dead(f, out);
    early(f, out);
    sanctions(f, out);
    business(f, out);
    appraisals(f, out);
}

pub(super) fn gone(status: HrStatus) -> bool {
    use HrStatus as H;
    matches!(status, H::Retired | H::Transferred | H::Resigned | H::Dismissed | H::Dead)
}

/// Gone from wherever HR knows the person.
pub(super) fn gone_everywhere(f: &Facts<'_>, person: u32) -> bool {
    let mut rows = f.hr_of(person).peekable();
    rows.peek().is_some() && rows.all(|h| gone(h.status))
}

/// All rows of a person in the table of reasons, in force or not, that have begun.
pub(super) fn all_reasons<'a>(f: &'a Facts<'_>, person: u32) -> impl Iterator<Item = &'a AbsenceRow> + 'a {
    let from = f.absences.partition_point(|a| a.person < person);
    f.absences[from..].iter().take_while(move |a| a.person == person)
}

fn in_force(a: &AbsenceRow, day: Day) -> bool {
    a.from <= day && a.to.is_none_or(|t| t > day)
}

/// E05: HR's month of retirement, else the month before the first own pension; two months later still enrolled.
fn retired(f: &Facts<'_>, row: &StaffRow, out: &mut Vec<Finding>) {
    if f.hr_of(row.person).any(|h| !gone(h.status)) {
        return;
    }
    let by_hr = f.hr_of(row.person).filter(|h| h.status == HrStatus::Retired).filter_map(|h| h.retired).max();
    let pension = || {
        let own = f.lists.pensions.of(row.person).filter(|p| p.kind == PensionKind::Own);
        own.filter(|p| p.first <= f.month()).map(|p| p.first.plus(-1)).min()
    };
    let Some(month) = by_hr.map(month_of).or_else(pension) else { return };
    if f.month() >= month.plus(2) && row.entry.is_none_or(|e| month_of(e) <= month) {
        out.push(Finding::of_person("E05", Some(row.unit), row.person));
    }
}

/// E06: sixty days after the earliest report of the death.
fn dead(f: &Facts<'_>, out: &mut Vec<Finding>) {
    for d in f.world.deaths.iter().filter(|d| d.on <= f.as_of()) {
        let by_hr = f.hr_of(d.person).filter_map(|h| h.died).min();
        let on = by_hr.map_or(d.on, |h| h.min(d.on));
        for row in f.staff_of(d.person).filter(|r| active(r, f.as_of())) {
            if f.as_of() - on > 60 {
                out.push(Finding::of_person("E06", Some(row.unit), row.person));
            }
        }
    }
}

/// E07: HR says that the person left this very unit more than sixty days ago.
fn left(f: &Facts<'_>, row: &StaffRow, out: &mut Vec<Finding>) {
    let here: Vec<&HrRow> = f.hr_of(row.person).filter(|h| h.unit == row.unit).collect();
    let leaves = |h: &&HrRow| matches!(h.status, HrStatus::Transferred | HrStatus::Resigned | HrStatus::Dismissed);
    if here.is_empty() || !here.iter().all(|h| leaves(h)) {
        return;
    }
    let Some(on) = here.iter().filter_map(|h| h.left).max() else { return };
    if f.as_of() - on > 60 && row.entry.is_none_or(|e| e < on) {
        out.push(Finding::of_person("E07", Some(row.unit), row.person));
    }
}

/// The track by what the extracts say: the later where they do not agree.
pub(super) fn track_of(f: &Facts<'_>, row: &StaffRow) -> Track {
    let senior = |r: &StaffRow| r.leader.is_some_and(|l| matches!(l.level, Rank::Division | Rank::DeputyDivision));
    if row.sex == Sex::Male || f.staff_of(row.person).any(senior) {
        return Track::Sixty;
    }
    let mut classes = f.hr_of(row.person).map(|h| staff_class(f.world, &f.world.spells[h.spell as usize])).peekable();
    let worker_post = classes.peek().is_some() && classes.all(|c| c == "工勤");
    let worker_quota =
        f.staff_of(row.person).filter(|r| active(r, f.as_of())).all(|r| r.quota_type == QuotaType::Worker);
    if worker_post && worker_quota { Track::Fifty } else { Track::FiftyFive }
}

/// The later of what the register states and what the number says.
pub(super) fn latest_birth(f: &Facts<'_>, row: &StaffRow) -> Month {
    month_of(row.birth.max(f.world.persons[row.person as usize].birth))
}

/// E08: one finding a person, at the unit entered last.
fn past_age(f: &Facts<'_>, row: &StaffRow, out: &mut Vec<Finding>) {
    let month = track_of(f, row).statutory_month(latest_birth(f, row));
    if f.month() <= month || gone_everywhere(f, row.person) {
        return;
    }
    let mut delays = f.lists.retirements.of(row.person).filter(|r| r.approved <= f.as_of());
    if !delays.any(|r| DELAYS.contains(&r.kind) && month_of(r.retires) >= f.month()) {
        out.push(Finding::of_person("E08", None, row.person));
    }
}

/// E09: retired before the earliest month that may be chosen.
fn early(f: &Facts<'_>, out: &mut Vec<Finding>) {
    for row in &f.s.staff {
        let by_hr = f.hr_of(row.person).filter(|h| h.status == HrStatus::Retired).filter_map(|h| h.retired).max();
        let by_register = row.exit.filter(|(_, r)| *r == ExitReason::Retirement).map(|(e, _)| e);
        let Some(on) = by_hr.or(by_register) else { continue };
        let month = month_of(on);
        if month <= f.month().plus(-24) {
            continue;
        }
        let classes = f.hr_of(row.person).map(|h| staff_class(f.world, &f.world.spells[h.spell as usize]));
        let cadre = f.hr_of(row.person).next().is_some() && classes.into_iter().all(|c| c != "工勤");
        let track = match (row.sex, cadre) {
            (Sex::Male, _) => Track::Sixty,
            (Sex::Female, true) => Track::FiftyFive,
            (Sex::Female, false) => Track::Fifty,
        };
        let birth = month_of(row.birth.min(f.world.persons[row.person as usize].birth));
        let original = birth.plus(track.original_age());
        let reformed = month >= Month(12 * 2025);
        let first = if reformed { original.max(track.statutory_month(birth).plus(-FLEXIBLE_MONTHS)) } else { original };
        let ground =
            |r: &crate::synthetic::staff_feeds::Retirement| r.approved <= f.as_of() && EARLY_GROUNDS.contains(&r.kind);
        if month < first && !f.lists.retirements.of(row.person).any(ground) {
            out.push(Finding::of_person("E09", None, row.person));
        }
    }
}

/// E02: more than fifteen days running, or thirty in twelve months, not counting months with a lawful reason.
fn absent_without_leave(f: &Facts<'_>, row: &StaffRow, out: &mut Vec<Finding>) {
    let spell = &f.world.spells[row.spell as usize];
    if !spell.hr || !f.world.units[spell.unit as usize].keeps_attendance {
        return;
    }
    let (mut year, mut longest) = (0, 0);
    let mut month = f.month().plus(-11).max(f.world.first);
    while month <= f.month() {
        let reported = spell.active(last_day(month)) && spell.entry <= first_day(month);
        let excused = all_reasons(f, row.person).any(|a| {
            a.reason != Reason::CollectivePayment
                && month_of(a.from) <= month
                && a.to.is_none_or(|t| month_of(t) >= month)
        });
        if reported && !excused {
            let (days, run) = awol(spell, month);
            year += days;
            longest = longest.max(run);
        }
        month = month.plus(1);
    }
    if longest > 15 || year > 30 {
        out.push(Finding::of_person("E02", None, row.person));
    }
}

/// Months that one grant may last.
fn most(reason: Reason) -> Option<i32> {
    match reason {
        Reason::Secondment => Some(6),
        Reason::TemporaryPost => Some(24),
        Reason::VillagePost => Some(36),
        _ => None,
    }
}

/// E03 and E14: the term is over, or too long, and the person still away.
fn terms(f: &Facts<'_>, row: &StaffRow, out: &mut Vec<Finding>) {
    let counted = |a: &&AbsenceRow| a.reason != Reason::CollectivePayment;
    let rows: Vec<&AbsenceRow> = all_reasons(f, row.person).filter(counted).collect();
    if rows.is_empty() || gone_everywhere(f, row.person) {
        return;
    }
    let says = |wanted: &[HrStatus]| f.hr_of(row.person).any(|h| wanted.contains(&h.status));
    let off_post = row.status == crate::synthetic::model::StaffStatus::OffPost && !says(&[HrStatus::OnPost]);
    let month = f.month().0;
    let since = |a: &AbsenceRow| month - month_of(a.from).0;
    let fine = |a: &&&AbsenceRow| in_force(a, f.as_of()) && most(a.reason).is_none_or(|m| since(a) <= m);
    let outside: Vec<&&AbsenceRow> = rows.iter().filter(|a| most(a.reason).is_some()).collect();
    if !outside.is_empty() && rows.iter().filter(fine).count() == 0 && (off_post || says(&[HrStatus::Seconded])) {
        let any_in_force = rows.iter().any(|a| in_force(a, f.as_of()));
        let too_long = outside.iter().any(|a| in_force(a, f.as_of()));
        if too_long || !any_in_force {
            out.push(Finding::of_person("E03", Some(row.unit), row.person));
        }
    }
    let leave: Vec<&&AbsenceRow> = rows.iter().filter(|a| a.reason == Reason::StartupLeave).collect();
    let other = rows.iter().any(|a| a.reason != Reason::StartupLeave && in_force(a, f.as_of()));
    let Some(start) = leave.iter().map(|a| month_of(a.from).0).min() else { return };
    // The last day of leave; three years where none is written.
    let ended = |a: &&&AbsenceRow| match a.to {
        Some(to) => to <= f.as_of(),
        None => month - month_of(a.from).0 > 36,
    };
    let away = [HrStatus::Seconded, HrStatus::Leave, HrStatus::UnpaidLeave, HrStatus::Absent];
    let over = leave.iter().all(|a| ended(a)) || month - start > 72;
    if !other && over && (off_post || says(&away)) {
        out.push(Finding::of_person("E14", Some(row.unit), row.person));
    }
}

/// E13: within one unit, and no other row of HR's agrees.
fn class(f: &Facts<'_>, row: &StaffRow, out: &mut Vec<Finding>) {
    let here: Vec<&HrRow> = f.hr_of(row.person).filter(|h| h.unit == row.unit && !gone(h.status)).collect();
    let conflict = |h: &&HrRow| {
        let spell = &f.world.spells[h.spell as usize];
        if spell.twist.as_deref().is_some_and(|t| t.staff.class_document) {
            return false;
        }
        let class = staff_class(f.world, spell);
        match row.quota_type {
            QuotaType::Worker => class != "工勤",
            QuotaType::CivilServiceLike => class != "公务员",
            QuotaType::Institution => matches!(class, "工勤" | "公务员"),
            QuotaType::Administrative | QuotaType::Police => class == "工勤",
        }
    };
    if !here.is_empty() && here.iter().all(|h| conflict(h)) {
        out.push(Finding::of_person("E13", Some(row.unit), row.person));
    }
}

/// E12, by the kinder of the births that are stated.
fn age_logic(f: &Facts<'_>, row: &StaffRow, out: &mut Vec<Finding>) {
    let own = f.world.persons[row.person as usize].birth;
    let (oldest, youngest) = (row.birth.min(own), row.birth.max(own));
    let start = work_start(f.world, row);
    let mut say = |object: &str| {
        out.push(Finding { object: object.to_owned(), ..Finding::of_person("E12", Some(row.unit), row.person) });
    };
    if age_on(oldest, start) < 16 {
        say("too_young");
    }
    let Some(entry) = row.entry else { return };
    if entry < start {
        say("entry_before_work");
    }
    let limit = match row.channel {
        Channel::Recruitment => 36,
        Channel::Talent => 41,
        _ => return,
    };
    if row.odd_channel {
        return;
    }
    if month_of(entry) > f.month().plus(-24) && age_on(youngest, entry) > limit {
        say("over_age");
    }
}

/// E11: a dismissal or sentence, the month after next still enrolled, or off the register and still paid.
fn sanctions(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let binding = f.world.feeds.disciplines.iter().filter(|d| d.on <= f.as_of()).filter(|d| match d.measure {
        Sanction::Sentence => true,
        Sanction::Dismissal => d.ends.is_none_or(|e| e > f.as_of()),
        _ => false,
    });
    for d in binding {
        let month = month_of(d.on);
        if f.month() <= month.plus(1) {
            continue;
        }
        let rows: Vec<&StaffRow> = f.staff_of(d.person).filter(|r| active(r, f.as_of())).collect();
        for row in rows.iter().filter(|r| r.entry.is_none_or(|e| month_of(e) <= month)) {
            out.push(Finding::of_person("E11", Some(row.unit), d.person));
        }
        if rows.is_empty() && !f.paid(d.person).is_empty() {
            out.push(Finding::of_person("E11", None, d.person));
        }
    }
}

/// E16: a company run for ninety days without a ground, or three months insured by one.
fn business(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let runs = |r: &&crate::synthetic::staff_feeds::CompanyRole| {
        r.active && r.role != "股东" && r.ground.is_empty() && r.since <= f.as_of() - 90
    };
    let mut suspects: Vec<u32> = f.world.staff.roles.iter().filter(runs).map(|r| r.person).collect();
    let months = [f.month(), f.month().plus(-1), f.month().plus(-2)];
    let insured = f.world.feeds.insured.iter().filter(|i| {
        matches!(i.employer, Employer::Company(..)) && months.iter().all(|m| *m >= f.world.first && i.span.holds(*m))
    });
    suspects.extend(insured.map(|i| i.person));
    suspects.sort_unstable();
    suspects.dedup();
    for person in suspects {
        let excused = all_reasons(f, person).any(|a| a.reason == Reason::StartupLeave && in_force(a, f.as_of()));
        for row in f.staff_of(person).filter(|r| active(r, f.as_of()) && !excused) {
            out.push(Finding::of_person("E16", Some(row.unit), person));
        }
    }
}

/// E17: two years running, more than six months after the second result.
fn appraisals(f: &Facts<'_>, out: &mut Vec<Finding>) {
    let known = || f.world.staff.appraisals.iter().filter(|a| a.decided <= f.as_of());
    let mut failed: Vec<(u32, i32, Month)> =
        known().filter(|a| a.result == "不称职").map(|a| (a.person, a.year, month_of(a.decided))).collect();
    failed.sort_unstable();
    let passes = By::new(known().filter(|a| a.result != "不称职"), |a| a.person);
    for pair in failed.windows(2) {
        let ((person, first, _), (other, second, decided)) = (pair[0], pair[1]);
        if person != other || second != first + 1 || f.month() <= decided.plus(6) {
            continue;
        }
        let passed = passes.of(person).any(|a| a.year > second);
        let barred = all_reasons(f, person)
            .any(|a| matches!(a.reason, Reason::SickLeave | Reason::MaternityLeave) && in_force(a, f.as_of()));
        for row in f.staff_of(person).filter(|r| active(r, f.as_of()) && !passed && !barred) {
            out.push(Finding::of_person("E17", Some(row.unit), person));
        }
    }
}

/// The posts of a group that a plan names, and who holds them.
pub(super) fn holders(
    f: &Facts<'_>,
    unit: u32,
    scope: crate::synthetic::model::Scope,
    level: Rank,
    class: Class,
) -> i64 {
    let holds = |r: &&StaffRow| {
        r.leader.is_some_and(|l| {
            (l.scope, l.level, l.class) == (scope, level, class)
                && l.appointed <= f.as_of()
                && l.removed.is_none_or(|x| x > f.as_of())
                && !l.concurrent
        })
    };
    let mut who: Vec<u32> =
        f.staff_in(unit).iter().filter(|r| active(r, f.as_of())).filter(holds).map(|r| r.person).collect();
    who.sort_unstable();
    who.dedup();
    i64::try_from(who.len()).unwrap_or(0)
}
