//! Columns that rest on the disk until they are asked for: what lets a run do with less memory than its tables take.
//!
//! A shelf is a folder of one run, readable by its owner only, a file a column, in the bytes of this machine. It goes with the run; what
//! a killed run left behind is swept when the next shelf is made. Nothing on it is kept for another run, so nothing is sealed; what is not
//! masked yet is veiled, so that what a killed run leaves behind names nobody.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::column::TextColumn;
use super::digest;
use super::frame::Values;
use super::numbers::{Number, Numbers};
use super::texts::Texts;
use super::veil::{Key, Veiled};
use crate::error::{Fault, Result};

/// So many values are read one by one, each from its place.
const FEW: usize = 20_000;

/// Locked while its shelf is in use.
const LOCK: &str = "lock";

/// A folder for columns at rest.
#[derive(Debug)]
pub struct Shelf {
    folder: PathBuf,
    next: AtomicU64,
    key: Key,
    _lock: File,
}

fn machine(path: &Path, source: io::Error) -> Fault {
    Fault::Machine { context: path.display().to_string(), source }
}

impl Shelf {
    /// Makes a shelf below `parent`, and takes away those of runs that are no more.
    ///
    /// # Errors
    /// [`Fault::Machine`] when the disk refuses.
    pub fn make(parent: &Path) -> Result<Arc<Self>> {
        let said = |source| machine(parent, source);
        DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(said)?;
        for other in fs_err::read_dir(parent)?.flatten() {
            let alone = |lock: File| lock.try_lock().is_ok();
            if File::options().write(true).open(other.path().join(LOCK)).is_ok_and(alone) {
                let _ = fs_err::remove_dir_all(other.path());
            }
        }
        let made = (0_u32..).map(|n| parent.join(format!("{}-{n}", std::process::id())));
        for folder in made {
            match DirBuilder::new().mode(0o700).create(&folder) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(machine(&folder, error)),
            }
            let lock = folder.join(LOCK);
            let file = create(&lock).map_err(|e| machine(&lock, e))?;
            file.lock().map_err(|e| machine(&lock, e))?;
            let key = Key::make().map_err(|e| machine(&folder, e))?;
            return Ok(Arc::new(Self { folder, next: AtomicU64::new(0), key, _lock: file }));
        }
        Err(Fault::Internal("no free name for a shelf".to_owned()))
    }

    /// Puts values on the shelf. A dictionary stays in memory when asked for; its [`Texts::id`] is then the same after waking.
    ///
    /// # Errors
    /// [`Fault::Machine`] when the disk refuses, [`Fault::Internal`] for evidence, which is of this run's findings alone.
    pub fn rest(self: &Arc<Self>, values: &Values, dictionary_stays: bool) -> Result<Resting> {
        self.put(values, dictionary_stays, false)
    }

    /// The same for values that are not masked: nobody but this process can read the file.
    ///
    /// # Errors
    /// As [`Self::rest`].
    pub fn rest_veiled(self: &Arc<Self>, values: &Values) -> Result<Resting> {
        self.put(values, false, true)
    }

    fn put(self: &Arc<Self>, values: &Values, dictionary_stays: bool, veiled: bool) -> Result<Resting> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let file = self.folder.join(number.to_string());
        let resting = Kept {
            veiled: veiled.then_some(number),
            rows: values.len(),
            kind: Kind::of(values)?,
            dictionary: match values {
                Values::Text(text) if dictionary_stays => Some(text.dictionary.clone()),
                _ => None,
            },
            digest: digest::of_values(values),
            file,
            shelf: Arc::clone(self),
        };
        resting.write(values).map_err(|e| machine(&resting.file, e))?;
        Ok(Resting(Arc::new(resting)))
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        // What cannot be removed now is swept by the next shelf.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// What values at rest will be again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Int32,
    Int64,
    Float,
    Decimal,
    Date,
    Bool,
}

impl Kind {
    fn of(values: &Values) -> Result<Self> {
        Ok(match values {
            Values::Text(_) => Self::Text,
            Values::Int32(_) => Self::Int32,
            Values::Int64(_) => Self::Int64,
            Values::Float(_) => Self::Float,
            Values::Decimal(_) => Self::Decimal,
            Values::Date(_) => Self::Date,
            Values::Bool(_) => Self::Bool,
            Values::Evidence(_) => return Err(Fault::Internal("evidence does not rest".to_owned())),
            Values::AtRest(_) => return Err(Fault::Internal("a column at rest cannot be put to rest".to_owned())),
        })
    }
}

/// Values on a shelf. The file goes with the last clone.
#[derive(Debug, Clone)]
pub struct Resting(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    rows: usize,
    kind: Kind,
    /// The dictionary that stayed in memory; else it is in the file.
    dictionary: Option<Texts>,
    digest: String,
    file: PathBuf,
    /// The keystream that the file was written under.
    veiled: Option<u64>,
    /// Lives as long as what stands on it.
    shelf: Arc<Shelf>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

/// Equal as what they hold.
impl PartialEq for Resting {
    fn eq(&self, other: &Self) -> bool {
        self.0.digest == other.0.digest
    }
}

impl Resting {
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.rows
    }
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.rows == 0
    }
    /// The digest of the values, as [`digest::of_values`] gives it.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.0.digest
    }
    /// The dictionary of a text column, where it stayed in memory.
    #[must_use]
    pub fn dictionary(&self) -> Option<&Texts> {
        self.0.dictionary.as_ref()
    }
    /// Values of the same type without rows.
    #[must_use]
    pub fn empty(&self) -> Values {
        match self.0.kind {
            Kind::Text => Values::Text(TextColumn::default()),
            Kind::Int32 => Values::Int32(Numbers::default()),
            Kind::Int64 => Values::Int64(Numbers::default()),
            Kind::Float => Values::Float(Numbers::default()),
            Kind::Decimal => Values::Decimal(Numbers::default()),
            Kind::Date => Values::Date(Numbers::default()),
            Kind::Bool => Values::Bool(Vec::new()),
        }
    }
    /// The values, in memory again.
    ///
    /// # Errors
    /// [`Fault::Machine`] when the file cannot be read.
    pub fn wake(&self) -> Result<Values> {
        self.0.read().map_err(|e| machine(&self.0.file, e))
    }
    /// The values of some rows, in their order. Few are read where they stand; for many the whole column is.
    ///
    /// # Errors
    /// [`Fault::Machine`] when the file cannot be read.
    pub fn pick(&self, rows: &[usize]) -> Result<Values> {
        if self.0.veiled.is_some() || rows.len() > FEW {
            return self.wake()?.pick(rows);
        }
        self.0.read_at(rows).map_err(|e| machine(&self.0.file, e))
    }
}

impl Kept {
    fn veil(&self, file: File) -> Veiled {
        Veiled::new(file, self.veiled.map(|number| (&self.shelf.key, number)))
    }

    fn write(&self, values: &Values) -> io::Result<()> {
        let mut file = BufWriter::with_capacity(1 << 20, self.veil(create(&self.file)?));
        match values {
            Values::Text(v) => {
                file.write_all(bytemuck::cast_slice(&v.codes))?;
                if self.dictionary.is_none() {
                    let (text, ends) = v.dictionary.parts();
                    file.write_all(&(text.len() as u64).to_le_bytes())?;
                    file.write_all(&(ends.len() as u64).to_le_bytes())?;
                    file.write_all(bytemuck::cast_slice(ends))?;
                    file.write_all(text.as_bytes())?;
                }
            }
            Values::Int32(v) | Values::Date(v) => file.write_all(bytemuck::cast_slice(v.as_slice()))?,
            Values::Int64(v) | Values::Decimal(v) => file.write_all(bytemuck::cast_slice(v.as_slice()))?,
            Values::Float(v) => file.write_all(bytemuck::cast_slice(v.as_slice()))?,
            Values::Bool(v) => {
                let bytes: Vec<u8> = v.iter().map(|b| b.map_or(2, u8::from)).collect();
                file.write_all(&bytes)?;
            }
            Values::Evidence(_) | Values::AtRest(_) => {}
        }
        // Not synced: nobody looks for it after a fall of the machine.
        file.flush()
    }

    /// The values of some rows of a file that is not veiled.
    fn read_at(&self, rows: &[usize]) -> io::Result<Values> {
        fn numbers<T: Number + bytemuck::Pod>(file: &File, rows: &[usize]) -> io::Result<Numbers<T>> {
            each(file, rows, T::ABSENT).map(Numbers::of_plain)
        }
        let file = &File::open(&self.file)?;
        Ok(match self.kind {
            Kind::Text => {
                let codes = each(file, rows, 0_u32)?;
                Values::Text(match &self.dictionary {
                    Some(dictionary) => codes.iter().map(|&code| dictionary.get(code as usize)).collect(),
                    None => texts_at(file, self.rows * size_of::<u32>(), &codes)?,
                })
            }
            Kind::Int32 => Values::Int32(numbers(file, rows)?),
            Kind::Date => Values::Date(numbers(file, rows)?),
            Kind::Int64 => Values::Int64(numbers(file, rows)?),
            Kind::Decimal => Values::Decimal(numbers(file, rows)?),
            Kind::Float => Values::Float(numbers(file, rows)?),
            Kind::Bool => Values::Bool(each(file, rows, 0_u8)?.into_iter().map(truth).collect()),
        })
    }

    fn read(&self) -> io::Result<Values> {
        let mut file = BufReader::with_capacity(1 << 16, self.veil(File::open(&self.file)?));
        let rows = self.rows;
        Ok(match self.kind {
            Kind::Text => {
                let codes = plain(&mut file, rows, 0_u32)?;
                let dictionary = match &self.dictionary {
                    Some(dictionary) => dictionary.clone(),
                    None => dictionary(&mut file)?,
                };
                Values::Text(TextColumn { dictionary, codes })
            }
            Kind::Int32 => Values::Int32(numbers(&mut file, rows)?),
            Kind::Date => Values::Date(numbers(&mut file, rows)?),
            Kind::Int64 => Values::Int64(numbers(&mut file, rows)?),
            Kind::Decimal => Values::Decimal(numbers(&mut file, rows)?),
            Kind::Float => Values::Float(numbers(&mut file, rows)?),
            Kind::Bool => {
                let bytes = plain(&mut file, rows, 0_u8)?;
                Values::Bool(bytes.into_iter().map(truth).collect())
            }
        })
    }
}

/// Values of a file of equally wide ones, each from its place.
fn each<T: bytemuck::Pod>(file: &File, rows: &[usize], zero: T) -> io::Result<Vec<T>> {
    let width = size_of::<T>();
    let mut values = vec![zero; rows.len()];
    for (value, &row) in values.iter_mut().zip(rows) {
        file.read_exact_at(bytemuck::bytes_of_mut(value), (row * width) as u64)?;
    }
    Ok(values)
}

/// Texts of some codes, from where the file's dictionary begins.
fn texts_at(file: &File, begin: usize, codes: &[u32]) -> io::Result<TextColumn> {
    let mut sizes = [0_u64; 2];
    file.read_exact_at(bytemuck::cast_slice_mut(&mut sizes), begin as u64)?;
    let ends = begin as u64 + 16;
    let texts = ends + u64::from_le(sizes[1]) * 4;
    let mut known: BTreeMap<u32, String> = BTreeMap::new();
    for &code in codes.iter().filter(|&&code| code != TextColumn::NULL) {
        if known.contains_key(&code) {
            continue;
        }
        let mut span = [0_u32; 2];
        if code == 0 {
            file.read_exact_at(bytemuck::cast_slice_mut(&mut span[1..]), ends)?;
        } else {
            file.read_exact_at(bytemuck::cast_slice_mut(&mut span), ends + (u64::from(code) - 1) * 4)?;
        }
        let mut text = vec![0; span[1].saturating_sub(span[0]) as usize];
        file.read_exact_at(&mut text, texts + u64::from(span[0]))?;
        known.insert(code, String::from_utf8(text).map_err(|_| odd())?);
    }
    Ok(codes.iter().map(|code| known.get(code).map(String::as_str)).collect())
}

fn odd() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "no dictionary")
}

/// A truth value from its byte.
fn truth(byte: u8) -> Option<bool> {
    (byte < 2).then_some(byte == 1)
}

fn plain<T: bytemuck::Pod>(file: &mut impl Read, rows: usize, zero: T) -> io::Result<Vec<T>> {
    let mut values = vec![zero; rows];
    file.read_exact(bytemuck::cast_slice_mut(&mut values))?;
    Ok(values)
}

fn numbers<T: Number + bytemuck::Pod>(file: &mut impl Read, rows: usize) -> io::Result<Numbers<T>> {
    plain(file, rows, T::ABSENT).map(Numbers::of_plain)
}

fn dictionary(file: &mut impl Read) -> io::Result<Texts> {
    let lengths = plain(file, 2, 0_u64)?;
    let size = |n: u64| usize::try_from(u64::from_le(n)).map_err(|_| odd());
    let ends = plain(file, size(lengths[1])?, 0_u32)?;
    let text = String::from_utf8(plain(file, size(lengths[0])?, 0_u8)?).map_err(|_| odd())?;
    Texts::of_parts(text, ends).ok_or_else(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> TextColumn {
        [Some("王芳"), None, Some(""), Some("王芳")].into_iter().collect()
    }

    fn all() -> Vec<Values> {
        vec![
            Values::Text(text()),
            Values::Int32(vec![Some(1), None, Some(-7)].into()),
            Values::Int64(vec![Some(1 << 40), None].into()),
            Values::Float(vec![None, Some(0.25)].into()),
            Values::Decimal(vec![Some(-1), None, Some(123_456)].into()),
            Values::Date(vec![None, Some(20_000)].into()),
            Values::Bool(vec![Some(true), None, Some(false)]),
            Values::Text(TextColumn::default()),
        ]
    }

    #[test]
    fn values_wake_as_they_went_to_rest() {
        let folder = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::make(folder.path()).expect("made");
        for values in all() {
            for stays in [false, true] {
                let resting = shelf.rest(&values, stays).expect("put down");
                assert_eq!(resting.wake().expect("read"), values);
                for rows in [vec![], (0..values.len()).rev().collect(), (0..values.len()).cycle().take(7).collect()] {
                    let rows: Vec<usize> = if values.is_empty() { Vec::new() } else { rows };
                    assert_eq!(resting.pick(&rows).expect("read"), values.pick(&rows).expect("there"), "{rows:?}");
                }
                assert_eq!((resting.len(), resting.digest()), (values.len(), digest::of_values(&values).as_str()));
            }
        }
        assert!(shelf.rest(&Values::Evidence(vec![]), false).is_err());
    }

    #[test]
    fn what_is_not_masked_cannot_be_read_on_the_disk() {
        let folder = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::make(folder.path()).expect("made");
        let values = Values::Text(text());
        let named = |resting: &Resting| {
            let bytes = std::fs::read(&resting.0.file).expect("there");
            bytes.windows("王芳".len()).any(|w| w == "王芳".as_bytes())
        };
        let (plain, veiled) = (shelf.rest(&values, false).expect("down"), shelf.rest_veiled(&values).expect("down"));
        assert_eq!((named(&plain), named(&veiled)), (true, false));
        assert_eq!(veiled.wake().expect("read"), values);
        assert!(plain == veiled, "equal as what they hold");
    }

    #[test]
    fn a_dictionary_that_stays_is_the_same_one_after_waking() {
        let folder = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::make(folder.path()).expect("made");
        let text = text();
        let id_of = |stays| match shelf.rest(&Values::Text(text.clone()), stays).expect("put down").wake() {
            Ok(Values::Text(woken)) => woken.dictionary.id(),
            other => panic!("{other:?}"),
        };
        assert_eq!(id_of(true), text.dictionary.id());
        assert_ne!(id_of(false), text.dictionary.id());
    }

    #[test]
    fn a_file_goes_with_its_column_a_shelf_with_the_last_and_a_dead_one_with_the_next() {
        let folder = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::make(folder.path()).expect("made");
        let own = shelf.folder.clone();
        let files = || std::fs::read_dir(&own).map_or(0, |d| d.flatten().filter(|e| e.file_name() != LOCK).count());
        let first = shelf.rest(&all()[0], false).expect("put down");
        let second = shelf.rest(&all()[1], false).expect("put down");
        assert_eq!(files(), 2);
        drop(first);
        assert_eq!(files(), 1);
        // Another run's shelf stays while that run lives.
        drop(Shelf::make(folder.path()).expect("made"));
        assert_eq!(files(), 1);
        drop(shelf);
        assert_eq!(second.wake().expect("read"), all()[1]);
        drop(second);
        assert!(!own.exists());
        let dead = folder.path().join("1-0");
        std::fs::create_dir(&dead).expect("made");
        std::fs::write(dead.join(LOCK), "").expect("written");
        let shelf = Shelf::make(folder.path()).expect("made");
        assert!(!dead.exists() && shelf.folder.exists());
    }

    #[test]
    fn a_file_that_was_cut_short_is_a_fault_of_the_machine() {
        let folder = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::make(folder.path()).expect("made");
        let resting = shelf.rest(&all()[4], false).expect("put down");
        std::fs::write(&resting.0.file, [0; 7]).expect("written");
        assert_eq!(resting.wake().expect_err("too short").exit_code(), 6);
    }
}
