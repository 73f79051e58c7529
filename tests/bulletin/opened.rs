//! What others make of our documents: a real browser and a real office program open them, with names meant to do harm.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{HOSTILE, hostile, made};

/// The program, or a word on why the test is skipped.
fn program(names: &[&'static str], package: &str) -> Option<&'static str> {
    let there = |name: &&&str| {
        let started = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        started.is_ok_and(|s| s.success())
    };
    let found = names.iter().find(there).copied();
    if found.is_none() {
        eprintln!("SKIPPED: none of {} is installed (Debian: apt install {package})", names.join(", "));
    }
    found
}

/// Runs a program of others' for at most two minutes; its standard output.
fn run(command: &mut Command, into: &Path) -> String {
    let text = into.join("stdout");
    let file = std::fs::File::create(&text).expect("a file");
    let mut child = command.stdout(file).stderr(Stdio::null()).spawn().expect("started");
    let begun = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        if begun.elapsed() > Duration::from_mins(2) {
            let _ = child.kill();
            panic!("{command:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    std::fs::read_to_string(text).expect("text")
}

/// A page as the browser has it after all scripts have run.
fn dom(chromium: &str, page: &Path) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(chromium);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]);
    command.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
    command.arg(format!("--user-data-dir={}", folder.path().join("browser").display())).arg("--dump-dom");
    run(command.arg(format!("file://{}", page.display())), folder.path())
}

const PWNED: &str = "data-pwned";

#[test]
fn no_name_runs_in_a_browser() {
    let Some(chromium) = program(&["chromium", "chromium-browser", "google-chrome"], "chromium") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    // The very names, put into a page as they stand, do run: else what follows would show nothing.
    let careless = folder.path().join("careless.html");
    std::fs::write(&careless, format!("<!DOCTYPE html><meta charset=utf-8><p>{}", HOSTILE[0])).expect("written");
    assert!(dom(chromium, &careless).contains(PWNED), "this browser runs no scripts at all");
    let made = made(hostile(), &["--format", "html", "--units", "open"]);
    let mut pages = vec![made.path().join("bulletin.html")];
    let mut units: Vec<_> =
        std::fs::read_dir(made.path().join("units")).expect("a folder").flatten().map(|e| e.path()).collect();
    units.sort();
    let hostile = |p: &std::path::PathBuf| {
        std::fs::read_to_string(p).is_ok_and(|t| t.contains("dataset.pwned") || t.contains("evil.example"))
    };
    pages.extend(units.into_iter().filter(hostile).take(5));
    assert!(pages.len() > 4, "{pages:?}");
    for page in pages {
        let dom = dom(chromium, &page);
        assert!(dom.contains("</html>"), "{} was not opened", page.display());
        for word in [PWNED, "<script", "<img", "<style>@import"] {
            assert!(!dom.contains(word), "{}: {word}", page.display());
        }
        let names = ["&lt;script&gt;", "=HYPERLINK(", "{{ office.words }}", "#eval(", "@SUM(1+1)"];
        assert!(names.iter().any(|n| dom.contains(n)), "{} shows none of the names", page.display());
    }
}

/// A document as the office program has it, as one XML file.
fn flat(soffice: &str, document: &Path, form: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let profile = format!("-env:UserInstallation=file://{}", folder.path().join("profile").display());
    let mut command = Command::new(soffice);
    command.args(["--headless", &profile, "--convert-to", form, "--outdir"]).arg(folder.path()).arg(document);
    run(&mut command, folder.path());
    let made = folder.path().join(document.file_name().expect("a name")).with_extension(form);
    std::fs::read_to_string(&made).unwrap_or_else(|e| panic!("{} was not opened: {e}", document.display()))
}

#[test]
fn no_name_is_a_formula_or_a_link_in_an_office_program() {
    let Some(soffice) = program(&["soffice", "libreoffice"], "libreoffice-calc libreoffice-writer") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let careless = folder.path().join("careless.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().write_formula(0, 0, "=HYPERLINK(\"http://evil.example/\",\"x\")").expect("a formula");
    book.save(&careless).expect("saved");
    assert!(flat(soffice, &careless, "fods").contains("table:formula="), "this program shows no formulas");
    let made = made(hostile(), &["--format", "xlsx,docx", "--units", "open", "--receipts"]);
    let mut documents = vec![(made.path().join("bulletin.xlsx"), "fods"), (made.path().join("bulletin.docx"), "fodt")];
    let first = |inner: &str, ending: &str| {
        let all = std::fs::read_dir(made.path().join(inner)).expect("a folder").flatten().map(|e| e.path());
        all.filter(|p| p.to_string_lossy().ends_with(ending)).min()
    };
    documents.extend(first("receipts", ".xlsx").map(|p| (p, "fods")));
    documents.extend(first("units", "-notice.docx").map(|p| (p, "fodt")));
    assert_eq!(documents.len(), 4);
    for (document, form) in documents {
        let flat = flat(soffice, &document, form);
        for word in ["table:formula=", "<text:a ", "xlink:href=\"http", "text:dde-connection", "table:dde-link"] {
            assert!(!flat.contains(word), "{}: {word}", document.display());
        }
        if document.ends_with("bulletin.xlsx") {
            assert!(flat.contains("=HYPERLINK(") && flat.contains("=cmd|"), "the names are not shown");
        }
    }
}
