//! The Markdown of a case file: sections, their settings and their tables.

/// A table of a case; an empty cell is null.
#[derive(Debug, Clone, Default)]
pub struct Table {
    pub name: String,
    pub line: usize,
    pub header: Vec<String>,
    pub rows: Vec<Vec<Option<String>>>,
}

#[derive(Debug)]
pub enum Expected {
    Findings(Table),
    /// The outcome of a rule that does not run.
    NotRun(String),
}

#[derive(Debug)]
pub struct Case {
    /// fires, boundary, look-alike or absent.
    pub kind: String,
    pub title: String,
    pub line: usize,
    /// YYYY-MM.
    pub period: String,
    /// Name and value as written.
    pub parameters: Vec<(String, String)>,
    pub no_feed: Vec<String>,
    /// Tables of which no earlier period is published.
    pub no_history: Vec<String>,
    pub tables: Vec<Table>,
    pub expected: Expected,
}

#[derive(Debug)]
struct Draft {
    title: String,
    line: usize,
    period: String,
    parameters: Vec<(String, String)>,
    no_feed: Vec<String>,
    no_history: Vec<String>,
    tables: Vec<Table>,
    not_run: Option<String>,
}

impl Draft {
    fn new(title: &str, line: usize) -> Self {
        Self {
            title: title.to_owned(),
            line,
            period: "2026-10".to_owned(),
            parameters: Vec::new(),
            no_feed: Vec::new(),
            no_history: Vec::new(),
            tables: Vec::new(),
            not_run: None,
        }
    }

    fn setting(&mut self, line: &str) {
        let list = |text: &str| {
            text.split([',', '、']).map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect::<Vec<_>>()
        };
        if let Some(period) = line.strip_prefix("Period:") {
            period.trim().clone_into(&mut self.period);
        } else if let Some(parameters) = line.strip_prefix("Parameters:") {
            let pair = |p: &String| {
                p.split_once('=').map(|(n, v)| (n.trim().to_owned(), v.trim().trim_matches('"').to_owned()))
            };
            self.parameters = list(parameters).iter().filter_map(pair).collect();
        } else if let Some(tables) = line.strip_prefix("No feed:") {
            self.no_feed = list(tables);
        } else if let Some(tables) = line.strip_prefix("No history:") {
            self.no_history = list(tables);
        } else if let Some(outcome) = line.strip_prefix("Expected:") {
            self.not_run = Some(outcome.trim().to_owned());
        }
    }

    fn finish(mut self, wrong: &mut Vec<String>) -> Option<Case> {
        let kind = self.title.split([':', ' ']).next().unwrap_or_default().to_owned();
        if !["fires", "boundary", "look-alike", "absent"].contains(&kind.as_str()) {
            wrong.push(format!(
                "{} {}: a case begins with fires, boundary, look-alike or absent",
                self.line, self.title
            ));
            return None;
        }
        let at = self.tables.iter().position(|t| t.name == "expected");
        let expected = match (at, self.not_run.take()) {
            (None, Some(outcome)) => Expected::NotRun(outcome),
            (Some(at), None) => Expected::Findings(self.tables.remove(at)),
            (None, None) => {
                wrong.push(format!("{} {}: neither '### expected' nor 'Expected:'", self.line, self.title));
                return None;
            }
            (Some(_), Some(_)) => {
                wrong.push(format!("{} {}: both '### expected' and 'Expected:'", self.line, self.title));
                return None;
            }
        };
        Some(Case {
            kind,
            title: self.title,
            line: self.line,
            period: self.period,
            parameters: self.parameters,
            no_feed: self.no_feed,
            no_history: self.no_history,
            tables: self.tables,
            expected,
        })
    }
}

fn cells(line: &str) -> Vec<Option<String>> {
    let inner = line.trim().trim_start_matches('|');
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    inner.split('|').map(|c| Some(c.trim().to_owned()).filter(|c| !c.is_empty())).collect()
}

fn is_rule(cells: &[Option<String>]) -> bool {
    cells.iter().all(|c| c.as_deref().is_some_and(|c| c.chars().all(|c| c == '-' || c == ':')))
}

/// The cases of a file, or what is wrong with it, each with its line.
pub fn parse(text: &str) -> Result<Vec<Case>, Vec<String>> {
    let mut wrong = Vec::new();
    let mut cases = Vec::new();
    let mut draft: Option<Draft> = None;
    for (number, line) in text.lines().enumerate().map(|(i, l)| (i + 1, l)) {
        if let Some(title) = line.strip_prefix("## ") {
            cases.extend(draft.take().and_then(|d| d.finish(&mut wrong)));
            draft = Some(Draft::new(title.trim(), number));
            continue;
        }
        let Some(current) = &mut draft else { continue };
        if let Some(name) = line.strip_prefix("### ") {
            current.tables.push(Table { name: name.trim().to_owned(), line: number, ..Table::default() });
        } else if line.trim_start().starts_with('|') {
            table_line(current, line, number, &mut wrong);
        } else if current.tables.is_empty() || line.starts_with("Expected:") {
            current.setting(line);
        }
    }
    cases.extend(draft.and_then(|d| d.finish(&mut wrong)));
    if cases.is_empty() && wrong.is_empty() {
        wrong.push("1 no case ('## fires: …')".to_owned());
    }
    if wrong.is_empty() { Ok(cases) } else { Err(wrong) }
}

fn table_line(draft: &mut Draft, line: &str, number: usize, wrong: &mut Vec<String>) {
    let Some(table) = draft.tables.last_mut() else { return };
    let cells = cells(line);
    if table.header.is_empty() {
        table.header = cells.into_iter().map(Option::unwrap_or_default).collect();
    } else if table.rows.is_empty() && is_rule(&cells) {
        // The line under the header.
    } else if cells.len() == table.header.len() {
        table.rows.push(cells);
    } else {
        wrong.push(format!("{number} {} cells under {} columns", cells.len(), table.header.len()));
    }
}
