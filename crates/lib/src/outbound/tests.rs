//! The guard, on real sockets.
