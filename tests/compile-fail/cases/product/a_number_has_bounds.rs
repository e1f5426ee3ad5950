//! A number without bounds could be any.

palisade_core::number! { pub Copies; }
