//! What happens to units: renames, abolitions, new ones; and how the registry of institutions follows.

use std::collections::BTreeSet;

use rand::Rng as _;

use super::days::{Day, day, first_day, last_day};
use super::model::{Alias, Channel, Class, ExitReason, Registration, Scope, Span, World};
use super::people::spell;
use super::posts::by_unit;
use super::rng::{Purpose, stream};
use crate::kernel::dates::Month;

/// Name endings and what they were before the reforms.
const FORMER: [(&str, &str); 22] = [
    ("教育局", "教育体育局"),
    ("农业农村局", "农业局"),
    ("文化广电和旅游局", "文化局"),
    ("卫生健康委员会", "卫生和计划生育委员会"),
    ("市场监督管理局", "工商行政管理局"),
    ("自然资源局", "国土资源局"),
    ("应急管理局", "安全生产监督管理局"),
    ("人力资源和社会保障局", "人事局"),
    ("住房和城乡建设局", "建设局"),
    ("商务局", "商业局"),
    ("公路事业发展中心", "公路管理局"),
    ("园林绿化中心", "园林管理处"),
    ("疾病预防控制中心", "卫生防疫站"),
    ("就业服务中心", "劳动就业局"),
    ("不动产登记中心", "房地产登记所"),
    ("动物疫病预防控制中心", "畜牧兽医站"),
    ("便民服务中心", "政务服务大厅"),
    ("农业综合服务中心", "农业服务站"),
    ("综合行政执法大队", "城管执法中队"),
    ("妇幼保健院", "妇幼保健站"),
    ("社会保险事业管理局", "社会保险事业管理所"),
    ("食品药品检验所", "药品检验所"),
];

/// Gives one unit in eight with a known former name that name, most long ago, some within the months of the extracts.
pub fn rename(world: &mut World) {
    let mut taken: BTreeSet<String> = world.units.iter().map(|u| u.last_name().to_owned()).collect();
    let end = last_day(world.last);
    for u in 0..world.units.len() {
        let mut rng = stream(world.seed, Purpose::Registration, u as u64);
        let name = world.units[u].last_name().to_owned();
        let Some((now, then)) = FORMER.iter().find(|(now, _)| name.ends_with(now)) else { continue };
        if !rng.random_bool(0.3) {
            continue;
        }
        let former = format!("{}{then}", &name[..name.len() - now.len()]);
        if !taken.insert(former.clone()) {
            continue;
        }
        let recent = rng.random_range(0..10) == 0;
        let on = if recent { end - rng.random_range(10..400) } else { day(rng.random_range(2018..2022), 3, 1) };
        if on <= world.units[u].established {
            continue;
        }
        let unit = &mut world.units[u];
        unit.names = vec![(i32::MIN, former.clone()), (on, name)];
        if recent || rng.random_bool(0.7) {
            unit.aliases.push(Alias { alias: former, kind: "曾用名", from: None, to: Some(on) });
        }
    }
    short_names(world, &mut taken);
}

/// Official short names: one unit in three, never the same twice.
fn short_names(world: &mut World, taken: &mut BTreeSet<String>) {
    for u in 0..world.units.len() {
        let mut rng = stream(world.seed, Purpose::Registration, 1 << 40 | u as u64);
        let Some(short) = world.units[u].short_name.clone() else { continue };
        if !taken.insert(short.clone()) {
            world.units[u].short_name = None;
        } else if rng.random_bool(0.35) {
            world.units[u].aliases.push(Alias { alias: short, kind: "规范简称", from: None, to: None });
        }
    }
}

/// Moves everybody of a unit to another on a day, as a reform does: the register says 成建制划转. `spells_of` lists the
/// spells of each unit and is kept up to date.
pub fn move_staff(world: &mut World, spells_of: &mut [Vec<u32>], from: u32, to: u32, on: Day) {
    let mut stay = Vec::new();
    for i in std::mem::take(&mut spells_of[from as usize]) {
        let s = &mut world.spells[i as usize];
        if s.exit.is_some_and(|(e, _)| e <= on) {
            stay.push(i);
            continue;
        }
        if !s.register || s.entry >= on {
            s.unit = to;
            spells_of[to as usize].push(i);
            continue;
        }
        let mut next = spell(s.person, to, s.quota_type, on, Channel::Reorganisation);
        next.level = s.level;
        next.exit = s.exit;
        s.exit = Some((on, ExitReason::Transfer));
        stay.push(i);
        spells_of[to as usize].push(u32::try_from(world.spells.len()).unwrap_or(u32::MAX));
        world.spells.push(next);
    }
    spells_of[from as usize] = stay;
}

/// A unit of the same nature and place to which staff can go.
#[must_use]
pub fn neighbour(world: &World, unit: u32) -> Option<u32> {
    let this = &world.units[unit as usize];
    let fits = |u: &super::model::Unit| {
        u.listed
            && u.abolished.is_none()
            && u.nature == this.nature
            && u.county == this.county
            && u.size >= 6
            && !u.police
    };
    let n = world.units.len();
    (1..n).map(|d| (unit as usize + d) % n).find(|i| fits(&world.units[*i])).and_then(|i| u32::try_from(i).ok())
}

/// One unit in a hundred and twenty was abolished in good order before the last extract.
pub fn abolish(world: &mut World) {
    let wanted = world.units.len() / 120 + 1;
    let mut spells_of = by_unit(world);
    let mut superior = vec![false; world.units.len()];
    for above in world.units.iter().filter_map(|u| u.superior) {
        superior[above as usize] = true;
    }
    let mut done = 0;
    for u in (0..world.units.len()).rev() {
        if done == wanted {
            break;
        }
        let unit = &world.units[u];
        if !unit.is_institution() || unit.size > 12 || superior[u] {
            continue;
        }
        let index = u32::try_from(u).unwrap_or_default();
        let Some(to) = neighbour(world, index) else { continue };
        let on = first_day(world.last.plus(-4 - i32::try_from(done).unwrap_or(0) % 14)) + 9;
        world.units[u].abolished = Some(on);
        move_staff(world, &mut spells_of, index, to, on);
        done += 1;
    }
}

/// Every institution is registered, and its registration follows renames and new heads within weeks.
pub fn register(world: &mut World) {
    let spells = by_unit(world);
    for (u, list) in spells.iter().enumerate() {
        if !world.units[u].is_institution() || !world.units[u].listed {
            continue;
        }
        let mut rng = stream(world.seed, Purpose::Registration, 2 << 40 | u as u64);
        let mut heads: Vec<(Day, u32)> = list
            .iter()
            .filter_map(|i| {
                let s = &world.spells[*i as usize];
                let l = s.leader.filter(|l| l.scope == Scope::Leadership && l.class == Class::Chief)?;
                Some((l.appointed, s.person))
            })
            .collect();
        heads.sort_unstable();
        let last = heads.len().saturating_sub(1);
        let mut legal_representative = Vec::new();
        for (n, (appointed, person)) in heads.iter().enumerate() {
            let known = if n == 0 { i32::MIN } else { appointed + rng.random_range(12..40) };
            legal_representative.push((known, *person));
            debug_assert!(n <= last);
        }
        if legal_representative.is_empty() {
            // An abolished unit keeps whoever stood there first.
            let stays = |i: &&u32| world.spells[**i as usize].register && world.spells[**i as usize].exit.is_none();
            let first = list.iter().find(stays).or(list.first());
            legal_representative.extend(first.map(|i| (i32::MIN, world.spells[*i as usize].person)));
        }
        let lag = rng.random_range(12..40);
        let unit = &mut world.units[u];
        let names = unit.names.iter().map(|(d, n)| (if *d == i32::MIN { *d } else { d + lag }, n.clone())).collect();
        unit.registration = Some(Registration {
            names,
            credit: vec![(i32::MIN, unit.credit.clone())],
            legal_representative,
            other_names: unit.plaque.clone().unwrap_or_default(),
            registered: unit.established + 30,
            deregistered: unit.abolished.map(|a| a + 10),
            shown: Span { from: Month(i32::MIN / 2), to: None },
            hidden: None,
        });
    }
}
