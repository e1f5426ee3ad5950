//! Bounds are closed, as `minimum` and `maximum` of the OpenAPI document are.

palisade_core::number! { pub Copies, 1..100; }
