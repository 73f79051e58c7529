//! Keyed hashes: the same person has the same key from month to month, and nobody without the secret can go back.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The workspace's secret. It never prints.
#[derive(Clone)]
pub struct Secret(Hmac<Sha256>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// The key schedule is worked out here once; a million keys are a million clones of it.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        match Hmac::new_from_slice(bytes) {
            Ok(mac) => Self(mac),
            Err(_) => unreachable!("HMAC takes keys of any length"),
        }
    }
    /// 20 hexadecimal characters of HMAC-SHA-256 over a domain word and a value.
    #[must_use]
    pub fn key(&self, domain: &str, value: &str) -> String {
        hex(&self.key_bytes(domain, value))
    }
    /// The ten bytes that those characters stand for: in as little room as a million keys need while they are sorted.
    #[must_use]
    pub fn key_bytes(&self, domain: &str, value: &str) -> [u8; 10] {
        let mut mac = self.0.clone();
        mac.update(domain.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        let (digest, mut bytes) = (mac.finalize().into_bytes(), [0; 10]);
        bytes.copy_from_slice(&digest[..10]);
        bytes
    }
    /// The whole of HMAC-SHA-256 over a domain word and some bytes: nobody without the secret can make it.
    #[must_use]
    pub fn seal(&self, domain: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(domain.as_bytes());
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    hex_into(bytes, &mut out);
    out
}

/// The same, behind what a text holds already.
pub(crate) fn hex_into(bytes: &[u8], out: &mut String) {
    let digit = |n: u8| char::from(b"0123456789abcdef"[usize::from(n)]);
    for b in bytes {
        out.push(digit(b >> 4));
        out.push(digit(b & 15));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_depend_on_secret_domain_and_value() {
        let s = Secret::new(b"one");
        assert_eq!(s.key("person", "a"), s.key("person", "a"));
        assert_ne!(s.key("person", "a"), s.key("account", "a"));
        assert_ne!(s.key("person", "a"), Secret::new(b"two").key("person", "a"));
        assert_eq!(format!("{s:?}"), "Secret(…)");
        assert_eq!(hex(&[0, 9, 0xa5, 255]), "0009a5ff");
    }
}
