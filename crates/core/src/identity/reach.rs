//! Reach: whose things a caller may act on, their own or everybody's.

use std::fmt;
use std::marker::PhantomData;

use super::callers::{AuthenticatedUser, Client, UserId};
use super::permission::Permission;

/// Whose things are within reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those of this user.
    Own(UserId),
    /// Those of everybody.
    Everybody,
}

/// A thing that belongs to one user.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no owner",
    label = "not `Owned`",
    note = "say whose it is: `impl Owned for Note {{ fn owner(&self) -> UserId {{ self.owner }} }}`; a document as read is owned as its value is"
)]
pub trait Owned {
    /// The user it belongs to.
    fn owner(&self) -> UserId;
}

/// Someone who is signed in, and how far they reach: to their own things, or with the permission `P` to everybody's.
///
/// A repository that takes a `Reach` cannot be called without one, and decides with it alone: [`scope`](Self::scope)
/// chooses the index of a list, and [`within`](Self::within) hides what belongs to others.
///
/// ```
/// use palisade_core::errors::{AppError, codes};
/// use palisade_core::identity::{Owned, Reach, UserId};
///
/// palisade_core::permissions! {
///     /// What can be done with notes.
///     pub CATALOGUE;
///     NoteReadAny = "NOTE_READ_ANY", "read the notes of everybody";
/// }
///
/// pub struct Note {
///     owner: UserId,
/// }
///
/// impl Owned for Note {
///     fn owner(&self) -> UserId {
///         self.owner
///     }
/// }
///
/// /// A note of somebody else is answered as one that does not exist: the caller learns nothing about it.
/// pub fn shown(by: &Reach<NoteReadAny>, found: Option<Note>) -> Result<Note, AppError> {
///     by.within(found).ok_or_else(|| AppError::new(&codes::NOT_FOUND))
/// }
/// ```
pub struct Reach<P> {
    user: AuthenticatedUser,
    scope: Scope,
    permission: PhantomData<fn() -> P>,
}

impl<P: Permission> Reach<P> {
    /// The only constructor: the permission is checked here and nowhere else.
    pub(crate) fn of(user: AuthenticatedUser) -> Self {
        let reaches_all = user.principal().permissions.has::<P>();
        let scope = if reaches_all { Scope::Everybody } else { Scope::Own(user.user_id()) };
        Self { user, scope, permission: PhantomData }
    }
}

impl<P> Reach<P> {
    /// The user.
    pub fn user(&self) -> &AuthenticatedUser {
        &self.user
    }

    /// The origin of the request.
    pub fn client(&self) -> &Client {
        self.user.client()
    }

    /// Whose things are within reach: for a query, which then reads nothing of others.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The thing, if it is within reach. Otherwise `None`, as for a thing that does not exist, so that the caller gets
    /// the same answer for both.
    pub fn within<T: Owned>(&self, found: Option<T>) -> Option<T> {
        found.filter(|thing| match self.scope {
            Scope::Own(user) => thing.owner() == user,
            Scope::Everybody => true,
        })
    }
}

impl<P> fmt::Debug for Reach<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reach").field("user", &self.user).field("scope", &self.scope).finish_non_exhaustive()
    }
}
