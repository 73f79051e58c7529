//! Bodies and institutions by grammar: what a prefecture, its counties and towns have, in the order in which even a small one has it.

use std::collections::BTreeSet;

use rand::Rng as _;

use super::days::{Day, day};
use super::model::{Funding, Nature, Rank, Region, Unit};
use super::names::Names;
use super::rng::{Purpose, Rng, stream};
use super::{codes, numerals};

/// What stands at a level: name after the region, short form, nature, natural size, code of the body above it.
struct Kind {
    name: &'static str,
    short: &'static str,
    nature: Nature,
    size: u32,
    above: &'static str,
}

const fn kind(name: &'static str, short: &'static str, nature: Nature, size: u32, above: &'static str) -> Kind {
    Kind { name, short, nature, size, above }
}

use Nature::{CivilServiceLike as C, Institution as I, Mass as M, Organ as O};

/// Bodies and institutions of a prefecture or county. `#` is a running number.
const SEAT: [Kind; 62] = [
    kind("人民政府办公室", "政府办", O, 38, ""),
    kind("教育局", "教育局", O, 32, "人民政府办公室"),
    kind("第#中学", "#中", I, 95, "教育局"),
    kind("财政局", "财政局", O, 40, "人民政府办公室"),
    kind("人力资源和社会保障局", "人社局", O, 36, "人民政府办公室"),
    kind("人民医院", "人民医院", I, 160, "卫生健康委员会"),
    kind("卫生健康委员会", "卫健委", O, 30, "人民政府办公室"),
    kind("公安局", "公安局", O, 80, "人民政府办公室"),
    kind("第#小学", "#小", I, 42, "教育局"),
    kind("疾病预防控制中心", "疾控中心", I, 28, "卫生健康委员会"),
    kind("社会保险事业管理局", "社保局", C, 24, "人力资源和社会保障局"),
    kind("农业农村局", "农业农村局", O, 30, "人民政府办公室"),
    kind("第#中学", "#中", I, 90, "教育局"),
    kind("总工会", "总工会", M, 9, ""),
    kind("农业技术推广站", "农技站", I, 12, "农业农村局"),
    kind("自然资源局", "自然资源局", O, 30, "人民政府办公室"),
    kind("不动产登记中心", "不动产中心", I, 16, "自然资源局"),
    kind("第#小学", "#小", I, 40, "教育局"),
    kind("就业服务中心", "就业中心", C, 14, "人力资源和社会保障局"),
    kind("交通运输局", "交通局", O, 26, "人民政府办公室"),
    kind("公路事业发展中心", "公路中心", I, 34, "交通运输局"),
    kind("图书馆", "图书馆", I, 10, "文化广电和旅游局"),
    kind("文化广电和旅游局", "文广旅局", O, 20, "人民政府办公室"),
    kind("第#幼儿园", "#幼", I, 16, "教育局"),
    kind("水利局", "水利局", O, 22, "人民政府办公室"),
    kind("中医医院", "中医院", I, 70, "卫生健康委员会"),
    kind("妇女联合会", "妇联", M, 7, ""),
    kind("机构编制委员会办公室", "编办", O, 14, ""),
    kind("发展和改革委员会", "发改委", O, 26, "人民政府办公室"),
    kind("住房和城乡建设局", "住建局", O, 28, "人民政府办公室"),
    kind("园林绿化中心", "园林中心", I, 22, "住房和城乡建设局"),
    kind("市场监督管理局", "市监局", O, 48, "人民政府办公室"),
    kind("食品药品检验所", "食药检所", I, 14, "市场监督管理局"),
    kind("民政局", "民政局", O, 16, "人民政府办公室"),
    kind("社会福利院", "福利院", I, 15, "民政局"),
    kind("妇幼保健院", "妇幼保健院", I, 40, "卫生健康委员会"),
    kind("应急管理局", "应急局", O, 20, "人民政府办公室"),
    kind("司法局", "司法局", O, 24, "人民政府办公室"),
    kind("公证处", "公证处", I, 6, "司法局"),
    kind("生态环境监测站", "监测站", I, 14, "人民政府办公室"),
    kind("审计局", "审计局", O, 18, "人民政府办公室"),
    kind("统计局", "统计局", O, 14, "人民政府办公室"),
    kind("文化馆", "文化馆", I, 11, "文化广电和旅游局"),
    kind("博物馆", "博物馆", I, 10, "文化广电和旅游局"),
    kind("退役军人事务局", "退役军人局", O, 12, "人民政府办公室"),
    kind("医疗保障局", "医保局", O, 13, "人民政府办公室"),
    kind("医疗保险服务中心", "医保中心", C, 15, "医疗保障局"),
    kind("科学技术局", "科技局", O, 12, "人民政府办公室"),
    kind("商务局", "商务局", O, 12, "人民政府办公室"),
    kind("信访局", "信访局", O, 9, "人民政府办公室"),
    kind("机关事务服务中心", "机关事务中心", C, 18, "人民政府办公室"),
    kind("体育运动学校", "体校", I, 14, "教育局"),
    kind("科学技术协会", "科协", M, 6, ""),
    kind("残疾人联合会", "残联", M, 8, ""),
    kind("种子管理站", "种子站", I, 8, "农业农村局"),
    kind("动物疫病预防控制中心", "动物疫控中心", I, 12, "农业农村局"),
    kind("水土保持站", "水保站", I, 7, "水利局"),
    kind("房产交易中心", "房产中心", I, 12, "住房和城乡建设局"),
    kind("广播电视台", "电视台", I, 36, "文化广电和旅游局"),
    kind("中心血站", "血站", I, 14, "卫生健康委员会"),
    kind("档案馆", "档案馆", C, 9, "人民政府办公室"),
    kind("特殊教育学校", "特教学校", I, 14, "教育局"),
];

/// What a town has; `@` is a village's name.
const TOWN: [Kind; 10] = [
    kind("人民政府", "政府", O, 34, ""),
    kind("卫生院", "卫生院", I, 26, "卫生健康委员会"),
    kind("中心学校", "中心校", I, 30, "教育局"),
    kind("便民服务中心", "便民中心", I, 7, "人民政府"),
    kind("农业综合服务中心", "农综中心", I, 8, "人民政府"),
    kind("第#初级中学", "#初中", I, 38, "教育局"),
    kind("综合行政执法大队", "执法大队", I, 9, "人民政府"),
    kind("文化站", "文化站", I, 4, "人民政府"),
    kind("@小学", "@小学", I, 12, "教育局"),
    kind("@小学", "@小学", I, 10, "教育局"),
];

/// How often a name that is taken is tried otherwise.
const TRIES: usize = 119;
/// Parts of a village, in very large offices.
const PARTS: [&str; 10] = ["上", "下", "东", "西", "南", "北", "前", "后", "大", "小"];

/// Where a unit stands.
#[derive(Clone, Copy)]
struct Seat {
    county: Option<usize>,
    town: Option<usize>,
}

struct Builder<'a> {
    region: &'a Region,
    names: &'a Names,
    seed: u64,
    taken: BTreeSet<String>,
    units: Vec<Unit>,
    /// Name → index, of bodies that others stand under.
    bodies: std::collections::BTreeMap<(Option<usize>, String), u32>,
}

/// `count` units of the region, each with the natural size of its kind.
#[must_use]
pub fn build(seed: u64, region: &Region, names: &Names, count: usize, established_before: Day) -> Vec<Unit> {
    let mut b = Builder {
        region,
        names,
        seed,
        taken: BTreeSet::new(),
        units: Vec::with_capacity(count),
        bodies: std::collections::BTreeMap::new(),
    };
    let mut seats = vec![Seat { county: None, town: None }];
    seats.extend((0..region.counties.len()).map(|c| Seat { county: Some(c), town: None }));
    let towns: Vec<Seat> = (0..14)
        .flat_map(|t| (0..region.counties.len()).map(move |c| (c, t)))
        .filter(|(c, t)| *t < region.counties[*c].towns.len())
        .map(|(c, t)| Seat { county: Some(c), town: Some(t) })
        .collect();
    let seat_share = (count * 13 / 20).min(SEAT.len() * seats.len());
    let mut turn = 0;
    while b.units.len() < seat_share && turn < SEAT.len() * seats.len() {
        b.add(&SEAT[turn / seats.len()], seats[turn % seats.len()], turn);
        turn += 1;
    }
    let mut turn = 0;
    // Small regions have few of their towns; large ones repeat the towns' schools under new village names.
    let reach = towns.len().min((count / 12).max(2));
    let mut added_at = 0;
    // An office that would need more schools than its towns have names for is left with as many units as there are.
    while b.units.len() < count && !towns.is_empty() && turn - added_at <= reach * TOWN.len() {
        let round = turn / reach;
        let kind = if round < TOWN.len() { &TOWN[round] } else { &TOWN[5 + round % 5] };
        let before = b.units.len();
        b.add(kind, towns[turn % reach], round);
        turn += 1;
        if b.units.len() > before {
            added_at = turn;
        }
    }
    for (index, unit) in b.units.iter_mut().enumerate() {
        settle(&mut stream(seed, Purpose::Unit, index as u64), unit, index, established_before);
    }
    b.units
}

/// Dates, funding, size and codes: what does not hang on the name.
fn settle(rng: &mut Rng, unit: &mut Unit, index: usize, established_before: Day) {
    let serial = u32::try_from(index).unwrap_or_default();
    let nature = match unit.nature {
        Nature::Organ => "10",
        Nature::Mass => "20",
        Nature::Institution => "30",
        Nature::CivilServiceLike => "31",
    };
    unit.code = format!("{}{nature}{:05}", unit.region_code, serial + 1);
    unit.budget_code = format!("{:03}{:03}", 101 + index / 500, 1 + index % 500);
    unit.hr_code = format!("RS{:05}", 70_001 + index);
    let kind = if unit.is_institution() {
        "12"
    } else if unit.nature == Nature::Mass {
        "13"
    } else {
        "11"
    };
    unit.credit = codes::credit_code(kind, unit.region_code, serial + 1);
    let day_of = day(rng.random_range(1956..2019), rng.random_range(1..13), rng.random_range(1..29));
    unit.established = day_of.min(established_before);
    unit.names = vec![(i32::MIN, unit.names.pop().map(|(_, n)| n).unwrap_or_default())];
    // Log-normal spread by the sum of uniforms: a few units are several times as large as their kind.
    let spread: f64 = (0..4).map(|_| rng.random::<f64>()).sum::<f64>() - 2.0;
    let size = f64::from(unit.size) * (spread * 0.9).exp();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 3 and a few thousand")]
    {
        unit.size = size.round().clamp(3.0, 2500.0) as u32;
    }
    unit.funding = match (unit.nature, rng.random_range(0..100)) {
        (Nature::Institution, 0..12) => Funding::Partial,
        (Nature::Institution, 12..16) => Funding::SelfFunded,
        _ => Funding::Full,
    };
    unit.keeps_attendance = unit.is_institution() && rng.random_bool(0.15);
}

impl Builder<'_> {
    fn add(&mut self, kind: &Kind, seat: Seat, turn: usize) {
        let mut rng = stream(self.seed, Purpose::Units, (self.units.len() as u64) << 20 | turn as u64);
        let prefix = self.region.prefix(seat.county);
        let town =
            seat.county.zip(seat.town).map(|(c, t)| self.region.counties[c].towns[t].clone()).unwrap_or_default();
        // Offices of a street are its 办事处, not a government.
        let office = if town.ends_with("街道") && kind.name == "人民政府" { "办事处" } else { kind.name };
        let Some((name, short)) = self.fresh(&mut rng, &format!("{prefix}{town}"), office, kind.short) else { return };
        let index = u32::try_from(self.units.len()).unwrap_or_default();
        let above = if kind.above == "人民政府" { format!("{town}人民政府") } else { kind.above.to_owned() };
        let superior = self.bodies.get(&(seat.county, above)).copied();
        if kind.nature == Nature::Organ {
            self.bodies.insert((seat.county, format!("{town}{}", kind.name)), index);
        }
        self.units.push(Unit {
            code: String::new(),
            budget_code: String::new(),
            hr_code: String::new(),
            names: vec![(i32::MIN, name)],
            short_name: Some(short),
            plaque: None,
            credit: String::new(),
            county: seat.county,
            region_code: self.region.code_of(seat.county),
            superior,
            rank: rank(kind, seat),
            nature: kind.nature,
            funding: Funding::Full,
            police: kind.name == "公安局",
            size: kind.size + if seat.county.is_none() { kind.size / 3 } else { 0 },
            established: 0,
            abolished: None,
            quotas: vec![],
            total_shift: None,
            posts: vec![],
            registration: None,
            aliases: vec![],
            listed: true,
            payer: None,
            payroll_name: None,
            paid_as: None,
            branches: vec![],
            hr_name: None,
            keeps_attendance: false,
        });
    }

    /// A name not yet taken: the next number, or another village. With it the short form.
    fn fresh(&mut self, rng: &mut Rng, prefix: &str, name: &str, short: &str) -> Option<(String, String)> {
        for number in 1..=2 * TRIES {
            let (n, s) = if name.contains('@') {
                // Where a town has run out of villages, each of them has an upper and a lower one.
                let part = if number <= TRIES { "" } else { PARTS[rng.random_range(0..PARTS.len())] };
                let village = format!(
                    "{part}{}{}",
                    self.names.surname(rng),
                    ["庄", "村", "寨", "楼", "湾", "营"][rng.random_range(0..6)]
                );
                (name.replace('@', &village), short.replace('@', &village))
            } else if number <= TRIES {
                let zh = numerals::chinese(number);
                (name.replace('#', &zh), short.replace('#', &zh))
            } else {
                return None;
            };
            let full = format!("{prefix}{n}");
            if self.taken.insert(full.clone()) {
                // 濮阳市第一中学 is 濮阳一中; 濮阳县教育局 stays 濮阳县教育局.
                let stem = if name.contains('#') { prefix.trim_end_matches(['市', '县']) } else { prefix };
                return Some((full, format!("{stem}{s}")));
            }
            if !name.contains(['#', '@']) {
                return None;
            }
        }
        None
    }
}

fn rank(kind: &Kind, seat: Seat) -> Rank {
    let body = matches!(kind.nature, Nature::Organ | Nature::Mass);
    match (seat.county.is_some(), seat.town.is_some(), body) {
        (false, _, true) => Rank::Division,
        (false, _, false) if kind.size >= 60 => Rank::DeputyDivision,
        (false, _, false) | (true, _, true) => Rank::Section,
        (true, false, false) if kind.size >= 60 || kind.nature == Nature::CivilServiceLike => Rank::DeputySection,
        (true, _, false) => Rank::Staff,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::region;

    #[test]
    fn an_office_larger_than_its_towns_have_names_for_is_built_of_other_names_and_comes_to_an_end() {
        let (mut region, names) = (region::choose(7, 1), Names::load());
        region.counties.truncate(1);
        region.counties[0].towns.truncate(1);
        let built = |count| build(7, &region, &names, count, 0);
        let units = built(6_000);
        let own: BTreeSet<&str> = units.iter().map(|u| u.names[0].1.as_str()).collect();
        assert_eq!((units.len(), own.len()), (6_000, 6_000), "more than surnames and endings give one town");
        let all = built(1_000_000).len();
        assert!((6_000..1_000_000).contains(&all), "as many as there are names for: {all}");
    }
}
