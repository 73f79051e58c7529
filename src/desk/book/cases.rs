//! 机构编制问题台账 and 自查自纠问题台账: cases with all that DOMAIN J asks of a row, each with its number and its events.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::desk::checks::results::Outcome;
use crate::desk::page::{Grid, Page};
use crate::desk::{Tongue, Words};
use crate::error::Result;
use crate::kernel::dates::Month;
use crate::kernel::money::format_yuan;
use crate::ledger::classes::{parent, source_words};
use crate::ledger::{Case, Filter, Settings, Store};

/// Which of the two books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    Problems,
    SelfInspection,
}

impl Which {
    #[must_use]
    pub fn title(self) -> Words {
        match self {
            Self::Problems => Words::new("机构编制问题台账", "Ledger of establishment problems"),
            Self::SelfInspection => Words::new("自查自纠问题台账", "Ledger of self-inspection"),
        }
    }
    fn holds(self, case: &Case, settings: &Settings) -> bool {
        let own = case.opening.source == "self_inspection";
        let in_book = settings.classes.get(parent(&case.opening.class)).is_none_or(|c| c.in_book);
        match self {
            Self::Problems => !own && in_book,
            Self::SelfInspection => own,
        }
    }
}

/// One problem, one row (一事一账).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    pub case: String,
    pub class: Words,
    /// The item, where the class has items and the case one of them.
    pub item: Words,
    pub source: Words,
    pub reference: String,
    pub rule: String,
    pub severity: String,
    pub unit_key: String,
    pub unit_name: String,
    pub person: String,
    pub fact: Words,
    /// Fen, as last seen.
    pub amount: Option<i64>,
    pub legal_basis: String,
    /// Old or new: as whoever told of it said, else by the month it was opened.
    pub is_new: bool,
    pub opened_on: String,
    pub measure: String,
    /// Who promised, was given it, asked, signed, accepted, closed.
    pub chain: Vec<String>,
    pub due: String,
    pub days_overdue: Option<i32>,
    pub extensions: usize,
    pub state: Words,
    pub evidence: String,
    pub recovered: i64,
    pub sanctions: Vec<String>,
    pub closed_on: String,
    /// What another look at the closed case found.
    pub look_back: String,
    pub events: u32,
    /// Numbers of its events in the ledger.
    pub event_numbers: Vec<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Book {
    pub which: Which,
    pub period: String,
    pub round: Option<String>,
    pub open: usize,
    pub new: usize,
    pub closed: usize,
    pub overdue: usize,
    /// Cases of classes that are kept out of the book of problems.
    pub left_out: usize,
    pub rows: Vec<Row>,
}

/// The book of a month: what was open at its end, and what was closed or found to be unfounded in it; states are those of now.
///
/// # Errors
/// What reading the ledger may give.
pub fn book(
    store: &dyn Store,
    settings: &Settings,
    which: Which,
    month: Month,
    round: Option<&str>,
    day: i32,
) -> Result<Book> {
    let mut looks: BTreeMap<String, String> = BTreeMap::new();
    store.records("inspection", &mut |record| {
        if let Some(Ok(o)) = record.record.map(serde_json::from_value::<Outcome>) {
            looks.insert(o.key, format!("{} {}", o.checked_on, if o.problem { "发现问题" } else { "未发现问题" }));
        }
        Ok(())
    })?;
    let period = month.to_string();
    let (mut cases, mut left_out) = (Vec::new(), 0);
    store.cases(&Filter::default(), &mut |case| {
        let turned = case.turns.iter().any(|(m, _)| *m == period);
        let there = case.is_open_at(&period) || turned;
        let of_round = round.is_none_or(|r| case.opening.reference.as_deref() == Some(r));
        if there && of_round {
            if which.holds(&case, settings) {
                cases.push(case);
            } else if which == Which::Problems && case.opening.source != "self_inspection" {
                left_out += 1;
            }
        }
        Ok(())
    })?;
    cases.sort_by(|a, b| {
        let key = |c: &Case| {
            (parent(&c.opening.class).to_owned(), c.opening.class.clone(), c.opening.unit_name.clone(), c.id.clone())
        };
        key(a).cmp(&key(b))
    });
    let mut rows = Vec::with_capacity(cases.len());
    for case in &cases {
        let numbers = store.events_of(&case.id)?.iter().map(|e| e.seq).collect();
        rows.push(row(case, settings, &period, day, looks.get(&case.id), numbers));
    }
    Ok(Book {
        which,
        open: cases.iter().filter(|c| c.is_open_at(&period)).count(),
        new: rows.iter().filter(|r| r.is_new).count(),
        closed: cases.iter().filter(|c| !c.is_open_at(&period)).count(),
        overdue: rows.iter().filter(|r| r.days_overdue.is_some()).count(),
        period,
        round: round.map(str::to_owned),
        left_out,
        rows,
    })
}

fn row(case: &Case, settings: &Settings, period: &str, day: i32, look: Option<&String>, numbers: Vec<i64>) -> Row {
    let o = &case.opening;
    let word = |text: &Option<String>| text.clone().unwrap_or_default();
    let class = |code: &str| {
        settings.classes.get(code).map_or(Words::new(code, code), |c| Words::new(c.zh.clone(), c.en.clone()))
    };
    let source = source_words(&o.source);
    let state = case.state.words();
    let promise = o.promise.clone().unwrap_or_default();
    let assigned = case.assignment.as_ref();
    let mut chain = Vec::new();
    let mut link = |what: &str, who: &str| {
        if !who.is_empty() {
            chain.push(format!("{what} {who}"));
        }
    };
    link("责任人", assigned.map_or(promise.owner.as_str(), |a| a.owner.as_str()));
    link("交办", case.assigned.as_ref().map_or("", |s| s.who.as_str()));
    link("申请", case.requested.as_ref().map_or("", |s| s.who.as_str()));
    for e in &case.endorsed {
        link(&e.level, &e.who);
    }
    link("验收", case.accepted.as_ref().map_or("", |s| s.who.as_str()));
    link("销号", case.closed.as_ref().map_or("", |s| s.who.as_str()));
    Row {
        class: class(parent(&o.class)),
        item: if o.class.contains('.') { class(&o.class) } else { Words::default() },
        source: Words::new(source.0, source.1),
        reference: word(&o.reference),
        rule: word(&o.rule),
        severity: o.severity.clone(),
        unit_key: word(&o.unit_key),
        unit_name: word(&o.unit_name),
        person: word(&o.person_name),
        fact: Words::new(o.fact_zh.clone(), o.fact_en.clone()),
        amount: case.last_seen().and_then(|(_, look)| look.amount),
        legal_basis: o.legal_basis.clone(),
        is_new: o.origin.as_deref().map_or(case.opened_month == period, |origin| origin == "new"),
        opened_on: case.opened.day.clone(),
        measure: assigned.map_or(promise.measure, |a| a.measure.clone()),
        chain,
        due: case.due.clone().or(promise.due).filter(|_| case.state.is_open()).unwrap_or_default(),
        days_overdue: case.days_overdue(day),
        extensions: case.extensions.len(),
        state: Words::new(state.0, state.1),
        evidence: case.evidence.as_ref().map(|f| f.name.clone()).unwrap_or_default(),
        recovered: case.recovered,
        sanctions: case.sanctions.clone(),
        closed_on: case.closed.as_ref().filter(|_| case.state.is_closed()).map(|s| s.day.clone()).unwrap_or_default(),
        look_back: look.cloned().unwrap_or_default(),
        events: case.events,
        event_numbers: numbers,
        case: case.id.clone(),
    }
}

/// The book as it is printed.
#[must_use]
pub fn page(book: &Book, tongue: Tongue) -> Page {
    let t = |zh: &'static str, en: &'static str| tongue.pick(zh, en);
    let title = book.which.title();
    let mut page = Page {
        title: title.pick(tongue).to_owned(),
        number: book.period.clone(),
        none: t("无", "none").to_owned(),
        ..Page::default()
    };
    page.line(t("期间", "period"), book.period.clone());
    if let Some(round) = &book.round {
        page.line(t("自查", "round"), round.clone());
    }
    page.line(
        t("件数", "cases"),
        format!(
            "{} {},{} {},{} {},{} {}",
            t("期末未销号", "open at its end"),
            book.open,
            t("新增", "new"),
            book.new,
            t("本期销号或不属实", "closed or unfounded in it"),
            book.closed,
            t("逾期", "overdue"),
            book.overdue
        ),
    );
    if book.left_out > 0 {
        let text = format!(
            "{} {}",
            book.left_out,
            t("件,属数据质量等类别,不入本台账", "cases of classes that are kept out of this book")
        );
        page.line(t("另有", "besides"), text);
    }
    let yuan = |fen: i64| if fen == 0 { String::new() } else { format_yuan(fen) };
    let row = |(n, r): (usize, &Row)| {
        let pick = |w: &Words| w.pick(tongue).to_owned();
        vec![
            n.to_string(),
            r.case.clone(),
            pick(&r.class),
            pick(&r.item),
            [pick(&r.source), r.reference.clone()].join(" ").trim().to_owned(),
            r.rule.clone(),
            r.severity.clone(),
            r.unit_name.clone(),
            r.person.clone(),
            pick(&r.fact),
            r.amount.map(yuan).unwrap_or_default(),
            r.legal_basis.clone(),
            if r.is_new { t("新增", "new") } else { t("存量", "old") }.to_owned(),
            r.measure.clone(),
            r.chain.join(";"),
            r.due.clone(),
            r.days_overdue.map(|d| d.to_string()).unwrap_or_default(),
            r.extensions.to_string(),
            pick(&r.state),
            r.evidence.clone(),
            yuan(r.recovered),
            r.sanctions.join(";"),
            r.closed_on.clone(),
            r.look_back.clone(),
            r.events.to_string(),
        ]
    };
    let columns = [
        t("序号:number", "no.:number"),
        t("编号", "case"),
        t("类别", "class"),
        t("事项", "item"),
        t("来源", "source"),
        t("规则", "rule"),
        t("级别", "severity"),
        t("单位", "unit"),
        t("人员", "person"),
        t("事实", "fact"),
        t("金额", "amount"),
        t("依据", "legal basis"),
        t("存量/新增", "old or new"),
        t("措施", "measure"),
        t("责任链", "who"),
        t("时限", "due"),
        t("逾期:number", "overdue:number"),
        t("延期:number", "extended:number"),
        t("状态", "state"),
        t("证据", "evidence"),
        t("追回", "recovered"),
        t("处理", "sanctions"),
        t("销号日期", "closed on"),
        t("回头看", "look back"),
        t("事件数:number", "events:number"),
    ];
    let note = t("以 hedui ledger show 编号 查看全过程。", "hedui ledger show ID shows the whole history.");
    let rows = (1..).zip(&book.rows).map(row).collect();
    page.tables.push(Grid::new(title.pick(tongue), &columns, rows).note(note));
    page
}
