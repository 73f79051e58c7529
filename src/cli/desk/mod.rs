//! Verbs of `hedui ledger` that put things on paper: workbooks of cases, random checks, letters.

mod book;
mod checks;
mod letters;
mod output;
mod self_inspection;
mod workbook;

use std::path::Path;

use clap::{Args, Subcommand};

use super::Session;
use super::acting::by;
use crate::desk::units::refused;
use crate::error::Result;
use crate::ledger::{AnyStore, By, Missing, Settings};
use crate::pipeline::ledger_config::LedgerConfig;

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// A department's cases as a workbook to fill in / 导出核实工作簿
    ExportWorkbook(workbook::Export),
    /// Verdicts from a filled workbook, all or none / 导入核实工作簿
    ImportWorkbook(workbook::Import),
    /// Random checks: the list that may be drawn from, frozen and hashed / 冻结抽查名单
    FreezeList(checks::Freeze),
    /// Random checks: a draw from a frozen list by a public seed, or one drawn again / 双随机抽取、重抽核验
    Draw(checks::Draw),
    /// Random checks: results and hit rates / 抽查结果、发现率
    Inspection(checks::Inspection),
    /// The three ledgers: leader posts with filing upward, establishment problems, self-inspection / 三个台账
    Book(book::Book),
    /// Self-inspection: workbooks out, returns and nil returns in, coverage / 自查自纠
    SelfInspection(self_inspection::SelfInspection),
    /// Numbered letters to units: to check, to put right, supervision / 核查通知、整改通知、督办函
    Letters(letters::Letters),
}

/// What needs no workspace: a published draw, drawn again.
///
/// # Errors
/// Any fault of the verb.
#[must_use]
pub fn without_workspace(session: &Session, verb: &Verb) -> Option<Result<u8>> {
    match verb {
        Verb::Draw(a) => a.file_to_verify().map(|file| checks::verify(session, file)),
        _ => None,
    }
}

/// Where a pipeline keeps what these verbs need.
#[derive(Debug, Clone, Copy)]
pub struct Office<'a> {
    pub ledger: &'a LedgerConfig,
    /// The published folder.
    pub out: &'a Path,
    pub key_file: &'a Path,
}

impl Office<'_> {
    fn settings(&self) -> &Settings {
        &self.ledger.settings
    }
    fn open(&self) -> Result<AnyStore> {
        self.ledger.open(Missing::Refuse)
    }
}

/// # Errors
/// Any fault of the verb.
pub fn execute(session: &Session, verb: &Verb, office: &Office<'_>) -> Result<u8> {
    match verb {
        Verb::ExportWorkbook(a) => workbook::export(session, office, a),
        Verb::ImportWorkbook(a) => workbook::import(session, office, a),
        Verb::FreezeList(a) => checks::freeze(session, office, a),
        Verb::Draw(a) => checks::draw(session, office, a),
        Verb::Inspection(a) => checks::inspection(session, office, a),
        Verb::Book(a) => book::execute(session, office, a),
        Verb::SelfInspection(a) => self_inspection::execute(session, office, a),
        Verb::Letters(a) => letters::write(session, office, a),
    }
}

/// Who acts, and on which day.
#[derive(Debug, Args)]
pub struct Actor {
    /// Who acts [default: the environment variable HEDUI_BY] / 经办人
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// The day it counts for [default: today] / 办理日期
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
}

impl Actor {
    pub fn who(&self) -> Result<By> {
        let by = by(self.by.as_ref(), self.on.as_ref())?;
        if by.who.is_empty() {
            return Err(refused(
                "no-name",
                "未写明经办人",
                "nobody is named as acting",
                "加 --by 姓名",
                "add --by NAME",
            ));
        }
        Ok(by)
    }
}
