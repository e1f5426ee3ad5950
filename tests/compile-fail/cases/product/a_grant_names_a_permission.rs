//! A grant names a declared permission: a word of text is none.

use palisade_modules::product::Grant;
use palisade_modules::user::types::Role;

pub enum NoteRead {}

pub static GRANTS: &[Grant] = &[Grant::from_role::<NoteRead>(Role::Support)];
