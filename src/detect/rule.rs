//! One rule: what its file says on top, and the query below.

use indexmap::IndexMap;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{ParameterValue, past};
use crate::error::nearest;
use crate::kernel::secret::hex;

/// A text in Chinese and English.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Label {
    pub zh: String,
    pub en: String,
}

/// The families that anomaly tables are made of: name, Chinese and English title.
pub const CATEGORIES: [(&str, &str, &str); 5] = [
    ("over_staffing", "超编制", "over-staffing"),
    ("paid_but_absent", "吃空饷", "paid but absent"),
    ("mismatched_registrations", "登记不符", "mismatched registrations"),
    ("data_quality", "数据质量", "data quality"),
    ("early_warning", "预警", "early warning"),
];

/// From the gravest: S1 money out or illegal entry suspected, S2 rule breached, S3 inconsistency, S4 information.
pub const SEVERITIES: [&str; 4] = ["S1", "S2", "S3", "S4"];

/// What a finding of the rule is about.
pub const GRAINS: [&str; 3] = ["unit", "person", "row"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterType {
    Integer,
    Float,
    Text,
    Bool,
}

/// A threshold or choice of a rule, with its default.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    pub kind: ParameterType,
    pub default: ParameterValue,
    /// Least legal value of a number.
    pub minimum: Option<f64>,
    pub doc: Label,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    Text,
    Integer,
    Float,
    Money,
    Date,
}

/// A column of the rule's own in its category's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnColumn {
    pub kind: ColumnType,
    pub unit: Option<String>,
    pub title: Label,
    /// Code → how it reads in a message.
    pub labels: IndexMap<String, Label>,
}

/// A provision the rule enforces; only a verified article is printed as such.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LegalBasis {
    /// Short code in laws.toml.
    pub law: String,
    pub article: Option<String>,
    pub verified: bool,
}

/// A detection rule.
#[derive(Debug, Clone)]
pub struct Rule {
    pub code: String,
    pub slug: String,
    pub category: String,
    pub severity: String,
    pub since: String,
    pub grain: String,
    pub inputs: Vec<String>,
    pub optional_inputs: Vec<String>,
    /// Table → which earlier months of it the rule looks at, as `<table>_past`.
    pub past: IndexMap<String, past::Months>,
    /// Tables that excuse from this rule besides those that excuse from any.
    pub suppressed_by: Vec<String>,
    /// Counted, not published.
    pub preview: bool,
    /// Whether the rule says that something is missing: its confidence then falls with the nearest rival link.
    pub absence_claim: bool,
    pub name: Label,
    pub what: Label,
    pub mistaken_for: Label,
    pub verify: Label,
    pub message: Label,
    pub legal_basis: Vec<LegalBasis>,
    /// The own column (or `amount`) whose growth makes an open finding "worsened".
    pub measure: Option<String>,
    pub parameters: IndexMap<String, Parameter>,
    pub columns: IndexMap<String, OwnColumn>,
    /// Canonical table → the columns shown of each evidence row.
    pub evidence: IndexMap<String, Vec<String>>,
    pub sql: String,
    /// The whole file as it was read.
    pub text: String,
    /// SHA-256 of the whole file, hexadecimal.
    pub sha256: String,
    /// The file as problems name it.
    pub file: String,
    /// Line of the file on which the query begins, from 1.
    pub sql_line: usize,
}

impl Rule {
    /// Why a pipeline may not set this parameter to this value, if it may not.
    #[must_use]
    pub fn refuse_parameter(&self, name: &str, value: &ParameterValue) -> Option<String> {
        let Some(parameter) = self.parameters.get(name) else {
            let near = nearest(name, self.parameters.keys().map(String::as_str));
            let hint = near.map(|n| format!("; did you mean {n}?")).unwrap_or_default();
            return Some(format!("rule {} has no parameter {name}{hint}", self.code));
        };
        parameter.refuse(value)
    }

    /// The value in force: the pipeline's, or the rule's default.
    #[must_use]
    pub fn parameter(&self, name: &str, overrides: Option<&ParameterValue>) -> Option<ParameterValue> {
        let parameter = self.parameters.get(name)?;
        Some(parameter.fitted(overrides.unwrap_or(&parameter.default)))
    }

    #[must_use]
    pub fn digest(text: &str) -> String {
        hex(&Sha256::digest(text.as_bytes()))
    }
}

impl Parameter {
    /// Why the value is not legal, if it is not.
    #[must_use]
    pub fn refuse(&self, value: &ParameterValue) -> Option<String> {
        let number = match (self.kind, value) {
            // Thresholds are small; a float is exact far beyond them.
            (ParameterType::Integer | ParameterType::Float, ParameterValue::Integer(n)) => Some(*n as f64),
            (ParameterType::Float, ParameterValue::Float(x)) if x.is_finite() => Some(*x),
            (ParameterType::Text, ParameterValue::Text(_)) | (ParameterType::Bool, ParameterValue::Bool(_)) => None,
            _ => return Some(format!("expected {}, found {}", self.kind.words(), value.words())),
        };
        match (number, self.minimum) {
            (Some(x), Some(least)) if x < least => Some(format!("{x} is under the minimum {least}")),
            _ => None,
        }
    }

    /// An integer given for a float parameter becomes a float, so that the column has one type.
    fn fitted(&self, value: &ParameterValue) -> ParameterValue {
        match (self.kind, value) {
            (ParameterType::Float, ParameterValue::Integer(n)) => ParameterValue::Float(*n as f64),
            _ => value.clone(),
        }
    }
}

impl ParameterType {
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Integer => "an integer",
            Self::Float => "a number",
            Self::Text => "text",
            Self::Bool => "true or false",
        }
    }
}

impl ParameterValue {
    #[must_use]
    pub fn words(&self) -> &'static str {
        match self {
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Text(_) => "text",
            Self::Bool(_) => "a boolean",
        }
    }
}

impl std::fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer(n) => write!(f, "{n}"),
            Self::Float(x) => write!(f, "{x}"),
            Self::Text(t) => f.write_str(t),
            Self::Bool(b) => write!(f, "{b}"),
        }
    }
}
