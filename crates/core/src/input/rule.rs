//! What an access rule asks of the input of its route.

use super::Input;
use crate::utils::crypto::secret::SecretString;

mod sealed {
    /// Sealed: the rules of access are closed, and so are these.
    pub trait Sealed {}
}

/// What an access rule asks of the input of its route.
pub trait InputRule: sealed::Sealed + 'static {}

/// Every input will do.
#[derive(Debug)]
pub struct AnyInput;

/// The input has a place for the caller's password.
#[derive(Debug)]
pub struct WithPassword;

impl sealed::Sealed for AnyInput {}
impl InputRule for AnyInput {}
impl sealed::Sealed for WithPassword {}
impl InputRule for WithPassword {}

/// An input with a place for the caller's password, which proves the presence of a caller who signed in long ago.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no place for a password, and this route needs one",
    label = "the input of a `.fresh()` route carries an optional password",
    note = "add `password: Option<PresentedPassword>` to its body and implement `CarriesPassword`"
)]
pub trait CarriesPassword: Input {
    /// The password, if it was sent.
    fn presented_password(&self) -> Option<&SecretString>;
}

/// An input that a route with the rule `R` may read. The message is that of [`CarriesPassword`]: the compiler names this
/// trait.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no place for a password, and this route needs one",
    label = "the input of a `.fresh()` route carries an optional password",
    note = "add `password: Option<PresentedPassword>` to its body and implement `CarriesPassword`"
)]
pub trait Meets<R: InputRule>: Send + 'static {
    /// What the route demands beyond a session.
    #[doc(hidden)]
    fn demand(&self) -> Demand<'_>;
}

/// What a route demands beyond a session.
#[derive(Debug)]
pub enum Demand<'a> {
    /// Nothing.
    Nothing,
    /// A recent sign-in, or this password.
    Presence(Option<&'a SecretString>),
}

impl<I: Input> Meets<AnyInput> for I {
    fn demand(&self) -> Demand<'_> {
        Demand::Nothing
    }
}

impl<I: CarriesPassword> Meets<WithPassword> for I {
    fn demand(&self) -> Demand<'_> {
        Demand::Presence(self.presented_password())
    }
}
