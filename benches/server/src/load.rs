//! The load: closed-loop, or paced.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::task::JoinSet;

use crate::Failure;
use crate::process::Cpu;
use crate::wire::{Connection, status};

/// The results of a load.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Answers per second.
    pub(crate) per_second: f64,
    /// The processor time of the server for one answer, in microseconds.
    pub(crate) cpu_micros: f64,
    /// The response times, in microseconds.
    pub(crate) latency: Histogram<u64>,
}

/// The one clock of this program.
#[expect(clippy::disallowed_methods, reason = "this program measures time; that is what it is for")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Requests of one kind, sent by so many connections at once.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    pub(crate) process: u32,
    /// The connections take them in turn; each repeats its own.
    pub(crate) requests: Vec<Vec<u8>>,
    pub(crate) connections: u32,
    /// The pause of each connection between two requests; `None` for no pause.
    pub(crate) pace: Option<Duration>,
}

impl Load {
    /// Runs for so long. Any status but 200 ends it.
    pub(crate) async fn run(&self, length: Duration) -> Result<Seen, Failure> {
        let (start, before) = (now(), Cpu::of(self.process)?);
        let mut connections = JoinSet::new();
        for number in 0..self.connections {
            let load = self.clone();
            let beat = Beat::new(start, length, self.pace, (number, self.connections))?;
            connections
                .spawn(async move { load.one(number, beat).await.map_err(|failure| failure.to_string()) });
        }
        let mut latency = histogram()?;
        while let Some(one) = connections.join_next().await {
            latency.add(one??)?;
        }
        let took = start.elapsed().as_secs_f64();
        let answers = count(latency.len());
        let cpu_micros = Cpu::of(self.process)?.since(before).as_secs_f64() * 1e6 / answers;
        Ok(Seen { per_second: answers / took, cpu_micros, latency })
    }

    async fn one(&self, number: u32, mut beat: Beat) -> Result<Histogram<u64>, Failure> {
        let request = self.requests.iter().cycle().nth(usize::try_from(number)?).ok_or("no request")?;
        let mut connection = Connection::open(self.address).await?;
        while let Some(sent) = beat.due().await {
            let answer = connection.exchange(request).await?;
            if status(answer) != Some(200) {
                return Err(format!("not a 200: {}", String::from_utf8_lossy(answer)).into());
            }
            beat.answered(sent)?;
        }
        Ok(beat.latency)
    }
}

/// The schedule of one of several clients: when it asks next, until when, and its response times.
#[derive(Debug)]
pub(crate) struct Beat {
    next: Instant,
    end: Instant,
    pace: Option<Duration>,
    /// In microseconds.
    pub(crate) latency: Histogram<u64>,
}

impl Beat {
    /// The schedule of client number so-and-so out of so many. They are spread over the pace, so they do not ask in
    /// step.
    pub(crate) fn new(
        start: Instant,
        length: Duration,
        pace: Option<Duration>,
        (number, of): (u32, u32),
    ) -> Result<Self, Failure> {
        let next = start + pace.unwrap_or_default() * number / of;
        Ok(Self { next, end: start + length, pace, latency: histogram()? })
    }

    /// Waits for the next request and returns its time; `None` at the end.
    pub(crate) async fn due(&mut self) -> Option<Instant> {
        if let Some(pace) = self.pace {
            tokio::time::sleep_until(self.next.into()).await;
            self.next += pace;
        }
        Some(now()).filter(|now| *now < self.end)
    }

    /// Records the answer to the request of this time.
    pub(crate) fn answered(&mut self, asked: Instant) -> Result<(), Failure> {
        Ok(self.latency.record(u64::try_from(asked.elapsed().as_micros())?.max(1))?)
    }
}

/// For microseconds up to a minute, with three digits.
pub(crate) fn histogram() -> Result<Histogram<u64>, Failure> {
    Ok(Histogram::new_with_bounds(1, 60_000_000, 3)?)
}

#[expect(clippy::cast_precision_loss, reason = "a count of answers is far below 2^52")]
fn count(answers: u64) -> f64 {
    answers as f64
}
