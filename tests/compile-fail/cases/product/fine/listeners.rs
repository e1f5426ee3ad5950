//! A route with listeners: the handler takes the seat into a feed.

use palisade_core::errors::AppError;
use palisade_core::identity::{AuthenticatedUser, UserId};
use palisade_core::input::{Listeners, Listening, Nothing};
use palisade_core::limits::NORMAL;
use palisade_core::output::{Empty, Event, EventName, Events, Feed};
use palisade_core::routes::{Route, get};

pub const DONE: EventName = EventName::new("job.done");

pub fn declare() -> Route<Feed<UserId, Empty>> {
    get("/events").limit(NORMAL).session().no_input().listeners(Listeners::at_most(2, 10)).handle(listen)
}

async fn listen(
    feed: Feed<UserId, Empty>,
    caller: AuthenticatedUser,
    input: Listening<Nothing>,
) -> Result<Events<Empty>, AppError> {
    Ok(feed.listen(input.seat, caller.user_id()))
}

pub fn done(feed: &Feed<UserId, Empty>, user: UserId) -> usize {
    feed.publish(&user, &Event::new(Empty {}).named(DONE))
}
