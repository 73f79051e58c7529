//! A PostgreSQL server for the tests: the one that HEDUI_TEST_POSTGRES names, or one that is started in a folder of its own on a
//! Unix socket and ends with the tests, however they end.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Waits on its standard input: when the tests end, it ends, and the server with it. PostgreSQL refuses to run as root.
const KEEPER: &str = r#"
dir=$1 bin=$2
trap '' INT TERM HUP
cd "$dir" || exit 1
if [ "$(id -u)" = 0 ]; then
  user=postgres
  id -u "$user" >/dev/null 2>&1 || user=nobody
  chown "$user" "$dir"
  if command -v setpriv >/dev/null; then as() { setpriv --reuid="$user" --clear-groups "$@"; }
  else as() { runuser -u "$user" -- "$@"; }
  fi
else
  as() { "$@"; }
fi
as "$bin/initdb" -D "$dir/data" -U hedui -A trust -E UTF8 --locale=C --no-sync >"$dir/initdb.log" 2>&1 \
  || { echo "initdb: $(tail -n 3 "$dir/initdb.log" | tr '\n' ' ')"; rm -rf "$dir"; exit 1; }
printf 'local all guarded scram-sha-256\nlocal all all trust\n' >"$dir/data/pg_hba.conf"
as "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -o "-k '$dir' -c listen_addresses= -c max_connections=300 -c fsync=off" start \
  >"$dir/start.log" 2>&1 </dev/null \
  || { echo "pg_ctl: $(tail -n 3 "$dir/server.log" "$dir/start.log" | tr '\n' ' ')"; rm -rf "$dir"; exit 1; }
echo ready
cat >/dev/null
as "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1
rm -rf "$dir"
"#;

/// A server, and what the tests may do with it.
pub struct Server {
    /// Without a schema.
    url: String,
    /// Its socket's folder, when it is the tests' own.
    pub own: Option<PathBuf>,
    _keeper: Option<std::process::Child>,
}

impl Server {
    /// An address of a schema that nothing else uses.
    pub fn url(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let sign = if self.url.contains('?') { '&' } else { '?' };
        format!("{}{sign}schema=t{}_{number}", self.url, std::process::id())
    }
}

/// The server, started when it is first asked for. Where there is none that is said, once.
pub fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    let found = SERVER.get_or_init(|| {
        let found = start();
        if let Err(why) = &found {
            // Not captured, so that it is seen though the tests pass.
            let _ = writeln!(std::io::stderr(), "SKIPPED on PostgreSQL: {why}; HEDUI_TEST_POSTGRES=URL names a server");
        }
        found
    });
    found.as_ref().ok()
}

fn start() -> Result<Server, String> {
    if let Ok(url) = std::env::var("HEDUI_TEST_POSTGRES") {
        return Ok(Server { url, own: None, _keeper: None });
    }
    let bin =
        binaries().ok_or("neither HEDUI_TEST_POSTGRES nor initdb and pg_ctl (on Debian: apt install postgresql)")?;
    let folder = tempfile::Builder::new().prefix("hedui-pg-").tempdir().map_err(|e| e.to_string())?.keep();
    let mut keeper = Command::new("sh")
        .args(["-c", KEEPER, "keeper"])
        .arg(&folder)
        .arg(&bin)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| e.to_string())?;
    let mut said = String::new();
    if let Some(out) = keeper.stdout.take() {
        BufReader::new(out).read_line(&mut said).map_err(|e| e.to_string())?;
    }
    if said.trim() != "ready" {
        return Err(format!("the server in {} did not start: {said}", bin.display()));
    }
    let url = format!("postgres://hedui@/postgres?host={}", folder.display());
    Ok(Server { url, own: Some(folder), _keeper: Some(keeper) })
}

/// The newest server's programs.
fn binaries() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path().join("bin"))
        .collect();
    versions.sort_by_key(|p| {
        let version = p.parent().and_then(|p| p.file_name()).and_then(|n| n.to_str()?.parse::<u32>().ok());
        std::cmp::Reverse(version)
    });
    let path = std::env::var_os("PATH").unwrap_or_default();
    versions.extend(std::env::split_paths(&path));
    versions.push(PathBuf::from("/usr/local/bin"));
    versions.into_iter().find(|bin| ["initdb", "pg_ctl", "postgres"].iter().all(|name| bin.join(name).is_file()))
}
