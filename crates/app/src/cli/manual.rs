//! The files that describe this command line to other programs: completions for shells, and pages for `man`.

use std::path::Path;

use clap_complete::{Generator as _, Shell};
use clap_mangen::Man;

use super::context::Failure;
use super::terminal;

/// `palisade completions`: the script for this shell, on standard output.
pub(super) fn completions(mut command: clap::Command, shell: Shell) -> Result<(), Failure> {
    command.set_bin_name(command.get_name().to_owned());
    command.build();
    let mut script = Vec::new();
    shell.try_generate(&command, &mut script)?;
    terminal::print(&String::from_utf8(script)?)
}

/// `palisade man`: the page about the program on standard output, or one page for it and for each command into a folder.
pub(super) fn pages(command: clap::Command, folder: Option<&Path>) -> Result<(), Failure> {
    if let Some(folder) = folder {
        return clap_mangen::generate_to(command, folder)
            .map_err(|error| format!("writing into {}: {error}", folder.display()).into());
    }
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    terminal::print(&String::from_utf8(page)?)
}
