//! Bytes on the disk that only the process that wrote them can read: ChaCha20 under a key that is never written down.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Bytes of keystream made at a time.
const BLOCK: usize = 1 << 16;

/// A key for as long as the process lives. It never prints.
pub(super) struct Key([u8; 32]);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// # Errors
    /// The system's, when it has no random bytes.
    pub(super) fn make() -> io::Result<Self> {
        let mut bytes = [0; 32];
        File::open("/dev/urandom")?.read_exact(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The keystream of that number, which must be used for one file only.
    fn stream(&self, number: u64) -> Stream {
        let mut source = ChaCha20Rng::from_seed(self.0);
        source.set_stream(number);
        Stream { source, block: vec![0; BLOCK], used: BLOCK }
    }
}

struct Stream {
    source: ChaCha20Rng,
    block: Vec<u8>,
    used: usize,
}

impl Stream {
    fn pass(&mut self, bytes: &mut [u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.used == BLOCK {
                self.source.fill_bytes(&mut self.block);
                self.used = 0;
            }
            let (now, later) = rest.split_at_mut(rest.len().min(BLOCK - self.used));
            now.iter_mut().zip(&self.block[self.used..]).for_each(|(byte, key)| *byte ^= key);
            self.used += now.len();
            rest = later;
        }
    }
}

/// What is written to or read from a file passes through the keystream, where there is one.
pub(super) struct Veiled {
    file: File,
    stream: Option<Stream>,
    written: Vec<u8>,
}

impl Veiled {
    /// `key`: the key and the number of the file's keystream.
    pub(super) fn new(file: File, key: Option<(&Key, u64)>) -> Self {
        Self { file, stream: key.map(|(key, number)| key.stream(number)), written: Vec::new() }
    }
}

impl Write for Veiled {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(stream) = &mut self.stream else { return self.file.write(bytes) };
        let now = &bytes[..bytes.len().min(BLOCK)];
        self.written.clear();
        self.written.extend_from_slice(now);
        stream.pass(&mut self.written);
        self.file.write_all(&self.written)?;
        Ok(now.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Read for Veiled {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(bytes)?;
        if let Some(stream) = &mut self.stream {
            stream.pass(&mut bytes[..n]);
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_in_pieces_comes_back_in_others_and_reads_as_nothing_meanwhile() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        let key = Key::make().expect("random");
        let bytes: Vec<u8> = (0..3 * BLOCK + 7).map(|i| u8::try_from(i % 251).expect("small")).collect();
        let mut file = Veiled::new(File::create(&path).expect("made"), Some((&key, 3)));
        let (mut at, mut piece) = (0, 1);
        while at < bytes.len() {
            let end = (at + piece).min(bytes.len());
            file.write_all(&bytes[at..end]).expect("written");
            (at, piece) = (end, piece * 3 + 1);
        }
        let there = std::fs::read(&path).expect("read");
        assert_eq!(there.len(), bytes.len());
        let same = there.iter().zip(&bytes).filter(|(a, b)| a == b).count();
        assert!(same * 100 < bytes.len(), "one in 256 is the same by chance: {same}");
        let read = |number| {
            let mut all = vec![0; 5];
            let mut file = Veiled::new(File::open(&path).expect("there"), Some((&key, number)));
            file.read_exact(&mut all).expect("read");
            file.read_to_end(&mut all).expect("read");
            all
        };
        assert!(read(3) == bytes && read(4) != bytes);
        assert_eq!(format!("{key:?}"), "Key(…)");
    }
}
