//! The rescue file: operations that a desk could not send, encrypted to its central, to be carried by
//! hand. PROTOCOL.md, *Rescue*.
//!
//! Layout: the seven bytes of [`MAGIC`], version byte `1`, a public key of X25519 made for this file
//! alone, then the JSON of [`Rescue`] under XChaCha20-Poly1305 by the two keys (NaCl's `box`). The key is
//! used once, so the nonce is zero.

use crypto_box::aead::Aead;
use crypto_box::{ChaChaBox, PublicKey, SecretKey};
use lanterna_model::booking_number::DeskCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::operation::Envelope;
use crate::snapshot::hex;

/// What a rescue file begins with.
pub const MAGIC: &[u8; 7] = b"LANTSOS";
const VERSION: u8 = 1;
const HEAD: usize = MAGIC.len() + 1;
const KEY: usize = 32;

/// What is in a rescue file.
#[derive(Serialize, Deserialize)]
pub struct Rescue {
    /// The desk whose operations they are.
    pub code: DeskCode,
    /// Its token: who has it speaks for the desk.
    pub token: String,
    /// The operations, in the order of their numbers.
    pub operations: Vec<Envelope>,
}

/// What became of the operations of a rescue file. Counts alone: another desk may have carried it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RescueReply {
    /// Operations in the file.
    pub operations: u32,
    /// Confirmed, now or before.
    pub confirmed: u32,
    /// In conflict.
    pub conflicts: u32,
    /// Rejected.
    pub rejected: u32,
    /// For an operator.
    pub needs_operator: u32,
    /// Answered before, as their desk acknowledged.
    pub known: u32,
    /// Not answered: to be taken in again later.
    pub waiting: u32,
}

/// Why a rescue file cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RescueError {
    /// No rescue file, or one that was cut.
    #[error("this is no rescue file, or it was cut")]
    NoRescue,
    /// Written by a later version.
    #[error("the rescue file has version {0}, which is not known here")]
    Version(u8),
    /// Encrypted to another central, or changed on its way.
    #[error("the rescue file is for another central, or it was changed")]
    Sealed,
    /// The key of the central is none.
    #[error("the key of the central is not 64 hexadecimal digits")]
    Key,
}

/// The key to which the desks of a central encrypt, 64 hexadecimal digits.
#[must_use]
pub fn public_key(secret: [u8; 32]) -> String {
    hex(SecretKey::from(secret).public_key().as_bytes())
}

impl Rescue {
    /// Encrypts to a central. `once` are random bytes that are used for nothing else.
    ///
    /// # Errors
    /// [`RescueError::Key`].
    pub fn seal(&self, to: &str, once: [u8; 32]) -> Result<Vec<u8>, RescueError> {
        let to = PublicKey::from(digits(to).ok_or(RescueError::Key)?);
        let own = SecretKey::from(once);
        let plain = serde_json::to_vec(self).map_err(|_| RescueError::NoRescue)?;
        let sealed = ChaChaBox::new(&to, &own)
            .encrypt(&Default::default(), plain.as_slice())
            .map_err(|_| RescueError::Sealed)?;
        Ok([MAGIC.as_slice(), &[VERSION], own.public_key().as_bytes(), &sealed].concat())
    }

    /// Reads what was encrypted to a central, with the central's secret.
    ///
    /// # Errors
    /// [`RescueError`].
    pub fn open(bytes: &[u8], secret: [u8; 32]) -> Result<Self, RescueError> {
        let rest = bytes.strip_prefix(MAGIC.as_slice()).ok_or(RescueError::NoRescue)?;
        match rest.first() {
            Some(&VERSION) => {}
            Some(&other) => return Err(RescueError::Version(other)),
            None => return Err(RescueError::NoRescue),
        }
        let (own, sealed) = bytes[HEAD..].split_first_chunk::<KEY>().ok_or(RescueError::NoRescue)?;
        let plain = ChaChaBox::new(&PublicKey::from(*own), &SecretKey::from(secret))
            .decrypt(&Default::default(), sealed)
            .map_err(|_| RescueError::Sealed)?;
        serde_json::from_slice(&plain).map_err(|_| RescueError::NoRescue)
    }
}

fn digits(text: &str) -> Option<[u8; 32]> {
    if text.len() != 2 * KEY || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; KEY];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 32] = [7; 32];

    fn rescue() -> Rescue {
        Rescue {
            code: DeskCode::of(5),
            token: "gettone".to_owned(),
            operations: vec![Envelope {
                id: uuid::Uuid::from_u128(1),
                number: 1,
                body: "RSSMRA80A01D969Z".to_owned(),
            }],
        }
    }

    #[test]
    fn only_its_central_reads_a_rescue_file() {
        let bytes = rescue().seal(&public_key(SECRET), [9; 32]).unwrap();
        let back = Rescue::open(&bytes, SECRET).unwrap();
        assert_eq!((back.operations, back.token), (rescue().operations, rescue().token));
        assert_eq!(Rescue::open(&bytes, [8; 32]).err(), Some(RescueError::Sealed));
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("RSSMRA") && !text.contains("gettone"));
    }

    #[test]
    fn a_file_that_was_cut_or_changed_is_refused_whole() {
        let bytes = rescue().seal(&public_key(SECRET), [9; 32]).unwrap();
        for cut in 0..bytes.len() {
            assert!(Rescue::open(&bytes[..cut], SECRET).is_err());
        }
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert!(Rescue::open(&other, SECRET).is_err(), "byte {at}");
        }
        let mut later = bytes;
        later[MAGIC.len()] = 2;
        assert_eq!(Rescue::open(&later, SECRET).err(), Some(RescueError::Version(2)));
    }

    #[test]
    fn a_key_is_sixty_four_hexadecimal_digits() {
        for key in ["", "00", &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(rescue().seal(key, [1; 32]).err(), Some(RescueError::Key));
        }
    }
}
