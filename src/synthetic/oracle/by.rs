//! Lists of the world by whom their rows are about, so that nobody walks a list once for each person or unit.

use super::super::model::{Approval, Death, Exemption, World};
use super::super::staff_feeds::Retirement;
use crate::synthetic::feeds::{Discipline, OffQuota, Pension};

/// Rows of a list by a number, each number's rows in the order of the list.
pub struct By<'a, T>(Vec<(u32, &'a T)>);

impl<'a, T> By<'a, T> {
    pub fn new(rows: impl IntoIterator<Item = &'a T>, key: impl Fn(&T) -> u32) -> Self {
        let mut all: Vec<(u32, &T)> = rows.into_iter().map(|row| (key(row), row)).collect();
        // A stable sort: rows of one number stay in their order.
        all.sort_by_key(|(key, _)| *key);
        Self(all)
    }

    pub fn of(&self, key: u32) -> impl Iterator<Item = &'a T> + '_ {
        let from = self.0.partition_point(|(k, _)| *k < key);
        self.0[from..].iter().take_while(move |(k, _)| *k == key).map(|(_, row)| *row)
    }
}

/// What judges ask of single persons and units.
pub struct Lists<'a> {
    /// By person.
    pub retirements: By<'a, Retirement>,
    pub pensions: By<'a, Pension>,
    pub disciplines: By<'a, Discipline>,
    pub off_quota: By<'a, OffQuota>,
    pub deaths: By<'a, Death>,
    /// By unit.
    pub exemptions: By<'a, Exemption>,
    /// Known by now, by unit.
    pub approvals: By<'a, Approval>,
}

impl<'a> Lists<'a> {
    pub fn new(world: &'a World, known: impl Iterator<Item = &'a Approval>) -> Self {
        Self {
            retirements: By::new(&world.staff.retirements, |r| r.person),
            pensions: By::new(&world.feeds.pensions, |p| p.person),
            disciplines: By::new(&world.feeds.disciplines, |d| d.person),
            off_quota: By::new(&world.feeds.off_quota, |o| o.person),
            deaths: By::new(&world.deaths, |d| d.person),
            exemptions: By::new(&world.exemptions, |e| e.unit),
            approvals: By::new(known, |a| a.unit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::By;

    #[test]
    fn rows_of_a_number_keep_their_order_and_others_stay_out() {
        let rows = [(7, 'a'), (3, 'b'), (7, 'c'), (9, 'd'), (3, 'e')];
        let by = By::new(&rows, |r| r.0);
        let of = |key| by.of(key).map(|r| r.1).collect::<String>();
        assert_eq!((of(3), of(7), of(9)), ("be".to_owned(), "ac".to_owned(), "d".to_owned()));
        assert_eq!(of(0) + &of(5) + &of(10), "");
    }
}
