//! The rows of one month's extracts, with the true person and unit of each. The oracle and the writers read these.

use super::days::{Day, first_day, last_day, month_of};
use super::model::{
    Batch, Bucket, Channel, ExitReason, HrStatus, Leader, PayClass, QuotaLot, QuotaType, Reason, Sex, StaffStatus,
    World,
};
use super::pay::{self, Deductions, Items};
use super::pay_twist::PayMore;
use crate::kernel::dates::Month;

/// How noise or a plant changed what a person's row shows. Fields left `None` show the truth.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    pub name: Option<String>,
    pub id: Option<String>,
    pub unit_name: Option<String>,
    pub unit_code: Option<String>,
    /// Which shape dates of the row take; 0 is ISO.
    pub date_shape: u8,
    /// Which shape amounts of the row take; 0 is plain.
    pub money_shape: u8,
    /// Noise kinds for the truth file.
    pub kinds: Vec<&'static str>,
}

#[derive(Debug, Clone)]
pub struct StaffRow {
    pub spell: u32,
    pub person: u32,
    pub unit: u32,
    pub quota_type: QuotaType,
    pub bucket: Bucket,
    pub status: StaffStatus,
    pub entry: Option<Day>,
    pub channel: Channel,
    pub approval_no: Option<String>,
    pub exit: Option<(Day, ExitReason)>,
    pub leader: Option<Leader>,
    pub birth: Day,
    pub sex: Sex,
    /// Whether the way of entry is written as no list has it.
    pub odd_channel: bool,
    /// First day of work, where it is not the usual one.
    pub work_start: Option<Day>,
    /// When the entry was recorded.
    pub recorded: Option<Day>,
    pub shown: Option<Box<Shown>>,
}

#[derive(Debug, Clone)]
pub struct HrRow {
    pub spell: u32,
    pub person: u32,
    pub unit: u32,
    pub status: HrStatus,
    pub entered: Day,
    pub left: Option<Day>,
    pub retired: Option<Day>,
    pub died: Option<Day>,
    pub head_since: Option<Day>,
    pub position: Option<&'static str>,
    pub level: Option<super::model::Rank>,
    /// The unit really worked at, where HR says one, and since when.
    pub work: Option<(u32, Option<Day>)>,
    pub birth: Day,
    pub sex: Sex,
    pub shown: Option<Box<Shown>>,
}

#[derive(Debug, Clone)]
pub struct PayRow {
    pub spell: u32,
    pub person: u32,
    /// The payer.
    pub unit: u32,
    pub class: PayClass,
    pub batch: Batch,
    pub items: Items,
    pub account: [u8; 19],
    pub more: PayMore,
    pub shown: Option<Box<Shown>>,
}

impl PayRow {
    /// What is kept back.
    #[must_use]
    pub fn deductions(&self) -> Deductions {
        if self.more.no_deductions { Deductions::default() } else { self.items.deductions(self.class) }
    }
    /// The total of what is kept back, as printed.
    #[must_use]
    pub fn kept_back(&self) -> i64 {
        if self.more.zero_net { self.items.gross() } else { self.deductions().total() }
    }
    /// Net pay as printed.
    #[must_use]
    pub fn net(&self) -> i64 {
        self.items.gross() - self.kept_back() + self.more.net_off
    }
}

#[derive(Debug, Clone)]
pub struct QuotaRow {
    pub unit: u32,
    pub lot: QuotaLot,
}

#[derive(Debug, Clone)]
pub struct UnitRow {
    pub unit: u32,
    pub name: String,
    pub quota_total: i64,
    pub abolished: Option<Day>,
}

#[derive(Debug, Clone)]
pub struct RegistrationRow {
    pub unit: u32,
    pub name: String,
    pub credit: String,
    pub other_names: String,
    pub legal_representative: Option<u32>,
    pub registered: Day,
    pub deregistered: Option<Day>,
    pub more: super::office::RegistrationMore,
    pub shown: Option<Box<Shown>>,
}

#[derive(Debug, Clone)]
pub struct AbsenceRow {
    pub person: u32,
    pub unit: u32,
    pub reason: Reason,
    pub from: Day,
    pub to: Option<Day>,
}

#[derive(Debug, Clone)]
pub struct AttendanceRow {
    pub person: u32,
    pub unit: u32,
    pub due: i64,
    pub present: i64,
    /// Days absent without leave, and the longest run of them.
    pub unexcused: i64,
    pub run: i64,
}

/// Everything the extracts of one month hold. Rows that never change (aliases, exemptions, approvals, posts) are read
/// from the world by the writers, cut at `as_of`.
#[derive(Debug)]
pub struct Snapshot {
    pub month: Month,
    pub as_of: Day,
    pub units: Vec<UnitRow>,
    pub quotas: Vec<QuotaRow>,
    pub staff: Vec<StaffRow>,
    pub hr: Vec<HrRow>,
    pub pay: Vec<PayRow>,
    pub registrations: Vec<RegistrationRow>,
    pub absences: Vec<AbsenceRow>,
    pub attendance: Vec<AttendanceRow>,
    pub office: super::office::OfficeRows,
}

/// Absences of a person, from a list sorted by person.
fn absences_of(sorted: &[AbsenceRow], person: u32) -> &[AbsenceRow] {
    let from = sorted.partition_point(|a| a.person < person);
    let to = sorted.partition_point(|a| a.person <= person);
    &sorted[from..to]
}

/// The clean and planted rows of a month, before noise.
#[must_use]
pub fn snapshot(world: &World, order: &[u32], month: Month) -> Snapshot {
    let as_of = last_day(month);
    let mut absences: Vec<AbsenceRow> = world
        .absences
        .iter()
        .filter(|a| a.from <= as_of)
        .map(|a| AbsenceRow { person: a.person, unit: a.unit, reason: a.reason, from: a.from, to: a.to })
        .collect();
    absences.sort_by_key(|a| (a.person, a.from));
    let mut out = Snapshot {
        month,
        as_of,
        units: unit_rows(world, month, as_of),
        quotas: quota_rows(world, as_of),
        staff: vec![],
        hr: vec![],
        pay: vec![],
        registrations: registration_rows(world, month, as_of),
        absences: vec![],
        attendance: vec![],
        office: super::office::OfficeRows::default(),
    };
    out.office = super::office::rows(world, as_of, &out.registrations);
    for &i in order {
        let spell = &world.spells[i as usize];
        let away = absences_of(&absences, spell.person);
        if spell.entry > as_of {
            if spell.twist.as_deref().is_some_and(|t| t.pay.before_entry) {
                pay::push(world, i, month, away, &mut out.pay);
            }
            continue;
        }
        push_staff(world, i, month, as_of, away, &mut out.staff);
        push_hr(world, i, month, as_of, away, &mut out.hr);
        pay::push(world, i, month, away, &mut out.pay);
        push_attendance(world, i, month, as_of, away, &mut out.attendance);
    }
    out.pay.sort_by_key(|p| p.unit);
    out.absences = absences;
    out.absences.sort_by_key(|a| (a.unit, a.person, a.from));
    out
}

fn unit_rows(world: &World, month: Month, as_of: Day) -> Vec<UnitRow> {
    let mut out = Vec::new();
    for (u, unit) in world.units.iter().enumerate() {
        if !unit.listed || unit.established > as_of {
            continue;
        }
        let own: i64 = unit
            .quotas
            .iter()
            .filter(|l| l.bucket == Bucket::Own && l.from <= as_of && l.to.is_none_or(|t| t > as_of))
            .map(|l| l.approved)
            .sum();
        let shift = unit.total_shift.filter(|(span, _)| span.holds(month)).map_or(0, |(_, n)| n);
        out.push(UnitRow {
            unit: u32::try_from(u).unwrap_or_default(),
            name: unit.name(as_of).to_owned(),
            quota_total: own + shift,
            abolished: unit.abolished.filter(|a| *a <= as_of),
        });
    }
    out
}

fn quota_rows(world: &World, as_of: Day) -> Vec<QuotaRow> {
    let mut out = Vec::new();
    for (u, unit) in world.units.iter().enumerate() {
        for lot in unit.quotas.iter().filter(|l| l.from <= as_of) {
            let mut lot = lot.clone();
            if let Some((_, day)) = lot.more.from_shown.filter(|(span, _)| span.holds(month_of(as_of))) {
                lot.from = day;
            }
            // Nobody writes down an end that has not come, but for pooled posts, which are lent for a term.
            if lot.bucket == Bucket::Own {
                lot.to = lot.to.filter(|t| *t <= as_of);
            }
            out.push(QuotaRow { unit: u32::try_from(u).unwrap_or_default(), lot });
        }
    }
    out
}

fn registration_rows(world: &World, month: Month, as_of: Day) -> Vec<RegistrationRow> {
    let mut out = Vec::new();
    for (u, unit) in world.units.iter().enumerate() {
        let Some(r) = &unit.registration else { continue };
        if r.registered > as_of || !r.shown.holds(month) || r.hidden.is_some_and(|s| s.holds(month)) {
            continue;
        }
        out.push(RegistrationRow {
            unit: u32::try_from(u).unwrap_or_default(),
            name: super::model::at(&r.names, as_of).cloned().unwrap_or_default(),
            credit: super::model::at(&r.credit, as_of).cloned().unwrap_or_default(),
            other_names: r.other_names.clone(),
            legal_representative: super::model::at(&r.legal_representative, as_of).copied(),
            registered: r.registered,
            deregistered: r.deregistered.filter(|d| *d <= as_of),
            more: super::office::more(world, u32::try_from(u).unwrap_or_default(), as_of, r.registered),
            shown: None,
        });
    }
    out
}

fn push_staff(world: &World, i: u32, month: Month, as_of: Day, away: &[AbsenceRow], out: &mut Vec<StaffRow>) {
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
    let holds = |span: &super::model::Span| span.holds(month);
    let unlisted =
        |t: &super::model::Twist| t.listed_from.is_some_and(|m| month < m) || t.erased_from.is_some_and(|m| month >= m);
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

/// HR's word for a reason of absence in force.
fn away_status(reason: Reason) -> HrStatus {
    match reason {
        Reason::Secondment | Reason::TemporaryPost | Reason::VillagePost => HrStatus::Seconded,
        Reason::Study | Reason::SickLeave | Reason::MaternityLeave => HrStatus::Leave,
        Reason::UnpaidLeave | Reason::StartupLeave => HrStatus::UnpaidLeave,
        Reason::Detention => HrStatus::Suspended,
        Reason::CollectivePayment => HrStatus::OnPost,
    }
}

fn push_hr(world: &World, i: u32, month: Month, as_of: Day, away: &[AbsenceRow], out: &mut Vec<HrRow>) {
    let s = &world.spells[i as usize];
    if !s.hr {
        return;
    }
    let person = &world.persons[s.person as usize];
    let twist = s.twist.as_deref();
    let exit = s.exit.filter(|(e, _)| *e <= as_of && !twist.is_some_and(|t| t.exit_unknown_to_hr));
    let holds = |span: &super::model::Span| span.holds(month);
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
        l.scope == super::model::Scope::Leadership
            && l.class == super::model::Class::Chief
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

fn push_attendance(world: &World, i: u32, month: Month, as_of: Day, away: &[AbsenceRow], out: &mut Vec<AttendanceRow>) {
    use rand::Rng as _;
    let s = &world.spells[i as usize];
    if !s.hr || !world.units[s.unit as usize].keeps_attendance || !s.active(as_of) || s.entry > first_day(month) {
        return;
    }
    let mut rng = super::rng::stream(
        world.seed,
        super::rng::Purpose::Attendance,
        u64::from(i) << 16 | u64::from(month.0.unsigned_abs() & 0xFFFF),
    );
    let due = 22;
    let mut present = due - rng.random_range(0..4);
    let twist = s.twist.as_deref();
    let absent = |span: Option<&super::model::Span>| span.is_some_and(|x| x.holds(month));
    if twist.is_some_and(|t| absent(t.never_present.as_ref()) || absent(t.absent.as_ref())) {
        present = 0;
    }
    if away
        .iter()
        .any(|a| a.reason != Reason::CollectivePayment && month_of(a.from) < month && a.to.is_none_or(|t| t > as_of))
    {
        present = 0;
    }
    let (unexcused, run) = super::staff_feeds::awol(s, month);
    let present = present.min(due - unexcused);
    out.push(AttendanceRow { person: s.person, unit: s.unit, due, present, unexcused, run });
}
