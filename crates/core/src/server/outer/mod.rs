//! The outer band: the layers that every request passes before and after its route.

mod arrive;
mod arrived;
mod band;
mod cors;
mod deadline;
mod finish;
mod head_check;
mod headers;
mod panics;
mod routes;
mod unread;

pub use arrived::ResponseBody;
pub(super) use band::serve;
pub(super) use unread::unreadable;
