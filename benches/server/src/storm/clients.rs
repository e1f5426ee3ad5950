//! The clients of a storm: each signs in again as soon as it gets an answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hdrhistogram::Histogram;
use parking_lot::Mutex;
use tokio::task::JoinSet;

use crate::Failure;
use crate::account::login;
use crate::load::{histogram, now};
use crate::wire::{Connection, split, status};

/// A storm that runs until it is dropped.
#[derive(Debug)]
pub(super) struct Storm {
    answers: Arc<Mutex<Answers>>,
    _clients: JoinSet<()>,
}

/// The answers to the clients so far.
#[derive(Clone, Debug)]
pub(super) struct Answers {
    /// The number of successful sign-ins.
    pub(super) signed_in: u64,
    /// The time until a refusal, in microseconds.
    pub(super) refused: Histogram<u64>,
    /// An unexpected answer.
    odd: Option<String>,
}

/// The number of clients, and their patience.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crowd {
    pub(super) clients: usize,
    /// The pause of a refused client before it tries again.
    pub(super) rest: Duration,
}

impl Storm {
    /// Starts; each client has accounts of its own and uses them in sequence. Waits until as many answers have come
    /// as there are clients.
    pub(super) async fn begin(
        server: SocketAddr,
        accounts: &[String],
        crowd: Crowd,
    ) -> Result<Self, Failure> {
        let answers = Arc::new(Mutex::new(Answers { signed_in: 0, refused: histogram()?, odd: None }));
        let mut clients = JoinSet::new();
        for number in 0..crowd.clients {
            let mine = accounts.iter().skip(number).step_by(crowd.clients);
            let requests: Vec<_> = mine.map(|email| login(email, "")).collect();
            if requests.is_empty() {
                return Err("fewer accounts than clients".into());
            }
            let client = Client { requests, rest: crowd.rest, answers: Arc::clone(&answers) };
            let mut connection = Connection::open(server).await?;
            clients.spawn(async move {
                let odd = client.storm(&mut connection).await.to_string();
                client.told(|answers| answers.odd = Some(odd));
            });
        }
        let storm = Self { answers, _clients: clients };
        let wanted = u64::try_from(crowd.clients)?;
        loop {
            let seen = storm.seen()?;
            if seen.signed_in + seen.refused.len() >= wanted {
                return Ok(storm);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The answers so far.
    pub(super) fn seen(&self) -> Result<Answers, Failure> {
        let answers = self.answers.lock().clone();
        match answers.odd {
            Some(odd) => Err(format!("a sign-in of the storm: {odd}").into()),
            None => Ok(answers),
        }
    }
}

struct Client {
    requests: Vec<Vec<u8>>,
    rest: Duration,
    answers: Arc<Mutex<Answers>>,
}

impl Client {
    /// Signs in repeatedly. Ends at an answer that is neither a session nor a refusal.
    async fn storm(&self, connection: &mut Connection) -> Failure {
        loop {
            for request in &self.requests {
                if let Err(odd) = self.once(connection, request).await {
                    return odd;
                }
            }
        }
    }

    async fn once(&self, connection: &mut Connection, request: &[u8]) -> Result<(), Failure> {
        let asked = now();
        let answer = connection.exchange(request).await?;
        let took = u64::try_from(asked.elapsed().as_micros())?;
        match status(answer) {
            Some(200) => self.told(|answers| answers.signed_in += 1),
            // The queue is full, or the machine so busy that a sign-in passed its deadline.
            Some(503) if split(answer)?.0.contains("\r\nretry-after: ") => {
                self.told(|answers| answers.refused.saturating_record(took));
                tokio::time::sleep(self.rest).await;
            }
            _ => return Err(String::from_utf8_lossy(answer).into()),
        }
        Ok(())
    }

    fn told(&self, what: impl FnOnce(&mut Answers)) {
        what(&mut self.answers.lock());
    }
}
