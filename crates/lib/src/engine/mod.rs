//! The contract between the typed layer and the engines: queries, writes, raw documents, and errors.
//!
//! Nothing here knows a document type, and nothing here opens a database. An engine is a folder above this one.

mod bounds;
mod clock;
mod error;
mod location;
mod meta;
mod open_error;
pub(crate) mod plan;
mod reserved;
pub(crate) mod spec;
mod strangers;

pub use bounds::{BATCH_DEADLINE, MAX_BATCH, MAX_DOCUMENT_BYTES, MAX_KEY_BYTES, WALK_STEP};
pub use clock::ClockReading;
pub(crate) use error::Cause;
pub use error::StoreError;
pub use location::AddressError;
pub(crate) use location::Trust;
pub(crate) use meta::Meta;
pub use open_error::OpenError;
pub use reserved::{belongs_to_palisade, is_reserved};
pub use spec::{CollectionSpec, FieldSpec, IndexSpec, SortSpec};
pub(crate) use strangers::SearchDepth;
pub use strangers::Stranger;
