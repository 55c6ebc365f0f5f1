//! The key of the databases, and the file that keeps it under a passphrase.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::StoreError;

/// Argon2id parameters of new files (OWASP's second choice: 19 MiB, two passes).
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// What a file may ask for: more would only stall the desk.
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 64;

/// A random key of 32 bytes, the same for both files.
#[derive(Clone)]
pub struct RawKey(Zeroizing<[u8; 32]>);

impl RawKey {
    /// A key out of random bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A key out of a slice of 32 bytes.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_bytes)
    }

    /// The bytes, for the keychain.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &*self.0
    }

    pub(crate) fn pragma(&self) -> Zeroizing<String> {
        Zeroizing::new(format!(
            "PRAGMA key = \"x'{}'\"",
            lanterna_wire::snapshot::hex(&*self.0)
        ))
    }
}

impl std::fmt::Debug for RawKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RawKey(…)")
    }
}

/// A key under a passphrase, as it is kept in `key.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WrappedKey {
    version: u8,
    memory_kib: u32,
    passes: u32,
    salt: Vec<u8>,
    nonce: Vec<u8>,
    sealed: Vec<u8>,
}

impl WrappedKey {
    /// Seals a key. Salt and nonce are random and used once.
    ///
    /// # Errors
    /// [`StoreError::Passphrase`] when it cannot be sealed.
    pub fn seal(key: &RawKey, passphrase: &str, salt: [u8; 16], nonce: [u8; 12]) -> Result<Self, StoreError> {
        let cipher = cipher(passphrase, &salt, MEMORY_KIB, PASSES)?;
        let sealed = cipher
            .encrypt(Nonce::from_slice(&nonce), key.as_bytes())
            .map_err(|_| StoreError::Passphrase)?;
        Ok(Self {
            version: 1,
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            salt: salt.to_vec(),
            nonce: nonce.to_vec(),
            sealed,
        })
    }

    /// Opens a key.
    ///
    /// # Errors
    /// [`StoreError::Passphrase`] when the passphrase is wrong or the file is damaged.
    pub fn open(&self, passphrase: &str) -> Result<RawKey, StoreError> {
        let bounded = self.version == 1
            && self.nonce.len() == 12
            && self.memory_kib <= MOST_MEMORY_KIB
            && self.passes <= MOST_PASSES;
        if !bounded {
            return Err(StoreError::Passphrase);
        }
        let cipher = cipher(passphrase, &self.salt, self.memory_kib, self.passes)?;
        let plain = cipher.decrypt(Nonce::from_slice(&self.nonce), self.sealed.as_slice());
        let plain = Zeroizing::new(plain.map_err(|_| StoreError::Passphrase)?);
        RawKey::from_slice(&plain).ok_or(StoreError::Passphrase)
    }
}

fn cipher(passphrase: &str, salt: &[u8], memory_kib: u32, passes: u32) -> Result<ChaCha20Poly1305, StoreError> {
    let params = Params::new(memory_kib, passes, 1, Some(32)).map_err(|_| StoreError::Passphrase)?;
    let mut wrapping = Zeroizing::new([0u8; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut *wrapping)
        .map_err(|_| StoreError::Passphrase)?;
    Ok(ChaCha20Poly1305::new(Key::from_slice(&*wrapping)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_passphrase_opens_the_key() {
        let key = RawKey::from_bytes([7; 32]);
        let wrapped = WrappedKey::seal(&key, "una frase lunga", [1; 16], [2; 12]).unwrap();
        assert_eq!(wrapped.open("una frase lunga").unwrap().as_bytes(), key.as_bytes());
        assert!(matches!(wrapped.open("un'altra"), Err(StoreError::Passphrase)));
        let mut damaged = wrapped;
        damaged.sealed[0] ^= 1;
        assert!(damaged.open("una frase lunga").is_err());
    }
}
