//! Leaders and the posts they hold; quotas, grants and approvals that make the clean register lawful by construction.

use rand::Rng as _;

use super::days::{Day, civil, first_day, last_day};
use super::model::{
    Approval, Bucket, Channel, Class, Leader, PostLot, QuotaLot, QuotaType, Rank, Scope, Span, Spell, Unit, World,
};
use super::rng::{Purpose, Rng, stream};

pub const QUOTA_TYPES: [QuotaType; 5] = [
    QuotaType::Administrative,
    QuotaType::Police,
    QuotaType::Institution,
    QuotaType::CivilServiceLike,
    QuotaType::Worker,
];

/// Spells of each unit, in order.
#[must_use]
pub fn by_unit(world: &World) -> Vec<Vec<u32>> {
    let mut out = vec![Vec::new(); world.units.len()];
    for (i, s) in world.spells.iter().enumerate() {
        out[s.unit as usize].push(u32::try_from(i).unwrap_or(u32::MAX));
    }
    out
}

fn below(rank: Rank) -> Rank {
    match rank {
        Rank::Division => Rank::DeputyDivision,
        Rank::DeputyDivision => Rank::Section,
        Rank::Section => Rank::DeputySection,
        Rank::DeputySection | Rank::Staff => Rank::Staff,
    }
}

/// Heads, deputies and section chiefs; one unit in eight changed its head within the history.
pub fn appoint_leaders(world: &mut World) {
    let spells = by_unit(world);
    let settled = first_day(world.first.plus(-14));
    for (u, list) in spells.iter().enumerate() {
        let mut rng = stream(world.seed, Purpose::Leaders, u as u64);
        let rng = &mut rng;
        let unit = &world.units[u];
        if unit.abolished.is_some() {
            continue;
        }
        let mut able: Vec<u32> = list
            .iter()
            .copied()
            .filter(|i| {
                let s = &world.spells[*i as usize];
                s.register && s.exit.is_none() && s.entry < settled
            })
            .collect();
        able.sort_by_key(|i| (std::cmp::Reverse(world.spells[*i as usize].level), *i));
        let mut able = able.into_iter();
        let size = unit.size;
        let deputies = match size {
            0..6 => 0,
            6..16 => 1,
            16..40 => 2,
            40..90 => 3,
            _ => 4,
        };
        let sections = if size >= 20 { (size / 10).min(12) } else { 0 };
        let (rank, low) = (unit.rank, below(unit.rank));
        let old = settled - 30 - rng.random_range(0..2000);
        let mut seats: Vec<(u32, Leader)> = Vec::new();
        let leader = |class, scope, level, appointed| Leader {
            scope,
            level,
            class,
            appointed,
            removed: None,
            concurrent: false,
        };
        if let Some(head) = able.next() {
            let mut it = leader(Class::Chief, Scope::Leadership, rank, old);
            if rng.random_bool(0.12)
                && let Some(before) = able.next()
            {
                let change = last_day(world.last) - rng.random_range(5..500);
                seats.push((before, Leader { removed: Some(change), ..it }));
                it.appointed = change;
            }
            seats.push((head, it));
        }
        for _ in 0..deputies {
            let Some(deputy) = able.next() else { break };
            let mut it = leader(Class::Deputy, Scope::Leadership, low, settled - 40 - rng.random_range(0..2000));
            if rng.random_bool(0.05) {
                it.appointed = last_day(world.last) - rng.random_range(5..400);
            }
            seats.push((deputy, it));
        }
        for _ in 0..sections {
            let Some(chief) = able.next() else { break };
            seats.push((
                chief,
                leader(Class::Chief, Scope::Section, below(low), settled - 40 - rng.random_range(0..2000)),
            ));
        }
        let spare = i64::from(rng.random_bool(0.3));
        grant_posts(&mut world.units[u], &seats, spare, settled - 4000);
        for (i, it) in seats {
            world.spells[i as usize].leader = Some(it);
        }
    }
}

/// Posts enough for the holders: a post whose holder was followed by another counts once.
fn grant_posts(unit: &mut Unit, seats: &[(u32, Leader)], spare: i64, from: Day) {
    let mut groups: Vec<(Scope, Rank, Class)> = seats.iter().map(|(_, l)| (l.scope, l.level, l.class)).collect();
    groups.sort_unstable();
    groups.dedup();
    for (scope, level, class) in groups {
        let holders =
            seats.iter().filter(|(_, l)| (l.scope, l.level, l.class) == (scope, level, class) && l.removed.is_none());
        let extra = if class == Class::Deputy { spare } else { 0 };
        let approved = i64::try_from(holders.count()).unwrap_or(0) + extra;
        unit.posts.push(PostLot { scope, level, class, approved, from });
    }
}

/// The most own-bucket holders of a type that a unit ever had at once since `from`.
#[must_use]
pub fn peak(spells: &[&Spell], quota_type: QuotaType, from: Day) -> i64 {
    let mut steps: Vec<(Day, i64)> = Vec::new();
    for s in spells.iter().filter(|s| s.register && s.bucket == Bucket::Own && s.quota_type == quota_type) {
        steps.push((s.entry.max(from), 1));
        if let Some((exit, _)) = s.exit {
            steps.push((exit.max(from), -1));
        }
    }
    // Exits before entries of the same day: a seat freed in the morning can be filled at noon.
    steps.sort_unstable();
    let (mut now, mut most) = (0, 0);
    for (_, step) in steps {
        now += step;
        most = most.max(now);
    }
    most
}

/// Quotas that were never exceeded, most with a little room.
pub fn grant_quotas(world: &mut World) {
    let spells = by_unit(world);
    let since = first_day(world.first.plus(-super::people::HISTORY_MONTHS));
    for u in 0..world.units.len() {
        let mut rng = stream(world.seed, Purpose::Quotas, u as u64);
        let own: Vec<&Spell> = spells[u].iter().map(|i| &world.spells[*i as usize]).collect();
        let initial = world.region.initial(world.units[u].county);
        let mut lots = Vec::new();
        for t in QUOTA_TYPES {
            let most = peak(&own, t, since);
            if most > 0 {
                lots.extend(lots_for(&mut rng, t, most, initial, (world.units[u].established, last_day(world.last))));
            }
        }
        if let Some(abolished) = world.units[u].abolished {
            for lot in &mut lots {
                lot.to = Some(lot.to.map_or(abolished, |t| t.min(abolished)));
            }
            lots.retain(|l| l.to.is_none_or(|t| l.from < t));
        }
        world.units[u].quotas = lots;
    }
}

fn document(rng: &mut Rng, initial: char, year: i32) -> String {
    format!("{initial}编〔{year}〕{}号", rng.random_range(1..120))
}

fn lots_for(
    rng: &mut Rng,
    quota_type: QuotaType,
    most: i64,
    initial: char,
    (established, end): (Day, Day),
) -> Vec<QuotaLot> {
    let room = match rng.random_range(0..100) {
        0..45 => 0,
        45..75 => 1,
        75..92 => 2,
        _ => 3 + most / 20,
    };
    let approved = most + room;
    let (end_year, ..) = civil(end);
    let (first_year, ..) = civil(established);
    let year = rng.random_range(2010..end_year - 2).max(first_year);
    let from = established.max(super::days::day(year, rng.random_range(1..13), 1));
    let added = rng.random_range(0..3).min(approved);
    let lot = QuotaLot {
        quota_type,
        bucket: Bucket::Own,
        opening: approved - added,
        added,
        cut: 0,
        approved,
        from,
        to: None,
        document: document(rng, initial, year),
        more: super::quota_feeds::LotMore::default(),
    };
    // One lot in twelve with room was raised within the last two years: two rows, one closed.
    if room > 0 && rng.random_range(0..12) == 0 {
        let change = end - rng.random_range(20..700);
        if change > from {
            let (year, ..) = civil(change);
            let before =
                QuotaLot { opening: lot.opening - room, approved: approved - room, to: Some(change), ..lot.clone() };
            let after = QuotaLot {
                opening: approved - room,
                added: room,
                from: change,
                document: document(rng, initial, year),
                ..lot.clone()
            };
            // An opening below nothing cannot be: the raise then came in one step.
            if before.opening >= 0 {
                return vec![before, after];
            }
        }
    }
    vec![lot]
}

/// An approval for every entry of the last months that needs one; entries of the same unit, type and day share it.
pub fn approve_entries(world: &mut World) {
    let from = first_day(world.first.plus(-14));
    let mut entries: Vec<(u32, QuotaType, Day, u32)> = world
        .spells
        .iter()
        .enumerate()
        .filter(|(_, s)| s.register && s.bucket == Bucket::Own && s.entry >= from && s.approval.is_none())
        .filter(|(_, s)| matches!(s.channel, Channel::Recruitment | Channel::Transfer | Channel::Talent))
        .map(|(i, s)| (s.unit, s.quota_type, s.entry, u32::try_from(i).unwrap_or(u32::MAX)))
        .collect();
    entries.sort_unstable();
    let mut i = 0;
    while i < entries.len() {
        let (unit, quota_type, entry, first) = entries[i];
        let shared = entries[i..].iter().take_while(|e| (e.0, e.1, e.2) == (unit, quota_type, entry)).count();
        let mut rng = stream(world.seed, Purpose::Spell, u64::from(first));
        let on = entry - rng.random_range(10..90);
        let index = u32::try_from(world.approvals.len()).unwrap_or(u32::MAX);
        let initial = world.region.initial(world.units[unit as usize].county);
        let (year, ..) = civil(on);
        world.approvals.push(Approval {
            no: format!("{initial}用编〔{year}〕{}号", index + 1),
            unit,
            quota_type,
            count: u32::try_from(shared).unwrap_or(1),
            on,
            valid_to: on + 365,
        });
        for e in &entries[i..i + shared] {
            world.spells[e.3 as usize].approval = Some(index);
        }
        i += shared;
    }
}

/// Raises a quota in force for good, as if it had always been so.
pub fn raise_quota(unit: &mut Unit, quota_type: QuotaType, by: i64, from: Day) {
    let mut found = false;
    for lot in unit.quotas.iter_mut().filter(|l| l.quota_type == quota_type && l.bucket == Bucket::Own) {
        lot.opening += by;
        lot.approved += by;
        found = true;
    }
    if !found {
        unit.quotas.push(QuotaLot {
            quota_type,
            bucket: Bucket::Own,
            opening: by,
            added: 0,
            cut: 0,
            approved: by,
            from,
            to: None,
            document: "编〔2015〕1号".to_owned(),
            more: super::quota_feeds::LotMore::default(),
        });
    }
}

/// Cuts a quota from one month on, and gives it back at the end of the span.
pub fn cut_quota(unit: &mut Unit, quota_type: QuotaType, by: i64, span: Span, document: &str) {
    let (from, to) = (first_day(span.from), span.to.map(first_day));
    let mut lots = Vec::new();
    for lot in unit.quotas.drain(..) {
        if lot.quota_type != quota_type
            || lot.bucket != Bucket::Own
            || lot.to.is_some_and(|t| t <= from)
            || lot.from >= from
        {
            lots.push(lot);
            continue;
        }
        let end = lot.to;
        let low = lot.approved - by;
        lots.push(QuotaLot { to: Some(from), ..lot.clone() });
        let document = document.to_owned();
        lots.push(QuotaLot {
            opening: lot.approved,
            added: 0,
            cut: by,
            approved: low,
            from,
            to: to.or(end),
            document,
            ..lot.clone()
        });
        if let Some(to) = to {
            let back = QuotaLot { opening: low, added: by, cut: 0, approved: low + by, from: to, to: end, ..lot };
            lots.push(back);
        }
    }
    unit.quotas = lots;
}
