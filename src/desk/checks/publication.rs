//! The file for the public: list, hashes, seed, the draw in words, what was drawn. Whoever has it can draw again.

use serde::{Deserialize, Serialize};

use super::draw::{ALGORITHM_EN, ALGORITHM_ZH, Drawn, Half, draw};
use super::inspectors::{Inspector, inspectors_hash, send};
use super::list::{List, list_hash};
use crate::bulletin::xlsx::reads_as_formula;
use crate::error::{Fault, Place, Problem, Result};

/// Version of the draw: another way of drawing gets another number.
pub const VERSION: u32 = 1;

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
    Ok(Publication {
        version: VERSION,
        id: id(list.year, &list.sha256, seed),
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
    })
}

/// The number of a draw: its list and seed have no other.
#[must_use]
pub fn id(year: i32, list: &str, seed: &str) -> String {
    format!("D-{year}-{}", &super::digest(&[list, seed])[..8])
}

/// Reads a publication.
///
/// # Errors
/// [`Fault::Inputs`] when it is none, or of a version that this program does not draw.
pub fn read(label: &str, text: &str) -> Result<Publication> {
    let wrong = |message: String| Fault::Inputs(vec![Problem::new(Place::file(label), "not-a-draw", message)]);
    let publication: Publication = serde_json::from_str(text)
        .map_err(|e| wrong(format!("不是抽查公示文件:{e} / this is no published draw: {e}")))?;
    if publication.version != VERSION {
        let n = publication.version;
        return Err(wrong(format!(
            "第 {n} 版抽取方法,本程序只会第 {VERSION} 版 / drawn by version {n}; this program knows {VERSION}"
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
    let again =
        make(said.list.clone(), &said.seed, &said.seed_source, said.percent, said.inspectors.clone(), said.per_unit)?;
    if again.inspectors_sha256 != said.inspectors_sha256 {
        differences.push(format!("inspectors_sha256: {}", again.inspectors_sha256));
    }
    if again.id != said.id {
        differences.push(format!("id: {}", again.id));
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
    use super::super::list::{Item, Kind};
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
    }
}
