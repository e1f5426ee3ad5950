//! The cookies of Palisade: a closed list, with fixed attributes for each.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::system::Rng;
use crate::system::time::Timestamp;
use crate::utils::crypto::refresh::{RefreshSeed, RefreshTokens};
use crate::utils::crypto::seal::{SealError, TokenSealer};
use crate::utils::crypto::token::{Claims, SignError, SigningKey};

/// Every cookie. All are HttpOnly, Secure, SameSite=Lax, Path=/ and host-locked (`__Host-`); on `http://localhost`
/// in development they have the same names without the prefix and without Secure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CookieKind {
    /// The access token.
    Access,
    /// The refresh token.
    Refresh,
    /// The registration that this browser began (sealed).
    Registration,
    /// The mark of a browser that has signed in before (sealed).
    Device,
    /// One attempt to sign in through a provider (sealed). A browser may have several, each under a name of its own.
    OAuthAttempt,
    /// The identity that this browser brought from a provider and that waits for a confirmed address (sealed).
    OAuthPending,
}

impl CookieKind {
    /// All cookies.
    pub const ALL: [Self; 6] = [
        Self::Access,
        Self::Refresh,
        Self::Registration,
        Self::Device,
        Self::OAuthAttempt,
        Self::OAuthPending,
    ];

    /// The name without its prefix; of [`OAuthAttempt`](Self::OAuthAttempt), the part before the attempt's own.
    pub fn base_name(self) -> &'static str {
        match self {
            Self::Access => "palisade-access",
            Self::Refresh => "palisade-refresh",
            Self::Registration => "palisade-registration",
            Self::Device => "palisade-device",
            Self::OAuthAttempt => "palisade-oauth-attempt-",
            Self::OAuthPending => "palisade-oauth-pending",
        }
    }

    /// The name as sent: with `__Host-` wherever the browser supports it.
    pub fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (_, false) => self.base_name(),
            (Self::Access, true) => "__Host-palisade-access",
            (Self::Refresh, true) => "__Host-palisade-refresh",
            (Self::Registration, true) => "__Host-palisade-registration",
            (Self::Device, true) => "__Host-palisade-device",
            (Self::OAuthAttempt, true) => "__Host-palisade-oauth-attempt-",
            (Self::OAuthPending, true) => "__Host-palisade-oauth-pending",
        }
    }

    /// The cookie of this name, as received.
    pub(crate) fn named(name: &[u8], secure: bool) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| match (kind, name.strip_prefix(kind.name(secure).as_bytes())) {
            (Self::OAuthAttempt, Some(own)) => AttemptName::is_valid(own),
            (_, Some(rest)) => rest.is_empty(),
            (_, None) => false,
        })
    }
}

/// The part of a cookie's name that belongs to one attempt: 64 random bits in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttemptName(String);

impl AttemptName {
    const LENGTH: usize = 16;

    /// A name for a new attempt.
    pub fn generate(rng: &dyn Rng) -> Self {
        let mut random = [0; 8];
        rng.fill(&mut random);
        Self(format!("{:016x}", u64::from_le_bytes(random)))
    }

    fn is_valid(name: &[u8]) -> bool {
        name.len() == Self::LENGTH && name.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    }
}

/// The values that a request presents under the name of one cookie, in its `Authorization` headers, or in both. All of
/// them, because a malformed value, or a duplicate, must not hide a genuine one.
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

    /// Adds one more value as received. All values that this server issues are ASCII; any other value is recorded as
    /// unreadable.
    pub(crate) fn add(&mut self, value: &[u8]) {
        match std::str::from_utf8(value) {
            Ok(text) if text.is_ascii() => self.texts.push(text.to_owned()),
            _ => self.add_unreadable(),
        }
    }

    /// Records one more unreadable value.
    pub(crate) fn add_unreadable(&mut self) {
        self.unreadable += 1;
    }

    /// The value, if there is exactly one: with several it is unclear which one counts.
    pub fn only(&self) -> Option<&str> {
        match (self.texts.as_slice(), self.unreadable) {
            ([text], 0) => Some(text),
            _ => None,
        }
    }

    /// All readable values in the order of arrival. Only for values that are authenticated (sealed or signed): an
    /// attacker may have added any of them. The limit on the headers of a request bounds their number.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Whether an unreadable value was presented.
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

/// The cookies with a sealed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SealedCookieKind {
    /// [`CookieKind::Registration`].
    Registration,
    /// [`CookieKind::Device`].
    Device,
    /// [`CookieKind::OAuthAttempt`], of this attempt.
    OAuthAttempt(AttemptName),
    /// [`CookieKind::OAuthPending`].
    OAuthPending,
}

/// A cookie to be set or cleared with an answer.
#[derive(Clone, PartialEq, Eq)]
pub struct SetCookie {
    kind: CookieKind,
    /// The rest of its name, if its kind has several names.
    attempt: Option<AttemptName>,
    value: String,
    max_age: Duration,
}

impl SetCookie {
    /// Sets the access token of these claims. The caller needs the signing key, so no route can put another user's
    /// token into a browser.
    ///
    /// # Errors
    /// Like [`SigningKey::sign`].
    pub fn access(key: &SigningKey, claims: &Claims, max_age: Duration) -> Result<Self, SignError> {
        Ok(Self { kind: CookieKind::Access, attempt: None, value: key.sign(claims)?, max_age })
    }

    /// Sets the refresh token of a generation of a session. The caller needs its key.
    pub fn refresh(
        tokens: &RefreshTokens,
        seed: &RefreshSeed,
        session_id: &str,
        generation: u64,
        max_age: Duration,
    ) -> Self {
        let value = tokens.mint(seed, session_id, generation).to_string();
        Self { kind: CookieKind::Refresh, attempt: None, value, max_age }
    }

    /// Sets a sealed value: the registration that this browser began, or the fact that it has signed in before.
    ///
    /// # Errors
    /// Like [`TokenSealer::seal`].
    pub fn sealed<T: Serialize>(
        kind: SealedCookieKind,
        (sealer, rng): (&TokenSealer, &dyn Rng),
        value: &T,
        expires_at: Timestamp,
        max_age: Duration,
    ) -> Result<Self, SealError> {
        let (kind, attempt) = match kind {
            SealedCookieKind::Registration => (CookieKind::Registration, None),
            SealedCookieKind::Device => (CookieKind::Device, None),
            SealedCookieKind::OAuthAttempt(name) => (CookieKind::OAuthAttempt, Some(name)),
            SealedCookieKind::OAuthPending => (CookieKind::OAuthPending, None),
        };
        Ok(Self { kind, attempt, value: sealer.seal(rng, value, expires_at)?, max_age })
    }

    /// Clears a cookie, with the attributes that it was set with.
    pub fn clear(kind: CookieKind) -> Self {
        Self { kind, attempt: None, value: String::new(), max_age: Duration::ZERO }
    }

    /// Clears the cookie of one attempt to sign in through a provider.
    pub fn clear_attempt(name: AttemptName) -> Self {
        Self { attempt: Some(name), ..Self::clear(CookieKind::OAuthAttempt) }
    }

    /// The header value (RFC 6265).
    pub fn header(&self, secure: bool) -> String {
        let name = self.kind.name(secure);
        let secure = if secure { "; Secure" } else { "" };
        format!(
            "{name}{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}",
            self.attempt.as_ref().map_or("", |attempt| attempt.0.as_str()),
            self.value,
            self.max_age.as_secs()
        )
    }

    /// The cookie.
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
