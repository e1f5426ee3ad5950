//! Every action of the operator is logged: an `Operator` can be created only with `act`.

use palisade_core::identity::Operator;

pub fn forge() -> Operator<'static> {
    Operator { act: "nothing to see here" }
}
