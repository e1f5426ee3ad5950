//! Whatever the operator does is logged: an `Operator` that was not begun with `act` does not exist.

use palisade_core::identity::Operator;

pub fn forge() -> Operator<'static> {
    Operator { act: "nothing to see here" }
}
