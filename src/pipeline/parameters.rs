//! The pipeline file's rule settings held against the catalogue.

use std::collections::BTreeMap;

use super::config::PipelineConfig;
use crate::detect::{Catalogue, ParameterValue};
use crate::error::{Problem, nearest};

/// The settings as plain values: rule → parameter → value.
#[must_use]
pub fn values(config: &PipelineConfig) -> BTreeMap<String, BTreeMap<String, ParameterValue>> {
    let plain = |settings: &BTreeMap<String, super::config::Setting>| {
        settings.iter().map(|(name, setting)| (name.clone(), setting.value.clone())).collect()
    };
    config.parameters.iter().map(|(rule, settings)| (rule.clone(), plain(settings))).collect()
}

/// Every setting that names no rule, no parameter, or has the wrong type.
#[must_use]
pub fn check(config: &PipelineConfig, catalogue: &Catalogue) -> Vec<Problem> {
    let mut problems = Vec::new();
    let codes: Vec<&str> = catalogue.rules.iter().map(|r| r.code.as_str()).collect();
    for (code, place) in &config.named_rules {
        if !codes.contains(&code.as_str()) {
            let mut problem =
                Problem::new(place.clone(), "unknown-rule", format!("rules.{code}: there is no such rule"));
            problem.hint =
                nearest(code, codes.iter().copied()).map(|n| format!("did you mean {n}? hedui rules lists them"));
            problems.push(problem);
        }
    }
    for (code, settings) in &config.parameters {
        let Some(rule) = catalogue.rules.iter().find(|r| &r.code == code) else { continue };
        for (name, setting) in settings {
            if let Some(error) = rule.refuse_parameter(name, &setting.value) {
                problems.push(Problem::new(
                    setting.place.clone(),
                    "rule-parameter",
                    format!("rules.{code}.{name}: {error}"),
                ));
            }
        }
    }
    problems
}
