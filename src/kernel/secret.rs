//! Keyed hashes: the same person has the same key from month to month, and nobody without the secret can go back.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The workspace's secret. It never prints.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
    /// 20 hexadecimal characters of HMAC-SHA-256 over a domain word and a value.
    #[must_use]
    pub fn key(&self, domain: &str, value: &str) -> String {
        let mut mac = match Hmac::<Sha256>::new_from_slice(&self.0) {
            Ok(mac) => mac,
            Err(_) => unreachable!("HMAC takes keys of any length"),
        };
        mac.update(domain.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        hex(&mac.finalize().into_bytes()[..10])
    }
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_depend_on_secret_domain_and_value() {
        let s = Secret::new(b"one".to_vec());
        assert_eq!(s.key("person", "a"), s.key("person", "a"));
        assert_ne!(s.key("person", "a"), s.key("account", "a"));
        assert_ne!(s.key("person", "a"), Secret::new(b"two".to_vec()).key("person", "a"));
        assert_eq!(format!("{s:?}"), "Secret(…)");
    }
}
