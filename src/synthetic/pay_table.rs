//! The pay table: what each post, rank, grade and step is paid, edition by edition, and which of them HR has a person on.

use rand::Rng as _;

use super::days::{Day, day};
use super::model::{PayClass, Spell, World};
use super::pay_twist::Scheme;
use super::rng::{Purpose, stream};
use crate::kernel::dates::Month;

/// Levels of posts and steps of salary.
const LEVELS: i64 = 10;
pub const STEPS: i64 = 65;

const RANKS: [&str; 10] = [
    "二级科员",
    "一级科员",
    "四级主任科员",
    "三级主任科员",
    "二级主任科员",
    "一级主任科员",
    "四级调研员",
    "三级调研员",
    "二级调研员",
    "一级调研员",
];

/// Editions, oldest first: years before the last month's, and what they pay in per cent of the one in force.
const EDITIONS: [(i32, i64); 3] = [(9, 84), (6, 92), (2, 100)];

/// Post or position pay of a level, 1–10, by the edition in force.
#[must_use]
pub fn post_pay(level: i64) -> i64 {
    151_000 + level * 26_500
}

/// Salary-grade or rank pay of a step, 1–65, by the edition in force.
#[must_use]
pub fn grade_pay(step: i64) -> i64 {
    29_500 + step * 4_600 + step * step * 20
}

/// An amount of today as an edition so many before today's pays it, in whole yuan.
#[must_use]
pub fn in_edition(fen: i64, back: usize) -> i64 {
    let percent = EDITIONS[EDITIONS.len() - 1 - back.min(EDITIONS.len() - 1)].1;
    if percent == 100 { fen } else { fen * percent / 10_000 * 100 }
}

/// A row of the pay table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standard {
    /// As the table shows it.
    pub item: &'static str,
    pub grade: String,
    pub fen: i64,
    pub from: Day,
}

fn post_grade(scheme: Scheme, level: i64) -> String {
    match scheme {
        Scheme::Civil => RANKS[usize::try_from(level - 1).unwrap_or(0).min(9)].to_owned(),
        Scheme::Institution => {
            format!("专业技术{}级", super::numerals::chinese(usize::try_from(14 - level).unwrap_or(1)))
        }
        Scheme::Worker => format!("技术工{}级", super::numerals::chinese(usize::try_from(11 - level).unwrap_or(1))),
    }
}

/// 薪级17, or 24级3档.
fn step_grade(scheme: Scheme, step: i64) -> Option<String> {
    match scheme {
        Scheme::Civil => Some(format!("{}级{}档", 27 - (step - 1) / 5, (step - 1) % 5 + 1)),
        Scheme::Institution => Some(format!("薪级{step}")),
        // What a worker is paid beside the post goes by grades that this table does not have.
        Scheme::Worker => None,
    }
}

/// The whole table.
#[must_use]
pub fn standards(world: &World) -> Vec<Standard> {
    let mut out = Vec::new();
    let last = world.last.year();
    for (n, (years, _)) in EDITIONS.iter().enumerate() {
        let (from, back) = (day(last - years, 7, 1), EDITIONS.len() - 1 - n);
        for (scheme, post, step) in [
            (Scheme::Institution, "岗位工资", Some("薪级工资")),
            (Scheme::Civil, "职务工资", Some("级别工资")),
            (Scheme::Worker, "岗位工资", None),
        ] {
            for level in 1..=LEVELS {
                let fen = in_edition(post_pay(level), back);
                out.push(Standard { item: post, grade: post_grade(scheme, level), fen, from });
            }
            for n in (1..=STEPS).filter(|_| step.is_some()) {
                let (Some(item), Some(grade)) = (step, step_grade(scheme, n)) else { continue };
                out.push(Standard { item, grade, fen: in_edition(grade_pay(n), back), from });
            }
        }
    }
    out
}

/// A spell's own part of its allowances, and its step; the first draws of its stream.
#[must_use]
pub fn own_and_step(rng: &mut super::rng::Rng, level: u8) -> (i64, i64) {
    let own = rng.random_range(0..12) * 500;
    let step = (i64::from(level) * 6 - 5 + rng.random_range(0..60) / 10).clamp(1, STEPS);
    (own, step)
}

/// A spell's step before any rise.
#[must_use]
pub fn step_of(world: &World, i: u32) -> i64 {
    let mut rng = stream(world.seed, Purpose::Pay, u64::from(i));
    own_and_step(&mut rng, world.spells[i as usize].level).1
}

/// The grade of the post and the step that HR has for a spell in a month; none for whoever is not on the pay table.
#[must_use]
pub fn hr_grades(world: &World, i: u32, month: Month) -> Option<(String, Option<String>)> {
    let s: &Spell = &world.spells[i as usize];
    if s.class != PayClass::InService {
        return None;
    }
    // A rise of steps is on record when it is paid.
    let risen = s.twist.as_deref().and_then(|t| t.pay.steps).filter(|(from, _)| month >= *from).map_or(0, |(_, n)| n);
    let step = (step_of(world, i) + risen).clamp(1, STEPS);
    let raised = s.twist.as_deref().and_then(|t| t.pay.hr_raised).is_some_and(|from| month >= from);
    let level = (i64::from(s.level) + i64::from(raised)).clamp(1, LEVELS);
    let scheme = Scheme::of(s.quota_type);
    Some((post_grade(scheme, level), step_grade(scheme, step)))
}
