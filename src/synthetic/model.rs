//! What the generated world is made of. Rows of extracts are views of it at a month; the oracle reads those, never this.

use crate::kernel::dates::Month;

use super::days::Day;

/// A value of a code list.
pub trait Code {
    /// As extracts show it.
    fn label(self) -> &'static str;
    /// As schemas call it.
    fn slug(self) -> &'static str;
}

/// Declares a code list: its values with slug and label.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $slug:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($variant),+ }
        impl Code for $name {
            fn label(self) -> &'static str { match self { $(Self::$variant => $label),+ } }
            fn slug(self) -> &'static str { match self { $(Self::$variant => $slug),+ } }
        }
    };
}

codes!(Nature { Organ = "organ", "机关"; Institution = "institution", "事业单位"; CivilServiceLike = "civil_service_like", "参公事业单位"; Mass = "mass", "群团"; });
codes!(Funding { Full = "full", "全额拨款"; Partial = "partial", "差额拨款"; SelfFunded = "self", "自收自支"; });
codes!(Rank { Division = "division", "正处"; DeputyDivision = "deputy_division", "副处"; Section = "section", "正科"; DeputySection = "deputy_section", "副科"; Staff = "staff", "股级"; });
codes!(QuotaType { Administrative = "administrative", "行政"; Police = "police", "政法专项"; Institution = "institution", "事业"; CivilServiceLike = "civil_service_like", "参公事业"; Worker = "worker", "工勤"; });
codes!(Bucket { Own = "own", "在编"; Pooled = "pooled", "周转池"; Loaned = "loaned", "调借"; });
codes!(Channel { Recruitment = "recruitment", "公开招聘"; Transfer = "transfer", "调入"; Reorganisation = "reorganisation", "成建制划转"; Veteran = "veteran", "军转安置"; Talent = "talent", "人才引进"; Appointment = "appointment", "组织任命"; });
codes!(ExitReason { Retirement = "retirement", "退休"; Transfer = "transfer", "调出"; Resignation = "resignation", "辞职"; Dismissal = "dismissal", "辞退"; Death = "death", "死亡"; });
codes!(Scope { Leadership = "leadership", "领导班子"; Section = "section", "内设机构"; });
codes!(Class { Chief = "chief", "正职"; Deputy = "deputy", "副职"; });
codes!(PayClass { InService = "in_service", "在职人员"; Retired = "retired", "退休人员"; OffQuota = "off_quota", "编外"; });
codes!(Batch { Regular = "regular", "基本工资"; BackPay = "back_pay", "补发工资"; });
codes!(Reason {
    Secondment = "secondment", "借调"; TemporaryPost = "temporary_post", "挂职"; VillagePost = "village_post", "驻村";
    Study = "study", "脱产学习"; SickLeave = "sick_leave", "病假"; MaternityLeave = "maternity_leave", "产假";
    UnpaidLeave = "unpaid_leave", "停薪留职"; Detention = "detention", "留置"; StartupLeave = "startup_leave", "离岗创业"; CollectivePayment = "collective_payment", "集中发放";
});
codes!(HrStatus {
    OnPost = "on_post", "在岗"; Absent = "absent", "长期不在岗"; UnpaidLeave = "unpaid_leave", "停薪留职"; Seconded = "seconded", "借调";
    Leave = "leave", "病假"; Suspended = "suspended", "停职"; Retired = "retired", "退休"; Transferred = "transferred", "调出";
    Resigned = "resigned", "辞职"; Dismissed = "dismissed", "辞退"; Dead = "dead", "死亡";
});
codes!(StaffStatus { OnPost = "on_post", "在编在岗"; OffPost = "off_post", "在编不在岗"; Left = "left", "出编"; Retired = "retired", "退休"; Dead = "dead", "死亡"; });
codes!(PensionKind { Own = "own", "机关事业养老"; Resident = "resident", "城乡居民"; Survivor = "survivor", "遗属"; });
codes!(Sanction { Warning = "warning", "警告"; Demerit = "demerit", "记过"; Demotion = "demotion", "降级"; Dismissal = "dismissal", "开除"; Detention = "detention", "留置"; Sentence = "sentence", "判刑"; });
codes!(OffQuotaKind { Contract = "contract", "合同制"; Dispatch = "dispatch", "劳务派遣"; Outsourced = "outsourced", "劳务外包"; PublicWelfare = "public_welfare", "公益性岗位"; QuotaLike = "quota_like", "员额"; });
codes!(Sex { Male = "male", "男"; Female = "female", "女"; });

/// Months from `from`, up to and without `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from: Month,
    pub to: Option<Month>,
}

impl Span {
    #[must_use]
    pub fn holds(self, month: Month) -> bool {
        self.from <= month && self.to.is_none_or(|t| month < t)
    }
}

#[derive(Debug, Clone)]
pub struct Person {
    pub name: String,
    pub id: [u8; 18],
    pub sex: Sex,
    pub birth: Day,
    pub account: [u8; 19],
}

impl Person {
    #[must_use]
    pub fn id_text(&self) -> &str {
        std::str::from_utf8(&self.id).unwrap_or_default()
    }
}

/// One of a unit's leader posts, held by the person of a spell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leader {
    pub scope: Scope,
    pub level: Rank,
    pub class: Class,
    pub appointed: Day,
    pub removed: Option<Day>,
    pub concurrent: bool,
}

/// One person at one unit. Which sources show it, is said by `register`, `hr` and `pay`.
#[derive(Debug, Clone)]
pub struct Spell {
    pub person: u32,
    pub unit: u32,
    pub register: bool,
    pub hr: bool,
    pub pay: bool,
    pub quota_type: QuotaType,
    pub bucket: Bucket,
    pub entry: Day,
    pub channel: Channel,
    /// Index into [`World::approvals`].
    pub approval: Option<u32>,
    pub exit: Option<(Day, ExitReason)>,
    pub leader: Option<Leader>,
    pub class: PayClass,
    /// 1–10, drives pay.
    pub level: u8,
    pub twist: Option<Box<Twist>>,
}

impl Spell {
    /// In force on a day by the true dates.
    #[must_use]
    pub fn active(&self, day: Day) -> bool {
        self.entry <= day && self.exit.is_none_or(|(e, _)| e > day)
    }
    pub fn twist(&mut self) -> &mut Twist {
        self.twist.get_or_insert_default()
    }
}

/// What is out of the ordinary with a spell's rows. Most spells have none.
#[derive(Debug, Clone, Default)]
pub struct Twist {
    /// Paid up to and with this month although gone.
    pub pay_until: Option<Month>,
    /// First month of pay, where it is not the usual one.
    pub pay_from: Option<Month>,
    /// Months without pay.
    pub unpaid: Option<Span>,
    /// Months in which HR says absent.
    pub absent: Option<Span>,
    /// Months with no day present.
    pub never_present: Option<Span>,
    /// The payroll shows each row of these months twice.
    pub pay_twice: Option<Span>,
    /// And once more in this month.
    pub pay_twice_again: Option<Month>,
    /// The register shows the row twice.
    pub staff_twice: Option<Span>,
    /// HR shows the row twice.
    pub hr_twice: Option<Span>,
    /// The register shows the row from this month on, whenever the entry was.
    pub listed_from: Option<Month>,
    /// The row is gone from the register from this month on, as if it had never been.
    pub erased_from: Option<Month>,
    /// Another entry stands in the register in these months.
    pub entry_shown: Option<(Span, Day)>,
    /// The register never learned of the exit.
    pub exit_unrecorded: bool,
    /// HR never learned of the exit.
    pub exit_unknown_to_hr: bool,
    /// Only allowances are paid.
    pub allowances_only: bool,
    /// A second, back-pay batch with the same gross in this month.
    pub back_pay: Option<Month>,
    /// Back pay in a batch of its own this long after the exit.
    pub back_pay_after_exit: Option<Month>,
    pub account: Option<[u8; 19]>,
    /// Another name stands in the payroll.
    pub pay_name: Option<(Span, String)>,
    /// Another valid number stands in the payroll.
    pub pay_id: Option<(Span, [u8; 18])>,
    /// Another birth date stands in the register.
    pub staff_birth: Option<(Span, Day)>,
    /// Another sex stands in HR.
    pub hr_sex: Option<(Span, Sex)>,
    /// A mistyped number stands in the register.
    pub staff_id: Option<(Span, String)>,
    pub staff_id_missing: Option<Span>,
    pub hr_id_missing: Option<Span>,
    pub entry_missing: Option<Span>,
    /// Paid by another unit than the one of the spell.
    pub payer: Option<u32>,
    /// A way of entry that is in no list stands in the register.
    pub odd_channel: Option<Span>,
    /// Another first day of work stands in the register.
    pub work_start: Option<(Span, Day)>,
    /// Days from the entry to its being recorded, where that took long.
    pub recorded_after: Option<i32>,
    /// The approval number printed in place of the true one; empty for none.
    pub approval_no: Option<String>,
    /// What is out of the ordinary with the person's standing.
    pub staff: super::staff_feeds::StaffTwist,
    /// What is out of the ordinary with the pay itself.
    pub pay: super::pay_twist::PayTwist,
}

#[derive(Debug, Clone)]
pub struct Approval {
    pub no: String,
    pub unit: u32,
    pub quota_type: QuotaType,
    pub count: u32,
    pub on: Day,
    pub valid_to: Day,
}

/// A grant of posts, half-open in time.
#[derive(Debug, Clone)]
pub struct QuotaLot {
    pub quota_type: QuotaType,
    pub bucket: Bucket,
    pub opening: i64,
    pub added: i64,
    pub cut: i64,
    pub approved: i64,
    pub from: Day,
    pub to: Option<Day>,
    pub document: String,
    pub more: super::quota_feeds::LotMore,
}

#[derive(Debug, Clone)]
pub struct PostLot {
    pub scope: Scope,
    pub level: Rank,
    pub class: Class,
    pub approved: i64,
    pub from: Day,
}

/// A value that changes: each holds from its day on.
pub type Timeline<T> = Vec<(Day, T)>;

/// The value in force on a day.
#[must_use]
pub fn at<T>(timeline: &Timeline<T>, day: Day) -> Option<&T> {
    timeline.iter().rev().find(|(from, _)| *from <= day).map(|(_, v)| v)
}

/// What the registry of institutions says of a unit.
#[derive(Debug, Clone)]
pub struct Registration {
    pub names: Timeline<String>,
    pub credit: Timeline<String>,
    /// Index of the person.
    pub legal_representative: Timeline<u32>,
    pub other_names: String,
    pub registered: Day,
    pub deregistered: Option<Day>,
    /// Months in which the register has it; planted gaps lie outside.
    pub shown: Span,
    /// Kept out of the register of registrations in these months.
    pub hidden: Option<Span>,
}

#[derive(Debug, Clone)]
pub struct Alias {
    pub alias: String,
    pub kind: &'static str,
    pub from: Option<Day>,
    pub to: Option<Day>,
}

#[derive(Debug, Clone)]
pub struct Unit {
    pub code: String,
    pub budget_code: String,
    pub hr_code: String,
    /// Names in force; the first from the beginning of time.
    pub names: Timeline<String>,
    pub short_name: Option<String>,
    pub plaque: Option<String>,
    pub credit: String,
    /// Index into the region's counties, `None` for the prefecture itself.
    pub county: Option<usize>,
    pub region_code: u32,
    pub superior: Option<u32>,
    pub rank: Rank,
    pub nature: Nature,
    pub funding: Funding,
    pub police: bool,
    pub size: u32,
    pub established: Day,
    pub abolished: Option<Day>,
    pub quotas: Vec<QuotaLot>,
    /// Added to the declared total (planted).
    pub total_shift: Option<(Span, i64)>,
    pub posts: Vec<PostLot>,
    pub registration: Option<Registration>,
    pub aliases: Vec<Alias>,
    /// Whether the establishment register knows it.
    pub listed: bool,
    /// Paid through another unit.
    pub payer: Option<u32>,
    /// As payroll and HR write it, where they do not write the name.
    pub payroll_name: Option<(String, &'static str)>,
    /// A name in the payroll that no other source knows, where noise is made at all.
    pub paid_as: Option<String>,
    /// Lists of old that the payroll keeps for this unit, where noise is made: (name, code).
    pub branches: Vec<(String, String)>,
    pub hr_name: Option<(String, &'static str)>,
    pub keeps_attendance: bool,
}

impl Unit {
    #[must_use]
    pub fn name(&self, day: Day) -> &str {
        at(&self.names, day).map_or("", String::as_str)
    }
    #[must_use]
    pub fn last_name(&self) -> &str {
        self.names.last().map_or("", |(_, n)| n)
    }
    #[must_use]
    pub fn is_institution(&self) -> bool {
        matches!(self.nature, Nature::Institution | Nature::CivilServiceLike)
    }
}

#[derive(Debug, Clone)]
pub struct Absence {
    pub person: u32,
    pub unit: u32,
    pub reason: Reason,
    pub from: Day,
    pub to: Option<Day>,
}

#[derive(Debug, Clone)]
pub struct Exemption {
    pub unit: u32,
    pub quota_type: QuotaType,
    pub count: i64,
    pub reason: &'static str,
    pub from: Day,
    pub to: Option<Day>,
}

/// A row of the deaths feed.
#[derive(Debug, Clone)]
pub struct Death {
    pub person: u32,
    pub on: Day,
}

/// Something planted, or a look-alike, with the months it concerns.
#[derive(Debug, Clone)]
pub struct Mark {
    pub rule: &'static str,
    pub unit: Option<u32>,
    pub person: Option<u32>,
    /// What it is about, where that is neither a unit nor a person; empty else.
    pub object: String,
    pub span: Span,
    pub note: &'static str,
}

#[derive(Debug, Clone)]
pub struct County {
    pub code: u32,
    pub name: String,
    pub towns: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Region {
    pub province: String,
    pub code: u32,
    pub name: String,
    pub counties: Vec<County>,
    /// County codes of the whole table, for people born elsewhere.
    pub elsewhere: Vec<u32>,
}

#[derive(Debug)]
pub struct World {
    pub seed: u64,
    pub first: Month,
    pub last: Month,
    pub region: Region,
    pub units: Vec<Unit>,
    pub persons: Vec<Person>,
    pub spells: Vec<Spell>,
    pub approvals: Vec<Approval>,
    pub absences: Vec<Absence>,
    pub exemptions: Vec<Exemption>,
    pub deaths: Vec<Death>,
    /// What the office's own lists say otherwise than one would expect, by unit.
    pub office: std::collections::BTreeMap<u32, super::office::Office>,
    pub feeds: super::feeds::Feeds,
    pub staff: super::staff_feeds::StaffFeeds,
    pub quota_feeds: super::quota_feeds::QuotaFeeds,
    pub deliveries: Option<super::deliveries::Deliveries>,
    pub planted: Vec<Mark>,
    pub look_alikes: Vec<Mark>,
}
