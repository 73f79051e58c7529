//! Rows of the register.

use super::hr::away_status;
use super::{AbsenceRow, Shown, StaffRow};
use crate::kernel::dates::Month;
use crate::synthetic::days::Day;
use crate::synthetic::model::{ExitReason, HrStatus, Leader, Span, StaffStatus, Twist, World};

pub(super) fn push_staff(
    world: &World,
    i: u32,
    month: Month,
    as_of: Day,
    away: &[AbsenceRow],
    out: &mut Vec<StaffRow>,
) {
    let s = &world.spells[i as usize];
    if !s.register {
        return;
    }
    let person = &world.persons[s.person as usize];
    let twist = s.twist.as_deref();
    let exit = s.exit.filter(|(e, _)| *e <= as_of && !twist.is_some_and(|t| t.exit_unrecorded));
    let elsewhere = |a: &AbsenceRow| away_status(a.reason) == HrStatus::Seconded && a.to.is_none_or(|t| t > as_of);
    let status = match exit {
        None if away.iter().any(elsewhere) => StaffStatus::OffPost,
        None => StaffStatus::OnPost,
        Some((_, ExitReason::Retirement)) => StaffStatus::Retired,
        Some((_, ExitReason::Death)) => StaffStatus::Dead,
        Some(_) => StaffStatus::Left,
    };
    let holds = |span: &Span| span.holds(month);
    let unlisted = |t: &Twist| t.listed_from.is_some_and(|m| month < m) || t.erased_from.is_some_and(|m| month >= m);
    if twist.is_some_and(unlisted) {
        return;
    }
    let mut shown: Option<Box<Shown>> = None;
    let mut birth = person.birth;
    let mut entry = Some(s.entry);
    if let Some(t) = twist {
        if let Some((_, other)) = t.entry_shown.filter(|(span, _)| span.holds(month)) {
            entry = Some(other);
        }
        if let Some((span, text)) = &t.staff_id
            && holds(span)
        {
            shown.get_or_insert_default().id = Some(text.clone());
        }
        if t.staff_id_missing.as_ref().is_some_and(holds) {
            shown.get_or_insert_default().id = Some(String::new());
        }
        if t.entry_missing.as_ref().is_some_and(holds) {
            entry = None;
        }
        if let Some((span, other)) = &t.staff_birth
            && holds(span)
        {
            birth = *other;
        }
    }
    let approval = s.approval.map(|a| world.approvals[a as usize].no.clone());
    let row = StaffRow {
        spell: i,
        person: s.person,
        unit: s.unit,
        quota_type: s.quota_type,
        bucket: s.bucket,
        status,
        entry,
        channel: s.channel,
        approval_no: twist.and_then(|t| t.approval_no.clone()).or(approval).filter(|no| !no.is_empty()),
        exit,
        leader: s
            .leader
            .filter(|l| l.appointed <= as_of)
            .map(|l| Leader { removed: l.removed.filter(|r| *r <= as_of), ..l }),
        birth,
        sex: person.sex,
        odd_channel: twist.and_then(|t| t.odd_channel.as_ref()).is_some_and(holds),
        work_start: twist.and_then(|t| t.work_start.filter(|(span, _)| holds(span))).map(|(_, d)| d),
        recorded: Some(
            s.entry + twist.and_then(|t| t.recorded_after).unwrap_or(1 + i32::try_from(i % 20).unwrap_or(0)),
        )
        .filter(|d| *d <= as_of && entry.is_some()),
        shown,
    };
    if twist.and_then(|t| t.staff_twice.as_ref()).is_some_and(holds) {
        out.push(row.clone());
    }
    out.push(row);
}
