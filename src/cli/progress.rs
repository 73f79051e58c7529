//! How far a run is: a bar on a terminal, plain lines elsewhere (stages when asked for, and a line every half minute), or nothing.

use std::io::IsTerminal;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::pace::{Pace, name};
use super::{ProgressKind, Session};
use crate::cli::language::Language;
use crate::pipeline::stages::{Expected, Progress, Silent, Stage};

/// The teller that fits the terminal and the options. A quiet one says nothing unless it was asked for.
#[must_use]
pub fn teller(session: &Session, quiet: bool) -> Box<dyn Progress> {
    match session.progress {
        ProgressKind::None => Box::new(Silent),
        ProgressKind::Plain => Box::new(Lines::new(session.language, true)),
        ProgressKind::Auto if quiet => Box::new(Silent),
        ProgressKind::Auto if std::io::stderr().is_terminal() => Box::new(Bar::new(session.language)),
        ProgressKind::Auto => Box::new(Lines::new(session.language, false)),
    }
}

/// How often the thread looks whether a line is due.
const LOOK: Duration = Duration::from_secs(1);

/// What lines and the thread that prints them have in common.
struct Shared {
    began: Instant,
    pace: Mutex<Pace>,
}

impl Shared {
    fn new() -> Self {
        Self { began: Instant::now(), pace: Mutex::new(Pace::default()) }
    }
    fn with<T>(&self, work: impl FnOnce(&mut Pace, Duration) -> T) -> T {
        work(&mut self.pace.lock().unwrap_or_else(PoisonError::into_inner), self.began.elapsed())
    }
}

struct Lines {
    language: Language,
    /// Whether every stage is announced.
    stages: bool,
    shared: Arc<Shared>,
    /// Dropped, it ends the thread.
    _alive: Sender<()>,
}

impl Lines {
    fn new(language: Language, stages: bool) -> Self {
        let shared = Arc::new(Shared::new());
        let (alive, ended) = channel::<()>();
        let ticking = Arc::clone(&shared);
        std::thread::spawn(move || {
            while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                let line = ticking.with(|pace, now| pace.due(now).then(|| pace.line(now, language)));
                if let Some(line) = line {
                    eprintln!("{line}");
                }
            }
        });
        Self { language, stages, shared, _alive: alive }
    }
}

impl Progress for Lines {
    fn at(&self, stage: Stage, detail: &str) {
        let new = self.shared.with(|pace, now| pace.at(now, stage, detail));
        if self.stages && new {
            let number = Stage::ALL.iter().position(|s| *s == stage).map_or(0, |i| i + 1);
            eprintln!("[{number}/{}] {}", Stage::ALL.len(), name(stage, self.language));
        }
        // How many pairs there will be, before they are weighed.
        if self.stages && stage == Stage::Resolve && !detail.is_empty() {
            eprintln!("      {detail}");
        }
    }
    fn expect(&self, expected: Expected) {
        self.shared.with(|pace, _| pace.expect(expected));
    }
    fn done(&self, done: u64, of: Option<u64>) {
        self.shared.with(|pace, _| pace.done(done, of));
    }
}

struct Bar {
    language: Language,
    shared: Shared,
    bar: ProgressBar,
}

impl Bar {
    fn new(language: Language) -> Self {
        let bar = ProgressBar::new(Stage::ALL.len() as u64);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { language, shared: Shared::new(), bar }
    }
    fn show(&self) {
        self.bar.set_message(self.shared.with(|pace, now| pace.line(now, self.language)));
    }
}

impl Progress for Bar {
    fn at(&self, stage: Stage, detail: &str) {
        self.shared.with(|pace, now| pace.at(now, stage, detail));
        self.show();
    }
    fn expect(&self, expected: Expected) {
        self.shared.with(|pace, _| pace.expect(expected));
    }
    fn done(&self, done: u64, of: Option<u64>) {
        self.shared.with(|pace, _| pace.done(done, of));
        self.show();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
