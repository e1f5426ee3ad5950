//! A time without bounds could be any.

palisade_core::time! { pub BeginsAt; }
