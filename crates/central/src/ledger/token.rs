//! Tokens of desks. Only their hashes are stored, and yet a lost answer to an enrolment must be
//! repeatable: so a token follows from what the request brings and a secret of the ledger.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A ledger's secret, 32 random bytes. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenSecret(pub [u8; 32]);

impl std::fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenSecret(…)")
    }
}

/// The token for an enrolment, 64 hexadecimal digits.
///
/// Who reads the ledger has the secret but only a hash of the code; who overhears the code lacks
/// the secret; who repeats the request with the code gets what the first answer held.
/// `code` is the one-time code in its canonical spelling (as it is hashed for the ledger).
#[must_use]
pub fn derive_token(secret: &TokenSecret, code: &str, request: Uuid) -> String {
    // Nested like HMAC, so that no one can extend a hash that was seen.
    let inner = Sha256::new()
        .chain_update(b"lanterna desk token 1\0")
        .chain_update(secret.0)
        .chain_update(request.as_bytes())
        .chain_update(code.as_bytes())
        .finalize();
    let outer = Sha256::new().chain_update(secret.0).chain_update(inner).finalize();
    lanterna_wire::snapshot::hex(&outer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_follows_from_secret_code_and_request_alone() {
        let secret = TokenSecret([7; 32]);
        let request = Uuid::from_u128(5);
        let token = derive_token(&secret, "ABCD", request);
        assert_eq!(token.len(), 64);
        assert_eq!(token, derive_token(&secret, "ABCD", request));
        assert_ne!(token, derive_token(&secret, "ABCE", request));
        assert_ne!(token, derive_token(&secret, "ABCD", Uuid::from_u128(6)));
        assert_ne!(token, derive_token(&TokenSecret([8; 32]), "ABCD", request));
    }
}
