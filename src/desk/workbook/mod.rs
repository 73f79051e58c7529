//! A department's cases as a workbook, and back: officers fill in verdicts, nothing else of it can be changed unnoticed.
//!
//! Every row carries a hidden key: the case, how many events it had, and two keyed hashes, one over these and one over the row's
//! evidence as well. Only this workspace's secret makes them, so a key or a cell that was edited shows, and so does a workbook of
//! another ledger. `export` writes, `import` reads.

pub mod export;
pub(in crate::desk) mod formats;
pub mod import;

use crate::error::printable;
use crate::kernel::secret::Secret;
use crate::ledger::classes::source_words;
use crate::ledger::{Case, Settings};

/// The sheet that says what the workbook is.
pub const FRONT: &str = "说明";
/// The sheets with cases begin with this.
pub const CASES: &str = "问题清单";
/// The hidden column.
pub const KEY: &str = "行键";
/// Locked columns.
pub const EVIDENCE: [&str; 11] =
    ["问题编号", "来源", "类别", "规则", "级别", "单位", "人员", "事实", "依据", "状态", "时限"];
/// Columns to fill in.
pub const ANSWERS: [&str; 8] =
    ["核实结论", "不属实理由", "文号", "日期(有效期至、回复期限)", "移送机关", "核实说明", "核实人", "核实日期"];
/// Verdicts of the drop-down.
pub const VERDICTS: [&str; 5] = ["属实", "部分属实", "不属实", "数据错误", "移送"];
/// Characters of a cell.
const TEXT_LIMIT: usize = 32_000;

/// What a row shows of a case, in the order of [`EVIDENCE`]: one line each, no longer than a cell.
#[must_use]
pub fn evidence(case: &Case, settings: &Settings) -> [String; 11] {
    let o = &case.opening;
    let class = settings.classes.get(&o.class).map_or(o.class.as_str(), |c| c.zh.as_str());
    let word = |text: &Option<String>| text.clone().unwrap_or_default();
    let cells = [
        case.id.clone(),
        source_words(&o.source).0.to_owned(),
        class.to_owned(),
        [word(&o.rule), word(&o.slug)].join(" "),
        o.severity.clone(),
        word(&o.unit_name),
        word(&o.person_name),
        o.fact_zh.clone(),
        o.legal_basis.clone(),
        case.state.words().0.to_owned(),
        word(&case.due),
    ];
    cells.map(|text| plain(&text))
}

/// A text as it stands in a cell: control characters shown, spaces at the ends gone, cut to what a cell holds.
#[must_use]
pub fn plain(text: &str) -> String {
    let text = printable(&text.replace('\n', " "));
    text.trim().chars().take(TEXT_LIMIT).collect::<String>().trim_end().to_owned()
}

/// The row's hidden key, `case|events|mac|mac`.
#[must_use]
pub fn row_key(secret: &Secret, ledger: &str, case: &str, events: u32, evidence: &[String]) -> String {
    let key = key_mac(secret, ledger, case, events);
    format!("{case}|{events}|{key}|{}", evidence_mac(secret, ledger, case, events, evidence))
}

pub(in crate::desk) fn key_mac(secret: &Secret, ledger: &str, case: &str, events: u32) -> String {
    secret.key("workbook-key", &format!("{ledger}\n{case}\n{events}"))
}

pub(in crate::desk) fn evidence_mac(
    secret: &Secret,
    ledger: &str,
    case: &str,
    events: u32,
    evidence: &[String],
) -> String {
    secret.key("workbook-row", &format!("{ledger}\n{case}\n{events}\n{}", evidence.join("\n")))
}

/// What the first sheet seals: the ledger, its last event, the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seal {
    pub ledger: String,
    pub seq: i64,
    pub hash: String,
    pub rows: usize,
}

impl Seal {
    #[must_use]
    pub fn mac(&self, secret: &Secret) -> String {
        secret.key("workbook-seal", &format!("{}\n{}\n{}\n{}", self.ledger, self.seq, self.hash, self.rows))
    }
}

/// Labels of the first sheet that [`import`] reads.
pub const LEDGER: &str = "台账标识";
pub const SNAPSHOT: &str = "台账末条事件";
pub const ROWS: &str = "问题件数";
pub const SEAL: &str = "封签";
