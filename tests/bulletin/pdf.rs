//! The bulletin as PDF: the same bytes again, names that stay names, and what cannot be shown told without harm to the rest.

use std::path::Path;
use std::process::Command;

use super::{HOSTILE, bulletin, called, hostile, made, published};
use crate::office::error_of;

/// The text of a PDF; `None`, with a word on why, without the program that reads it.
fn words(pdf: &Path) -> Option<String> {
    match Command::new("pdftotext").arg(pdf).arg("-").output() {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(_) => {
            eprintln!("SKIPPED: pdftotext is not installed (Debian: apt install poppler-utils)");
            None
        }
    }
}

/// Without line breaks and spaces, which the page's width decides.
fn close(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Whether the default fonts are there; without them there is nothing to typeset with.
fn fonts() -> bool {
    let there = Path::new("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc").exists();
    if !there {
        eprintln!("SKIPPED: no Noto CJK (Debian: apt install fonts-noto-cjk)");
    }
    there
}

#[test]
fn the_same_month_gives_the_same_pdf_with_the_same_figures() {
    if !fonts() {
        return;
    }
    let out = published().out();
    let (one, other) = (made(&out, &["--format", "pdf,md"]), made(&out, &["--format", "pdf"]));
    let read = |folder: &tempfile::TempDir| std::fs::read(folder.path().join("bulletin.pdf")).expect("a PDF");
    let bytes = read(&one);
    assert!(bytes.starts_with(b"%PDF-1.") && bytes == read(&other), "the bytes differ");
    let Some(text) = words(&one.path().join("bulletin.pdf")) else { return };
    let text = close(&text);
    let page = std::fs::read_to_string(one.path().join("bulletin.md")).expect("Markdown");
    let sentences: Vec<String> = page
        .lines()
        .filter(|l| l.starts_with(|c: char| c.is_ascii_digit()))
        .map(|l| close(&l.split_once(' ').expect("numbered").1.replace('\\', "")))
        .collect();
    assert!(sentences.len() >= 5, "{sentences:?}");
    for sentence in sentences {
        assert!(text.contains(&sentence), "{sentence}");
    }
    assert!(text.contains("—1—") && text.contains("—2—"), "pages are numbered");
}

#[test]
fn hostile_names_are_text_in_the_pdf() {
    if !fonts() {
        return;
    }
    let folder = made(hostile(), &["--format", "pdf"]);
    let path = folder.path().join("bulletin.pdf");
    let bytes = std::fs::read(&path).expect("a PDF");
    for word in ["/JavaScript", "/Launch", "/URI", "/EmbeddedFile"] {
        assert!(!bytes.windows(word.len()).any(|w| w == word.as_bytes()), "{word}");
    }
    let Some(text) = words(&path) else { return };
    let shown = close(&text);
    assert!(!text.contains('\u{202E}'));
    let names = HOSTILE.iter().filter(|n| !n.contains(['\u{202E}', '\u{200B}']));
    let found = names.filter(|n| shown.contains(&close(n))).count();
    assert!(found > 1, "{found} names stand in the PDF as they are");
}

#[test]
fn a_missing_character_or_font_fails_the_pdf_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let templates = folder.path().join("templates");
    std::fs::create_dir_all(&templates).expect("a folder");
    std::fs::write(templates.join("office.toml"), "[fonts]\npaths = [\"nowhere\"]\n").expect("written");
    let to = folder.path().join("made");
    let shown = templates.to_string_lossy().into_owned();
    let output = bulletin(&published().out(), &to, &["--templates", &shown, "--format", "html,pdf"]);
    let error = error_of(&output);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("body") && error.contains("fonts-noto-cjk") && error.contains("office.toml"), "{error}");
    assert!(to.join("bulletin.html").is_file() && !to.join("bulletin.pdf").exists());
    // With nothing else to make, nothing is made.
    let alone = folder.path().join("alone");
    let output = bulletin(&published().out(), &alone, &["--templates", &shown, "--format", "pdf"]);
    assert_eq!(output.status.code(), Some(2), "{}", error_of(&output));
    assert!(!alone.exists());
    if !fonts() {
        return;
    }
    // A character of the private use area, as offices make for rare names: no font of others has it.
    let (_office, out) = called(&["某\u{E123}区财政局"]);
    let to = folder.path().join("rare");
    let output = bulletin(&out, &to, &["--format", "pdf,md"]);
    let error = error_of(&output);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("U+E123") && error.contains("某\u{E123}区财政局"), "{error}");
    assert!(to.join("bulletin.md").is_file() && !to.join("bulletin.pdf").exists());
}

#[test]
fn a_wrong_template_is_told_with_its_line_and_sees_nothing_of_the_machine() {
    if !fonts() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let templates = folder.path().join("templates");
    std::fs::create_dir_all(&templates).expect("a folder");
    std::fs::write(folder.path().join("secret.txt"), "secret").expect("written");
    let shown = templates.to_string_lossy().into_owned();
    let to = folder.path().join("made");
    for (line, word) in [
        ("#sys.inputs.data.nosuch", "nosuch"),
        ("#let x = (", "unclosed"),
        ("#read(\"../secret.txt\")", "bulletin.typ"),
        ("#read(\"/etc/hostname\")", "not found"),
        ("#import \"@preview/example:0.1.0\": add", "bulletin.typ"),
        ("#datetime.today()", "bulletin.typ"),
    ] {
        std::fs::write(templates.join("bulletin.typ"), format!("一\n\n{line}\n")).expect("written");
        let output = bulletin(&published().out(), &to, &["--templates", &shown, "--format", "html,pdf"]);
        let error = error_of(&output);
        assert_eq!(output.status.code(), Some(2), "{line}: {error}");
        assert!(error.contains("bulletin.typ row 3") && error.contains(word), "{line}: {error}");
        assert!(!to.exists(), "{line} left something behind");
    }
    std::fs::write(templates.join("bulletin.typ"), "#sys.inputs.data.title").expect("written");
    let output = bulletin(&published().out(), &to, &["--templates", &shown, "--format", "pdf"]);
    assert!(output.status.success(), "{}", error_of(&output));
}
