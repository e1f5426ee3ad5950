//! The outer band: what happens to every request before and after its route, as layers around it.

mod arrive;
mod arrived;
mod band;
mod cors;
mod deadline;
mod door;
mod finish;
mod headers;
mod panics;
mod routes;
mod unread;

pub use arrived::ResponseBody;
pub(super) use band::serve;
pub(super) use unread::unreadable;
