//! What a list does with an element that is there twice is one of three words.

palisade_core::text! { pub Tag, 1..=20 characters, |text| Ok(text); }
palisade_core::list! { pub Tags of Tag, 0..=10 sorted; }
