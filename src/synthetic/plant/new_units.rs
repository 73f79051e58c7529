//! Units of their own making: new bodies that are slow to be set up, and coordinating bodies with posts.

use super::Planter;
use super::registrations::blank;
use crate::synthetic::codes;
use crate::synthetic::days::{Day, first_day, last_day};
use crate::synthetic::model::{Class, Nature, PostLot, QuotaType, Rank, Scope};
use crate::synthetic::posts::raise_quota;

pub fn plant(p: &mut Planter<'_, '_>, units: usize) {
    for n in 0..units {
        new_unit(p, n);
        coordination(p, n);
    }
}

const BODIES: [&str; 14] = [
    "大数据管理局",
    "行政审批局",
    "城市管理局",
    "外事办公室",
    "金融工作局",
    "林业局",
    "粮食局",
    "体育局",
    "供销社",
    "地方志办公室",
    "人防办公室",
    "招商局",
    "铁路办公室",
    "能源局",
];

/// A body without anybody yet, on the register.
pub fn body(p: &mut Planter<'_, '_>, name: &str, n: usize, established: Day) -> u32 {
    let county = n % p.world.region.counties.len();
    let index = u32::try_from(p.world.units.len()).unwrap_or_default();
    let full = format!("{}{name}", p.world.region.prefix(Some(county)));
    let region_code = p.world.region.code_of(Some(county));
    let mut unit = blank(p.world, county, full, codes::credit_code("11", region_code, index + 1));
    unit.code = format!("{region_code}10{:05}", index + 1);
    (unit.nature, unit.rank, unit.listed, unit.established) = (Nature::Organ, Rank::Section, true, established);
    p.world.units.push(unit);
    p.spells_of.push(vec![]);
    p.unit_used.push(true);
    index
}

pub fn give_posts(p: &mut Planter<'_, '_>, u: u32, approved: i64) {
    let from = p.world.units[u as usize].established;
    raise_quota(&mut p.world.units[u as usize], QuotaType::Administrative, approved, from);
    for lot in &mut p.world.units[u as usize].quotas {
        lot.document = format!("编字〔2025〕{}号", 1 + u);
    }
}

pub fn give_chief(p: &mut Planter<'_, '_>, u: u32) {
    let from = p.world.units[u as usize].established;
    let post = PostLot { scope: Scope::Leadership, level: Rank::Section, class: Class::Chief, approved: 1, from };
    p.world.units[u as usize].posts.push(post);
}

/// Q15: established long ago, without a head or staff.
fn new_unit(p: &mut Planter<'_, '_>, n: usize) {
    let established = last_day(p.world.last) - 300 - i32::try_from(n % 10).unwrap_or(0) * 20;
    let round = n / p.world.region.counties.len();
    let u = body(p, BODIES[round % BODIES.len()], n, established);
    give_posts(p, u, 5);
    if n.is_multiple_of(2) {
        give_chief(p, u);
    }
    let span = p.always();
    p.planted("Q15", Some(u), None, span, "set up slowly");
}

const CAUSES: [&str; 8] =
    ["创建文明城市", "食品安全", "扫黑除恶", "河湖长制", "招商引资", "信访维稳", "防汛抗旱", "爱国卫生"];

/// The office of a leading group.
pub fn leading_group(p: &mut Planter<'_, '_>, n: usize) -> u32 {
    let established = first_day(p.world.first) - 2100;
    let round = n / p.world.region.counties.len();
    let name = format!("{}领导小组办公室", CAUSES[round % CAUSES.len()]);
    let u = body(p, &name, n, established);
    p.world.quota_feeds.coordination.insert(u);
    u
}

/// Q19: a coordinating body with posts of its own.
fn coordination(p: &mut Planter<'_, '_>, n: usize) {
    let u = leading_group(p, n);
    if n.is_multiple_of(2) {
        give_posts(p, u, 3);
    } else {
        give_chief(p, u);
    }
    let span = p.always();
    p.planted("Q19", Some(u), None, span, "a coordinating body with posts");
}
