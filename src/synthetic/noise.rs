//! The noise of real extracts. It never changes what is true, only how it is written; where it makes a row bad (a mistyped
//! number), the oracle sees the bad row and says so.
//!
//! Draws hang on the seed, the source and the spell, not on the month: an office copies last month's list, errors included.

use std::collections::BTreeMap;

use rand::Rng as _;

use super::cells::{DATE_SHAPES, wide};
use super::codes;
use super::model::World;
use super::records::{Shown, Snapshot};
use super::rng::{Purpose, Rng, stream};

/// Homophones, look-alikes and traditional forms of the characters that names are made of.
pub struct Confusions(BTreeMap<char, [Vec<char>; 3]>);

impl Confusions {
    #[must_use]
    pub fn load() -> Self {
        let lines = include_str!("data/confusions.tsv").lines();
        Self(
            lines
                .filter_map(|l| {
                    let mut cells = l.split('\t');
                    let key = cells.next()?.chars().next()?;
                    let mut list = || cells.next().unwrap_or_default().chars().collect::<Vec<_>>();
                    Some((key, [list(), list(), list()]))
                })
                .collect(),
        )
    }
    fn of(&self, c: char, kind: usize) -> Option<&[char]> {
        self.0.get(&c).map(|lists| lists[kind].as_slice()).filter(|l| !l.is_empty())
    }
    /// The name with one given-name character confused, if one of them can be. Surnames are what clerks get right.
    fn confuse(&self, rng: &mut Rng, name: &str, kind: usize) -> Option<String> {
        let mut chars: Vec<char> = name.chars().collect();
        let at: Vec<usize> = (1..chars.len()).filter(|i| self.of(chars[*i], kind).is_some()).collect();
        let i = *at.get(rng.random_range(0..at.len().max(1)))?;
        let with = self.of(chars[i], kind)?;
        chars[i] = with[rng.random_range(0..with.len())];
        Some(chars.into_iter().collect())
    }
}

/// Whether something of `per_million` happens.
fn hit(rng: &mut Rng, noise: f64, per_million: u32) -> bool {
    rng.random::<f64>() < noise * f64::from(per_million) / 1e6
}

fn name_noise(rng: &mut Rng, table: &Confusions, noise: f64, name: &str, shown: &mut Shown) {
    let set = |shown: &mut Shown, name: String, kind| {
        shown.name = Some(name);
        shown.kinds.push(kind);
    };
    let length = name.chars().count();
    if name.contains('·') {
        if hit(rng, noise, 300_000) {
            let other = ["•", "．", "・", ".", ""][rng.random_range(0..5)];
            set(shown, name.replace('·', other), "interpunct");
        }
        return;
    }
    if hit(rng, noise, 1_500)
        && let Some(n) = table.confuse(rng, name, 0)
    {
        return set(shown, n, "homophone");
    }
    if hit(rng, noise, 1_000)
        && let Some(n) = table.confuse(rng, name, 1)
    {
        return set(shown, n, "look_alike_character");
    }
    if hit(rng, noise, 2_500)
        && let Some(n) = table.confuse(rng, name, 2)
    {
        return set(shown, n, "traditional");
    }
    if length == 2 && hit(rng, noise, 50_000) {
        let gap = [" ", "  ", "\u{3000}"][rng.random_range(0..3)];
        let mut chars = name.chars();
        let first: String = chars.by_ref().take(1).collect();
        set(shown, format!("{first}{gap}{}", chars.as_str()), "space_in_name");
    }
}

/// One digit changed; the check digit cannot hold then.
fn one_digit(rng: &mut Rng, id: &str) -> String {
    let mut bytes = id.as_bytes().to_vec();
    let i = rng.random_range(6..17);
    bytes[i] = b'0' + (bytes[i] - b'0' + rng.random_range(1..10)) % 10;
    String::from_utf8(bytes).unwrap_or_default()
}

/// Two neighbouring digits swapped, if two differ.
fn swapped(rng: &mut Rng, id: &str) -> Option<String> {
    let mut bytes = id.as_bytes().to_vec();
    let i = (0..20).map(|_| rng.random_range(6..16)).find(|i| bytes[*i] != bytes[*i + 1])?;
    bytes.swap(i, i + 1);
    String::from_utf8(bytes).ok()
}

fn id_noise(rng: &mut Rng, noise: f64, id: &str, shown: &mut Shown) {
    let set = |shown: &mut Shown, id: String, kind| {
        shown.id = Some(id);
        shown.kinds.push(kind);
    };
    if hit(rng, noise, 1_000) {
        return set(shown, one_digit(rng, id), "id_one_digit");
    }
    if hit(rng, noise, 500)
        && let Some(other) = swapped(rng, id)
    {
        return set(shown, other, "id_swapped_digits");
    }
    if hit(rng, noise, 1_500) && id[6..8] == *"19" {
        return set(shown, format!("{}{}", &id[..6], &id[8..17]), "id_15_digits");
    }
    if hit(rng, noise, 400) {
        return set(shown, String::new(), "id_missing");
    }
    if hit(rng, noise, 400) {
        let cut = format!("{}000", &id[..15]);
        // One cut number in eleven still passes its check and then is not damaged but another's.
        if !codes::id_holds(&cut) {
            return set(shown, cut, "id_excel_zeros");
        }
    }
    if hit(rng, noise, 200) {
        return set(shown, format!("{}.{}E+17", &id[..1], &id[1..6]), "id_scientific");
    }
    if id.ends_with('X') && hit(rng, noise, 150_000) {
        return set(shown, id.to_lowercase(), "id_lower_x");
    }
    if hit(rng, noise, 1_000) {
        return set(shown, wide(id), "id_full_width");
    }
    if hit(rng, noise, 3_000) {
        set(shown, format!("'{id}"), "id_apostrophe");
    }
}

/// Noise of one person's row in one source.
fn row_noise(
    world: &World,
    table: &Confusions,
    noise: f64,
    rng: &mut Rng,
    person: u32,
    shown: &mut Option<Box<Shown>>,
    money: bool,
) {
    let p = &world.persons[person as usize];
    let mut new = Shown::default();
    name_noise(rng, table, noise, &p.name, &mut new);
    id_noise(rng, noise, p.id_text(), &mut new);
    if hit(rng, noise, 30_000) {
        new.date_shape = rng.random_range(1..DATE_SHAPES);
        if !money {
            new.kinds.push("date_shape");
        }
    }
    if money && hit(rng, noise, 6_000) {
        new.money_shape = rng.random_range(1..4);
        new.kinds.push("amount_shape");
    }
    if new.kinds.is_empty() {
        return;
    }
    match shown {
        None => *shown = Some(Box::new(new)),
        // What was planted stays; noise only adds to it.
        Some(old) => {
            old.date_shape = new.date_shape;
            old.money_shape = new.money_shape;
        }
    }
}

/// Writes noise over a month's rows.
pub fn apply(world: &World, table: &Confusions, noise: f64, s: &mut Snapshot) {
    if noise <= 0.0 {
        return;
    }
    for row in &mut s.staff {
        let mut rng = stream(world.seed, Purpose::NoiseStaff, u64::from(row.spell));
        // The register is kept by hand and checked: half the rate.
        row_noise(world, table, noise / 2.0, &mut rng, row.person, &mut row.shown, false);
    }
    for row in &mut s.hr {
        let mut rng = stream(world.seed, Purpose::NoiseHr, u64::from(row.spell));
        row_noise(world, table, noise, &mut rng, row.person, &mut row.shown, false);
    }
    for row in &mut s.pay {
        let mut rng = stream(world.seed, Purpose::NoisePay, u64::from(row.spell));
        row_noise(world, table, noise, &mut rng, row.person, &mut row.shown, true);
    }
    for row in &mut s.registrations {
        let Some(person) = row.legal_representative else { continue };
        let mut rng = stream(world.seed, Purpose::NoiseRegistration, u64::from(row.unit));
        row_noise(world, table, noise / 2.0, &mut rng, person, &mut row.shown, false);
    }
    swap_neighbours(world, noise, s);
    old_lists(world, s);
    without_ids(world, noise, s);
}

/// Rows of merged units stand on the lists of old: half of the staff on each.
fn old_lists(world: &World, s: &mut Snapshot) {
    for row in &mut s.pay {
        let branches = &world.units[row.unit as usize].branches;
        let Some((name, code)) = branches.get(row.person as usize % branches.len().max(1)) else { continue };
        let shown = row.shown.get_or_insert_default();
        shown.unit_name = Some(name.clone());
        shown.unit_code = Some(code.clone());
        shown.kinds.push("unit_merged");
    }
}

/// Some units hand in payrolls without a column of ID numbers; every other centre that pays for units does.
fn without_ids(world: &World, noise: f64, s: &mut Snapshot) {
    let lacks: Vec<bool> = (0..world.units.len())
        .map(|u| {
            let mut rng = stream(world.seed, Purpose::NoiseNoIds, u as u64);
            let unit = &world.units[u];
            let centre = !unit.listed && unit.credit.is_empty();
            hit(&mut rng, noise, if centre { 500_000 } else { 3_000 })
        })
        .collect();
    for row in s.pay.iter_mut().filter(|r| lacks[r.unit as usize]) {
        let planted = row.shown.as_ref().is_some_and(|s| s.id.is_some() && s.kinds.is_empty());
        if !planted {
            let shown = row.shown.get_or_insert_default();
            shown.id = Some(String::new());
            shown.kinds.retain(|k| !k.starts_with("id_") && *k != "swapped_neighbours");
            shown.kinds.push("id_missing");
        }
    }
}

/// The ID numbers of two neighbouring payroll rows change places: a column sorted on its own.
fn swap_neighbours(world: &World, noise: f64, s: &mut Snapshot) {
    let mut i = 0;
    while i + 1 < s.pay.len() {
        let mut rng = stream(world.seed, Purpose::NoiseOther, u64::from(s.pay[i].spell));
        let (a, b) = (&s.pay[i], &s.pay[i + 1]);
        let plain = a.shown.is_none() && b.shown.is_none() && a.unit == b.unit && a.person != b.person;
        if plain && hit(&mut rng, noise, 60) {
            let (first, second) = (a.person, b.person);
            for (row, other) in [(i, second), (i + 1, first)] {
                s.pay[row].shown = Some(Box::new(Shown {
                    id: Some(world.persons[other as usize].id_text().to_owned()),
                    kinds: vec!["swapped_neighbours"],
                    ..Shown::default()
                }));
            }
            i += 1;
        }
        i += 1;
    }
}

/// Gives some units the name by which payroll or HR knows them: short, former, or without its region.
pub fn name_units(world: &mut World, noise: f64) {
    if noise <= 0.0 {
        return;
    }
    let mut taken: std::collections::BTreeSet<String> =
        world.units.iter().flat_map(|u| u.names.iter().map(|(_, n)| n.clone())).collect();
    taken.extend(world.units.iter().flat_map(|u| u.aliases.iter().map(|a| a.alias.clone())));
    let mut elided: BTreeMap<String, usize> = BTreeMap::new();
    for u in &world.units {
        if let Some(short) = without_region(world, u) {
            *elided.entry(short).or_default() += 1;
        }
    }
    for i in 0..world.units.len() {
        let mut rng = stream(world.seed, Purpose::NoiseUnits, i as u64);
        let unit = &world.units[i];
        if !unit.listed {
            continue;
        }
        let region_less = without_region(world, unit).filter(|n| elided.get(n) == Some(&1) && !taken.contains(n));
        let former = (unit.names.len() > 1).then(|| unit.names[0].1.clone());
        let mut forms: Vec<(String, &'static str)> = Vec::new();
        forms.extend(unit.short_name.clone().map(|n| (n, "unit_short")));
        forms.extend(region_less.map(|n| (n, "unit_region_elided")));
        let variant = |rng: &mut Rng| {
            if let Some(former) = &former
                && hit(rng, noise, 400_000)
            {
                return Some((former.clone(), "unit_former"));
            }
            (hit(rng, noise, 110_000) && !forms.is_empty()).then(|| forms[rng.random_range(0..forms.len())].clone())
        };
        let (payroll, hr) = (variant(&mut rng), variant(&mut rng));
        let paid_as = world.units[i].paid_as.clone().map(|n| (n, "unit_unlisted_name"));
        world.units[i].payroll_name = paid_as.or(payroll);
        world.units[i].hr_name = hr;
    }
}

/// 濮阳市华龙区第三小学 → 华龙区第三小学; 濮阳市第一中学 → 市第一中学 is ambiguous and not made.
fn without_region(world: &World, unit: &super::model::Unit) -> Option<String> {
    unit.county?;
    let name = unit.last_name();
    let rest = name.strip_prefix(world.region.name.as_str())?;
    (rest.chars().count() >= 4).then(|| rest.to_owned())
}
