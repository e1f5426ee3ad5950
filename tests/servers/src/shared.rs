//! The shared servers, for tests that do not disturb them.

use std::sync::LazyLock;

use crate::error::ServerError;
use crate::program::variable;
use crate::redis::RedisServer;
use crate::replica_set::{Options, ReplicaSet};

/// Names a replica set that runs already: `mongodb://…`, with an account that may create and drop databases.
pub const MONGODB_TEST_URL: &str = "MONGODB_TEST_URL";
/// Names a Redis that runs already, and that tests may write to: `redis://…`.
pub const REDIS_TEST_URL: &str = "REDIS_TEST_URL";

/// The replica set of this run: the one that [`MONGODB_TEST_URL`] names, as `cargo xtask test` does; else one of a
/// single member, which is started at the first call and ends with this process. Blocks until it is there.
///
/// # Panics
///
/// When there is none and none can be started; the message says how to get it.
#[expect(clippy::panic, reason = "a test that cannot go on stops, and the message says what is missing")]
pub fn mongodb_url() -> String {
    static STARTED: LazyLock<Result<ReplicaSet, ServerError>> =
        LazyLock::new(|| apart(|| ReplicaSet::with(Options::single())));
    given(MONGODB_TEST_URL).unwrap_or_else(|| match &*STARTED {
        Ok(set) => set.url(),
        Err(error) => panic!("{error}"),
    })
}

/// The Redis of this run: the one that [`REDIS_TEST_URL`] names, else one that is started at the first call and ends
/// with this process. Blocks until it is there.
///
/// # Panics
///
/// When there is none and none can be started; the message says how to get it.
#[expect(clippy::panic, reason = "a test that cannot go on stops, and the message says what is missing")]
pub fn redis_url() -> String {
    static STARTED: LazyLock<Result<RedisServer, ServerError>> = LazyLock::new(|| apart(RedisServer::start));
    given(REDIS_TEST_URL).unwrap_or_else(|| match &*STARTED {
        Ok(server) => server.url(),
        Err(error) => panic!("{error}"),
    })
}

/// The server that a variable names: [`MONGODB_TEST_URL`] or [`REDIS_TEST_URL`].
pub fn given(name: &str) -> Option<String> {
    variable(name).map(|url| url.to_string_lossy().into_owned())
}

/// Runs it on a thread with a runtime of its own: whoever calls may be inside one, which ends with its test.
pub(crate) fn apart<T: Send, F: Future<Output = Result<T, ServerError>>>(
    work: impl FnOnce() -> F + Send,
) -> Result<T, ServerError> {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            let runtime = builder.enable_all().build().map_err(ServerError::system("starting a runtime"))?;
            runtime.block_on(work())
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
