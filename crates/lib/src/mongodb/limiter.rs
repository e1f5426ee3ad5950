//! Rate limits counted in MongoDB: shared by every instance that names the database. A standalone server will do.
//!
//! A decision is one `findAndModify` of the one document of its subject, on the clock of the server. Why it is written as
//! it is, and what an election may cost: `docs/decisions/0015-limits-in-mongodb.md`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use mongodb::error::{Error, ErrorKind};
use mongodb::options::{Acknowledgment, IndexOptions, ReadConcern, ReturnDocument, WriteConcern};
use mongodb::{Collection, IndexModel};
use palisade_core::config::MongoUrl;
use palisade_core::limits::{Charge, Decision, Distinct, LimitStoreError};
use palisade_core::ports::{LimitStore, Pending};
use tokio::sync::OnceCell;

use super::failure::{code, is_duplicate, is_not_now, said};
use super::open;
use super::window::{self, Answer};

/// The collection.
pub(super) const LIMITS: &str = "limits";

/// What has not been decided by then is not decided any more, here and on the server; callers stop waiting long before.
pub(super) const ANSWERING: Duration = Duration::from_secs(2);

/// `MaxTimeMSExpired`.
const TOO_LONG: i32 = 50;

/// Two that charge a new subject at once both insert its document; one of them is told that it is there. The server
/// tries again by itself, but not in every case.
const ATTEMPTS: usize = 5;

/// After this long the making of the index is tried again.
const INDEX_AGAIN: Duration = Duration::from_mins(1);

/// Why there is no limiter in this database.
#[derive(Debug, thiserror::Error)]
#[error("the address is none that the driver of MongoDB understands")]
pub struct MongoOpenError;

/// Counts in MongoDB. Clones share connections, which are made when they are first needed.
#[derive(Clone)]
pub struct MongoLimiter(Arc<Inner>);

struct Inner {
    url: MongoUrl,
    prefix: String,
    documents: OnceCell<Collection<Document>>,
    has_index: AtomicBool,
}

impl MongoLimiter {
    /// A limiter in this database, the ids of its documents under this prefix. Connects to nothing yet.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn open(url: &MongoUrl, prefix: &str) -> Result<Self, MongoOpenError> {
        if open::address_name(url.expose()).is_none() {
            return Err(MongoOpenError);
        }
        let (url, prefix) = (url.clone(), prefix.to_owned());
        let has_index = AtomicBool::new(false);
        Ok(Self(Arc::new(Inner { url, prefix, documents: OnceCell::new(), has_index })))
    }

    async fn decide(&self, charges: &[Charge]) -> Result<Decision, LimitStoreError> {
        let asked = Distinct::of(charges);
        let documents = self.documents().await?;
        self.see_to_index(documents);
        let call = ObjectId::new();
        let found = match asked.charges().first() {
            Some(charge) => {
                let id = format!("{}:{}", self.0.prefix, charge.key().subject().group());
                if asked.charges().iter().any(|charge| charge.cost() > 0) {
                    Some(charge_all(documents, &id, &asked, call).await.map_err(|error| failure(&error))?)
                } else {
                    ask_all(documents, &id, &asked).await.map_err(|error| failure(&error))?
                }
            }
            None => None,
        };
        let answer = match found {
            Some(document) => Answer { now: time_in(&document)?, document: Some(document) },
            None => Answer { now: time(documents).await?, document: None },
        };
        let strange = || LimitStoreError::BadAnswer("a document that is none of ours".into());
        answer.decision(&asked, call).ok_or_else(strange)
    }

    async fn documents(&self) -> Result<&Collection<Document>, LimitStoreError> {
        let connect = || async {
            let options = open::options(self.0.url.expose()).await;
            let mut options = options.map_err(|error| LimitStoreError::Unreachable(error.into()))?;
            // Limits are counted often, and matter for as long as their windows: see the decision.
            let one = WriteConcern::builder().w(Acknowledgment::Nodes(1)).journal(false).build();
            options.write_concern = Some(one);
            options.read_concern = Some(ReadConcern::local());
            options.retry_writes = Some(false);
            options.server_selection_timeout = Some(ANSWERING);
            let client = mongodb::Client::with_options(options);
            let client = client.map_err(|error| LimitStoreError::Unreachable(said(&error).into()))?;
            Ok(client.database(self.0.url.database()).collection(LIMITS))
        };
        self.0.documents.get_or_try_init(connect).await
    }

    /// The index by which the server removes what nobody asks for any more. No decision needs it, so none waits for it.
    fn see_to_index(&self, documents: &Collection<Document>) {
        if self.0.has_index.swap(true, Ordering::Relaxed) {
            return;
        }
        let (limiter, documents) = (self.clone(), documents.clone());
        tokio::spawn(async move {
            let options =
                IndexOptions::builder().name("limits_expiry".to_owned()).expire_after(Duration::ZERO).build();
            let index = IndexModel::builder().keys(doc! { "expiresAt": 1 }).options(options).build();
            if let Err(error) = documents.create_index(index).await {
                let cause = said(&error);
                tracing::warn!(cause, "limits in MongoDB have no index by which what has ended is removed");
                tokio::time::sleep(INDEX_AGAIN).await;
                limiter.0.has_index.store(false, Ordering::Relaxed);
            }
        });
    }
}

async fn charge_all(
    documents: &Collection<Document>,
    id: &str,
    asked: &Distinct,
    call: ObjectId,
) -> Result<Document, Error> {
    let (update, fields) = (window::update(asked, call), window::answer(asked));
    let mut attempt = 1;
    loop {
        let charged = documents
            .find_one_and_update(doc! { "_id": id }, update.clone())
            .upsert(true)
            .return_document(ReturnDocument::After)
            .projection(fields.clone())
            .max_time(ANSWERING)
            .await;
        match charged {
            Err(error) if is_duplicate(&error) && attempt < ATTEMPTS => attempt += 1,
            charged => return charged.map(Option::unwrap_or_default),
        }
    }
}

async fn ask_all(
    documents: &Collection<Document>,
    id: &str,
    asked: &Distinct,
) -> Result<Option<Document>, Error> {
    documents.find_one(doc! { "_id": id }).projection(window::answer(asked)).max_time(ANSWERING).await
}

/// The time of the server, where no document tells it.
async fn time(documents: &Collection<Document>) -> Result<i64, LimitStoreError> {
    let database = documents.client().database(&documents.namespace().db);
    let command = doc! {
        "aggregate": 1,
        "pipeline": [{ "$documents": [{ "now": "$$NOW" }] }],
        "cursor": {},
        "maxTimeMS": i64::try_from(ANSWERING.as_millis()).unwrap_or(i64::MAX),
    };
    let answer = database.run_command(command).await.map_err(|error| failure(&error))?;
    let batch = answer.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
    let first = batch.ok().and_then(|batch| batch.first()?.as_document());
    first.map_or_else(|| time_in(&answer), time_in)
}

fn time_in(document: &Document) -> Result<i64, LimitStoreError> {
    let now = document.get_datetime("now").map_err(|error| LimitStoreError::BadAnswer(error.into()))?;
    Ok(now.timestamp_millis())
}

fn failure(error: &Error) -> LimitStoreError {
    match code(error) {
        Some(TOO_LONG) => LimitStoreError::TimedOut(ANSWERING),
        _ if is_not_now(error) || matches!(*error.kind, ErrorKind::InvalidTlsConfig { .. }) => {
            LimitStoreError::Unreachable(said(error).into())
        }
        _ => LimitStoreError::BadAnswer(said(error).into()),
    }
}

impl LimitStore for MongoLimiter {
    fn take<'a>(&'a self, charges: &'a [Charge]) -> Pending<'a, Result<Decision, LimitStoreError>> {
        Box::pin(self.decide(charges))
    }
}

impl fmt::Debug for MongoLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoLimiter")
            .field("url", &self.0.url)
            .field("prefix", &self.0.prefix)
            .finish_non_exhaustive()
    }
}
