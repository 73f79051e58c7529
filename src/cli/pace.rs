//! How far a run is and how long it may still take, from moments that are handed in: nothing here reads a clock.

use std::time::Duration;

use super::language::Language;
use super::text_table::grouped;
use crate::pipeline::stages::{Expected, Stage};

/// How often a line is due where nobody watches a bar.
pub const EVERY: Duration = Duration::from_secs(30);

/// A run's progress. All moments are counted from its beginning.
#[derive(Debug, Default)]
pub struct Pace {
    stage: Option<(Stage, Duration)>,
    detail: String,
    done: u64,
    of: Option<u64>,
    expected: Option<Expected>,
    last_line: Duration,
}

impl Pace {
    pub fn expect(&mut self, expected: Expected) {
        self.expected = Some(expected);
    }

    /// A stage or a part of it begins. Whether it is a new stage.
    pub fn at(&mut self, now: Duration, stage: Stage, detail: &str) -> bool {
        detail.clone_into(&mut self.detail);
        if self.stage.is_some_and(|(s, _)| s == stage) {
            return false;
        }
        self.stage = Some((stage, now));
        (self.done, self.of) = (0, None);
        true
    }

    /// Rows or rules that the stage has come through, of those it will where that is known.
    pub fn done(&mut self, done: u64, of: Option<u64>) {
        (self.done, self.of) = (done, of);
    }

    /// Whether a line is due; asked again, the next one is due later.
    pub fn due(&mut self, now: Duration) -> bool {
        let due = now.saturating_sub(self.last_line) >= EVERY;
        if due {
            self.last_line = now;
        }
        due
    }

    /// Seconds that stages took the last time, for as many rows as there are now.
    fn planned(&self, stage: Stage) -> Option<f64> {
        let expected = self.expected.as_ref()?;
        let seconds = expected.seconds.iter().find(|(s, _)| *s == stage)?.1;
        Some(seconds * expected.scale)
    }

    /// What is left: of this stage by what it has done or by the last run, of later ones by the last run. `None` when the last run
    /// does not tell, or this stage takes longer than it should and does not say how far it is.
    #[must_use]
    pub fn remaining(&self, now: Duration) -> Option<Duration> {
        let (stage, since) = self.stage?;
        let spent = now.saturating_sub(since).as_secs_f64();
        let by_count = self.of.filter(|of| *of > 0 && self.done > 0).map(|of| {
            let share = self.done as f64 / of as f64;
            spent * (1.0 - share).max(0.0) / share
        });
        let own = match (by_count, self.planned(stage)) {
            (Some(left), _) => left,
            (None, Some(planned)) if spent <= planned => planned - spent,
            _ => return None,
        };
        let later = Stage::ALL.iter().skip_while(|s| **s != stage).skip(1).map(|s| self.planned(*s));
        let later: Option<f64> = later.sum();
        Some(Duration::from_secs_f64(own + later?))
    }

    /// `[1/5] reading payroll: 0:42, 1,234,567 rows, 45,678 a second, about 3 min left`.
    #[must_use]
    pub fn line(&self, now: Duration, language: Language) -> String {
        let Some((stage, since)) = self.stage else { return language.pick("准备中", "getting ready") };
        let number = Stage::ALL.iter().position(|s| *s == stage).map_or(0, |i| i + 1);
        let mut parts = vec![clock(now)];
        if self.done > 0 {
            let of = self.of.map_or_else(String::new, |of| format!("/{}", grouped(of)));
            let (zh, en) = if stage == Stage::Detect { ("条规则", "rules") } else { ("行", "rows") };
            parts.push(format!("{}{of} {}", grouped(self.done), language.pick(zh, en)));
            let spent = now.saturating_sub(since).as_secs();
            if spent > 0 && stage != Stage::Detect {
                let rate = grouped(self.done / spent);
                parts.push(language.pick(&format!("每秒 {rate} 行"), &format!("{rate} rows a second")));
            }
        }
        parts.push(match self.remaining(now) {
            Some(left) => {
                let left = rounded(left, language);
                language.pick(&format!("约剩 {left}"), &format!("about {left} left"))
            }
            None => language.pick("剩余时间未知", "remaining time unknown"),
        });
        let detail = if self.detail.is_empty() { String::new() } else { format!(" {}", self.detail) };
        format!("[{number}/{}] {}{detail}: {}", Stage::ALL.len(), name(stage, language), parts.join(", "))
    }
}

/// A stage in words.
#[must_use]
pub fn name(stage: Stage, language: Language) -> String {
    match stage {
        Stage::Read => language.pick("读取", "reading"),
        Stage::Resolve => language.pick("匹配单位与人员", "linking units and persons"),
        Stage::Mask => language.pick("脱敏", "masking"),
        Stage::Detect => language.pick("执行规则", "running rules"),
        Stage::Publish => language.pick("发布", "publishing"),
    }
}

/// `1:02:03`, or `2:03` under an hour.
fn clock(time: Duration) -> String {
    let s = time.as_secs();
    if s >= 3600 {
        format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
    } else {
        format!("{}:{:02}", s / 60, s % 60)
    }
}

/// No more precise than it can be.
fn rounded(time: Duration, language: Language) -> String {
    let s = time.as_secs();
    match s {
        0..=90 => {
            let s = s.div_ceil(10).max(1) * 10;
            language.pick(&format!("{s} 秒"), &format!("{s} s"))
        }
        _ => {
            let minutes = s.div_ceil(60);
            language.pick(&format!("{minutes} 分钟"), &format!("{minutes} min"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn expected(scale: f64) -> Expected {
        let seconds = Stage::ALL.into_iter().zip([10.0, 20.0, 5.0, 40.0, 15.0]).collect();
        Expected { seconds, scale }
    }

    #[test]
    fn what_is_left_is_the_rest_of_the_stage_and_the_stages_after_it() {
        let mut pace = Pace::default();
        assert_eq!(pace.remaining(at(0)), None, "nothing has begun");
        pace.expect(expected(2.0));
        pace.at(at(1), Stage::Resolve, "");
        assert_eq!(pace.remaining(at(11)), Some(at(40 - 10 + 120)));
        assert_eq!(pace.remaining(at(42)), None, "longer than ever before: nobody knows");
        pace.done(50, Some(100));
        assert_eq!(pace.remaining(at(61)), Some(at(60 + 120)), "half is done in sixty seconds");
        pace.at(at(80), Stage::Publish, "");
        assert_eq!(pace.remaining(at(90)), Some(at(20)));
    }

    #[test]
    fn without_an_earlier_run_the_time_is_unknown_and_said_to_be() {
        let mut pace = Pace::default();
        pace.at(at(0), Stage::Read, "payroll");
        pace.done(1_000_000, None);
        let line = pace.line(at(20), Language::En);
        assert_eq!(line, "[1/5] reading payroll: 0:20, 1,000,000 rows, 50,000 rows a second, remaining time unknown");
        assert!(pace.line(at(20), Language::Zh).contains("剩余时间未知"));
    }

    #[test]
    fn lines_say_stage_count_and_time_left() {
        let mut pace = Pace::default();
        pace.expect(expected(1.0));
        pace.at(at(35), Stage::Detect, "");
        pace.done(30, Some(120));
        assert_eq!(pace.line(at(65), Language::En), "[4/5] running rules: 1:05, 30/120 rules, about 2 min left");
        pace.at(at(3_700), Stage::Publish, "");
        assert_eq!(pace.line(at(3_701), Language::En), "[5/5] publishing: 1:01:41, about 20 s left");
    }

    #[test]
    fn a_line_is_due_every_thirty_seconds() {
        let mut pace = Pace::default();
        let due: Vec<u64> = (0..100).filter(|s| pace.due(at(*s))).collect();
        assert_eq!(due, [30, 60, 90]);
        assert!(!pace.due(at(119)) && pace.due(at(300)) && !pace.due(at(301)), "late ones are not made up for");
    }
}
