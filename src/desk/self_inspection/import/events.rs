//! From a unit's answer to events: its return, and a case for each problem that is new.

use std::collections::BTreeSet;

use super::super::{Answer, Return};
use super::{Import, Reader, Reported, Said};
use crate::desk::checks::digest;
use crate::error::Result;
use crate::ledger::body::{Opening, Promise};
use crate::ledger::event::day_text;
use crate::ledger::{Expected, Move, NewEvent};

impl Reader<'_> {
    pub(super) fn answer(
        &self,
        key: &str,
        name: &str,
        said: &Said,
        problems: &[Reported],
        import: &mut Import,
    ) -> Result<()> {
        let (by, round) = (self.source.by, &self.round);
        let mut cases = Vec::new();
        for problem in problems {
            let id = format!("self_inspection-{}-{}", round.id, &digest(&[key, &problem.item, &problem.fact])[..8]);
            if cases.contains(&id) {
                continue;
            }
            cases.push(id.clone());
            if self.store.case(&id)?.is_none() {
                let opening = self.opening(key, name, problem);
                let event = by.record(&id, &round.name, &opening)?;
                import.events.push(NewEvent { what: Move::Open, file: Some(self.source.file.clone()), ..event });
                import.expected.push(Expected { case: id, events: 0 });
                import.cases += 1;
            }
        }
        cases.sort();
        let kept = Return {
            round: round.id.clone(),
            unit_key: key.to_owned(),
            unit_name: name.to_owned(),
            answer: said.answer,
            items: problems.iter().map(|p| p.item.clone()).collect::<BTreeSet<_>>().into_iter().collect(),
            cases,
            disputed: said.disputed.clone(),
            filled_by: said.filled_by.clone(),
            head: said.head.clone(),
            filled_on: day_text(said.filled_on),
        };
        let id = format!("self_return:{}/{key}", round.id);
        let before = self.store.case(&id)?;
        let old = before.as_ref().and_then(|c| c.record.clone()).and_then(|r| serde_json::from_value::<Return>(r).ok());
        if let Some(old) = &old {
            // Without a day on the sheet the day of the import stands for it; the same sheet later is the same return.
            if (Return { filled_on: kept.filled_on.clone(), ..old.clone() }) == kept {
                import.known += 1;
                return Ok(());
            }
            import.dropped.extend(old.cases.iter().filter(|c| !kept.cases.contains(c)).cloned());
        }
        match said.answer {
            Answer::Nil => import.nil += 1,
            Answer::Problems => import.with_problems += 1,
        }
        let why = if said.answer == Answer::Nil { "零报告" } else { "自查发现问题" };
        let event = by.record(&id, why, &kept)?;
        import.events.push(NewEvent { file: Some(self.source.file.clone()), ..event });
        import.expected.push(Expected { case: id, events: before.map_or(0, |c| c.events) });
        Ok(())
    }

    fn opening(&self, key: &str, name: &str, problem: &Reported) -> Opening {
        Opening {
            source: "self_inspection".to_owned(),
            reference: Some(self.round.id.clone()),
            class: problem.item.clone(),
            severity: "S3".to_owned(),
            unit_key: Some(key.to_owned()),
            unit_name: Some(name.to_owned()),
            fact_zh: problem.fact.clone(),
            fact_en: problem.fact.clone(),
            due: Some(day_text(self.settings.check_by(self.source.by.day))),
            origin: problem.origin.clone(),
            promise: Some(problem.promise.clone()).filter(|p| *p != Promise::default()),
            ..Opening::default()
        }
    }
}
