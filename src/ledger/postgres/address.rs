//! A server's address, and where its password comes from. The password is nowhere but in the connection: it is in no message,
//! and an address with one in it is refused, for pipeline files are shared.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use postgres::config::Host;
use postgres::{Client, Config, NoTls};

use super::fault;
use crate::error::{Fault, Result, refused};

/// Where a ledger stands on a server.
#[derive(Clone)]
pub struct Address {
    config: Config,
    pub(in super::super) schema: String,
    /// A file whose first line is the password.
    pub password_file: Option<PathBuf>,
}

/// The schema where the address names none.
const SCHEMA: &str = "hedui";

type Wrong = (String, String);

impl Address {
    /// `postgres://user@host:port/database?schema=…`, with the other parameters of libpq that the driver knows.
    ///
    /// # Errors
    /// What is wrong and what to write instead; never the address itself, for there may be a password in it.
    pub fn parse(url: &str) -> std::result::Result<Self, Wrong> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let mut schema = SCHEMA.to_owned();
        let mut kept = Vec::new();
        for pair in query.split('&').filter(|p| !p.is_empty()) {
            match pair.split_once('=') {
                Some(("schema", name)) => schema = name.to_owned(),
                Some(("password", _)) => return Err(with_password()),
                Some(("sslmode", mode @ ("require" | "verify-ca" | "verify-full"))) => return Err(with_tls(mode)),
                _ => kept.push(pair),
            }
        }
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !schema.chars().all(plain) || !schema.starts_with(|c: char| c.is_ascii_lowercase()) || schema.len() > 63 {
            return Err((
                "the schema of a ledger is written with small letters, digits and _, and begins with a letter"
                    .to_owned(),
                format!("for example ?schema={SCHEMA}"),
            ));
        }
        let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
        let example = || "write it as postgres://user@host:5432/database?schema=hedui".to_owned();
        let config = Config::from_str(&format!("{base}{query}")).map_err(|e| (because(&e), example()))?;
        if config.get_password().is_some() {
            return Err(with_password());
        }
        Ok(Self { config, schema, password_file: None })
    }

    /// # Errors
    /// [`Fault::Machine`] when the server cannot be reached, [`Fault::Refused`] when it does not let us in.
    pub(in super::super) fn connect(&self) -> Result<Client> {
        let mut config = self.config.clone();
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            config.host(&std::env::var("PGHOST").unwrap_or_else(|_| "/var/run/postgresql".to_owned()));
        }
        config.application_name("hedui");
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(10));
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(Duration::from_secs(30));
        }
        if let Some(password) = self.password()? {
            config.password(password);
        }
        config.connect(NoTls).map_err(|e| fault::connecting(self, &e))
    }

    fn host(&self) -> String {
        match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            #[cfg(unix)]
            Some(Host::Unix(folder)) => folder.display().to_string(),
            None => self.config.get_hostaddrs().first().map_or_else(String::new, ToString::to_string),
        }
    }

    pub(super) fn user(&self) -> &str {
        self.config.get_user().unwrap_or("")
    }

    pub(super) fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_else(|| self.user())
    }

    fn port(&self) -> u16 {
        self.config.get_ports().first().copied().unwrap_or(5432)
    }

    /// `password_file`, then PGPASSWORD, then PGPASSFILE or ~/.pgpass.
    fn password(&self) -> Result<Option<String>> {
        if let Some(file) = &self.password_file {
            let text = private_text(file)?;
            return Ok(text.lines().next().map(str::to_owned));
        }
        if let Ok(password) = std::env::var("PGPASSWORD") {
            return Ok(Some(password));
        }
        let at_home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".pgpass"));
        match std::env::var_os("PGPASSFILE").map(PathBuf::from).or_else(at_home) {
            Some(file) if file.exists() => Ok(self.of_passfile(&private_text(&file)?)),
            _ => Ok(None),
        }
    }

    /// The password that a file as libpq's has for this address: `host:port:database:user:password`, `*` for any.
    fn of_passfile(&self, text: &str) -> Option<String> {
        let host = self.host();
        // Sockets go by the name of localhost there, unless their folder is written out.
        let names = if host.is_empty() || host.starts_with('/') {
            vec![host.as_str(), "localhost"]
        } else {
            vec![host.as_str()]
        };
        let port = self.port().to_string();
        text.lines().filter(|l| !l.starts_with('#')).find_map(|line| {
            let parts = fields(line);
            let [of_host, of_port, of_database, of_user, password] = parts.as_slice() else { return None };
            let is = |written: &str, wanted: &str| written == "*" || written == wanted;
            (names.iter().any(|name| is(of_host, name))
                && is(of_port, &port)
                && is(of_database, self.database())
                && is(of_user, self.user()))
            .then(|| password.clone())
        })
    }
}

/// The fields of a line: `:` parts them, `\` takes what follows as it stands. The password is all the rest.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ':' if fields.len() < 5 => fields.push(String::new()),
            '\\' => fields.last_mut().into_iter().for_each(|f| f.extend(chars.next())),
            c => fields.last_mut().into_iter().for_each(|f| f.push(c)),
        }
    }
    fields
}

/// A file that nobody but its owner may read.
fn private_text(file: &Path) -> Result<String> {
    let shown = file.display();
    let refuse = |zh: String, en: String| -> Fault {
        refused("password-file", zh, en)
            .hint(
                format!("密码文件第一行为密码,并执行 chmod 600 {shown}"),
                format!("the password on the first line of a file of your own: chmod 600 {shown}"),
            )
            .into()
    };
    let unreadable = |e: std::io::Error| {
        refuse(format!("读不了密码文件 {shown}:{e}"), format!("the password file {shown} cannot be read: {e}"))
    };
    let meta = std::fs::metadata(file).map_err(unreadable)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if meta.permissions().mode() & 0o077 != 0 {
            return Err(refuse(
                format!("密码文件 {shown} 其他用户也能读"),
                format!("the password file {shown} can be read by others"),
            ));
        }
    }
    std::fs::read_to_string(file).map_err(unreadable)
}

fn with_password() -> Wrong {
    (
        "the url has a password in it; pipeline files are shared, so it may not stand there".to_owned(),
        "take it out, and use password_file, the environment variable PGPASSWORD, or ~/.pgpass".to_owned(),
    )
}

fn with_tls(mode: &str) -> Wrong {
    (
        format!("sslmode={mode} asks for TLS, which this program does not speak"),
        "reach the server through a tunnel (ssh -L, stunnel, WireGuard) or a Unix socket, and leave sslmode out"
            .to_owned(),
    )
}

/// An error with what caused it.
fn because(error: &postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "postgres://{}@{}:{}/{}?schema={}",
            self.user(),
            self.host(),
            self.port(),
            self.database(),
            self.schema
        )
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_never_shows_a_password() {
        let a =
            Address::parse("postgresql://yuan@db.local:5433/office?schema=ledger_1&connect_timeout=3").expect("read");
        assert_eq!(a.to_string(), "postgres://yuan@db.local:5433/office?schema=ledger_1");
        assert_eq!(Address::parse("postgres://yuan@db/office").expect("read").schema, "hedui");
        for (url, said) in [
            ("postgres://yuan:secret@db/office", "password in it"),
            ("postgres://yuan@db/office?password=secret", "password in it"),
            ("postgres://yuan@db/office?sslmode=require", "asks for TLS"),
            ("postgres://yuan@db/office?sslmode=verify-full", "asks for TLS"),
            ("postgres://yuan@db/office?schema=a;b", "schema of a ledger"),
            ("postgres://yuan@db/office?schema=", "schema of a ledger"),
            ("postgres://yuan@db/office?colour=red", "colour"),
            ("postgres://yuan:secret@db:no/office", "port"),
        ] {
            let (message, hint) = Address::parse(url).expect_err(url);
            assert!(message.contains(said), "{url}: {message}");
            assert!(!format!("{message}{hint}").contains("secret"), "{message} {hint}");
        }
    }

    #[test]
    fn a_password_file_of_libpq_is_read_as_libpq_reads_it() {
        let a = Address::parse("postgres://yuan@db/office").expect("read");
        let text = "# db:5432:office:yuan:no\nother:*:*:*:no\ndb:5432:*:yuan:a\\:b:c\\\\\n*:*:*:*:last\n";
        assert_eq!(a.of_passfile(text).as_deref(), Some("a:b:c\\"));
        let socket = Address::parse("postgres://li@/office?host=/run/postgresql").expect("read");
        assert_eq!(socket.of_passfile("localhost:*:office:li:here\n").as_deref(), Some("here"));
        assert_eq!(socket.of_passfile("db:*:office:li:here\n"), None);
    }
}
