//! `hedui init`: a workspace to edit, with schemas, rules, a pipeline and a small synthetic sample.

use std::path::{Path, PathBuf};

use clap::Args;
use include_dir::{Dir, include_dir};

use super::Session;
use crate::error::{Fault, Place, Result};
use crate::kernel::dates::Month;
use crate::synthetic::{self, GenerateOptions};
use crate::table::Schemas;

static PIPELINES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/pipelines");

#[derive(Debug, Args)]
#[command(after_help = "Example / 示例:
  hedui init office && cd office && hedui run pipelines/monthly.toml")]
pub struct Arguments {
    /// Folder to make; it must not exist or be empty / 目录
    dir: PathBuf,
    /// No synthetic sample / 不生成示例数据
    #[arg(long)]
    no_sample: bool,
}

/// # Errors
/// [`Fault::Configuration`] when the folder holds something, [`Fault::Machine`] when it cannot be written.
pub fn execute(session: &Session, arguments: &Arguments) -> Result<u8> {
    let dir = &arguments.dir;
    if dir.exists() && fs_err::read_dir(dir)?.next().is_some() {
        let place = Place::file(dir.display().to_string());
        return Err(Fault::configuration(place, "not-empty", "the folder is not empty; name a new one"));
    }
    write_all(&PIPELINES, &dir.join("pipelines"))?;
    for (name, text) in Schemas::embedded() {
        write(&dir.join("schemas").join(name), text.as_bytes())?;
    }
    write(&dir.join(".gitignore"), b"/out\n/.hedui\n")?;
    if !arguments.no_sample {
        let period = Month::new(2026, 10).ok_or_else(|| Fault::Internal("2026-10 is a month".to_owned()))?;
        synthetic::generate(&GenerateOptions {
            persons: 1_000,
            seed: 1,
            out: dir.join("sample_data"),
            period,
            months: 3,
            noise: 1.0,
            plant: 1.0,
            format: "mixed".to_owned(),
        })?;
    }
    let shown = dir.display();
    super::put(&session.language.pick(
        &format!("已建立工作区 {shown}。\n下一步: cd {shown} && hedui run pipelines/monthly.toml"),
        &format!("made the workspace {shown}.\nNext: cd {shown} && hedui run pipelines/monthly.toml"),
    ));
    Ok(0)
}

fn write_all(from: &Dir<'_>, to: &Path) -> Result<()> {
    for file in from.files() {
        if let Some(name) = file.path().file_name() {
            write(&to.join(name), file.contents())?;
        }
    }
    for folder in from.dirs() {
        if let Some(name) = folder.path().file_name() {
            write_all(folder, &to.join(name))?;
        }
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs_err::create_dir_all(folder)?;
    }
    Ok(fs_err::write(path, bytes)?)
}
