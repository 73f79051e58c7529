//! What the establishment office keeps beside its register: ceilings, pool accounts, authorities, the control list,
//! evaluations, internal sections; and what is out of the ordinary with its ledgers and with HR's word of leaders.

use std::collections::{BTreeMap, BTreeSet};

use rand::Rng as _;

use super::days::{Day, first_day, last_day};
use super::model::{Bucket, OffQuotaKind, QuotaType, Rank, Scope, Span, Unit, World};
use super::rng::{Purpose, stream};

/// The most posts that a higher level allows a region.
#[derive(Debug, Clone)]
pub struct Ceiling {
    pub region: u32,
    pub name: String,
    pub own_level: bool,
    pub quota_type: QuotaType,
    pub cap: i64,
    pub from: Day,
}

/// A pool account.
#[derive(Debug, Clone)]
pub struct Account {
    pub administrative: bool,
    pub capacity: i64,
    pub from: Day,
}

/// A unit on the control list; no type means all of them.
#[derive(Debug, Clone)]
pub struct Control {
    pub unit: u32,
    pub quota_type: Option<QuotaType>,
    /// Per cent; none leaves the cell empty.
    pub rate: Option<i64>,
    pub from: Day,
}

/// An evaluation's result.
#[derive(Debug, Clone)]
pub struct Evaluation {
    pub unit: u32,
    pub tier: char,
    pub replacement: bool,
    pub from: Day,
}

/// An internal section with its posts and heads.
#[derive(Debug, Clone)]
pub struct Section {
    pub unit: u32,
    pub name: &'static str,
    pub quota: i64,
    pub heads: i64,
    pub from: Day,
}

/// When the leader posts of a unit were last gone through.
#[derive(Debug, Clone, Copy)]
pub enum Updated {
    On(Day),
    /// Days before the extract.
    Ago(i32),
}

/// What HR says otherwise of the person of a spell.
#[derive(Debug, Clone, Default)]
pub struct HrTwist {
    pub span: Option<Span>,
    /// Whether and since when the person is head.
    #[expect(clippy::option_option, reason = "nothing said, nobody, or since a day")]
    pub head: Option<Option<Day>>,
    pub level: Option<Rank>,
    pub position: Option<&'static str>,
    /// The unit really worked at, and since when.
    pub work: Option<(u32, Option<Day>)>,
}

/// What a quota row says besides its number. Most say nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LotMore {
    pub moved_in: i64,
    pub moved_out: i64,
    pub issuer: Option<String>,
    /// As the extract shows it: 教师, 医护, 人才 or 军转.
    pub earmark: Option<&'static str>,
    pub closed: Option<Day>,
    /// Another first day stands in the ledger in these months.
    pub from_shown: Option<(Span, Day)>,
}

#[derive(Debug, Default)]
pub struct QuotaFeeds {
    pub ceilings: Vec<Ceiling>,
    pub accounts: Vec<Account>,
    pub controls: Vec<Control>,
    pub evaluations: Vec<Evaluation>,
    pub sections: Vec<Section>,
    /// Most off-quota staff, by unit.
    pub off_quota_limits: BTreeMap<u32, i64>,
    /// Units without a limit, whatever they employ.
    pub unlimited: BTreeSet<u32>,
    /// Coordinating bodies.
    pub coordination: BTreeSet<u32>,
    pub updated: BTreeMap<u32, Updated>,
    /// By spell.
    pub hr: BTreeMap<u32, HrTwist>,
    /// Spells whose leader keeps a former rank.
    pub rank_retained: BTreeSet<u32>,
    /// Regions whose ceiling of institution posts lies so far under their posts.
    pub lowered: BTreeMap<u32, i64>,
    /// How far the institutions' pool account lies under its use.
    pub account_short: i64,
}

/// Authorities that may approve posts, with the region they may do so in.
#[must_use]
pub fn authorities(world: &World) -> Vec<(String, u32)> {
    let mut out = vec![(format!("{}委编委", world.region.name), world.region.code)];
    out.extend(world.region.counties.iter().map(|c| (format!("{}委编委", c.name), c.code)));
    out
}

/// Posts and staff of a type in the regions that `of` names, on a day.
fn totals(world: &World, t: QuotaType, day: Day, of: &dyn Fn(&Unit) -> bool) -> (i64, i64) {
    let posts = world
        .units
        .iter()
        .filter(|u| of(u))
        .flat_map(|u| &u.quotas)
        .filter(|l| l.bucket == Bucket::Own && l.quota_type == t && l.from <= day && l.to.is_none_or(|to| to > day))
        .map(|l| l.approved)
        .sum();
    let heads = world
        .spells
        .iter()
        .filter(|s| s.register && s.bucket == Bucket::Own && s.quota_type == t && s.entry <= day)
        .filter(|s| of(&world.units[s.unit as usize]) && (s.active(day) || s.twist.is_some()));
    (posts, i64::try_from(heads.count()).unwrap_or(0))
}

/// Ceilings, accounts and limits that the world as it now stands keeps to, but where a plant says otherwise.
pub fn settle(world: &mut World) {
    replacements(world);
    ceilings(world);
    accounts(world);
    limits(world);
    sections(world);
}

/// A frozen unit that may replace its leavers and into which somebody else's story brought one more is no look-alike any more:
/// in a small world its evaluation goes.
fn replacements(world: &mut World) {
    let planted: BTreeSet<u32> = world.planted.iter().filter(|m| m.rule == "Q14").filter_map(|m| m.unit).collect();
    let frozen = world.quota_feeds.evaluations.iter().filter(|e| e.tier == 'D' && e.replacement);
    let mut balances: BTreeMap<u32, Vec<(Day, BTreeMap<QuotaType, i32>)>> = BTreeMap::new();
    for e in frozen.filter(|e| !planted.contains(&e.unit)) {
        balances.entry(e.unit).or_default().push((e.from, BTreeMap::new()));
    }
    for s in world.spells.iter().filter(|s| s.register && s.bucket == Bucket::Own) {
        for (from, balance) in balances.get_mut(&s.unit).into_iter().flatten() {
            let left = s.exit.is_some_and(|(d, _)| d > *from);
            *balance.entry(s.quota_type).or_default() += i32::from(s.entry > *from) - i32::from(left);
        }
    }
    let grew = |of: &[(Day, BTreeMap<QuotaType, i32>)]| of.iter().any(|(_, b)| b.values().any(|n| *n > 0));
    let spoilt: BTreeSet<u32> = balances.iter().filter(|(_, of)| grew(of)).map(|(u, _)| *u).collect();
    world.quota_feeds.evaluations.retain(|e| !spoilt.contains(&e.unit));
    world.look_alikes.retain(|m| m.rule != "Q14" || m.unit.is_none_or(|u| !spoilt.contains(&u)));
}

fn ceilings(world: &mut World) {
    let days: Vec<Day> = months(world).collect();
    let from = first_day(world.first.plus(-40));
    let mut regions: Vec<(u32, String, bool)> =
        world.region.counties.iter().map(|c| (c.code, c.name.clone(), false)).collect();
    regions.push((world.region.code, world.region.name.clone(), false));
    regions.push((world.region.code, format!("{}本级", world.region.name), true));
    for (region, name, own_level) in regions {
        let whole_city = region == world.region.code && !own_level;
        let of = |u: &Unit| u.listed && (whole_city || u.region_code == region);
        for t in [QuotaType::Administrative, QuotaType::Institution] {
            let both = |day: Day| {
                let (mut posts, mut heads) = totals(world, t, day, &of);
                if t == QuotaType::Institution {
                    let more = totals(world, QuotaType::CivilServiceLike, day, &of);
                    (posts, heads) = (posts + more.0, heads + more.1);
                }
                (posts, heads)
            };
            let most = days.iter().map(|d| both(*d)).map(|(p, h)| p.max(h)).max().unwrap_or(0);
            let cap = match world.quota_feeds.lowered.get(&region) {
                Some(by) if t == QuotaType::Institution && !own_level => (both(last_day(world.last)).0 - by).max(0),
                _ => most + most / 20 + 3,
            };
            let ceiling = Ceiling { region, name: name.clone(), own_level, quota_type: t, cap, from };
            world.quota_feeds.ceilings.push(ceiling);
        }
    }
}

fn months(world: &World) -> impl Iterator<Item = Day> + use<> {
    let (first, last) = (world.first, world.last);
    (0..=(last.0 - first.0)).map(move |n| last_day(first.plus(n)))
}

/// An account for institutions with a little room, and one for organs within a fifth of their vacancies.
fn accounts(world: &mut World) {
    let from = first_day(world.first.plus(-30));
    let pooled = |types: [QuotaType; 2]| {
        let of = |day: Day| {
            let held = world.spells.iter().filter(|s| {
                s.register && s.bucket == Bucket::Pooled && types.contains(&s.quota_type) && s.entry <= day
            });
            i64::try_from(held.filter(|s| s.active(day)).count()).unwrap_or(0)
        };
        months(world).map(of).max().unwrap_or(0)
    };
    let used = pooled([QuotaType::Institution, QuotaType::CivilServiceLike]);
    let capacity = if world.quota_feeds.account_short > 0 { used - world.quota_feeds.account_short } else { used + 4 };
    let organs_used = pooled([QuotaType::Administrative, QuotaType::Police]);
    let share = months(world).map(|day| vacancies(world, day) / 5).min().unwrap_or(0) - 1;
    let over = months(world).any(|day| {
        let (posts, heads) = totals(world, QuotaType::Administrative, day, &|_| true);
        heads > posts
    });
    if capacity >= 0 {
        world.quota_feeds.accounts.push(Account { administrative: false, capacity, from });
    }
    if share > 0 && organs_used <= share && !over {
        world.quota_feeds.accounts.push(Account { administrative: true, capacity: share, from });
    }
}

/// Vacant administrative posts, unit by unit.
fn vacancies(world: &World, day: Day) -> i64 {
    let mut room = vec![0_i64; world.units.len()];
    for (u, unit) in world.units.iter().enumerate() {
        let lots = unit.quotas.iter().filter(|l| l.bucket == Bucket::Own && l.quota_type == QuotaType::Administrative);
        room[u] = lots.filter(|l| l.from <= day && l.to.is_none_or(|t| t > day)).map(|l| l.approved).sum();
    }
    for s in world.spells.iter().filter(|s| s.register && s.bucket == Bucket::Own && s.entry <= day) {
        if s.quota_type == QuotaType::Administrative && (s.active(day) || s.twist.is_some()) {
            room[s.unit as usize] -= 1;
        }
    }
    room.into_iter().filter(|r| *r > 0).sum()
}

/// Every unit with off-quota staff has a limit that it keeps to, and some without any have one as well.
fn limits(world: &mut World) {
    let mut most: BTreeMap<u32, i64> = BTreeMap::new();
    for o in world.feeds.off_quota.iter().filter(|o| matches!(o.kind, OffQuotaKind::Contract | OffQuotaKind::Dispatch))
    {
        *most.entry(o.unit).or_default() += 1;
    }
    for u in (0..u32::try_from(world.units.len()).unwrap_or(0)).filter(|u| u % 9 == 4) {
        most.entry(u).or_default();
    }
    for (unit, n) in most {
        if !world.quota_feeds.unlimited.contains(&unit) {
            world.quota_feeds.off_quota_limits.entry(unit).or_insert(n + i64::from(unit % 3));
        }
    }
}

const SECTIONS: [&str; 12] = [
    "办公室",
    "人事科",
    "业务一科",
    "业务二科",
    "财务科",
    "法规科",
    "监督科",
    "综合科",
    "信息科",
    "规划科",
    "宣传科",
    "安全科",
];

/// One section for each section head a unit has, with as many posts as it needs.
fn sections(world: &mut World) {
    let planted: BTreeSet<(u32, &str)> = world.quota_feeds.sections.iter().map(|s| (s.unit, s.name)).collect();
    for u in 0..world.units.len() {
        let unit = &world.units[u];
        let heads = unit.posts.iter().filter(|l| l.scope == Scope::Section).map(|l| l.approved).sum::<i64>();
        let index = u32::try_from(u).unwrap_or(0);
        if heads == 0 || unit.abolished.is_some() || !unit.listed {
            continue;
        }
        let mut rng = stream(world.seed, Purpose::QuotaFeeds, u as u64);
        let from = unit.posts.iter().map(|l| l.from).min().unwrap_or(unit.established);
        for n in 0..usize::try_from(heads).unwrap_or(0).min(SECTIONS.len()) {
            if !planted.contains(&(index, SECTIONS[n])) {
                let quota = rng.random_range(2..9);
                let heads = if quota >= 4 && rng.random_bool(0.3) { 2 } else { 1 };
                world.quota_feeds.sections.push(Section { unit: index, name: SECTIONS[n], quota, heads, from });
            }
        }
    }
    world.quota_feeds.sections.sort_by_key(|s| s.unit);
}
