//! `POST /v1/stock`: places set aside for a desk ahead of time, asked for, renewed and given back in
//! one exchange. PROTOCOL.md, *Leases*.

use lanterna_model::ids::{LeaseId, MunicipalityCode, ServiceCode};
use lanterna_model::priority::Priority;
use lanterna_model::schedule::SlotSpan;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// One exchange. Its bytes are kept until it is answered: the same exchange repeated is the same text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StockRequest {
    /// Made for this exchange; tells two machines apart that count alike because one is a copy.
    pub id: Uuid,
    /// This life of the desk's record. Leases are bound to it.
    pub incarnation: Uuid,
    /// 1, 2, 3 … within the incarnation. The same exchange again gets the same answer.
    pub number: u64,
    /// Leases given back: the desk has durably renounced them. At most [`crate::limits::LEASES`].
    #[schema(value_type = Vec<u64>)]
    pub surrendered: Vec<LeaseId>,
    /// What this desk books, most often first. At most [`crate::limits::WANTS`].
    pub wants: Vec<Want>,
    /// Where most of its patients live.
    #[schema(value_type = Option<String>)]
    pub near: Option<MunicipalityCode>,
}

/// A service that a desk books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Want {
    /// The service.
    #[schema(value_type = String)]
    pub service: ServiceCode,
    /// The class of the first access; none for a follow-up.
    #[schema(value_type = Option<String>)]
    pub class: Option<Priority>,
    /// Bookings of it in the last weeks.
    pub bookings: u16,
}

/// The answer to an exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum StockReply {
    /// What the desk has from now on.
    Stock {
        /// Every live lease of this incarnation that is not called back, those of before with new
        /// terms.
        leases: Vec<Lease>,
        /// Leases called back: to be renounced durably and then surrendered, unless an operation
        /// names them already.
        #[schema(value_type = Vec<u64>)]
        recalled: Vec<LeaseId>,
        /// Seconds after which the desk does well to exchange again.
        renew_in_seconds: u32,
    },
    /// A later exchange of this incarnation was answered already. Where it is the desk's present one,
    /// its record is an older copy: it begins another incarnation.
    Superseded,
    /// Another machine exchanges as this desk, or the incarnation was ended by a later one. The desk
    /// renounces every promise and begins another incarnation.
    Fenced,
}

/// A place set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Lease {
    /// Never given twice.
    #[schema(value_type = u64)]
    pub id: LeaseId,
    /// The place, long enough for the service.
    #[schema(value_type = Object)]
    pub span: SlotSpan,
    /// The service it was set aside for; any that fits may be booked on it.
    #[schema(value_type = String)]
    pub service: ServiceCode,
    /// For whom it may be booked: bit 0 U, 1 B, 2 D, 3 P, 4 follow-up.
    pub classes: u8,
    /// Seconds from the sending of the request for which the desk may promise it.
    pub book_for_seconds: u32,
    /// Seconds from the sending of the request for which the central surely keeps it.
    pub honour_for_seconds: u32,
    /// The same, sealed by the central: opaque to a desk, which keeps it and hands it back should the
    /// ledger be restored from a backup ([`crate::recovery`]). Empty where the central seals nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub grant: String,
}
