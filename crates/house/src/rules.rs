//! Every rule of the source check, one a file.

mod handlers;
mod layers;
mod mod_files;
mod modules;
mod names;
mod words;
mod writes;

use crate::finding::Finding;
use crate::house::House;
use crate::parsed::Parsed;

pub(crate) use layers::{Module, is_test, module_path, only_tests, without_files};

type Rule = fn(&House, &[Parsed]) -> Vec<Finding>;

/// Every rule, by the name of its fixtures.
pub(crate) const RULES: &[(&str, Rule)] = &[
    ("layers", layers::check),
    ("handlers", handlers::check),
    ("mod_files", mod_files::check),
    ("modules", modules::check),
    ("names", names::check),
    ("words", words::check),
    ("writes", writes::check),
];
