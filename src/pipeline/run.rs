//! One run: the rooms in order, counts asserted on the way, everything published at the end or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Instant;

use indexmap::IndexMap;

use super::config::PipelineConfig;
use super::{access, accounts, ledger, lock, manifest, secret_file, set_aside};
use crate::detect::{self, Catalogue, DetectContext, Detected};
use crate::error::{Fault, Place, Problem, Result};
use crate::extract::{self, FileReport, Limits, ReadContext, Reject};
use crate::kernel::dates::Month;
use crate::kernel::secret::Secret;
use crate::publish::layout::Store;
use crate::publish::{self, Begun, Publication, Published, PublishedFile, masked, restricted};
use crate::resolve::pair::{PairReport, RowName};
use crate::resolve::{self, Judgements, Resolution, ResolveContext};
use crate::table::{Frame, Schemas, Table};

/// A run's stages, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Read,
    Resolve,
    Mask,
    Detect,
    Publish,
}

impl Stage {
    pub const ALL: [Self; 5] = [Self::Read, Self::Resolve, Self::Mask, Self::Detect, Self::Publish];
}

/// Who wants to hear how far a run is.
pub trait Progress: Sync {
    /// A stage begins, or a part of it: `detail` names the source or the table.
    fn at(&self, stage: Stage, detail: &str);
}

/// Hears nothing.
pub struct Silent;

impl Progress for Silent {
    fn at(&self, _: Stage, _: &str) {}
}

/// What the command line adds to the pipeline file.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Where to publish instead of the pipeline's own place.
    pub out: Option<PathBuf>,
    /// Everything but publishing.
    pub dry_run: bool,
    /// A reason for accepting an unusual number of rows.
    pub accept_volume: Option<String>,
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
}

/// Sources read for one period.
struct Inputs {
    tables: IndexMap<String, Table>,
    rejects: Vec<(String, Reject)>,
    files: Vec<FileReport>,
}

/// Loads the rule catalogue and holds the pipeline's parameters against it.
///
/// # Errors
/// [`Fault::Configuration`] with every problem of every rule file and parameter.
pub fn load_catalogue(config: &PipelineConfig, schemas: &Schemas) -> Result<Catalogue> {
    let catalogue = Catalogue::load(&config.rules, schemas)?;
    let problems = super::parameters::check(config, &catalogue);
    if problems.is_empty() { Ok(catalogue) } else { Err(Fault::Configuration(problems)) }
}

/// Runs one period.
///
/// # Errors
/// Any [`Fault`]; the published tree is then as it was.
#[expect(clippy::too_many_lines, reason = "the rooms in order, one after another")]
pub fn run(
    config: &PipelineConfig,
    schemas: &Schemas,
    period: Month,
    options: &RunOptions,
    progress: &dyn Progress,
) -> Result<RunReport> {
    let catalogue = load_catalogue(config, schemas)?;
    let out = options.out.clone().unwrap_or_else(|| config.out.clone());
    let _lock = if options.dry_run {
        None
    } else {
        publish::preflight(&out)?;
        Some(lock::take(&out)?)
    };
    let secret = secret_file::load_or_make(&config.key_file)?;
    // A trial run begins no ledger.
    let open = if options.dry_run { ledger::ClosedLoop::open_existing } else { ledger::ClosedLoop::open_or_make };
    let mut ledger = config.ledger.as_ref().map(open).transpose()?.flatten();
    let decided = ledger.as_ref().map(ledger::ClosedLoop::digest).unwrap_or_default();
    let mut clock = Clock::new();

    let previous = publish::manifest(&out, period.plus(-1))?;
    let inputs = read(config, period, options, previous.as_ref(), progress)?;
    clock.lap("read");
    let history = publish::past_findings(&out, period)?;
    let wanted = detect::past::wanted(&catalogue, &config.disabled);
    let past = publish::past::files(&out, period, &wanted)?;
    let before = manifest::Before { history: &history, past: &past, decided: &decided };
    let run_id = manifest::run_id(config, &catalogue, period, &inputs.files, &before, &secret);

    progress.at(Stage::Resolve, "");
    let context = ResolveContext {
        period,
        secret: secret.clone(),
        thresholds: config.thresholds,
        judgements: ledger.as_ref().map(ledger::ClosedLoop::judgements).unwrap_or_default(),
    };
    let tell = |estimate: &str| progress.at(Stage::Resolve, estimate);
    let resolution = resolve::resolve_telling(&inputs.tables, &context, &tell);
    clock.lap("resolve");

    let links = link_counts(&inputs.tables, &resolution);
    let (rates, purposes) = rayon::join(
        || accounts::link_rates(schemas, period, &inputs.tables, &inputs.files, &resolution),
        || accounts::purpose_matches(schemas, period, &inputs.tables, &resolution),
    );
    let own = [
        accounts::source_files(schemas, period, &inputs.files),
        accounts::file_totals(schemas, period, &inputs.files),
        rates,
        purposes,
    ];
    let own: Vec<Frame> = own.into_iter().flatten().collect();
    let feeds = inputs.tables.keys().cloned().chain(own.iter().map(|f| f.name().to_owned())).collect();
    let names = config.restricted.then(|| restricted::Names::of(&inputs.tables, &resolution));
    let reject_reasons = set_aside::by_reason(&inputs.rejects);
    let (mut frames, rejects, files) = masked_frames(inputs, schemas, &resolution, &secret, period, progress)?;
    // What the run says of itself stands beside the extracts, in the place that was kept empty for it.
    frames.retain(|f| !own.iter().any(|o| o.path == f.path));
    frames.extend(own);
    let (entities, mut link_frames) =
        rayon::join(|| resolve::frames::entities(&resolution, period), || resolve::frames::links(&resolution, period));
    frames.extend(entities);
    link_frames.push(resolve::frames::blocks(&resolution, period));
    let (units, persons) = (resolution.units.len() as u64, resolution.persons.len() as u64);
    drop(resolution);
    clock.lap("mask");

    progress.at(Stage::Detect, "");
    let seen_by_rules = frames.len();
    frames.extend(link_frames);
    frames.push(rejects);
    let context = DetectContext {
        period,
        run_id: run_id.clone(),
        parameters: super::parameters::values(config),
        disabled: config.disabled.clone(),
        feeds,
        history,
        known: ledger.as_ref().map(ledger::ClosedLoop::known).unwrap_or_default(),
        past: publish::past::read(&past, wanted)?,
        row_cap: config.row_cap,
    };
    // Everything rules saw is published, rejected_rows and the empty tables of absent feeds too, so that an auditor can run
    // any rule over what is published. Which tables had a feed stands in the manifest.
    let store = Store::new(&out);
    let begin = || publish::begin(&store, period, &run_id, options.failpoint.as_deref());
    let begun = if options.dry_run { None } else { Some(begin()?) };
    let (detected, written) = detect_and_write(&catalogue, (&frames, seen_by_rules), &context, begun.as_ref())?;
    clock.lap("detect");

    frames.extend(detect::frames(&detected, &catalogue, &context));
    if let Some(names) = names {
        frames.extend(names.frames(&frames));
    }
    let telling = ledger.as_ref().map(|l| l.prepare(period, &run_id, &detected)).transpose()?;
    if let (Some(ledger), Some(telling)) = (&ledger, &telling) {
        frames.extend(ledger.frames(telling)?);
    }
    progress.at(Stage::Publish, "");
    let mut report = RunReport {
        period,
        run_id: run_id.clone(),
        out: out.clone(),
        published: None,
        tables_without_feed: frames.iter().filter_map(|f| absent(f, &context.feeds)).collect(),
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
    };
    if let Some(begun) = begun {
        let mut manifest = manifest::build(config, &catalogue, &report, &clock.laps);
        if let (Some(ledger), Some(telling)) = (&ledger, &telling) {
            manifest["ledger"] = ledger.manifest(telling);
        }
        if config.restricted {
            access::published(&report, &frames)?;
        }
        let failpoint = options.failpoint.as_deref();
        let publication = Publication { out: &out, period, run_id: &run_id, frames: &frames, manifest, failpoint };
        report.published = Some(publish::complete(begun, &publication, written)?);
        clock.lap("publish");
        if let (Some(ledger), Some(telling)) = (&mut ledger, telling) {
            ledger.tell(telling)?;
            clock.lap("ledger");
        }
    }
    report.timings = clock.laps;
    Ok(report)
}

/// Runs the rules over the first frames, and meanwhile writes all of them: rules leave a core idle for half of the time.
fn detect_and_write(
    catalogue: &Catalogue,
    (frames, seen_by_rules): (&[Frame], usize),
    context: &DetectContext,
    begun: Option<&Begun<'_>>,
) -> Result<(Detected, Vec<PublishedFile>)> {
    std::thread::scope(|scope| {
        let write = |begun: &Begun<'_>| begun.write_beside(&frames.iter().collect::<Vec<_>>());
        let writer = begun.map(|begun| scope.spawn(move || write(begun)));
        let detected = detect::detect(catalogue, &frames[..seen_by_rules], context);
        let written =
            writer.map_or(Ok(Vec::new()), |w| w.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        Ok((detected?, written?))
    })
}

/// Rejects, each with the table it was meant for.
pub type Rejects = Vec<(String, Reject)>;

/// Everything short of linking: pipeline, schemas, rules and every extract are looked at, and every problem is told.
///
/// # Errors
/// [`Fault::Configuration`] or [`Fault::Inputs`] with all problems.
pub fn check(
    config: &PipelineConfig,
    schemas: &Schemas,
    period: Month,
    options: &RunOptions,
    progress: &dyn Progress,
) -> Result<(Vec<FileReport>, Rejects)> {
    load_catalogue(config, schemas)?;
    let out = options.out.clone().unwrap_or_else(|| config.out.clone());
    let previous = publish::manifest(&out, period.plus(-1))?;
    let inputs = read(config, period, options, previous.as_ref(), progress)?;
    Ok((inputs.files, inputs.rejects))
}

/// The tables of one period as they are read, before anything is linked.
///
/// # Errors
/// Any fault of reading.
pub fn tables(config: &PipelineConfig, period: Month, options: &RunOptions) -> Result<IndexMap<String, Table>> {
    Ok(read(config, period, options, None, &Silent)?.tables)
}

/// Reads and links one period, publishes nothing, and says what became of two rows of person tables.
///
/// # Errors
/// [`Fault::Configuration`] when a row's name fits no row or several; any fault of reading.
pub fn explain_pair(
    config: &PipelineConfig,
    schemas: &Schemas,
    period: Month,
    options: &RunOptions,
    names: &[RowName; 2],
) -> Result<PairReport> {
    load_catalogue(config, schemas)?;
    let inputs = read(config, period, options, None, &Silent)?;
    let wrong = |name: &RowName, message: String| {
        let place = Place::file("hedui explain --not");
        Fault::configuration(place, "row-name", format!("{}:{}:{} {message}", name.table, name.file, name.row))
    };
    let find = |name: &RowName| -> Result<usize> {
        let table = inputs.tables.get(&name.table).filter(|t| t.schema.person.is_some());
        let table = table.ok_or_else(|| wrong(name, "is in no table of persons that was read".to_owned()))?;
        name.find(table).map_err(|n| wrong(name, format!("fits {n} rows; name table, file and row")))
    };
    let rows = [(names[0].table.as_str(), find(&names[0])?), (names[1].table.as_str(), find(&names[1])?)];
    let context = ResolveContext {
        period,
        secret: secret_file::load_or_make(&config.key_file)?,
        thresholds: config.thresholds,
        judgements: match &config.ledger {
            Some(config) => {
                ledger::ClosedLoop::open_existing(config)?.map_or_else(Judgements::default, |l| l.judgements())
            }
            None => Judgements::default(),
        },
    };
    let report = resolve::explain_pair(&inputs.tables, &context, rows);
    report.ok_or_else(|| wrong(&names[0], "could not be weighed".to_owned()))
}

/// Reads every source; a source without a file is absent when it is optional, else a problem.
fn read(
    config: &PipelineConfig,
    period: Month,
    options: &RunOptions,
    previous: Option<&serde_json::Value>,
    progress: &dyn Progress,
) -> Result<Inputs> {
    let mut inputs = Inputs { tables: IndexMap::new(), rejects: Vec::new(), files: Vec::new() };
    let mut problems: Vec<Problem> = Vec::new();
    for source in &config.sources {
        let name = source.schema.name.clone();
        progress.at(Stage::Read, &name);
        let context = ReadContext {
            workspace: config.workspace.clone(),
            period,
            limits: options.limits.clone(),
            program: options.program.clone(),
            previous_rows: previous.and_then(|m| manifest::rows_of(m, &name, period.plus(-1))),
            accept_volume: options.accept_volume.clone(),
        };
        match extract::read_source(source, &context) {
            Ok(extracted) if extracted.files.is_empty() => {}
            Ok(extracted) => {
                inputs.rejects.extend(extracted.rejects.into_iter().map(|r| (name.clone(), r)));
                inputs.files.extend(extracted.files);
                inputs.tables.insert(name, extracted.table);
            }
            Err(mut found) => problems.append(&mut found),
        }
    }
    if !problems.is_empty() {
        return Err(Fault::Inputs(problems));
    }
    let unaccounted = set_aside::unaccounted(&inputs.files);
    if !unaccounted.is_empty() {
        return Err(Fault::Reconciliation(format!("rows are unaccounted for:\n{}", unaccounted.join("\n"))));
    }
    Ok(inputs)
}

/// Published forms of all tables, absent feeds as empty tables, and `rejected_rows`. Raw tables are dropped one by one.
fn masked_frames(
    mut inputs: Inputs,
    schemas: &Schemas,
    resolution: &Resolution,
    secret: &Secret,
    period: Month,
    progress: &dyn Progress,
) -> Result<(Vec<Frame>, Frame, Vec<FileReport>)> {
    let mut frames = vec![set_aside::rejected_rows(&inputs.tables, &inputs.rejects, resolution)];
    let rejects = set_aside::rejects(period, &inputs.rejects);
    let keys = masked::Keys::of(resolution);
    let names: Vec<String> = inputs.tables.keys().cloned().collect();
    for name in names {
        progress.at(Stage::Mask, &name);
        let Some(table) = inputs.tables.shift_remove(&name) else { continue };
        let frame = masked::publish(&table, resolution, &keys, secret, period);
        let taken: u64 = inputs.files.iter().filter(|f| f.table == name).map(|f| f.rows_taken).sum();
        if frame.len() as u64 != taken {
            return Err(Fault::Reconciliation(format!("{name}: {taken} rows taken, but {} canonical", frame.len())));
        }
        frames.push(frame);
    }
    let known: Vec<String> = frames.iter().map(|f| f.name().to_owned()).collect();
    frames.extend(
        detect::resolved::empty_frames(schemas)
            .into_iter()
            .filter(|f| f.path.starts_with("canonical/") && !known.iter().any(|k| k == f.name())),
    );
    Ok((frames, rejects, inputs.files))
}

/// The name of a canonical table that stands for an absent feed.
fn absent(frame: &Frame, feeds: &BTreeSet<String>) -> Option<String> {
    frame.path.strip_prefix("canonical/").filter(|table| !feeds.contains(*table)).map(str::to_owned)
}

type LinkCounts = (Vec<(String, u64)>, Vec<(String, BTreeMap<char, u64>)>, u64);

/// Rows by how their unit was found, by table and grade of their person, and rows left unresolved.
fn link_counts(tables: &IndexMap<String, Table>, resolution: &Resolution) -> LinkCounts {
    let mut methods: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, rows) in &resolution.unit_of {
        // The register is the spine: its own rows are not links.
        if tables.get(name).and_then(|t| t.schema.unit.as_ref()).is_some_and(|u| u.role == "source") {
            for row in rows.iter() {
                *methods.entry(if row.unit.is_some() { row.method } else { "none" }).or_default() += 1;
            }
        }
    }
    let mut methods: Vec<(String, u64)> = methods.into_iter().map(|(m, n)| (m.to_owned(), n)).collect();
    methods.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut grades = Vec::new();
    for (name, rows) in &resolution.person_of {
        let mut by_grade: BTreeMap<char, u64> = BTreeMap::new();
        for row in rows.iter() {
            *by_grade.entry(row.grade).or_default() += 1;
        }
        grades.push((name.clone(), by_grade));
    }
    let unresolved =
        resolution.person_links.iter().filter(|l| l.decision == resolve::Decision::Unresolved).count() as u64;
    (methods, grades, unresolved)
}

/// Stage times, in order. Seconds go to the manifest and the summary, never into a table.
struct Clock {
    last: Instant,
    laps: Vec<(&'static str, f64)>,
}

impl Clock {
    fn new() -> Self {
        Self { last: Instant::now(), laps: Vec::new() }
    }
    fn lap(&mut self, stage: &'static str) {
        self.laps.push((stage, self.last.elapsed().as_secs_f64()));
        self.last = Instant::now();
    }
}
