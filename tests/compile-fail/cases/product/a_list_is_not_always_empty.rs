//! A list that is always empty says nothing.

palisade_core::text! { pub Tag, 1..=20 characters, |text| Ok(text); }
palisade_core::list! { pub Tags of Tag, 0..=0; }
