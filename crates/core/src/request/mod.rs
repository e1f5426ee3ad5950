//! One request: what came, what is known about it so far, and by when it must be answered.
//!
//! Nothing that decides may enter; the phases note here what they found.

mod accept;
mod body;
mod context;
mod cookies;
mod deadline;
mod http;
mod phase;
mod record;

pub(crate) use self::http::{Request, Response};
pub(crate) use body::{Body, BodyError};
pub use context::RequestContext;
pub(crate) use cookies::Cookies;
pub(crate) use deadline::{Deadline, Late};
pub use phase::Phase;
pub(crate) use record::AccessRecord;
