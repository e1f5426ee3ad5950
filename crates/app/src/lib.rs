//! The HTTP face of Palisade: routes and pages, declarations only.

pub mod pages;
