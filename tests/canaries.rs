//! Canaries: every person's name, ID and account in every input table is one, and none is found in anything that leaves the
//! program but the zone for those who may see them. Pages of Parquet and parts of packages are decompressed for the search.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use hedui::table::Schemas;
use parquet::column::page::Page;
use parquet::file::reader::{FileReader, SerializedFileReader};
use regex::bytes::Regex;

use crate::office::{hedui, said};

struct Planted {
    _folder: tempfile::TempDir,
    root: PathBuf,
    canaries: BTreeSet<String>,
    /// Everything that was printed to standard error.
    said: Vec<(String, Vec<u8>)>,
}

/// Rare characters, of which no word of the program, no unit's name and no column's title is made.
const RARE: &str = "龘靐齉爩籲灪麤鸞讟驫厵鱻纞虪齾饢戇鬱";

/// A name that nobody has, for each name: the surname is kept, so that masked forms are those of any month.
fn canary(number: usize, surname: char) -> String {
    let rare: Vec<char> = RARE.chars().collect();
    let n = rare.len();
    [surname, rare[number % n], rare[number / n % n], rare[number / n / n % n]].iter().collect()
}

impl Planted {
    fn new(section: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("office");
        said(hedui().args(["init", "--no-sample"]).arg(&root));
        let sample = root.join("sample_data");
        let plain = ["--persons", "400", "--seed", "5", "--months", "2", "--noise", "0", "--format", "csv"];
        said(hedui().arg("generate").args(plain).arg("--out").arg(&sample));
        let pipeline = root.join("pipelines/monthly.toml");
        let text = std::fs::read_to_string(&pipeline).expect("a pipeline");
        let text =
            text.replace("# [ledger]\n# url", "[ledger]\nurl").replace("[publish]\n", &format!("[publish]\n{section}"));
        std::fs::write(&pipeline, text).expect("written");
        let mut planted = Self { _folder: folder, root, canaries: BTreeSet::new(), said: Vec::new() };
        planted.plant(&sample);
        planted
    }

    fn months(&self) -> Vec<String> {
        let inside = std::fs::read_dir(self.root.join("sample_data")).expect("a folder").flatten();
        let mut names: Vec<String> = inside.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        names.retain(|n| n != "truth" && n.len() == 7);
        names.sort();
        names
    }

    /// Puts a canary into every cell of a personal column, the same for the same value, and spoils some rows.
    fn plant(&mut self, sample: &Path) {
        let schemas = Schemas::built_in().expect("sound");
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let mut tables = BTreeSet::new();
        for month in self.months() {
            for file in std::fs::read_dir(sample.join(&month)).expect("a folder").flatten() {
                let name = file.file_name().to_string_lossy().into_owned();
                let Some(schema) =
                    schemas.tables.values().filter(|s| name.starts_with(&s.name)).max_by_key(|s| s.name.len())
                else {
                    continue;
                };
                let personal: Vec<_> = schema.fields.iter().filter(|f| f.personal && f.kind.is_some()).collect();
                let bytes = std::fs::read(file.path()).expect("read");
                let text = match String::from_utf8(bytes) {
                    Ok(text) => text,
                    Err(e) => encoding_rs::GB18030.decode(e.as_bytes()).0.into_owned(),
                };
                let mut rows: Vec<Vec<String>> = csv::ReaderBuilder::new()
                    .has_headers(false)
                    .flexible(true)
                    .from_reader(text.trim_start_matches('\u{FEFF}').as_bytes())
                    .records()
                    .map(|r| r.expect("CSV").iter().map(str::to_owned).collect())
                    .collect();
                let is = |header: &str, field: &hedui::table::Field| {
                    field.name == header || field.title == header || field.aliases.iter().any(|a| a == header)
                };
                let header = rows.first().cloned().unwrap_or_default();
                for (at, header) in header.iter().enumerate() {
                    let Some(field) = personal.iter().find(|f| is(header, f)) else { continue };
                    if field.name.contains("birth") {
                        continue;
                    }
                    tables.insert(format!("{}.{}", schema.name, field.name));
                    for row in rows.iter_mut().skip(1).filter(|row| row.get(at).is_some_and(|v| !v.is_empty())) {
                        let is_name = matches!(field.kind, Some(hedui::table::Kind::PersonName));
                        if is_name {
                            let next = names.len();
                            let surname = row[at].chars().next().expect("a name");
                            row[at] = names.entry(row[at].clone()).or_insert_with(|| canary(next, surname)).clone();
                        }
                        if row[at].chars().count() >= 4 {
                            self.canaries.insert(row[at].clone());
                        }
                    }
                }
                self.spoil(&schema.name, &mut rows);
                let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
                rows.iter().for_each(|row| writer.write_record(row).expect("written"));
                std::fs::write(file.path(), writer.into_inner().expect("whole")).expect("written");
            }
        }
        assert!(tables.len() > 15, "{tables:?}");
        assert!(self.canaries.len() > 1_000, "{} canaries", self.canaries.len());
    }

    /// Rows that are set aside: an ID with a wrong check digit, a name and an ID where money and days should stand.
    fn spoil(&mut self, table: &str, rows: &mut [Vec<String>]) {
        if !["payroll", "hr_staff", "establishment_staff"].contains(&table) || rows.len() < 40 {
            return;
        }
        let (name, id) = ("阚龘靐鑫".to_owned(), "320102198001011239".to_owned());
        self.canaries.extend([name.clone(), id.clone()]);
        let numeric = |row: &Vec<String>| {
            let number = |v: &String| v.contains('.') && v.chars().all(|c| c.is_ascii_digit() || c == '.');
            row.iter().position(number)
        };
        for (at, text) in [(20, name), (21, id.clone())] {
            if let Some(column) = numeric(&rows[at]) {
                rows[at][column] = text;
            }
        }
        for value in rows[22].iter_mut().filter(|v| v.len() == 18 && v.bytes().take(17).all(|b| b.is_ascii_digit())) {
            *value = id.clone();
        }
    }

    fn call(&mut self, arguments: &[&str], codes: &[i32]) -> Output {
        let output = hedui().current_dir(&self.root).args(arguments).output().expect("started");
        let code = output.status.code().unwrap_or(-1);
        assert!(codes.contains(&code), "{arguments:?}: {code}\n{}", String::from_utf8_lossy(&output.stderr));
        self.said.push((format!("errors of {arguments:?}"), output.stderr.clone()));
        self.said.push((format!("output of {arguments:?}"), output.stdout.clone()));
        output
    }

    /// Everything a month goes through, and mistakes on the way.
    fn live(&mut self) {
        let months = self.months();
        for month in &months {
            self.call(&["--log-format", "json", "run", "pipelines/monthly.toml", "--period", month], &[0]);
        }
        self.call(&["--log-format", "text", "check", "pipelines/monthly.toml"], &[0, 3]);
        let formats = if cfg!(feature = "pdf") { "html,docx,xlsx,md,pdf" } else { "html,docx,xlsx,md" };
        // 2: a PDF on a machine without its fonts; the rest is there.
        self.call(&["bulletin", "--format", formats, "--units", "open", "--receipts"], &[0, 2]);
        self.call(&["query", "SELECT * FROM rejects"], &[0]);
        self.call(&["query", "--format", "json", "SELECT * FROM canonical_payroll"], &[0]);
        let found = self.call(
            &[
                "query",
                "--format",
                "csv",
                "SELECT anomaly_id FROM anomalies WHERE person_key IS NOT NULL ORDER BY anomaly_id LIMIT 3",
            ],
            &[0],
        );
        for id in String::from_utf8_lossy(&found.stdout).lines().skip(1) {
            self.call(&["explain", id], &[0]);
        }
        self.call(&["diff", &months[0], &months[1]], &[0]);
        self.call(&["ledger", "export", "--pipeline", "pipelines/monthly.toml"], &[0, 2]);
        // Files that are refused: no header, another encoding from the middle on, a quote that is never closed.
        let month = &months[1];
        let staff = self.file(month, "establishment_staff");
        let whole = std::fs::read(&staff).expect("read");
        let mut broken = whole.clone();
        let middle = broken.len() / 2;
        broken.splice(middle..middle, [0xFF, 0xFE, 0x80]);
        let headless = whole.iter().position(|b| *b == b'\n').map(|at| whole[at + 1..].to_vec()).expect("lines");
        let unclosed = [&whole[..middle], b"\n\"", &whole[middle..]].concat();
        for bytes in [broken, headless, unclosed] {
            std::fs::write(&staff, bytes).expect("written");
            self.call(&["check", "pipelines/monthly.toml", "--period", month], &[0, 3]);
            self.call(
                &["--log-format", "json", "run", "pipelines/monthly.toml", "--period", month, "--dry-run"],
                &[0, 3],
            );
        }
        std::fs::write(&staff, whole).expect("written");
    }

    fn file(&self, month: &str, table: &str) -> PathBuf {
        let inside = std::fs::read_dir(self.root.join("sample_data").join(month)).expect("a folder").flatten();
        let mut all: Vec<PathBuf> = inside.map(|e| e.path()).collect();
        all.sort();
        all.into_iter().find(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with(table))).expect("a file")
    }

    fn searcher(&self) -> Regex {
        let words: Vec<String> = self.canaries.iter().map(|c| regex::escape(c)).collect();
        regex::bytes::RegexBuilder::new(&words.join("|")).size_limit(1 << 30).build().expect("words")
    }

    /// Every place below the workspace, extracts and key apart, in which a canary stands.
    fn found(&self) -> (Vec<String>, usize) {
        let search = self.searcher();
        let (mut found, mut searched) = (Vec::new(), 0);
        let mut look = |place: &str, bytes: &[u8]| {
            searched += 1;
            if let Some(hit) = search.find(bytes) {
                found.push(format!("{place}: {}", String::from_utf8_lossy(hit.as_bytes())));
            }
        };
        for (what, bytes) in &self.said {
            look(what, bytes);
        }
        for path in files(&self.root) {
            let inside = path.strip_prefix(&self.root).expect("below").to_string_lossy().into_owned();
            if inside.starts_with("sample_data")
                || inside.starts_with("out/restricted")
                || inside.contains("/restricted/")
            {
                continue;
            }
            let bytes = std::fs::read(&path).expect("read");
            look(&inside, &bytes);
            if bytes.starts_with(b"PAR1") {
                pages(&path, &mut |part, bytes| look(&format!("{inside} {part}"), bytes));
            } else if bytes.starts_with(b"PK") {
                let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a package");
                for at in 0..archive.len() {
                    let mut part = archive.by_index(at).expect("a part");
                    let name = part.name().to_owned();
                    let mut text = Vec::new();
                    std::io::Read::read_to_end(&mut part, &mut text).expect("read");
                    look(&format!("{inside} {name}"), &text);
                }
            } else if inside.ends_with(".pdf")
                && let Ok(output) = std::process::Command::new("pdftotext").arg(&path).arg("-").output()
            {
                look(&format!("{inside} as text"), &output.stdout);
            }
        }
        (found, searched)
    }
}

/// Every page of a Parquet file, decompressed: dictionaries and values alike.
fn pages(path: &Path, look: &mut dyn FnMut(&str, &[u8])) {
    let reader = SerializedFileReader::new(std::fs::File::open(path).expect("a file")).expect("Parquet");
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).expect("a row group");
        for column in 0..group.num_columns() {
            let name = group.metadata().column(column).column_path().string();
            for page in group.get_column_page_reader(column).expect("pages") {
                match page.expect("a page") {
                    Page::DataPage { buf, .. } | Page::DataPageV2 { buf, .. } | Page::DictionaryPage { buf, .. } => {
                        look(&name, &buf);
                    }
                }
            }
        }
    }
}

/// Every file below a folder, hidden ones too; links are what they lead to.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(files(&path));
        } else if path.is_file() && !path.is_symlink() {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn no_canary_is_found_in_anything_that_is_written_or_said() {
    let mut planted = Planted::new("");
    planted.live();
    let (found, searched) = planted.found();
    assert!(searched > 500, "{searched} places were searched");
    assert!(
        found.is_empty(),
        "{} of {searched} places give canaries away:\n{}",
        found.len(),
        found[..found.len().min(20)].join("\n")
    );
    // The search does find what is there.
    let extract = std::fs::read(planted.file(&planted.months()[0], "establishment_staff")).expect("read");
    assert!(planted.searcher().is_match(&extract));
}

#[test]
fn unmasked_names_stand_in_their_zone_only_and_every_look_is_logged() {
    let mut planted = Planted::new("restricted = true\n");
    let month = planted.months()[0].clone();
    planted.call(&["run", "pipelines/monthly.toml", "--period", &month], &[0]);
    let (found, _) = planted.found();
    assert!(found.is_empty(), "{found:?}");
    let out = planted.root.join("out");
    // Closed to others: folders, files and where the links lead.
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    let table = out.join(format!("restricted/paid_but_absent/period={month}/part-0.parquet"));
    let stored = std::fs::canonicalize(&table).expect("a link that leads somewhere");
    assert_eq!((mode(&out.join("restricted")), mode(stored.parent().expect("a folder"))), (0o750, 0o750));
    assert_eq!(mode(&table), 0o640);
    // The names are there, whole, beside the masked ones.
    let mut hits = 0;
    let search = planted.searcher();
    pages(&stored, &mut |_, bytes| hits += usize::from(search.is_match(bytes)));
    assert!(hits > 0, "no name stands in the zone");
    let catalogue = std::fs::read_to_string(out.join("catalog.sql")).expect("a catalogue");
    assert!(!catalogue.contains("restricted"));
    // Read without a word on why, or without asking: refused.
    let sql =
        "SELECT person_key, person_name, resident_id FROM restricted_paid_but_absent WHERE person_name IS NOT NULL";
    planted.call(&["query", sql], &[2]);
    planted.call(&["query", "--restricted", sql], &[2]);
    let output = planted.call(&["query", "--restricted", "--reason", "核实", "--format", "csv", sql], &[0]);
    let rows: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().skip(1).map(str::to_owned).collect();
    assert!(!rows.is_empty() && rows.iter().any(|row| search.is_match(row.as_bytes())), "{rows:?}");
    let log = std::fs::read_to_string(out.join("restricted/access.jsonl")).expect("a log");
    let lines: Vec<serde_json::Value> = log.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    let of = |what: &str| lines.iter().filter(|l| l["what"] == what).count();
    assert_eq!((of("published"), of("read")), (3, 1), "{log}");
    let read = lines.iter().find(|l| l["what"] == "read").expect("a reading");
    assert_eq!(
        (read["rows"].as_u64(), read["reason"].as_str()),
        (u64::try_from(rows.len()).ok(), Some("核实")),
        "{log}"
    );
    // Switched off, the next run of the month takes the names away.
    let pipeline = planted.root.join("pipelines/monthly.toml");
    let text = std::fs::read_to_string(&pipeline).expect("a pipeline").replace("restricted = true\n", "");
    std::fs::write(&pipeline, text).expect("written");
    planted.call(&["run", "pipelines/monthly.toml", "--period", &month], &[0]);
    let now = SerializedFileReader::new(std::fs::File::open(&table).expect("a file")).expect("Parquet");
    assert_eq!(now.metadata().file_metadata().num_rows(), 0);
}
