//! A small server: one thread hashes, others sign in.
//!
//! ```sh
//! cargo run --release --example sign_in
//! ```

use std::error::Error;
use std::io::Write as _;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use palisade_bcrypt::{Cost, Digest, Hash, Job, Key, Lanes, Width};

/// A job, and the channel for its digest.
type Request = (Job, Sender<Digest>);

/// The hashing thread, until all senders are gone.
fn hash(requests: &Receiver<Request>) {
    let mut lanes = Lanes::new(Width::default());
    loop {
        if lanes.is_empty() {
            let Ok((job, answer)) = requests.recv() else { return };
            let _ = lanes.add(job, answer);
        }
        // Requests that arrive during the computation join it.
        while lanes.has_room()
            && let Ok((job, answer)) = requests.try_recv()
        {
            let _ = lanes.add(job, answer);
        }
        for (answer, digest) in lanes.step(16) {
            let _ = answer.send(digest);
        }
    }
}

/// Whether this is the password of a stored hash.
fn verify(requests: &Sender<Request>, stored: &str, password: &str) -> Result<bool, Box<dyn Error>> {
    let stored: Hash = stored.parse()?;
    let (answer, answered) = channel();
    requests.send((stored.job(Key::new(password)?), answer))?;
    Ok(answered.recv()? == stored.digest())
}

fn main() -> Result<(), Box<dyn Error>> {
    let password = "correct horse battery staple";
    let stored = Hash::random(&Key::new(password)?, Cost::new(10)?)?.to_string();
    let (requests, to_hash) = channel();
    let hashing = thread::spawn(move || hash(&to_hash));
    let guesses = ["123456", password, "incorrect horse", "correct horse"];
    let verified: Vec<(&str, bool)> = thread::scope(|scope| {
        let clients = guesses.map(|guess| {
            let (requests, stored) = (requests.clone(), &stored);
            (guess, scope.spawn(move || verify(&requests, stored, guess).unwrap_or(false)))
        });
        clients.into_iter().map(|(guess, client)| (guess, client.join().unwrap_or(false))).collect()
    });
    drop(requests);
    let _ = hashing.join();
    for (guess, matches) in verified {
        writeln!(std::io::stdout(), "{guess}: {}", if matches { "welcome" } else { "no" })?;
    }
    Ok(())
}
