//! The catalogue for people: a listing, one rule explained, and docs/rules.md.

use std::collections::BTreeMap;
use std::fmt::Write;

use indexmap::IndexMap;
use serde::Serialize;

use super::finding::law_title;
use super::rule::{CATEGORIES, Label, LegalBasis, Rule};
use super::{Catalogue, Language, ParameterValue, past};

/// One rule as `hedui rules` lists it.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    pub code: String,
    pub slug: String,
    pub name: Label,
    pub category: String,
    pub severity: String,
    pub since: String,
    pub grain: String,
    pub inputs: Vec<String>,
    pub optional_inputs: Vec<String>,
    /// Table → months looked back at most.
    pub past: IndexMap<String, u32>,
    pub parameters: Vec<ListedParameter>,
    pub legal_basis: Vec<LegalBasis>,
    pub what: Label,
}

/// A parameter as `hedui rules` lists it, with the value in force.
#[derive(Debug, Clone, Serialize)]
pub struct ListedParameter {
    pub name: String,
    pub default: String,
    pub value: String,
    pub doc: Label,
}

/// Rule code → parameter → value, as the pipeline file sets them.
pub type Settings = BTreeMap<String, BTreeMap<String, ParameterValue>>;

fn pick(label: &Label, language: Language) -> &str {
    match language {
        Language::Zh => &label.zh,
        Language::En => &label.en,
    }
}

fn parameters(rule: &Rule, settings: &Settings) -> Vec<ListedParameter> {
    let set = settings.get(&rule.code);
    let one = |(name, parameter): (&String, &super::rule::Parameter)| ListedParameter {
        name: name.clone(),
        default: parameter.default.to_string(),
        value: rule
            .parameter(name, set.and_then(|s| s.get(name)))
            .unwrap_or_else(|| parameter.default.clone())
            .to_string(),
        doc: parameter.doc.clone(),
    };
    rule.parameters.iter().map(one).collect()
}

/// Every rule, in the order of the codes, with the parameters in force.
#[must_use]
pub fn listing(catalogue: &Catalogue, settings: &Settings) -> Vec<Listed> {
    let one = |rule: &Rule| Listed {
        code: rule.code.clone(),
        slug: rule.slug.clone(),
        name: rule.name.clone(),
        category: rule.category.clone(),
        severity: rule.severity.clone(),
        since: rule.since.clone(),
        grain: rule.grain.clone(),
        inputs: rule.inputs.clone(),
        optional_inputs: rule.optional_inputs.clone(),
        past: rule.past.iter().map(|(table, months)| (table.clone(), months.furthest())).collect(),
        parameters: parameters(rule, settings),
        legal_basis: rule.legal_basis.clone(),
        what: rule.what.clone(),
    };
    catalogue.rules.iter().map(one).collect()
}

/// The header and the rows of the listing as a table for the terminal.
#[must_use]
pub fn table(catalogue: &Catalogue, settings: &Settings, language: Language) -> (Vec<String>, Vec<Vec<String>>) {
    let header = match language {
        Language::Zh => ["编号", "名称", "标识", "级别", "所需数据", "参数", "依据"],
        Language::En => ["code", "name", "slug", "severity", "inputs", "parameters", "basis"],
    };
    let row = |rule: &Rule| {
        let values: Vec<String> =
            parameters(rule, settings).iter().map(|p| format!("{}={}", p.name, p.value)).collect();
        vec![
            rule.code.clone(),
            pick(&rule.name, language).to_owned(),
            rule.slug.clone(),
            rule.severity.clone(),
            rule.inputs.join(" "),
            values.join(" "),
            rule.legal_basis.iter().map(|b| short_basis(b, language)).collect::<Vec<_>>().join(" "),
        ]
    };
    (header.map(str::to_owned).to_vec(), catalogue.rules.iter().map(row).collect())
}

fn short_basis(basis: &LegalBasis, language: Language) -> String {
    match &basis.article {
        Some(article) if basis.verified => format!("{}{article}", basis.law),
        _ => format!("{}({})", basis.law, unverified(language)),
    }
}

fn unverified(language: Language) -> &'static str {
    match language {
        Language::Zh => "待核",
        Language::En => "to be confirmed",
    }
}

/// A provision in words; only a verified article is named.
fn basis_words(catalogue: &Catalogue, basis: &LegalBasis, language: Language) -> String {
    let title = law_title(catalogue, &basis.law, |l| match language {
        Language::Zh => &l.zh,
        Language::En => &l.en,
    });
    match &basis.article {
        Some(article) if basis.verified => format!("{title} {article}"),
        _ => format!("{title} ({})", unverified(language)),
    }
}

/// The headings of a rule's sections.
struct Words {
    what: &'static str,
    mistaken_for: &'static str,
    verify: &'static str,
    message: &'static str,
    basis: &'static str,
    inputs: &'static str,
    optional: &'static str,
    past: &'static str,
    months: &'static str,
    parameters: &'static str,
    columns: &'static str,
    evidence: &'static str,
    default: &'static str,
    none: &'static str,
}

const ZH: Words = Words {
    what: "查什么",
    mistaken_for: "容易误认的情形",
    verify: "怎样人工核实",
    message: "提示语",
    basis: "依据",
    inputs: "所需数据",
    optional: "可选数据",
    past: "往期数据",
    months: "个月",
    parameters: "参数",
    columns: "结果列",
    evidence: "证据",
    default: "默认",
    none: "无",
};

const EN: Words = Words {
    what: "What it finds",
    mistaken_for: "Easily mistaken for it",
    verify: "How to check by hand",
    message: "Message",
    basis: "Legal basis",
    inputs: "Inputs",
    optional: "Optional inputs",
    past: "Earlier periods",
    months: " months",
    parameters: "Parameters",
    columns: "Own columns",
    evidence: "Evidence",
    default: "default",
    none: "none",
};

fn words(language: Language) -> &'static Words {
    match language {
        Language::Zh => &ZH,
        Language::En => &EN,
    }
}

fn list(names: &[String], none: &str) -> String {
    if names.is_empty() { none.to_owned() } else { names.join(", ") }
}

/// What a rule looks back at: `payroll (12 months)`, or `payroll (−12 months)` for that month alone.
fn earlier(rule: &Rule, months: &str) -> String {
    let one = |(table, looked_at): (&String, &past::Months)| match looked_at {
        past::Months::Within(n) => format!("{table} ({n}{months})"),
        past::Months::At(list) => {
            let list: Vec<String> = list.iter().map(|n| format!("−{n}")).collect();
            format!("{table} ({}{months})", list.join(", "))
        }
    };
    rule.past.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The listing as JSON, with the rules' own defaults.
#[must_use]
pub fn json(catalogue: &Catalogue) -> String {
    // Texts and numbers only: there is nothing that could fail to be written.
    serde_json::to_string_pretty(&listing(catalogue, &Settings::new())).unwrap_or_default()
}

/// A rule in words, with its defaults: `hedui explain RULE`.
#[must_use]
pub fn explain(catalogue: &Catalogue, rule: &Rule, language: Language) -> String {
    explain_with(catalogue, rule, &Settings::new(), language)
}

/// A rule in words, with the parameters in force, its basis and its SQL.
#[must_use]
pub fn explain_with(catalogue: &Catalogue, rule: &Rule, settings: &Settings, language: Language) -> String {
    let words = words(language);
    let mut out = String::new();
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    line(format!(
        "{} {} ({}) · {} · {}",
        rule.code,
        pick(&rule.name, language),
        rule.slug,
        rule.severity,
        rule.category
    ));
    line(String::new());
    for (title, text) in
        [(words.what, &rule.what), (words.mistaken_for, &rule.mistaken_for), (words.verify, &rule.verify)]
    {
        line(format!("{title}: {}", pick(text, language)));
    }
    line(format!("{}: {}", words.inputs, list(&rule.inputs, words.none)));
    line(format!("{}: {}", words.optional, list(&rule.optional_inputs, words.none)));
    if !rule.past.is_empty() {
        line(format!("{}: {}", words.past, earlier(rule, words.months)));
    }
    line(format!("{}:", words.parameters));
    for p in parameters(rule, settings) {
        line(format!("  {} = {} ({} {}): {}", p.name, p.value, words.default, p.default, pick(&p.doc, language)));
    }
    line(format!("{}:", words.basis));
    for basis in &rule.legal_basis {
        line(format!("  {}", basis_words(catalogue, basis, language)));
    }
    line(format!("{}: {}", words.message, pick(&rule.message, language)));
    line(String::new());
    line(rule.sql.clone());
    out
}

/// A cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// docs/rules.md: the whole catalogue, Chinese and English. A test holds the file to this text.
#[must_use]
pub fn markdown(catalogue: &Catalogue) -> String {
    let mut out = String::from(
        "# 规则目录 · Rule catalogue\n\n\
         本页由规则文件生成,请勿手改:`HEDUI_BLESS=1 cargo test docs_rules` 重写。  \n\
         Generated from the rule files; do not edit: `HEDUI_BLESS=1 cargo test docs_rules` writes it anew.\n\n\
         | 编号 code | 名称 | name | 类别 category | 级别 severity |\n|---|---|---|---|---|\n",
    );
    for rule in &catalogue.rules {
        let link = format!("[{}](#{}-{})", rule.code, rule.code.to_lowercase(), rule.slug);
        let _ = writeln!(
            out,
            "| {link} | {} | {} | {} | {} |",
            cell(&rule.name.zh),
            cell(&rule.name.en),
            rule.category,
            rule.severity
        );
    }
    for (category, zh, en) in CATEGORIES {
        let rules: Vec<&Rule> = catalogue.rules.iter().filter(|r| r.category == category).collect();
        if !rules.is_empty() {
            let _ = writeln!(out, "\n## {zh} · {en}");
        }
        for rule in rules {
            section(&mut out, catalogue, rule);
        }
    }
    out
}

fn section(out: &mut String, catalogue: &Catalogue, rule: &Rule) {
    let _ = writeln!(
        out,
        "\n### {} {}\n\n**{} · {}** — {} · {}\n",
        rule.code, rule.slug, rule.name.zh, rule.name.en, rule.severity, rule.grain
    );
    for language in [Language::Zh, Language::En] {
        let words = words(language);
        for (title, text) in
            [(words.what, &rule.what), (words.mistaken_for, &rule.mistaken_for), (words.verify, &rule.verify)]
        {
            let _ = writeln!(out, "- **{title}**: {}", pick(text, language).replace('\n', " "));
        }
        let basis: Vec<String> = rule.legal_basis.iter().map(|b| basis_words(catalogue, b, language)).collect();
        let _ = writeln!(out, "- **{}**: {}", words.basis, basis.join("; "));
        let _ = writeln!(out, "- **{}**: {}\n", words.message, pick(&rule.message, language));
    }
    let none = format!("{} {}", ZH.none, EN.none);
    let _ = writeln!(out, "{} {}: {}  ", ZH.inputs, EN.inputs, list(&rule.inputs, &none));
    let _ = writeln!(out, "{} {}: {}", ZH.optional, EN.optional, list(&rule.optional_inputs, &none));
    if !rule.past.is_empty() {
        let _ = writeln!(out, "\n{} {}: {}", ZH.past, EN.past, earlier(rule, EN.months));
    }
    if !rule.parameters.is_empty() {
        let _ = writeln!(
            out,
            "\n| {} {} | {} {} | 说明 | meaning |\n|---|---|---|---|",
            ZH.parameters, EN.parameters, ZH.default, EN.default
        );
        for (name, p) in &rule.parameters {
            let _ = writeln!(out, "| `{name}` | {} | {} | {} |", p.default, cell(&p.doc.zh), cell(&p.doc.en));
        }
    }
    if !rule.columns.is_empty() {
        let _ = writeln!(out, "\n| {} {} | 类型 type | 名称 | title |\n|---|---|---|---|", ZH.columns, EN.columns);
        for (name, c) in &rule.columns {
            let kind = format!("{:?}", c.kind).to_lowercase();
            let unit = c.unit.as_ref().map(|u| format!(", {u}")).unwrap_or_default();
            let _ = writeln!(out, "| `{name}` | {kind}{unit} | {} | {} |", cell(&c.title.zh), cell(&c.title.en));
        }
    }
    let evidence: Vec<String> = rule.evidence.iter().map(|(t, c)| format!("{t} ({})", c.join(", "))).collect();
    let _ = writeln!(out, "\n{} {}: {}", ZH.evidence, EN.evidence, evidence.join("; "));
}
