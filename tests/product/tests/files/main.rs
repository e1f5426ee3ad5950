//! A small product with files: uploaded as a form into a folder, and downloaded whole or in part.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod downloads;
mod house;
mod large;
mod mounting;
mod uploads;
