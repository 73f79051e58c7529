//! Everything a run's results depend on, each part as a digest: it names the run, tells whether what is published still
//! stands, and says what changed when it does not.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::config::PipelineConfig;
use crate::detect::Catalogue;
use crate::error::Result;
use crate::kernel::dates::Month;
use crate::kernel::secret::{Secret, hex};

/// An input's path and digest, in the order of reading.
pub type Inputs = Vec<(String, String)>;

/// Digests by name, in an order that never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    parts: Vec<(String, String)>,
    /// Which build of the program; no part of the run's name, but another build makes no claim on what stands.
    build: String,
}

/// What a run is made from, besides its inputs.
pub struct Made<'a> {
    pub config: &'a PipelineConfig,
    pub catalogue: &'a Catalogue,
    pub secret: &'a Secret,
    /// Digest of each earlier published period.
    pub earlier: &'a [(Month, String)],
    /// What people have decided in the ledger, as a digest; empty without one.
    pub decided: &'a str,
}

/// Over texts, each with its end.
#[must_use]
pub fn digest(texts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update(text.as_bytes());
        digest.update([0]);
    }
    hex(&digest.finalize())
}

impl Basis {
    /// # Errors
    /// [`crate::error::Fault::Machine`] when the schemas cannot be read.
    pub fn of(made: &Made<'_>, period: Month, inputs: &[(String, String)]) -> Result<Self> {
        let mut parts = vec![
            ("program".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            ("period".to_owned(), period.to_string()),
            ("pipeline file".to_owned(), digest(&[&made.config.text])),
            ("schemas".to_owned(), schemas(&made.config.schemas)?),
            ("key".to_owned(), made.secret.key("run", "which secret")),
        ];
        let rule = |r: &crate::detect::Rule| (format!("rule {}", r.code), r.sha256.clone());
        parts.extend(made.catalogue.rules.iter().map(rule));
        parts.extend(inputs.iter().map(|(label, sha256)| (format!("extract {label}"), sha256.clone())));
        parts.extend(made.earlier.iter().map(|(month, digest)| (format!("month {month}"), digest.clone())));
        if let Some(ledger) = &made.config.ledger {
            parts.push(("ledger settings".to_owned(), digest(&[&format!("{:?}", ledger.settings)])));
        }
        if !made.decided.is_empty() {
            parts.push(("decisions in the ledger".to_owned(), digest(&[made.decided])));
        }
        Ok(Self { parts, build: super::cache::build() })
    }

    /// The run's name: the period and a digest of all parts, so the same inputs give the same name.
    #[must_use]
    pub fn run_id(&self, period: Month) -> String {
        let texts: Vec<&str> = self.parts.iter().flat_map(|(name, digest)| [name.as_str(), digest.as_str()]).collect();
        format!("{period}-{}", &digest(&texts)[..12])
    }

    /// The parts that the front half of a run rests on: extracts, schemas, key.
    #[must_use]
    pub fn front(&self) -> Vec<(String, String)> {
        let ours = |name: &str| name.starts_with("extract ") || ["program", "period", "schemas", "key"].contains(&name);
        self.parts.iter().filter(|(name, _)| ours(name)).cloned().collect()
    }

    #[must_use]
    pub fn build(&self) -> &str {
        &self.build
    }

    /// As the manifest has it.
    #[must_use]
    pub fn json(&self) -> Value {
        let parts: Map<String, Value> = self.parts.iter().map(|(name, digest)| (name.clone(), json!(digest))).collect();
        json!({"build": self.build, "parts": parts})
    }

    /// What differs from the basis of a published run: names of parts, those that are gone included. Empty when nothing does.
    #[must_use]
    pub fn changed_since(&self, manifest: &Value) -> Vec<String> {
        let Some(before) = manifest["basis"]["parts"].as_object() else { return vec!["an older version".to_owned()] };
        let mut changed = Vec::new();
        if manifest["basis"]["build"] != self.build.as_str() {
            changed.push("build of the program".to_owned());
        }
        let differs = |(name, digest): &&(String, String)| before.get(name).is_none_or(|b| b != digest.as_str());
        changed.extend(self.parts.iter().filter(differs).map(|(name, _)| name.clone()));
        let here = |name: &str| self.parts.iter().any(|(n, _)| n == name);
        changed.extend(before.keys().filter(|name| !here(name)).map(|name| format!("{name} (gone)")));
        changed
    }
}

/// All schema files, name and text.
fn schemas(folder: &std::path::Path) -> Result<String> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "json") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push((name, fs_err::read_to_string(&path)?));
        }
    }
    files.sort();
    let texts: Vec<&str> = files.iter().flat_map(|(name, text)| [name.as_str(), text.as_str()]).collect();
    Ok(digest(&texts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basis(parts: &[(&str, &str)]) -> Basis {
        let parts = parts.iter().map(|(n, d)| ((*n).to_owned(), (*d).to_owned())).collect();
        Basis { parts, build: "1".to_owned() }
    }

    #[test]
    fn what_changed_is_named() {
        let before = json!({"basis": basis(&[("rule Q01", "a"), ("extract x.csv", "b")]).json()});
        assert_eq!(basis(&[("rule Q01", "a"), ("extract x.csv", "b")]).changed_since(&before), Vec::<String>::new());
        let now = basis(&[("rule Q01", "c"), ("extract y.csv", "b")]);
        assert_eq!(now.changed_since(&before), ["rule Q01", "extract y.csv", "extract x.csv (gone)"]);
        let rebuilt = Basis { build: "2".to_owned(), ..basis(&[("rule Q01", "a"), ("extract x.csv", "b")]) };
        assert_eq!(rebuilt.changed_since(&before), ["build of the program"]);
        assert_eq!(now.changed_since(&json!({})), ["an older version"]);
    }

    #[test]
    fn the_name_follows_the_parts_and_not_the_build() {
        let month = Month(2026 * 12 + 9);
        let one = basis(&[("rule Q01", "a")]);
        let rebuilt = Basis { build: "2".to_owned(), ..one.clone() };
        assert_eq!(one.run_id(month), rebuilt.run_id(month));
        assert_ne!(one.run_id(month), basis(&[("rule Q01", "b")]).run_id(month));
        assert!(one.run_id(month).starts_with("2026-10-"));
    }
}
