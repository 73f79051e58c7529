//! pipelines/*.toml to a plan to one run. The only clock, lock and manifest.
