//! The fonts that office.toml names, found below the folders that it names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

use super::NOT_SHOWN;
use crate::bulletin::office;
use crate::error::{Fault, Place, Problem, Result};

pub(super) struct Fonts {
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

impl Fonts {
    /// Every face of the families wanted; families that nobody named are left where they are, so that what else is installed
    /// changes nothing.
    ///
    /// # Errors
    /// [`Fault::Configuration`] with the code [`NOT_SHOWN`] when a role has none of its families.
    pub(super) fn load(wanted: &office::Fonts, shown: &str, beside: Option<&Path>) -> Result<Self> {
        let names: BTreeSet<String> = wanted.families.values().flatten().map(|f| f.to_lowercase()).collect();
        let mut fonts = Vec::new();
        for file in wanted.paths.iter().flat_map(|path| files(&beside.unwrap_or(Path::new("")).join(path))) {
            // A file that cannot be read or is no font is as good as none: what is then missing is told by its name.
            let Ok(bytes) = std::fs::read(&file) else { continue };
            fonts.extend(Font::iter(Bytes::new(bytes)).filter(|f| names.contains(&f.info().family.to_lowercase())));
        }
        let book = FontBook::from_fonts(&fonts);
        let absent = |(role, families): (&String, &Vec<String>)| {
            if families.iter().any(|f| book.contains_family(&f.to_lowercase())) {
                return None;
            }
            let message = format!("none of the fonts for {role} is there: {}", families.join(", "));
            let hint = format!(
                "looked below {}; Debian: apt install fonts-noto-cjk; other fonts and places: [fonts] in office.toml",
                wanted.paths.join(", ")
            );
            Some(Problem::new(Place::file(shown), NOT_SHOWN, message).hint(hint))
        };
        let problems: Vec<Problem> = wanted.families.iter().filter_map(absent).collect();
        if problems.is_empty() {
            Ok(Self { book: LazyHash::new(book), fonts })
        } else {
            Err(Fault::Configuration(problems))
        }
    }

    pub(super) fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    pub(super) fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    /// Whether any of them has the character.
    pub(super) fn have(&self, c: char) -> bool {
        c.is_control() || self.fonts.iter().any(|f| f.info().coverage.contains(u32::from(c)))
    }
}

/// A font file, or those below a folder, in the order of their names.
fn files(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let mut inner: Vec<PathBuf> = std::fs::read_dir(path).into_iter().flatten().flatten().map(|e| e.path()).collect();
    inner.sort();
    let is_font = |p: &PathBuf| {
        let ending = p.extension().map(|e| e.to_string_lossy().to_lowercase());
        p.is_dir() || ending.is_some_and(|e| ["ttf", "otf", "ttc", "otc"].contains(&e.as_str()))
    };
    // A folder that links to one above itself must not be walked for ever.
    let real = |p: &PathBuf| !(p.is_symlink() && p.is_dir());
    inner.iter().filter(|p| is_font(p) && real(p)).flat_map(|p| files(p)).collect()
}
