//! The rows of one month's extracts, with the true person and unit of each. The oracle and the writers read these.

use super::days::{Day, last_day};
use super::model::{
    Batch, Bucket, Channel, ExitReason, HrStatus, Leader, PayClass, QuotaLot, QuotaType, Reason, Sex, StaffStatus,
    World,
};
use super::pay::{self, Deductions, Items};
use super::pay_twist::PayMore;
use crate::kernel::dates::Month;

mod hr;
mod staff;
mod units;

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
        units: units::unit_rows(world, month, as_of),
        quotas: units::quota_rows(world, as_of),
        staff: vec![],
        hr: vec![],
        pay: vec![],
        registrations: units::registration_rows(world, month, as_of),
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
        staff::push_staff(world, i, month, as_of, away, &mut out.staff);
        hr::push_hr(world, i, month, as_of, away, &mut out.hr);
        pay::push(world, i, month, away, &mut out.pay);
        hr::push_attendance(world, i, month, as_of, away, &mut out.attendance);
    }
    out.pay.sort_by_key(|p| p.unit);
    out.absences = absences;
    out.absences.sort_by_key(|a| (a.unit, a.person, a.from));
    out
}
