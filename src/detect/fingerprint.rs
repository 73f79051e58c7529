//! The name of a problem: the same in every period and every run.

use sha2::{Digest, Sha256};

use crate::kernel::secret::hex;

/// `A-` and 16 hexadecimal characters over the rule and what it found the problem with.
#[must_use]
pub fn anomaly_id(rule: &str, unit_key: Option<&str>, person_key: Option<&str>, object_key: Option<&str>) -> String {
    let mut digest = Sha256::new();
    for part in [Some(rule), unit_key, person_key, object_key] {
        // A key that is missing differs from one that is empty, and no key can run into the next.
        match part {
            Some(text) => {
                digest.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
                digest.update(text.as_bytes());
            }
            None => digest.update(u64::MAX.to_le_bytes()),
        }
    }
    format!("A-{}", &hex(&digest.finalize())[..16])
}

#[cfg(test)]
mod tests {
    use super::anomaly_id;

    #[test]
    fn ids_tell_what_a_finding_is_about_and_nothing_else() {
        let one = anomaly_id("Q01", Some("U1"), None, Some("worker"));
        assert_eq!(one, anomaly_id("Q01", Some("U1"), None, Some("worker")));
        assert_eq!(one.len(), 18);
        assert_ne!(one, anomaly_id("Q01", Some("U1"), Some("worker"), None));
        assert_ne!(one, anomaly_id("Q02", Some("U1"), None, Some("worker")));
        assert_ne!(anomaly_id("Q01", Some("ab"), Some("c"), None), anomaly_id("Q01", Some("a"), Some("bc"), None));
        assert_ne!(anomaly_id("Q01", Some(""), None, None), anomaly_id("Q01", None, None, None));
    }
}
