//! How far a run is: a bar on a terminal, plain lines when asked for, else nothing.

use std::io::IsTerminal;
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressStyle};

use super::{ProgressKind, Session};
use crate::cli::language::Language;
use crate::pipeline::run::{Progress, Silent, Stage};

/// The teller that fits the terminal and the options.
#[must_use]
pub fn teller(session: &Session) -> Box<dyn Progress> {
    match session.progress {
        ProgressKind::None => Box::new(Silent),
        ProgressKind::Plain => Box::new(Lines { language: session.language, last: Mutex::new(None) }),
        ProgressKind::Auto if std::io::stderr().is_terminal() => Box::new(Bar::new(session.language)),
        ProgressKind::Auto => Box::new(Silent),
    }
}

fn name(stage: Stage, language: Language) -> String {
    match stage {
        Stage::Read => language.pick("读取", "reading"),
        Stage::Resolve => language.pick("匹配单位与人员", "linking units and persons"),
        Stage::Mask => language.pick("脱敏", "masking"),
        Stage::Detect => language.pick("执行规则", "running rules"),
        Stage::Publish => language.pick("发布", "publishing"),
    }
}

fn number(stage: Stage) -> u64 {
    Stage::ALL.iter().position(|s| *s == stage).map_or(0, |i| i as u64)
}

struct Lines {
    language: Language,
    last: Mutex<Option<Stage>>,
}

impl Progress for Lines {
    fn at(&self, stage: Stage, detail: &str) {
        let Ok(mut last) = self.last.lock() else { return };
        if *last != Some(stage) {
            *last = Some(stage);
            eprintln!("[{}/{}] {}", number(stage) + 1, Stage::ALL.len(), name(stage, self.language));
        }
        // How many pairs there will be, before they are weighed.
        if stage == Stage::Resolve && !detail.is_empty() {
            eprintln!("      {detail}");
        }
    }
}

struct Bar {
    language: Language,
    bar: ProgressBar,
}

impl Bar {
    fn new(language: Language) -> Self {
        let bar = ProgressBar::new(Stage::ALL.len() as u64);
        if let Ok(style) = ProgressStyle::with_template("{spinner} [{pos}/{len}] {wide_msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(std::time::Duration::from_millis(120));
        Self { language, bar }
    }
}

impl Progress for Bar {
    fn at(&self, stage: Stage, detail: &str) {
        self.bar.set_position(number(stage) + 1);
        self.bar.set_message(format!("{} {detail}", name(stage, self.language)));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
