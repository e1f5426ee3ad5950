//! The cost of a decision: in memory with a million live counters, compared to `governor`; and with the feature
//! `shared` in Redis and in MongoDB, as a ratio to the round trips of the bare client. All in one run, in turns.
//!
//! ```sh
//! cargo run --release -p palisade-limits-bench
//! REDIS_TEST_URL=redis://127.0.0.1:6379 MONGODB_TEST_URL=mongodb://127.0.0.1/ \
//!     cargo run --release -p palisade-limits-bench --features shared
//! ```

mod memory;
#[cfg(feature = "shared")]
mod shared;

use std::io::Write as _;
use std::process::ExitCode;

/// Why there is no table.
type Failure = Box<dyn std::error::Error>;

fn report() -> Result<String, Failure> {
    let report = memory::report()?;
    #[cfg(feature = "shared")]
    let report = report + &shared::report()?;
    Ok(report)
}

fn main() -> ExitCode {
    match report() {
        Ok(report) => {
            let _ = write!(std::io::stdout(), "{report}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "palisade-limits-bench: {failure}");
            ExitCode::FAILURE
        }
    }
}
