//! Rows of HR, and of the attendance it keeps.

use rand::Rng as _;

use super::{AbsenceRow, AttendanceRow, HrRow, Shown};
use crate::kernel::dates::Month;
use crate::synthetic::days::{Day, first_day, month_of};
use crate::synthetic::model::{Class, ExitReason, HrStatus, Reason, Scope, Span, World};
use crate::synthetic::rng::{Purpose, stream};
use crate::synthetic::staff_feeds::awol;

/// HR's word for a reason of absence in force.
pub(super) fn away_status(reason: Reason) -> HrStatus {
    match reason {
        Reason::Secondment | Reason::TemporaryPost | Reason::VillagePost => HrStatus::Seconded,
        Reason::Study | Reason::SickLeave | Reason::MaternityLeave => HrStatus::Leave,
        Reason::UnpaidLeave | Reason::StartupLeave => HrStatus::UnpaidLeave,
        Reason::Detention => HrStatus::Suspended,
        Reason::CollectivePayment => HrStatus::OnPost,
    }
}

pub(super) fn push_hr(world: &World, i: u32, month: Month, as_of: Day, away: &[AbsenceRow], out: &mut Vec<HrRow>) {
    let s = &world.spells[i as usize];
    if !s.hr {
        return;
    }
    let person = &world.persons[s.person as usize];
    let twist = s.twist.as_deref();
    let exit = s.exit.filter(|(e, _)| *e <= as_of && !twist.is_some_and(|t| t.exit_unknown_to_hr));
    let holds = |span: &Span| span.holds(month);
    let said = twist.and_then(|t| t.staff.hr_status.filter(|(span, _)| holds(span))).map(|(_, status)| status);
    let in_force = away.iter().rev().find(|a| a.to.is_none_or(|t| t > as_of));
    let status = match exit {
        Some((_, ExitReason::Retirement)) => HrStatus::Retired,
        Some((_, ExitReason::Transfer)) => HrStatus::Transferred,
        Some((_, ExitReason::Resignation)) => HrStatus::Resigned,
        Some((_, ExitReason::Dismissal)) => HrStatus::Dismissed,
        Some((_, ExitReason::Death)) => HrStatus::Dead,
        None if twist.and_then(|t| t.absent.as_ref()).is_some_and(holds) => HrStatus::Absent,
        None if said.is_some() => said.unwrap_or(HrStatus::OnPost),
        None => in_force.map_or(HrStatus::OnPost, |a| away_status(a.reason)),
    };
    let mut shown: Option<Box<Shown>> = None;
    let mut sex = person.sex;
    if let Some(t) = twist {
        if t.hr_id_missing.as_ref().is_some_and(holds) {
            shown.get_or_insert_default().id = Some(String::new());
        }
        if let Some((span, other)) = &t.hr_sex
            && holds(span)
        {
            sex = *other;
        }
    }
    let on = exit.map(|(e, _)| e);
    let gone = matches!(status, HrStatus::Transferred | HrStatus::Resigned | HrStatus::Dismissed);
    let head = s.leader.filter(|l| {
        l.scope == Scope::Leadership
            && l.class == Class::Chief
            && l.appointed <= as_of
            && l.removed.is_none_or(|r| r > as_of)
    });
    let said = world.quota_feeds.hr.get(&i).filter(|t| t.span.is_none_or(|s| s.holds(month)));
    let leads = s.leader.filter(|l| l.appointed <= as_of && l.removed.is_none_or(|r| r > as_of));
    let row = HrRow {
        spell: i,
        person: s.person,
        unit: s.unit,
        status,
        entered: s.entry,
        left: on.filter(|_| gone),
        retired: on.filter(|_| status == HrStatus::Retired),
        died: on.filter(|_| status == HrStatus::Dead),
        head_since: said.and_then(|t| t.head).unwrap_or(head.map(|l| l.appointed)),
        position: said.and_then(|t| t.position),
        level: said.and_then(|t| t.level).or(leads.map(|l| l.level)),
        work: said.and_then(|t| t.work),
        birth: person.birth,
        sex,
        shown,
    };
    if twist.and_then(|t| t.hr_twice.as_ref()).is_some_and(holds) {
        out.push(row.clone());
    }
    out.push(row);
}

pub(super) fn push_attendance(
    world: &World,
    i: u32,
    month: Month,
    as_of: Day,
    away: &[AbsenceRow],
    out: &mut Vec<AttendanceRow>,
) {
    let s = &world.spells[i as usize];
    if !s.hr || !world.units[s.unit as usize].keeps_attendance || !s.active(as_of) || s.entry > first_day(month) {
        return;
    }
    let mut rng =
        stream(world.seed, Purpose::Attendance, u64::from(i) << 16 | u64::from(month.0.unsigned_abs() & 0xFFFF));
    let due = 22;
    let mut present = due - rng.random_range(0..4);
    let twist = s.twist.as_deref();
    let absent = |span: Option<&Span>| span.is_some_and(|x| x.holds(month));
    if twist.is_some_and(|t| absent(t.never_present.as_ref()) || absent(t.absent.as_ref())) {
        present = 0;
    }
    if away
        .iter()
        .any(|a| a.reason != Reason::CollectivePayment && month_of(a.from) < month && a.to.is_none_or(|t| t > as_of))
    {
        present = 0;
    }
    let (unexcused, run) = awol(s, month);
    let present = present.min(due - unexcused);
    out.push(AttendanceRow { person: s.person, unit: s.unit, due, present, unexcused, run });
}
