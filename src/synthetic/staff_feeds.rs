//! What HR, the company registry and the rectification ledger know of staff and units: approvals of retirement, yearly
//! appraisals, roles in companies, items to be put right, planned appointments. Here stands what is true of a clean world.

use rand::Rng as _;

use super::codes;
use super::days::{Day, civil, day, first_day, last_day, month_of};
use super::model::{Class, HrStatus, Nature, PayClass, QuotaType, Rank, Scope, Sex, Span, Spell, World};
use super::people::Makers;
use super::records::StaffRow;
use super::rng::{Purpose, stream};
use crate::kernel::dates::Month;
use crate::kernel::retirement::Track;

/// What is out of the ordinary with a person's standing. Most spells have none.
#[derive(Debug, Clone, Default)]
pub struct StaffTwist {
    /// Days absent without leave in each month, and the longest run of them.
    pub awol: Option<(Span, i64, i64)>,
    /// HR's word in these months, whatever the reasons of absence say.
    pub hr_status: Option<(Span, HrStatus)>,
    /// HR's staff class, where it is not the usual one.
    pub class: Option<&'static str>,
    /// HR has a document that settles the class.
    pub class_document: bool,
    /// The first day of work as the register has it.
    pub work_start: Option<Day>,
}

/// An approved retirement that is not the usual one.
#[derive(Debug, Clone)]
pub struct Retirement {
    pub person: u32,
    pub unit: u32,
    /// As HR writes it.
    pub kind: &'static str,
    pub retires: Day,
    pub approved: Day,
}

/// Kinds of approval that put retirement off, and those that let a person go early on a ground of their own.
pub const DELAYS: [&str; 2] = ["弹性延迟", "高级专家延长"];
pub const EARLY_GROUNDS: [&str; 3] = ["因病退休", "特殊工种", "公务员提前退休"];

#[derive(Debug, Clone)]
pub struct Appraisal {
    pub person: u32,
    pub unit: u32,
    pub year: i32,
    pub result: &'static str,
    pub decided: Day,
}

#[derive(Debug, Clone)]
pub struct CompanyRole {
    pub person: u32,
    pub company: String,
    pub role: &'static str,
    pub active: bool,
    pub since: Day,
    /// Empty for none.
    pub ground: &'static str,
}

/// An item of the rectification ledger.
#[derive(Debug, Clone)]
pub struct Item {
    pub unit: u32,
    pub no: String,
    pub status: &'static str,
    pub assigned: Day,
    pub due: Day,
    pub closed: Option<Day>,
}

/// Appointments that somebody plans.
#[derive(Debug, Clone)]
pub struct PostPlan {
    pub unit: u32,
    pub scope: Scope,
    pub level: Rank,
    pub class: Class,
    pub leaving: i64,
    pub joining: i64,
    pub span: Span,
}

#[derive(Debug, Default)]
pub struct StaffFeeds {
    pub retirements: Vec<Retirement>,
    pub appraisals: Vec<Appraisal>,
    pub roles: Vec<CompanyRole>,
    pub items: Vec<Item>,
    pub plans: Vec<PostPlan>,
}

/// HR's staff class of a spell, as it writes it.
#[must_use]
pub fn staff_class(world: &World, s: &Spell) -> &'static str {
    if let Some(class) = s.twist.as_deref().and_then(|t| t.staff.class) {
        return class;
    }
    match (world.units[s.unit as usize].nature, s.quota_type, s.leader.is_some()) {
        (_, QuotaType::Worker, _) => "工勤",
        (Nature::Institution, _, true) => "管理",
        (Nature::Institution, _, false) => "专业技术",
        _ => "公务员",
    }
}

/// The track on which a spell's holder retires.
#[must_use]
pub fn track(world: &World, s: &Spell) -> Track {
    if world.persons[s.person as usize].sex == Sex::Male {
        return Track::Sixty;
    }
    if s.leader.is_some_and(|l| matches!(l.level, Rank::Division | Rank::DeputyDivision)) {
        return Track::Sixty;
    }
    let worker = s.quota_type == QuotaType::Worker && staff_class(world, s) == "工勤";
    if worker { Track::Fifty } else { Track::FiftyFive }
}

/// A birth for which the statutory month of a track is the given one; at the end of the table the latest that is not later.
#[must_use]
pub fn birth_for(track: Track, statutory: Month) -> Day {
    let birth = (0..70 * 12).map(|back| statutory.plus(-50 * 12 - 61 + 120 - back));
    let found = birth.filter(|b| track.statutory_month(*b) <= statutory).max();
    first_day(found.unwrap_or(statutory.plus(-63 * 12))) + 14
}

/// Gives a person another birth, and the number that goes with it.
pub fn rebirth(makers: &mut Makers<'_>, world: &mut World, rng: &mut super::rng::Rng, person: u32, birth: Day) {
    let one = &world.persons[person as usize];
    let region = one.id_text()[..6].parse().unwrap_or(world.region.code);
    let sex = one.sex;
    let id = makers.id(rng, region, sex, birth);
    let one = &mut world.persons[person as usize];
    (one.id, one.birth) = (id, birth);
}

/// Women on workers' posts retire from 50 on: those past it are made five years younger, with all that hangs on it.
pub fn settle_ages(makers: &mut Makers<'_>, world: &mut World) {
    let (last_year, ..) = civil(last_day(world.last));
    let mut done = vec![false; world.persons.len()];
    for i in 0..world.spells.len() {
        let s = &world.spells[i];
        let person = s.person;
        let one = &world.persons[person as usize];
        let (year, month, date) = civil(one.birth);
        if s.quota_type != QuotaType::Worker || one.sex != Sex::Female || s.class != PayClass::InService {
            continue;
        }
        if !done[person as usize] {
            if year > last_year - 47 {
                continue;
            }
            done[person as usize] = true;
            let mut rng = stream(world.seed, Purpose::Ages, u64::from(person));
            rebirth(makers, world, &mut rng, person, day(year + 5, month, date));
        }
        let (year, month, date) = civil(world.persons[person as usize].birth);
        let s = &mut world.spells[i];
        s.entry = s.entry.max(day(year + 18, month, date));
    }
}

/// Which units hand in their appraisals: one in eight.
#[must_use]
pub fn appraised(unit: u32) -> bool {
    unit % 8 == 5
}

/// The feeds of a clean world.
pub fn grant(world: &mut World) {
    let end = last_day(world.last);
    let (year, ..) = civil(end);
    let mut out = StaffFeeds::default();
    for (i, s) in world.spells.iter().enumerate() {
        if !s.register || !s.hr || s.exit.is_some() || s.class != PayClass::InService {
            continue;
        }
        let mut rng = stream(world.seed, Purpose::StaffFeeds, i as u64);
        if appraised(s.unit) {
            for y in [year - 2, year - 1] {
                let result = match rng.random_range(0..400) {
                    0..50 => "优秀",
                    50..380 => "称职",
                    380..392 => "基本称职",
                    392..398 => "不定等次",
                    // Once only: the other year is passed.
                    _ if y == year - 1 => "不称职",
                    _ => "称职",
                };
                let decided = day(y + 1, 2, rng.random_range(1..28));
                if s.entry < day(y, 6, 1) {
                    out.appraisals.push(Appraisal { person: s.person, unit: s.unit, year: y, result, decided });
                }
            }
        }
        let role = match rng.random_range(0..1500) {
            0..4 => Some(("股东", true, "")),
            4..6 => Some(("法定代表人", false, "")),
            6..8 => Some(("高管", true, "批准兼职")),
            8..9 => Some(("法定代表人", true, "组织委派")),
            _ => None,
        };
        if let Some((role, active, ground)) = role {
            let since = end - rng.random_range(200..4000);
            let company = company(world, s.person);
            out.roles.push(CompanyRole { person: s.person, company, role, active, since, ground });
        }
    }
    units(world, &mut out);
    world.staff = out;
}

/// A company's name, a different one for each person and number.
#[must_use]
pub fn company(world: &World, person: u32) -> String {
    let surname: String = world.persons[person as usize].name.chars().take(1).collect();
    let trade = ["商贸", "建筑工程", "餐饮管理", "文化传媒", "农业开发"][person as usize % 5];
    format!("{}{surname}氏{}{trade}有限公司", world.region.name, super::numerals::chinese(1 + person as usize % 97))
}

/// A company's credit code.
#[must_use]
pub fn company_code(world: &World, person: u32) -> String {
    codes::credit_code("91", world.region.code, 50_000 + person % 9_000_000)
}

/// Items put right in time or not due for long, and plans that the posts allow.
fn units(world: &World, out: &mut StaffFeeds) {
    let end = last_day(world.last);
    for (u, unit) in world.units.iter().enumerate() {
        let mut rng = stream(world.seed, Purpose::StaffFeeds, 1 << 40 | u as u64);
        let index = u32::try_from(u).unwrap_or_default();
        if !unit.listed || unit.abolished.is_some() {
            continue;
        }
        if rng.random_range(0..20) == 0 {
            let assigned = end - rng.random_range(100..300);
            let closed = rng.random_bool(0.7);
            let due = if closed { assigned + 90 } else { end + rng.random_range(60..200) };
            out.items.push(Item {
                unit: index,
                no: format!("整改{}-{:04}", civil(assigned).0, u + 1),
                status: if closed { "已销号" } else { "整改中" },
                assigned,
                due,
                closed: closed.then_some(assigned + 70),
            });
        }
        if let (0, Some(post)) = (rng.random_range(0..30), unit.posts.first()) {
            // One goes, one comes.
            out.plans.push(PostPlan {
                unit: index,
                scope: post.scope,
                level: post.level,
                class: post.class,
                leaving: 1,
                joining: 1,
                span: Span { from: world.last.plus(-1), to: None },
            });
        }
    }
}

/// The first day of work as the register has it.
#[must_use]
pub fn work_start(world: &World, row: &StaffRow) -> Day {
    let said = world.spells[row.spell as usize].twist.as_deref().and_then(|t| t.staff.work_start);
    said.or(row.work_start).unwrap_or_else(|| super::pay::work_start(&world.persons[row.person as usize], row.entry))
}

/// Days absent without leave that a spell's attendance of a month shows, and the longest run.
#[must_use]
pub fn awol(s: &Spell, month: Month) -> (i64, i64) {
    let held = s.twist.as_deref().and_then(|t| t.staff.awol).filter(|(span, ..)| span.holds(month));
    held.map_or((0, 0), |(_, days, run)| (days, run))
}

/// Whole years of life on a day.
#[must_use]
pub fn age_on(birth: Day, on: Day) -> i32 {
    let ((by, bm, bd), (y, m, d)) = (civil(birth), civil(on));
    y - by - i32::from((m, d) < (bm, bd))
}

/// The month in which a day lies, for spans of marks.
#[must_use]
pub fn from_month(on: Day) -> Span {
    Span { from: month_of(on), to: None }
}
