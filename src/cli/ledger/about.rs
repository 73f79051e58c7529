//! `hedui ledger link`: which unit or person a case is about, where import could only propose; and `hedui ledger transfers`.

use clap::Args;
use serde_json::json;

use super::{Acting, Format, Ledger, by, date, json, refuse, today};
use crate::cli::text_table::lay_out;
use crate::cli::{Session, put};
use crate::desk::ask::Asking;
use crate::desk::finder;
use crate::desk::units::Units;
use crate::error::{Result, printable};
use crate::ledger::body::Proposal;
use crate::ledger::event::day_of;
use crate::ledger::{Case, Expected, Filter, Form, Move, State, Store, act};

#[derive(Debug, Args)]
#[command(after_help = "Without a case: those that wait, with what is proposed, and those whose unit was not found.

Examples / 示例:
  hedui ledger link
  hedui ledger link tip_off-JB-1 --unit U0295b7d8a384 --by 张三
  hedui ledger link tip_off-JB-1 --person P005eae5c5996dfd250ec --by 张三
  hedui ledger link tip_off-JB-1 --no-person --by 张三")]
pub struct Link {
    /// Number of the case / 问题编号
    case: Option<String>,
    /// The unit it is about: key, code, credit code or whole name / 单位
    #[arg(long, requires = "case", conflicts_with = "no_unit")]
    unit: Option<String>,
    /// The person it is about: a person_key / 人员主键
    #[arg(long, requires = "case", conflicts_with = "no_person")]
    person: Option<String>,
    /// None of the units proposed is meant / 均非所指单位
    #[arg(long, requires = "case")]
    no_unit: bool,
    /// None of the persons proposed is meant / 均非所指人员
    #[arg(long, requires = "case")]
    no_person: bool,
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    acting: Acting,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Out: cases passed on to another authority, with the day by which it answers. In: what others passed on and want an answer to.
A reply is written down with `hedui ledger update CASE --reply NUMBER`.

Examples / 示例:
  hedui ledger transfers
  hedui ledger transfers --overdue --format csv"
)]
pub struct Transfers {
    /// Only those whose reply is overdue / 只列逾期未复
    #[arg(long)]
    overdue: bool,
    /// As of this day [default: today] / 截至日期
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

pub fn link(session: &Session, ledger: &Ledger, a: &Link) -> Result<u8> {
    let Some(id) = &a.case else { return waiting(session, ledger, a.format) };
    let mut linked = Vec::new();
    let proposal =
        |kind: &str, key: String, name: String, how: &str| Proposal { kind: kind.into(), key, name, how: how.into() };
    let mut asking = None;
    if a.unit.is_some() || a.person.is_some() {
        asking = Some(Asking::open(&ledger.out, None)?);
    }
    if let (Some(text), Some(asking)) = (&a.unit, &mut asking) {
        let units = Units::read(asking)?;
        let unit = units.find(text)?;
        linked.push(proposal("unit", unit.key.clone(), unit.name.clone(), "by-hand"));
    }
    if let (Some(key), Some(asking)) = (&a.person, &mut asking) {
        let Some(name) = finder::persons_of(asking, std::slice::from_ref(key))?.remove(key) else {
            let (zh, en) = (format!("没有人员 {key}"), format!("no person has the key {key}"));
            return Err(refuse("unknown-person", zh, en));
        };
        linked.push(proposal("person", key.clone(), name, "by-hand"));
    }
    if a.no_unit {
        linked.push(proposal("unit", String::new(), String::new(), "by-hand"));
    }
    if a.no_person {
        linked.push(proposal("person", String::new(), String::new(), "by-hand"));
    }
    if linked.is_empty() {
        let (zh, en) =
            ("加 --unit、--person、--no-unit 或 --no-person", "add --unit, --person, --no-unit or --no-person");
        return Err(refuse("nothing-to-link", zh.to_owned(), en.to_owned()));
    }
    let by = by(&a.acting)?;
    let mut store = ledger.open()?;
    let case = store.case(id)?.unwrap_or_else(|| Case::new(id));
    let why = a.why.clone().unwrap_or_else(|| "确认所指单位、人员".to_owned());
    let mut events = Vec::new();
    for linked in linked {
        let form = Form { why: why.clone(), linked: Some(linked), ..Form::default() };
        events.push(act(&case, Move::Note, &form, &by, ledger.settings())?);
    }
    store.append(&events, &[Expected { case: id.clone(), events: case.events }])?;
    if let Some(case) = store.case(id)? {
        let about =
            [case.opening.unit_name, case.opening.person_name].into_iter().flatten().collect::<Vec<_>>().join(" ");
        put(&printable(&format!("{id}  {about}")));
    }
    Ok(0)
}

fn waiting(session: &Session, ledger: &Ledger, format: Format) -> Result<u8> {
    let mut rows = Vec::new();
    let states = State::all().filter(|s| s.is_open()).collect();
    ledger.open()?.cases(&Filter { states, ..Filter::default() }, &mut |case| {
        let o = &case.opening;
        let lost = o.unit_key.is_none() && o.unit_name.is_some() && !o.proposed.iter().any(|p| p.kind == "unit");
        if o.source != "comparison" && (lost || !o.proposed.is_empty()) {
            rows.push(json!({"case": case.id, "said_unit": o.unit_name, "person_name": o.person_name,
                "unit_key": o.unit_key, "proposed": o.proposed}));
        }
        Ok(())
    })?;
    match format {
        Format::Json => put(&json(&rows)?),
        Format::Csv | Format::Table => {
            let t = |zh: &str, en: &str| session.language.pick(zh, en);
            let header =
                vec![t("编号", "case"), t("所写单位", "unit as written"), t("人员", "person"), t("候选", "proposed")];
            let text = |v: &serde_json::Value| v.as_str().map(printable).unwrap_or_default();
            let row = |r: &serde_json::Value| {
                let list = r["proposed"].as_array().into_iter().flatten();
                let list: Vec<String> =
                    list.map(|p| format!("{} {} ({})", text(&p["key"]), text(&p["name"]), text(&p["how"]))).collect();
                let none = t("未找到", "not found");
                vec![
                    text(&r["case"]),
                    text(&r["said_unit"]),
                    text(&r["person_name"]),
                    if list.is_empty() { none } else { list.join("; ") },
                ]
            };
            let rows: Vec<Vec<String>> = rows.iter().map(row).collect();
            put(&lay_out(&header, &rows, &[]));
        }
    }
    Ok(0)
}

pub fn transfers(session: &Session, ledger: &Ledger, a: &Transfers) -> Result<u8> {
    let day = a.on.as_deref().map_or(Ok(today()), |t| date("--on", t))?;
    let mut rows = Vec::new();
    ledger.open()?.cases(&Filter::default(), &mut |case| {
        let reply = case.replies.last().cloned();
        let late = |by: Option<&str>, open: bool| {
            by.and_then(day_of).filter(|by| open && day > *by).map(|by| day - by)
        };
        let mut push = |way: &str, other: &str, document: &str, by: Option<&str>, open: bool| {
            let late = late(by, open);
            if !a.overdue || late.is_some() {
                rows.push(json!({"case": case.id, "way": way, "authority": other, "document": document, "reply_by": by,
                    "days_overdue": late, "reply": reply.as_ref().map(|r| &r.0), "replied_on": reply.as_ref().map(|r| &r.1),
                    "state": case.state.name(), "unit_name": case.opening.unit_name}));
            }
        };
        if let Some(t) = &case.transfer {
            // An extension moves the day; whoever answered is not waited for.
            let by = if case.state == State::Transferred { case.due.as_deref() } else { Some(t.reply_by.as_str()) };
            push("out", &t.to, &t.document, by, case.state == State::Transferred && reply.is_none());
        }
        if let Some(p) = &case.opening.passed_on {
            push("in", &p.from, &p.document, p.reply_by.as_deref(), reply.is_none());
        }
        Ok(())
    })?;
    match a.format {
        Format::Json => put(&json(&rows)?),
        Format::Csv => {
            let columns = [
                "case",
                "way",
                "authority",
                "document",
                "reply_by",
                "days_overdue",
                "reply",
                "replied_on",
                "state",
                "unit_name",
            ];
            put(super::lists::csv(&columns, &rows)?.trim_end());
        }
        Format::Table => {
            let t = |zh: &str, en: &str| session.language.pick(zh, en);
            let header = vec![
                t("编号", "case"),
                t("方向", "way"),
                t("机关", "authority"),
                t("文号", "document"),
                t("应复", "reply by"),
                t("逾期", "overdue"),
                t("复函", "reply"),
            ];
            let text = |v: &serde_json::Value| v.as_str().map(printable).unwrap_or_default();
            let row = |r: &serde_json::Value| {
                let way = if r["way"] == "out" { t("移出", "out") } else { t("转入", "in") };
                let late = r["days_overdue"].as_i64().map(|n| n.to_string()).unwrap_or_default();
                vec![
                    text(&r["case"]),
                    way,
                    text(&r["authority"]),
                    text(&r["document"]),
                    text(&r["reply_by"]),
                    late,
                    text(&r["reply"]),
                ]
            };
            let rows: Vec<Vec<String>> = rows.iter().map(row).collect();
            put(&lay_out(&header, &rows, &[5]));
        }
    }
    Ok(0)
}
