//! Any text as a stored hash: an accepted hash is written as it was read, the crate reads the same values, and for
//! one of the lowest cost the C library of the system computes the same hash of a password.

#![no_main]

#[path = "../../tests/common/mod.rs"]
mod common;

use std::cell::RefCell;

use common::C;
use libfuzzer_sys::fuzz_target;
use palisade_bcrypt::{Cost, Hash, Key};

const PASSWORD: &str = "correct horse";

thread_local! {
    /// One process for the whole run.
    static IN_C: RefCell<C> = RefCell::new(C::start());
}

fuzz_target!(|text: &str| {
    let lenient = Hash::parse_with_spare_bits(text);
    let Ok(hash) = text.parse::<Hash>() else { return };
    assert_eq!(lenient, Ok(hash));
    assert_eq!(hash.to_string(), text);
    let theirs: bcrypt::HashParts = text.parse().expect("what we take, the crate takes");
    assert_eq!((theirs.get_cost(), theirs.get_salt_raw()), (hash.cost().get(), hash.salt().bytes()));
    if hash.cost() == Cost::MIN {
        let digest = hash.job(Key::truncated(PASSWORD)).digest();
        let ours = Hash::new(hash.version(), hash.cost(), hash.salt(), digest).to_string();
        let in_c = IN_C.with_borrow_mut(|c| {
            c.ask(text, PASSWORD.as_bytes());
            c.answer()
        });
        assert_eq!(in_c, ours);
    }
});
