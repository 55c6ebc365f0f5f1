//! The raw key of the databases in the system's keychain.
//!
//! A keychain that is locked or absent may never answer: every call runs on a thread of its own and
//! is given up after [`PATIENCE`]; the desk then asks for a passphrase.

use std::sync::mpsc;
use std::time::Duration;

use zeroize::Zeroizing;

/// How long the keychain may take.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Name under which keys are kept.
const SERVICE: &str = "it.lanterna.desk";

/// Why the keychain cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeychainError {
    /// There is none, or it refused.
    #[error("no usable keychain")]
    Unavailable,
    /// It did not answer in time.
    #[error("the keychain did not answer in time")]
    Silent,
}

/// The system's keychain, or none.
pub trait Keychain: Send + Sync + 'static {
    /// The key kept for a data folder, if any.
    ///
    /// # Errors
    /// Why the keychain cannot be used.
    fn load(&self, account: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeychainError>;

    /// Keeps a key for a data folder and reads it back.
    ///
    /// # Errors
    /// Why the keychain cannot be used.
    fn store(&self, account: &str, key: &[u8]) -> Result<(), KeychainError>;
}

/// The keychain of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemKeychain;

impl Keychain for SystemKeychain {
    fn load(&self, account: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeychainError> {
        let account = account.to_owned();
        patiently(move || match entry(&account)?.get_secret() {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(_) => Err(KeychainError::Unavailable),
        })
    }

    fn store(&self, account: &str, key: &[u8]) -> Result<(), KeychainError> {
        let account = account.to_owned();
        let key = Zeroizing::new(key.to_vec());
        patiently(move || {
            let entry = entry(&account)?;
            entry.set_secret(&key).map_err(|_| KeychainError::Unavailable)?;
            match entry.get_secret() {
                Ok(kept) if kept == *key => Ok(()),
                _ => Err(KeychainError::Unavailable),
            }
        })
    }
}

/// No keychain: the passphrase is always asked for. For the command line and for servers.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKeychain;

impl Keychain for NoKeychain {
    fn load(&self, _: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeychainError> {
        Err(KeychainError::Unavailable)
    }

    fn store(&self, _: &str, _: &[u8]) -> Result<(), KeychainError> {
        Err(KeychainError::Unavailable)
    }
}

fn entry(account: &str) -> Result<keyring::Entry, KeychainError> {
    keyring::Entry::new(SERVICE, account).map_err(|_| KeychainError::Unavailable)
}

fn patiently<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, KeychainError> + Send + 'static,
) -> Result<T, KeychainError> {
    let (sender, receiver) = mpsc::channel();
    // The thread is left behind when it hangs: there is no way to call it back.
    std::thread::spawn(move || {
        let _ = sender.send(work());
    });
    receiver.recv_timeout(PATIENCE).unwrap_or(Err(KeychainError::Silent))
}
