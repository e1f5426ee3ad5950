//! One request: its content, the data about it so far, and its deadline.
//!
//! No decisions here; the phases record their results.

mod accept;
mod arrival;
mod body;
mod context;
mod cookies;
mod deadline;
mod http;
mod phase;
mod record;

pub(crate) use self::http::{AnswerBody, IsStreamed, Request, Response};
pub(crate) use arrival::Arrival;
pub(crate) use body::{Body, BodyError, RestBounds};
pub use context::RequestContext;
pub(crate) use cookies::Cookies;
pub(crate) use deadline::{DeadlinePassed, WithDeadline};
pub use phase::Phase;
