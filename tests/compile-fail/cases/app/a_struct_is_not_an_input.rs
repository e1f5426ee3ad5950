//! The input of a route is declared with `input!`.

use palisade_core::input::Input;

pub struct Login {
    pub email: String,
}

fn reads<I: Input>() {}

pub fn declare() {
    reads::<Login>();
}
