//! Staff: persons with their employment at units, and what happened to them in the months before and during the extracts.

use std::collections::HashSet;

use rand::Rng as _;

use super::codes;
use super::days::{Day, civil, day, first_day, last_day};
use super::model::{
    Bucket, Channel, Death, ExitReason, Nature, PayClass, Person, QuotaType, Region, Sex, Spell, Unit, World,
};
use super::names::Names;
use super::rng::{Purpose, Rng, stream};
use crate::kernel::dates::Month;

/// Months before the first extract in which the history begins.
pub const HISTORY_MONTHS: i32 = 26;

/// Makes persons, each with a resident ID nobody else has.
pub struct Makers<'a> {
    pub region: &'a Region,
    pub names: &'a Names,
    // Asked only whether a number is in it; never iterated.
    used: HashSet<[u8; 18]>,
}

impl<'a> Makers<'a> {
    #[must_use]
    pub fn new(region: &'a Region, names: &'a Names) -> Self {
        Self { region, names, used: HashSet::new() }
    }

    /// A person born on a day.
    pub fn person(&mut self, index: usize, rng: &mut Rng, sex: Sex, birth: Day) -> Person {
        let region = if rng.random_range(0..100) < 85 {
            self.region.counties[rng.random_range(0..self.region.counties.len())].code
        } else {
            self.region.elsewhere[rng.random_range(0..self.region.elsewhere.len())]
        };
        let id = self.id(rng, region, sex, birth);
        Person { name: self.names.draw(rng, sex), id, sex, birth, account: codes::account(index as u64 + 1) }
    }

    /// A number not yet given for a birth day and sex.
    pub fn id(&mut self, rng: &mut Rng, region: u32, sex: Sex, birth: Day) -> [u8; 18] {
        loop {
            let sequence = 2 * rng.random_range(1..499) + u32::from(sex == Sex::Male);
            let id = codes::resident_id(region, civil(birth), sequence);
            if self.used.insert(id) {
                return id;
            }
        }
    }
}

/// Quota type of a seat.
fn quota_type(rng: &mut Rng, unit: &Unit) -> QuotaType {
    let worker = rng.random_range(0..100) < 8;
    match unit.nature {
        Nature::Organ | Nature::CivilServiceLike if worker => QuotaType::Worker,
        Nature::Organ if unit.police => QuotaType::Police,
        Nature::Organ | Nature::Mass => QuotaType::Administrative,
        Nature::Institution => QuotaType::Institution,
        Nature::CivilServiceLike => QuotaType::CivilServiceLike,
    }
}

fn channel(rng: &mut Rng) -> Channel {
    match rng.random_range(0..100) {
        0..64 => Channel::Recruitment,
        64..84 => Channel::Transfer,
        84..91 => Channel::Veteran,
        91..96 => Channel::Talent,
        _ => Channel::Appointment,
    }
}

fn reason(rng: &mut Rng) -> ExitReason {
    match rng.random_range(0..100) {
        0..45 => ExitReason::Retirement,
        45..72 => ExitReason::Transfer,
        72..86 => ExitReason::Resignation,
        86..95 => ExitReason::Death,
        _ => ExitReason::Dismissal,
    }
}

/// Scales the units' natural sizes so that together they employ `persons`.
pub fn scale_sizes(units: &mut [Unit], persons: u32) {
    let natural: u64 = units.iter().map(|u| u64::from(u.size)).sum();
    let mut left = i64::from(persons);
    for unit in units.iter_mut() {
        let size = u64::from(unit.size) * u64::from(persons) / natural.max(1);
        unit.size = u32::try_from(size.max(3)).unwrap_or(3);
        left -= i64::from(unit.size);
    }
    // What rounding left over is spread one by one, never below three.
    let mut i = 0;
    while left != 0 && i < units.len() * 50 {
        let unit = &mut units[i % units.len().max(1)];
        if left > 0 {
            unit.size += 1;
            left -= 1;
        } else if unit.size > 4 {
            unit.size -= 1;
            left += 1;
        }
        i += 1;
    }
}

/// A new person of working age who may enter on a day.
pub fn recruit(makers: &mut Makers<'_>, world: &mut World, rng: &mut Rng, entry: Day) -> u32 {
    let sex = if rng.random_bool(0.5) { Sex::Male } else { Sex::Female };
    let (year, _, _) = civil(entry);
    let birth = day(year - rng.random_range(22..35), rng.random_range(1..13), rng.random_range(1..29));
    let index = world.persons.len();
    let person = makers.person(index, rng, sex, birth);
    world.persons.push(person);
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// A spell with nothing out of the ordinary.
#[must_use]
pub fn spell(person: u32, unit: u32, quota_type: QuotaType, entry: Day, channel: Channel) -> Spell {
    Spell {
        person,
        unit,
        register: true,
        hr: true,
        pay: true,
        quota_type,
        bucket: Bucket::Own,
        entry,
        channel,
        approval: None,
        exit: None,
        leader: None,
        class: PayClass::InService,
        level: 5,
        twist: None,
    }
}

/// Staffs every unit and plays the months.
pub fn populate(makers: &mut Makers<'_>, world: &mut World) {
    let window = (world.first.plus(-HISTORY_MONTHS), world.last);
    for unit in 0..world.units.len() {
        for _ in 0..world.units[unit].size {
            seat(makers, world, u32::try_from(unit).unwrap_or_default(), window);
        }
    }
    payees(makers, world);
    strangers_who_died(makers, world);
}

/// One seat: who holds it, and perhaps who left it and who came after.
fn seat(makers: &mut Makers<'_>, world: &mut World, unit: u32, window: (Month, Month)) {
    let index = world.persons.len();
    let mut rng = stream(world.seed, Purpose::Person, index as u64);
    let rng = &mut rng;
    let leaves = rng.random_bool(0.0035 * f64::from(window.1.0 - window.0.0));
    let sex = if rng.random_bool(0.5) { Sex::Male } else { Sex::Female };
    let exit_month = window.0.plus(rng.random_range(1..=(window.1.0 - window.0.0).max(1)));
    let exit = leaves.then(|| {
        let reason = reason(rng);
        let on = if reason == ExitReason::Retirement {
            first_day(exit_month)
        } else {
            first_day(exit_month) + rng.random_range(1..27)
        };
        (on, reason)
    });
    let (last_year, ..) = civil(last_day(window.1));
    let birth = match exit {
        // Retired on the first day of the month after the birthday that ends service.
        Some((on, ExitReason::Retirement)) => {
            let (year, month, _) = civil(on - 1);
            day(year - if sex == Sex::Male { 60 } else { 55 }, month, rng.random_range(1..29))
        }
        _ => {
            let oldest = if sex == Sex::Male { 58 } else { 53 };
            day(last_year - rng.random_range(26..oldest), rng.random_range(1..13), rng.random_range(1..29))
        }
    };
    let person = makers.person(index, rng, sex, birth);
    world.persons.push(person);
    let person = u32::try_from(index).unwrap_or(u32::MAX);
    let (birth_year, ..) = civil(birth);
    let (window_year, ..) = civil(first_day(window.0));
    let earliest = (birth_year + 20).min(window_year - 1);
    let entry = day(rng.random_range(earliest..window_year), rng.random_range(1..13), rng.random_range(1..29));
    let place = &world.units[unit as usize];
    let mut s = spell(person, unit, quota_type(rng, place), entry.max(place.established), channel(rng));
    s.level = level(rng, window_year - birth_year);
    s.exit = exit;
    let quota_type = s.quota_type;
    world.spells.push(s);
    if let Some((on, reason)) = exit {
        follow(makers, world, rng, (person, unit, quota_type), (on, reason), window.1);
    }
}

fn level(rng: &mut Rng, age: i32) -> u8 {
    u8::try_from(((age - 20) / 6 + rng.random_range(0..4)).clamp(1, 10)).unwrap_or(5)
}

/// What an exit brings with it: a death notice, a new unit, a successor, a pension paid on the payroll.
fn follow(
    makers: &mut Makers<'_>,
    world: &mut World,
    rng: &mut Rng,
    (person, unit, quota_type): (u32, u32, QuotaType),
    (on, reason): (Day, ExitReason),
    last: Month,
) {
    if reason == ExitReason::Death {
        world.deaths.push(Death { person, on });
    }
    if reason == ExitReason::Transfer && rng.random_bool(0.7) {
        let nature = world.units[unit as usize].nature;
        let to = (0..40).map(|_| rng.random_range(0..world.units.len())).find(|u| {
            let there = &world.units[*u];
            *u != unit as usize && there.nature == nature && there.police == world.units[unit as usize].police
        });
        if let Some(to) = to {
            let s = spell(person, u32::try_from(to).unwrap_or_default(), quota_type, on, Channel::Transfer);
            world.spells.push(s);
        }
    }
    if reason == ExitReason::Retirement && rng.random_bool(0.25) {
        let mut s = spell(person, unit, quota_type, on, Channel::Appointment);
        (s.register, s.hr, s.class) = (false, false, PayClass::Retired);
        world.spells.push(s);
    }
    let after = on + rng.random_range(1..120);
    if after <= last_day(last) && rng.random_bool(0.85) {
        let channel = match rng.random_range(0..100) {
            0..70 => Channel::Recruitment,
            70..80 => Channel::Talent,
            80..90 => Channel::Veteran,
            _ => Channel::Transfer,
        };
        let new = recruit(makers, world, rng, after);
        let mut s = spell(new, unit, quota_type, after, channel);
        s.level = 1;
        world.spells.push(s);
    }
}

/// Payees off the establishment: casual staff on the same payroll.
fn payees(makers: &mut Makers<'_>, world: &mut World) {
    let count = world.persons.len() / 150;
    for n in 0..count {
        let mut rng = stream(world.seed, Purpose::Others, n as u64);
        let entry = first_day(world.first.plus(-rng.random_range(27..60)));
        let person = recruit(makers, world, &mut rng, entry);
        let unit = u32::try_from(rng.random_range(0..world.units.len())).unwrap_or_default();
        let mut s = spell(person, unit, QuotaType::Institution, entry, Channel::Recruitment);
        (s.register, s.hr, s.class, s.level) = (false, false, PayClass::OffQuota, 1);
        world.spells.push(s);
    }
}

/// The deaths feed names many who never worked for the state, some of them namesakes of staff.
fn strangers_who_died(makers: &mut Makers<'_>, world: &mut World) {
    let count = world.persons.len() / 250 + 3;
    let staff = world.persons.len();
    for n in 0..count {
        let mut rng = stream(world.seed, Purpose::Others, 1 << 40 | n as u64);
        let (year, ..) = civil(first_day(world.first));
        let birth = day(year - rng.random_range(40..92), rng.random_range(1..13), rng.random_range(1..29));
        let sex = if rng.random_bool(0.5) { Sex::Male } else { Sex::Female };
        let index = world.persons.len();
        let mut person = makers.person(index, &mut rng, sex, birth);
        if n % 2 == 0 {
            person.name = world.persons[rng.random_range(0..staff)].name.clone();
        }
        world.persons.push(person);
        let on = first_day(world.first.plus(-rng.random_range(0..20))) + rng.random_range(0..27);
        world.deaths.push(Death { person: u32::try_from(index).unwrap_or(u32::MAX), on });
    }
}
