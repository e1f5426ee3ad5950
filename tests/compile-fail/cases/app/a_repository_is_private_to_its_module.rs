//! Data is reached through the service of a module: its repository cannot be named from outside.

use palisade_modules::user::repository::Repository;

pub fn query(users: &Repository) {}
