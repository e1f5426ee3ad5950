//! Requests that were carried out, so that one that is repeated is not carried out again.
//!
//! The record is part of the batch of the effect: either both are there, or neither is. So no request is half remembered, and of
//! two at once one is carried out.

use std::fmt;
use std::time::Duration;

use palisade_core::errors::{AppError, codes};
use palisade_core::input::RequestKey;
use palisade_core::system::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::{Batch, Collection, DocumentId, Documents, StoreError};

/// How long a request is remembered: 24 hours.
pub const REMEMBERED: Duration = Duration::from_hours(24);

/// The name of a remembered request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnsweredRequestId(String);

impl fmt::Display for AnsweredRequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl DocumentId for AnsweredRequestId {
    fn parse(text: &str) -> Option<Self> {
        let is_hash = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        is_hash.then(|| Self(text.to_owned()))
    }
}

/// A request that was carried out. A product with repeatable routes lists it among its collections.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnsweredRequest {
    fingerprint: String,
    created: String,
    ends_at: Timestamp,
}

palisade_lib::collection! {
    AnsweredRequest in "answered_requests" {
        id: AnsweredRequestId,
        version: 1,
        kind: ephemeral("a client repeats a request within a day or not at all", |request| request.ends_at),
    }
}

/// The remembered requests. Clones share the store.
#[derive(Clone, Debug)]
pub struct Repeats {
    documents: Documents,
    answered: Collection<AnsweredRequest>,
}

/// What is known of a request.
#[derive(Debug)]
pub enum Request {
    /// It was carried out and created this: answer with it again.
    Repeated(String),
    /// It is new: merge its record into the batch of its effect.
    New(Recording),
}

/// A request that will be remembered.
#[derive(Debug)]
pub struct Recording {
    key: Option<(AnsweredRequestId, String)>,
    ends_at: Timestamp,
}

impl Repeats {
    /// The remembered requests of this store.
    ///
    /// # Errors
    /// [`StoreError::Undeclared`] if the product does not list [`AnsweredRequest`].
    pub fn new(documents: &Documents) -> Result<Self, StoreError> {
        Ok(Self { documents: documents.clone(), answered: documents.collection()? })
    }

    /// Looks a request up. One without a key is always new.
    ///
    /// Look again when the batch failed with [`StoreError::Duplicate`]: another request with the key was faster.
    ///
    /// # Errors
    /// 422 `IDEMPOTENCY_KEY_REUSED` if the key named a request with another content; 503 when the store is down.
    pub async fn look_up(&self, key: Option<&RequestKey>) -> Result<Request, AppError> {
        let ends_at = self.documents.now().plus(REMEMBERED);
        let Some(key) = key else { return Ok(Request::New(Recording { key: None, ends_at })) };
        let id = AnsweredRequestId(key.id().to_owned());
        match self.answered.get(&id).await? {
            Some(known) if known.value().fingerprint == key.fingerprint() => {
                Ok(Request::Repeated(known.value().created.clone()))
            }
            Some(_) => Err(AppError::new(&codes::IDEMPOTENCY_KEY_REUSED)),
            None => Ok(Request::New(Recording { key: Some((id, key.fingerprint().to_owned())), ends_at })),
        }
    }
}

impl Recording {
    /// The record, for the batch of the effect: what the request creates, by its id. Empty for a request without a key.
    pub fn of(self, created: &impl fmt::Display) -> Batch {
        let Self { key, ends_at } = self;
        let Some((id, fingerprint)) = key else { return Batch::new() };
        let record = AnsweredRequest { fingerprint, created: created.to_string(), ends_at };
        Batch::new().insert(&id, record)
    }
}
