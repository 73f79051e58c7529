//! The spec of a linkage: which tables, which columns to compare and how, where the links go.

use std::path::{Path, PathBuf};

use toml_edit::{Item, TableLike};

use crate::error::{Fault, Place, Problem, Result, nearest};
use crate::table::toml::{Reader, join};

/// How the values of a column are read and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Words: addresses, places, occupations.
    Text,
    /// A person's name, Chinese or Latin, whole or a part of it.
    Name,
    Organisation,
    Date,
    /// A number that names somebody: resident IDs with their check digit, any other code by its characters.
    Id,
    Number,
    /// The same or not.
    Exact,
}

impl Kind {
    pub const NAMES: [(&'static str, Self); 7] = [
        ("text", Self::Text),
        ("name", Self::Name),
        ("organisation", Self::Organisation),
        ("date", Self::Date),
        ("id", Self::Id),
        ("number", Self::Number),
        ("exact", Self::Exact),
    ];
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, k)| *k == self).map_or("", |(n, _)| n)
    }
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    pub path: PathBuf,
    /// Column that names each row.
    pub id: String,
    pub place: Place,
}

/// One comparison; its name is that of its column, or of the left one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compare {
    pub name: String,
    pub left: String,
    pub right: String,
    pub kind: Kind,
    pub place: Place,
}

#[derive(Debug, Clone)]
pub struct Spec {
    pub left: Side,
    /// `None`: the rows of `left` are compared with one another.
    pub right: Option<Side>,
    pub compare: Vec<Compare>,
    pub path: PathBuf,
    /// Least probability of a link.
    pub threshold: f64,
    /// Blocks that were refined or capped, as a table.
    pub blocks: Option<PathBuf>,
    /// Deduplication: every row with its cluster.
    pub clusters: Option<PathBuf>,
    /// Two tables: each row has at most one counterpart.
    pub one_to_one: bool,
    /// Least lead over the runner-up; below it the row is left unresolved.
    pub margin: f64,
    /// Rows of one block that are all compared; a larger block is refined by a second field.
    pub block_rows: usize,
    pub seed: u64,
}

/// Comparisons in one spec at most: a pattern must fit a word.
pub const COMPARISONS_MAX: usize = 15;

impl Spec {
    /// # Errors
    /// [`Fault::Configuration`] with every problem of the spec. Paths are relative to the spec's own folder.
    pub fn load(path: &Path) -> Result<Self> {
        let label = path.display().to_string();
        let text = fs_err::read_to_string(path).map_err(|e| {
            let problem = Problem::new(Place::file(&label), "spec-unreadable", format!("cannot read the spec: {e}"));
            Fault::Configuration(vec![problem.hint("hedui link --help shows one")])
        })?;
        Self::parse(&label, &text, path.parent().unwrap_or(Path::new("")))
    }

    /// # Errors
    /// [`Fault::Configuration`] with every problem of the text.
    pub fn parse(label: &str, text: &str, folder: &Path) -> Result<Self> {
        let (mut reader, document) = Reader::parse(label, text).map_err(Fault::Configuration)?;
        let root = document.as_table();
        reader.only("", root, &["left", "right", "compare", "output"]);
        let left = side(&mut reader, root, "left", folder);
        let right = root.contains_key("right").then(|| side(&mut reader, root, "right", folder)).flatten();
        if left.is_none() && !root.contains_key("left") {
            reader.problem(None, "missing-key", "no [left] table: there is nothing to link".to_owned());
        }
        let compare = comparisons(&mut reader, root);
        let mut spec = Self {
            left: left.unwrap_or(Side { path: PathBuf::new(), id: String::new(), place: Place::file(label) }),
            one_to_one: right.is_some(),
            right,
            compare,
            path: PathBuf::new(),
            threshold: 0.5,
            blocks: None,
            clusters: None,
            margin: 0.05,
            block_rows: 100,
            seed: 1,
        };
        if root.contains_key("output") {
            reader.within("", root, "output", |r, path, t| output(r, path, t, folder, &mut spec));
        } else {
            reader.problem(None, "missing-key", "no [output] table: where shall the links go?".to_owned());
        }
        if reader.problems.is_empty() { Ok(spec) } else { Err(Fault::Configuration(reader.problems)) }
    }
}

fn side(reader: &mut Reader<'_>, root: &dyn TableLike, name: &str, folder: &Path) -> Option<Side> {
    let mut found = None;
    reader.within("", root, name, |r, path, t| {
        r.only(path, t, &["path", "id"]);
        let span = root.get(name).and_then(Item::span);
        let file = r.required_text(path, t, "path", span.clone());
        let id = r.required_text(path, t, "id", span);
        let place = r.place(t.get("id").and_then(Item::span));
        found = Some(Side { path: folder.join(file), id, place });
    });
    found
}

fn comparisons(reader: &mut Reader<'_>, root: &dyn TableLike) -> Vec<Compare> {
    let Some(item) = root.get("compare") else {
        reader.problem(None, "missing-key", "no [[compare]] block: nothing to compare by".to_owned());
        return Vec::new();
    };
    let Some(blocks) = item.as_array_of_tables() else {
        reader.problem(item.span(), "wrong-type", "compare must be [[compare]] blocks".to_owned());
        return Vec::new();
    };
    let mut found: Vec<Compare> = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        let path = format!("compare[{index}]");
        reader.only(&path, block, &["column", "left", "right", "kind"]);
        let place = reader.place(block.span());
        let column = reader.text(&path, block, "column");
        let left = reader.text(&path, block, "left").or_else(|| column.clone());
        let right = reader.text(&path, block, "right").or_else(|| column.clone());
        if column.is_some() && block.contains_key("left") && block.contains_key("right") {
            let message = format!("{path}: column beside left and right says nothing; leave one of them out");
            reader.problem(block.span(), "ambiguous-key", message);
        }
        let kind = kind(reader, &path, block);
        let (Some(left), Some(right)) = (left, right) else {
            let message = format!("{path} needs column, or left and right");
            reader.problem(block.span(), "missing-key", message);
            continue;
        };
        let name = column.unwrap_or_else(|| left.clone());
        if found.iter().any(|c| c.name == name) {
            reader.problem(block.span(), "duplicate-comparison", format!("{path}: {name} is compared already"));
        }
        found.push(Compare { name, left, right, kind: kind.unwrap_or(Kind::Exact), place });
    }
    if found.len() > COMPARISONS_MAX {
        let message = format!("{} comparisons; at most {COMPARISONS_MAX} fit", found.len());
        reader.problem(item.span(), "too-many-comparisons", message);
    }
    if blocks.is_empty() {
        reader.problem(None, "missing-key", "no [[compare]] block: nothing to compare by".to_owned());
    }
    found
}

fn kind(reader: &mut Reader<'_>, path: &str, block: &dyn TableLike) -> Option<Kind> {
    let at = block.get("kind").and_then(Item::span);
    let name = reader.required_text(path, block, "kind", at.clone());
    let found = Kind::NAMES.iter().find(|(n, _)| *n == name).map(|(_, k)| *k);
    if found.is_none() && block.get("kind").and_then(Item::as_str).is_some() {
        let names = Kind::NAMES.map(|(n, _)| n);
        let message = format!("{} is {name}, which is no kind of comparison", join(path, "kind"));
        let mut problem = Problem::new(reader.place(at), "unknown-kind", message);
        problem.hint = Some(match nearest(&name, names) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("kinds: {}", names.join(", ")),
        });
        reader.problems.push(problem);
    }
    found
}

fn output(reader: &mut Reader<'_>, path: &str, table: &dyn TableLike, folder: &Path, spec: &mut Spec) {
    let known = ["path", "threshold", "blocks", "clusters", "one_to_one", "margin", "block_rows", "seed"];
    reader.only(path, table, &known);
    spec.path = folder.join(reader.required_text(path, table, "path", None));
    spec.threshold = reader.share(path, table, "threshold").unwrap_or(spec.threshold);
    spec.margin = reader.share(path, table, "margin").unwrap_or(spec.margin);
    spec.blocks = reader.text(path, table, "blocks").map(|p| folder.join(p));
    spec.clusters = reader.text(path, table, "clusters").map(|p| folder.join(p));
    if let Some(rows) = reader.integer(path, table, "block_rows", 2..100_001) {
        spec.block_rows = usize::try_from(rows).unwrap_or(spec.block_rows);
    }
    if let Some(seed) = reader.integer(path, table, "seed", 0..i64::MAX) {
        spec.seed = seed.unsigned_abs();
    }
    if let Some(wanted) = reader.boolean(path, table, "one_to_one") {
        if wanted && spec.right.is_none() {
            let message = format!("{} needs a [right] table", join(path, "one_to_one"));
            reader.problem(table.get("one_to_one").and_then(Item::span), "bad-value", message);
        }
        spec.one_to_one = wanted;
    }
    if spec.clusters.is_some() && spec.right.is_some() {
        let message = format!("{} is for one table; there is a [right] one", join(path, "clusters"));
        reader.problem(table.get("clusters").and_then(Item::span), "bad-value", message);
    }
}
