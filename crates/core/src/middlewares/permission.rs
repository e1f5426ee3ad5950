//! The permission phase: whoever is signed in and holds what the route requires.
//!
//! From the token alone; which role holds which permission is the business of the modules.

use std::marker::PhantomData;

use super::access::{Access, Sealed, Session};
use crate::declaration::AccessKind;
use crate::errors::{AppError, codes};
use crate::identity::{Client, Granted, Permission, PermissionName, Principal};
use crate::request::RequestContext;

/// The phase as an access rule: whoever is signed in and holds the permission `P`.
#[derive(Debug)]
pub struct Requires<P>(PhantomData<fn() -> P>);

impl<P: Permission> Sealed for Requires<P> {}
impl<P: Permission> Access for Requires<P> {
    type Caller = Granted<P>;
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
