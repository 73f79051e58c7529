//! Templates: files that an office may change. Every value that comes from data is escaped for the format it is put into.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value};
use serde::Serialize;

use crate::error::{Fault, Place, Problem, Result, printable};

/// The templates that ship with the program.
static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/pipelines/templates");

/// Where an office's own templates stand in a workspace.
pub const FOLDER: &str = "pipelines/templates";

/// The templates of one folder, each file of it in place of the built-in one of its name.
pub struct Templates {
    environment: Environment<'static>,
    folder: Option<PathBuf>,
}

impl Templates {
    /// The office's folder, or the built-in templates.
    ///
    /// # Errors
    /// [`Fault::Configuration`] with file and line when a template cannot be parsed or the folder holds an unknown file;
    /// [`Fault::Machine`].
    pub fn load(folder: Option<&Path>) -> Result<Self> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
        environment.set_syntax(syntax.map_err(|e| Fault::Internal(e.to_string()))?);
        environment.set_auto_escape_callback(escape_of);
        environment.set_formatter(put);
        environment.add_filter("runs", super::docx::runs);
        environment.add_filter("twips", super::docx::twips);
        let mut templates = Self { environment, folder: folder.map(Path::to_path_buf) };
        for (name, text) in files(&BUILT_IN).filter(|(name, _)| !name.ends_with(".toml") && !name.ends_with(".typ")) {
            let text = templates.own(&name)?.unwrap_or(text);
            let added = templates.environment.add_template_owned(name, text);
            added.map_err(|error| templates.fault(&error))?;
        }
        templates.refuse_unknown()?;
        Ok(templates)
    }

    /// A template, filled.
    ///
    /// # Errors
    /// [`Fault::Configuration`] with file and line.
    pub fn render(&self, name: &str, context: &impl Serialize) -> Result<String> {
        let template = self.environment.get_template(name).map_err(|e| self.fault(&e))?;
        template.render(Value::from(Serde(context))).map_err(|e| self.fault(&e))
    }

    /// A file's text as it stands: the office's, else the built-in one.
    ///
    /// # Errors
    /// [`Fault::Machine`], or [`Fault::Internal`] when there is none.
    pub fn text(&self, name: &str) -> Result<String> {
        if let Some(text) = self.own(name)? {
            return Ok(text);
        }
        let file = BUILT_IN.get_file(name).and_then(|f| f.contents_utf8());
        file.map(str::to_owned).ok_or_else(|| Fault::Internal(format!("no built-in template {name}")))
    }

    /// The built-in file's text, whatever the office has in its place.
    #[must_use]
    pub fn built_in(name: &str) -> &'static str {
        BUILT_IN.get_file(name).and_then(|f| f.contents_utf8()).unwrap_or_default()
    }

    /// A file of bytes beside the templates, such as a logo.
    ///
    /// # Errors
    /// [`Fault::Configuration`] when it is not there or leads out of the folder.
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>> {
        let place = Place::file(self.shown(name));
        let inside = Path::new(name).components().all(|c| matches!(c, std::path::Component::Normal(_)));
        let Some(folder) = self.folder.as_deref().filter(|_| inside) else {
            return Err(Fault::configuration(place, "template", "such a file stands in the folder of templates"));
        };
        fs_err::read(folder.join(name)).map_err(|e| Fault::configuration(place, "template", e.to_string()))
    }

    /// The office's folder, when there is one.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// A file as messages name it.
    #[must_use]
    pub fn shown(&self, name: &str) -> String {
        match &self.folder {
            Some(folder) if folder.join(name).is_file() => folder.join(name).display().to_string(),
            _ => format!("{FOLDER}/{name} (built in)"),
        }
    }

    fn own(&self, name: &str) -> Result<Option<String>> {
        let Some(path) = self.folder.as_ref().map(|f| f.join(name)).filter(|p| p.is_file()) else { return Ok(None) };
        let bytes = fs_err::read(&path)?;
        let wrong = |_| Fault::configuration(Place::file(path.display().to_string()), "template", "not UTF-8");
        String::from_utf8(bytes).map(Some).map_err(wrong)
    }

    /// A file that nothing would ever use is probably a mistyped name.
    fn refuse_unknown(&self) -> Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let mut problems = Vec::new();
        for path in text_files(folder)? {
            let inside = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            if BUILT_IN.get_file(&inside).is_none() {
                let known: Vec<String> = files(&BUILT_IN).map(|(name, _)| name).collect();
                let near = crate::error::nearest(&inside, known.iter().map(String::as_str));
                let mut problem = Problem::new(
                    Place::file(path.display().to_string()),
                    "template",
                    "no template of this name is used",
                );
                problem.hint = Some(near.map_or_else(
                    || format!("templates: {}", known.join(", ")),
                    |near| format!("did you mean {near}?"),
                ));
                problems.push(problem);
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Fault::Configuration(problems)) }
    }

    /// A template's mistake with file and line, and the line itself.
    fn fault(&self, error: &Error) -> Fault {
        let mut inner = error;
        // An included file's mistake comes wrapped in that of the file that includes it.
        while let Some(cause) = std::error::Error::source(inner).and_then(|e| e.downcast_ref::<Error>()) {
            inner = cause;
        }
        let name = inner.name().unwrap_or("template").to_owned();
        let mut place = Place::file(self.shown(&name));
        place.row = inner.line().and_then(|line| u32::try_from(line).ok());
        let message = inner.detail().map_or_else(|| inner.kind().to_string(), |d| format!("{}: {d}", inner.kind()));
        let mut problem = Problem::new(place, "template", message);
        let text = self.text(&name).unwrap_or_default();
        let line = inner.line().and_then(|line| text.lines().nth(line.saturating_sub(1)));
        problem.hint = line.map(|line| format!("the line reads: {}", printable(line.trim())));
        Fault::Configuration(vec![problem])
    }
}

/// Every file of an embedded folder, by its path inside.
fn files(folder: &'static Dir<'static>) -> impl Iterator<Item = (String, String)> {
    fn walk(folder: &'static Dir<'static>, found: &mut Vec<(String, String)>) {
        for file in folder.files() {
            if let (Some(name), Some(text)) = (file.path().to_str(), file.contents_utf8()) {
                found.push((name.to_owned(), text.to_owned()));
            }
        }
        folder.dirs().for_each(|inner| walk(inner, found));
    }
    let mut found = Vec::new();
    walk(folder, &mut found);
    found.sort();
    found.into_iter()
}

/// The folder's files that are templates by their ending; pictures and notes of the office's own are none.
fn text_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs_err::read_dir(&folder)? {
            let path = entry?.path();
            let ending = path.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default();
            if path.is_dir() {
                open.push(path);
            } else if ["html", "xml", "css", "toml", "typ"].contains(&ending.as_str()) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn escape_of(name: &str) -> AutoEscape {
    match name.rsplit('.').next() {
        Some("html" | "xml" | "rels") => AutoEscape::Html,
        Some("md") => AutoEscape::Custom("markdown".into()),
        _ => AutoEscape::None,
    }
}

/// Puts a value out, escaped for the template's format. What a macro or a drawing made is put out as it stands.
fn put(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> std::result::Result<(), Error> {
    if value.is_undefined() {
        return Err(Error::new(minijinja::ErrorKind::UndefinedError, "no such field"));
    }
    if value.is_none() {
        return Ok(());
    }
    let text = value.to_string();
    let written = if value.is_safe() {
        out.write_str(&text)
    } else {
        match state.auto_escape() {
            AutoEscape::Html => out.write_str(&xml(&text)),
            AutoEscape::Custom(_) => out.write_str(&markdown(&text)),
            _ => out.write_str(&text),
        }
    };
    written.map_err(Error::from)
}

/// Text for HTML and XML, in elements and in attributes: no markup, no control or direction-changing character, nothing that XML
/// forbids.
#[must_use]
pub fn xml(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(printable).collect();
    let mut out = String::with_capacity(text.len() + 16);
    for c in lines.join("\n").chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

/// Text for Markdown: shown as it is, one line, no markup, no link, no HTML.
#[must_use]
pub fn markdown(text: &str) -> String {
    let text = printable(&text.replace(['\n', '\r'], " "));
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // Some readers make a link of every address they see.
            ':' if rest.peek() == Some(&'/') => out.push_str("&#58;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_names() {
        assert_eq!(xml("<script>alert('x')</script>&"), "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;");
        assert_eq!(xml("a\u{202E}b\u{0}c\u{FFFF}"), "a\\u{202e}b\\u{0}c\u{FFFD}");
        assert_eq!(markdown("[a](http://x)|*b*\n# <i>"), "\\[a\\](http&#58;//x)\\|\\*b\\* \\# &lt;i&gt;");
    }

    #[test]
    fn the_built_in_templates_parse() {
        Templates::load(None).map(|_| ()).expect("sound templates");
    }

    #[test]
    fn a_mistake_is_told_with_file_and_line() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("summary.txt"), "一\n二 {{ figures.nosuch.field }}\n").expect("written");
        let templates = Templates::load(Some(folder.path())).expect("it parses");
        let context = serde_json::json!({"figures": {}});
        let fault = templates.render("summary.txt", &context).expect_err("an unknown field").to_string();
        assert!(fault.contains("summary.txt row 2") && fault.contains("nosuch"), "{fault}");
        std::fs::write(folder.path().join("summary.txt"), "一\n\n{% if x %}\n").expect("written");
        let fault = Templates::load(Some(folder.path())).map(|_| ()).expect_err("it does not parse").to_string();
        assert!(fault.contains("summary.txt row "), "{fault}");
        std::fs::write(folder.path().join("summary.txt"), "一").expect("written");
        std::fs::write(folder.path().join("buletin.html"), "x").expect("written");
        let fault = Templates::load(Some(folder.path())).map(|_| ()).expect_err("an unknown file").to_string();
        assert!(fault.contains("did you mean bulletin.html?"), "{fault}");
    }
}
