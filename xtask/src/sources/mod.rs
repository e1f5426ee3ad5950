//! The source check: rules that neither the compiler nor clippy can enforce.
//!
//! The rules that hold for products, too, are those of `palisade-house`. Each has a pair of small trees in `fixtures/`: `good`
//! keeps the rule, and `bad.txt` holds the findings for `bad`.

mod document;
mod routes;
mod rules;
mod table;

pub(crate) use document::document;
pub(crate) use rules::check;
