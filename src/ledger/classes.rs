//! Code lists of the ledger: where cases come from, and the classes of problems with the rules that belong to each.

use std::path::Path;

use toml_edit::{Item, TableLike};

use crate::error::{Fault, Place, Result};
use crate::table::toml::{Reader, join};

/// Where a case came from: code, Chinese, English.
pub const SOURCES: &[(&str, &str, &str)] = &[
    ("comparison", "数据比对", "comparison of registers"),
    ("inspection", "监督检查", "inspection"),
    ("patrol", "巡视巡察", "disciplinary inspection tour"),
    ("audit", "审计", "audit"),
    ("tip_off", "12310举报", "tip-off (12310)"),
    ("self_inspection", "自查自纠", "self-inspection"),
    ("evaluation", "评估", "evaluation"),
    ("random_check", "双随机抽查", "random check"),
    ("transfer_in", "移送转入", "transferred from elsewhere"),
];

/// A class of problems, or an item of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Class {
    pub code: String,
    pub zh: String,
    pub en: String,
    /// Rules, or beginnings of their codes, whose findings belong here.
    pub rules: Vec<String>,
}

/// The office's classes, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Classes {
    pub list: Vec<Class>,
}

/// The class of what no class claims.
pub const UNCLASSED: &str = "unclassed";

const BUILT_IN: &str = include_str!("../../pipelines/ledger/classes.toml");

impl Classes {
    /// # Errors
    /// [`Fault::Configuration`] with every mistake in the file.
    pub fn load(path: &Path) -> Result<Self> {
        let label = path.display().to_string();
        let text = fs_err::read_to_string(path).map_err(|e| {
            Fault::configuration(Place::file(&label), "classes-unreadable", format!("cannot read the classes: {e}"))
        })?;
        Self::parse(&label, &text)
    }

    /// The classes that come with the program.
    ///
    /// # Errors
    /// None in a program that was tested.
    pub fn built_in() -> Result<Self> {
        Self::parse("pipelines/ledger/classes.toml", BUILT_IN)
    }

    /// # Errors
    /// [`Fault::Configuration`] with every mistake in the text.
    pub fn parse(label: &str, text: &str) -> Result<Self> {
        let (mut reader, document) = Reader::parse(label, text).map_err(Fault::Configuration)?;
        let root = document.as_table();
        reader.only("", root, &["class"]);
        let mut classes = Self::default();
        let blocks = root.get("class").and_then(Item::as_array_of_tables);
        if blocks.is_none() {
            reader.problem(None, "missing-key", "no [[class]] block".to_owned());
        }
        for (index, block) in blocks.into_iter().flatten().enumerate() {
            let class = class(&mut reader, &format!("class[{index}]"), block);
            if classes.get(&class.code).is_some() {
                reader.problem(
                    block.get("code").and_then(Item::span),
                    "duplicate-class",
                    format!("{} stands twice", class.code),
                );
            }
            classes.list.push(class);
        }
        if reader.problems.is_empty() { Ok(classes) } else { Err(Fault::Configuration(reader.problems)) }
    }

    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Class> {
        self.list.iter().find(|c| c.code == code)
    }

    /// The class of a rule's findings: the class that names the longest beginning of its code.
    #[must_use]
    pub fn of_rule(&self, rule: &str) -> &str {
        let reach = |c: &Class| c.rules.iter().filter(|r| rule.starts_with(r.as_str())).map(String::len).max();
        let best = self.list.iter().filter_map(|c| Some((reach(c)?, c))).max_by_key(|(n, _)| *n);
        best.map_or(UNCLASSED, |(_, c)| c.code.as_str())
    }
}

fn class(reader: &mut Reader<'_>, path: &str, block: &dyn TableLike) -> Class {
    reader.only(path, block, &["code", "zh", "en", "rules"]);
    let code = reader.required_text(path, block, "code", None);
    if code.is_empty() || !code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.') {
        let message = format!("{} must be lower-case letters, digits, _ or .", join(path, "code"));
        reader.problem(block.get("code").and_then(Item::span), "bad-value", message);
    }
    Class {
        zh: reader.required_text(path, block, "zh", None),
        en: reader.text(path, block, "en").unwrap_or_else(|| code.clone()),
        rules: reader.texts(path, block, "rules"),
        code,
    }
}

/// The code of a source, if there is such a source.
#[must_use]
pub fn source_of(code: &str) -> Option<&'static str> {
    SOURCES.iter().find(|s| s.0 == code).map(|s| s.0)
}

/// Chinese and English of a source.
#[must_use]
pub fn source_words(code: &str) -> (&str, &str) {
    SOURCES.iter().find(|s| s.0 == code).map_or((code, code), |s| (s.1, s.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_family_has_a_class_and_the_longest_beginning_wins() {
        let classes = Classes::built_in().expect("sound");
        assert_eq!(classes.list.len(), 9 + 3, "the nine of the document, and three of our own");
        for rule in ["Q01", "L01", "E01", "P02", "R01", "D01", "T01", "W01"] {
            assert_ne!(classes.of_rule(rule), UNCLASSED, "{rule}");
        }
        assert_ne!(classes.of_rule("Q15"), classes.of_rule("Q01"));
        assert_eq!(classes.of_rule("Z99"), UNCLASSED);
    }

    #[test]
    fn mistakes_are_told_all_at_once() {
        let fault =
            Classes::parse("c.toml", "[[class]]\ncode = \"A B\"\n[[class]]\ncode = \"x\"\nzh = \"甲\"\nname = 1\n")
                .expect_err("wrong");
        let said = fault.to_string();
        for word in ["class[0].code", "class[0].zh", "class[1].name"] {
            assert!(said.contains(word), "{word} in {said}");
        }
    }
}
