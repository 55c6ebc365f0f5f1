//! One-time enrolment codes: how they are made, spelt and hashed.

use chrono::{DateTime, TimeDelta, Utc};
use lanterna_model::access::Channel;
use sha2::{Digest, Sha256};

use crate::entropy::{Entropy, NoEntropy};
use crate::ledger::{Ledger, LedgerError, SecretHash};

/// Days a code stays good.
pub const VALID_DAYS: i64 = 7;

/// Crockford's base 32: no I, L, O or U, so that a code can be read out over the telephone.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHARACTERS: usize = 16;
const GROUP: usize = 4;

/// Why no code was issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// See there.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// See there.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Makes a code of 80 random bits, four groups of four characters.
///
/// # Errors
/// [`NoEntropy`] when the system has none to give.
pub fn new_code(entropy: &dyn Entropy) -> Result<String, NoEntropy> {
    let mut random = [0u8; CHARACTERS];
    entropy.fill(&mut random)?;
    let mut code = String::with_capacity(CHARACTERS + CHARACTERS / GROUP);
    for (at, byte) in random.iter().enumerate() {
        if at > 0 && at % GROUP == 0 {
            code.push('-');
        }
        code.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    Ok(code)
}

/// The one spelling of a code: blanks and hyphens dropped, letters raised, and the letters that
/// look like digits read as these. Whatever else was typed stays and will match nothing.
#[must_use]
pub fn canonical(code: &str) -> String {
    code.chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

/// The hash under which a code (in its canonical spelling) or a token is kept.
#[must_use]
pub fn secret_hash(secret: &str) -> SecretHash {
    Sha256::digest(secret.as_bytes()).into()
}

/// Makes a code for a channel and notes its hash in the ledger.
///
/// # Errors
/// [`IssueError`] when randomness or the ledger fails; no code is good then.
pub async fn issue<L: Ledger>(
    ledger: &L,
    entropy: &dyn Entropy,
    channel: Channel,
    now: DateTime<Utc>,
) -> Result<String, IssueError> {
    let code = new_code(entropy)?;
    let hash = secret_hash(&canonical(&code));
    ledger
        .add_enrolment_code(&hash, channel, now + TimeDelta::days(VALID_DAYS))
        .await?;
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn a_code_is_four_groups_and_its_own_canonical_spelling_without_hyphens() {
        let code = new_code(&SystemEntropy).unwrap();
        assert_eq!(code.len(), 19);
        assert_eq!(canonical(&code), code.replace('-', ""));
        assert_ne!(code, new_code(&SystemEntropy).unwrap());
    }

    #[test]
    fn blanks_hyphens_case_and_lookalikes_do_not_matter() {
        assert_eq!(canonical(" abcd-0Oo1 iIlL "), "ABCD00011111");
    }
}
