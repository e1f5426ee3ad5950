//! The reference page: the OpenAPI document for people, rendered once at start. It loads nothing from other addresses.

mod fields;
mod operation;
mod page;
mod sample;
#[cfg(test)]
mod tests;

pub use page::reference_page;
