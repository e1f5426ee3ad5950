//! A redirect leads to a path of this server: what a caller sent never says where.

use palisade_core::output::Redirect;

pub fn away(wanted: String) -> Redirect {
    Redirect::see_other(wanted)
}
