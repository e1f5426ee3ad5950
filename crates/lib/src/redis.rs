//! Rate limits counted in Redis, or in a server that speaks its protocol: shared by every instance that names it.
//!
//! A decision is one script, so one atomic step, on the clock of that server. Nothing else is kept there.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::config::limit_store::RedisUrl;
use palisade_core::limits::{Charge, Decision, Distinct, LimitStoreError};
use palisade_core::ports::{LimitStore, Pending};
use parking_lot::Mutex;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, ErrorKind, RedisError, Script};

use crate::limits::{Keys, SCRIPT, arguments, decision};

/// How long connecting may take: a name, TCP, TLS and a password. Not how long a decision may.
const CONNECTING: Duration = Duration::from_secs(2);
/// An answer that has not come by then will not; callers stop waiting long before. Less than a caller gives a connection
/// that has to be made, so that one of them sees this end.
const ANSWERING: Duration = Duration::from_secs(1);

/// Why there is no limiter on this server.
#[derive(Debug, thiserror::Error)]
#[error("preparing the connection to Redis")]
pub struct RedisOpenError(#[source] RedisError);

/// Counts in Redis. Clones share one connection, which is made when it is first needed and again when it is lost.
#[derive(Clone)]
pub struct RedisLimiter {
    client: Client,
    connection: Arc<Mutex<ConnectionManager>>,
    script: Script,
    keys: Keys,
}

impl RedisLimiter {
    /// A limiter on this server, its keys under this prefix. Connects to nothing yet. Needs a runtime of tokio.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn open(url: &RedisUrl, prefix: &str) -> Result<Self, RedisOpenError> {
        let client = Client::open(url.expose()).map_err(RedisOpenError)?;
        let connection = Arc::new(Mutex::new(connection(&client).map_err(RedisOpenError)?));
        Ok(Self { client, connection, script: Script::new(SCRIPT), keys: Keys::new(prefix) })
    }

    async fn decide(&self, charges: &[Charge]) -> Result<Decision, LimitStoreError> {
        let asked = Distinct::of(charges);
        let mut call = self.script.prepare_invoke();
        for charge in asked.charges() {
            call.key(self.keys.name(charge));
            for number in arguments(charge) {
                call.arg(number);
            }
        }
        // By its hash; a server that does not know it (restarted, failed over) is told the script and asked again.
        let mut connection = self.connection.lock().clone();
        let answer: Result<Vec<i64>, RedisError> = call.invoke_async(&mut connection).await;
        if answer.as_ref().is_err_and(RedisError::is_timeout) {
            self.connect_anew();
        }
        decision(&asked, &answer.map_err(failure)?)
    }

    /// Leaves a connection on which nothing came any more. Whether its other end is still there, the system may find out
    /// after a quarter of an hour only: where a machine or a route was lost, nobody says so.
    fn connect_anew(&self) {
        // The address was good enough before.
        if let Ok(anew) = connection(&self.client) {
            *self.connection.lock() = anew;
        }
    }
}

fn connection(client: &Client) -> Result<ConnectionManager, RedisError> {
    // Retrying is for whoever asks: while it waits in here, nobody can say that the server is gone.
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(CONNECTING))
        .set_response_timeout(Some(ANSWERING))
        .set_number_of_retries(0);
    ConnectionManager::new_lazy_with_config(client.clone(), config)
}

fn failure(error: RedisError) -> LimitStoreError {
    let gone = error.is_io_error() || error.is_connection_dropped() || error.is_connection_refusal();
    match error.kind() {
        _ if error.is_timeout() => LimitStoreError::TimedOut(ANSWERING),
        ErrorKind::Io | ErrorKind::AuthenticationFailed => LimitStoreError::Unreachable(error.into()),
        _ if gone => LimitStoreError::Unreachable(error.into()),
        _ => LimitStoreError::BadAnswer(error.into()),
    }
}

impl LimitStore for RedisLimiter {
    fn take<'a>(&'a self, charges: &'a [Charge]) -> Pending<'a, Result<Decision, LimitStoreError>> {
        Box::pin(self.decide(charges))
    }
}

impl fmt::Debug for RedisLimiter {
    /// Without the address: it holds the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisLimiter").field("keys", &self.keys).finish_non_exhaustive()
    }
}
