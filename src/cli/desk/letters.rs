//! `hedui ledger letters`: numbered letters to units, as DOCX, a folder a unit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Office;
use crate::bulletin::write::Outbox;
use crate::cli::acting::{by, date};
use crate::cli::sheet::templates;
use crate::cli::{Session, put};
use crate::desk::ask::Asking;
use crate::desk::letters::{Kind, Terms, drafts, letters};
use crate::desk::units::{Units, refused};
use crate::desk::workbook::export::{Front, workbook};
use crate::error::Result;
use crate::ledger::Store;
use crate::pipeline::secret_file;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KindWord {
    /// Suspicions to be checked, with the workbook to fill in
    Check,
    /// Problems assigned, to be put right
    Notice,
    /// Problems overdue: the first or the second supervision letter of the ladder
    Supervision,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Letters are numbered by the ledger. A supervision letter is written once for each step of the ladder and stands in the file of
every case; the other kinds once for each case, again with --again.

Example / 示例:
  hedui ledger letters --kind supervision --to 发文 --contact '王五 0378-1234567' --by 张三"
)]
pub struct Letters {
    #[arg(long, value_enum)]
    kind: KindWord,
    /// Only these units: key, code, credit code or whole name; again for several / 单位
    #[arg(long = "unit", value_name = "UNIT")]
    units: Vec<String>,
    /// Folder of the letters / 存放目录
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// By when the unit answers [default: as many working days as checking takes] / 新期限
    #[arg(long, value_name = "DATE")]
    new_due: Option<String>,
    /// Whom to ask [default: contact of office.toml] / 联系人
    #[arg(long)]
    contact: Option<String>,
    /// Word in document numbers [default: letter_word of office.toml, else 编督] / 发文代字
    #[arg(long)]
    word: Option<String>,
    /// Write to units that had such a letter too / 已发过的再发
    #[arg(long)]
    again: bool,
    /// Say to whom letters would go, write nothing / 只列不发
    #[arg(long)]
    dry_run: bool,
    /// Folder of templates [default: pipelines/templates, else the built-in ones] / 模板目录
    #[arg(long)]
    templates: Option<PathBuf>,
    /// Who acts [default: the environment variable HEDUI_BY] / 经办人
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// The letters' day [default: today] / 发文日期
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
}

pub fn write(session: &Session, office: &Office<'_>, a: &Letters) -> Result<u8> {
    let by = by(a.by.as_ref(), a.on.as_ref())?;
    if by.who.is_empty() {
        return Err(refused("no-name", "未写明经办人", "nobody is named as acting", "加 --by 姓名", "add --by NAME"));
    }
    let kind = match a.kind {
        KindWord::Check => Kind::Check,
        KindWord::Notice => Kind::Notice,
        KindWord::Supervision => Kind::Supervision,
    };
    let (wanted, superiors) = units(office, a)?;
    let mut store = office.open()?;
    let (drafts, homeless) = drafts(&store, office.settings(), kind, wanted.as_ref(), by.day, a.again)?;
    if !homeless.is_empty() {
        let list = homeless.join(" ");
        put(&session.language.pick(&format!("没有单位,无从发函:{list}"), &format!("no unit to write to: {list}")));
    }
    if drafts.is_empty() || a.dry_run {
        for draft in &drafts {
            let n = draft.cases.len();
            let step = draft.step.unwrap_or_default();
            put(&session.language.pick(
                &format!("{} {n} 件 {step}", draft.unit_name),
                &format!("{}: {n} cases {step}", draft.unit_name),
            ));
        }
        let n = drafts.len();
        put(&session.language.pick(&format!("应发 {n} 件,未写入"), &format!("{n} letters due, nothing written")));
        return Ok(0);
    }
    let (templates, words) = templates(a.templates.as_deref())?;
    let of = |key: &str| words.words.get(key).cloned().filter(|w| !w.is_empty());
    let terms = Terms {
        kind,
        word: a.word.clone().or_else(|| of("letter_word")).unwrap_or_else(|| "编督".to_owned()),
        new_due: a.new_due.as_deref().map_or(Ok(office.settings().check_by(by.day)), |t| date("--new-due", t))?,
        contact: a.contact.clone().or_else(|| of("contact")).unwrap_or_default(),
        superiors,
    };
    let written = letters(&store, office.settings(), drafts, &terms, &by, (&templates, &words))?;
    let mut outbox = Outbox::open(&a.to)?;
    for (letter, bytes) in &written.letters {
        let folder = format!("{}-{}", plain(&letter.unit_name), letter.unit_key);
        outbox.put(&format!("{folder}/{}.docx", plain(&letter.document)), bytes)?;
        if kind == Kind::Check {
            let secret = secret_file::load_or_make(office.key_file)?;
            let front = Front {
                office: of("name").unwrap_or_default(),
                whose: format!("{}({})", letter.unit_name, letter.document),
                day: by.day,
            };
            let book = workbook(&store, office.settings(), &secret, &letter.cases, &front)?;
            outbox.put(&format!("{folder}/{}-核实工作簿.xlsx", plain(&letter.document)), &book)?;
        }
    }
    store.append(&written.events, &written.expected)?;
    for file in outbox.finish()? {
        put(&file.display().to_string());
    }
    let n = written.letters.len();
    put(&session
        .language
        .pick(&format!("已发 {n} 件,文号已记入台账"), &format!("{n} letters, their numbers are in the ledger")));
    Ok(0)
}

/// The units asked for, if any, and everybody's superior, as far as published.
fn units(office: &Office<'_>, a: &Letters) -> Result<(Option<BTreeSet<String>>, BTreeMap<String, String>)> {
    let published = !crate::publish::published_periods(office.out)?.is_empty();
    if !published && a.units.is_empty() {
        return Ok((None, BTreeMap::new()));
    }
    let mut asking = Asking::open(office.out, None)?;
    let units = Units::read(&mut asking)?;
    let superiors = units.list.iter().map(|u| (u.key.clone(), u.superior.clone())).collect();
    let keys: Result<BTreeSet<String>> = a.units.iter().map(|text| units.find(text).map(|u| u.key.clone())).collect();
    Ok((Some(keys?).filter(|k| !k.is_empty()), superiors))
}

/// A name made safe for a file: letters, digits and brackets of document numbers.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() || "〔〕-".contains(c) { c } else { '_' }).take(60).collect()
}
