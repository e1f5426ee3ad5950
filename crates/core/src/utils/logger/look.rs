//! The appearance of lines.

use super::pretty::Paint;

/// A format, and whether it is in color.
#[derive(Clone, Copy, Debug)]
pub(super) enum Look {
    Json,
    Pretty(Paint),
}
