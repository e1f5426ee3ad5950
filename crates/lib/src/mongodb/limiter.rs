//! Rate limits in MongoDB: shared by every instance that names the database. A standalone server is enough.
//!
//! A decision is one `findAndModify` of the one document of its subject, on the server's clock.
//! `docs/decisions/0015-limits-in-mongodb.md` explains the reasons, and the cost of an election.

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
use palisade_core::ports::{BoxFuture, LimitStore};
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::address;
use super::failure::{code, is_duplicate, is_temporary, said};
use super::open;
use super::window::{self, ANSWERING, Answer};
use crate::engine::AddressError;

/// The collection.
pub(super) const LIMITS: &str = "limits";

/// `MaxTimeMSExpired`.
const MAX_TIME_EXPIRED: i32 = 50;

/// Two calls that charge a new subject at once both insert its document; one of them gets a duplicate. The server
/// retries by itself, but not in every case.
const ATTEMPTS: usize = 5;

/// The maximum number of attempts to give back, while other calls charge the same subject.
const RETURN_ATTEMPTS: usize = 16;

/// The time until the creation of the index is retried.
const INDEX_RETRY: Duration = Duration::from_mins(1);

/// Why this database has no limiter.
#[derive(Debug, thiserror::Error)]
#[error("its address {0}")]
pub struct MongoOpenError(#[from] pub AddressError);

/// Counts in MongoDB. Clones share connections, which are opened on first use.
#[derive(Clone)]
pub struct MongoLimiter(Arc<Inner>);

struct Inner {
    url: MongoUrl,
    prefix: String,
    documents: OnceCell<Collection<Document>>,
    has_index: AtomicBool,
    /// The mark, as last seen.
    mark: Mutex<Option<ObjectId>>,
}

impl MongoLimiter {
    /// A limiter in this database, the ids of its documents under this prefix. Connects to nothing yet.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn open(url: &MongoUrl, prefix: &str) -> Result<Self, MongoOpenError> {
        address::check(url)?;
        let (url, prefix) = (url.clone(), prefix.to_owned());
        let has_index = AtomicBool::new(false);
        let documents = OnceCell::new();
        Ok(Self(Arc::new(Inner { url, prefix, documents, has_index, mark: Mutex::default() })))
    }

    async fn decide(&self, charges: &[Charge]) -> Result<Decision, LimitStoreError> {
        let asked = Distinct::of(charges);
        let documents = self.documents().await?;
        self.ensure_index(documents);
        let call = ObjectId::new();
        let found = match asked.charges().first() {
            Some(charge) => {
                let id = self.id(charge);
                let answer = match self.find(documents, &id, &asked, call).await {
                    // The server or a proxy had closed the idle connection. A repeated call is charged once.
                    Err(error) if is_lost(&error) => self.find(documents, &id, &asked, call).await,
                    answer => answer,
                };
                answer.map_err(|error| failure(&error))?
            }
            None => None,
        };
        let answer = match found {
            Some(document) => Answer { now: time_in(&document)?, document: Some(document) },
            None => Answer { now: time(documents).await?, document: None },
        };
        let unknown = || LimitStoreError::BadAnswer("a document in an unknown format".into());
        answer.decision(&asked, call).ok_or_else(unknown)
    }

    /// The id of the document with its windows.
    fn id(&self, charge: &Charge) -> String {
        format!("{}:{}", self.0.prefix, charge.key().subject().group())
    }

    async fn find(
        &self,
        documents: &Collection<Document>,
        id: &str,
        asked: &Distinct,
        call: ObjectId,
    ) -> Result<Option<Document>, Error> {
        if asked.charges().iter().any(|charge| charge.cost() > 0) {
            return charge_all(documents, id, asked, call).await.map(Some);
        }
        ask_all(documents, id, asked).await
    }

    async fn return_units(&self, charges: &[Charge], at: Duration) -> Result<(), LimitStoreError> {
        let documents = self.documents().await?;
        for charge in charges {
            return_one(documents, &self.id(charge), charge, at).await.map_err(|error| failure(&error))?;
        }
        Ok(())
    }

    /// The mark exists as long as the collection does. Of several concurrent creators one succeeds.
    async fn check_mark(&self) -> Result<(), LimitStoreError> {
        let documents = self.documents().await?;
        let id = format!("{}:mark", self.0.prefix);
        let found = match read_mark(documents, &id).await {
            // As with a decision.
            Err(error) if is_lost(&error) => read_mark(documents, &id).await,
            found => found,
        };
        let found = found.map_err(|error| failure(&error))?;
        let now = found.and_then(|document| document.get_object_id("mark").ok());
        let mut mark = self.0.mark.lock();
        match std::mem::replace(&mut *mark, now) {
            Some(before) if now != Some(before) => {
                Err(LimitStoreError::CountersLost("its collection was emptied"))
            }
            _ => Ok(()),
        }
    }

    async fn documents(&self) -> Result<&Collection<Document>, LimitStoreError> {
        let connect = || async {
            let options = open::options(&self.0.url).await;
            let mut options = options.map_err(|error| LimitStoreError::Unreachable(error.into()))?;
            // Weaker than for documents, on purpose: limits change often and matter only for as long as their windows.
            // See the decision.
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

    /// The index by which the server removes ended documents. No decision needs it, so none waits for it.
    fn ensure_index(&self, documents: &Collection<Document>) {
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
                tracing::warn!(cause, "limits in MongoDB have no index that removes ended documents");
                tokio::time::sleep(INDEX_RETRY).await;
                limiter.0.has_index.store(false, Ordering::Relaxed);
            }
        });
    }
}

/// Reads the mark, and creates it if it does not exist.
async fn read_mark(documents: &Collection<Document>, id: &str) -> Result<Option<Document>, Error> {
    let made = documents
        .find_one_and_update(doc! { "_id": id }, doc! { "$setOnInsert": { "mark": ObjectId::new() } })
        .upsert(true)
        .return_document(ReturnDocument::After)
        .max_time(ANSWERING)
        .await;
    match made {
        Err(error) if is_duplicate(&error) => {
            documents.find_one(doc! { "_id": id }).max_time(ANSWERING).await
        }
        made => made,
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

/// Reads, and writes under the condition that nothing has changed: rare, and then mostly without conflicts. A
/// charge that loses every time stays.
async fn return_one(
    documents: &Collection<Document>,
    id: &str,
    charge: &Charge,
    at: Duration,
) -> Result<(), Error> {
    let at = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
    let field = format!("windows.{}", window::name(charge));
    for _ in 0..RETURN_ATTEMPTS {
        let fields = doc! { "now": "$$NOW", &field: 1 };
        let found = documents.find_one(doc! { "_id": id }).projection(fields).max_time(ANSWERING).await?;
        let Some(found) = found else { return Ok(()) };
        let now = found.get_datetime("now").map_or(i64::MAX, |now| now.timestamp_millis());
        let length = i64::from(charge.quota().window_secs()) * 1_000;
        let windows = found.get_document("windows").ok();
        let known = windows.and_then(|windows| windows.get_document(window::name(charge)).ok());
        // Units that have left their window by now no longer count.
        let Some(known) = known.filter(|_| at.saturating_add(length) > now) else { return Ok(()) };
        let Some(without) = window::without(known, charge, at) else { return Ok(()) };
        let unchanged = doc! { "_id": id, &field: known };
        if documents.update_one(unchanged, doc! { "$set": { &field: without } }).await?.modified_count > 0 {
            return Ok(());
        }
    }
    Ok(())
}

async fn ask_all(
    documents: &Collection<Document>,
    id: &str,
    asked: &Distinct,
) -> Result<Option<Document>, Error> {
    documents.find_one(doc! { "_id": id }).projection(window::answer(asked)).max_time(ANSWERING).await
}

/// The server's time, if no document tells it. Every user may ask for it.
async fn time(documents: &Collection<Document>) -> Result<i64, LimitStoreError> {
    let database = documents.client().database(&documents.namespace().db);
    let hello = database.run_command(doc! { "hello": 1 }).await.map_err(|error| failure(&error))?;
    if open::is_too_old(&hello) {
        return Err(LimitStoreError::BadAnswer("the server is older than MongoDB 6.0".into()));
    }
    let now = hello.get_datetime("localTime").map_err(|error| LimitStoreError::BadAnswer(error.into()))?;
    Ok(now.timestamp_millis())
}

fn time_in(document: &Document) -> Result<i64, LimitStoreError> {
    let now = document.get_datetime("now").map_err(|error| LimitStoreError::BadAnswer(error.into()))?;
    Ok(now.timestamp_millis())
}

/// Whether a connection was lost, and another may be available at once.
fn is_lost(error: &Error) -> bool {
    matches!(error.kind.as_ref(), ErrorKind::Io(_) | ErrorKind::ConnectionPoolCleared { .. })
}

fn failure(error: &Error) -> LimitStoreError {
    match code(error) {
        Some(MAX_TIME_EXPIRED) => LimitStoreError::TimedOut(ANSWERING),
        _ if is_temporary(error) || matches!(*error.kind, ErrorKind::InvalidTlsConfig { .. }) => {
            LimitStoreError::Unreachable(said(error).into())
        }
        _ => LimitStoreError::BadAnswer(said(error).into()),
    }
}

impl LimitStore for MongoLimiter {
    fn take<'a>(&'a self, charges: &'a [Charge]) -> BoxFuture<'a, Result<Decision, LimitStoreError>> {
        Box::pin(self.decide(charges))
    }

    fn give_back<'a>(
        &'a self,
        charges: &'a [Charge],
        decision: &'a Decision,
    ) -> BoxFuture<'a, Result<(), LimitStoreError>> {
        Box::pin(self.return_units(charges, decision.at()))
    }

    fn check_counters(&self) -> BoxFuture<'_, Result<(), LimitStoreError>> {
        Box::pin(self.check_mark())
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
