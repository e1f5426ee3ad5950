//! Only core says how far somebody reaches.

use std::marker::PhantomData;

use palisade_core::identity::{AuthenticatedUser, Reach, Scope};
use palisade_modules::permissions::UserRead;

pub fn forge(user: AuthenticatedUser) -> Reach<UserRead> {
    Reach { user, scope: Scope::Everybody, permission: PhantomData }
}
