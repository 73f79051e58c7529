//! `hedui link`: two tables and one, Chinese and Latin, the errors, the exploding blocks, and that order changes nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::office::{error_of, hedui};

/// A folder with tables and specs.
struct Desk(tempfile::TempDir);

/// A row of a written table, by column.
type Line = BTreeMap<String, String>;

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
    fn put(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }
    fn link(&self, spec: &str, threads: &str) -> Output {
        self.put("spec.toml", spec);
        let mut command = hedui();
        command.env("RAYON_NUM_THREADS", threads).args(["--lang", "en", "link"]).arg(self.path("spec.toml"));
        command.output().expect("started")
    }
    /// Links and reads what was written.
    fn links(&self, spec: &str) -> Vec<Line> {
        let output = self.link(spec, "2");
        assert!(output.status.success(), "{}", error_of(&output));
        read(&self.path("links.parquet"))
    }
    fn refused(&self, spec: &str, code: i32) -> String {
        let _ = std::fs::remove_file(self.path("links.parquet"));
        let output = self.link(spec, "2");
        assert_eq!(output.status.code(), Some(code), "{}", error_of(&output));
        assert!(!self.path("links.parquet").exists());
        error_of(&output)
    }
}

fn read(path: &Path) -> Vec<Line> {
    let file = std::fs::File::open(path).expect("a table");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build().expect("readable");
    let mut lines = Vec::new();
    for batch in reader {
        let batch = batch.expect("a batch");
        let start = lines.len();
        lines.resize_with(start + batch.num_rows(), Line::new);
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            let texts = cast(column, &DataType::Utf8).expect("text");
            for (line, text) in lines[start..].iter_mut().zip(texts.as_string::<i32>()) {
                line.insert(field.name().clone(), text.unwrap_or_default().to_owned());
            }
        }
    }
    lines
}

fn linked(lines: Vec<Line>) -> Vec<Line> {
    lines.into_iter().filter(|l| l["status"] == "linked").collect()
}

fn spec(right: bool, compare: &[(&str, &str)], output: &str) -> String {
    let mut text = "[left]\npath = \"a.csv\"\nid = \"id\"\n".to_owned();
    if right {
        text.push_str("[right]\npath = \"b.csv\"\nid = \"id\"\n");
    }
    for (column, kind) in compare {
        text.push_str(&format!("[[compare]]\ncolumn = \"{column}\"\nkind = \"{kind}\"\n"));
    }
    format!("{text}[output]\npath = \"links.parquet\"\n{output}")
}

/// A made number of 18 characters with a sound check digit.
fn resident(serial: usize) -> String {
    let day = format!("{:04}{:02}{:02}", 1960 + serial % 40, 1 + serial / 3 % 12, 1 + serial / 7 % 28);
    let body = format!("4109{:02}{day}{:03}", serial % 9 + 1, serial % 1000);
    let check = hedui::kernel::resident_id::check_character(body.as_bytes()).expect("digits");
    format!("{body}{}", char::from(check))
}

const SURNAMES: [&str; 12] = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙"];
const GIVEN: [&str; 14] =
    ["建国", "秀英", "志强", "桂兰", "俊杰", "欣怡", "浩然", "雨涵", "海燕", "玉梅", "文博", "子轩", "晓东", "立新"];
const UNITS: [&str; 6] = ["第一中学", "第二中学", "人民医院", "财政局", "教育局", "图书馆"];

fn chinese(i: usize) -> (String, String, String) {
    let name = format!("{}{}", SURNAMES[i % 12], GIVEN[i / 12 % 14]);
    (name, resident(i * 31 + 7), UNITS[i % 6].to_owned())
}

/// Two registers of the same 160 staff; every tenth row of the second has its number, its name or both spoiled.
fn registers(desk: &Desk) -> BTreeMap<String, String> {
    let (mut a, mut b) = ("id,name,id_no,unit\n".to_owned(), "id,name,id_no,unit\n".to_owned());
    let mut truth = BTreeMap::new();
    for i in 0..160 {
        let (name, number, unit) = chinese(i);
        a.push_str(&format!("L{i:03},{name},{number},{unit}\n"));
        let (name, number) = match i % 10 {
            3 => (name, format!("{}0{}", &number[..10], &number[11..])),
            5 => (name, String::new()),
            7 => (name.replace(['建', '志', '浩'], "某"), number),
            _ => (name, number),
        };
        b.push_str(&format!("R{:03},{name},{number},{unit}\n", 159 - i));
        truth.insert(format!("R{:03}", 159 - i), format!("L{i:03}"));
    }
    // Somebody whom the first register does not have.
    b.push_str(&format!("R900,钱多多,{},财政局\n", resident(99_991)));
    desk.put("a.csv", &a);
    desk.put("b.csv", &b);
    truth
}

const STAFF: [(&str, &str); 3] = [("name", "name"), ("id_no", "id"), ("unit", "organisation")];

#[test]
fn chinese_registers_are_linked_row_to_row() {
    let desk = Desk::new();
    let truth = registers(&desk);
    let lines = desk.links(&spec(true, &STAFF, "blocks = \"blocks.parquet\"\n"));
    let linked = linked(lines.clone());
    let right = linked.iter().filter(|l| truth.get(&l["right_id"]) == Some(&l["left_id"])).count();
    assert_eq!(linked.len(), right, "no wrong link");
    assert!(right >= 158, "{right} of 160");
    assert!(!lines.iter().any(|l| l["right_id"] == "R900"));
    let levels: Vec<&str> = linked.iter().map(|l| l["level_id_no"].as_str()).collect();
    for level in ["same", "slip", "missing"] {
        assert!(levels.contains(&level), "{level}");
    }
    for line in &linked {
        let (p, w): (f64, f64) = (line["probability"].parse().expect("p"), line["weight"].parse().expect("w"));
        assert!((0.5..=1.0).contains(&p) && w.is_finite());
    }
    let blocks = read(&desk.path("blocks.parquet"));
    assert!(!blocks.is_empty() && blocks.iter().all(|b| ["whole", "refined", "capped"].contains(&&*b["outcome"])));
}

/// Three hundred people with Latin names, every third entered again with a slip, an initial or a part missing.
fn people(reversed: bool) -> (String, BTreeMap<String, usize>) {
    const FIRST: [&str; 10] =
        ["harriet", "edmund", "josephine", "walter", "beatrice", "leopold", "frances", "cuthbert", "matilda", "ernest"];
    const LAST: [&str; 30] = [
        "ashworth",
        "blenkinsop",
        "carruthers",
        "dalrymple",
        "entwistle",
        "fotheringay",
        "goldsworthy",
        "hetherington",
        "inglethorpe",
        "jellicoe",
        "kirkbride",
        "lethbridge",
        "macallister",
        "northcote",
        "okehampton",
        "pemberton",
        "quartermain",
        "ravenscroft",
        "satterthwaite",
        "tattersall",
        "underhill",
        "vavasour",
        "wolstenholme",
        "yardley",
        "abercrombie",
        "braithwaite",
        "cholmondeley",
        "dunwoody",
        "egerton",
        "featherstone",
    ];
    const TOWNS: [&str; 7] = ["leeds", "york", "stockton on tees", "bath", "north devon", "ely", "hull"];
    let mut rows = Vec::new();
    let mut truth = BTreeMap::new();
    for i in 0..300_usize {
        let (first, last) = (FIRST[i % 10], LAST[i / 10]);
        let birth = format!("{}-{:02}-{:02}", 1830 + i * 7 % 60, 1 + i * 5 % 12, 1 + i * 11 % 28);
        let town = TOWNS[i % 7];
        rows.push(format!("p{i}a,{first} {last},{birth},{town}"));
        truth.insert(format!("p{i}a"), i);
        if i % 3 == 0 {
            let slipped: String = last.chars().enumerate().filter(|(k, _)| *k != 2).map(|(_, c)| c).collect();
            let name = match i % 4 {
                0 => format!("{first} {slipped}"),
                1 => format!("{}. {last}", &first[..1]),
                2 => format!("{last}, {first}"),
                _ => format!("{first} john {last}"),
            };
            rows.push(format!("p{i}b,\"{name}\",{birth},{}", if i % 2 == 0 { town } else { "" }));
            truth.insert(format!("p{i}b"), i);
        }
    }
    if reversed {
        rows.reverse();
    }
    (format!("id,name,born,town\n{}\n", rows.join("\n")), truth)
}

const PEOPLE: [(&str, &str); 3] = [("name", "name"), ("born", "date"), ("town", "text")];

#[test]
fn one_table_is_deduplicated_into_clusters() {
    let desk = Desk::new();
    let (text, truth) = people(false);
    desk.put("a.csv", &text);
    let lines = linked(desk.links(&spec(false, &PEOPLE, "clusters = \"clusters.parquet\"\n")));
    let wrong: Vec<_> = lines.iter().filter(|l| truth[&l["left_id"]] != truth[&l["right_id"]]).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(lines.len() >= 98, "{} of 100", lines.len());
    let clusters = read(&desk.path("clusters.parquet"));
    assert_eq!(clusters.len(), truth.len(), "every row has its cluster");
    assert!(lines.iter().all(|l| {
        let of = |id: &str| clusters.iter().find(|c| c["id"] == id).map(|c| c["cluster_id"].clone());
        of(&l["left_id"]) == of(&l["right_id"]) && of(&l["left_id"]).as_deref() == Some(l["cluster_id"].as_str())
    }));
    let levels: Vec<&str> = lines.iter().map(|l| l["level_name"].as_str()).collect();
    for level in ["near", "initials", "reordered", "contained"] {
        assert!(levels.contains(&level), "{level} in {levels:?}");
    }
}

#[test]
fn neither_row_order_nor_threads_change_a_byte() {
    let desk = Desk::new();
    let mut digests = Vec::new();
    for (reversed, threads) in [(false, "1"), (true, "4"), (false, "3")] {
        desk.put("a.csv", &people(reversed).0);
        let output = desk.link(&spec(false, &PEOPLE, "clusters = \"clusters.parquet\"\n"), threads);
        assert!(output.status.success(), "{}", error_of(&output));
        digests.push(["links.parquet", "clusters.parquet"].map(|f| std::fs::read(desk.path(f)).expect("written")));
    }
    assert!(digests.windows(2).all(|w| w[0] == w[1]));
    let two = Desk::new();
    registers(&two);
    let first = two.links(&spec(true, &STAFF, ""));
    for side in ["a.csv", "b.csv"] {
        let text = std::fs::read_to_string(two.path(side)).expect("text");
        let mut rows: Vec<&str> = text.lines().skip(1).collect();
        rows.reverse();
        two.put(side, &format!("id,name,id_no,unit\n{}\n", rows.join("\n")));
    }
    assert_eq!(first, two.links(&spec(true, &STAFF, "")));
}

#[test]
fn namesakes_that_nothing_tells_apart_stay_unresolved() {
    let desk = Desk::new();
    registers(&desk);
    for (file, ids) in [("a.csv", ["L998", "L999"]), ("b.csv", ["R998", "R999"])] {
        let mut text = std::fs::read_to_string(desk.path(file)).expect("text");
        ids.iter().for_each(|id| text.push_str(&format!("{id},欧阳孔方,,财政局\n")));
        desk.put(file, &text);
    }
    let lines = desk.links(&spec(true, &STAFF, ""));
    let twins: Vec<&Line> = lines.iter().filter(|l| l["right_id"].starts_with("R99")).collect();
    assert!(!twins.is_empty() && twins.iter().all(|l| l["status"] == "unresolved"), "{twins:?}");
}

#[test]
fn every_mistake_of_a_spec_is_told_at_once_with_the_nearest_name() {
    let desk = Desk::new();
    registers(&desk);
    let text = spec(true, &[("name", "nmae"), ("unit", "organisation")], "treshold = 0.5\nmargin = 3.0\n")
        .replace("[right]", "[rigth]")
        .replace("column = \"unit\"", "colum = \"unit\"");
    let error = desk.refused(&text, 2);
    for word in ["rigth", "right?", "did you mean name?", "did you mean threshold?", "margin", "did you mean column?"] {
        assert!(error.contains(word), "{word} in\n{error}");
    }
    let error = desk.refused(&spec(true, &[("nam", "name"), ("uint", "text")], ""), 2);
    for word in ["no column nam", "did you mean name?", "did you mean unit?", "a.csv", "b.csv"] {
        assert!(error.contains(word), "{word} in\n{error}");
    }
    assert!(desk.refused("[left]\npath = \"a.csv\"\nid = \"id\"\n", 2).contains("[[compare]]"));
    assert!(desk.refused("[left", 2).contains("toml-syntax"));
    let output = hedui().args(["link", "nowhere.toml"]).output().expect("started");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn tables_that_cannot_be_linked_are_refused_with_their_rows() {
    let desk = Desk::new();
    desk.put("a.csv", "id,name\n1,harriet ashworth\n1,edmund jellicoe\n,walter yardley\n");
    let error = desk.refused(&spec(false, &[("name", "name")], ""), 3);
    assert!(error.contains("row 3") && error.contains("duplicate-id") && error.contains("missing-id"), "{error}");
    desk.put("a.csv", "id,name\n1,harriet,ashworth\n");
    assert!(desk.refused(&spec(false, &[("name", "name")], ""), 3).contains("3 cells under 2 headers"));
    desk.put("a.csv", "id,name\n");
    assert!(desk.links(&spec(false, &[("name", "name")], "")).is_empty(), "no rows, no links");
    assert!(desk.refused(&spec(true, &[("name", "name")], "").replace("links", "new/links"), 3).contains("b.csv"));
}

#[test]
fn empty_and_constant_columns_and_missing_numbers_change_nothing_for_the_worse() {
    let desk = Desk::new();
    let (text, truth) = people(false);
    let wider: Vec<String> = (text.lines().enumerate())
        .map(|(i, l)| if i == 0 { format!("{l},no,country") } else { format!("{l},,england") })
        .collect();
    desk.put("a.csv", &wider.join("\n"));
    let with = [PEOPLE.as_slice(), &[("no", "id"), ("country", "exact")]].concat();
    let lines = linked(desk.links(&spec(false, &with, "")));
    assert!(lines.iter().all(|l| truth[&l["left_id"]] == truth[&l["right_id"]]));
    assert!(lines.len() >= 98, "{}", lines.len());
    assert!(lines.iter().all(|l| l["level_no"] == "missing" && l["level_country"] == "same"));
    // Nothing but what says nothing: no link, and no failure.
    assert!(desk.links(&spec(false, &[("no", "id"), ("country", "exact")], "")).is_empty());
}

#[test]
fn an_exploding_block_is_refined_or_capped_never_dropped_in_silence() {
    let desk = Desk::new();
    let rows = 3000;
    let (mut a, mut b) = ("id,name,born,phone\n".to_owned(), "id,name,born,phone\n".to_owned());
    for i in 0..rows {
        a.push_str(&format!("L{i:05},张伟,1900-01-01,13{:09}\n", i * 7919));
        b.push_str(&format!("R{i:05},张伟,1900-01-01,13{:09}\n", i * 7919));
    }
    desk.put("a.csv", &a);
    desk.put("b.csv", &b);
    let told = [("name", "name"), ("born", "date"), ("phone", "id")];
    let lines = desk.links(&spec(true, &told, "blocks = \"blocks.parquet\"\n"));
    let linked = lines.iter().filter(|l| l["status"] == "linked").count();
    assert!(linked > rows * 99 / 100, "{linked}");
    assert!(lines.iter().all(|l| l["left_id"][1..] == l["right_id"][1..]));
    // With nothing to tell them apart no one is linked, and what was not compared is said.
    let output = desk.link(&spec(true, &told[..2], "blocks = \"blocks.parquet\"\n"), "2");
    assert!(output.status.success(), "{}", error_of(&output));
    assert!(read(&desk.path("links.parquet")).is_empty());
    let blocks = read(&desk.path("blocks.parquet"));
    let number = |l: &Line, column: &str| l[column].parse::<u64>().expect("a count");
    assert!(blocks.iter().any(|l| l["outcome"] != "whole" && number(l, "pairs") == (rows * rows) as u64));
    assert!(blocks.iter().map(|l| number(l, "compared")).sum::<u64>() < 1_000_000);
}

#[test]
fn parquet_comes_in_and_names_in_letters_meet_names_in_characters() {
    let desk = Desk::new();
    let (mut a, mut b) = ("id,name,born\n".to_owned(), "id,name,born\n".to_owned());
    let latin = ["WANG Jianguo", "Li Xiuying", "ZHANG ZHIQIANG", "Guilan Liu", "Chen Junjie", "YANG XINYI"];
    for i in 0..120 {
        let (name, number, _) = chinese(i * 13);
        let born = &number[6..14];
        a.push_str(&format!("L{i},{name},{born}\n"));
        let name = if i < 6 { latin[i].to_owned() } else { name };
        b.push_str(&format!("R{i},{name},{born}\n"));
    }
    for (i, name) in ["王建国", "李秀英", "张志强", "刘桂兰", "陈俊杰", "杨欣怡"].iter().enumerate() {
        let (old, _, _) = chinese(i * 13);
        a = a.replace(&format!("L{i},{old},"), &format!("L{i},{name},"));
    }
    desk.put("a.csv", &a);
    desk.put("b.csv", &b);
    let compare = [("name", "name"), ("born", "date")];
    let first = desk.links(&spec(true, &compare, ""));
    let spelled: Vec<&Line> = first.iter().filter(|l| l["level_name"] == "homophone").collect();
    assert!(spelled.len() >= 5 && spelled.iter().all(|l| l["left_id"][1..] == l["right_id"][1..]), "{spelled:?}");
    // The link table is itself a table that can be linked.
    let text = "[left]\npath = \"links.parquet\"\nid = \"left_id\"\n[right]\npath = \"b.csv\"\nid = \"id\"\n\
                [[compare]]\nleft = \"right_id\"\nright = \"id\"\nkind = \"id\"\n[output]\npath = \"again.parquet\"\n";
    let output = desk.link(text, "2");
    assert!(output.status.success(), "{}", error_of(&output));
    let again = read(&desk.path("again.parquet"));
    assert_eq!(again.len(), first.len());
    assert!(again.iter().all(|l| l["left_id"][1..] == l["right_id"][1..]));
}
