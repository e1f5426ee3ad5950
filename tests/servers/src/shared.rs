//! The servers that tests share.

use std::sync::LazyLock;

use crate::error::ServerError;
use crate::program::variable;
use crate::redis::RedisServer;
use crate::replica_set::{Options, ReplicaSet};

/// The variable with the URL of a running replica set: `mongodb://…`, with a user who may create and drop databases.
pub const MONGODB_TEST_URL: &str = "MONGODB_TEST_URL";
/// The variable with the URL of a running Redis to which tests may write: `redis://…`.
pub const REDIS_TEST_URL: &str = "REDIS_TEST_URL";

/// The replica set of this run: the one of [`MONGODB_TEST_URL`], which `cargo xtask test` sets; else one with a single
/// member, which the first call starts and which ends with this process. Blocks until it is ready.
///
/// # Panics
///
/// When none can be started. The message says how to install it.
#[expect(clippy::panic, reason = "a test that cannot go on stops, and the message says what is missing")]
pub fn mongodb_url() -> String {
    static STARTED: LazyLock<Result<ReplicaSet, ServerError>> =
        LazyLock::new(|| apart(|| ReplicaSet::with(Options::single())));
    given(MONGODB_TEST_URL).unwrap_or_else(|| match &*STARTED {
        Ok(set) => set.url(),
        Err(error) => panic!("{error}"),
    })
}

/// The Redis of this run: the one of [`REDIS_TEST_URL`], else one that the first call starts and that ends with this
/// process. Blocks until it is ready.
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

/// The URL in a variable: [`MONGODB_TEST_URL`] or [`REDIS_TEST_URL`].
pub fn given(name: &str) -> Option<String> {
    variable(name).map(|url| url.to_string_lossy().into_owned())
}

/// Runs this on a thread with its own runtime: the caller may be inside a runtime that ends with its test.
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
