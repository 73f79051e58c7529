//! Judgements on links: what the linker takes from people in the next run.

use super::{Acting, Ledger, by, refuse};
use crate::cli::{Session, put};
use crate::error::Result;
use crate::ledger::{Expected, LinkJudgement, Store};
use crate::publish::query;

/// Judges one published link: the same, not the same, or an earlier judgement taken back.
pub fn judge(
    session: &Session,
    ledger: &Ledger,
    ids: &[String],
    same: Option<bool>,
    why: Option<&str>,
    acting: &Acting,
) -> Result<u8> {
    let by = by(acting)?;
    if by.who.trim().is_empty() {
        return Err(refuse(
            "no-name",
            "未写明经办人,加 --by 姓名".to_owned(),
            "nobody is named; add --by NAME".to_owned(),
        ));
    }
    let mut store = ledger.open_or_make()?;
    let (mut events, mut expected) = (Vec::new(), Vec::new());
    for id in ids {
        let judgement = LinkJudgement { same, ..find(ledger, id)? };
        let record = judgement.record_id();
        expected.push(Expected { case: record.clone(), events: store.case(&record)?.map_or(0, |r| r.events) });
        events.push(by.record(&record, why.unwrap_or_default(), &judgement)?);
    }
    store.append(&events, &expected)?;
    for id in ids {
        let (zh, en) = match same {
            Some(true) => ("判定为同一", "held to be the same"),
            Some(false) => ("判定为不同", "held to be different"),
            None => ("已撤销判定", "judgement taken back"),
        };
        let next = ("下次核对起生效", "from the next run on");
        put(&session.language.pick(&format!("{id}  {zh},{}", next.0), &format!("{id}  {en}, {}", next.1)));
    }
    Ok(0)
}

/// The newest published state of a link, as a judgement names it.
fn find(ledger: &Ledger, id: &str) -> Result<LinkJudgement> {
    let unknown = || {
        refuse(
            "unknown-link",
            format!("已发布的 person_links、unit_links 中没有 {id}"),
            format!("no published link is called {id}; look in person_links and unit_links"),
        )
    };
    if !id.starts_with("L-") || !id[2..].chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(unknown());
    }
    for (table, kind) in [("person_links", "person"), ("unit_links", "unit")] {
        let sql = format!("SELECT * FROM {table} WHERE link_id = '{id}' ORDER BY period DESC LIMIT 1");
        let rows = query::rows(&ledger.out, &sql)?;
        let Some(row) = rows.first() else { continue };
        let get = |name: &str| row.get(name).cloned().flatten().unwrap_or_default();
        if get("method") == "exact-id" {
            return Err(refuse(
                "exact-id",
                format!("{id} 由相同证件号连接,不能以判定推翻;请更正证件号"),
                format!("{id} rests on an equal ID number and cannot be judged away; have the number corrected"),
            ));
        }
        let (left, right) = (get("left_key"), get("right_key"));
        if left.is_empty() || right.is_empty() || left == right {
            return Err(refuse(
                "link-without-keys",
                format!("{id} 发布时尚无判定键,请重新执行该月核对"),
                format!("{id} was published without keys for judging; run its month again"),
            ));
        }
        return Ok(LinkJudgement { kind: kind.to_owned(), left, right, same: None, link: id.to_owned() });
    }
    Err(unknown())
}
