//! The draw: whole numbers and SHA-256, so that anybody with the list and the seed draws the same.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::digest;
use super::list::{Item, Kind, List};

/// The draw in words, for the publication.
pub const ALGORITHM_ZH: &str = "1.名单按主键排序,每行为“主键、名称、类别、地区、签数、本年是否已抽(1或0)”,以制表符分隔;各行以换行符连接(末行后无换行),其SHA-256为名单哈希。\
2.按(类别、地区)分层,各层抽取数为该层总数×比例÷100向上取整,已抽过的不再抽,层内不足则全抽。\
3.抽单位时,各层抽取数一半为纯随机、一半按风险;为奇数时,多出的一个归至此累计较少的一半(相等归纯随机),各层按类别、地区排序依次处理。抽已销号问题时全部为纯随机。\
4.纯随机:对层内每个未抽对象计算SHA-256(种子、名单哈希、“random”、主键,以换行符连接),由小到大取。\
5.按风险:对余下每个对象的第i张签(i从1到签数)计算SHA-256(种子、名单哈希、“risk”、主键、i,以换行符连接),取其最小值,由小到大取。签数=1+8×S1+4×S2+S3,最多1000。\
6.检查人员:对抽中单位按主键排序,依次对未回避的人员按(已派次数、SHA-256(种子、名单哈希、“inspector”、单位主键、人员编号))由小到大取规定人数。\
7.抽查编号:名单哈希、种子、种子出处、比例、每单位人数、检查人员哈希、名单种类(units或closed_cases)、年度、数据期间、运行编号、冻结日期,以换行符连接,取其SHA-256前8位。";

pub const ALGORITHM_EN: &str = "1. The list is sorted by key; a line is key, name, kind, region, tickets and whether it was drawn before in the year (1 or 0), \
apart by tabs; lines are joined by line feeds, none after the last; the list's hash is their SHA-256. \
2. Strata are (kind, region); of each so many are drawn as its size times the percentage by 100, rounded up; what was drawn before is not drawn again; \
a stratum with too few left is drawn whole. \
3. Of units, half of each stratum's number is purely random and half by risk; an odd one goes to the half that has fewer so far (random when equal), \
strata in the order of kind and region. Of closed cases all are purely random. \
4. Purely random: of every item not drawn, SHA-256 of seed, list hash, \"random\" and key, joined by line feeds; the lowest are taken. \
5. By risk: of every item left and each of its tickets i from 1, SHA-256 of seed, list hash, \"risk\", key and i, joined by line feeds; an item counts by \
its lowest; the lowest are taken. Tickets are 1 + 8 S1 + 4 S2 + S3, no more than 1000. \
6. Inspectors: for the units drawn, in the order of their keys, those without a conflict by (times sent so far, SHA-256 of seed, list hash, \"inspector\", \
unit key and inspector's number), the lowest first, as many as are sent to a unit. \
7. The number of the draw: the first eight characters of SHA-256 of list hash, seed, seed source, percentage, inspectors to a unit, hash of the inspectors, \
kind of list (units or closed_cases), year, period, run id and the day it was frozen, joined by line feeds.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Half {
    Random,
    Risk,
}

impl Half {
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Random => ("纯随机", "random"),
            Self::Risk => ("按风险", "by risk"),
        }
    }
}

/// An item that was drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    pub key: String,
    pub name: String,
    pub kind: String,
    pub region: String,
    pub half: Half,
    /// The hash by which it was taken.
    pub hash: String,
    /// Numbers of the inspectors.
    #[serde(default)]
    pub inspectors: Vec<String>,
}

/// Draws a percentage of a list, in the order of the items' keys.
#[must_use]
pub fn draw(list: &List, seed: &str, percent: u32) -> Vec<Drawn> {
    let mut strata: BTreeMap<(&str, &str), Vec<&Item>> = BTreeMap::new();
    for item in &list.items {
        strata.entry(item.stratum()).or_default().push(item);
    }
    let mut drawn = Vec::new();
    let (mut random, mut risk) = (0_usize, 0_usize);
    for items in strata.values() {
        let open: Vec<&Item> = items.iter().copied().filter(|i| !i.drawn_before).collect();
        let wanted = (items.len() * percent as usize).div_ceil(100).min(open.len());
        let by_chance = match list.kind {
            Kind::ClosedCases => wanted,
            Kind::Units if random <= risk => wanted.div_ceil(2),
            Kind::Units => wanted / 2,
        };
        random += by_chance;
        risk += wanted - by_chance;
        let taken = take(&open, by_chance, Half::Random, |i| digest(&[seed, &list.sha256, "random", &i.key]));
        let keys: BTreeSet<String> = taken.iter().map(|d| d.key.clone()).collect();
        let left: Vec<&Item> = open.into_iter().filter(|i| !keys.contains(&i.key)).collect();
        drawn.extend(taken);
        drawn.extend(take(&left, wanted - by_chance, Half::Risk, |i| {
            let ticket = |n: u32| digest(&[seed, &list.sha256, "risk", &i.key, &n.to_string()]);
            (1..=i.tickets.max(1)).map(ticket).min().unwrap_or_default()
        }));
    }
    drawn.sort_by(|a, b| a.key.cmp(&b.key));
    drawn
}

fn take(items: &[&Item], n: usize, half: Half, hash: impl Fn(&Item) -> String) -> Vec<Drawn> {
    let mut ranked: Vec<(String, &Item)> = items.iter().map(|i| (hash(i), *i)).collect();
    ranked.sort();
    let drawn = |(hash, i): (String, &Item)| Drawn {
        key: i.key.clone(),
        name: i.name.clone(),
        kind: i.kind.clone(),
        region: i.region.clone(),
        half,
        hash,
        inspectors: Vec::new(),
    };
    ranked.into_iter().take(n).map(drawn).collect()
}

#[cfg(test)]
mod tests {
    use super::super::list::list_hash;
    use super::*;

    fn list(kind: Kind, items: Vec<Item>) -> List {
        let sha256 = list_hash(&items);
        List { kind, year: 2026, period: String::new(), run_id: String::new(), frozen_on: String::new(), items, sha256 }
    }

    fn item(n: u32, region: &str, tickets: u32) -> Item {
        Item { key: format!("U{n:04}"), kind: "organ".into(), region: region.into(), tickets, ..Item::default() }
    }

    #[test]
    fn every_stratum_gives_its_share_and_the_halves_are_even() {
        let items = (0..1000).map(|n| item(n, ["a", "b", "c"][n as usize % 3], 1)).collect();
        let drawn = draw(&list(Kind::Units, items), "seed", 30);
        for (region, size) in [("a", 334_usize), ("b", 333), ("c", 333)] {
            let n = drawn.iter().filter(|d| d.region == region).count();
            assert_eq!(n, (size * 30).div_ceil(100), "{region}");
        }
        let random = drawn.iter().filter(|d| d.half == Half::Random).count();
        assert!(random.abs_diff(drawn.len() - random) <= 1, "{random} of {}", drawn.len());
        let keys: BTreeSet<&String> = drawn.iter().map(|d| &d.key).collect();
        assert_eq!(keys.len(), drawn.len(), "nothing is drawn twice");
    }

    #[test]
    fn strata_of_one_do_not_all_go_to_one_half() {
        let items: Vec<Item> = (0..10).map(|n| item(n, &format!("{n}"), 1)).collect();
        let drawn = draw(&list(Kind::Units, items), "seed", 30);
        assert_eq!((drawn.len(), drawn.iter().filter(|d| d.half == Half::Random).count()), (10, 5));
    }

    #[test]
    fn the_order_of_the_list_does_not_matter_the_seed_does() {
        let items: Vec<Item> = (0..200).map(|n| item(n, "a", 1 + n % 7)).collect();
        let one = list(Kind::Units, items.clone());
        let mut turned = one.clone();
        turned.items.reverse();
        assert_eq!(draw(&one, "s", 30), draw(&turned, "s", 30));
        assert_ne!(draw(&one, "s", 30), draw(&one, "t", 30));
    }

    #[test]
    fn risk_is_drawn_more_often_and_nothing_drawn_before_is() {
        let items: Vec<Item> = (0..100).map(|n| item(n, "a", if n < 10 { 50 } else { 1 })).collect();
        let (mut grave, mut all) = (0, 0);
        for seed in 0..40 {
            let drawn = draw(&list(Kind::Units, items.clone()), &seed.to_string(), 30);
            let risky: Vec<&Drawn> = drawn.iter().filter(|d| d.half == Half::Risk).collect();
            grave += risky.iter().filter(|d| d.key.as_str() < "U0010").count();
            all += risky.len();
        }
        assert!(grave * 2 > all, "a tenth of the units have the tickets of most: {grave} of {all}");
        let mut before = items;
        before.iter_mut().take(90).for_each(|i| i.drawn_before = true);
        let drawn = draw(&list(Kind::Units, before), "s", 30);
        assert_eq!(drawn.len(), 10, "too few are left");
        assert!(drawn.iter().all(|d| d.key.as_str() >= "U0090"));
    }

    #[test]
    fn a_hash_is_that_of_the_words_in_the_publication() {
        // printf 'seed\nlist\nrandom\nU0001' | sha256sum
        assert_eq!(
            digest(&["seed", "list", "random", "U0001"]),
            crate::kernel::secret::hex(&<sha2::Sha256 as sha2::Digest>::digest(b"seed\nlist\nrandom\nU0001"))
        );
        let items = vec![item(1, "a", 1)];
        let closed = list(Kind::ClosedCases, items);
        let drawn = draw(&closed, "seed", 20);
        assert_eq!(drawn[0].hash, digest(&["seed", &closed.sha256, "random", "U0001"]));
        assert_eq!(drawn[0].half, Half::Random);
    }
}
