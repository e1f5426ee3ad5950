//! The client against a small provider on loopback, which can do one thing wrong at a time.

mod answers;
mod claims;
mod documents;
mod own_interfaces;
mod presets;
mod probes;
mod signer;
mod world;
