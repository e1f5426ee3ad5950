//! A user who does not exist yet.

use palisade_core::utils::crypto::password::PasswordHash;
use palisade_core::utils::languages::LanguageTag;

use super::schema::{ProvenBy, UserDocument};
use super::types::{Email, Name, PermissionList, Role, Status};

/// The epoch of a new user.
pub(crate) const FIRST_EPOCH: i64 = 1;

/// A user who does not exist yet.
#[derive(Clone, Debug)]
pub(crate) struct NewUser {
    email: Email,
    name: Option<Name>,
    password: PasswordHash,
    role: Role,
    proven_by: ProvenBy,
    language: Option<LanguageTag>,
}

impl NewUser {
    /// A user who confirmed an email address.
    pub(crate) fn ordinary(email: Email, name: Option<Name>, password: PasswordHash) -> Self {
        Self { email, name, password, role: Role::User, proven_by: ProvenBy::Mailbox, language: None }
    }

    /// A user who accepted an invitation in their mailbox.
    pub(crate) fn invited(email: Email, name: Option<Name>, password: PasswordHash, role: Role) -> Self {
        Self { email, name, password, role, proven_by: ProvenBy::Mailbox, language: None }
    }

    /// A super-admin that the operator creates.
    pub(crate) fn super_admin(email: Email, name: Option<Name>, password: PasswordHash) -> Self {
        Self { email, name, password, role: Role::SuperAdmin, proven_by: ProvenBy::Operator, language: None }
    }

    /// The same, with the language for mails.
    pub(crate) fn who_reads(self, language: Option<LanguageTag>) -> Self {
        Self { language, ..self }
    }

    /// The document to store.
    pub(super) fn into_document(self) -> UserDocument {
        let Self { email, name, password, role, proven_by, language } = self;
        UserDocument {
            email,
            name,
            role,
            permissions: PermissionList::default(),
            status: Status::Active,
            session_version: 1,
            session_epoch: FIRST_EPOCH,
            password: Some(password),
            proven_by,
            language,
        }
    }
}
