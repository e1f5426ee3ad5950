//! No cost below the least: the constructor for tests is not there unless a test asks for it.

use palisade_core::utils::crypto::password::BcryptCost;

pub fn cheap() {
    BcryptCost::for_tests(4);
}
