//! The program `palisade`: read the configuration, open, mount, run.

use std::process::ExitCode;

use palisade::Product;
use palisade_core::identity::{Console, ConsoleTaken};

fn main() -> Result<ExitCode, ConsoleTaken> {
    Console::take(|console| palisade::run(console, &Product::PALISADE))
}
