//! What an office's own lists say of a unit: certificates and sponsors, annual reports, plaques, Chinese domains,
//! establishment reports, spot checks. The lists of a clean world follow from the units; an [`Office`] says what is otherwise.

use super::days::{Day, civil, day, month_of};
use super::model::{Bucket, Code as _, Funding, Nature, Span, Timeline, World, at};
use super::records::RegistrationRow;

/// What became of a report that is due every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filing {
    Missing,
    Late,
    Exempt,
}

/// What is out of the ordinary with a unit's domain name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DomainTwist {
    Missing,
    Expired,
    Named(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plaque {
    pub name: String,
    /// Label of the class; empty for none.
    pub class: &'static str,
    pub approved: Option<Day>,
    pub seen: Option<Day>,
    pub own_quota: Option<i64>,
    /// Months in which the list has it.
    pub shown: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub no: String,
    pub on: Day,
    pub problem: bool,
    pub secret: bool,
    pub published: Option<Day>,
    pub rectify_by: Option<Day>,
    pub rectified: Option<Day>,
}

/// What a unit's entries in the lists are, where they are not what one would expect.
#[derive(Debug, Clone, Default)]
pub struct Office {
    pub sponsor: Option<(Span, String)>,
    pub funding: Option<(Span, Funding)>,
    /// A label of the true class that is not the usual one, or one that is in no list.
    pub funding_words: Option<(Span, &'static str)>,
    /// Ends of certificates that were not renewed in time: each holds from its day on; `i32::MAX` for in order again.
    pub certificate_end: Timeline<Day>,
    pub renewal_accepted: Option<Day>,
    pub liquidated: Option<Day>,
    pub changed: Option<Day>,
    /// Months in which the purpose of another kind of unit is registered.
    pub purpose_of: Option<Span>,
    /// A later document of duties.
    pub duties_on: Option<Day>,
    pub annual: Option<(Span, Filing)>,
    /// Added to the report's figures: posts, staff.
    pub figures: Option<(Span, i64, i64)>,
    /// Net assets in per cent of the capital.
    pub assets_percent: Option<(Span, i64)>,
    pub domain: Option<(Span, DomainTwist)>,
    pub report: Option<(Span, Filing)>,
    pub plaques: Vec<Plaque>,
    pub checks: Vec<Check>,
}

/// What a registration shows besides names, code and representative.
#[derive(Debug, Clone)]
pub struct RegistrationMore {
    pub sponsor: Option<String>,
    pub funding: Funding,
    pub funding_words: &'static str,
    pub certificate: (Day, Day),
    pub renewal_accepted: Option<Day>,
    pub liquidated: Option<Day>,
    pub changed: Option<Day>,
    /// Fen.
    pub capital: i64,
}

#[derive(Debug, Clone)]
pub struct AnnualRow {
    pub unit: u32,
    pub year: i32,
    pub filed: Day,
    pub quota: i64,
    pub staff: i64,
    pub capital: i64,
    pub assets: i64,
    pub exempt: bool,
}

#[derive(Debug, Clone)]
pub struct PlaqueRow {
    pub unit: u32,
    pub plaque: Plaque,
    /// Whether this is the row of the sighting.
    pub seen: bool,
}

#[derive(Debug, Clone)]
pub struct DomainRow {
    pub unit: u32,
    pub name: String,
    pub expires: Day,
}

#[derive(Debug, Clone)]
pub struct ReportRow {
    pub unit: u32,
    pub year: i32,
    pub on: Day,
}

#[derive(Debug, Clone)]
pub struct CheckRow {
    pub unit: u32,
    pub check: Check,
}

/// The rows of the office's lists of one month.
#[derive(Debug, Clone, Default)]
pub struct OfficeRows {
    pub annual: Vec<AnnualRow>,
    pub plaques: Vec<PlaqueRow>,
    pub domains: Vec<DomainRow>,
    pub reports: Vec<ReportRow>,
    pub checks: Vec<CheckRow>,
}

/// A steady number of a unit, the same in every month.
fn hash(world: &World, unit: u32, what: u64) -> i32 {
    let mixed = (world.seed ^ what.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(unit) << 20)
        .wrapping_mul(0xD6E8_FEB8_6659_FD93);
    i32::try_from(mixed >> 34).unwrap_or(0)
}

fn held<T>(twist: Option<&(Span, T)>, month: super::Month) -> Option<&T> {
    twist.filter(|(span, _)| span.holds(month)).map(|(_, v)| v)
}

/// Certificates run five years and are renewed in the last but one month before their end.
fn certificate(world: &World, unit: u32, as_of: Day, registered: Day) -> (Day, Day) {
    const LIFE: Day = 1826;
    let turn = LIFE - 33 - hash(world, unit, 1) % 25;
    let from = as_of - (as_of + hash(world, unit, 2) % LIFE).rem_euclid(turn);
    let from = from.max(registered);
    (from, from + LIFE)
}

/// What a registration shows in a month.
#[must_use]
pub fn more(world: &World, unit: u32, as_of: Day, registered: Day) -> RegistrationMore {
    let u = &world.units[unit as usize];
    let month = month_of(as_of);
    let none = Office::default();
    let office = world.office.get(&unit).unwrap_or(&none);
    let natural = certificate(world, unit, as_of, registered);
    let certificate = match at(&office.certificate_end, as_of) {
        Some(end) if *end != i32::MAX => (end - 1826, *end),
        _ => natural,
    };
    let funding = held(office.funding.as_ref(), month).copied().unwrap_or(u.funding);
    let known = |d: Option<Day>| d.filter(|d| *d <= as_of);
    RegistrationMore {
        sponsor: held(office.sponsor.as_ref(), month)
            .cloned()
            .or_else(|| u.superior.map(|p| world.units[p as usize].name(as_of).to_owned())),
        funding,
        funding_words: held(office.funding_words.as_ref(), month).copied().unwrap_or_else(|| funding.label()),
        certificate,
        renewal_accepted: known(office.renewal_accepted),
        liquidated: known(office.liquidated),
        changed: known(office.changed),
        capital: capital(world, unit),
    }
}

fn capital(world: &World, unit: u32) -> i64 {
    i64::from(10 + hash(world, unit, 3) % 490) * 1_000_000
}

/// Every list of the month.
#[must_use]
pub fn rows(world: &World, as_of: Day, registrations: &[RegistrationRow]) -> OfficeRows {
    let month = month_of(as_of);
    let mut out = OfficeRows::default();
    let none = Office::default();
    let last = civil(as_of).0 - 1;
    let years = [last - 1, last];
    let december = years.map(|y| day(y, 12, 31));
    let staff = december.map(|d| staff_at(world, d));
    for r in registrations.iter().filter(|r| r.deregistered.is_none()) {
        let office = world.office.get(&r.unit).unwrap_or(&none);
        for (n, &year) in years.iter().enumerate().filter(|(n, _)| r.registered <= december[*n]) {
            let filing = held(office.annual.as_ref(), month).copied().filter(|_| year == last);
            let usual = day(year + 1, 2, 1) + hash(world, r.unit, 4) % 50;
            let filed =
                if filing == Some(Filing::Late) { day(year + 1, 4, 3) + hash(world, r.unit, 5) % 40 } else { usual };
            if filing == Some(Filing::Missing) || filed > as_of {
                continue;
            }
            let (posts, people) = held_figures(office, month);
            let percent = held(office.assets_percent.as_ref(), month).copied();
            let percent = percent.unwrap_or(90 + i64::from(hash(world, r.unit, 6) % 21));
            out.annual.push(AnnualRow {
                unit: r.unit,
                year,
                filed,
                quota: quota_at(world, r.unit, december[n]) + posts,
                staff: staff[n][r.unit as usize] + people,
                capital: capital(world, r.unit),
                assets: capital(world, r.unit) / 100 * percent,
                exempt: filing == Some(Filing::Exempt),
            });
        }
    }
    for (u, unit) in (0_u32..).zip(&world.units) {
        if !unit.listed || unit.established > as_of || unit.abolished.is_some_and(|a| a <= as_of) {
            continue;
        }
        let office = world.office.get(&u).unwrap_or(&none);
        own_lists(world, u, office, as_of, &mut out);
    }
    out
}

fn held_figures(office: &Office, month: super::Month) -> (i64, i64) {
    office.figures.filter(|(span, ..)| span.holds(month)).map_or((0, 0), |(_, posts, people)| (posts, people))
}

/// Persons on the register of each unit at the end of a day.
fn staff_at(world: &World, on: Day) -> Vec<i64> {
    let mut pairs: Vec<(u32, u32)> =
        world.spells.iter().filter(|s| s.register && s.active(on)).map(|s| (s.unit, s.person)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut out = vec![0; world.units.len()];
    for (unit, _) in pairs {
        out[unit as usize] += 1;
    }
    out
}

fn quota_at(world: &World, unit: u32, on: Day) -> i64 {
    let lots = world.units[unit as usize].quotas.iter();
    lots.filter(|l| l.bucket == Bucket::Own && l.from <= on && l.to.is_none_or(|t| t > on)).map(|l| l.approved).sum()
}

/// Domain, establishment reports, plaques and checks of one unit.
fn own_lists(world: &World, u: u32, office: &Office, as_of: Day, out: &mut OfficeRows) {
    let unit = &world.units[u as usize];
    let month = month_of(as_of);
    let name = unit.name(as_of);
    let suffix = if matches!(unit.nature, Nature::Organ | Nature::Mass) { ".政务" } else { ".公益" };
    let twist = held(office.domain.as_ref(), month);
    if unit.established + 180 < as_of && twist != Some(&DomainTwist::Missing) {
        // Names are renewed every thousand days, two months before they run out.
        let since = (as_of + hash(world, u, 7) % 1000).rem_euclid(1000);
        let expires =
            if twist == Some(&DomainTwist::Expired) { as_of - 20 - since % 200 } else { as_of - since + 1060 };
        let stem = if let Some(DomainTwist::Named(other)) = twist { other } else { name };
        out.domains.push(DomainRow { unit: u, name: format!("{stem}{suffix}"), expires });
    }
    let last = civil(as_of).0 - 1;
    for year in [last - 1, last] {
        let filing = held(office.report.as_ref(), month).copied().filter(|_| year == last);
        let usual = day(year + 1, 1, 5) + hash(world, u, 8) % 22;
        let on = if filing == Some(Filing::Late) { day(year + 1, 3, 2) + hash(world, u, 9) % 30 } else { usual };
        if filing != Some(Filing::Missing) && on <= as_of && month_of(unit.established) < month_of(day(year + 1, 1, 1))
        {
            out.reports.push(ReportRow { unit: u, year, on });
        }
    }
    plaques(world, u, office, as_of, out);
    if hash(world, u, 10) % 12 == 0 {
        let on = super::days::first_day(world.first.plus(-4)) + hash(world, u, 11) % 60;
        let problem = hash(world, u, 12) % 3 == 0;
        let check = Check {
            no: format!("{}-常规", civil(on).0),
            on,
            problem,
            secret: false,
            published: Some(on + 8 + hash(world, u, 13) % 15),
            rectify_by: problem.then_some(on + 60),
            rectified: problem.then_some(on + 25 + hash(world, u, 14) % 30),
        };
        out.checks.extend(shown_check(u, &check, as_of));
    }
    out.checks.extend(office.checks.iter().filter_map(|c| shown_check(u, c, as_of)));
}

/// A check as known on a day.
fn shown_check(unit: u32, check: &Check, as_of: Day) -> Option<CheckRow> {
    let known = |d: Option<Day>| d.filter(|d| *d <= as_of);
    let check = Check { published: known(check.published), rectified: known(check.rectified), ..check.clone() };
    (check.on <= as_of).then_some(CheckRow { unit, check })
}

/// One unit in five was visited: its own plaque is up, and every tenth has a second one that was approved.
fn plaques(world: &World, u: u32, office: &Office, as_of: Day, out: &mut OfficeRows) {
    let unit = &world.units[u as usize];
    let visited = hash(world, u, 15) % 5 == 0 || !office.plaques.is_empty();
    let always = Span { from: super::Month(i32::MIN / 2), to: None };
    let visit = super::days::first_day(world.first.plus(-3)) + hash(world, u, 16) % 80;
    let row = |name: String, seen: bool| {
        let approved = (!seen).then_some(visit - 900);
        let plaque =
            Plaque {
                name, class: "机构牌子", approved, seen: seen.then_some(visit), own_quota: None, shown: always
            };
        PlaqueRow { unit: u, plaque, seen }
    };
    let up = visited && visit <= as_of;
    if up {
        out.plaques.push(row(unit.name(visit).to_owned(), true));
    }
    if hash(world, u, 17) % 10 == 0 {
        let second = format!("{}志愿服务站", unit.name(i32::MIN));
        out.plaques.push(row(second.clone(), false));
        if up {
            out.plaques.push(row(second, true));
        }
    }
    let month = month_of(as_of);
    for plaque in office.plaques.iter().filter(|p| p.shown.holds(month)) {
        if plaque.approved.is_some_and(|d| d <= as_of) {
            out.plaques.push(PlaqueRow { unit: u, plaque: plaque.clone(), seen: false });
        }
        if plaque.seen.is_some_and(|d| d <= as_of) {
            out.plaques.push(PlaqueRow { unit: u, plaque: plaque.clone(), seen: true });
        }
    }
}
