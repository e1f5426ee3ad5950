//! What a product built on Palisade adds to the domain, and what its own code works with. Only values enter here: the modules
//! above read them.

mod additions;
mod grant;
mod job;
mod resources;

pub use additions::{Additions, Collections};
pub use grant::{Grant, Rights};
pub use job::{Job, JobRun, Progress};
pub use resources::{Resources, UnlistedSettings};
