//! Reversed years would refuse every time.

palisade_core::time! { pub BeginsAt, 2100..=2000; }
