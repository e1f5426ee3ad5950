//! Runs the servers that all tests of a run share, until it is stopped by an interrupt or by the end of its input. The
//! system closes that input when the parent process ends, however it ends.

use std::io::{Read, Write};
use std::process::ExitCode;

use palisade_test_servers::{
    MONGODB_TEST_URL, Options, REDIS_TEST_URL, RedisServer, ReplicaSet, ServerError, given,
};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints a line `NAME=URL` for each server, once both are ready.
async fn run() -> Result<(), ServerError> {
    let mut told = stopped()?;
    let servers = async { tokio::try_join!(mongodb(), redis()) };
    // A stop during the start ends them, too.
    let ((mongodb, _set), (redis, _server)) = tokio::select! {
        started = servers => started?,
        _ = &mut told => return Ok(()),
    };
    let mut out = std::io::stdout();
    let said = writeln!(out, "{MONGODB_TEST_URL}={mongodb}\n{REDIS_TEST_URL}={redis}");
    if said.and_then(|()| out.flush()).is_ok() {
        let _ = told.await;
    }
    Ok(())
}

/// The replica set of the variable, or a new one. One member answers as three do, in half the time on a machine whose
/// cores they would share. Tests about elections, lost members and late replication start sets of three of their own.
async fn mongodb() -> Result<(String, Option<ReplicaSet>), ServerError> {
    match given(MONGODB_TEST_URL) {
        Some(url) => Ok((url, None)),
        None => ReplicaSet::with(Options::single()).await.map(|set| (set.url(), Some(set))),
    }
}

/// The Redis of the variable, or a new one.
async fn redis() -> Result<(String, Option<RedisServer>), ServerError> {
    match given(REDIS_TEST_URL) {
        Some(url) => Ok((url, None)),
        None => RedisServer::start().await.map(|server| (server.url(), Some(server))),
    }
}

/// Receives the request to stop.
fn stopped() -> Result<oneshot::Receiver<()>, ServerError> {
    let listening = |kind| {
        signal(kind).map_err(|cause| ServerError::System { doing: "listening for signals".to_owned(), cause })
    };
    let (mut interrupt, mut terminate) =
        (listening(SignalKind::interrupt())?, listening(SignalKind::terminate())?);
    let (ended, end) = oneshot::channel();
    // On a thread: a read of standard input cannot be canceled, and would keep the runtime from ending.
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin().lock().by_ref(), &mut std::io::sink());
        let _ = ended.send(());
    });
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = end => {}
        }
        let _ = stop.send(());
    });
    Ok(stopped)
}
