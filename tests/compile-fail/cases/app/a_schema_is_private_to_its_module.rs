//! What is stored is a module's own: neither its documents nor their indexes can be named from outside.

use palisade_modules::user::schema::UserDocument;

pub fn leak(user: &User) {}
