//! The data of an event are a view, as those of every answer.

use palisade_core::output::Event;

pub struct Stored {
    pub password_hash: String,
}

pub fn event(stored: Stored) -> Event<Stored> {
    Event::new(stored)
}
