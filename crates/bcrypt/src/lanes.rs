//! Several bcrypts on one core; each may start and end at any time.

use std::fmt;

use zeroize::Zeroize;

use crate::blowfish::{self, Lane, MOST_LANES};
use crate::{Cost, Digest, Key, Salt};

/// One bcrypt to compute.
#[derive(Clone)]
pub struct Job {
    key: Key,
    cost: Cost,
    salt: Salt,
}

impl Job {
    /// A bcrypt of `key`, with 2^`cost` iterations.
    pub const fn new(key: Key, cost: Cost, salt: Salt) -> Self {
        Self { key, cost, salt }
    }

    /// Its cost.
    pub const fn cost(&self) -> Cost {
        self.cost
    }

    /// Computes it alone. To compute several, see [`digests`] and [`Lanes`].
    pub fn digest(self) -> Digest {
        let mut lane = Box::new(Lane::blank());
        self.begin(&mut lane);
        blowfish::iterate(std::slice::from_mut(&mut *lane), self.cost.iterations());
        Digest::new(lane.digest())
    }

    fn begin(&self, lane: &mut Lane) {
        lane.begin(self.key.bytes(), self.salt.bytes(), self.cost.iterations());
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("cost", &self.cost).finish_non_exhaustive()
    }
}

/// The maximum number of bcrypts computed side by side: 1 to 8.
///
/// A larger width finishes more per second, until the core is fully used, and each bcrypt takes longer. Four, the
/// default, is a good balance on the measured machines; the README of the package has the figures, and `cargo bench
/// -p palisade-bcrypt` measures another machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Width(usize);

impl Width {
    /// One at a time.
    pub const ONE: Self = Self(1);
    /// Four.
    pub const FOUR: Self = Self(4);
    /// Eight.
    pub const MAX: Self = Self(MOST_LANES);

    /// A width from 1 to 8.
    pub const fn new(lanes: usize) -> Option<Self> {
        if lanes >= 1 && lanes <= MOST_LANES { Some(Self(lanes)) } else { None }
    }

    /// The number of lanes.
    pub const fn get(self) -> usize {
        self.0
    }
}

impl Default for Width {
    fn default() -> Self {
        Self::FOUR
    }
}

/// All lanes are in use. Contains the job and the tag.
#[derive(Debug, thiserror::Error)]
#[error("every lane is taken")]
pub struct Full<T>(pub Job, pub T);

/// Bcrypts computed side by side on the thread that calls [`step`](Self::step), a bounded piece at a time.
///
/// A job may join between any two steps, without an effect on the running ones. Free lanes cost nothing, so a
/// single job runs at full speed. `T` is a value of the caller that is returned with the result: a channel for the
/// answer, an index, a name.
///
/// ```
/// use palisade_bcrypt::{Cost, Job, Key, Lanes, Salt, Width};
///
/// let mut lanes = Lanes::new(Width::FOUR);
/// let mut waiting = vec![("anna", "anchor"), ("boris", "birch"), ("clara", "comet")];
/// let mut finished = Vec::new();
/// while !waiting.is_empty() || !lanes.is_empty() {
///     while let (true, Some((name, password))) = (lanes.has_room(), waiting.pop()) {
///         let job = Job::new(Key::new(password)?, Cost::MIN, Salt::new([7; 16]));
///         lanes.add(job, name)?;
///     }
///     // A server looks here whether somebody new waits, and who has hung up.
///     lanes.retain(|name| *name != "boris");
///     finished.extend(lanes.step(16));
/// }
/// assert_eq!(finished.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Lanes<T> {
    /// The first of these run, one for each tag; the others are wiped.
    lanes: Box<[Lane]>,
    tags: Vec<T>,
}

impl<T> Lanes<T> {
    /// Allocates 4.3 KiB for each lane.
    pub fn new(width: Width) -> Self {
        let width = width.get();
        let lanes = std::iter::repeat_with(Lane::blank).take(width).collect();
        Self { lanes, tags: Vec::with_capacity(width) }
    }

    /// The number of running jobs.
    pub fn len(&self) -> usize {
        self.tags.len()
    }

    /// Whether no job runs.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    /// Whether another job can join.
    pub fn has_room(&self) -> bool {
        self.len() < self.lanes.len()
    }

    /// Starts a job. Takes as long as half an iteration.
    ///
    /// # Errors
    /// [`Full`], with the arguments.
    pub fn add(&mut self, job: Job, tag: T) -> Result<(), Full<T>> {
        match self.lanes.get_mut(self.tags.len()) {
            None => Err(Full(job, tag)),
            Some(lane) => {
                job.begin(lane);
                self.tags.push(tag);
                Ok(())
            }
        }
    }

    /// Advances every running job by at most `iterations` and returns the finished ones, in no order. Stops as soon
    /// as one is finished, whatever is left of `iterations`, so that its answer does not wait and its lane becomes
    /// free.
    ///
    /// A job of cost c needs 2^c iterations. One iteration takes about 50 µs on a current core, and 60 µs with four
    /// jobs: with 16 a step takes at most about a millisecond. `step(0)` does nothing.
    #[must_use = "what is finished is given back here and nowhere else"]
    pub fn step(&mut self, iterations: u32) -> Vec<(T, Digest)> {
        let Some(running) = self.lanes.get_mut(..self.tags.len()) else { return Vec::new() };
        let next_to_end = running.iter().map(Lane::left).min();
        blowfish::iterate(running, next_to_end.unwrap_or_default().min(iterations));
        let ended = |lane: &Lane, _: &T| (lane.left() == 0).then(|| Digest::new(lane.digest()));
        self.remove(ended)
    }

    /// Abandons every job for whose tag `keep` is false, and wipes its state.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.remove(|_, tag| (!keep(tag)).then_some(()));
    }

    /// Removes the jobs for which `which` returns a value; the last job moves into the gap, so that the remaining
    /// ones stay first.
    fn remove<R>(&mut self, mut which: impl FnMut(&Lane, &T) -> Option<R>) -> Vec<(T, R)> {
        let mut removed = Vec::new();
        // From the end: a job that moves into a gap was already looked at.
        for at in (0..self.tags.len()).rev() {
            let Some((lane, tag)) = self.lanes.get(at).zip(self.tags.get(at)) else { continue };
            let Some(result) = which(lane, tag) else { continue };
            removed.push((self.tags.swap_remove(at), result));
            let last = self.tags.len();
            match self.lanes.get_disjoint_mut([at, last]) {
                Ok([gap, last]) => gap.take_over(last),
                Err(_) => self.lanes.get_mut(last).into_iter().for_each(Zeroize::zeroize),
            }
        }
        removed
    }
}

impl<T> fmt::Debug for Lanes<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lanes")
            .field("width", &self.lanes.len())
            .field("running", &self.len())
            .finish_non_exhaustive()
    }
}

/// Computes all of `jobs`, `width` at a time, and returns the digests in their order.
///
/// ```
/// use palisade_bcrypt::{Hash, Key, Width, digests};
///
/// # let one: Hash = "$2b$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm".parse()?;
/// # let two = one;
/// let attempts = [(one, Key::new("Kk4DQuMMfZL9o")?), (two, Key::new("a guess")?)];
/// let computed = digests(Width::default(), attempts.iter().map(|(hash, key)| hash.job(key.clone())));
/// let verified: Vec<bool> =
///     attempts.iter().zip(computed).map(|((hash, _), digest)| hash.digest() == digest).collect();
/// assert_eq!(verified, [true, false]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn digests(width: Width, jobs: impl IntoIterator<Item = Job>) -> Vec<Digest> {
    let mut lanes = Lanes::new(width);
    let mut finished = Vec::new();
    let mut jobs = jobs.into_iter().enumerate();
    let mut next = jobs.next();
    while next.is_some() || !lanes.is_empty() {
        while let Some((number, job)) = next.take() {
            if let Err(Full(job, number)) = lanes.add(job, number) {
                next = Some((number, job));
                break;
            }
            next = jobs.next();
        }
        finished.extend(lanes.step(u32::MAX));
    }
    finished.sort_unstable_by_key(|(number, _)| *number);
    finished.into_iter().map(|(_, digest)| digest).collect()
}

#[cfg(test)]
mod tests;
