//! Routes with listeners that a product must not be able to mount.

use std::time::Duration;

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::{Listeners, Listening, Nothing};
use palisade_core::limits::RELAXED;
use palisade_core::output::{Accepted, Empty, Events, Feed};
use palisade_core::routes::{Mount, Route, Routes, get, post};

const FEW: Listeners = Listeners::at_most(2, 10);

async fn heard(
    feed: Feed<(), Empty>,
    _: Visitor,
    input: Listening<Nothing>,
) -> Result<Events<Empty>, AppError> {
    Ok(feed.listen(input.seat, ()))
}

async fn not_heard(_: Feed<(), Empty>, _: Visitor, _: Listening<Nothing>) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}

fn mistakes(route: Route<Feed<(), Empty>>) -> Vec<String> {
    let mount = Mount::new().at("", Routes::new().add(route), Feed::new(1));
    mount.finish().map_or_else(|error| error.0, |_| Vec::new())
}

#[test]
fn events_are_the_answer_to_a_get() {
    let route = |begin: palisade_core::routes::NewRoute| {
        mistakes(begin.limit(RELAXED).public().no_input().listeners(FEW).handle(heard))
    };
    assert_eq!(route(get("/events")), [""; 0]);
    let said = route(post("/events"));
    assert!(said.len() == 1 && said[0].contains("is the answer to a GET"), "{said:?}");
}

#[test]
fn a_seat_is_for_a_stream_of_events() {
    let said = mistakes(get("/events").limit(RELAXED).public().no_input().listeners(FEW).handle(not_heard));
    assert!(said.len() == 1 && said[0].contains("answers with `Events`"), "{said:?}");
}

#[test]
fn the_numbers_of_listeners_agree() {
    let wrong = [
        Listeners::at_most(0, 10),
        Listeners::at_most(11, 10),
        Listeners::at_most(1, 1).heartbeat(Duration::ZERO),
    ];
    for listeners in wrong {
        let route = get("/events").limit(RELAXED).public().no_input().listeners(listeners).handle(heard);
        assert_eq!(mistakes(route).len(), 1, "{listeners:?}");
    }
}
