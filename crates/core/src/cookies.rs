//! The cookies of the house: a closed list, each with its attributes decided once.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::system::Rng;
use crate::system::time::Timestamp;
use crate::utils::crypto::refresh::{RefreshSeed, RefreshTokens};
use crate::utils::crypto::seal::{SealError, TokenSealer};
use crate::utils::crypto::token::{Claims, SignError, SigningKey};

/// Every cookie there is. All are HttpOnly, Secure, SameSite=Lax, Path=/ and host-locked (`__Host-`); on
/// `http://localhost` in development the same names without the prefix and without Secure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CookieKind {
    /// The access token.
    Access,
    /// The refresh token.
    Refresh,
    /// Which registration this browser began (sealed).
    Registration,
    /// That this browser has signed in before (sealed).
    Device,
}

impl CookieKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Access, Self::Refresh, Self::Registration, Self::Device];

    /// The name without its prefix.
    pub fn base_name(self) -> &'static str {
        match self {
            Self::Access => "palisade-access",
            Self::Refresh => "palisade-refresh",
            Self::Registration => "palisade-registration",
            Self::Device => "palisade-device",
        }
    }

    /// The name as sent: with `__Host-` wherever the browser can honour it.
    pub fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (_, false) => self.base_name(),
            (Self::Access, true) => "__Host-palisade-access",
            (Self::Refresh, true) => "__Host-palisade-refresh",
            (Self::Registration, true) => "__Host-palisade-registration",
            (Self::Device, true) => "__Host-palisade-device",
        }
    }
}

/// What a request presents in one place of ours: a cookie of the house, or the token of an `Authorization` header. All of it,
/// because a value in a wrong place, or one that came twice, must not hide those that are genuine.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Presented {
    texts: Vec<String>,
    unreadable: usize,
}

impl Presented {
    /// One readable value.
    pub fn one(text: String) -> Self {
        Self { texts: vec![text], unreadable: 0 }
    }

    /// Takes in one more value, as it came. Everything of ours is ASCII; what is not, is there but cannot be read.
    pub(crate) fn add(&mut self, value: &[u8]) {
        match std::str::from_utf8(value) {
            Ok(text) if text.is_ascii() => self.texts.push(text.to_owned()),
            _ => self.add_unreadable(),
        }
    }

    /// Takes note of one more value that cannot be read.
    pub(crate) fn add_unreadable(&mut self) {
        self.unreadable += 1;
    }

    /// The value, when there is exactly one: of several nobody can say which is meant.
    pub fn only(&self) -> Option<&str> {
        match (self.texts.as_slice(), self.unreadable) {
            ([text], 0) => Some(text),
            _ => None,
        }
    }

    /// Everything that can be read, in the order it came. For what proves by itself whether it is genuine, and for nothing
    /// else: a stranger may have put any of it there. Bounded by what the headers of a request may hold.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Whether something was presented that cannot be read.
    pub fn is_unreadable(&self) -> bool {
        self.unreadable > 0
    }

    pub(crate) fn count(&self) -> usize {
        self.texts.len() + self.unreadable
    }

    pub(crate) fn append(&mut self, other: &Self) {
        self.texts.extend_from_slice(&other.texts);
        self.unreadable += other.unreadable;
    }
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented")
            .field("texts", &self.texts.len())
            .field("unreadable", &self.unreadable)
            .finish()
    }
}

/// The cookies that carry a sealed note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteCookie {
    /// [`CookieKind::Registration`].
    Registration,
    /// [`CookieKind::Device`].
    Device,
}

/// A cookie to be set or cleared with an answer.
#[derive(Clone, PartialEq, Eq)]
pub struct SetCookie {
    kind: CookieKind,
    value: String,
    max_age: Duration,
}

impl SetCookie {
    /// Sets the access token of these claims. Whoever sets one has the key that signs it: no route can put somebody
    /// else's token into a browser.
    ///
    /// # Errors
    /// As [`SigningKey::sign`].
    pub fn access(key: &SigningKey, claims: &Claims, max_age: Duration) -> Result<Self, SignError> {
        Ok(Self { kind: CookieKind::Access, value: key.sign(claims)?, max_age })
    }

    /// Sets the refresh token of a generation of a session, for whoever has the key that makes it.
    pub fn refresh(
        tokens: &RefreshTokens,
        seed: &RefreshSeed,
        session_id: &str,
        generation: u64,
        max_age: Duration,
    ) -> Self {
        let value = tokens.mint(seed, session_id, generation).to_string();
        Self { kind: CookieKind::Refresh, value, max_age }
    }

    /// Sets a sealed note: which registration this browser began, or that it has signed in before.
    ///
    /// # Errors
    /// As [`TokenSealer::seal`].
    pub fn note<T: Serialize>(
        note: NoteCookie,
        (sealer, rng): (&TokenSealer, &dyn Rng),
        value: &T,
        expires_at: Timestamp,
        max_age: Duration,
    ) -> Result<Self, SealError> {
        let kind = match note {
            NoteCookie::Registration => CookieKind::Registration,
            NoteCookie::Device => CookieKind::Device,
        };
        Ok(Self { kind, value: sealer.seal(rng, value, expires_at)?, max_age })
    }

    /// Clears a cookie, with the attributes it was set with.
    pub fn clear(kind: CookieKind) -> Self {
        Self { kind, value: String::new(), max_age: Duration::ZERO }
    }

    /// The header value (RFC 6265).
    pub fn header(&self, secure: bool) -> String {
        let name = self.kind.name(secure);
        let secure = if secure { "; Secure" } else { "" };
        format!(
            "{name}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}",
            self.value,
            self.max_age.as_secs()
        )
    }

    /// Which cookie.
    pub fn kind(&self) -> CookieKind {
        self.kind
    }
}

impl fmt::Debug for SetCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetCookie")
            .field("kind", &self.kind)
            .field("max_age", &self.max_age)
            .finish_non_exhaustive()
    }
}
