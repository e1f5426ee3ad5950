//! The callers, and their permissions.
//!
//! Only core can create these callers. A service that takes a [`Granted`] cannot be reached from a route that did
//! not declare the permission: it is proof, not a check. A service that takes an [`Operator`] cannot be reached
//! from any route at all. A repository that takes a [`Reach`] is told whose things it may show.

mod api_key;
mod callers;
mod console;
mod permission;
mod reach;

pub use api_key::{ApiKey, ApiKeyHash, ApiKeyId};
pub use callers::{
    AuthenticatedUser, Client, Credential, FreshGranted, FreshUser, Granted, GrantedInPerson, Guest,
    Impersonator, Local, Person, Principal, RefreshHolder, Scheduler, SessionId, UserId, Visitor,
};
pub use console::{Console, ConsoleTaken, Operator};
#[doc(hidden)]
pub use permission::sealed;
pub use permission::{MAX_WORD_LENGTH, Permission, PermissionName, PermissionSet, is_word};
pub use reach::{Owned, Reach, Scope};
