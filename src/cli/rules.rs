//! `hedui rules`: the catalogue.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::language::Language;
use super::text_table::lay_out;
use super::{Session, rules_new};
use crate::detect::{Catalogue, docs};
use crate::error::Result;
use crate::table::Schemas;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Markdown,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples / 示例:
  hedui rules
  hedui rules --format markdown > rules.md
  hedui rules --dir office/pipelines/rules --schemas office/schemas
  hedui rules new E91 --slug long-service")]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Folder of rule files [default: pipelines/rules, else the rules that ship with the program] / 规则目录
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Folder of schemas [default: schemas, else the built-in ones]
    #[arg(long)]
    schemas: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// A rule of your own to start from, with a case that passes / 新建自有规则
    New(rules_new::Arguments),
}

/// # Errors
/// [`crate::error::Fault::Configuration`] when a rule file is wrong.
pub fn execute(session: &Session, arguments: &Arguments) -> Result<u8> {
    if let Some(Verb::New(arguments)) = &arguments.verb {
        return rules_new::execute(session, arguments);
    }
    let catalogue = load(arguments.dir.clone(), arguments.schemas.clone())?;
    let text = match arguments.format {
        Format::Json => docs::json(&catalogue),
        Format::Markdown => docs::markdown(&catalogue),
        Format::Table => table(session.language, &catalogue),
    };
    super::put(text.trim_end());
    Ok(0)
}

/// The workspace's rules when there are any here, else the embedded ones.
///
/// # Errors
/// [`crate::error::Fault::Configuration`] when a rule or a schema is wrong.
pub fn load(dir: Option<PathBuf>, schemas: Option<PathBuf>) -> Result<Catalogue> {
    let here = PathBuf::from("schemas");
    let schemas = match schemas.or_else(|| here.is_dir().then_some(here)) {
        Some(dir) => Schemas::load(&dir)?,
        None => Schemas::built_in()?,
    };
    let here = PathBuf::from("pipelines/rules");
    match dir.or_else(|| here.is_dir().then_some(here)) {
        Some(dir) => Catalogue::load(&dir, &schemas),
        None => Catalogue::built_in(&schemas),
    }
}

fn table(language: Language, catalogue: &Catalogue) -> String {
    let rows: Vec<Vec<String>> = catalogue
        .rules
        .iter()
        .map(|r| {
            vec![
                r.code.clone(),
                r.severity.clone(),
                r.category.clone(),
                r.slug.clone(),
                language.pick(&r.name.zh, &r.name.en),
                r.inputs.join(", "),
            ]
        })
        .collect();
    let zh = ["代码", "级别", "类别", "标识", "名称", "所需数据"];
    let en = ["code", "severity", "category", "slug", "name", "inputs"];
    let header: Vec<String> = zh.iter().zip(en).map(|(zh, en)| language.pick(zh, en)).collect();
    lay_out(&header, &rows, &[])
}
