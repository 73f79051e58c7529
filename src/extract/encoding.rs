//! Bytes to one UTF-8 text: by byte order mark, by declaration, or by strict trial. A doubtful file is refused with the
//! offset of the first bad byte; nothing is ever decoded with replacement characters.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, Encoding, GB18030, UTF_16BE, UTF_16LE};
use rayon::prelude::*;

/// A file's text and how it was read.
#[derive(Debug)]
pub(super) struct Decoded<'a> {
    pub text: Cow<'a, str>,
    pub encoding: &'static str,
    pub warnings: Vec<String>,
}

/// Why bytes are no text; the offset counts from 0 in the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DecodeError {
    pub code: &'static str,
    pub offset: usize,
    pub message: String,
}

const BOM: char = '\u{FEFF}';

/// Decodes a file's bytes; `declared` is `auto`, `utf-8`, `gb18030` or `utf-16le`.
pub(super) fn decode<'a>(bytes: &'a [u8], declared: &str) -> Result<Decoded<'a>, DecodeError> {
    let declared = declared.trim().to_ascii_lowercase();
    let mut decoded = match declared.as_str() {
        "utf-16le" | "utf16le" | "utf-16" | "unicode" => utf16(bytes),
        "gb18030" | "gbk" | "gb2312" | "cp936" => gb18030(bytes, mark_len(bytes)),
        "utf-8" | "utf8" => utf8(bytes),
        _ => guess(bytes),
    }?;
    if decoded.text.contains(BOM) {
        // Excel and concatenation leave marks at the start, twice, or in the middle: they are never data.
        decoded.text = Cow::Owned(decoded.text.replace(BOM, ""));
        decoded.warnings.push("a byte order mark stood inside the text and was dropped".to_owned());
    }
    Ok(decoded)
}

/// Length of a UTF-8 byte order mark at the start.
fn mark_len(bytes: &[u8]) -> usize {
    if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 }
}

fn utf8(bytes: &[u8]) -> Result<Decoded<'_>, DecodeError> {
    let skip = mark_len(bytes);
    match std::str::from_utf8(&bytes[skip..]) {
        Ok(text) => Ok(Decoded {
            text: Cow::Borrowed(text),
            encoding: if skip > 0 { "utf-8-bom" } else { "utf-8" },
            warnings: Vec::new(),
        }),
        Err(e) => {
            Err(DecodeError { code: "encoding", offset: skip + e.valid_up_to(), message: "not UTF-8".to_owned() })
        }
    }
}

fn guess(bytes: &[u8]) -> Result<Decoded<'_>, DecodeError> {
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") || looks_utf16le(bytes) {
        return utf16(bytes);
    }
    let Err(bad) = utf8(bytes) else { return utf8(bytes) };
    if let Some(offset) = mixed(bytes, bad.offset) {
        let message = "one part of the file is UTF-8 and another part GB18030".to_owned();
        return Err(DecodeError { code: "encoding-mixed", offset, message });
    }
    let decoded = gb18030(bytes, mark_len(bytes))?;
    if plausible_gb(&bytes[mark_len(bytes)..]) {
        Ok(decoded)
    } else {
        let message = "neither UTF-8 nor convincingly GB18030 (Big5 perhaps)".to_owned();
        Err(DecodeError { code: "encoding-unsure", offset: bad.offset, message })
    }
}

/// Whether text without a mark is UTF-16LE: its ASCII characters have zeros after them, never before.
fn looks_utf16le(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(4096) & !1];
    let (mut before, mut after) = (0, 0);
    for pair in head.chunks_exact(2) {
        before += usize::from(pair[0] == 0);
        after += usize::from(pair[1] == 0 && pair[0] != 0);
    }
    head.len() >= 8 && after * 16 >= head.len() / 2 && before * 8 < after
}

fn utf16(bytes: &[u8]) -> Result<Decoded<'_>, DecodeError> {
    let big = bytes.starts_with(b"\xFE\xFF");
    let skip = if big || bytes.starts_with(b"\xFF\xFE") { 2 } else { 0 };
    let encoding = if big { UTF_16BE } else { UTF_16LE };
    let text = strict(encoding, &bytes[skip..]).map_err(|offset| DecodeError {
        code: "encoding",
        offset: skip + offset,
        message: "an unpaired surrogate or half a character in UTF-16".to_owned(),
    })?;
    Ok(Decoded { text: Cow::Owned(text), encoding: if big { "utf-16be" } else { "utf-16le" }, warnings: Vec::new() })
}

fn gb18030(bytes: &[u8], skip: usize) -> Result<Decoded<'_>, DecodeError> {
    let body = &bytes[skip..];
    // 0x0A is never the second byte of a character, so pieces cut after it decode by themselves.
    let mut cuts = vec![0];
    while body.len() - cuts[cuts.len() - 1] > (4 << 20) {
        let from = cuts[cuts.len() - 1] + (4 << 20);
        match memchr::memchr(b'\n', &body[from..]) {
            Some(i) => cuts.push(from + i + 1),
            None => break,
        }
    }
    cuts.push(body.len());
    let mut text = String::with_capacity(body.len() + body.len() / 2);
    let windows: Vec<(usize, usize)> = cuts.windows(2).map(|w| (w[0], w[1])).collect();
    // A few at a time, so that not the whole text stands in memory twice.
    for some in windows.chunks(4 * rayon::current_num_threads()) {
        let decoded = |&(from, to): &(usize, usize)| strict(GB18030, &body[from..to]).map_err(|offset| from + offset);
        let pieces: Vec<Result<String, usize>> = some.par_iter().map(decoded).collect();
        for piece in pieces {
            text.push_str(&piece.map_err(|offset| DecodeError {
                code: "encoding",
                offset: skip + offset,
                message: "neither UTF-8 nor GB18030".to_owned(),
            })?);
        }
    }
    let warnings =
        if skip > 0 { vec!["a UTF-8 byte order mark stands before GB18030 text".to_owned()] } else { Vec::new() };
    Ok(Decoded { text: Cow::Owned(text), encoding: "gb18030", warnings })
}

/// Decodes or gives the offset of the first byte that does not belong.
pub(super) fn strict(encoding: &'static Encoding, bytes: &[u8]) -> Result<String, usize> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let need = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(bytes.len() * 3 + 16);
    let mut text = String::with_capacity(need);
    let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
    match result {
        DecoderResult::InputEmpty => {
            text.shrink_to_fit();
            Ok(text)
        }
        DecoderResult::Malformed(length, after) => Err(read.saturating_sub(usize::from(length) + usize::from(after))),
        DecoderResult::OutputFull => Err(read),
    }
}

/// The offset where a file that is part UTF-8, part GB18030 changes from its first to its second encoding.
///
/// Random GB18030 text almost never forms two Han characters of UTF-8 in a row, so a line that does, and is
/// valid UTF-8 as a whole, is UTF-8.
fn mixed(bytes: &[u8], first_bad: usize) -> Option<usize> {
    let mut start = 0;
    let mut gb_seen = None;
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        if !line.is_ascii() {
            match std::str::from_utf8(line) {
                Ok(text) if text.chars().filter(|c| ('\u{4E00}'..='\u{9FFF}').contains(c)).count() >= 2 => {
                    if gb_seen.is_some() {
                        let inside = line.iter().position(|b| !b.is_ascii()).unwrap_or(0);
                        return Some(start + inside);
                    }
                    // UTF-8 comes first: the first byte that is not is where the file changes.
                    return Some(first_bad);
                }
                Ok(_) => {}
                Err(_) => gb_seen = Some(start),
            }
        }
        start += line.len();
    }
    None
}

/// Whether two-byte characters lie where simplified Chinese text keeps them (GB 2312, symbols included).
fn plausible_gb(bytes: &[u8]) -> bool {
    let (mut common, mut pairs) = (0_usize, 0_usize);
    let mut i = 0;
    while i + 1 < bytes.len() && pairs < 200_000 {
        if bytes[i] < 0x80 {
            i += 1;
        } else {
            let four = bytes[i + 1].is_ascii_digit();
            pairs += 1;
            common += usize::from(!four && (0xA1..=0xF7).contains(&bytes[i]) && bytes[i + 1] >= 0xA1);
            i += if four { 4 } else { 2 };
        }
    }
    // A handful of rare characters in a short file proves nothing.
    pairs < 8 || common * 10 >= pairs * 8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gbk(text: &str) -> Vec<u8> {
        GB18030.encode(text).0.into_owned()
    }

    #[test]
    fn strict_trial_finds_the_encoding() {
        assert_eq!(decode("姓名,张三".as_bytes(), "auto").expect("text").encoding, "utf-8");
        let bytes = gbk("姓名,𠮷野");
        let decoded = decode(&bytes, "auto").expect("text");
        assert_eq!((decoded.encoding, &*decoded.text), ("gb18030", "姓名,𠮷野"));
    }

    #[test]
    fn a_mixture_is_refused_where_it_changes() {
        let utf8 = "姓名,单位\n张三,教育局\n";
        let mut bytes = utf8.as_bytes().to_vec();
        bytes.extend(gbk("李四,卫生局\n"));
        let error = decode(&bytes, "auto").expect_err("mixed");
        assert_eq!((error.code, error.offset), ("encoding-mixed", utf8.len()));
        let mut bytes = gbk("姓名,单位\n");
        let turn = bytes.len();
        bytes.extend("张三,教育局\n".as_bytes());
        assert_eq!(decode(&bytes, "auto").expect_err("mixed").offset, turn);
    }
}
