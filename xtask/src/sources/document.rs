//! The layers of each crate as a part of the documentation.

use std::fmt::Write as _;

use palisade_house::Crate;

use super::table::CRATES;

/// The tables.
pub(crate) fn document() -> String {
    let mut page = String::from(
        "\n## Inside a crate\n\nEach table lists the layers of a crate, the lowest first. A file may import only from its own layer and \
         lower ones, and\nwithin a layer imports must not form a cycle. `cargo xtask check-sources` enforces this. To fix a \
         finding, move the\nimported code down, or take it as an argument. The rule does not apply to bodies of macros and to \
         tests.\n",
    );
    for Crate { folder, layers, .. } in CRATES {
        let _ = write!(page, "\n{folder}:\n\n| layer | content |\n|---|---|\n");
        for layer in *layers {
            let _ = writeln!(page, "| `{}` | {} |", layer.name.replace("::", "/"), layer.is);
        }
    }
    page
}
