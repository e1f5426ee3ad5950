//! A route with listeners has a limit, an access rule and an input like any other.

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::{Listeners, Listening, Nothing};
use palisade_core::limits::NORMAL;
use palisade_core::output::{Empty, Events, Feed};
use palisade_core::routes::get;

const FEW: Listeners = Listeners::at_most(2, 10);

pub fn without_input() {
    get("/events").limit(NORMAL).public().listeners(FEW).handle(listen);
}

pub fn without_access() {
    get("/events").limit(NORMAL).no_input().listeners(FEW).handle(listen);
}

async fn listen(feed: Feed<u32, Empty>, _: Visitor, input: Listening<Nothing>) -> Result<Events<Empty>, AppError> {
    Ok(feed.listen(input.seat, 1))
}
