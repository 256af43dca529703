//! SHA-256 in hex: how content is named.

use sha2::{Digest, Sha256};

/// SHA-256 of some bytes, 64 lower-case hex digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
