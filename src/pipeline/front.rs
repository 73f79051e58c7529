//! The front half of a run: everything rules look at. Made from the extracts, or taken from the period's published run when
//! nothing of what it rests on has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::cache::plan::{Plan, Subject};
use super::cache::{Cache, links};
use super::config::PipelineConfig;
use super::counts::{LinkCounts, link_counts};
use super::reading::{Inputs, read};
use super::run::{Clock, RunOptions};
use super::stages::{Progress, Stage};
use super::{accounts, set_aside};
use crate::detect::{self, Catalogue};
use crate::error::{Fault, Result};
use crate::extract::FileReport;
use crate::kernel::dates::Month;
use crate::kernel::secret::Secret;
use crate::publish::dictionary::{TableEntry, table_entry};
use crate::publish::restricted::Names;
use crate::publish::{self, Begun, PublishedFile, masked};
use crate::resolve::{self, Judgements, Resolution, ResolveContext};
use crate::table::{Frame, FrameColumn, Schemas, Shelf};

/// What the first rooms hand to the rules, and what is published of theirs.
pub(super) struct Front {
    /// What rules see.
    pub frames: Vec<Frame>,
    /// Published besides: links, blocking, rejects. Empty when the front is the published run's.
    pub others: Vec<Frame>,
    /// Whether frames hold only what rules name, their whole being on the disk.
    pub thin: bool,
    /// Tables whose files are taken over from the published run.
    pub carried: Vec<String>,
    pub account: Account,
    /// What linking looked at.
    pub linking: links::Parts,
    /// Names for the zone of unmasked names, where there is one.
    pub names: Option<Names>,
}

/// What making a front needs.
pub(super) struct Maker<'a> {
    pub config: &'a PipelineConfig,
    pub schemas: &'a Schemas,
    pub catalogue: &'a Catalogue,
    pub period: Month,
    pub options: &'a RunOptions,
    pub progress: &'a dyn Progress,
    pub secret: &'a Secret,
    pub judgements: Judgements,
    pub out: &'a Path,
    /// Where columns rest between rooms, when memory is short.
    pub shelf: Option<&'a Arc<Shelf>>,
    pub cache: &'a Cache,
    pub settings: &'a [(String, String)],
    pub plan: &'a Plan,
}

/// Who is who is kept for the next run; where memory is short up to so many rows only, for it is put together beside all tables.
const LINKED_ROWS_KEPT: usize = 1_500_000;

fn keeps_links(maker: &Maker<'_>, inputs: &Inputs) -> bool {
    let rows: usize = inputs.tables.values().map(crate::table::Table::len).sum();
    maker.cache.keeps() && (maker.shelf.is_none() || rows <= LINKED_ROWS_KEPT)
}

/// Tables that show the linker's work.
const LINKS: [&str; 3] = ["unit_links", "person_links", "blocks"];

impl Maker<'_> {
    /// From the extracts.
    ///
    /// # Errors
    /// Any fault of reading, and counts that do not reconcile.
    pub fn anew(&self, published: Option<&Value>, why: &str, clock: &mut Clock) -> Result<Front> {
        let (schemas, period) = (self.schemas, self.period);
        let previous = publish::manifest(self.out, period.plus(-1))?;
        let mut inputs = read(self.config, period, self.options, previous.as_ref(), self.shelf, self.progress)?;
        clock.lap("read");
        self.progress.at(Stage::Resolve, "");
        let (mut resolution, linking, kept) = self.resolution(&inputs, published, why)?;
        clock.lap("resolve");

        let mut links = link_counts(&inputs.tables, &resolution);
        if let Some(unresolved) = kept {
            links.2 = unresolved;
        } else if keeps_links(self, &inputs) {
            links::keep(self.cache, period, &linking, &resolution, links.2);
        }
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
        let feeds: BTreeSet<String> =
            inputs.tables.keys().cloned().chain(own.iter().map(|f| f.name().to_owned())).collect();
        let names = self.config.restricted.then(|| Names::of(&inputs.tables, &resolution));
        let reject_reasons = set_aside::by_reason(&inputs.rejects);
        // Nothing is looked at by all tables from here on.
        if let Some(shelf) = self.shelf {
            inputs.tables.values_mut().try_for_each(|table| table.rest(shelf, |_| true))?;
        }
        let (mut entities, mut others) = rayon::join(
            || resolve::frames::entities(&resolution, period),
            || if kept.is_some() { Vec::new() } else { resolve::frames::links(&resolution, period) },
        );
        entities.iter_mut().chain(&mut others).try_for_each(|frame| rest(self.shelf, frame))?;
        let (units, persons) = (resolution.units.len() as u64, resolution.persons.len() as u64);
        // What the frames hold now.
        (resolution.unit_links, resolution.person_links, resolution.persons) = Default::default();
        let (mut frames, rejects, files) = self.masked_frames(inputs, &resolution)?;
        // What the run says of itself stands beside the extracts, in the place that was kept empty for it.
        frames.retain(|f| !own.iter().any(|o| o.path == f.path));
        frames.extend(own);
        let carried = if kept.is_some() { LINKS.map(str::to_owned).to_vec() } else { Vec::new() };
        frames.extend(entities);
        if kept.is_none() {
            others.push(resolve::frames::blocks(&resolution, period));
        }
        others.push(rejects);
        drop(resolution);
        clock.lap("mask");
        let without_feed = frames.iter().filter_map(|f| absent(f, &feeds)).collect();
        let account = Account { feeds, without_feed, files, reject_reasons, links, units, persons };
        Ok(Front { frames, others, thin: false, carried, account, linking, names })
    }

    /// Who is who: as kept, when linking would look at the same and the published run shows its work, with the number of pairs left
    /// to people; else worked out.
    fn resolution(
        &self,
        inputs: &Inputs,
        published: Option<&Value>,
        why: &str,
    ) -> Result<(Resolution, links::Parts, Option<u64>)> {
        let keeps = keeps_links(self, inputs);
        let parts = if keeps { links::parts(&inputs.tables, &self.link_settings()) } else { links::Parts::new() };
        let mut why = why.to_owned();
        let before = published.filter(|_| keeps && !self.options.full && self.options.failpoint.is_none());
        if let Some(before) = before {
            let changed = links::changed(&before["front"]["linking"], &parts);
            let shown = LINKS.map(str::to_owned);
            if !changed.is_empty() {
                why = format!("linking columns of {} changed", changed.join(", "));
            } else if let Some((resolution, unresolved)) = links::recall(self.cache, self.period, &parts)
                && publish::damaged(self.out, before, &shown)?.is_none()
            {
                self.plan.note(Subject::Links, "all sources", true, "");
                return Ok((resolution, parts, Some(unresolved)));
            }
        }
        self.plan.note(Subject::Links, "all sources", false, &why);
        let context = ResolveContext {
            period: self.period,
            secret: self.secret.clone(),
            thresholds: self.config.thresholds,
            judgements: self.judgements.clone(),
        };
        let tell = |estimate: &str| self.progress.at(Stage::Resolve, estimate);
        Ok((resolve::resolve_telling(&inputs.tables, &context, &tell), parts, None))
    }

    /// What linking depends on besides tables.
    fn link_settings(&self) -> Vec<(String, String)> {
        let mut settings = self.settings.to_vec();
        settings.push(("period".to_owned(), self.period.to_string()));
        settings.push(("key".to_owned(), self.secret.key("run", "which secret")));
        settings.push(("build of the program".to_owned(), super::cache::build()));
        let roles: Vec<String> = self.config.sources.iter().map(|s| format!("{:?}", s.schema)).collect();
        let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
        settings.push(("schemas".to_owned(), super::basis::digest(&roles)));
        settings
    }

    /// Published forms of all tables, absent feeds as empty tables, and `rejected_rows`. Raw tables are dropped one by one.
    fn masked_frames(
        &self,
        mut inputs: Inputs,
        resolution: &Resolution,
    ) -> Result<(Vec<Frame>, Frame, Vec<FileReport>)> {
        let period = self.period;
        let mut frames = vec![set_aside::rejected_rows(&inputs.tables, &inputs.rejects, resolution)];
        let rejects = set_aside::rejects(period, &inputs.rejects);
        let keys = masked::Keys::of(resolution);
        let names: Vec<String> = inputs.tables.keys().cloned().collect();
        let all: u64 = inputs.files.iter().map(|f| f.rows_taken).sum();
        for name in names {
            self.progress.at(Stage::Mask, &name);
            self.progress.done(frames.iter().map(|f| f.len() as u64).sum(), Some(all));
            let Some(mut table) = inputs.tables.shift_remove(&name) else { continue };
            let masking = masked::Masking { resolution, keys: &keys, secret: self.secret, period };
            let to_rest = |mut column: FrameColumn| {
                self.shelf.map_or(Ok(()), |shelf| column.rest(shelf, detect::holds_keys))?;
                Ok(column)
            };
            let frame = masked::publish(&mut table, masking, to_rest)?;
            drop(table);
            let taken: u64 = inputs.files.iter().filter(|f| f.table == name).map(|f| f.rows_taken).sum();
            if frame.len() as u64 != taken {
                return Err(Fault::Reconciliation(format!(
                    "{name}: {taken} rows taken, but {} canonical",
                    frame.len()
                )));
            }
            frames.push(frame);
        }
        let known: Vec<String> = frames.iter().map(|f| f.name().to_owned()).collect();
        frames.extend(
            detect::resolved::empty_frames(self.schemas)
                .into_iter()
                .filter(|f| f.path.starts_with("canonical/") && !known.iter().any(|k| k == f.name())),
        );
        Ok((frames, rejects, inputs.files))
    }

    /// From the published run, whose tables are read back: what rules name of them, as rules see them. `None` when a file is not
    /// what its manifest says, or the manifest does not say enough.
    ///
    /// # Errors
    /// [`Fault::Machine`] when a file cannot be read.
    pub fn kept(&self, published: &Value) -> Result<Option<Front>> {
        let Some(tables) = published["front"]["tables"].as_array() else { return Ok(None) };
        let carried: Vec<String> = tables.iter().filter_map(|t| t.as_str().map(str::to_owned)).collect();
        self.progress.at(Stage::Read, "");
        if let Some(damaged) = publish::damaged(self.out, published, &carried)? {
            tracing::warn!("{damaged}: not what its manifest says; the month is read from its extracts again");
            return Ok(None);
        }
        let Some(account) = Account::read(published) else { return Ok(None) };
        let linking = serde_json::from_value(published["front"]["linking"].clone()).unwrap_or_default();
        let mut frames = detect::past::current(self.catalogue);
        // Rules about findings look at this run's, not at the published ones.
        frames.retain(|f| carried.contains(&f.path));
        let frames = publish::past::month(self.out, self.period, frames)?;
        for file in &account.files {
            self.plan.note(Subject::Extract, &file.file, true, "");
        }
        self.plan.note(Subject::Links, "all sources", true, "");
        Ok(Some(Front { frames, others: Vec::new(), thin: true, carried, account, linking, names: None }))
    }
}

/// Puts a frame's columns on the shelf, where there is one. Dictionaries of keys stay: the engine numbers keys by them.
pub(super) fn rest(shelf: Option<&Arc<Shelf>>, frame: &mut Frame) -> Result<()> {
    shelf.map_or(Ok(()), |shelf| frame.rest(shelf, detect::holds_keys))
}

/// What [`Front::put_down`] left behind: the files, and their tables' entries in the data dictionary.
pub(super) type PutDown = (Vec<PublishedFile>, Vec<TableEntry>);

impl Front {
    /// Writes what is published of the front, and keeps only what rules name of it.
    ///
    /// # Errors
    /// [`Fault::Machine`] when the disk refuses.
    pub fn put_down(&mut self, catalogue: &Catalogue, begun: &Begun<'_>) -> Result<PutDown> {
        let named = detect::past::current(catalogue);
        let (mut kept, mut files, mut entries) = (Vec::new(), Vec::new(), Vec::new());
        for mut frame in self.frames.drain(..).chain(self.others.drain(..)) {
            {
                let awake = frame.awake(|_| true)?;
                files.push(begun.write(&awake)?);
                entries.push(table_entry(&awake));
            }
            let Some(wanted) = named.iter().find(|n| n.path == frame.path) else { continue };
            frame.columns.retain(|c| wanted.column(&c.name).is_some());
            kept.push(frame);
        }
        self.frames = kept;
        self.thin = true;
        Ok((files, entries))
    }

    /// The manifest's word on it: what it rests on, and which tables are its.
    pub fn json(&self, parts: &[(String, String)]) -> Value {
        let whole = self.frames.iter().chain(&self.others).filter(|_| !self.thin).map(|f| f.path.as_str());
        let mut tables: Vec<&str> = whole.chain(self.carried.iter().map(String::as_str)).collect();
        tables.sort_unstable();
        let parts: serde_json::Map<String, Value> =
            parts.iter().map(|(name, digest)| (name.clone(), Value::from(digest.as_str()))).collect();
        serde_json::json!({"parts": parts, "tables": tables, "linking": self.linking})
    }
}

/// What a run, and its manifest, says of its front half.
pub(super) struct Account {
    pub feeds: BTreeSet<String>,
    pub without_feed: Vec<String>,
    pub files: Vec<FileReport>,
    pub reject_reasons: Vec<(String, u64)>,
    pub links: LinkCounts,
    pub units: u64,
    pub persons: u64,
}

impl Account {
    fn read(manifest: &Value) -> Option<Self> {
        let texts = |list: &Value| -> Option<Vec<String>> {
            list.as_array()?.iter().map(|t| t.as_str().map(str::to_owned)).collect()
        };
        let linked = &manifest["linked"];
        let count = |(name, n): (&String, &Value)| Some((name.clone(), n.as_u64()?));
        let reason = |r: &Value| Some((r["code"].as_str()?.to_owned(), r["rows"].as_u64()?));
        let grade = |(grade, n): (&String, &Value)| Some((grade.chars().next()?, n.as_u64()?));
        let grades = |(table, grades): (&String, &Value)| {
            let grades: Option<BTreeMap<char, u64>> = grades.as_object()?.iter().map(grade).collect();
            Some((table.clone(), grades?))
        };
        let methods: Option<Vec<_>> = linked["unit_rows_by_method"].as_object()?.iter().map(count).collect();
        let by_grade: Option<Vec<_>> = linked["person_rows_by_grade"].as_object()?.iter().map(grades).collect();
        let reasons: Option<Vec<_>> = manifest["rejects"].as_array()?.iter().map(reason).collect();
        Some(Self {
            feeds: texts(&manifest["feeds"]["present"])?.into_iter().collect(),
            without_feed: texts(&manifest["feeds"]["absent"])?,
            files: serde_json::from_value(manifest["inputs"].clone()).ok()?,
            reject_reasons: reasons?,
            links: (methods?, by_grade?, linked["unresolved"].as_u64()?),
            units: linked["units"].as_u64()?,
            persons: linked["persons"].as_u64()?,
        })
    }
}

/// Says of every extract whether it changed since the published run, and why it is read all the same when it did not.
pub(super) fn note_extracts(plan: &Plan, files: &[FileReport], published: Option<&Value>, why: &str) {
    let known = |file: &FileReport| {
        let inputs = published.and_then(|m| m["inputs"].as_array()).map(Vec::as_slice).unwrap_or_default();
        inputs.iter().find(|f| f["file"] == file.file.as_str()).map(|f| f["sha256"] == file.sha256.as_str())
    };
    for file in files {
        let own = match known(file) {
            None => "new".to_owned(),
            Some(false) => "changed".to_owned(),
            Some(true) => format!("unchanged, but tables are made of all extracts: {why}"),
        };
        plan.note(Subject::Extract, &file.file, false, &own);
    }
}

/// What else than the extracts the front half rests on.
pub(super) fn settings(config: &PipelineConfig, judgements: &Judgements) -> Vec<(String, String)> {
    let source = |s: &crate::extract::SourceSpec| {
        format!(
            "{} {} {} {} {} {:?} {:?} {} {} {:?} {}\n",
            s.schema.name,
            s.path,
            s.history_months,
            s.encoding,
            s.delimiter,
            s.sheets,
            s.headers,
            s.allow_empty,
            s.optional,
            s.control_totals,
            s.region_prefix
        )
    };
    let sources: String = config.sources.iter().map(source).collect();
    let digest = |text: &str| super::basis::digest(&[text]);
    vec![
        ("sources of the pipeline file".to_owned(), digest(&sources)),
        ("thresholds of linking".to_owned(), digest(&format!("{:?}", config.thresholds))),
        ("judgements of pairs".to_owned(), digest(&format!("{judgements:?}"))),
    ]
}

/// Whether a published run's front half rests on the same; else what changed.
pub(super) fn changed(published: &Value, build: &str, parts: &[(String, String)]) -> Vec<String> {
    let Some(before) = published["front"]["parts"].as_object() else { return vec!["nothing is kept".to_owned()] };
    let mut changed = Vec::new();
    if published["basis"]["build"] != build {
        changed.push("build of the program".to_owned());
    }
    let differs = |(name, digest): &&(String, String)| before.get(name).is_none_or(|b| b != digest.as_str());
    changed.extend(parts.iter().filter(differs).map(|(name, _)| name.clone()));
    let gone = before.keys().filter(|name| !parts.iter().any(|(n, _)| n == *name));
    changed.extend(gone.map(|name| format!("{name} (gone)")));
    changed
}

/// The name of a canonical table that stands for an absent feed.
fn absent(frame: &Frame, feeds: &BTreeSet<String>) -> Option<String> {
    frame.path.strip_prefix("canonical/").filter(|table| !feeds.contains(*table)).map(str::to_owned)
}
