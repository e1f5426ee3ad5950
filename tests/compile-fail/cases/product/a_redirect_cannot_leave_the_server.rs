//! A redirect leads to a path of this server: a caller's input never chooses the target.

use palisade_core::output::Redirect;

pub fn away(wanted: String) -> Redirect {
    Redirect::see_other(wanted)
}
