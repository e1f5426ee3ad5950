//! The permission phase: the caller must be signed in and have the permission that the route requires, or present an API key
//! that has it, where the route takes keys.
//!
//! Decided from the principal alone; the modules decide which role has which permission.

use std::marker::PhantomData;

use super::access::{Access, Fresh, Sealed, Session};
use crate::declaration::AccessKind;
use crate::errors::{AppError, codes};
use crate::identity::{Client, FreshGranted, Granted, GrantedInPerson, Permission, Principal, Reach};
use crate::input::{AnyInput, WithPassword};
use crate::request::RequestContext;

/// The phase as an access rule: a signed-in caller with the permission `P`.
#[derive(Debug)]
pub struct Requires<P>(PhantomData<fn() -> P>);

/// The phase as an access rule: a signed-in caller, whose own things are within reach, and with the permission `P` those
/// of everybody.
#[derive(Debug)]
pub struct OwnerOr<P>(PhantomData<fn() -> P>);

/// The phase as an access rule: a signed-in caller with the permission `P`, in person. For what an administrator does in
/// their own name: their own rank decides, and not that of somebody they impersonate.
#[derive(Debug)]
pub struct RequiresInPerson<P>(PhantomData<fn() -> P>);

/// The phase as an access rule: a signed-in caller with the permission `P` who is certainly present, in person.
#[derive(Debug)]
pub struct RequiresFresh<P>(PhantomData<fn() -> P>);

impl<P: Permission> Sealed for Requires<P> {}
impl<P: Permission> Access for Requires<P> {
    type Caller = Granted<P>;
    type Demand = P;
    type Inputs = AnyInput;
    const KIND: AccessKind = AccessKind::Permission;

    fn admit(
        client: Client,
        principal: Option<Principal>,
        context: &RequestContext,
    ) -> Result<Granted<P>, AppError> {
        let account = Session::admit(client, principal, context)?;
        Granted::prove(account).ok_or_else(|| AppError::new(&codes::FORBIDDEN))
    }
}

impl<P: Permission> Sealed for OwnerOr<P> {}
impl<P: Permission> Access for OwnerOr<P> {
    type Caller = Reach<P>;
    type Demand = P;
    type Inputs = AnyInput;
    const KIND: AccessKind = AccessKind::OwnerOrPermission;

    fn admit(
        client: Client,
        principal: Option<Principal>,
        context: &RequestContext,
    ) -> Result<Reach<P>, AppError> {
        Session::admit(client, principal, context).map(Reach::of)
    }
}

impl<P: Permission> Sealed for RequiresInPerson<P> {}
impl<P: Permission> Access for RequiresInPerson<P> {
    type Caller = GrantedInPerson<P>;
    type Demand = P;
    type Inputs = AnyInput;
    const KIND: AccessKind = AccessKind::PermissionInPerson;

    fn admit(
        client: Client,
        principal: Option<Principal>,
        context: &RequestContext,
    ) -> Result<GrantedInPerson<P>, AppError> {
        let granted = Requires::<P>::admit(client, principal, context)?;
        GrantedInPerson::prove(granted).ok_or_else(|| AppError::new(&codes::IMPERSONATING))
    }
}

impl<P: Permission> Sealed for RequiresFresh<P> {}
impl<P: Permission> Access for RequiresFresh<P> {
    type Caller = FreshGranted<P>;
    type Demand = P;
    type Inputs = WithPassword;
    const KIND: AccessKind = AccessKind::FreshPermission;

    /// As with [`Fresh`], the phase after validation has the last word.
    fn admit(
        client: Client,
        principal: Option<Principal>,
        context: &RequestContext,
    ) -> Result<FreshGranted<P>, AppError> {
        let user = Fresh::admit(client, principal, context)?;
        FreshGranted::prove(user).ok_or_else(|| AppError::new(&codes::FORBIDDEN))
    }
}

/// An access rule that can admit API keys as well: only one with a permission, because a key is nothing but a list of
/// permissions, and only without a demand for presence, because a program has no password.
#[diagnostic::on_unimplemented(
    message = "this route cannot take API keys",
    label = "only a route with a permission can: say `.requires::<Permission>()` before this",
    note = "a key stands for its permissions and not for its owner: it has no session, and is never certainly present"
)]
pub trait AdmitsKeys: Access {}

impl<P: Permission> AdmitsKeys for Requires<P> {}

impl<P: Permission> AdmitsKeys for RequiresInPerson<P> {}

/// The rule `A`, which API keys may pass as well.
#[derive(Debug)]
pub struct OrKey<A>(PhantomData<fn() -> A>);

impl<A: AdmitsKeys> Sealed for OrKey<A> {}
impl<A: AdmitsKeys> Access for OrKey<A> {
    type Caller = A::Caller;
    type Demand = A::Demand;
    type Inputs = A::Inputs;
    const KIND: AccessKind = A::KIND;
    const TAKES_KEYS: bool = true;

    fn admit(
        client: Client,
        principal: Option<Principal>,
        context: &RequestContext,
    ) -> Result<A::Caller, AppError> {
        A::admit(client, principal, context)
    }
}
