//! The HTTP interface of Palisade: routes and pages, declarations only.

pub mod api;
pub mod cli;
pub mod host;
pub mod pages;
