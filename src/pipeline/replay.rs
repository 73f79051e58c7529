//! A published month as rules see it, read back: to ask a rule again, or another rule of the same data.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::detect::{self, Catalogue, DetectContext, ParameterValue};
use crate::error::{Fault, Place, Result};
use crate::kernel::dates::Month;
use crate::publish;
use crate::table::Frame;

/// Rule → parameter → value.
pub type Parameters = BTreeMap<String, BTreeMap<String, ParameterValue>>;

/// What rules ran on.
#[derive(Debug)]
pub struct Replay {
    pub frames: Vec<Frame>,
    pub context: DetectContext,
}

/// The frames of a published month that the catalogue's rules name, and the run they belong to.
///
/// # Errors
/// [`Fault::Configuration`] when the month is not published, [`Fault::Machine`], [`Fault::Reconciliation`].
pub fn month(out: &Path, period: Month, catalogue: &Catalogue, parameters: Parameters) -> Result<Replay> {
    let manifest = manifest(out, period)?;
    let frames = publish::past::month(out, period, detect::past::current(catalogue))?;
    let wanted = detect::past::wanted(catalogue, &BTreeSet::new());
    let past = publish::past::read(&publish::past::files(out, period, &wanted)?, wanted)?;
    let present = manifest["feeds"]["present"].as_array().cloned().unwrap_or_default();
    let context = DetectContext {
        run_id: manifest["run_id"].as_str().unwrap_or_default().to_owned(),
        parameters,
        feeds: present.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        past,
        row_cap: super::config::ROW_CAP,
        ..DetectContext::empty(period)
    };
    Ok(Replay { frames, context })
}

/// The parameters that a published run had in force.
///
/// # Errors
/// As [`month`].
pub fn parameters(out: &Path, period: Month) -> Result<Parameters> {
    let manifest = manifest(out, period)?;
    let rules = manifest["rule_parameters"].as_object().cloned().unwrap_or_default();
    let of = |values: &Value| {
        let values = values.as_object().into_iter().flatten();
        values.filter_map(|(name, v)| Some((name.clone(), value(v)?))).collect()
    };
    Ok(rules.iter().map(|(rule, values)| (rule.clone(), of(values))).collect())
}

/// Those of the parameters that are not the rules' own defaults: what the office has set.
#[must_use]
pub fn set_by_hand(parameters: &Parameters, catalogue: &Catalogue) -> Parameters {
    let mut set = Parameters::new();
    for (code, values) in parameters {
        let Some(rule) = catalogue.rules.iter().find(|r| &r.code == code) else { continue };
        let own = values.iter().filter(|(name, v)| rule.parameter(name, None).as_ref() != Some(*v));
        let own: BTreeMap<String, ParameterValue> = own.map(|(n, v)| (n.clone(), v.clone())).collect();
        if !own.is_empty() {
            set.insert(code.clone(), own);
        }
    }
    set
}

fn value(value: &Value) -> Option<ParameterValue> {
    match value {
        Value::Bool(b) => Some(ParameterValue::Bool(*b)),
        Value::String(t) => Some(ParameterValue::Text(t.clone())),
        Value::Number(n) => n.as_i64().map(ParameterValue::Integer).or_else(|| n.as_f64().map(ParameterValue::Float)),
        _ => None,
    }
}

fn manifest(out: &Path, period: Month) -> Result<Value> {
    publish::manifest(out, period)?.ok_or_else(|| {
        let place = Place::file(out.display().to_string());
        Fault::configuration(place, "nothing-published", format!("{period} is not published here"))
    })
}
