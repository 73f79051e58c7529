//! The bulletin from outside: every figure is a query's answer, every byte repeats, hostile names stay names, mistakes are named.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use crate::office::{Office, copy_tree, error_of, hedui, said};

mod opened;
#[cfg(feature = "pdf")]
mod pdf;

/// An office with three published months, never changed.
fn published() -> &'static Office {
    static OFFICE: OnceLock<Office> = OnceLock::new();
    OFFICE.get_or_init(|| {
        let office = Office::new();
        for month in ["2026-08", "2026-09", "2026-10"] {
            office.publish(&["--period", month]);
        }
        office
    })
}

fn bulletin(out: &Path, to: &Path, arguments: &[&str]) -> Output {
    let mut command = hedui();
    command.current_dir(std::env::temp_dir());
    command.arg("bulletin").arg("--out").arg(out).arg("--to").arg(to).args(arguments).output().expect("started")
}

fn made(out: &Path, arguments: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let output = bulletin(out, folder.path(), arguments);
    assert!(output.status.success(), "{}", error_of(&output));
    folder
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&#39;", "'").replace("&quot;", "\"").replace("&amp;", "&")
}

/// What stands between two marks, every time.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    text.split(open).skip(1).filter_map(|rest| rest.split(close).next()).collect()
}

/// Table → rows of (is a number, shown text), totals left out.
fn tables(html: &str) -> BTreeMap<String, Vec<Vec<(bool, String)>>> {
    let table = |part: &&str| {
        let id = part.split('"').next().expect("an id").to_owned();
        let body = between(part, "<tbody>", "</tbody>").first().copied().unwrap_or_default();
        let cell = |cell: &str| {
            let (head, shown) = cell.split_once('>').expect("a cell");
            (head.contains("class=\"n\""), unescaped(shown))
        };
        let row = |row: &&str| between(row, "<td", "</td>").into_iter().map(cell).collect::<Vec<_>>();
        let rows = between(body, "<tr>", "</tr>").iter().map(row).filter(|row| row.len() > 1).collect();
        (id, rows)
    };
    between(html, "<table data-table=\"", "</table>").iter().map(table).collect()
}

/// The queries printed in the page, by their tables' titles.
fn queries(html: &str) -> BTreeMap<String, String> {
    let part = between(html, "<details class=\"queries\">", "</details>")[0];
    between(part, "<h3>", "</pre>")
        .into_iter()
        .map(|entry| {
            let (title, sql) = entry.split_once("</h3>").expect("a title");
            (unescaped(title), unescaped(sql.split_once("<pre>").expect("a query").1))
        })
        .collect()
}

/// Whether a shown number is the query's value as its form shows it.
fn shows(shown: &str, value: &str) -> bool {
    let value: f64 = value.parse().unwrap_or(0.0);
    let plain = shown.replace(',', "");
    if let Some(percent) = plain.strip_suffix('%') {
        return percent.parse::<f64>().is_ok_and(|p| (value * 100.0 - p) >= -1e-9 && value * 100.0 - p < 0.01);
    }
    plain.parse::<f64>().is_ok_and(|n| (n - value).abs() < 1e-6)
}

#[test]
fn every_figure_is_the_answer_to_its_query() {
    let office = published();
    let folder = made(&office.out(), &["--format", "html"]);
    let html = text(&folder.path().join("bulletin.html"));
    let queries = queries(&html);
    let (tables, mut numbers) = (tables(&html), 0);
    let titles: Vec<(String, String)> = between(&html, "<table data-table=\"", "</caption>")
        .into_iter()
        .filter_map(|part| Some((part.split('"').next()?.to_owned(), unescaped(part.split("<caption>").nth(1)?))))
        .collect();
    assert!(titles.len() >= 13, "{titles:?}");
    for (id, title) in titles {
        let sql = &queries[&title];
        let mut reader = csv::Reader::from_reader(std::io::Cursor::new(office.query(sql)));
        let answer: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("CSV");
        assert_eq!(tables[&id].len(), answer.len(), "{id}: rows");
        for (row, answer) in tables[&id].iter().zip(&answer) {
            for ((number, shown), value) in row.iter().zip(answer) {
                let hidden = shown.starts_with('<') || shown == "※" || shown.is_empty() && value.is_empty();
                if *number && !hidden {
                    assert!(shows(shown, value), "{id}: {shown} is not {value}");
                    numbers += 1;
                }
            }
        }
    }
    assert!(numbers > 300, "{numbers} numbers were compared");
}

#[test]
fn totals_and_sentences_are_sums_of_published_rows() {
    let office = published();
    let folder = made(&office.out(), &["--format", "md"]);
    let page = text(&folder.path().join("bulletin.md"));
    let count = |sql: &str| office.query(sql).lines().nth(1).expect("a value").to_owned();
    let n = count("SELECT COUNT(*) AS n FROM anomalies WHERE period = '2026-10' AND status <> 'closed'");
    let s1 = count(
        "SELECT COUNT(*) AS n FROM anomalies WHERE period = '2026-10' AND status <> 'closed' AND severity = 'S1'",
    );
    let opening = count("SELECT COUNT(*) AS n FROM anomalies WHERE period = '2026-09' AND status <> 'closed'");
    assert!(page.contains(&format!("问题{n}件，其中S1级{s1}件")), "{n} {s1}\n{page}");
    assert!(page.contains(&format!("上期末{opening}件")), "{opening}\n{page}");
    let total = page.lines().find(|line| line.starts_with("| 合计 |")).expect("a row of totals");
    assert!(total.starts_with(&format!("| 合计 | {n} | {s1} |")), "{total}");
}

#[test]
fn the_same_month_gives_the_same_bytes_in_every_format() {
    let read = |folder: &tempfile::TempDir| {
        let mut files = BTreeMap::new();
        for place in ["", "units", "receipts"].map(|inner| folder.path().join(inner)) {
            for entry in std::fs::read_dir(place).expect("a folder").flatten().filter(|e| e.path().is_file()) {
                let name = entry.path().strip_prefix(folder.path()).expect("below").to_owned();
                files.insert(name, std::fs::read(entry.path()).expect("read"));
            }
        }
        files
    };
    let out = published().out();
    let all = ["--units", "open", "--receipts"];
    let (one, other) = (read(&made(&out, &all)), read(&made(&out, &all)));
    assert!(one.len() > 20, "{:?}", one.keys());
    for (name, bytes) in &one {
        assert!(other.get(name) == Some(bytes), "{} differs", name.display());
    }
    assert_eq!(one.len(), other.len());
}

#[test]
fn a_page_asks_for_nothing_from_outside_and_runs_no_script() {
    let folder = made(&published().out(), &["--format", "html", "--units", "open"]);
    let mut pages = vec![folder.path().join("bulletin.html")];
    pages.extend(std::fs::read_dir(folder.path().join("units")).expect("a folder").flatten().map(|e| e.path()));
    assert!(pages.len() > 5, "{pages:?}");
    for page in pages {
        let html = text(&page);
        assert!(html.contains("Content-Security-Policy\" content=\"default-src 'none'"), "{}", page.display());
        let outside = html.replace("http://www.w3.org/2000/svg", "");
        for word in
            ["http:", "https:", "<script", "javascript:", "@import", " onload=", " onerror=", "<iframe", "<link"]
        {
            assert!(!outside.contains(word), "{}: {word}", page.display());
        }
        assert!(html.len() < 5_000_000, "{}", page.display());
    }
}

/// Names that mean something to a browser, a spreadsheet, a word processor or one of our templates' languages.
const HOSTILE: [&str; 9] = [
    "<script>document.documentElement.dataset.pwned=1</script>局",
    "=cmd|'/c calc'!A1局",
    "<img src=x onerror=\"document.documentElement.dataset.pwned=1\">&\u{202E}局",
    "=HYPERLINK(\"http://evil.example/\",\"请点击\")局",
    "{{ office.words }}{% for x in [1] %}{{ x }}{% endfor %}局",
    "#eval(\"sys.inputs\") #import \"@preview/x:1.0.0\" $x$ */ // 局",
    "]]></w:t></w:r><w:fldSimple w:instr=\"DDEAUTO c:\\\\x\"/>局",
    "</style><style>@import 'http://evil.example/';</style>\u{200B}\u{200D}局",
    "@SUM(1+1)*cmd|' /C calc'!A0\" onmouseover=\"document.documentElement.dataset.pwned=1局",
];

/// An office in which units with findings are called so, and its published folder.
fn called(names: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let office = folder.path().join("office");
    said(hedui().args(["init", "--no-sample"]).arg(&office));
    let sample = office.join("sample_data");
    let plain = ["--persons", "400", "--seed", "77", "--months", "1", "--noise", "0", "--format", "csv"];
    said(hedui().arg("generate").args(plain).arg("--out").arg(&sample));
    let run = |office: &Path| {
        let output = hedui().arg("run").arg(office.join("pipelines/monthly.toml")).output().expect("started");
        assert!(output.status.success(), "{}", error_of(&output));
    };
    run(&office);
    let out = office.join("out");
    let sql =
        "SELECT unit_name, MIN(severity) AS gravest FROM anomalies WHERE status <> 'closed' AND unit_name IS NOT NULL
               GROUP BY unit_name ORDER BY gravest, unit_name";
    let found = said(hedui().args(["query", "--format", "csv", sql, "--out"]).arg(&out));
    let old: Vec<String> =
        found.lines().skip(1).filter_map(|l| l.split(',').next()).take(names.len()).map(str::to_owned).collect();
    assert_eq!(old.len(), names.len(), "{found}");
    let changed: usize = folders(&sample).iter().map(|month| rename(month, &old, names)).sum();
    assert!(changed > 3, "{changed} files name the units");
    std::fs::remove_dir_all(&out).expect("removed");
    run(&office);
    (folder, out)
}

/// The months' folders.
fn folders(sample: &Path) -> Vec<PathBuf> {
    let inside = std::fs::read_dir(sample).expect("a folder").flatten().map(|e| e.path());
    inside.filter(|p| p.is_dir() && p.file_name().is_some_and(|n| n != "truth")).collect()
}

/// Calls units otherwise in every extract of a month; gives how many files were changed.
fn rename(month: &Path, old: &[String], names: &[&str]) -> usize {
    let mut changed = 0;
    for file in std::fs::read_dir(month).expect("a folder").flatten() {
        let bytes = std::fs::read(file.path()).expect("read");
        // The encodings that offices export text in.
        let before = match std::str::from_utf8(&bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => encoding_rs::GB18030.decode(&bytes).0.into_owned(),
        };
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(before.as_bytes());
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let mut any = false;
        for record in reader.records() {
            let spoil = |cell: &str| {
                let after = old.iter().zip(names).fold(cell.to_owned(), |text, (o, n)| text.replace(o.as_str(), n));
                (after != cell, after)
            };
            let cells: Vec<(bool, String)> = record.expect("CSV").iter().map(spoil).collect();
            any |= cells.iter().any(|(spoilt, _)| *spoilt);
            writer.write_record(cells.iter().map(|(_, cell)| cell.as_bytes())).expect("written");
        }
        if any {
            std::fs::write(file.path(), writer.into_inner().expect("whole")).expect("written");
            changed += 1;
        }
    }
    changed
}

/// The office of hostile names, never changed.
fn hostile() -> &'static Path {
    static OFFICE: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    &OFFICE.get_or_init(|| called(&HOSTILE)).1
}

#[test]
fn hostile_names_are_shown_and_do_nothing() {
    let out = hostile();
    let folder = made(out, &["--units", "all", "--receipts"]);
    let canaries = resident_ids(&out.with_file_name("sample_data"));
    assert!(canaries.len() > 300, "{} resident IDs", canaries.len());
    let mut pages = 0;
    let mut shown = 0;
    for place in ["", "units", "receipts"].map(|inner| folder.path().join(inner)) {
        for path in std::fs::read_dir(place).expect("a folder").flatten().map(|e| e.path()) {
            let name = path.to_string_lossy().into_owned();
            let texts: Vec<String> = if name.ends_with(".html") || name.ends_with(".md") {
                vec![text(&path)]
            } else if name.ends_with(".docx") || name.ends_with(".xlsx") {
                parts(&path)
            } else {
                continue;
            };
            for text in texts {
                pages += 1;
                for word in
                    ["<script", "<img", "\u{202E}", "<f>", "<f ", "<hyperlink", "<w:fldSimple", "]]>", "</style><style"]
                {
                    assert!(!text.contains(word), "{name}: {word}");
                }
                shown += text.matches("dataset.pwned").count();
                let leaked = ids_in(&text).find(|id| canaries.contains(id));
                assert_eq!(leaked, None, "{name} gives a resident ID away");
            }
        }
    }
    assert!(pages > 20 && shown > 5, "{pages} pages, {shown} times");
    // In the workbook the names are texts, whole.
    use calamine::{Reader, Xlsx, open_workbook};
    let mut book: Xlsx<_> = open_workbook(folder.path().join("bulletin.xlsx")).expect("a workbook");
    let sheet = book.worksheet_range("问题清单").expect("a sheet");
    let cells: Vec<String> = sheet.rows().flatten().map(ToString::to_string).collect();
    for name in HOSTILE.iter().filter(|n| !n.contains(['\u{202E}', '\u{200B}'])) {
        assert!(cells.iter().any(|c| c == name), "{name} is not in the workbook as it is");
    }
    let formulas = book.worksheet_formula("问题清单").expect("a sheet");
    assert!(formulas.rows().flatten().all(String::is_empty));
}

/// What looks like a whole resident ID: 18 places with a birth date of the last hundred years among them.
fn ids_in(text: &str) -> impl Iterator<Item = String> + '_ {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let born = |id: &str| matches!(&id[6..8], "19" | "20") && matches!(&id[10..11], "0" | "1");
    words.filter(move |w| w.len() == 18 && w[..17].bytes().all(|b| b.is_ascii_digit()) && born(w)).map(str::to_owned)
}

/// The resident IDs of the staff in the extracts.
fn resident_ids(sample: &Path) -> std::collections::BTreeSet<String> {
    let mut found = std::collections::BTreeSet::new();
    for month in std::fs::read_dir(sample).expect("a folder").flatten().filter(|e| e.path().is_dir()) {
        for file in std::fs::read_dir(month.path()).expect("a folder").flatten() {
            if file.file_name().to_string_lossy().starts_with("establishment_staff") {
                // In whatever encoding: IDs are ASCII.
                let bytes = std::fs::read(file.path()).expect("read");
                found.extend(ids_in(&String::from_utf8_lossy(&bytes)));
            }
        }
    }
    found
}

/// The XML parts of a package.
fn parts(path: &Path) -> Vec<String> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).expect("a file")).expect("a package");
    let mut texts = Vec::new();
    for i in 0..archive.len() {
        let mut part = archive.by_index(i).expect("a part");
        let mut text = String::new();
        std::io::Read::read_to_string(&mut part, &mut text).expect("XML");
        texts.push(text);
    }
    texts
}

#[test]
fn the_working_copy_is_ready_to_be_worked_on() {
    let folder = made(&published().out(), &["--format", "xlsx"]);
    let parts = parts(&folder.path().join("bulletin.xlsx"));
    let list = parts.iter().find(|p| p.contains("<dataValidation ")).expect("a sheet with a drop-down");
    for word in [
        "属实,部分属实,不属实,数据错误,移送",
        "state=\"frozen\"",
        "<autoFilter",
        "orientation=\"landscape\"",
        "fitToHeight=\"0\"",
    ] {
        assert!(list.contains(word), "{word}");
    }
    use calamine::{Reader, Xlsx, open_workbook};
    let mut book: Xlsx<_> = open_workbook(folder.path().join("bulletin.xlsx")).expect("a workbook");
    let names = book.sheet_names();
    assert_eq!((names[0].as_str(), names[1].as_str()), ("说明", "问题清单"));
    let list = book.worksheet_range("问题清单").expect("a sheet");
    let n = published().query("SELECT COUNT(*) AS n FROM anomalies WHERE period = '2026-10' AND status <> 'closed'");
    assert_eq!(list.height() - 1, n.lines().nth(1).and_then(|n| n.parse::<usize>().ok()).expect("a number"));
}

#[test]
fn what_cannot_be_made_is_named_and_leaves_nothing_behind() {
    let out = published().out();
    let folder = tempfile::tempdir().expect("a folder");
    let to = folder.path().join("made");
    let refused = |arguments: &[&str], code: i32, words: &[&str]| {
        let output = bulletin(&out, &to, arguments);
        let error = error_of(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{error}");
        for word in words {
            assert!(error.contains(word), "{arguments:?}: {word} in\n{error}");
        }
        assert!(!to.exists(), "{arguments:?} left something behind");
    };
    refused(&["--period", "2020-01"], 2, &["2020-01 is not published", "2026-08, 2026-09, 2026-10"]);
    if !cfg!(feature = "pdf") {
        refused(&["--format", "html,pdf"], 2, &["without PDF", "--features pdf", "soffice", "另存为 PDF"]);
    }
    refused(&["--unit", "nowhere"], 2, &["nowhere: no such unit"]);
    let templates = folder.path().join("templates");
    std::fs::create_dir_all(&templates).expect("a folder");
    let shown = templates.to_string_lossy().into_owned();
    std::fs::write(templates.join("bulletin.md"), "# {{ title }}\n\n{{ figure_of_speech }}\n").expect("written");
    refused(&["--templates", &shown], 2, &["bulletin.md row 3", "figure_of_speech"]);
    std::fs::write(templates.join("bulletin.md"), "# {{ office.words.slogan }}{{ title }}\n").expect("written");
    std::fs::write(templates.join("office.toml"), "[words]\nslogan = \"依法\"\n[limits]\ntop = 1\n").expect("written");
    let made = made(&out, &["--templates", &shown, "--format", "md,html"]);
    assert_eq!(text(&made.path().join("bulletin.md")), "# 依法2026年10月机构编制核对情况通报\n");
    assert_eq!(tables(&text(&made.path().join("bulletin.html")))["ranking"].len(), 1);
    // A file stands where the folder should be.
    std::fs::write(&to, "x").expect("written");
    let output = bulletin(&out, &to, &[]);
    assert_eq!(output.status.code(), Some(2), "{}", error_of(&output));
    assert!(error_of(&output).contains(&*to.to_string_lossy()), "{}", error_of(&output));
}

#[test]
fn what_does_not_balance_makes_no_bulletin() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    copy_links(&published().out(), &out);
    let current = std::fs::read_link(out.join(".store/2026-10/current")).expect("a link");
    let manifest = out.join(".store/2026-10").join(current).join("manifest.json");
    let before = text(&manifest);
    let mut value: serde_json::Value = serde_json::from_str(&before).expect("JSON");
    let rows = value["inputs"][0]["rows_read"].as_u64().expect("rows");
    value["inputs"][0]["rows_read"] = serde_json::json!(rows + 1);
    std::fs::write(&manifest, value.to_string()).expect("written");
    let to = folder.path().join("made");
    let output = bulletin(&out, &to, &[]);
    assert_eq!(output.status.code(), Some(4), "{}", error_of(&output));
    assert!(error_of(&output).contains("数据行"), "{}", error_of(&output));
    assert!(!to.exists());
}

#[test]
fn a_receipt_names_the_senders_own_cells() {
    let office = published();
    let folder = made(&office.out(), &["--format", "md", "--receipts"]);
    use calamine::{Reader, Xlsx, open_workbook};
    let sql = "SELECT COUNT(*) AS n FROM rejects WHERE period = '2026-10'";
    let wanted: usize = office.query(sql).lines().nth(1).and_then(|n| n.parse().ok()).expect("a number");
    let (mut receipts, mut rejects, mut found) = (0, 0, 0);
    for entry in std::fs::read_dir(folder.path().join("receipts")).expect("a folder").flatten() {
        let mut book: Xlsx<_> = open_workbook(entry.path()).expect("a workbook");
        let mut rows = |sheet: &str| book.worksheet_range(sheet).expect("a sheet").height() - 1;
        receipts += 1;
        rejects += rows("退回的行和有误的单元格");
        found += rows("由规则核出的数据问题");
        assert!(rows("各月得分") >= 1);
    }
    let manifest = std::fs::read_to_string(
        std::fs::read_dir(office.out().join("runs")).expect("a folder").flatten().map(|e| e.path()).max().expect("one"),
    );
    let manifest: serde_json::Value = serde_json::from_str(&manifest.expect("text")).expect("JSON");
    // A file without rows has nothing to be receipted.
    let inputs = manifest["inputs"].as_array().expect("inputs").iter().filter(|f| f["rows_read"] != 0).count();
    assert_eq!(receipts, inputs);
    assert_eq!(rejects, wanted);
    assert!(found > 0);
}

/// A published tree with its links.
fn copy_links(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_symlink() {
            std::os::unix::fs::symlink(std::fs::read_link(&path).expect("a link"), target).expect("linked");
        } else if path.is_dir() {
            copy_links(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("copied");
        }
    }
}

/// docs/queries.md shows what its queries answer on sample_data. `HEDUI_BLESS=1` writes the answers anew.
#[test]
fn worked_queries_answer_as_the_page_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let office = folder.path().join("office");
    said(hedui().args(["init", "--no-sample"]).arg(&office));
    let root = crate::office::repository();
    copy_tree(&root.join("sample_data"), &office.join("sample_data"));
    for month in ["2026-08", "2026-09", "2026-10"] {
        said(hedui().arg("run").arg(office.join("pipelines/monthly.toml")).args(["--quiet", "--period", month]));
    }
    let out = office.join("out");
    let path = root.join("docs/queries.md");
    let page = text(&path);
    let mut wanted = String::new();
    let mut sections = page.split("\n## ");
    wanted.push_str(sections.next().expect("an introduction"));
    let mut count = 0;
    for section in sections {
        let head = section.split("\n```\n").next().expect("a query");
        let sql = head.split("```sql\n").nth(1).expect("a query");
        wanted.push_str(&format!("\n## {head}\n```\n\n{}", answer(&out, sql)));
        count += 1;
    }
    assert_eq!(count, 20);
    if std::env::var_os("HEDUI_BLESS").is_some() {
        std::fs::write(&path, &wanted).expect("written");
    }
    let differs = page.lines().zip(wanted.lines()).position(|(a, b)| a != b).map(|l| l + 1);
    assert!(
        text(&path) == wanted,
        "docs/queries.md is out of date from line {differs:?}; HEDUI_BLESS=1 writes it anew"
    );
}

/// An answer as a table of Markdown.
fn answer(out: &Path, sql: &str) -> String {
    let csv = said(hedui().args(["query", "--format", "csv", sql, "--out"]).arg(out));
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(std::io::Cursor::new(csv));
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("CSV");
    let line = |row: &csv::StringRecord| {
        let cells: Vec<String> = row.iter().map(|c| c.replace('|', "\\|").replace('*', "\\*")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    lines.insert(1, format!("|{}\n", "---|".repeat(rows[0].len())));
    lines.concat()
}
