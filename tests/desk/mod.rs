//! `hedui gate`, workbooks, random checks and letters, as officers use them.

mod book;
mod checks;
mod gate;
mod gate_from;
mod letters;
mod linking;
mod quiet;
mod self_inspection;
mod workbook;

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

use crate::office::{Office, error_of, hedui, said};

/// An office with one published month and its ledger, never changed.
pub fn model() -> &'static Path {
    static MODEL: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = MODEL.get_or_init(|| {
        let office = Office::new();
        let pipeline = office.pipeline();
        let text = std::fs::read_to_string(&pipeline).expect("read");
        std::fs::write(&pipeline, format!("{text}\n[ledger]\nurl = \"sqlite:ledger/hedui.sqlite\"\n"))
            .expect("written");
        office.publish(&["--period", "2026-10"]);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("office");
        copy(&office.root, &path);
        (folder, path)
    });
    path
}

/// A published tree has links, which `cp -a` keeps.
pub fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp");
    assert!(done.success());
}

/// A copy of it, to work in.
pub struct Desk {
    _folder: tempfile::TempDir,
    pub root: PathBuf,
}

impl Desk {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("office");
        copy(model(), &root);
        Self { _folder: folder, root }
    }
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = hedui();
        command.current_dir(&self.root).env_remove("HEDUI_BY").args(arguments);
        command
    }
    pub fn done(&self, arguments: &[&str]) -> String {
        said(&mut self.command(arguments))
    }
    pub fn ledger(&self, arguments: &[&str]) -> String {
        self.done(&[&["ledger"], arguments].concat())
    }
    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.done(arguments)).expect("JSON")
    }
    pub fn log(&self) -> String {
        self.ledger(&["export"])
    }
    /// A refusal with its exit code and slug, in both languages, that wrote nothing.
    pub fn refused(&self, arguments: &[&str], code: i32, slug: &str) -> Output {
        let before = self.log();
        let output = self.command(arguments).output().expect("started");
        let error = error_of(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        assert!(error.contains(slug), "{slug} in {error}");
        assert_eq!(self.log(), before, "{arguments:?} wrote something");
        output
    }
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
}

/// Every part of a DOCX, each of them well-formed XML; gives the text of the document.
pub fn docx_text(path: &Path) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(std::fs::read(path).expect("read"))).expect("a package");
    let mut text = String::new();
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).expect("a part");
        let name = part.name().to_owned();
        let mut xml = String::new();
        part.read_to_string(&mut xml).expect("UTF-8");
        let content = well_formed(&name, &xml);
        if name == "word/document.xml" {
            text = content;
        }
    }
    assert!(!text.is_empty());
    text
}

/// Holds a part to what every XML reader asks: one root, tags that close one another, quoted attributes, known entities, no
/// character that XML forbids. Gives its texts.
pub fn well_formed(name: &str, xml: &str) -> String {
    let mut open: Vec<&str> = Vec::new();
    let (mut text, mut roots, mut rest) = (String::new(), 0, xml);
    let entities = |s: &str| {
        for (at, _) in s.match_indices('&') {
            let known = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "&apos;"].iter().any(|e| s[at..].starts_with(e));
            assert!(known, "{name}: {}", &s[at..].chars().take(20).collect::<String>());
        }
        assert!(!s.chars().any(|c| c < ' ' && !"\t\n\r".contains(c)), "{name}: a control character");
    };
    while let Some(begin) = rest.find('<') {
        entities(&rest[..begin]);
        assert!(!open.is_empty() || rest[..begin].trim().is_empty(), "{name}: text outside the root");
        text.push_str(&rest[..begin]);
        let end = begin + rest[begin..].find('>').unwrap_or_else(|| panic!("{name}: a tag without end"));
        let tag = &rest[begin + 1..end];
        rest = &rest[end + 1..];
        if tag.starts_with('?') {
            continue;
        }
        if let Some(closing) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closing.trim()), "{name}");
            continue;
        }
        let (tag, single) = tag.strip_suffix('/').map_or((tag, false), |t| (t, true));
        let (word, attributes) = tag.split_once([' ', '\n']).unwrap_or((tag, ""));
        assert_eq!(attributes.matches('"').count() % 2, 0, "{name}: {tag}");
        assert!(!attributes.contains('<'), "{name}: {tag}");
        entities(attributes);
        roots += usize::from(open.is_empty());
        if !single {
            open.push(word);
        }
    }
    assert!(open.is_empty() && roots == 1 && rest.trim().is_empty(), "{name}: {open:?}");
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// A unit of the ledger's own findings, with one open S1 or S2 case.
pub fn troubled(desk: &Desk) -> (String, String) {
    let list = desk.json(&["ledger", "list", "--format", "json", "--state", "open"]);
    let grave = list.as_array().expect("cases").iter().find(|c| c["severity"] != "S3" && !c["unit_key"].is_null());
    let case = grave.expect("a grave case");
    (case["unit_key"].as_str().expect("a key").to_owned(), case["case"].as_str().expect("an id").to_owned())
}

pub fn state(desk: &Desk, case: &str) -> String {
    let shown = desk.json(&["ledger", "show", case, "--format", "json"]);
    shown["case"]["state"].as_str().expect("a state").to_owned()
}
