//! The OpenAPI 3.1 document and the reference page, both from the mounted routes and nothing else: every served
//! route is described, and every described route is served.

mod components;
mod document;
mod documentation;
mod model;
mod operation;
mod reference;
mod responses;
#[cfg(test)]
mod tests;
mod webhook;

pub use document::{Info, document};
pub use documentation::Documentation;
pub use model::Document;
pub use reference::reference_page;
pub use webhook::Webhook;
