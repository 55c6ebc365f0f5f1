//! The central's seal on what it tells desks: outcomes and leases. Nobody but the central has to
//! know it for its own, so it is a message authentication code; its key lies outside of the database,
//! since it has to survive what the database does not (adr/0008).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, Mac};
use lanterna_model::access::Channel;
use lanterna_model::booking_number::DeskCode;
use lanterna_model::ids::DeskId;
use lanterna_wire::desk::Readmission;
use lanterna_wire::limits;
use lanterna_wire::operation::Envelope;
use lanterna_wire::outcome::{Answer, Settled};
use lanterna_wire::recovery::Asserted;
use lanterna_wire::snapshot::hex;
use lanterna_wire::stock::StockReply;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::enrolment::secret_hash;
use crate::ledger::{Desk, Grant, Receipt, Restored};

const RECEIPT: &str = "lanterna receipt 1";
const GRANT: &str = "lanterna grant 1";
const PAPERS: &str = "lanterna papers 1";

/// What the papers of a desk say.
#[derive(Serialize, Deserialize)]
struct Papers {
    desk: DeskId,
    code: DeskCode,
    channel: Channel,
    /// SHA-256 of its token, in hexadecimal digits.
    token: String,
}

/// The key, 32 random bytes. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Seal([u8; 32]);

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal(…)")
    }
}

impl Seal {
    /// A seal with this key.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// Tells one seal from another without telling the key, 16 hexadecimal digits.
    #[must_use]
    pub fn mark(&self) -> String {
        let digest = Sha256::new()
            .chain_update(b"lanterna seal mark 1\0")
            .chain_update(self.0)
            .finalize();
        hex(&digest[..8])
    }

    /// Gives the answer to a desk's operation its receipt; the same answer gets the same.
    pub fn receipt(&self, desk: DeskId, envelope: &Envelope, answer: &mut Answer) {
        if let Answer::Outcome(settled) = answer {
            let Settled { epoch, outcome, at, .. } = &*settled;
            let receipt = Receipt {
                epoch: epoch.clone(),
                desk,
                operation: envelope.id,
                hash: digest(&envelope.body),
                outcome: outcome.clone(),
                at: *at,
            };
            // A document of texts and numbers: it can be written.
            if let Ok(text) = serde_json::to_string(&receipt) {
                settled.receipt = self.close(RECEIPT, &text);
            }
        }
    }

    /// Seals the grants of an answer to an exchange.
    pub fn grants(&self, reply: &mut StockReply) {
        if let StockReply::Stock { leases, .. } = reply {
            for lease in leases.iter_mut().filter(|lease| !lease.grant.is_empty()) {
                lease.grant = self.close(GRANT, &lease.grant);
            }
        }
    }

    /// What a desk asserts of an operation, if the central has sealed it for that desk and these bytes.
    #[must_use]
    pub fn restored(&self, desk: DeskId, asserted: &Asserted) -> Option<Restored> {
        let receipt: Receipt = self.open(RECEIPT, &asserted.receipt)?;
        let same = receipt.desk == desk && receipt.operation == asserted.id && receipt.hash == digest(&asserted.body);
        same.then(|| Restored {
            envelope: Envelope {
                id: asserted.id,
                number: asserted.number,
                body: asserted.body.clone(),
            },
            receipt,
        })
    }

    /// What a desk asserts of a lease, if the central has sealed it for that desk.
    #[must_use]
    pub fn granted(&self, desk: DeskId, grant: &str) -> Option<Grant> {
        self.open(GRANT, grant).filter(|grant: &Grant| grant.desk == desk)
    }

    /// The papers of a desk that was just enrolled.
    #[must_use]
    pub fn papers(&self, desk: &Desk, token: &str) -> String {
        let papers = Papers {
            desk: desk.id,
            code: desk.code.clone(),
            channel: desk.channel,
            token: hex(&secret_hash(token)),
        };
        serde_json::to_string(&papers).map_or_else(|_| String::new(), |text| self.close(PAPERS, &text))
    }

    /// The desk whose papers these are, if the token that comes with them is its own.
    #[must_use]
    pub fn known(&self, readmission: &Readmission) -> Option<Desk> {
        let papers: Papers = self.open(PAPERS, &readmission.papers)?;
        let own = papers.token == hex(&secret_hash(&readmission.token));
        own.then_some(Desk {
            id: papers.desk,
            code: papers.code,
            channel: papers.channel,
        })
    }

    fn code(&self, kind: &str, text: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(text);
        Some(mac)
    }

    /// Text and code, each in base 64, with a point between them. Empty should there be no code, which a
    /// key of 32 bytes always has.
    fn close(&self, kind: &str, text: &str) -> String {
        self.code(kind, text.as_bytes()).map_or_else(String::new, |mac| {
            let code = mac.finalize().into_bytes();
            format!("{}.{}", BASE64.encode(text), BASE64.encode(code))
        })
    }

    fn open<T: DeserializeOwned>(&self, kind: &str, sealed: &str) -> Option<T> {
        if sealed.len() > limits::SEALED_BYTES {
            return None;
        }
        let (text, code) = sealed.split_once('.')?;
        let (text, code) = (BASE64.decode(text).ok()?, BASE64.decode(code).ok()?);
        // Compared in constant time.
        self.code(kind, &text)?.verify_slice(&code).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

fn digest(body: &str) -> String {
    hex(&Sha256::digest(body.as_bytes()))
}

#[cfg(test)]
mod tests {
    use lanterna_wire::outcome::Outcome;
    use uuid::Uuid;

    use super::*;

    fn envelope() -> Envelope {
        Envelope {
            id: Uuid::from_u128(7),
            number: 3,
            body: "{}".to_owned(),
        }
    }

    fn answer() -> Answer {
        Answer::Outcome(Settled {
            outcome: Outcome::Confirmed,
            epoch: "e".repeat(32),
            seq: 9,
            at: "2026-03-02T08:00:00Z".parse().unwrap(),
            receipt: String::new(),
        })
    }

    fn asserted(seal: &Seal) -> Asserted {
        let mut answer = answer();
        seal.receipt(DeskId(1), &envelope(), &mut answer);
        let Answer::Outcome(settled) = answer else {
            panic!("an outcome")
        };
        Asserted {
            id: envelope().id,
            number: 3,
            body: envelope().body,
            receipt: settled.receipt,
        }
    }

    #[test]
    fn a_receipt_is_believed_from_the_desk_and_for_the_bytes_it_was_made_for() {
        let seal = Seal::new([1; 32]);
        let told = asserted(&seal);
        let restored = seal.restored(DeskId(1), &told).unwrap();
        assert_eq!(restored.receipt.outcome, Outcome::Confirmed);
        assert_eq!(restored.envelope, envelope());
        assert_eq!(seal.restored(DeskId(2), &told), None, "another desk's");
        let other = Asserted {
            body: "{ }".to_owned(),
            ..told.clone()
        };
        assert_eq!(seal.restored(DeskId(1), &other), None, "other bytes");
        assert_eq!(Seal::new([2; 32]).restored(DeskId(1), &told), None, "another seal");
        assert_eq!(
            asserted(&seal).receipt,
            told.receipt,
            "the same answer, the same receipt"
        );
    }

    #[test]
    fn a_receipt_that_was_touched_is_not_believed() {
        let seal = Seal::new([1; 32]);
        let told = asserted(&seal);
        let (text, code) = told.receipt.split_once('.').unwrap();
        let plain = String::from_utf8(BASE64.decode(text).unwrap()).unwrap();
        let forged = plain.replace("\"operation\"", "\"operations\"");
        for receipt in [
            String::new(),
            text.to_owned(),
            format!("{}.{code}", BASE64.encode(forged)),
            format!("{text}.{}", BASE64.encode([0; 32])),
            "a".repeat(limits::SEALED_BYTES + 1),
        ] {
            assert_eq!(
                seal.restored(
                    DeskId(1),
                    &Asserted {
                        receipt,
                        ..told.clone()
                    }
                ),
                None
            );
        }
    }

    #[test]
    fn papers_are_good_with_their_own_token() {
        let seal = Seal::new([1; 32]);
        let desk = Desk {
            id: DeskId(7),
            code: DeskCode::of(7),
            channel: Channel::Mmg,
        };
        let shown = |token: &str| Readmission {
            papers: seal.papers(&desk, "token"),
            token: token.to_owned(),
        };
        assert_eq!(seal.known(&shown("token")), Some(desk.clone()));
        assert_eq!(seal.known(&shown("another")), None);
        assert_eq!(Seal::new([2; 32]).known(&shown("token")), None);
    }

    #[test]
    fn a_grant_is_no_receipt() {
        let seal = Seal::new([1; 32]);
        assert_eq!(seal.granted(DeskId(1), &asserted(&seal).receipt), None);
    }
}
