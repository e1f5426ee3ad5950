//! The states of a route under construction, and their rules: what it must have declared, or must not have declared yet,
//! before a method.

use std::marker::PhantomData;

use crate::input::{Input, Listening, Nothing, Repeatable, Signed, Uploaded};
use crate::limits::Policy;
use crate::middlewares::access::{Access, Public};

/// The state of a route without a rate limit.
#[derive(Debug)]
pub struct NoRateLimit(pub(super) ());

/// The state of a route without an access rule.
#[derive(Debug)]
pub struct NoAccess(pub(super) ());

/// The state of a route without an input.
#[derive(Debug)]
pub struct NoInput(pub(super) ());

/// The state of a route that reads `I`.
#[derive(Debug)]
pub struct Reads<I>(PhantomData<fn() -> I>);

/// The state of a route that reads `I` and a signed body, of which a verifier makes a `P`.
#[derive(Debug)]
pub struct ReadsSigned<I, P>(PhantomData<fn() -> (I, P)>);

/// The state of a route that reads `I` and whose answer goes on.
#[derive(Debug)]
pub struct ReadsListening<I>(PhantomData<fn() -> I>);

/// The state of a route that reads `I` and a file.
#[derive(Debug)]
pub struct ReadsUpload<I>(PhantomData<fn() -> I>);

/// The state of a route that reads `I` of requests that can be repeated.
#[derive(Debug)]
pub struct ReadsRepeatable<I>(PhantomData<fn() -> I>);

/// Whether a route has declared its input, and which.
pub trait ReadState {
    /// The input argument of its handler.
    type Input;
}

impl ReadState for NoInput {
    type Input = Nothing;
}

impl<I: Input> ReadState for Reads<I> {
    type Input = I;
}

impl<I: Input, P: Send + 'static> ReadState for ReadsSigned<I, P> {
    type Input = Signed<I, P>;
}

impl<I: Input> ReadState for ReadsListening<I> {
    type Input = Listening<I>;
}

impl<I: Input> ReadState for ReadsUpload<I> {
    type Input = Uploaded<I>;
}

impl<I: Input> ReadState for ReadsRepeatable<I> {
    type Input = Repeatable<I>;
}

/// The state of a route with a rate limit.
#[diagnostic::on_unimplemented(
    message = "this route has no rate limit",
    label = "say `.limit(POLICY)` before this",
    note = "every route has one: `NORMAL` is for everyday requests, and `palisade_core::limits` has the others"
)]
pub trait HasRateLimit {
    /// The policy.
    fn policy(self) -> Policy;
}

impl HasRateLimit for Policy {
    fn policy(self) -> Policy {
        self
    }
}

/// The state of a route without a rate limit, which can get one.
#[diagnostic::on_unimplemented(
    message = "this route already has a rate limit",
    label = "a route has one policy: remove this or the other",
    note = "use `.limit_by(…)` to limit by a value of the request as well"
)]
pub trait LacksRateLimit {}

impl LacksRateLimit for NoRateLimit {}

/// The state of a route without an access rule, which can get one.
#[diagnostic::on_unimplemented(
    message = "this route already has an access rule",
    label = "a route has one: remove this or the other"
)]
pub trait LacksAccess {}

impl LacksAccess for NoAccess {}

/// The state of a route that has declared its input.
#[diagnostic::on_unimplemented(
    message = "this route has no input",
    label = "say `.input::<T>()` before this, or `.no_input()` if it reads nothing"
)]
pub trait HasInput: ReadState {}

impl<I: Input> HasInput for Reads<I> {}
impl<I: Input, P: Send + 'static> HasInput for ReadsSigned<I, P> {}
impl<I: Input> HasInput for ReadsListening<I> {}
impl<I: Input> HasInput for ReadsRepeatable<I> {}
impl<I: Input> HasInput for ReadsUpload<I> {}

/// The state of a route with declared fields, whose body can be of another kind.
#[diagnostic::on_unimplemented(
    message = "this route has no declared input, or its body already has a kind",
    label = "say `.input::<T>()` or `.no_input()` before this, and this once"
)]
pub trait HasFields: ReadState<Input: Input> {}

impl<I: Input> HasFields for Reads<I> {}

/// An access rule of routes whose bodies are signed by their sender.
#[diagnostic::on_unimplemented(
    message = "only a public route takes signed bodies",
    label = "say `.public()`",
    note = "the signature says who sent the request; a session or a permission beside it would belong to somebody else"
)]
pub trait AdmitsSenders: Access {}

impl AdmitsSenders for Public {}

/// The state of a route that can get an input.
#[diagnostic::on_unimplemented(
    message = "this route already has an input",
    label = "a route reads one input: remove this or the other"
)]
pub trait LacksInput {}

impl LacksInput for NoInput {}
