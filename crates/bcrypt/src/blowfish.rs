//! bcrypt's Blowfish, for several states side by side.
//!
//! One state waits for memory: each of its 16 rounds needs the result of the one before, and a round is four loads
//! and four operations in sequence, about ten cycles in which a core could start eighty instructions and gets
//! fifteen. Independent states fill those gaps, so the code performs each round for every lane before the next
//! round.
//!
//! Some code below looks as if it could be simpler, but a simpler form loses part of the speed: the rounds are a
//! loop of one round each, a half gets its subkey a round early, a fence stands between two lanes, halves are
//! swapped one by one, and shifts extract a byte from a half. The comments at these lines give the reasons;
//! `docs/decisions/0010-bcrypt-in-lanes.md` describes how to look at the machine code.

mod pi;

use std::sync::atomic::{Ordering, compiler_fence};

use zeroize::{Zeroize, ZeroizeOnDrop};

/// The largest number of lanes that the code is compiled for. Eight states are 33 KiB, the size of today's
/// first-level caches.
pub(crate) const MOST_LANES: usize = 8;

/// "OrpheanBeholderScryDoubt", which bcrypt encrypts.
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
    /// The remaining iterations.
    left: u32,
}

impl Lane {
    /// An empty state.
    pub(crate) const fn blank() -> Self {
        Self {
            schedule: Schedule { subkeys: [0; 18], boxes: [[0; 256]; 4] },
            key: [0; 18],
            salt: [0; 18],
            left: 0,
        }
    }

    /// Starts a bcrypt of `iterations`, 2^cost, in place and overwrites the previous state. The key is repeated to
    /// 72 bytes.
    pub(crate) fn begin(&mut self, key: &[u8], salt: [u8; 16], iterations: u32) {
        read_into(&mut self.key, key);
        read_into(&mut self.salt, &salt);
        self.left = iterations;
        self.schedule.subkeys = pi::P;
        self.schedule.boxes = pi::S;
        self.expand_salted();
    }

    /// Takes over the state of `other` and wipes it there; overwrites the previous state here.
    pub(crate) fn take_over(&mut self, other: &mut Self) {
        self.schedule.subkeys = other.schedule.subkeys;
        self.schedule.boxes = other.schedule.boxes;
        self.key = other.key;
        self.salt = other.salt;
        self.left = other.left;
        other.zeroize();
    }

    /// The remaining iterations.
    pub(crate) fn left(&self) -> u32 {
        self.left
    }

    /// The result of a finished state: 23 bytes, since bcrypt's text has always dropped the last.
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

    /// The first expansion, the only one that mixes the salt into the encrypted blocks.
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

/// Advances every lane by `iterations`: each expands its key, then its salt. No lane may have fewer left.
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

/// Replaces all subkeys and S-boxes of every lane by 521 encrypted blocks: nearly the whole time of bcrypt.
// Not inlined: one copy for each number of lanes is enough, and the check of the machine code finds it by name.
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
// Inlined, so that the halves of all lanes stay in registers across every round.
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
    // A half gets its subkey in the round before the one that changes it, when no instruction waits for it. LLVM
    // turns `half ^ subkey ^ mixed` in one round, or in unrolled rounds, into `half ^ (subkey ^ mixed)`, and every
    // round of every lane becomes a step longer. It does not change values of the previous iteration.
    for subkey in 2..18 {
        for lane in 0..LANES {
            // Lane after lane, as written: where LLVM may use gathers (AVX-512), it would make one vector of the
            // lookups of four lanes, which is slower than without lanes. It would also unroll the loop of a single
            // lane, and then give the subkey to the wrong half after all. A compiler fence prevents both; it
            // produces no instruction.
            if lane > 0 || LANES == 1 {
                compiler_fence(Ordering::SeqCst);
            }
            let schedule = schedules[lane];
            let changed = right[lane] ^ schedule.mixed(left[lane]);
            right[lane] = left[lane] ^ schedule.subkeys[subkey];
            left[lane] = changed;
        }
    }
    // One by one: if arrays are swapped, LLVM puts two lanes into one register and takes them apart again.
    for lane in 0..LANES {
        (left[lane], right[lane]) = (right[lane], left[lane]);
    }
}

impl Schedule {
    /// Blowfish's F. A byte is the index of 256 words, so no bound is checked. Shifts and masks, because
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

/// Fills eighteen words with the repeated `bytes`, big-endian. `bytes` is not empty.
fn read_into(words: &mut [u32; 18], bytes: &[u8]) {
    let mut bytes = bytes.iter().copied().cycle();
    for word in words {
        *word = u32::from_be_bytes([(); 4].map(|()| bytes.next().unwrap_or_default()));
    }
}

#[cfg(test)]
impl Lane {
    /// Whether no part of a key is left here.
    pub(crate) fn is_blank(&self) -> bool {
        let words = self.schedule.subkeys.iter().chain(self.schedule.boxes.as_flattened()).chain(&self.key);
        words.chain(&self.salt).all(|word| *word == 0) && self.left == 0
    }
}

#[cfg(test)]
mod tests;
