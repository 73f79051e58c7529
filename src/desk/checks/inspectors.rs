//! Inspectors, and where they may not go: their own unit, and what they declared.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::digest;
use super::draw::Drawn;
use crate::desk::units::{Units, refused};
use crate::error::{Fault, Place, Problem, Result};
use crate::kernel::person_name;

/// An inspector as the publication has him: the name is masked.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Inspector {
    pub number: String,
    pub name: String,
    /// Keys of units that he may not check.
    pub excluded: Vec<String>,
}

/// Headers of the file, as they may be written.
const HEADERS: [(&str, &[&str]); 4] = [
    ("编号", &["编号", "number", "工号", "执法证号"]),
    ("姓名", &["姓名", "name"]),
    ("所在单位", &["所在单位", "unit", "单位"]),
    ("回避单位", &["回避单位", "declared", "申报回避"]),
];

/// Reads the inspectors: number, name, own unit, declared units apart by 、 or ;.
///
/// # Errors
/// [`Fault::Inputs`] with every row that is wrong.
pub fn read(label: &str, text: &str, units: &Units) -> Result<Vec<Inspector>> {
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).from_reader(text.trim_start_matches('\u{FEFF}').as_bytes());
    let header = reader.headers().map_err(|e| broken(label, 1, &e.to_string()))?.clone();
    let at = |names: &[&str]| header.iter().position(|h| names.contains(&h.trim()));
    let columns = HEADERS.map(|(title, names)| (title, at(names)));
    let mut problems: Vec<Problem> = columns[..3]
        .iter()
        .filter(|(_, at)| at.is_none())
        .map(|(title, _)| {
            Problem::new(Place::file(label).row(1), "missing-column", format!("没有“{title}”列 / no column {title}"))
        })
        .collect();
    if !problems.is_empty() {
        return Err(Fault::Inputs(problems));
    }
    let mut all: BTreeMap<String, Inspector> = BTreeMap::new();
    for (row, record) in (2..).zip(reader.records()) {
        let record = match record {
            Ok(record) => record,
            Err(error) => return Err(broken(label, row, &error.to_string())),
        };
        let cell = |n: usize| columns[n].1.and_then(|at| record.get(at)).unwrap_or_default().trim().to_owned();
        let (number, name) = (cell(0), cell(1));
        let mut wrong = |code, message: String| problems.push(Problem::new(Place::file(label).row(row), code, message));
        if number.is_empty() || name.is_empty() {
            wrong("required-missing", "缺编号或姓名 / number or name is missing".to_owned());
            continue;
        }
        let mut excluded = Vec::new();
        for unit in std::iter::once(cell(2)).chain(cell(3).split(['、', ';', '；', '，']).map(|u| u.trim().to_owned()))
        {
            if unit.is_empty() {
                continue;
            }
            // A conflict that cannot be told would be no conflict at all.
            match units.find(&unit) {
                Ok(found) => excluded.push(found.key.clone()),
                Err(fault) => wrong("unknown-unit", fault.to_string().replace('\n', "; ")),
            }
        }
        excluded.sort();
        excluded.dedup();
        let inspector = Inspector { number: number.clone(), name: person_name::mask(&name), excluded };
        if all.insert(number.clone(), inspector).is_some() {
            problems.push(Problem::new(
                Place::file(label).row(row),
                "duplicate-number",
                format!("编号 {number} 重复 / {number} stands twice"),
            ));
        }
    }
    if problems.is_empty() { Ok(all.into_values().collect()) } else { Err(Fault::Inputs(problems)) }
}

fn broken(label: &str, row: u32, message: &str) -> Fault {
    Fault::Inputs(vec![Problem::new(Place::file(label).row(row), "csv", message)])
}

/// The hash of the inspectors: number, name and excluded units, apart by tabs, a line each.
#[must_use]
pub fn inspectors_hash(inspectors: &[Inspector]) -> String {
    let lines: Vec<String> =
        inspectors.iter().map(|i| format!("{}\t{}\t{}", i.number, i.name, i.excluded.join(" "))).collect();
    digest(&lines.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Sends inspectors to every unit drawn, those sent least often so far first.
///
/// # Errors
/// [`Fault::Refused`] naming the units for which too few are without a conflict.
pub fn send(drawn: &mut [Drawn], inspectors: &[Inspector], seed: &str, list: &str, per_unit: usize) -> Result<()> {
    let mut sent: BTreeMap<&str, usize> = BTreeMap::new();
    let mut short = Vec::new();
    for unit in drawn.iter_mut() {
        let free = inspectors.iter().filter(|i| !i.excluded.contains(&unit.key));
        let mut free: Vec<(usize, String, &Inspector)> = free
            .map(|i| {
                let times = sent.get(i.number.as_str()).copied().unwrap_or_default();
                (times, digest(&[seed, list, "inspector", &unit.key, &i.number]), i)
            })
            .collect();
        if free.len() < per_unit {
            short.push(unit.name.clone());
            continue;
        }
        free.sort();
        unit.inspectors = free.iter().take(per_unit).map(|(_, _, i)| i.number.clone()).collect();
        for (_, _, inspector) in free.iter().take(per_unit) {
            *sent.entry(&inspector.number).or_default() += 1;
        }
    }
    if short.is_empty() {
        return Ok(());
    }
    let names = short.join("、");
    Err(refused(
        "too-few-inspectors",
        &format!("下列单位可派的检查人员不足 {per_unit} 名:{names}"),
        &format!("fewer than {per_unit} inspectors are without a conflict for: {names}"),
        "增加检查人员,或减少 --per-unit",
        "add inspectors, or lower --per-unit",
    ))
}

#[cfg(test)]
mod tests {
    use super::super::draw::Half;
    use super::*;

    fn drawn(key: &str) -> Drawn {
        Drawn {
            key: key.into(),
            name: key.into(),
            kind: String::new(),
            region: String::new(),
            half: Half::Random,
            hash: String::new(),
            inspectors: Vec::new(),
        }
    }

    fn inspector(number: &str, excluded: &[&str]) -> Inspector {
        Inspector {
            number: number.into(),
            name: "张*".into(),
            excluded: excluded.iter().map(|&e| e.to_owned()).collect(),
        }
    }

    #[test]
    fn nobody_checks_where_he_has_a_conflict_and_work_is_shared() {
        let staff =
            [inspector("1", &["U1"]), inspector("2", &["U2"]), inspector("3", &[]), inspector("4", &["U1", "U2"])];
        let mut units: Vec<Drawn> = (1..=12).map(|n| drawn(&format!("U{n}"))).collect();
        send(&mut units, &staff, "seed", "list", 2).expect("enough");
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for unit in &units {
            assert_eq!(unit.inspectors.len(), 2, "{}", unit.key);
            for number in &unit.inspectors {
                *times.entry(number).or_default() += 1;
                let sent = staff.iter().find(|i| i.number == *number).expect("known");
                assert!(!sent.excluded.contains(&unit.key), "{number} to {}", unit.key);
            }
        }
        let (least, most) = (times.values().min().expect("some"), times.values().max().expect("some"));
        assert!(most - least <= 2, "{times:?}");
        let fault = send(&mut [drawn("U1")], &staff[..2], "s", "l", 2).expect_err("too few").to_string();
        assert!(fault.contains("too-few-inspectors") && fault.contains("U1"), "{fault}");
    }
}
