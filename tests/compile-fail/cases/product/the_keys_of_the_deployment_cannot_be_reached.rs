//! Nobody outside the house signs a token, derives a key or peppers a hash: what could is not given out.

use palisade_modules::Services;

pub fn reach(services: &Services) {
    services.keys.tokens();
    services.keys.keyring();
    services.keys.peppers();
}
