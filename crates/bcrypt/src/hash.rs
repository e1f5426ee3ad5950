//! A hash: the stored value, and its text of sixty characters.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use subtle::ConstantTimeEq;
use thiserror::Error;

use crate::{Cost, Job, Key};

const STRICT: GeneralPurpose = engine(false);
const LENIENT: GeneralPurpose = engine(true);

const fn engine(spare_bits: bool) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(spare_bits);
    GeneralPurpose::new(&alphabet::BCRYPT, config)
}

/// The name of the algorithm in a hash. The three are one algorithm today; the letters show which bugs a writer had
/// fixed.
///
/// - `2a` is the first form that specified the treatment of 8-bit characters and the final NUL. Two implementations
///   once had bugs. OpenBSD before 5.5 stored the length of the password in eight bits, so passwords of 255 bytes
///   or more were cut to a short one; `2b` means that this is fixed. crypt_blowfish before 1.1 read characters
///   above 127 as negative and overwrote the characters before them; its old hashes are marked `2x` since, and `2y`
///   means that it is fixed. Its later versions also give those few passwords a separate value under `2a` that
///   would otherwise share one with the bug. Of all these, hashes of plain passwords of 7-bit characters verify;
///   the rest do not verify here, and no wrong password does.
/// - `2x` is refused: it means that the hash was made with the bug, under which other passwords match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Version {
    /// `$2a$`.
    A,
    /// `$2b$`, the version of new hashes.
    #[default]
    B,
    /// `$2y$`.
    Y,
}

impl Version {
    fn letter(self) -> char {
        match self {
            Self::A => 'a',
            Self::B => 'b',
            Self::Y => 'y',
        }
    }
}

/// The salt of a hash: 16 bytes, different for every hash, not secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Salt([u8; 16]);

impl Salt {
    /// A salt of the caller. It should be random: otherwise two users with the same password have the same hash.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// A random salt from the operating system.
    ///
    /// # Errors
    /// If the operating system gives no random bytes.
    #[cfg(feature = "random")]
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Its bytes.
    pub const fn bytes(self) -> [u8; 16] {
        self.0
    }
}

/// The result of the computation: 23 bytes. Comparisons take the same time wherever two digests differ.
#[derive(Clone, Copy, Eq)]
pub struct Digest([u8; 23]);

impl Digest {
    /// A digest that was stored as bytes.
    pub const fn new(bytes: [u8; 23]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn bytes(self) -> [u8; 23] {
        self.0
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Digest").finish_non_exhaustive()
    }
}

/// Why a text is not a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ParseError {
    /// Not sixty characters of the form `$2b$12$`, salt, digest.
    #[error("not of the form $2b$12$ and 53 characters")]
    Form,
    /// `$2x$`: made with the bug that [`Version`] describes.
    #[error("$2x$ stands for a bug under which other passwords match")]
    Broken,
    /// Neither `2a` nor `2b` nor `2y`.
    #[error("not of version 2a, 2b or 2y")]
    Version,
    /// Not two digits from 04 to 31.
    #[error("a cost that is not within 04 to 31")]
    Cost,
    /// A character outside of bcrypt's base64, or bits for which the value has no room.
    #[error("a salt or a digest that is not bcrypt's base64")]
    Base64,
}

/// A hash as it is stored. Its text is sixty characters: `$2b$12$`, 22 of salt, 31 of digest.
///
/// ```
/// use palisade_bcrypt::{Hash, Key};
///
/// let stored = "$2b$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm";
/// let hash: Hash = stored.parse()?;
/// assert!(hash.verify(&Key::new("Kk4DQuMMfZL9o")?));
/// assert_eq!(hash.to_string(), stored);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash {
    version: Version,
    cost: Cost,
    salt: Salt,
    digest: Digest,
}

impl Hash {
    /// Assembles a hash that was computed elsewhere, as in [`Lanes`](crate::Lanes).
    pub const fn new(version: Version, cost: Cost, salt: Salt, digest: Digest) -> Self {
        Self { version, cost, salt, digest }
    }

    /// Hashes a password with a salt of the caller. Takes as long as one bcrypt.
    pub fn with_salt(key: &Key, cost: Cost, salt: Salt) -> Self {
        let digest = Job::new(key.clone(), cost, salt).digest();
        Self::new(Version::default(), cost, salt, digest)
    }

    /// Hashes a password with a random salt. Takes as long as one bcrypt.
    ///
    /// # Errors
    /// If the operating system gives no random bytes.
    #[cfg(feature = "random")]
    pub fn random(key: &Key, cost: Cost) -> Result<Self, getrandom::Error> {
        Salt::random().map(|salt| Self::with_salt(key, cost, salt))
    }

    /// Whether this is the password. Takes as long as one bcrypt of [its cost](Self::cost), whatever the result:
    /// check the cost first if the text may come from a stranger.
    #[must_use]
    pub fn verify(&self, key: &Key) -> bool {
        self.job(key.clone()).digest() == self.digest
    }

    /// The job to [verify](Self::verify) elsewhere: it is the password if the digests are equal.
    pub fn job(&self, key: Key) -> Job {
        Job::new(key, self.cost, self.salt)
    }

    /// Its version.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Its cost.
    pub const fn cost(&self) -> Cost {
        self.cost
    }

    /// Its salt.
    pub const fn salt(&self) -> Salt {
        self.salt
    }

    /// Its digest.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Reads a hash whose writer left arbitrary values in the spare bits of the last characters of salt and digest,
    /// as some libraries did. They are dropped; otherwise as strict as [`str::parse`].
    ///
    /// # Errors
    /// See [`ParseError`].
    pub fn parse_with_spare_bits(text: &str) -> Result<Self, ParseError> {
        parse(text, &LENIENT)
    }
}

impl FromStr for Hash {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        parse(text, &STRICT)
    }
}

fn parse(text: &str, engine: &GeneralPurpose) -> Result<Hash, ParseError> {
    let bytes: &[u8; 60] = text.as_bytes().try_into().map_err(|_| ParseError::Form)?;
    let ([b'$', major, minor, b'$', tens, ones, b'$'], rest) =
        bytes.split_first_chunk().ok_or(ParseError::Form)?
    else {
        return Err(ParseError::Form);
    };
    let version = match [major, minor] {
        [b'2', b'a'] => Version::A,
        [b'2', b'b'] => Version::B,
        [b'2', b'y'] => Version::Y,
        [b'2', b'x'] => return Err(ParseError::Broken),
        _ => return Err(ParseError::Version),
    };
    let digit = |byte: u8| char::from(byte).to_digit(10).ok_or(ParseError::Cost);
    let cost = Cost::new(10 * digit(*tens)? + digit(*ones)?).map_err(|_| ParseError::Cost)?;
    let (salt, digest) = rest.split_first_chunk::<22>().ok_or(ParseError::Form)?;
    Ok(Hash { version, cost, salt: Salt(decode(engine, salt)?), digest: Digest(decode(engine, digest)?) })
}

fn decode<const LENGTH: usize>(engine: &GeneralPurpose, text: &[u8]) -> Result<[u8; LENGTH], ParseError> {
    let mut bytes = [0; LENGTH];
    match engine.decode_slice(text, &mut bytes) {
        Ok(length) if length == LENGTH => Ok(bytes),
        _ => Err(ParseError::Base64),
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (salt, digest) = (STRICT.encode(self.salt.0), STRICT.encode(self.digest.0));
        write!(f, "$2{}${}${salt}{digest}", self.version.letter(), self.cost)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, cost, .. } = self;
        f.debug_struct("Hash").field("version", version).field("cost", cost).finish_non_exhaustive()
    }
}
