//! Only Palisade signs tokens, derives keys and peppers hashes: its functions for that are private.

use palisade_modules::Services;

pub fn reach(services: &Services) {
    services.keys.tokens();
    services.keys.keyring();
    services.keys.peppers();
}
