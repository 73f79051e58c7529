//! `hedui rules new CODE`: a rule of one's own to start from, with a case that passes.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Session;
use crate::detect::Catalogue;
use crate::error::{Fault, Place, Result};
use crate::table::Schemas;

#[derive(Debug, Args)]
#[command(after_help = "Example / 示例:
  hedui rules new E91 --slug long-service      pipelines/rules/local/E91_long_service.sql, tests/cases/E91.md")]
pub struct Arguments {
    /// The rule's code: a capital letter and at least two digits, not taken / 规则代码
    code: String,
    /// Its name in lower-case words joined by hyphens
    #[arg(long, default_value = "my-rule")]
    slug: String,
    /// The workspace
    #[arg(long, default_value = ".")]
    workspace: PathBuf,
}

/// Families and where their findings go.
fn category(code: &str) -> &'static str {
    match code.chars().next() {
        Some('Q' | 'L') => "over_staffing",
        Some('E' | 'P') => "paid_but_absent",
        Some('R') => "mismatched_registrations",
        Some('D') => "data_quality",
        _ => "early_warning",
    }
}

/// # Errors
/// [`Fault::Configuration`] when the code is taken or no code, or a file of that name is there; [`Fault::Machine`].
pub fn execute(session: &Session, arguments: &Arguments) -> Result<u8> {
    let root = &arguments.workspace;
    let rules = root.join("pipelines/rules");
    let schemas = match root.join("schemas") {
        dir if dir.is_dir() => Schemas::load(&dir)?,
        _ => Schemas::built_in()?,
    };
    let known = if rules.is_dir() { Catalogue::load(&rules, &schemas)? } else { Catalogue::built_in(&schemas)? };
    let code = arguments.code.to_uppercase();
    let refuse = |code: &'static str, message: String| {
        Err(Fault::configuration(Place::file(rules.display().to_string()), code, message))
    };
    if let Some(rule) = known.rules.iter().find(|r| r.code == code || r.slug == arguments.slug) {
        return refuse("duplicate-name", format!("{} or {} is taken by {}", code, arguments.slug, rule.file));
    }
    let file = rules.join("local").join(format!("{code}_{}.sql", arguments.slug.replace('-', "_")));
    let case = root.join("tests/cases").join(format!("{code}.md"));
    for path in [&file, &case] {
        if path.exists() {
            return refuse("exists", format!("{} is there already", path.display()));
        }
    }
    let law = known.laws.keys().next().cloned().unwrap_or_else(|| "486".to_owned());
    let text = rule(&code, &arguments.slug, &law);
    // Only what the catalogue accepts is written.
    let mut texts: Vec<(String, String)> = known.rules.iter().map(|r| (r.file.clone(), r.text.clone())).collect();
    texts.push(("laws.toml".to_owned(), laws(&known)));
    texts.push((file.display().to_string(), text.clone()));
    Catalogue::from_texts(&texts, &schemas, Vec::new())?;
    write(&file, &text)?;
    write(&case, &self::case(&code))?;
    let (file, case) = (file.display(), case.display());
    super::put(&session.language.pick(
        &format!("已写出规则 {file} 和案例 {case}。\n规则目前为预览(preview):只计数,不发布;核实无误后删去该行。"),
        &format!("wrote the rule {file} and its cases {case}.\nIt is a preview: counted, not published. Take that line out when you trust it."),
    ));
    Ok(0)
}

fn laws(known: &Catalogue) -> String {
    let one = |(code, label): (&String, &crate::detect::Label)| {
        format!("[{code:?}]\nzh = {:?}\nen = {:?}\n", label.zh, label.en)
    };
    known.laws.iter().map(one).collect()
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs_err::create_dir_all(folder)?;
    }
    fs_err::write(path, text)?;
    Ok(())
}

fn rule(code: &str, slug: &str, law: &str) -> String {
    TEMPLATE
        .replace("{CODE}", code)
        .replace("{SLUG}", slug)
        .replace("{CATEGORY}", category(code))
        .replace("{LAW}", law)
        .replace("{VERSION}", env!("CARGO_PKG_VERSION"))
}

fn case(code: &str) -> String {
    CASE.replace("{CODE}", code)
}

const TEMPLATE: &str = include_str!("templates/rule.sql");
const CASE: &str = include_str!("templates/case.md");
