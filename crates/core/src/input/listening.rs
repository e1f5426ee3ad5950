//! Routes whose callers listen: the answer goes on until one of the two sides ends it.
//!
//! A listener takes a seat before the handler runs. The number of seats is part of the declaration, so no route can let
//! connections pile up; and a stream of events cannot be made without a seat.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use parking_lot::Mutex;

use super::{AnyInput, Demand, Input, Listeners, Meets};
use crate::drain::Drain;
use crate::errors::{AppError, codes};
use crate::net::NetworkKey;
use crate::values::{Detail, Violation};

/// When a listener without a seat may try again.
const FULL_FOR: Duration = Duration::from_secs(10);

/// The id of an event, as `id:` and `Last-Event-ID` have it: 1 to 128 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventId(String);

impl EventId {
    /// Parses it.
    ///
    /// # Errors
    /// For anything else.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        if (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(text.to_owned()));
        }
        Err(Violation::invalid_format("must be 1 to 128 visible ASCII characters"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The input of a route with listeners.
#[derive(Debug)]
pub struct Listening<I> {
    /// What the route reads of its path and its query.
    pub input: I,
    /// The last event that the client has: it lost its connection, and asks for what it missed.
    pub last_event_id: Option<EventId>,
    /// The seat that the answer takes.
    pub seat: Seat,
}

impl<I: Input> Meets<AnyInput> for Listening<I> {
    fn demand(&self) -> Demand<'_> {
        Demand::Nothing
    }
}

/// Who takes a seat.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Listener {
    Identified(Arc<str>),
    Network(NetworkKey),
}

/// The seats of a route.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) listeners: Listeners,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    in_all: u32,
    by_caller: HashMap<Listener, u32>,
}

impl Room {
    pub(crate) fn new(listeners: Listeners) -> Arc<Self> {
        Arc::new(Self { listeners, taken: Mutex::default() })
    }

    /// Takes a seat.
    ///
    /// # Errors
    /// 429 for a caller who has as many as possible; 503 if all are taken.
    pub(crate) fn take(
        self: &Arc<Self>,
        listener: Listener,
        drain: &Arc<Drain>,
        check: Option<Check>,
    ) -> Result<Seat, AppError> {
        let mut taken = self.taken.lock();
        if taken.in_all >= self.listeners.in_all() {
            return Err(AppError::unavailable(FULL_FOR, "as many listen as can"));
        }
        let own = taken.by_caller.entry(listener.clone()).or_default();
        if *own >= self.listeners.per_caller() {
            let error = AppError::new(&codes::RATE_LIMITED).retry_after(FULL_FOR);
            return Err(error.with_message(format!("At most {own} listeners at once: close another one")));
        }
        *own += 1;
        taken.in_all += 1;
        drop(taken);
        Ok(Seat { room: Arc::clone(self), listener, drain: Arc::clone(drain), check })
    }
}

/// Whether the session of a listener goes on.
pub(crate) type Check = Box<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

/// The place of one listener. It is free again when this is dropped: with the answer that it is for.
#[must_use = "dropping it gives the place to somebody else"]
pub struct Seat {
    room: Arc<Room>,
    listener: Listener,
    drain: Arc<Drain>,
    check: Option<Check>,
}

impl Seat {
    pub(crate) fn heartbeat(&self) -> Duration {
        self.room.listeners.pause()
    }

    /// Resolves when the server shuts down.
    pub(crate) fn drained(&self) -> BoxFuture<'static, ()> {
        let drain = Arc::clone(&self.drain);
        let mut begun = drain.subscribe();
        Box::pin(async move {
            if !drain.is_on() {
                // The sender lives as long as the server.
                let _ = begun.changed().await;
            }
        })
    }

    /// Looks at the session again. `None` where nobody is signed in.
    pub(crate) fn check(&self) -> Option<BoxFuture<'static, bool>> {
        self.check.as_ref().map(|check| check())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.room.taken.lock();
        taken.in_all = taken.in_all.saturating_sub(1);
        if let Some(own) = taken.by_caller.get_mut(&self.listener) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.by_caller.remove(&self.listener);
            }
        }
    }
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat").field("listener", &self.listener).finish_non_exhaustive()
    }
}

/// The last event that a client has, of its header.
pub(crate) fn last_event_id(sent: &[u8]) -> Result<EventId, Detail> {
    let text = std::str::from_utf8(sent).unwrap_or_default();
    EventId::parse(text).map_err(|violation| violation.at("Last-Event-ID"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(per_caller: u32, in_all: u32) -> (Arc<Room>, Arc<Drain>) {
        (Room::new(Listeners::at_most(per_caller, in_all)), Arc::default())
    }

    fn of(name: &str) -> Listener {
        Listener::Identified(name.into())
    }

    #[test]
    fn a_seat_is_free_again_when_it_is_dropped() {
        let (room, drain) = room(2, 3);
        let first = room.take(of("ada"), &drain, None).unwrap();
        let second = room.take(of("ada"), &drain, None).unwrap();
        assert_eq!(room.take(of("ada"), &drain, None).unwrap_err().status_code(), 429);
        let third = room.take(of("eve"), &drain, None).unwrap();
        assert_eq!(room.take(of("bob"), &drain, None).unwrap_err().status_code(), 503);
        drop(second);
        let fourth = room.take(of("ada"), &drain, None).unwrap();
        drop((first, third, fourth));
        let taken = room.taken.lock();
        assert!(taken.in_all == 0 && taken.by_caller.is_empty(), "{taken:?}");
    }

    #[test]
    fn an_id_fits_into_a_line() {
        for fine in ["1", "aud_0198", &"x".repeat(128)] {
            assert_eq!(EventId::parse(fine).unwrap().as_str(), fine);
        }
        for wrong in ["", "a b", "a\nb", "a\r", "\0", "é", &"x".repeat(129)] {
            assert!(EventId::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
