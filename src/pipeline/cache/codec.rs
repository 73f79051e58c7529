//! Plain bytes for what the cache keeps: little-endian numbers, texts with their length. Reading never trusts a length.

/// Bytes that an item of a list takes about.
const ROOM: usize = 24;

/// Writes values one after another.
#[derive(Debug, Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    pub fn byte(&mut self, value: u8) {
        self.0.push(value);
    }
    pub fn number(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }
    pub fn text(&mut self, value: &str) {
        self.number(value.len() as u64);
        self.0.extend_from_slice(value.as_bytes());
    }
    pub fn optional(&mut self, value: Option<&str>) {
        self.byte(u8::from(value.is_some()));
        if let Some(value) = value {
            self.text(value);
        }
    }
    /// A small number or none, in five bytes.
    pub fn small(&mut self, value: Option<u32>) {
        self.byte(u8::from(value.is_some()));
        self.0.extend_from_slice(&value.unwrap_or(0).to_le_bytes());
    }
    /// A list: its length, then every item.
    pub fn list<T>(&mut self, items: impl ExactSizeIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        self.number(items.len() as u64);
        // Room is not memory until it is written to; to move tens of megabytes each time they double is dear.
        self.0.reserve(items.len() * ROOM);
        items.for_each(|item| write(self, item));
    }
}

/// Reads them back; `None` from the first thing on that is not what was written.
#[derive(Debug)]
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn bytes(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(head)
    }
    pub fn byte(&mut self) -> Option<u8> {
        self.bytes(1).map(|b| b[0])
    }
    pub fn number(&mut self) -> Option<u64> {
        self.bytes(8)?.try_into().ok().map(u64::from_le_bytes)
    }
    /// The outer option is whether there was anything to read, the inner one is the value.
    #[expect(clippy::option_option, reason = "a value that may be none, read from bytes that may end")]
    pub fn small(&mut self) -> Option<Option<u32>> {
        let there = self.byte()? != 0;
        let value = self.bytes(4)?.try_into().ok().map(u32::from_le_bytes)?;
        Some(there.then_some(value))
    }
    pub fn length(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }
    pub fn text(&mut self) -> Option<&'a str> {
        let n = self.length()?;
        std::str::from_utf8(self.bytes(n)?).ok()
    }
    /// As [`Reader::small`].
    #[expect(clippy::option_option, reason = "a value that may be none, read from bytes that may end")]
    pub fn optional(&mut self) -> Option<Option<&'a str>> {
        match self.byte()? {
            0 => Some(None),
            1 => self.text().map(Some),
            _ => None,
        }
    }
    pub fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let n = self.length()?;
        // Every item takes at least a byte: a length beyond the rest is no length.
        if n > self.0.len() {
            return None;
        }
        (0..n).map(|_| read(self)).collect()
    }
}
