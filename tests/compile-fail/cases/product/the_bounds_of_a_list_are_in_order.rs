//! Reversed bounds would refuse every list.

palisade_core::text! { pub Tag, 1..=20 characters, |text| Ok(text); }
palisade_core::list! { pub Tags of Tag, 10..=1; }
