//! The program `palisade`: read the configuration, open, mount, run.

use std::process::ExitCode;

fn main() -> ExitCode {
    palisade::cli::run()
}
