//! The rules of a house that neither the compiler nor clippy can enforce: which file may name what, what a route may decide, which
//! files a module has. Palisade checks itself with them, and a product its own house ([`product`]).
//!
//! Nothing of Palisade may enter here: a check reads sources and manifests as text.

mod finding;
mod house;
mod parsed;
mod product;
mod rules;

pub use finding::Finding;
pub use house::{Crate, House, Layer};
pub use parsed::{Parsed, parse};
pub use product::check as product;
