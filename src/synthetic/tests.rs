//! What the generator promises: the same bytes for the same seed, sums that add up, sound numbers, a truth for every row,
//! silence on a clean world, and something of everything on a planted one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::*;

const RULES: &[&str] = &[
    "D01", "D02", "D03", "D05", "E01", "E04", "E10", "E15", "L01", "L03", "Q01", "Q02", "Q03", "Q09", "Q13", "Q17",
    "Q18", "R01", "R02", "R03", "R04", "R05", "P01", "P02", "P03", "P04", "P05", "P07", "P08", "P11", "P12", "P15",
    "P16", "P17", "P18", "P19", "P20", "P21", "P22", "P23", "P24", "P27", "P28", "P06", "P09", "P10", "P25", "P26",
];

/// Those on registries, lists and the data itself.
const REGISTRY_RULES: [&str; 21] = [
    "D04", "D06", "D07", "D08", "D09", "D10", "R06", "R07", "R08", "R09", "R10", "R11", "R12", "R13", "R14", "R15",
    "R16", "R17", "R18", "R19", "R20",
];

/// Rules on pools, loans, control, transfers, new units and leaders' records.
const QUOTA_RULES: [&str; 21] = [
    "L02", "L04", "L05", "L06", "L07", "L08", "L09", "L10", "Q04", "Q05", "Q06", "Q07", "Q08", "Q10", "Q11", "Q12",
    "Q14", "Q15", "Q16", "Q19", "Q20",
];

/// What a world in order has as well: posts fall vacant, people near retirement, certificates near their end. It is
/// information, no problem.
fn is_warning(rule: &str) -> bool {
    rule.starts_with('W') || ["L05", "Q07", "T08", "T09"].contains(&rule)
}

/// What months side by side, files and forecasts show; D11 needs a list of five hundred, or an even seed.
const TREND_RULES: [&str; 12] = ["D12", "D13", "D14", "P13", "T01", "T02", "T03", "T04", "T05", "T06", "T08", "T09"];

fn every_rule() -> impl Iterator<Item = &'static str> {
    RULES.iter().copied().chain(REGISTRY_RULES).chain(QUOTA_RULES).chain(TREND_RULES)
}

fn options(out: &Path) -> GenerateOptions {
    GenerateOptions {
        persons: 2700,
        seed: 20_261_123,
        out: out.to_path_buf(),
        period: Month(2026 * 12 + 9),
        months: 3,
        noise: 1.0,
        plant: 1.0,
        format: "csv".to_owned(),
    }
}

/// Lines of a CSV without quotes, as cells.
fn lines(path: &Path) -> Vec<Vec<String>> {
    let text = fs_err::read(path).unwrap();
    let text = encoding_rs::UTF_8
        .decode_without_bom_handling_and_without_replacement(&text)
        .map_or_else(|| encoding_rs::GB18030.decode(&text).0.into_owned(), std::borrow::Cow::into_owned);
    text.lines().skip(1).map(|l| l.split(',').map(str::to_owned).collect()).collect()
}

fn findings(out: &Path) -> Vec<Vec<String>> {
    lines(&out.join("truth/findings.csv"))
}

fn every_file(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                out.insert(
                    path.strip_prefix(root).unwrap().to_string_lossy().into_owned(),
                    fs_err::read(path).unwrap(),
                );
            }
        }
    }
    out
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let dir = tempfile::tempdir().unwrap();
    let made: Vec<_> = [("a", 7), ("b", 7), ("c", 8)]
        .into_iter()
        .map(|(name, seed)| {
            let out = dir.path().join(name);
            let format = "mixed".to_owned();
            generate(&GenerateOptions { persons: 400, months: 2, seed, format, ..options(&out) }).unwrap();
            every_file(&out)
        })
        .collect();
    assert_eq!(made[0].keys().collect::<Vec<_>>(), made[1].keys().collect::<Vec<_>>());
    for (name, bytes) in &made[0] {
        assert!(made[1][name] == *bytes, "{name} differs between two runs of one seed");
    }
    assert_ne!(made[0]["2026-10/establishment_staff.csv"], made[2]["2026-10/establishment_staff.csv"]);
}

#[test]
fn a_clean_world_has_look_alikes_and_no_finding() {
    for (seed, persons) in [(1, 700), (2, 1500), (20_261_123, 6000)] {
        let dir = tempfile::tempdir().unwrap();
        generate(&GenerateOptions { persons, seed, noise: 0.0, plant: 0.0, ..options(dir.path()) }).unwrap();
        let found = findings(dir.path());
        let true_ones: Vec<_> =
            found.iter().filter(|f| f[5] != "look_alike" && f[5] != "open" && !is_warning(&f[1])).collect();
        assert!(true_ones.is_empty(), "seed {seed}: {true_ones:?}");
        if persons == 6000 {
            let rules: BTreeSet<&str> = found.iter().map(|f| f[1].as_str()).collect();
            // Where nothing was ever wrong nothing can come back.
            let lacking: Vec<_> = every_rule().filter(|r| !rules.contains(r) && *r != "T04").collect();
            assert!(lacking.is_empty(), "no look-alike for {lacking:?}");
        }
    }
}

#[test]
fn every_rule_is_planted_and_true_in_the_last_month() {
    let dir = tempfile::tempdir().unwrap();
    generate(&options(dir.path())).unwrap();
    let found = findings(dir.path());
    let open: BTreeSet<&str> =
        found.iter().filter(|f| f[0] == "2026-10" && f[5] == "planted").map(|f| f[1].as_str()).collect();
    let lacking: Vec<_> = every_rule().filter(|r| !open.contains(r)).collect();
    assert!(lacking.is_empty(), "not true in the last month: {lacking:?}");
    let subject = |f: &Vec<String>| (f[1].clone(), f[2].clone(), f[3].clone());
    let of = |month: &str| -> BTreeSet<_> {
        found.iter().filter(|f| f[0] == month && f[5] == "planted").map(subject).collect()
    };
    assert!(of("2026-09").difference(&of("2026-10")).next().is_some(), "nothing was closed in the last month");
    assert!(of("2026-10").difference(&of("2026-09")).next().is_some(), "nothing is new in the last month");
}

#[test]
fn noise_alone_makes_only_findings_of_bad_data() {
    let dir = tempfile::tempdir().unwrap();
    generate(&GenerateOptions { plant: 0.0, noise: 3.0, ..options(dir.path()) }).unwrap();
    let rules: BTreeSet<String> =
        findings(dir.path()).into_iter().filter(|f| f[5] != "look_alike").map(|f| f[1].clone()).collect();
    assert!(rules.contains("D02"), "{rules:?}");
    let expected = |r: &str| ["D01", "D02", "D03", "D04", "D09", "E15"].contains(&r) || is_warning(r);
    assert!(rules.iter().all(|r| expected(r)), "{rules:?}");
}

#[test]
fn pay_adds_up_to_the_fen_and_clean_numbers_are_sound() {
    let dir = tempfile::tempdir().unwrap();
    generate(&GenerateOptions { noise: 0.0, plant: 0.0, months: 1, ..options(dir.path()) }).unwrap();
    // A cell left empty is an item of the other pay system.
    let fen = |text: &str| -> i64 { if text.is_empty() { 0 } else { text.replace('.', "").parse().unwrap() } };
    let pay = lines(&dir.path().join("2026-10/payroll.csv"));
    assert!(pay.len() > 2500);
    for row in &pay {
        let sum = |from: usize, to: usize| row[from..to].iter().map(|c| fen(c)).sum::<i64>();
        assert_eq!(sum(8, 13) + sum(23, 25), fen(&row[13]), "items and gross of {row:?}");
        // Where nothing is left, all was kept back, for debts that have no column.
        assert!(sum(14, 19) == fen(&row[19]) || fen(&row[20]) == 0, "deductions of {row:?}");
        assert_eq!(fen(&row[13]) - fen(&row[19]), fen(&row[20]), "net of {row:?}");
        assert_eq!(row[22].len(), 19);
        assert!(
            matches!(crate::kernel::resident_id::read(&row[5]), crate::kernel::resident_id::IdReading::Valid(_)),
            "{row:?}"
        );
    }
    let people = lines(&dir.path().join("truth/persons.csv"));
    let ids: BTreeSet<&str> = people.iter().map(|p| p[2].as_str()).collect();
    assert_eq!(ids.len(), people.len(), "a number was given twice");
    for unit in lines(&dir.path().join("2026-10/establishment_units.csv")) {
        assert!(crate::kernel::credit_code::read(&unit[2]).valid().is_some(), "{unit:?}");
    }
}

#[test]
fn every_row_of_every_file_has_its_truth() {
    let dir = tempfile::tempdir().unwrap();
    generate(&GenerateOptions { persons: 600, months: 2, ..options(dir.path()) }).unwrap();
    let mut told: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut kinds = BTreeSet::new();
    for row in lines(&dir.path().join("truth/rows.csv")) {
        told.entry(row[2].clone()).or_default().push(row[4].parse().unwrap());
        kinds.extend(row[7].split(';').map(str::to_owned));
    }
    let mut files = 0;
    for month in ["2026-09", "2026-10"] {
        for entry in fs_err::read_dir(dir.path().join(month)).unwrap() {
            let path = entry.unwrap().path();
            // A row of totals is nobody's.
            let rows = lines(&path).iter().filter(|r| r[0] != "合计").count();
            let name = format!("{month}/{}", path.file_name().unwrap().to_string_lossy());
            let expected: Vec<usize> = (2..rows + 2).collect();
            assert_eq!(told.remove(&name).unwrap_or_default(), expected, "{name}");
            files += 1;
        }
    }
    assert!(files >= 38 && told.is_empty(), "{files} files, without one: {told:?}");
    assert!(kinds.contains("space_in_name") && kinds.contains("unit_short"), "{kinds:?}");
}

#[test]
fn the_period_names_every_table_of_the_pipeline() {
    let dir = tempfile::tempdir().unwrap();
    generate(&GenerateOptions { persons: 600, months: 1, format: "mixed".to_owned(), ..options(dir.path()) }).unwrap();
    let pipeline = include_str!("../../pipelines/monthly.toml");
    let stems = pipeline.lines().filter_map(|l| l.strip_prefix("path = \"sample_data/{period}/"));
    let names: Vec<String> = every_file(&dir.path().join("2026-10")).into_keys().collect();
    let mut tables = 0;
    for stem in stems {
        let stem = stem.trim_end_matches("*\"");
        assert!(names.iter().any(|n| n.starts_with(stem)), "no file for {stem}: {names:?}");
        tables += 1;
    }
    assert_eq!(tables, pipeline.matches("[[sources]]").count());
}

#[test]
fn options_out_of_range_are_refused_with_their_value() {
    let wrong = GenerateOptions { persons: 3, ..options(Path::new("nowhere")) };
    assert!(generate(&wrong).unwrap_err().to_string().contains("--persons 3"));
    let wrong = GenerateOptions { format: "ods".to_owned(), ..options(Path::new("nowhere")) };
    assert_eq!(generate(&wrong).unwrap_err().exit_code(), 2);
}

#[test]
fn the_sample_is_what_the_generator_makes() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data");
    let dir = tempfile::tempdir().unwrap();
    generate(&GenerateOptions { format: "mixed".to_owned(), ..options(dir.path()) }).unwrap();
    let (mut kept, made) = (every_file(&kept), every_file(dir.path()));
    kept.remove("README.md");
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&kept), names(&made));
    for (name, bytes) in &made {
        assert!(kept[name] == *bytes, "sample_data/{name} is stale: make it again as its README says");
    }
    assert!(kept.values().map(Vec::len).sum::<usize>() <= 6_000_000);
}
