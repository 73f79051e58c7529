//! `hedui ledger export-workbook` and `import-workbook`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use sha2::{Digest, Sha256};

use super::Office;
use crate::cli::acting::{by, today};
use crate::cli::ledger::closings::look_again;
use crate::cli::sheet::{templates, write_whole};
use crate::cli::table_file::reading;
use crate::cli::{Session, put};
use crate::desk::ask::Asking;
use crate::desk::units::{Units, refused};
use crate::desk::workbook::export::{Front, workbook};
use crate::desk::workbook::import::{Source, plan};
use crate::error::{Fault, Result};
use crate::extract::plain::{read_bytes, read_workbook};
use crate::kernel::secret::hex;
use crate::ledger::{Case, FileRef, Filter, State, Store};
use crate::pipeline::secret_file;

#[derive(Debug, Args)]
pub struct Export {
    /// The department: its own cases and those of units below it, by key, code, credit code or whole name; again for several
    /// [default: all units] / 单位(含下属)
    #[arg(long = "unit", value_name = "UNIT")]
    units: Vec<String>,
    /// Levels of subordinate units / 下属单位的层数
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=9))]
    depth: u32,
    /// States, such as suspicion or ST1; again for several [default: those that wait for a verdict] / 状态
    #[arg(long = "state", value_name = "STATE")]
    states: Vec<String>,
    /// The workbook / 工作簿
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

#[derive(Debug, Args)]
pub struct Import {
    /// The filled workbook / 填好的工作簿
    file: PathBuf,
    /// Say what would be added, add nothing / 只校验
    #[arg(long)]
    dry_run: bool,
    /// Who brings it [default: the environment variable HEDUI_BY] / 经办人
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// The day it counts for [default: today] / 办理日期
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
}

fn states(names: &[String]) -> Result<Vec<State>> {
    if names.is_empty() {
        return Ok(vec![State::Suspicion, State::Checking, State::Reopened]);
    }
    let state = |name: &String| {
        State::parse(name).filter(|s| !matches!(s, State::None | State::Record)).ok_or_else(|| {
            let known: Vec<&str> =
                State::all().filter(|s| !matches!(s, State::None | State::Record)).map(State::name).collect();
            let known = known.join(", ");
            let (zh, en) = (format!("没有“{name}”这一状态"), format!("no state is called {name}"));
            refused("unknown-state", &zh, &en, format!("可用:{known}"), format!("known: {known}"))
        })
    };
    names.iter().map(state).collect()
}

pub fn export(session: &Session, office: &Office<'_>, a: &Export) -> Result<u8> {
    let store = office.open()?;
    let states = states(&a.states)?;
    let (mut keys, mut names) = (vec![None], Vec::new());
    if !a.units.is_empty() {
        let mut asking = Asking::open(office.out, None)?;
        let units = Units::read(&mut asking)?;
        keys.clear();
        for text in &a.units {
            let unit = units.find(text)?;
            names.push(unit.name.clone());
            keys.push(Some(unit.key.clone()));
            keys.extend(units.below(unit, a.depth).into_iter().map(|u| Some(u.key)));
        }
        keys.sort();
        keys.dedup();
    }
    let mut cases: Vec<Case> = Vec::new();
    for unit in keys {
        let filter = Filter { unit, states: states.clone(), ..Filter::default() };
        store.cases(&filter, &mut |case| {
            cases.push(case);
            Ok(())
        })?;
    }
    cases.sort_by(|a, b| {
        (&a.opening.unit_name, &a.opening.severity, &a.id).cmp(&(&b.opening.unit_name, &b.opening.severity, &b.id))
    });
    let (_, words) = templates(None)?;
    let front = Front {
        office: words.words.get("name").cloned().unwrap_or_default(),
        whose: if names.is_empty() { "全部单位".to_owned() } else { names.join("、") },
        day: today(),
    };
    let secret = secret_file::load_or_make(office.key_file)?;
    write_whole(&a.to, &workbook(&store, office.settings(), &secret, &cases, &front)?)?;
    let (path, n) = (a.to.display(), cases.len());
    put(&session.language.pick(&format!("已写入 {path}:{n} 件"), &format!("written to {path}: {n} cases")));
    Ok(0)
}

pub fn import(session: &Session, office: &Office<'_>, a: &Import) -> Result<u8> {
    let by = by(a.by.as_ref(), a.on.as_ref())?;
    if by.who.is_empty() {
        return Err(refused("no-name", "未写明经办人", "nobody is named as acting", "加 --by 姓名", "add --by NAME"));
    }
    let bytes = read_bytes(&a.file)?;
    let name = a.file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let file = FileRef { name, sha256: hex(&Sha256::digest(&bytes)) };
    let context = reading()?;
    let sheets = read_workbook(&a.file, &context).map_err(|p| Fault::Inputs(vec![*p]))?;
    let secret = secret_file::load_or_make(office.key_file)?;
    let mut store = office.open()?;
    let label = a.file.display().to_string();
    let import = plan(&store, office.settings(), &secret, &sheets, Source { file: &file, label: &label, by: &by })?;
    if !import.events.is_empty() && !a.dry_run {
        store.append(&import.events, &import.expected)?;
    }
    let (n, known, undecided) = (import.decided, import.known, import.undecided);
    let dry = if a.dry_run { ("(只校验,未写入)", " (nothing written)") } else { ("", "") };
    put(&session.language.pick(
        &format!("新认定 {n} 件,台账中已有 {known} 件,未核实 {undecided} 件{}", dry.0),
        &format!("{n} verdicts taken, {known} in the ledger already, {undecided} undecided{}", dry.1),
    ));
    if !a.dry_run {
        let mut ended = BTreeSet::new();
        for expected in &import.expected {
            let case = store.case(&expected.case)?.filter(|c| !c.state.is_open());
            ended.extend(case.and_then(|c| c.opening.unit_key));
        }
        look_again(session, office.out, &mut store, &ended, &by)?;
    }
    Ok(0)
}
