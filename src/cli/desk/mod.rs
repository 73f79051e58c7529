//! Verbs of `hedui ledger` that put things on paper: workbooks of cases, random checks, letters.

mod checks;
mod letters;
mod workbook;

use std::path::Path;

use clap::Subcommand;

use super::Session;
use crate::error::Result;
use crate::ledger::{AnyStore, Missing, Settings};
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
        Verb::Letters(a) => letters::write(session, office, a),
    }
}
