//! Many matters at once: a line for each decision, how many there were of each kind, and units that ask for more than they have
//! although each of their matters alone would pass.

use std::collections::BTreeMap;

use serde::Serialize;

use super::sheet::matter_words;
use super::{Checked, Decision, Matter};
use crate::desk::page::{Grid, Page};
use crate::desk::{Tongue, Words};

/// A decided line of a file.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// Row of the file.
    pub row: u32,
    /// Whether it was added to the ledger; nothing where nothing is logged.
    pub logged: Option<bool>,
    #[serde(flatten)]
    pub checked: Checked,
}

/// Posts of one kind at a unit for which the file's matters, each held against the same vacancy, ask too much between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TooMany {
    pub unit_key: String,
    pub unit_name: String,
    pub kind: Words,
    pub applied: i64,
    pub vacant: i64,
    pub rows: Vec<u32>,
}

/// How many matters ended in each decision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub pass: usize,
    pub pass_with_statement: usize,
    pub suspend: usize,
}

impl Summary {
    fn add(&mut self, decision: Decision) {
        match decision {
            Decision::Pass => self.pass += 1,
            Decision::PassWithStatement => self.pass_with_statement += 1,
            Decision::Suspend => self.suspend += 1,
        }
    }
    fn cells(self) -> [String; 4] {
        let all = self.pass + self.pass_with_statement + self.suspend;
        [all, self.pass, self.pass_with_statement, self.suspend].map(|n| n.to_string())
    }
}

/// A file of matters and what was decided.
#[derive(Debug, Clone, Serialize)]
pub struct Batch {
    pub file: String,
    pub sheet: Option<String>,
    pub period: String,
    pub run_id: String,
    pub day: String,
    pub summary: Summary,
    pub too_many: Vec<TooMany>,
    pub decisions: Vec<Line>,
}

impl Batch {
    /// Adds up decided lines.
    #[must_use]
    pub fn of(file: &str, sheet: Option<&str>, decisions: Vec<Line>) -> Self {
        let mut batch = Self {
            file: file.to_owned(),
            sheet: sheet.map(str::to_owned),
            period: String::new(),
            run_id: String::new(),
            day: String::new(),
            summary: Summary::default(),
            too_many: too_many(&decisions),
            decisions,
        };
        for line in &batch.decisions {
            batch.summary.add(line.checked.decision);
        }
        if let Some(Line { checked, .. }) = batch.decisions.first() {
            batch.period.clone_from(&checked.facts.period);
            batch.run_id.clone_from(&checked.facts.run_id);
            batch.day.clone_from(&checked.day);
        }
        batch
    }
}

/// Every matter that is not suspended is held against the same vacancy; what they ask for together is added up here.
fn too_many(lines: &[Line]) -> Vec<TooMany> {
    let mut sums: BTreeMap<(String, String), TooMany> = BTreeMap::new();
    for line in lines.iter().filter(|l| l.checked.decision != Decision::Suspend) {
        let facts = &line.checked.facts;
        let (kind, vacant, people, words) = match &line.checked.matter {
            Matter::Entry { quota_type, people } => {
                let own = facts.quota.iter().find(|q| q.bucket == "own" && q.quota_type == *quota_type);
                let Some(own) = own else { continue };
                (quota_type.clone(), own.vacant, *people, own.type_words.clone())
            }
            Matter::Leader { scope, level, class, people } => {
                let post = facts.posts.iter().find(|p| p.scope == *scope && p.level == *level && p.class == *class);
                let Some(post) = post else { continue };
                (format!("{scope}/{level}/{class}"), post.vacant, *people, post.words.clone())
            }
            Matter::NewUnit { .. } | Matter::Rank { .. } => continue,
        };
        let sum = sums.entry((facts.unit.key.clone(), kind)).or_insert_with(|| TooMany {
            unit_key: facts.unit.key.clone(),
            unit_name: facts.unit.name.clone(),
            kind: words,
            applied: 0,
            vacant,
            rows: Vec::new(),
        });
        sum.applied += people;
        sum.rows.push(line.row);
    }
    // A matter that passes although it alone asks too much has a waiver, which says so itself.
    sums.into_values().filter(|sum| sum.rows.len() > 1 && sum.applied > sum.vacant).collect()
}

/// The list as a page: the first table has a line for each decision.
#[must_use]
pub fn page(batch: &Batch, tongue: Tongue) -> Page {
    let t = |zh: &'static str, en: &'static str| tongue.pick(zh, en);
    let mut page = Page {
        title: t("机构编制事项预审一览表", "Pre-check of many matters").to_owned(),
        number: batch.day.clone(),
        none: t("无", "none").to_owned(),
        foot: t(
            "数字取自已发布的核对结果;每项均按同一空编数单独预审。",
            "Figures are those of the published check; each matter is held against the same vacancy by itself.",
        )
        .to_owned(),
        ..Page::default()
    };
    let sheet = batch.sheet.as_ref().map(|name| format!(" [{name}]")).unwrap_or_default();
    page.line(t("文件", "file"), format!("{}{sheet}", batch.file));
    page.line(t("数据期间", "period"), format!("{} ({})", batch.period, batch.run_id));
    let [all, pass, statement, suspend] = batch.summary.cells();
    page.line(
        t("预审意见", "decisions"),
        match tongue {
            Tongue::Zh => format!("共 {all} 项:通过 {pass},附说明通过 {statement},暂停受理 {suspend}"),
            Tongue::En => format!("{all} in all: PASS {pass}, PASS WITH STATEMENT {statement}, SUSPEND {suspend}"),
        },
    );
    page.tables = vec![decisions(batch, tongue), summary(batch, tongue)];
    if !batch.too_many.is_empty() {
        page.tables.push(together(batch, tongue));
    }
    page
}

fn decisions(batch: &Batch, tongue: Tongue) -> Grid {
    let t = |zh: &'static str, en: &'static str| tongue.pick(zh, en);
    let row = |line: &Line| {
        let checked = &line.checked;
        let words = checked.decision.words();
        let reasons = checked.reasons.iter().map(|r| match (r.suspends, r.waived) {
            (true, true) => format!("{}{}", r.words.pick(tongue), t("(已豁免)", " (waived)")),
            _ => r.words.pick(tongue).to_owned(),
        });
        vec![
            line.row.to_string(),
            checked.number.clone(),
            checked.facts.unit.name.clone(),
            matter_words(&checked.matter, Some(checked), tongue),
            checked.application.clone(),
            tongue.pick(words.0, words.1).to_owned(),
            reasons.collect::<Vec<_>>().join(t(";", "; ")),
        ]
    };
    let columns = [
        t("行:number", "row:number"),
        t("编号", "number"),
        t("单位", "unit"),
        t("事项", "matter"),
        t("申请文号", "application"),
        t("预审意见", "decision"),
        t("理由", "reasons"),
    ];
    Grid::new(t("预审意见", "Decisions"), &columns, batch.decisions.iter().map(row).collect())
}

fn summary(batch: &Batch, tongue: Tongue) -> Grid {
    let t = |zh: &'static str, en: &'static str| tongue.pick(zh, en);
    let kinds = [
        (t("进人", "entry"), 0),
        (t("配备领导职务", "leaders"), 1),
        (t("设立下属机构", "new units"), 2),
        (t("调整规格", "change of rank"), 3),
    ];
    let kind_of = |matter: &Matter| match matter {
        Matter::Entry { .. } => 0,
        Matter::Leader { .. } => 1,
        Matter::NewUnit { .. } => 2,
        Matter::Rank { .. } => 3,
    };
    let row = |(name, kind): (&str, i32)| {
        let mut counts = Summary::default();
        for line in batch.decisions.iter().filter(|l| kind_of(&l.checked.matter) == kind) {
            counts.add(line.checked.decision);
        }
        std::iter::once(name.to_owned()).chain(counts.cells()).collect::<Vec<String>>()
    };
    let mut rows: Vec<Vec<String>> = kinds.into_iter().map(row).filter(|cells| cells[1] != "0").collect();
    rows.push(std::iter::once(t("合计", "in all").to_owned()).chain(batch.summary.cells()).collect());
    let columns = [
        t("事项", "matter"),
        t("共:number", "all:number"),
        t("通过:number", "pass:number"),
        t("附说明通过:number", "pass with statement:number"),
        t("暂停受理:number", "suspend:number"),
    ];
    Grid::new(t("汇总", "Summary"), &columns, rows)
}

fn together(batch: &Batch, tongue: Tongue) -> Grid {
    let t = |zh: &'static str, en: &'static str| tongue.pick(zh, en);
    let row = |sum: &TooMany| {
        let rows: Vec<String> = sum.rows.iter().map(ToString::to_string).collect();
        vec![
            sum.unit_name.clone(),
            sum.kind.pick(tongue).to_owned(),
            sum.applied.to_string(),
            sum.vacant.to_string(),
            rows.join(t("、", ", ")),
        ]
    };
    let columns = [
        t("单位", "unit"),
        t("类型", "kind"),
        t("合计申请:number", "applied for in all:number"),
        t("空编:number", "vacant:number"),
        t("行", "rows"),
    ];
    let note = t(
        "各项单独看均可受理,合计超过空编:先批准的占用之后,其余须重新预审。",
        "Each would do by itself; together they ask for more than is vacant. Once some are approved, check the others anew.",
    );
    Grid::new(t("合计超过空编", "More than is vacant together"), &columns, batch.too_many.iter().map(row).collect())
        .note(note)
}

#[cfg(test)]
mod tests {
    use super::super::facts::{Facts, QuotaLine};
    use super::super::problems::Problems;
    use super::*;

    fn line(row: u32, people: i64, decision: Decision) -> Line {
        let quota = QuotaLine { bucket: "own".into(), quota_type: "worker".into(), vacant: 3, ..QuotaLine::default() };
        let checked = Checked {
            number: format!("G-{row}"),
            day: "2026-11-28".into(),
            application: String::new(),
            matter: Matter::Entry { quota_type: "worker".into(), people },
            facts: Facts { quota: vec![quota], ..Facts::default() },
            problems: Problems::default(),
            decision,
            reasons: Vec::new(),
            waiver: None,
        };
        Line { row, logged: None, checked }
    }

    #[test]
    fn matters_that_pass_alone_and_not_together_are_told() {
        let batch = |lines: Vec<Line>| Batch::of("a.csv", None, lines);
        let pass = Decision::Pass;
        let found = batch(vec![line(2, 2, pass), line(3, 2, pass), line(4, 1, Decision::Suspend)]);
        assert_eq!(found.too_many.len(), 1);
        assert_eq!((found.too_many[0].applied, &found.too_many[0].rows[..]), (4, &[2, 3][..]));
        assert_eq!(found.summary, Summary { pass: 2, pass_with_statement: 0, suspend: 1 });
        assert_eq!(batch(vec![line(2, 2, pass), line(3, 1, pass)]).too_many, []);
        // One matter that passes with more than is vacant was waived.
        assert_eq!(batch(vec![line(2, 9, pass)]).too_many, []);
        let page = page(&found, Tongue::En);
        let titles: Vec<&str> = page.tables.iter().map(|g| g.title.as_str()).collect();
        assert_eq!(titles, ["Decisions", "Summary", "More than is vacant together"]);
        assert_eq!(page.tables[1].rows.last().expect("a sum")[1].text, "3");
    }
}
