//! What people decide. Several cases may be named: all of them move, or none.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Acting, Ledger, by, closings, date, links, refuse};
use crate::cli::evidence::digest;
use crate::cli::{Session, put};
use crate::error::Result;
use crate::kernel::money::read_money;
use crate::ledger::state::permitted;
use crate::ledger::{Case, Expected, Form, Move, Store, act, feed};

#[derive(Debug, Args)]
pub struct Simple {
    /// Numbers of cases / 问题编号
    #[arg(required = true)]
    cases: Vec<String>,
    /// Why / 理由
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    #[command(flatten)]
    acting: Acting,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Finding {
    Confirmed,
    Partly,
    Not,
    DataError,
}

#[derive(Debug, Args)]
#[command(after_help = "Reasons of `--is not` / 不属实的理由代码:
  lawful_absence, approved_exemption, policy_placement    excused by --document until --until; published as explained
  not_the_same_person, not_the_same_unit, already_settled, rule_misfit, timing, other
                                                          quiet until the facts change

A link (L-…, see person_links and unit_links) is judged with --same or --different; --undo takes it back.")]
pub struct Verdict {
    /// Numbers of cases, or one link / 问题编号或匹配编号
    #[arg(required = true)]
    cases: Vec<String>,
    /// What checking found / 核查结论
    #[arg(long = "is", value_enum, conflicts_with_all = ["same", "different", "undo"], required_unless_present_any = ["same", "different", "undo"])]
    is: Option<Finding>,
    /// Code of the reason, with `--is not` / 不属实理由代码
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
    /// The document that excuses / 文号
    #[arg(long, value_name = "NUMBER")]
    document: Option<String>,
    /// Last day on which it excuses / 有效期至
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// Of a link: the two rows are the same / 判定为同一人或同一单位
    #[arg(long, conflicts_with = "different")]
    same: bool,
    /// Of a link: they are not / 判定为不同
    #[arg(long, conflicts_with = "undo")]
    different: bool,
    /// Of a link: takes an earlier judgement back / 撤销判定
    #[arg(long, conflicts_with = "same")]
    undo: bool,
    /// Why / 理由
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    #[command(flatten)]
    acting: Acting,
}

#[derive(Debug, Args)]
pub struct Transfer {
    #[arg(required = true)]
    cases: Vec<String>,
    /// To whom / 移送机关
    #[arg(long, value_name = "AUTHORITY")]
    to: Option<String>,
    /// By which document / 函号
    #[arg(long, value_name = "NUMBER")]
    document: Option<String>,
    /// Reply by / 回复期限
    #[arg(long, value_name = "DATE")]
    reply_by: Option<String>,
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    #[command(flatten)]
    acting: Acting,
}

#[derive(Debug, Args)]
pub struct Assign {
    #[arg(required = true)]
    cases: Vec<String>,
    /// By which document / 交办函号
    #[arg(long, value_name = "NUMBER")]
    document: Option<String>,
    /// Who is in charge / 责任人
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// What is to be done / 整改措施
    #[arg(long, value_name = "TEXT")]
    measure: Option<String>,
    /// Deadline [default: the pipeline's number of days] / 整改时限
    #[arg(long, value_name = "DATE")]
    due: Option<String>,
    /// A complex matter: the longer default / 复杂问题
    #[arg(long)]
    complex: bool,
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    #[command(flatten)]
    acting: Acting,
}

#[derive(Debug, Args)]
pub struct Update {
    #[arg(required = true)]
    cases: Vec<String>,
    /// What was done / 进展情况
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// A reminder that was given: phone, written, letter, second_letter, circular, suspend / 已采取的督办措施
    #[arg(long, value_name = "STEP")]
    step: Option<String>,
    #[arg(long, value_name = "NUMBER")]
    document: Option<String>,
    /// Money got back, yuan / 追回金额(元)
    #[arg(long, value_name = "YUAN")]
    recovered: Option<String>,
    /// What was done to those responsible / 处理情况
    #[arg(long, value_name = "TEXT")]
    sanction: Option<String>,
    /// The document by which a transfer was answered, ours or theirs / 复函文号
    #[arg(long, value_name = "NUMBER")]
    reply: Option<String>,
    /// Another class / 改类别
    #[arg(long)]
    class: Option<String>,
    /// Another person in charge / 改责任人
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// The step of the long-term plan that was met, by its day / 已达成的年度目标
    #[arg(long, value_name = "DATE")]
    met: Option<String>,
    #[command(flatten)]
    acting: Acting,
}

#[derive(Debug, Args)]
pub struct Extend {
    #[arg(required = true)]
    cases: Vec<String>,
    /// The new deadline / 新时限
    #[arg(long, value_name = "DATE")]
    due: Option<String>,
    /// The document that approves it / 批准文号
    #[arg(long, value_name = "NUMBER")]
    document: Option<String>,
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    #[command(flatten)]
    acting: Acting,
}

#[derive(Debug, Args)]
pub struct Plan {
    #[arg(required = true)]
    cases: Vec<String>,
    #[arg(long, value_name = "NUMBER")]
    document: Option<String>,
    /// A yearly target; again for each / 年度目标,可多次
    #[arg(long = "target", value_name = "DATE=TEXT")]
    targets: Vec<String>,
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    #[command(flatten)]
    acting: Acting,
}

#[derive(Debug, Args)]
pub struct RequestClose {
    #[arg(required = true)]
    cases: Vec<String>,
    /// The file that shows it; its SHA-256 is kept / 整改证据文件
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    /// Who put it right: unit, supervisor or office / 层级
    #[arg(long)]
    level: Option<String>,
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    #[command(flatten)]
    acting: Acting,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Levels are those of accept_after (before acceptance) and close_after (between acceptance and closing) in [ledger]; they sign in
their order, each by somebody who has not signed yet.

Example / 示例:
  hedui ledger endorse tip_off-JB-1 --level supervisor --document 某教函〔2026〕3号 --by 王五"
)]
pub struct Endorse {
    #[arg(required = true)]
    cases: Vec<String>,
    /// The level that signs / 审核层级
    #[arg(long)]
    level: Option<String>,
    /// Its document / 文号
    #[arg(long, value_name = "NUMBER")]
    document: Option<String>,
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    #[command(flatten)]
    acting: Acting,
}

#[derive(Debug, Args)]
pub struct Close {
    #[arg(required = true)]
    cases: Vec<String>,
    /// Put right at once after the assignment: provisional until the data shows it / 立行立改
    #[arg(long, requires = "evidence")]
    at_once: bool,
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    #[arg(long)]
    level: Option<String>,
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    #[command(flatten)]
    acting: Acting,
}

fn form(why: Option<&String>) -> Form {
    Form { why: why.cloned().unwrap_or_default(), ..Form::default() }
}

fn maybe_date(option: &str, text: Option<&String>) -> Result<Option<i32>> {
    text.map(|t| date(option, t)).transpose()
}

/// Makes a move on every named case, all or none, and says where they stand.
fn make(
    session: &Session,
    ledger: &Ledger,
    ids: &[String],
    acting: &Acting,
    form: Form,
    choose: impl Fn(&Case) -> Move,
) -> Result<u8> {
    let by = by(acting)?;
    let mut store = ledger.open()?;
    let form = Form { latest_period: feed::latest_period(&store)?, ..form };
    let (mut events, mut expected) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    for id in ids.iter().filter(|id| seen.insert(id.as_str())) {
        let case = store.case(id)?.unwrap_or_else(|| Case::new(id));
        events.push(act(&case, choose(&case), &form, &by, ledger.settings())?);
        expected.push(Expected { case: id.clone(), events: case.events });
    }
    store.append(&events, &expected)?;
    let mut ended = BTreeSet::new();
    for event in &events {
        let Some(case) = store.case(&event.case)? else { continue };
        ended.extend(case.opening.unit_key.clone().filter(|_| !case.state.is_open()));
        let (did, state) = (event.what.words(), case.state.words());
        let due = case.due.as_deref().filter(|_| case.state.is_open() && !case.state.awaits_data());
        let (zh, en) = due.map_or((String::new(), String::new()), |d| (format!(",时限 {d}"), format!(", due {d}")));
        put(&session.language.pick(
            &format!("{}  {} → {}{zh}", case.id, did.0, state.0),
            &format!("{}  {} → {}{en}", case.id, did.1, state.1),
        ));
    }
    closings::look_again(session, &ledger.out, &mut store, &ended, &by)?;
    Ok(0)
}

pub fn simple(session: &Session, ledger: &Ledger, a: &Simple, what: Move) -> Result<u8> {
    make(session, ledger, &a.cases, &a.acting, form(a.why.as_ref()), |_| what)
}

pub fn verdict(session: &Session, ledger: &Ledger, a: &Verdict) -> Result<u8> {
    let Some(is) = a.is else {
        let same = if a.undo { None } else { Some(a.same) };
        return links::judge(session, ledger, &a.cases, same, a.why.as_deref(), &a.acting);
    };
    let what = match is {
        Finding::Confirmed => Move::Confirm,
        Finding::Partly => Move::ConfirmPartly,
        Finding::Not => Move::Reject,
        Finding::DataError => Move::DataError,
    };
    let form = Form {
        reason_code: a.reason.clone(),
        document: a.document.clone(),
        until: maybe_date("--until", a.until.as_ref())?,
        ..form(a.why.as_ref())
    };
    make(session, ledger, &a.cases, &a.acting, form, |_| what)
}

pub fn transfer(session: &Session, ledger: &Ledger, a: &Transfer) -> Result<u8> {
    let form = Form {
        to: a.to.clone(),
        document: a.document.clone(),
        reply_by: maybe_date("--reply-by", a.reply_by.as_ref())?,
        ..form(a.why.as_ref())
    };
    make(session, ledger, &a.cases, &a.acting, form, |_| Move::Transfer)
}

pub fn assign(session: &Session, ledger: &Ledger, a: &Assign) -> Result<u8> {
    let form = Form {
        document: a.document.clone(),
        owner: a.owner.clone(),
        measure: a.measure.clone(),
        due: maybe_date("--due", a.due.as_ref())?,
        complex: a.complex,
        ..form(a.why.as_ref())
    };
    make(session, ledger, &a.cases, &a.acting, form, |_| Move::Assign)
}

/// Progress where the case is being put right, a reminder with `--step`, a note anywhere else.
pub fn update(session: &Session, ledger: &Ledger, a: &Update) -> Result<u8> {
    let recovered = match &a.recovered {
        None => None,
        Some(text) => match read_money(text, 1) {
            Ok(Some(fen)) if fen >= 0 => Some(fen),
            _ => {
                let (zh, en) =
                    (format!("--recovered:“{text}”不是金额"), format!("--recovered: {text} is no amount of yuan"));
                return Err(refuse("bad-amount", zh, en));
            }
        },
    };
    let why = a.why.clone().or_else(|| a.sanction.clone()).or_else(|| a.step.clone()).unwrap_or_default();
    let why = if why.is_empty()
        && (recovered.is_some() || a.class.is_some() || a.owner.is_some() || a.met.is_some() || a.reply.is_some())
    {
        "更新".to_owned()
    } else {
        why
    };
    let form = Form {
        step: a.step.clone(),
        document: a.document.clone(),
        recovered,
        sanction: a.sanction.clone(),
        class: a.class.clone(),
        owner: a.owner.clone(),
        met: maybe_date("--met", a.met.as_ref())?,
        reply: a.reply.clone(),
        ..form(Some(&why))
    };
    let remind = a.step.is_some();
    make(session, ledger, &a.cases, &a.acting, form, |case| match () {
        () if remind => Move::Remind,
        () if permitted(case.state, Move::Progress).is_some() => Move::Progress,
        () => Move::Note,
    })
}

pub fn extend(session: &Session, ledger: &Ledger, a: &Extend) -> Result<u8> {
    let form = Form { document: a.document.clone(), due: maybe_date("--due", a.due.as_ref())?, ..form(a.why.as_ref()) };
    make(session, ledger, &a.cases, &a.acting, form, |_| Move::Extend)
}

pub fn plan(session: &Session, ledger: &Ledger, a: &Plan) -> Result<u8> {
    let mut targets = Vec::new();
    for text in &a.targets {
        let Some((day, target)) = text.split_once('=').filter(|(_, t)| !t.trim().is_empty()) else {
            let (zh, en) = (
                format!("--target:“{text}”应写成 2027-12-31=目标"),
                format!("--target: write {text} as 2027-12-31=TEXT"),
            );
            return Err(refuse("bad-target", zh, en));
        };
        targets.push((date("--target", day)?, target.trim().to_owned()));
    }
    let form = Form { document: a.document.clone(), targets, ..form(a.why.as_ref()) };
    make(session, ledger, &a.cases, &a.acting, form, |_| Move::Plan)
}

pub fn request_close(session: &Session, ledger: &Ledger, a: &RequestClose) -> Result<u8> {
    let file = a.evidence.as_deref().map(digest).transpose()?;
    let form = Form { file, level: a.level.clone(), ..form(a.why.as_ref()) };
    make(session, ledger, &a.cases, &a.acting, form, |_| Move::RequestClose)
}

pub fn endorse(session: &Session, ledger: &Ledger, a: &Endorse) -> Result<u8> {
    let form = Form { level: a.level.clone(), document: a.document.clone(), ..form(a.why.as_ref()) };
    make(session, ledger, &a.cases, &a.acting, form, |_| Move::Endorse)
}

pub fn close(session: &Session, ledger: &Ledger, a: &Close) -> Result<u8> {
    let file = a.evidence.as_deref().map(digest).transpose()?;
    let form = Form { file, level: a.level.clone(), ..form(a.why.as_ref()) };
    let what = if a.at_once { Move::CloseAtOnce } else { Move::Close };
    make(session, ledger, &a.cases, &a.acting, form, |_| what)
}
