//! How a route reads its input: chosen by its declaration, carried out by the validation phase.

use std::sync::Arc;

use super::signed::{ReadSigned, Signed, SignedReader};
use super::{Input, InputDoc, RawInput, Verifier};
use crate::values::{Detail, Rules};

/// How a route reads its input. `T` is what its handler gets.
pub(crate) struct Reading<T> {
    /// Describes the input.
    pub(crate) describe: fn() -> InputDoc,
    pub(crate) reads: Reads<T>,
}

/// The kinds of body.
pub(crate) enum Reads<T> {
    /// Declared fields, in a JSON object or a form.
    Fields(fn(RawInput, &Rules) -> Result<T, Vec<Detail>>),
    /// Bytes that their sender signs.
    Signed(Arc<dyn ReadSigned<T>>),
}

impl<I: Input> Reading<I> {
    /// Reads declared fields.
    pub(crate) fn fields() -> Self {
        Self { describe: I::describe, reads: Reads::Fields(I::read) }
    }
}

impl<I: Input, P: Send + 'static> Reading<Signed<I, P>> {
    /// Reads a signed body, and the declared path and query.
    pub(crate) fn signed<V: Verifier<Payload = P>>(verifier: V) -> Self {
        let reader = Arc::new(SignedReader::<I, V>::new(verifier));
        Self { describe: SignedReader::<I, V>::describe, reads: Reads::Signed(reader) }
    }
}

impl<T> Clone for Reads<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Fields(read) => Self::Fields(*read),
            Self::Signed(reader) => Self::Signed(Arc::clone(reader)),
        }
    }
}
