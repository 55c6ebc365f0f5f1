//! Bounds that both sides enforce. A message beyond them is refused, never cut.

/// Operations in one batch.
pub const BATCH_OPERATIONS: usize = 100;
/// Bytes of one operation's body.
pub const OPERATION_BYTES: usize = 32 * 1024;
/// Bytes of a request's body.
pub const REQUEST_BYTES: usize = 4 * 1024 * 1024;
/// Appointments of one booking: the lines of a prescription (DM 2 November 2011).
pub const APPOINTMENTS: usize = 8;
/// Changes in one page.
pub const PAGE_CHANGES: usize = 2_000;
/// Schedules in one snapshot chunk.
pub const CHUNK_SCHEDULES: u32 = 256;
/// Bytes of a chunk after decompression.
pub const CHUNK_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of a chunk on the wire.
pub const CHUNK_WIRE_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of the catalogue after decompression.
pub const CATALOGUE_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of a rescue file.
pub const RESCUE_BYTES: usize = REQUEST_BYTES;
/// Leases in one exchange of stock, in either direction.
pub const LEASES: usize = 500;
/// Services that a desk names in one exchange of stock.
pub const WANTS: usize = 24;
/// Operations in one assertion, unless a single booking has more.
pub const ASSERTED_OPERATIONS: usize = 100;
/// Bytes of a receipt or a grant.
pub const SEALED_BYTES: usize = 8 * 1024;
/// Bytes of any other answer.
pub const ANSWER_BYTES: usize = 8 * 1024 * 1024;
/// Characters of a reason or note written by an operator.
pub const NOTE_CHARACTERS: usize = 500;
