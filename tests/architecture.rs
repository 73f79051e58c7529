//! ARCHITECTURE.md's table of rooms, held against the code: who may use whom, and who may touch what.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Room → rooms it may use. `error` and `kernel` are open to all.
const ROOMS: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("table", &[]),
    ("extract", &["table"]),
    ("resolve", &["table"]),
    ("link", &["table", "resolve"]),
    ("detect", &["table"]),
    ("publish", &["table", "detect", "resolve"]),
    ("ledger", &["table"]),
    ("pipeline", &["table", "extract", "resolve", "detect", "publish", "ledger"]),
    ("synthetic", &["table"]),
    ("evaluate", &["table", "publish"]),
    ("bulletin", &["publish"]),
    ("desk", &["publish", "ledger", "bulletin", "extract"]),
    (
        "cli",
        &[
            "table",
            "extract",
            "resolve",
            "detect",
            "publish",
            "ledger",
            "pipeline",
            "synthetic",
            "evaluate",
            "link",
            "bulletin",
            "desk",
        ],
    ),
];

/// Word → rooms in which it may stand, and why it may not elsewhere.
const WORDS: &[(&str, &[&str], &str)] = &[
    ("polars::", &["table", "detect", "publish"], "Polars moves rows; it stops at the engine and the query verb"),
    ("println!", &["cli"], "the command line is the only room that prints"),
    ("eprintln!", &["cli"], "the command line is the only room that prints"),
    ("Utc::now", &["pipeline"], "the clock is read in the pipeline"),
    ("Local::now", &["cli"], "the wall clock enters at the command line, as a value"),
    ("SystemTime::now", &[], "the clock is read in the pipeline"),
    (
        ".reveal()",
        &["kernel", "resolve", "synthetic"],
        "a whole resident ID leaves the kernel for linking and truth only",
    ),
];

/// Unit tests that stand in a file, or a folder, of their own.
fn is_test(path: &Path) -> bool {
    if path.components().any(|c| c.as_os_str() == "tests") {
        return true;
    }
    let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    stem == "tests" || stem == "testing" || stem.ends_with("_tests")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") && !is_test(&path) {
            found.push(path);
        }
    }
}

/// (room, path, code without comments and without its unit tests)
fn code() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    paths.sort();
    let read = |path: &PathBuf| {
        let inside = path.strip_prefix(&root).expect("below src").to_string_lossy().into_owned();
        let room = inside.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned();
        let text = std::fs::read_to_string(path).expect("text");
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let lines = text.lines().filter(|l| !l.trim_start().starts_with("//"));
        (room, inside, lines.collect::<Vec<_>>().join("\n"))
    };
    paths.iter().map(read).collect()
}

#[test]
fn rooms_use_only_the_rooms_they_may() {
    let known: BTreeSet<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    let mut wrong = Vec::new();
    for (room, path, text) in code() {
        if matches!(room.as_str(), "lib" | "main" | "error") {
            continue;
        }
        let Some((_, may)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("{path}: the room {room} is not in the table"));
            continue;
        };
        for used in &known {
            let free = *used == room || *used == "kernel" || may.contains(used);
            if !free && text.contains(&format!("crate::{used}")) {
                wrong.push(format!("{path}: {room} may not use {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn words_stand_only_where_they_may() {
    let mut wrong = Vec::new();
    for (room, path, text) in code() {
        for (word, rooms, why) in WORDS {
            if text.contains(word) && !rooms.contains(&room.as_str()) {
                wrong.push(format!("{path}: {word} ({why})"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_unfinished() {
    let marks = ["todo!(", "unimplemented!(", "TODO", "FIXME", "dbg!("];
    let found: Vec<String> = code()
        .into_iter()
        .flat_map(|(_, path, text)| {
            marks.iter().filter(|m| text.contains(**m)).map(|m| format!("{path}: {m}")).collect::<Vec<_>>()
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
