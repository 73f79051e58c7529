//! Structures in which who pays and who employs part ways, all of them lawful: a central school that pays for the schools of its
//! town, an accounting centre that pays for many units, a unit still paid under the name of the one it was split from, units
//! merged lately whose payroll keeps the old lists, and offices of two people. They stand in clean worlds too.

use super::Planter;
use super::free::{Free, staff};
use super::quotas::new_person;
use super::registrations::blank;
use crate::synthetic::days::first_day;
use crate::synthetic::model::{Bucket, Channel, Nature, QuotaLot, QuotaType, Rank};
use crate::synthetic::numerals;
use crate::synthetic::people::spell;
use crate::synthetic::rng::{Purpose, stream};

/// Small offices a county has: full name and short form after the region.
const OFFICES: [(&str, &str); 5] = [
    ("关心下一代工作委员会办公室", "关工委办公室"),
    ("老龄工作委员会办公室", "老龄委办公室"),
    ("国防动员委员会办公室", "国动办公室"),
    ("精神文明建设指导委员会办公室", "精神文明办公室"),
    ("反走私综合治理领导小组办公室", "反走私办公室"),
];

/// Plants `count` of each structure, as far as there are units without a part in anything else.
pub fn plant(p: &mut Planter<'_, '_>, count: usize) {
    p.rng = stream(p.world.seed, Purpose::Structures, 0);
    let mut free = Free::new(p);
    for n in 0..count {
        central_school(p, &mut free);
        accounting_centre(p, &mut free, n);
        split(p, &mut free);
        merged(p, &mut free);
        office_of_two(p, n);
    }
}

/// 中心学校 pays for the schools of its town.
fn central_school(p: &mut Planter<'_, '_>, free: &mut Free) {
    let Some((payer, town)) = free.central_school(p) else { return };
    for _ in 0..4 {
        let Some(unit) = free.school(p, town) else { return };
        p.world.units[unit as usize].payer = Some(payer);
    }
}

/// An accounting centre, on no register, pays for several units of a county.
fn accounting_centre(p: &mut Planter<'_, '_>, free: &mut Free, n: usize) {
    let Some(first) = free.small(p, None) else { return };
    let county = p.world.units[first as usize].county.unwrap_or(0);
    let name = format!("{}第{}财务结算中心", p.world.region.prefix(Some(county)), numerals::chinese(n + 1));
    let centre = u32::try_from(p.world.units.len()).unwrap_or_default();
    let unit = blank(p.world, county, name, String::new());
    p.world.units.push(unit);
    p.spells_of.push(vec![]);
    p.unit_used.push(true);
    p.world.units[first as usize].payer = Some(centre);
    for _ in 0..5 {
        let Some(unit) = free.small(p, Some(county)) else { return };
        p.world.units[unit as usize].payer = Some(centre);
    }
}

/// A unit was split in two; the payroll still pays both under the name of old, which no table of aliases knows.
fn split(p: &mut Planter<'_, '_>, free: &mut Free) {
    let Some(large) = free.large(p) else { return };
    let (county, nature, size) = {
        let unit = &p.world.units[large as usize];
        (unit.county, unit.nature, staff(p, large))
    };
    if let Some(small) = county.and_then(|c| free.at_most(p, (c, nature), size / 4)) {
        p.world.units[small as usize].payer = Some(large);
    }
    let place = p.world.region.prefix(county);
    let number = numerals::chinese(usize::try_from(large % 19).unwrap_or_default() + 1);
    p.world.units[large as usize].paid_as = Some(format!("{place}原第{number}综合管理站"));
}

/// Two units became one; the payroll keeps a list for each under its old name and number.
fn merged(p: &mut Planter<'_, '_>, free: &mut Free) {
    let Some(unit) = free.large(p) else { return };
    let u = &p.world.units[unit as usize];
    let place = p.world.region.prefix(u.county);
    let names = ["东片工作站", "西片工作站"]
        .map(|end| format!("{place}{}{end}", ["农林", "城关", "河道", "文教"][unit as usize % 4]));
    let code = u.budget_code.clone();
    p.world.units[unit as usize].branches =
        names.into_iter().zip(["81", "82"]).map(|(name, end)| (name, format!("{code}{end}"))).collect();
}

/// An office of two people, which the payroll calls by its short form.
fn office_of_two(p: &mut Planter<'_, '_>, n: usize) {
    let counties = p.world.region.counties.len();
    let Some(&(name, short)) = OFFICES.get(n / counties.max(1)) else { return };
    let county = n % counties;
    let place = p.world.region.prefix(Some(county));
    let full = format!("{place}{name}");
    if p.world.units.iter().any(|u| u.last_name() == full) {
        return;
    }
    let index = p.world.units.len();
    let entry = first_day(p.world.first.plus(-60)) + 4;
    let serial = u32::try_from(index).unwrap_or_default() + 1;
    let mut unit = blank(p.world, county, full, String::new());
    unit.credit = crate::synthetic::codes::credit_code("11", unit.region_code, serial);
    unit.code = format!("{}10{serial:05}", unit.region_code);
    unit.nature = Nature::Organ;
    unit.rank = Rank::DeputySection;
    unit.size = 2;
    unit.listed = true;
    unit.paid_as = Some(format!("{place}{short}"));
    unit.quotas = vec![QuotaLot {
        quota_type: QuotaType::Administrative,
        bucket: Bucket::Own,
        opening: 2,
        added: 0,
        cut: 0,
        approved: 2,
        from: entry - 200,
        to: None,
        document: "编字〔2019〕2号".to_owned(),
        more: crate::synthetic::quota_feeds::LotMore::default(),
    }];
    p.world.units.push(unit);
    p.spells_of.push(vec![]);
    p.unit_used.push(true);
    for _ in 0..2 {
        let person = new_person(p, entry);
        let unit = u32::try_from(index).unwrap_or_default();
        p.push_spell(spell(person, unit, QuotaType::Administrative, entry, Channel::Veteran));
    }
}
