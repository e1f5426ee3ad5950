//! The client against a small provider on loopback.
