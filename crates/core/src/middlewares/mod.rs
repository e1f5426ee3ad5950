//! The gates of the request life cycle, one file each. The life cycle orders them; none knows its neighbors.
