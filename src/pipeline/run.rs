//! One run: the rooms in order, counts asserted on the way, everything published at the end or nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rayon::prelude::*;

use super::basis::{self, Basis, Made};
use super::cache::Cache;
use super::cache::answers::Answers;
use super::cache::plan::{Plan, Step, Subject};
use super::cache::stamps::Stamps;
use super::cache::trials::Tried;
use super::config::PipelineConfig;
use super::front::{self, Front, Maker, PutDown};
use super::memory::{self, Budget, Limit};
use super::reading::{context, digests};
use super::stages::{Expected, Progress, Stage};
use super::standing::{self, Standing};
use super::{access, attempts, ledger, lock, manifest, secret_file};
use crate::detect::kept::{Forgetful, Trials};
use crate::detect::{self, Catalogue, DetectContext, Detected};
use crate::error::{Fault, Result};
use crate::extract::{FileReport, Limits};
use crate::kernel::dates::Month;
use crate::kernel::secret::Secret;
use crate::publish::layout::Store;
use crate::publish::{self, Publication, Published};
use crate::table::digest::FrameDigest;
use crate::table::{Frame, Schemas, Shelf};

/// What the command line adds to the pipeline file.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Where to publish instead of the pipeline's own place.
    pub out: Option<PathBuf>,
    /// Everything but publishing.
    pub dry_run: bool,
    /// Nothing is taken from an earlier run: every extract is read and everything is worked out and published again.
    pub full: bool,
    /// A reason for accepting an unusual number of rows.
    pub accept_volume: Option<String>,
    /// How much memory the run may take.
    pub memory: Limit,
    /// The program to start as the parser child.
    pub program: PathBuf,
    /// A publishing step at which to abort, for fault tests.
    pub failpoint: Option<String>,
    pub limits: Limits,
}

/// What happened, for the summary and for `--fail-on`.
#[derive(Debug)]
pub struct RunReport {
    pub period: Month,
    pub run_id: String,
    /// Why the published run, if there was one, does not stand.
    pub changed: Vec<String>,
    pub out: PathBuf,
    /// `None` after a dry run.
    pub published: Option<Published>,
    /// Canonical tables that had a feed, by name; the others are published without rows.
    pub feeds: Vec<String>,
    /// Canonical tables that had none, by name.
    pub tables_without_feed: Vec<String>,
    pub files: Vec<FileReport>,
    pub reject_reasons: Vec<(String, u64)>,
    pub unit_methods: Vec<(String, u64)>,
    /// Table → grade → rows.
    pub person_grades: Vec<(String, BTreeMap<char, u64>)>,
    pub unresolved: u64,
    pub units: u64,
    pub persons: u64,
    pub detected: Detected,
    pub timings: Vec<(&'static str, f64)>,
    /// What was done anew and what was taken from an earlier run.
    pub plan: Vec<Step>,
    pub budget: Budget,
}

/// What came of asking for a run.
#[derive(Debug)]
pub enum Outcome {
    Ran(Box<RunReport>),
    /// Nothing has changed since the published run.
    Stands(Standing),
}

/// Loads the rule catalogue and holds the pipeline's parameters against it.
///
/// # Errors
/// [`Fault::Configuration`] with every problem of every rule file and parameter.
pub fn load_catalogue(config: &PipelineConfig, schemas: &Schemas) -> Result<Catalogue> {
    load_catalogue_trying(config, schemas, &Forgetful)
}

fn load_catalogue_trying(config: &PipelineConfig, schemas: &Schemas, trials: &dyn Trials) -> Result<Catalogue> {
    let catalogue = Catalogue::load_trying(&config.rules, schemas, trials)?;
    let problems = super::parameters::check(config, &catalogue);
    if problems.is_empty() { Ok(catalogue) } else { Err(Fault::Configuration(problems)) }
}

/// A run that is to be made.
struct Run<'a> {
    config: &'a PipelineConfig,
    schemas: &'a Schemas,
    period: Month,
    options: &'a RunOptions,
    progress: &'a dyn Progress,
    catalogue: &'a Catalogue,
    out: PathBuf,
    secret: &'a Secret,
    made: &'a Made<'a>,
    cache: &'a Cache,
    /// The extracts by path and digest, as far as that is known without reading them.
    known: Option<basis::Inputs>,
    changed: Vec<String>,
}

/// Runs one period, unless what is published of it is what would be published again.
///
/// # Errors
/// Any [`Fault`]; the published tree is then as it was.
pub fn run(
    config: &PipelineConfig,
    schemas: &Schemas,
    period: Month,
    options: &RunOptions,
    progress: &dyn Progress,
) -> Result<Outcome> {
    // A workspace whose rules are wrong is given no key yet.
    let known_secret = config.key_file.exists().then(|| secret_file::load_or_make(&config.key_file)).transpose()?;
    let cache_of = |secret: &Secret| Cache::open(&config.cache.folder, secret, config.cache.max_bytes);
    let known_cache = known_secret.as_ref().map(cache_of);
    let catalogue = match &known_cache {
        Some(cache) => {
            let tried = Tried::load(cache, options.full);
            let catalogue = load_catalogue_trying(config, schemas, &tried)?;
            tried.save();
            catalogue
        }
        None => load_catalogue(config, schemas)?,
    };
    let out = options.out.clone().unwrap_or_else(|| config.out.clone());
    let _lock = if options.dry_run {
        None
    } else {
        publish::preflight(&out)?;
        Some(lock::take(&out)?)
    };
    let secret = known_secret.map_or_else(|| secret_file::load_or_make(&config.key_file), Ok)?;
    // A trial run begins no ledger.
    let open = if options.dry_run { ledger::ClosedLoop::open_existing } else { ledger::ClosedLoop::open_or_make };
    let mut ledger = config.ledger.as_ref().map(open).transpose()?.flatten();
    let decided = ledger.as_ref().map(ledger::ClosedLoop::digest).unwrap_or_default();
    let earlier = publish::earlier(&out, period)?;
    let made = Made { config, catalogue: &catalogue, secret: &secret, earlier: &earlier, decided: &decided };
    let cache = known_cache.unwrap_or_else(|| cache_of(&secret));
    let known = known_extracts(&cache, config, period, options);
    let changed = match what_changed(known.as_ref(), &made, &out, period, ledger.as_ref())? {
        Ok(standing) => {
            if !options.dry_run {
                attempts::end(&out, period, None);
            }
            return Ok(Outcome::Stands(standing));
        }
        Err(changed) => changed,
    };
    let run = Run {
        config,
        schemas,
        period,
        options,
        progress,
        catalogue: &catalogue,
        out: out.clone(),
        secret: &secret,
        made: &made,
        cache: &cache,
        known,
        changed,
    };
    if options.dry_run {
        return Ok(Outcome::Ran(Box::new(run.make(ledger.as_mut())?)));
    }
    attempts::begin(&out, period)?;
    let made = run.make(ledger.as_mut());
    attempts::end(&out, period, made.as_ref().err());
    cache.prune();
    Ok(Outcome::Ran(Box::new(made?)))
}

/// The extracts by path and digest; `None` when nothing is to be taken from earlier runs, or something is amiss with them.
fn known_extracts(
    cache: &Cache,
    config: &PipelineConfig,
    period: Month,
    options: &RunOptions,
) -> Option<basis::Inputs> {
    // A failpoint is there to be met.
    if options.full || options.failpoint.is_some() {
        return None;
    }
    let mut stamps = Stamps::load(cache, options.full);
    let known = digests(config, period, options, &mut stamps);
    stamps.save();
    known
}

/// The published run if it stands, else what has changed since.
fn what_changed(
    known: Option<&basis::Inputs>,
    made: &Made<'_>,
    out: &Path,
    period: Month,
    ledger: Option<&ledger::ClosedLoop>,
) -> Result<std::result::Result<Standing, Vec<String>>> {
    let Some(inputs) = known else { return Ok(Err(vec![ALL.to_owned()])) };
    let basis = Basis::of(made, period, inputs)?;
    match standing::look(out, period, &basis)? {
        // One that died between publishing and telling the ledger is to tell it now.
        Ok(standing) if !told(ledger, &standing)? => Ok(Err(vec!["the ledger was not told".to_owned()])),
        looked => Ok(looked),
    }
}

/// Why nothing is taken from an earlier run when that was asked for.
const ALL: &str = "everything is asked for again";

fn front_parts(basis: &Basis, settings: &[(String, String)]) -> Vec<(String, String)> {
    let mut parts = basis.front();
    parts.extend(settings.iter().cloned());
    parts
}

/// The front half, taken from the published run when it rests on the same things, and what the whole run rests on.
fn front_half(
    maker: &Maker<'_>,
    made: &Made<'_>,
    known: Option<basis::Inputs>,
    settings: &[(String, String)],
    published: Option<&serde_json::Value>,
    clock: &mut Clock,
) -> Result<(Front, Basis)> {
    let mut why = ALL.to_owned();
    // Raw names stand in the extracts alone.
    if let Some(inputs) = known.filter(|_| !maker.config.restricted) {
        let basis = Basis::of(made, maker.period, &inputs)?;
        let changed = published.map(|m| front::changed(m, basis.build(), &front_parts(&basis, settings)));
        why = changed.as_ref().map_or_else(|| "nothing is published".to_owned(), |c| c.join(", "));
        if changed.is_some_and(|c| c.is_empty())
            && let Some(front) = published.map(|m| maker.kept(m)).transpose()?.flatten()
        {
            clock.lap("read back");
            return Ok((front, basis));
        }
    }
    let front = maker.anew(published, &why, clock)?;
    front::note_extracts(maker.plan, &front.account.files, published, &why);
    // Of what was read, not of what stood there a moment before.
    let inputs: Vec<(String, String)> =
        front.account.files.iter().map(|f| (f.file.clone(), f.sha256.clone())).collect();
    Ok((front, Basis::of(made, maker.period, &inputs)?))
}

fn told(ledger: Option<&ledger::ClosedLoop>, standing: &Standing) -> Result<bool> {
    ledger.map_or(Ok(true), |ledger| ledger.was_told(standing.period, &standing.run_id))
}

impl Run<'_> {
    /// The rooms in order.
    #[expect(clippy::too_many_lines, reason = "the rooms in order, one after another")]
    fn make(self, ledger: Option<&mut ledger::ClosedLoop>) -> Result<RunReport> {
        let Run { config, schemas, period, options, progress, catalogue, out, secret, made, cache, known, changed } =
            self;
        let mut clock = Clock::new();

        let plan = Plan::default();
        memory::forget_peak();
        let published = publish::manifest(&out, period)?;
        let previous = publish::manifest(&out, period.plus(-1))?;
        let earlier: Vec<&serde_json::Value> = published.iter().chain(&previous).collect();
        let planned = memory::planned(config, &|source| context(config, source, period, options, None));
        let need = memory::need(&planned, &earlier);
        let budget = Budget::of(options.memory.bytes(memory::machine()), need)?;
        if let Some(expected) = earlier.iter().find_map(|m| Expected::of(m, need.rows)) {
            progress.expect(expected);
        }
        let shelf = budget.frugal.then(|| Shelf::make(&config.cache.folder.with_extension("shelf"))).transpose()?;
        let judgements = ledger.as_deref().map(ledger::ClosedLoop::judgements).unwrap_or_default();
        let settings = front::settings(config, &judgements);
        let maker = Maker {
            config,
            schemas,
            catalogue,
            period,
            options,
            progress,
            secret,
            judgements,
            out: &out,
            shelf: shelf.as_ref(),
            cache,
            settings: &settings,
            plan: &plan,
        };
        let (mut front, basis) = front_half(&maker, made, known, &settings, published.as_ref(), &mut clock)?;
        let run_id = basis.run_id(period);
        let front_json = front.json(&front_parts(&basis, &settings));
        let whole = front.carried.is_empty();
        let store = Store::new(&out);
        let begin = || publish::begin(&store, period, &run_id, options.failpoint.as_deref());
        let mut begun = if options.dry_run { None } else { Some(begin()?) };
        let (written, put_down) = match &begun {
            Some(begun) if budget.frugal && whole => front.put_down(catalogue, begun)?,
            _ => PutDown::default(),
        };
        clock.lap("put down");
        let Front { mut frames, others, thin, carried, account, linking: _, names } = front;
        let front::Account { feeds, without_feed, files, reject_reasons, links, units, persons } = account;
        let history = publish::past_findings(&out, period)?;
        let wanted = detect::past::wanted(catalogue, &config.disabled);
        let past = publish::past::files(&out, period, &wanted)?;
        let at_once = if budget.frugal { 1 } else { rayon::current_num_threads() };

        progress.at(Stage::Detect, "");
        let context = DetectContext {
            period,
            run_id: run_id.clone(),
            parameters: super::parameters::values(config),
            disabled: config.disabled.clone(),
            feeds,
            history,
            published: publish::published_rows(&out),
            known: ledger.as_deref().map(ledger::ClosedLoop::known).unwrap_or_default(),
            past: publish::past::read_resting(&past, wanted, at_once, |frame| front::rest(shelf.as_ref(), frame))?,
            row_cap: config.row_cap,
        };
        // Everything rules saw is published, rejected_rows and the empty tables of absent feeds too, so that an auditor can run
        // any rule over what is published. Which tables had a feed stands in the manifest.
        let seen_by_rules = frames.len();
        let digests = digests_of(cache, &frames);
        frames.extend(others);
        // Of tables whose files stand already only what rules name is at hand.
        let first_new = if thin { seen_by_rules } else { 0 };
        let relink = !options.full && options.failpoint.is_none();
        if let Some(begun) = &mut begun {
            let known = if thin { &[] } else { digests.as_slice() };
            begun.know(contents(cache, &frames[first_new..], known, &run_id), relink);
        }
        let answers = Answers::new(cache, period, options.full, &plan, progress);
        let rules = || detect::detect_keeping(catalogue, &frames[..seen_by_rules], &digests, &context, &answers);
        let (detected, beside) = match &begun {
            Some(begun) => begun.write_beside(&frames[first_new..], rules)?,
            None => (rules(), Vec::new()),
        };
        let detected = detected?;
        clock.lap("detect");

        let of_rules = frames.len();
        frames.extend(detect::frames(&detected, catalogue, &context));
        if let Some(names) = names {
            let unmasked = names.frames(&frames[of_rules..]);
            frames.extend(unmasked);
        }
        let telling = ledger.as_deref().map(|l| l.prepare(period, &run_id, &detected)).transpose()?;
        if let (Some(ledger), Some(telling)) = (ledger.as_deref(), &telling) {
            frames.extend(ledger.frames(telling)?);
        }
        progress.at(Stage::Publish, "");
        let mut report = RunReport {
            period,
            changed,
            run_id: run_id.clone(),
            out: out.clone(),
            published: None,
            tables_without_feed: without_feed,
            feeds: context.feeds.iter().cloned().collect(),
            files,
            reject_reasons,
            unit_methods: links.0,
            person_grades: links.1,
            unresolved: links.2,
            units,
            persons,
            detected,
            timings: Vec::new(),
            plan: Vec::new(),
            budget,
        };
        if let Some(mut begun) = begun {
            let mut manifest = manifest::build(config, catalogue, &report, &clock.laps);
            manifest["basis"] = basis.json();
            manifest["front"] = front_json;
            manifest["memory"] = budget.json(whole && plan.nothing_reused());
            if let (Some(ledger), Some(telling)) = (ledger.as_deref(), &telling) {
                manifest["ledger"] = ledger.manifest(telling);
            }
            begun.know(contents(cache, &frames[of_rules..], &[], &run_id), relink);
            let publication = Publication {
                out: &out,
                period,
                run_id: &run_id,
                frames: &frames[first_new..],
                carried: &carried,
                put_down: &put_down,
                manifest,
                failpoint: options.failpoint.as_deref(),
            };
            if config.restricted {
                access::published(&report, &frames[of_rules..])?;
            }
            report.published = Some(publish::complete(begun, &publication, [written, beside].concat())?);
            clock.lap("publish");
            if let (Some(ledger), Some(telling)) = (ledger, telling) {
                ledger.tell(telling)?;
                clock.lap("ledger");
            }
        }
        for file in report.published.iter().flat_map(|p| &p.files) {
            plan.note(Subject::Table, &file.table, file.relinked, if file.relinked { "" } else { "changed" });
        }
        report.plan = plan.steps();
        report.timings = clock.laps;
        Ok(report)
    }
}

/// What frames hold, as digests; nothing where nothing is remembered.
fn digests_of(cache: &Cache, frames: &[Frame]) -> Vec<FrameDigest> {
    if cache.keeps() { frames.par_iter().map(FrameDigest::of).collect() } else { Vec::new() }
}

/// Table → digest of what is published of it by this build of the program. The first frames have theirs already.
fn contents(cache: &Cache, frames: &[Frame], known: &[FrameDigest], run_id: &str) -> BTreeMap<String, String> {
    let build = super::cache::build();
    let rest = digests_of(cache, &frames[known.len()..]);
    let all = frames.iter().zip(known.iter().chain(&rest));
    // A table with a column for the run names it in its metadata too, even without rows.
    let run = |frame: &Frame| if frame.column("run_id").is_some() { run_id.to_owned() } else { String::new() };
    all.map(|(f, digest)| (f.path.clone(), basis::digest(&[&build, &digest.whole, &run(f)]))).collect()
}

/// Stage times, in order. Seconds go to the manifest and the summary, never into a table.
pub(super) struct Clock {
    last: Instant,
    laps: Vec<(&'static str, f64)>,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self { last: Instant::now(), laps: Vec::new() }
    }
    pub(super) fn lap(&mut self, stage: &'static str) {
        self.laps.push((stage, self.last.elapsed().as_secs_f64()));
        self.last = Instant::now();
    }
}
