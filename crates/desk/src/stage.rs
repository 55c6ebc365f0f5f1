//! The first steps: key, unlocking, enrolment.

use std::fs;
use std::path::{Path, PathBuf};

use lanterna_store::{RawKey, WrappedKey};

use crate::adapters::Entropy;
use crate::adapters::keychain::Keychain;
use crate::fault::Answered;
use crate::rpc::{ErrorCode, RpcError};

/// Shortest passphrase, in characters.
const SHORTEST: usize = 8;
const KEY_FILE: &str = "key.json";

/// Where the key of a data folder is.
pub(crate) enum KeyState {
    /// Nowhere: a new desk.
    None,
    /// In `key.json`, under a passphrase.
    Wrapped,
    /// In the keychain, and here it is.
    Open(RawKey),
    /// There are files, but the keychain that keeps their key does not answer.
    Missing,
}

fn key_file(dir: &Path) -> PathBuf {
    dir.join(KEY_FILE)
}

fn account(dir: &Path) -> String {
    // The keychain is shared by all data folders of this user.
    fs::canonicalize(dir)
        .unwrap_or_else(|_| dir.to_owned())
        .to_string_lossy()
        .into_owned()
}

/// The key is kept under a passphrase.
pub(crate) fn wrapped(dir: &Path) -> bool {
    key_file(dir).is_file()
}

/// Looks where the key is. May wait for the keychain.
pub(crate) fn find(dir: &Path, keychain: &dyn Keychain) -> KeyState {
    if wrapped(dir) {
        return KeyState::Wrapped;
    }
    match keychain.load(&account(dir)) {
        Ok(Some(bytes)) => RawKey::from_slice(&bytes).map_or(KeyState::Missing, KeyState::Open),
        Ok(None) | Err(_) if !dir.join("desk.db").exists() => KeyState::None,
        Ok(None) | Err(_) => KeyState::Missing,
    }
}

/// Makes a key and keeps it: under the passphrase where one is given, else in the keychain.
pub(crate) fn create(
    dir: &Path,
    keychain: &dyn Keychain,
    entropy: &dyn Entropy,
    passphrase: Option<&str>,
) -> Answered<RawKey> {
    fs::create_dir_all(dir).map_err(|_| ErrorCode::Storage)?;
    let mut random = [0; 60];
    entropy.fill(&mut random)?;
    let (raw, rest) = random.split_at(32);
    let key = RawKey::from_slice(raw).ok_or(ErrorCode::Internal)?;
    match passphrase.filter(|text| !text.is_empty()) {
        Some(text) if text.chars().count() < SHORTEST => {
            return Err(RpcError::new(ErrorCode::ShortPassphrase)
                .with("min", SHORTEST)
                .at("passphrase"));
        }
        Some(text) => {
            let (salt, nonce) = rest.split_at(16);
            let (Ok(salt), Ok(nonce)) = (salt.try_into(), nonce.try_into()) else {
                return Err(ErrorCode::Internal.into());
            };
            let wrapped = WrappedKey::seal(&key, text, salt, nonce).map_err(|_| ErrorCode::Internal)?;
            let text = serde_json::to_string(&wrapped).map_err(|_| ErrorCode::Internal)?;
            // Written beside and renamed: never half a key file.
            let part = dir.join("key.json.part");
            fs::write(&part, text)
                .and_then(|()| fs::rename(part, key_file(dir)))
                .map_err(|_| ErrorCode::Storage)?;
        }
        None => keychain
            .store(&account(dir), key.as_bytes())
            .map_err(|_| RpcError::new(ErrorCode::PassphraseNeeded).at("passphrase"))?,
    }
    Ok(key)
}

/// Opens a key kept under a passphrase.
pub(crate) fn unwrap(dir: &Path, passphrase: Option<&str>) -> Answered<RawKey> {
    let Some(passphrase) = passphrase.filter(|text| !text.is_empty()) else {
        return Err(RpcError::new(ErrorCode::Required).at("passphrase"));
    };
    let text = fs::read_to_string(key_file(dir)).map_err(|_| ErrorCode::Storage)?;
    let wrapped: WrappedKey = serde_json::from_str(&text).map_err(|_| ErrorCode::Storage)?;
    wrapped
        .open(passphrase)
        .map_err(|_| RpcError::new(ErrorCode::WrongPassphrase).at("passphrase"))
}
