//! `hedui ledger book`: the three ledgers, and what was filed upward.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::output::{Output, deliver};
use super::{Actor, Office};
use crate::cli::acting::{date, today};
use crate::cli::evidence::digest;
use crate::cli::run::parse_period;
use crate::cli::sheet::tongue;
use crate::cli::text_table::lay_out;
use crate::cli::{Session, put};
use crate::desk::ask::Asking;
use crate::desk::book::cases::{self, Which};
use crate::desk::book::filing::{self, Filing, Stage};
use crate::desk::book::{Quarter, leader_posts};
use crate::desk::self_inspection::round_of;
use crate::desk::units::refused;
use crate::error::{Fault, Result, printable};
use crate::kernel::dates::Month;
use crate::ledger::event::day_text;
use crate::ledger::{Missing, Store, feed};
use crate::publish::published_periods;

#[derive(Debug, Args)]
#[command(
    after_help = "Which cases stand where: self_inspection those that units reported themselves; problems all others, but for classes with
book = \"data\" in the code list (their number is said); leader-posts the published posts with open cases of the rules L.

Examples / 示例:
  hedui ledger book leader-posts --quarter 2026Q3 --from-level deputy_division --format xlsx --to 职数台账.xlsx
  hedui ledger book file --quarter 2026Q3 --from 某县委编办 --to 某市委编办 --document 某编办〔2026〕12号 --book 职数台账.xlsx --by 张三
  hedui ledger book filings --quarter 2026Q3
  hedui ledger book problems --period 2026-10 --format xlsx --to 问题台账.xlsx
  hedui ledger book self-inspection --period 2026-12"
)]
pub struct Book {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Leader posts at the end of a quarter / 领导职数管理台账
    LeaderPosts(LeaderPosts),
    /// Establishment problems of a month / 机构编制问题台账
    Problems(Cases),
    /// Problems that units reported themselves / 自查自纠问题台账
    SelfInspection(Cases),
    /// A quarter's leader posts submitted upward, sent back, or filed / 报送、退回、备案
    File(File),
    /// Who filed what to whom and when; who has not / 备案情况
    Filings(Filings),
}

#[derive(Debug, Args)]
struct LeaderPosts {
    /// Quarter, such as 2026Q3 [default: of the newest published month] / 季度
    #[arg(long)]
    quarter: Option<String>,
    /// The lowest level listed: deputy_division for a city (副县级及以上), deputy_section for a county (副科级及以上) / 最低层次
    #[arg(long, default_value = "deputy_section", value_parser = ["bureau", "division", "deputy_division", "section", "deputy_section", "staff"])]
    from_level: String,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
struct Cases {
    /// Month [default: the newest that a run told of] / 月份
    #[arg(long, alias = "month")]
    period: Option<String>,
    /// Of one round of self-inspection / 自查编号或名称
    #[arg(long)]
    round: Option<String>,
    /// Days overdue as of this day [default: today] / 截至日期
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StageWord {
    Submitted,
    Returned,
    Filed,
}

#[derive(Debug, Args)]
#[command(
    after_help = "submitted (with the book itself) → returned or filed; what was returned may be submitted again."
)]
struct File {
    #[arg(long)]
    quarter: String,
    /// Who files / 报送单位
    #[arg(long)]
    from: String,
    /// To whom / 报送对象
    #[arg(long)]
    to: String,
    /// Number of the document / 文号
    #[arg(long, value_name = "NUMBER")]
    document: String,
    #[arg(long, value_enum, default_value_t = StageWord::Submitted)]
    stage: StageWord,
    /// The book that is filed; its SHA-256 is kept / 台账文件
    #[arg(long, value_name = "FILE")]
    book: Option<PathBuf>,
    #[command(flatten)]
    actor: Actor,
}

#[derive(Debug, Args)]
struct Filings {
    /// Quarter [default: the one before today's] / 季度
    #[arg(long)]
    quarter: Option<String>,
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    #[arg(long)]
    json: bool,
}

pub fn execute(session: &Session, office: &Office<'_>, a: &Book) -> Result<u8> {
    match &a.verb {
        Verb::LeaderPosts(a) => posts(session, office, a),
        Verb::Problems(a) => problems(session, office, a, Which::Problems),
        Verb::SelfInspection(a) => problems(session, office, a, Which::SelfInspection),
        Verb::File(a) => file(session, office, a),
        Verb::Filings(a) => filings(session, office, a),
    }
}

fn posts(session: &Session, office: &Office<'_>, a: &LeaderPosts) -> Result<u8> {
    let published = published_periods(office.out)?;
    let newest = published.last().copied();
    let quarter = match (&a.quarter, newest) {
        (Some(text), _) => Quarter::parse(text)?,
        (None, Some(month)) => Quarter::of(month),
        // Opening says what to do.
        (None, None) => return Asking::open(office.out, None).map(|_| 0),
    };
    let Some(month) = quarter.newest(&published) else {
        let list = published.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        return Err(refused(
            "quarter-not-published",
            &format!("{quarter} 没有已发布的月份"),
            &format!("no month of {quarter} is published"),
            format!("已发布:{list}"),
            format!("published: {list}"),
        ));
    };
    let mut asking = Asking::open(office.out, Some(month))?;
    let before = published.iter().rfind(|m| **m < quarter.first_month());
    let mut before = before.map(|m| Asking::open(office.out, Some(*m))).transpose()?;
    let store = office.ledger.open_existing()?;
    let store = store.as_ref().map(|s| s as &dyn Store);
    let book = leader_posts::book(&mut asking, before.as_mut(), store, quarter, &a.from_level)?;
    let page = leader_posts::page(&book, tongue(session.language));
    deliver(session, &a.output, &page, &book, today())?;
    Ok(0)
}

fn problems(session: &Session, office: &Office<'_>, a: &Cases, which: Which) -> Result<u8> {
    let store = office.open()?;
    let day = a.on.as_deref().map_or(Ok(today()), |t| date("--on", t))?;
    let month = match &a.period {
        Some(text) => parse_period(text)?,
        None => {
            let latest = feed::latest_period(&store)?;
            let this = day_text(today());
            // Returns come after the month that runs told of; a book of this month has them all.
            let latest = if which == Which::SelfInspection || latest.is_empty() { &this[..7] } else { &latest };
            parse_period(latest)?
        }
    };
    let round = a.round.as_deref().map(|r| round_of(&store, Some(r)).map(|r| r.id)).transpose()?;
    let book = cases::book(&store, office.settings(), which, month, round.as_deref(), day)?;
    let page = cases::page(&book, tongue(session.language));
    deliver(session, &a.output, &page, &book, day)?;
    Ok(0)
}

fn file(session: &Session, office: &Office<'_>, a: &File) -> Result<u8> {
    let by = a.actor.who()?;
    let filing = Filing {
        quarter: Quarter::parse(&a.quarter)?.to_string(),
        from: a.from.trim().to_owned(),
        to: a.to.trim().to_owned(),
        stage: match a.stage {
            StageWord::Submitted => Stage::Submitted,
            StageWord::Returned => Stage::Returned,
            StageWord::Filed => Stage::Filed,
        },
        document: a.document.trim().to_owned(),
        on: day_text(by.day),
        by: by.who.clone(),
        book: a.book.as_deref().map(digest).transpose()?,
    };
    let mut store = office.ledger.open(Missing::Make)?;
    let new = filing::log(&mut store, &filing, &by)?;
    let (from, to, quarter, document) = (&filing.from, &filing.to, &filing.quarter, &filing.document);
    let (words, known) =
        (filing.stage.words(), if new { ("", "") } else { ("(台账中已有)", " (in the ledger already)") });
    put(&session.language.pick(
        &format!("{quarter} {from} → {to} {document} {}{}", words.0, known.0),
        &format!("{quarter} {from} → {to} {document} {}{}", words.1, known.1),
    ));
    Ok(0)
}

fn filings(session: &Session, office: &Office<'_>, a: &Filings) -> Result<u8> {
    let day = a.on.as_deref().map_or(Ok(today()), |t| date("--on", t))?;
    let this = Month::parse(&day_text(day)[..7]).unwrap_or(Month(0));
    let quarter = a.quarter.as_deref().map_or(Ok(Quarter::of(this.plus(-3))), Quarter::parse)?;
    let lines = filing::lines(&office.open()?, quarter, day)?;
    if a.json {
        let data = json!({"quarter": quarter.to_string(), "on": day_text(day), "offices": lines});
        put(&serde_json::to_string_pretty(&data).map_err(|e| Fault::Internal(e.to_string()))?);
        return Ok(0);
    }
    let tongue = tongue(session.language);
    let titles = [
        ("报送单位", "from"),
        ("报送对象", "to"),
        ("状态", "stage"),
        ("文号", "document"),
        ("日期", "on"),
        ("应报", "due"),
        ("逾期", "late"),
    ];
    let header: Vec<String> = titles.iter().map(|(zh, en)| tongue.pick(zh, en).to_owned()).collect();
    let row = |l: &filing::Line| {
        let f = l.filing.as_ref();
        let words = f.map_or(("未报送", "not submitted"), |f| f.stage.words());
        let text = |pick: fn(&Filing) -> &String| f.map(|f| printable(pick(f))).unwrap_or_default();
        vec![
            printable(&l.from),
            text(|f| &f.to),
            tongue.pick(words.0, words.1).to_owned(),
            text(|f| &f.document),
            text(|f| &f.on),
            l.due.clone(),
            l.days_late.map(|d| d.to_string()).unwrap_or_default(),
        ]
    };
    put(&format!("{quarter}\n{}", lay_out(&header, &lines.iter().map(row).collect::<Vec<_>>(), &[6])));
    Ok(0)
}
