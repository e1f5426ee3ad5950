//! The requests for emails about accounts at providers.

use std::net::IpAddr;

use palisade_core::utils::languages::LanguageTag;
use serde::{Deserialize, Serialize};

use super::schema::PendingIdentityId;
use crate::user::User;
use crate::user::types::Email;

/// A requested link that confirms the address of an identity.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IdentityEmail {
    pub(super) pending: PendingIdentityId,
    /// The provider's name for people.
    pub(super) label: String,
    /// The address that the request came from.
    pub(super) ip: IpAddr,
}

/// A requested notice about an account at a provider that was linked or removed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct IdentityNoticeEmail {
    pub(super) email: Email,
    /// The provider's name for people.
    pub(super) label: String,
    pub(super) language: Option<LanguageTag>,
}

impl IdentityNoticeEmail {
    /// For a user.
    pub(super) fn new(user: &User, label: &str) -> Self {
        Self { email: user.email().clone(), label: label.to_owned(), language: user.language().cloned() }
    }
}
