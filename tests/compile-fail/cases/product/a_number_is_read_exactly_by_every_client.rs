//! JavaScript reads whole numbers beyond 2^53 as others.

palisade_core::number! { pub Copies, 0..=9_007_199_254_740_992; }
