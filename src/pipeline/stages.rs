//! The stages of a run, and who hears how far it is.

/// A run's stages, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Read,
    Resolve,
    Mask,
    Detect,
    Publish,
}

impl Stage {
    pub const ALL: [Self; 5] = [Self::Read, Self::Resolve, Self::Mask, Self::Detect, Self::Publish];
}

/// Who wants to hear how far a run is.
pub trait Progress: Sync {
    /// A stage begins, or a part of it: `detail` names the source or the table.
    fn at(&self, stage: Stage, detail: &str);
    /// How long stages took the last time.
    fn expect(&self, _: Expected) {}
    /// Rows that the stage has come through so far (rules, while rules run), of those it will where that is known.
    fn done(&self, _: u64, _: Option<u64>) {}
}

/// How long the stages of an earlier run took, and how much larger this one is.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    pub seconds: Vec<(Stage, f64)>,
    pub scale: f64,
}

impl Expected {
    /// From the manifest of a run that took nothing from an earlier one; of others nothing can be told. A manifest is published
    /// with the rest, so how long that takes does not stand in it: it is little, and counted as nothing.
    #[must_use]
    pub fn of(manifest: &serde_json::Value, rows: u64) -> Option<Self> {
        let words = ["read", "resolve", "mask", "detect"];
        if manifest["memory"]["whole"] != true {
            return None;
        }
        let seconds = Stage::ALL.into_iter().zip(words);
        let seconds: Option<Vec<_>> = seconds.map(|(s, w)| Some((s, manifest["seconds"][w].as_f64()?))).collect();
        let mut seconds = seconds?;
        seconds.push((Stage::Publish, 0.0));
        let before = manifest["rows"]["read"].as_u64().filter(|n| *n > 0)?;
        Some(Self { seconds, scale: rows as f64 / before as f64 })
    }
}

/// Hears nothing.
pub struct Silent;

impl Progress for Silent {
    fn at(&self, _: Stage, _: &str) {}
}
