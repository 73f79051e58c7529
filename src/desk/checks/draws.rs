//! Frozen lists and draws as the ledger keeps them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::draw::Half;
use super::list::{Kind, List};
use super::publication::Publication;
use crate::desk::units::refused;
use crate::error::{Fault, Result};
use crate::ledger::{By, Expected, Move, Store};

/// A draw as the ledger keeps it: the record `draw:D-…`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DrawRecord {
    pub id: String,
    pub kind: Kind,
    pub year: i32,
    pub list_sha256: String,
    pub seed: String,
    pub seed_source: String,
    pub percent: u32,
    pub listed: usize,
    /// Key → half and inspectors.
    pub drawn: BTreeMap<String, Sent>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    pub name: String,
    pub half: Half,
    pub inspectors: Vec<String>,
}

/// Writes down that a list was frozen, before its seed is known.
///
/// # Errors
/// As [`Store::append`].
pub fn log_list(store: &mut dyn Store, list: &List, by: &By) -> Result<()> {
    let id = format!("list:{}", &list.sha256[..16]);
    if store.case(&id)?.is_some() {
        return Ok(());
    }
    let content = serde_json::json!({"sha256": list.sha256, "kind": list.kind, "year": list.year, "items": list.items.len(),
        "frozen_on": list.frozen_on, "period": list.period});
    store.append(&[by.event(&id, Move::Record, "冻结名单", content)], &[Expected { case: id, events: 0 }])?;
    Ok(())
}

/// All draws, by id.
///
/// # Errors
/// As [`Store::records`].
pub fn draws(store: &dyn Store) -> Result<Vec<DrawRecord>> {
    let mut all = Vec::new();
    store.records("draw", &mut |record| {
        let id = record.id.clone();
        match record.record.map(serde_json::from_value::<DrawRecord>) {
            Some(Ok(draw)) => all.push(draw),
            _ => return Err(Fault::Reconciliation(format!("the ledger's record {id} is no draw"))),
        }
        Ok(())
    })?;
    Ok(all)
}

/// What earlier draws took: units of the year, cases of any year.
///
/// # Errors
/// As [`draws`].
pub fn drawn_before(store: &dyn Store, kind: Kind, year: i32) -> Result<BTreeSet<String>> {
    let own = |d: &DrawRecord| d.kind == kind && (kind == Kind::ClosedCases || d.year == year);
    Ok(draws(store)?.into_iter().filter(own).flat_map(|d| d.drawn.into_keys()).collect())
}

/// Writes a draw down; `false` when this very draw is there already.
///
/// # Errors
/// [`Fault::Refused`] when the list was not frozen before, is not whole, or was drawn from with another seed.
pub fn log_draw(store: &mut dyn Store, made: &Publication, by: &By) -> Result<bool> {
    let list = format!("list:{}", &made.list.sha256[..16]);
    if super::list::list_hash(&made.list.items) != made.list.sha256 || store.case(&list)?.is_none() {
        return Err(refused(
            "list-not-frozen",
            "名单未在本台账冻结,或冻结后被改动",
            "the list was not frozen in this ledger, or was changed since",
            "先用 hedui ledger freeze-list 冻结,再公布种子、抽取",
            "freeze it with hedui ledger freeze-list first; the seed comes after that",
        ));
    }
    if let Some(other) = draws(store)?.iter().find(|d| d.list_sha256 == made.list.sha256) {
        if other.id == made.id {
            return Ok(false);
        }
        return Err(refused(
            "drawn-already",
            &format!("此名单已抽取过({},种子“{}”),一份名单只抽一次", other.id, other.seed),
            &format!(
                "this list was drawn from already ({}, seed {:?}); a list is drawn from once",
                other.id, other.seed
            ),
            "要追加抽取,请重新冻结名单,本年已抽的不再抽",
            "to draw more, freeze the list anew; what was drawn this year is not drawn again",
        ));
    }
    let sent = |d: &super::draw::Drawn| {
        (d.key.clone(), Sent { name: d.name.clone(), half: d.half, inspectors: d.inspectors.clone() })
    };
    let kept = DrawRecord {
        id: made.id.clone(),
        kind: made.list.kind,
        year: made.list.year,
        list_sha256: made.list.sha256.clone(),
        seed: made.seed.clone(),
        seed_source: made.seed_source.clone(),
        percent: made.percent,
        listed: made.list.items.len(),
        drawn: made.drawn.iter().map(sent).collect(),
    };
    let id = format!("draw:{}", made.id);
    store.append(&[by.record(&id, "双随机抽取", &kept)?], &[Expected { case: id, events: 0 }])?;
    Ok(true)
}

/// The draw of that number.
///
/// # Errors
/// [`Fault::Refused`] when there is none.
pub fn draw_of(store: &dyn Store, id: &str) -> Result<DrawRecord> {
    let all = draws(store)?;
    if let Some(draw) = all.iter().find(|d| d.id == id) {
        return Ok(draw.clone());
    }
    let known: Vec<&str> = all.iter().map(|d| d.id.as_str()).collect();
    let known = known.join(", ");
    Err(refused(
        "unknown-draw",
        &format!("没有抽查 {id}"),
        &format!("there is no draw {id}"),
        format!("现有:{known}"),
        format!("known: {known}"),
    ))
}
