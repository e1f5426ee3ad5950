//! The HTTP interface of Palisade: routes and pages, declarations only; and the program of a product.

pub mod api;
pub mod cli;
pub mod host;
pub mod pages;
pub mod product;

pub use cli::run;
pub use product::Product;
