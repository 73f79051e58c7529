//! What a file is: by its first bytes, and whether its name says the same.

/// A format that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Delimited text.
    Text,
    /// Delimited text saved as .xls.
    TextAsXls,
    /// An HTML table saved as .xls, or plainly .html.
    Html,
    Xlsx,
    Xls,
    Dbf,
    Parquet,
}

impl Format {
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "csv",
            Self::TextAsXls => "xls-text",
            Self::Html => "xls-html",
            Self::Xlsx => "xlsx",
            Self::Xls => "xls",
            Self::Dbf => "dbf",
            Self::Parquet => "parquet",
        }
    }
    /// Whether a child process must open it.
    pub fn needs_child(self) -> bool {
        matches!(self, Self::Xlsx | Self::Xls | Self::Dbf | Self::Parquet)
    }
}

/// Why a file of this look cannot be read, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub code: &'static str,
    pub message: String,
    pub hint: &'static str,
}

fn refuse(code: &'static str, message: impl Into<String>, hint: &'static str) -> Refusal {
    Refusal { code, message: message.into(), hint }
}

/// `EncryptedPackage`, as a compound file's directory spells it.
fn encrypted_package() -> Vec<u8> {
    "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Decides the format from the name and the whole file's bytes.
pub(super) fn sniff(name: &str, bytes: &[u8]) -> Result<Format, Refusal> {
    let extension = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).unwrap_or_default();
    let compound = bytes.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
    if extension == "et" {
        return Err(refuse("format-et", "a WPS .et workbook", "open it in WPS and save it as xlsx (另存为 xlsx)"));
    }
    if compound && memchr::memmem::find(bytes, &encrypted_package()).is_some() {
        return Err(refuse(
            "password-protected",
            "the workbook is password-protected",
            "remove the password and save it again",
        ));
    }
    let found = if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        Format::Xlsx
    } else if compound {
        Format::Xls
    } else if bytes.starts_with(b"PAR1") {
        Format::Parquet
    } else if looks_dbf(bytes) && !matches!(extension.as_str(), "csv" | "txt" | "tsv") {
        Format::Dbf
    } else if looks_html(bytes) {
        Format::Html
    } else if bytes.starts_with(b"\x09\x08") || bytes.starts_with(b"\x09\x04") || bytes.starts_with(b"\x09\x02") {
        return Err(refuse("format-old", "a workbook of Excel 4 or older", "open it and save it as xlsx"));
    } else if bytes.starts_with(b"Rar!") || bytes.starts_with(b"7z\xBC\xAF") {
        return Err(refuse("format-archive", "an archive, not an extract", "unpack it first"));
    } else {
        Format::Text
    };
    agree(&extension, found)
}

fn agree(extension: &str, found: Format) -> Result<Format, Refusal> {
    let mismatch = |what: &str| {
        let message = format!("named .{extension}, but the content is {what}");
        Err(refuse("format-mismatch", message, "save it again in the format that its name says, or rename it"))
    };
    match (extension, found) {
        ("xls", Format::Text) => Ok(Format::TextAsXls),
        ("xlsx" | "xlsm", Format::Xlsx) | ("xls", Format::Xlsx) => Ok(found),
        ("xlsx" | "xlsm", Format::Xls) => mismatch("an old Excel workbook (xls)"),
        ("xlsx" | "xlsm" | "dbf" | "parquet", Format::Text) => mismatch("plain text"),
        ("xlsx" | "xlsm" | "dbf" | "parquet" | "csv" | "txt" | "tsv", Format::Html) => mismatch("an HTML page"),
        ("csv" | "txt" | "tsv", Format::Xlsx) => mismatch("a workbook or archive (zip)"),
        ("csv" | "txt" | "tsv", Format::Xls) => mismatch("an old Excel workbook (xls)"),
        ("csv" | "txt" | "tsv" | "xlsx" | "xlsm" | "xls" | "dbf", Format::Parquet) => mismatch("Parquet"),
        ("xlsx" | "xlsm" | "xls" | "parquet", Format::Dbf) => mismatch("a dBASE table"),
        ("dbf" | "parquet", Format::Xlsx | Format::Xls) => mismatch("a workbook"),
        _ => Ok(found),
    }
}

/// Version byte, a month and day that exist, and lengths that fit together.
fn looks_dbf(bytes: &[u8]) -> bool {
    if bytes.len() < 66
        || !matches!(bytes[0], 0x02 | 0x03 | 0x30 | 0x31 | 0x32 | 0x43 | 0x63 | 0x83 | 0x8B | 0xCB | 0xF5 | 0xFB)
    {
        return false;
    }
    let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let record = usize::from(u16::from_le_bytes([bytes[10], bytes[11]]));
    header >= 65 && record > 1 && header <= bytes.len() && (bytes[2] <= 12 && bytes[3] <= 31) && bytes[32] >= 0x41
}

fn looks_html(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(2048)];
    // UTF-16 pages are rare; dropping zeros lets the same test see them.
    let plain: Vec<u8> = head.iter().copied().filter(|&b| b != 0).map(|b| b.to_ascii_lowercase()).collect();
    let start = plain.iter().position(|&b| !b.is_ascii_whitespace() && !matches!(b, 0xEF | 0xBB | 0xBF | 0xFF | 0xFE));
    let Some(start) = start else { return false };
    plain[start] == b'<'
        && [
            &b"<html"[..],
            b"<table",
            b"<!doctype html",
            b"<head",
            b"<meta",
            b"<style",
            b"<body",
            b"<div",
            b"<?xml",
            b"<!--",
        ]
        .iter()
        .any(|tag| plain[start..].starts_with(tag))
}
