//! The states of a case and every move between them: DOMAIN J as one table.
//!
//! What is not in [`MOVES`] is refused, by people's commands and by the store alike.

use serde::{Deserialize, Serialize};

/// Where a case stands. `Record` is for streams that are no case: runs, judgements, gate decisions, draws.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Before its first event.
    #[default]
    None,
    Suspicion,
    Checking,
    Confirmed,
    PartlyConfirmed,
    NotConfirmed,
    DataError,
    Transferred,
    Assigned,
    Rectifying,
    CloseRequested,
    Accepted,
    Closed,
    /// 立行立改: closed at once; final only when the data shows it.
    ClosedProvisional,
    Returned,
    Reopened,
    LongTerm,
    Record,
}

/// State, its name as data, its code in DOMAIN J, Chinese and English.
const STATES: &[(State, &str, &str, &str, &str)] = &[
    (State::None, "none", "", "无", "none"),
    (State::Suspicion, "suspicion", "ST0", "疑点", "suspicion"),
    (State::Checking, "checking", "ST1", "核查中", "being checked"),
    (State::Confirmed, "confirmed", "ST1a", "属实", "confirmed"),
    (State::PartlyConfirmed, "partly_confirmed", "ST1b", "部分属实", "partly confirmed"),
    (State::NotConfirmed, "not_confirmed", "ST1c", "不属实", "not confirmed"),
    (State::DataError, "data_error", "ST1d", "数据错误", "error in the data"),
    (State::Transferred, "transferred", "ST1e", "已移送", "transferred"),
    (State::Assigned, "assigned", "ST2", "已交办", "assigned"),
    (State::Rectifying, "rectifying", "ST3", "整改中", "being rectified"),
    (State::CloseRequested, "close_requested", "ST4", "申请销号", "closing requested"),
    (State::Accepted, "accepted", "ST5", "已验收", "accepted"),
    (State::Closed, "closed", "ST6", "已销号", "closed"),
    (State::ClosedProvisional, "closed_provisional", "ST6*", "立行立改(待数据印证)", "closed at once, data pending"),
    (State::Returned, "returned", "ST3*", "退回整改", "returned"),
    (State::Reopened, "reopened", "ST7", "回潮", "reopened"),
    (State::LongTerm, "long_term", "ST8", "长期消化", "long-term plan"),
    (State::Record, "record", "", "记录", "record"),
];

impl State {
    /// All states of cases, in the order of DOMAIN J.
    pub fn all() -> impl Iterator<Item = Self> {
        STATES.iter().map(|s| s.0)
    }
    fn row(self) -> &'static (State, &'static str, &'static str, &'static str, &'static str) {
        STATES.iter().find(|s| s.0 == self).unwrap_or(&STATES[0])
    }
    /// The name as data.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().1
    }
    /// The code in DOMAIN J, such as `ST1a`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.row().2
    }
    /// Chinese and English.
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        (self.row().3, self.row().4)
    }
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        STATES.iter().find(|s| s.1 == name || (!s.2.is_empty() && s.2.eq_ignore_ascii_case(name))).map(|s| s.0)
    }
    /// Whether the problem still has to be followed: it is neither closed nor unfounded.
    #[must_use]
    pub fn is_open(self) -> bool {
        !matches!(self, Self::None | Self::Record | Self::Closed | Self::ClosedProvisional | Self::NotConfirmed)
    }
    #[must_use]
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Closed | Self::ClosedProvisional)
    }
    /// Whether runs are awaited that show the rule silent.
    #[must_use]
    pub fn awaits_data(self) -> bool {
        matches!(self, Self::CloseRequested | Self::Accepted | Self::ClosedProvisional)
    }
}

/// What an event does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    Open,
    // What runs say of the data.
    Seen,
    Gone,
    Unchecked,
    Withdraw,
    Prove,
    Reopen,
    // What people decide.
    Check,
    Confirm,
    ConfirmPartly,
    Reject,
    DataError,
    Transfer,
    Assign,
    Progress,
    RequestClose,
    Accept,
    Endorse,
    Close,
    CloseAtOnce,
    Return,
    Plan,
    Extend,
    Remind,
    Note,
    // Streams that are no case.
    Record,
}

const NAMES: &[(Move, &str, &str, &str)] = &[
    (Move::Open, "open", "立案", "opened"),
    (Move::Seen, "seen", "本期仍核出", "seen in the data"),
    (Move::Gone, "gone", "本期未再核出", "no longer in the data"),
    (Move::Unchecked, "unchecked", "本期未核查", "not checked in the period"),
    (Move::Withdraw, "withdraw", "重新核对后撤回", "withdrawn by a rerun"),
    (Move::Prove, "prove", "数据印证", "proved by the data"),
    (Move::Reopen, "reopen", "回潮", "reopened"),
    (Move::Check, "check", "开始核查", "checking begun"),
    (Move::Confirm, "confirm", "认定属实", "confirmed"),
    (Move::ConfirmPartly, "confirm_partly", "认定部分属实", "partly confirmed"),
    (Move::Reject, "reject", "认定不属实", "not confirmed"),
    (Move::DataError, "data_error", "认定数据错误", "error in the data"),
    (Move::Transfer, "transfer", "移送", "transferred"),
    (Move::Assign, "assign", "交办", "assigned"),
    (Move::Progress, "progress", "整改进展", "progress"),
    (Move::RequestClose, "request_close", "申请销号", "closing requested"),
    (Move::Accept, "accept", "验收", "accepted"),
    (Move::Endorse, "endorse", "逐级审核", "endorsed"),
    (Move::Close, "close", "销号", "closed"),
    (Move::CloseAtOnce, "close_at_once", "立行立改", "closed at once"),
    (Move::Return, "return", "退回", "returned"),
    (Move::Plan, "plan", "列入长期消化", "long-term plan"),
    (Move::Extend, "extend", "延期", "extended"),
    (Move::Remind, "remind", "督办", "reminded"),
    (Move::Note, "note", "备注", "note"),
    (Move::Record, "record", "记录", "record"),
];

impl Move {
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|n| n.0)
    }
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|n| n.0 == self).map_or("", |n| n.1)
    }
    /// Chinese and English.
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        NAMES.iter().find(|n| n.0 == self).map_or(("", ""), |n| (n.2, n.3))
    }
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        NAMES.iter().find(|n| n.1 == name).map(|n| n.0)
    }
}

/// What has to hold besides the state before a move is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guard {
    /// A reason in words.
    Reason,
    /// A code of [`super::reasons`], with document and expiry where the code asks for them.
    ReasonCode,
    /// To whom, by which document, reply by when.
    Transfer,
    /// Document, deadline, owner and measure.
    Assignment,
    /// A file, by its digest.
    Evidence,
    /// Whoever asked for closing does not accept.
    NotTheRequester,
    /// Acceptance and closing are signed by two people.
    TwoPeople,
    /// The level that is next in the office's chain signs, by somebody who has not signed yet.
    NextLevel,
    /// Every level that signs before acceptance has signed.
    LevelsBeforeAccept,
    /// Every level that signs before closing has signed.
    LevelsBeforeClose,
    /// The rule is silent in as many later runs as the pipeline asks for.
    DataProof,
    /// No more than so many days after the assignment, and by another person than assigned it.
    AtOnce,
    /// Yearly targets, none too far off, and a document.
    Plan,
    /// Extensions are left, the new deadline is later, a document approves it.
    ExtensionLeft,
    /// The move belongs to runs; no person can make it.
    ByRun,
}

/// One permitted move. `to` is the state after it; the same state for what only adds to the file.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub from: State,
    pub what: Move,
    pub to: State,
    pub guards: &'static [Guard],
}

const fn row(from: State, what: Move, to: State, guards: &'static [Guard]) -> Row {
    Row { from, what, to, guards }
}

use Guard as G;
use Move as M;
use State as S;

/// Every permitted move.
pub const MOVES: &[Row] = &[
    row(S::None, M::Open, S::Suspicion, &[]),
    row(S::None, M::Record, S::Record, &[]),
    row(S::Record, M::Record, S::Record, &[]),
    // ST0 → ST1
    row(S::Suspicion, M::Check, S::Checking, &[]),
    row(S::Suspicion, M::Withdraw, S::NotConfirmed, &[G::ByRun]),
    // ST1 → ST1a … ST1e
    row(S::Checking, M::Confirm, S::Confirmed, &[G::Reason]),
    row(S::Checking, M::ConfirmPartly, S::PartlyConfirmed, &[G::Reason]),
    row(S::Checking, M::Reject, S::NotConfirmed, &[G::ReasonCode]),
    row(S::Checking, M::DataError, S::DataError, &[G::Reason]),
    row(S::Checking, M::Transfer, S::Transferred, &[G::Transfer]),
    row(S::Confirmed, M::Transfer, S::Transferred, &[G::Transfer]),
    row(S::PartlyConfirmed, M::Transfer, S::Transferred, &[G::Transfer]),
    // A reply came: the case is checked again, or closed on the reply as evidence.
    row(S::Transferred, M::Check, S::Checking, &[]),
    row(S::Transferred, M::RequestClose, S::CloseRequested, &[G::Evidence]),
    // → ST2
    row(S::Confirmed, M::Assign, S::Assigned, &[G::Assignment]),
    row(S::PartlyConfirmed, M::Assign, S::Assigned, &[G::Assignment]),
    row(S::DataError, M::Assign, S::Assigned, &[G::Assignment]),
    row(S::LongTerm, M::Assign, S::Assigned, &[G::Assignment]),
    // ST2 → ST3, → ST6 at once
    row(S::Assigned, M::Progress, S::Rectifying, &[G::Reason]),
    row(S::Assigned, M::CloseAtOnce, S::ClosedProvisional, &[G::Evidence, G::AtOnce, G::LevelsBeforeClose]),
    row(S::ClosedProvisional, M::Prove, S::Closed, &[G::ByRun, G::DataProof]),
    // ST3 → ST4
    row(S::Rectifying, M::Progress, S::Rectifying, &[G::Reason]),
    row(S::Returned, M::Progress, S::Rectifying, &[G::Reason]),
    row(S::LongTerm, M::Progress, S::LongTerm, &[G::Reason]),
    row(S::Rectifying, M::RequestClose, S::CloseRequested, &[G::Evidence]),
    row(S::Returned, M::RequestClose, S::CloseRequested, &[G::Evidence]),
    row(S::LongTerm, M::RequestClose, S::CloseRequested, &[G::Evidence]),
    // ST4 → ST5 → ST6, or back to ST3
    row(S::CloseRequested, M::Accept, S::Accepted, &[G::Evidence, G::NotTheRequester, G::LevelsBeforeAccept]),
    // 逐级销号: the supervising department before acceptance, the superior office before closing.
    row(S::CloseRequested, M::Endorse, S::CloseRequested, &[G::NextLevel]),
    row(S::Accepted, M::Endorse, S::Accepted, &[G::NextLevel]),
    row(S::CloseRequested, M::Return, S::Returned, &[G::Reason]),
    row(S::Accepted, M::Return, S::Returned, &[G::Reason]),
    row(S::Accepted, M::Close, S::Closed, &[G::Evidence, G::TwoPeople, G::LevelsBeforeClose, G::DataProof]),
    // ST7
    row(S::Closed, M::Reopen, S::Reopened, &[G::Reason]),
    row(S::ClosedProvisional, M::Reopen, S::Reopened, &[G::Reason]),
    row(S::NotConfirmed, M::Reopen, S::Reopened, &[G::Reason]),
    row(S::Reopened, M::Check, S::Checking, &[]),
    // ST8
    row(S::Confirmed, M::Plan, S::LongTerm, &[G::Plan]),
    row(S::PartlyConfirmed, M::Plan, S::LongTerm, &[G::Plan]),
    row(S::Assigned, M::Plan, S::LongTerm, &[G::Plan]),
    row(S::Rectifying, M::Plan, S::LongTerm, &[G::Plan]),
    row(S::Returned, M::Plan, S::LongTerm, &[G::Plan]),
    // The clock stops only by an approved extension.
    row(S::Suspicion, M::Extend, S::Suspicion, &[G::ExtensionLeft]),
    row(S::Reopened, M::Extend, S::Reopened, &[G::ExtensionLeft]),
    row(S::Checking, M::Extend, S::Checking, &[G::ExtensionLeft]),
    row(S::Assigned, M::Extend, S::Assigned, &[G::ExtensionLeft]),
    row(S::Rectifying, M::Extend, S::Rectifying, &[G::ExtensionLeft]),
    row(S::Returned, M::Extend, S::Returned, &[G::ExtensionLeft]),
    row(S::Transferred, M::Extend, S::Transferred, &[G::ExtensionLeft]),
];

/// Moves that leave any case where it is: what the data says, reminders and notes.
const ANYWHERE: [Move; 5] = [Move::Seen, Move::Gone, Move::Unchecked, Move::Remind, Move::Note];

/// The state after a move and what must hold; `None` when the move is forbidden.
#[must_use]
pub fn permitted(from: State, what: Move) -> Option<(State, &'static [Guard])> {
    if ANYWHERE.contains(&what) {
        let case = !matches!(from, State::None | State::Record);
        return case
            .then_some((from, if matches!(what, Move::Remind | Move::Note) { &[G::Reason] } else { &[G::ByRun] }));
    }
    MOVES.iter().find(|r| r.from == from && r.what == what).map(|r| (r.to, r.guards))
}

/// Moves that people can make from a state, for hints.
#[must_use]
pub fn ways_out(from: State) -> Vec<Move> {
    let open = |r: &&Row| r.from == from && !r.guards.contains(&Guard::ByRun);
    MOVES.iter().filter(open).map(|r| r.what).collect()
}
