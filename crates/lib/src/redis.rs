//! Rate limits in Redis, in a Redis cluster, or in a server that speaks its protocol: shared by every instance that
//! names it.
//!
//! A decision is one script, so one atomic step, on the clock of that server. Nothing else is stored there.

mod error;
mod link;
mod loss;

use std::fmt;
use std::sync::Arc;

use palisade_core::config::redis_url::RedisUrl;
use palisade_core::limits::{Charge, Decision, Distinct, LimitStoreError};
use palisade_core::ports::{BoxFuture, LimitStore};
use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind};

use crate::limits::{Keys, Mark, ScriptCall, decision};
pub use error::RedisOpenError;
use link::{Connector, Link, RESPONSE_TIMEOUT};
use loss::LossDetector;

/// The maximum number of sends of a command: one repetition after a closed connection, and one for each change of
/// the assumed kind of server.
const ATTEMPTS: usize = 4;

/// Counts in Redis. Clones share one connection, or one to each node of a cluster.
#[derive(Clone, Debug)]
pub struct RedisLimiter(Arc<Inner>);

struct Inner {
    connector: Connector,
    keys: Keys,
    mark: Mark,
    losses: LossDetector,
}

impl RedisLimiter {
    /// Whether the address can be used. Connects to nothing, and needs no runtime.
    ///
    /// # Errors
    /// When it cannot.
    pub fn judge(url: &RedisUrl) -> Result<(), RedisOpenError> {
        Connector::judge(url)
    }

    /// A limiter on this server, its keys under this prefix. Connects to nothing yet. Needs a tokio runtime.
    ///
    /// The server's answers show whether it is a cluster.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn open(url: &RedisUrl, prefix: &str) -> Result<Self, RedisOpenError> {
        let connector = Connector::open(url)?;
        let keys = Keys::new(prefix);
        let losses = LossDetector::of(&keys);
        Ok(Self(Arc::new(Inner { connector, keys, mark: Mark::default(), losses })))
    }

    /// The server's policy for full memory; `None` if the user may not ask for it.
    pub async fn eviction(&self) -> Option<String> {
        loss::policy(&mut self.0.connector.current()).await
    }

    /// Whether it is a cluster, as far as known from earlier answers.
    pub fn is_cluster(&self) -> bool {
        matches!(self.0.connector.current(), Link::Cluster(_))
    }

    async fn decide(&self, charges: &[Charge]) -> Result<Decision, LimitStoreError> {
        let asked = Distinct::of(charges);
        let mut call = self.0.keys.decide(&asked, true);
        let answer: Vec<i64> = self.call(&mut call, true).await.map_err(failure)?;
        if let (true, Link::Cluster(mut nodes)) = (charges.is_empty(), self.0.connector.current()) {
            loss::reach(&mut nodes).await.map_err(failure)?;
        }
        decision(&asked, &answer, &self.0.mark)
    }

    /// Calls a script, and repeats it where that is worthwhile. The last key is the mark, if `has_mark`.
    async fn call<T: FromRedisValue>(
        &self,
        call: &mut ScriptCall,
        mut has_mark: bool,
    ) -> Result<T, RedisError> {
        let mut tries = Tries::default();
        loop {
            let mut link = self.0.connector.current();
            if has_mark && !matches!(link, Link::One { marked: true, .. }) {
                call.keys.pop();
                has_mark = false;
            }
            match run(&mut link, call).await {
                Err(error) if tries.again(&self.0.connector, &error) => {}
                answer => return answer,
            }
        }
    }

    async fn check(&self) -> Result<(), LimitStoreError> {
        let mut tries = Tries::default();
        loop {
            match self.0.losses.check(&self.0.connector, &self.0.keys).await {
                Err(error) if tries.again(&self.0.connector, &error) => {}
                Err(error) => return Err(failure(error)),
                Ok(found) => return found,
            }
        }
    }
}

/// The number of failed attempts.
#[derive(Default)]
struct Tries {
    failed: usize,
    closed: bool,
}

impl Tries {
    /// Whether to repeat the call at once after this error.
    fn again(&mut self, connector: &Connector, error: &RedisError) -> bool {
        self.failed += 1;
        self.failed < ATTEMPTS
            && connector.should_retry(error)
            // Closed twice means down.
            && !(error.is_io_error() && std::mem::replace(&mut self.closed, true))
    }
}

/// By its hash. A server that does not know the hash (restarted, failed over) gets the script, and so does one
/// whose user may not call scripts by hash.
async fn run<T: FromRedisValue>(link: &mut Link, call: &ScriptCall) -> Result<T, RedisError> {
    match link.query(&command("EVALSHA", &call.script.hash, call)).await {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::Server(ServerErrorKind::NoScript | ServerErrorKind::NoPerm)
            ) =>
        {
            link.query(&command("EVAL", call.script.code, call)).await
        }
        answer => answer,
    }
}

fn command(name: &str, script: &str, call: &ScriptCall) -> Cmd {
    let mut command = redis::cmd(name);
    command.arg(script).arg(call.keys.len()).arg(&call.keys).arg(&call.arguments);
    command
}

fn failure(error: RedisError) -> LimitStoreError {
    use ServerErrorKind::{BusyLoading, ClusterDown, MasterDown, ReadOnly};
    let gone = error.is_io_error() || error.is_connection_dropped() || error.is_connection_refusal();
    match error.kind() {
        ErrorKind::AuthenticationFailed => {
            let said = format!("it does not accept the user and the password ({error})");
            LimitStoreError::Unreachable(said.into())
        }
        _ if error.code() == Some("NOAUTH") => {
            let said = "it wants a password, and the address has none: `redis://:password@host`";
            LimitStoreError::Unreachable(said.into())
        }
        ErrorKind::Server(ServerErrorKind::NoPerm) => {
            let said = format!("its user lacks a right, and docs/limit-stores.md lists them all ({error})");
            LimitStoreError::BadAnswer(said.into())
        }
        _ if error.is_timeout() => LimitStoreError::TimedOut(RESPONSE_TIMEOUT),
        ErrorKind::Io
        | ErrorKind::ClusterConnectionNotFound
        | ErrorKind::Server(BusyLoading | ClusterDown | MasterDown | ReadOnly) => {
            LimitStoreError::Unreachable(error.into())
        }
        _ if gone => LimitStoreError::Unreachable(error.into()),
        _ => LimitStoreError::BadAnswer(error.into()),
    }
}

impl LimitStore for RedisLimiter {
    fn take<'a>(&'a self, charges: &'a [Charge]) -> BoxFuture<'a, Result<Decision, LimitStoreError>> {
        Box::pin(self.decide(charges))
    }

    fn give_back<'a>(
        &'a self,
        charges: &'a [Charge],
        decision: &'a Decision,
    ) -> BoxFuture<'a, Result<(), LimitStoreError>> {
        Box::pin(async move {
            if charges.is_empty() {
                return Ok(());
            }
            let mut call = self.0.keys.give_back(charges, decision.at());
            self.call(&mut call, false).await.map_err(failure)
        })
    }

    fn check_counters(&self) -> BoxFuture<'_, Result<(), LimitStoreError>> {
        Box::pin(self.check())
    }
}

impl fmt::Debug for Inner {
    /// Without the address, which contains the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("keys", &self.keys).finish_non_exhaustive()
    }
}
