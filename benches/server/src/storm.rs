//! A storm of sign-ins: so many clients that each sign in again as soon as they were answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::JoinSet;

use crate::Failure;
use crate::account::login;
use crate::wire::{Connection, status};

/// A storm that goes on until it is dropped.
#[derive(Debug)]
pub(crate) struct Storm {
    answered: Arc<AtomicU64>,
    _clients: JoinSet<()>,
}

impl Storm {
    /// Begins, each client with one of these accounts, and waits until each has been answered once.
    pub(crate) async fn begin(
        server: SocketAddr,
        accounts: &[String],
        clients: usize,
    ) -> Result<Self, Failure> {
        let answered = Arc::new(AtomicU64::new(0));
        let mut running = JoinSet::new();
        for email in accounts.iter().cycle().take(clients) {
            let (request, answered) = (login(email), Arc::clone(&answered));
            let mut connection = Connection::open(server).await?;
            running.spawn(async move {
                while let Ok(answer) = connection.exchange(&request).await {
                    match status(answer) {
                        Some(200) => {
                            answered.fetch_add(1, Ordering::Relaxed);
                        }
                        // The queue is full, or the machine so busy that a sign-in passed its deadline: it tries again.
                        Some(503) => {}
                        _ => return,
                    }
                }
            });
        }
        while answered.load(Ordering::Relaxed) < u64::try_from(clients)? {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            if running.try_join_next().is_some() {
                return Err("a sign-in of the storm was answered with neither 200 nor 503".into());
            }
        }
        Ok(Self { answered, _clients: running })
    }

    /// How many have signed in so far.
    pub(crate) fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }
}
