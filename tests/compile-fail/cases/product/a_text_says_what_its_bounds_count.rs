//! The bounds of a text count characters, and the declaration says so.

palisade_core::text! { pub Name, 1..=100, |text| Ok(text); }
