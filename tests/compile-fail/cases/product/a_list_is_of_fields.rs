//! The elements of a list are fields with rules of their own.

palisade_core::list! { pub Tags of String, 0..=10; }
