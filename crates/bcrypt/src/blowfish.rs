//! bcrypt's Blowfish, for several states side by side.
//!
//! One state waits for memory: of each of its 16 rounds the next needs the last, and a round is four loads and four
//! operations one after the other, about ten cycles in which a core could start eighty instructions and is given
//! fifteen. States that have nothing to do with each other fill those gaps, so each round is written down for every
//! lane before the next round.
//!
//! Some things below look as if they could be simpler and must not be, or a part of the gain is lost: the rounds are a
//! loop of one round each, a half gets its subkey a round early, a fence stands between two lanes, halves change places
//! one by one, and a byte is cut out of a half by shifting. All say why at their line;
//! `docs/decisions/0010-bcrypt-in-lanes.md` tells how to look at the machine code.

mod pi;

use std::sync::atomic::{Ordering, compiler_fence};

use zeroize::{Zeroize, ZeroizeOnDrop};

/// The most lanes the machine code is made for. Eight states are 33 KiB, what a first-level cache of today holds.
pub(crate) const MOST_LANES: usize = 8;

/// "OrpheanBeholderScryDoubt", as bcrypt encrypts it.
const MAGIC: [[u32; 2]; 3] =
    [[0x4f72_7068, 0x6561_6e42], [0x6568_6f6c, 0x6465_7253], [0x6372_7944, 0x6f75_6274]];

/// The subkeys and S-boxes.
struct Schedule {
    subkeys: [u32; 18],
    boxes: [[u32; 256]; 4],
}

/// The state of one bcrypt: 4.3 KiB, wiped when dropped.
pub(crate) struct Lane {
    schedule: Schedule,
    key: [u32; 18],
    salt: [u32; 18],
    /// Iterations to go.
    left: u32,
}

impl Lane {
    /// A state of nothing.
    pub(crate) const fn blank() -> Self {
        Self {
            schedule: Schedule { subkeys: [0; 18], boxes: [[0; 256]; 4] },
            key: [0; 18],
            salt: [0; 18],
            left: 0,
        }
    }

    /// Begins a bcrypt of `iterations`, 2^cost, in place: what stood here before is gone. The key is read over and over
    /// until 72 bytes are had.
    pub(crate) fn begin(&mut self, key: &[u8], salt: [u8; 16], iterations: u32) {
        read_into(&mut self.key, key);
        read_into(&mut self.salt, &salt);
        self.left = iterations;
        self.schedule.subkeys = pi::P;
        self.schedule.boxes = pi::S;
        self.expand_salted();
    }

    /// Goes on here with what `other` is at, and wipes it there. What stood here before is gone.
    // Field by field, and not with `mem::swap` or `mem::replace`, which may leave a copy of the state on the stack.
    pub(crate) fn take_over(&mut self, other: &mut Self) {
        self.schedule.subkeys = other.schedule.subkeys;
        self.schedule.boxes = other.schedule.boxes;
        self.key = other.key;
        self.salt = other.salt;
        self.left = other.left;
        other.zeroize();
    }

    /// Iterations to go.
    pub(crate) fn left(&self) -> u32 {
        self.left
    }

    /// The result of a state that has no iteration to go: 23 bytes, since bcrypt's text has always dropped the last.
    pub(crate) fn digest(&self) -> [u8; 23] {
        let mut digest = [0; 23];
        for (bytes, block) in digest.chunks_mut(8).zip(MAGIC) {
            let [mut left, mut right] = block.map(|half| [half]);
            for _ in 0..64 {
                encrypt([&self.schedule], &mut left, &mut right);
            }
            let encrypted = left.into_iter().chain(right).flat_map(u32::to_be_bytes);
            bytes.iter_mut().zip(encrypted).for_each(|(to, from)| *to = from);
        }
        digest
    }

    /// The first expansion, the only one in which the salt is mixed into what is encrypted.
    #[expect(clippy::indexing_slicing, reason = "every index is below a bound the type has")]
    fn expand_salted(&mut self) {
        let Self { schedule, key, salt, .. } = self;
        mix(&mut schedule.subkeys, key);
        let [first, second, third, fourth, ..] = *salt;
        let mut salt = [(first, second), (third, fourth)].into_iter().cycle();
        let (mut left, mut right) = ([0], [0]);
        let mut next = |schedule: &Schedule| {
            let (high, low) = salt.next().unwrap_or_default();
            left[0] ^= high;
            right[0] ^= low;
            encrypt([schedule], &mut left, &mut right);
            (left[0], right[0])
        };
        for at in 0..9 {
            (schedule.subkeys[2 * at], schedule.subkeys[2 * at + 1]) = next(schedule);
        }
        for number in 0..4 {
            for at in 0..128 {
                (schedule.boxes[number][2 * at], schedule.boxes[number][2 * at + 1]) = next(schedule);
            }
        }
    }
}

impl Zeroize for Lane {
    fn zeroize(&mut self) {
        self.schedule.subkeys.zeroize();
        self.schedule.boxes.zeroize();
        self.key.zeroize();
        self.salt.zeroize();
        self.left.zeroize();
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.zeroize();
    }
}

impl ZeroizeOnDrop for Lane {}

/// Takes every lane `iterations` further: each expands its key, then its salt. None may have fewer to go.
pub(crate) fn iterate(lanes: &mut [Lane], iterations: u32) {
    for lanes in lanes.chunks_mut(MOST_LANES) {
        match lanes.len() {
            1 => iterate_exactly::<1>(lanes, iterations),
            2 => iterate_exactly::<2>(lanes, iterations),
            3 => iterate_exactly::<3>(lanes, iterations),
            4 => iterate_exactly::<4>(lanes, iterations),
            5 => iterate_exactly::<5>(lanes, iterations),
            6 => iterate_exactly::<6>(lanes, iterations),
            7 => iterate_exactly::<7>(lanes, iterations),
            _ => iterate_exactly::<MOST_LANES>(lanes, iterations),
        }
    }
}

fn iterate_exactly<const LANES: usize>(lanes: &mut [Lane], iterations: u32) {
    let Ok(lanes) = <&mut [Lane; LANES]>::try_from(lanes) else { return };
    for _ in 0..iterations {
        for lane in &mut *lanes {
            mix(&mut lane.schedule.subkeys, &lane.key);
        }
        expand(lanes);
        for lane in &mut *lanes {
            mix(&mut lane.schedule.subkeys, &lane.salt);
        }
        expand(lanes);
    }
    for lane in lanes {
        lane.left = lane.left.saturating_sub(iterations);
    }
}

fn mix(subkeys: &mut [u32; 18], words: &[u32; 18]) {
    for (subkey, word) in subkeys.iter_mut().zip(words) {
        *subkey ^= word;
    }
}

/// Replaces all subkeys and S-boxes of every lane by 521 blocks of what they encrypt: all but the whole time of bcrypt.
// Not inlined: once in the code for each number of lanes is enough, and it is found by its name there.
#[inline(never)]
#[expect(clippy::indexing_slicing, reason = "every index is below a bound the type has")]
fn expand<const LANES: usize>(lanes: &mut [Lane; LANES]) {
    let (mut left, mut right) = ([0; LANES], [0; LANES]);
    for at in 0..9 {
        encrypt(lanes.each_ref().map(|lane| &lane.schedule), &mut left, &mut right);
        for lane in 0..LANES {
            lanes[lane].schedule.subkeys[2 * at] = left[lane];
            lanes[lane].schedule.subkeys[2 * at + 1] = right[lane];
        }
    }
    for at in 0..512 {
        encrypt(lanes.each_ref().map(|lane| &lane.schedule), &mut left, &mut right);
        for lane in 0..LANES {
            let boxes = lanes[lane].schedule.boxes.as_flattened_mut();
            boxes[2 * at] = left[lane];
            boxes[2 * at + 1] = right[lane];
        }
    }
}

/// Encrypts one block in each lane: Blowfish's sixteen rounds.
// Inlined, so that the halves of all lanes live in registers, across every round.
#[inline(always)]
#[expect(clippy::inline_always, reason = "called, it would write all halves to memory and read them again")]
#[expect(clippy::indexing_slicing, reason = "every index is below a bound the type has")]
fn encrypt<const LANES: usize>(
    schedules: [&Schedule; LANES],
    left: &mut [u32; LANES],
    right: &mut [u32; LANES],
) {
    for lane in 0..LANES {
        left[lane] ^= schedules[lane].subkeys[0];
        right[lane] ^= schedules[lane].subkeys[1];
    }
    // A half gets its subkey in the round before the one that changes it, when nobody waits for it. Written as
    // `half ^ subkey ^ mixed` in one round, or in rounds written out, LLVM makes `half ^ (subkey ^ mixed)` of it, and
    // every round of every lane is a step longer. What comes from the turn before it leaves alone.
    for subkey in 2..18 {
        for lane in 0..LANES {
            // Lane after lane, as written: LLVM would take the lookups of four lanes for one vector wherever it may use
            // gathers (AVX-512), and be slower than without lanes. And the loop of a lone lane it unrolls, and then gives
            // the subkey to the wrong half after all. A fence for the compiler ends both; no instruction comes of it.
            if lane > 0 || LANES == 1 {
                compiler_fence(Ordering::SeqCst);
            }
            let schedule = schedules[lane];
            let changed = right[lane] ^ schedule.mixed(left[lane]);
            right[lane] = left[lane] ^ schedule.subkeys[subkey];
            left[lane] = changed;
        }
    }
    // One by one: of arrays that change places LLVM puts two lanes into one register, and takes them apart again.
    for lane in 0..LANES {
        (left[lane], right[lane]) = (right[lane], left[lane]);
    }
}

impl Schedule {
    /// Blowfish's F. A byte as the index of 256 words: there is no bound to check. Shifted and masked, because
    /// `to_be_bytes` swaps bytes first, and everything waits for that.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it is the body of a round")]
    #[expect(clippy::indexing_slicing, reason = "a byte is below 256")]
    fn mixed(&self, half: u32) -> u32 {
        let byte = |shift: u32| (half >> shift & 0xff) as usize;
        let [one, two, three, four] = &self.boxes;
        (one[byte(24)].wrapping_add(two[byte(16)]) ^ three[byte(8)]).wrapping_add(four[byte(0)])
    }
}

/// Fills eighteen words with `bytes`, big-endian, read over and over. `bytes` is not empty.
// In place: words that were returned would leave a copy of the key on the stack.
fn read_into(words: &mut [u32; 18], bytes: &[u8]) {
    let mut bytes = bytes.iter().copied().cycle();
    for word in words {
        *word = u32::from_be_bytes([(); 4].map(|()| bytes.next().unwrap_or_default()));
    }
}

#[cfg(test)]
impl Lane {
    /// Whether nothing of a key is left here.
    pub(crate) fn is_blank(&self) -> bool {
        let words = self.schedule.subkeys.iter().chain(self.schedule.boxes.as_flattened()).chain(&self.key);
        words.chain(&self.salt).all(|word| *word == 0) && self.left == 0
    }
}

#[cfg(test)]
mod tests;
