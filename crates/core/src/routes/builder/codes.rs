//! The error codes of a route, as its declaration lists them.

use crate::errors::Code;

mod sealed {
    /// Sealed: these lists and no others.
    pub trait Sealed {}
}

/// A list of error codes: `[&MY_CODE]`, or a constant `&[&Code]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of error codes that lasts",
    label = "say `[&MY_CODE]`, without a `&` before the list",
    note = "a borrowed list ends with its line. A longer one has a name: `const ERRORS: &[&Code] = &[&MY_CODE, &codes::NOT_FOUND];` and `.errors(ERRORS)`"
)]
pub trait Codes: sealed::Sealed {
    /// The codes.
    fn codes(self) -> Vec<&'static Code>;
}

impl sealed::Sealed for &'static [&'static Code] {}
impl Codes for &'static [&'static Code] {
    fn codes(self) -> Vec<&'static Code> {
        self.to_vec()
    }
}

impl<const N: usize> sealed::Sealed for [&'static Code; N] {}
impl<const N: usize> Codes for [&'static Code; N] {
    fn codes(self) -> Vec<&'static Code> {
        self.to_vec()
    }
}
