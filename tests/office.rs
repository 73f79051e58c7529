//! A workspace for tests: made once by the program itself, copied cheaply for whoever wants to spoil it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The built program.
pub fn hedui() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hedui"));
    command.env_remove("HEDUI_FAILPOINT").env("LC_ALL", "C").args(["--progress", "none"]);
    command
}

pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Standard output of a command that must succeed.
pub fn said(command: &mut Command) -> String {
    let output = command.output().expect("started");
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

pub fn error_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_tree(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("copied");
        }
    }
}

/// An office of 400 staff and three months of extracts with default noise and problems, never changed.
fn model() -> &'static Path {
    static MODEL: OnceLock<tempfile::TempDir> = OnceLock::new();
    let made = MODEL.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let office = folder.path().join("office");
        said(hedui().args(["init", "--no-sample"]).arg(&office));
        let sample = office.join("sample_data");
        said(hedui().args(["generate", "--persons", "400", "--seed", "77", "--out"]).arg(&sample));
        std::fs::create_dir_all(office.join(".hedui")).expect("a folder");
        let key = office.join(".hedui/secret.key");
        std::fs::write(&key, "0123456789abcdef0123456789abcdef0123456789abcdef").expect("a key");
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("set");
        folder
    });
    made.path()
}

/// A fresh copy of the model office, to spoil at will.
pub struct Office {
    _folder: tempfile::TempDir,
    pub root: PathBuf,
}

impl Office {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("office");
        copy_tree(&model().join("office"), &root);
        Self { _folder: folder, root }
    }
    pub fn pipeline(&self) -> PathBuf {
        self.root.join("pipelines/monthly.toml")
    }
    pub fn out(&self) -> PathBuf {
        self.root.join("out")
    }
    pub fn run(&self, arguments: &[&str]) -> Output {
        hedui().arg("run").arg(self.pipeline()).args(arguments).output().expect("started")
    }
    /// Runs and expects success.
    pub fn publish(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", error_of(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    }
    pub fn query(&self, sql: &str) -> String {
        said(hedui().args(["query", "--format", "csv", sql, "--out"]).arg(self.out()))
    }
}

/// Every published Parquet file of a tree with its digest, by the path readers use.
pub fn published(out: &Path) -> Vec<(String, String)> {
    use sha2::{Digest, Sha256};
    fn walk(folder: &Path, base: &Path, found: &mut Vec<(String, String)>) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if path.is_dir() {
                walk(&path, base, found);
            } else if path.extension().is_some_and(|e| e == "parquet") {
                let digest = Sha256::digest(std::fs::read(&path).expect("read"));
                let inside = path.strip_prefix(base).expect("below").to_string_lossy().into_owned();
                found.push((inside, hedui::kernel::secret::hex(&digest)));
            }
        }
    }
    let mut found = Vec::new();
    walk(out, out, &mut found);
    found.sort();
    found
}
