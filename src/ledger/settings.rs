//! What an office sets: deadlines, the ladder of reminders, how much silence of a rule proves a closing.

use super::calendar::Calendar;
use super::classes::Classes;

/// A step of the ladder that an overdue case climbs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    pub step: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
    /// Days past the deadline, where the pipeline file does not say.
    pub days: i32,
}

/// DOMAIN J: D+1 phone, D+7 written, D+15 letter, D+30 second letter with a copy to the supervisor, D+45 circular or talk, D+60
/// applications suspended and the matter passed on.
pub const LADDER: [Rung; 6] = [
    Rung { step: "phone", zh: "电话提醒", en: "phone reminder", days: 1 },
    Rung { step: "written", zh: "书面警示", en: "written warning", days: 7 },
    Rung { step: "letter", zh: "督办函(第一次)", en: "supervision letter", days: 15 },
    Rung {
        step: "second_letter",
        zh: "督办函(第二次)并抄送主管部门",
        en: "second letter, copy to the supervisor",
        days: 30,
    },
    Rung { step: "circular", zh: "通报、约谈", en: "circular, talk", days: 45 },
    Rung { step: "suspend", zh: "暂停受理并移送", en: "applications suspended, matter passed on", days: 60 },
];

/// The `[ledger]` section.
#[derive(Debug, Clone)]
pub struct Settings {
    pub calendar: Calendar,
    pub classes: Classes,
    /// Findings of this severity or graver open a case: S1 to S4.
    pub from_severity: String,
    /// Working days for checking a suspicion.
    pub check_workdays: u32,
    /// Days for putting right, where the assignment names none.
    pub rectify_days: i32,
    /// The same for a complex matter.
    pub complex_days: i32,
    /// The farthest a long-term plan may reach.
    pub plan_years: i32,
    /// Days after the assignment within which a case may be closed at once.
    pub at_once_days: i32,
    /// Extensions of one deadline.
    pub extensions: usize,
    /// Later runs in which the rule must be silent.
    pub clean_runs: u32,
    /// A rule confirmed more rarely than this, of a hundred …
    pub precision_floor_percent: u32,
    /// … among at least so many checked, is to be looked at.
    pub precision_checked: u64,
    /// Levels that sign before a case is accepted, in their order, such as supervisor.
    pub accept_after: Vec<String>,
    /// Levels that sign between acceptance and closing, such as city for what a county's office has accepted.
    pub close_after: Vec<String>,
    /// Days overdue of each rung of [`LADDER`].
    pub ladder: [i32; 6],
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            calendar: Calendar::default(),
            classes: Classes::default(),
            from_severity: "S3".to_owned(),
            check_workdays: 10,
            rectify_days: 30,
            complex_days: 90,
            plan_years: 3,
            at_once_days: 15,
            extensions: 2,
            clean_runs: 2,
            precision_floor_percent: 20,
            precision_checked: 30,
            accept_after: Vec::new(),
            close_after: Vec::new(),
            ladder: LADDER.map(|r| r.days),
        }
    }
}

impl Settings {
    /// The rung that a case so many days overdue stands on.
    #[must_use]
    pub fn rung(&self, days_overdue: i32) -> Option<&'static Rung> {
        let reached = |(_, from): &(&'static Rung, &i32)| days_overdue >= **from;
        LADDER.iter().zip(&self.ladder).rfind(reached).map(|(rung, _)| rung)
    }

    /// The last day for checking what is found on `day`.
    #[must_use]
    pub fn check_by(&self, day: i32) -> i32 {
        self.calendar.after_workdays(day, self.check_workdays)
    }
}

/// The rung of that name.
#[must_use]
pub fn rung_of(step: &str) -> Option<&'static Rung> {
    LADDER.iter().find(|r| r.step == step)
}
