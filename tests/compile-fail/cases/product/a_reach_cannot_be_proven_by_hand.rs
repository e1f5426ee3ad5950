//! How far somebody reaches is decided for the route, before its handler.

use palisade_core::identity::{AuthenticatedUser, Reach};
use palisade_modules::permissions::UserRead;

pub fn widen(user: AuthenticatedUser) -> Reach<UserRead> {
    Reach::of(user)
}
