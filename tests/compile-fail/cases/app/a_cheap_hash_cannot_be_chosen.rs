//! No cost below the minimum: the constructor for tests exists only if a test requests it.

use palisade_core::utils::crypto::password::BcryptCost;

pub fn cheap() {
    BcryptCost::for_tests(4);
}
