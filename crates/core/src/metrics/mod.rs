//! What the server counts about itself, for Prometheus, in the text format of OpenMetrics 1.0.
//!
//! No label has a value that a client chooses: routes are templates, codes and policies are closed lists. So the number of
//! series is bounded.

mod counted;
mod source;
mod text;

pub use counted::{Metrics, SignIn};
pub use source::{Distribution, MetricSource, Reading, ReadingValue};
