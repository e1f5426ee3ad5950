//! The work that goes on beside the requests, in bounded steps. A running server repeats it; a scheduler can start it
//! by a request where the platform suspends the process between requests.

mod deadline;
mod runner;
pub mod types;

pub(crate) use runner::Foundation;
pub use runner::Jobs;
