//! The reference page: the OpenAPI document for people, rendered once at start. It loads nothing from anywhere.

mod fields;
mod page;
mod sample;

pub use page::reference_page;
