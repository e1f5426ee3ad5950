//! `cargo xtask bench`: what the real binary costs, measured against a bare server of the same stack and against its
//! own idle self, all in one run. It prints a table and writes nothing.
//!
//! Nothing of the product is linked: it is measured from outside, as it is shipped.

mod account;
mod load;
mod pages;
mod process;
mod report;
mod runs;
mod storm;
mod wire;

use std::io::Write as _;
use std::process::ExitCode;

use runs::Part;

/// Why there is no table.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    // One thread: the generator must not take more of the machine than it needs.
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

/// The parts named on the command line; all of them when none is.
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
