//! Inputs: the data that a route accepts, declared in parts over newtypes.
//!
//! A newtype's one fallible constructor ([`Field::from_text`](crate::values::Field::from_text)) is the only place
//! of its rule, with its schema beside it. A handler never sees the wire format.

mod declare;
mod listeners;
mod listening;
mod page;
mod parts;
mod reading;
mod repeatable;
mod rule;
mod signed;
mod upload;
mod uploaded;

#[doc(hidden)]
pub use declare::sealed;
pub use declare::{Input, InputDoc, Nothing, ParameterDoc, SignedDoc};
pub use listeners::Listeners;
pub(crate) use listening::{Check, Listener, Room, last_event_id};
pub use listening::{EventId, Listening, Seat};
pub use parts::{CookieField, InputField, InputReader, RawInput};
pub(crate) use reading::{Reading, Reads};
pub(crate) use repeatable::key_text;
pub use repeatable::{Repeatable, RequestKey};
pub use rule::{AnyInput, CarriesPassword, Demand, InputRule, Meets, WithPassword};
pub use signed::{Authentic, MAX_SIGNED_BYTES, Refusal, Signed, SignedRequest, Verifier};
pub use upload::Upload;
pub(crate) use uploaded::UploadTarget;
pub use uploaded::{StagedFile, Uploaded};
