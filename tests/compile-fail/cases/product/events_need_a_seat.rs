//! A stream of events takes a seat, so a route says how many may listen at once.

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::Nothing;
use palisade_core::limits::NORMAL;
use palisade_core::output::{Empty, Events, Feed};
use palisade_core::routes::get;

pub fn declare() {
    get("/events").limit(NORMAL).public().no_input().handle(listen);
}

async fn listen(feed: Feed<u32, Empty>, _: Visitor, _: Nothing) -> Result<Events<Empty>, AppError> {
    Ok(feed.listen(1))
}
