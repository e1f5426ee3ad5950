//! A copy of everything that is kept about a user, for the right of access (GDPR, article 15) and to data portability
//! (article 20).

use std::sync::Arc;

use palisade_core::errors::{AppError, codes};
use palisade_core::identity::{Operator, UserId};
use palisade_core::output::{View, write_view};
use palisade_core::utils::pagination::{Page, PageRequest};
use palisade_lib::store::{OwnedDocument, OwnedDocuments};
use serde_json::{Value, json};

use crate::audit::types::EventType;
use crate::audit::{self, Act};
use crate::auth::repository::Repository;
use crate::auth::service::api_keys;
use crate::auth::session_entries::entry;
use crate::user::types::Email;
use crate::user::{self, ProviderAccount, User};

/// Exports the data of users for an operator.
#[derive(Debug)]
pub struct UserExports {
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) users: user::Service,
    pub(in crate::auth) audit: audit::Service,
}

/// A copy of the data of a user, read a page at a time.
#[derive(Debug)]
pub struct UserExport<'a> {
    exports: &'a UserExports,
    user: User,
    stage: Stage<'a>,
}

/// What is read next.
#[derive(Debug)]
enum Stage<'a> {
    Account,
    Sessions,
    Providers(PageRequest),
    Keys(PageRequest),
    Events(PageRequest),
    /// What a product keeps.
    Documents(OwnedDocuments<'a>),
}

impl UserExports {
    /// Begins a copy of the data of a user, deleted or not, and records that.
    ///
    /// # Errors
    /// 404 if there is no such user; 503 when the store is down.
    pub async fn begin(&self, operator: &Operator<'_>, user: UserId) -> Result<UserExport<'_>, AppError> {
        let nobody = || AppError::new(&codes::NOT_FOUND).with_message("No user has this id");
        let user = self.users.by_id_including_deleted(user).await?.ok_or_else(nobody)?;
        self.audit.record(Act::of_operator(operator).on(user.id(), EventType::UserExported)).await?;
        Ok(UserExport { exports: self, user, stage: Stage::Account })
    }

    /// The id of the user with this address, deleted or not.
    ///
    /// # Errors
    /// 404 if nobody has it; 503 when the store is down.
    pub async fn find(&self, _operator: &Operator<'_>, email: &Email) -> Result<UserId, AppError> {
        let nobody = || AppError::new(&codes::NOT_FOUND).with_message("No user has this address");
        Ok(self.users.by_email_including_deleted(email).await?.ok_or_else(nobody)?.id())
    }
}

impl UserExport<'_> {
    /// The next records, each as one JSON object with its `kind`: `user`, `session`, `identity`, `apiKey`, `event`, or the
    /// collection of a document of the product. `None` at the end. A page may be empty.
    ///
    /// # Errors
    /// 503 when the store is down; 500 for a document that cannot be read.
    pub async fn next_page(&mut self) -> Result<Option<Vec<String>>, AppError> {
        let Self { exports, user, stage } = self;
        let UserExports { repository, users, audit } = exports;
        let (records, next) = match stage {
            Stage::Account => (vec![record("user", &user.view())], Stage::Sessions),
            Stage::Sessions => {
                let sessions = repository.sessions_of(user.id()).await?;
                let records = sessions.iter().map(|session| record("session", &entry(session, None)));
                (records.collect(), Stage::Providers(PageRequest::largest()))
            }
            Stage::Providers(page) => {
                let Page { items, limit, next } = users.provider_accounts(user.id(), page).await?;
                let next = match next {
                    Some(cursor) => Stage::Providers(PageRequest::new(limit, Some(cursor))),
                    None => Stage::Keys(PageRequest::largest()),
                };
                (items.into_iter().map(identity).collect(), next)
            }
            Stage::Keys(page) => {
                let Page { items, limit, next } = repository.list_api_keys(Some(user.id()), page).await?;
                let next = match next {
                    Some(cursor) => Stage::Keys(PageRequest::new(limit, Some(cursor))),
                    None => Stage::Events(PageRequest::largest()),
                };
                (items.into_iter().map(|key| record("apiKey", &api_keys::shown(key))).collect(), next)
            }
            Stage::Events(page) => {
                let Page { items, limit, next } = audit.about(user.id(), page).await?;
                let next = match next {
                    Some(cursor) => Stage::Events(PageRequest::new(limit, Some(cursor))),
                    None => Stage::Documents(repository.owned_by(user.id())),
                };
                (items.iter().map(|event| record("event", event)).collect(), next)
            }
            Stage::Documents(walk) => {
                return Ok(walk.next_page().await?.map(|page| page.into_iter().map(document).collect()));
            }
        };
        *stage = next;
        Ok(Some(records))
    }
}

fn record(kind: &str, view: &impl View) -> String {
    let data = write_view(view, serde_json::value::Serializer).unwrap_or_default();
    json!({"kind": kind, "data": data}).to_string()
}

fn identity(account: ProviderAccount) -> String {
    let ProviderAccount { provider, address, linked_at, .. } = account;
    let data = json!({"provider": provider, "address": address, "linkedAt": linked_at.to_string()});
    json!({"kind": "identity", "data": data}).to_string()
}

fn document(document: OwnedDocument) -> String {
    let OwnedDocument { collection, id, created_at, updated_at, deleted_at, value } = document;
    let deleted_at = deleted_at.map_or(Value::Null, |at| at.to_string().into());
    let (created_at, updated_at) = (created_at.to_string(), updated_at.to_string());
    let meta = json!({"id": id, "createdAt": created_at, "updatedAt": updated_at, "deletedAt": deleted_at});
    json!({"kind": collection, "document": meta, "data": value}).to_string()
}
