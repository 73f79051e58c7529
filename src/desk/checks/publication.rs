//! The file for the public: list, hashes, seed, the draw in words, what was drawn. Whoever has it can draw again.

use serde::{Deserialize, Serialize};

use super::draw::{ALGORITHM_EN, ALGORITHM_ZH, Drawn, Half, draw};
use super::inspectors::{Inspector, inspectors_hash, send};
use super::list::{Kind, List, list_hash};
use crate::bulletin::xlsx::reads_as_formula;
use crate::error::{Fault, Place, Problem, Result};

/// Version of the draw: another way of drawing, or of numbering draws, gets another number. Version 1 numbered a draw by its list
/// and seed alone, so a percentage could be changed unseen where it drew the same units; such files are still verified.
pub const VERSION: u32 = 2;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub listed: usize,
    pub drawn: usize,
    pub random: usize,
    pub by_risk: usize,
    /// Drawn in the year, earlier draws included, in tenths of a per cent of the list.
    pub year_tenths: usize,
}

/// A published draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    pub version: u32,
    /// `D-`, the year, and eight hexadecimal characters.
    pub id: String,
    pub algorithm_zh: String,
    pub algorithm_en: String,
    pub seed: String,
    /// Where the seed can be looked up.
    pub seed_source: String,
    pub percent: u32,
    /// Inspectors sent to each.
    pub per_unit: usize,
    pub list: List,
    pub inspectors: Vec<Inspector>,
    pub inspectors_sha256: String,
    pub drawn: Vec<Drawn>,
    pub counts: Counts,
}

/// Draws and makes the publication.
///
/// # Errors
/// [`Fault::Refused`] when inspectors are too few.
pub fn make(
    list: List,
    seed: &str,
    seed_source: &str,
    percent: u32,
    inspectors: Vec<Inspector>,
    per_unit: usize,
) -> Result<Publication> {
    let mut drawn = draw(&list, seed, percent);
    let per_unit = if inspectors.is_empty() { 0 } else { per_unit };
    if per_unit > 0 {
        send(&mut drawn, &inspectors, seed, &list.sha256, per_unit)?;
    }
    let random = drawn.iter().filter(|d| d.half == Half::Random).count();
    let before = list.items.iter().filter(|i| i.drawn_before).count();
    let counts = Counts {
        listed: list.items.len(),
        drawn: drawn.len(),
        random,
        by_risk: drawn.len() - random,
        year_tenths: ((drawn.len() + before) * 1000).checked_div(list.items.len()).unwrap_or(0),
    };
    let mut made = Publication {
        version: VERSION,
        id: String::new(),
        algorithm_zh: ALGORITHM_ZH.to_owned(),
        algorithm_en: ALGORITHM_EN.to_owned(),
        seed: seed.to_owned(),
        seed_source: seed_source.to_owned(),
        percent,
        per_unit,
        inspectors_sha256: inspectors_hash(&inspectors),
        inspectors,
        drawn,
        counts,
        list,
    };
    made.id = number(&made);
    Ok(made)
}

/// The number of a draw: everything that it was drawn by, so that nothing of it can be changed without another number.
fn number(made: &Publication) -> String {
    let list = &made.list;
    let digest = if made.version == 1 {
        super::digest(&[&list.sha256, &made.seed])
    } else {
        let kind = match list.kind {
            Kind::Units => "units",
            Kind::ClosedCases => "closed_cases",
        };
        let numbers = [list.year.to_string(), made.percent.to_string(), made.per_unit.to_string()];
        let [year, percent, per_unit] = &numbers;
        super::digest(&[
            &list.sha256,
            &made.seed,
            &made.seed_source,
            percent,
            per_unit,
            &made.inspectors_sha256,
            kind,
            year,
            &list.period,
            &list.run_id,
            &list.frozen_on,
        ])
    };
    format!("D-{}-{}", list.year, &digest[..8])
}

/// Reads a publication.
///
/// # Errors
/// [`Fault::Inputs`] when it is none, or of a version that this program does not draw.
pub fn read(label: &str, text: &str) -> Result<Publication> {
    let wrong = |message: String| Fault::Inputs(vec![Problem::new(Place::file(label), "not-a-draw", message)]);
    let publication: Publication = serde_json::from_str(text)
        .map_err(|e| wrong(format!("不是抽查公示文件:{e} / this is no published draw: {e}")))?;
    if !(1..=VERSION).contains(&publication.version) {
        let n = publication.version;
        return Err(wrong(format!(
            "第 {n} 版抽取方法,本程序只会第 1 至 {VERSION} 版 / drawn by version {n}; this program knows 1 to {VERSION}"
        )));
    }
    Ok(publication)
}

/// Draws a publication again and holds it against what it says.
///
/// # Errors
/// [`Fault::Reconciliation`] with every difference; as [`make`].
pub fn verify(said: &Publication) -> Result<()> {
    let mut differences = Vec::new();
    let hash = list_hash(&said.list.items);
    if hash != said.list.sha256 {
        differences.push(format!("list_sha256: 名单的哈希应为 / the list's hash is {hash}"));
    }
    if !said.list.items.is_sorted() {
        differences.push("list: 名单未按主键排序 / the list is not in the order of its keys".to_owned());
    }
    let mut again =
        make(said.list.clone(), &said.seed, &said.seed_source, said.percent, said.inspectors.clone(), said.per_unit)?;
    again.version = said.version;
    again.id = number(&again);
    if said.version == VERSION && (again.algorithm_zh != said.algorithm_zh || again.algorithm_en != said.algorithm_en) {
        differences.push("algorithm: 抽取方法的文字被改动 / the words of the draw were changed".to_owned());
    }
    if again.inspectors_sha256 != said.inspectors_sha256 {
        differences.push(format!("inspectors_sha256: {}", again.inspectors_sha256));
    }
    if again.id != said.id {
        let id = &again.id;
        differences.push(format!(
            "id: 按文件所列名单、种子、比例、人数等应为 {id},有一项被改动 / by its list, seed, percentage and so on it is {id}: one of them was changed"
        ));
    }
    if again.counts != said.counts {
        differences.push("counts: 数目不符 / the counts differ".to_owned());
    }
    let key = |d: &Drawn| d.key.clone();
    for d in again.drawn.iter().filter(|d| !said.drawn.contains(d)).take(20) {
        differences.push(format!("{}: 重抽时抽中 / drawn when drawn again", key(d)));
    }
    for d in said.drawn.iter().filter(|d| !again.drawn.contains(d)).take(20) {
        differences.push(format!("{}: 重抽时不同或未抽中 / other, or not drawn, when drawn again", key(d)));
    }
    if differences.is_empty() {
        return Ok(());
    }
    Err(Fault::Reconciliation(format!(
        "公示文件与重抽结果不符 / the publication is not what its list and seed give:\n{}",
        differences.join("\n")
    )))
}

/// The drawn items as CSV, for people.
///
/// # Errors
/// [`Fault::Internal`] when it cannot be made.
pub fn csv_of(publication: &Publication) -> Result<String> {
    let internal = |e: csv::Error| Fault::Internal(e.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = ["序号", "主键", "名称", "类别", "地区", "抽取方式", "检查人员编号", "名单SHA-256", "种子"];
    writer.write_record(header).map_err(internal)?;
    for (n, d) in (1..).zip(&publication.drawn) {
        let number = n.to_string();
        let inspectors = d.inspectors.join("、");
        let cells: [&str; 9] = [
            &number,
            &d.key,
            &guarded(&d.name),
            &d.kind,
            &d.region,
            d.half.words().0,
            &inspectors,
            &publication.list.sha256,
            &guarded(&publication.seed),
        ];
        writer.write_record(cells).map_err(internal)?;
    }
    let bytes = writer.into_inner().map_err(|e| Fault::Internal(e.to_string()))?;
    // Excel reads UTF-8 by its mark only.
    String::from_utf8(bytes).map(|text| format!("\u{FEFF}{text}")).map_err(|e| Fault::Internal(e.to_string()))
}

/// What a spreadsheet would take for a formula, marked as text.
fn guarded(text: &str) -> String {
    if reads_as_formula(text) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::list::Item;
    use super::*;

    fn publication() -> Publication {
        let items: Vec<Item> = (0..60)
            .map(|n| Item {
                key: format!("U{n:02}"),
                name: format!("单位{n}"),
                kind: "organ".into(),
                tickets: 1 + n % 5,
                ..Item::default()
            })
            .collect();
        let sha256 = list_hash(&items);
        let list = List {
            kind: Kind::Units,
            year: 2026,
            period: "2026-10".into(),
            run_id: "r".into(),
            frozen_on: "2026-11-01".into(),
            items,
            sha256,
        };
        let inspector =
            |n: u32| Inspector { number: n.to_string(), name: "李*".into(), excluded: vec![format!("U{n:02}")] };
        make(list, "双色球 2026130 期", "福彩网", 30, (1..=4).map(inspector).collect(), 2).expect("made")
    }

    #[test]
    fn a_publication_draws_again_from_its_own_text() {
        let made = publication();
        let text = serde_json::to_string_pretty(&made).expect("JSON");
        let read = read("draw.json", &text).expect("read");
        assert_eq!(read, made);
        verify(&read).expect("the same again");
        assert_eq!(made.counts.drawn, 18);
        assert_eq!(csv_of(&made).expect("CSV").lines().count(), 19);
    }

    #[test]
    fn whatever_is_changed_is_found() {
        let refused = |change: fn(&mut Publication), word: &str| {
            let mut changed = publication();
            change(&mut changed);
            let fault = verify(&changed).expect_err(word);
            assert_eq!(fault.exit_code(), 4);
            assert!(fault.to_string().contains(word), "{word} in {fault}");
        };
        refused(|p| p.seed.push('1'), "id:");
        refused(|p| p.list.items[3].tickets = 999, "list_sha256");
        refused(|p| p.drawn[0].key = "U99".into(), "U99");
        refused(|p| drop(p.drawn.pop()), "drawn when drawn again");
        refused(|p| p.drawn[0].inspectors.reverse(), "other, or not drawn");
        refused(|p| p.inspectors[0].excluded.clear(), "inspectors_sha256");
        refused(|p| p.percent = 20, "counts");
        refused(|p| p.percent = 29, "id:");
        refused(|p| p.seed_source.push('2'), "id:");
        refused(|p| p.list.frozen_on = "2026-11-30".into(), "id:");
        refused(|p| p.list.run_id.push('x'), "id:");
        refused(|p| p.algorithm_en.push('x'), "algorithm");
    }

    #[test]
    fn a_changed_percentage_is_found_though_it_draws_the_same() {
        let made = publication();
        let same = draw(&made.list, &made.seed, 29);
        assert!(
            same.iter().map(|d| &d.key).eq(made.drawn.iter().map(|d| &d.key)),
            "29 % of 60 rounds up to 18 as well"
        );
    }

    #[test]
    fn a_draw_of_the_first_version_is_still_verified() {
        let mut old = publication();
        old.version = 1;
        assert!(verify(&old).is_err(), "its number is of the second");
        old.id = number(&old);
        verify(&old).expect("as it was numbered then");
    }
}
