//! Opening a database: the address, the kind of the server, and whether this program knows its documents.

use std::time::Duration;

use futures_util::future::try_join_all;
use mongodb::bson::{Document, doc};
use mongodb::error::{Error, ErrorKind, WriteFailure};
use mongodb::options::{ClientOptions, Hint, ReadConcern, ReadPreference, SelectionCriteria, Tls};
use mongodb::{Client, Database};
use palisade_core::config::MongoUrl;

use super::address;
use super::clock::ServerClock;
use super::concern::majority;
use super::failure::{ATLAS, NO_MAJORITY, OTHER_CASE, UNAUTHORIZED, code, said};
use super::{schema, topology};
use crate::engine::{AddressError, CollectionSpec, OpenError};
use crate::trust;

/// The maximum number of connections to one server, unless the address sets `maxPoolSize`. Each command holds one
/// only for its round trip; a fleet of small instances must not use up the server's connections.
const CONNECTIONS: u32 = 20;

/// A connection that was idle for this long is closed, unless the address sets `maxIdleTimeMS`: an instance that
/// was suspended must not wake up to dead connections.
const IDLE: Duration = Duration::from_secs(30);

/// The timeout for connecting, and for finding a primary, unless the address sets another.
const CONNECT: Duration = Duration::from_secs(5);
const SELECT: Duration = Duration::from_secs(8);

/// How long to wait for index builds. The server continues when nobody waits.
const BUILD: Duration = Duration::from_mins(10);

/// The timeout of all other steps of opening.
pub(super) const ANSWER: Duration = Duration::from_secs(15);

/// The wire protocol of MongoDB 6.0.
const OLDEST_WIRE: i32 = 17;

/// The options of an address, and the defaults.
pub(super) async fn options(url: &MongoUrl) -> Result<ClientOptions, OpenError> {
    // First the mistakes that depend on no server; then names of hosted clusters are looked up.
    address::check(url)?;
    let parsed = with_timeout("looking its servers up", ANSWER, async {
        Ok(ClientOptions::parse(url.expose()).await)
    });
    let mut options = parsed.await?.map_err(|error| match error.kind.as_ref() {
        ErrorKind::DnsResolve { .. } | ErrorKind::Io(_) => unreachable(&error),
        // The driver's text may repeat parts of the address, and DNS adds options to it.
        _ => AddressError("does not fit what DNS says of it (its SRV and TXT records)".into()).into(),
    })?;
    address::usable(&options)?;
    if let Some(Tls::Enabled(tls)) = &mut options.tls
        && tls.ca_file_path.is_none()
    {
        // The driver reads the file itself, and without one uses Mozilla's list, as `trust` does.
        tls.ca_file_path = trust::system_file();
    }
    options.app_name.get_or_insert_with(|| "palisade".to_owned());
    options.max_pool_size.get_or_insert(CONNECTIONS);
    options.max_idle_time.get_or_insert(IDLE);
    options.connect_timeout.get_or_insert(CONNECT);
    options.server_selection_timeout.get_or_insert(SELECT);
    options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
    Ok(options)
}

pub(super) async fn connect(address: &MongoUrl) -> Result<(Client, Database), OpenError> {
    let mut options = options(address).await?;
    // Not the operator's choice: the rules of the store depend on them.
    options.write_concern = Some(majority());
    options.read_concern = Some(ReadConcern::majority());
    let client = Client::with_options(options).map_err(|error| explain("connecting", &error))?;
    let database = client.database(address.database());
    Ok((client, database))
}

/// The names of the existing collections.
pub(super) async fn collections_of(database: &Database) -> Result<Vec<String>, OpenError> {
    let names = async { database.list_collection_names().await };
    with_timeout("listing the collections", ANSWER, names).await
}

/// The server answers, accepts the user, has transactions and is new enough.
pub(super) async fn check_server(clock: &ServerClock, database: &Database) -> Result<(), OpenError> {
    let hello = with_timeout("asking the server for its version", ANSWER, clock.measure(database)).await?;
    judge(&hello)
}

/// Judges a server by its greeting.
pub(super) fn judge(hello: &Document) -> Result<(), OpenError> {
    let replicates =
        hello.contains_key("setName") || hello.get_str("msg").is_ok_and(|kind| kind == "isdbgrid");
    if !replicates {
        return Err(OpenError::Standalone);
    }
    if is_too_old(hello) { Err(OpenError::TooOld) } else { Ok(()) }
}

pub(super) fn is_too_old(hello: &Document) -> bool {
    hello.get_i32("maxWireVersion").unwrap_or(0) < OLDEST_WIRE
}

/// No newer program has written a document, and indexes are as declared.
pub(super) async fn check_documents(
    database: &Database,
    collections: &[&'static CollectionSpec],
) -> Result<(), OpenError> {
    // Before any change: a release that has to stop must not create its indexes first.
    refuse_newer_where_known(database, collections).await?;
    with_timeout("creating indexes", BUILD, schema::create(database, collections)).await?;
    refuse_newer(database, collections).await
}

/// For the collections that have the version index.
pub(super) async fn refuse_newer_where_known(
    database: &Database,
    collections: &[&'static CollectionSpec],
) -> Result<(), OpenError> {
    let known =
        with_timeout("looking at indexes", ANSWER, schema::with_versions(database, collections)).await?;
    refuse_newer(database, &known).await
}

async fn refuse_newer(database: &Database, collections: &[&'static CollectionSpec]) -> Result<(), OpenError> {
    match with_timeout("looking at schema versions", ANSWER, newer(database, collections)).await? {
        Some((spec, found)) => {
            Err(OpenError::NewerSchema { collection: spec.name, found, known: spec.schema_version })
        }
        None => Ok(()),
    }
}

/// A collection to which a newer program wrote, with its newest version.
pub(super) async fn newer(
    database: &Database,
    collections: &[&'static CollectionSpec],
) -> Result<Option<(&'static CollectionSpec, i64)>, Error> {
    let newest = collections.iter().filter(|spec| !spec.ephemeral).map(async |spec| {
        let found = database
            .collection::<Document>(spec.name)
            .find_one(doc! {})
            .projection(doc! { "_id": 0, "schemaVersion": 1 })
            .sort(doc! { "schemaVersion": -1 })
            .hint(Hint::Name(schema::version_index(spec)))
            .max_time(ANSWER)
            .await?;
        let version = found.map_or(0, |document| document.get_i64("schemaVersion").unwrap_or(0));
        Ok::<_, Error>((*spec, version))
    });
    let newest = try_join_all(newest).await?;
    Ok(newest.into_iter().find(|(spec, found)| *found > i64::from(spec.schema_version)))
}

pub(super) async fn with_timeout<T>(
    doing: &'static str,
    limit: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, OpenError> {
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done.map_err(|error| explain(doing, &error)),
        Err(_) => Err(OpenError::Unreachable { source: format!("no answer in time while {doing}").into() }),
    }
}

/// No server answers, which may pass, or none that can be trusted, which does not.
fn unreachable(error: &Error) -> OpenError {
    let said = said(error);
    if let ErrorKind::ServerSelection { message, .. } = error.kind.as_ref()
        && let Some(set) = topology::missed_set(message)
    {
        return OpenError::OtherSet { name: set.to_owned() };
    }
    // The driver has no separate kind for errors of its TLS library.
    if said.contains("certificate") {
        OpenError::Untrusted { source: said.into() }
    } else if said.contains("corrupt message") {
        OpenError::WithoutTls { source: said.into() }
    } else {
        OpenError::Unreachable { source: said.into() }
    }
}

fn explain(doing: &'static str, error: &Error) -> OpenError {
    match error.kind.as_ref() {
        ErrorKind::Authentication { .. } => OpenError::WrongCredentials,
        ErrorKind::ServerSelection { .. } | ErrorKind::Io(_) | ErrorKind::DnsResolve { .. } => {
            unreachable(error)
        }
        ErrorKind::IncompatibleServer { .. } => OpenError::TooOld,
        ErrorKind::InvalidTlsConfig { .. } => {
            AddressError("names a file for TLS with the wrong content".into()).into()
        }
        ErrorKind::InvalidArgument { .. } => {
            AddressError("has an option that the MongoDB driver refuses once it connects".into()).into()
        }
        _ if matches!(code(error), Some(UNAUTHORIZED | ATLAS)) => OpenError::NotPermitted { doing },
        _ if code(error) == Some(OTHER_CASE) => OpenError::OtherCase,
        // The primary has written it, but no majority confirms it in time.
        ErrorKind::Write(WriteFailure::WriteConcernError(_)) => {
            OpenError::NoMajority { source: said(error).into() }
        }
        _ if code(error).is_some_and(|code| NO_MAJORITY.contains(&code)) => {
            OpenError::NoMajority { source: said(error).into() }
        }
        _ => OpenError::Engine { doing, source: said(error).into() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The greetings of real servers.
    #[test]
    fn a_server_is_judged_by_its_greeting() {
        let member = |wire: i32| doc! { "setName": "rs0", "maxWireVersion": wire };
        // 4.2, 5.0 and 6.0.
        assert!(matches!(judge(&member(8)), Err(OpenError::TooOld)));
        assert!(matches!(judge(&member(13)), Err(OpenError::TooOld)));
        assert!(judge(&member(17)).is_ok());
        assert!(judge(&doc! { "msg": "isdbgrid", "maxWireVersion": 25 }).is_ok());
        assert!(matches!(judge(&doc! { "maxWireVersion": 25 }), Err(OpenError::Standalone)));
    }
}
