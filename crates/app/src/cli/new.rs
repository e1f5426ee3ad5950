//! `palisade new`: the source of a product, or of one more module of it. Never overwrites a file.

mod fields;
mod files;
mod module;
mod names;
mod product;
mod templates;

use clap::Subcommand;

use super::context::{Failure, Invocation};

#[derive(Debug, Subcommand)]
pub(super) enum NewCommand {
    /// Write a product of your own into a new folder: it compiles, and its tests pass.
    Product(product::NewProduct),
    /// Add a module to the product in this folder: a collection, its routes, and tests.
    Module(module::NewModule),
}

pub(super) fn run(given: &Invocation<'_>, command: &NewCommand) -> Result<(), Failure> {
    match command {
        NewCommand::Product(wish) => wish.write(),
        NewCommand::Module(wish) => wish.write(given),
    }
}
