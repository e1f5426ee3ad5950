//! The program of the product: every command of `palisade`, with notes.

use std::process::ExitCode;

use palisade_core::identity::{Console, ConsoleTaken};

fn main() -> Result<ExitCode, ConsoleTaken> {
    Console::take(|console| palisade::run(console, &palisade_notes_example::PRODUCT))
}
