//! The source check: rules that neither the compiler nor clippy can enforce.
//!
//! One file per rule. Each has a pair of small trees in `fixtures/`: `good` keeps the rule, and `bad.txt` holds the
//! findings for `bad`.

mod handlers;
mod layers;
mod mod_files;
mod modules;
mod names;
mod parsed;
mod routes;
mod rules;
mod words;
mod writes;

pub(crate) use layers::document;
pub(crate) use rules::check;
