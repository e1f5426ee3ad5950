//! Reversed bounds would refuse every text.

palisade_core::text! { pub Name, 100..=1 characters, |text| Ok(text); }
