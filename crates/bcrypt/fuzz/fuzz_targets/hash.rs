//! Any text as a stored hash: whatever is taken is written as it was read, and the crate reads the same in it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade_bcrypt::Hash;

fuzz_target!(|text: &str| {
    let lenient = Hash::parse_with_spare_bits(text);
    let Ok(hash) = text.parse::<Hash>() else { return };
    assert_eq!(lenient, Ok(hash));
    assert_eq!(hash.to_string(), text);
    let theirs: bcrypt::HashParts = text.parse().expect("what we take, the crate takes");
    assert_eq!((theirs.get_cost(), theirs.get_salt_raw()), (hash.cost().get(), hash.salt().bytes()));
});
