//! Stored documents are private to their module: neither they nor their indexes can be named from outside.

use palisade_modules::user::schema::UserDocument;

pub fn leak(user: &User) {}
