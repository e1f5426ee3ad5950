//! The type of an event is one word: a line feed in it would forge another event.

use palisade_core::output::EventName;

pub const FORGED: EventName = EventName::new("written\ndata: {}");
