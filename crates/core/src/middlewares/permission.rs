//! The permission phase: the caller must be signed in and have the permission that the route requires.
//!
//! Decided from the token alone; the modules decide which role has which permission.

use std::marker::PhantomData;

use super::access::{Access, Sealed, Session};
use crate::declaration::AccessKind;
use crate::errors::{AppError, codes};
use crate::identity::{Client, Granted, Permission, PermissionName, Principal};
use crate::input::AnyInput;
use crate::request::RequestContext;

/// The phase as an access rule: a signed-in caller with the permission `P`.
#[derive(Debug)]
pub struct Requires<P>(PhantomData<fn() -> P>);

impl<P: Permission> Sealed for Requires<P> {}
impl<P: Permission> Access for Requires<P> {
    type Caller = Granted<P>;
    type Inputs = AnyInput;
    const KIND: AccessKind = AccessKind::Permission;

    fn permission() -> Option<&'static PermissionName> {
        Some(P::NAME)
    }

    fn is_declared() -> bool {
        P::NAME.is_of::<P>()
    }

    fn admit(
        client: Client,
        principal: Option<Principal>,
        context: &RequestContext,
    ) -> Result<Granted<P>, AppError> {
        let account = Session::admit(client, principal, context)?;
        Granted::prove(account).ok_or_else(|| AppError::new(&codes::FORBIDDEN))
    }
}
