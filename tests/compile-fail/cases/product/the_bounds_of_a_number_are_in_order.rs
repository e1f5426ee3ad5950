//! Reversed bounds would refuse every number.

palisade_core::number! { pub Copies, 100..=1; }
