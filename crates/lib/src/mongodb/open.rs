//! Opening a database: the address, what kind of server answers there, and whether this program knows its documents.

use std::time::Duration;

use futures_util::future::try_join_all;
use mongodb::bson::{Document, doc};
use mongodb::error::{Error, ErrorKind};
use mongodb::options::{
    ClientOptions, ConnectionString, Hint, HostInfo, ReadConcern, ReadPreference, SelectionCriteria,
};
use mongodb::{Client, Database};

use super::clock::ServerClock;
use super::failure::{ATLAS, UNAUTHORIZED, code, said};
use super::{majority, schema};
use crate::store::spec::CollectionSpec;
use crate::store::{MongoAddress, OpenError};

/// The database of an address that names none.
const DATABASE: &str = "palisade";

/// Connections to one server at most, unless the address says otherwise (`maxPoolSize`). Each command holds one for its
/// round trip only; a fleet of small instances must not use up what a server accepts.
const CONNECTIONS: u32 = 20;

/// A connection that was idle for this long is closed, unless the address says otherwise (`maxIdleTimeMS`): an instance
/// that is suspended must not wake up to connections that died in the meantime.
const IDLE: Duration = Duration::from_secs(30);

/// How long a server may take to accept, and a primary to be found, unless the address says otherwise.
const CONNECT: Duration = Duration::from_secs(5);
const SELECT: Duration = Duration::from_secs(8);

/// How long the building of indexes is waited for. It goes on in the server when nobody waits.
const BUILD: Duration = Duration::from_mins(10);

/// How long anything else at opening may take.
const ANSWER: Duration = Duration::from_secs(15);

/// The wire protocol of MongoDB 6.0.
const OLDEST_WIRE: i32 = 17;

/// The servers and the database of an address, without credentials or options; `None` when it is none. Asks nobody.
pub(crate) fn address_name(url: &str) -> Option<String> {
    let ConnectionString { host_info, default_database, .. } = ConnectionString::parse(url).ok()?;
    let (scheme, hosts) = match host_info {
        HostInfo::HostIdentifiers(hosts) => {
            let mut hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
            hosts.sort();
            ("mongodb", hosts.join(","))
        }
        HostInfo::DnsRecord(name) => ("mongodb+srv", name),
        _ => return None,
    };
    Some(format!("{scheme}://{hosts}/{}", default_database.as_deref().unwrap_or(DATABASE)))
}

/// What an address says, and what holds where it says nothing.
pub(super) async fn options(url: &str) -> Result<ClientOptions, OpenError> {
    // Names of hosted clusters are looked up here.
    let parsed = within("looking its servers up", ANSWER, async { Ok(ClientOptions::parse(url).await) });
    let mut options = parsed.await?.map_err(|error| match error.kind.as_ref() {
        ErrorKind::DnsResolve { .. } | ErrorKind::Io(_) => unreachable(&error),
        // The driver's words may repeat parts of the address.
        _ => OpenError::BadAddress,
    })?;
    options.app_name.get_or_insert_with(|| "palisade".to_owned());
    options.max_pool_size.get_or_insert(CONNECTIONS);
    options.max_idle_time.get_or_insert(IDLE);
    options.connect_timeout.get_or_insert(CONNECT);
    options.server_selection_timeout.get_or_insert(SELECT);
    options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
    Ok(options)
}

pub(super) async fn connect(address: &MongoAddress) -> Result<(Client, Database), OpenError> {
    let mut options = options(address.url()).await?;
    // Not the operator's choice: the rules of the store rest on them.
    options.write_concern = Some(majority());
    options.read_concern = Some(ReadConcern::majority());
    let name = options.default_database.clone().unwrap_or_else(|| DATABASE.to_owned());
    let client = Client::with_options(options).map_err(|error| explain("connecting", &error))?;
    let database = client.database(&name);
    Ok((client, database))
}

/// The names of the collections that are there.
pub(super) async fn collections_of(database: &Database) -> Result<Vec<String>, OpenError> {
    let names = async { database.list_collection_names().await };
    within("looking what is there", ANSWER, names).await
}

/// The server answers, accepts us, can do transactions and is new enough.
pub(super) async fn check_server(clock: &ServerClock, database: &Database) -> Result<(), OpenError> {
    let hello = within("asking the server what it is", ANSWER, clock.measure(database)).await?;
    judge(&hello)
}

/// What its greeting says about a server.
pub(super) fn judge(hello: &Document) -> Result<(), OpenError> {
    let replicates =
        hello.contains_key("setName") || hello.get_str("msg").is_ok_and(|kind| kind == "isdbgrid");
    if !replicates {
        return Err(OpenError::Standalone);
    }
    if hello.get_i32("maxWireVersion").unwrap_or(0) < OLDEST_WIRE {
        return Err(OpenError::TooOld);
    }
    Ok(())
}

/// No document was written by a newer program, and indexes are as declared.
pub(super) async fn check_documents(
    database: &Database,
    collections: &[&'static CollectionSpec],
) -> Result<(), OpenError> {
    // Before anything is touched: a release that has to go away must not make its own indexes first.
    let known = within("looking at indexes", ANSWER, schema::with_versions(database, collections)).await?;
    refuse_newer(database, &known).await?;
    within("creating indexes", BUILD, schema::create(database, collections)).await?;
    refuse_newer(database, collections).await
}

async fn refuse_newer(database: &Database, collections: &[&'static CollectionSpec]) -> Result<(), OpenError> {
    match within("looking at schema versions", ANSWER, newer(database, collections)).await? {
        Some((spec, found)) => {
            Err(OpenError::NewerSchema { collection: spec.name, found, known: spec.schema_version })
        }
        None => Ok(()),
    }
}

/// A collection to which a newer program wrote, with the newest version there.
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

async fn within<T>(
    doing: &'static str,
    limit: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, OpenError> {
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done.map_err(|error| explain(doing, &error)),
        Err(_) => Err(OpenError::Unreachable { source: format!("no answer in time while {doing}").into() }),
    }
}

/// Nobody answers, which may pass, or nobody who can be trusted, which does not.
fn unreachable(error: &Error) -> OpenError {
    let said = said(error);
    // The driver has no kind of its own for what its TLS library says.
    if said.contains("certificate") {
        OpenError::Untrusted { source: said.into() }
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
        ErrorKind::InvalidTlsConfig { .. } | ErrorKind::InvalidArgument { .. } => OpenError::BadAddress,
        _ if matches!(code(error), Some(UNAUTHORIZED | ATLAS)) => OpenError::NotPermitted { doing },
        _ => OpenError::Engine { doing, source: said(error).into() },
    }
}
