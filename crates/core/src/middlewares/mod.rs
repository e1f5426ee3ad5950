//! The gates of the request life cycle, one file each. The life cycle orders them; none knows its neighbors.

pub mod cors;
pub mod csrf;
pub mod origin;
