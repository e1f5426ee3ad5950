//! Routes: declared one by one, mounted together.
//!
//! Nothing is served here; the server takes them as values.

mod builder;
mod mount;

pub use crate::declaration::{AccessKind, Declaration, Method};
pub use builder::{
    Codes, FinishedRoute, NewRoute, NoAccess, NoInput, NoRateLimit, Reads, ReadsListening, ReadsRepeatable,
    ReadsSigned, ReadsUpload, Route, RouteBuilder, Routes, cross_site_form, delete, get, patch, post, put,
};
pub use mount::{Mount, MountError, Mounted, Mounts};

#[cfg(test)]
mod tests;
