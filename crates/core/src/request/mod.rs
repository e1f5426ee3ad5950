//! One request: what came, what is known about it so far, and by when it must be answered.
//!
//! Nothing that decides may enter; the phases note here what they found.

mod body;
mod context;
mod deadline;
mod http;
mod phase;

pub(crate) use self::http::{Request, Response};
pub(crate) use body::{Body, BodyError};
pub use context::RequestContext;
pub(crate) use context::{AccessRecord, Cookies};
pub(crate) use deadline::{Deadline, Late};
pub use phase::Phase;
