//! One to eight lanes against the `bcrypt` crate and the C library of the system, in turns in one run:
//!
//! ```sh
//! cargo bench -p palisade-bcrypt             # cost 12, five rounds
//! cargo bench -p palisade-bcrypt -- 10 9     # cost 10, nine rounds
//! ```
//!
//! Prints medians and writes nothing. Time is counted twice: by the clock, which a user who signs in waits for, and
//! as the processor time that the kernel counted, which depends less on other work of the machine. Throughput and
//! its ratios use processor time if the kernel reports it (Linux), and the clock elsewhere.

#![expect(clippy::expect_used, clippy::panic, reason = "a measurement that cannot go on stops")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use common::C;
use palisade_bcrypt::{Cost, Job, Key, Salt, Width, digests};

/// As long as the input that the server hashes.
const PASSWORD: &[u8] = b"a key of sixty-four characters, as base64 of 48 bytes is long...";

#[derive(Clone, Copy, PartialEq)]
enum Contestant {
    Crate,
    C,
    Lanes(Width),
}

impl Contestant {
    fn all() -> Vec<Self> {
        let lanes = (1..=8).filter_map(Width::new).map(Self::Lanes);
        [Self::Crate, Self::C].into_iter().chain(lanes).collect()
    }

    /// The number of hashes in one measurement.
    fn hashes(self) -> usize {
        match self {
            Self::Crate | Self::C => 1,
            Self::Lanes(width) => width.get(),
        }
    }
}

impl fmt::Display for Contestant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crate => f.pad("bcrypt crate"),
            Self::C => f.pad("C library"),
            Self::Lanes(width) => f.pad(&format!("lanes: {}", width.get())),
        }
    }
}

/// The duration of one measurement.
#[derive(Clone, Copy)]
struct Taken {
    clock: Duration,
    processor: Duration,
}

/// Nanoseconds a thread was on a processor, by its folder in `/proc`.
fn on_processor(folder: &str) -> Option<Duration> {
    let counted = std::fs::read_to_string(format!("/proc/{folder}/schedstat")).ok()?;
    counted.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

#[expect(clippy::disallowed_methods, reason = "this program measures time; that is what it is for")]
fn measured(folder: &str, work: impl FnOnce()) -> Taken {
    let (before, start) = (on_processor(folder), Instant::now());
    work();
    let clock = start.elapsed();
    let processor = on_processor(folder).zip(before).map(|(after, before)| after.saturating_sub(before));
    Taken { clock, processor: processor.unwrap_or(clock) }
}

fn measure(contestant: Contestant, cost: Cost, c: &mut C) -> Taken {
    match contestant {
        Contestant::Crate => measured("thread-self", || {
            bcrypt::bcrypt(cost.get(), [7; 16], PASSWORD);
        }),
        Contestant::C => measured(&c.process.id().to_string(), || {
            c.ask(&format!("$2b${cost}$KKKKKKKKKKKKKKKKKKKKK."), PASSWORD);
            assert_eq!(c.answer().len(), 60, "the C library refused");
        }),
        Contestant::Lanes(width) => measured("thread-self", || {
            let key = Key::new(PASSWORD).expect("64 bytes without a NUL");
            let jobs = (0..7)
                .cycle()
                .take(width.get())
                .map(|salt| Job::new(key.clone(), cost, Salt::new([salt; 16])));
            assert_eq!(digests(width, jobs).len(), width.get());
        }),
    }
}

/// Every contestant in turns on `cores` threads at once; for each the medians over `rounds`, the slowest thread of
/// each.
fn rounds(cores: usize, cost: Cost, rounds: usize) -> Vec<(Contestant, Taken)> {
    let contestants = Contestant::all();
    let together = Barrier::new(cores);
    let of_each_thread: Vec<Vec<Vec<Taken>>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..cores)
            .map(|_| {
                scope.spawn(|| {
                    let mut c = C::start();
                    let round = |c: &mut C| {
                        let turn = |contestant: &Contestant| {
                            together.wait();
                            measure(*contestant, cost, c)
                        };
                        contestants.iter().map(turn).collect::<Vec<Taken>>()
                    };
                    (0..rounds).map(|_| round(&mut c)).collect::<Vec<_>>()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| panic!("a thread failed")))
            .collect()
    });
    let taken = |at: usize, part: fn(&Taken) -> Duration| {
        let slowest = |round: usize| {
            let of_threads = of_each_thread.iter().filter_map(|rounds| rounds.get(round)?.get(at)).map(part);
            of_threads.max().unwrap_or_default()
        };
        let mut sorted: Vec<Duration> = (0..rounds).map(slowest).collect();
        sorted.sort_unstable();
        sorted.get(rounds / 2).copied().unwrap_or_default()
    };
    let medians = |(at, contestant): (usize, Contestant)| {
        (contestant, Taken { clock: taken(at, |it| it.clock), processor: taken(at, |it| it.processor) })
    };
    contestants.iter().copied().enumerate().map(medians).collect()
}

fn table(cores: usize, measured: &[(Contestant, Taken)]) -> Result<String, fmt::Error> {
    #[expect(clippy::cast_precision_loss, reason = "eight at most")]
    let rate =
        |contestant: Contestant, taken: Taken| contestant.hashes() as f64 / taken.processor.as_secs_f64();
    let of = |wanted: Contestant| {
        measured.iter().find(|(contestant, _)| *contestant == wanted).map(|(_, taken)| *taken)
    };
    let rate_of = |wanted| of(wanted).map_or(f64::NAN, |taken| rate(wanted, taken));
    let alone = of(Contestant::Lanes(Width::ONE)).map_or(f64::NAN, |taken| taken.processor.as_secs_f64());
    let mut page = String::new();
    writeln!(page, "\n{cores} core(s)")?;
    writeln!(
        page,
        "| contestant   | clock ms | processor ms | × one lane | hashes/s per core | × crate | × C  |"
    )?;
    writeln!(
        page,
        "|--------------|---------:|-------------:|-----------:|------------------:|--------:|-----:|"
    )?;
    for (contestant, taken) in measured {
        let (clock, processor) = (taken.clock.as_secs_f64(), taken.processor.as_secs_f64());
        let rate = rate(*contestant, *taken);
        writeln!(
            page,
            "| {contestant:<12} | {:>8.1} | {:>12.1} | {:>10.2} | {rate:>17.2} | {:>7.2} | {:>4.2} |",
            clock * 1e3,
            processor * 1e3,
            processor / alone,
            rate / rate_of(Contestant::Crate),
            rate / rate_of(Contestant::C),
        )?;
    }
    Ok(page)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse().ok());
    let cost = Cost::new(numbers.next().unwrap_or(12))?;
    let number = usize::try_from(numbers.next().unwrap_or(5))?;
    let mut out = std::io::stdout();
    writeln!(out, "bcrypt of cost {cost}, medians of {number} rounds in turns")?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    for cores in 1..=cores.min(2) {
        out.write_all(table(cores, &rounds(cores, cost, number))?.as_bytes())?;
    }
    Ok(())
}
