//! The clean world of a seed: everything in it is in order. Plants and look-alikes come after.

use super::days::first_day;
use super::model::World;
use super::names::Names;
use super::people::{self, Makers};
use super::{GenerateOptions, absences, changes, feeds, posts, region, staff_feeds, units};

/// Average staff of a unit.
const STAFF_PER_UNIT: usize = 20;

/// Builds the world; with it come the makers, so that plants can invent further persons.
#[must_use]
pub fn build<'a>(options: &GenerateOptions, region: &'a super::model::Region, names: &'a Names) -> (World, Makers<'a>) {
    let last = options.period;
    let first = last.plus(1 - options.months.max(1).cast_signed());
    let count = (options.persons as usize / STAFF_PER_UNIT).max(12);
    let settled = first_day(first.plus(-people::HISTORY_MONTHS - 12));
    let units = units::build(options.seed, region, names, count, settled);
    let mut world = World {
        seed: options.seed,
        first,
        last,
        region: region.clone(),
        units,
        persons: Vec::with_capacity(options.persons as usize * 6 / 5),
        spells: Vec::with_capacity(options.persons as usize * 6 / 5),
        approvals: vec![],
        absences: vec![],
        exemptions: vec![],
        deaths: vec![],
        office: std::collections::BTreeMap::new(),
        feeds: super::feeds::Feeds::default(),
        staff: super::staff_feeds::StaffFeeds::default(),
        quota_feeds: super::quota_feeds::QuotaFeeds::default(),
        deliveries: None,
        planted: vec![],
        look_alikes: vec![],
    };
    let mut makers = Makers::new(region, names);
    people::scale_sizes(&mut world.units, options.persons);
    changes::rename(&mut world);
    people::populate(&mut makers, &mut world);
    staff_feeds::settle_ages(&mut makers, &mut world);
    changes::abolish(&mut world);
    posts::appoint_leaders(&mut world);
    posts::grant_quotas(&mut world);
    posts::approve_entries(&mut world);
    changes::register(&mut world);
    absences::grant(&mut world);
    feeds::grant(&mut world);
    staff_feeds::grant(&mut world);
    (world, makers)
}

/// The region of the options.
#[must_use]
pub fn place(options: &GenerateOptions) -> super::model::Region {
    region::choose(options.seed, (options.persons as usize / STAFF_PER_UNIT / 30).max(2))
}
