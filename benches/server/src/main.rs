//! `cargo xtask bench`: the cost of the real binary, compared to a bare server of the same stack and to its own
//! idle state, all in one run. It prints a table and writes nothing.
//!
//! It links no part of the product: it measures the shipped binary from outside.

mod account;
mod events;
mod load;
mod pages;
mod process;
mod renames;
mod report;
mod runs;
mod sizes;
mod storm;
mod wire;

use std::io::Write as _;
use std::process::ExitCode;

use runs::Part;

/// Why there is no table.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    // One thread: the generator must not use more of the machine than necessary.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => parts().and_then(|parts| runtime.block_on(runs::run(&parts))),
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

/// The parts named on the command line; all of them if it names none.
fn parts() -> Result<Vec<Part>, Failure> {
    let named = |name: String| {
        let known = Part::ALL.map(Part::name).join(", ");
        Part::ALL
            .into_iter()
            .find(|part| part.name() == name)
            .ok_or_else(|| format!("`{name}` is not a part of this bench; there are: {known}").into())
    };
    let parts: Vec<Part> = std::env::args().skip(1).map(named).collect::<Result<_, Failure>>()?;
    Ok(if parts.is_empty() { Part::ALL.to_vec() } else { parts })
}
