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
    /// `None` for a user who signs in through a provider.
    password: Option<PasswordHash>,
    role: Role,
    proven_by: ProvenBy,
    language: Option<LanguageTag>,
}

impl NewUser {
    /// A user who confirmed an email address.
    pub(crate) fn ordinary(email: Email, name: Option<Name>, password: PasswordHash) -> Self {
        let password = Some(password);
        Self { email, name, password, role: Role::User, proven_by: ProvenBy::Mailbox, language: None }
    }

    /// A user whose address a provider confirmed.
    pub(crate) fn of_provider(email: Email, name: Option<Name>) -> Self {
        let (role, proven_by) = (Role::User, ProvenBy::Provider);
        Self { email, name, password: None, role, proven_by, language: None }
    }

    /// A user who signs in through a provider and confirmed the address by mail.
    pub(crate) fn without_password(email: Email, name: Option<Name>) -> Self {
        Self { proven_by: ProvenBy::Mailbox, ..Self::of_provider(email, name) }
    }

    /// A user who accepted an invitation in their mailbox.
    pub(crate) fn invited(email: Email, name: Option<Name>, password: PasswordHash, role: Role) -> Self {
        let (password, proven_by) = (Some(password), ProvenBy::Mailbox);
        Self { email, name, password, role, proven_by, language: None }
    }

    /// A super-admin that the operator creates.
    pub(crate) fn super_admin(email: Email, name: Option<Name>, password: PasswordHash) -> Self {
        let (role, proven_by) = (Role::SuperAdmin, ProvenBy::Operator);
        Self { email, name, password: Some(password), role, proven_by, language: None }
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
            password,
            proven_by,
            language,
        }
    }
}
