//! `cargo xtask bench`: what the real binary costs, measured against a bare server of the same stack and against its
//! own idle self, all in one run. It prints a table and writes nothing.
//!
//! Nothing of the product is linked: it is measured from outside, as it is shipped.

mod account;
mod load;
mod process;
mod report;
mod runs;
mod storm;
mod wire;

use std::io::Write as _;
use std::process::ExitCode;

/// Why there is no table.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    // One thread: the generator must not take more of the machine than it needs.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(runs::all()),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(report) => {
            let _ = write!(std::io::stdout(), "{report}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "palisade-bench: {failure}");
            ExitCode::FAILURE
        }
    }
}
