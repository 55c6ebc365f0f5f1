//! The desk's two encrypted files and everything that is asked of them.
//!
//! `mirror.db` holds what came from the central and can be thrown away; `desk.db` is the desk's own
//! record and cannot. The only owner of desk SQL. No network, no clock, no randomness.

mod catalogue;
mod error;
mod held;
mod key;
mod mirror;
mod open;
mod overlay;
pub mod record;
mod salvage;
pub mod search;
mod stock;
mod store;
mod verify;

pub use catalogue::CatalogueIndex;
pub use error::{DatabaseFault, StoreError};
pub use held::{Loaded, Loader};
pub use key::{RawKey, WrappedKey};
pub use mirror::{Mirror, Staging};
pub use open::{DESK_FILE, OpenReport, SetAside};
pub use overlay::Overlay;
pub use record::{
    Change, ChangeKind, Enrolment, Exchanged, LeasedPlace, NewBooking, OperationRow, QueuePart, QueuedOperation,
    Record, Settlement, StoredBooking,
};
pub use stock::{NoPromise, Stock};
pub use store::{Store, StoreTx};
