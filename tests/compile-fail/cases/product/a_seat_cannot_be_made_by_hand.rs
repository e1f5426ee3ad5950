//! A seat is taken by the server, which counts it.

use palisade_core::input::Seat;

pub fn seat() -> Seat {
    Seat {}
}
