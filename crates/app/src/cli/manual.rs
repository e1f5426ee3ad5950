//! The files that describe this command line to other programs: completions for shells, and pages for `man`.

use std::path::Path;

use clap_complete::{Generator as _, Shell};
use clap_mangen::Man;

use super::context::Failure;
use super::terminal;
use crate::product::Product;

/// The command line without its hidden commands, which the script of a shell would offer. clap cannot take one away.
fn visible(product: &Product, command: &clap::Command) -> clap::Command {
    let commands = command.get_subcommands().filter(|one| !one.is_hide_set()).cloned();
    clap::Command::new(product.program)
        .version(product.version)
        .about(command.get_about().cloned().unwrap_or_default())
        .after_help(command.get_after_help().cloned().unwrap_or_default())
        .subcommands(commands.collect::<Vec<_>>())
}

/// `palisade completions`: the script for this shell, on standard output.
pub(super) fn completions(product: &Product, command: &clap::Command, shell: Shell) -> Result<(), Failure> {
    let mut command = visible(product, command);
    command.set_bin_name(product.program);
    command.build();
    let mut script = Vec::new();
    shell.try_generate(&command, &mut script)?;
    terminal::print(&String::from_utf8(script)?)
}

/// `palisade man`: the page about the program on standard output, or one page for it and for each command into a folder.
pub(super) fn pages(
    product: &Product,
    command: &clap::Command,
    folder: Option<&Path>,
) -> Result<(), Failure> {
    // `palisade help` has no page: the others are its answers.
    let command = visible(product, command).disable_help_subcommand(true);
    if let Some(folder) = folder {
        return clap_mangen::generate_to(command, folder)
            .map_err(|error| format!("writing into {}: {error}", folder.display()).into());
    }
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    terminal::print(&String::from_utf8(page)?)
}
