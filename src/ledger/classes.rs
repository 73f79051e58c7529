//! Code lists of the ledger: where cases come from, and the classes of problems with the rules that belong to each.

use std::collections::BTreeMap;
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
    /// Whether its cases stand in the ledger of establishment problems; errors in the data do not.
    pub in_book: bool,
}

impl Class {
    /// The class of an item; a class's own code.
    #[must_use]
    pub fn parent(&self) -> &str {
        parent(&self.code)
    }
    #[must_use]
    pub fn is_item(&self) -> bool {
        self.code.contains('.')
    }
}

/// The class that an item's code begins with.
#[must_use]
pub fn parent(code: &str) -> &str {
    code.split('.').next().unwrap_or(code)
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
        reader.only("", root, &["class", "items"]);
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
        classes.hold_together(&mut reader, root, blocks.into_iter().flatten());
        if reader.problems.is_empty() { Ok(classes) } else { Err(Fault::Configuration(reader.problems)) }
    }

    /// Items have a class, no rule belongs to two classes, and there are as many items as the document counts.
    fn hold_together<'a>(
        &self,
        reader: &mut Reader<'_>,
        root: &dyn TableLike,
        blocks: impl Iterator<Item = &'a toml_edit::Table>,
    ) {
        let mut claimed: BTreeMap<&str, &str> = BTreeMap::new();
        for (class, block) in self.list.iter().zip(blocks) {
            if class.is_item() && self.get(class.parent()).is_none() {
                let message = format!("{}: there is no class {}", class.code, class.parent());
                reader.problem(block.get("code").and_then(Item::span), "item-without-class", message);
            }
            for rule in &class.rules {
                if let Some(other) = claimed.insert(rule, &class.code) {
                    let message = format!("{rule} belongs to {other} already");
                    reader.problem(block.get("rules").and_then(Item::span), "rule-claimed-twice", message);
                }
            }
        }
        let Some(counted) = root.get("items") else { return };
        let there = self.list.iter().filter(|c| c.is_item()).count();
        if counted.as_integer() != i64::try_from(there).ok() {
            let message = format!("items: {there} items stand here, not {}", counted.to_string().trim());
            reader.problem(counted.span(), "control-total", message);
        }
    }

    /// Items that a code names: itself, or all items of a class; a class without items stands for itself.
    #[must_use]
    pub fn items_of(&self, code: &str) -> Vec<&Class> {
        let items: Vec<&Class> = self.list.iter().filter(|c| c.is_item() && c.parent() == code).collect();
        if items.is_empty() { self.get(code).into_iter().collect() } else { items }
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
    reader.only(path, block, &["code", "zh", "en", "rules", "book"]);
    let book = reader.text(path, block, "book");
    if !matches!(book.as_deref(), None | Some("problems" | "data")) {
        let message = format!("{}: problems or data", join(path, "book"));
        reader.problem(block.get("book").and_then(Item::span), "bad-value", message);
    }
    let code = reader.required_text(path, block, "code", None);
    if code.is_empty() || !code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.') {
        let message = format!("{} must be lower-case letters, digits, _ or .", join(path, "code"));
        reader.problem(block.get("code").and_then(Item::span), "bad-value", message);
    }
    Class {
        zh: reader.required_text(path, block, "zh", None),
        en: reader.text(path, block, "en").unwrap_or_else(|| code.clone()),
        rules: reader.texts(path, block, "rules"),
        in_book: book.as_deref() != Some("data"),
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
        let items = classes.list.iter().filter(|c| c.is_item()).count();
        assert_eq!((classes.list.len() - items, items), (9 + 3, 48), "the nine with 48 items, and three of our own");
        for class in classes.list.iter().filter(|c| !c.is_item()).take(9) {
            assert!(classes.items_of(&class.code).len() >= 4, "{}", class.code);
        }
        assert_eq!(classes.items_of("pay").len(), 1, "a class without items stands for itself");
        for rule in ["Q01", "L01", "E01", "P02", "R01", "D01", "T01", "W01"] {
            assert_ne!(classes.of_rule(rule), UNCLASSED, "{rule}");
        }
        assert_ne!(classes.of_rule("Q15"), classes.of_rule("Q01"));
        assert_eq!(classes.of_rule("Z99"), UNCLASSED);
    }

    #[test]
    fn an_office_adds_its_own_and_what_does_not_fit_together_is_told_with_its_line() {
        let own = format!("{BUILT_IN}\n[[class]]\ncode = \"staffing.10\"\nzh = \"本办自定\"\n");
        let classes = Classes::parse("c.toml", &own.replace("items = 48", "items = 49")).expect("sound");
        assert_eq!(classes.items_of("staffing").len(), 10);
        let wrong = "items = 3\n[[class]]\ncode = \"a\"\nzh = \"甲\"\nrules = [\"Q\"]\n[[class]]\ncode = \"b.01\"\nzh = \"乙\"\n\
            rules = [\"Q\"]\nbook = \"x\"\n";
        let said = Classes::parse("c.toml", wrong).expect_err("wrong").to_string();
        for word in [
            "row 1:",
            "1 items stand here, not 3",
            "row 7:",
            "there is no class b",
            "row 9:",
            "Q belongs to a already",
            "row 10:",
        ] {
            assert!(said.contains(word), "{word} in {said}");
        }
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
